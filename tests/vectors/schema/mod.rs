//! The vectors as Rust values: `spec/vectors/README.md` in types. An unknown field is an
//! error, so that no part of a vector is passed over.

pub(crate) mod client;
pub(crate) mod server;
pub(crate) mod wire;

use std::fmt;

use conexion::wire::{DigestKind, Frame, Limits, PayloadLimit, ReceiveLimits};
use serde::Deserialize;

/// Octets: hexadecimal, or parts of which some are repeated.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(from = "Written")]
pub(crate) struct Octets(Vec<u8>);

/// Octets as they are written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Hex(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Hex(String),
    Repeat(Repeat),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    repeat: (String, usize),
}

impl From<Written> for Octets {
    fn from(written: Written) -> Self {
        let octets = |part: &Part| match part {
            Part::Hex(text) => hex(text),
            Part::Repeat(Repeat { repeat: (text, times) }) => hex(text).repeat(*times),
        };
        Self(match written {
            Written::Hex(text) => hex(&text),
            Written::Parts(parts) => parts.iter().flat_map(octets).collect(),
        })
    }
}

impl Octets {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn of(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get(64..) {
            None | Some([]) => write!(f, "{:02X?}", self.0),
            Some(rest) => write!(f, "{:02X?} and {} more", &self.0[..64], rest.len()),
        }
    }
}

/// Pairs of digits, separated by single spaces.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let pair = |pair: &str| {
        assert_eq!(pair.len(), 2, "not a pair of hexadecimal digits: {pair:?}");
        u8::from_str_radix(pair, 16).expect("hexadecimal digits")
    };
    if text.is_empty() { Vec::new() } else { text.split(' ').map(pair).collect() }
}

/// A frame, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Item {
    /// A preface line.
    Line,
    Text(Octets),
    Reply(Octets),
    File(File),
    Continue(Point),
    Data(Octets),
    End(Completed),
    Stored(Completed),
    Abort,
    Error(ErrorItem),
    Bye,
    #[serde(rename = "end of stream")]
    EndOfStream,
    /// The session itself has failed the open upload with this code.
    Failed(u16),
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) flags: u8,
    pub(crate) digest: u8,
    pub(crate) size: Number,
    pub(crate) source: Octets,
    pub(crate) destination: Octets,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Point {
    pub(crate) offset: Number,
    pub(crate) crc32: Octets,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Completed {
    pub(crate) size: Number,
    pub(crate) digest: Octets,
}

/// An ERROR with any message, or with this one.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum ErrorItem {
    Code(u16),
    Whole(WholeError),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WholeError {
    pub(crate) code: u16,
    pub(crate) message: Octets,
}

impl PartialEq for ErrorItem {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => {
                one.code == two.code && one.message == two.message
            }
            _ => self.code() == other.code(),
        }
    }
}

impl ErrorItem {
    pub(crate) fn code(&self) -> u16 {
        match self {
            Self::Code(code) => *code,
            Self::Whole(error) => error.code,
        }
    }
}

/// A number that may not fit a JSON reader's own: a string of digits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Number(String);

impl Number {
    pub(crate) fn value(&self) -> u64 {
        self.0.parse().expect("a string of decimal digits")
    }

    pub(crate) fn of(value: u64) -> Self {
        Self(value.to_string())
    }
}

impl Item {
    pub(crate) fn of(frame: &Frame<'_>) -> Self {
        let completed = |completion: &conexion::wire::Completion| Completed {
            size: Number::of(completion.size),
            digest: Octets::of(completion.digest.octets()),
        };
        match frame {
            Frame::Text(text) => Self::Text(Octets::of(text.as_str().as_bytes())),
            Frame::Reply(text) => Self::Reply(Octets::of(text.as_str().as_bytes())),
            Frame::File(request) => Self::File(File {
                flags: request.flags.octet(),
                digest: request.digest.octet(),
                size: Number::of(request.size.number()),
                source: Octets::of(request.source.as_str().as_bytes()),
                destination: Octets::of(request.destination.as_str().as_bytes()),
            }),
            Frame::Continue(point) => Self::Continue(Point {
                offset: Number::of(point.offset),
                crc32: Octets::of(&point.crc32.to_be_bytes()),
            }),
            Frame::Data(octets) => Self::Data(Octets::of(octets)),
            Frame::End(completion) => Self::End(completed(completion)),
            Frame::Stored(completion) => Self::Stored(completed(completion)),
            Frame::Abort => Self::Abort,
            Frame::Error(error) => Self::Error(ErrorItem::Whole(WholeError {
                code: error.code.number(),
                message: Octets::of(error.message()),
            })),
            Frame::Bye => Self::Bye,
        }
    }
}

/// A digest by its name.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    #[default]
    Crc32,
    Sha256,
}

impl Kind {
    pub(crate) const fn kind(self) -> DigestKind {
        match self {
            Self::Crc32 => DigestKind::Crc32,
            Self::Sha256 => DigestKind::Sha256,
        }
    }
}

/// A side's limits; what is not stated is at its default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StatedLimits {
    chunk: u32,
    text: u32,
    file: Option<Number>,
}

impl Default for StatedLimits {
    fn default() -> Self {
        Self { chunk: 1024, text: 1024, file: None }
    }
}

impl StatedLimits {
    pub(crate) fn limits(&self) -> Limits {
        let file = self.file.as_ref().map(|size| {
            conexion::wire::FileSize::new(size.value()).expect("a limit within its range")
        });
        Limits { chunk: payload(self.chunk), text: payload(self.text), file }
    }

    pub(crate) fn receive(&self) -> ReceiveLimits {
        ReceiveLimits { chunk: payload(self.chunk), text: payload(self.text) }
    }
}

pub(crate) fn payload(octets: u32) -> PayloadLimit {
    PayloadLimit::new(octets).expect("a limit within its range")
}
