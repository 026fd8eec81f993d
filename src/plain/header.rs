//! A header that has begun and is not judged yet (chapter 10.1).

use super::HEADER_OPENING;
use super::destination::{LOOKED_AT, NoEnd, destination_len};
use super::event::{Cause, Event, Refusal, Step};
use crate::wire::{Destination, SourceName};

/// Octets of a header among which the `:` after the source must be.
const SOURCE_WITHIN: usize = 1032;

/// Octets with which every header is judged, if neither quiet nor the end of the stream
/// has judged it before.
pub(super) const JUDGED_WITHIN: usize = SOURCE_WITHIN.saturating_add(LOOKED_AT);

/// What is known of a header. Places are counted from the `A` of its opening, with which
/// the caller's octets begin.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Where the delivery ended that began with it.
    first_end: usize,
    /// No `:` is between the opening and this place.
    searched: usize,
    /// Where the `:` after the source is.
    source_end: Option<usize>,
}

impl Header {
    /// A header has begun in a delivery that ended after `first_end` octets.
    pub(super) const fn new(first_end: usize) -> Self {
        Self { first_end, searched: HEADER_OPENING.len(), source_end: None }
    }

    pub(super) fn advance<'a>(&mut self, input: &'a [u8], cause: Cause) -> Step<'a> {
        let waiting = cause == Cause::Delivery;
        let Some(source_end) = self.find_source_end(input) else {
            return if waiting && input.len() < SOURCE_WITHIN {
                Step::NEED_MORE
            } else {
                // `plain.header-not`
                Step::echo(input)
            };
        };
        let path_begin = source_end.saturating_add(1);
        let path = input.get(path_begin..).unwrap_or_default();
        if waiting && path.len() < LOOKED_AT {
            return Step::NEED_MORE;
        }
        let source = input.get(HEADER_OPENING.len()..source_end).unwrap_or_default();
        match judge(source, path, self.first_end.checked_sub(path_begin)) {
            Ok((source, destination)) => Step {
                consumed: path_begin.saturating_add(destination.as_str().len()),
                event: Event::Begin { source, destination },
            },
            Err(refusal) => Step { consumed: input.len(), event: Event::Refuse(refusal) },
        }
    }

    fn find_source_end(&mut self, input: &[u8]) -> Option<usize> {
        if self.source_end.is_none() {
            let head = input.get(..SOURCE_WITHIN).unwrap_or(input);
            let unsearched = head.get(self.searched..).unwrap_or_default();
            let found = unsearched.iter().position(|&octet| octet == b':');
            self.source_end = found.map(|at| self.searched.saturating_add(at));
            self.searched = head.len();
        }
        self.source_end
    }
}

/// Of a destination without an end, or one that is none, comes a refusal
/// (`plain.destination-else`).
fn judge<'a>(
    source: &'a [u8],
    path: &'a [u8],
    first_end: Option<usize>,
) -> Result<(SourceName<'a>, Destination<'a>), Refusal> {
    let source = SourceName::new(source).map_err(Refusal::Source)?;
    let len = destination_len(source.as_str(), path, first_end)
        .map_err(|NoEnd { candidates }| Refusal::NoEnd { candidates })?;
    let destination = Destination::new(path.get(..len).unwrap_or_default());
    Ok((source, destination.map_err(Refusal::Destination)?))
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::script::{Input::*, play};
    use super::*;

    fn all(script: &[super::super::script::Input]) -> Vec<String> {
        play(Mode::All, script)
    }

    #[test]
    fn a_header_is_judged_at_quiet() {
        assert_eq!(all(&[D(b"ARCHIVO:a.txt:b/c.txt")]), [""; 0]);
        assert_eq!(all(&[D(b"ARCHIVO:a.txt:b/c.txt"), Quiet]), ["begin a.txt b/c.txt"]);
    }

    #[test]
    fn a_header_is_judged_once_1025_octets_follow_its_source() {
        let mut octets = b"ARCHIVO:a.txt:b.txt".to_vec();
        octets.extend([b'\n'; 1025 - 5]);
        let short = &octets[..octets.len() - 1];
        assert_eq!(all(&[D(short)]), [""; 0]);
        let data = format!("data {}", "\\n".repeat(1020));
        assert_eq!(all(&[D(short), D(b"\n")]), ["begin a.txt b.txt", &data]);
        assert_eq!(all(&[D(&octets)]), ["begin a.txt b.txt", &data]);
    }

    #[test]
    fn a_header_is_judged_at_the_end_of_the_stream() {
        let script = [D(b"ARCHIVO:a.txt:b.txtholaFIN_ARCHIVO"), EndOfStream];
        assert_eq!(all(&script), ["begin a.txt b.txt", "data hola", "end", "ended"]);
    }

    #[test]
    fn plain_header_not_echoes_what_has_no_second_colon_by_quiet_or_end() {
        assert_eq!(all(&[D(b"ARCHIVO:"), Quiet]), ["echo ARCHIVO:"]);
        assert_eq!(all(&[D(b"ARCHIVO:a"), D(b"b"), Quiet]), ["echo ARCHIVO:ab"]);
        assert_eq!(all(&[D(b"ARCHIVO:ab"), EndOfStream]), ["echo ARCHIVO:ab", "ended"]);
    }

    #[test]
    fn plain_header_not_looks_for_the_colon_among_1032_octets() {
        let mut octets = b"ARCHIVO:".to_vec();
        octets.resize(1031, b'x');
        let with = |rest: &[u8]| [&octets, rest].concat();
        let echo = |rest| [format!("echo ARCHIVO:{}{rest}", "x".repeat(1023))];
        assert_eq!(all(&[D(&octets)]), [""; 0]);
        assert_eq!(all(&[D(&with(b"x"))]), echo("x"));
        assert_eq!(all(&[D(&with(b"x:y"))]), echo("x:y"));
        assert_eq!(all(&[D(&octets), D(b"x:y")]), echo("x:y"));
        let begin = format!("begin {} b", "x".repeat(1023));
        assert_eq!(all(&[D(&with(b":b")), Quiet]), [begin.as_str()]);
    }

    #[test]
    fn after_what_was_no_header_the_next_delivery_is_judged_anew() {
        let script = [D(b"ARCHIVO:x"), Quiet, D(b"ARCHIVO:a:b"), Quiet];
        assert_eq!(all(&script), ["echo ARCHIVO:x", "begin a b"]);
    }

    #[test]
    fn the_first_end_is_that_of_the_delivery_that_began_with_the_header() {
        let script = [D(b"ARCHIVO:a.txt:b.bin"), D(b"hola"), Quiet];
        assert_eq!(all(&script), ["begin a.txt b.bin", "data hola"]);
        let script = [D(b"ARCHIVO:a.txt:b"), D(b".bin"), D(b"hola"), Quiet];
        assert_eq!(all(&script), ["begin a.txt b", "data .binhola"]);
    }

    #[test]
    fn a_prefix_joined_with_the_next_delivery_is_one_delivery() {
        let script = [D(b"ARCHI"), D(b"VO:a.txt:b.bin"), D(b"hola"), Quiet];
        assert_eq!(all(&script), ["begin a.txt b.bin", "data hola"]);
    }

    #[test]
    fn plain_destination_else_is_refused() {
        let refused: &[(&[&[u8]], Refusal)] = &[
            (&[b"ARCHIVO:a.tx", b"t:b.bin"], Refusal::NoEnd { candidates: 0 }),
            (&[b"ARCHIVO:a.txt:b.txt.txthola"], Refusal::NoEnd { candidates: 2 }),
        ];
        for (deliveries, refusal) in refused {
            let mut script: Vec<_> = deliveries.iter().map(|octets| D(octets)).collect();
            script.push(Quiet);
            assert_eq!(all(&script), [format!("refuse {refusal}")]);
        }
    }

    #[test]
    fn plain_destination_else_refuses_what_chapter_6_refuses() {
        for octets in [
            &b"ARCHIVO:a.txt:../b.txt"[..],
            b"ARCHIVO:a.txt:/b.txt",
            b"ARCHIVO:a.txt:.conexion/b.txt",
            b"ARCHIVO:a.txt:b//c.txt",
            b"ARCHIVO:a:",
            b"ARCHIVO:\xFF.txt:b.txt",
        ] {
            let seen = all(&[D(octets), Quiet]);
            assert!(matches!(&seen[..], [one] if one.starts_with("refuse")), "{seen:?}");
        }
    }

    #[test]
    fn a_first_end_inside_a_character_is_refused() {
        let seen = all(&[D(b"ARCHIVO:a:b\xC3"), D(b"\xB1"), Quiet]);
        assert_eq!(seen, ["refuse no UTF-8 at octet 1 of the destination"]);
    }

    #[test]
    fn an_empty_source_is_allowed() {
        assert_eq!(all(&[D(b"ARCHIVO::b"), D(b"x"), Quiet]), ["begin  b", "data x"]);
    }
}
