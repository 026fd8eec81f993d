//! Chapter 6, the client's side: FILE, DATA, END, and what it makes of the answers.

use super::{filed, stored, stored_of};
use crate::conformance::hearing::{Guest, Request, spoilt};
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};
use crate::wire::{Completion, Digest, DigestKind};

/// A case about an ERROR 2xx in answer to a FILE.
macro_rules! refused {
    ($id:literal, $title:literal, $code:literal) => {
        Case::hears_must(
            concat!("client.upload.refused-", $id),
            &["answer.to-oldest", "flow.refusal-stops"],
            $title,
            |hearing| refused(hearing, $code),
        )
        .hears_twin(stored)
    };
}

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.upload.empty",
        &["data.client-limit", "end.stored-compared"],
        "A file of no octets is FILE and END, and no DATA",
        |hearing| stored_of(hearing, 0),
    ),
    Case::hears_must(
        "client.upload.one",
        &["data.client-limit", "frame.layout"],
        "FILE, DATA and END of a file of one octet say what a server asks of them",
        |hearing| stored_of(hearing, 1),
    ),
    Case::hears_must(
        "client.upload.chunk-absent",
        &["data.client-limit", "preface.absent-key"],
        "To a server that states no `chunk` no DATA is longer than 1024 octets",
        |hearing| stored_of(hearing, 10_000),
    ),
    Case::hears_must(
        "client.upload.chunk-stated",
        &["data.client-limit"],
        "To a server whose `chunk` is 1500 no DATA is longer than that",
        |hearing| stored_at(hearing, "CONEXION/1 SERVER chunk=1500 text=65536\n", 20_000),
    ),
    Case::hears_must(
        "client.upload.chunk-largest",
        &["data.client-limit"],
        "To a server whose `chunk` is 1048576 a file of 3 MiB is uploaded",
        |hearing| stored_at(hearing, "CONEXION/1 SERVER chunk=1048576\n", 3 << 20),
    ),
    Case::hears_must(
        "client.upload.chunk-above-range",
        &["preface.number-above", "data.client-limit"],
        "A `chunk` above its range means 1048576",
        |hearing| stored_at(hearing, "CONEXION/1 SERVER chunk=99999999999999999999\n", 3 << 20),
    ),
    Case::hears_must(
        "client.upload.chunk-multiple",
        &["data.client-limit"],
        "A file whose size is a multiple of `chunk` ends without an empty DATA",
        |hearing| stored_of(hearing, 4096),
    ),
    Case::hears_must(
        "client.upload.marks",
        &["frame.layout"],
        "A file that holds what looks like frames and marks arrives as it is",
        |hearing| {
            let looks = [b"E\0\0\0\x0C".as_slice(), b"FIN_ARCHIVO", b"ARCHIVO:a:b\n", b"\0\xFF"];
            let source = hearing.upload_octets(looks.concat().repeat(50))?;
            let mut guest = hearing.welcome()?;
            guest.store(&source)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_should(
        "client.upload.base-name",
        &["path.source-base-name"],
        "The source is the last component of the file's path",
        |hearing| {
            let source = hearing.upload(100)?;
            let mut guest = hearing.welcome()?;
            let filed = guest.store(&source)?;
            guest.part()?;
            hearing.succeeds()?;
            if filed.source == source.name() || filed.source.is_empty() {
                return Ok(());
            }
            let expected = format!("`{}`, or nothing", source.name());
            Err(Departure::weak(expected, format!("`{}`", filed.source.escape_debug())))
        },
    ),
    Case::hears_must(
        "client.upload.long-name",
        &["path.client-limit", "frame.layout"],
        "A destination of 1000 octets in components of 200 goes out as it is",
        |hearing| {
            let mut source = hearing.source("file.bin", octets::content(10))?;
            while source.destination.len() < 800 {
                source.destination = format!("{}/{}", source.destination, "x".repeat(199));
            }
            hearing.upload_source(source.clone())?;
            let mut guest = hearing.welcome()?;
            guest.store(&source)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.upload.destination-too-long",
        &["path.client-limit"],
        "A destination of more than 1024 octets is not sent",
        |hearing| {
            let mut source = hearing.source("file.bin", octets::content(10))?;
            while source.destination.len() <= 1024 {
                source.destination = format!("{}/{}", source.destination, "x".repeat(199));
            }
            hearing.upload_source(source)?;
            hearing.never_sends_a_file()?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.continue-late",
        &["flow.resume-waits", "end.stored-compared"],
        "A CONTINUE that comes late is no failure",
        |hearing| {
            let (mut guest, source, filed) = filed(hearing, 2500)?;
            if guest.comes_within(hearing.silence())? && filed.flags.resume && filed.has_size() {
                let expected = "no DATA before CONTINUE where RESUME is set";
                return Err(Departure::fail(expected, "octets"));
            }
            guest.store_from(&source, &filed)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.upload.waits-for-stored",
        &["outcome.unknown", "end.stored-compared", "abort.not-after-end"],
        "A client waits for the STORED of its upload, and sends nothing behind END",
        |hearing| {
            let (mut guest, source, filed) = filed(hearing, 2500)?;
            guest.go_on()?;
            let completion = guest.rest(&source, 0)?;
            guest.waits_for("STORED")?;
            guest.stored(completion)?;
            guest.note_stored(&source, &filed);
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.upload.stored-other-digest",
        &["end.stored-compared"],
        "A STORED with another digest is a failure",
        |hearing| stored_as(hearing, spoilt),
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.stored-other-size",
        &["end.stored-compared"],
        "A STORED with another size is a failure",
        |hearing| stored_as(hearing, |true_one| Completion { size: true_one.size - 1, ..true_one }),
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.stored-zero-size",
        &["end.stored-compared"],
        "A STORED of size 0 for a file that has octets is a failure",
        |hearing| stored_as(hearing, |true_one| Completion { size: 0, ..true_one }),
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.stored-digest-length",
        &["frame.payload-layout-server"],
        "A STORED whose digest has not the length of the upload's is a fault",
        |hearing| {
            let (mut guest, source, filed) = filed(hearing, 2500)?;
            guest.go_on()?;
            let completion = guest.rest(&source, 0)?;
            let other = match filed.digest {
                DigestKind::Crc32 => Digest::Sha256([0; 32]),
                DigestKind::Sha256 => Digest::Crc32([0; 4]),
            };
            guest.stored(Completion { digest: other, ..completion })?;
            super::breaks_off(hearing, guest, "a STORED with a digest of another length")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.stored-too-short",
        &["frame.too-short", "frame.client-fault"],
        "A STORED of 7 octets is a fault",
        |hearing| {
            let (mut guest, source, _) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.rest(&source, 0)?;
            guest.send(octets::frame(b'S', &[0; 7]))?;
            super::breaks_off(hearing, guest, "a STORED of 7 octets")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.stored-too-long",
        &["frame.too-long", "frame.client-fault"],
        "A STORED of 73 octets is a fault at its header",
        |hearing| {
            let (mut guest, source, _) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.rest(&source, 0)?;
            guest.send(octets::header(b'S', 73))?;
            super::breaks_off(hearing, guest, "a STORED of 73 octets")
        },
    )
    .hears_twin(stored),
    refused!("path", "ERROR 210 for a FILE is a failure", 210),
    refused!("exists", "ERROR 211 for a FILE, that something is there, is a failure", 211),
    refused!("unknown", "An unknown ERROR 2xx for a FILE is a failure", 240),
    Case::hears_must(
        "client.upload.refused-stops",
        &["flow.refusal-stops"],
        "A client that waits for CONTINUE and is refused sends no DATA",
        |hearing| {
            // Large, so that a client that resumes has reason to wait.
            let (mut guest, ..) = filed(hearing, 1_200_000)?;
            if guest.comes_within(hearing.silence())? {
                return Err(Departure::not_applicable("it sends DATA before CONTINUE"));
            }
            guest.refuse(213, "full")?;
            loop {
                match guest.next("no DATA")? {
                    Request::Data(octets) => {
                        let seen = format!("DATA of {} octets", octets.len());
                        return Err(Departure::fail("no DATA after the refusal", seen));
                    }
                    Request::End(_) | Request::Abort => {}
                    Request::Text(text) => guest.reply(&text)?,
                    Request::Bye => {
                        guest.send(octets::bye())?;
                        break;
                    }
                    Request::File(_) | Request::EndOfStream | Request::Reset => {
                        guest.shut_down();
                        break;
                    }
                }
            }
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.failed-at-end",
        &["answer.to-oldest", "abort.not-after-end"],
        "ERROR 219 for an END is a failure, behind which no ABORT follows",
        |hearing| {
            let (mut guest, source, _) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.rest(&source, 0)?;
            guest.refuse(219, "the disk has failed")?;
            guest.part()?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_should(
        "client.upload.superseded",
        &["takeover.own"],
        "An upload that was taken over is not begun again",
        |hearing| {
            let (mut guest, source, _) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.refuse(222, "another client")?;
            guest.leaves_without(&source, "ERROR 222")?;
            hearing.fails_without(&source, "ERROR 222")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.source-shorter",
        &["abort.source-failed"],
        "A source that becomes shorter is given up, or was read before",
        |hearing| {
            let (guest, source, _) = filed(hearing, 8 << 20)?;
            hearing.truncate(&source, 1000)?;
            source_changed(hearing, guest, &source)
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.upload.source-longer",
        &["abort.source-failed", "data.client-limit"],
        "Of a source that becomes longer no more is sent than was declared",
        |hearing| {
            let (guest, source, _) = filed(hearing, 100_000)?;
            hearing.append(&source, &[b'x'; 5000])?;
            source_changed(hearing, guest, &source)
        },
    )
    .hears_twin(stored),
];

/// A file of so many octets, stored by a server that sends this line.
fn stored_at(hearing: &mut Hearing<'_>, line: &str, len: usize) -> Outcome {
    let source = hearing.upload(len)?;
    let mut guest = hearing.welcome_with(line)?;
    guest.store(&source)?;
    guest.part()?;
    hearing.succeeds()
}

/// The upload arrives, and STORED says something else.
fn stored_as(hearing: &mut Hearing<'_>, change: fn(Completion) -> Completion) -> Outcome {
    let (mut guest, source, _) = filed(hearing, 2500)?;
    guest.go_on()?;
    let completion = guest.rest(&source, 0)?;
    guest.stored(change(completion))?;
    guest.part()?;
    hearing.fails()
}

fn refused(hearing: &mut Hearing<'_>, code: u16) -> Outcome {
    let (mut guest, ..) = filed(hearing, 2500)?;
    guest.refuse(code, "no")?;
    guest.leaves_after_refusal()?;
    hearing.fails()
}

/// The file has changed since its FILE came: an ABORT, the end of the connection, or all of
/// what it was.
fn source_changed(
    hearing: &mut Hearing<'_>,
    mut guest: Guest,
    source: &crate::conformance::hearing::Source,
) -> Outcome {
    guest.go_on()?;
    let mut data = Vec::new();
    loop {
        match guest.next("DATA, END, ABORT, or the end of the connection")? {
            Request::Data(octets) => data.extend(octets),
            Request::Abort => {
                guest.refuse(220, "aborted")?;
                guest.part()?;
                return hearing.fails();
            }
            Request::End(completion) if data == source.octets => {
                guest.stored(completion)?;
                guest.note_stored_octets(source);
                guest.part()?;
                return hearing.ends();
            }
            Request::EndOfStream | Request::Reset => {
                guest.shut_down();
                return hearing.fails();
            }
            other => {
                let expected = "ABORT, or the end of the connection, since the source has changed";
                let seen = format!("{other} after {} octets", data.len());
                return Err(Departure::fail(expected, seen));
            }
        }
    }
}
