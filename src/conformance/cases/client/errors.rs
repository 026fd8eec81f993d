//! Chapter 7, the client's side: what an ERROR leads to.

use super::{awaiting_reply, breaks_off, filed, stored, text_answered};
use crate::conformance::{Case, Hearing, Outcome, octets};

/// A case about an ERROR 1xx in answer to a text.
macro_rules! ends {
    ($id:literal, $requirement:literal, $title:literal, $code:literal) => {
        Case::hears_must(
            concat!("client.error.ends-", $id),
            &["closing.after-1xx", $requirement],
            $title,
            |hearing| ends(hearing, $code),
        )
        .hears_twin(text_answered)
    };
}

/// A case about a code of no class.
macro_rules! no_class {
    ($id:literal, $title:literal, $number:literal) => {
        Case::hears_must(
            concat!("client.error.no-class-", $id),
            &["error.no-class"],
            $title,
            |hearing| {
                let mut guest = awaiting_reply(hearing)?;
                guest.send(error($number, b"what is this?"))?;
                breaks_off(hearing, guest, "an ERROR of no class")
            },
        )
        .hears_twin(text_answered)
    };
}

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.error.text-refused",
        &["answer.to-oldest"],
        "A text that was refused is not reported as answered",
        |hearing| refused(hearing, &error(202, "not today".as_bytes())),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.error.unknown-2xx",
        &["error.unknown-code"],
        "An unknown ERROR 2xx refuses the text",
        |hearing| refused(hearing, &error(299, b"")),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.error.message-not-utf8",
        &["frame.error-message"],
        "An ERROR whose message is not UTF-8 refuses the text and is no fault",
        |hearing| usable_after(hearing, &error(202, b"no \xFF\xFE\xC3")),
    ),
    Case::hears_must(
        "client.error.message-longest",
        &["frame.error-message", "frame.too-long"],
        "An ERROR with a message of 1024 octets refuses the text and is no fault",
        |hearing| usable_after(hearing, &error(202, &[b'x'; 1024])),
    ),
    Case::hears_must(
        "client.error.message-empty",
        &["frame.error-message", "frame.too-short"],
        "An ERROR without a message refuses the text and is no fault",
        |hearing| usable_after(hearing, &error(202, b"")),
    ),
    Case::hears_must(
        "client.error.unknown-2xx-usable",
        &["error.unknown-code"],
        "After an unknown ERROR 2xx the connection is used on",
        |hearing| usable_after(hearing, &error(250, "later".as_bytes())),
    ),
    ends!("101", "outcome.unknown", "ERROR 101, a fault of the client, ends the connection", 101),
    ends!("105", "outcome.unknown", "ERROR 105, a timeout, ends the connection", 105),
    ends!("108", "outcome.unknown", "ERROR 108, a failure of the server, ends the connection", 108),
    ends!("unknown", "error.unknown-code", "An unknown ERROR 1xx ends the connection", 199),
    Case::hears_must(
        "client.error.too-many",
        &["closing.after-1xx", "outcome.unknown"],
        "ERROR 106, too many connections, right behind the server's line ends the connection",
        |hearing| at_once(hearing, 106),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.error.preface",
        &["closing.after-1xx", "outcome.unknown"],
        "ERROR 100, a malformed preface, right behind the server's line ends the connection",
        |hearing| at_once(hearing, 100),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.error.ends-upload",
        &["closing.after-1xx", "outcome.unknown"],
        "ERROR 107 inside an upload ends the connection",
        |hearing| {
            let (mut guest, ..) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.refuse(107, "shutting down")?;
            guest.breaks_off_after("ERROR 107")?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    no_class!("99", "A code just below the classes is a fault", 99),
    no_class!("300", "A code just above the classes is a fault", 300),
    no_class!("0", "A code of nothing but zeros is a fault", 0),
    no_class!("high", "The highest code is a fault", 65535),
];

/// ERROR with any number and any message.
fn error(number: u16, message: &[u8]) -> Vec<u8> {
    octets::frame(b'X', &[&number.to_be_bytes()[..], message].concat())
}

fn refused(hearing: &mut Hearing<'_>, error: &[u8]) -> Outcome {
    let mut guest = awaiting_reply(hearing)?;
    guest.send(error)?;
    guest.part()?;
    hearing.fails()
}

/// The text is refused so, and a second one is sent and answered on the same connection.
fn usable_after(hearing: &mut Hearing<'_>, error: &[u8]) -> Outcome {
    let texts = ["first", "second"];
    hearing.session(texts.map(super::session::text).to_vec())?;
    let mut guest = hearing.welcome()?;
    guest.text()?;
    guest.send(error)?;
    let text = guest.text()?;
    guest.reply(&text)?;
    guest.part()?;
    hearing.fails()
}

fn ends(hearing: &mut Hearing<'_>, number: u16) -> Outcome {
    let mut guest = awaiting_reply(hearing)?;
    guest.send(error(number, b"the end"))?;
    breaks_off(hearing, guest, "an ERROR 1xx")
}

/// The ERROR comes in one segment with the line; a client may have sent its text by then.
fn at_once(hearing: &mut Hearing<'_>, number: u16) -> Outcome {
    hearing.text("hola")?;
    let mut guest = hearing.accept()?;
    guest.line()?;
    guest.send([b"CONEXION/1 SERVER\n".as_slice(), &error(number, b"the end")].concat())?;
    guest.shut_down();
    guest.breaks_off_before_requests("an ERROR 1xx")?;
    hearing.fails()
}
