//! What an operator can set.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{places, store};
use crate::plain::{PREFIX_WAIT_MILLISECONDS, QUIET_MILLISECONDS};
use crate::wire::{Agent, Limits};

/// Answers a text with a reply, or with the reason for which it is refused (ERROR 202). It
/// runs on the connection's thread, whose stack has 256 KiB.
pub type TextHandler = dyn for<'t> Fn(&'t str) -> Result<Cow<'t, str>, String> + Send + Sync;

/// The handler of the reference server: the text itself (`text.echo`).
///
/// # Errors
///
/// Never.
pub fn echo(text: &str) -> Result<Cow<'_, str>, String> {
    Ok(Cow::Borrowed(text))
}

/// How much of the plain profile is served (chapter 10.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainMode {
    /// Nothing: a connection that is not framed is closed.
    Off,
    /// Texts; a header closes the connection.
    Text,
    /// Texts and uploads.
    All,
}

impl PlainMode {
    /// `All` on a loopback address, else `Off` (`plain.default`).
    #[must_use]
    pub fn default_for(address: SocketAddr) -> Self {
        if address.ip().is_loopback() { Self::All } else { Self::Off }
    }
}

/// The timers of chapter 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// From accept to the end of the client's line.
    pub preface: Duration,
    /// Within this a frame that has begun gains 1024 octets or ends.
    pub frame: Duration,
    /// Between frames.
    pub idle: Duration,
    /// In `discard`.
    pub discard: Duration,
    /// A peer takes nothing.
    pub write: Duration,
    /// From shutting down the sending direction to closing.
    pub close: Duration,
    /// How long a proper prefix of an opening waits (`detection.prefix`).
    pub prefix: Duration,
    /// The quiet time of plain (chapter 10.1).
    pub quiet: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            preface: Duration::from_secs(10),
            frame: Duration::from_secs(30),
            idle: Duration::from_secs(300),
            discard: Duration::from_secs(300),
            write: Duration::from_secs(30),
            close: Duration::from_secs(5),
            prefix: Duration::from_millis(PREFIX_WAIT_MILLISECONDS),
            quiet: Duration::from_millis(QUIET_MILLISECONDS),
        }
    }
}

/// The settings of a server.
#[derive(Clone)]
pub struct Config {
    /// The folder under which everything is stored.
    pub root: PathBuf,
    /// Where to listen; port 0 takes a free one. Which addresses these are is the
    /// program's choice.
    pub listen: SocketAddr,
    /// What the preface states.
    pub limits: Limits,
    /// The agent of the preface, if any.
    pub agent: Option<Agent<'static>>,
    /// The timers.
    pub timers: Timers,
    /// How much of plain is served.
    pub plain: PlainMode,
    /// Connections served at once; those above get ERROR 106, or are closed at once.
    pub max_connections: usize,
    /// How long an upload may go on after shutdown has begun.
    pub grace: Duration,
    /// Durability, and the bounds of held octets.
    pub store: store::Settings,
    /// Answers texts.
    pub handler: Arc<TextHandler>,
}

impl Config {
    /// Descriptors that a connection has open at most: its socket; during an upload its file
    /// and both ends of the pipe that wakes it; and two of the folders on the way to its
    /// destination, while it begins (one of them may be listed then, before there is a file)
    /// and while it is published.
    const DESCRIPTORS_EACH: u64 = 6;

    /// Descriptors of the server itself: the root, its own folder, the lock in it and the
    /// folder of names; the port; both ends of the pipe of the shutdown; and a connection that
    /// is accepted only to be closed.
    const DESCRIPTORS_OWN: u64 = 8;

    /// How many descriptors a server with these settings has open at most, but for those of
    /// its text handler. With fewer it serves on, and some uploads and connections fail while
    /// none is left.
    #[must_use]
    pub fn descriptors(&self) -> u64 {
        let admitted = self.max_connections as u64;
        let turned_away = places::turned_away(self.max_connections) as u64;
        let connections = admitted.saturating_mul(Self::DESCRIPTORS_EACH);
        connections.saturating_add(turned_away).saturating_add(Self::DESCRIPTORS_OWN)
    }

    /// The defaults for this root and address.
    #[must_use]
    pub fn new(root: PathBuf, listen: SocketAddr) -> Self {
        Self {
            root,
            listen,
            limits: Limits::default(),
            agent: Agent::new(concat!("conexion/", env!("CARGO_PKG_VERSION"))),
            timers: Timers::default(),
            plain: PlainMode::default_for(listen),
            max_connections: 4096,
            grace: Duration::from_secs(10),
            store: store::Settings::default(),
            handler: Arc::new(echo),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("root", &self.root)
            .field("listen", &self.listen)
            .field("limits", &self.limits)
            .field("timers", &self.timers)
            .field("plain", &self.plain)
            .field("max_connections", &self.max_connections)
            .field("grace", &self.grace)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `plain.default`
    #[test]
    fn plain_is_spoken_unasked_on_loopback_only() {
        let default = |address: &str| PlainMode::default_for(address.parse().expect("an address"));
        for loopback in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1"] {
            assert_eq!(default(loopback), PlainMode::All, "{loopback}");
        }
        for elsewhere in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1"] {
            assert_eq!(default(elsewhere), PlainMode::Off, "{elsewhere}");
        }
    }
}
