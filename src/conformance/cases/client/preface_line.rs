//! Chapter 3.2: what a client makes of the server's line.

use super::{answered, text_answered};
use crate::conformance::{Case, Hearing, Outcome};

/// A case about a malformed server-line, whose twin is a usual one.
macro_rules! malformed {
    ($id:literal, $requirement:literal, $title:literal, $line:expr) => {
        Case::hears_must(
            concat!("client.preface.malformed-", $id),
            &["preface.malformed-server", $requirement],
            $title,
            |hearing| malformed(hearing, AsRef::<[u8]>::as_ref(&$line)),
        )
        .hears_twin(text_answered)
    };
}

/// A case about a well-formed server-line.
macro_rules! taken {
    ($id:literal, $requirement:literal, $title:literal, $line:expr) => {
        Case::hears_must(concat!("client.preface.", $id), &[$requirement], $title, |hearing| {
            taken(hearing, &$line)
        })
    };
}

pub(super) const CASES: &[Case] = &[
    taken!(
        "line-shortest",
        "preface.absent-key",
        "A server-line without a key is taken",
        "CONEXION/1 SERVER\n"
    ),
    Case::hears_must(
        "client.preface.line-all-keys",
        &["preface.unknown-key", "preface.grammar"],
        "A server-line with all keys is taken, one of them with a `=` in its value",
        |hearing| {
            taken(
                hearing,
                "CONEXION/1 SERVER chunk=1048576 text=1048576 file=1000000 agent=a/1=b\n",
            )
        },
    ),
    taken!(
        "line-unknown-key",
        "preface.unknown-key",
        "Keys that version 1 has not are ignored",
        "CONEXION/1 SERVER later=1 x-y=!~ -=0\n"
    ),
    Case::hears_should(
        "client.preface.line-agent",
        &["preface.agent"],
        "Whatever the agent, the line is taken",
        |hearing| taken(hearing, "CONEXION/1 SERVER agent=CONEXION/2;SERVER\n"),
    ),
    taken!(
        "line-number-above",
        "preface.number-above",
        "Numbers above their range mean its top",
        "CONEXION/1 SERVER chunk=1048577 text=18446744073709551616 file=99999999999999999999\n"
    ),
    Case::hears_must(
        "client.preface.line-longest",
        &["preface.length", "preface.judged-when", "preface.too-long"],
        "A server-line of 512 octets is taken",
        |hearing| taken(hearing, &longest_line()),
    ),
    malformed!("cr", "preface.grammar", "A CR before the LF is malformed", "CONEXION/1 SERVER\r\n"),
    malformed!(
        "double-space",
        "preface.grammar",
        "Two SP in a row are malformed",
        "CONEXION/1 SERVER  text=4096\n"
    ),
    malformed!(
        "trailing-space",
        "preface.grammar",
        "An SP before the LF is malformed",
        "CONEXION/1 SERVER \n"
    ),
    malformed!("tab", "preface.grammar", "A TAB is no SP", "CONEXION/1 SERVER\ttext=4096\n"),
    malformed!(
        "lower-case",
        "preface.grammar",
        "The word `server` in lower case is malformed",
        "CONEXION/1 server\n"
    ),
    malformed!(
        "role",
        "preface.grammar",
        "A line of another client is malformed",
        "CONEXION/1 CLIENT agent=another/1 x=y\n"
    ),
    malformed!("no-role", "preface.grammar", "A line without a side is malformed", "CONEXION/1\n"),
    malformed!("version-zero", "preface.grammar", "There is no version 0", "CONEXION/0 SERVER\n"),
    malformed!(
        "version-leading-zero",
        "preface.grammar",
        "A version has no leading zero",
        "CONEXION/01 SERVER\n"
    ),
    malformed!("version-none", "preface.grammar", "A version has a digit", "CONEXION/ SERVER\n"),
    malformed!(
        "key-upper-case",
        "preface.grammar",
        "A key in upper case is malformed",
        "CONEXION/1 SERVER Text=4096\n"
    ),
    malformed!(
        "key-empty",
        "preface.grammar",
        "An empty key is malformed",
        "CONEXION/1 SERVER =4096\n"
    ),
    malformed!(
        "value-empty",
        "preface.grammar",
        "An empty value is malformed",
        "CONEXION/1 SERVER agent=\n"
    ),
    malformed!(
        "value-octet",
        "preface.grammar",
        "A value with an octet outside visible ASCII is malformed",
        b"CONEXION/1 SERVER agent=a\xC3\xB1\n"
    ),
    malformed!(
        "repeated-key",
        "preface.repeated-key",
        "A key that is named twice is malformed",
        "CONEXION/1 SERVER text=4096 text=4096\n"
    ),
    malformed!(
        "repeated-unknown-key",
        "preface.repeated-key",
        "An unknown key that is named twice is malformed",
        "CONEXION/1 SERVER later=1 text=4096 later=2\n"
    ),
    malformed!(
        "number-leading-zero",
        "preface.number-form",
        "A number with a leading zero is malformed",
        "CONEXION/1 SERVER text=04096\n"
    ),
    malformed!(
        "number-letter",
        "preface.number-form",
        "A number with a letter is malformed",
        "CONEXION/1 SERVER chunk=4k\n"
    ),
    malformed!(
        "number-sign",
        "preface.number-form",
        "A number with a sign is malformed",
        "CONEXION/1 SERVER file=+1\n"
    ),
    malformed!(
        "number-21-digits",
        "preface.number-form",
        "A number of 21 digits is malformed",
        "CONEXION/1 SERVER file=100000000000000000000\n"
    ),
    malformed!(
        "number-below-chunk",
        "preface.number-below",
        "A `chunk` of 1023 is malformed",
        "CONEXION/1 SERVER chunk=1023\n"
    ),
    malformed!(
        "number-below-text",
        "preface.number-below",
        "A `text` of 0 is malformed",
        "CONEXION/1 SERVER text=0\n"
    ),
    malformed!(
        "too-long",
        "preface.too-long",
        "A line without an LF among its first 512 octets is malformed",
        too_long_line()
    ),
    malformed!(
        "other-protocol",
        "preface.grammar",
        "The answer of another protocol is malformed",
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
    ),
    Case::hears_must(
        "client.preface.judged-at-its-end",
        &["preface.judged-when", "preface.malformed-server"],
        "A server-line is not judged before its LF has come",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            guest.send("CONEXION/1 SERVER text=0")?;
            guest.is_silent_before("the LF of the server's line")?;
            guest.send("\n")?;
            guest.closed_after("a malformed server-line")?;
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.preface.version-above",
        &["preface.version-unusable"],
        "A version above the one that was offered ends the connection",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            let above = guest.line()?.version.number() + 1;
            guest.send(format!("CONEXION/{above} SERVER\n"))?;
            guest.closed_after("a version above the one that was offered")?;
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.preface.cut-off",
        &["outcome.unknown"],
        "A server that ends inside its line has done nothing that was asked for",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            guest.send("CONEXION/1 SERV")?;
            guest.shut_down();
            guest.closed_after("a line that was cut off")?;
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
];

/// The client goes on as usual.
fn taken(hearing: &mut Hearing<'_>, line: &str) -> Outcome {
    hearing.text("hola")?;
    let guest = hearing.welcome_with(line)?;
    answered(hearing, guest)
}

/// The client closes without a further octet, and does not claim that anything was done.
fn malformed(hearing: &mut Hearing<'_>, line: &[u8]) -> Outcome {
    hearing.text("hola")?;
    let mut guest = hearing.accept()?;
    guest.line()?;
    guest.send(line)?;
    guest.closed_after("a malformed server-line")?;
    hearing.fails()
}

fn longest_line() -> String {
    let begin = "CONEXION/1 SERVER agent=";
    format!("{begin}{}\n", "x".repeat(511 - begin.len()))
}

fn too_long_line() -> Vec<u8> {
    let begin = "CONEXION/1 SERVER agent=";
    format!("{begin}{}\n", "x".repeat(512 - begin.len())).into_bytes()
}
