//! A connection of the client under test, on which the suite is the server.
//!
//! What the case does not ask about is served as a right server does: a text that the client
//! was asked for beside an upload is answered while the case waits for the FILE, and so on.
//! Ignorable frames are skipped wherever they come.

mod leaving;
mod uploads;

use std::time::Duration;

use super::Task;
use super::job::Ledger;
use super::request::{Request, request};
use crate::conformance::connection::{Arrival, Connection};
use crate::conformance::inbox::Inbox;
use crate::conformance::outgoing::Stuck;
use crate::conformance::segmentation::Segmentation;
use crate::conformance::{Departure, Outcome, octets};
use crate::wire::{
    Code, DigestKind, ErrorFrame, Frame, Limits, Message, Parse, PayloadLimit, Preface,
    ReceiveLimits, ResumePoint, Role, TextPayload, Version, parse_preface,
};

pub use self::leaving::Parting;
pub use self::uploads::spoilt;

/// The server-line that needs nothing of a client.
pub(super) const SHORTEST_LINE: &str = "CONEXION/1 SERVER\n";

/// What a client's line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLine {
    /// The highest version that it speaks.
    pub version: Version,
    /// The longest REPLY that it accepts.
    pub text: PayloadLimit,
    /// Whether it states a `text` above its range.
    pub above_range: bool,
}

/// A connection of the client under test.
#[derive(Debug)]
pub struct Guest {
    pub(super) connection: Connection,
    pub(super) inbox: Inbox,
    limits: ReceiveLimits,
    reply_limit: PayloadLimit,
    digest: DigestKind,
    /// Octets that the open upload may still have, if its size is known.
    left: Option<u64>,
    pub(super) silence: Duration,
    pub(super) ledger: Ledger,
    /// What was looked at and is still to be taken.
    pub(super) next: Option<Request>,
    /// What is sent before the server's BYE.
    before_bye: Vec<u8>,
    /// Whether the client does not wait for answers.
    pub(super) early: bool,
    /// Whether a FILE has come whose END has not.
    pub(super) left_open: bool,
}

impl Guest {
    pub(super) fn new(connection: Connection, silence: Duration, ledger: Ledger) -> Self {
        let limits = ReceiveLimits { chunk: PayloadLimit::LEAST, text: PayloadLimit::LEAST };
        Self {
            connection,
            inbox: Inbox::default(),
            limits,
            reply_limit: PayloadLimit::LEAST,
            digest: DigestKind::Crc32,
            left: None,
            silence,
            ledger,
            next: None,
            before_bye: Vec::new(),
            early: false,
            left_open: false,
        }
    }

    /// Sends octets. A connection that breaks shows itself at the next expectation.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn send(&mut self, octets: impl AsRef<[u8]>) -> Outcome {
        self.connection.send(octets.as_ref()).map_err(|Stuck| {
            Departure::fail("the client to read", "it took no octet until the deadline")
        })
    }

    /// Sends every octet in a write of its own from now on.
    pub fn send_octet_by_octet(&mut self) {
        self.connection.set_segmentation(Segmentation::Octets);
    }

    /// Ends the server's direction.
    pub fn shut_down(&mut self) {
        self.connection.shut_down();
    }

    /// Reads the client's line.
    ///
    /// # Errors
    ///
    /// A failure unless a well-formed line comes, and nothing behind it.
    pub fn line(&mut self) -> Outcome<ClientLine> {
        let expected = "a well-formed client-line";
        loop {
            match parse_preface(Role::Client, self.unread()) {
                Ok(Parse::Complete(preface, len)) => {
                    let text = preface.text.unwrap_or(PayloadLimit::LEAST);
                    let stated = self.unread().get(..len).unwrap_or_default();
                    let above_range = states_more(stated, text);
                    let line = ClientLine { version: preface.version, text, above_range };
                    self.inbox.take(len);
                    self.reply_limit = text;
                    return Ok(line);
                }
                Ok(Parse::NeedMore(_)) => self.inbox.expect_more(&mut self.connection, expected)?,
                Err(error) => return Err(Departure::fail(expected, error.to_string())),
            }
        }
    }

    /// No octet comes for the time that proves silence: the client waits for `what`.
    ///
    /// # Errors
    ///
    /// A failure if anything comes.
    pub fn is_silent_before(&mut self, what: &str) -> Outcome {
        let expected = format!("the client to wait for {what}, {:?}", self.silence);
        self.inbox.expect_silence(&mut self.connection, self.silence, expected)
    }

    /// Sends a server-line, and judges what comes by what it states.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn greet(&mut self, line: &str) -> Outcome {
        if let Ok(Parse::Complete(preface, _)) = parse_preface(Role::Server, line.as_bytes()) {
            let Limits { chunk, text, .. } = Preface::limits(&preface);
            self.limits = ReceiveLimits { chunk, text };
        }
        self.send(line)
    }

    /// The next frame, or the end.
    ///
    /// # Errors
    ///
    /// A failure for octets that are no frame of a client, and for nothing until the
    /// deadline; `expected` is for the report.
    pub fn next(&mut self, expected: &str) -> Outcome<Request> {
        let fault = |seen: String| Departure::fail(expected, seen);
        loop {
            match self.taken() {
                Ok(Some(request)) => return Ok(request),
                Ok(None) => {}
                Err(departure) => return Err(fault(departure.seen)),
            }
            let inside = !self.unread().is_empty();
            match self.inbox.receive(&mut self.connection) {
                Arrival::Octets => {}
                Arrival::Nothing => return Err(fault(self.inbox.nothing())),
                Arrival::EndOfStream if inside => {
                    return Err(fault("the stream ended inside a frame".to_owned()));
                }
                Arrival::EndOfStream => return Ok(Request::EndOfStream),
                Arrival::Reset => return Ok(Request::Reset),
            }
        }
    }

    /// The next request of those that have come whole.
    pub(super) fn taken(&mut self) -> Outcome<Option<Request>> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        let fault = |seen: String| Departure::fail("a frame of a client", seen);
        loop {
            match Frame::parse(self.unread(), Role::Client, self.limits, self.digest) {
                Ok(Parse::Complete(frame, len)) => {
                    let came = frame.map(|frame| request(&frame));
                    self.inbox.take(len);
                    if let Some(came) = came {
                        let came = came.map_err(fault)?;
                        self.follow(&came).map_err(fault)?;
                        return Ok(Some(came));
                    }
                }
                Ok(Parse::NeedMore(_)) => return Ok(None),
                Err(error) => return Err(fault(format!("a fault of the client: {error}"))),
            }
        }
    }

    /// Keeps to what the open upload has said of itself (`data.client-limit`).
    fn follow(&mut self, came: &Request) -> Result<(), String> {
        match came {
            Request::File(filed) => {
                self.digest = filed.digest;
                self.left = filed.size.known();
                self.left_open = true;
            }
            Request::End(_) | Request::Abort => self.left_open = false,
            Request::Data(octets) => {
                if let Some(left) = &mut self.left {
                    let past = || format!("DATA of {} octets where {left} are left", octets.len());
                    *left = left.checked_sub(octets.len() as u64).ok_or_else(past)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Serves what the client does besides, if that comes first, and says whether the client
    /// has then left without the other.
    pub(super) fn serve_beside(&mut self, beside: &Task) -> Outcome<bool> {
        let next = self.next("a request")?;
        match (&next, beside) {
            (Request::Text(text), Task::Text(own)) if text == own => self.reply(text)?,
            (Request::File(filed), Task::Upload(own)) if filed.destination == own.destination => {
                self.store_filed(filed)?;
            }
            _ => {
                self.next = Some(next);
                return Ok(false);
            }
        }
        self.leaves_next()
    }

    /// TEXT; uploads that the client was asked for beside it are served.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn text(&mut self) -> Outcome<String> {
        let expected = "TEXT";
        loop {
            match self.next(expected)? {
                Request::Text(text) => return Ok(text),
                Request::File(filed) if self.ledger.source(&filed.destination).is_some() => {
                    self.store_filed(&filed)?;
                }
                other => return Err(unexpected(expected, &other)),
            }
        }
    }

    /// Sends REPLY, or the refusal of a text whose echo the client does not accept.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    ///
    /// # Panics
    ///
    /// If the text is longer than any may be, which is a fault of the case.
    pub fn reply(&mut self, text: &str) -> Outcome {
        if !self.accepts_echo(text) {
            return self.refuse(201, "the reply would be longer than you accept");
        }
        let payload = TextPayload::new(text).expect("texts of the suite are short");
        self.send(octets::emit(&Frame::Reply(payload)))?;
        self.ledger.answered(text);
        Ok(())
    }

    /// Sends CONTINUE from the first octet.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn go_on(&mut self) -> Outcome {
        self.go_on_from(0, 0)
    }

    /// Sends CONTINUE.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn go_on_from(&mut self, offset: u64, crc32: u32) -> Outcome {
        self.left = self.left.map(|left| left.saturating_sub(offset));
        self.send(octets::emit(&Frame::Continue(ResumePoint { offset, crc32 })))
    }

    /// Sends ERROR.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    ///
    /// # Panics
    ///
    /// If the number is no code, which is a fault of the case.
    pub fn refuse(&mut self, number: u16, message: &str) -> Outcome {
        let code = Code::new(number).expect("a code of the suite is within 100 to 299");
        let error = ErrorFrame::new(code, Message::truncated(message));
        self.send(octets::emit(&Frame::Error(error)))
    }

    /// A text of the client's was answered otherwise than by its echo.
    pub fn note_answered(&mut self, text: &str) {
        self.ledger.answered(text);
    }

    /// Drops the connection without a word, as a server that has died.
    pub fn vanish(self) {
        drop(self);
    }

    /// Whether the client accepts an answer as long as this text.
    #[must_use]
    pub fn accepts_echo(&self, text: &str) -> bool {
        text.len() as u64 <= u64::from(self.reply_limit.octets())
    }

    /// The longest reply that the client has said it accepts.
    #[must_use]
    pub const fn reply_limit(&self) -> PayloadLimit {
        self.reply_limit
    }

    /// All octets that have come and that no expectation has taken yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.inbox.unread()
    }
}

/// Whether the `text` in a well-formed line is more than the limit that it was taken for.
fn states_more(line: &[u8], taken: PayloadLimit) -> bool {
    let line = String::from_utf8_lossy(line);
    let mut values = line.split_whitespace().filter_map(|param| param.strip_prefix("text="));
    let taken = u128::from(taken.octets());
    values.any(|value| value.parse::<u128>().is_ok_and(|stated| stated > taken))
}

fn unexpected(expected: &str, seen: &Request) -> Departure {
    Departure::fail(expected, seen.to_string())
}
