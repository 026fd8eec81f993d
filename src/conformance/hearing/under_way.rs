//! What may be under way from a right client when the suite sends something to it.
//!
//! A client need not wait: it may have sent its further requests, and even its BYE, before it
//! could read an answer, it may have shut down its sending direction, and it may send ignorable
//! frames at any time. None of that is held against it.

use std::thread;
use std::time::{Duration, Instant};

use super::{Guest, Request, Source};
use crate::conformance::connection::Arrival;
use crate::conformance::{Departure, Outcome, octets};
use crate::wire::Frame;

/// How long a client that does not wait may take to send what is behind its request.
const BEHIND: Duration = Duration::from_millis(50);

impl Guest {
    /// Looks whether the client sends more behind its request than it was asked for, before
    /// it can have an answer: it does not wait then.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client.
    pub fn look_ahead(&mut self) -> Outcome {
        self.early |= self.comes_within(BEHIND)?;
        Ok(())
    }

    /// Whether a request, or the end, comes within this time or has come already.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client.
    pub fn comes_within(&mut self, wait: Duration) -> Outcome<bool> {
        self.next = self.next_within(wait)?;
        Ok(self.next.is_some())
    }

    /// No request comes for the time that proves silence, and the client does not go away: it
    /// waits for `what`.
    ///
    /// # Errors
    ///
    /// A failure otherwise.
    pub fn waits_for(&mut self, what: &str) -> Outcome {
        let expected = format!("the client to wait for {what}, {:?}", self.silence);
        let Some(request) = self.next_within(self.silence)? else { return Ok(()) };
        let waits = match &request {
            Request::Text(_) | Request::File(_) => self.is_other(&request),
            Request::Bye => match self.next_within(self.silence)? {
                None => true,
                Some(behind) => behind == Request::EndOfStream && self.still_reads()?,
            },
            Request::EndOfStream => self.still_reads()?,
            Request::Data(_) | Request::End(_) | Request::Abort | Request::Reset => false,
        };
        if !waits {
            return Err(Departure::fail(expected, request.to_string()));
        }
        self.next = Some(request);
        Ok(())
    }

    /// The end of the connection; before it only what may have been under way when `what` was
    /// sent.
    ///
    /// # Errors
    ///
    /// A failure for any other frame, or if the end does not come until the deadline.
    pub fn breaks_off_after(&mut self, what: &str) -> Outcome {
        self.breaks_off(what, Self::is_other)
    }

    /// The same where `what` came so early that the client may have sent any of what it was
    /// asked for.
    ///
    /// # Errors
    ///
    /// As [`Self::breaks_off_after`].
    pub fn breaks_off_before_requests(&mut self, what: &str) -> Outcome {
        self.breaks_off(what, Self::is_asked)
    }

    fn breaks_off(&mut self, what: &str, passes: fn(&Self, &Request) -> bool) -> Outcome {
        let expected = format!("the end of the connection and no further frame after {what}");
        // Inside an upload, its first frame included.
        let mut inside = self.left_open;
        loop {
            let cut_off = |departure: &Departure| departure.seen.contains("inside a frame");
            match self.next(&expected) {
                Ok(Request::EndOfStream | Request::Reset) => return Ok(()),
                Ok(Request::Data(_) | Request::End(_)) if inside => {}
                Ok(request) if passes(self, &request) => {
                    inside |= matches!(request, Request::File(_));
                }
                Ok(Request::Bye) if self.early => {}
                Ok(other) => return Err(Departure::fail(expected, other.to_string())),
                Err(departure)
                    if cut_off(&departure) && (inside || self.early || self.ledger.len() > 1) =>
                {
                    return Ok(());
                }
                Err(departure) => return Err(departure),
            }
        }
    }

    /// Serves all that the client was asked for, and sends `more` in one segment with the last
    /// answer: a fault, whether the client has said BYE by then or not. It closes, and waits
    /// for no BYE of the server.
    ///
    /// # Errors
    ///
    /// A failure otherwise.
    pub fn serve_with_more(&mut self, more: &[u8]) -> Outcome {
        loop {
            let answer = match self.next("a request")? {
                Request::Text(text) if self.accepts_echo(&text) => {
                    self.ledger.answered(&text);
                    octets::frame(b'R', text.as_bytes())
                }
                Request::File(filed) => {
                    self.go_on()?;
                    let (data, completion) = self.data()?;
                    self.ledger.stored(&filed.destination, &data);
                    octets::emit(&Frame::Stored(completion))
                }
                other => return Err(Departure::fail("a request", other.to_string())),
            };
            if self.ledger.is_done() {
                self.send([&answer, more].concat())?;
                break;
            }
            self.send(answer)?;
        }
        let expected = "the end of the connection after an answer that nobody asked for";
        loop {
            match self.next(expected)? {
                Request::Bye => {}
                Request::EndOfStream | Request::Reset => return Ok(()),
                other => return Err(Departure::fail(expected, other.to_string())),
            }
        }
    }

    /// Reads nothing for the time that proves silence, and then all that comes up to END:
    /// whether the client has sent the whole of this source, or has stopped before.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn sends_all_of(&mut self, source: &Source) -> Outcome<bool> {
        // What is under way fills what the system holds; a client that reads can read.
        thread::sleep(self.silence);
        let mut len = 0;
        loop {
            match self.next("DATA, END, ABORT, or the end of the connection") {
                Ok(Request::Data(octets)) => len += octets.len(),
                Ok(Request::End(_)) => return Ok(len == source.octets.len()),
                Ok(other) => {
                    self.next = Some(other);
                    return Ok(false);
                }
                Err(_) if self.connection.has_ended() => return Ok(false),
                Err(departure) => return Err(departure),
            }
        }
    }

    /// Whether a client that has ended its direction reads on.
    pub(super) fn still_reads(&mut self) -> Outcome<bool> {
        self.send(octets::frame(b'n', b""))?;
        Ok(!self.connection.breaks_within(self.silence))
    }

    /// Whether this is one of several things that the client was asked for.
    fn is_other(&self, request: &Request) -> bool {
        self.is_asked(request) && self.ledger.len() > 1
    }

    fn is_asked(&self, request: &Request) -> bool {
        match request {
            Request::Text(text) => self.ledger.has_text(text),
            Request::File(filed) => self.ledger.source(&filed.destination).is_some(),
            _ => false,
        }
    }

    /// The next request, or `None` if none comes whole within this time.
    pub(super) fn next_within(&mut self, wait: Duration) -> Outcome<Option<Request>> {
        let until = Instant::now() + wait;
        loop {
            if let Some(request) = self.taken()? {
                return Ok(Some(request));
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.inbox.receive_within(&mut self.connection, left) {
                Arrival::Octets => {}
                Arrival::Nothing => return Ok(None),
                Arrival::EndOfStream => return Ok(Some(Request::EndOfStream)),
                Arrival::Reset => return Ok(Some(Request::Reset)),
            }
        }
    }
}
