//! Chapter 10.2: a client towards an original server, in automatic mode. The suite echoes the
//! client's line, and then reads like an original server, by the pauses between the parts.

use std::time::Duration;

use super::text_answered;
use crate::conformance::hearing::{PlainGuest, Source, no_automatic_mode};
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};

const MARK: &[u8] = b"FIN_ARCHIVO";

/// As much of 500 ms as is surely seen of it, however late this side reads.
const PAUSE: Duration = Duration::from_millis(400);

/// What an upload in plain may take: its pauses, and the probe behind it.
const UPLOAD: Duration = Duration::from_secs(8);

/// What passes between octets that are to be read apart.
const BETWEEN: Duration = Duration::from_millis(50);

/// How long an automatic client waits for the first octets.
const FIRST: Duration = Duration::from_secs(10);

/// How long an echo may be awaited.
const ECHO: Duration = Duration::from_secs(25);

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.plain.text",
        &["plain.client-fallback", "plain.client-echo"],
        "An echo of the client's line is an original server, to which the text goes alone",
        |hearing| {
            let mut guest = texting(hearing, "hola")?;
            let closed = guest.text("hola");
            if let Err(no_plain) = closed {
                drop(guest);
                hearing.has_no_plain_elsewhere()?;
                return Err(no_plain);
            }
            guest.echo(b"hola")?;
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.text-pauses",
        &["plain.client-pauses"],
        "A text goes out 500 ms after the line",
        |hearing| {
            let mut guest = texting(hearing, "hola")?;
            let pause = guest.text("hola")?;
            guest.echo(b"hola")?;
            leave(&mut guest)?;
            paused("the text", pause)
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.text-echo-short",
        &["plain.client-echo"],
        "An echo that is short is a failure, and the client closes",
        |hearing| echoed_otherwise(hearing, b"hol"),
    )
    .hears_twin(texted)
    .slow(),
    Case::hears_must(
        "client.plain.text-echo-different",
        &["plain.client-echo"],
        "An echo that is different is a failure, and the client closes",
        |hearing| echoed_otherwise(hearing, b"hula"),
    )
    .hears_twin(texted)
    .slow(),
    Case::hears_must(
        "client.plain.text-echo-long",
        &["plain.client-echo"],
        "An echo with more behind it is a failure, and the client closes",
        |hearing| echoed_otherwise(hearing, b"hola!"),
    )
    .hears_twin(texted)
    .slow(),
    Case::hears_must(
        "client.plain.text-echo-none",
        &["plain.client-echo"],
        "A server that ends the stream instead of an echo has not answered",
        |hearing| {
            let mut guest = texting(hearing, "hola")?;
            guest.text("hola")?;
            guest.shut_down();
            leave(&mut guest)?;
            hearing.fails()
        },
    )
    .hears_twin(texted)
    .slow(),
    Case::hears_must(
        "client.plain.text-echo-in-pieces",
        &["plain.client-echo"],
        "An echo that comes octet by octet is one",
        |hearing| {
            let mut guest = texting(hearing, "hola")?;
            guest.text("hola")?;
            for octet in b"hola" {
                guest.send([*octet])?;
                if guest.comes_within(BETWEEN) {
                    break;
                }
            }
            guest.echo(b"")?;
            guest.note_answered("hola");
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.text-long",
        &["plain.client-text"],
        "A text above 1024 octets goes out in pieces, cut between characters, each awaited",
        |hearing| {
            let text = format!("x{}", "ñ".repeat(700));
            let mut guest = texting(hearing, &text)?;
            in_pieces(&mut guest, text.as_bytes())?;
            guest.note_answered(&text);
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.text-opening",
        &["plain.client-text"],
        "A text that holds `ARCHIVO:` is not sent",
        |hearing| {
            let mut guest = texting(hearing, "mira ARCHIVO:a:b")?;
            refuses(&mut guest, "mira")?;
            hearing.fails()
        },
    )
    .hears_twin(|hearing| {
        let mut guest = texting(hearing, "mira ARCHIVO a:b")?;
        guest.text("mira ARCHIVO a:b")?;
        guest.echo(b"mira ARCHIVO a:b")?;
        leave(&mut guest)?;
        hearing.succeeds()
    })
    .slow(),
    Case::hears_must(
        "client.plain.upload",
        &["plain.client-fallback", "plain.client-header", "plain.client-probe"],
        "Header, octets, mark and probe follow each other, each alone",
        uploaded,
    )
    .slow(),
    Case::hears_must(
        "client.plain.upload-empty",
        &["plain.client-header", "plain.client-probe"],
        "A file of no octets is a header and a mark",
        |hearing| {
            let (mut guest, source) = uploading(hearing, Vec::new())?;
            upload(&mut guest, &source)?;
            probe(&mut guest)?;
            guest.note_stored(&source);
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.upload-pauses",
        &["plain.client-pauses"],
        "500 ms pass before and after the header and the mark",
        |hearing| {
            let (mut guest, source) = uploading(hearing, octets::content(3000))?;
            paused("the header", guest.header(&source)?)?;
            paused("the octets", guest.expect("the octets", &source.octets)?)?;
            paused("the mark", guest.expect("the mark", MARK)?)?;
            let Some(part) = guest.part("the probe")? else {
                return Err(Departure::fail("a probe", "the end of the connection"));
            };
            paused("the probe", part.pause)?;
            guest.echo(&part.octets)?;
            guest.note_stored(&source);
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.upload-like-a-header",
        &["plain.client-header"],
        "A file that begins like a header arrives as it is",
        |hearing| {
            let octets = b"ARCHIVO:x:y\nFIN_ARCHIV".to_vec();
            let (mut guest, source) = uploading(hearing, octets)?;
            upload(&mut guest, &source)?;
            probe(&mut guest)?;
            guest.note_stored(&source);
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.upload-mark-inside",
        &["plain.client-mark"],
        "A file that holds `FIN_ARCHIVO` is not sent",
        |hearing| {
            let octets = [&octets::content(100)[..], MARK, b"more"].concat();
            let (mut guest, _) = uploading(hearing, octets)?;
            refuses(&mut guest, "ARCHIVO:")?;
            hearing.fails()
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.upload-mark-across-blocks",
        &["plain.client-mark"],
        "A file that holds `FIN_ARCHIVO` across two blocks of 1024 octets is not sent",
        |hearing| {
            let octets = [&octets::content(1020)[..], MARK, &octets::content(50)].concat();
            let (mut guest, _) = uploading(hearing, octets)?;
            refuses(&mut guest, "ARCHIVO:")?;
            hearing.fails()
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.header-colon",
        &["plain.client-header"],
        "A destination with a `:` is not sent",
        |hearing| {
            let mut source = hearing.source("file.bin", octets::content(10))?;
            source.destination = format!("{}:b", source.destination);
            refused_upload(hearing, source)
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.header-source-colon",
        &["plain.client-header"],
        "A source with a `:` in its name is not sent",
        |hearing| {
            if hearing.abilities().session && !hearing.abilities().upload {
                return Err(Departure::not_applicable("its lines cannot say a source with a `:`"));
            }
            let mut source = hearing.source("a:b.bin", octets::content(10))?;
            source.destination = source.destination.replace("a:b", "ab");
            refused_upload(hearing, source)
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.header-too-long",
        &["plain.client-header"],
        "A header of more than 1024 octets is not sent",
        |hearing| {
            let mut source = hearing.source("file.bin", octets::content(10))?;
            while source.destination.len() < 1010 {
                let left = 1020 - source.destination.len();
                let component = "x".repeat(left.clamp(1, 200));
                source.destination = format!("{}/{component}", source.destination);
            }
            refused_upload(hearing, source)
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.echo-of-header",
        &["plain.client-echo", "plain.client-never-inside"],
        "Octets that come back inside an upload end it: no more of the file, the mark, and the end",
        |hearing| {
            let (mut guest, source) = uploading(hearing, octets::content(200_000))?;
            guest.header(&source)?;
            let header = format!("ARCHIVO:{}:{}", source.name(), source.destination);
            guest.send(header)?;
            let Some(part) = guest.part("the mark")? else {
                let expected = "the mark before the end of the connection";
                return Err(Departure::fail(expected, "the end of the connection"));
            };
            let mut octets = part.octets;
            while !octets.ends_with(MARK) {
                let Some(part) = guest.part("the mark")? else {
                    let expected = "the mark before the end of the connection";
                    return Err(Departure::fail(expected, "the end of the connection"));
                };
                octets.extend(part.octets);
            }
            leave(&mut guest)?;
            hearing.fails()
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.mark-lost",
        &["plain.client-doubt"],
        "Without the echo of the probe the mark is sent once more, and the upload is doubtful",
        |hearing| {
            hearing.allow(2 * ECHO);
            let (mut guest, source) = uploading(hearing, octets::content(2000))?;
            upload(&mut guest, &source)?;
            let Some(_) = guest.part("the probe")? else {
                return Err(Departure::fail("a probe", "the end of the connection"));
            };
            if !guest.comes_within(hearing.patience()) {
                let reason = "it waits for the echo longer than --patience says";
                return Err(Departure::not_applicable(reason));
            }
            guest.expect("the mark once more", MARK)?;
            probe(&mut guest)?;
            leave(&mut guest)?;
            hearing.fails()
        },
    )
    .hears_twin(uploaded)
    .slow(),
    Case::hears_must(
        "client.plain.not-quite-the-line",
        &["plain.client-fallback", "plain.client-no-guess"],
        "The client's line with an octet behind it is no echo, and ends the connection",
        |hearing| not_the_line(hearing, |line| [line, b"x"].concat()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.plain.another-line",
        &["plain.client-fallback", "plain.client-no-guess"],
        "Another client's line is no echo, and ends the connection",
        |hearing| not_the_line(hearing, |_| b"CONEXION/1 CLIENT agent=nobody/0\n".to_vec()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.plain.noise",
        &["plain.client-no-guess"],
        "First octets that are neither a line nor the echo end the connection",
        |hearing| not_the_line(hearing, |_| b"hola\n".to_vec()),
    )
    .hears_twin(text_answered),
    Case::hears_must(
        "client.plain.silence",
        &["plain.client-no-guess"],
        "No octets within 10 seconds are no original server, and end in an error",
        |hearing| {
            if hearing.patience() <= FIRST {
                let reason = "a client waits 10 s: --patience says how long a case waits";
                return Err(Departure::not_applicable(reason));
            }
            hearing.allow(hearing.patience());
            hearing.text("hola")?;
            let mut guest = hearing.accept_plain()?;
            guest.line()?;
            if !guest.comes_within(hearing.patience()) {
                return Err(Departure::not_applicable("it waits longer than --patience says"));
            }
            guest.closed()?;
            hearing.fails()
        },
    )
    .slow(),
    Case::hears_must(
        "client.plain.line-in-pieces",
        &["plain.client-fallback"],
        "An echo of the line that comes octet by octet is one",
        |hearing| {
            hearing.allow(UPLOAD);
            hearing.text("hola")?;
            let mut guest = hearing.accept_plain()?;
            let line = guest.line()?;
            let (first, rest) = line.split_at(1);
            guest.send(first)?;
            if guest.comes_within(BETWEEN) {
                guest.closed()?;
                let expected = "the client to wait for the rest of the line";
                return Err(Departure::fail(expected, "the end of the connection"));
            }
            for octet in rest {
                guest.send([*octet])?;
            }
            guest.text("hola")?;
            guest.echo(b"hola")?;
            leave(&mut guest)?;
            hearing.succeeds()
        },
    )
    .slow(),
];

/// A text, echoed: what every client in automatic mode can do that sends texts.
fn texted(hearing: &mut Hearing<'_>) -> Outcome {
    let mut guest = texting(hearing, "hola")?;
    guest.text("hola")?;
    guest.echo(b"hola")?;
    leave(&mut guest)?;
    hearing.succeeds()
}

/// A file, taken: what every client in automatic mode can do that uploads.
fn uploaded(hearing: &mut Hearing<'_>) -> Outcome {
    let (mut guest, source) = uploading(hearing, octets::content(5000))?;
    upload(&mut guest, &source)?;
    probe(&mut guest)?;
    guest.note_stored(&source);
    leave(&mut guest)?;
    hearing.succeeds()
}

/// A client that has fallen back and is about to send this text.
fn texting(hearing: &mut Hearing<'_>, text: &str) -> Outcome<PlainGuest> {
    hearing.allow(UPLOAD);
    hearing.text(text)?;
    let mut guest = hearing.accept_plain()?;
    guest.fall_back()?;
    Ok(guest)
}

/// A client that has fallen back and is about to upload these octets.
fn uploading(hearing: &mut Hearing<'_>, octets: Vec<u8>) -> Outcome<(PlainGuest, Source)> {
    hearing.allow(UPLOAD);
    let source = hearing.upload_octets(octets)?;
    let mut guest = hearing.accept_plain()?;
    guest.fall_back()?;
    Ok((guest, source))
}

/// Header, octets and mark of this source.
fn upload(guest: &mut PlainGuest, source: &Source) -> Outcome {
    guest.header(source)?;
    if !source.octets.is_empty() {
        guest.expect("the octets", &source.octets)?;
    }
    guest.expect("the mark", MARK).map(drop)
}

/// A text behind the mark, echoed.
fn probe(guest: &mut PlainGuest) -> Outcome {
    match guest.part("a probe")? {
        Some(part) if part.octets.len() <= 1024 && !part.octets.starts_with(b"ARCHIVO:") => {
            guest.echo(&part.octets)
        }
        Some(part) => Err(Departure::fail("a short text", part.octets.escape_ascii().to_string())),
        None => Err(Departure::fail("a probe", "the end of the connection")),
    }
}

/// The end of the connection; what the client was asked for besides is served.
fn leave(guest: &mut PlainGuest) -> Outcome {
    while let Some(part) = guest.part("the end of the connection")? {
        guest.serve(&part.octets)?;
    }
    Ok(())
}

fn paused(before: &str, pause: Duration) -> Outcome {
    if pause >= PAUSE {
        return Ok(());
    }
    let expected = format!("a pause of 500 ms before {before}");
    Err(Departure::fail(expected, format!("{} ms", pause.as_millis())))
}

fn echoed_otherwise(hearing: &mut Hearing<'_>, echo: &[u8]) -> Outcome {
    hearing.allow(ECHO);
    let mut guest = texting(hearing, "hola")?;
    guest.text("hola")?;
    guest.send(echo)?;
    if echo.len() < 4 && !guest.comes_within(hearing.patience()) {
        guest.shut_down();
    }
    guest.closed()?;
    hearing.fails()
}

/// The text in pieces of at most 1024 octets, cut between characters, each echoed.
fn in_pieces(guest: &mut PlainGuest, text: &[u8]) -> Outcome {
    let mut left = text;
    while !left.is_empty() {
        let expected = "a piece of the text, of at most 1024 octets, cut between characters";
        let Some(part) = guest.part(expected)? else {
            return Err(if left.len() == text.len() {
                no_automatic_mode()
            } else {
                Departure::fail(expected, "the end of the connection")
            });
        };
        if guest.serve_upload(&part.octets)? {
            continue;
        }
        let fits = part.octets.len() <= 1024 && str::from_utf8(&part.octets).is_ok();
        match left.strip_prefix(&part.octets[..]) {
            Some(rest) if fits => left = rest,
            _ => {
                let seen = format!("{} octets", part.octets.len());
                return Err(Departure::fail(expected, seen));
            }
        }
        guest.send(&part.octets)?;
    }
    Ok(())
}

/// Nothing comes but what the client was asked for besides, and then the end.
fn refuses(guest: &mut PlainGuest, part_of_it: &str) -> Outcome {
    while let Some(part) = guest.part("the end of the connection")? {
        let mut windows = part.octets.windows(part_of_it.len());
        if windows.any(|octets| octets == part_of_it.as_bytes()) {
            let seen = part.octets.escape_ascii().to_string();
            return Err(Departure::fail("nothing of it to be sent", seen));
        }
        guest.serve(&part.octets)?;
    }
    Ok(())
}

/// An upload that no original server could understand, and that is not begun.
fn refused_upload(hearing: &mut Hearing<'_>, source: Source) -> Outcome {
    hearing.allow(UPLOAD);
    hearing.upload_source(source)?;
    match hearing.accept_plain_if_any()? {
        None => hearing.fails(),
        Some(mut guest) => {
            guest.fall_back()?;
            refuses(&mut guest, "ARCHIVO:")?;
            hearing.fails()
        }
    }
}

/// First octets that are neither the client's line nor a server's.
fn not_the_line(hearing: &mut Hearing<'_>, octets: fn(&[u8]) -> Vec<u8>) -> Outcome {
    hearing.text("hola")?;
    let mut guest = hearing.accept_plain()?;
    let line = guest.line()?;
    guest.send(octets(&line))?;
    guest.closed()?;
    hearing.fails()
}
