//! The end mark, and finding it in octets that come in pieces.

/// The octets after a file that say that it has ended.
pub const MARK: &[u8] = b"FIN_ARCHIVO";

const FIRST: u8 = b'F';

/// Finds the [`MARK`] in octets that come in pieces cut anywhere.
///
/// A client that scans what it is about to send sees before the first octet of a file
/// whether the file can be sent at all (`plain.client-mark`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkScanner {
    matched: usize,
}

impl MarkScanner {
    /// Nothing has been scanned.
    #[must_use]
    pub const fn new() -> Self {
        Self { matched: 0 }
    }

    /// Goes on with the next piece, up to the end of the first mark: `Some` is how many
    /// octets of the piece that took, and the scanner is then as new.
    #[must_use]
    pub fn scan(&mut self, octets: &[u8]) -> Option<usize> {
        for (index, &octet) in octets.iter().enumerate() {
            // The mark's first octet stands nowhere else in it: after an octet that does
            // not fit, no more than that one octet can be the beginning of a mark.
            self.matched = if MARK.get(self.matched) == Some(&octet) {
                self.matched.saturating_add(1)
            } else {
                usize::from(octet == FIRST)
            };
            if self.matched == MARK.len() {
                self.matched = 0;
                return Some(index.saturating_add(1));
            }
        }
        None
    }

    /// How many octets at the end of what was scanned are the beginning of a mark: 0 to 10.
    #[must_use]
    pub const fn matched(&self) -> usize {
        self.matched
    }
}

/// Where the first mark begins.
pub(super) fn find(octets: &[u8]) -> Option<usize> {
    MarkScanner::new().scan(octets).map(|end| end.saturating_sub(MARK.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octet_of_the_mark_stands_nowhere_else_in_it() {
        assert_eq!(MARK[0], FIRST);
        assert!(!MARK[1..].contains(&FIRST));
    }

    #[test]
    fn a_mark_is_found_wherever_the_octets_are_cut() {
        for text in ["xFIN_ARCHIVOy", "FIN_FIN_ARCHIVO", "FFIN_ARCHIVO", "FIN_ARCHFIN_ARCHIVO"] {
            let end = text.find("FIN_ARCHIVO").unwrap() + MARK.len();
            for cut in 0..=text.len() {
                let (one, two) = text.as_bytes().split_at(cut);
                let mut scanner = MarkScanner::new();
                let found = scanner.scan(one).or_else(|| scanner.scan(two).map(|at| cut + at));
                assert_eq!(found, Some(end), "{text} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_no_mark_is_not_found() {
        for text in ["", "fin_archivo", "FIN_ARCHIV", "FIN ARCHIVO", "FIN_ARCHIV\u{d3}"] {
            assert_eq!(MarkScanner::new().scan(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_beginning_of_a_mark_at_the_end_is_counted() {
        for (text, matched) in [("", 0), ("x", 0), ("FIN_F", 1), ("xFIN_ARCHIV", 10)] {
            let mut scanner = MarkScanner::new();
            assert_eq!(scanner.scan(text.as_bytes()), None);
            assert_eq!(scanner.matched(), matched, "{text}");
        }
    }

    #[test]
    fn marks_follow_each_other_without_a_gap() {
        let mut scanner = MarkScanner::new();
        let twice = [MARK, MARK].concat();
        assert_eq!(scanner.scan(&twice), Some(11));
        assert_eq!(scanner, MarkScanner::new());
        assert_eq!(scanner.scan(&twice[11..]), Some(11));
        assert_eq!(find(&twice[1..]), Some(10));
    }
}
