//! Single frames: their headers and payloads (chapter 4).

use super::{Bounds, Decoded, Digest, Message, Side, is_destination, is_source};

/// A header that its receiver does not refuse, with the length of the payload.
pub(super) enum Header {
    Ignorable(usize),
    Known(u8, usize),
}

/// `frame.layout`, `frame.judged-early`: the header is judged when five octets are there, the
/// payload when it is whole.
pub(crate) fn frame(octets: &[u8], sender: Side, bounds: Bounds, digest: Digest) -> Decoded {
    let allowed: &[u8] = match sender {
        Side::Client => b"TFDEAB",
        Side::Server => b"RCSXB",
    };
    let Some((first, rest)) = octets.split_first_chunk() else {
        return Decoded::NeedMore(5 - octets.len());
    };
    match header(*first, allowed, bounds) {
        Err(code) => Decoded::Refused(code),
        Ok(Header::Ignorable(length) | Header::Known(_, length)) if rest.len() < length => {
            Decoded::NeedMore(length - rest.len())
        }
        Ok(Header::Ignorable(length)) => Decoded::Ignored(5 + length),
        Ok(Header::Known(kind, length)) => match payload(kind, &rest[..length], digest) {
            Ok(message) => Decoded::Frame(message, 5 + length),
            Err(code) => Decoded::Refused(code),
        },
    }
}

/// `frame.judged-in-order`: the seven checks, one after the other. `allowed` are the types that
/// the sender may send and that the receiver's state allows.
pub(super) fn header(octets: [u8; 5], allowed: &[u8], bounds: Bounds) -> Result<Header, u16> {
    let [kind, length @ ..] = octets;
    let length = u32::from_be_bytes(length) as usize; // `frame.length-unsigned`
    let (least, most) = match kind {
        b'T' | b'R' => (0, bounds.text),
        b'F' => (14, 2062),
        b'C' => (12, 12),
        b'D' => (1, bounds.chunk),
        b'E' | b'S' => (8, 72),
        b'X' => (2, 1026),
        _ => (0, 0), // ABORT and BYE; no other type comes as far as its bounds.
    };
    if !kind.is_ascii_alphabetic() {
        Err(101) // `frame.type-letter`
    } else if kind.is_ascii_lowercase() && length <= 65536 {
        Ok(Header::Ignorable(length)) // `frame.ignorable`
    } else if kind.is_ascii_lowercase() {
        Err(102) // `frame.ignorable-length`
    } else if !b"TRFCDESAXB".contains(&kind) {
        Err(103) // `frame.unknown-critical`
    } else if !allowed.contains(&kind) {
        Err(104) // `frame.unexpected`
    } else if length > most {
        Err(102) // `frame.too-long`
    } else if length < least {
        Err(101) // `frame.too-short`
    } else {
        Ok(Header::Known(kind, length))
    }
}

/// What the whole payload of a known type says, or the code that refuses it: `text.utf8`, and for
/// the others see below. Its length is within the bounds of the type.
///
/// A REPLY that is not UTF-8 (`frame.payload-layout-server`) and an ERROR of no class
/// (`error.no-class`) are faults without a number; they get the 101 of a malformed frame.
pub(super) fn payload(kind: u8, octets: &[u8], digest: Digest) -> Result<Message, u16> {
    match kind {
        b'T' => utf8(octets).map(Message::Text).ok_or(200),
        b'R' => utf8(octets).map(Message::Reply).ok_or(101),
        b'F' => file(octets),
        b'C' => Ok(Message::Continue { offset: u64_at(octets, 0), crc32: u32_at(octets, 8) }),
        b'D' => Ok(Message::Data(octets.to_vec())),
        b'E' => sum(octets, digest).map(|(size, digest)| Message::End { size, digest }),
        b'S' => sum(octets, digest).map(|(size, digest)| Message::Stored { size, digest }),
        b'A' => Ok(Message::Abort),
        b'X' => match u16_at(octets, 0) {
            code @ 100..=299 => Ok(Message::Error { code, message: octets[2..].to_vec() }),
            _ => Err(101),
        },
        _ => Ok(Message::Bye),
    }
}

/// `file.judged-in-order`, as far as the octets decide: layout 101 (`frame.payload-layout`), flags
/// 218 (`file.flags`), digest 217 (`file.digest`), destination 210, source 210 (chapter 6.2). The
/// size is judged later, after the storage.
fn file(octets: &[u8]) -> Result<Message, u16> {
    let after_source = 12 + usize::from(u16_at(octets, 10));
    if after_source + 2 > octets.len() {
        return Err(101);
    }
    if after_source + 2 + usize::from(u16_at(octets, after_source)) != octets.len() {
        return Err(101);
    }
    let (flags, size) = (octets[0], u64_at(octets, 2));
    let (source, destination) = (&octets[12..after_source], &octets[after_source + 2..]);
    if flags > 3 {
        return Err(218);
    }
    let digest = match octets[1] {
        1 => Digest::Crc32,
        2 => Digest::Sha256,
        _ => return Err(217),
    };
    if !is_destination(destination) || !is_source(source) {
        return Err(210);
    }
    Ok(Message::File {
        overwrite: flags & 1 != 0,
        resume: flags & 2 != 0,
        digest,
        size: if size == u64::MAX { None } else { Some(size) },
        source: utf8(source).ok_or(210_u16)?,
        destination: utf8(destination).ok_or(210_u16)?,
    })
}

/// `frame.payload-layout`, `frame.payload-layout-server`: the size and the digest of an END or a
/// STORED. For the STORED, whose fault has no number, it is the 101 of the END too.
fn sum(octets: &[u8], digest: Digest) -> Result<(u64, Vec<u8>), u16> {
    let length = match digest {
        Digest::Crc32 => 4,
        Digest::Sha256 => 32,
    };
    if octets.len() == 8 + length {
        Ok((u64_at(octets, 0), octets[8..].to_vec()))
    } else {
        Err(101)
    }
}

/// `frame.nul-and-bom`: every character is kept.
fn utf8(octets: &[u8]) -> Option<String> {
    String::from_utf8(octets.to_vec()).ok()
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from(octets[at]) << 8 | u16::from(octets[at + 1])
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from(u16_at(octets, at)) << 16 | u32::from(u16_at(octets, at + 2))
}

fn u64_at(octets: &[u8], at: usize) -> u64 {
    u64::from(u32_at(octets, at)) << 32 | u64::from(u32_at(octets, at + 4))
}
