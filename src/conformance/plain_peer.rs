//! The server under test on a plain connection, where octets have no frames.
//!
//! What the rules of plain call a delivery is what one read has returned. The suite takes
//! it that a server's read returns what was handed over in one write, as loopback and a
//! read of 1024 octets have it, and therefore cuts no write of its own. It never takes it
//! that two writes stay apart, or that they do not: a boundary is made by waiting for what
//! the server does, and by the end of the stream.

use std::time::{Duration, Instant};

use super::connection::{Arrival, Connection};
use super::outgoing::Stuck;
use super::{Departure, Outcome};

/// How long a case waits before it asks again for what it waits for.
pub(super) const BETWEEN_QUESTIONS: Duration = Duration::from_millis(5);

/// A plain connection to the server under test.
#[derive(Debug)]
pub struct PlainPeer {
    connection: Connection,
    inbox: Vec<u8>,
    silence: Duration,
}

impl PlainPeer {
    pub(super) fn new(connection: Connection, silence: Duration) -> Self {
        Self { connection, inbox: Vec::new(), silence }
    }

    /// Sends octets in one write. A connection that breaks shows itself at the next
    /// expectation.
    ///
    /// # Errors
    ///
    /// A failure if the server takes nothing until the deadline.
    pub fn deliver(&mut self, octets: impl AsRef<[u8]>) -> Outcome {
        self.connection.send(octets.as_ref()).map_err(|Stuck| {
            Departure::fail("the server to read", "it took no octet until the deadline")
        })
    }

    /// Sends each of these in a write of its own, with a pause in which nothing may come, so
    /// that a server that reads in time reads each alone. That it does is not to be relied on.
    ///
    /// # Errors
    ///
    /// A failure if something comes in a pause, or if the server takes nothing until the
    /// deadline.
    pub fn deliver_apart(&mut self, pieces: &[&[u8]], pause: Duration) -> Outcome {
        for (number, piece) in pieces.iter().enumerate() {
            if number > 0 {
                self.expect_silence_for(pause)?;
            }
            self.deliver(piece)?;
        }
        Ok(())
    }

    /// Ends the client's direction, as a half-close does.
    pub fn shut_down(&mut self) {
        self.connection.shut_down();
    }

    /// Exactly these octets, in whatever pieces they come.
    ///
    /// # Errors
    ///
    /// A failure for others, for fewer, and for more that have come with them.
    pub fn expect_echo(&mut self, octets: impl AsRef<[u8]>) -> Outcome {
        let octets = octets.as_ref();
        let expected = || format!("the echo of {}", shown(octets));
        while self.inbox.len() < octets.len() && octets.starts_with(&self.inbox) {
            let end = match self.connection.receive(&mut self.inbox) {
                Arrival::Octets => continue,
                Arrival::EndOfStream => "end of stream",
                Arrival::Reset => "a reset",
                Arrival::Nothing => "nothing until the deadline",
            };
            let seen = match self.inbox.len() {
                0 => end.to_owned(),
                _ => format!("{} and then {end}", shown(&self.inbox)),
            };
            return Err(Departure::fail(expected(), seen));
        }
        if self.inbox == octets {
            self.inbox.clear();
            return Ok(());
        }
        Err(Departure::fail(expected(), shown(&self.inbox)))
    }

    /// Delivers a text and takes its echo: proof that the server is outside of an upload,
    /// and that all before the text was handled.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn exchange(&mut self, octets: impl AsRef<[u8]>) -> Outcome {
        self.deliver(octets.as_ref())?;
        self.expect_echo(octets)
    }

    /// The end of the connection, by a reset or not, and no octet before it.
    ///
    /// # Errors
    ///
    /// A failure if an octet comes, or nothing at all until the deadline.
    pub fn expect_closed_unanswered(&mut self) -> Outcome {
        let expected = "the end of the connection without any further octet";
        let seen = match self.inbox.len() {
            0 => match self.connection.receive(&mut self.inbox) {
                Arrival::EndOfStream | Arrival::Reset => return Ok(()),
                Arrival::Octets => shown(&self.inbox),
                Arrival::Nothing => "nothing until the deadline".to_owned(),
            },
            _ => shown(&self.inbox),
        };
        Err(Departure::fail(expected, seen))
    }

    /// No octet and no end for the time that proves silence.
    ///
    /// # Errors
    ///
    /// A failure if anything comes.
    pub fn expect_silence(&mut self) -> Outcome {
        self.expect_silence_for(self.silence)
    }

    /// No octet and no end for so long.
    ///
    /// # Errors
    ///
    /// A failure if anything comes.
    pub fn expect_silence_for(&mut self, span: Duration) -> Outcome {
        let until = Instant::now() + span;
        if self.comes_before(until) {
            return Err(Departure::fail(format!("silence for {span:?}"), self.what_came()));
        }
        Ok(())
    }

    /// Whether octets or the end come before this moment, or have come already.
    pub fn comes_before(&mut self, until: Instant) -> bool {
        let wait = until.saturating_duration_since(Instant::now());
        !self.inbox.is_empty()
            || self.connection.receive_within(&mut self.inbox, wait) != Arrival::Nothing
    }

    /// Whether octets or the end come within the moment between two questions that are asked
    /// on another connection.
    pub(super) fn comes_soon(&mut self) -> bool {
        self.comes_before(Instant::now() + BETWEEN_QUESTIONS)
    }

    /// Whether the deadline has come.
    pub(super) fn is_late(&self) -> bool {
        self.connection.is_late()
    }

    /// Whether an octet comes before the end or the deadline.
    pub(super) fn anything_comes(&mut self) -> bool {
        self.connection.receive(&mut self.inbox) == Arrival::Octets
    }

    /// What has come and no expectation has taken yet, for a report.
    #[must_use]
    pub fn what_came(&self) -> String {
        match self.inbox.len() {
            0 => "the end of the connection".to_owned(),
            _ => shown(&self.inbox),
        }
    }
}

/// The beginning of octets, for a report.
fn shown(octets: &[u8]) -> String {
    let first = octets.get(..40).unwrap_or(octets);
    let more = if first.len() < octets.len() { "…" } else { "" };
    format!("{} octets, `{}{more}`", octets.len(), first.escape_ascii())
}
