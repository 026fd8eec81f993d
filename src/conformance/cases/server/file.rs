//! Chapter 6.1: the request.

use super::upload::both_digests;
use super::{open, prove_discard, store, stored};
use crate::conformance::answer::unexpected;
use crate::conformance::octets::{self, RawFile};
use crate::conformance::{Answer, Case, Departure, Outcome, Trial, Upload};
use crate::wire::{FileSize, ResumePoint};

pub(super) const CASES: &[Case] = &[
    Case::must(
        "file.size-unknown",
        &["file.size-unknown", "end.stored", "resume.offset"],
        "A file of unknown size is stored",
        |trial| {
            let mut peer = trial.open()?;
            for len in [0, 1, 1025] {
                let upload = trial.upload(&format!("unknown-{len}"), len)?.of_unknown_size();
                store(&mut peer, &upload)?;
            }
            peer.finish()
        },
    ),
    Case::must(
        "file.flags",
        &["file.flags", "error.2xx-one-request"],
        "A FILE with an undefined flag is refused with 218, alone or beside defined ones",
        |trial| {
            let good = trial.upload("flags", 3)?.raw();
            refused(
                trial,
                218,
                [0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x07, 0xFF]
                    .map(|flags| RawFile { flags, ..good.clone() }),
            )
        },
    )
    .twin(|trial| {
        let upload = trial.upload("flags", 3)?.overwriting();
        let mut peer = trial.open()?;
        store(&mut peer, &upload)?;
        peer.finish()
    }),
    Case::must(
        "file.digest",
        &["file.digest", "error.2xx-one-request"],
        "A FILE whose digest is neither 1 nor 2 is refused with 217",
        |trial| {
            let good = trial.upload("digest", 3)?.raw();
            refused(
                trial,
                217,
                [0, 3, 4, 0x11, 0x12, 0x7F, 0x80, 0x81, 0x82, 0xFF]
                    .map(|digest| RawFile { digest, ..good.clone() }),
            )
        },
    )
    .twin(|trial| both_digests(trial, 3)),
    Case::must(
        "file.size-range",
        &["file.size-range", "error.2xx-one-request"],
        "A known size above 2^63-1 is refused with 212",
        |trial| {
            let good = trial.upload("range", 3)?.raw();
            refused(
                trial,
                212,
                [1 << 63, (1 << 63) + 1, u64::MAX - 1].map(|size| RawFile { size, ..good.clone() }),
            )
        },
    )
    .twin(|trial| stored(trial, "range", 3)),
    Case::must(
        "file.size-limit",
        &["file.size-limit", "preface.absent-key"],
        "A size one octet above the server's `file` is refused with 212",
        |trial| {
            let above = file_limit(trial)? + 1;
            let good = trial.upload("limit", 0)?.raw();
            refused(trial, 212, [RawFile { size: above, ..good }])
        },
    )
    .twin(|trial| stored(trial, "limit", 0)),
    Case::must(
        "file.size-largest",
        &["file.size-limit", "file.space"],
        "A size of exactly the server's `file` is continued, or refused for want of space",
        |trial| {
            let size = trial.limits().file.unwrap_or(FileSize::MOST).octets();
            let mut peer = trial.open()?;
            let largest = RawFile { size, ..trial.upload("largest", 0)?.raw() };
            peer.send(largest.frame())?;
            let expected = "CONTINUE with offset 0, or ERROR 213";
            match peer.next(expected)? {
                Answer::Continue(ResumePoint::START) => {
                    peer.send(octets::abort())?;
                    peer.expect_error(220)?;
                    peer.finish()
                }
                Answer::Error(code, _) if [213, 219].contains(&code.number()) => {
                    peer.finish()?;
                    Err(Departure::info(format!("no room for {size} octets: ERROR {code}")))
                }
                other => Err(unexpected(expected, &other)),
            }
        },
    ),
    Case::must(
        "file.order-layout",
        &["file.judged-in-order", "frame.payload-layout"],
        "A layout that is not filled exactly decides before flags, a digest and a destination",
        |trial| {
            let good = trial.upload("order", 3)?.raw();
            let bad = RawFile { flags: 0x80, digest: 0, destination: b"..".to_vec(), ..good };
            let mut payload = bad.payload();
            payload.push(0);
            super::frames::refused(trial, &octets::frame(b'F', &payload), 101)
        },
    )
    .twin(|trial| stored(trial, "order", 3)),
    Case::must(
        "file.order-flags",
        &["file.judged-in-order"],
        "An undefined flag decides before an undefined digest and all that follows",
        |trial| {
            let good = trial.upload("order", 3)?.raw();
            let all = RawFile { flags: 0x80, digest: 0, size: 1 << 63, ..good };
            let path = RawFile { destination: b"../x".to_vec(), ..all.clone() };
            refused(trial, 218, [all, path])
        },
    )
    .twin(|trial| stored(trial, "order", 3)),
    Case::must(
        "file.order-digest",
        &["file.judged-in-order"],
        "An undefined digest decides before a bad destination and all that follows",
        |trial| {
            let good = trial.upload("order", 3)?.raw();
            let destination = RawFile { digest: 0, destination: Vec::new(), ..good.clone() };
            let source = RawFile { digest: 0, source: b"\xFF".to_vec(), ..good.clone() };
            let size = RawFile { digest: 0, size: 1 << 63, ..good };
            refused(trial, 217, [destination, source, size])
        },
    )
    .twin(|trial| stored(trial, "order", 3)),
    Case::must(
        "file.order-path",
        &["file.judged-in-order"],
        "A bad destination and a bad source decide before a size out of range",
        |trial| {
            let good = RawFile { size: 1 << 63, ..trial.upload("order", 3)?.raw() };
            let destination = RawFile { destination: b"a//b".to_vec(), ..good.clone() };
            let source = RawFile { source: vec![b's'; 1025], ..good };
            refused(trial, 210, [destination, source])
        },
    )
    .twin(|trial| stored(trial, "order", 3)),
    Case::must(
        "file.order-storage",
        &["file.judged-in-order", "path.file-as-folder"],
        "A file where the destination needs a folder decides before a size out of range",
        |trial| {
            stored(trial, "order", 3)?;
            let below = trial.upload("order/below", 3)?.raw();
            refused(trial, 210, [RawFile { size: 1 << 63, ..below }])
        },
    )
    .twin(|trial| stored(trial, "order/below", 3)),
    Case::must(
        "file.order-size",
        &["file.judged-in-order"],
        "A size out of range decides before the existence of the destination",
        |trial| {
            stored(trial, "order", 3)?;
            let existing = trial.upload("order", 3)?.raw();
            refused(trial, 212, [RawFile { size: 1 << 63, ..existing }])
        },
    )
    .twin(|trial| stored(trial, "order", 3)),
    Case::must(
        "file.order-busy",
        &["file.judged-in-order", "file.busy"],
        "A busy destination decides before its existence",
        |trial| {
            stored(trial, "order", 3)?;
            let upload = trial.upload("order", 3)?;
            let mut first = trial.open()?;
            first.send(upload.clone().overwriting().file())?;
            first.expect_start()?;
            let mut second = trial.open()?;
            second.send(upload.file())?;
            second.expect_error(214).map(drop)
        },
    )
    .twin(|trial| stored(trial, "order", 3)),
    Case::must(
        "file.busy",
        &["file.busy"],
        "A destination that is open on another connection is refused with 214",
        |trial| {
            let (mut first, upload) = open(trial, 3)?;
            let mut second = trial.open()?;
            for again in [upload.clone(), upload.clone().overwriting()] {
                second.send(again.file())?;
                second.expect_error(214)?;
            }
            // The upload that was there first has lost nothing.
            first.send([upload.data_from(0), upload.end()].concat())?;
            first.expect_stored(&upload)?;
            second.send(upload.file())?;
            second.expect_error(211)?;
            second.finish()
        },
    )
    .twin(|trial| {
        let (mut first, upload) = open(trial, 3)?;
        let other = trial.upload("another", 3)?;
        let mut second = trial.open()?;
        store(&mut second, &other)?;
        first.send([upload.data_from(0), upload.end()].concat())?;
        first.expect_stored(&upload)
    }),
    Case::must(
        "file.busy-others",
        &["file.busy", "path.exact"],
        "While a destination is open those that are like it, or near it, are not",
        |trial| {
            let (_first, upload) = open(trial, 3)?;
            let mut second = trial.open()?;
            for name in ["another", "opened", "ope", "folder/open", "OPEN"] {
                let other = trial.upload(name, 3)?;
                second.send(other.file())?;
                match second.next("CONTINUE")? {
                    Answer::Continue(ResumePoint::START) => {
                        second.send(octets::abort())?;
                        second.expect_error(220)?;
                    }
                    // A file system may keep no two of them apart.
                    Answer::Error(code, _) if code.number() == 210 && name == "OPEN" => {}
                    seen => {
                        let (open, other) = (&upload.destination, &other.destination);
                        let seen = format!("{seen} to `{other}` while `{open}` is open");
                        return Err(Departure::fail("CONTINUE", seen));
                    }
                }
            }
            second.finish()
        },
    ),
    Case::must(
        "file.busy-ends",
        &["file.busy", "conversation.in-order"],
        "A destination is open no longer when its upload has been answered or is lost",
        |trial| {
            let upload = trial.upload("ends", 3)?;
            let mut first = trial.open()?;
            let mut second = trial.open()?;
            for (ending, code) in [
                (octets::abort(), 220),
                (octets::data(b"12345"), 215),
                (octets::end(3, &[0; 4]), 215),
                ([upload.data_from(0), octets::end(3, &[0; 4])].concat(), 216),
            ] {
                first.send([upload.file(), ending].concat())?;
                first.expect_start()?;
                first.expect_error(code)?;
                second.send([upload.file(), octets::abort()].concat())?;
                second.expect_start()?;
                second.expect_error(220)?;
            }
            first.send([upload.file(), upload.data(0..1)].concat())?;
            first.expect_start()?;
            first.shut_down();
            first.expect_closed()?;
            store(&mut second, &upload)?;
            second.finish()
        },
    )
    .twin(|trial| stored(trial, "ends", 3)),
    Case::must(
        "file.exists-resume",
        &["file.exists", "held.complete", "resume.offset"],
        "RESUME with a size that is not the file's is refused with 211, and begins at 0 with OVERWRITE",
        |trial| {
            const LEN: usize = 1500;
            stored(trial, "exists", LEN)?;
            let (shorter, longer) = (trial.upload("exists", 1000)?, trial.upload("exists", 2000)?);
            let unknown = trial.upload("exists", LEN)?.of_unknown_size();
            let all = [shorter, longer, unknown].map(Upload::resuming);
            refused(trial, 211, all.iter().map(Upload::raw))?;
            let mut peer = trial.open()?;
            for upload in all {
                peer.send([upload.overwriting().file(), octets::abort()].concat())?;
                peer.expect_start()?;
                peer.expect_error(220)?;
            }
            peer.finish()
        },
    )
    .twin(|trial| stored(trial, "exists", 1500)),
    Case::must(
        "file.exists",
        &["file.exists", "publish.before-stored"],
        "A destination that exists is refused with 211, on any connection, once STORED came",
        |trial| {
            let upload = trial.upload("exists", 3)?;
            let mut peer = trial.open()?;
            store(&mut peer, &upload)?;
            let mut other = trial.open()?;
            other.send(upload.file())?;
            other.expect_error(211)?;
            peer.send(upload.of_unknown_size().file())?;
            peer.expect_error(211)?;
            prove_discard(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "exists", 3)),
    Case::must(
        "file.overwrite",
        &["file.exists", "end.stored"],
        "OVERWRITE replaces a file, also one that is not there",
        |trial| {
            let mut peer = trial.open()?;
            for len in [3, 0, 2000] {
                store(&mut peer, &trial.upload("replaced", len)?.overwriting())?;
            }
            peer.send(trial.upload("replaced", 3)?.file())?;
            peer.expect_error(211).map(drop)
        },
    )
    .twin(|trial| stored(trial, "replaced", 3)),
    Case::must(
        "file.exists-folder",
        &["file.exists-folder", "publish.folders"],
        "A destination that is a folder is refused with 211, even with OVERWRITE",
        |trial| {
            stored(trial, "folder/in/file", 3)?;
            let folders = [trial.upload("folder", 3)?, trial.upload("folder/in", 3)?];
            let raw: Vec<RawFile> = folders.iter().map(Upload::raw).collect();
            refused(trial, 211, raw.clone())?;
            refused(trial, 211, raw.into_iter().map(|raw| RawFile { flags: 0x01, ..raw }))
        },
    )
    .twin(|trial| stored(trial, "folder/in/file", 3)),
];

/// Each of these is refused with this code, and the connection stays usable.
pub(super) fn refused(
    trial: &mut Trial<'_>,
    code: u16,
    files: impl IntoIterator<Item = RawFile>,
) -> Outcome {
    let mut peer = trial.open()?;
    for file in files {
        peer.send(file.frame())?;
        peer.expect_error(code).map_err(|departure| {
            let RawFile { flags, digest, size, source, destination } = &file;
            let seen = format!(
                "{} to flags 0x{flags:02X}, digest {digest}, size {size}, source of {} octets, \
                 destination of {} octets, `{}`",
                departure.seen,
                source.len(),
                destination.len(),
                destination.get(..80).unwrap_or(destination).escape_ascii()
            );
            Departure { seen, ..departure }
        })?;
    }
    prove_discard(&mut peer)
}

/// The limit that the server states, if a size can be above it that is no fault itself.
pub(super) fn file_limit(trial: &Trial<'_>) -> Outcome<u64> {
    match trial.limits().file {
        Some(limit) if limit < FileSize::MOST => Ok(limit.octets()),
        _ => Err(Departure::not_applicable("the server states no limit of files")),
    }
}
