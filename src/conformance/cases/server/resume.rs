//! Chapter 6.5: held octets, resume, taking over.
//!
//! A server may answer any RESUME with offset 0 (`held.none`): that is information, no
//! failure.

use super::{prove_discard, prove_idle, store, stored};
use crate::conformance::answer::unexpected;
use crate::conformance::octets;
use crate::conformance::{Answer, Case, Departure, Outcome, Peer, Trial, Upload};
use crate::wire::{DigestKind, ResumePoint};

const LEN: usize = 3000;
const HALF: usize = 2048;

pub(super) const CASES: &[Case] = &[
    Case::must(
        "resume.nothing-held",
        &["resume.offset", "resume.crc"],
        "A RESUME of which nothing is held is continued from 0 with the CRC-32 0",
        |trial| {
            let upload = trial.upload("new", LEN)?.resuming();
            let mut peer = trial.open()?;
            store(&mut peer, &upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "resume.after-lost-connection",
        &[
            "resume.offset",
            "resume.crc",
            "end.size",
            "end.digest",
            "end.stored",
            "held.survives",
            "held.none",
        ],
        "After a lost connection RESUME goes on from the octets held, and the file is whole",
        |trial| {
            DigestKind::ALL.iter().try_for_each(|&kind| {
                let upload = trial.upload(kind.name(), LEN)?.with_digest(kind);
                interrupt(trial, &upload.clone().resuming())?;
                let mut peer = trial.open()?;
                let offset = resume(&mut peer, &upload, HALF)?;
                peer.finish()?;
                held(offset)
            })
        },
    ),
    Case::must(
        "resume.twice",
        &["resume.offset", "resume.crc"],
        "An upload that is interrupted twice goes on from each place",
        |trial| {
            let upload = trial.upload("twice", LEN)?;
            interrupt(trial, &upload)?;
            let mut peer = trial.open()?;
            let first = continued(&mut peer, &upload, HALF)?;
            peer.send(upload.data(first..first + 100))?;
            peer.shut_down();
            peer.expect_closed()?;
            let mut peer = trial.open()?;
            let second = resume(&mut peer, &upload, first + 100)?;
            peer.finish()?;
            held(second)
        },
    ),
    Case::must(
        "resume.not-set",
        &["resume.offset", "held.dropped", "resume.hidden"],
        "A FILE without RESUME begins at 0 and drops what was held",
        |trial| {
            let upload = trial.upload("dropped", LEN)?;
            interrupt(trial, &upload.clone().resuming())?;
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            peer.expect_start()?;
            peer.shut_down();
            peer.expect_closed()?;
            let mut peer = trial.open()?;
            peer.send(upload.clone().resuming().file())?;
            peer.expect_start()?;
            peer.send([upload.data_from(0), upload.end()].concat())?;
            peer.expect_stored(&upload)
        },
    )
    .twin(holds),
    Case::must(
        "resume.unknown-size",
        &["resume.offset", "file.size-unknown"],
        "A RESUME of unknown size begins at 0",
        |trial| {
            let upload = trial.upload("unknown", LEN)?.of_unknown_size();
            interrupt(trial, &upload)?;
            let mut peer = trial.open()?;
            store(&mut peer, &upload.resuming())?;
            peer.finish()
        },
    )
    .twin(holds),
    Case::must(
        "resume.another-size",
        &["resume.offset"],
        "Octets held for one size are not those of an upload of another",
        |trial| {
            let upload = trial.upload("size", LEN)?;
            interrupt(trial, &upload)?;
            let mut peer = trial.open()?;
            store(&mut peer, &trial.upload("size", LEN - 1)?.resuming())?;
            peer.finish()
        },
    )
    .twin(holds),
    Case::must(
        "resume.another-destination",
        &["resume.offset", "resume.crc"],
        "Octets held for one destination are not those of another, however like its name",
        |trial| {
            let upload = trial.upload("folder/name", LEN)?;
            interrupt(trial, &upload.resuming())?;
            let mut peer = trial.open()?;
            for name in ["name", "other/name", "folder/nam", "folder/name2", "folder-name"] {
                store(&mut peer, &trial.upload(name, LEN)?.resuming())?;
            }
            peer.finish()
        },
    )
    .twin(holds),
    Case::must(
        "resume.different-octets",
        &["resume.crc", "end.digest", "held.dropped"],
        "A client whose octets are others finds out, gives up and begins anew",
        |trial| {
            let upload = trial.upload("different", LEN)?;
            interrupt(trial, &upload)?;
            let mut other = upload.clone();
            other.octets[0] ^= 0xFF;
            let mut peer = trial.open()?;
            // The CRC-32 is that of what the server holds, not of what it will be told.
            continued(&mut peer, &upload, HALF)?;
            peer.send(octets::abort())?;
            peer.expect_error(220)?;
            store(&mut peer, &other)?;
            peer.finish()
        },
    )
    .twin(holds),
    Case::must("held.dropped-abort", &["held.dropped"], "ABORT drops what was held", |trial| {
        let upload = trial.upload("aborted", LEN)?.resuming();
        let mut peer = trial.open()?;
        peer.send([upload.file(), upload.data(0..HALF), octets::abort()].concat())?;
        peer.expect_start()?;
        peer.expect_error(220)?;
        store(&mut peer, &upload)?;
        // What was held before it went on is dropped, too.
        let held = trial.upload("aborted-later", LEN)?;
        interrupt(trial, &held)?;
        continued(&mut peer, &held, HALF)?;
        peer.send(octets::abort())?;
        peer.expect_error(220)?;
        store(&mut peer, &held.resuming())
    })
    .twin(holds),
    Case::must(
        "held.dropped-mismatch",
        &["held.dropped"],
        "ERROR 215 and ERROR 216 drop what was held",
        |trial| {
            let upload = trial.upload("mismatch", LEN)?.resuming();
            let mut peer = trial.open()?;
            let short = octets::end(HALF as u64, &[0; 4]);
            peer.send([upload.file(), upload.data(0..HALF), short].concat())?;
            peer.expect_start()?;
            peer.expect_error(215)?;
            let wrong = octets::end(LEN as u64, &[0; 4]);
            peer.send([upload.file(), upload.data_from(0), wrong].concat())?;
            peer.expect_start()?;
            peer.expect_error(216)?;
            let past = octets::data(&[b'x'; 1024]);
            peer.send([upload.file(), upload.data(0..HALF), past].concat())?;
            peer.expect_start()?;
            peer.expect_error(215)?;
            store(&mut peer, &upload)?;
            // What was held before it went on is dropped, too.
            for (name, size, code) in [("later-digest", LEN, 216), ("later-size", LEN + 1, 215)] {
                let held = trial.upload(name, LEN)?;
                interrupt(trial, &held)?;
                let offset = continued(&mut peer, &held, HALF)?;
                peer.send([held.data_from(offset), octets::end(size as u64, &[0; 4])].concat())?;
                peer.expect_error(code)?;
                store(&mut peer, &held.resuming())?;
            }
            Ok(())
        },
    )
    .twin(holds),
    Case::may(
        "held.complete",
        &["held.complete", "file.exists", "held.complete-untouched"],
        "A complete file counts as held in full, or is refused with 211",
        |trial| {
            stored(trial, "complete", LEN)?;
            let upload = trial.upload("complete", LEN)?.resuming();
            let whole = ResumePoint { offset: LEN as u64, crc32: upload.crc32(LEN) };
            let mut peer = trial.open()?;
            for _ in 0..2 {
                peer.send(upload.file())?;
                let expected = format!("{} or ERROR 211", Answer::Continue(whole));
                match peer.next(&expected)? {
                    Answer::Continue(point) if point == whole => {}
                    Answer::Error(code, _) if code.number() == 211 => {
                        prove_discard(&mut peer)?;
                        return Err(Departure::info("refused with 211: it does not count"));
                    }
                    other => return Err(unexpected(&expected, &other)),
                }
                peer.send(upload.end())?;
                peer.expect_stored(&upload)?;
            }
            peer.finish()
        },
    ),
    Case::must(
        "held.complete-untouched",
        &["held.complete-untouched", "publish.nothing-on-failure", "end.digest"],
        "An upload that goes on from a complete file leaves it, whatever its outcome",
        |trial| {
            stored(trial, "untouched", LEN)?;
            let upload = trial.upload("untouched", LEN)?;
            let mut peer = trial.open()?;
            let wrong = octets::end(LEN as u64, &[0; 4]);
            for (ending, code) in [(octets::abort(), 220), (octets::data(b"x"), 215), (wrong, 216)]
            {
                peer.send(upload.clone().resuming().file())?;
                match peer.next("CONTINUE or ERROR 211")? {
                    Answer::Continue(_) => {}
                    Answer::Error(error, _) if error.number() == 211 => {
                        return Err(Departure::not_applicable("it does not count as held"));
                    }
                    other => return Err(unexpected("CONTINUE or ERROR 211", &other)),
                }
                peer.send(ending)?;
                peer.expect_error(code)?;
            }
            peer.send(upload.file())?;
            peer.expect_error(211).map(drop)
        },
    )
    .twin(|trial| stored(trial, "untouched", LEN)),
    Case::must(
        "file.busy-complete",
        &["file.busy", "held.complete"],
        "The destination of an upload that goes on from a complete file is open",
        |trial| {
            stored(trial, "complete", LEN)?;
            let upload = trial.upload("complete", LEN)?;
            let mut first = trial.open()?;
            first.send(upload.clone().resuming().file())?;
            match first.next("CONTINUE or ERROR 211")? {
                Answer::Continue(_) => {}
                Answer::Error(error, _) if error.number() == 211 => {
                    return Err(Departure::not_applicable("it does not count as held"));
                }
                other => return Err(unexpected("CONTINUE or ERROR 211", &other)),
            }
            let mut second = trial.open()?;
            second.send(upload.clone().overwriting().file())?;
            second.expect_error(214)?;
            first.send(upload.end())?;
            first.expect_stored(&upload)?;
            second.send([upload.overwriting().file(), octets::abort()].concat())?;
            second.expect_start()?;
            second.expect_error(220).map(drop)
        },
    )
    .twin(|trial| stored(trial, "complete", LEN)),
    Case::should(
        "held.which",
        &["held.which"],
        "RESUME with OVERWRITE goes on from held octets, although a file of that size exists",
        |trial| {
            stored(trial, "which", LEN)?;
            let mut newer = trial.upload("which", LEN)?.overwriting();
            newer.octets.reverse();
            interrupt(trial, &newer)?;
            let mut peer = trial.open()?;
            peer.send(newer.clone().resuming().file())?;
            let point = peer.expect_continue()?;
            let held = ResumePoint { offset: HALF as u64, crc32: newer.crc32(HALF) };
            if point != held {
                holds(trial)?;
                let (expected, seen) = (Answer::Continue(held), Answer::Continue(point));
                return Err(Departure::weak(expected.to_string(), seen.to_string()));
            }
            peer.send([newer.data_from(HALF), newer.end()].concat())?;
            peer.expect_stored(&newer)
        },
    )
    .twin(holds),
    Case::must(
        "takeover.other-size",
        &["takeover.wins", "takeover.superseded", "resume.offset"],
        "A RESUME of another size takes over too, and begins at 0",
        |trial| {
            let upload = trial.upload("other-size", LEN)?;
            let mut loser = trial.open()?;
            loser.send([upload.file(), upload.data(0..HALF)].concat())?;
            loser.expect_start()?;
            let mut winner = trial.open()?;
            store(&mut winner, &trial.upload("other-size", LEN - 1)?.resuming())?;
            loser.expect_error(222)?;
            loser.prove_usable()
        },
    )
    .twin(|trial| stored(trial, "other-size", LEN)),
    Case::must(
        "takeover.unknown-size",
        &["takeover.wins", "takeover.superseded", "resume.offset"],
        "A RESUME of unknown size takes over too, and is taken over",
        |trial| {
            let upload = trial.upload("unknown", LEN)?.of_unknown_size().resuming();
            let mut loser = trial.open()?;
            loser.send([upload.file(), upload.data(0..HALF)].concat())?;
            loser.expect_start()?;
            let mut winner = trial.open()?;
            store(&mut winner, &upload)?;
            loser.expect_error(222)?;
            loser.prove_usable()
        },
    )
    .twin(|trial| stored(trial, "unknown", LEN)),
    Case::must(
        "takeover.inside-data",
        &["takeover.superseded", "state.discard.data", "state.discard-headers"],
        "222 comes in the middle of a DATA, whose rest is skipped, and so is its END",
        |trial| {
            let upload = trial.upload("inside", LEN)?;
            let data = octets::data(&upload.octets[..1024]);
            let mut loser = trial.open()?;
            loser.send([upload.file(), data[..300].to_vec()].concat())?;
            loser.expect_start()?;
            let mut winner = trial.open()?;
            winner.send(upload.clone().resuming().file())?;
            winner.expect_continue()?;
            loser.expect_error(222)?;
            loser.send([&data[300..], &upload.data(1024..LEN), &upload.end()].concat())?;
            loser.prove_usable()?;
            prove_idle(&mut loser)
        },
    )
    .twin(|trial| stored(trial, "inside", LEN)),
    Case::must(
        "takeover.superseded",
        &["takeover.superseded", "takeover.wins", "resume.crc"],
        "A RESUME takes an open destination over: 222 unasked there, and it is stored here",
        |trial| {
            let upload = trial.upload("taken", LEN)?;
            let mut loser = trial.open()?;
            loser.send([upload.file(), upload.data(0..HALF)].concat())?;
            loser.expect_start()?;
            let mut winner = trial.open()?;
            let offset = continued(&mut winner, &upload, HALF)?;
            loser.expect_error(222)?;
            loser.send([upload.data(HALF..LEN), upload.end()].concat())?;
            loser.prove_usable()?;
            prove_idle(&mut loser)?;
            winner.send([upload.data_from(offset), upload.end()].concat())?;
            winner.expect_stored(&upload)?;
            winner.finish()
        },
    )
    .twin(|trial| stored(trial, "taken", LEN)),
    Case::must(
        "takeover.refused-does-not",
        &["file.busy", "file.judged-in-order", "takeover.wins"],
        "A RESUME that is refused for a fault of its own takes nothing over",
        |trial| {
            let upload = trial.upload("not-taken", LEN)?;
            let mut first = trial.open()?;
            first.send([upload.file(), upload.data(0..HALF)].concat())?;
            first.expect_start()?;
            let mut second = trial.open()?;
            let mut bad = upload.clone().resuming().raw();
            bad.size = 1 << 63;
            second.send(bad.frame())?;
            second.expect_error(212)?;
            // Another that is busy and whose destination exists is refused for that.
            let (old, new) = (trial.upload("exists", 3)?, trial.upload("exists", LEN)?);
            store(&mut second, &old)?;
            let mut third = trial.open()?;
            third.send([new.clone().overwriting().file(), new.data(0..HALF)].concat())?;
            third.expect_start()?;
            second.send(new.clone().resuming().file())?;
            second.expect_error(211)?;
            third.send([new.data(HALF..LEN), new.end()].concat())?;
            third.expect_stored(&new)?;
            first.send([upload.data(HALF..LEN), upload.end()].concat())?;
            first.expect_stored(&upload)
        },
    )
    .twin(|trial| stored(trial, "not-taken", LEN)),
];

/// Uploads the first half and ends the stream; the server has handled all of it before it
/// ends its own.
fn interrupt(trial: &mut Trial<'_>, upload: &Upload) -> Outcome {
    let mut peer = trial.open()?;
    peer.send([upload.file(), upload.data(0..HALF)].concat())?;
    peer.expect_start()?;
    peer.shut_down();
    peer.expect_closed()
}

/// RESUME, and a CONTINUE that is right for at most `most` octets held: its offset.
fn continued(peer: &mut Peer, upload: &Upload, most: usize) -> Outcome<usize> {
    peer.send(upload.clone().resuming().file())?;
    let point = peer.expect_continue()?;
    let expected = format!("CONTINUE with an offset of at most {most} and its CRC-32");
    let seen = Answer::Continue(point).to_string();
    match usize::try_from(point.offset) {
        Ok(offset) if offset <= most && upload.crc32(offset) == point.crc32 => Ok(offset),
        Ok(offset) if offset <= most => {
            let right = upload.crc32(offset);
            Err(Departure::fail(expected, format!("{seen}, which should be {right:08X}")))
        }
        _ => Err(Departure::fail(expected, seen)),
    }
}

/// RESUME, the rest, END and STORED: the offset from which it went on.
fn resume(peer: &mut Peer, upload: &Upload, most: usize) -> Outcome<usize> {
    let offset = continued(peer, upload, most)?;
    peer.send([upload.data_from(offset), upload.end()].concat())?;
    peer.expect_stored(upload)?;
    Ok(offset)
}

/// The twin of every case about octets that must not be held: others are.
fn holds(trial: &mut Trial<'_>) -> Outcome {
    let upload = trial.upload("holds", LEN)?;
    interrupt(trial, &upload.clone().resuming())?;
    let mut peer = trial.open()?;
    match resume(&mut peer, &upload, HALF)? {
        0 => Err(Departure::not_applicable("the server holds nothing, as it may (held.none)")),
        _ => peer.finish(),
    }
}

fn held(offset: usize) -> Outcome {
    match offset {
        0 => Err(Departure::info("the server went on from 0, as it may (held.none)")),
        _ => Ok(()),
    }
}
