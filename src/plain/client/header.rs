//! The header of an upload to an original server (`plain.client-header`).

use core::fmt;

use super::super::HEADER_OPENING;
use crate::wire::{Destination, Output, ShortOutput, SourceName};

/// A header that an original server understands: it cuts at each `:`.
///
/// The destination has none, since no [`Destination`] has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    source: &'a str,
    destination: Destination<'a>,
}

/// Why an upload cannot be announced to an original server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// A `:` is in the source's name, where the server would cut.
    SourceColon {
        /// Where it stands, counted in octets from the name's first.
        offset: usize,
    },
    /// The header is longer than what an original server reads at a time.
    TooLong {
        /// How many octets it would have.
        len: usize,
    },
}

impl<'a> Header<'a> {
    /// Most octets of a header.
    pub const MAX_LEN: usize = 1024;

    /// The header for a file of this name, best the last component of its path alone, to
    /// be stored at this destination.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for a `:` in the source, and for a header of more than 1024 octets.
    pub fn new(source: SourceName<'a>, destination: Destination<'a>) -> Result<Self, HeaderError> {
        let header = Self { source: source.as_str(), destination };
        if let Some(offset) = header.source.find(':') {
            return Err(HeaderError::SourceColon { offset });
        }
        let len = header.encoded_len();
        if len > Self::MAX_LEN { Err(HeaderError::TooLong { len }) } else { Ok(header) }
    }

    /// How many octets it has: 10 to 1024.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        HEADER_OPENING
            .len()
            .saturating_add(self.source.len())
            .saturating_add(1)
            .saturating_add(self.destination.as_str().len())
    }

    /// Writes the header, or nothing.
    ///
    /// # Errors
    ///
    /// [`ShortOutput`] if there is less room than [`Self::encoded_len`].
    pub fn emit(&self, out: &mut Output<'_>) -> Result<(), ShortOutput> {
        let destination = self.destination.as_str().as_bytes();
        out.put_all(&[HEADER_OPENING, self.source.as_bytes(), b":", destination])
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SourceColon { offset } => write!(
                f,
                "an original server cuts at the `:` at octet {offset} of the file's name: \
                 rename the file, or send it under another name"
            ),
            Self::TooLong { len } => write!(
                f,
                "the header would have {len} octets, above {}: shorten the file's name or the \
                 destination",
                Header::MAX_LEN
            ),
        }
    }
}

impl core::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(source: &'a str, destination: &'a str) -> Result<Header<'a>, HeaderError> {
        let source = SourceName::new(source.as_bytes()).unwrap();
        Header::new(source, Destination::new(destination.as_bytes()).unwrap())
    }

    #[test]
    fn a_header_is_what_the_original_client_sends() {
        let header = header("a.txt", "notes/a.txt").unwrap();
        let mut buffer = [0; Header::MAX_LEN];
        let mut out = Output::new(&mut buffer);
        header.emit(&mut out).unwrap();
        assert_eq!(out.written(), b"ARCHIVO:a.txt:notes/a.txt");
        assert_eq!(header.encoded_len(), out.len());
    }

    #[test]
    fn a_header_that_does_not_fit_writes_nothing() {
        let header = header("a", "b").unwrap();
        let mut buffer = [0; 11];
        let mut out = Output::new(&mut buffer[..10]);
        assert_eq!(header.emit(&mut out), Err(ShortOutput { needed: 11 }));
        assert!(out.is_empty());
        let mut out = Output::new(&mut buffer);
        assert_eq!(header.emit(&mut out), Ok(()));
        assert_eq!(out.written(), b"ARCHIVO:a:b");
    }

    #[test]
    fn plain_client_header_refuses_a_colon_in_either_name() {
        assert_eq!(header("a:b", "c"), Err(HeaderError::SourceColon { offset: 1 }));
        assert!(Destination::new(b"a:b").is_err());
    }

    #[test]
    fn plain_client_header_refuses_more_than_1024_octets() {
        let destination = format!("{0}/{0}/{0}", "d".repeat(255));
        let source = "s".repeat(1024 - 8 - 1 - destination.len());
        assert_eq!(header(&source, &destination).map(|header| header.encoded_len()), Ok(1024));
        let longer = format!("{source}s");
        assert_eq!(header(&longer, &destination), Err(HeaderError::TooLong { len: 1025 }));
    }
}
