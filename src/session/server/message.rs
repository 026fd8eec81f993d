//! The messages that the session writes itself.

use core::fmt::{Arguments, Write as _};

use crate::wire::{Header, Output};

/// A short message, formatted without allocation.
#[derive(Debug)]
pub(super) struct OwnMessage {
    buffer: [u8; Self::MAX_LEN],
    len: usize,
}

impl OwnMessage {
    /// Most octets of a message.
    const MAX_LEN: usize = 160;

    /// Most octets of an ERROR with such a message.
    pub(super) const FRAME_LEN: usize = Header::LEN + size_of::<u16>() + Self::MAX_LEN;

    /// Formats; the pieces from the first one on that does not fit are left out.
    pub(super) fn new(arguments: Arguments<'_>) -> Self {
        let mut buffer = [0; Self::MAX_LEN];
        let mut output = Output::new(&mut buffer);
        // A message cut short is still a message.
        let _ = output.write_fmt(arguments);
        let len = output.len();
        Self { buffer, len }
    }

    pub(super) fn as_str(&self) -> &str {
        let written = self.buffer.get(..self.len).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}
