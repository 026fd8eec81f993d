//! The server under test: where it is, and what is known of it before the cases begin.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::life::Sign;
use super::trial::SHORTEST_LINE;
use super::{DeclaredLimits, Outcome, Plain, Profile, Settings, Trial};
use crate::wire::{FileSize, Limits};

/// A name of a run that no other run has.
pub(super) fn run_name() -> String {
    format!("conform-{:016x}", RandomState::new().build_hasher().finish())
}

/// A server under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it states that it accepts.
    pub limits: Limits,
    /// How much of plain it speaks: as declared, or else as it has shown.
    pub plain: Plain,
    /// What it does as long as it lives.
    pub(super) sign: Sign,
    /// When the time for making sessions smaller is up, once one has failed.
    pub(super) shrinking: Arc<Mutex<Option<Instant>>>,
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
        let shrinking = Arc::default();
        let (limits, plain, sign) = (Limits::ABSENT, Plain::Off, Sign::Connects);
        let unknown = Self { address, limits, plain, sign, shrinking };
        let ((limits, sign), plain) = thread::scope(|scope| {
            let limits = scope.spawn(|| unknown.limits(settings));
            let declared = settings.profile.plain;
            let plain = declared.unwrap_or_else(|| unknown.plain(destination, settings));
            // Whatever it is that panicked, the cases about limits will say it again.
            (limits.join().unwrap_or((Limits::ABSENT, Sign::Connects)), plain)
        });
        Ok(Self { address, limits, plain, sign, shrinking: Arc::default() })
    }

    /// Finds out of a server what can be found out in a moment: its limits, how much of plain
    /// it speaks, and whether it holds octets. It stores a few files below `conform-…`.
    ///
    /// # Errors
    ///
    /// [`Unreachable`] if no connection can be made.
    pub fn profile(address: SocketAddr, settings: &Settings) -> Result<Profile, Unreachable> {
        let run = run_name();
        let target = Self::probe(address, &format!("{run}/probe"), settings)?;
        let limits = DeclaredLimits {
            chunk: Some(target.limits.chunk.octets()),
            text: Some(target.limits.text.octets()),
            file: target.limits.file.map(FileSize::octets),
        };
        let resume = target.holds(&run, settings).ok();
        Ok(Profile { plain: Some(target.plain), resume, limits, ..Profile::default() })
    }

    /// Whether octets of an upload that was cut off are held. A failure if that cannot be
    /// known, because the server has a fault or no room.
    fn holds(&self, run: &str, settings: &Settings) -> Outcome<bool> {
        let mut trial = Trial::new(settings, self, run.to_owned(), "resume");
        let upload = trial.upload("resume", 2048)?;
        let mut peer = trial.open()?;
        peer.send([upload.file(), upload.data(0..1024)].concat())?;
        peer.expect_start()?;
        peer.shut_down();
        peer.expect_closed()?;
        let mut peer = trial.open()?;
        peer.send(upload.resuming().file())?;
        Ok(peer.expect_continue()?.offset > 0)
    }

    /// What the server's line states, and what it does at all. One that states nothing readable is judged by the
    /// smallest limits: its cases say what is wrong with it.
    fn limits(&self, settings: &Settings) -> (Limits, Sign) {
        let mut trial = Trial::new(settings, self, String::new(), "limits");
        let Ok(mut peer) = trial.connect() else { return (Limits::ABSENT, Sign::Connects) };
        match peer.send(SHORTEST_LINE).and_then(|()| peer.expect_line()) {
            Ok(line) => (line.limits, Sign::Answers),
            Err(_) if !peer.unread().is_empty() => (Limits::ABSENT, Sign::Answers),
            Err(_) if peer.has_ended() => (Limits::ABSENT, Sign::Closes),
            Err(_) => (Limits::ABSENT, Sign::Connects),
        }
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
