//! Chapter 3.1: the client's line.

use super::{answered, stored, text_answered};
use crate::conformance::{Case, Departure, octets};
use crate::wire::Version;

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.preface.first",
        &["preface.client-first", "preface.grammar", "preface.length", "preface.number-sent"],
        "The first octets before a text are a well-formed client-line",
        text_answered,
    ),
    Case::hears_must(
        "client.preface.first-upload",
        &["preface.client-first", "frame.layout"],
        "The first octets before an upload are a well-formed client-line",
        stored,
    ),
    Case::hears_must(
        "client.preface.waits",
        &["preface.client-waits"],
        "Nothing is sent behind the line before the server's line has come",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            guest.is_silent_before("the server's line")?;
            guest.greet("CONEXION/1 SERVER\n")?;
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.preface.waits-for-its-end",
        &["preface.client-waits", "preface.judged-when"],
        "Nothing is sent before the LF of the server's line has come",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            guest.send("CONEXION/1 SERVER")?;
            guest.is_silent_before("the end of the server's line")?;
            guest.send("\n")?;
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.preface.version-offered",
        &["preface.version-offered"],
        "A client that is answered with version 1 has offered a version that it speaks",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            let line = guest.line()?;
            if line.version < Version::ONE {
                return Err(Departure::fail("a version from 1 on", "a version below 1"));
            }
            guest.greet("CONEXION/1 SERVER\n")?;
            answered(hearing, guest)?;
            if line.version == Version::ONE {
                return Ok(());
            }
            // What it has offered it must speak.
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            let version = guest.line()?.version.number();
            guest.greet(&format!("CONEXION/{version} SERVER\n"))?;
            guest.text().map(drop)
        },
    ),
    Case::hears_should(
        "client.preface.text-enough",
        &["preface.text-enough"],
        "A client states a `text` as long as the text that it sends",
        |hearing| {
            hearing.text(&"ñandú ".repeat(400))?;
            let mut guest = hearing.accept()?;
            let line = guest.line()?;
            guest.greet("CONEXION/1 SERVER text=65536\n")?;
            let text = guest.text()?;
            let most = line.text.octets();
            if text.len() as u64 > u64::from(most) {
                let seen = format!("`text` is {most} and the text has {} octets", text.len());
                return Err(Departure::weak("room for the echo", seen));
            }
            guest.reply(&text)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.preface.line-by-octets",
        &["frame.split-invariance", "preface.judged-when"],
        "A server-line and a REPLY that come octet by octet are taken",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            guest.send_octet_by_octet();
            guest.greet("CONEXION/1 SERVER chunk=4096 text=4096 agent=a/1\n")?;
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.preface.line-with-frame",
        &["frame.split-invariance"],
        "What comes in one segment with the server-line, half a frame, is not lost",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            guest.line()?;
            let frame = octets::frame(b'n', b"still here");
            let (first, rest) = frame.split_at(7);
            guest.send([b"CONEXION/1 SERVER\n", first].concat())?;
            let text = guest.text()?;
            guest.send(rest)?;
            guest.reply(&text)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
];
