//! A file that a case uploads, and the frames that this takes.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::octets::{self, RawFile};
use crate::wire::{Completion, DeclaredSize, Digest, DigestKind, Flags, Frame};

/// A file of known content with a destination of its own.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Where the server shall store it.
    pub destination: String,
    /// Its octets.
    pub octets: Vec<u8>,
    /// OVERWRITE and RESUME; neither to begin with.
    pub flags: Flags,
    /// crc32 to begin with.
    pub kind: DigestKind,
    /// The size in FILE; the true one to begin with.
    pub declared: DeclaredSize,
}

impl Upload {
    pub(super) fn new(destination: String, octets: Vec<u8>) -> Self {
        let declared = DeclaredSize::new(octets.len() as u64);
        let (flags, kind) = (Flags::default(), DigestKind::Crc32);
        Self { destination, octets, flags, kind, declared }
    }

    /// The same with another digest.
    #[must_use]
    pub fn with_digest(self, kind: DigestKind) -> Self {
        Self { kind, ..self }
    }

    /// The same with OVERWRITE.
    #[must_use]
    pub fn overwriting(self) -> Self {
        Self { flags: Flags { overwrite: true, ..self.flags }, ..self }
    }

    /// The same with RESUME.
    #[must_use]
    pub fn resuming(self) -> Self {
        Self { flags: Flags { resume: true, ..self.flags }, ..self }
    }

    /// The same with a size that is not said.
    #[must_use]
    pub fn of_unknown_size(self) -> Self {
        Self { declared: DeclaredSize::UNKNOWN, ..self }
    }

    /// The fields of its FILE, to be spoilt.
    pub(super) fn raw(&self) -> RawFile {
        RawFile {
            flags: self.flags.octet(),
            digest: self.kind.octet(),
            size: self.declared.number(),
            source: b"source.bin".to_vec(),
            destination: self.destination.clone().into_bytes(),
        }
    }

    /// Its FILE.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        self.raw().frame()
    }

    /// Its octets from `offset` on as DATA of at most 1024 octets, which every server takes.
    #[must_use]
    pub fn data_from(&self, offset: usize) -> Vec<u8> {
        self.data(offset..self.octets.len())
    }

    /// A range of its octets as DATA of at most 1024 octets.
    #[must_use]
    pub fn data(&self, range: std::ops::Range<usize>) -> Vec<u8> {
        self.octets[range].chunks(1024).flat_map(octets::data).collect()
    }

    /// Its END.
    #[must_use]
    pub fn end(&self) -> Vec<u8> {
        octets::emit(&Frame::End(self.completion()))
    }

    /// FILE, all of DATA and END.
    #[must_use]
    pub fn all(&self) -> Vec<u8> {
        [self.file(), self.data_from(0), self.end()].concat()
    }

    /// What END says and STORED must say.
    #[must_use]
    pub fn completion(&self) -> Completion {
        let digest = match self.kind {
            DigestKind::Crc32 => Digest::Crc32(self.crc32(self.octets.len()).to_be_bytes()),
            DigestKind::Sha256 => Digest::Sha256(Sha256::digest(&self.octets).into()),
        };
        Completion { size: self.octets.len() as u64, digest }
    }

    /// Its true size.
    #[must_use]
    pub const fn size(&self) -> DeclaredSize {
        DeclaredSize::new(self.octets.len() as u64)
    }

    /// The CRC-32 of its first octets.
    #[must_use]
    pub fn crc32(&self, len: usize) -> u32 {
        crc32fast::hash(&self.octets[..len])
    }
}

/// A size and a digest for people.
pub(super) fn describe(completion: &Completion) -> String {
    let mut text = format!("size {}, ", completion.size);
    // Writing to a String cannot fail.
    let _ = write!(text, "{} {}", completion.digest.kind(), completion.digest);
    text
}
