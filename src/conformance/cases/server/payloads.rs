//! Chapter 4.2: payloads, their layouts and bounds, and the segments in which they come.

use super::frames::refused;
use super::{CUTS_ITSELF, skipped_to_idle, stored};
use crate::conformance::octets::{self, RawFile, frame, header};
use crate::conformance::{Answer, Case, Departure, Outcome, Trial};
use crate::wire::DigestKind;

pub(super) const CASES: &[Case] = &[
    Case::must(
        "frame.discard-payloads",
        &["state.discard-headers", "state.discard.end"],
        "In discard an END whose payload has no digest's layout is skipped",
        |trial| {
            [0, 1, 9, 64]
                .iter()
                .try_for_each(|&len| skipped_to_idle(trial, &octets::end(7, &[0xAA; 64][..len])))
        },
    )
    .twin(|trial| skipped_to_idle(trial, &octets::end(7, &[0xAA; 4]))),
    Case::must(
        "frame.payload-layout-file",
        &["frame.payload-layout", "error.1xx-last"],
        "A FILE whose names do not fill its payload exactly is refused with 101",
        |trial| {
            let good = trial.upload("layout", 0)?.raw().payload();
            let longer = [good.as_slice(), b"x"].concat();
            let shorter = &good[..good.len() - 1];
            let mut source = good.clone();
            source[10..12].copy_from_slice(&[0xFF, 0xFF]);
            [longer.as_slice(), shorter, &source, &[0xFF; 14]]
                .iter()
                .try_for_each(|payload| refused(trial, &frame(b'F', payload), 101))
        },
    )
    .twin(|trial| stored(trial, "layout", 0)),
    Case::must(
        "frame.payload-layout-end",
        &["frame.payload-layout", "end.judged-in-order"],
        "An END whose digest has another length than the upload's is refused with 101",
        |trial| {
            for (kind, len) in [
                (DigestKind::Crc32, 0),
                (DigestKind::Crc32, 3),
                (DigestKind::Crc32, 32),
                (DigestKind::Sha256, 4),
                (DigestKind::Sha256, 31),
                (DigestKind::Sha256, 64),
            ] {
                let name = format!("{kind}-{len}");
                let upload = trial.upload(&name, 0)?.with_digest(kind);
                let mut peer = trial.open()?;
                peer.send([upload.file(), upload.data_from(0)].concat())?;
                peer.expect_start()?;
                peer.send(octets::end(0, &[0; 64][..len]))?;
                peer.expect_error(101)?;
            }
            Ok(())
        },
    )
    .twin(|trial| stored(trial, "layout", 0)),
    Case::must(
        "frame.split-invariance",
        &["frame.split-invariance"],
        "A session that comes octet by octet has the same answers as one that comes whole",
        |trial| {
            let whole = session(trial, "a", false)?;
            let split = session(trial, "b", true)?;
            if whole == split {
                return Ok(());
            }
            Err(Departure::fail(format!("the answers {whole:?}"), format!("{split:?}")))
        },
    )
    .whole_only(CUTS_ITSELF),
    Case::must(
        "frame.split-header-refused",
        &["frame.split-invariance", "frame.judged-early"],
        "A bad header that comes octet by octet is refused as if it came whole",
        |trial| {
            let mut peer = trial.open()?;
            peer.send_octet_by_octet();
            peer.send(header(b'T', 0xFFFF_FFFF))?;
            peer.expect_error(102).map(drop)
        },
    )
    .whole_only(CUTS_ITSELF)
    .twin(|trial| {
        let mut peer = trial.open()?;
        peer.send_octet_by_octet();
        peer.prove_usable()?;
        peer.finish()
    }),
    Case::must(
        "frame.chunk-longest",
        &["frame.too-long", "frame.layout"],
        "A DATA of exactly the server's `chunk` is taken",
        |trial| {
            let chunk = usize::try_from(trial.limits().chunk.octets()).unwrap_or(1024);
            let upload = trial.upload("chunk", chunk + 1)?;
            let mut peer = trial.open()?;
            let (first, last) = upload.octets.split_at(chunk);
            peer.send(
                [upload.file(), octets::data(first), octets::data(last), upload.end()].concat(),
            )?;
            peer.expect_start()?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "frame.text-longest",
        &["frame.too-long", "text.answered"],
        "A TEXT of exactly the server's `text` is answered",
        |trial| longest_text(trial).map(drop),
    ),
];

pub(super) fn longest_text(trial: &mut Trial<'_>) -> Outcome<Answer> {
    let limit = trial.reply_limit();
    let mut peer = trial.open_for_replies(limit)?;
    let len = usize::try_from(limit.octets()).unwrap_or(1024);
    peer.send(octets::text("t".repeat(len)))?;
    let answer = peer.expect_text_answer()?;
    peer.finish()?;
    Ok(answer)
}

/// The answers to a session of many kinds of frames, without the words for people.
fn session(trial: &mut Trial<'_>, name: &str, split: bool) -> Outcome<Vec<Answer>> {
    let upload = trial.upload(name, 5)?;
    let mut peer = trial.open()?;
    if split {
        peer.send_octet_by_octet();
    }
    let file = RawFile { digest: 0, ..upload.raw() };
    peer.send(
        [
            octets::text("¿qué tal?"),
            frame(b'n', b"ignored"),
            octets::text(b"\xC0\xAF"),
            upload.all(),
            file.frame(),
            octets::data(b"skipped"),
            octets::end(7, &[0; 4]),
            octets::text(""),
            octets::bye(),
        ]
        .concat(),
    )?;
    let mut answers = Vec::new();
    loop {
        let answer = match peer.next("the next answer of the session")? {
            Answer::Error(code, _) => Answer::Error(code, Vec::new()),
            Answer::Reset => Answer::EndOfStream,
            Answer::Stored(completion) if completion == upload.completion() => {
                trial.note_stored(&upload);
                Answer::Stored(completion)
            }
            other => other,
        };
        answers.push(answer);
        if answers.last() == Some(&Answer::EndOfStream) {
            return Ok(answers);
        }
    }
}
