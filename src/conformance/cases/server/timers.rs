//! Chapter 8: timers, as short as the server's author has made and declared them.
//!
//! A span is taken from before the suite did what starts it, so that no right server can
//! seem to be early, however busy the machine is.

use std::time::{Duration, Instant};

use super::unread::Unread;
use super::{discard, open, prove_discard, shortest, usable};
use crate::conformance::octets::{self, frame, header};
use crate::conformance::{Answer, Case, Departure, Outcome, Peer, Plain, Timer, Trial, Verdict};

/// So much later than twice its span a timer's end may be seen on a busy machine.
const BUSY: Duration = Duration::from_secs(2);

pub(super) const CASES: &[Case] = &[
    Case::must(
        "timer.preface",
        &["timer.preface", "preface.line-before-error"],
        "A line that has begun and does not end is answered with the server's line and 105",
        |trial| {
            let span = trial.timer(Timer::Preface)?;
            let began = Instant::now();
            let mut peer = trial.connect()?;
            peer.send(b"CONEXION/1 CLI")?;
            peer.expect_line()?;
            timed_out(&mut peer, began, span, Departure::fail)
        },
    )
    .twin(shortest)
    .slow(),
    Case::must(
        "timer.preface-silent",
        &["timer.preface", "detection.silence"],
        "A connection on which nothing comes is closed unanswered",
        |trial| {
            let span = trial.timer(Timer::Preface)?;
            let began = Instant::now();
            let mut peer = trial.connect()?;
            peer.expect_closed_unanswered()?;
            not_before(began, span)?;
            not_late(began, span, Departure::fail)
        },
    )
    .twin(shortest)
    .slow(),
    Case::must(
        "timer.preface-prefix",
        &["timer.preface", "detection.silence"],
        "Without plain a part of the framed opening is closed unanswered",
        |trial| {
            if trial.plain() != Plain::Off {
                let reason = "the server speaks plain: to it that is a text";
                return Err(Departure::not_applicable(reason));
            }
            let span = trial.timer(Timer::Preface)?;
            let began = Instant::now();
            let mut peer = trial.connect()?;
            peer.send(b"CONEXION")?;
            peer.expect_closed_unanswered()?;
            not_before(began, span)
        },
    )
    .twin(shortest)
    .slow(),
    Case::must(
        "timer.preface-in-all",
        &["timer.preface"],
        "The preface timer bounds the whole line, in however many pieces it comes",
        |trial| {
            let span = trial.timer(Timer::Preface)?;
            let began = Instant::now();
            let mut peer = trial.connect()?;
            peer.send(b"CONEXION/1 CLIENT agent=")?;
            while !peer.comes_within(span / 10) {
                if began.elapsed() > 2 * span {
                    let seen = format!("nothing after {:?}, an octet each tenth", began.elapsed());
                    return Err(Departure::fail(format!("ERROR 105 after {span:?}"), seen));
                }
                peer.send(b"a")?;
            }
            peer.expect_line()?;
            timed_out(&mut peer, began, span, Departure::fail)
        },
    )
    .twin(shortest)
    .slow(),
    Case::must(
        "timer.preface-ends",
        &["timer.preface"],
        "The preface timer ends with the line",
        |trial| {
            let span = trial.timer(Timer::Preface)?;
            let began = Instant::now();
            let mut peer = trial.open()?;
            // An ignorable frame now and then keeps the idle timer away.
            while began.elapsed() < span + span / 5 {
                peer.pause_for(span / 10)?;
                peer.send(frame(b'n', b""))?;
            }
            peer.finish()
        },
    )
    .slow(),
    Case::should(
        "timer.frame-header",
        &["timer.frame", "error.1xx-last"],
        "A header that does not go on is answered with 105",
        |trial| stalled(trial, &octets::text("hola")[..3]),
    )
    .twin(usable)
    .slow(),
    Case::should(
        "timer.frame-payload",
        &["timer.frame", "error.1xx-last"],
        "A payload that does not go on is answered with 105",
        |trial| stalled(trial, &octets::text("hola")[..7]),
    )
    .twin(usable)
    .slow(),
    Case::must(
        "timer.frame-after-answers",
        &["error.not-carried-out", "timer.frame"],
        "What came whole before a frame that does not go on is answered before 105",
        |trial| {
            let span = trial.timer(Timer::Frame)?;
            let upload = trial.upload("answered", 0)?;
            let mut peer = trial.open()?;
            let began = Instant::now();
            let cut = &octets::text("cut")[..3];
            peer.send([octets::text("whole").as_slice(), &upload.all(), cut].concat())?;
            peer.expect_text_answer()?;
            peer.expect_start()?;
            peer.expect_stored(&upload)?;
            timed_out(&mut peer, began, span, Departure::weak)
        },
    )
    .twin(usable)
    .slow(),
    Case::should(
        "timer.frame-slow",
        &["timer.frame"],
        "A frame that gains fewer than 1024 octets in the span is answered with 105",
        |trial| {
            let span = trial.timer(Timer::Frame)?;
            let mut peer = trial.open()?;
            let began = Instant::now();
            peer.send(header(b'n', 4000))?;
            while !peer.comes_within(span / 10) {
                if began.elapsed() > 2 * span {
                    let seen = format!("nothing after {:?}, an octet each tenth", began.elapsed());
                    return Err(Departure::weak(format!("ERROR 105 after {span:?}"), seen));
                }
                peer.send(b"x")?;
            }
            timed_out(&mut peer, began, span, Departure::weak)
        },
    )
    .twin(usable)
    .slow(),
    Case::should(
        "timer.frame-gains",
        &["timer.frame"],
        "Each 1024 octets that a frame gains start the span anew",
        |trial| {
            let span = trial.timer(Timer::Frame)?;
            let mut peer = trial.open()?;
            let frame = frame(b'n', &[b'x'; 2500]);
            let (first, rest) = frame.split_at(1024);
            let (second, rest) = rest.split_at(1024);
            for part in [first, second] {
                let sent = Instant::now();
                peer.send(part)?;
                quiet_for(&mut peer, sent, span.mul_f64(0.6), span)?;
            }
            peer.send(rest)?;
            peer.finish()
        },
    )
    .slow(),
    Case::should(
        "timer.idle",
        &["timer.idle", "error.1xx-last"],
        "A connection on which no frame comes after the line is answered with 105",
        |trial| {
            let span = trial.timer(Timer::Idle)?;
            let began = Instant::now();
            let mut peer = trial.open()?;
            timed_out(&mut peer, began, span, Departure::weak)
        },
    )
    .twin(usable)
    .slow(),
    Case::should(
        "timer.idle-after-text",
        &["timer.idle", "error.1xx-last"],
        "A connection on which no frame comes after a text is answered with 105",
        |trial| {
            let span = trial.timer(Timer::Idle)?;
            let mut peer = trial.open()?;
            let began = Instant::now();
            peer.prove_usable()?;
            timed_out(&mut peer, began, span, Departure::weak)
        },
    )
    .twin(usable)
    .slow(),
    Case::should(
        "timer.idle-open",
        &["timer.idle", "eof.open-upload"],
        "An upload of which nothing more comes is answered with 105, and not stored",
        |trial| {
            let span = trial.timer(Timer::Idle)?;
            let began = Instant::now();
            let (mut peer, upload) = open(trial, 1500)?;
            peer.send(upload.data(0..1024))?;
            timed_out(&mut peer, began, span, Departure::weak)?;
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            peer.expect_start()
        },
    )
    .twin(usable)
    .slow(),
    Case::should(
        "timer.idle-discard",
        &["timer.idle"],
        "A refused upload of which nothing more comes is answered with 105",
        |trial| {
            let span = trial.timer(Timer::Idle)?.min(trial.span(Timer::Discard));
            let began = Instant::now();
            let mut peer = discard(trial)?;
            timed_out(&mut peer, began, span, Departure::weak)
        },
    )
    .twin(usable)
    .slow(),
    Case::must(
        "timer.idle-whole-frame",
        &["timer.idle-whole-frame"],
        "An ignorable frame restarts the idle timer",
        |trial| {
            let span = trial.timer(Timer::Idle)?;
            let began = Instant::now();
            let mut peer = trial.open()?;
            quiet_for(&mut peer, began, span.mul_f64(0.5), span)?;
            let began = Instant::now();
            peer.send(frame(b'n', b"ignored"))?;
            quiet_for(&mut peer, began, span.mul_f64(0.75), span)?;
            peer.finish()
        },
    )
    .twin(usable)
    .slow(),
    Case::must(
        "timer.idle-data",
        &["timer.idle-whole-frame"],
        "DATA restarts the idle timer",
        |trial| {
            let span = trial.timer(Timer::Idle)?;
            let (mut peer, upload) = open(trial, 1500)?;
            let began = Instant::now();
            peer.send(upload.data(0..512))?;
            quiet_for(&mut peer, began, span.mul_f64(0.5), span)?;
            let began = Instant::now();
            peer.send(upload.data(512..1024))?;
            quiet_for(&mut peer, began, span.mul_f64(0.75), span)?;
            peer.send([upload.data_from(1024), upload.end()].concat())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    )
    .slow(),
    Case::must(
        "timer.idle-skipped",
        &["timer.idle-whole-frame"],
        "DATA that is skipped restarts the idle timer",
        |trial| {
            let (idle, discard_span) = (trial.timer(Timer::Idle)?, trial.span(Timer::Discard));
            if discard_span < idle.mul_f64(1.5) {
                let reason = "its discard timer is so short that it ends before the idle timer";
                return Err(Departure::not_applicable(reason));
            }
            let began = Instant::now();
            let mut peer = discard(trial)?;
            quiet_for(&mut peer, began, idle.mul_f64(0.5), idle)?;
            let began = Instant::now();
            peer.send(octets::data(b"skipped"))?;
            quiet_for(&mut peer, began, idle.mul_f64(0.75), idle)?;
            prove_discard(&mut peer)
        },
    )
    .slow(),
    Case::must(
        "timer.idle-inside-frame",
        &["timer.idle-whole-frame", "timer.frame"],
        "The idle timer does not run inside a frame: there the frame timer does",
        |trial| {
            let (idle, frame) = (trial.timer(Timer::Idle)?, trial.timer(Timer::Frame)?);
            if frame < idle.mul_f64(0.8) {
                let reason = "its frame timer is so short that it ends before the idle timer";
                return Err(Departure::not_applicable(reason));
            }
            let began = Instant::now();
            let mut peer = trial.open()?;
            quiet_for(&mut peer, began, idle.mul_f64(0.5), idle)?;
            let began = Instant::now();
            let text = octets::text("hola");
            peer.send(&text[..3])?;
            quiet_for(&mut peer, began, idle.mul_f64(0.65), frame)?;
            peer.send(&text[3..])?;
            peer.expect_text_answer()?;
            peer.finish()
        },
    )
    .twin(usable)
    .slow(),
    Case::may(
        "timer.discard",
        &["timer.discard"],
        "The server may end a refused upload that goes on for too long, with 105",
        |trial| {
            let span = trial.timer(Timer::Discard)?;
            let began = Instant::now();
            let mut peer = discard(trial)?;
            let pause = span.min(trial.span(Timer::Idle)) / 4;
            while !peer.comes_within(pause) {
                if began.elapsed() > span.mul_f64(1.5) {
                    let seen = "a refused upload may go on for longer than the discard timer";
                    return Err(Departure::info(seen));
                }
                peer.send(octets::data(b"skipped"))?;
            }
            timed_out(&mut peer, began, span, Departure::fail)
        },
    )
    .slow(),
    Case::must(
        "timer.write",
        &["timer.write"],
        "A connection whose peer takes no octet for the span of the write timer is closed",
        |trial| {
            let span = trial.timer(Timer::Write)?;
            trial.takes_longer_by(4 * span);
            let silence = trial.silence();
            let mut unread = Unread::fill(trial)?;
            // The server's own system goes on taking an octet now and then, as its probes make
            // the peer's system squeeze together what it holds: the next gap is twice as long.
            // A reset shows itself at once; an orderly close, behind what was never taken, only
            // to who reads on.
            if unread.peer.breaks_within(4 * span + silence) || unread.read_out().is_err() {
                return Ok(());
            }
            let seen = "all answers, when they were read at last";
            Err(Departure::fail(format!("a close after {span:?}"), seen))
        },
    )
    .twin(usable)
    .slow(),
    Case::must(
        "timer.write-early",
        &["timer.write", "flow.no-answer-dropped"],
        "A peer that reads again before the write timer expires is sent every answer",
        |trial| {
            let span = trial.timer(Timer::Write)?;
            let began = Instant::now();
            let mut unread = Unread::fill(trial)?;
            let wait = span.mul_f64(0.6).saturating_sub(began.elapsed());
            let broken = unread.peer.breaks_within(wait);
            let waited = began.elapsed();
            let read_out = if broken {
                let seen = format!("the end after {waited:?}");
                Err(Departure::fail(format!("no close before {span:?}"), seen))
            } else {
                unread.read_out()
            };
            if read_out.is_err() && waited > span.mul_f64(0.9) {
                let reason = format!(
                    "its write timer, {span:?}, is too short beside the {waited:?} that it took \
                     to see that it reads no more"
                );
                return Err(Departure::not_applicable(reason));
            }
            read_out
        },
    )
    .slow(),
    Case::must(
        "timer.close",
        &["closing.procedure"],
        "After its last frame the server waits for the client's end for the close timer's span",
        |trial| {
            let span = trial.timer(Timer::Close)?;
            let mut peer = trial.open()?;
            let began = Instant::now();
            peer.send(header(b'Z', 0))?;
            match peer.next("ERROR 103")? {
                Answer::Error(code, _) if code.number() == 103 => peer.expect_end_of_stream()?,
                other => return Err(crate::conformance::answer::unexpected("ERROR 103", &other)),
            }
            // A socket that is closed answers an octet with a reset.
            while !peer.breaks_within(span / 20) {
                if began.elapsed() > 2 * span {
                    let seen = format!("octets taken {:?} after the end", began.elapsed());
                    return Err(Departure::fail(format!("a close after {span:?}"), seen));
                }
                peer.send(b"x")?;
            }
            not_before(began, span)
        },
    )
    .twin(usable)
    .slow(),
    Case::must(
        "timer.not-while-busy",
        &["timer.not-while-busy", "flow.bounded-output"],
        "The frame timer does not run while the server does not read",
        |trial| not_while_busy(trial, Timer::Frame),
    )
    .slow(),
    Case::must(
        "timer.not-while-busy-idle",
        &["timer.not-while-busy", "flow.bounded-output"],
        "The idle timer does not run while the server does not read",
        |trial| not_while_busy(trial, Timer::Idle),
    )
    .slow(),
];

/// A server that cannot write, and does not read, ends no connection by this timer.
fn not_while_busy(trial: &mut Trial<'_>, timer: Timer) -> Outcome {
    let span = trial.timer(timer)?;
    let write = trial.span(Timer::Write);
    if write < 4 * span {
        let reason = format!(
            "its write timer, {write:?}, is too short beside the {} timer's {span:?}: a server \
             that cannot write would close before",
            timer.name()
        );
        return Err(Departure::not_applicable(reason));
    }
    let unread = Unread::fill(trial)?;
    let mut idle = trial.open()?;
    // The text that was cut off is a frame that has begun, as far as it was read.
    let since = Instant::now();
    while since.elapsed() < span + span / 2 {
        idle.pause_for(span / 10)?;
        idle.send(frame(b'n', b""))?;
    }
    idle.finish()?;
    let since = Instant::now();
    unread.read_out().map_err(|found| {
        // Its timers run again as soon as it writes and reads.
        let soonest = trial.span(Timer::Frame).min(trial.span(Timer::Idle));
        if found.verdict == Verdict::Inconclusive && since.elapsed() < soonest.mul_f64(0.95) {
            return Departure::fail("the answers to all that was sent", found.seen);
        }
        found
    })
}

/// A frame of which these octets come and no more.
fn stalled(trial: &mut Trial<'_>, part: &[u8]) -> Outcome {
    let span = trial.timer(Timer::Frame)?;
    let mut peer = trial.open()?;
    let began = Instant::now();
    peer.send(part)?;
    timed_out(&mut peer, began, span, Departure::weak)
}

/// ERROR 105 and the end, not before the timer can have expired that began no earlier than
/// this. `missing` says what it is if another end comes, or none.
fn timed_out(
    peer: &mut Peer,
    began: Instant,
    span: Duration,
    missing: fn(String, String) -> Departure,
) -> Outcome {
    let expected = format!("ERROR 105 after {span:?}");
    match peer.next(&expected) {
        Ok(Answer::Error(code, _)) if code.number() == 105 => {
            not_before(began, span)?;
            not_late(began, span, missing)?;
            peer.expect_closed()
        }
        Ok(end @ (Answer::EndOfStream | Answer::Reset)) => Err(missing(expected, end.to_string())),
        Ok(other) => Err(Departure::fail(expected, other.to_string())),
        Err(departure) if peer.unread().is_empty() => {
            Err(missing(departure.expected, departure.seen))
        }
        Err(departure) => Err(departure),
    }
}

/// Nothing may come for so long after `since`. Whether it was the suite that was late, and
/// the timer of this span has expired by right, is seen by the time.
fn quiet_for(peer: &mut Peer, since: Instant, wait: Duration, timer: Duration) -> Outcome {
    if !peer.comes_within(wait.saturating_sub(since.elapsed())) {
        return Ok(());
    }
    let waited = since.elapsed();
    if waited >= timer.mul_f64(0.95) {
        return Err(Departure::inconclusive(format!("this machine was busy for {waited:?}")));
    }
    let seen = peer.next("nothing").map_or_else(|fault| fault.seen, |answer| answer.to_string());
    let expected = format!("nothing before {timer:?}");
    Err(Departure::fail(expected, format!("{seen} after {waited:?}")))
}

/// What has come was not due before the timer's span was over, give or take its grain.
fn not_before(began: Instant, span: Duration) -> Outcome {
    let waited = began.elapsed();
    if waited >= span.mul_f64(0.95) {
        return Ok(());
    }
    let expected = format!("nothing before the declared {span:?}");
    Err(Departure::fail(expected, format!("the end after {waited:?}")))
}

/// What has come did not take a multiple of the timer's span, however busy the machine is.
fn not_late(began: Instant, span: Duration, missing: fn(String, String) -> Departure) -> Outcome {
    let waited = began.elapsed();
    if waited <= 2 * span + BUSY {
        return Ok(());
    }
    Err(missing(format!("an end soon after the declared {span:?}"), format!("it after {waited:?}")))
}
