//! Chapters 3, 4 and 8: the line, and one whole frame after the other, each in its time.

use std::time::Instant;

use conexion::conformance::Timer;
use conexion::wire::{
    Digest, DigestKind, Frame, FrameError, FrameType, Header, Output, Parse, PayloadLimit,
    ReceiveLimits, Role, parse_preface,
};

use super::connection::{Connection, End, Step};
use super::requests::State;
use super::stream::Came;
use super::uploads::Open;
use super::{FILE, PAYLOAD};
use crate::faults::{Fault, Limits, Timers};

/// So many octets more of a frame start its timer anew.
const GAIN: usize = 1024;

/// A framed connection after its lines.
pub(super) struct Conversation<'c> {
    pub(super) connection: &'c mut Connection,
    pub(super) state: State,
    pub(super) open: Option<Open>,
    pub(super) reply_limit: usize,
    pub(super) digest: DigestKind,
    inbox: Vec<u8>,
    /// When the line or the last whole frame had been dealt with.
    idle_since: Instant,
    discard_since: Instant,
    /// When the frame that has begun has begun, or gained enough.
    frame_since: Instant,
    pub(super) frames: usize,
}

impl Connection {
    pub(super) fn framed(&mut self, mut came: Vec<u8>) -> Step {
        let mut began = self.accepted;
        let reply_limit = loop {
            match parse_preface(Role::Client, &came) {
                Ok(Parse::Complete(preface, len)) => {
                    let limit = preface.limits().text.octets();
                    came.drain(..len);
                    break usize::try_from(limit).expect("at most a mebibyte");
                }
                Ok(Parse::NeedMore(_)) => {}
                Err(_) => {
                    self.send_line()?;
                    return Err(self.fatal(100, "the line is malformed"));
                }
            }
            match self.stream.read(self.expiry(began, Timer::Preface)) {
                Came::Octets(octets) => came.extend(octets),
                Came::End | Came::Superseded => return Err(End::AtOnce),
                Came::Expired => {
                    if self.does(Timers::PrefaceSilently) {
                        return Err(End::AtOnce);
                    }
                    if !self.does(Timers::PrefaceWithoutLine) {
                        self.send_line()?;
                    }
                    if self.does(Timers::PrefaceLineAlone) {
                        return Err(End::Closing);
                    }
                    let code = if self.does(Timers::PrefaceCode) { 100 } else { 105 };
                    return Err(self.fatal(code, "the line has not ended"));
                }
            }
            if self.does(Timers::PrefaceRestartedByOctets) {
                began = Instant::now();
            }
        };
        if !self.served {
            return self.too_many();
        }
        self.send_line()?;
        let now = Instant::now();
        let mut conversation = Conversation {
            connection: self,
            state: State::Idle,
            open: None,
            reply_limit,
            digest: DigestKind::Crc32,
            inbox: came,
            idle_since: now,
            discard_since: now,
            frame_since: now,
            frames: 0,
        };
        loop {
            conversation.frame()?;
        }
    }

    fn too_many(&mut self) -> Step {
        if self.does(Limits::RefusesSilentlyOpen) {
            loop {
                if let Came::End = self.stream.read(Instant::now() + super::stream::LONG) {
                    return Err(End::AtOnce);
                }
            }
        }
        if !self.does(Limits::ErrorWithoutLine) {
            self.send_line()?;
        }
        let code = match () {
            () if self.does(Limits::AnotherCode) => 108,
            () if self.does(Limits::CodeOfARequest) => 202,
            () => 106,
        };
        let end = self.fatal(code, "too many connections");
        if self.does(Limits::StaysOpen) {
            while let Came::Octets(_) = self.stream.read(Instant::now() + super::stream::LONG) {}
        }
        Err(end)
    }

    pub(super) fn send_line(&mut self) -> Step {
        let line =
            format!("CONEXION/1 SERVER chunk={PAYLOAD} text={PAYLOAD} file={FILE} agent=adapter\n");
        Ok(self.stream.write(line.as_bytes())?)
    }

    pub(super) fn send_error(&mut self, code: u16, message: &str) -> Step {
        let payload = [&code.to_be_bytes(), message.as_bytes()].concat();
        self.send(FrameType::Error, &payload)
    }

    pub(super) fn send(&mut self, kind: FrameType, payload: &[u8]) -> Step {
        let length = u32::try_from(payload.len()).expect("what is sent is short");
        let header = Header::new(kind, length).octets();
        Ok(self.stream.write(&[header.as_slice(), payload].concat())?)
    }

    /// ERROR 1xx, the last frame.
    pub(super) fn fatal(&mut self, code: u16, message: &str) -> End {
        self.send_error(code, message).err().unwrap_or(End::Closing)
    }
}

impl Conversation<'_> {
    pub(super) fn does(&self, fault: impl Into<Fault>) -> bool {
        self.connection.does(fault)
    }

    /// Reads a frame and does what it says.
    fn frame(&mut self) -> Step {
        let whole = loop {
            if let Some(len) = self.whole()? {
                break len;
            }
            self.read()?;
        };
        let octets: Vec<u8> = self.inbox.drain(..whole).collect();
        let known = FrameType::from_octet(octets[0]);
        self.frames += 1;
        let before = self.state;
        if let Some(kind) = known {
            self.handle(kind, &octets[Header::LEN..])?;
        }
        let now = Instant::now();
        let late = now >= self.idle_expiry(before);
        let restarts = match known {
            None => !self.does(Timers::IdleIgnoresIgnorable),
            Some(FrameType::Data) if before == State::Discard => {
                !self.does(Timers::IdleIgnoresSkipped)
            }
            Some(FrameType::Data) => !self.does(Timers::IdleIgnoresData),
            Some(_) => true,
        };
        if restarts {
            self.idle_since = now;
        }
        let entered = before != State::Discard || known == Some(FrameType::File);
        if entered {
            self.discard_since = now;
        }
        let frame = self.connection.expiry(self.frame_since, Timer::Frame);
        if self.does(Timers::FrameWhileBusy) && !self.inbox.is_empty() && now >= frame {
            return Err(self.expired(self.state));
        }
        self.frame_since = now;
        if late && self.does(Timers::IdleWhileBusy) {
            return Err(self.expired(self.state));
        }
        Ok(())
    }

    /// Judges as much of the next frame as has come; its length if all has.
    fn whole(&mut self) -> Step<Option<usize>> {
        let Some(header) = Header::parse(&self.inbox) else { return Ok(None) };
        let limit = PayloadLimit::new(PAYLOAD).expect("within the range");
        let limits = ReceiveLimits { chunk: limit, text: limit };
        let state = self.state;
        if let Err(error) = header.judge(Role::Client, limits, |kind| state.allows(kind)) {
            return Err(self.connection.fatal(error.code().number(), &error.to_string()));
        }
        if header.kind == FrameType::Data.octet() {
            self.judge_data(header.length)?;
        }
        let whole = Header::LEN + usize::try_from(header.length).expect("below a limit");
        Ok((self.inbox.len() >= whole).then_some(whole))
    }

    fn read(&mut self) -> Step {
        let until = if self.inbox.is_empty() {
            self.idle_expiry(self.state)
        } else {
            let frame = self.connection.expiry(self.frame_since, Timer::Frame);
            let runs_on = self.does(Timers::IdleInsideFrame);
            let payload = self.inbox.len() >= Header::LEN;
            let never = payload && self.does(Timers::FrameHeaderOnly)
                || !payload && self.does(Timers::FramePayloadOnly);
            let frame = if never { Instant::now() + super::stream::LONG } else { frame };
            if runs_on { frame.min(self.idle_expiry(self.state)) } else { frame }
        };
        let came = match &self.open {
            Some(open) => self.connection.stream.read_unless(until, &open.partial.superseded),
            None => self.connection.stream.read(until),
        };
        match came {
            Came::Superseded => self.refuse(222),
            Came::Octets(octets) => {
                let before = self.inbox.len();
                self.inbox.extend(octets);
                let now = Instant::now();
                let gained = self.inbox.len() / GAIN > before / GAIN;
                let gained = gained && !self.does(Timers::FrameInAll);
                if before == 0 || gained || self.does(Timers::FrameRestartedByOctets) {
                    self.frame_since = now;
                }
                Ok(())
            }
            Came::End => {
                self.lost();
                Err(End::Closing)
            }
            Came::Expired => Err(self.expired(self.state)),
        }
    }

    fn idle_expiry(&self, state: State) -> Instant {
        let idle = self.connection.expiry(self.idle_since, Timer::Idle);
        let never = match state {
            State::Idle if self.frames == 0 => self.does(Timers::IdleAfterFirstFrame),
            State::Idle => self.does(Timers::IdleBeforeFirstFrame),
            State::Open => self.does(Timers::IdleNotInUploads),
            State::Discard => self.does(Timers::IdleNotInDiscard),
        };
        let idle = if never { Instant::now() + super::stream::LONG } else { idle };
        let discard = self.connection.expiry(self.discard_since, Timer::Discard);
        let preface = self.connection.expiry(self.connection.accepted, Timer::Preface);
        let until = if state == State::Discard { idle.min(discard) } else { idle };
        if self.does(Timers::PrefaceRunsOn) { until.min(preface) } else { until }
    }

    /// What is sent when a timer has expired.
    fn expired(&mut self, state: State) -> End {
        if self.does(Timers::StoresWhenExpired)
            && let Some(open) = self.open.take()
        {
            let _ = open.partial.publish();
        }
        if self.does(Timers::ExpiredSilently) {
            return End::AtOnce;
        }
        if self.does(Timers::ExpiredWithBye) {
            return self.connection.send(FrameType::Bye, b"").err().unwrap_or(End::Closing);
        }
        let code = match state {
            _ if self.does(Timers::ExpiredCode) => 108,
            State::Discard if self.does(Timers::DiscardCode) => 104,
            _ => 105,
        };
        let end = self.connection.fatal(code, "nothing has come for too long");
        if self.does(Timers::ExpiredStaysOpen) {
            let stream = &mut self.connection.stream;
            while let Came::Octets(_) = stream.read(Instant::now() + super::stream::LONG) {}
        }
        end
    }
}

/// The payload of a known frame.
pub(super) fn parse(
    kind: FrameType,
    payload: &[u8],
    digest: DigestKind,
) -> Result<Frame<'_>, FrameError> {
    Frame::parse_payload(kind, payload, digest).map_err(FrameError::Payload)
}

/// The payload of a frame.
pub(super) fn payload(frame: &Frame<'_>) -> Vec<u8> {
    let mut buffer = vec![0; frame.encoded_len()];
    frame.emit(&mut Output::new(&mut buffer)).expect("as long as it is");
    buffer.split_off(Header::LEN)
}

/// A digest of octets that were written.
pub(super) fn digest(kind: DigestKind, crc32: u32, sha256: [u8; 32]) -> Digest {
    match kind {
        DigestKind::Crc32 => Digest::Crc32(crc32.to_be_bytes()),
        DigestKind::Sha256 => Digest::Sha256(sha256),
    }
}
