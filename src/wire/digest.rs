//! Digests of whole files. Computing them is the work of whoever moves the octets.

use core::fmt;

/// A kind of digest (chapter 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestKind {
    /// 1: CRC-32 as in zlib; 4 octets.
    Crc32,
    /// 2: SHA-256; 32 octets.
    Sha256,
}

impl DigestKind {
    /// Both kinds, which every server supports (`file.digests-mandatory`).
    pub const ALL: [Self; 2] = [Self::Crc32, Self::Sha256];

    /// The kind of this octet, if version 1 has it (`file.digest`).
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            1 => Some(Self::Crc32),
            2 => Some(Self::Sha256),
            _ => None,
        }
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match self {
            Self::Crc32 => 1,
            Self::Sha256 => 2,
        }
    }

    /// Length of a digest of this kind, in octets.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Crc32 => 4,
            Self::Sha256 => 32,
        }
    }

    /// The name that people use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Sha256 => "sha256",
        }
    }
}

impl fmt::Display for DigestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The digest of a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// CRC-32, big-endian.
    Crc32([u8; 4]),
    /// SHA-256.
    Sha256([u8; 32]),
}

/// Octets that have not the length of a digest of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDigest {
    /// The kind that was wanted.
    pub kind: DigestKind,
    /// How many octets there were.
    pub len: usize,
}

impl Digest {
    /// A digest of `kind` with these octets.
    ///
    /// # Errors
    ///
    /// [`InvalidDigest`] if there are not as many octets as the kind has.
    pub fn new(kind: DigestKind, octets: &[u8]) -> Result<Self, InvalidDigest> {
        let error = InvalidDigest { kind, len: octets.len() };
        match kind {
            DigestKind::Crc32 => octets.try_into().map(Self::Crc32).map_err(|_| error),
            DigestKind::Sha256 => octets.try_into().map(Self::Sha256).map_err(|_| error),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> DigestKind {
        match self {
            Self::Crc32(_) => DigestKind::Crc32,
            Self::Sha256(_) => DigestKind::Sha256,
        }
    }

    /// Its octets, as they stand on the wire.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        match self {
            Self::Crc32(octets) => octets,
            Self::Sha256(octets) => octets,
        }
    }
}

/// The octets in lower-case hexadecimal.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.octets().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
