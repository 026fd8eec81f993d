//! A connection of the client under test, on which the suite is the server.
//!
//! What the case does not ask about is served as a right server does: a text that the client
//! was asked for beside an upload is answered while the case waits for the FILE, and so on.
//! Ignorable frames are skipped wherever they come.

use std::time::Duration;

use super::job::Ledger;
use super::request::{Filed, Request, request};
use super::{Source, Task, octets_of};
use crate::conformance::connection::{Arrival, Connection};
use crate::conformance::inbox::Inbox;
use crate::conformance::outgoing::Stuck;
use crate::conformance::segmentation::Segmentation;
use crate::conformance::{Departure, Outcome, octets};
use crate::wire::{
    Code, Completion, DeclaredSize, Digest, DigestKind, ErrorFrame, Frame, Limits, Message, Parse,
    PayloadLimit, Preface, ReceiveLimits, ResumePoint, Role, TextPayload, Version, parse_preface,
};

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

    /// FILE for this source, with what it must say; texts that the client was asked for
    /// beside it are answered.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn file(&mut self, source: &Source) -> Outcome<Filed> {
        let expected = format!("FILE to `{}`", source.destination);
        loop {
            match self.next(&expected)? {
                Request::File(filed) if filed.destination == source.destination => {
                    judge_size(&filed, source)?;
                    return Ok(filed);
                }
                Request::Text(text) if self.ledger.has_text(&text) => self.reply(&text)?,
                other => return Err(unexpected(&expected, &other)),
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

    /// DATA up to END: the octets, and what END says.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn data(&mut self) -> Outcome<(Vec<u8>, Completion)> {
        let expected = "DATA or END";
        let mut data = Vec::new();
        loop {
            match self.next(expected)? {
                Request::Data(octets) => data.extend(octets),
                Request::End(completion) => return Ok((data, completion)),
                other => return Err(unexpected(expected, &other)),
            }
        }
    }

    /// The rest of an upload that goes on from `offset`: exactly the octets of the source
    /// from there, and an END with the size and the digest of all of it.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn rest(&mut self, source: &Source, offset: usize) -> Outcome<Completion> {
        let (data, completion) = self.data()?;
        let wanted = source.octets.get(offset..).unwrap_or_default();
        if data != wanted {
            let same = data.iter().zip(wanted).take_while(|(a, b)| a == b).count();
            let expected = format!("the {} octets of the source from {offset} on", wanted.len());
            let seen = format!("{} octets, the first {same} the same", data.len());
            return Err(Departure::fail(expected, seen));
        }
        let true_one = octets_of(&source.octets, self.digest);
        if completion != true_one {
            let expected = Request::End(true_one).to_string();
            return Err(Departure::fail(expected, Request::End(completion).to_string()));
        }
        Ok(completion)
    }

    /// Sends STORED.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn stored(&mut self, completion: Completion) -> Outcome {
        self.send(octets::emit(&Frame::Stored(completion)))
    }

    /// Serves a whole upload of this source from its first octet.
    ///
    /// # Errors
    ///
    /// A failure for anything that a right client does not send.
    pub fn store(&mut self, source: &Source) -> Outcome<Filed> {
        let filed = self.file(source)?;
        self.store_from(source, &filed)?;
        Ok(filed)
    }

    /// Goes on with an upload whose FILE has come, and stores it.
    ///
    /// # Errors
    ///
    /// A failure for anything that a right client does not send.
    pub fn store_from(&mut self, source: &Source, filed: &Filed) -> Outcome {
        self.go_on()?;
        let completion = self.rest(source, 0)?;
        self.stored(completion)?;
        self.ledger.stored(&filed.destination, &source.octets);
        Ok(())
    }

    fn store_filed(&mut self, filed: &Filed) -> Outcome {
        self.go_on()?;
        let (data, said) = self.data()?;
        let completion = octets_of(&data, filed.digest);
        if said == completion {
            self.ledger.stored(&filed.destination, &data);
            self.stored(completion)
        } else {
            self.refuse(216, "the digest differs")
        }
    }

    /// The client's BYE, answered; a client that just ends the stream has left without.
    /// What it was asked for besides is served before.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn part(&mut self) -> Outcome<Parting> {
        let expected = "BYE, or the end of the connection";
        loop {
            match self.next(expected)? {
                Request::Text(text) => self.reply(&text)?,
                Request::File(filed) => self.store_filed(&filed)?,
                Request::Bye => {
                    let before = std::mem::take(&mut self.before_bye);
                    self.send([before, octets::bye()].concat())?;
                    self.shut_down();
                    return self.closed_after("the BYE").map(|()| Parting::Bye);
                }
                Request::EndOfStream => {
                    self.shut_down();
                    return Ok(Parting::EndOfStream);
                }
                Request::Reset => return Ok(Parting::Reset),
                other => return Err(unexpected(expected, &other)),
            }
        }
    }

    /// The end of the connection, by a reset or not, and no octet before it.
    ///
    /// # Errors
    ///
    /// A failure if an octet comes, or nothing until the deadline.
    pub fn closed_after(&mut self, what: &str) -> Outcome {
        let expected = format!("the end of the connection and no further octet after {what}");
        let seen = match self.unread().len() {
            0 => match self.inbox.receive(&mut self.connection) {
                Arrival::EndOfStream | Arrival::Reset => return Ok(()),
                Arrival::Octets => self.inbox.first_octets(),
                Arrival::Nothing => self.inbox.nothing(),
            },
            _ => self.inbox.first_octets(),
        };
        Err(Departure::fail(expected, seen))
    }

    /// The client leaves after its upload was refused: what was under way of it, an ABORT
    /// among it, is skipped as in `discard`, and what it was asked for besides is served.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn leaves_after_refusal(&mut self) -> Outcome<Parting> {
        let expected = "BYE, or the end of the connection";
        loop {
            let cut_off = |departure: &Departure| departure.seen.contains("inside a frame");
            match self.next(expected) {
                Ok(Request::Data(_)) => {}
                Ok(Request::End(_) | Request::Abort) => return self.part(),
                Ok(Request::Text(text)) => self.reply(&text)?,
                Ok(Request::File(filed)) => match self.store_filed(&filed) {
                    Err(_) if self.connection.has_ended() => return Ok(Parting::EndOfStream),
                    served => served?,
                },
                Ok(Request::Bye) => {
                    self.send(octets::bye())?;
                    self.shut_down();
                    return self.closed_after("the BYE").map(|()| Parting::Bye);
                }
                Ok(Request::EndOfStream) => {
                    self.shut_down();
                    return Ok(Parting::EndOfStream);
                }
                Ok(Request::Reset) => return Ok(Parting::Reset),
                Err(departure) if cut_off(&departure) => return Ok(Parting::EndOfStream),
                Err(departure) => return Err(departure),
            }
        }
    }

    /// As [`Self::leaves_after_refusal`], with no further FILE for this source after `what`.
    ///
    /// # Errors
    ///
    /// Weak if one comes.
    pub fn leaves_without(&mut self, source: &Source, what: &str) -> Outcome {
        loop {
            match self.next("BYE, or the end of the connection")? {
                Request::Data(_) | Request::End(_) | Request::Abort => {}
                Request::File(filed) if filed.destination == source.destination => {
                    let expected = format!("no further FILE after {what}");
                    return Err(Departure::weak(expected, Request::File(filed).to_string()));
                }
                other => {
                    self.next = Some(other);
                    return self.leaves_after_refusal().map(drop);
                }
            }
        }
    }

    /// Whether the client leaves next: it is let go then. What else it sends is still to be
    /// taken.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn leaves_next(&mut self) -> Outcome<bool> {
        match self.next("a request, or the end of the connection")? {
            Request::Bye => {
                self.send(octets::bye())?;
                self.shut_down();
                Ok(true)
            }
            Request::EndOfStream | Request::Reset => {
                self.shut_down();
                Ok(true)
            }
            other => {
                self.next = Some(other);
                Ok(false)
            }
        }
    }

    /// These octets are sent before the answer to the client's BYE.
    pub fn before_bye(&mut self, octets: Vec<u8>) {
        self.before_bye = octets;
    }

    /// The client's BYE, whose answer is held back for the time that proves silence: whether
    /// the client waits for it. `None` if it leaves without a BYE.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn bye_without_answer(&mut self) -> Outcome<Option<bool>> {
        loop {
            match self.next("BYE, or the end of the connection")? {
                Request::Bye => {
                    let silence = self.silence;
                    let waits = match self.next_within(silence)? {
                        None => true,
                        Some(behind) => behind == Request::EndOfStream && self.still_reads()?,
                    };
                    self.send(octets::bye())?;
                    self.shut_down();
                    return Ok(Some(waits));
                }
                Request::File(filed) => self.store_filed(&filed)?,
                Request::Text(text) => self.reply(&text)?,
                Request::EndOfStream | Request::Reset => return Ok(None),
                other => return Err(unexpected("BYE", &other)),
            }
        }
    }

    /// The octets of this source were acknowledged.
    pub fn note_stored_octets(&mut self, source: &Source) {
        self.ledger.stored(&source.destination, &source.octets);
    }

    /// A text of the client's was answered otherwise than by its echo.
    pub fn note_answered(&mut self, text: &str) {
        self.ledger.answered(text);
    }

    /// The upload of this source was acknowledged.
    pub fn note_stored(&mut self, source: &Source, filed: &Filed) {
        self.ledger.stored(&filed.destination, &source.octets);
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

/// How a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// With BYE, and it waited for the server's.
    Bye,
    /// By ending the stream.
    EndOfStream,
    /// By breaking the connection.
    Reset,
}

/// Whether the `text` in a well-formed line is more than the limit that it was taken for.
fn states_more(line: &[u8], taken: PayloadLimit) -> bool {
    let line = String::from_utf8_lossy(line);
    let mut values = line.split_whitespace().filter_map(|param| param.strip_prefix("text="));
    let taken = u128::from(taken.octets());
    values.any(|value| value.parse::<u128>().is_ok_and(|stated| stated > taken))
}

fn judge_size(filed: &Filed, source: &Source) -> Outcome {
    let len = source.octets.len() as u64;
    match filed.size.known() {
        Some(size) if size != len => {
            let expected = format!("a FILE of {len} octets, or of a size that is not known");
            Err(Departure::fail(expected, format!("a FILE of {size} octets")))
        }
        Some(_) | None => Ok(()),
    }
}

fn unexpected(expected: &str, seen: &Request) -> Departure {
    Departure::fail(expected, seen.to_string())
}

impl Filed {
    /// What a STORED of these octets says, for the digest that was asked for.
    #[must_use]
    pub fn completion(&self, octets: &[u8]) -> Completion {
        octets_of(octets, self.digest)
    }

    /// Whether the size is declared.
    #[must_use]
    pub fn has_size(&self) -> bool {
        self.size != DeclaredSize::UNKNOWN
    }
}

/// A completion whose digest is another.
#[must_use]
pub fn spoilt(completion: Completion) -> Completion {
    let digest = match completion.digest {
        Digest::Crc32([a, rest @ ..]) => {
            let [b, c, d] = rest;
            Digest::Crc32([a ^ 1, b, c, d])
        }
        Digest::Sha256(mut octets) => {
            octets.reverse();
            octets[0] ^= 1;
            Digest::Sha256(octets)
        }
    };
    Completion { digest, ..completion }
}
