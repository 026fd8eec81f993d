//! The digest of a file, computed over the buffer that goes to the socket.

use sha2::{Digest as _, Sha256};

use crate::wire::{Digest, DigestKind};

/// A digest in the making.
pub(super) enum Hasher {
    Crc32(crc32fast::Hasher),
    Sha256(Sha256),
}

impl Hasher {
    pub(super) fn new(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
            DigestKind::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(super) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(octets),
            Self::Sha256(hasher) => hasher.update(octets),
        }
    }

    pub(super) fn finish(self) -> Digest {
        match self {
            Self::Crc32(hasher) => Digest::Crc32(hasher.finalize().to_be_bytes()),
            Self::Sha256(hasher) => Digest::Sha256(hasher.finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(kind: DigestKind, octets: &[u8]) -> String {
        let mut hasher = Hasher::new(kind);
        octets.chunks(4).for_each(|piece| hasher.update(piece));
        hasher.finish().to_string()
    }

    #[test]
    fn digests_are_those_of_the_specification() {
        assert_eq!(digest(DigestKind::Crc32, b"123456789"), "cbf43926");
        assert_eq!(digest(DigestKind::Crc32, b""), "00000000");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(DigestKind::Sha256, b"abc"), abc);
    }
}
