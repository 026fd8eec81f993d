//! What a case sends: cut as its segmentation says, recorded, and never beyond the deadline.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Write as _};
use std::net::{Shutdown, TcpStream};
use std::rc::{Rc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::connection::is_timeout;
use super::deadline::{Deadline, remaining};
use super::segmentation::{Cutter, PAUSES_OF_A_CASE, Segmentation};
use super::transcript::{Direction, Happening, Transcript};

/// A write that the peer did not take until the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck;

/// How a case's connections send, and what they hold back until the case waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    pub(super) segmentation: Segmentation,
    /// What time passes after a piece, where any does.
    pause: Duration,
    /// How often it may still.
    pauses: Rc<Cell<usize>>,
    holding: Rc<RefCell<Vec<Weak<Outgoing>>>>,
}

impl Outbox {
    pub(super) fn new(segmentation: Segmentation, pause: Duration) -> Self {
        let pauses = Rc::new(Cell::new(PAUSES_OF_A_CASE));
        Self { segmentation, pause, pauses, holding: Rc::default() }
    }

    /// One like this that holds nothing and has paused for nothing.
    pub(super) fn renewed(&self) -> Self {
        Self::new(self.segmentation, self.pause)
    }

    /// Sends what is held back: the case waits for what comes of it.
    pub(super) fn flush(&self) {
        let holding = std::mem::take(&mut *self.holding.borrow_mut());
        for outgoing in holding.iter().filter_map(Weak::upgrade) {
            outgoing.flush();
        }
    }

    fn pause(&self, deadline: &Deadline) {
        if let Some(left) = self.pauses.get().checked_sub(1) {
            self.pauses.set(left);
            thread::sleep(self.pause.min(deadline.remaining()));
        }
    }

    /// Lets no other connection's octets come later than what this one does now.
    fn flush_others(&self, own: &Rc<Outgoing>) {
        let own = Rc::as_ptr(own);
        if self.holding.borrow().iter().any(|other| other.as_ptr() != own) {
            self.flush();
        }
    }
}

/// The sending direction of a connection.
#[derive(Debug)]
pub(super) struct Outgoing {
    stream: TcpStream,
    deadline: Rc<Deadline>,
    cutter: RefCell<Cutter>,
    outbox: Outbox,
    held: RefCell<Vec<u8>>,
    transcript: Rc<RefCell<Transcript>>,
}

impl Outgoing {
    pub(super) fn new(
        stream: TcpStream,
        deadline: Rc<Deadline>,
        outbox: Outbox,
        transcript: Rc<RefCell<Transcript>>,
    ) -> Rc<Self> {
        let cutter = RefCell::new(Cutter::new(outbox.segmentation));
        let held = RefCell::default();
        Rc::new(Self { stream, deadline, cutter, outbox, held, transcript })
    }

    pub(super) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// From now on, whatever it was.
    pub(super) fn set_segmentation(&self, segmentation: Segmentation) {
        self.flush();
        *self.cutter.borrow_mut() = Cutter::new(segmentation);
    }

    /// Sends all of `octets`, now or when the case waits. A connection that breaks
    /// meanwhile is no error here: what the peer has sent before it decides, and is still
    /// to be read.
    pub(super) fn send(self: &Rc<Self>, octets: &[u8]) -> Result<(), Stuck> {
        self.outbox.flush_others(self);
        if self.cutter.borrow().segmentation() == Segmentation::Joined {
            let mut held = self.held.borrow_mut();
            if held.is_empty() {
                self.outbox.holding.borrow_mut().push(Rc::downgrade(self));
            }
            held.extend_from_slice(octets);
            return Ok(());
        }
        let mut rest = octets;
        while !rest.is_empty() {
            let (piece, left) = self.cutter.borrow_mut().cut(rest);
            self.send_piece(piece)?;
            rest = left;
            if self.cutter.borrow().pauses() {
                self.outbox.pause(&self.deadline);
            }
        }
        Ok(())
    }

    /// Sends what is held back. That the peer does not take it shows itself in what comes.
    pub(super) fn flush(&self) {
        let held = std::mem::take(&mut *self.held.borrow_mut());
        let _: Result<(), Stuck> = self.send_piece(&held);
    }

    fn send_piece(&self, mut octets: &[u8]) -> Result<(), Stuck> {
        while !octets.is_empty() {
            match self.write_some(octets, self.deadline.remaining()) {
                Ok(0) => return Err(Stuck),
                Ok(written) => octets = octets.get(written..).unwrap_or_default(),
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Writes as much as the peer takes within `wait`; 0 if it takes nothing.
    fn write_some(&self, octets: &[u8], wait: Duration) -> io::Result<usize> {
        let give_up = Instant::now() + wait;
        loop {
            self.stream.set_write_timeout(Some(remaining(give_up)))?;
            match (&self.stream).write(octets) {
                Ok(written) => {
                    let sent = octets.get(..written).unwrap_or_default().to_vec();
                    self.record(Happening::Octets(sent));
                    return Ok(written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(0),
                Err(error) => {
                    self.record(Happening::Reset);
                    return Err(error);
                }
            }
        }
    }

    /// Writes as much as the peer takes at once, if it begins to within `wait`; 0 if not.
    pub(super) fn write_ready(&self, octets: &[u8], wait: Duration) -> io::Result<usize> {
        self.outbox.flush();
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        let mut watched = [PollFd::new(&self.stream, PollFlags::OUT)];
        if poll(&mut watched, Some(&wait))? == 0 {
            return Ok(0);
        }
        self.stream.set_nonblocking(true)?;
        let written = self.write_some(octets, Duration::ZERO);
        self.stream.set_nonblocking(false)?;
        written
    }

    /// Shuts the sending direction down: the peer sees the end of the stream.
    pub(super) fn shut_down(self: &Rc<Self>) {
        self.outbox.flush();
        // A connection that is broken already shows itself at the next read.
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            self.record(Happening::EndOfStream);
        }
    }

    fn record(&self, what: Happening) {
        self.transcript.borrow_mut().record(Direction::Sent, what);
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // A case that drops a connection has sent what it sent.
        self.flush();
    }
}
