//! The server under test: where it is, and what is known of it before the cases begin.

use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::thread;

use super::trial::SHORTEST_LINE;
use super::{Plain, Settings, Trial};
use crate::wire::Limits;

/// A server under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it states that it accepts.
    pub limits: Limits,
    /// How much of plain it speaks: as declared, or else as it has shown.
    pub plain: Plain,
}

/// There is no server to judge at this address.
#[derive(Debug)]
pub struct Unreachable {
    /// The address.
    pub target: SocketAddr,
    /// What the system said.
    pub error: std::io::Error,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no server can be reached at {}: {}", self.target, self.error)
    }
}

impl std::error::Error for Unreachable {}

impl Target {
    /// Connects, reads what the server states, and finds out what is not declared. A plain
    /// header that is tried names `destination`, where a server that accepts it stores a
    /// file of no octets.
    pub(super) fn probe(
        address: SocketAddr,
        destination: &str,
        settings: &Settings,
    ) -> Result<Self, Unreachable> {
        TcpStream::connect_timeout(&address, settings.timeout)
            .map_err(|error| Unreachable { target: address, error })?;
        let unknown = Self { address, limits: Limits::ABSENT, plain: Plain::Off };
        let (limits, plain) = thread::scope(|scope| {
            let limits = scope.spawn(|| unknown.limits(settings));
            let declared = settings.profile.plain;
            let plain = declared.unwrap_or_else(|| unknown.plain(destination, settings));
            // Whatever it is that panicked, the cases about limits will say it again.
            (limits.join().unwrap_or(Limits::ABSENT), plain)
        });
        Ok(Self { address, limits, plain })
    }

    /// What the server's line states. One that states nothing readable is judged by the
    /// smallest limits: its cases say what is wrong with it.
    fn limits(&self, settings: &Settings) -> Limits {
        let mut trial = Trial::new(settings, self, String::new(), "limits");
        let line = trial.connect().and_then(|mut peer| {
            peer.send(SHORTEST_LINE)?;
            peer.expect_line()
        });
        line.map_or(Limits::ABSENT, |line| line.limits)
    }

    /// Plain is spoken where a text has any answer, and uploads are accepted where a header
    /// has. Both texts end with the stream, so that a server need not wait for quiet: the
    /// second is an upload that the beginning of another ends at once, which is text in its
    /// turn since no more of it comes (`plain.end-at-header`, `plain.header-not`).
    fn plain(&self, destination: &str, settings: &Settings) -> Plain {
        let upload = format!("ARCHIVO:probe:{destination}FIN_ARCHIVOARCHIVO:");
        if !self.answers("hola", settings) {
            Plain::Off
        } else if self.answers(&upload, settings) {
            Plain::All
        } else {
            Plain::Text
        }
    }

    fn answers(&self, text: &str, settings: &Settings) -> bool {
        let mut trial = Trial::new(settings, self, String::new(), "plain");
        trial.connect_plain().is_ok_and(|mut peer| {
            peer.deliver(text).is_ok_and(|()| {
                peer.shut_down();
                peer.anything_comes()
            })
        })
    }
}
