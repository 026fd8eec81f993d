//! Chapters 5.2 to 5.5: answers and their order, texts, pipelining, giving up.

use super::unread::Unread;
use super::{CUTS_ITSELF, prove_idle, store, stored};
use crate::conformance::answer::unexpected;
use crate::conformance::octets::{self, RawFile};
use crate::conformance::{Answer, Case, Departure, Outcome, Trial, Verdict};
use crate::wire::{Code, PayloadLimit};

/// Octets that are no UTF-8, each for a reason of its own, and the reason.
const NOT_UTF8: [(&[u8], &str); 8] = [
    (b"\x80", "a continuation alone"),
    (b"\xC3", "a sequence cut off at the end"),
    (b"\xE2\x82x", "a sequence cut off by a letter"),
    (b"\xC0\xAF", "an overlong form of two octets"),
    (b"\xE0\x80\xAF", "an overlong form of three octets"),
    (b"\xED\xA0\x80", "a surrogate"),
    (b"\xF4\x90\x80\x80", "a number above U+10FFFF"),
    (b"good\xFFbad", "an octet that UTF-8 has not"),
];

pub(super) const CASES: &[Case] = &[
    Case::must(
        "answer.one-each",
        &["answer.one-each", "answer.order", "answer.continue-once", "conversation.in-order"],
        "Requests sent in one go have one final answer each, in their order",
        |trial| {
            let (good, bad) = (trial.upload("good", 3)?, trial.upload("bad", 3)?);
            let mut peer = trial.open()?;
            peer.send(
                [
                    octets::text(b"\xFF"),
                    RawFile { flags: 0x40, ..bad.raw() }.frame(),
                    octets::text("between"),
                    RawFile { digest: 3, ..bad.raw() }.frame(),
                    good.all(),
                    RawFile { destination: b"..".to_vec(), ..bad.raw() }.frame(),
                    octets::text("last"),
                    octets::bye(),
                ]
                .concat(),
            )?;
            peer.expect_error(200)?;
            peer.expect_error(218)?;
            peer.expect_text_answer()?;
            peer.expect_error(217)?;
            peer.expect_start()?;
            peer.expect_stored(&good)?;
            peer.expect_error(210)?;
            peer.expect_text_answer()?;
            peer.expect_bye()
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "answer.continue-once",
        &["answer.continue-once"],
        "Each accepted FILE has one CONTINUE, after the final answers of all before it",
        |trial| {
            let uploads = [trial.upload("1", 1)?, trial.upload("2", 2)?, trial.upload("3", 3)?];
            let mut peer = trial.open()?;
            let all = uploads.iter().flat_map(|upload| [octets::text("before"), upload.all()]);
            peer.send(all.collect::<Vec<_>>().concat())?;
            for upload in &uploads {
                peer.expect_text_answer()?;
                peer.expect_start()?;
                peer.expect_stored(upload)?;
            }
            peer.finish()
        },
    ),
    Case::must(
        "answer.continue-prompt",
        &["answer.continue-prompt"],
        "CONTINUE and the refusal of a FILE come without a later frame",
        |trial| {
            let upload = trial.upload("prompt", 3)?;
            let mut peer = trial.open()?;
            peer.send(RawFile { flags: 0x80, ..upload.raw() }.frame())?;
            peer.expect_error(218)?;
            peer.send(upload.file())?;
            peer.expect_start()
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "text.answered",
        &["text.answered", "answer.one-each"],
        "Each text has one final answer, REPLY or ERROR 2xx",
        |trial| {
            let mut peer = trial.open()?;
            for text in ["hola", "¿qué tal?", "日本", "a\r\nb\tc"] {
                peer.send(octets::text(text))?;
                peer.expect_text_answer()?;
            }
            peer.finish()
        },
    ),
    Case::must("text.empty", &["text.answered"], "An empty text has its answer", |trial| {
        let mut peer = trial.open()?;
        peer.send(octets::text(""))?;
        peer.expect_text_answer()?;
        peer.finish()
    }),
    Case::should("text.echo", &["text.echo"], "The reply is the text itself", |trial| {
        echoed(trial, &["", "hola", "¿qué tal?", " \r\n\t ", "e\u{301}\u{e9}", "\u{10FFFF}"])
            .map_err(weaker)
    }),
    Case::must(
        "text.nul-and-bom",
        &["frame.nul-and-bom"],
        "U+0000 and a leading U+FEFF come back where texts are echoed",
        |trial| {
            echoes(trial)?;
            echoed(trial, &["\0", "a\0b", "\u{FEFF}", "\u{FEFF}text"])
        },
    ),
    Case::must(
        "text.utf8",
        &["text.utf8", "error.2xx-one-request"],
        "A text that is not UTF-8 is answered with 200, and the next one as ever",
        |trial| {
            let mut peer = trial.open()?;
            for (octets, reason) in NOT_UTF8 {
                peer.send(octets::text(octets))?;
                peer.expect_error(200).map_err(|departure| {
                    let seen = format!("{} to {reason}", departure.seen);
                    Departure { seen, ..departure }
                })?;
                peer.prove_usable()?;
            }
            peer.finish()
        },
    )
    .twin(well_formed),
    Case::must(
        "text.utf8-edges",
        &["text.utf8"],
        "The first and the last characters of each length are UTF-8, and not answered with 200",
        well_formed,
    ),
    Case::must(
        "text.split-character",
        &["frame.split-invariance", "text.utf8"],
        "A text that comes in pieces cut inside of its characters is answered like any other",
        |trial| {
            let mut peer = trial.open()?;
            peer.send_octet_by_octet();
            for text in ["ñ", "日本", "𝄞"] {
                peer.send(octets::text(text))?;
                match peer.expect_text_answer()? {
                    Answer::Error(code, message) if code == Code::INVALID_TEXT => {
                        return Err(unexpected("REPLY", &Answer::Error(code, message)));
                    }
                    _ => {}
                }
            }
            peer.finish()
        },
    )
    .whole_only(CUTS_ITSELF),
    Case::must(
        "text.reply-limit",
        &["text.reply-limit"],
        "A reply above the client's `text` becomes ERROR 201",
        |trial| {
            let limit =
                PayloadLimit::new(1500).map_err(|error| Departure::harness(error.to_string()))?;
            let mut peer = trial.open_for_replies(limit)?;
            reply_too_large(trial, &mut peer, &letters(1501))
        },
    )
    .twin(reply_fits),
    Case::must(
        "text.reply-fits",
        &["text.reply-limit", "preface.absent-key"],
        "A reply of the client's `text` is not too long, stated or not",
        |trial| {
            reply_fits(trial)?;
            let mut peer = trial.open()?;
            fits(&mut peer, 1024)
        },
    ),
    Case::must(
        "text.reply-limit-octets",
        &["text.reply-limit"],
        "A reply's length is that of its octets, not of its characters",
        |trial| {
            let mut peer = trial.open()?;
            reply_too_large(trial, &mut peer, &"ñ".repeat(513))
        },
    )
    .twin(|trial| {
        let mut peer = trial.open()?;
        fits(&mut peer, 1024)
    }),
    Case::must(
        "text.reply-longest",
        &["text.reply-limit"],
        "A reply of exactly the client's `text` is sent where texts are echoed",
        |trial| {
            echoes(trial)?;
            let longest = "r".repeat(1024);
            echoed(trial, &[&longest])
        },
    ),
    Case::must(
        "text.judged-in-order",
        &["text.judged-in-order", "text.utf8"],
        "A text that is not UTF-8 and too long to be echoed is answered with 200",
        |trial| {
            if trial.limits().text.octets() < 1025 {
                return Err(Departure::not_applicable("the server takes no text of 1025 octets"));
            }
            let mut peer = trial.open()?;
            peer.send(octets::text([0xFF; 1025]))?;
            peer.expect_error(200)?;
            peer.finish()
        },
    )
    .twin(|trial| {
        let mut peer = trial.open()?;
        peer.send(octets::text([b'r'; 1025]))?;
        peer.expect_text_answer()?;
        peer.finish()
    }),
    Case::may(
        "text.refused",
        &["text.refused", "error.2xx-one-request"],
        "A text may be refused with 202, and the connection is usable all the same",
        |trial| {
            let mut peer = trial.open()?;
            peer.send(octets::text("hola"))?;
            let answer = peer.expect_text_answer()?;
            peer.finish()?;
            match answer {
                Answer::Error(code, _) if code.number() == 202 => {
                    Err(Departure::info("the server refuses `hola`"))
                }
                _ => Ok(()),
            }
        },
    ),
    Case::must(
        "text.reply-limit-absent",
        &["preface.absent-key", "text.reply-limit"],
        "Without the client's `text` a reply above 1024 octets becomes ERROR 201",
        |trial| {
            let mut peer = trial.open()?;
            reply_too_large(trial, &mut peer, &letters(1025))
        },
    )
    .twin(|trial| {
        let mut peer = trial.open()?;
        fits(&mut peer, 1024)
    }),
    Case::must(
        "flow.pipelining",
        &["flow.pipelining", "answer.order"],
        "A hundred texts sent before any answer is read are answered in order",
        |trial| {
            let texts: Vec<String> = (0..100).map(|number| format!("text {number}")).collect();
            let mut peer = trial.open()?;
            peer.send(texts.iter().flat_map(octets::text).collect::<Vec<u8>>())?;
            for text in &texts {
                // A server that replies with other words keeps its order to itself.
                if let Answer::Reply(reply) = peer.expect_text_answer()?
                    && reply != *text
                    && texts.contains(&reply)
                {
                    return Err(Departure::fail(format!("the answer to `{text}`"), reply));
                }
            }
            peer.finish()
        },
    ),
    Case::must(
        "flow.eager",
        &["flow.eager"],
        "DATA and END that come with their FILE are taken",
        |trial| stored(trial, "eager", 2000),
    ),
    Case::must(
        "flow.eager-refused",
        &["flow.eager", "answer.one-each"],
        "DATA and END that come with a refused FILE are skipped",
        |trial| {
            let upload = trial.upload("refused", 2000)?;
            let refused = RawFile { flags: 0x04, ..upload.raw() }.frame();
            let mut peer = trial.open()?;
            peer.send([refused, upload.data_from(0), upload.end(), octets::text("next")].concat())?;
            peer.expect_error(218)?;
            peer.expect_text_answer()?;
            store(&mut peer, &upload)?;
            peer.finish()
        },
    )
    .twin(|trial| stored(trial, "twin", 2000)),
    Case::must(
        "flow.bounded-output",
        &["flow.bounded-output", "flow.no-answer-dropped"],
        "The server stops reading from a client that does not read, and drops no answer",
        |trial| Unread::fill(trial)?.read_out(),
    ),
    Case::must(
        "abort.never-stored",
        &["abort.never-stored", "held.dropped"],
        "An upload that is given up with all of its octets sent is answered with 220 alone",
        |trial| {
            let upload = trial.upload("given-up", 1500)?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0), octets::abort()].concat())?;
            peer.expect_start()?;
            peer.expect_error(220)?;
            // Not stored: there is still nothing at the destination.
            peer.send(upload.file())?;
            peer.expect_start()?;
            peer.send(octets::abort())?;
            peer.expect_error(220)?;
            prove_idle(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "twin", 1500)),
];

/// Each text comes back; a failure if another text does.
fn echoed(trial: &mut Trial<'_>, texts: &[&str]) -> Outcome {
    let mut peer = trial.open()?;
    for text in texts {
        peer.send(octets::text(text))?;
        let expected = Answer::Reply((*text).to_owned());
        match peer.expect_text_answer()? {
            answer if answer == expected => {}
            other => return Err(unexpected(&expected.to_string(), &other)),
        }
    }
    peer.finish()
}

/// Not applicable unless the server replies with the text itself.
fn echoes(trial: &mut Trial<'_>) -> Outcome {
    echoed(trial, &["plain"]).map_err(|departure| match weaker(departure) {
        Departure { verdict: Verdict::Weak, .. } => {
            Departure::not_applicable("the server does not reply with the text itself")
        }
        departure => departure,
    })
}

/// Another answer than the echo is weak; no answer at all is not.
fn weaker(departure: Departure) -> Departure {
    let answered = departure.expected.starts_with("REPLY of")
        && ["REPLY", "ERROR 2"].iter().any(|start| departure.seen.starts_with(start));
    if answered { Departure::weak(departure.expected, departure.seen) } else { departure }
}

/// A text of so many octets whose beginning is no other text's.
fn letters(len: usize) -> String {
    (b'a'..=b'z').cycle().take(len).map(char::from).collect()
}

/// Texts in UTF-8 that a wrong reading of it would refuse.
fn well_formed(trial: &mut Trial<'_>) -> Outcome {
    let mut peer = trial.open()?;
    for text in ["\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{10000}", "\u{10FFFF}"]
    {
        peer.send(octets::text(text))?;
        match peer.expect_text_answer()? {
            Answer::Error(code, _) if code.number() == 200 => {
                let seen = format!("ERROR 200 to `{}`", text.escape_unicode());
                return Err(Departure::fail("a text in UTF-8 to be taken", seen));
            }
            _ => {}
        }
    }
    peer.finish()
}

/// A reply of just the limit that the client states.
fn reply_fits(trial: &mut Trial<'_>) -> Outcome {
    let octets = trial.limits().text.octets().min(1501);
    let limit = PayloadLimit::new(octets).map_err(|error| Departure::harness(error.to_string()))?;
    let mut peer = trial.open_for_replies(limit)?;
    fits(&mut peer, usize::try_from(octets).unwrap_or(1024))
}

fn reply_too_large(trial: &Trial<'_>, peer: &mut crate::conformance::Peer, text: &str) -> Outcome {
    let len = text.len();
    if usize::try_from(trial.limits().text.octets()).unwrap_or(usize::MAX) < len {
        let reason = format!("the server takes no text of {len} octets");
        return Err(Departure::not_applicable(reason));
    }
    peer.send(octets::text(text))?;
    match peer.expect_text_answer()? {
        Answer::Error(code, _) if code.number() == 201 => peer.finish(),
        Answer::Error(code, _) if code.number() == 202 => {
            Err(Departure::not_applicable("the server refuses the text as such"))
        }
        // A reply that begins as this text does, and no other, was cut off.
        Answer::Reply(reply) if reply.len() > 512 && text.starts_with(&reply) => {
            let seen = format!("the first {} octets of the text", reply.len());
            Err(Departure::fail("ERROR 201", seen))
        }
        Answer::Reply(_) => Err(Departure::not_applicable("its reply is shorter than the text")),
        other => Err(unexpected("ERROR 201", &other)),
    }
}

fn fits(peer: &mut crate::conformance::Peer, len: usize) -> Outcome {
    peer.send(octets::text("r".repeat(len)))?;
    match peer.expect_text_answer()? {
        Answer::Error(code, _) if code.number() == 201 => {
            peer.send(octets::text("r"))?;
            match peer.expect_text_answer()? {
                Answer::Error(code, _) if code.number() == 201 => {
                    Err(Departure::not_applicable("its reply to any text is above the limit"))
                }
                _ => Err(Departure::fail("a reply within the limit", "ERROR 201")),
            }
        }
        _ => peer.finish(),
    }
}
