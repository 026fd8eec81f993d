//! Ways to cut what comes.

/// How the octets of every step are cut into segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cut {
    Whole,
    /// In two, after so many octets.
    At(usize),
    /// Into segments of so many octets.
    Every(usize),
}

impl Cut {
    /// Octet by octet.
    pub(crate) const EACH: Self = Self::Every(1);

    /// The segments of a step.
    pub(crate) fn segments(self, octets: &[u8]) -> impl Iterator<Item = &[u8]> {
        let (first, others) = match self {
            Self::Whole => (octets.len(), usize::MAX),
            Self::At(at) => (at, usize::MAX),
            Self::Every(len) => (len, len),
        };
        let (first, rest) = octets.split_at(first.min(octets.len()));
        std::iter::once(first).chain(rest.chunks(others)).filter(|segment| !segment.is_empty())
    }

    /// Ways for steps of at most so many octets: all places where a short one can be cut,
    /// the first few of a long one, and octet by octet unless it is very long.
    pub(crate) fn all(longest: usize) -> impl Iterator<Item = Self> {
        let places = if longest <= 256 { 1..longest } else { 1..7 };
        let every = if longest <= 1 << 17 { Self::EACH } else { Self::Every(4093) };
        [Self::Whole, every].into_iter().chain(places.map(Self::At))
    }
}

#[test]
fn segments_join_to_the_whole() {
    for cut in Cut::all(9) {
        let joined: Vec<_> = cut.segments(b"123456789").flatten().copied().collect();
        assert_eq!(joined, b"123456789", "{cut:?}");
    }
    assert_eq!(Cut::EACH.segments(b"123").count(), 3);
    assert_eq!(Cut::At(1).segments(b"123").collect::<Vec<_>>(), [&b"1"[..], b"23"]);
}
