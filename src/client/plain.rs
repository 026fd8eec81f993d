//! The plain profile, spoken to an original server (chapter 10.2).
//!
//! Such a server takes each read for one thing, so this client pauses wherever two things
//! could run together. Once a header was sent, the end mark follows whatever happens
//! (`plain.client-never-inside`): even an [`Interrupt`](super::Interrupt) waits for it.

use std::io;
use std::time::{Duration, Instant};

use super::error::Error;
use super::link::{Link, Received, Waited, deadline, sleep};
use super::source::{Source, octets, read_some};
use super::upload::{Progress, Proof, Receipt};
use crate::plain::client::{Echo, EchoProgress, Header, PAUSE_MILLISECONDS, PROBE, Text};
use crate::plain::{MARK, MarkScanner};
use crate::wire::{Destination, Output, SourceName};

/// A connection to an original server.
#[derive(Debug)]
pub struct Plain {
    link: Link,
    /// When the last thing was sent, or its echo came.
    last: Instant,
}

/// How long the echo of a probe is awaited at most. A server that is still writing the
/// file answers late.
const PROBE_WAIT: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(PAUSE_MILLISECONDS);

/// Octets that are read from a file at once.
const BUFFER: usize = 64 * 1024;

impl Plain {
    pub(super) fn new(link: Link) -> Self {
        Self { link, last: Instant::now() }
    }

    /// Whether the server still keeps the connection and has sent nothing unasked.
    #[must_use]
    pub fn is_usable(&mut self) -> bool {
        matches!(self.link.read(), Ok(Received::Nothing)) && self.link.received().is_empty()
    }

    /// Sends a text, in pieces if it is long, and waits for the echo, which it returns.
    ///
    /// # Errors
    ///
    /// [`Error::PlainText`] before anything is sent, or one that
    /// [ends the connection](Error::ends_connection).
    pub fn text(&mut self, text: &str) -> Result<String, Error> {
        for piece in Text::new(text).map_err(Error::PlainText)?.pieces() {
            self.pause()?;
            self.write(piece.as_bytes())?;
            if !self.echoed(piece.as_bytes(), self.link.silence())? {
                return Err(Error::PlainEcho);
            }
        }
        Ok(text.to_owned())
    }

    /// Sends a file: looks through it for the end mark, then header, octets, mark, probe.
    /// After [`Proof::Nothing`] or an error other than one of the source before its first
    /// octet the connection is of no more use.
    ///
    /// # Errors
    ///
    /// [`Error::PlainHeader`], [`Error::PlainMark`], [`Error::PlainStream`] and
    /// [`Error::Source`] before anything is sent; [`Error::PlainCut`] if it had to be ended
    /// early; or one that [ends the connection](Error::ends_connection).
    pub fn send(
        &mut self,
        name: SourceName<'_>,
        destination: Destination<'_>,
        source: &mut dyn Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Receipt, Error> {
        let header = Header::new(name, destination).map_err(Error::PlainHeader)?;
        let declared = self.look_through(source)?;
        let mut octets = [0; Header::MAX_LEN];
        let mut out = Output::new(&mut octets);
        header.emit(&mut out).map_err(crate::session::Misuse::ShortOutput)?;

        self.pause()?;
        self.link.heed_interrupt(false);
        let cut = self.inside(out.written(), declared, source, progress);
        let receipt = |proof| Receipt { size: declared, held: 0, proof };
        let outcome = match cut {
            // `plain.client-never-inside`: the mark first, whatever happened.
            Ok(Some(error)) => self.mark().and(Err(Error::PlainCut(Box::new(error)))),
            Ok(None) => self.prove().map(receipt),
            Err(error) => Err(error),
        };
        self.link.heed_interrupt(true);
        outcome
    }

    /// Pauses, then closes.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`]; the connection is closed all the same.
    pub fn close(self) -> Result<(), Error> {
        let left = PAUSE.saturating_sub(self.last.elapsed());
        if sleep(left, self.link.interrupt()) { Ok(()) } else { Err(Error::Interrupted) }
    }

    /// `plain.client-mark`: how many octets the source has, if it does not hold the mark.
    fn look_through(&self, source: &mut dyn Source) -> Result<u64, Error> {
        source.rewind().map_err(|error| match error.kind() {
            io::ErrorKind::NotSeekable => Error::PlainStream,
            _ => Error::Source(error),
        })?;
        let (mut scanner, mut size, mut buffer) = (MarkScanner::new(), 0, vec![0; BUFFER]);
        loop {
            if self.link.interrupt().is_set() {
                return Err(Error::Interrupted);
            }
            let read = read_some(source, &mut buffer).map_err(Error::Source)?;
            if let Some(end) = scanner.scan(&buffer[..read]) {
                return Err(mark_found(size + octets(end)));
            }
            if read == 0 {
                source.rewind().map_err(Error::Source)?;
                return Ok(size);
            }
            size += octets(read);
        }
    }

    /// Sends the header and the file; the error is that of the connection, while `Some` is
    /// why the upload is to be ended early.
    fn inside(
        &mut self,
        header: &[u8],
        declared: u64,
        source: &mut dyn Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Error>, Error> {
        self.write(header)?;
        self.pause()?;
        let (mut scanner, mut reached, mut buffer) = (MarkScanner::new(), 0, vec![0; BUFFER]);
        loop {
            if self.link.interrupt().is_set() {
                return Ok(Some(Error::Interrupted));
            }
            // Inside an upload an original server has nothing to say.
            if !self.link.received().is_empty() {
                return Ok(Some(Error::PlainEcho));
            }
            let read = match read_some(source, &mut buffer) {
                Ok(read) => read,
                Err(error) => return Ok(Some(Error::Source(error))),
            };
            if let Some(end) = scanner.scan(&buffer[..read]) {
                return Ok(Some(mark_found(reached + octets(end))));
            }
            reached += octets(read);
            if reached > declared || (read == 0 && reached < declared) {
                return Ok(Some(Error::SourceChanged { declared, read: reached }));
            }
            if read == 0 {
                return Ok(None);
            }
            self.write(&buffer[..read])?;
            progress(Progress::Sent(octets(read)));
        }
    }

    /// Ends the upload and looks for a proof (`plain.client-probe`, `plain.client-doubt`).
    fn prove(&mut self) -> Result<Proof, Error> {
        self.mark()?;
        if self.probe()? {
            return Ok(Proof::EndMark);
        }
        // Lost or not now, the outcome is the same.
        let _ = self.mark().and_then(|()| self.probe());
        Ok(Proof::Nothing)
    }

    fn mark(&mut self) -> Result<(), Error> {
        self.pause()?;
        self.write(MARK)?;
        self.pause()
    }

    fn probe(&mut self) -> Result<bool, Error> {
        // What came unasked would be taken for the beginning of the echo.
        if !self.link.received().is_empty() {
            self.link.consume(self.link.received().len());
            return Ok(false);
        }
        self.pause()?;
        self.write(PROBE.as_bytes())?;
        self.echoed(PROBE.as_bytes(), PROBE_WAIT.min(self.link.silence()))
    }

    /// Waits for an echo; `false` if it is late, short or different.
    fn echoed(&mut self, sent: &[u8], span: Duration) -> Result<bool, Error> {
        let deadline = deadline(Instant::now(), span);
        let mut echo = Echo::of(sent);
        loop {
            let received = self.link.received();
            let len = received.len();
            let progress = echo.receive(received);
            self.link.consume(len);
            match progress {
                EchoProgress::Complete => {
                    self.last = Instant::now();
                    return Ok(true);
                }
                EchoProgress::Different => return Ok(false),
                EchoProgress::NeedMore { .. } => {}
            }
            match self.link.wait_readable_until(deadline).map_err(Error::lost)? {
                Waited::Ready => self.read()?,
                Waited::Expired => return Ok(false),
                Waited::Interrupted => return Err(Error::Interrupted),
            }
        }
    }

    /// Lets what was sent become a read of its own (`plain.client-pauses`).
    fn pause(&mut self) -> Result<(), Error> {
        let deadline = self.last + PAUSE;
        loop {
            match self.link.wait_readable_until(deadline).map_err(Error::lost)? {
                Waited::Expired => return Ok(()),
                Waited::Interrupted => return Err(Error::Interrupted),
                // Kept for whoever looks at what has come; it must not end the pause.
                Waited::Ready => {
                    self.read()?;
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.link.begin_waiting();
        let mut written = 0;
        while written < octets.len() {
            written += self.link.write(&octets[written..]).map_err(Error::lost)?;
            if written < octets.len() {
                match self.link.wait_writable().map_err(Error::lost)? {
                    Waited::Ready => self.read()?,
                    Waited::Expired => return Err(Error::Silent(self.link.silence())),
                    Waited::Interrupted => return Err(Error::Interrupted),
                }
            }
        }
        self.last = Instant::now();
        Ok(())
    }

    fn read(&mut self) -> Result<(), Error> {
        match self.link.read() {
            Ok(Received::Octets | Received::Nothing) => Ok(()),
            Ok(Received::End) => Err(Error::Lost { source: None }),
            Err(error) => Err(Error::lost(error)),
        }
    }
}

fn mark_found(end: u64) -> Error {
    Error::PlainMark { offset: end.saturating_sub(octets(MARK.len())) }
}
