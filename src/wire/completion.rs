//! END and STORED: a whole file's size and digest.

use super::reader::Reader;
use super::{Digest, DigestKind, Output, ShortOutput};

/// The payload of END, as the client read the file, and of STORED, as the server wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Size of the whole file in octets.
    pub size: u64,
    /// Digest of the whole file.
    pub digest: Digest,
}

impl Completion {
    /// Parses a payload whose digest is of `kind`; `None` if it does not fill its layout
    /// exactly (`frame.payload-layout`).
    #[must_use]
    pub fn parse(payload: &[u8], kind: DigestKind) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let size = reader.u64()?;
        let digest = Digest::new(kind, reader.rest()).ok()?;
        Some(Self { size, digest })
    }

    /// Length of the payload in octets.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.digest.octets().len().saturating_add(size_of::<u64>())
    }

    pub(super) fn emit(&self, header: &[u8], out: &mut Output<'_>) -> Result<(), ShortOutput> {
        out.put_all(&[header, &self.size.to_be_bytes(), self.digest.octets()])
    }
}
