//! CONTINUE: from where an upload goes on.

use super::reader::Reader;
use super::{Output, ShortOutput};

/// The payload of CONTINUE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumePoint {
    /// How many octets of the file the server holds (`resume.offset`).
    pub offset: u64,
    /// The CRC-32 of those octets; 0 of none (`resume.crc`).
    pub crc32: u32,
}

impl ResumePoint {
    /// From the first octet on.
    pub const START: Self = Self { offset: 0, crc32: 0 };

    /// Length of the payload in octets.
    pub const LEN: usize = 12;

    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let (offset, crc32) = (reader.u64()?, reader.u32()?);
        reader.end()?;
        Some(Self { offset, crc32 })
    }

    pub(super) fn emit(self, header: &[u8], out: &mut Output<'_>) -> Result<(), ShortOutput> {
        out.put_all(&[header, &self.offset.to_be_bytes(), &self.crc32.to_be_bytes()])
    }
}
