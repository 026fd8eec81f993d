//! Names the values of a parameter with which a session fails.

use super::axis::Size;
use super::shrink::Tried;

/// Whether it holds for a size, if that can be said.
type Holds = fn(Size) -> Option<bool>;

/// What is true of the sizes of a set, and for which of them in the order of [`Size::ALL`].
/// An empty file is a multiple of every length; a server may see it otherwise.
const OF_SIZES: &[(&str, Holds)] = &[
    ("size is a multiple of `chunk`", |size| match size {
        Size::Empty => None,
        size => Some(matches!(size, Size::Chunk | Size::TwoChunks)),
    }),
    ("size is no multiple of `chunk`", |size| match size {
        Size::Empty => None,
        size => Some(!matches!(size, Size::Chunk | Size::TwoChunks)),
    }),
    ("size is above 0", |size| Some(size != Size::Empty)),
    ("size is above 1", |size| Some(!matches!(size, Size::Empty | Size::One))),
    ("size is at least `chunk`", |size| Some(size as usize >= Size::Chunk as usize)),
    ("size is above `chunk`", |size| Some(size as usize > Size::Chunk as usize)),
    ("size is below `chunk`", |size| Some((size as usize) < Size::Chunk as usize)),
    ("size is at most `chunk`", |size| Some(size as usize <= Size::Chunk as usize)),
];

/// The condition that a parameter is for a failure; none if it fails with every value, as
/// far as the values are about the same.
pub(super) fn phrase(title: &str, words: &[&str], table: &[Tried]) -> Option<String> {
    let with = |wanted: Tried| {
        let values = words.iter().zip(table).filter(move |(_, tried)| **tried == wanted);
        values.map(|(word, _)| *word).collect::<Vec<_>>()
    };
    let (fails, accepted) = (with(Tried::Fails), with(Tried::Accepted));
    if accepted.is_empty() {
        return None;
    }
    if title == "size" {
        let agrees = |holds: Holds| {
            Size::ALL.iter().zip(table).all(|(&size, &tried)| match (holds(size), tried) {
                (Some(holds), Tried::Fails) => holds,
                (Some(holds), Tried::Accepted) => !holds,
                (None, _) | (_, Tried::Other) => true,
            })
        };
        if let Some((told, _)) = OF_SIZES.iter().find(|(_, holds)| agrees(*holds)) {
            return Some((*told).to_owned());
        }
    }
    Some(match (fails.as_slice(), accepted.as_slice()) {
        ([one], _) => (*one).to_owned(),
        (_, [other]) => format!("not {other}"),
        (several, _) => several.join(" or "),
    })
}

#[cfg(test)]
mod tests {
    use super::super::axis::{Axis as _, Kind};
    use super::*;

    fn of_sizes(fails: &[Size]) -> Option<String> {
        let tried = |size| if fails.contains(size) { Tried::Fails } else { Tried::Accepted };
        let table: Vec<Tried> = Size::ALL.iter().map(tried).collect();
        phrase("size", Size::Empty.words(), &table)
    }

    #[test]
    fn sizes_are_told_by_what_they_have_in_common() {
        use Size::{AboveChunk, BelowChunk, Chunk, Empty, Odd, One, Small, TwoChunks};
        let told = |fails: &[Size]| of_sizes(fails).expect("a condition");
        assert_eq!(told(&[Chunk, TwoChunks]), "size is a multiple of `chunk`");
        assert_eq!(told(&[Empty, Chunk, TwoChunks]), "size is a multiple of `chunk`");
        assert_eq!(told(&[AboveChunk, TwoChunks, Odd]), "size is above `chunk`");
        assert_eq!(told(&[Chunk, AboveChunk, TwoChunks, Odd]), "size is at least `chunk`");
        assert_eq!(told(&[Empty, One, Small, BelowChunk]), "size is below `chunk`");
        assert_eq!(told(&[Empty]), "size 0");
        assert_eq!(told(&[One, Odd]), "size 1 or size twice `chunk` and 511");
        assert_eq!(of_sizes(Size::ALL), None);
    }

    #[test]
    fn other_parameters_are_told_by_their_values() {
        let words = Kind::Crc32.words();
        let told = |table: [Tried; 2]| phrase("digest", words, &table);
        assert_eq!(told([Tried::Accepted, Tried::Fails]).as_deref(), Some("digest sha256"));
        assert_eq!(told([Tried::Fails, Tried::Fails]), None);
        assert_eq!(told([Tried::Other, Tried::Fails]), None);
    }
}
