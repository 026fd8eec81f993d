//! FILE: the request to store a file (chapter 6.1).

use core::fmt;

use super::reader::Reader;
use super::{Destination, DigestKind, Output, PathError, ShortOutput};

/// The flags of a FILE; no bit but the defined ones can be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// 0x01: a file at the destination may be replaced.
    pub overwrite: bool,
    /// 0x02: go on from the octets that the server holds.
    pub resume: bool,
}

impl Flags {
    /// The flags of this octet, or `None` if an undefined bit is set (`file.flags`).
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            0x00 => Some(Self { overwrite: false, resume: false }),
            0x01 => Some(Self { overwrite: true, resume: false }),
            0x02 => Some(Self { overwrite: false, resume: true }),
            0x03 => Some(Self { overwrite: true, resume: true }),
            _ => None,
        }
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match (self.overwrite, self.resume) {
            (false, false) => 0x00,
            (true, false) => 0x01,
            (false, true) => 0x02,
            (true, true) => 0x03,
        }
    }
}

/// The size of the whole file as its client declares it; 2^64-1 says that it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeclaredSize(u64);

impl DeclaredSize {
    /// Not known.
    pub const UNKNOWN: Self = Self(u64::MAX);

    /// A declaration of so many octets; `u64::MAX` is [`Self::UNKNOWN`]. One above 2^63-1
    /// can be declared and is refused (`file.size-range`).
    #[must_use]
    pub const fn new(octets: u64) -> Self {
        Self(octets)
    }

    /// The octets declared, or `None` if the size is not known.
    #[must_use]
    pub const fn known(self) -> Option<u64> {
        if self.0 == u64::MAX { None } else { Some(self.0) }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// The name that a file has at its client: informational UTF-8 of at most 1024 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceName<'a>(&'a str);

/// Why octets are no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// More than 1024 octets.
    TooLong {
        /// How many there are.
        len: usize,
    },
    /// Not UTF-8.
    NotUtf8 {
        /// Where the well-formed part ends.
        offset: usize,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooLong { len } => {
                write!(f, "the source has {len} octets, above {}", SourceName::MAX_LEN)
            }
            Self::NotUtf8 { offset } => write!(f, "no UTF-8 at octet {offset} of the source"),
        }
    }
}

impl core::error::Error for SourceError {}

impl<'a> SourceName<'a> {
    /// Most octets of a source, received or sent (`path.client-limit`).
    pub const MAX_LEN: usize = 1024;

    /// Judges a source.
    ///
    /// # Errors
    ///
    /// [`SourceError`] for more than 1024 octets, or for octets that are not UTF-8.
    pub fn new(octets: &'a [u8]) -> Result<Self, SourceError> {
        // `path.source`
        if octets.len() > Self::MAX_LEN {
            return Err(SourceError::TooLong { len: octets.len() });
        }
        core::str::from_utf8(octets)
            .map(Self)
            .map_err(|error| SourceError::NotUtf8 { offset: error.valid_up_to() })
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// The payload of FILE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRequest<'a> {
    /// OVERWRITE and RESUME.
    pub flags: Flags,
    /// The digest that END and STORED will carry.
    pub digest: DigestKind,
    /// The size of the whole file.
    pub size: DeclaredSize,
    /// The name at the client.
    pub source: SourceName<'a>,
    /// The name at the server.
    pub destination: Destination<'a>,
}

/// Why a payload is no FILE, in the order of `file.judged-in-order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The payload does not fill its layout exactly: 101.
    Layout,
    /// An undefined flag is set: 218.
    Flags(u8),
    /// A digest that version 1 has not: 217.
    Digest(u8),
    /// A destination that breaks a rule: 210.
    Destination(PathError),
    /// A source that breaks a rule: 210.
    Source(SourceError),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout => f.write_str("the payload of FILE does not fill its layout exactly"),
            Self::Flags(octet) => write!(f, "flags 0x{octet:02X}: only 0x01 and 0x02 are defined"),
            Self::Digest(octet) => write!(f, "digest {octet}: only 1 and 2 are defined"),
            Self::Destination(error) => error.fmt(f),
            Self::Source(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for FileError {}

impl<'a> FileRequest<'a> {
    /// Parses a payload.
    ///
    /// # Errors
    ///
    /// The first failure in the order of `file.judged-in-order`, up to the source.
    pub fn parse(payload: &'a [u8]) -> Result<Self, FileError> {
        let fields = Fields::parse(payload).ok_or(FileError::Layout)?;
        let flags = Flags::from_octet(fields.flags).ok_or(FileError::Flags(fields.flags))?;
        let digest =
            DigestKind::from_octet(fields.digest).ok_or(FileError::Digest(fields.digest))?;
        let destination = Destination::new(fields.destination).map_err(FileError::Destination)?;
        let source = SourceName::new(fields.source).map_err(FileError::Source)?;
        Ok(Self { flags, digest, size: DeclaredSize(fields.size), source, destination })
    }

    /// Length of the payload in octets.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let names = self.source.0.len().saturating_add(self.destination.as_str().len());
        names.saturating_add(14)
    }

    pub(super) fn emit(&self, header: &[u8], out: &mut Output<'_>) -> Result<(), ShortOutput> {
        let (source, destination) = (self.source.0, self.destination.as_str());
        out.put_all(&[
            header,
            &[self.flags.octet(), self.digest.octet()],
            &self.size.0.to_be_bytes(),
            &name_len(source),
            source.as_bytes(),
            &name_len(destination),
            destination.as_bytes(),
        ])
    }
}

/// Both kinds of name are at most 1024 octets long by construction.
fn name_len(name: &str) -> [u8; 2] {
    u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes()
}

struct Fields<'a> {
    flags: u8,
    digest: u8,
    size: u64,
    source: &'a [u8],
    destination: &'a [u8],
}

impl<'a> Fields<'a> {
    fn parse(payload: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let (flags, digest, size) = (reader.u8()?, reader.u8()?, reader.u64()?);
        let source_len = reader.u16()?;
        let source = reader.take(usize::from(source_len))?;
        let destination_len = reader.u16()?;
        let destination = reader.take(usize::from(destination_len))?;
        reader.end()?;
        Some(Self { flags, digest, size, source, destination })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(flags: u8, digest: u8, source: &[u8], destination: &[u8]) -> Vec<u8> {
        let mut octets = vec![flags, digest];
        octets.extend(7_u64.to_be_bytes());
        for name in [source, destination] {
            octets.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
            octets.extend(name);
        }
        octets
    }

    #[test]
    fn faults_are_judged_in_order() {
        let parse = |octets: &[u8]| FileRequest::parse(octets).unwrap_err();
        let mut octets = payload(4, 3, b"\xFF", b"..");
        octets.push(0);
        assert_eq!(parse(&octets), FileError::Layout);
        assert_eq!(parse(&payload(4, 3, b"\xFF", b"..")), FileError::Flags(4));
        assert_eq!(parse(&payload(3, 3, b"\xFF", b"..")), FileError::Digest(3));
        let error = FileError::Destination(PathError::DotComponent { offset: 0 });
        assert_eq!(parse(&payload(3, 2, b"\xFF", b"..")), error);
        let error = FileError::Source(SourceError::NotUtf8 { offset: 0 });
        assert_eq!(parse(&payload(3, 2, b"\xFF", b"a")), error);
    }

    /// `path.source`, `path.client-limit`
    #[test]
    fn a_source_within_the_frame_but_above_its_bound_is_refused() {
        let octets = payload(0, 1, &[b'x'; 1025], b"a");
        let error = FileError::Source(SourceError::TooLong { len: 1025 });
        assert_eq!(FileRequest::parse(&octets), Err(error));
        assert!(FileRequest::parse(&payload(0, 1, &[b'x'; 1024], b"a")).is_ok());
    }

    #[test]
    fn every_other_flag_is_undefined() {
        let defined = (0..=255).filter(|octet| Flags::from_octet(*octet).is_some());
        assert_eq!(defined.collect::<Vec<u8>>(), [0, 1, 2, 3]);
        assert!((0..4).all(|octet| Flags::from_octet(octet).unwrap().octet() == octet));
    }
}
