//! How the octets that a case sends are cut into writes.
//!
//! What a peer answers must not depend on it (`frame.split-invariance`), so every case can
//! be put again in each segmentation: it is then a case of its own, named
//! `ID@SEGMENTATION`. TCP may join what was cut, and mostly does where the pieces follow each
//! other at once; only where time passes between them the peer reads them one by one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::Fields;

/// How the octets that a case sends are cut into writes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Segmentation {
    /// As the case hands them over.
    #[default]
    Whole,
    /// Each octet in a write of its own, with a pause after each of the first, which are a
    /// line and a header.
    Octets,
    /// Cut at each field of a line and of a frame, and inside each number.
    Fields,
    /// Held back until the case waits for something, and sent in one write then.
    Joined,
    /// Cut as [`Self::Fields`] are, with a pause of [`super::Settings::pause`] after each.
    Paused,
}

impl Segmentation {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Whole, Self::Octets, Self::Fields, Self::Joined, Self::Paused];

    /// The word by which a case in it is named.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Octets => "octets",
            Self::Fields => "fields",
            Self::Joined => "joined",
            Self::Paused => "paused",
        }
    }
}

impl fmt::Display for Segmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Segmentation {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|segmentation| segmentation.word() == word).ok_or(())
    }
}

/// Most pieces of one connection. What comes after them goes whole, since by then it has no
/// beginnings that a short session has not, and each piece costs a call of the system.
const MOST_PIECES: usize = 4096;

/// Most pauses of one connection, which must not add up to a timer of the peer: of
/// [`Segmentation::Paused`], where the last ends the pieces too, and of
/// [`Segmentation::Octets`].
const MOST_PAUSES: usize = 128;
const FIRST_OCTETS: usize = 40;

/// Most pauses of all connections of a case.
pub(super) const PAUSES_OF_A_CASE: usize = 512;

/// Cuts what is sent on one connection.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    segmentation: Segmentation,
    pieces: usize,
    fields: Fields,
}

impl Cutter {
    pub(super) const fn new(segmentation: Segmentation) -> Self {
        Self { segmentation, pieces: 0, fields: Fields::new() }
    }

    pub(super) const fn segmentation(&self) -> Segmentation {
        self.segmentation
    }

    /// The next piece of what is to be sent, and what is left. The pieces of a connection
    /// must be taken in order, since a field may begin in one write and end in the next.
    pub(super) fn cut<'o>(&mut self, octets: &'o [u8]) -> (&'o [u8], &'o [u8]) {
        let most = match self.segmentation {
            Segmentation::Whole | Segmentation::Joined => 0,
            Segmentation::Octets | Segmentation::Fields => MOST_PIECES,
            Segmentation::Paused => MOST_PAUSES,
        };
        if self.pieces >= most {
            return (octets, &[]);
        }
        self.pieces += 1;
        let len = match self.segmentation {
            Segmentation::Octets => 1,
            _ => {
                octets.iter().position(|&octet| self.fields.ends_with(octet)).map_or(0, |at| at + 1)
            }
        };
        octets.split_at_checked(len.max(1)).filter(|_| len > 0).unwrap_or((octets, &[]))
    }

    /// Whether time passes after the piece that was cut last.
    pub(super) fn pauses(&self) -> bool {
        let most = match self.segmentation {
            Segmentation::Whole | Segmentation::Fields | Segmentation::Joined => 0,
            Segmentation::Octets => FIRST_OCTETS,
            Segmentation::Paused => MOST_PAUSES,
        };
        self.pieces < most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::octets;

    fn pieces(segmentation: Segmentation, sent: &[u8]) -> Vec<&[u8]> {
        let mut cutter = Cutter::new(segmentation);
        let mut rest = sent;
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let (piece, left) = cutter.cut(rest);
            pieces.push(piece);
            rest = left;
        }
        pieces
    }

    #[test]
    fn no_octet_is_lost_or_added_in_any_segmentation() {
        let frames = octets::text("¿qué tal?").repeat(700);
        let sent = [b"CONEXION/1 CLIENT text=4096\n".as_slice(), &frames].concat();
        for segmentation in Segmentation::ALL {
            assert_eq!(pieces(segmentation, &sent).concat(), sent, "{segmentation}");
        }
    }

    #[test]
    fn whole_is_one_piece_and_octets_are_one_each() {
        assert_eq!(pieces(Segmentation::Whole, b"abc"), [b"abc"]);
        assert_eq!(pieces(Segmentation::Octets, b"abc"), [b"a", b"b", b"c"]);
    }

    #[test]
    fn pieces_are_bounded() {
        let sent = vec![b'x'; 3 * MOST_PIECES];
        assert_eq!(pieces(Segmentation::Octets, &sent).len(), MOST_PIECES + 1);
        let sent = [b"\n".as_slice(), &octets::bye().repeat(1000)].concat();
        assert_eq!(pieces(Segmentation::Paused, &sent).len(), MOST_PAUSES + 1);
    }

    #[test]
    fn words_name_segmentations() {
        for segmentation in Segmentation::ALL {
            assert_eq!(segmentation.word().parse(), Ok(segmentation));
        }
        assert_eq!("each".parse::<Segmentation>(), Err(()));
    }
}
