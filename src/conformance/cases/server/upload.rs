//! Chapters 6.3 and 6.4: octets, the end, publication.

use super::file::file_limit;
use super::{open, prove_discard, prove_idle, store, stored};
use crate::conformance::octets;
use crate::conformance::{Case, Departure, Outcome, Trial, Upload};
use crate::wire::{Digest, DigestKind};

/// Largest upload that a case makes to go past a limit that the server states.
const AFFORDABLE: u64 = 16 << 20;

pub(super) const CASES: &[Case] = &[
    Case::must("upload.0", STORED, "A file of no octets is stored, with each digest", |trial| {
        both_digests(trial, 0)
    }),
    Case::must(
        "upload.sizes",
        STORED,
        "Files of one octet, and of some around 1024, are stored, with each digest",
        |trial| {
            trial.needs_room(1)?;
            let fitting = [1, 1023, 1024, 1025].into_iter();
            let fitting: Vec<_> = fitting.filter(|&size| trial.needs_room(size).is_ok()).collect();
            fitting.into_iter().try_for_each(|size| both_digests(trial, size))
        },
    ),
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
    Case::should(
        "data.at-header",
        &["data.at-header", "data.past-size"],
        "DATA past a known size is refused before its payload has come",
        |trial| {
            let (mut peer, upload) = open(trial, 3)?;
            let (header, payload) = (octets::header(b'D', 9), b"too much!");
            peer.send(header)?;
            // Longer than silence takes to prove: the answer is awaited.
            let early = peer.comes_within(4 * trial.silence());
            if early {
                peer.expect_error(215)?;
                peer.send(payload)?;
            } else {
                peer.send(payload)?;
                peer.expect_error(215)?;
            }
            peer.send(upload.end())?;
            not_stored(&mut peer, &upload)?;
            if early {
                return Ok(());
            }
            Err(Departure::weak("ERROR 215 by the header alone", "ERROR 215 after the payload"))
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
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
        "data.limit-exact",
        &["data.past-limit", "file.size-limit", "end.stored"],
        "A file of just the server's `file` is stored, its size known or not",
        |trial| {
            let limit = file_limit(trial)?;
            if limit > 1 << 20 {
                let reason = format!("the server's `file` is {limit}: too much to send twice");
                return Err(Departure::not_applicable(reason));
            }
            let len = usize::try_from(limit).unwrap_or_default();
            let mut peer = trial.open()?;
            store(&mut peer, &trial.upload("known", len)?)?;
            store(&mut peer, &trial.upload("unknown", len)?.of_unknown_size())?;
            peer.finish()
        },
    ),
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
            for said in [0, 2, 4, 3 + (1 << 32), u64::MAX] {
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
        "publish.folders",
        &["publish.folders", "publish.whole"],
        "Folders that the destination lacks are made, and used again",
        |trial| {
            let mut peer = trial.open()?;
            let flat = format!("{}.flat", trial.folder().replace('/', "-"));
            store(&mut peer, &Upload { destination: flat, ..trial.upload("flat", 3)? })?;
            for name in ["new/folder/first", "new/folder/second", "new/third", "new/folder/4/last"]
            {
                store(&mut peer, &trial.upload(name, 3)?).map_err(served_without_folder)?;
            }
            peer.finish()
        },
    ),
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

/// A failure of the storage is no excuse where it has stored a file that needs no folder.
fn served_without_folder(departure: Departure) -> Departure {
    let codes = ["ERROR 213", "ERROR 219", "ERROR 221"];
    if !codes.iter().any(|code| departure.seen.contains(code)) {
        return departure;
    }
    let seen = format!("{}, and a file that needs no folder was stored", departure.seen);
    Departure::fail("STORED", seen)
}

const STORED: &[&str] = &["end.stored", "file.digests-mandatory", "state.open.end"];

pub(super) fn both_digests(trial: &mut Trial<'_>, len: usize) -> Outcome {
    let mut peer = trial.open()?;
    for kind in DigestKind::ALL {
        let upload = trial.upload(&format!("{kind}-{len}"), len)?.with_digest(kind);
        store(&mut peer, &upload)?;
    }
    peer.finish()
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
