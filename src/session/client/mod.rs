//! The client's side of the framed profile.
//!
//! The caller says what it wants to send ([`Client::text`], [`Client::file`], ...), which
//! the session checks and emits, and hands in what comes ([`Client::receive`]), which the
//! session judges by the client's table: each final answer is that of the oldest request
//! (`answer.to-oldest`).
//!
//! After a fault of the server nothing more can be sent (`answer.client-table`).

mod step;

use core::num::NonZeroUsize;

use super::fault::{Error, Fault, Misuse};
use super::input::as_usize;
use super::outstanding::{Outstanding, Progress, Request, Upload};
use super::state::Oldest;
use crate::wire::{
    Agent, Completion, ErrorFrame, FileRequest, Frame, FrameType, Header, Limits, Output,
    PayloadLimit, Preface, ResumePoint, Role, TextPayload, Version,
};

/// What a step has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'i> {
    /// At least this many octets are missing before the next event.
    NeedMore(NonZeroUsize),
    /// The server's line: its limits are [`Client::limits`] from now on.
    Preface(Preface<'i>),
    /// The final answer of a text.
    Reply(&'i str),
    /// The upload that is the oldest request may go on from here. Compare the octets
    /// (`resume.compared`).
    Continue(ResumePoint),
    /// The final answer of an upload. Compare it (`end.stored-compared`).
    Stored(Completion),
    /// The final answer of the oldest request: refused.
    Refused(ErrorFrame<'i>),
    /// The server ends the connection with an ERROR 1xx: close.
    Ended(ErrorFrame<'i>),
    /// The server has answered BYE: close.
    Bye,
    /// An ignorable frame has passed.
    Passed,
}

/// A step: what was found, and how many octets at the front of the input are done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'i> {
    /// Octets of the input that the caller drops before the next call.
    pub consumed: usize,
    /// What was found.
    pub event: Event<'i>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Preface,
    Header,
    Skip(u32),
    Ended,
}

/// A client's session.
#[derive(Clone, Debug)]
pub struct Client {
    reply_limit: PayloadLimit,
    limits: Option<Limits>,
    phase: Phase,
    outstanding: Outstanding,
    line_sent: bool,
    bye_sent: bool,
    offset: u64,
    fault: Option<Fault>,
}

impl Client {
    /// Room that every frame but TEXT and DATA is sure to find enough: the largest FILE.
    pub const SEND_ROOM: usize = 2062 + Header::LEN;

    /// A session that accepts replies up to this limit.
    #[must_use]
    pub const fn new(reply_limit: PayloadLimit) -> Self {
        Self {
            reply_limit,
            limits: None,
            phase: Phase::Preface,
            outstanding: Outstanding::new(),
            line_sent: false,
            bye_sent: false,
            offset: 0,
            fault: None,
        }
    }

    /// The server's limits, once its line has come.
    #[must_use]
    pub const fn limits(&self) -> Option<Limits> {
        self.limits
    }

    /// How many requests have no final answer.
    #[must_use]
    pub const fn unanswered(&self) -> usize {
        self.outstanding.len()
    }

    /// The row of the client's table.
    #[must_use]
    pub fn oldest(&self) -> Oldest {
        match self.outstanding.row() {
            Oldest::None if self.bye_sent => Oldest::Bye,
            row => row,
        }
    }

    /// Writes the client's line (`preface.client-first`), with the only version that it
    /// speaks (`preface.version-offered`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] if it was written before, or if there is less room than
    /// [`Preface::MAX_LEN`].
    pub fn preface(
        &mut self,
        agent: Option<Agent<'_>>,
        out: &mut Output<'_>,
    ) -> Result<(), Misuse> {
        if self.line_sent || self.phase == Phase::Ended {
            return Err(Misuse::Ended);
        }
        let line = Preface { text: Some(self.reply_limit), ..Preface::new(Version::ONE) };
        line.with_agent(agent).emit(Role::Client, out).map_err(Misuse::ShortOutput)?;
        self.line_sent = true;
        Ok(())
    }

    /// Writes a TEXT (`text.client-limit`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] before the server's line, inside an upload, above the server's `text`,
    /// with too many requests unanswered, or without room.
    pub fn text(&mut self, text: &str, out: &mut Output<'_>) -> Result<(), Misuse> {
        let limits = self.request_allowed(FrameType::Text)?;
        let most = limits.text.octets();
        let payload = TextPayload::new(text)
            .filter(|_| text.len() <= as_usize(most))
            .ok_or(Misuse::TooLong { len: text.len(), most })?;
        Frame::Text(payload).emit(out).map_err(Misuse::ShortOutput)?;
        self.outstanding.push(Request::Text);
        Ok(())
    }

    /// Writes a FILE; its upload is then the one that [`Self::data`], [`Self::end`] and
    /// [`Self::abort`] speak of.
    ///
    /// # Errors
    ///
    /// [`Misuse`] before the server's line, inside an upload, with too many requests
    /// unanswered, or without room.
    pub fn file(&mut self, request: &FileRequest<'_>, out: &mut Output<'_>) -> Result<(), Misuse> {
        self.request_allowed(FrameType::File)?;
        Frame::File(*request).emit(out).map_err(Misuse::ShortOutput)?;
        self.outstanding.push(Request::File(Upload {
            digest: request.digest,
            size: request.size,
            resume: request.flags.resume,
            continued: false,
            progress: Progress::Sending,
            reached: 0,
        }));
        Ok(())
    }

    /// The header of a DATA with `len` octets, which the caller sends right after it: so
    /// the octets of the file need not be copied. It is never empty, too long or past the
    /// size (`data.client-limit`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] without an upload that is being sent, with no octet or more than the
    /// server's `chunk`, past the declared size, or before the CONTINUE of a resumed
    /// upload.
    pub fn data(&mut self, len: u32) -> Result<[u8; Header::LEN], Misuse> {
        let most = self.sendable(FrameType::Data)?.chunk.octets();
        if len == 0 || len > most {
            return Err(Misuse::TooLong { len: as_usize(len), most });
        }
        let upload = self.sending(FrameType::Data)?;
        let reached = upload.reached.saturating_add(u64::from(len));
        if let Some(expected) = upload.size.known().filter(|&size| reached > size) {
            return Err(Misuse::SizeMismatch { size: reached, expected });
        }
        upload.reached = reached;
        Ok(Header::new(FrameType::Data, len).octets())
    }

    /// Writes the END of the upload that is being sent.
    ///
    /// # Errors
    ///
    /// [`Misuse`] without such an upload, with a digest of another kind, with a size that
    /// is not the one declared and sent, before the CONTINUE of a resumed upload, or
    /// without room.
    pub fn end(&mut self, completion: &Completion, out: &mut Output<'_>) -> Result<(), Misuse> {
        self.sendable(FrameType::End)?;
        let upload = self.sending(FrameType::End)?;
        if completion.digest.kind() != upload.digest {
            return Err(Misuse::WrongDigest(completion.digest.kind()));
        }
        let expected = upload.size.known().unwrap_or(upload.reached);
        if completion.size != upload.reached || completion.size != expected {
            return Err(Misuse::SizeMismatch { size: completion.size, expected });
        }
        Frame::End(*completion).emit(out).map_err(Misuse::ShortOutput)?;
        upload.progress = Progress::Ended;
        Ok(())
    }

    /// Writes an ABORT of the upload that is being sent (`abort.not-after-end`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] without such an upload, or without room.
    pub fn abort(&mut self, out: &mut Output<'_>) -> Result<(), Misuse> {
        self.sendable(FrameType::Abort)?;
        let upload = self
            .outstanding
            .newest_upload()
            .filter(|upload| upload.progress == Progress::Sending)
            .ok_or(Misuse::NotAllowed(FrameType::Abort))?;
        Frame::Abort.emit(out).map_err(Misuse::ShortOutput)?;
        upload.progress = Progress::Aborted;
        Ok(())
    }

    /// Writes an ignorable frame of no octets, which shows the server that the client lives
    /// (`timer.client-keepalive`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] before the server's line, after the end, or without room.
    pub fn keepalive(&mut self, out: &mut Output<'_>) -> Result<(), Misuse> {
        if self.phase == Phase::Ended || self.bye_sent || self.limits.is_none() {
            return Err(Misuse::Ended);
        }
        let header = Header { kind: Header::KEEPALIVE, length: 0 };
        out.put(&header.octets()).map_err(Misuse::ShortOutput)
    }

    /// Writes a BYE, after which nothing more can be sent (`bye.then-nothing`).
    ///
    /// # Errors
    ///
    /// [`Misuse`] before the server's line, inside an upload, or without room.
    pub fn bye(&mut self, out: &mut Output<'_>) -> Result<(), Misuse> {
        self.between_uploads(FrameType::Bye)?;
        Frame::Bye.emit(out).map_err(Misuse::ShortOutput)?;
        self.bye_sent = true;
        Ok(())
    }

    /// Takes one step over the octets that have come and not been consumed, wherever they were
    /// cut (`frame.split-invariance`).
    ///
    /// # Errors
    ///
    /// [`Error::Peer`] when the server broke the protocol: close without sending anything
    /// more. [`Error::Misuse`] after the end.
    pub fn receive<'i>(&mut self, input: &'i [u8]) -> Result<Step<'i>, Error> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        self.step(input)
    }

    /// The server has ended its sending direction; [`Self::unanswered`] requests have an
    /// unknown outcome (`outcome.unknown`).
    pub const fn end_of_stream(&mut self) {
        self.phase = Phase::Ended;
    }

    /// Nothing is sent before the server's line (`preface.client-waits`), after an ERROR 1xx
    /// (`closing.after-1xx`) or a fault (`frame.client-fault`), or after BYE.
    fn sendable(&self, frame: FrameType) -> Result<Limits, Misuse> {
        if self.phase == Phase::Ended || self.bye_sent {
            return Err(Misuse::Ended);
        }
        self.limits.ok_or(Misuse::NotAllowed(frame))
    }

    /// What the server's table calls X104 inside an upload is not sent there
    /// (`state.client`).
    fn between_uploads(&mut self, frame: FrameType) -> Result<Limits, Misuse> {
        let limits = self.sendable(frame)?;
        match self.outstanding.newest_upload() {
            Some(upload) if upload.progress == Progress::Sending => Err(Misuse::NotAllowed(frame)),
            Some(_) | None => Ok(limits),
        }
    }

    fn request_allowed(&mut self, frame: FrameType) -> Result<Limits, Misuse> {
        let limits = self.between_uploads(frame)?;
        if self.outstanding.is_full() { Err(Misuse::TooManyOutstanding) } else { Ok(limits) }
    }

    /// The upload that is being sent, if it need not wait (`flow.resume-waits`).
    fn sending(&mut self, frame: FrameType) -> Result<&mut Upload, Misuse> {
        let upload = self
            .outstanding
            .newest_upload()
            .filter(|upload| upload.progress == Progress::Sending)
            .ok_or(Misuse::NotAllowed(frame))?;
        if upload.resume && !upload.continued {
            return Err(Misuse::AwaitingContinue);
        }
        Ok(upload)
    }
}
