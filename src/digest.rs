//! The digest of a file while its octets pass, at either side.

use sha2::{Digest as _, Sha256};

use crate::wire::{Digest, DigestKind};

/// A digest of the octets so far.
#[derive(Clone, Debug)]
pub(crate) enum RunningDigest {
    Crc32(crc32fast::Hasher),
    Sha256(Sha256),
}

impl RunningDigest {
    pub(crate) fn new(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
            DigestKind::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(octets),
            Self::Sha256(hasher) => hasher.update(octets),
        }
    }

    pub(crate) fn value(&self) -> Digest {
        match self {
            Self::Crc32(hasher) => Digest::Crc32(hasher.clone().finalize().to_be_bytes()),
            Self::Sha256(hasher) => Digest::Sha256(hasher.clone().finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(kind: DigestKind, octets: &[u8]) -> String {
        let mut digest = RunningDigest::new(kind);
        octets.chunks(4).for_each(|piece| digest.update(piece));
        digest.value().to_string()
    }

    #[test]
    fn values_are_those_of_the_published_test_vectors() {
        assert_eq!(digest(DigestKind::Crc32, b"123456789"), "cbf43926");
        assert_eq!(digest(DigestKind::Crc32, b""), "00000000");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(DigestKind::Sha256, b"abc"), abc);
    }
}
