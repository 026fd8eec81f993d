//! Chapter 4, the client's side: how it judges headers and payloads.

use super::{answered, awaiting_reply, breaks_off, filed, stored, text_answered, texting};
use crate::conformance::hearing::Guest;
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};

/// A case about octets that a client which waits for a REPLY must take for a fault; its twin
/// is a text that is answered.
macro_rules! fault {
    ($id:literal, [$($requirement:literal),+], $title:literal, $octets:expr) => {
        Case::hears_must(
            concat!("client.frame.", $id),
            &["frame.client-fault", $($requirement),+],
            $title,
            |hearing| fault(hearing, AsRef::<[u8]>::as_ref(&$octets)),
        )
        .hears_twin(text_answered)
    };
}

/// A case about octets that a client which waits for a REPLY must skip before it.
macro_rules! skipped {
    ($id:literal, $title:literal, $octets:expr) => {
        Case::hears_must(concat!("client.frame.", $id), &["frame.ignorable"], $title, |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.send(&$octets)?;
            replied(hearing, guest, "hola")
        })
    };
}

pub(super) const CASES: &[Case] = &[
    skipped!(
        "ignorable-empty",
        "An ignorable frame of no octets is skipped",
        [octets::frame(b'n', b""), octets::frame(b'z', b""),].concat()
    ),
    skipped!(
        "ignorable-octets",
        "An ignorable frame is skipped whatever its octets are",
        octets::frame(b'a', b"R\0\0\0\x04hola")
    ),
    skipped!(
        "ignorable-longest",
        "An ignorable frame of 65536 octets is skipped",
        octets::frame(b'q', &octets::content(65_536))
    ),
    Case::hears_must(
        "client.frame.ignorable-in-upload",
        &["frame.ignorable"],
        "Ignorable frames between CONTINUE and STORED are skipped",
        |hearing| {
            let (mut guest, source, filed) = filed(hearing, 5000)?;
            guest.send(octets::frame(b'n', b""))?;
            guest.go_on()?;
            guest.send(octets::frame(b'k', b"metadata"))?;
            let completion = guest.rest(&source, 0)?;
            guest.send(octets::frame(b'n', b""))?;
            guest.stored(completion)?;
            guest.note_stored(&source, &filed);
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.frame.joined",
        &["frame.split-invariance", "frame.ignorable"],
        "A REPLY that comes in one segment behind two other frames is taken",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            let frames = [(b'n', ""), (b'z', "metadata"), (b'R', "hola")];
            let frames = frames.map(|(kind, payload)| octets::frame(kind, payload.as_bytes()));
            guest.send(frames.concat())?;
            guest.note_answered("hola");
            guest.part()?;
            hearing.succeeds()
        },
    ),
    fault!(
        "ignorable-too-long",
        ["frame.ignorable-length"],
        "An ignorable frame of 65537 octets is a fault at its header",
        octets::header(b'n', 65_537)
    ),
    fault!(
        "ignorable-huge",
        ["frame.length-unsigned", "frame.ignorable-length"],
        "An ignorable frame whose length is -1 as a signed number is a fault at its header",
        octets::header(b'n', u32::MAX)
    ),
    fault!(
        "unknown-critical",
        ["frame.unknown-critical"],
        "An unknown critical frame is a fault",
        octets::frame(b'Z', b"")
    ),
    fault!(
        "unknown-critical-judged-early",
        ["frame.judged-early"],
        "An unknown critical frame is a fault at its header",
        octets::header(b'Q', 100)
    ),
    fault!("type-digit", ["frame.type-letter"], "A type that is a digit is a fault", {
        octets::frame(b'0', b"")
    }),
    fault!("type-nul", ["frame.type-letter"], "A type of 0x00 is a fault", octets::frame(0, b"")),
    fault!(
        "type-high",
        ["frame.type-letter"],
        "A type above ASCII is a fault",
        octets::frame(0xE9, b"")
    ),
    fault!(
        "from-client",
        ["frame.unexpected"],
        "A TEXT from the server is a fault",
        octets::text("hola")
    ),
    fault!(
        "from-client-data",
        ["frame.unexpected"],
        "A DATA from the server is a fault",
        octets::data(b"hola")
    ),
    Case::hears_must(
        "client.frame.reply-too-long",
        &["frame.client-fault", "frame.too-long", "frame.judged-early"],
        "A REPLY above the client's `text` is a fault at its header",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            let above = guest.reply_limit().octets() + 1;
            guest.send(octets::header(b'R', above))?;
            breaks_off(hearing, guest, "a REPLY above the client's `text`")
        },
    )
    .hears_twin(|hearing| {
        let mut guest = awaiting_reply(hearing)?;
        let most = usize::try_from(guest.reply_limit().octets()).unwrap_or(usize::MAX);
        let reply = "x".repeat(most);
        guest.send(octets::frame(b'R', reply.as_bytes()))?;
        guest.note_answered("hola");
        guest.part()?;
        hearing.succeeds()
    }),
    fault!(
        "reply-negative",
        ["frame.length-unsigned"],
        "A REPLY whose length is negative as a signed number is a fault at its header",
        octets::header(b'R', 1 << 31)
    ),
    fault!(
        "reply-wraps",
        ["frame.length-unsigned"],
        "A REPLY whose frame has a length of 0 in 32 bits is a fault at its header",
        octets::header(b'R', u32::MAX - 4)
    ),
    fault!(
        "reply-not-utf8",
        ["frame.payload-layout-server"],
        "A REPLY that is not UTF-8 is a fault",
        octets::frame(b'R', b"hol\xE1")
    ),
    fault!(
        "reply-overlong",
        ["frame.payload-layout-server"],
        "A REPLY with an overlong form is a fault",
        octets::frame(b'R', b"\xC0\xAF")
    ),
    fault!(
        "reply-surrogate",
        ["frame.payload-layout-server"],
        "A REPLY with a surrogate is a fault",
        octets::frame(b'R', b"\xED\xA0\x80")
    ),
    fault!("error-too-short", ["frame.too-short"], "An ERROR of one octet is a fault", {
        octets::frame(b'X', b"\xCA")
    }),
    fault!(
        "error-too-long",
        ["frame.too-long"],
        "An ERROR of 1027 octets is a fault at its header",
        octets::header(b'X', 1027)
    ),
    fault!(
        "bye-with-payload",
        ["frame.too-long", "frame.judged-in-order"],
        "A BYE with an octet of payload is a fault",
        octets::frame(b'B', b"x")
    ),
    Case::hears_must(
        "client.frame.continue-too-short",
        &["frame.client-fault", "frame.too-short"],
        "A CONTINUE that lacks an octet is a fault at its header",
        |hearing| upload_fault(hearing, &octets::frame(b'C', &[0; 11])),
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.frame.continue-too-long",
        &["frame.client-fault", "frame.too-long"],
        "A CONTINUE with an octet too much is a fault at its header",
        |hearing| upload_fault(hearing, &octets::frame(b'C', &[0; 13])),
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.frame.reply-by-octets",
        &["frame.split-invariance"],
        "A REPLY and a BYE that come octet by octet are taken",
        |hearing| {
            let mut guest = texting(hearing)?;
            guest.send_octet_by_octet();
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.frame.nul-and-bom",
        &["frame.nul-and-bom"],
        "A REPLY with U+0000 and a leading U+FEFF is taken",
        |hearing| {
            let guest = awaiting_reply(hearing)?;
            replied(hearing, guest, "\u{FEFF}a\0b")
        },
    ),
    Case::hears_must(
        "client.frame.reply-empty",
        &["frame.layout", "answer.client-table"],
        "An empty REPLY is an answer",
        |hearing| {
            let guest = awaiting_reply(hearing)?;
            replied(hearing, guest, "")
        },
    ),
    Case::hears_must(
        "client.frame.limits-stated",
        &["preface.number-sent", "frame.too-long"],
        "What the client states as `text` is within its range, and it accepts a reply so long",
        |hearing| {
            hearing.text("hola")?;
            let mut guest = hearing.accept()?;
            let line = guest.line()?;
            if line.above_range {
                return Err(Departure::fail("a `text` of 1048576 at most", "more"));
            }
            guest.greet("CONEXION/1 SERVER\n")?;
            guest.text()?;
            let most = usize::try_from(line.text.octets()).unwrap_or_default();
            replied(hearing, guest, &format!("{}{}", "é".repeat(most / 2), &"x"[..most % 2]))
        },
    ),
];

/// The text has this answer, which is not its echo, and the client is done.
fn replied(hearing: &mut Hearing<'_>, mut guest: Guest, reply: &str) -> Outcome {
    guest.send(octets::frame(b'R', reply.as_bytes()))?;
    guest.note_answered("hola");
    guest.part()?;
    hearing.succeeds()
}

/// A client that waits for a REPLY gets these octets instead.
fn fault(hearing: &mut Hearing<'_>, octets: &[u8]) -> Outcome {
    let mut guest = awaiting_reply(hearing)?;
    guest.send(octets)?;
    breaks_off(hearing, guest, "a fault of the server")
}

/// A client that waits for CONTINUE gets these octets instead.
fn upload_fault(hearing: &mut Hearing<'_>, octets: &[u8]) -> Outcome {
    let (mut guest, ..) = filed(hearing, 2500)?;
    guest.send(octets)?;
    breaks_off(hearing, guest, "a fault of the server")
}
