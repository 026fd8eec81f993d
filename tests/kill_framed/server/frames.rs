//! Chapters 4 and 5: one whole frame after the other.

use super::connection::{Came, Connection, End, Step};
use super::header::{HEADER, Judged};
use super::store::Open;
use crate::faults::{Closing, Conversation, Fault, Headers, Payloads, Resume, States, Uploads};

/// The states of chapter 5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Idle,
    Open,
    Discard,
}

/// A connection after its lines.
pub(super) struct Session<'c> {
    pub(super) connection: &'c mut Connection,
    pub(super) state: State,
    pub(super) open: Option<Open>,
    pub(super) reply_limit: usize,
    /// Texts that were answered.
    pub(super) texts: usize,
    /// Requests that were answered.
    pub(super) answered: usize,
    /// The state when the last read came, in which a wrong server judges all of it.
    state_at_read: State,
    /// The code of the last refusal.
    pub(super) refused: u16,
}

impl Connection {
    pub(super) fn frames(&mut self, reply_limit: usize) -> Step {
        let mut session = Session {
            connection: self,
            state: State::Idle,
            open: None,
            reply_limit,
            texts: 0,
            answered: 0,
            state_at_read: State::Idle,
            refused: 0,
        };
        let ended = loop {
            if let Err(end) = session.frame() {
                break end;
            }
        };
        session.lost();
        Err(ended)
    }
}

impl Session<'_> {
    pub(super) fn does(&self, fault: impl Into<Fault>) -> bool {
        self.connection.does(fault)
    }

    fn frame(&mut self) -> Step {
        let (kind, length) = self.header()?;
        let whole = HEADER + length as usize;
        let state = if self.does(States::JudgedAtRead) { self.state_at_read } else { self.state };
        if self.does(Headers::JudgedWhole) {
            self.await_octets(whole)?;
        }
        let unjudged = state == State::Discard && self.does(States::DiscardUnjudged);
        let unjudged = unjudged && b"DEA".contains(&kind);
        match self.judge(kind, length, state) {
            Judged::Refuse(_) if unjudged && length <= 1 << 20 => {}
            Judged::Refuse(code) => return self.refuse_frame(code, whole),
            Judged::Ignore => return self.ignore(whole),
            Judged::Take => {}
        }
        if kind == b'D' && self.state == State::Open {
            if self.does(Uploads::PastSizeWhole) {
                self.await_octets(whole)?;
            }
            if let Some(code) = self.past(length) {
                self.refuse(code)?;
            }
        }
        if self.does(Conversation::ByeOvertakes) && self.bye_is_behind() {
            return self.bye();
        }
        if kind == b'T' && self.does(Payloads::PiecesDecoded) {
            while self.connection.inbox.len() < whole {
                self.read()?;
                let piece = &self.connection.inbox[HEADER..];
                if std::str::from_utf8(piece).is_err() {
                    self.await_octets(whole)?;
                    self.connection.inbox.drain(..whole);
                    return self.answer(200, "no UTF-8");
                }
            }
        }
        self.await_octets(whole)?;
        let frame: Vec<u8> = self.connection.inbox.drain(..whole).collect();
        if self.does(Payloads::OneReadAFrame) {
            // What came with the frame is taken for rests of it.
            self.connection.inbox.clear();
        }
        self.handle(kind, &frame[HEADER..])
    }

    /// The next header, when it has come.
    fn header(&mut self) -> Step<(u8, u32)> {
        let mut pieces = self.connection.inbox.len().min(1);
        loop {
            if self.connection.inbox.len() >= HEADER {
                let octets = &self.connection.inbox;
                let length: [u8; 4] = octets[1..HEADER].try_into().expect("four octets");
                let (kind, length) = (octets[0], u32::from_be_bytes(length));
                if pieces > 1 && self.does(Payloads::SplitHeaderLate) {
                    self.await_octets(HEADER + length as usize)?;
                }
                return Ok((kind, length));
            }
            if !self.connection.inbox.is_empty() && self.does(Payloads::HeaderInOneRead) {
                return Err(self.connection.fatal(101, "half a header"));
            }
            self.read()?;
            pieces += 1;
        }
    }

    /// Waits until so many octets are in the inbox.
    fn await_octets(&mut self, count: usize) -> Step {
        while self.connection.inbox.len() < count {
            if self.does(Payloads::PayloadInOneRead) {
                return Err(self.connection.fatal(101, "half a payload"));
            }
            self.read()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Step {
        if self.does(Conversation::AnswersAtPause) || self.does(Conversation::RepliesLate) {
            self.connection.flush()?;
        }
        let superseded = self.open.as_ref().map(|open| open.superseded.clone());
        let between = self.connection.inbox.is_empty();
        let superseded = superseded.filter(|_| between || !self.does(Resume::ToldBetweenFrames));
        let superseded = superseded.filter(|_| !self.does(Resume::NotTold));
        match self.connection.read(superseded.as_deref())? {
            Came::Octets => {
                self.state_at_read = self.state;
                Ok(())
            }
            Came::Superseded => {
                if self.does(Resume::SupersededCloses) {
                    return Err(self.connection.fatal(108, "taken over"));
                }
                let code = if self.does(Resume::SupersededCode) { 214 } else { 222 };
                self.refuse(code)?;
                if self.does(Resume::SupersededToIdle) {
                    self.state = State::Idle;
                }
                Ok(())
            }
            Came::End => Err(self.stream_ended()),
        }
    }

    fn stream_ended(&mut self) -> End {
        let cut = !self.connection.inbox.is_empty();
        let half = self.connection.inbox.len() < HEADER;
        let fault = if half { Closing::CutHeaderAnswered } else { Closing::CutPayloadAnswered };
        if cut && self.does(fault) {
            return self.connection.fatal(101, "the frame is cut off");
        }
        if cut && !half && self.does(Closing::CutPayloadHandled) {
            let frame = std::mem::take(&mut self.connection.inbox);
            if let Err(end) = self.handle(frame[0], &frame[HEADER..]) {
                return end;
            }
        }
        let answered = match self.state {
            State::Idle => self.does(States::EndAnsweredInIdle),
            State::Open => self.does(States::EndAnsweredInUpload),
            State::Discard => self.does(States::EndAnsweredInDiscard),
        };
        if answered {
            return self.connection.fatal(104, "the stream has ended");
        }
        if self.does(Closing::ByeAtEnd) {
            return self.connection.send(b'B', b"").err().unwrap_or(End::Closing);
        }
        End::Closing
    }

    /// A header that is refused.
    fn refuse_frame(&mut self, code: u16, whole: usize) -> Step {
        if self.does(Closing::FatalGoesOn) {
            self.await_octets(whole)?;
            self.connection.inbox.drain(..whole);
            return self.connection.send_error(code, b"this frame is refused");
        }
        if self.does(Closing::FatalDropsAnswers) {
            self.connection.kept.clear();
        }
        Err(self.connection.fatal(code, "this frame is refused"))
    }

    fn ignore(&mut self, whole: usize) -> Step {
        self.await_octets(whole)?;
        let frame: Vec<u8> = self.connection.inbox.drain(..whole).collect();
        if self.does(Headers::IgnorableEndsDiscard) && self.state == State::Discard {
            self.state = State::Idle;
        }
        if self.does(Headers::IgnorableIsData)
            && let Some(open) = &mut self.open
        {
            open.octets.extend(&frame[HEADER..]);
        }
        Ok(())
    }

    /// Whether a BYE ends what has come.
    fn bye_is_behind(&self) -> bool {
        let inbox = &self.connection.inbox;
        inbox.len() > HEADER && inbox.ends_with(b"B\0\0\0\0")
    }

    pub(super) fn bye(&mut self) -> Step {
        if self.does(Closing::ByeUnanswered) {
            return Err(End::Closing);
        }
        self.connection.flush()?;
        self.connection.send(b'B', b"")?;
        if self.does(Closing::ByeGoesOn) {
            return Ok(());
        }
        if self.does(Closing::ByeCloses) {
            return Err(End::AtOnce);
        }
        if self.does(Closing::ByeStaysOpen) {
            while self.connection.read(None)? != Came::End {}
        }
        if self.does(Closing::ByeTwice) {
            self.connection.send(b'B', b"")?;
        }
        Err(End::Closing)
    }
}
