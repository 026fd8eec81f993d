//! The octets of the protocol: the preface line, frame headers, the layout of each
//! frame, limits, path rules and error codes; parsing and emitting, nothing else.
//!
//! # Contract
//!
//! - Every function is pure: octets in, values out. There is no clock, socket, file,
//!   thread or allocation here, and every loop is bounded by the length of its input.
//! - Parsed values borrow from the input. Emitted octets go into an [`Output`] over the
//!   caller's slice; a slice that is too short is the only way in which emitting fails,
//!   and it then writes nothing.
//! - *Needing more is a success*: [`Parse::NeedMore`] says how many octets are certainly
//!   missing, and never more than that.
//! - Nothing panics: the lints below keep indexing, unchecked arithmetic, `as`, `unwrap` and
//!   the macros that panic out.
//!
//! Speaks for chapters 3, 4, 6.1, 6.2 and 7 of `spec/protocol.md`.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod code;
mod completion;
mod digest;
mod error_frame;
mod file;
mod frame;
mod frame_type;
mod header;
mod limits;
mod output;
mod path;
mod preface;
mod reader;
mod resume_point;

use core::num::NonZeroUsize;

pub use self::code::{Class, Code};
pub use self::completion::Completion;
pub use self::digest::{Digest, DigestKind, InvalidDigest};
pub use self::error_frame::{ErrorFrame, Message};
pub use self::file::{DeclaredSize, FileError, FileRequest, Flags, SourceError, SourceName};
pub use self::frame::{Frame, FrameError, PayloadError, TextPayload};
pub use self::frame_type::FrameType;
pub use self::header::{Header, HeaderError, Judged};
pub use self::limits::{FileSize, Limits, OutOfRange, PayloadLimit, ReceiveLimits};
pub use self::output::{Output, ShortOutput};
pub use self::path::{Destination, PathError, is_excluded};
pub use self::preface::{Agent, Preface, PrefaceError, PrefaceReason, Version, parse_preface};
pub use self::resume_point::ResumePoint;

/// The octets that begin every framed connection (`detection.framed`).
pub const FRAMED_OPENING: &[u8] = b"CONEXION/";

/// The port that both sides use unless told otherwise (`connection.port`).
pub const DEFAULT_PORT: u16 = 12345;

/// A side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The side that opened the connection and makes requests.
    Client,
    /// The side that accepted the connection and answers.
    Server,
}

/// What parsing found in octets that may not be all of it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parse<T> {
    /// A whole value, and how many octets it took.
    Complete(T, usize),
    /// So far right, but at least this many octets are missing.
    NeedMore(NonZeroUsize),
}
