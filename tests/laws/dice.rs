//! Choices that are the same whenever they are made again.

/// A generator of choices (`SplitMix64`).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The seed in the first eight octets, and the octets behind it.
    pub(crate) fn split(octets: &[u8]) -> (Self, &[u8]) {
        let (seed, rest) = octets.split_at(octets.len().min(8));
        let seed = seed.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
        (Self(seed), rest)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number below `sides`, which is above 0.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).expect("a usize of at most 64 bits");
        usize::try_from(self.next() % sides).expect("below a usize")
    }
}

/// Choices that octets spell out, so that a fuzzer can change one of them alone.
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A number below `sides`, which is above 0 and at most 256; 0 when nothing is left.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                usize::from(*first) % sides
            }
            None => 0,
        }
    }
}

/// Ends of segments that cut a stream of `len` octets, the last of which is `len`.
pub(crate) fn cuts(dice: &mut Dice, len: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut end = 0;
    while end < len {
        let longest = [1, 7, 64, 4096][dice.roll(4)];
        end = len.min(end + 1 + dice.roll(longest));
        ends.push(end);
    }
    ends
}
