//! Where the destination of a header ends (chapter 10.1).
//!
//! Nothing on the wire separates the destination from the file, so the end is guessed
//! from two witnesses: the extension of the source, which the destination most likely
//! has too, and the end of the delivery that began with the header.

use super::mark;
use crate::wire::{Destination, is_excluded};

/// Octets after the source's `:` that are looked at: one more than the longest
/// destination, which tells whether a `/` follows.
pub(super) const LOOKED_AT: usize = Destination::MAX_LEN.saturating_add(1);

/// The rules give the destination no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoEnd {
    /// How many candidates there are, none of which could be chosen.
    pub(super) candidates: usize,
}

/// How many octets of `path`, which is what follows the `:` after the source, are the
/// destination. `first_end` is where in `path` the delivery ended that began with the
/// header, if it did not end before.
pub(super) fn destination_len(
    source: &str,
    path: &[u8],
    first_end: Option<usize>,
) -> Result<usize, NoEnd> {
    let path = path.get(..LOOKED_AT).unwrap_or(path);
    let window = window(path);
    let first_end = first_end.filter(|&end| end <= window.len());
    let mut candidates: usize = 0;
    let mut only = None;
    let mut at_first_end = None;
    for end in candidate_ends(key(source), window, path) {
        candidates = candidates.saturating_add(1);
        only = Some(end);
        if first_end == Some(end) {
            at_first_end = first_end;
        }
    }
    let end = match candidates {
        // `plain.destination-none`
        0 => first_end,
        // `plain.destination-one`
        1 => only,
        // `plain.destination-several`
        _ => at_first_end,
    };
    end.ok_or(NoEnd { candidates })
}

/// What a destination's end most likely looks like: the extension of the source's last
/// component, or all of that component if it has none.
fn key(source: &str) -> &str {
    let component = source.rsplit(['/', '\\']).next().unwrap_or_default();
    // Where the last `.` is the first character, the part from it on is the whole.
    let begin = component.rfind('.').unwrap_or(0);
    component.get(begin..).unwrap_or_default()
}

/// The longest beginning of `path` that could be a destination by its length and its
/// characters, and that stops before a mark.
fn window(path: &[u8]) -> &[u8] {
    let most = mark::find(path).unwrap_or(path.len()).min(Destination::MAX_LEN);
    let head = path.get(..most).unwrap_or_default();
    let Some(chunk) = head.utf8_chunks().next() else { return head };
    let text = chunk.valid();
    let len = text.find(is_excluded).unwrap_or(text.len());
    head.get(..len).unwrap_or_default()
}

/// Every place in `window` where `key` ends and that no `/` follows.
fn candidate_ends(key: &str, window: &[u8], path: &[u8]) -> impl Iterator<Item = usize> {
    // `windows` has no empty windows, and an empty key has no candidates.
    let places = window.windows(key.len().max(1)).enumerate();
    places.filter(|&(_, octets)| octets == key.as_bytes()).filter_map(move |(at, octets)| {
        let end = at.saturating_add(octets.len());
        (path.get(end) != Some(&b'/')).then_some(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen<'a>(source: &str, path: &'a str, first_end: Option<usize>) -> Result<&'a str, NoEnd> {
        destination_len(source, path.as_bytes(), first_end).map(|len| &path[..len])
    }

    #[test]
    fn the_key_is_the_extension_or_the_whole_last_component() {
        let cases = [
            ("a.txt", ".txt"),
            ("a.tar.gz", ".gz"),
            ("Makefile", "Makefile"),
            (".bashrc", ".bashrc"),
            (".config.toml", ".toml"),
            ("a.b/c", "c"),
            ("a.b\\c", "c"),
            ("C\\a.b\\c.d", ".d"),
            ("a/b\\c.d", ".d"),
            ("a\\b/c.d", ".d"),
            ("a.", "."),
            (".", "."),
            ("..", "."),
            ("dir/", ""),
            ("", ""),
            ("\u{f1}.\u{e9}", ".\u{e9}"),
        ];
        for (source, expected) in cases {
            assert_eq!(key(source), expected, "{source}");
        }
    }

    #[test]
    fn the_window_stops_where_a_destination_must() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"", b""),
            (b"a/b.c", b"a/b.c"),
            (b"a:b", b"a"),
            (b"a\\b", b"a"),
            (b"a\nb", b"a"),
            (b"a\x7Fb", b"a"),
            (b"a\xC2\x85b", b"a"),
            (b"a\xC2\xA0b", b"a\xC2\xA0b"),
            (b"a\xFFb", b"a"),
            (b"a\xC3", b"a"),
            (b"aFIN_ARCHIVO", b"a"),
            (b"aFIN_ARCHIV", b"aFIN_ARCHIV"),
            (b"FIN_ARCHIVO", b""),
        ];
        for &(path, expected) in cases {
            assert_eq!(window(path), expected, "{path:?}");
        }
    }

    #[test]
    fn the_window_has_at_most_1024_octets_and_no_part_of_a_character() {
        let long = "x".repeat(1025);
        assert_eq!(window(long.as_bytes()).len(), 1024);
        let cut = format!("{}\u{e9}", "x".repeat(1023));
        assert_eq!(window(cut.as_bytes()).len(), 1023);
        let mark_at_1014 = format!("{}FIN_ARCHIVO", "x".repeat(1014));
        assert_eq!(window(mark_at_1014.as_bytes()).len(), 1014);
    }

    #[test]
    fn plain_destination_one_candidate_wins_over_the_first_end() {
        for first_end in [None, Some(0), Some(3), Some(5), Some(9)] {
            assert_eq!(chosen("a.txt", "b.txthola", first_end), Ok("b.txt"), "{first_end:?}");
        }
    }

    #[test]
    fn a_key_before_a_slash_is_no_candidate() {
        assert_eq!(chosen("a.d", "x.d/b.dhola", None), Ok("x.d/b.d"));
        assert_eq!(chosen("a.d", "x.d/b", None), Err(NoEnd { candidates: 0 }));
    }

    #[test]
    fn the_octet_after_the_window_tells_whether_a_slash_follows() {
        let path = format!("{}.d/", "x".repeat(1022));
        assert_eq!(chosen("a.d", &path, None), Err(NoEnd { candidates: 0 }));
        let path = format!("{}.dx", "x".repeat(1022));
        assert_eq!(chosen("a.d", &path, None), Ok(&path[..1024]));
        let path = format!("{}.dx", "x".repeat(1023));
        assert_eq!(chosen("a.d", &path, None), Err(NoEnd { candidates: 0 }));
    }

    #[test]
    fn plain_destination_none_ends_at_the_first_end() {
        assert_eq!(chosen("a.txt", "b.binhola", Some(5)), Ok("b.bin"));
        assert_eq!(chosen("", "b.binhola", Some(9)), Ok("b.binhola"));
        assert_eq!(chosen("a.txt", "b.bin\nhola", Some(5)), Ok("b.bin"));
        assert_eq!(chosen("a.txt", "b.bin\nhola", Some(6)), Err(NoEnd { candidates: 0 }));
        assert_eq!(chosen("a.txt", "b.binhola", None), Err(NoEnd { candidates: 0 }));
    }

    #[test]
    fn plain_destination_several_need_the_first_end() {
        let path = "b.txt.txthola";
        assert_eq!(chosen("a.txt", path, Some(5)), Ok("b.txt"));
        assert_eq!(chosen("a.txt", path, Some(9)), Ok("b.txt.txt"));
        assert_eq!(chosen("a.txt", path, Some(7)), Err(NoEnd { candidates: 2 }));
        assert_eq!(chosen("a.txt", path, None), Err(NoEnd { candidates: 2 }));
    }

    #[test]
    fn candidates_may_overlap() {
        assert_eq!(chosen("aa", "aaa", None), Err(NoEnd { candidates: 2 }));
        assert_eq!(chosen("aa", "aaa", Some(3)), Ok("aaa"));
    }

    #[test]
    fn a_key_behind_an_excluded_character_is_no_candidate() {
        assert_eq!(chosen("a.txt", "b.txt\nsee c.txt", None), Ok("b.txt"));
    }
}
