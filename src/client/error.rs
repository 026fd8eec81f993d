//! What can go wrong, a variant for each remedy.

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::PathBuf;

use super::escaped::Escaped;
use crate::plain;
use crate::session::{Error as SessionError, Fault, FaultReason, Misuse};
use crate::wire::{Code, Completion, PathError, PrefaceReason, SourceError};

/// Why a text or an upload failed, or a connection ended.
///
/// Its Display is one line that says what to do, with everything that came from the server
/// escaped.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No address of the server's name takes a connection.
    Unreachable {
        /// The server, as the user named it.
        address: String,
        /// What the last address that was tried said.
        source: io::Error,
    },
    /// The server's first octets are neither a server-line nor the echo of the client's
    /// line (`plain.client-no-guess`).
    NoServerLine {
        /// Whether the server has closed; otherwise it sent too little or something else.
        closed: bool,
        /// What came, as far as it is worth showing.
        received: Vec<u8>,
    },
    /// The connection broke; whether unanswered requests were carried out is unknown
    /// (`outcome.unknown`).
    Lost {
        /// What the transport said; `None` if the server just ended the stream.
        source: Option<io::Error>,
    },
    /// The server neither sent nor took an octet for this long.
    Silent(Duration),
    /// The server ended the connection with an ERROR 1xx.
    Ended {
        /// The code.
        code: Code,
        /// The server's message.
        message: String,
    },
    /// The server broke the protocol.
    Fault(Fault),
    /// The caller wanted what the session does not allow.
    Misuse(Misuse),
    /// The [`Interrupt`](super::Interrupt) was set.
    Interrupted,
    /// The server refused this request; the connection goes on.
    Refused {
        /// The code.
        code: Code,
        /// The server's message.
        message: String,
    },
    /// STORED names another size or digest than those of the octets that were read
    /// (`end.stored-compared`).
    StoredDiffers {
        /// What the client read.
        sent: Completion,
        /// What the server says that it wrote.
        stored: Completion,
    },
    /// A text is longer than the server accepts (`text.client-limit`).
    TextTooLong {
        /// Octets of the text.
        len: usize,
        /// Octets that the server accepts.
        most: u32,
    },
    /// The destination breaks a rule of paths.
    Destination(PathError),
    /// The source's name breaks a rule of paths.
    SourceName(SourceError),
    /// The source cannot be opened.
    Open {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The source cannot be read.
    Source(io::Error),
    /// The source has grown or shrunk while it was read.
    SourceChanged {
        /// Its size when it was opened.
        declared: u64,
        /// The octets that were read; there may be more.
        read: u64,
    },
    /// The connection ended before the answer to this upload came (`outcome.unknown`).
    Unanswered {
        /// Whether it was certainly not carried out; otherwise that is unknown.
        not_carried_out: bool,
    },
    /// The upload broke off, and its source cannot be read a second time.
    NotRepeatable,
    /// An original server cannot take this header.
    PlainHeader(plain::client::HeaderError),
    /// An original server cannot take this text.
    PlainText(plain::client::TextError),
    /// The file holds the end mark (`plain.client-mark`).
    PlainMark {
        /// Octets of the file before the mark.
        offset: u64,
    },
    /// The source must be looked through for the end mark first, and can be read only
    /// once.
    PlainStream,
    /// An echo was late, short or different (`plain.client-echo`).
    PlainEcho,
    /// A plain upload was ended early, so that the server has stored a part of the file.
    PlainCut(Box<Self>),
}

impl Error {
    pub(super) const fn lost(source: io::Error) -> Self {
        Self::Lost { source: Some(source) }
    }

    /// Whether the connection is over, and with it every request that has no answer.
    #[must_use]
    pub const fn ends_connection(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::NoServerLine { .. }
            | Self::Lost { .. }
            | Self::Silent(_)
            | Self::Ended { .. }
            | Self::Fault(_)
            | Self::Misuse(_)
            | Self::Interrupted
            | Self::PlainEcho => true,
            Self::Refused { .. }
            | Self::StoredDiffers { .. }
            | Self::TextTooLong { .. }
            | Self::Destination(_)
            | Self::SourceName(_)
            | Self::Open { .. }
            | Self::Source(_)
            | Self::SourceChanged { .. }
            | Self::Unanswered { .. }
            | Self::NotRepeatable
            | Self::PlainHeader(_)
            | Self::PlainText(_)
            | Self::PlainMark { .. }
            | Self::PlainStream
            | Self::PlainCut(_) => false,
        }
    }

    /// Whether a new connection may do better: the old one was lost, or ended by an ERROR
    /// that is not the client's fault. ERROR 222 says that another client wants the
    /// destination, and is not passing (`takeover.own`).
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Lost { .. } | Self::Silent(_) => true,
            Self::Ended { code, .. } => matches!(code.number(), 105..=108),
            _ => false,
        }
    }

    /// Whether this is, or was caused by, the [`Interrupt`](super::Interrupt).
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Interrupted => true,
            Self::PlainCut(cause) => cause.is_interrupt(),
            _ => false,
        }
    }

    /// Whether there was no connection at all.
    #[must_use]
    pub const fn means_no_connection(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::NoServerLine { .. })
    }

    /// Whether requests that this left unanswered were certainly not carried out
    /// (`outcome.unknown`).
    #[must_use]
    pub const fn means_not_carried_out(&self) -> bool {
        match self {
            Self::Ended { code, .. } => code.means_not_carried_out(),
            _ => self.means_no_connection(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { address, source } => write!(
                f,
                "cannot connect to {}: {source}: check the address, and that the server runs",
                Escaped(address)
            ),
            Self::NoServerLine { closed, received } => no_server_line(*closed, received, f),
            Self::Lost { source: Some(source) } => {
                write!(f, "the connection was lost: {source}: try again")
            }
            Self::Lost { source: None } => {
                f.write_str("the server closed the connection before it answered: try again")
            }
            Self::Silent(span) => write!(
                f,
                "the server has been silent for {} seconds: try again, or allow more time",
                span.as_secs_f32()
            ),
            Self::Ended { code, message } => {
                f.write_str("the server ended the connection: ")?;
                answer(*code, message, f)
            }
            Self::Fault(fault) => {
                write!(f, "the server breaks the protocol: {fault}")?;
                match fault.reason {
                    FaultReason::Preface(error) if error.reason == PrefaceReason::Role => f
                        .write_str(
                            ": an original server echoes the client's line so, use profile plain",
                        ),
                    _ => f.write_str(": tell whoever runs it"),
                }
            }
            Self::Misuse(misuse) => write!(f, "the client cannot do this now: {misuse}"),
            Self::Interrupted => f.write_str("interrupted before the answer came: send it again"),
            Self::Refused { code, message } => {
                f.write_str("refused: ")?;
                answer(*code, message, f)?;
                f.write_str(remedy(*code))
            }
            Self::StoredDiffers { sent, stored } => write!(
                f,
                "the server stored other octets than were sent ({} with {} {}, not {} with {}): \
                 do not trust its copy, send the file again with overwriting",
                stored.size,
                sent.digest.kind(),
                stored.digest,
                sent.size,
                sent.digest,
            ),
            Self::TextTooLong { len, most } => write!(
                f,
                "the text has {len} octets, but the server accepts {most}: send it in parts, or \
                 as a file"
            ),
            Self::Destination(error) => write!(f, "{error}: choose another destination"),
            Self::SourceName(error) => error.fmt(f),
            Self::Open { path, source } => write!(f, "cannot open {}: {source}", path.display()),
            Self::Source(error) => write!(f, "cannot read the source: {error}"),
            Self::SourceChanged { declared, read } => {
                let word = if read > declared { "grown" } else { "shrunk" };
                write!(
                    f,
                    "the source has {word} while it was read (it had {declared} octets, now \
                     {read} were read): send it again when nothing writes to it"
                )
            }
            Self::Unanswered { not_carried_out: true } => {
                f.write_str("not carried out, the connection ended first: send it again")
            }
            Self::Unanswered { not_carried_out: false } => f.write_str(
                "the outcome is unknown, the connection ended before the answer: send it again",
            ),
            Self::NotRepeatable => f.write_str(
                "the upload broke off, and its source cannot be read again: write it to a file \
                 and send that",
            ),
            Self::PlainHeader(error) => error.fmt(f),
            Self::PlainText(error) => error.fmt(f),
            Self::PlainMark { offset } => write!(
                f,
                "the file holds `FIN_ARCHIVO` at octet {offset}, where an original server would \
                 end it: pack the file, for example with gzip"
            ),
            Self::PlainStream => f.write_str(
                "an original server needs a file that was looked through first: write the \
                 octets to a file and send that",
            ),
            Self::PlainEcho => f.write_str(
                "what came back was late, short or different from what was sent: check that \
                 this is an original server, and try again",
            ),
            Self::PlainCut(error) => {
                write!(f, "{error} (the server has stored only a part of the file: send it again)")
            }
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Unreachable { source, .. }
            | Self::Open { source, .. }
            | Self::Lost { source: Some(source) }
            | Self::Source(source) => Some(source),
            Self::Fault(fault) => Some(fault),
            Self::Misuse(misuse) => Some(misuse),
            Self::Destination(error) => Some(error),
            Self::PlainHeader(error) => Some(error),
            Self::PlainText(error) => Some(error),
            Self::PlainCut(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Peer(fault) => Self::Fault(fault),
            SessionError::Misuse(misuse) => misuse.into(),
        }
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        match misuse {
            Misuse::TooLong { len, most } => Self::TextTooLong { len, most },
            other => Self::Misuse(other),
        }
    }
}

fn answer(code: Code, message: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{code}")?;
    if message.is_empty() { Ok(()) } else { write!(f, ": {}", Escaped(message)) }
}

/// What a user can do about a refusal, where that is not in the name of the code.
const fn remedy(code: Code) -> &'static str {
    match code {
        Code::ALREADY_EXISTS => " (overwrite it, or choose another destination)",
        Code::DESTINATION_BUSY => " (another connection is writing it: try again later)",
        Code::SUPERSEDED => " (another client sends the same file)",
        _ => "",
    }
}

fn no_server_line(closed: bool, received: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("this is no Conexión server: it ")?;
    if received.is_empty() {
        f.write_str(if closed { "closed the connection" } else { "sent nothing" })?;
    } else {
        let text = String::from_utf8_lossy(received);
        write!(f, "sent `{}`", Escaped(&text))?;
    }
    f.write_str(": check the address and the port, or try again if the server is busy")
}
