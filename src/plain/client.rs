//! What a client needs towards an original server (chapter 10.2).
//!
//! The pure part: the octets of a header, the pieces of a text, the comparison of an
//! echo, and whether to fall back to plain at all. The caller does the rest, which is
//! most of it: it pauses for [`PAUSE_MILLISECONDS`] before and after the header, the mark
//! and each piece of a text (`plain.client-pauses`), looks for the mark in the file with
//! a [`MarkScanner`](super::MarkScanner) before it sends the header
//! (`plain.client-mark`), and sends [`PROBE`] after an upload (`plain.client-probe`).

mod echo;
mod fallback;
mod header;
mod text;

pub use self::echo::{Echo, EchoProgress};
pub use self::fallback::{Answer, judge_answer};
pub use self::header::{Header, HeaderError};
pub use self::text::{Pieces, Text, TextError};

/// How long a client pauses before and after the header, the mark and each text
/// (`plain.client-pauses`).
pub const PAUSE_MILLISECONDS: u64 = 500;

/// Most octets of a file that the original client sends in one write.
pub const BLOCK_LEN: usize = 1024;

/// Most octets of an answer that the original client reads.
pub const REPLY_LEN: usize = 1024;

/// The text whose echo is the only proof that the mark was taken (`plain.client-probe`).
///
/// Should the mark have been lost, these octets end up in the file; they are short, and
/// nothing in them can be taken for a header, for a mark, or for the beginning of one.
pub const PROBE: &str = "conexion?";

#[cfg(test)]
mod tests {
    use super::super::{Detection, HEADER_OPENING, MARK, Moment, detect};
    use super::*;

    #[test]
    fn the_probe_is_a_text_and_cannot_be_taken_for_anything_else() {
        assert!(PROBE.is_ascii() && PROBE.len() <= 16);
        assert!(PROBE.bytes().all(|octet| octet.is_ascii_graphic()));
        let first = PROBE.as_bytes()[0];
        assert!(!HEADER_OPENING.contains(&first) && !MARK.contains(&first));
        assert!(Text::new(PROBE).is_ok());
        assert_eq!(detect(PROBE.as_bytes(), Moment::Open, true), Detection::Plain);
    }
}
