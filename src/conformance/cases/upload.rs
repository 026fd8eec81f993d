//! Chapters 6.1, 6.3 and 6.4: the request, octets, the end, publication.

use super::{open, prove_discard, prove_idle, store, stored};
use crate::conformance::octets::{self, RawFile};
use crate::conformance::{Case, Departure, Outcome, Trial, Upload};
use crate::wire::{Digest, DigestKind, FileSize};

/// Largest upload that a case makes to go past a limit that the server states.
const AFFORDABLE: u64 = 16 << 20;

pub(super) const CASES: &[Case] = &[
    Case::must("upload.0", STORED, "A file of no octets is stored, with each digest", |trial| {
        both_digests(trial, 0)
    }),
    Case::must("upload.1", STORED, "A file of 1 octet is stored, with each digest", |trial| {
        both_digests(trial, 1)
    }),
    Case::must("upload.1023", STORED, "A file of 1023 octets is stored, with each digest", |t| {
        both_digests(t, 1023)
    }),
    Case::must("upload.1024", STORED, "A file of 1024 octets is stored, with each digest", |t| {
        both_digests(t, 1024)
    }),
    Case::must("upload.1025", STORED, "A file of 1025 octets is stored, with each digest", |t| {
        both_digests(t, 1025)
    }),
    Case::must(
        "upload.small-pieces",
        &["end.stored", "frame.split-invariance"],
        "How the octets are cut into DATA does not matter",
        |trial| {
            let (mut peer, upload) = open(trial, 300)?;
            let cut: Vec<u8> = [0..1, 1..2, 2..255, 255..256, 256..300]
                .into_iter()
                .flat_map(|range| upload.data(range))
                .collect();
            peer.send(cut)?;
            peer.send(upload.end())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "upload.many-chunks",
        &["end.stored", "state.open.data"],
        "A file of 300 KiB in DATA of 1024 octets is stored",
        |trial| stored(trial, "many", 300 * 1024),
    ),
    Case::must(
        "file.size-unknown",
        &["file.size-unknown", "resume.offset"],
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
                [0, 3, 0x7F, 0x80, 0xFF].map(|digest| RawFile { digest, ..good.clone() }),
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
    Case::must(
        "data.past-size",
        &["data.past-size", "data.refusal-prompt"],
        "DATA past a known size is refused with 215 before END, and the rest is skipped",
        |trial| {
            let (mut peer, upload) = open(trial, 1500)?;
            peer.send([upload.data_from(0), octets::data(b"x")].concat())?;
            peer.expect_error(215)?;
            peer.send([octets::data(b"y"), upload.end()].concat())?;
            not_stored(&mut peer, &upload)
        },
    )
    .twin(|trial| stored(trial, "twin", 1500)),
    Case::must(
        "data.past-size-zero",
        &["data.past-size"],
        "Any DATA of a file of no octets is refused with 215",
        |trial| {
            let (mut peer, upload) = open(trial, 0)?;
            peer.send(octets::data(b"x"))?;
            peer.expect_error(215)?;
            peer.send(upload.end())?;
            not_stored(&mut peer, &upload)
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "data.past-limit",
        &["data.past-limit"],
        "DATA that takes an unknown size past the server's `file` is refused with 212",
        |trial| {
            let limit = file_limit(trial)?;
            if limit > AFFORDABLE {
                let reason = format!("the server's `file` is {limit}: too much to go past");
                return Err(Departure::not_applicable(reason));
            }
            let len = usize::try_from(limit).unwrap_or_default();
            let upload = trial.upload("past", len)?.of_unknown_size();
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            peer.expect_start()?;
            peer.send([upload.data_from(0), octets::data(b"x")].concat())?;
            peer.expect_error(212)?;
            prove_discard(&mut peer)
        },
    )
    .twin(|trial| {
        let upload = trial.upload("past", 0)?.of_unknown_size();
        let mut peer = trial.open()?;
        store(&mut peer, &upload)
    }),
    Case::must(
        "end.size-fewer",
        &["end.size", "end.judged-in-order"],
        "An END before all octets have come is refused with 215, whatever size it says",
        |trial| {
            for said in [2, 3] {
                let upload = trial.upload(&format!("said-{said}"), 3)?;
                let mut peer = trial.open()?;
                let crc = upload.crc32(2).to_be_bytes();
                peer.send([upload.file(), upload.data(0..2), octets::end(said, &crc)].concat())?;
                peer.expect_start()?;
                peer.expect_error(215)?;
                not_stored(&mut peer, &upload)?;
            }
            Ok(())
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "end.size-other",
        &["end.size", "end.judged-in-order"],
        "An END that says another size than the octets held is refused with 215",
        |trial| {
            for said in [0, 2, 4, u64::MAX] {
                for unknown in [false, true] {
                    let upload = trial.upload(&format!("said-{said}-{unknown}"), 3)?;
                    let upload = if unknown { upload.of_unknown_size() } else { upload };
                    let crc = upload.crc32(3).to_be_bytes();
                    let mut peer = trial.open()?;
                    peer.send(
                        [upload.file(), upload.data_from(0), octets::end(said, &crc)].concat(),
                    )?;
                    peer.expect_start()?;
                    peer.expect_error(215)?;
                    not_stored(&mut peer, &upload)?;
                }
            }
            Ok(())
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "end.digest",
        &["end.digest", "publish.nothing-on-failure"],
        "An END whose digest is another is refused with 216, and nothing is stored",
        |trial| {
            for kind in DigestKind::ALL {
                let upload = trial.upload(kind.name(), 1025)?.with_digest(kind);
                let mut peer = trial.open()?;
                let end = octets::end(1025, &spoilt(&upload));
                peer.send([upload.file(), upload.data_from(0), end].concat())?;
                peer.expect_start()?;
                peer.expect_error(216)?;
                not_stored(&mut peer, &upload)?;
            }
            Ok(())
        },
    )
    .twin(|trial| both_digests(trial, 1025)),
    Case::must(
        "end.order",
        &["end.judged-in-order"],
        "A wrong layout decides before a wrong size, and that before a wrong digest",
        |trial| {
            let (mut peer, upload) = open(trial, 3)?;
            peer.send([upload.data_from(0), octets::end(9, &[0; 4])].concat())?;
            peer.expect_error(215)?;
            peer.send([upload.file(), upload.data_from(0), octets::end(9, &[0; 5])].concat())?;
            peer.expect_start()?;
            peer.expect_error(101).map(drop)
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "publish.nothing-on-failure",
        &["publish.nothing-on-failure", "file.exists"],
        "An OVERWRITE that fails leaves a file at its destination",
        |trial| {
            stored(trial, "kept", 3)?;
            let upload = trial.upload("kept", 5)?;
            let mut peer = trial.open()?;
            let failing = upload.clone().overwriting();
            let end = octets::end(5, &spoilt(&upload));
            peer.send([failing.file(), failing.data_from(0), end].concat())?;
            peer.expect_start()?;
            peer.expect_error(216)?;
            peer.send([failing.file(), failing.data(0..2), octets::abort()].concat())?;
            peer.expect_start()?;
            peer.expect_error(220)?;
            peer.send(upload.file())?;
            peer.expect_error(211)?;
            prove_discard(&mut peer)
        },
    )
    .twin(|trial| {
        let mut peer = trial.open()?;
        store(&mut peer, &trial.upload("kept", 5)?.overwriting())
    }),
    Case::must(
        "publish.folders-late",
        &["publish.folders-late", "publish.folders"],
        "Folders that the destination lacks do not exist before END, and do after STORED",
        |trial| {
            let deep = trial.upload("late/folder/file", 3)?;
            let mut first = trial.open()?;
            first.send([deep.file(), deep.data_from(0)].concat())?;
            first.expect_start()?;
            // What is no folder yet can still become a file.
            let mut second = trial.open()?;
            second.send([trial.upload("late", 0)?.file(), octets::abort()].concat())?;
            second.expect_start()?;
            second.expect_error(220)?;
            first.send(deep.end())?;
            first.expect_stored(&deep)?;
            second.send(trial.upload("late", 0)?.file())?;
            second.expect_error(211)?;
            prove_discard(&mut second)
        },
    )
    .twin(|trial| stored(trial, "late/folder/file", 3)),
];

const STORED: &[&str] = &["end.stored", "file.digests-mandatory", "state.open.end"];

fn both_digests(trial: &mut Trial<'_>, len: usize) -> Outcome {
    let mut peer = trial.open()?;
    for kind in DigestKind::ALL {
        let upload = trial.upload(kind.name(), len)?.with_digest(kind);
        store(&mut peer, &upload)?;
    }
    peer.finish()
}

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

/// Nothing is at the destination: a FILE without OVERWRITE is accepted, and given up.
fn not_stored(peer: &mut crate::conformance::Peer, upload: &Upload) -> Outcome {
    peer.send([upload.file(), octets::abort()].concat())?;
    peer.expect_start()?;
    peer.expect_error(220)?;
    prove_idle(peer)
}

/// The digest of the upload with its last bit turned over.
fn spoilt(upload: &Upload) -> Vec<u8> {
    let digest: Digest = upload.completion().digest;
    let mut octets = digest.octets().to_vec();
    if let Some(last) = octets.last_mut() {
        *last ^= 1;
    }
    octets
}

/// The limit that the server states, if a size can be above it that is no fault itself.
fn file_limit(trial: &Trial<'_>) -> Outcome<u64> {
    match trial.limits().file {
        Some(limit) if limit < FileSize::MOST => Ok(limit.octets()),
        _ => Err(Departure::not_applicable("the server states no limit of files")),
    }
}
