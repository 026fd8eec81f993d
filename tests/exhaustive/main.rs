//! What is small enough to be tried whole: every header in every state of both sides, every
//! line and every path of a few pieces, every character in a path. Each is held against a second
//! judge that was written from the specification and shares no code with the core.

mod client_headers;
mod judge;
#[expect(dead_code, reason = "property tests use more of it")]
#[path = "../laws/mod.rs"]
mod laws;
mod server_headers;
mod words;

use judge::{Bounds, Judgement};

/// What comes right behind each header: a payload that no frame can be made of.
const BEHIND: [u8; 4] = [0xFF; 4];

/// Limits that are neither the least nor the most, and not each other's.
const CHUNK: u32 = 2048;
const TEXT: u32 = 1500;

/// The lengths at which a judgement may turn, and those that trap 32 bits.
fn lengths(bounds: &Bounds) -> Vec<u32> {
    let of_types = bounds.all().into_iter().flat_map(|(least, most)| [least, most]);
    let of_ignorable = [judge::MAX_IGNORABLE];
    let of_numbers = [1 << 31, u32::MAX - 5, u32::MAX];
    let around = |bound: u32| [bound.saturating_sub(1), bound, bound.saturating_add(1)];
    let mut lengths: Vec<u32> =
        of_types.chain(of_ignorable).chain(of_numbers).flat_map(around).collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// Every type with every length at which a judgement may turn.
fn headers(bounds: &Bounds) -> impl Iterator<Item = (u8, u32)> {
    let lengths = lengths(bounds);
    (0..=u8::MAX).flat_map(move |kind| lengths.clone().into_iter().map(move |len| (kind, len)))
}

fn octets(kind: u8, length: u32) -> Vec<u8> {
    [&[kind][..], &length.to_be_bytes(), &BEHIND].concat()
}

/// How many headers were refused for which reason, taken, or skipped: proof that the run saw
/// all of them.
#[derive(Default)]
struct Tally(std::collections::BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, judgement: Judgement) {
        *self.0.entry(format!("{judgement:?}")).or_default() += 1;
    }

    /// Prints it, and sees to it that each kind of judgement was made.
    fn conclude(&self, kinds: usize) {
        println!("{:#?}", self.0);
        assert_eq!(self.0.len(), kinds, "a kind of judgement was never made: {:?}", self.0);
    }
}
