//! Chapter 6.5, the client's side: a CONTINUE above 0, and what it must be.

use super::{breaks_off, filed, needs_resume, stored};
use crate::conformance::hearing::{Filed, Guest, Request, Source};
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};
use crate::wire::{Completion, Frame, ResumePoint};

/// A size from which a client should find it worth while to resume.
const LEN: usize = 1_200_000;

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.resume.waits",
        &["flow.resume-waits"],
        "With RESUME neither DATA nor END is sent before CONTINUE",
        |hearing| {
            let (mut guest, source, filed) = resuming(hearing)?;
            guest.waits_for("CONTINUE")?;
            guest.store_from(&source, &filed)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.resume.rest",
        &["resume.rest", "resume.compared"],
        "Octets that agree are not sent again, and END is that of the whole file",
        |hearing| held(hearing, 2000),
    ),
    Case::hears_must(
        "client.resume.first-octet",
        &["resume.rest"],
        "One octet that is held is not sent again",
        |hearing| held(hearing, 1),
    ),
    Case::hears_must(
        "client.resume.all",
        &["resume.rest"],
        "Of a file that is held in full END alone is sent",
        |hearing| held(hearing, LEN),
    ),
    Case::hears_must(
        "client.resume.all-but-one",
        &["resume.rest", "data.client-limit"],
        "Of a file that is held but for one octet that one is sent",
        |hearing| held(hearing, LEN - 1),
    ),
    Case::hears_must(
        "client.resume.differs",
        &["resume.compared"],
        "Where the CRC-32 differs neither DATA nor END is sent for this FILE",
        |hearing| {
            let (mut guest, source, filed) = resuming(hearing)?;
            guest.go_on_from(2000, source.crc32(2000) ^ 1)?;
            match guest.next("ABORT, or the end of the connection")? {
                Request::Abort => {
                    guest.refuse(220, "aborted")?;
                    after_abort(hearing, guest, &source)
                }
                Request::EndOfStream | Request::Reset => left(hearing, guest),
                other => Err(sent_after_all(&other, &filed)),
            }
        },
    )
    .hears_twin(|hearing| held(hearing, 2000)),
    Case::hears_should(
        "client.resume.differs-anew",
        &["resume.differs"],
        "Where the CRC-32 differs ABORT is sent, and then the FILE without RESUME",
        |hearing| {
            let (mut guest, source, _) = resuming(hearing)?;
            guest.go_on_from(2000, source.crc32(2000) ^ 1)?;
            let expected = "ABORT, and then FILE without RESUME";
            let weak = |seen: &Request| Err(Departure::weak(expected, seen.to_string()));
            match guest.next(expected)? {
                Request::Abort => guest.refuse(220, "aborted")?,
                other => return weak(&other),
            }
            match guest.next(expected)? {
                Request::File(filed) if !filed.flags.resume => {
                    guest.store_from(&source, &filed)?;
                    guest.part()?;
                    hearing.succeeds()
                }
                other => weak(&other),
            }
        },
    )
    .hears_twin(|hearing| held(hearing, 2000)),
    Case::hears_must(
        "client.resume.differs-all",
        &["resume.compared"],
        "A file that is held in full with another CRC-32 is not ended",
        |hearing| {
            let (mut guest, source, filed) = resuming(hearing)?;
            guest.go_on_from(LEN as u64, !source.crc32(LEN))?;
            match guest.next("ABORT, or the end of the connection")? {
                Request::Abort => {
                    guest.refuse(220, "aborted")?;
                    after_abort(hearing, guest, &source)
                }
                Request::EndOfStream | Request::Reset => left(hearing, guest),
                other => Err(sent_after_all(&other, &filed)),
            }
        },
    )
    .hears_twin(|hearing| held(hearing, LEN)),
    Case::hears_should(
        "client.resume.abort-answered-otherwise",
        &["resume.differs", "answer.to-oldest"],
        "Another answer than 220 to the ABORT is the outcome",
        |hearing| {
            let (mut guest, source, _) = resuming(hearing)?;
            guest.go_on_from(2000, source.crc32(2000) ^ 1)?;
            match guest.next("ABORT, or the end of the connection")? {
                Request::Abort => guest.refuse(219, "the disk has failed")?,
                _ => return left(hearing, guest),
            }
            guest.leaves_without(&source, "ERROR 219 for its ABORT")?;
            hearing.fails_without(&source, "ERROR 219 for its ABORT")
        },
    )
    .hears_twin(|hearing| held(hearing, 2000)),
    Case::hears_must(
        "client.resume.abort-answered-stored",
        &["answer.client-table", "frame.unexpected"],
        "A STORED for an upload that was aborted is a fault",
        |hearing| {
            let (mut guest, source, filed) = resuming(hearing)?;
            guest.go_on_from(2000, source.crc32(2000) ^ 1)?;
            match guest.next("ABORT, or the end of the connection")? {
                Request::Abort => guest.stored(filed.completion(&source.octets))?,
                _ => return left(hearing, guest),
            }
            breaks_off(hearing, guest, "a STORED for its ABORT")
        },
    )
    .hears_twin(|hearing| held(hearing, 2000)),
    Case::hears_must(
        "client.resume.offset-above-size",
        &["resume.offset-checked"],
        "An offset above the declared size is a fault",
        |hearing| {
            let (mut guest, source, _) = resuming(hearing)?;
            guest.go_on_from(LEN as u64 + 1, source.crc32(LEN))?;
            breaks_off(hearing, guest, "an offset above the size")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.resume.offset-huge",
        &["resume.offset-checked"],
        "An offset of 2^64-1 is a fault",
        |hearing| {
            let (mut guest, ..) = resuming(hearing)?;
            guest.go_on_from(u64::MAX, 0)?;
            breaks_off(hearing, guest, "an offset above the size")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.resume.offset-unasked",
        &["resume.offset-checked"],
        "An offset above 0 without RESUME is a fault",
        |hearing| {
            // Small, so that a client may find it not worth while.
            let (mut guest, source, filed) = filed(hearing, 5000)?;
            if filed.flags.resume && filed.has_size() {
                return Err(Departure::not_applicable("the client always sets RESUME"));
            }
            let point = ResumePoint { offset: 1000, crc32: source.crc32(1000) };
            guest.send(octets::emit(&Frame::Continue(point)))?;
            breaks_off(hearing, guest, "an offset that was not asked for")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.resume.crc-of-nothing",
        &["resume.offset-checked"],
        "A CRC-32 other than 0 with offset 0 is a fault",
        |hearing| {
            let (mut guest, ..) = filed(hearing, LEN)?;
            guest.go_on_from(0, 0xDEAD_BEEF)?;
            breaks_off(hearing, guest, "a CRC-32 of nothing that is not 0")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.resume.stored-compared",
        &["end.stored-compared"],
        "A STORED with the digest of the rest alone is a failure",
        |hearing| {
            let (mut guest, source, filed) = resuming(hearing)?;
            guest.go_on_from(2000, source.crc32(2000))?;
            let completion = guest.rest(&source, 2000)?;
            let of_rest = filed.completion(&source.octets[2000..]);
            guest.stored(Completion { size: completion.size, ..of_rest })?;
            guest.part()?;
            hearing.fails()
        },
    )
    .hears_twin(|hearing| held(hearing, 2000)),
    Case::hears_must(
        "client.resume.twice",
        &["resume.rest", "outcome.unknown"],
        "An upload whose connection breaks is gone on with, or not reported as stored",
        |hearing| {
            let (mut guest, source, _) = resuming(hearing)?;
            guest.go_on_from(1000, source.crc32(1000))?;
            guest.vanish();
            hearing.fails()
        },
    )
    .hears_twin(stored),
];

/// A client whose FILE with RESUME has come.
fn resuming(hearing: &mut Hearing<'_>) -> Outcome<(Guest, Source, Filed)> {
    let (guest, source, filed) = filed(hearing, LEN)?;
    needs_resume(&filed)?;
    Ok((guest, source, filed))
}

/// So many octets are held, and agree.
fn held(hearing: &mut Hearing<'_>, len: usize) -> Outcome {
    let (mut guest, source, filed) = resuming(hearing)?;
    guest.go_on_from(len as u64, source.crc32(len))?;
    let completion = guest.rest(&source, len)?;
    guest.stored(completion)?;
    guest.note_stored(&source, &filed);
    guest.part()?;
    hearing.succeeds()
}

/// After its ABORT a client may begin anew or leave.
fn after_abort(hearing: &mut Hearing<'_>, mut guest: Guest, source: &Source) -> Outcome {
    match guest.next("FILE, BYE, or the end of the connection")? {
        Request::File(filed) => {
            guest.store_from(source, &filed)?;
            guest.part()?;
            hearing.succeeds()
        }
        Request::Bye => {
            guest.send(octets::bye())?;
            hearing.fails()
        }
        Request::EndOfStream | Request::Reset => left(hearing, guest),
        other => Err(Departure::fail("FILE, BYE, or the end", other.to_string())),
    }
}

/// The client has left instead, and does not say that all was done.
fn left(hearing: &mut Hearing<'_>, guest: Guest) -> Outcome {
    drop(guest);
    hearing.fails()
}

fn sent_after_all(seen: &Request, filed: &Filed) -> Departure {
    let expected = format!("no DATA and no END for `{}`", filed.destination);
    Departure::fail(expected, seen.to_string())
}
