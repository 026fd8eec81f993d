//! What a client sends, as a case sees it.

use std::fmt;

use crate::conformance::upload::describe;
use crate::wire::{Completion, DeclaredSize, DigestKind, FileRequest, Flags, Frame};

/// A FILE, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// OVERWRITE and RESUME.
    pub flags: Flags,
    /// The digest that it asks for.
    pub digest: DigestKind,
    /// The size that it declares.
    pub size: DeclaredSize,
    /// The name that the file has at the client.
    pub source: String,
    /// Where it shall be stored.
    pub destination: String,
}

/// What came from the client, one frame or the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// TEXT.
    Text(String),
    /// FILE.
    File(Filed),
    /// DATA.
    Data(Vec<u8>),
    /// END.
    End(Completion),
    /// ABORT.
    Abort,
    /// BYE.
    Bye,
    /// The client has shut down its sending direction.
    EndOfStream,
    /// The connection is broken.
    Reset,
}

impl Request {
    /// Whether nothing can come after it.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::EndOfStream | Self::Reset)
    }
}

/// What a client's frame says, or why no client sends it.
pub(super) fn request(frame: &Frame<'_>) -> Result<Request, String> {
    Ok(match frame {
        Frame::Text(text) => Request::Text(text.as_str().to_owned()),
        Frame::File(request) => Request::File(filed(request)),
        Frame::Data(octets) => Request::Data(octets.to_vec()),
        Frame::End(completion) => Request::End(*completion),
        Frame::Abort => Request::Abort,
        Frame::Bye => Request::Bye,
        Frame::Reply(_) | Frame::Continue(_) | Frame::Stored(_) | Frame::Error(_) => {
            return Err(format!("{} comes from servers only", frame.frame_type()));
        }
    })
}

fn filed(request: &FileRequest<'_>) -> Filed {
    Filed {
        flags: request.flags,
        digest: request.digest,
        size: request.size,
        source: request.source.as_str().to_owned(),
        destination: request.destination.as_str().to_owned(),
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                let start: String = text.chars().take(60).collect();
                write!(f, "TEXT of {} octets, `{}`", text.len(), start.escape_debug())
            }
            Self::File(filed) => {
                let destination = filed.destination.escape_debug();
                write!(f, "FILE with flags {:#04x} to `{destination}`", filed.flags.octet())
            }
            Self::Data(octets) => write!(f, "DATA of {} octets", octets.len()),
            Self::End(completion) => write!(f, "END with {}", describe(completion)),
            Self::Abort => f.write_str("ABORT"),
            Self::Bye => f.write_str("BYE"),
            Self::EndOfStream => f.write_str("end of stream"),
            Self::Reset => f.write_str("a reset"),
        }
    }
}
