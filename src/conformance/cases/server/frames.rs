//! Chapter 4.1: headers and their order of judgement.

use super::payloads::longest_text;
use super::{discard, open, prove_discard, stored, usable};
use crate::conformance::answer::unexpected;
use crate::conformance::octets::{self, RawFile, frame, header};
use crate::conformance::{Answer, Case, Departure, Outcome, Trial};

/// Lengths above every bound, at the edges of signed and unsigned numbers.
const HUGE: [u32; 4] = [0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFB, 0xFFFF_FFFF];

/// The upper-case letters that version 1 gives to no frame.
const UNKNOWN_CRITICAL: &[u8] = b"GHIJKLMNOPQUVWYZ";

pub(super) const CASES: &[Case] = &[
    Case::must(
        "frame.type-letter",
        &["frame.type-letter", "error.1xx-last"],
        "A type that is no ASCII letter is refused with 101",
        |trial| {
            let edges = [0x00, b'0', b'@', b'[', b'`', b'{', 0x7F, 0xC1, 0xD4, 0xF4, 0xFF];
            edges.iter().try_for_each(|&kind| refused(trial, &header(kind, 0), 101))
        },
    )
    .twin(|trial| ignored(trial, &frame(b'n', b""))),
    Case::must(
        "frame.type-letter-before-length",
        &["frame.judged-in-order", "frame.type-letter", "frame.length-unsigned"],
        "A type that is no letter is refused with 101, whatever the length",
        |trial| HUGE.iter().try_for_each(|&length| refused(trial, &header(b'1', length), 101)),
    )
    .twin(|trial| ignored(trial, &frame(b'n', b""))),
    Case::must(
        "frame.ignorable",
        &["frame.ignorable"],
        "An unknown lower-case frame is skipped without an answer",
        |trial| {
            ignored(trial, &frame(b'n', b""))?;
            ignored(trial, &frame(b'z', b"\xFF\0metadata"))
        },
    ),
    Case::must(
        "frame.ignorable-known-letters",
        &["frame.ignorable"],
        "The lower-case letters of known frames are as ignorable as any",
        |trial| {
            let all: Vec<u8> = (b'a'..=b'z').flat_map(|kind| frame(kind, b"x")).collect();
            ignored(trial, &all)
        },
    ),
    Case::must(
        "frame.ignorable-longest",
        &["frame.ignorable"],
        "An ignorable frame of 65536 octets is skipped",
        |trial| ignored(trial, &frame(b'n', &octets::content(65_536))),
    ),
    Case::must(
        "frame.ignorable-open",
        &["frame.ignorable"],
        "An ignorable frame inside an upload changes nothing",
        |trial| {
            let (mut peer, upload) = open(trial, 4)?;
            let meta = frame(b'm', b"between");
            peer.send(
                [&meta, &upload.data(0..2), &meta, &upload.data(2..4), &meta]
                    .map(Vec::as_slice)
                    .concat(),
            )?;
            peer.send(upload.end())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "frame.ignorable-discard",
        &["frame.ignorable"],
        "An ignorable frame in discard changes nothing",
        |trial| {
            let mut peer = discard(trial)?;
            peer.send(frame(b'n', b"x"))?;
            prove_discard(&mut peer)
        },
    )
    .twin(usable),
    Case::must(
        "frame.ignorable-length",
        &["frame.ignorable-length", "frame.judged-early"],
        "An ignorable header above 65536 is refused with 102",
        |trial| {
            refused(trial, &header(b'n', 65_537), 102)?;
            HUGE.iter().try_for_each(|&length| refused(trial, &header(b'n', length), 102))
        },
    )
    .twin(|trial| ignored(trial, &frame(b'n', &octets::content(65_536)))),
    Case::must(
        "frame.unknown-critical",
        &["frame.unknown-critical", "error.1xx-last"],
        "Each unknown upper-case type is refused with 103",
        |trial| UNKNOWN_CRITICAL.iter().try_for_each(|&kind| refused(trial, &header(kind, 0), 103)),
    )
    .twin(usable),
    Case::must(
        "frame.unknown-critical-before-length",
        &["frame.judged-in-order", "frame.unknown-critical", "frame.length-unsigned"],
        "An unknown upper-case type is refused with 103, whatever the length",
        |trial| HUGE.iter().try_for_each(|&length| refused(trial, &header(b'Z', length), 103)),
    )
    .twin(usable),
    Case::must(
        "frame.unexpected-side",
        &["frame.unexpected", "error.1xx-last"],
        "A frame that only servers send is refused with 104",
        |trial| {
            [
                frame(b'R', b"x"),
                frame(b'C', &[0; 12]),
                frame(b'S', &[0; 12]),
                frame(b'X', b"\x00\x65"),
            ]
            .iter()
            .try_for_each(|octets| refused(trial, octets, 104))
        },
    )
    .twin(usable),
    Case::must(
        "frame.unexpected-side-before-length",
        &["frame.judged-in-order", "frame.unexpected"],
        "A frame of the server's is refused with 104 whether too short or too long",
        |trial| {
            let headers = [(b'C', 0), (b'S', 7), (b'X', 1), (b'R', 0xFFFF_FFFF), (b'C', 13)];
            headers.iter().try_for_each(|&(kind, len)| refused(trial, &header(kind, len), 104))
        },
    )
    .twin(usable),
    Case::must(
        "frame.unexpected-before-length",
        &["frame.judged-in-order", "frame.unexpected", "frame.judged-in-state"],
        "A frame that the state does not allow is refused with 104 whatever its length",
        |trial| {
            let headers = [(b'D', 0), (b'D', 0xFFFF_FFFF), (b'E', 7), (b'E', 73), (b'A', 1)];
            headers.iter().try_for_each(|&(kind, len)| refused(trial, &header(kind, len), 104))?;
            for (kind, len) in [(b'T', 0xFFFF_FFFF), (b'F', 13), (b'F', 2063), (b'B', 1)] {
                let (mut peer, _) = open(trial, 0)?;
                peer.send(header(kind, len))?;
                peer.expect_error(104)?;
            }
            Ok(())
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "frame.too-long-text",
        &["frame.too-long", "frame.judged-early"],
        "A TEXT one octet above the server's `text` is refused with 102 by its header",
        |trial| refused(trial, &header(b'T', trial.limits().text.octets() + 1), 102),
    )
    .twin(|trial| longest_text(trial).map(drop)),
    Case::must(
        "frame.too-long-huge",
        &["frame.length-unsigned", "frame.too-long"],
        "Lengths at the edges of signed and unsigned numbers are refused with 102",
        |trial| {
            HUGE.iter().try_for_each(|&length| {
                refused(trial, &header(b'T', length), 102)?;
                refused(trial, &header(b'F', length), 102)?;
                refused(trial, &header(b'B', length), 102)
            })
        },
    )
    .twin(usable),
    Case::must(
        "frame.too-long-file",
        &["frame.too-long", "frame.judged-early"],
        "A FILE of 2063 octets is refused with 102 by its header",
        |trial| refused(trial, &header(b'F', 2063), 102),
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "frame.file-longest",
        &["frame.too-long", "frame.layout"],
        "A FILE of 2062 octets is judged by what it says",
        |trial| {
            let destination = trial.long_destination(1024).into_bytes();
            let source = vec![b's'; 1024];
            let longest = RawFile { source, destination, ..trial.upload("longest", 0)?.raw() };
            let mut peer = trial.open()?;
            peer.send([longest.frame(), octets::abort()].concat())?;
            let expected = "CONTINUE, or ERROR 2xx of the storage";
            match peer.next(expected)? {
                Answer::Continue(_) => peer.expect_error(220).map(drop)?,
                // Such a destination need not be storable: that is `path.capacity`.
                Answer::Error(code, _) if code.number() >= 200 => {}
                other => return Err(unexpected(expected, &other)),
            }
            peer.prove_usable()
        },
    ),
    Case::must(
        "frame.file-shortest",
        &["frame.too-short", "path.length"],
        "A FILE of 14 octets is not too short: its destination of none is refused with 210",
        |trial| {
            let (source, destination) = (Vec::new(), Vec::new());
            let shortest = RawFile { source, destination, ..trial.upload("shortest", 0)?.raw() };
            let mut peer = trial.open()?;
            peer.send(shortest.frame())?;
            peer.expect_error(210)?;
            prove_discard(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "frame.too-long-data",
        &["frame.too-long", "frame.judged-early"],
        "A DATA one octet above the server's `chunk` is refused with 102 by its header",
        |trial| {
            let above = trial.limits().chunk.octets() + 1;
            [above].iter().chain(&HUGE).try_for_each(|&length| {
                let (mut peer, _) = open(trial, 0)?;
                peer.send(header(b'D', length))?;
                peer.expect_error(102).map(drop)
            })
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "frame.too-long-end",
        &["frame.too-long", "frame.judged-early"],
        "An END of 73 octets, and an ABORT and a BYE of one, are refused with 102",
        |trial| {
            for (kind, length) in [(b'E', 73), (b'A', 1), (b'E', 0xFFFF_FFFF)] {
                let (mut peer, _) = open(trial, 0)?;
                peer.send(header(kind, length))?;
                peer.expect_error(102)?;
            }
            refused(trial, &header(b'B', 1), 102)
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "frame.too-short",
        &["frame.too-short", "frame.judged-early"],
        "A FILE of 13 octets, a DATA of none and an END of 7 are refused with 101",
        |trial| {
            refused(trial, &header(b'F', 13), 101)?;
            refused(trial, &header(b'F', 0), 101)?;
            for (kind, length) in [(b'D', 0), (b'E', 7), (b'E', 0)] {
                let (mut peer, _) = open(trial, 0)?;
                peer.send(header(kind, length))?;
                peer.expect_error(101)?;
            }
            Ok(())
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "frame.discard-headers",
        &["state.discard-headers", "frame.too-long", "frame.too-short"],
        "In discard the headers of DATA, END and ABORT are judged as in open",
        |trial| {
            let above = trial.limits().chunk.octets() + 1;
            for (kind, length, code) in [
                (b'D', above, 102),
                (b'D', 0, 101),
                (b'E', 73, 102),
                (b'E', 7, 101),
                (b'A', 1, 102),
            ] {
                let mut peer = discard(trial)?;
                peer.send(header(kind, length))?;
                peer.expect_error(code)?;
            }
            Ok(())
        },
    )
    .twin(|trial| {
        let mut peer = discard(trial)?;
        peer.send(octets::data(b"x"))?;
        prove_discard(&mut peer)
    }),
    Case::must(
        "frame.judged-in-state",
        &["frame.judged-in-state", "conversation.in-order"],
        "A header that came with others is judged after them",
        |trial| {
            let upload = trial.upload("judged", 0)?;
            let mut peer = trial.open()?;
            peer.send([upload.all(), octets::text("fine"), octets::data(b"x")].concat())?;
            peer.expect_start()?;
            peer.expect_stored(&upload)?;
            peer.expect_text_answer()?;
            peer.expect_error(104).map(drop)
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
];

/// ERROR with this code to these octets in idle, and the end.
pub(super) fn refused(trial: &mut Trial<'_>, octets: &[u8], code: u16) -> Outcome {
    let mut peer = trial.open()?;
    peer.send(octets)?;
    peer.expect_error(code).map(drop).map_err(|departure| {
        let first = octets.get(..5).unwrap_or(octets);
        let seen = format!("{} after the header `{}`", departure.seen, first.escape_ascii());
        Departure { seen, ..departure }
    })
}

/// No answer to these octets in idle, and no other state after them.
fn ignored(trial: &mut Trial<'_>, octets: &[u8]) -> Outcome {
    let mut peer = trial.open()?;
    peer.send(octets)?;
    peer.prove_usable()?;
    peer.finish()
}
