//! The ten frame types: the table of chapter 4 as code.

use core::fmt;

use super::{Message, ReceiveLimits, ResumePoint, Role};

/// A type of frame that version 1 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameType {
    /// `T`: a text message.
    Text,
    /// `R`: the answer to a text.
    Reply,
    /// `F`: the request to store a file.
    File,
    /// `C`: an upload is accepted, and from where it goes on.
    Continue,
    /// `D`: octets of the file.
    Data,
    /// `E`: the end of the file.
    End,
    /// `S`: the file is stored.
    Stored,
    /// `A`: the client gives the upload up.
    Abort,
    /// `X`: a refusal.
    Error,
    /// `B`: the end of the conversation.
    Bye,
}

impl FrameType {
    /// All types, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Reply,
        Self::File,
        Self::Continue,
        Self::Data,
        Self::End,
        Self::Stored,
        Self::Abort,
        Self::Error,
        Self::Bye,
    ];

    /// The type of this octet, if version 1 knows it.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            b'T' => Some(Self::Text),
            b'R' => Some(Self::Reply),
            b'F' => Some(Self::File),
            b'C' => Some(Self::Continue),
            b'D' => Some(Self::Data),
            b'E' => Some(Self::End),
            b'S' => Some(Self::Stored),
            b'A' => Some(Self::Abort),
            b'X' => Some(Self::Error),
            b'B' => Some(Self::Bye),
            _ => None,
        }
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match self {
            Self::Text => b'T',
            Self::Reply => b'R',
            Self::File => b'F',
            Self::Continue => b'C',
            Self::Data => b'D',
            Self::End => b'E',
            Self::Stored => b'S',
            Self::Abort => b'A',
            Self::Error => b'X',
            Self::Bye => b'B',
        }
    }

    /// The name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Reply => "REPLY",
            Self::File => "FILE",
            Self::Continue => "CONTINUE",
            Self::Data => "DATA",
            Self::End => "END",
            Self::Stored => "STORED",
            Self::Abort => "ABORT",
            Self::Error => "ERROR",
            Self::Bye => "BYE",
        }
    }

    /// Whether this side ever sends frames of this type.
    #[must_use]
    pub const fn is_sent_by(self, role: Role) -> bool {
        match self {
            Self::Text | Self::File | Self::Data | Self::End | Self::Abort => {
                matches!(role, Role::Client)
            }
            Self::Reply | Self::Continue | Self::Stored | Self::Error => {
                matches!(role, Role::Server)
            }
            Self::Bye => true,
        }
    }

    /// Least and most octets of a payload, at a receiver with these limits.
    #[must_use]
    pub const fn length_bounds(self, limits: ReceiveLimits) -> (u32, u32) {
        match self {
            Self::Text | Self::Reply => (0, limits.text.octets()),
            Self::File => (14, 2062),
            Self::Continue => exactly(ResumePoint::LEN),
            Self::Data => (1, limits.chunk.octets()),
            Self::End | Self::Stored => (8, 72),
            Self::Abort | Self::Bye => (0, 0),
            Self::Error => (2, 1026),
        }
    }
}

const fn exactly(len: usize) -> (u32, u32) {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a constant of this module, in const"
    )]
    let len = len as u32;
    (len, len)
}

// The bounds of the table are those of the layouts that they hold.
const _: () = {
    assert!(Message::MAX_LEN + 2 == 1026);
    assert!(14 + super::SourceName::MAX_LEN + super::Destination::MAX_LEN == 2062);
};

impl fmt::Display for FrameType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_maps_to_one_type_or_to_none() {
        let known = (0..=255).filter_map(FrameType::from_octet).count();
        assert_eq!(known, FrameType::ALL.len());
        for kind in FrameType::ALL {
            assert_eq!(FrameType::from_octet(kind.octet()), Some(kind));
        }
    }
}
