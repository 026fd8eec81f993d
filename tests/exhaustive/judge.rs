//! A second judge of headers, written from chapters 4.1 and 5 of the specification.

/// What the specification says of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Refused with this code by a server; a fault for a client.
    Refused(u16),
    /// An unknown ignorable frame.
    Skipped,
    /// A known frame that has its place and a length within its bounds.
    Taken,
}

/// `frame.ignorable`.
pub(crate) const MAX_IGNORABLE: u32 = 65_536;

/// Least and most length of each known type at a receiver (the table of chapter 4).
pub(crate) struct Bounds {
    pub(crate) chunk: u32,
    pub(crate) text: u32,
}

impl Bounds {
    pub(crate) fn of(&self, kind: u8) -> Option<(u32, u32)> {
        Some(match kind {
            b'T' | b'R' => (0, self.text),
            b'F' => (14, 2062),
            b'C' => (12, 12),
            b'D' => (1, self.chunk),
            b'E' | b'S' => (8, 72),
            b'A' | b'B' => (0, 0),
            b'X' => (2, 1026),
            _ => return None,
        })
    }

    pub(crate) fn all(&self) -> Vec<(u32, u32)> {
        (0..=u8::MAX).filter_map(|kind| self.of(kind)).collect()
    }
}

/// The seven checks in their order (`frame.judged-in-order`); `has_place` lists the types
/// that the receiver's state allows from its sender.
pub(crate) fn judge(kind: u8, length: u32, bounds: &Bounds, has_place: &[u8]) -> Judgement {
    let known = bounds.of(kind);
    if !kind.is_ascii_uppercase() && !kind.is_ascii_lowercase() {
        return Judgement::Refused(101);
    }
    if known.is_none() && kind.is_ascii_lowercase() {
        return if length <= MAX_IGNORABLE { Judgement::Skipped } else { Judgement::Refused(102) };
    }
    let Some((least, most)) = known else { return Judgement::Refused(103) };
    if !has_place.contains(&kind) {
        return Judgement::Refused(104);
    }
    if length > most {
        return Judgement::Refused(102);
    }
    if length < least {
        return Judgement::Refused(101);
    }
    Judgement::Taken
}
