//! What clients are heard about, a file per chapter of the spec, and what the chapters share.

mod preface;

use super::Chapter;
use crate::conformance::hearing::Guest;
use crate::conformance::{Hearing, Outcome};

/// The chapters that bind clients, in the order of the text.
pub(super) const CHAPTERS: &[Chapter] =
    &[Chapter { title: "3 Preface (client)", cases: preface::CASES }];

/// A text, answered, and then the end: what every client can do that sends texts.
fn text_answered(hearing: &mut Hearing<'_>) -> Outcome {
    hearing.text("hola")?;
    let guest = hearing.welcome()?;
    answered(hearing, guest)
}

/// Goes on after both lines: the text is answered, and then the client is done.
fn answered(hearing: &mut Hearing<'_>, mut guest: Guest) -> Outcome {
    let text = guest.text()?;
    guest.reply(&text)?;
    guest.part()?;
    hearing.succeeds()
}
