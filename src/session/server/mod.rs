//! The server's side of the framed profile.
//!
//! See the [module above](super) for how to drive it. What is left to the caller: the
//! text handler, the storage's judgement of a FILE from `permission` on, the octets and
//! their digest, and time. What the session does alone: the line, every judgement that
//! octets decide, sizes, and the order of answers.

mod message;
mod step;

use core::num::NonZeroUsize;

use self::message::OwnMessage;
use super::fault::{Error, Fault, Misuse};
use super::state::{State, Trigger, server_cell};
use crate::wire::{
    Agent, Class, Code, Completion, DeclaredSize, Digest, DigestKind, ErrorFrame, FileRequest,
    Frame, Limits, Message, Output, PayloadLimit, Preface, ResumePoint, Role, TextPayload, Version,
};

/// What a step has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'i> {
    /// At least this many octets are missing before the next event.
    NeedMore(NonZeroUsize),
    /// `out` had less room than [`Server::STEP_ROOM`]: flush it and call again.
    NeedRoom,
    /// The client's line has come, and the server's was written.
    Preface(Preface<'i>),
    /// A text. Due: [`Server::reply`] or [`Server::refuse`].
    Text(&'i str),
    /// A file. Due: [`Server::accept`] or [`Server::refuse`].
    File(FileRequest<'i>),
    /// Octets of the open upload, in order.
    Data(&'i [u8]),
    /// The end of the upload; its size is right. Due: [`Server::stored`] or
    /// [`Server::refuse`].
    End(Completion),
    /// The client gave the upload up; 220 was written. Drop what it left.
    Aborted,
    /// The session itself refused a request that had not begun; the ERROR was written.
    Refused(Code),
    /// The session itself failed the open upload, whose octets are to be dropped (215) or
    /// not kept (212); the ERROR was written.
    Failed(Code),
    /// A frame without an answer has passed: an ignorable one, or one in `discard`.
    Passed,
    /// The client has ended; BYE was written. Close.
    Bye,
}

/// A step: what was found, and how many octets at the front of the input are done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'i> {
    /// Octets of the input that the caller drops before the next call.
    pub consumed: usize,
    /// What was found.
    pub event: Event<'i>,
}

/// How a reply went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replied {
    /// As REPLY.
    Sent,
    /// As ERROR 201: it is longer than the client accepts.
    TooLarge,
}

/// Where in the stream the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Preface,
    Header,
    /// Inside a DATA payload, with so many octets to come.
    Data(u32),
    /// Inside a payload that is skipped, with so many octets to come.
    Skip(u32),
}

/// The answer that the caller owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Text,
    File { size: DeclaredSize, digest: DigestKind, resume: bool },
    End(u64),
}

/// The upload that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Upload {
    size: DeclaredSize,
    digest: DigestKind,
    held: u64,
}

/// A server's session.
#[derive(Clone, Debug)]
pub struct Server {
    limits: Limits,
    agent: Option<Agent<'static>>,
    reply_limit: PayloadLimit,
    phase: Phase,
    state: State,
    due: Option<Due>,
    upload: Option<Upload>,
    offset: u64,
    fault: Option<Fault>,
}

impl Server {
    /// Room that [`Self::receive`] wants in its output: a line and an ERROR of its own.
    pub const STEP_ROOM: usize = Preface::MAX_LEN + OwnMessage::FRAME_LEN;

    /// A session that states these limits and this agent.
    #[must_use]
    pub const fn new(limits: Limits, agent: Option<Agent<'static>>) -> Self {
        Self {
            limits,
            agent,
            reply_limit: PayloadLimit::LEAST,
            phase: Phase::Preface,
            state: State::Idle,
            due: None,
            upload: None,
            offset: 0,
            fault: None,
        }
    }

    /// The state of the table.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether the client's line has been judged.
    #[must_use]
    pub const fn has_preface(&self) -> bool {
        !matches!(self.phase, Phase::Preface)
    }

    /// Whether the next octet begins a frame: no payload is being streamed or skipped.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        matches!(self.phase, Phase::Header)
    }

    /// Takes one step over the octets that have come and not been consumed, in their order
    /// (`conversation.in-order`), wherever they were cut (`frame.split-invariance`).
    /// Nothing is taken while an answer is due, so that each request has one, in the order
    /// of the requests (`answer.one-each`, `answer.order`), and sending more than one at
    /// once does no harm (`flow.pipelining`).
    ///
    /// # Errors
    ///
    /// [`Error::Peer`] when the client broke the protocol: the last ERROR has been written
    /// (after the server's own line, if that was missing); flush it and close as
    /// `closing.procedure` says. [`Error::Misuse`] while an answer is due.
    pub fn receive<'i>(
        &mut self,
        input: &'i [u8],
        out: &mut Output<'_>,
    ) -> Result<Step<'i>, Error> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        if self.state == State::Closed {
            return Err(Misuse::Ended.into());
        }
        if self.due.is_some() {
            return Err(Misuse::AnswerNotDue.into());
        }
        if out.room() < Self::STEP_ROOM {
            return Ok(Step { consumed: 0, event: Event::NeedRoom });
        }
        self.step(input, out)
    }

    /// The client has ended its sending direction (`state.idle.end-of-stream`). Says
    /// whether that cut a line, a frame or an upload off; nothing is written
    /// (`preface.cut-off`, `eof.cut-frame`, `eof.open-upload`). An answer that is
    /// due is still due, and can be given.
    pub fn end_of_stream(&mut self, unconsumed: &[u8]) -> bool {
        let cut = !unconsumed.is_empty() || self.phase != Phase::Header || self.upload.is_some();
        self.state = server_cell(self.state, Trigger::EndOfStream).then;
        if self.due.is_none() {
            self.upload = None;
        }
        cut
    }

    /// Answers the text that is due.
    ///
    /// # Errors
    ///
    /// [`Misuse`] if no text is due, or if there is no room for the reply; then it is
    /// still due.
    pub fn reply(&mut self, text: &str, out: &mut Output<'_>) -> Result<Replied, Misuse> {
        if self.due != Some(Due::Text) {
            return Err(Misuse::AnswerNotDue);
        }
        let fits = u32::try_from(text.len()).is_ok_and(|len| len <= self.reply_limit.octets());
        let Some(payload) = TextPayload::new(text).filter(|_| fits) else {
            let message = OwnMessage::new(format_args!(
                "the reply has {} octets, but the client accepts {}",
                text.len(),
                self.reply_limit.octets()
            ));
            // `text.reply-limit`
            self.refuse(Code::REPLY_TOO_LARGE, message.as_str(), out)?;
            return Ok(Replied::TooLarge);
        };
        Frame::Reply(payload).emit(out).map_err(Misuse::ShortOutput)?;
        self.due = None;
        self.state = server_cell(self.state, Trigger::Text).then;
        Ok(Replied::Sent)
    }

    /// Accepts the file that is due: the upload goes on from `point`. This is the one
    /// CONTINUE (`answer.continue-once`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] if no file is due, if the offset is above what `resume.offset` allows, or
    /// if there is no room; then it is still due.
    pub fn accept(&mut self, point: ResumePoint, out: &mut Output<'_>) -> Result<(), Misuse> {
        let Some(Due::File { size, digest, resume }) = self.due else {
            return Err(Misuse::AnswerNotDue);
        };
        let most = size.known().filter(|_| resume).unwrap_or(0);
        if point.offset > most {
            return Err(Misuse::SizeMismatch { size: point.offset, expected: most });
        }
        Frame::Continue(point).emit(out).map_err(Misuse::ShortOutput)?;
        self.due = None;
        self.upload = Some(Upload { size, digest, held: point.offset });
        self.state = server_cell(self.state, Trigger::File).then;
        Ok(())
    }

    /// Confirms the upload whose END is due with the digest of what was written.
    ///
    /// # Errors
    ///
    /// [`Misuse`] if no END is due, if the digest is of another kind, or if there is no
    /// room; then it is still due.
    pub fn stored(&mut self, digest: Digest, out: &mut Output<'_>) -> Result<(), Misuse> {
        let (Some(Due::End(size)), Some(upload)) = (self.due, self.upload) else {
            return Err(Misuse::AnswerNotDue);
        };
        if digest.kind() != upload.digest {
            return Err(Misuse::WrongDigest(digest.kind()));
        }
        Frame::Stored(Completion { size, digest }).emit(out).map_err(Misuse::ShortOutput)?;
        self.due = None;
        self.upload = None;
        self.state = server_cell(self.state, Trigger::End).then;
        Ok(())
    }

    /// Refuses the request that is due, or fails the upload that is open, with an ERROR
    /// 2xx, which ends nothing else (`error.2xx-one-request`). A message above 1024 octets is cut.
    ///
    /// # Errors
    ///
    /// [`Misuse`] if there is nothing to refuse, if the code is not 2xx, or if there is no
    /// room.
    pub fn refuse(
        &mut self,
        code: Code,
        message: &str,
        out: &mut Output<'_>,
    ) -> Result<(), Misuse> {
        let trigger = match (self.due, self.state) {
            (Some(Due::Text), _) => Trigger::Text,
            (Some(Due::File { .. }), _) => Trigger::File,
            (Some(Due::End(_)), _) => Trigger::End,
            (None, State::Open) => Trigger::Data,
            (None, State::Idle | State::Discard | State::Closed) => {
                return Err(Misuse::AnswerNotDue);
            }
        };
        if code.class() != Class::Request {
            return Err(Misuse::WrongClass(code));
        }
        emit_error(code, message, out)?;
        self.due = None;
        self.upload = None;
        let cell = server_cell(self.state, trigger);
        self.state = cell.refused.unwrap_or(cell.then);
        Ok(())
    }

    /// Ends the connection with an ERROR 1xx, after the server's own line if that was not
    /// sent yet (`preface.line-before-error`). The profile must be known (`detection.silence`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] if the session has ended, if the code is not 1xx, or if there is no room.
    pub fn close(&mut self, code: Code, message: &str, out: &mut Output<'_>) -> Result<(), Misuse> {
        if self.state == State::Closed {
            return Err(Misuse::Ended);
        }
        if code.class() != Class::Connection {
            return Err(Misuse::WrongClass(code));
        }
        let error = ErrorFrame::new(code, Message::truncated(message));
        let line = if self.has_preface() { 0 } else { Preface::MAX_LEN };
        let needed = Frame::Error(error).encoded_len().saturating_add(line);
        out.require(needed).map_err(Misuse::ShortOutput)?;
        if !self.has_preface() {
            self.emit_line(out)?;
        }
        Frame::Error(error).emit(out).map_err(Misuse::ShortOutput)?;
        self.due = None;
        self.upload = None;
        // `error.1xx-last`
        self.state = State::Closed;
        Ok(())
    }

    pub(super) fn emit_line(&self, out: &mut Output<'_>) -> Result<(), Misuse> {
        let line = Preface {
            version: Version::ONE,
            chunk: Some(self.limits.chunk),
            text: Some(self.limits.text),
            file: self.limits.file,
            agent: None,
        };
        line.with_agent(self.agent).emit(Role::Server, out).map_err(Misuse::ShortOutput)
    }
}

fn emit_error(code: Code, message: &str, out: &mut Output<'_>) -> Result<(), Misuse> {
    let error = ErrorFrame::new(code, Message::truncated(message));
    Frame::Error(error).emit(out).map_err(Misuse::ShortOutput)
}
