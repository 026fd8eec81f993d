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

mod author;
mod command;
mod driver;
mod engine;
mod guest;
mod job;
mod plain_guest;
mod request;
mod slot;
mod under_way;

use std::cell::RefCell;
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

/// The text that a client is asked to send beside an upload, where it can only do both.
const BESIDE: &str = "hola";

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

    /// Starts the client to send a text.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn text(&mut self, text: &str) -> Outcome {
        let abilities = self.abilities();
        let wanted = Task::Text(text.to_owned());
        if abilities.text {
            return self.start(vec![wanted]);
        }
        if abilities.both {
            let beside = Task::Upload(self.source("beside.bin", octets::content(10))?);
            self.beside = Some(beside.clone());
            return self.start(vec![wanted, beside]);
        }
        Err(Departure::not_applicable("the client cannot be asked to send a text"))
    }

    /// Starts the client to upload a file of so many octets.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn upload(&mut self, len: usize) -> Outcome<Source> {
        self.upload_octets(octets::content(len))
    }

    /// Starts the client to upload a file with these octets.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn upload_octets(&mut self, octets: Vec<u8>) -> Outcome<Source> {
        let source = self.source("file.bin", octets)?;
        self.upload_source(source.clone())?;
        Ok(source)
    }

    /// Starts the client to upload this file.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn upload_source(&mut self, source: Source) -> Outcome {
        let abilities = self.abilities();
        let wanted = Task::Upload(source);
        if abilities.upload {
            return self.start(vec![wanted]);
        }
        if abilities.both {
            let beside = Task::Text(BESIDE.to_owned());
            self.beside = Some(beside.clone());
            return self.start(vec![beside, wanted]);
        }
        Err(Departure::not_applicable("the client cannot be asked to upload a file"))
    }

    /// Starts the client to do several things, in this order, in one run.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for that.
    pub fn session(&mut self, tasks: Vec<Task>) -> Outcome {
        if self.abilities().session {
            return self.start(tasks);
        }
        let reason = "the client cannot be asked to do several things in a given order in one \
                      run: give a command that reads them from standard input";
        Err(Departure::not_applicable(reason))
    }

    /// A file of this name with these octets, to be uploaded to a destination of the case's
    /// own.
    ///
    /// # Errors
    ///
    /// An error of the suite if it cannot be written.
    pub fn source(&self, name: &str, octets: Vec<u8>) -> Outcome<Source> {
        let folder = self.folder.join(&self.name);
        let path = folder.join(name);
        let written =
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &octets));
        written.map_err(|error| Departure::harness(format!("{}: {error}", path.display())))?;
        Ok(Source { path, destination: format!("conform/{}/{name}", self.name), octets })
    }

    fn start(&mut self, tasks: Vec<Task>) -> Outcome {
        let job = Job { tasks };
        self.ledger = Ledger::new(&job);
        self.exit = None;
        let running = self.driver.start(&job, self.slot.address());
        let running =
            running.map_err(|error| Departure::harness(format!("the client: {error}")))?;
        self.running = Some(running);
        Ok(())
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

    fn connection(&mut self) -> Outcome<Connection> {
        if !self.driver.tells_exit() && self.transcripts.is_empty() {
            self.slot.await_connection(&self.settings.stop);
        }
        let deadline = self.deadline();
        let running = &mut self.running;
        let exit = &mut self.exit;
        let mut ended = || {
            *exit = exit.take().or_else(|| running.as_mut().and_then(|running| running.exit()));
            exit.clone()
        };
        match self.slot.accept(deadline, &mut ended) {
            Arrived::Connection(stream) => {
                let transcript = Rc::new(RefCell::new(Transcript::new(self.label)));
                self.transcripts.push(Rc::clone(&transcript));
                Connection::accepted(stream, self.time, &self.outbox, transcript)
                    .map_err(|error| Departure::inconclusive(error.to_string()))
            }
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

    /// The client ends and says that all was done.
    ///
    /// # Errors
    ///
    /// A failure if it says otherwise, or does not end until the deadline.
    pub fn succeeds(&mut self) -> Outcome {
        match self.ended()? {
            Some(Exit::Failure(how)) => {
                let expected = "the client to end with success: all it was asked for was done";
                Err(Departure::fail(expected, format!("{how}{}", self.said())))
            }
            Some(Exit::Success) | None => Ok(()),
        }
    }

    /// The client ends and says that not all was done; or it has had all of it done over a
    /// further connection.
    ///
    /// # Errors
    ///
    /// A failure if it says otherwise, or does not end until the deadline.
    pub fn fails(&mut self) -> Outcome {
        match self.ended()? {
            Some(Exit::Success) if !self.ledger.is_done() => {
                let expected = "the client to end with failure: what it was asked for was not \
                                acknowledged";
                Err(Departure::fail(expected, format!("success{}", self.said())))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The client ends, whatever it says, but for success that is none.
    ///
    /// # Errors
    ///
    /// As [`Self::fails`].
    pub fn ends(&mut self) -> Outcome {
        self.fails()
    }

    /// As [`Self::fails`], and no further FILE to this source's destination comes after `what`.
    ///
    /// # Errors
    ///
    /// Weak if one comes.
    pub fn fails_without(&mut self, source: &Source, what: &str) -> Outcome {
        self.fails()?;
        if self.ledger.is_stored(&source.destination) {
            let expected = format!("no further FILE after {what}");
            return Err(Departure::weak(expected, "the same FILE over a further connection"));
        }
        Ok(())
    }

    /// Whether the client ends within this time, without having been served any further.
    ///
    /// # Errors
    ///
    /// Not applicable if its end is not seen.
    pub fn ends_within(&mut self, wait: Duration) -> Outcome<bool> {
        if !self.driver.tells_exit() {
            return Err(Departure::not_applicable("how the client ends is not seen"));
        }
        let until = Instant::now() + wait;
        while Instant::now() < until {
            if let Some(exit) = self.running.as_mut().and_then(|running| running.exit()) {
                self.exit = Some(exit);
                return Ok(true);
            }
            std::thread::sleep(slot::SLICE);
        }
        Ok(false)
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

    /// Makes a source shorter than it was.
    ///
    /// # Errors
    ///
    /// An error of the suite if that cannot be done.
    pub fn truncate(&self, source: &Source, len: u64) -> Outcome {
        let file = std::fs::OpenOptions::new().write(true).open(&source.path);
        let cut = file.and_then(|file| file.set_len(len));
        cut.map_err(|error| Departure::harness(format!("{}: {error}", source.path.display())))
    }

    /// Makes a source longer than it was.
    ///
    /// # Errors
    ///
    /// An error of the suite if that cannot be done.
    pub fn append(&self, source: &Source, octets: &[u8]) -> Outcome {
        use std::io::Write as _;

        let file = std::fs::OpenOptions::new().append(true).open(&source.path);
        let grown = file.and_then(|mut file| file.write_all(octets));
        grown.map_err(|error| Departure::harness(format!("{}: {error}", source.path.display())))
    }

    /// Serves what comes until the client has ended; `None` if its end is not seen.
    fn ended(&mut self) -> Outcome<Option<Exit>> {
        if !self.driver.tells_exit() {
            return Ok(None);
        }
        loop {
            let deadline = self.deadline();
            let running = &mut self.running;
            let exit = &mut self.exit;
            let mut ended = || {
                *exit = exit.take().or_else(|| running.as_mut().and_then(|running| running.exit()));
                exit.clone()
            };
            match self.slot.accept(deadline, &mut ended) {
                Arrived::Ended(exit) => return Ok(Some(exit)),
                Arrived::Connection(stream) => {
                    let transcript = Rc::new(RefCell::new(Transcript::new("a further connection")));
                    self.transcripts.push(Rc::clone(&transcript));
                    let connection =
                        Connection::accepted(stream, self.time, &self.outbox, transcript);
                    // Whatever goes wrong on it: how the client ends tells.
                    if let Ok(connection) = connection {
                        let ledger = self.ledger.clone();
                        let mut guest = Guest::new(connection, self.settings.silence, ledger);
                        let served = guest.line().and_then(|_| {
                            guest.greet(guest::SHORTEST_LINE)?;
                            guest.part()
                        });
                        drop(served);
                    }
                }
                Arrived::Nothing => {
                    let expected = "the client to end";
                    let seen = format!("it is still running at the deadline{}", self.said());
                    return Err(Departure::fail(expected, seen));
                }
                Arrived::Failed(error) => {
                    return Err(Departure::harness(format!("accepting: {error}")));
                }
            }
        }
    }

    /// What the client has said to people, on both of its outputs.
    pub fn has_said(&mut self) -> String {
        self.running.as_mut().map_or_else(String::new, |running| running.said())
    }

    /// What the client has said to people, as a part of a sentence.
    fn said(&mut self) -> String {
        let said = self.has_said().trim().escape_debug().to_string().replace("\\n", "\n");
        let start: String = said.chars().take(400).collect();
        if start.is_empty() { String::new() } else { format!("; it said: {start}") }
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
