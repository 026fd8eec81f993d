//! The octets of an open upload: which are the file's, and where it ends (chapter 10.1).
//!
//! At most one mark is open at a time, since a second one in its tail makes it data. An
//! upload therefore keeps back either the beginning of a mark, at most 10 octets, or a
//! whole mark with its tail, at most 11 + 1024. All else is released at once. Nothing in
//! here depends on where deliveries end.

use super::event::{Cause, Event, Step};
use super::{HEADER_OPENING, MARK, MarkScanner};

/// Most octets of a tail with which a mark can end an upload at quiet.
const LONGEST_TAIL: usize = 1024;

/// An open upload; the octets that it keeps back are the first of the caller's.
#[derive(Clone, Debug, Default)]
pub(super) struct Upload {
    /// What is known of the mark with which the caller's octets begin, if they do.
    mark: Option<Tail>,
}

/// The tail of an open mark, as far as it has been looked at.
#[derive(Clone, Debug, Default)]
struct Tail {
    /// How many of its octets `scanner` has seen.
    seen: usize,
    /// How many of its first octets are whole characters.
    valid: usize,
    /// Looks for another mark.
    scanner: MarkScanner,
}

enum Fate {
    /// The mark ends the upload.
    End,
    /// It may still do so.
    Open,
    /// It is octets of the file.
    Data,
}

impl Upload {
    pub(super) fn advance<'a>(&mut self, input: &'a [u8], cause: Cause) -> Step<'a> {
        let mark = match &mut self.mark {
            Some(mark) => mark,
            None => match self.release(input, 0) {
                (data, _) if !data.is_empty() => return Step::data(data),
                (_, Some(mark)) => mark,
                (_, None) => return held_back(input, cause),
            },
        };
        let (_, tail) = input.split_at_checked(MARK.len()).unwrap_or_default();
        match mark.fate(tail, cause) {
            Fate::End => Step { consumed: MARK.len(), event: Event::End },
            Fate::Open => held_back(input, cause),
            // `plain.mark-is-data`
            Fate::Data => Step::data(self.release(input, MARK.len()).0),
        }
    }

    /// The octets up to the next mark, or up to what may become one, looking for it from
    /// `from` on; and that mark if it is whole.
    fn release<'a>(&mut self, input: &'a [u8], from: usize) -> (&'a [u8], Option<&mut Tail>) {
        let mut scanner = MarkScanner::new();
        let found = scanner.scan(input.get(from..).unwrap_or_default());
        let len = match found {
            Some(end) => from.saturating_add(end).saturating_sub(MARK.len()),
            None => input.len().saturating_sub(scanner.matched()),
        };
        self.mark = found.map(|_| Tail::default());
        (input.get(..len).unwrap_or_default(), self.mark.as_mut())
    }
}

/// Waits for more, or ends an upload that has no end (`plain.unfinished`).
const fn held_back(input: &[u8], cause: Cause) -> Step<'_> {
    match cause {
        Cause::Delivery | Cause::Quiet => Step::NEED_MORE,
        Cause::EndOfStream => Step { consumed: input.len(), event: Event::Unfinished },
    }
}

impl Tail {
    fn fate(&mut self, tail: &[u8], cause: Cause) -> Fate {
        // `plain.end-at-header`
        if tail.starts_with(HEADER_OPENING) {
            return Fate::End;
        }
        if tail.len() > LONGEST_TAIL || !self.may_become_text(tail) {
            return Fate::Data;
        }
        match cause {
            // `plain.end-at-quiet`
            Cause::Quiet if self.valid == tail.len() => Fate::End,
            // `plain.end-at-eof`
            Cause::EndOfStream if tail.is_empty() => Fate::End,
            Cause::Delivery | Cause::Quiet | Cause::EndOfStream => Fate::Open,
        }
    }

    /// Whether `tail`, or it and some further octets, is UTF-8 of at most 1024 octets
    /// without a mark. Looks only at what has come since it was last asked.
    fn may_become_text(&mut self, tail: &[u8]) -> bool {
        let unseen = tail.get(self.seen..).unwrap_or_default();
        self.seen = tail.len();
        if self.scanner.scan(unseen).is_some() {
            return false;
        }
        let unjudged = tail.get(self.valid..).unwrap_or_default();
        let Err(error) = core::str::from_utf8(unjudged) else {
            self.valid = tail.len();
            return true;
        };
        self.valid = self.valid.saturating_add(error.valid_up_to());
        // A character that is cut off can only be completed if there is room for it.
        let first = unjudged.get(error.valid_up_to()).copied().unwrap_or_default();
        error.error_len().is_none()
            && self.valid.saturating_add(character_len(first)) <= LONGEST_TAIL
    }
}

/// How many octets a character has whose first octet is this, and which has more than that.
const fn character_len(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::script::{Input, Input::*, play};

    /// What comes of a script inside an upload that has just begun.
    fn inside(script: &[Input]) -> Vec<String> {
        let opened = [&[D(b"ARCHIVO:a:a"), Quiet], script].concat();
        let mut seen = play(Mode::All, &opened);
        assert_eq!(seen.remove(0), "begin a a");
        seen
    }

    #[test]
    fn data_without_a_mark_is_released_at_once() {
        assert_eq!(inside(&[D(b"hola")]), ["data hola"]);
        assert_eq!(inside(&[D(b"FIN_hola\xFF")]), ["data FIN_hola\\xff"]);
    }

    #[test]
    fn only_the_beginning_of_a_mark_is_kept_back() {
        assert_eq!(inside(&[D(b"holaFIN_ARCHIV")]), ["data hola"]);
        assert_eq!(inside(&[D(b"holaFIN_"), Quiet, D(b"x")]), ["data hola", "data FIN_x"]);
        assert_eq!(inside(&[D(b"FIN_F"), D(b"x")]), ["data FIN_", "data Fx"]);
    }

    #[test]
    fn plain_end_at_quiet_ends_with_an_empty_tail() {
        assert_eq!(inside(&[D(b"holaFIN_ARCHIVO")]), ["data hola"]);
        assert_eq!(inside(&[D(b"holaFIN_ARCHIVO"), Quiet]), ["data hola", "end"]);
        assert_eq!(inside(&[D(b"FIN_ARCHIVO"), Quiet]), ["end"]);
    }

    #[test]
    fn plain_end_at_quiet_takes_the_tail_for_the_next_delivery() {
        let script = [D(b"holaFIN_ARCHIVOadi\xC3\xB3s"), Quiet];
        assert_eq!(inside(&script), ["data hola", "end", "echo adi\\xc3\\xb3s"]);
        let script = [D(b"FIN_ARCHIVOARCH"), Quiet, D(b"IVO:a:b"), Quiet];
        assert_eq!(inside(&script), ["end", "echo ARCH", "echo IVO:a:b"]);
        let script = [D(b"FIN_ARCHIVOFIN_ARCHIV"), Quiet];
        assert_eq!(inside(&script), ["end", "echo FIN_ARCHIV"]);
    }

    #[test]
    fn plain_end_at_quiet_allows_a_tail_of_1024_octets_and_no_more() {
        let tail = "x".repeat(1024);
        let octets = format!("FIN_ARCHIVO{tail}");
        let echo = format!("echo {tail}");
        assert_eq!(inside(&[D(octets.as_bytes()), Quiet]), ["end", echo.as_str()]);
        let data = format!("data FIN_ARCHIVO{tail}y");
        assert_eq!(inside(&[D(octets.as_bytes()), D(b"y")]), [data.as_str()]);
        let whole = format!("{octets}y");
        assert_eq!(inside(&[D(whole.as_bytes())]), [data.as_str()]);
    }

    #[test]
    fn plain_end_at_header_ends_at_once() {
        let script = [D(b"holaFIN_ARCHIVOARCHIVO:")];
        assert_eq!(inside(&script), ["data hola", "end"]);
        let script = [D(b"holaFIN_ARCHIVOARCH"), D(b"IVO:c.d:e.d"), Quiet];
        assert_eq!(inside(&script), ["data hola", "end", "begin c.d e.d"]);
    }

    #[test]
    fn after_an_end_at_a_header_the_first_end_is_that_of_the_same_delivery() {
        let script = [D(b"FIN_ARCHIVOARCHIVO:c.d:e"), D(b"hola"), Quiet];
        assert_eq!(inside(&script), ["end", "begin c.d e", "data hola"]);
        let script = [D(b"FIN_ARCHIVOARCHIVO"), D(b":c.d:e"), D(b"hola"), Quiet];
        assert_eq!(inside(&script), ["end", "begin c.d e", "data hola"]);
    }

    #[test]
    fn plain_end_at_eof_needs_an_empty_tail() {
        let script = [D(b"holaFIN_ARCHIVO"), EndOfStream];
        assert_eq!(inside(&script), ["data hola", "end", "ended"]);
        let script = [D(b"holaFIN_ARCHIVO\n"), EndOfStream];
        assert_eq!(inside(&script), ["data hola", "unfinished"]);
    }

    #[test]
    fn plain_unfinished_upload_is_told() {
        for octets in [&b"hola"[..], b"holaFIN_ARCHIV", b"hola\xFF"] {
            let seen = inside(&[D(octets), EndOfStream]);
            assert_eq!(seen.last().map(String::as_str), Some("unfinished"), "{seen:?}");
        }
        assert_eq!(inside(&[EndOfStream]), ["unfinished"]);
    }

    #[test]
    fn plain_mark_is_data_when_another_mark_follows() {
        let script = [D(b"aFIN_ARCHIVObFIN_ARCHIVO"), Quiet];
        assert_eq!(inside(&script), ["data a", "data FIN_ARCHIVOb", "end"]);
        let script = [D(b"FIN_ARCHIVOFIN_ARCHI"), D(b"VO"), Quiet];
        assert_eq!(inside(&script), ["data FIN_ARCHIVO", "end"]);
    }

    #[test]
    fn plain_mark_is_data_as_soon_as_its_tail_cannot_be_utf8() {
        for octet in [0x80, 0xC0, 0xC1, 0xF5, 0xFF] {
            let octets = [b"FIN_ARCHIVOab".as_slice(), &[octet]].concat();
            let data = format!("data FIN_ARCHIVOab\\x{octet:02x}");
            assert_eq!(inside(&[D(&octets)]), [data]);
        }
        let script = [D(b"FIN_ARCHIVO\xE0"), D(b"\x80")];
        assert_eq!(inside(&script), ["data FIN_ARCHIVO\\xe0\\x80"]);
        let script = [D(b"FIN_ARCHIVO\xED"), D(b"\xA0")];
        assert_eq!(inside(&script), ["data FIN_ARCHIVO\\xed\\xa0"]);
    }

    #[test]
    fn a_character_cut_off_at_quiet_is_not_utf8_but_may_become_it() {
        let script = [D(b"FIN_ARCHIVOa\xC3"), Quiet];
        assert_eq!(inside(&script), [""; 0]);
        let script = [D(b"FIN_ARCHIVOa\xC3"), Quiet, D(b"\xB1"), Quiet];
        assert_eq!(inside(&script), ["end", "echo a\\xc3\\xb1"]);
        let script = [D(b"FIN_ARCHIVOa\xC3"), Quiet, D(b"a")];
        assert_eq!(inside(&script), ["data FIN_ARCHIVOa\\xc3a"]);
    }

    #[test]
    fn plain_mark_is_data_when_a_cut_off_character_has_no_room() {
        for (first, len) in [(b"\xC3", 2), (b"\xE2", 3), (b"\xF0", 4)] {
            let fits = 1024 - len;
            let octets = [b"FIN_ARCHIVO".as_slice(), &vec![b'x'; fits], first].concat();
            assert_eq!(inside(&[D(&octets)]), [""; 0]);
            let octets = [b"FIN_ARCHIVO".as_slice(), &vec![b'x'; fits + 1], first].concat();
            assert_eq!(inside(&[D(&octets)]).len(), 1);
        }
    }

    #[test]
    fn what_follows_a_mark_that_is_data_is_looked_at_again() {
        let script = [D(b"FIN_ARCHIVO\xFFFIN_ARCH"), D(b"IVO"), Quiet];
        assert_eq!(inside(&script), ["data FIN_ARCHIVO\\xff", "end"]);
        let script = [D(b"FIN_ARCHIVO\xFFbFIN_ARCHIVO"), Quiet];
        assert_eq!(inside(&script), ["data FIN_ARCHIVO\\xffb", "end"]);
    }
}
