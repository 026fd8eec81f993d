//! Chapter 5.3, the client's side: texts as they go out, and their answers.

use super::{answered, awaiting_reply, text_answered};
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.text.octets",
        &["frame.layout", "text.client-limit"],
        "A text goes out octet for octet",
        |hearing| exact(hearing, "hola, ¿qué tal?"),
    ),
    Case::hears_must(
        "client.text.characters",
        &["text.client-limit", "frame.nul-and-bom"],
        "A text of one to four octets a character goes out as it is",
        |hearing| exact(hearing, "\u{FEFF}a é € 😀 \u{202E}b"),
    ),
    Case::hears_must(
        "client.text.white-space",
        &["frame.nul-and-bom"],
        "White space at both ends of a text is kept",
        |hearing| {
            if hearing.tells_texts_in_lines() {
                return Err(Departure::not_applicable("a line of input may lose its ends"));
            }
            exact(hearing, " \thola  ")
        },
    ),
    Case::hears_must(
        "client.text.as-long-as-allowed",
        &["text.client-limit", "preface.absent-key"],
        "A text of 1024 octets goes out to a server that states no `text`",
        |hearing| exact(hearing, &"ab".repeat(512)),
    ),
    Case::hears_must(
        "client.text.longer-than-absent",
        &["text.client-limit", "preface.absent-key"],
        "A text of 1025 octets is not sent to a server that states no `text`",
        |hearing| withheld(hearing, "CONEXION/1 SERVER\n", &"x".repeat(1025)),
    )
    .hears_twin(|hearing| exact(hearing, &"x".repeat(1024))),
    Case::hears_must(
        "client.text.longer-in-octets",
        &["text.client-limit"],
        "A text of 700 characters and 1400 octets is not sent where 1024 are accepted",
        |hearing| withheld(hearing, "CONEXION/1 SERVER chunk=65536\n", &"ñ".repeat(700)),
    )
    .hears_twin(|hearing| exact(hearing, &"ñ".repeat(500))),
    Case::hears_must(
        "client.text.longer-than-stated",
        &["text.client-limit"],
        "A text of 2001 octets is not sent to a server whose `text` is 2000",
        |hearing| withheld(hearing, "CONEXION/1 SERVER text=2000\n", &"x".repeat(2001)),
    )
    .hears_twin(|hearing| {
        hearing.text(&"x".repeat(2000))?;
        let guest = hearing.welcome_with("CONEXION/1 SERVER text=2000\n")?;
        answered(hearing, guest)
    }),
    Case::hears_must(
        "client.text.limit-above-range",
        &["preface.number-above", "text.client-limit"],
        "A text of 3000 octets goes out to a server whose `text` is above its range",
        |hearing| {
            hearing.text(&"x".repeat(3000))?;
            let guest = hearing.welcome_with("CONEXION/1 SERVER text=4294967296\n")?;
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.text.waits-for-its-answer",
        &["outcome.unknown", "answer.to-oldest"],
        "A client waits for the answer to its text, and does not end before",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.waits_for("the answer to its text")?;
            guest.reply("hola")?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_should(
        "client.text.shown-escaped",
        &["text.shown-escaped"],
        "An answer with control characters is shown without them",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest
                .send(octets::frame(b'R', "a\u{1B}]0;title\u{7}b\u{1B}[2J\u{9B}31mc".as_bytes()))?;
            guest.note_answered("hola");
            guest.part()?;
            hearing.succeeds()?;
            let said = hearing.has_said();
            let controls = ['\u{1B}', '\u{7}', '\u{9B}'];
            match said.chars().find(|character| controls.contains(character)) {
                None => Ok(()),
                Some(control) => {
                    let seen = format!("U+{:04X} on its output", u32::from(control));
                    Err(Departure::weak("no control character of the answer's", seen))
                }
            }
        },
    ),
    Case::hears_must(
        "client.text.answer-lost",
        &["outcome.unknown"],
        "A text whose answer does not come is not reported as answered",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.shut_down();
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.text.answer-cut-off",
        &["outcome.unknown"],
        "A REPLY that is cut off is no answer",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.send(b"R\0\0\0\x04hol")?;
            guest.shut_down();
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.text.connection-reset",
        &["outcome.unknown"],
        "A text whose connection breaks is not reported as answered",
        |hearing| {
            awaiting_reply(hearing)?.vanish();
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
];

/// The text comes as the client was asked to send it.
fn exact(hearing: &mut Hearing<'_>, wanted: &str) -> Outcome {
    hearing.text(wanted)?;
    let mut guest = hearing.welcome()?;
    let text = guest.text()?;
    if text != wanted {
        let expected = format!("TEXT with `{}`", wanted.escape_debug());
        return Err(Departure::fail(expected, format!("TEXT with `{}`", text.escape_debug())));
    }
    guest.reply(&text)?;
    guest.part()?;
    hearing.succeeds()
}

/// No TEXT comes, and the client does not say that it was answered.
fn withheld(hearing: &mut Hearing<'_>, line: &str, text: &str) -> Outcome {
    hearing.text(text)?;
    let mut guest = hearing.accept()?;
    guest.line()?;
    guest.greet(line)?;
    guest.part()?;
    hearing.fails()
}
