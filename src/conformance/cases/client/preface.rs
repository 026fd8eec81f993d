//! Chapter 3, the client's side: its line, and what it makes of the server's.

use super::{answered, text_answered};
use crate::conformance::{Case, Hearing, Outcome};

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.preface.first",
        &["preface.client-first", "preface.grammar", "preface.length"],
        "The first octets are a well-formed client-line",
        text_answered,
    ),
    Case::hears_must(
        "client.preface.waits",
        &["preface.client-waits"],
        "Nothing is sent behind the line before the server's line has ended",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            guest.waits()?;
            guest.send("CONEXION/1 SERVER")?;
            guest.waits()?;
            guest.send("\n")?;
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.preface.malformed-cr",
        &["preface.malformed-server", "preface.grammar"],
        "A server-line with a CR before its LF ends the connection",
        |hearing| malformed(hearing, "CONEXION/1 SERVER\r\n"),
    )
    .hears_twin(text_answered),
];

/// The client closes without a further octet, and does not claim that anything was done.
fn malformed(hearing: &mut Hearing<'_>, line: &str) -> Outcome {
    hearing.text("hola")?;
    let mut guest = hearing.accept()?;
    guest.line()?;
    guest.send(line)?;
    guest.closed_after("a malformed server-line")?;
    hearing.fails()
}
