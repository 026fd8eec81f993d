//! What comes from the server, judged as chapters 4 and 5.2 say.

use std::collections::VecDeque;
use std::fmt;

use crate::faults::{Answers, Frames, Wrong};

/// The final answer of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Reply(Vec<u8>),
    Stored(u64, Vec<u8>),
    Refused(u16),
}

/// What a request has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Text,
    File,
    Sending,
    Ended,
    Aborted,
}

/// A request without its final answer.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) progress: Progress,
    /// The length of the digest that was asked for.
    pub(super) digest: usize,
    /// Its size, and whether RESUME was set.
    pub(super) size: u64,
    pub(super) resume: bool,
    /// The text of a TEXT.
    pub(super) text: Vec<u8>,
}

/// Why nothing more comes that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The server has broken the protocol.
    Fault(String),
    /// ERROR 1xx, BYE or end of stream.
    Ended(String),
    /// Nothing has come for longer than the client waits.
    Silent,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(why) => write!(f, "fault of the server: {why}"),
            Self::Ended(why) => f.write_str(why),
            Self::Silent => f.write_str("the server is silent"),
        }
    }
}

pub(super) struct Inbox {
    wrong: Wrong,
    pub(super) octets: Vec<u8>,
    /// How many octets of an ignorable frame are still to come.
    skip: usize,
    /// The client's `text`.
    text: usize,
    pub(super) pending: VecDeque<Pending>,
    pub(super) bye_sent: bool,
    /// The answers that have come, in order.
    pub(super) answers: VecDeque<Answer>,
    /// The offset and CRC-32 of the last CONTINUE.
    pub(super) go_on: Option<(u64, u32)>,
    pub(super) over: Option<Over>,
    /// Whether an ERROR 1xx has come.
    pub(super) fatal: bool,
}

type Judged<T> = Result<T, Over>;

fn fault<T>(why: impl Into<String>) -> Judged<T> {
    Err(Over::Fault(why.into()))
}

impl Inbox {
    pub(super) fn new(text: usize, wrong: Wrong) -> Self {
        Self {
            wrong,
            octets: Vec::new(),
            skip: 0,
            text,
            pending: VecDeque::new(),
            bye_sent: false,
            answers: VecDeque::new(),
            go_on: None,
            over: None,
            fatal: false,
        }
    }

    /// Judges what has come; `None` is end of stream.
    pub(super) fn take(&mut self, octets: Option<&[u8]>) {
        let Some(octets) = octets else {
            self.over.get_or_insert(Over::Ended("end of stream".to_owned()));
            return;
        };
        if self.wrong.does(Frames::OneReadIsAFrame) {
            self.octets.clear();
        }
        self.octets.extend_from_slice(octets);
        self.judge();
    }

    pub(super) fn judge(&mut self) {
        while self.over.is_none() {
            match self.frame() {
                Ok(true) if self.wrong.does(Frames::OneFramePerRead) => self.octets.clear(),
                Ok(true) => {}
                Ok(false) => break,
                Err(over) => self.over = Some(over),
            }
        }
    }

    fn progress(&self) -> Option<Progress> {
        self.pending.front().map(|pending| pending.progress)
    }

    /// Whether the row of chapter 5.2 has an answer in the column of this type.
    fn allows(&self, kind: u8) -> bool {
        let row = self.progress();
        match kind {
            b'X' => true,
            b'R' => {
                row == Some(Progress::Text)
                    || row.is_none() && self.wrong.does(Answers::SkipsUnsolicited)
            }
            b'C' => {
                row == Some(Progress::File)
                    || matches!(row, Some(Progress::Sending | Progress::Ended))
                        && self.wrong.does(Answers::TakesSecondContinue)
                    || row == Some(Progress::Text) && self.wrong.does(Answers::TakesAnyAnswer)
            }
            b'S' => {
                row == Some(Progress::Ended)
                    || row == Some(Progress::File)
                        && self.wrong.does(Answers::TakesStoredForContinue)
                    || row == Some(Progress::Sending) && self.wrong.does(Answers::TakesEarlyStored)
                    || row == Some(Progress::Aborted)
                        && self.wrong.does(Answers::TakesStoredAborted)
                    || row == Some(Progress::Text) && self.wrong.does(Answers::TakesAnyAnswer)
                    || row.is_none() && self.wrong.does(Answers::SkipsUnsolicited)
            }
            b'B' => self.bye_sent && row.is_none(),
            _ => false,
        }
    }

    /// Takes one frame, or says that it has not come whole.
    fn frame(&mut self) -> Judged<bool> {
        let wrong = self.wrong;
        let skipped = self.skip.min(self.octets.len());
        self.octets.drain(..skipped);
        self.skip -= skipped;
        let Some(&[kind, a, b, c, d]) = self.octets.first_chunk::<5>() else {
            return Ok(false);
        };
        let mut length = u32::from_be_bytes([a, b, c, d]);
        if wrong.does(Frames::LengthOf24Bits) {
            length &= 0x00FF_FFFF;
        }
        if wrong.does(Frames::LengthOf16Bits) {
            length &= 0xFFFF;
        }
        let length = if wrong.does(Frames::SignedLength) && length > i32::MAX.unsigned_abs() {
            0
        } else {
            usize::try_from(length).expect("32 bits fit")
        };
        if wrong.does(Frames::JudgesLate) && self.octets.len() < 5 + length {
            return Ok(false);
        }
        let ours = b"TFDEA".contains(&kind);
        let theirs = b"RCSXB".contains(&kind);
        let skips = kind.is_ascii_lowercase()
            || wrong.does(Frames::SkipsNoLetter) && !kind.is_ascii_alphabetic()
            || wrong.does(Frames::SkipsCritical) && kind.is_ascii_uppercase() && !ours && !theirs
            || wrong.does(Frames::SkipsOwnTypes) && ours
            || wrong.does(Answers::SkipsUnexpected) && theirs && !self.allows(kind);
        if skips {
            return self.skip(kind, length);
        }
        if !theirs || !self.allows(kind) {
            return fault(format!("a frame {kind:#04x} that is not expected"));
        }
        let (least, most) = self.bounds(kind);
        if !(least..=most).contains(&length) {
            return fault(format!("a frame {kind:#04x} of {length} octets"));
        }
        if self.octets.len() < 5 + length {
            return Ok(false);
        }
        let payload = self.octets[5..5 + length].to_vec();
        self.octets.drain(..5 + length);
        self.payload(kind, &payload)?;
        Ok(true)
    }

    fn skip(&mut self, kind: u8, length: usize) -> Judged<bool> {
        let wrong = self.wrong;
        let most = if wrong.does(Frames::IgnorableBelow65536) { 65_535 } else { 65_536 };
        if length > most && !wrong.does(Frames::SkipsAnyLength) {
            return fault(format!("an ignorable frame of {length} octets"));
        }
        let in_upload = matches!(self.progress(), Some(Progress::File | Progress::Sending));
        if wrong.does(Frames::IgnorableIsFatal)
            || wrong.does(Frames::OnlyKeepalive) && kind != b'n'
            || wrong.does(Frames::NoIgnorableInUpload) && in_upload
            || wrong.does(Frames::NoIgnorableBehindBye) && self.bye_sent
        {
            return fault("an unknown frame");
        }
        self.octets.drain(..5);
        self.skip = if wrong.does(Frames::LeavesIgnorablePayload) { 0 } else { length };
        Ok(true)
    }

    fn bounds(&self, kind: u8) -> (usize, usize) {
        let wrong = self.wrong;
        match kind {
            b'R' if wrong.does(Frames::TakesLongReply) => (0, usize::MAX),
            b'R' if wrong.does(Frames::ReplyBelowLimit) => (0, self.text - 1),
            b'R' => (0, self.text),
            b'C' if wrong.does(Frames::TakesLongContinue) => (12, 64),
            b'C' if wrong.does(Frames::TakesShortContinue) => (8, 12),
            b'C' => (12, 12),
            b'S' if wrong.does(Frames::TakesLongStored) => (8, 1024),
            b'S' => (8, 72),
            b'X' if wrong.does(Frames::TakesShortError) => (0, 1026),
            b'X' if wrong.does(Frames::TakesLongError) => (2, 65_536),
            b'X' if wrong.does(Frames::ErrorOf1024) => (2, 1024),
            b'X' if wrong.does(Frames::ErrorNeedsMessage) => (3, 1026),
            b'X' => (2, 1026),
            _ => (0, 0),
        }
    }

    fn payload(&mut self, kind: u8, payload: &[u8]) -> Judged<()> {
        match kind {
            b'R' => self.reply(payload),
            b'C' => self.go_on(payload),
            b'S' => self.stored(payload),
            b'X' => self.error(payload),
            _ => Err(Over::Ended("BYE".to_owned())),
        }
    }

    fn reply(&mut self, payload: &[u8]) -> Judged<()> {
        if std::str::from_utf8(payload).is_err() && !self.wrong.does(Frames::TakesAnyReply) {
            return fault("a REPLY that is not UTF-8");
        }
        let Some(request) = self.pending.pop_front() else {
            return Ok(());
        };
        if self.wrong.does(Answers::WantsEcho) && request.text != payload {
            return fault("not the echo");
        }
        self.answers.push_back(Answer::Reply(payload.to_vec()));
        Ok(())
    }

    fn go_on(&mut self, payload: &[u8]) -> Judged<()> {
        let wrong = self.wrong;
        let Some(request) = self.pending.front_mut() else {
            return Ok(());
        };
        if request.progress == Progress::Text {
            self.pending.pop_front();
            self.answers.push_back(Answer::Reply(Vec::new()));
            return Ok(());
        }
        let mut field = [0; 12];
        let known = payload.len().min(12);
        field[..known].copy_from_slice(&payload[..known]);
        let (offset, crc) = field.split_at(8);
        let mut offset = u64::from_be_bytes(offset.try_into().expect("eight octets"));
        let mut crc = u32::from_be_bytes(crc.try_into().expect("four octets"));
        if offset > 0 && !request.resume {
            if !wrong.does(Answers::TakesOffsetUnasked) {
                return fault("an offset that was not asked for");
            }
            (offset, crc) = (0, 0);
        }
        if offset > request.size {
            if !wrong.does(Answers::TakesOffsetAboveSize) {
                return fault("an offset above the size");
            }
            offset = request.size;
        }
        if offset == 0 && crc != 0 && !wrong.does(Answers::TakesCrcOfNothing) {
            return fault("a CRC-32 of nothing");
        }
        request.progress = Progress::Sending;
        self.go_on = Some((offset, crc));
        Ok(())
    }

    fn stored(&mut self, payload: &[u8]) -> Judged<()> {
        let Some(request) = self.pending.pop_front() else {
            return Ok(());
        };
        let (size, digest) = payload.split_at(8);
        let size = u64::from_be_bytes(size.try_into().expect("eight octets"));
        if digest.len() != request.digest && !self.wrong.does(Answers::TakesAnyDigest) {
            return fault("a digest of another kind");
        }
        self.answers.push_back(Answer::Stored(size, digest.to_vec()));
        Ok(())
    }

    fn error(&mut self, payload: &[u8]) -> Judged<()> {
        let wrong = self.wrong;
        let code = payload.first_chunk().map_or(200, |&code| u16::from_be_bytes(code));
        let message = payload.get(2..).unwrap_or_default();
        if wrong.does(Frames::MessageMustBeUtf8) && std::str::from_utf8(message).is_err() {
            return fault("a message that is not UTF-8");
        }
        let known = [100..=108, 200..=202, 210..=222].iter().any(|codes| codes.contains(&code));
        if wrong.does(Answers::KnowsItsCodes) && !known {
            return fault(format!("unknown code {code}"));
        }
        let code = match code / 100 {
            1 if wrong.does(Answers::UnknownIsRefusal) && !known => 200,
            1 | 2 => code,
            _ if wrong.does(Answers::AnyOtherIsRefusal) => 200,
            _ => return fault(format!("code {code} of no class")),
        };
        if wrong.does(Answers::RefusalEnds) && code >= 200 {
            return Err(Over::Ended(format!("ERROR {code}")));
        }
        if code < 200 {
            if wrong.does(Answers::FatalIsRefusal) && !self.pending.is_empty() {
                self.pending.pop_front();
                self.answers.push_back(Answer::Refused(code));
                return Ok(());
            }
            self.fatal = true;
            return Err(Over::Ended(format!("ERROR {code}")));
        }
        let request = if wrong.does(Answers::ErrorIsTheUploads) {
            self.pending.pop_back()
        } else {
            self.pending.pop_front()
        };
        match request {
            Some(_) => self.answers.push_back(Answer::Refused(code)),
            None if wrong.does(Answers::SkipsUnsolicited) => {}
            None => return fault(format!("ERROR {code} that nothing asked for")),
        }
        Ok(())
    }
}
