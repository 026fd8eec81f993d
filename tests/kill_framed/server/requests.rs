//! Chapter 5: the table of the server's states, texts, and answers in their order.

use super::connection::{End, Step};
use super::frames::{Session, State};
use crate::faults::{Closing, Conversation, Errors, Payloads, States, Texts};

impl Session<'_> {
    /// Does what the cell of the table says. The header was judged.
    pub(super) fn handle(&mut self, kind: u8, payload: &[u8]) -> Step {
        if self.state == State::Discard && b"DEA".contains(&kind) {
            return self.discard(kind, payload);
        }
        match kind {
            b'T' => self.text(payload),
            b'F' => self.file(payload),
            b'D' => self.data(payload),
            b'E' => self.end(payload),
            b'A' => self.abort(),
            _ => self.bye(),
        }
    }

    /// DATA, END and ABORT in `discard`.
    fn discard(&mut self, kind: u8, payload: &[u8]) -> Step {
        if kind == b'D' {
            if self.does(States::DataEndsDiscard) {
                self.state = State::Idle;
            }
            if self.does(States::DataRefusedAgain) {
                return self.answer(self.refused, "the upload is refused still");
            }
            return Ok(());
        }
        if kind == b'E' && self.does(Payloads::DiscardedEndJudged) && payload.len() != 12 {
            return Err(self.connection.fatal(101, "no layout of END"));
        }
        if kind == b'E' && !self.does(States::EndKeepsDiscard)
            || kind == b'A' && !self.does(States::AbortKeepsDiscard)
        {
            self.state = State::Idle;
        }
        if kind == b'E' && self.does(States::EndAnsweredInDiscardToo) {
            return self.answer(215, "nothing is open");
        }
        if kind == b'A' && self.does(States::AbortAnsweredInDiscard) {
            return self.answer(220, "given up");
        }
        Ok(())
    }

    fn text(&mut self, payload: &[u8]) -> Step {
        let does = |fault: Texts| self.connection.does(fault);
        let before = self.state;
        if !self.does(States::TextInUpload) && !self.does(States::TextKeepsDiscard) {
            self.state = State::Idle;
        }
        self.texts += 1;
        let looks = self.does(Closing::EndFirstInDiscard) && before == State::Discard;
        if looks && self.connection.has_ended() {
            return Err(End::Closing);
        }
        if self.does(Conversation::OneTextOnly) && self.texts > 1 {
            return Ok(());
        }
        if self.does(Conversation::ForgetsAbove) && self.texts > 64 {
            return Ok(());
        }
        let length = if does(Texts::LimitInCharacters) {
            String::from_utf8_lossy(payload).chars().count()
        } else {
            payload.len()
        };
        let limit = match () {
            () if does(Texts::LimitExclusive) => self.reply_limit - 1,
            () if does(Texts::LimitByOne) => self.reply_limit + 1,
            () if does(Texts::NoLimit) => usize::MAX,
            () if does(Texts::AbsentIsNoLimit) && self.reply_limit == 1024 => usize::MAX,
            () if does(Texts::StatedIgnored) => 1024,
            () => self.reply_limit,
        };
        let too_long = length > limit;
        if too_long && does(Texts::LimitFirst) {
            return self.answer(201, "the reply would be too long");
        }
        let Some(text) = self.utf8(payload) else {
            if self.does(Texts::NotUtf8Closes) {
                return Err(self.connection.fatal(101, "no UTF-8"));
            }
            let code = if self.does(Texts::NotUtf8Code) { 202 } else { 200 };
            return self.answer(code, "no UTF-8");
        };
        if too_long {
            if self.does(Texts::TooLongCloses) {
                return Err(self.connection.fatal(102, "too long"));
            }
            if self.does(Texts::ReplyCut) {
                return self.reply(&text[..1024]);
            }
            if self.does(Texts::TooLongUnanswered) {
                return Ok(());
            }
            return self.answer(201, "the reply would be too long");
        }
        if self.does(Texts::RefusedCloses) {
            self.connection.send_error(202, b"not now")?;
            return Err(End::Closing);
        }
        if text.is_empty() && self.does(Texts::EmptyUnanswered) {
            return Ok(());
        }
        if text.is_empty() && self.does(Texts::EmptyRefused) {
            return Err(self.connection.fatal(101, "an empty text"));
        }
        let text = self.changed(&text);
        self.reply(&text)?;
        if self.does(Closing::OneShot) { Err(End::Closing) } else { Ok(()) }
    }

    /// The text, if this server takes it for UTF-8.
    fn utf8(&self, payload: &[u8]) -> Option<Vec<u8>> {
        let does = |fault: Texts| self.connection.does(fault);
        let lossy = |with: &str| String::from_utf8_lossy(payload).replace('\u{FFFD}', with);
        match std::str::from_utf8(payload) {
            Ok(text) => {
                let excluded = |character: char| {
                    does(Texts::NoncharactersRefused)
                        && matches!(character, '\u{FFFE}' | '\u{FFFF}' | '\u{10FFFF}')
                        || does(Texts::BasicPlaneOnly) && u32::from(character) > 0xFFFF
                };
                (!text.chars().any(excluded)).then(|| payload.to_vec())
            }
            Err(_) if does(Texts::Lossy) => Some(lossy("?").into_bytes()),
            Err(_) if does(Texts::AnyOctets) => Some(payload.to_vec()),
            Err(_) if does(Texts::SurrogatesTaken) && payload.contains(&0xED) => {
                Some(payload.to_vec())
            }
            Err(_) if does(Texts::OverlongTaken) && payload.contains(&0xC0) => {
                Some(payload.to_vec())
            }
            Err(error) if does(Texts::CutCharacterTaken) && error.error_len().is_none() => {
                Some(payload[..error.valid_up_to()].to_vec())
            }
            Err(_) => None,
        }
    }

    /// What is sent back of a text.
    fn changed(&self, text: &[u8]) -> Vec<u8> {
        let does = |fault: Texts| self.connection.does(fault);
        let mut text = text.to_vec();
        if does(Texts::UpperCase) {
            text.make_ascii_uppercase();
        }
        if does(Texts::CutAtNul) {
            text.truncate(text.iter().position(|&octet| octet == 0).unwrap_or(text.len()));
        }
        if does(Texts::BomLost) {
            text = text.strip_prefix("\u{FEFF}".as_bytes()).map(<[u8]>::to_vec).unwrap_or(text);
        }
        if does(Texts::Trimmed) {
            text = text.trim_ascii_end().to_vec();
        }
        text
    }

    fn reply(&mut self, text: &[u8]) -> Step {
        self.answered += 1;
        let length = u32::try_from(text.len()).expect("what is sent is short").to_be_bytes();
        let frame = [b"R", &length[..], text].concat();
        if self.does(Conversation::RepliesLate) {
            self.connection.kept.extend(frame);
            return Ok(());
        }
        if self.does(Conversation::ReplyTwice) && self.answered == 2 {
            self.connection.write(&frame)?;
        }
        if self.does(Conversation::NewestOnly) {
            self.connection.kept.clear();
        }
        if self.does(Conversation::NewestOnly)
            || self.does(Conversation::AnswersAtPause)
            || self.does(Conversation::ContinueFirst)
            || self.does(Closing::FatalDropsAnswers)
        {
            self.connection.kept.extend(frame);
            let pending = self.connection.inbox.len() >= 5;
            return if pending { Ok(()) } else { self.connection.flush() };
        }
        if self.does(Conversation::DropsAnswers) && self.answered > 256 {
            return Ok(());
        }
        self.connection.write(&frame)
    }

    /// ERROR 2xx.
    pub(super) fn answer(&mut self, code: u16, message: &str) -> Step {
        self.refused = code;
        if self.does(Conversation::ContinueFirst) {
            self.connection.flush()?;
        }
        if self.does(Errors::Unanswered) {
            return Ok(());
        }
        let mut message = message.as_bytes().to_vec();
        if self.does(Errors::LongMessage) {
            message.resize(1025, b'.');
        }
        if self.does(Errors::LatinMessage) {
            message.push(0xE9);
        }
        if self.does(Errors::CodeIsOneOctet) {
            return self.connection.send(b'X', &[u8::try_from(code).unwrap_or(u8::MAX)]);
        }
        if self.does(Errors::LittleEndian) {
            return self.connection.send(b'X', &[&code.to_le_bytes(), &message[..]].concat());
        }
        self.connection.send_error(code, &message)?;
        if self.does(Errors::RequestErrorCloses) {
            return Err(End::Closing);
        }
        Ok(())
    }
}
