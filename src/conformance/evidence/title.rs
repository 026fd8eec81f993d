//! What a line or a frame says, in a line for people.

use std::fmt::Write as _;

use crate::conformance::upload::describe;
use crate::wire::{Completion, Digest, FrameType, Header};

/// The title of a frame of which so much is there, behind its header.
pub(super) fn frame(header: Header, payload: &[u8], came: u64) -> String {
    let kind = FrameType::from_octet(header.kind);
    let name = kind.map_or_else(
        || format!("type `{}` (0x{:02X})", header.kind.escape_ascii(), header.kind),
        |kind| kind.name().to_owned(),
    );
    let mut title = format!("{name}, length {}", header.length);
    // Writing to a String cannot fail.
    if came < u64::from(header.length) {
        let _ = write!(title, ", of which {came} came");
    } else if payload.len() as u64 == came
        && let Some(fields) = kind.and_then(|kind| fields(kind, payload))
    {
        let _ = write!(title, ": {fields}");
    }
    title
}

/// The fields of a whole payload, if it has any that can be told.
fn fields(kind: FrameType, payload: &[u8]) -> Option<String> {
    match kind {
        FrameType::Text | FrameType::Reply => Some(format!("`{}`", shortened(payload))),
        FrameType::File => file(payload),
        FrameType::Continue => {
            let (offset, crc) = payload.split_first_chunk::<8>()?;
            let crc = u32::from_be_bytes(crc.try_into().ok()?);
            Some(format!("offset {}, CRC-32 {crc:08X}", u64::from_be_bytes(*offset)))
        }
        FrameType::End | FrameType::Stored => {
            let (size, digest) = payload.split_first_chunk::<8>()?;
            let digest = match digest.len() {
                4 => Digest::Crc32(digest.try_into().ok()?),
                32 => Digest::Sha256(digest.try_into().ok()?),
                _ => return None,
            };
            Some(describe(&Completion { size: u64::from_be_bytes(*size), digest }))
        }
        FrameType::Error => {
            let (code, message) = payload.split_first_chunk::<2>()?;
            Some(format!("{} `{}`", u16::from_be_bytes(*code), shortened(message)))
        }
        FrameType::Data | FrameType::Abort | FrameType::Bye => None,
    }
}

fn file(payload: &[u8]) -> Option<String> {
    let (&[flags, digest], rest) = payload.split_first_chunk::<2>()?;
    let (size, rest) = rest.split_first_chunk::<8>()?;
    let (source, rest) = name(rest)?;
    let (destination, _) = name(rest)?;
    let size = match u64::from_be_bytes(*size) {
        u64::MAX => "not known".to_owned(),
        size => size.to_string(),
    };
    Some(format!(
        "flags 0x{flags:02X}, digest {digest}, size {size}, source `{}`, destination `{}`",
        shortened(source),
        shortened(destination)
    ))
}

fn name(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// The beginning of a text that came from anywhere, safe for a terminal.
pub(super) fn shortened(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{}{more}", start.escape_debug())
}
