//! The digest of octets that the storage holds already.

use std::io::{self, Read};

use sha2::Digest as _;

use crate::digest::RunningDigest;
use crate::wire::{DigestKind, ResumePoint};

/// How much of a held file is read at once.
const READ_OCTETS: usize = 256 << 10;

/// Reads the first `octets` of the file, in one pass for both the digest and the CRC-32
/// of CONTINUE (`resume.crc`), and leaves the file where it goes on. The offset is below
/// `octets` only if the file is shorter.
pub(super) fn seeded_digest(
    kind: DigestKind,
    file: &mut impl Read,
    octets: u64,
) -> io::Result<(RunningDigest, ResumePoint)> {
    let mut digest = RunningDigest::new(kind);
    let mut crc32 = crc32fast::Hasher::new();
    let mut offset = 0;
    let mut buffer = vec![0; READ_OCTETS];
    let mut reader = file.take(octets);
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => &buffer[..read],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        crc32.update(read);
        if let RunningDigest::Sha256(hasher) = &mut digest {
            hasher.update(read);
        }
        offset += u64::try_from(read.len()).unwrap_or(u64::MAX);
    }
    if let RunningDigest::Crc32(hasher) = &mut digest {
        *hasher = crc32.clone();
    }
    Ok((digest, ResumePoint { offset, crc32: crc32.finalize() }))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{ErrorKind, Seek, Write};

    use rstest::rstest;

    use super::*;

    fn file_of(octets: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(octets).unwrap();
        file.rewind().unwrap();
        file
    }

    #[rstest]
    fn seeding_equals_having_seen_the_octets(
        #[values(DigestKind::Crc32, DigestKind::Sha256)] kind: DigestKind,
        #[values(0, 1, 262_144, 300_000)] cut: usize,
    ) {
        let octets: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
        let mut file = file_of(&octets);
        let (mut seeded, point) =
            seeded_digest(kind, &mut file, u64::try_from(cut).unwrap()).unwrap();
        assert_eq!(point.offset, cut as u64);
        assert_eq!(point.crc32, crc32fast::hash(&octets[..cut]));
        assert_eq!(file.stream_position().unwrap(), cut as u64);
        seeded.update(&octets[cut..]);
        let mut whole = RunningDigest::new(kind);
        whole.update(&octets);
        assert_eq!(seeded.value(), whole.value());
    }

    /// Fails once with each of these, then has octets.
    struct Failing(Vec<ErrorKind>, &'static [u8]);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.pop() {
                Some(kind) => Err(kind.into()),
                None => self.1.read(buffer),
            }
        }
    }

    #[test]
    fn a_read_that_was_interrupted_is_made_again_and_no_other() {
        let read = |kinds: &[ErrorKind]| {
            seeded_digest(DigestKind::Crc32, &mut Failing(kinds.to_vec(), b"abc"), 3)
        };
        assert_eq!(read(&[ErrorKind::Interrupted; 2]).unwrap().1.offset, 3);
        let error = read(&[ErrorKind::OutOfMemory, ErrorKind::Interrupted]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    }

    #[test]
    fn a_file_that_is_shorter_than_wanted_says_so() {
        let (_, point) = seeded_digest(DigestKind::Crc32, &mut file_of(b"abc"), 9).unwrap();
        assert_eq!(point, ResumePoint { offset: 3, crc32: crc32fast::hash(b"abc") });
    }
}
