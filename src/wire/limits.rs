//! Limits that a side states in its preface, valid by construction.

use core::fmt;

/// The largest payload of a kind that a side accepts: 1024 to 1048576 octets, so that no
/// other number is ever stated (`preface.number-sent`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadLimit(u32);

/// A number outside the range that the protocol gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// The number.
    pub value: u64,
    /// The least that is allowed.
    pub least: u64,
    /// The most that is allowed.
    pub most: u64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not within {} to {}", self.value, self.least, self.most)
    }
}

impl core::error::Error for OutOfRange {}

impl PayloadLimit {
    /// 1024 octets, which is also what an absent key means (`preface.absent-key`).
    pub const LEAST: Self = Self(1024);
    /// 1048576 octets.
    pub const MOST: Self = Self(1_048_576);

    /// A limit of so many octets.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] unless it is within 1024 to 1048576.
    pub const fn new(octets: u32) -> Result<Self, OutOfRange> {
        if octets < Self::LEAST.0 || octets > Self::MOST.0 {
            #[expect(clippy::as_conversions, reason = "widening, in const")]
            return Err(OutOfRange {
                value: octets as u64,
                least: Self::LEAST.0 as u64,
                most: Self::MOST.0 as u64,
            });
        }
        Ok(Self(octets))
    }

    /// The limit in octets.
    #[must_use]
    pub const fn octets(self) -> u32 {
        self.0
    }
}

/// The size of a file in octets: 0 to 2^63-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileSize(u64);

impl FileSize {
    /// 9223372036854775807 octets.
    pub const MOST: Self = Self(i64::MAX.unsigned_abs());

    /// A size of so many octets.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] above 2^63-1.
    pub const fn new(octets: u64) -> Result<Self, OutOfRange> {
        if octets > Self::MOST.0 {
            return Err(OutOfRange { value: octets, least: 0, most: Self::MOST.0 });
        }
        Ok(Self(octets))
    }

    /// The size in octets.
    #[must_use]
    pub const fn octets(self) -> u64 {
        self.0
    }
}

/// What a server accepts; it says so in its preface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest payload of DATA.
    pub chunk: PayloadLimit,
    /// Largest payload of TEXT.
    pub text: PayloadLimit,
    /// Largest file, or no stated limit.
    pub file: Option<FileSize>,
}

impl Limits {
    /// What a server-line without any key means.
    pub const ABSENT: Self =
        Self { chunk: PayloadLimit::LEAST, text: PayloadLimit::LEAST, file: None };

    /// Whether a file of so many octets is within `file`, and within what the protocol
    /// can say at all (`file.size-range`, `file.size-limit`).
    #[must_use]
    pub fn accept_file(&self, octets: u64) -> bool {
        octets <= self.file.unwrap_or(FileSize::MOST).octets()
    }
}

/// 256 KiB of DATA, 64 KiB of TEXT, and files of any size.
impl Default for Limits {
    fn default() -> Self {
        Self { chunk: PayloadLimit(262_144), text: PayloadLimit(65_536), file: None }
    }
}

/// The bounds by which a receiver judges headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveLimits {
    /// Largest payload of DATA.
    pub chunk: PayloadLimit,
    /// Largest payload of TEXT at a server, of REPLY at a client.
    pub text: PayloadLimit,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `preface.number-sent`
    #[test]
    fn limits_hold_exactly_their_range() {
        assert!(PayloadLimit::new(1023).is_err());
        assert!(PayloadLimit::new(1024).is_ok());
        assert!(PayloadLimit::new(1_048_576).is_ok());
        assert!(PayloadLimit::new(1_048_577).is_err());
        assert!(FileSize::new((1 << 63) - 1).is_ok());
        assert!(FileSize::new(1 << 63).is_err());
    }

    #[test]
    fn without_a_stated_limit_the_range_is_the_limit() {
        assert!(Limits::ABSENT.accept_file(FileSize::MOST.octets()));
        assert!(!Limits::ABSENT.accept_file(1 << 63));
        let small = Limits { file: Some(FileSize(3)), ..Limits::ABSENT };
        assert!(small.accept_file(3));
        assert!(!small.accept_file(4));
    }
}
