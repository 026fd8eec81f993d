//! What the client's session does with the octets that come.

use core::num::NonZeroUsize;

use super::{Client, Event, Phase, Step};
use crate::session::fault::{Error, Fault, FaultReason, Misuse};
use crate::session::input::{as_usize, missing, part};
use crate::session::outstanding::Request;
use crate::session::state::{Answer, Oldest, Reaction, client_cell};
use crate::wire::{
    Class, DigestKind, Frame, FrameType, Header, Judged, Parse, PayloadLimit, ReceiveLimits,
    ResumePoint, Role, Version, parse_preface,
};

impl Client {
    /// One step; a fault ends the session.
    pub(super) fn step<'i>(&mut self, input: &'i [u8]) -> Result<Step<'i>, Error> {
        let step = match self.phase {
            Phase::Preface => self.server_line(input),
            Phase::Header => self.frame(input),
            Phase::Skip(left) => Ok(self.skip(left, input, 0)),
            Phase::Ended => return Err(Misuse::Ended.into()),
        };
        match step {
            Ok(step) => {
                let consumed = u64::try_from(step.consumed).unwrap_or(u64::MAX);
                self.offset = self.offset.saturating_add(consumed);
                Ok(step)
            }
            Err(reason) => {
                let fault = Fault { offset: self.offset, reason };
                self.fault = Some(fault);
                self.phase = Phase::Ended;
                Err(fault.into())
            }
        }
    }

    /// The server's line; a malformed one, or another version than the one offered, is a
    /// fault (`preface.malformed-server`, `preface.version-unusable`).
    fn server_line<'i>(&mut self, input: &'i [u8]) -> Result<Step<'i>, FaultReason> {
        match parse_preface(Role::Server, input).map_err(FaultReason::Preface)? {
            Parse::NeedMore(missing) => Ok(Step { consumed: 0, event: Event::NeedMore(missing) }),
            Parse::Complete(preface, consumed) => {
                if preface.version != Version::ONE {
                    return Err(FaultReason::Version(preface.version));
                }
                self.limits = Some(preface.limits());
                self.phase = Phase::Header;
                Ok(Step { consumed, event: Event::Preface(preface) })
            }
        }
    }

    /// A frame, whose header is judged before any octet of its payload (`frame.judged-early`)
    /// and in the row to which all before it has led (`frame.judged-in-state`).
    fn frame<'i>(&mut self, input: &'i [u8]) -> Result<Step<'i>, FaultReason> {
        let Some(header) = Header::parse(input) else {
            return Ok(need_more(Header::LEN, input.len()));
        };
        let limits = ReceiveLimits { chunk: PayloadLimit::LEAST, text: self.reply_limit };
        let oldest = self.oldest();
        let judged = header
            .judge(Role::Server, limits, |frame| is_due(oldest, frame))
            .map_err(FaultReason::Header)?;
        let Judged::Take(frame) = judged else {
            return Ok(self.skip(header.length, input, Header::LEN));
        };
        let whole = Header::LEN.saturating_add(as_usize(header.length));
        let Some(payload) = input.get(Header::LEN..whole) else {
            return Ok(need_more(whole, input.len()));
        };
        let digest = match self.outstanding.oldest() {
            Some(Request::File(upload)) => upload.digest,
            Some(Request::Text) | None => DigestKind::Crc32,
        };
        let frame = Frame::parse_payload(frame, payload, digest).map_err(FaultReason::Payload)?;
        Ok(Step { consumed: whole, event: self.answer(oldest, frame)? })
    }

    /// Acts on a whole frame by the client's table.
    fn answer<'i>(&mut self, oldest: Oldest, frame: Frame<'i>) -> Result<Event<'i>, FaultReason> {
        let kind = frame.frame_type();
        let (answer, event) = match frame {
            Frame::Reply(text) => (Answer::Reply, Event::Reply(text.as_str())),
            Frame::Continue(point) => (Answer::Continue, Event::Continue(point)),
            Frame::Stored(completion) => (Answer::Stored, Event::Stored(completion)),
            Frame::Bye => (Answer::Bye, Event::Bye),
            Frame::Error(error) => match error.code.class() {
                Class::Connection => (Answer::ConnectionError, Event::Ended(error)),
                Class::Request => (Answer::RequestError, Event::Refused(error)),
            },
            Frame::Text(_) | Frame::File(_) | Frame::Data(_) | Frame::End(_) | Frame::Abort => {
                return Err(FaultReason::NotDue(kind));
            }
        };
        match (client_cell(oldest, answer), event) {
            (Reaction::Answer, _) => {
                self.outstanding.pop();
            }
            (Reaction::GoOn, Event::Continue(point)) => self.go_on(point)?,
            (Reaction::Ended, _) => self.phase = Phase::Ended,
            (Reaction::Fault | Reaction::GoOn, _) => return Err(FaultReason::NotDue(kind)),
        }
        Ok(event)
    }

    /// The upload that is the oldest request goes on (`resume.offset-checked`).
    fn go_on(&mut self, point: ResumePoint) -> Result<(), FaultReason> {
        let Some(Request::File(upload)) = self.outstanding.oldest_mut() else {
            return Err(FaultReason::NotDue(FrameType::Continue));
        };
        let most = if upload.resume { upload.size.known().unwrap_or(0) } else { 0 };
        if point.offset > most {
            return Err(FaultReason::Offset { offset: point.offset, most });
        }
        if point.offset == 0 && point.crc32 != 0 {
            return Err(FaultReason::CrcOfNothing { crc32: point.crc32 });
        }
        upload.continued = true;
        upload.reached = upload.reached.saturating_add(point.offset);
        Ok(())
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
}

/// Whether the table allows a frame of this type in this row, judged by the header alone:
/// the class of an ERROR is in its payload.
const fn is_due(oldest: Oldest, frame: FrameType) -> bool {
    let answer = match frame {
        FrameType::Reply => Answer::Reply,
        FrameType::Continue => Answer::Continue,
        FrameType::Stored => Answer::Stored,
        FrameType::Bye => Answer::Bye,
        FrameType::Error => return true,
        FrameType::Text | FrameType::File | FrameType::Data | FrameType::End | FrameType::Abort => {
            return false;
        }
    };
    !matches!(client_cell(oldest, answer), Reaction::Fault)
}

fn need_more<'i>(whole: usize, have: usize) -> Step<'i> {
    Step { consumed: 0, event: Event::NeedMore(missing(whole, have)) }
}
