//! Where the fields of a client's octets end: of its line, and of each frame after it.
//!
//! The octets need not be right: a length is believed, and a payload that is not of its
//! layout has fewer fields.

use crate::wire::{FrameType, Header};

/// Follows the octets of a connection from the first on.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Line,
    Header { so_far: [u8; Header::LEN], len: usize },
    Payload(Payload),
}

#[derive(Clone, Copy, Debug)]
struct Payload {
    kind: u8,
    length: u64,
    /// How much of it has come.
    came: u64,
    /// The last two octets of it.
    last: u16,
    /// Of a FILE: the length of its source, once that has come.
    source: u64,
}

impl Fields {
    pub(super) const fn new() -> Self {
        Self { place: Place::Line }
    }

    /// Takes the next octet; whether a field ends with it, or the half of a number or name.
    pub(super) fn ends_with(&mut self, octet: u8) -> bool {
        match &mut self.place {
            Place::Line => {
                if octet == b'\n' {
                    self.place = NEXT;
                }
                matches!(octet, b'/' | b' ' | b'=' | b'\n')
            }
            Place::Header { so_far, len } => {
                if let Some(place) = so_far.get_mut(*len) {
                    *place = octet;
                }
                *len += 1;
                let ends = matches!(*len, 1 | 3 | 5);
                if let (true, Some(header)) = (*len == Header::LEN, Header::parse(so_far)) {
                    self.place = Payload::after(header);
                }
                ends
            }
            Place::Payload(payload) => {
                let ends = payload.ends_with(octet);
                if payload.came == payload.length {
                    self.place = NEXT;
                }
                ends
            }
        }
    }
}

/// What follows a line and a frame.
const NEXT: Place = Place::Header { so_far: [0; Header::LEN], len: 0 };

impl Payload {
    fn after(header: Header) -> Place {
        match header.length {
            0 => NEXT,
            length => Place::Payload(Self {
                kind: header.kind,
                length: length.into(),
                came: 0,
                last: 0,
                source: 0,
            }),
        }
    }

    fn ends_with(&mut self, octet: u8) -> bool {
        self.came += 1;
        self.last = self.last << 8 | u16::from(octet);
        if self.came == self.length {
            return true;
        }
        match FrameType::from_octet(self.kind) {
            Some(FrameType::File) => self.ends_in_file(),
            // The size, and inside it; the digest, and inside it.
            Some(FrameType::End) => matches!(self.came, 4 | 8 | 10),
            // Inside a character of several octets.
            Some(FrameType::Text) => octet >= 0xC0 || self.came == 1,
            _ => self.came == 1 || self.came == self.length / 2,
        }
    }

    /// flags 1, digest 1, size 8, length 2, source, length 2, destination.
    fn ends_in_file(&mut self) -> bool {
        if self.came == 12 {
            self.source = self.last.into();
        }
        let destination = 12 + self.source;
        match self.came {
            1 | 2 | 6 | 10 | 11 | 12 => true,
            came => {
                came == 12 + self.source / 2
                    || came == destination
                    || came == destination + 1
                    || came == destination + 2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::octets::{self, RawFile};

    fn pieces(octets: &[u8]) -> Vec<&[u8]> {
        let mut fields = Fields::new();
        octets.split_inclusive(|&octet| fields.ends_with(octet)).collect()
    }

    fn frame_pieces(frame: &[u8]) -> Vec<Vec<u8>> {
        let octets = [b"\n", frame].concat();
        let pieces = pieces(&octets);
        pieces[1..].iter().map(|piece| piece.to_vec()).collect()
    }

    #[test]
    fn a_line_ends_its_keys_its_values_and_itself() {
        let pieces = pieces(b"CONEXION/1 CLIENT text=9\n");
        assert_eq!(pieces, [b"CONEXION/".as_slice(), b"1 ", b"CLIENT ", b"text=", b"9\n"]);
    }

    #[test]
    fn a_file_is_cut_at_each_field_and_inside_each_number() {
        let file = RawFile {
            flags: 3,
            digest: 1,
            size: 0x0102_0304_0506_0708,
            source: b"ab".to_vec(),
            destination: b"xyz".to_vec(),
        };
        let wanted: [&[u8]; 15] = [
            b"F",
            b"\0\0",
            b"\0\x13",
            b"\x03",
            b"\x01",
            b"\x01\x02\x03\x04",
            b"\x05\x06\x07\x08",
            b"\0",
            b"\x02",
            b"a",
            b"b",
            b"\0",
            b"\x03",
            b"xyz",
            b"B",
        ];
        let octets = [file.frame(), octets::bye()].concat();
        assert_eq!(frame_pieces(&octets)[..15], wanted);
    }

    #[test]
    fn a_text_is_cut_inside_its_characters_and_an_end_inside_its_numbers() {
        let wanted: [&[u8]; 3] = [b"a", b"b\xC3", b"\xB1"];
        assert_eq!(frame_pieces(&octets::text("abñ"))[3..], wanted);
        let end = frame_pieces(&octets::end(1, &[1, 2, 3, 4]));
        let wanted: [&[u8]; 4] = [&[0; 4], b"\0\0\0\x01", b"\x01\x02", b"\x03\x04"];
        assert_eq!(end[3..], wanted);
    }

    #[test]
    fn a_payload_that_lies_is_followed_to_its_length() {
        let file = octets::frame(b'F', &[0xFF; 30]);
        let pieces = frame_pieces(&[file, octets::bye()].concat());
        assert_eq!(pieces.last().map(Vec::as_slice), Some(b"\0\0".as_slice()));
        assert!(pieces.iter().any(|piece| piece == b"B"));
    }
}
