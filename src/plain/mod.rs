//! The plain profile: the unframed octet stream of the original programs, and how a
//! server tells the profile of a connection.
//!
//! - [`detect`] names the profile from the first octets (chapter 2).
//! - [`Recogniser`] is the server's guess at texts and uploads (chapter 10.1).
//! - [`client`] is what a client needs towards an original server (chapter 10.2).
//!
//! # Contract
//!
//! Functions of octets and state: no clock, socket, file, thread or allocation. The
//! caller keeps the octets, measures the pauses and does what the events say. Nothing
//! panics: the lints below keep indexing, unchecked arithmetic, `as` and `unwrap` out.
//!
//! Speaks for chapters 2 and 10 of `spec/protocol.md`.

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

pub mod client;
mod destination;
mod detect;
mod event;
mod header;
mod mark;
#[cfg(test)]
mod script;
mod server;
mod upload;

pub use self::detect::{
    Closed, Detection, Moment, PREFIX_WAIT_MILLISECONDS, detect, framed_opening_has_come,
};
pub use self::event::{Cause, Event, Refusal, Step};
pub use self::mark::{MARK, MarkScanner};
pub use self::server::{MIN_BUFFER, Mode, QUIET_MILLISECONDS, Recogniser};

/// The octets that begin every header.
pub const HEADER_OPENING: &[u8] = b"ARCHIVO:";
