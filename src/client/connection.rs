//! A framed connection: requests go out, and answers come in while they do.
//!
//! Everything that is written goes through [`Connection::flush`], which reads at the same
//! time, so that neither side can block the other for ever (`flow.one-at-a-time`). Answers
//! are matched to requests by their order alone (`answer.to-oldest`).

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use super::error::Error;
use super::link::{Link, Received, Waited};
use super::upload::Receipt;
use crate::session::client::{Client, Event};
use crate::session::{MAX_OUTSTANDING, Misuse};
use crate::wire::{Code, Completion, ErrorFrame, Header, Limits, Output, ResumePoint};

/// A framed connection, after both lines.
#[derive(Debug)]
pub struct Connection {
    pub(super) link: Link,
    pub(super) session: Client,
    limits: Limits,
    agent: Option<String>,
    /// What is to be written: a FILE, a DATA and an END fit at once.
    pub(super) out: Box<[u8]>,
    pub(super) used: usize,
    pub(super) pending: VecDeque<Pending>,
    pub(super) answers: VecDeque<(u64, Result<Receipt, Error>)>,
    reply: Option<Result<String, Error>>,
    usable: bool,
}

/// A request without its final answer; the session holds the same number of them.
#[derive(Debug)]
pub(super) enum Pending {
    Text,
    Upload(PendingUpload),
}

#[derive(Debug)]
pub(super) struct PendingUpload {
    pub(super) tag: u64,
    /// From where the server goes on, once it has said so.
    pub(super) point: Option<ResumePoint>,
    /// What END has said.
    pub(super) sent: Option<Completion>,
    /// Whether the caller has its outcome already.
    pub(super) forgotten: bool,
}

/// How long the last words of a server whose connection broke are awaited at most.
const LAST_WORD: Duration = Duration::from_secs(10);

/// How long the answer to a BYE is awaited at most.
const FAREWELL: Duration = Duration::from_secs(5);

/// Most octets of a file in one DATA: more makes no upload faster.
const CHUNK: u32 = 256 * 1024;

impl Connection {
    pub(super) fn new(link: Link, session: Client, limits: Limits, agent: Option<String>) -> Self {
        let chunk = usize::try_from(limits.chunk.octets().min(CHUNK)).unwrap_or_default();
        let room = 2 * Client::SEND_ROOM + Header::LEN + chunk;
        Self {
            link,
            session,
            limits,
            agent,
            out: vec![0; room].into_boxed_slice(),
            used: 0,
            pending: VecDeque::with_capacity(MAX_OUTSTANDING),
            answers: VecDeque::new(),
            reply: None,
            usable: true,
        }
    }

    /// What the server accepts.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// What the server calls itself.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// How many octets of a file go into one DATA at most.
    pub(super) fn chunk(&self) -> usize {
        self.out.len() - 2 * Client::SEND_ROOM - Header::LEN
    }

    /// Sends a text and waits for its reply.
    ///
    /// # Errors
    ///
    /// [`Error::TextTooLong`] before anything is sent, [`Error::Refused`], or one that
    /// [ends the connection](Error::ends_connection).
    pub fn text(&mut self, text: &str) -> Result<String, Error> {
        self.make_room()?;
        let mut frame = vec![0; Header::LEN + text.len()];
        self.session.text(text, &mut Output::new(&mut frame))?;
        self.pending.push_back(Pending::Text);
        let waited =
            self.write(&frame).and_then(|()| self.wait(|connection| connection.reply.is_some()));
        // An answer counts even if the connection ended right behind it.
        match (self.reply.take(), waited) {
            (Some(reply), _) => reply,
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::Misuse(Misuse::AnswerNotDue)),
        }
    }

    /// An upload that has its outcome, with the tag under which it was
    /// [pushed](Self::push), oldest first.
    pub fn next_answer(&mut self) -> Option<(u64, Result<Receipt, Error>)> {
        self.answers.pop_front()
    }

    /// Waits until every request has its final answer.
    ///
    /// # Errors
    ///
    /// One that [ends the connection](Error::ends_connection).
    pub fn settle(&mut self) -> Result<(), Error> {
        self.wait(|connection| connection.pending.is_empty())
    }

    /// Whether the server still keeps the connection, as far as can be told without
    /// waiting.
    #[must_use]
    pub fn is_usable(&mut self) -> bool {
        self.take_answers().is_ok()
    }

    /// Says BYE, reads to the server's BYE or to the end of the stream, and closes
    /// (`bye.sent`).
    ///
    /// # Errors
    ///
    /// [`Error::Fault`] if the server sends something else, [`Error::Ended`]; a server
    /// that just closes, or does not answer within 5 s, has nothing left to say.
    pub fn close(mut self) -> Result<(), Error> {
        self.settle()?;
        let result = self.farewell();
        match result {
            Err(error @ (Error::Fault(_) | Error::Ended { .. } | Error::Misuse(_))) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn farewell(&mut self) -> Result<(), Error> {
        let mut frame = [0; Header::LEN];
        self.session.bye(&mut Output::new(&mut frame))?;
        self.write(&frame)?;
        let deadline = Instant::now() + FAREWELL;
        while self.usable {
            match self.link.wait_readable_until(deadline) {
                Ok(Waited::Ready) => self.take_answers()?,
                Ok(Waited::Expired | Waited::Interrupted) => break,
                Err(error) => return Err(Error::lost(error)),
            }
        }
        Ok(())
    }

    /// Waits until the session can keep another request in mind.
    pub(super) fn make_room(&mut self) -> Result<(), Error> {
        self.wait(|connection| connection.pending.len() < MAX_OUTSTANDING)
    }

    pub(super) fn wait(&mut self, done: impl Fn(&Self) -> bool) -> Result<(), Error> {
        self.flush()?;
        while !done(self) {
            match self.link.wait_readable() {
                Ok(waited) => self.proceed(waited)?,
                Err(error) => return Err(self.failed(Error::lost(error))),
            }
            self.take_answers()?;
        }
        Ok(())
    }

    /// Writes what has been prepared, reading what comes.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let out = std::mem::take(&mut self.out);
        let used = std::mem::take(&mut self.used);
        let result = self.write(&out[..used]);
        self.out = out;
        result
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.link.begin_waiting();
        self.take_answers()?;
        let mut written = 0;
        while written < octets.len() {
            match self.link.write(&octets[written..]) {
                Ok(0) => {
                    match self.link.wait_writable() {
                        Ok(waited) => self.proceed(waited)?,
                        Err(error) => return Err(self.failed(Error::lost(error))),
                    }
                    self.take_answers()?;
                }
                Ok(octets) => written += octets,
                Err(error) => return Err(self.last_word(error)),
            }
        }
        Ok(())
    }

    fn proceed(&mut self, waited: Waited) -> Result<(), Error> {
        match waited {
            Waited::Ready => Ok(()),
            Waited::Expired => Err(self.failed(Error::Silent(self.link.silence()))),
            Waited::Interrupted => Err(self.failed(Error::Interrupted)),
        }
    }

    /// What the server has sent before a write failed, else that failure
    /// (`closing.last-word`).
    fn last_word(&mut self, failure: io::Error) -> Error {
        let deadline = Instant::now() + LAST_WORD.min(self.link.silence());
        while let Ok(Waited::Ready) = self.link.wait_readable_until(deadline) {
            match self.take_answers() {
                Ok(()) => {}
                Err(Error::Lost { .. }) => break,
                Err(last_word) => return last_word,
            }
        }
        self.failed(Error::lost(failure))
    }

    /// Takes everything that has come, without waiting.
    fn take_answers(&mut self) -> Result<(), Error> {
        loop {
            if !self.usable {
                return Err(Error::Misuse(Misuse::Ended));
            }
            let received = self.link.read();
            while self.step()? {}
            match received {
                Ok(Received::Octets) => {}
                Ok(Received::Nothing) => return Ok(()),
                Ok(Received::End) if !self.usable => return Ok(()),
                Ok(Received::End) => {
                    self.session.end_of_stream();
                    return Err(self.failed(Error::Lost { source: None }));
                }
                Err(error) => return Err(self.failed(Error::lost(error))),
            }
            if !self.usable {
                return Ok(());
            }
        }
    }

    /// Takes one event; `false` if more octets are needed.
    fn step(&mut self) -> Result<bool, Error> {
        let step = match self.session.receive(self.link.received()) {
            Ok(step) => step,
            Err(error) => return Err(self.failed(error.into())),
        };
        let mut ended = None;
        match step.event {
            Event::NeedMore(_) => {
                self.link.consume(step.consumed);
                return Ok(false);
            }
            Event::Preface(_) | Event::Passed => {}
            Event::Reply(text) => {
                self.pending.pop_front();
                self.reply = Some(Ok(text.to_owned()));
            }
            Event::Continue(point) => {
                if let Some(Pending::Upload(upload)) = self.pending.front_mut() {
                    upload.point = Some(point);
                }
            }
            Event::Stored(stored) => {
                if let Some(Pending::Upload(upload)) = self.pending.pop_front() {
                    let outcome = compare(&upload, stored);
                    self.answers.push_back((upload.tag, outcome));
                }
            }
            Event::Refused(error) => {
                let (code, message) = owned(&error);
                let error = Error::Refused { code, message };
                match self.pending.pop_front() {
                    Some(Pending::Text) => self.reply = Some(Err(error)),
                    Some(Pending::Upload(upload)) if !upload.forgotten => {
                        self.answers.push_back((upload.tag, Err(error)));
                    }
                    Some(Pending::Upload(_)) | None => {}
                }
            }
            Event::Ended(error) => {
                let (code, message) = owned(&error);
                ended = Some(Error::Ended { code, message });
            }
            Event::Bye => self.usable = false,
        }
        self.link.consume(step.consumed);
        match ended {
            Some(error) => Err(self.failed(error)),
            None => Ok(self.usable),
        }
    }

    /// Gives an upload its outcome before, or without, the server's final answer.
    pub(super) fn answer(&mut self, tag: u64, outcome: Result<Receipt, Error>) {
        self.answers.push_back((tag, outcome));
    }

    /// The upload that is being sent, unless it was answered already.
    pub(super) fn newest(&mut self, tag: u64) -> Option<&mut PendingUpload> {
        match self.pending.back_mut() {
            Some(Pending::Upload(upload)) if upload.tag == tag && !upload.forgotten => Some(upload),
            Some(Pending::Upload(_) | Pending::Text) | None => None,
        }
    }

    /// An upload that never has to wait looks at the flag here. The connection is closed
    /// without an ABORT, which would drop what a later run goes on from
    /// (`resume.close-not-abort`).
    pub(super) fn heed_interrupt(&mut self) -> Result<(), Error> {
        if self.link.interrupt().is_set() { Err(self.failed(Error::Interrupted)) } else { Ok(()) }
    }

    fn failed(&mut self, error: Error) -> Error {
        self.usable = false;
        error
    }
}

fn owned(error: &ErrorFrame<'_>) -> (Code, String) {
    (error.code, String::from_utf8_lossy(error.message()).into_owned())
}

/// `end.stored-compared`
fn compare(upload: &PendingUpload, stored: Completion) -> Result<Receipt, Error> {
    match upload.sent {
        Some(sent) if sent == stored => {
            let held = upload.point.map_or(0, |point| point.offset);
            Ok(Receipt::framed(stored, held))
        }
        Some(sent) => Err(Error::StoredDiffers { sent, stored }),
        // The session lets no STORED pass before END.
        None => Err(Error::Misuse(Misuse::AnswerNotDue)),
    }
}
