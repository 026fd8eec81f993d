//! What has come on a framed connection: what expectations have taken, and what they have not.

use std::time::Duration;

use super::connection::{Arrival, Connection};
use super::{Departure, Outcome};

#[derive(Debug, Default)]
pub(super) struct Inbox {
    octets: Vec<u8>,
    taken: usize,
}

impl Inbox {
    /// All octets that have come.
    pub(super) fn came(&self) -> &[u8] {
        &self.octets
    }

    /// Those that no expectation has taken yet.
    pub(super) fn unread(&self) -> &[u8] {
        self.octets.get(self.taken..).unwrap_or_default()
    }

    /// An expectation takes so many of the unread ones.
    pub(super) fn take(&mut self, len: usize) {
        self.taken += len;
    }

    /// Waits for octets until the deadline.
    pub(super) fn receive(&mut self, connection: &mut Connection) -> Arrival {
        connection.receive(&mut self.octets)
    }

    /// Waits for octets for so long, but not beyond the deadline.
    pub(super) fn receive_within(
        &mut self,
        connection: &mut Connection,
        wait: Duration,
    ) -> Arrival {
        connection.receive_within(&mut self.octets, wait)
    }

    /// Waits for octets until the deadline; anything else departs from what is expected.
    pub(super) fn expect_more(&mut self, connection: &mut Connection, expected: &str) -> Outcome {
        let seen = match self.receive(connection) {
            Arrival::Octets => return Ok(()),
            Arrival::Nothing => self.nothing(),
            Arrival::EndOfStream => "end of stream".to_owned(),
            Arrival::Reset => "a reset".to_owned(),
        };
        Err(Departure::fail(expected, seen))
    }

    /// No octet and no end for so long.
    pub(super) fn expect_silence(
        &mut self,
        connection: &mut Connection,
        wait: Duration,
        expected: String,
    ) -> Outcome {
        let seen = match self.unread().len() {
            0 => match self.receive_within(connection, wait) {
                Arrival::Nothing => return Ok(()),
                Arrival::Octets => self.first_octets(),
                Arrival::EndOfStream => "end of stream".to_owned(),
                Arrival::Reset => "a reset".to_owned(),
            },
            _ => self.first_octets(),
        };
        Err(Departure::fail(expected, seen))
    }

    /// That nothing more has come, for a report.
    pub(super) fn nothing(&self) -> String {
        match self.unread().len() {
            0 => "nothing until the deadline".to_owned(),
            len => format!("{len} octets and no more before the deadline"),
        }
    }

    /// The first unread octets, for a report.
    pub(super) fn first_octets(&self) -> String {
        let unread = self.unread();
        let first = unread.get(..40).unwrap_or(unread);
        format!("{} octets, `{}`", unread.len(), first.escape_ascii())
    }
}
