//! What went over the wire, for people: hexadecimal, cut at frames, with fields and times.
//!
//! Text of the peer is escaped, so that it cannot move a terminal's cursor.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::transcript::{Direction, Happening, Transcript};
use super::upload::describe;
use crate::wire::{Completion, Digest, FrameType, Header, Preface};

/// Most octets of one item that are shown.
const SHOWN: usize = 96;

/// A transcript to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a>(pub &'a Transcript);

/// A line, a frame, or an end.
struct Item {
    at: Duration,
    direction: Direction,
    title: String,
    octets: Vec<u8>,
}

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = items(self.0, Direction::Sent);
        let mut items: Vec<Item> =
            sent.into_iter().chain(items(self.0, Direction::Received)).collect();
        items.sort_by_key(|item| item.at);
        if items.is_empty() {
            return writeln!(f, "nothing was sent and nothing came");
        }
        items.iter().try_for_each(|item| show(item, f))
    }
}

fn items(transcript: &Transcript, direction: Direction) -> Vec<Item> {
    let octets = transcript.octets(direction);
    let mut rest = octets.as_slice();
    let mut at_line = true;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (title, len) = if at_line { line(rest) } else { frame(rest) };
        at_line = false;
        let (taken, left) = rest.split_at(len.clamp(1, rest.len()));
        let at = time(transcript, direction, octets.len() - rest.len());
        items.push(Item { at, direction, title, octets: taken.to_vec() });
        rest = left;
    }
    for event in transcript.events().iter().filter(|event| event.direction == direction) {
        let title = match event.what {
            Happening::Octets(_) => continue,
            Happening::EndOfStream => "end of stream",
            Happening::Reset => "the connection is broken",
        };
        let title = title.to_owned();
        items.push(Item { at: event.at, direction, title, octets: Vec::new() });
    }
    items
}

/// When the octet at this offset went by.
fn time(transcript: &Transcript, direction: Direction, offset: usize) -> Duration {
    let mut passed = 0;
    for event in transcript.events().iter().filter(|event| event.direction == direction) {
        if let Happening::Octets(octets) = &event.what {
            passed += octets.len();
            if offset < passed {
                return event.at;
            }
        }
    }
    Duration::ZERO
}

/// What stands first: a line if there is one, else octets of no known kind.
fn line(octets: &[u8]) -> (String, usize) {
    let head = octets.get(..Preface::MAX_LEN).unwrap_or(octets);
    match head.iter().position(|&octet| octet == b'\n') {
        Some(end) => ("line".to_owned(), end + 1),
        None => ("octets without a line's end".to_owned(), octets.len()),
    }
}

fn frame(octets: &[u8]) -> (String, usize) {
    let Some(header) = Header::parse(octets) else {
        return ("part of a header".to_owned(), octets.len());
    };
    let kind = FrameType::from_octet(header.kind);
    let name = kind.map_or_else(
        || format!("type `{}` (0x{:02X})", header.kind.escape_ascii(), header.kind),
        |kind| kind.name().to_owned(),
    );
    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
    let end = Header::LEN.saturating_add(length);
    let mut title = format!("{name}, length {}", header.length);
    match octets.get(Header::LEN..end) {
        Some(payload) => {
            if let Some(fields) = kind.and_then(|kind| fields(kind, payload)) {
                // Writing to a String cannot fail.
                let _ = write!(title, ": {fields}");
            }
            (title, end)
        }
        None => (format!("{title}, of which {} came", octets.len() - Header::LEN), octets.len()),
    }
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
fn shortened(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{}{more}", start.escape_debug())
}

fn show(item: &Item, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let arrow = match item.direction {
        Direction::Sent => '>',
        Direction::Received => '<',
    };
    let milliseconds = item.at.as_secs_f64() * 1000.0;
    writeln!(f, "{arrow} {milliseconds:8.1} ms  {}", item.title)?;
    let shown = item.octets.get(..SHOWN).unwrap_or(&item.octets);
    for row in shown.chunks(16) {
        let mut hex = String::new();
        let mut ascii = String::new();
        for &octet in row {
            let _ = write!(hex, "{octet:02X} ");
            ascii.push(if octet.is_ascii_graphic() { char::from(octet) } else { '.' });
        }
        writeln!(f, "    {hex:<48} {ascii}")?;
    }
    match item.octets.len() - shown.len() {
        0 => Ok(()),
        more => writeln!(f, "    … {more} octets more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::octets;

    #[test]
    fn octets_are_cut_at_frames_whatever_the_writes_were() {
        let mut transcript = Transcript::new("case");
        let all = [b"CONEXION/1 CLIENT\n".as_slice(), &octets::text("hola"), &octets::bye()];
        for octet in all.concat() {
            transcript.record(Direction::Sent, Happening::Octets(vec![octet]));
        }
        let titles: Vec<_> =
            items(&transcript, Direction::Sent).into_iter().map(|item| item.title).collect();
        assert_eq!(titles, ["line", "TEXT, length 4: `hola`", "BYE, length 0"]);
    }

    #[test]
    fn text_of_the_peer_cannot_move_the_cursor() {
        let mut transcript = Transcript::new("case");
        let error = octets::frame(b'X', b"\x00\x65\x1B[2J\xFF");
        let octets = [b"CONEXION/1 SERVER\n".as_slice(), &error].concat();
        transcript.record(Direction::Received, Happening::Octets(octets));
        let shown = Evidence(&transcript).to_string();
        assert!(shown.contains("ERROR, length 7: 101 `\\u{1b}[2J\u{FFFD}`"), "{shown}");
        assert!(!shown.contains('\x1B'));
    }

    #[test]
    fn a_length_that_lies_is_shown_as_it_came() {
        let mut transcript = Transcript::new("case");
        let octets = [b"x\n".as_slice(), &octets::header(b'T', u32::MAX), b"ab"].concat();
        transcript.record(Direction::Sent, Happening::Octets(octets));
        let shown = Evidence(&transcript).to_string();
        assert!(shown.contains("TEXT, length 4294967295, of which 2 came"), "{shown}");
    }
}
