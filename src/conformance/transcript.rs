//! What happened on a connection, in order and with times.

use std::time::{Duration, Instant};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The suite.
    Sent,
    /// The server or client under test.
    Received,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Octets went by, at least one.
    Octets(Vec<u8>),
    /// The sender shut its direction down.
    EndOfStream,
    /// The connection broke: a reset, or a write that failed.
    Reset,
}

/// A happening with its time and its direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Since the connection was opened.
    pub at: Duration,
    /// Who did it.
    pub direction: Direction,
    /// What it was.
    pub what: Happening,
}

/// All that happened on a connection.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// What the connection was for.
    pub label: &'static str,
    opened: Instant,
    events: Vec<Event>,
}

impl Transcript {
    pub(super) fn new(label: &'static str) -> Self {
        Self { label, opened: Instant::now(), events: Vec::new() }
    }

    pub(super) fn record(&mut self, direction: Direction, what: Happening) {
        self.events.push(Event { at: self.opened.elapsed(), direction, what });
    }

    /// When it was opened, in microseconds after the first of all.
    pub(super) fn opened_since(&self, all: &[Self]) -> u64 {
        let first = all.iter().map(|one| one.opened).min().unwrap_or(self.opened);
        let since = self.opened.saturating_duration_since(first);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    /// The events, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// All octets of a direction, joined.
    #[must_use]
    pub fn octets(&self, direction: Direction) -> Vec<u8> {
        let octets = self.events.iter().filter(|event| event.direction == direction);
        octets
            .filter_map(|event| match &event.what {
                Happening::Octets(octets) => Some(octets.as_slice()),
                Happening::EndOfStream | Happening::Reset => None,
            })
            .collect::<Vec<_>>()
            .concat()
    }
}
