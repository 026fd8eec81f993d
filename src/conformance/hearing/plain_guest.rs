//! A connection of the client under test on which the suite is an original server: it echoes
//! the client's line, and from then on octets have no frames, but pauses.

use std::time::{Duration, Instant};

use super::Source;
use super::job::Ledger;
use crate::conformance::connection::{Arrival, Connection};
use crate::conformance::outgoing::Stuck;
use crate::conformance::{Departure, Outcome};
use crate::wire::{Parse, Role, parse_preface};

/// A gap that ends a part. The pauses of `plain.client-pauses` are longer.
const GAP: Duration = Duration::from_millis(150);

/// What ends an upload.
const MARK: &[u8] = b"FIN_ARCHIVO";

/// What has come between two pauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its octets.
    pub octets: Vec<u8>,
    /// How long nothing had come before its first octet.
    pub pause: Duration,
}

/// A connection of the client under test to an original server.
#[derive(Debug)]
pub struct PlainGuest {
    connection: Connection,
    inbox: Vec<u8>,
    last: Instant,
    silence: Duration,
    ledger: Ledger,
    line: Vec<u8>,
}

impl PlainGuest {
    pub(super) fn new(connection: Connection, silence: Duration, ledger: Ledger) -> Self {
        let (inbox, line) = (Vec::new(), Vec::new());
        Self { connection, inbox, last: Instant::now(), silence, ledger, line }
    }

    /// Reads the client's line, and sends nothing.
    ///
    /// # Errors
    ///
    /// A failure unless a well-formed line comes, and nothing behind it. Not applicable if the
    /// client speaks plain without asking.
    pub fn line(&mut self) -> Outcome<Vec<u8>> {
        let expected = "a well-formed client-line";
        loop {
            match parse_preface(Role::Client, &self.inbox) {
                Ok(Parse::Complete(_, len)) if len == self.inbox.len() => {
                    self.line = std::mem::take(&mut self.inbox);
                    return Ok(self.line.clone());
                }
                Ok(Parse::Complete(..)) => {
                    return Err(Departure::fail("nothing behind the line", self.shown()));
                }
                Err(error) => return Err(Departure::fail(expected, error.to_string())),
                Ok(Parse::NeedMore(_)) => match self.receive() {
                    Arrival::Octets => {}
                    other => return Err(Departure::fail(expected, ended(other, &self.inbox))),
                },
            }
        }
    }

    /// Reads the client's line and sends it back, as an original server does. Whether the
    /// client goes on is seen by what comes next.
    ///
    /// # Errors
    ///
    /// As [`Self::line`].
    pub fn fall_back(&mut self) -> Outcome {
        let line = self.line()?;
        self.send(line)
    }

    /// Sends octets.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn send(&mut self, octets: impl AsRef<[u8]>) -> Outcome {
        self.connection.send(octets.as_ref()).map_err(|Stuck| {
            Departure::fail("the client to read", "it took no octet until the deadline")
        })
    }

    /// Ends the server's direction.
    pub fn shut_down(&mut self) {
        self.connection.shut_down();
    }

    /// What comes up to the next pause, or `None` at the end of the connection.
    ///
    /// # Errors
    ///
    /// A failure if nothing comes until the deadline.
    pub fn part(&mut self, expected: &str) -> Outcome<Option<Part>> {
        let before = self.last;
        if self.inbox.is_empty() {
            match self.receive() {
                Arrival::Octets => {}
                Arrival::EndOfStream | Arrival::Reset => return Ok(None),
                Arrival::Nothing => {
                    return Err(Departure::fail(expected, "nothing until the deadline"));
                }
            }
        }
        let pause = self.last - before;
        while self.connection.receive_within(&mut self.inbox, GAP) == Arrival::Octets {
            self.last = Instant::now();
        }
        Ok(Some(Part { octets: std::mem::take(&mut self.inbox), pause }))
    }

    /// A part that is exactly these octets; the pause before it.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn expect(&mut self, what: &str, octets: impl AsRef<[u8]>) -> Outcome<Duration> {
        let octets = octets.as_ref();
        let expected = format!("{what} alone, {}", shown(octets));
        match self.part(&expected)? {
            Some(part) if part.octets == octets => Ok(part.pause),
            Some(part) => Err(Departure::fail(expected, shown(&part.octets))),
            None => Err(Departure::fail(expected, "the end of the connection")),
        }
    }

    /// The header of an upload of this source; the pause before it. Texts that the client was
    /// asked for beside it are echoed.
    ///
    /// # Errors
    ///
    /// A failure for anything else. Not applicable if the client closes instead: it has no
    /// automatic mode, or its user has forbidden it.
    pub fn header(&mut self, source: &Source) -> Outcome<Duration> {
        let wanted = format!("ARCHIVO:{}:{}", source.name(), source.destination).into_bytes();
        let expected = format!("the header alone, {}", shown(&wanted));
        loop {
            match self.part(&expected)? {
                None => return Err(no_automatic_mode()),
                Some(part) if part.octets == wanted => return Ok(part.pause),
                Some(part) if self.is_own_text(&part.octets) => self.echo(&part.octets)?,
                Some(part) => return Err(Departure::fail(expected, shown(&part.octets))),
            }
        }
    }

    /// A text that the client was asked for; the pause before it. An upload that it was asked
    /// for beside it is taken.
    ///
    /// # Errors
    ///
    /// As [`Self::header`].
    pub fn text(&mut self, text: &str) -> Outcome<Duration> {
        let expected = format!("the text alone, {}", shown(text.as_bytes()));
        loop {
            match self.part(&expected)? {
                None => return Err(no_automatic_mode()),
                Some(part) if part.octets == text.as_bytes() => return Ok(part.pause),
                Some(part) if self.serve_upload(&part.octets)? => {}
                Some(part) => return Err(Departure::fail(expected, shown(&part.octets))),
            }
        }
    }

    /// Takes a part as an original server does: a header that the client was asked for begins
    /// an upload, which is taken up to its mark, and everything else is echoed.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline, or does not end its upload.
    pub fn serve(&mut self, octets: &[u8]) -> Outcome {
        let Some(source) = self.own_header(octets) else {
            return self.echo(octets);
        };
        let expected = "the file and its mark, each alone";
        let mut file = Vec::new();
        while let Some(part) = self.part(expected)? {
            if part.octets == MARK {
                if file == source.octets {
                    self.note_stored(&source);
                }
                return Ok(());
            }
            file.extend(part.octets);
        }
        Err(Departure::fail(expected, "the end of the connection"))
    }

    /// Takes the upload that this part begins, and its probe, if the client was asked for it.
    ///
    /// # Errors
    ///
    /// As [`Self::serve`].
    pub fn serve_upload(&mut self, octets: &[u8]) -> Outcome<bool> {
        if self.own_header(octets).is_none() {
            return Ok(false);
        }
        self.serve(octets)?;
        if let Some(probe) = self.part("a probe")? {
            self.echo(&probe.octets)?;
        }
        Ok(true)
    }

    /// The source whose header this is.
    fn own_header(&self, octets: &[u8]) -> Option<Source> {
        let header = str::from_utf8(octets).ok()?.strip_prefix("ARCHIVO:")?;
        let (name, destination) = header.split_once(':')?;
        self.ledger.source(destination).filter(|source| source.name() == name)
    }

    /// Echoes a text, as what it was asked for.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn echo(&mut self, octets: &[u8]) -> Outcome {
        self.send(octets)?;
        if let Ok(text) = str::from_utf8(octets) {
            self.ledger.answered(text);
        }
        Ok(())
    }

    /// A text of the client's was echoed whole.
    pub fn note_answered(&mut self, text: &str) {
        self.ledger.answered(text);
    }

    /// The suite has taken the end mark of this source.
    pub fn note_stored(&mut self, source: &Source) {
        self.ledger.stored(&source.destination, &source.octets);
    }

    /// The end of the connection, and no octet before it.
    ///
    /// # Errors
    ///
    /// A failure if an octet comes, or nothing until the deadline.
    pub fn closed(&mut self) -> Outcome {
        let expected = "the end of the connection and no further octet";
        if self.inbox.is_empty() {
            match self.receive() {
                Arrival::EndOfStream | Arrival::Reset => return Ok(()),
                Arrival::Nothing => {
                    return Err(Departure::fail(expected, "nothing until the deadline"));
                }
                Arrival::Octets => {}
            }
        }
        Err(Departure::fail(expected, self.shown()))
    }

    /// Whether octets or the end come within this time.
    pub fn comes_within(&mut self, wait: Duration) -> bool {
        !self.inbox.is_empty()
            || self.connection.receive_within(&mut self.inbox, wait) != Arrival::Nothing
    }

    /// The time that proves silence.
    #[must_use]
    pub const fn silence(&self) -> Duration {
        self.silence
    }

    fn is_own_text(&self, octets: &[u8]) -> bool {
        str::from_utf8(octets).is_ok_and(|text| self.ledger.has_text(text))
    }

    fn receive(&mut self) -> Arrival {
        let arrival = self.connection.receive(&mut self.inbox);
        self.last = Instant::now();
        arrival
    }

    fn shown(&self) -> String {
        shown(&self.inbox)
    }
}

/// Nothing to judge: the client does not fall back.
#[must_use]
pub fn no_automatic_mode() -> Departure {
    Departure::not_applicable("the client does not go on in plain where its line is echoed")
}

fn ended(arrival: Arrival, octets: &[u8]) -> String {
    let end = match arrival {
        Arrival::EndOfStream => "end of stream",
        Arrival::Reset => "a reset",
        Arrival::Octets | Arrival::Nothing => "nothing until the deadline",
    };
    match octets.len() {
        0 => end.to_owned(),
        _ => format!("{} and then {end}", shown(octets)),
    }
}

fn shown(octets: &[u8]) -> String {
    let first = octets.get(..60).unwrap_or(octets);
    let more = if first.len() < octets.len() { "…" } else { "" };
    format!("{} octets, `{}{more}`", octets.len(), first.escape_ascii())
}
