//! The five octets before every payload, judged alone (chapter 4.1).

use core::fmt;

use super::{Code, FrameType, ReceiveLimits, Role};

/// A frame's type and length, as they came or as they will go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The type, known or not.
    pub kind: u8,
    /// Octets of payload: the whole range of 32 bits.
    pub length: u32,
}

/// What a header that passed its judgement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// A known frame that the state allows, with a length within its bounds.
    Take(FrameType),
    /// An unknown ignorable frame: skip its payload.
    Ignore,
}

/// Why a header was refused; the variants are in the order of judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// The type is not an ASCII letter: 101.
    TypeNotLetter {
        /// The octet in its place.
        octet: u8,
    },
    /// An ignorable frame longer than 65536: 102.
    IgnorableTooLong {
        /// Its type.
        octet: u8,
        /// Its length.
        length: u32,
    },
    /// An unknown critical frame: 103.
    UnknownCritical {
        /// Its type.
        octet: u8,
    },
    /// A known frame from the wrong side or in the wrong state: 104.
    Unexpected(FrameType),
    /// Longer than its type may be: 102.
    TooLong {
        /// Its type.
        frame: FrameType,
        /// Its length.
        length: u32,
        /// The bound.
        most: u32,
    },
    /// Shorter than its type may be: 101.
    TooShort {
        /// Its type.
        frame: FrameType,
        /// Its length.
        length: u32,
        /// The bound.
        least: u32,
    },
}

impl HeaderError {
    /// What a server answers.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::TypeNotLetter { .. } | Self::TooShort { .. } => Code::MALFORMED_FRAME,
            Self::IgnorableTooLong { .. } | Self::TooLong { .. } => Code::FRAME_TOO_LARGE,
            Self::UnknownCritical { .. } => Code::UNSUPPORTED_FRAME,
            Self::Unexpected(_) => Code::UNEXPECTED_FRAME,
        }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TypeNotLetter { octet } => {
                write!(f, "0x{octet:02X} stands where a frame's type should be")
            }
            Self::IgnorableTooLong { octet, length } => write!(
                f,
                "an ignorable frame `{}` of {length} octets, above {}",
                octet.escape_ascii(),
                Header::MAX_IGNORABLE
            ),
            Self::UnknownCritical { octet } => {
                write!(f, "a critical frame `{}` that version 1 has not", octet.escape_ascii())
            }
            Self::Unexpected(frame) => write!(f, "{frame} has no place here"),
            Self::TooLong { frame, length, most } => {
                write!(f, "{frame} of {length} octets, above {most}")
            }
            Self::TooShort { frame, length, least } => {
                write!(f, "{frame} of {length} octets, below {least}")
            }
        }
    }
}

impl core::error::Error for HeaderError {}

impl Header {
    /// Length of a header in octets.
    pub const LEN: usize = 5;

    /// The type of the ignorable frame that is set aside for keepalives, of length 0.
    pub const KEEPALIVE: u8 = b'n';

    /// Longest payload of an ignorable frame.
    pub const MAX_IGNORABLE: u32 = 65_536;

    /// The header of a known frame.
    #[must_use]
    pub const fn new(frame: FrameType, length: u32) -> Self {
        Self { kind: frame.octet(), length }
    }

    /// The header in the first five octets (`frame.layout`), or `None` if there are fewer.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let [kind, length @ ..] = *octets.first_chunk::<{ Self::LEN }>()?;
        // `frame.length-unsigned`
        Some(Self { kind, length: u32::from_be_bytes(length) })
    }

    /// The octets on the wire.
    #[must_use]
    pub const fn octets(self) -> [u8; Self::LEN] {
        let [a, b, c, d] = self.length.to_be_bytes();
        [self.kind, a, b, c, d]
    }

    /// Judges the header of a frame sent by `sender`, at a receiver with these limits in
    /// a state that allows the frames that `allowed` says.
    ///
    /// # Errors
    ///
    /// The first check of chapter 4.1 that fails (`frame.judged-in-order`).
    pub fn judge(
        self,
        sender: Role,
        limits: ReceiveLimits,
        allowed: impl FnOnce(FrameType) -> bool,
    ) -> Result<Judged, HeaderError> {
        let (octet, length) = (self.kind, self.length);
        // `frame.type-letter`
        if !octet.is_ascii_alphabetic() {
            return Err(HeaderError::TypeNotLetter { octet });
        }
        let Some(frame) = FrameType::from_octet(octet) else {
            return if octet.is_ascii_uppercase() {
                // `frame.unknown-critical`
                Err(HeaderError::UnknownCritical { octet })
            } else if length > Self::MAX_IGNORABLE {
                // `frame.ignorable-length`
                Err(HeaderError::IgnorableTooLong { octet, length })
            } else {
                // `frame.ignorable`
                Ok(Judged::Ignore)
            };
        };
        // `frame.unexpected`
        if !frame.is_sent_by(sender) || !allowed(frame) {
            return Err(HeaderError::Unexpected(frame));
        }
        let (least, most) = frame.length_bounds(limits);
        if length > most {
            // `frame.too-long`
            Err(HeaderError::TooLong { frame, length, most })
        } else if length < least {
            // `frame.too-short`
            Err(HeaderError::TooShort { frame, length, least })
        } else {
            Ok(Judged::Take(frame))
        }
    }
}
