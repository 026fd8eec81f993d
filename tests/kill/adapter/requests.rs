//! Chapter 5: the table of the server's states.

use conexion::wire::{Frame, FrameError, FrameType, PayloadError};

use super::connection::{End, Step};
use super::frames::{Conversation, parse};

/// The states of chapter 5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Idle,
    Open,
    Discard,
}

impl State {
    pub(super) fn allows(self, kind: FrameType) -> bool {
        match kind {
            FrameType::Text | FrameType::File | FrameType::Bye => self != Self::Open,
            FrameType::Data | FrameType::End | FrameType::Abort => self != Self::Idle,
            _ => false,
        }
    }
}

impl Conversation<'_> {
    /// Does what the cell of the table says. The header was judged.
    pub(super) fn handle(&mut self, kind: FrameType, payload: &[u8]) -> Step {
        if self.state == State::Discard {
            match kind {
                FrameType::Data => return Ok(()),
                FrameType::End | FrameType::Abort => {
                    self.state = State::Idle;
                    return Ok(());
                }
                _ => {}
            }
        }
        match parse(kind, payload, self.digest) {
            Ok(Frame::Text(text)) => self.text(text.as_str()),
            Ok(Frame::File(request)) => self.file(&request),
            Ok(Frame::Data(octets)) => self.data(octets),
            Ok(Frame::End(completion)) => self.end(&completion),
            Ok(Frame::Abort) => self.abort(),
            Ok(Frame::Bye) => {
                self.connection.send(FrameType::Bye, b"")?;
                Err(End::Closing)
            }
            Ok(_) => unreachable!("a header of these is refused"),
            Err(FrameError::Payload(PayloadError::NotUtf8 { .. })) => {
                self.state = State::Idle;
                self.answer(200, "no UTF-8")
            }
            Err(FrameError::Payload(PayloadError::File(error))) => self.bad_file(error),
            Err(error) => Err(self.connection.fatal(101, &error.to_string())),
        }
    }

    fn text(&mut self, text: &str) -> Step {
        self.state = State::Idle;
        if text.len() > self.reply_limit {
            return self.answer(201, "the reply would be too long");
        }
        self.connection.send(FrameType::Reply, text.as_bytes())
    }

    /// ERROR 2xx.
    pub(super) fn answer(&mut self, code: u16, message: &str) -> Step {
        self.connection.send_error(code, message)
    }
}
