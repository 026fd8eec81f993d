//! What goes into a [`Recogniser`](super::Recogniser) and what comes out (chapter 10.1).

use core::fmt;

use crate::wire::{Destination, PathError, SourceError, SourceName};

/// What has just happened on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A read has returned octets; the input ends with them.
    Delivery,
    /// Nothing has been delivered for the quiet time.
    Quiet,
    /// The stream has ended.
    EndOfStream,
}

/// An event, and what it consumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// How many octets at the front of the input are done with.
    pub consumed: usize,
    /// What they mean.
    pub event: Event<'a>,
}

/// What an original client means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Nothing yet: wait for the next cause.
    NeedMore,
    /// Text: send these octets back (`plain.echo`).
    Echo(&'a [u8]),
    /// An upload begins: handle it as a FILE with OVERWRITE, of unknown size and without
    /// a digest (`plain.upload`).
    Begin {
        /// The name that the file has at its client.
        source: SourceName<'a>,
        /// Where it is to be stored.
        destination: Destination<'a>,
    },
    /// Octets of the file, at least one.
    Data(&'a [u8]),
    /// The upload is complete: store it. There is no answer.
    End,
    /// Close without an octet (`plain.refusal`).
    Refuse(Refusal),
    /// The stream has ended inside an upload: do not store it (`plain.unfinished`).
    Unfinished,
    /// The stream has ended, and everything in it was dealt with.
    Ended,
}

/// Why a header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The server takes texts only.
    TextMode,
    /// The source breaks a rule of chapter 6.
    Source(SourceError),
    /// No rule says where the destination ends.
    NoEnd {
        /// How many places the source's extension leaves: none, or several.
        candidates: usize,
    },
    /// The destination breaks a rule of chapter 6.
    Destination(PathError),
}

impl<'a> Step<'a> {
    pub(super) const NEED_MORE: Self = Self { consumed: 0, event: Event::NeedMore };

    pub(super) const fn echo(octets: &'a [u8]) -> Self {
        Self { consumed: octets.len(), event: Event::Echo(octets) }
    }

    pub(super) const fn data(octets: &'a [u8]) -> Self {
        Self { consumed: octets.len(), event: Event::Data(octets) }
    }
}

impl Event<'_> {
    /// Whether the caller closes the connection.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refuse(_) | Self::Unfinished | Self::Ended)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextMode => f.write_str("this server takes texts only, and no uploads"),
            Self::Source(error) => error.fmt(f),
            Self::NoEnd { candidates } => write!(
                f,
                "the destination could end at {candidates} places: give it the source's \
                 extension, once, or pause after it"
            ),
            Self::Destination(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Refusal {}
