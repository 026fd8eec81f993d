//! What the server's session does with the octets that come.

use core::fmt::Arguments;
use core::num::NonZeroUsize;

use super::message::OwnMessage;
use super::{Due, Event, Phase, Server, Step, Upload, emit_error};
use crate::session::fault::{Error, Fault, FaultReason, Misuse};
use crate::session::input::{as_usize, missing, part};
use crate::session::state::{Action, Trigger, server_cell};
use crate::wire::{
    Code, Completion, DeclaredSize, DigestKind, FileError, FileRequest, FileSize, Frame, Header,
    HeaderError, Judged, Output, Parse, PayloadError, PayloadLimit, ReceiveLimits, Role,
    parse_preface,
};

/// Why a step was not taken.
enum Stop {
    Fault(FaultReason),
    Misuse(Misuse),
}

impl From<FaultReason> for Stop {
    fn from(reason: FaultReason) -> Self {
        Self::Fault(reason)
    }
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl Server {
    /// One step, with room for the session's own answers.
    pub(super) fn step<'i>(
        &mut self,
        input: &'i [u8],
        out: &mut Output<'_>,
    ) -> Result<Step<'i>, Error> {
        let step = match self.phase {
            Phase::Preface => self.preface(input, out),
            Phase::Header => self.header(input, out),
            Phase::Data(left) => self.data(left, input, 0, out),
            Phase::Skip(left) => Ok(self.skip(left, input, 0)),
        };
        match step {
            Ok(step) => {
                let consumed = u64::try_from(step.consumed).unwrap_or(u64::MAX);
                self.offset = self.offset.saturating_add(consumed);
                Ok(step)
            }
            Err(Stop::Misuse(misuse)) => Err(misuse.into()),
            Err(Stop::Fault(reason)) => {
                let fault = Fault { offset: self.offset, reason };
                let message = OwnMessage::new(format_args!("{reason}"));
                self.close(reason.code(), message.as_str(), out)?;
                self.fault = Some(fault);
                Err(fault.into())
            }
        }
    }

    /// The client's line: answered with the server's (`preface.server-answers`), in the only
    /// version that there is (`preface.version-chosen`). What came behind it is the next
    /// step's (`preface.early-octets`), whatever the agent said (`preface.agent`).
    fn preface<'i>(&mut self, input: &'i [u8], out: &mut Output<'_>) -> Result<Step<'i>, Stop> {
        match parse_preface(Role::Client, input).map_err(FaultReason::Preface)? {
            Parse::NeedMore(missing) => Ok(Step { consumed: 0, event: Event::NeedMore(missing) }),
            Parse::Complete(preface, consumed) => {
                self.emit_line(out)?;
                self.reply_limit = preface.text.unwrap_or(PayloadLimit::LEAST);
                self.phase = Phase::Header;
                Ok(Step { consumed, event: Event::Preface(preface) })
            }
        }
    }

    /// A frame's header, judged before any octet of its payload (`frame.judged-early`) and in
    /// the state that the frames before it have led to (`frame.judged-in-state`).
    fn header<'i>(&mut self, input: &'i [u8], out: &mut Output<'_>) -> Result<Step<'i>, Stop> {
        let Some(header) = Header::parse(input) else {
            return Ok(need_more(Header::LEN, input.len()));
        };
        let state = self.state;
        let limits = ReceiveLimits { chunk: self.limits.chunk, text: self.limits.text };
        let allowed = |frame| {
            Trigger::of_frame(frame)
                .is_some_and(|trigger| server_cell(state, trigger).action != Action::Unexpected)
        };
        let judged = header.judge(Role::Client, limits, allowed).map_err(FaultReason::Header)?;
        let Judged::Take(frame) = judged else {
            return Ok(self.skip(header.length, input, Header::LEN));
        };
        let unexpected = Stop::Fault(FaultReason::Header(HeaderError::Unexpected(frame)));
        let cell = server_cell(state, Trigger::of_frame(frame).ok_or(unexpected)?);
        match cell.action {
            Action::Take => self.data(header.length, input, Header::LEN, out),
            // `state.discard-headers`: the payload is not looked at.
            Action::Skip => {
                self.state = cell.then;
                Ok(self.skip(header.length, input, Header::LEN))
            }
            // `abort.never-stored`: no END can follow.
            Action::Abort => {
                emit_error(Code::ABORTED, "the client gave the upload up", out)?;
                self.upload = None;
                self.state = cell.then;
                Ok(Step { consumed: Header::LEN, event: Event::Aborted })
            }
            // `bye.answered`: nothing before it is due any more. Nothing else says BYE
            // (`bye.not-unasked`), and after it nothing is received (`bye.rest-ignored`) or
            // sent (`bye.then-nothing`).
            Action::Bye => {
                Frame::Bye.emit(out).map_err(Misuse::ShortOutput)?;
                self.state = cell.then;
                Ok(Step { consumed: Header::LEN, event: Event::Bye })
            }
            Action::Reply => whole(header, input, |payload| self.text(payload, out)),
            Action::Judge => whole(header, input, |payload| self.file(payload, out)),
            Action::Complete => whole(header, input, |payload| self.end(payload, out)),
            // The judgement above refuses the one, and no frame leads to the other.
            Action::Unexpected | Action::Close => {
                Err(FaultReason::Header(HeaderError::Unexpected(frame)).into())
            }
        }
    }

    /// A TEXT is refused here if it is not UTF-8, before the handler can refuse it
    /// (`text.utf8`, `text.judged-in-order`); else an answer is due (`text.answered`).
    fn text<'i>(&mut self, payload: &'i [u8], out: &mut Output<'_>) -> Result<Event<'i>, Stop> {
        self.due = Some(Due::Text);
        match core::str::from_utf8(payload) {
            Ok(text) => Ok(Event::Text(text)),
            Err(error) => {
                let reason = PayloadError::NotUtf8 { offset: error.valid_up_to() };
                self.refuse_due(Code::INVALID_TEXT, format_args!("{reason}"), out)?;
                Ok(Event::Refused(Code::INVALID_TEXT))
            }
        }
    }

    fn file<'i>(&mut self, payload: &'i [u8], out: &mut Output<'_>) -> Result<Event<'i>, Stop> {
        let error = match FileRequest::parse(payload) {
            Ok(request) => {
                let FileRequest { size, digest, flags, .. } = request;
                self.due = Some(Due::File { size, digest, resume: flags.resume });
                return Ok(Event::File(request));
            }
            Err(error) => error,
        };
        let code = match error {
            FileError::Layout => return Err(FaultReason::from(error).into()),
            FileError::Flags(_) => Code::UNSUPPORTED_FLAG,
            FileError::Digest(_) => Code::UNSUPPORTED_DIGEST,
            FileError::Destination(_) | FileError::Source(_) => Code::BAD_PATH,
        };
        let size = DeclaredSize::UNKNOWN;
        self.due = Some(Due::File { size, digest: DigestKind::Crc32, resume: false });
        self.refuse_due(code, format_args!("{error}"), out)?;
        Ok(Event::Refused(code))
    }

    /// An END whose size is neither what is held nor what FILE said is refused (`end.size`).
    fn end<'i>(&mut self, payload: &'i [u8], out: &mut Output<'_>) -> Result<Event<'i>, Stop> {
        let Some(upload) = self.upload else {
            return Ok(Event::Passed);
        };
        let completion = Completion::parse(payload, upload.digest)
            .ok_or(FaultReason::DigestLength(upload.digest))?;
        self.due = Some(Due::End(completion.size));
        let size = completion.size;
        let declared = upload.size.known().unwrap_or(size);
        if size == upload.held && size == declared {
            return Ok(Event::End(completion));
        }
        let held = upload.held;
        let arguments =
            format_args!("END says {size} octets, FILE said {declared}, and {held} are here");
        self.refuse_due(Code::SIZE_MISMATCH, arguments, out)?;
        Ok(Event::Failed(Code::SIZE_MISMATCH))
    }

    /// Takes what has come of a DATA payload of which `left` octets are to come. It is
    /// judged by its whole length, so that a refusal waits for no octet of it
    /// (`data.at-header`, `data.refusal-prompt`). DATA needs nothing but an open upload
    /// (`flow.eager`).
    fn data<'i>(
        &mut self,
        left: u32,
        input: &'i [u8],
        header: usize,
        out: &mut Output<'_>,
    ) -> Result<Step<'i>, Stop> {
        let Some(upload) = self.upload.as_mut() else {
            return Ok(self.skip(left, input, header));
        };
        let (bound, code) = bound(upload, self.limits.file);
        let after = upload.held.saturating_add(u64::from(left));
        if after > bound {
            let message = OwnMessage::new(format_args!(
                "this DATA leads to {after} octets, but {bound} is the most"
            ));
            self.phase = Phase::Skip(left);
            self.refuse(code, message.as_str(), out)?;
            return Ok(Step { consumed: header, event: Event::Failed(code) });
        }
        let (octets, rest) = part(left, input, header);
        upload.held = upload.held.saturating_add(u64::from(left.saturating_sub(rest)));
        self.phase = if rest == 0 { Phase::Header } else { Phase::Data(rest) };
        let event = if octets.is_empty() {
            Event::NeedMore(NonZeroUsize::MIN)
        } else {
            Event::Data(octets)
        };
        Ok(Step { consumed: header.saturating_add(octets.len()), event })
    }

    fn skip<'i>(&mut self, left: u32, input: &'i [u8], header: usize) -> Step<'i> {
        let (octets, rest) = part(left, input, header);
        let consumed = header.saturating_add(octets.len());
        match NonZeroUsize::new(as_usize(rest)) {
            None => {
                self.phase = Phase::Header;
                Step { consumed, event: Event::Passed }
            }
            Some(missing) => {
                self.phase = Phase::Skip(rest);
                Step { consumed, event: Event::NeedMore(missing) }
            }
        }
    }

    /// Refuses what is due with a message of the session's own.
    fn refuse_due(
        &mut self,
        code: Code,
        arguments: Arguments<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Misuse> {
        self.refuse(code, OwnMessage::new(arguments).as_str(), out)
    }
}

/// The most octets that an upload may have, and what one more is (`data.past-size`,
/// `data.past-limit`).
fn bound(upload: &Upload, limit: Option<FileSize>) -> (u64, Code) {
    match upload.size.known() {
        Some(size) => (size, Code::SIZE_MISMATCH),
        None => (limit.unwrap_or(FileSize::MOST).octets(), Code::TOO_LARGE),
    }
}

/// Handles a payload that has come whole, or says how many octets are missing.
fn whole<'i>(
    header: Header,
    input: &'i [u8],
    handle: impl FnOnce(&'i [u8]) -> Result<Event<'i>, Stop>,
) -> Result<Step<'i>, Stop> {
    let end = Header::LEN.saturating_add(as_usize(header.length));
    match input.get(Header::LEN..end) {
        None => Ok(need_more(end, input.len())),
        Some(payload) => Ok(Step { consumed: end, event: handle(payload)? }),
    }
}

fn need_more<'i>(whole: usize, have: usize) -> Step<'i> {
    Step { consumed: 0, event: Event::NeedMore(missing(whole, have)) }
}
