//! The server under test as a case sees it: what it sends, decoded by `wire`, against what
//! the case expects.

use std::time::Duration;

use super::answer::{answer, unexpected};
use super::connection::{Arrival, Connection};
use super::inbox::Inbox;
use super::oracle::Acknowledged;
use super::outgoing::Stuck;
use super::{Answer, Departure, Outcome, Segmentation, Upload, octets};
use crate::wire::{
    Code, DigestKind, Frame, Header, Limits, Parse, PayloadLimit, ReceiveLimits, ResumePoint, Role,
    Version, parse_preface,
};

/// What a server's line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLine {
    /// The version that it chose.
    pub version: Version,
    /// What it accepts.
    pub limits: Limits,
}

/// A connection to the server under test.
///
/// Ignorable frames from the server are skipped wherever they come.
#[derive(Debug)]
pub struct Peer {
    connection: Connection,
    inbox: Inbox,
    text_limit: PayloadLimit,
    silence: Duration,
    acknowledged: Acknowledged,
}

impl Peer {
    pub(super) fn new(
        connection: Connection,
        silence: Duration,
        acknowledged: Acknowledged,
    ) -> Self {
        let text_limit = PayloadLimit::LEAST;
        Self { connection, inbox: Inbox::default(), text_limit, silence, acknowledged }
    }

    /// Judges replies by this limit from now on; 1024 octets until then.
    pub fn set_text_limit(&mut self, limit: PayloadLimit) {
        self.text_limit = limit;
    }

    /// Sends every octet in a write of its own from now on.
    pub fn send_octet_by_octet(&mut self) {
        self.connection.set_segmentation(Segmentation::Octets);
    }

    /// Sends octets. A connection that breaks shows itself at the next expectation.
    ///
    /// # Errors
    ///
    /// A failure if the server takes nothing until the deadline.
    pub fn send(&mut self, octets: impl AsRef<[u8]>) -> Outcome {
        self.connection.send(octets.as_ref()).map_err(|Stuck| {
            Departure::fail("the server to read", "it took no octet until the deadline")
        })
    }

    /// Sends as much as the server takes before it has taken nothing for the time that
    /// proves silence; says how many octets that was.
    pub fn send_until_stuck(&mut self, octets: &[u8]) -> usize {
        let mut sent = 0;
        while let Some(rest) = octets.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.connection.write_ready(rest, self.silence) {
                Ok(0) | Err(_) => break,
                Ok(written) => sent += written,
            }
        }
        sent
    }

    /// Ends the client's direction, as a half-close does.
    pub fn shut_down(&mut self) {
        self.connection.shut_down();
    }

    /// Reads the server's line.
    ///
    /// # Errors
    ///
    /// A failure unless a well-formed line comes.
    pub fn expect_line(&mut self) -> Outcome<ServerLine> {
        let expected = "a well-formed server-line";
        loop {
            match parse_preface(Role::Server, self.unread()) {
                Ok(Parse::Complete(preface, len)) => {
                    let line = ServerLine { version: preface.version, limits: preface.limits() };
                    self.inbox.take(len);
                    return Ok(line);
                }
                Ok(Parse::NeedMore(_)) => self.inbox.expect_more(&mut self.connection, expected)?,
                Err(error) => return Err(Departure::fail(expected, error.to_string())),
            }
        }
    }

    /// What the server's line, once it has come, says of a key, octet for octet.
    #[must_use]
    pub fn stated(&self, key: &str) -> Option<&str> {
        let line = self.inbox.came().split(|&octet| octet == b'\n').next()?;
        let mut params = std::str::from_utf8(line).ok()?.split(' ');
        params.find_map(|param| param.strip_prefix(key)?.strip_prefix('='))
    }

    /// The next frame, or the end.
    ///
    /// # Errors
    ///
    /// A failure for octets that are no frame of a server, and for nothing until the
    /// deadline; `expected` is for the report.
    pub fn next(&mut self, expected: &str) -> Outcome<Answer> {
        loop {
            let fault = |seen: String| Departure::fail(expected, seen);
            // STORED tells the kind of its digest by its length; the case compares it.
            let digest = match Header::parse(self.unread()) {
                Some(Header { kind: b'S', length: 40 }) => DigestKind::Sha256,
                _ => DigestKind::Crc32,
            };
            let limits = ReceiveLimits { chunk: PayloadLimit::LEAST, text: self.text_limit };
            match Frame::parse(self.unread(), Role::Server, limits, digest) {
                Ok(Parse::Complete(frame, len)) => {
                    let answer = frame.map(|frame| answer(&frame));
                    self.inbox.take(len);
                    if let Some(answer) = answer {
                        return answer.map_err(fault);
                    }
                }
                Ok(Parse::NeedMore(_)) => {
                    let inside = !self.unread().is_empty();
                    match self.inbox.receive(&mut self.connection) {
                        Arrival::Octets => {}
                        Arrival::Nothing => return Err(fault(self.inbox.nothing())),
                        Arrival::EndOfStream | Arrival::Reset if inside => {
                            return Err(fault("the stream ended inside a frame".to_owned()));
                        }
                        Arrival::EndOfStream => return Ok(Answer::EndOfStream),
                        Arrival::Reset => return Ok(Answer::Reset),
                    }
                }
                Err(error) => return Err(fault(format!("a fault of the server: {error}"))),
            }
        }
    }

    /// REPLY; its text comes back.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_reply(&mut self) -> Outcome<String> {
        match self.next("REPLY")? {
            Answer::Reply(text) => Ok(text),
            other => Err(unexpected("REPLY", &other)),
        }
    }

    /// A final answer to a TEXT that is no fault: REPLY or ERROR 2xx.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_text_answer(&mut self) -> Outcome<Answer> {
        let expected = "REPLY or ERROR 2xx";
        match self.next(expected)? {
            answer @ Answer::Reply(_) => Ok(answer),
            Answer::Error(code, message) if code.number() >= 200 => {
                Ok(Answer::Error(code, message))
            }
            other => Err(unexpected(expected, &other)),
        }
    }

    /// CONTINUE, with its offset and CRC-32.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_continue(&mut self) -> Outcome<ResumePoint> {
        match self.next("CONTINUE")? {
            Answer::Continue(point) => Ok(point),
            other => Err(unexpected("CONTINUE", &other)),
        }
    }

    /// CONTINUE from the first octet on.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_start(&mut self) -> Outcome {
        let expected = Answer::Continue(ResumePoint::START).to_string();
        match self.next(&expected)? {
            Answer::Continue(ResumePoint::START) => Ok(()),
            other => Err(unexpected(&expected, &other)),
        }
    }

    /// STORED with this upload's size and digest.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_stored(&mut self, upload: &Upload) -> Outcome {
        let wanted = Answer::Stored(upload.completion());
        let expected = wanted.to_string();
        match self.next(&expected)? {
            answer if answer == wanted => {
                self.acknowledged.note(upload);
                Ok(())
            }
            other => Err(unexpected(&expected, &other)),
        }
    }

    /// ERROR with this code. After one from 100 to 199 the connection must end without
    /// another frame.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    ///
    /// # Panics
    ///
    /// If the number is no code, which is a fault of the case.
    pub fn expect_error(&mut self, number: u16) -> Outcome<Vec<u8>> {
        let code = Code::new(number).expect("a code of the suite is within 100 to 299");
        let expected = format!("ERROR {code}");
        match self.next(&expected)? {
            Answer::Error(came, message) if came == code => {
                if number < 200 {
                    self.expect_closed()?;
                }
                Ok(message)
            }
            other => Err(unexpected(&expected, &other)),
        }
    }

    /// The end of the connection, by a reset or not, and no frame before it.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_closed(&mut self) -> Outcome {
        let expected = "the end of the connection and no further frame";
        match self.next(expected)? {
            Answer::EndOfStream | Answer::Reset => Ok(()),
            other => Err(unexpected(expected, &other)),
        }
    }

    /// An orderly end of stream, where a reset would destroy the last word.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_end_of_stream(&mut self) -> Outcome {
        let expected = "end of stream, not a reset";
        match self.next(expected)? {
            Answer::EndOfStream => Ok(()),
            other => Err(unexpected(expected, &other)),
        }
    }

    /// The end of a connection on which the server has never sent an octet.
    ///
    /// # Errors
    ///
    /// A failure if an octet comes, or nothing at all until the deadline.
    pub fn expect_closed_unanswered(&mut self) -> Outcome {
        let expected = "the end of the connection without any octet";
        match self.inbox.receive(&mut self.connection) {
            Arrival::EndOfStream | Arrival::Reset if self.inbox.came().is_empty() => Ok(()),
            Arrival::EndOfStream | Arrival::Reset | Arrival::Octets => {
                Err(Departure::fail(expected, self.inbox.first_octets()))
            }
            Arrival::Nothing => Err(Departure::fail(expected, self.inbox.nothing())),
        }
    }

    /// No octet and no end for the time that proves silence.
    ///
    /// # Errors
    ///
    /// A failure if anything comes.
    pub fn expect_silence(&mut self) -> Outcome {
        let expected = format!("silence for {:?}", self.silence);
        self.inbox.expect_silence(&mut self.connection, self.silence, expected)
    }

    /// No octet and no end for so long.
    ///
    /// # Errors
    ///
    /// A failure if anything comes.
    pub(super) fn pause_for(&mut self, wait: Duration) -> Outcome {
        if !self.comes_within(wait) {
            return Ok(());
        }
        let expected = format!("nothing for {wait:?}");
        let seen = self.next("nothing").map_or_else(|fault| fault.seen, |seen| seen.to_string());
        Err(Departure::fail(expected, seen))
    }

    /// Whether octets or the end come within this time, or have come already.
    pub(super) fn comes_within(&mut self, wait: Duration) -> bool {
        !self.unread().is_empty()
            || self.inbox.receive_within(&mut self.connection, wait) != Arrival::Nothing
    }

    /// Whether the connection is broken, or breaks within the time that proves silence,
    /// after the server's end of stream.
    pub fn breaks_within_silence(&mut self) -> bool {
        self.breaks_within(self.silence)
    }

    /// Whether the connection is broken, or breaks within this time.
    pub fn breaks_within(&mut self, wait: Duration) -> bool {
        self.connection.breaks_within(wait)
    }

    /// Whether the server has ended its direction, or the connection is broken, as far as
    /// it was read.
    pub(super) const fn has_ended(&self) -> bool {
        self.connection.has_ended()
    }

    /// Sends a TEXT and takes its answer: proof that the server was in `idle` or
    /// `discard`, and that all before the TEXT was handled.
    ///
    /// # Errors
    ///
    /// A departure for anything but a final answer to a TEXT.
    pub fn prove_usable(&mut self) -> Outcome {
        self.send(octets::text("probe"))?;
        self.expect_text_answer().map(drop)
    }

    /// Says BYE and takes the BYE that answers it: proof that nothing else was answered.
    ///
    /// # Errors
    ///
    /// A departure for any frame before or after the server's BYE.
    pub fn finish(&mut self) -> Outcome {
        self.send(octets::bye())?;
        self.expect_bye()
    }

    /// BYE and then the end.
    ///
    /// # Errors
    ///
    /// A departure for anything else.
    pub fn expect_bye(&mut self) -> Outcome {
        match self.next("BYE")? {
            Answer::Bye => self.expect_closed(),
            other => Err(unexpected("BYE", &other)),
        }
    }

    /// All octets that have come and that no expectation has taken yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.inbox.unread()
    }
}
