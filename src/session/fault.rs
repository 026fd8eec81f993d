//! Errors of a session, by whose fault they are.

use core::fmt;

use crate::wire::{
    Code, DigestKind, FileError, FrameType, HeaderError, PayloadError, PrefaceError, ShortOutput,
    Version,
};

/// Why a session's call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The peer broke the protocol. Every later call that needs the peer returns the same.
    Peer(Fault),
    /// The caller used the session wrongly; nothing has changed.
    Misuse(Misuse),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Peer(fault)
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<ShortOutput> for Error {
    fn from(short: ShortOutput) -> Self {
        Self::Misuse(Misuse::ShortOutput(short))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(fault) => fault.fmt(f),
            Self::Misuse(misuse) => misuse.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

/// What the peer did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Octets of the peer's stream before the line or frame at fault.
    pub offset: u64,
    /// What is wrong with it.
    pub reason: FaultReason,
}

/// What is wrong with a line or frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultReason {
    /// The preface line is malformed.
    Preface(PrefaceError),
    /// The server's version is above the client's, or not spoken by it.
    Version(Version),
    /// A header was refused.
    Header(HeaderError),
    /// A payload was refused.
    Payload(PayloadError),
    /// An END or STORED whose digest has not the upload's length.
    DigestLength(DigestKind),
    /// A frame that the client's table calls a fault.
    NotDue(FrameType),
    /// A CONTINUE beyond the declared size, or above 0 where nothing can be held.
    Offset {
        /// The offset.
        offset: u64,
        /// The most that it may be.
        most: u64,
    },
    /// A CONTINUE from offset 0 whose CRC-32 is not that of no octets.
    CrcOfNothing {
        /// The CRC-32 in its place.
        crc32: u32,
    },
}

impl FaultReason {
    /// What a server answers.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Preface(_) | Self::Version(_) => Code::MALFORMED_PREFACE,
            Self::Header(error) => error.code(),
            Self::Payload(_)
            | Self::DigestLength(_)
            | Self::Offset { .. }
            | Self::CrcOfNothing { .. } => Code::MALFORMED_FRAME,
            Self::NotDue(_) => Code::UNEXPECTED_FRAME,
        }
    }
}

impl From<FileError> for FaultReason {
    fn from(error: FileError) -> Self {
        Self::Payload(PayloadError::File(error))
    }
}

impl fmt::Display for FaultReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preface(error) => error.fmt(f),
            Self::Version(version) => {
                write!(f, "version {} was not offered, or is not spoken", version.number())
            }
            Self::Header(error) => error.fmt(f),
            Self::Payload(error) => error.fmt(f),
            Self::DigestLength(kind) => {
                write!(f, "the digest has not the {} octets of {kind}", kind.digest_len())
            }
            Self::NotDue(frame) => write!(f, "{frame} answers nothing that is due"),
            Self::CrcOfNothing { crc32 } => {
                write!(f, "CONTINUE from octet 0 with the CRC-32 {crc32:08X}; of nothing it is 0")
            }
            Self::Offset { offset, most } => {
                write!(f, "CONTINUE from octet {offset}, but at most {most} can be held")
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (after {} octets of the stream)", self.reason, self.offset)
    }
}

impl core::error::Error for Fault {}

/// What the caller did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The output buffer has too little room; flush it or grow it, and call again.
    ShortOutput(ShortOutput),
    /// An answer is due first, or the one given is not the one due.
    AnswerNotDue,
    /// The code is not of the class that this call sends.
    WrongClass(Code),
    /// A digest of another kind than the upload's.
    WrongDigest(DigestKind),
    /// The session does not allow this frame now.
    NotAllowed(FrameType),
    /// The payload is longer than the peer accepts.
    TooLong {
        /// Octets of the payload.
        len: usize,
        /// Octets that the peer accepts.
        most: u32,
    },
    /// As many requests are unanswered as the session can keep in mind: read first.
    TooManyOutstanding,
    /// DATA or END before the CONTINUE that a resumed upload waits for.
    AwaitingContinue,
    /// More octets than were declared, or an END with another size.
    SizeMismatch {
        /// The size that the octets so far lead to.
        size: u64,
        /// The size that was declared or sent.
        expected: u64,
    },
    /// The session has ended.
    Ended,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortOutput(short) => short.fmt(f),
            Self::AnswerNotDue => f.write_str("this answer is not the one that is due"),
            Self::WrongClass(code) => write!(f, "{code} is not of the class that this call sends"),
            Self::WrongDigest(kind) => write!(f, "the upload's digest is not {kind}"),
            Self::NotAllowed(frame) => write!(f, "{frame} is not allowed now"),
            Self::TooLong { len, most } => {
                write!(f, "{len} octets of payload, but the peer accepts {most}")
            }
            Self::TooManyOutstanding => {
                f.write_str("too many requests are unanswered: read their answers first")
            }
            Self::AwaitingContinue => f.write_str("a resumed upload waits for CONTINUE"),
            Self::SizeMismatch { size, expected } => {
                write!(f, "{size} octets, but {expected} were declared or sent")
            }
            Self::Ended => f.write_str("the session has ended"),
        }
    }
}

impl core::error::Error for Misuse {}
