//! The server under test: where it is, and what is known of it before the cases begin.

use std::fmt;
use std::net::{SocketAddr, TcpStream};

use super::trial::SHORTEST_LINE;
use super::{Settings, Trial};
use crate::wire::Limits;

/// A server under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it states that it accepts.
    pub limits: Limits,
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
    /// Connects, and reads what the server states. One that states nothing readable is
    /// judged by the smallest limits: its cases say what is wrong with it.
    pub(super) fn probe(address: SocketAddr, settings: &Settings) -> Result<Self, Unreachable> {
        TcpStream::connect_timeout(&address, settings.timeout)
            .map_err(|error| Unreachable { target: address, error })?;
        let unknown = Self { address, limits: Limits::ABSENT };
        let mut trial = Trial::new(settings, &unknown, String::new(), "limits");
        let line = trial.connect().and_then(|mut peer| {
            peer.send(SHORTEST_LINE)?;
            peer.expect_line()
        });
        Ok(Self { address, limits: line.map_or(Limits::ABSENT, |line| line.limits) })
    }
}
