//! What a server sends, as a case sees it.

use std::fmt;

use super::Departure;
use super::upload::describe;
use crate::wire::{Code, Completion, Frame, ResumePoint};

/// What came from the server, one frame or the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// REPLY.
    Reply(String),
    /// CONTINUE.
    Continue(ResumePoint),
    /// STORED.
    Stored(Completion),
    /// ERROR, whose message need not be UTF-8.
    Error(Code, Vec<u8>),
    /// BYE.
    Bye,
    /// The server has shut down its sending direction.
    EndOfStream,
    /// The connection is broken.
    Reset,
}

/// A departure for an answer that is another than expected. Where the server's own
/// condition is in the way, that is no failure.
pub(super) fn unexpected(expected: &str, seen: &Answer) -> Departure {
    let refused = expected.starts_with("CONTINUE") || expected.starts_with("STORED");
    match seen {
        Answer::Error(code, _) if matches!(code.number(), 105..=107) => {
            Departure::inconclusive(format!("{seen} where {expected} was expected"))
        }
        Answer::Error(code, _) if refused && matches!(code.number(), 213 | 219 | 221) => {
            Departure::inconclusive(format!("its storage does not serve this case: {seen}"))
        }
        _ => Departure::fail(expected, seen.to_string()),
    }
}

/// What a server's frame says, or why no server sends it.
pub(super) fn answer(frame: &Frame<'_>) -> Result<Answer, String> {
    Ok(match frame {
        Frame::Reply(text) => Answer::Reply(text.as_str().to_owned()),
        Frame::Continue(point) => Answer::Continue(*point),
        Frame::Stored(completion) => Answer::Stored(*completion),
        Frame::Error(error) => Answer::Error(error.code, error.message().to_vec()),
        Frame::Bye => Answer::Bye,
        Frame::Text(_) | Frame::File(_) | Frame::Data(_) | Frame::End(_) | Frame::Abort => {
            return Err(format!("{} comes from clients only", frame.frame_type()));
        }
    })
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(text) => {
                let start: String = text.chars().take(60).collect();
                write!(f, "REPLY of {} octets, `{}`", text.len(), start.escape_debug())
            }
            Self::Continue(point) => {
                write!(f, "CONTINUE with offset {}, CRC-32 {:08X}", point.offset, point.crc32)
            }
            Self::Stored(completion) => write!(f, "STORED with {}", describe(completion)),
            Self::Error(code, message) => {
                let message = String::from_utf8_lossy(message);
                write!(f, "ERROR {code}: `{}`", message.escape_debug())
            }
            Self::Bye => f.write_str("BYE"),
            Self::EndOfStream => f.write_str("end of stream"),
            Self::Reset => f.write_str("a reset"),
        }
    }
}
