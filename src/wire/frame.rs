//! Whole frames: borrowed, valid by construction.

use core::fmt;
use core::num::NonZeroUsize;

use super::{
    Completion, DigestKind, ErrorFrame, FileError, FileRequest, FrameType, Header, HeaderError,
    Judged, Output, Parse, PayloadLimit, ReceiveLimits, ResumePoint, Role, ShortOutput,
};

/// A text within the bounds that any peer can state: UTF-8 of at most 1048576 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPayload<'a>(&'a str);

impl<'a> TextPayload<'a> {
    /// The text, or `None` if it has more than 1048576 octets.
    #[must_use]
    pub fn new(text: &'a str) -> Option<Self> {
        let fits = u32::try_from(text.len()).is_ok_and(|len| len <= PayloadLimit::MOST.octets());
        fits.then_some(Self(text))
    }

    /// The text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// A frame. Emitting one can only fail for want of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// `T`.
    Text(TextPayload<'a>),
    /// `R`.
    Reply(TextPayload<'a>),
    /// `F`.
    File(FileRequest<'a>),
    /// `C`.
    Continue(ResumePoint),
    /// `D`: octets of the file; a session streams them instead of gathering them here.
    Data(&'a [u8]),
    /// `E`.
    End(Completion),
    /// `S`.
    Stored(Completion),
    /// `A`.
    Abort,
    /// `X`.
    Error(ErrorFrame<'a>),
    /// `B`.
    Bye,
}

/// Why a payload is not of its frame's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadError {
    /// TEXT or REPLY that is not UTF-8.
    NotUtf8 {
        /// Where the well-formed part ends.
        offset: usize,
    },
    /// FILE that breaks a rule.
    File(FileError),
    /// A payload that does not fill its layout exactly.
    Layout(FrameType),
    /// ERROR whose code has no class (`error.no-class`).
    NoClass {
        /// The number in its place.
        number: u16,
    },
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { offset } => write!(f, "no UTF-8 at octet {offset} of the text"),
            Self::File(error) => error.fmt(f),
            Self::Layout(frame) => {
                write!(f, "the payload of {frame} does not fill its layout exactly")
            }
            Self::NoClass { number } => write!(f, "the code {number} is not within 100 to 299"),
        }
    }
}

impl core::error::Error for PayloadError {}

/// Why octets are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The header was refused.
    Header(HeaderError),
    /// The payload was refused.
    Payload(PayloadError),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::Payload(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for FrameError {}

impl<'a> Frame<'a> {
    /// Parses the frame at the front of `octets`, in any state: `None` for an ignorable
    /// frame. `digest` is the kind that END and STORED carry at this point.
    ///
    /// # Errors
    ///
    /// The header's fault as soon as its five octets are there, else the payload's.
    pub fn parse(
        octets: &'a [u8],
        sender: Role,
        limits: ReceiveLimits,
        digest: DigestKind,
    ) -> Result<Parse<Option<Self>>, FrameError> {
        let Some(header) = Header::parse(octets) else {
            return Ok(need_more(Header::LEN, octets.len()));
        };
        let judged = header.judge(sender, limits, |_| true).map_err(FrameError::Header)?;
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let whole = Header::LEN.saturating_add(length);
        let Some(payload) = octets.get(Header::LEN..whole) else {
            return Ok(need_more(whole, octets.len()));
        };
        let frame = match judged {
            Judged::Ignore => None,
            Judged::Take(kind) => {
                Some(Self::parse_payload(kind, payload, digest).map_err(FrameError::Payload)?)
            }
        };
        Ok(Parse::Complete(frame, whole))
    }

    /// Parses the whole payload of a frame whose header has been judged.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] as chapter 4.2 and the frame's own layout have it.
    pub fn parse_payload(
        kind: FrameType,
        payload: &'a [u8],
        digest: DigestKind,
    ) -> Result<Self, PayloadError> {
        let layout = PayloadError::Layout(kind);
        match kind {
            FrameType::Text => text(payload).map(Self::Text),
            FrameType::Reply => text(payload).map(Self::Reply),
            FrameType::File => {
                FileRequest::parse(payload).map(Self::File).map_err(PayloadError::File)
            }
            FrameType::Continue => ResumePoint::parse(payload).map(Self::Continue).ok_or(layout),
            FrameType::Data => Ok(Self::Data(payload)),
            FrameType::End => Completion::parse(payload, digest).map(Self::End).ok_or(layout),
            FrameType::Stored => Completion::parse(payload, digest).map(Self::Stored).ok_or(layout),
            FrameType::Abort => payload.is_empty().then_some(Self::Abort).ok_or(layout),
            FrameType::Error => match ErrorFrame::parse(payload) {
                None => Err(layout),
                Some(Err(number)) => Err(PayloadError::NoClass { number }),
                Some(Ok(error)) => Ok(Self::Error(error)),
            },
            FrameType::Bye => payload.is_empty().then_some(Self::Bye).ok_or(layout),
        }
    }

    /// Its type.
    #[must_use]
    pub const fn frame_type(&self) -> FrameType {
        match self {
            Self::Text(_) => FrameType::Text,
            Self::Reply(_) => FrameType::Reply,
            Self::File(_) => FrameType::File,
            Self::Continue(_) => FrameType::Continue,
            Self::Data(_) => FrameType::Data,
            Self::End(_) => FrameType::End,
            Self::Stored(_) => FrameType::Stored,
            Self::Abort => FrameType::Abort,
            Self::Error(_) => FrameType::Error,
            Self::Bye => FrameType::Bye,
        }
    }

    /// Length of the whole frame on the wire, header included, in octets.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.payload_len().saturating_add(Header::LEN)
    }

    const fn payload_len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Reply(text) => text.0.len(),
            Self::File(request) => request.encoded_len(),
            Self::Continue(_) => ResumePoint::LEN,
            Self::Data(octets) => octets.len(),
            Self::End(completion) | Self::Stored(completion) => completion.encoded_len(),
            Self::Abort | Self::Bye => 0,
            Self::Error(error) => error.encoded_len(),
        }
    }

    /// Writes the whole frame, or nothing.
    ///
    /// # Errors
    ///
    /// [`ShortOutput`] if there is less room than [`Self::encoded_len`]. DATA of more
    /// octets than 32 bits can count never fits.
    pub fn emit(&self, out: &mut Output<'_>) -> Result<(), ShortOutput> {
        let short = ShortOutput { needed: self.encoded_len() };
        let length = u32::try_from(self.payload_len()).map_err(|_| short)?;
        let header = &Header::new(self.frame_type(), length).octets();
        match self {
            Self::Text(text) | Self::Reply(text) => out.put_all(&[header, text.0.as_bytes()]),
            Self::File(request) => request.emit(header, out),
            Self::Continue(point) => point.emit(header, out),
            Self::Data(octets) => out.put_all(&[header, octets]),
            Self::End(completion) | Self::Stored(completion) => completion.emit(header, out),
            Self::Abort | Self::Bye => out.put(header),
            Self::Error(error) => error.emit(header, out),
        }
    }
}

fn need_more<T>(whole: usize, have: usize) -> Parse<T> {
    let missing = NonZeroUsize::new(whole.saturating_sub(have));
    Parse::NeedMore(missing.unwrap_or(NonZeroUsize::MIN))
}

/// UTF-8, and every character of it kept (`text.utf8`, `frame.nul-and-bom`,
/// `frame.payload-layout-server`).
fn text(payload: &[u8]) -> Result<TextPayload<'_>, PayloadError> {
    core::str::from_utf8(payload)
        .map(TextPayload)
        .map_err(|error| PayloadError::NotUtf8 { offset: error.valid_up_to() })
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn data_of_more_octets_than_32_bits_can_count_never_fits() {
        // The system gives memory that is zero once it is looked at, and here nobody does.
        let zeros = vec![0; 1 << 32];
        let mut buffer = [0; 64];
        let mut out = Output::new(&mut buffer);
        let needed = Header::LEN + (1 << 32);
        assert_eq!(Frame::Data(&zeros).emit(&mut out), Err(ShortOutput { needed }));
        assert!(out.is_empty());
        let most = Frame::Data(&zeros[1..]);
        assert_eq!(most.emit(&mut out), Err(ShortOutput { needed: needed - 1 }));
        assert!(out.is_empty());
    }
}
