//! What went over the wire, for people: with times, cut at frames, in hexadecimal.
//!
//! It is made from the record of a conversation, so that a stored stream shows the same as
//! a run. A direction that opens as framed is a line and frames, however it was written or
//! read; any other is shown in the pieces in which it went by. Text of the peer is escaped,
//! so that it cannot move a terminal's cursor. Nothing here panics or takes more room than
//! the record does, whatever the record says.

mod stream;
mod title;

use std::fmt::{self, Write as _};

use self::stream::Stream;
use super::record::{Conversation, Party, What};
use crate::wire::{FRAMED_OPENING, Header, Preface};

/// Most octets of one item that a text shows.
const SHOWN: usize = 96;

/// Most items of one conversation that a text shows, from the beginning and from the end.
const FIRST: usize = 48;
const LAST: usize = 16;

/// A pause that parts what is no line and no frame.
const PAUSE_US: u64 = 20_000;

/// A line, a frame, other octets, or an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// When its first octet went by, in microseconds since the connection was opened.
    pub at_us: u64,
    /// Whose it is.
    pub by: Party,
    /// What it is, in a line.
    pub title: String,
    /// Its octets, as far as the record keeps them.
    pub octets: Vec<u8>,
    /// How many there were.
    pub length: u64,
    /// The event that it begins in.
    event: usize,
}

impl Conversation {
    /// What went by, decoded, in the order in which it began.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for by in [Party::Suite, Party::Target] {
            octets(&Stream::of(self, by), by, &mut items);
        }
        for (event, happened) in self.events.iter().enumerate() {
            let title = match happened.what {
                What::Octets { .. } => continue,
                What::EndOfStream => "end of stream",
                What::Reset => "the connection is broken",
            };
            let (at_us, by, title) = (happened.at_us, happened.by, title.to_owned());
            items.push(Item { at_us, by, title, octets: Vec::new(), length: 0, event });
        }
        // Stable: several items of one event stay in their order.
        items.sort_by_key(|item| item.event);
        items
    }
}

/// Cuts a direction.
fn octets(stream: &Stream, by: Party, items: &mut Vec<Item>) {
    let opening = FRAMED_OPENING.len() as u64;
    let framed = stream.octets(0, opening) == FRAMED_OPENING;
    let mut offset = 0;
    while offset < stream.len() {
        let (title, length) = match offset {
            _ if !framed => piece(stream, offset),
            0 => line(stream),
            _ => frame(stream, offset),
        };
        let length = length.clamp(1, stream.len() - offset);
        let (event, at_us) = stream.event(offset);
        let octets = stream.octets(offset, offset + length);
        items.push(Item { at_us, by, title, octets, length, event });
        offset += length;
    }
}

fn piece(stream: &Stream, offset: u64) -> (String, u64) {
    let length = stream.burst(offset, PAUSE_US).saturating_sub(offset);
    let text = title::shortened(&stream.octets(offset, offset + length));
    (format!("{} `{text}`", counted(length)), length)
}

/// The line that a framed direction begins with.
fn line(stream: &Stream) -> (String, u64) {
    let head = stream.octets(0, Preface::MAX_LEN as u64);
    match head.iter().position(|&octet| octet == b'\n') {
        Some(end) => {
            let line = head.get(..end).unwrap_or_default();
            (format!("line `{}`", title::shortened(line)), end as u64 + 1)
        }
        None => ("octets without a line's end".to_owned(), stream.len()),
    }
}

fn frame(stream: &Stream, offset: u64) -> (String, u64) {
    let rest = stream.len() - offset;
    let head = stream.octets(offset, offset.saturating_add(Header::LEN as u64));
    let Some(header) = Header::parse(&head) else {
        let title = if (head.len() as u64) < rest { "not kept" } else { "part of a header" };
        return (title.to_owned(), rest);
    };
    let start = offset + Header::LEN as u64;
    let came = u64::from(header.length).min(stream.len() - start);
    let payload = stream.octets(start, start + came);
    (title::frame(header, &payload, came), Header::LEN as u64 + came)
}

fn counted(octets: u64) -> String {
    match octets {
        1 => "1 octet".to_owned(),
        _ => format!("{octets} octets"),
    }
}

impl Item {
    /// Its octets in rows of sixteen, as hexadecimal and as ASCII, no more of them than
    /// `most`; and how many are left out.
    #[must_use]
    pub fn rows(&self, most: usize) -> (Vec<(String, String)>, u64) {
        let shown = self.octets.get(..most).unwrap_or(&self.octets);
        let row = |octets: &[u8]| {
            let mut hex = String::with_capacity(48);
            let mut ascii = String::with_capacity(16);
            for &octet in octets {
                let gap = if hex.is_empty() { "" } else { " " };
                // Writing to a String cannot fail.
                let _ = write!(hex, "{gap}{octet:02X}");
                let printable = octet.is_ascii_graphic() || octet == b' ';
                ascii.push(if printable { char::from(octet) } else { '.' });
            }
            (hex, ascii)
        };
        (shown.chunks(16).map(row).collect(), self.length - shown.len() as u64)
    }
}

/// A conversation to be shown as text. `>` is the suite's, `<` the target's.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a>(pub &'a Conversation);

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.0.items();
        if items.is_empty() {
            return writeln!(f, "nothing was sent and nothing came");
        }
        let left_out = items.len().saturating_sub(FIRST + LAST);
        for (number, item) in items.iter().enumerate() {
            if left_out == 0 || number < FIRST || number >= FIRST + left_out {
                show(item, f)?;
            } else if number == FIRST {
                writeln!(f, "  … {left_out} more, not shown")?;
            }
        }
        Ok(())
    }
}

fn show(item: &Item, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let arrow = match item.by {
        Party::Suite => '>',
        Party::Target => '<',
    };
    let (thousandths, title) = (item.at_us % 1000 / 100, &item.title);
    writeln!(f, "{arrow} {:6}.{thousandths} ms  {title}", item.at_us / 1000)?;
    let (rows, more) = item.rows(SHOWN);
    for (hex, ascii) in rows {
        writeln!(f, "    {hex:<48} {ascii}")?;
    }
    match more {
        0 => Ok(()),
        more => writeln!(f, "    … {} more", counted(more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::octets;
    use crate::conformance::transcript::{Direction, Happening, Transcript};

    fn titles(events: &[(Direction, &[u8])]) -> Vec<String> {
        let items = conversation(events).items();
        items.into_iter().map(|item| item.title).collect()
    }

    fn conversation(events: &[(Direction, &[u8])]) -> Conversation {
        let mut transcript = Transcript::new("case");
        for (direction, octets) in events {
            transcript.record(*direction, Happening::Octets(octets.to_vec()));
        }
        let mut conversation = Conversation::from(&transcript);
        // As if it had gone by at once, however busy the machine.
        conversation.events.iter_mut().for_each(|event| event.at_us = 0);
        conversation
    }

    const LINE: &[u8] = b"CONEXION/1 CLIENT\n";

    #[test]
    fn octets_are_cut_at_frames_whatever_the_writes_were() {
        let all = [LINE, &octets::text("hola"), &octets::bye()].concat();
        let one_by_one: Vec<_> = all.chunks(1).map(|octet| (Direction::Sent, octet)).collect();
        let expected = ["line `CONEXION/1 CLIENT`", "TEXT, length 4: `hola`", "BYE, length 0"];
        assert_eq!(titles(&one_by_one), expected);
        assert_eq!(titles(&[(Direction::Received, &all)]), expected);
    }

    #[test]
    fn text_of_the_peer_cannot_move_the_cursor() {
        let error = octets::frame(b'X', b"\x00\x65\x1B[2J\xFF");
        let all = [b"CONEXION/1 SERVER\n".as_slice(), &error].concat();
        let shown = Evidence(&conversation(&[(Direction::Received, &all)])).to_string();
        assert!(shown.contains("ERROR, length 7: 101 `\\u{1b}[2J\u{FFFD}`"), "{shown}");
        assert!(!shown.contains('\x1B'));
    }

    #[test]
    fn a_length_that_lies_is_shown_as_it_came() {
        let all = [LINE, &octets::header(b'T', u32::MAX), b"ab"].concat();
        let titles = titles(&[(Direction::Sent, &all)]);
        assert_eq!(titles[1], "TEXT, length 4294967295, of which 2 came");
    }

    #[test]
    fn what_does_not_open_as_framed_has_no_frames() {
        let all: [(Direction, &[u8]); 4] = [
            (Direction::Sent, b"ho"),
            (Direction::Sent, b"la\n"),
            (Direction::Received, b"T\0\0\0\x01x"),
            (Direction::Sent, b"ya"),
        ];
        let expected = ["5 octets `hola\\n`", "6 octets `T\\0\\0\\0\\u{1}x`", "2 octets `ya`"];
        assert_eq!(titles(&all), expected);
        let mut paused = conversation(&all);
        paused.events.iter_mut().skip(1).for_each(|event| event.at_us = PAUSE_US);
        assert_eq!(paused.items()[0].title, "2 octets `ho`");
    }

    #[test]
    fn frames_go_on_behind_octets_that_are_not_kept() {
        let long = octets::frame(b'D', &[b'x'; 5000]);
        let all: [(Direction, &[u8]); 3] =
            [(Direction::Sent, LINE), (Direction::Sent, &long), (Direction::Sent, &octets::bye())];
        let items = conversation(&all).items();
        assert_eq!(items[1].title, "DATA, length 5000");
        assert_eq!((items[1].octets.len(), items[1].length), (2048, 5005));
        assert_eq!(items[2].title, "BYE, length 0");
        let joined = [long, octets::bye()].concat();
        let items = conversation(&[(Direction::Sent, LINE), (Direction::Sent, &joined)]).items();
        assert_eq!((items[2].title.as_str(), items[2].length), ("not kept", 5));
    }

    #[test]
    fn a_record_that_lies_costs_nothing() {
        let mut conversation = conversation(&[(Direction::Sent, LINE), (Direction::Sent, b"D")]);
        for length in [0, 1, u64::MAX - 1, u64::MAX] {
            for (number, hex) in [(0, "zz0"), (1, "4400000001"), (0, "434f4e4558494f4e2f0a")] {
                conversation.events[number].what = What::Octets { hex: hex.to_owned(), length };
                assert!(Evidence(&conversation).to_string().len() < 1000);
            }
        }
    }

    #[test]
    fn of_very_much_the_middle_is_left_out() {
        let text = octets::text("x");
        let mut all = vec![(Direction::Sent, text.as_slice()); 1001];
        all[0].1 = LINE;
        let shown = Evidence(&conversation(&all)).to_string();
        assert!(shown.contains("  … 937 more, not shown\n"), "{shown}");
        assert_eq!(shown.matches(" ms  ").count(), FIRST + LAST);
    }
}
