//! What the author of a target says of it: the parts that it has, its limits and timers.
//!
//! A part that is not declared is found out where that is possible, and otherwise its
//! cases are [not applicable](super::Verdict::NotApplicable). A part that is declared and
//! absent is a failure.

use std::time::Duration;

/// How much of the plain profile a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plain {
    /// None: such a connection is closed.
    Off,
    /// Texts only.
    Text,
    /// Texts and uploads.
    All,
}

/// The declared spans of a server's timers, which are those of chapter 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timers {
    /// From accept to the end of the client's line.
    pub preface: Option<Duration>,
    /// For each 1024 octets of a frame that has begun.
    pub frame: Option<Duration>,
    /// Between frames.
    pub idle: Option<Duration>,
    /// In `discard`.
    pub discard: Option<Duration>,
    /// For a peer that takes nothing.
    pub write: Option<Duration>,
    /// From the end of the server's direction to the close.
    pub close: Option<Duration>,
    /// Plain: how long a pause is quiet.
    pub quiet: Option<Duration>,
    /// Plain: how long a prefix of another opening waits.
    pub prefix: Option<Duration>,
}

/// What is declared of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// How much of plain a server speaks.
    pub plain: Option<Plain>,
    /// Whether a server ever answers RESUME with an offset above 0, or a client ever asks.
    pub resume: Option<bool>,
    /// How many connections a server takes before it answers 106.
    pub connections: Option<usize>,
    /// The spans of a server's timers.
    pub timers: Timers,
}
