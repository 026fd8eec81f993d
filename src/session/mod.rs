//! The framed profile's two state machines, server and client.
//!
//! # Theory
//!
//! A session is a function of octets and state. The caller owns the sockets, the clock,
//! the files and every buffer; the session decides what the octets mean and which octets
//! answer them.
//!
//! ```text
//!  octets that came ──► receive(input, out) ──► Step { consumed, event }
//!                               │                          │
//!                               ▼                          ▼
//!                     own answers into `out`     the caller acts, and answers with
//!                     (refusals, BYE, ...)       reply, accept, stored, refuse, close
//! ```
//!
//! - The caller hands in *all* octets that it has not yet seen consumed, drops
//!   `consumed` octets from their front after each step, and calls again until the event
//!   is `NeedMore`, which says how many octets are certainly missing.
//! - DATA is streamed: each step hands out the part that has come, borrowed from the
//!   input. Other payloads are handed out whole.
//! - After an event that is due an answer ([`server::Event::Text`], `File`, `End`) the
//!   server session accepts nothing else until the caller has answered. So answers are in
//!   order, one for each request, by construction.
//! - End of stream and expiry are inputs of their own.
//! - Errors say whose fault it is: [`Error::Peer`], which is sticky, or
//!   [`Error::Misuse`], which changes nothing.
//!
//! The state tables are [`state::server_cell`] and [`state::client_cell`]; a test prints
//! them and compares them with the tables of `spec/protocol.md`.
//!
//! Speaks for chapters 3 to 6 of `spec/protocol.md`, as far as octets decide them.

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
mod fault;
mod input;
mod outstanding;
pub mod server;
pub mod state;

pub use self::client::Client;
pub use self::fault::{Error, Fault, FaultReason, Misuse};
pub use self::outstanding::MAX_OUTSTANDING;
pub use self::server::Server;
