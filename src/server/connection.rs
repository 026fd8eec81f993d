//! A connection from accept to close: which profile it is, then that profile's loop.

use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tracing::{debug, info};

use super::buffers::Input;
use super::config::PlainMode;
use super::listener::Shared;
use super::stream::{Arrival, Signals, Stream, WriteError};
use super::{framed, plain};
use crate::plain::{Detection, Moment, detect};

/// Whether the connection is within the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Admitted,
    /// Above it: ERROR 106 after the lines, if it is framed.
    TooMany,
}

/// How a connection came to its end, for the log.
#[derive(Debug)]
pub(super) enum Ending {
    /// BYE was exchanged.
    Bye,
    /// End of stream; `cut` if something was left unfinished.
    EndOfStream { cut: bool },
    /// The server ended it with this ERROR, or closed it for this reason.
    Ended(String),
    /// The write timer expired, or the connection broke while writing: no closing
    /// procedure.
    Lost(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bye => f.write_str("bye"),
            Self::EndOfStream { cut: false } => f.write_str("end of stream"),
            Self::EndOfStream { cut: true } => f.write_str("end of stream, something unfinished"),
            Self::Ended(reason) | Self::Lost(reason) => f.write_str(reason),
        }
    }
}

/// Waiting itself has failed.
impl From<std::io::Error> for Ending {
    fn from(error: std::io::Error) -> Self {
        Self::Lost(format!("waiting failed: {error}"))
    }
}

impl From<WriteError> for Ending {
    fn from(error: WriteError) -> Self {
        Self::Lost(match error {
            WriteError::Timeout => "the peer took no octet for too long".into(),
            WriteError::Broken(error) => format!("writing failed: {error}"),
        })
    }
}

/// The profile of a connection, for the log.
#[derive(Clone, Copy, Debug)]
enum Profile {
    Unknown,
    Framed,
    Plain,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Framed => "framed",
            Self::Plain => "plain",
        })
    }
}

/// What a profile's loop works with.
pub(super) struct Connection<'s> {
    pub(super) shared: &'s Shared,
    pub(super) stream: Stream,
    pub(super) peer: SocketAddr,
    pub(super) admission: Admission,
    pub(super) accepted: Instant,
}

/// Serves one connection to its end.
pub(super) fn serve(shared: &Shared, socket: TcpStream, peer: SocketAddr, admission: Admission) {
    let stream = match Stream::new(socket, shared.config.timers.write) {
        Ok(stream) => stream,
        Err(error) => {
            debug!(%peer, %error, "the connection broke at once");
            return;
        }
    };
    let accepted = Instant::now();
    let mut connection = Connection { shared, stream, peer, admission, accepted };
    let (profile, ending) = connection.run();
    info!(
        %peer,
        %profile,
        received = connection.stream.received,
        sent = connection.stream.sent + connection.stream.output.unsent().len() as u64,
        milliseconds = accepted.elapsed().as_millis(),
        %ending,
        "connection"
    );
    // Without a last word on its way there is nothing to wait for (`closing.procedure`).
    let has_answered = connection.stream.has_answered();
    if has_answered && !matches!(ending, Ending::Lost(_)) {
        connection.stream.close(shared.config.timers.close);
    }
}

impl Connection<'_> {
    fn run(&mut self) -> (Profile, Ending) {
        match self.detect() {
            Ok(Profile::Framed) => (Profile::Framed, framed::run(self)),
            Ok(Profile::Plain) => (Profile::Plain, plain::run(self)),
            Ok(Profile::Unknown) => (Profile::Unknown, Ending::EndOfStream { cut: false }),
            Err(ending) => (Profile::Unknown, ending),
        }
    }

    /// Reads until the profile is known (chapter 2); sends nothing (`detection.silence`).
    fn detect(&mut self) -> Result<Profile, Ending> {
        let timers = self.shared.config.timers;
        let speaks_plain = self.shared.config.plain != PlainMode::Off;
        let mut first_octet: Option<Instant> = None;
        loop {
            let arrival = self.stream.read(Input::IDLE, Input::IDLE);
            let now = Instant::now();
            if let Arrival::Octets(_) = arrival {
                first_octet.get_or_insert(now);
            }
            let waited = first_octet.map_or(Duration::ZERO, |since| now - since);
            let moment = match arrival {
                Arrival::EndOfStream => Moment::EndOfStream,
                _ if waited >= timers.prefix => Moment::PrefixWaitOver,
                _ => Moment::Open,
            };
            let octets = self.stream.input.unconsumed();
            match detect(octets, moment, speaks_plain) {
                Detection::Framed => return Ok(Profile::Framed),
                Detection::Plain => return Ok(Profile::Plain),
                Detection::Ended => return Ok(Profile::Unknown),
                Detection::Closed(why) => return Err(Ending::Ended(format!("refused: {why}"))),
                Detection::NeedMore => {}
            }
            if arrival == Arrival::Nothing {
                self.wait_for_profile(first_octet, speaks_plain)?;
            }
        }
    }

    fn wait_for_profile(
        &mut self,
        first_octet: Option<Instant>,
        speaks_plain: bool,
    ) -> Result<(), Ending> {
        let timers = self.shared.config.timers;
        let left = timers.preface.saturating_sub(self.accepted.elapsed());
        if left.is_zero() {
            return Err(Ending::Ended("timeout before the profile was known".into()));
        }
        let span = match first_octet.filter(|_| speaks_plain) {
            Some(since) => left.min(timers.prefix.saturating_sub(since.elapsed())),
            None => left,
        };
        let shutdown = Some(self.shared.shutdown.signal());
        let signals = Signals { shutdown, takeover: None };
        let woken = self.stream.wait(true, Some(span), signals)?;
        if woken.shutdown {
            return Err(Ending::Ended("shutting down".into()));
        }
        Ok(())
    }
}

/// Text from a peer as a value for the log: escaped, and quoted by the log's text form, so
/// that it can neither steer a terminal nor pass for other fields.
pub(super) fn shown(text: &str) -> String {
    text.escape_debug().to_string()
}
