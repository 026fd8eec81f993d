//! Hearing a client: one run of a case in which the suite is the server.
//!
//! A case asks the client to do something ([`Hearing::text`], [`Hearing::upload`],
//! [`Hearing::session`]), takes its connection ([`Hearing::welcome`]), speaks with it as a
//! server that is right but for what the case is about, and at last says how the client has
//! to end: [`Hearing::succeeds`] or [`Hearing::fails`].
//!
//! A client may connect again after it has lost a connection. What comes after the
//! connections that the case has taken is served as a right server does; so a client that
//! says "done" is believed if, and only if, all that it was asked for was acknowledged.

mod asking;
mod author;
mod command;
mod driver;
mod ending;
mod engine;
mod guest;
mod job;
mod plain_guest;
mod request;
mod slot;
mod under_way;

use std::cell::RefCell;
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use self::job::Ledger;
use self::slot::{Arrived, Slot};
use super::connection::Connection;
use super::octets;
use super::outgoing::Outbox;
use super::transcript::Transcript;
use super::{Departure, Outcome, Segmentation, Settings};
use crate::wire::{Completion, Digest, DigestKind};

pub use self::author::ByAuthor;
pub use self::command::{BadCommand, Commands};
pub use self::driver::{Driver, Exit, InProcess, Running};
pub use self::engine::{Listen, hear};
pub use self::guest::{ClientLine, Guest, Parting, spoilt};
pub use self::job::{Abilities, Job, Source, Task};
pub use self::plain_guest::{PlainGuest, no_automatic_mode};
pub use self::request::{Filed, Request};

/// How many times as long as on a connection a client may take to come and to end: starting a
/// program takes long on a busy machine, and what comes late is not for that wrong.
const STARTING: u32 = 4;

/// What a case may use.
pub struct Hearing<'s> {
    settings: &'s Settings,
    driver: &'s dyn Driver,
    slot: &'s Slot,
    /// A folder for sources.
    folder: &'s Path,
    name: String,
    /// Most time on a connection in which nothing comes from the client.
    time: Duration,
    label: &'static str,
    outbox: Outbox,
    transcripts: Vec<Rc<RefCell<Transcript>>>,
    ledger: Ledger,
    /// What the client does besides, since it cannot be asked for the one thing alone.
    beside: Option<Task>,
    running: Option<Box<dyn Running>>,
    exit: Option<Exit>,
}

impl std::fmt::Debug for Hearing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hearing").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'s> Hearing<'s> {
    fn new(
        settings: &'s Settings,
        driver: &'s dyn Driver,
        slot: &'s Slot,
        folder: &'s Path,
        name: String,
        label: &'static str,
    ) -> Self {
        Self {
            settings,
            driver,
            slot,
            folder,
            name,
            time: settings.timeout,
            label,
            outbox: Outbox::new(Segmentation::Whole, settings.pause),
            transcripts: Vec::new(),
            ledger: Ledger::default(),
            beside: None,
            running: None,
            exit: None,
        }
    }

    fn segmented(self, segmentation: Segmentation) -> Self {
        let outbox = Outbox::new(segmentation, self.settings.pause);
        Self { outbox, ..self }
    }

    /// Gives the client so much more time, on connections that the case takes from now on: it
    /// is about something that the client may wait for.
    pub fn allow(&mut self, time: Duration) {
        self.time += time;
    }

    /// Until when the client may come or end, from now on.
    fn deadline(&self) -> Instant {
        Instant::now() + STARTING * self.time
    }

    /// The time that proves silence.
    #[must_use]
    pub const fn silence(&self) -> Duration {
        self.settings.silence
    }

    /// The longest wait of the client's that a case takes part in.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.settings.patience
    }

    /// What the client can be asked to do.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        self.driver.abilities()
    }

    /// Whether the client is told a text by a line of its input, whose ends it may trim.
    #[must_use]
    pub fn tells_texts_in_lines(&self) -> bool {
        self.driver.tells_texts_in_lines()
    }

    /// The client's next connection.
    ///
    /// # Errors
    ///
    /// Inconclusive if it ends without one, or makes none until the deadline.
    pub fn accept(&mut self) -> Outcome<Guest> {
        let connection = self.connection()?;
        Ok(Guest::new(connection, self.settings.silence, self.ledger.clone()))
    }

    /// The client's next connection, for plain.
    ///
    /// # Errors
    ///
    /// As [`Self::accept`].
    pub fn accept_plain(&mut self) -> Outcome<PlainGuest> {
        let connection = self.connection()?;
        Ok(PlainGuest::new(connection, self.settings.silence, self.ledger.clone()))
    }

    /// What comes first: a connection, the client's end, or the deadline.
    fn arrived(&mut self) -> Arrived {
        let deadline = self.deadline();
        let (running, exit) = (&mut self.running, &mut self.exit);
        let mut ended = || {
            *exit = exit.take().or_else(|| running.as_mut().and_then(|running| running.exit()));
            exit.clone()
        };
        self.slot.accept(deadline, &mut ended)
    }

    /// A connection that has come, whose octets are evidence under this label.
    fn connected(&mut self, stream: TcpStream, label: &'static str) -> io::Result<Connection> {
        let transcript = Rc::new(RefCell::new(Transcript::new(label)));
        self.transcripts.push(Rc::clone(&transcript));
        Connection::accepted(stream, self.time, &self.outbox, transcript)
    }

    fn connection(&mut self) -> Outcome<Connection> {
        if !self.driver.tells_exit() && self.transcripts.is_empty() {
            self.slot.await_connection(&self.settings.stop);
        }
        match self.arrived() {
            Arrived::Connection(stream) => self
                .connected(stream, self.label)
                .map_err(|error| Departure::inconclusive(error.to_string())),
            Arrived::Nothing => {
                Err(Departure::inconclusive("the client made no connection until the deadline"))
            }
            Arrived::Ended(exit) => {
                let said = self.said();
                Err(Departure::inconclusive(format!(
                    "the client ended with {exit} and made no connection{said}"
                )))
            }
            Arrived::Failed(error) => Err(Departure::harness(format!("accepting: {error}"))),
        }
    }

    /// The client's next connection, after both lines; the server's has no key.
    ///
    /// # Errors
    ///
    /// A departure unless a well-formed client-line comes.
    pub fn welcome(&mut self) -> Outcome<Guest> {
        self.welcome_with(guest::SHORTEST_LINE)
    }

    /// The client's next connection, after both lines.
    ///
    /// # Errors
    ///
    /// A departure unless a well-formed client-line comes.
    pub fn welcome_with(&mut self, line: &str) -> Outcome<Guest> {
        loop {
            let mut guest = self.accept()?;
            guest.line()?;
            guest.greet(line)?;
            // A client may do the one thing on one connection and the other on the next.
            let over = match &self.beside {
                Some(beside) => guest.serve_beside(beside)?,
                None => false,
            };
            if !over {
                return Ok(guest);
            }
        }
    }

    /// The client makes no connection, or one over which it sends no FILE and leaves.
    ///
    /// # Errors
    ///
    /// A failure if a FILE comes.
    pub fn never_sends_a_file(&mut self) -> Outcome {
        let Some(connection) = self.connection_if_any()? else { return Ok(()) };
        let mut guest = Guest::new(connection, self.settings.silence, self.ledger.clone());
        guest.line()?;
        guest.greet(guest::SHORTEST_LINE)?;
        let expected = "no FILE";
        loop {
            match guest.next(expected)? {
                Request::Text(text) => guest.reply(&text)?,
                Request::Bye => return guest.send(octets::bye()),
                Request::EndOfStream | Request::Reset => return Ok(()),
                other => return Err(Departure::fail(expected, other.to_string())),
            }
        }
    }

    /// The client's next connection, for plain, or `None` if it ends without one.
    ///
    /// # Errors
    ///
    /// As [`Self::accept`], but for a client that has ended.
    pub fn accept_plain_if_any(&mut self) -> Outcome<Option<PlainGuest>> {
        let connection = self.connection_if_any()?;
        let guest =
            |connection| PlainGuest::new(connection, self.settings.silence, self.ledger.clone());
        Ok(connection.map(guest))
    }

    /// No further connection comes, or one that begins with a client-line.
    ///
    /// # Errors
    ///
    /// A failure if one begins otherwise.
    pub fn has_no_plain_elsewhere(&mut self) -> Outcome {
        let Some(mut guest) = self.accept_plain_if_any()? else { return Ok(()) };
        match guest.line() {
            Ok(_) => Ok(()),
            Err(Departure { seen, .. }) => {
                Err(Departure::fail("plain on the connection whose line was echoed", seen))
            }
        }
    }

    fn connection_if_any(&mut self) -> Outcome<Option<Connection>> {
        match self.connection() {
            Ok(connection) => Ok(Some(connection)),
            Err(_) if self.exit.is_some() => Ok(None),
            Err(departure) => Err(departure),
        }
    }

    /// Ends the client, and forgets who is still waiting to be taken.
    fn close(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.stop();
        }
        self.slot.forget();
    }

    /// Everything that happened, connection by connection.
    fn transcripts(&self) -> Vec<Transcript> {
        self.transcripts.iter().map(|transcript| transcript.borrow().clone()).collect()
    }
}

/// The size and the digest of these octets.
fn octets_of(octets: &[u8], kind: DigestKind) -> Completion {
    let digest = match kind {
        DigestKind::Crc32 => Digest::Crc32(crc32fast::hash(octets).to_be_bytes()),
        DigestKind::Sha256 => Digest::Sha256(Sha256::digest(octets).into()),
    };
    Completion { size: octets.len() as u64, digest }
}
