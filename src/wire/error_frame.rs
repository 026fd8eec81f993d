//! ERROR: a code and a message for people.

use super::reader::Reader;
use super::{Code, Output, ShortOutput};

/// The message of an ERROR that this side sends: UTF-8 of at most 1024 octets
/// (`error.message`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a>(&'a str);

impl<'a> Message<'a> {
    /// Most octets that a message may have.
    pub const MAX_LEN: usize = 1024;

    /// As much of `text` as fits, cut between characters.
    #[must_use]
    pub fn truncated(text: &'a str) -> Self {
        let mut end = text.len().min(Self::MAX_LEN);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        Self(text.get(..end).unwrap_or_default())
    }

    /// The text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// The payload of ERROR. The message is octets: one that is not UTF-8 is still accepted
/// (`frame.error-message`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorFrame<'a> {
    /// What ended, and why.
    pub code: Code,
    message: &'a [u8],
}

impl<'a> ErrorFrame<'a> {
    /// An ERROR to send.
    #[must_use]
    pub const fn new(code: Code, message: Message<'a>) -> Self {
        Self { code, message: message.0.as_bytes() }
    }

    /// The message's octets, UTF-8 or not, at most 1024.
    #[must_use]
    pub const fn message(&self) -> &'a [u8] {
        self.message
    }

    /// Parses a payload; the number comes back where it is no code (`error.no-class`).
    /// The payload must have at least two octets, which its header's judgement ensures.
    pub(super) fn parse(payload: &'a [u8]) -> Option<Result<Self, u16>> {
        let mut reader = Reader::new(payload);
        let number = reader.u16()?;
        let message = reader.rest();
        if message.len() > Message::MAX_LEN {
            return None;
        }
        Some(Code::new(number).map(|code| Self { code, message }).ok_or(number))
    }

    /// Length of the payload in octets.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.message.len().saturating_add(size_of::<u16>())
    }

    pub(super) fn emit(&self, header: &[u8], out: &mut Output<'_>) -> Result<(), ShortOutput> {
        out.put_all(&[header, &self.code.number().to_be_bytes(), self.message])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_between_characters() {
        let long = "ñ".repeat(600);
        assert_eq!(Message::truncated(&long).as_str().len(), 1024);
        let odd = format!("a{long}");
        assert_eq!(Message::truncated(&odd).as_str().len(), 1023);
    }
}
