//! Chapter 5.2: the client's table, row by row. What an eager client may have done by the
//! time that it has a frame decides its row, so that only cells are asked about that are the
//! same in every row that it may be in.

use super::{awaiting_reply, breaks_off, filed, stored, text_answered, texting};
use crate::conformance::hearing::{Filed, Guest, Source};
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};
use crate::wire::{Frame, ResumePoint};

/// A case about a frame that a client which waits for a REPLY must take for a fault.
macro_rules! at_text {
    ($id:literal, $title:literal, $octets:expr) => {
        Case::hears_must(
            concat!("client.table.text-", $id),
            &["answer.client-table", "frame.unexpected", "frame.judged-in-state"],
            $title,
            |hearing| {
                let mut guest = awaiting_reply(hearing)?;
                guest.send(&$octets)?;
                breaks_off(hearing, guest, "an answer of the wrong kind")
            },
        )
        .hears_twin(text_answered)
    };
}

/// A case about a frame that is a fault at some point of an upload.
macro_rules! at_upload {
    ($id:literal, $title:literal, $reach:ident, $octets:expr) => {
        Case::hears_must(
            concat!("client.table.", $id),
            &["answer.client-table", "frame.unexpected"],
            $title,
            |hearing| {
                let mut guest = $reach(hearing)?;
                guest.send(&$octets)?;
                breaks_off(hearing, guest, "an answer of the wrong kind")
            },
        )
        .hears_twin(stored)
    };
}

pub(super) const CASES: &[Case] = &[
    at_text!("continue", "A CONTINUE where a REPLY is due is a fault", go_on()),
    at_text!("stored", "A STORED where a REPLY is due is a fault", nothing_stored()),
    at_text!("bye", "A BYE before the client's is a fault", octets::bye()),
    at_upload!("file-reply", "A REPLY where a CONTINUE is due is a fault", at_file, reply()),
    at_upload!("file-stored", "A STORED before CONTINUE is a fault", at_file, nothing_stored()),
    at_upload!("file-bye", "A BYE where a CONTINUE is due is a fault", at_file, octets::bye()),
    at_upload!("sending-reply", "A REPLY behind CONTINUE is a fault", at_sending, reply()),
    at_upload!("sending-continue", "A second CONTINUE is a fault", at_sending, go_on()),
    at_upload!("sending-bye", "A BYE behind CONTINUE is a fault", at_sending, octets::bye()),
    at_upload!("ended-reply", "A REPLY where a STORED is due is a fault", at_ended, reply()),
    at_upload!("ended-continue", "A CONTINUE behind END is a fault", at_ended, go_on()),
    at_upload!("ended-bye", "A BYE where a STORED is due is a fault", at_ended, octets::bye()),
    Case::hears_must(
        "client.table.none-continue",
        &["answer.client-table", "frame.unexpected", "frame.split-invariance"],
        "A CONTINUE right behind the server's line is a fault",
        |hearing| unasked(hearing, &go_on()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.table.none-bye",
        &["answer.client-table", "frame.unexpected", "frame.split-invariance"],
        "A BYE right behind the server's line is a fault",
        |hearing| unasked(hearing, &octets::bye()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.table.none-reply",
        &["answer.client-table", "answer.to-oldest"],
        "A second REPLY to the same text is a fault",
        |hearing| more_than_asked(hearing, &reply()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.table.none-stored",
        &["answer.client-table", "frame.unexpected"],
        "A STORED when nothing is unanswered is a fault",
        |hearing| more_than_asked(hearing, &nothing_stored()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.table.none-error",
        &["answer.client-table", "answer.to-oldest"],
        "An ERROR 2xx when nothing is unanswered is a fault",
        |hearing| more_than_asked(hearing, &octets::frame(b'X', b"\0\xCAno")),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.table.sending-stored",
        &["answer.client-table", "frame.judged-in-state"],
        "A STORED before END is no success",
        |hearing| {
            let (mut guest, source, filed) = sending_much(hearing)?;
            guest.stored(filed.completion(&source.octets))?;
            if guest.sends_all_of(&source)? {
                guest.note_stored(&source, &filed);
                let reason = "it has sent all of the file before it has read the STORED";
                return Err(Departure::not_applicable(reason));
            }
            breaks_off(hearing, guest, "a STORED before END")
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.table.file-error",
        &["answer.to-oldest", "answer.client-table"],
        "An ERROR 2xx where a CONTINUE is due is the answer to the FILE",
        |hearing| {
            let (mut guest, ..) = filed(hearing, 2500)?;
            guest.refuse(210, "no such place")?;
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.table.ended-error",
        &["answer.to-oldest", "answer.client-table"],
        "An ERROR 2xx where a STORED is due is the answer to the FILE",
        |hearing| {
            let mut guest = at_ended(hearing)?;
            guest.refuse(216, "another digest")?;
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.table.sending-error",
        &["answer.to-oldest", "answer.client-table"],
        "An ERROR 2xx behind CONTINUE is the answer to the FILE",
        |hearing| {
            let mut guest = at_sending(hearing)?;
            guest.refuse(213, "full")?;
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
];

fn go_on() -> Vec<u8> {
    octets::emit(&Frame::Continue(ResumePoint::START))
}

fn reply() -> Vec<u8> {
    octets::frame(b'R', b"hola")
}

/// STORED of nothing, with the length of a crc32.
fn nothing_stored() -> Vec<u8> {
    octets::frame(b'S', &[0; 12])
}

fn at_file(hearing: &mut Hearing<'_>) -> Outcome<Guest> {
    filed(hearing, 2500).map(|(guest, ..)| guest)
}

fn at_sending(hearing: &mut Hearing<'_>) -> Outcome<Guest> {
    let mut guest = at_file(hearing)?;
    guest.go_on()?;
    Ok(guest)
}

fn at_ended(hearing: &mut Hearing<'_>) -> Outcome<Guest> {
    let (mut guest, source, _) = filed(hearing, 2500)?;
    guest.go_on()?;
    guest.rest(&source, 0)?;
    Ok(guest)
}

/// An upload of more than the system holds, behind its CONTINUE.
pub(super) fn sending_much(hearing: &mut Hearing<'_>) -> Outcome<(Guest, Source, Filed)> {
    let source = hearing.upload(16 << 20)?;
    let mut guest = hearing.welcome_with("CONEXION/1 SERVER chunk=65536\n")?;
    let filed = guest.file(&source)?;
    guest.go_on()?;
    Ok((guest, source, filed))
}

/// An answer behind the last that was due.
fn more_than_asked(hearing: &mut Hearing<'_>, frame: &[u8]) -> Outcome {
    let mut guest = texting(hearing)?;
    guest.serve_with_more(frame)?;
    hearing.ends()
}

/// What no client has asked for, in one segment with the server's line: a fault whether the
/// client has sent its text by then or not.
fn unasked(hearing: &mut Hearing<'_>, frame: &[u8]) -> Outcome {
    hearing.text("hola")?;
    let mut guest = hearing.accept()?;
    guest.line()?;
    guest.send([b"CONEXION/1 SERVER\n".as_slice(), frame].concat())?;
    guest.breaks_off_before_requests("an answer that nobody asked for")?;
    hearing.fails()
}
