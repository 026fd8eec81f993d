//! What clients are heard about, a file per chapter of the spec, and what the chapters share.

mod closing;
mod errors;
mod frames;
mod plain;
mod preface;
mod preface_line;
mod resume;
mod session;
mod table;
mod texts;
mod upload;

use super::Chapter;
use crate::conformance::hearing::{Filed, Guest, Source};
use crate::conformance::{Departure, Hearing, Outcome};

/// The chapters that bind clients, in the order of the text.
pub(super) const CHAPTERS: &[Chapter] = &[
    Chapter { title: "3.1 Preface: the client's line", cases: preface::CASES },
    Chapter { title: "3.2 Preface: the server's line", cases: preface_line::CASES },
    Chapter { title: "4 Frames from the server", cases: frames::CASES },
    Chapter { title: "5.2 The client's table", cases: table::CASES },
    Chapter { title: "5.3 Texts from the client", cases: texts::CASES },
    Chapter { title: "5.4, 5.5 Several requests", cases: session::CASES },
    Chapter { title: "5.6 The end, from the client", cases: closing::CASES },
    Chapter { title: "6 Uploads from the client", cases: upload::CASES },
    Chapter { title: "6.5 Resume from the client", cases: resume::CASES },
    Chapter { title: "7 Errors at the client", cases: errors::CASES },
    Chapter { title: "10.2 Plain: towards an original server", cases: plain::CASES },
];

/// A text, answered, and then the end: what every client can do that sends texts.
fn text_answered(hearing: &mut Hearing<'_>) -> Outcome {
    let guest = texting(hearing)?;
    answered(hearing, guest)
}

/// A client that is about to send a text: both lines were exchanged.
fn texting(hearing: &mut Hearing<'_>) -> Outcome<Guest> {
    hearing.text("hola")?;
    hearing.welcome()
}

/// A client that waits for the answer to its text.
fn awaiting_reply(hearing: &mut Hearing<'_>) -> Outcome<Guest> {
    let mut guest = texting(hearing)?;
    guest.text()?;
    guest.look_ahead()?;
    Ok(guest)
}

/// Goes on after both lines: the text is answered, and then the client is done.
fn answered(hearing: &mut Hearing<'_>, mut guest: Guest) -> Outcome {
    let text = guest.text()?;
    guest.reply(&text)?;
    guest.part()?;
    // A text whose echo it does not accept is refused.
    if guest.accepts_echo(&text) { hearing.succeeds() } else { hearing.fails() }
}

/// A file, stored, and then the end: what every client can do that uploads.
fn stored(hearing: &mut Hearing<'_>) -> Outcome {
    stored_of(hearing, 2500)
}

/// A file of so many octets, stored, and then the end.
fn stored_of(hearing: &mut Hearing<'_>, len: usize) -> Outcome {
    let source = hearing.upload(len)?;
    let mut guest = hearing.welcome()?;
    guest.store(&source)?;
    guest.part()?;
    hearing.succeeds()
}

/// A client whose FILE has come, and which waits for CONTINUE, or is eager.
fn filed(hearing: &mut Hearing<'_>, len: usize) -> Outcome<(Guest, Source, Filed)> {
    let source = hearing.upload(len)?;
    let mut guest = hearing.welcome()?;
    let filed = guest.file(&source)?;
    guest.look_ahead()?;
    Ok((guest, source, filed))
}

/// The client breaks off without a further frame, and does not say that all was done.
fn breaks_off(hearing: &mut Hearing<'_>, mut guest: Guest, after: &str) -> Outcome {
    guest.breaks_off_after(after)?;
    hearing.fails()
}

/// The ground of a case about what a client does where it asks to resume.
fn needs_resume(filed: &Filed) -> Outcome {
    if filed.flags.resume && filed.has_size() {
        return Ok(());
    }
    let reason =
        "the client does not set RESUME for a file of known size: give a command that does";
    Err(Departure::not_applicable(reason))
}
