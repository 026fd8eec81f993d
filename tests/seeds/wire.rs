//! Seeds of single lines, frames and paths.

use conexion::wire::{DigestKind, Frame, Limits, Parse, PayloadLimit, ReceiveLimits, Role};

use crate::files::load;
use crate::made::{GIVEN, Seed};
use crate::schema::Item;
use crate::schema::wire::{FrameResult, FrameVector, LineVector, PathVector};

/// The octets as they are.
pub(crate) fn preface() -> Vec<Seed> {
    let vectors = load::<LineVector>("preface.json").vectors;
    vectors.into_iter().map(|vector| Seed::new(vector.id, vector.octets.bytes())).collect()
}

/// The octets as they are, whether of a destination or of a source: the law judges both.
pub(crate) fn path() -> Vec<Seed> {
    let vectors = load::<PathVector>("paths.json").vectors;
    vectors.into_iter().map(|vector| Seed::new(vector.id, vector.octets.bytes())).collect()
}

/// An octet that says what the vector says of sender, digest and limits, and the frame.
pub(crate) fn frame() -> Vec<Seed> {
    let seed = |vector: FrameVector| {
        let limits = vector.limits.limits();
        let choices = [
            vector.sender.role() == Role::Server,
            vector.digest.kind() == DigestKind::Sha256,
            is_wide(limits.chunk),
            is_wide(limits.text),
        ];
        let choice = choices.iter().rev().fold(0, |sum, &bit| sum << 1 | u8::from(bit));
        Seed::new(vector.id, &[&[choice], vector.octets.bytes()].concat())
    };
    load::<FrameVector>("frames.json").vectors.into_iter().map(seed).collect()
}

/// Laws know the least limit of a payload and the greatest; every other becomes the greatest.
pub(crate) fn is_wide(limit: PayloadLimit) -> bool {
    limit != PayloadLimit::LEAST
}

/// A server's limits, as near to a vector's as laws have them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Nearest {
    pub(crate) wide_chunk: bool,
    pub(crate) wide_text: bool,
    /// The small limit of a file that laws know, and not none.
    pub(crate) small_file: bool,
}

impl Nearest {
    pub(crate) fn to(limits: Limits) -> Self {
        Self {
            wide_chunk: is_wide(limits.chunk),
            wide_text: is_wide(limits.text),
            small_file: limits.file.is_some_and(|file| file.octets() <= 9),
        }
    }
}

/// Vectors that are refused by a limit that the law has not: it is between the least and the
/// greatest.
const NOT_FOLLOWED: [&str; 3] =
    ["frame.text.above-4096", "frame.reply.above-4096", "frame.data.above-4096"];

#[test]
fn the_law_judges_frames_as_the_vectors_do() {
    let mut not = Vec::new();
    let vectors = load::<FrameVector>("frames.json").vectors;
    for (vector, seed) in vectors.into_iter().zip(&GIVEN["frame"]) {
        assert_eq!(vector.id, seed.name);
        let (choice, octets) = seed.octets.split_first().expect("a choice");
        let limit = |bit| if choice & bit == 0 { PayloadLimit::LEAST } else { PayloadLimit::MOST };
        let limits = ReceiveLimits { chunk: limit(4), text: limit(8) };
        let sender = if choice & 1 == 0 { Role::Client } else { Role::Server };
        let digest = if choice & 2 == 0 { DigestKind::Crc32 } else { DigestKind::Sha256 };
        let agrees = match (Frame::parse(octets, sender, limits, digest), &vector.result) {
            (Ok(Parse::Complete(Some(frame), _)), FrameResult::Frame(item)) => {
                Item::of(&frame) == *item
            }
            (Ok(Parse::Complete(None, _)), FrameResult::Ignored)
            | (Err(_), FrameResult::Refused(_)) => true,
            (Ok(Parse::NeedMore(more)), FrameResult::NeedMore(missing)) => more.get() == *missing,
            _ => false,
        };
        if !agrees {
            not.push(vector.id);
        }
    }
    assert_eq!(not, NOT_FOLLOWED);
}
