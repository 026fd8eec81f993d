//! How the client ends, and what it says then.

use std::time::{Duration, Instant};

use super::guest::{Guest, SHORTEST_LINE};
use super::slot::{self, Arrived};
use super::{Exit, Hearing, Source};
use crate::conformance::{Departure, Outcome};

impl Hearing<'_> {
    /// The client ends and says that all was done.
    ///
    /// # Errors
    ///
    /// A failure if it says otherwise, or does not end until the deadline.
    pub fn succeeds(&mut self) -> Outcome {
        match self.ended()? {
            Some(Exit::Failure(how)) => {
                let expected = "the client to end with success: all it was asked for was done";
                Err(Departure::fail(expected, format!("{how}{}", self.said())))
            }
            Some(Exit::Success) | None => Ok(()),
        }
    }

    /// The client ends and says that not all was done; or it has had all of it done over a
    /// further connection.
    ///
    /// # Errors
    ///
    /// A failure if it says otherwise, or does not end until the deadline.
    pub fn fails(&mut self) -> Outcome {
        match self.ended()? {
            Some(Exit::Success) if !self.ledger.is_done() => {
                let expected = "the client to end with failure: what it was asked for was not \
                                acknowledged";
                Err(Departure::fail(expected, format!("success{}", self.said())))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The client ends, whatever it says, but for success that is none.
    ///
    /// # Errors
    ///
    /// As [`Self::fails`].
    pub fn ends(&mut self) -> Outcome {
        self.fails()
    }

    /// As [`Self::fails`], and no further FILE to this source's destination comes after `what`.
    ///
    /// # Errors
    ///
    /// Weak if one comes.
    pub fn fails_without(&mut self, source: &Source, what: &str) -> Outcome {
        self.fails()?;
        if self.ledger.is_stored(&source.destination) {
            let expected = format!("no further FILE after {what}");
            return Err(Departure::weak(expected, "the same FILE over a further connection"));
        }
        Ok(())
    }

    /// Whether the client ends within this time, without having been served any further.
    ///
    /// # Errors
    ///
    /// Not applicable if its end is not seen.
    pub fn ends_within(&mut self, wait: Duration) -> Outcome<bool> {
        if !self.driver.tells_exit() {
            return Err(Departure::not_applicable("how the client ends is not seen"));
        }
        let until = Instant::now() + wait;
        while Instant::now() < until {
            if let Some(exit) = self.running.as_mut().and_then(|running| running.exit()) {
                self.exit = Some(exit);
                return Ok(true);
            }
            std::thread::sleep(slot::SLICE);
        }
        Ok(false)
    }

    /// Serves what comes until the client has ended; `None` if its end is not seen.
    fn ended(&mut self) -> Outcome<Option<Exit>> {
        if !self.driver.tells_exit() {
            return Ok(None);
        }
        loop {
            match self.arrived() {
                Arrived::Ended(exit) => return Ok(Some(exit)),
                Arrived::Connection(stream) => {
                    let connection = self.connected(stream, "a further connection");
                    // Whatever goes wrong on it: how the client ends tells.
                    if let Ok(connection) = connection {
                        let ledger = self.ledger.clone();
                        let mut guest = Guest::new(connection, self.settings.silence, ledger);
                        let served = guest.line().and_then(|_| {
                            guest.greet(SHORTEST_LINE)?;
                            guest.part()
                        });
                        drop(served);
                    }
                }
                Arrived::Nothing => {
                    let expected = "the client to end";
                    let seen = format!("it is still running at the deadline{}", self.said());
                    return Err(Departure::fail(expected, seen));
                }
                Arrived::Failed(error) => {
                    return Err(Departure::harness(format!("accepting: {error}")));
                }
            }
        }
    }

    /// What the client has said to people, on both of its outputs.
    pub fn has_said(&mut self) -> String {
        self.running.as_mut().map_or_else(String::new, |running| running.said())
    }

    /// What the client has said to people, as a part of a sentence.
    pub(super) fn said(&mut self) -> String {
        let said = self.has_said().trim().escape_debug().to_string().replace("\\n", "\n");
        let start: String = said.chars().take(400).collect();
        if start.is_empty() { String::new() } else { format!("; it said: {start}") }
    }
}
