//! Parts of frames in octets that may not be all of them yet.

use core::num::NonZeroUsize;

/// How many octets are missing of `whole`, of which `have` are there.
pub(super) fn missing(whole: usize, have: usize) -> NonZeroUsize {
    NonZeroUsize::new(whole.saturating_sub(have)).unwrap_or(NonZeroUsize::MIN)
}

/// The part of a payload of `left` octets that stands in `input` after `header` octets,
/// and how many octets are still to come.
pub(super) fn part(left: u32, input: &[u8], header: usize) -> (&[u8], u32) {
    let there = input.get(header..).unwrap_or_default();
    let octets = there.get(..as_usize(left)).unwrap_or(there);
    let len = u32::try_from(octets.len()).unwrap_or(left);
    (octets, left.saturating_sub(len))
}

/// A length of the wire as one of memory.
pub(super) fn as_usize(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
