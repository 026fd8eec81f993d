//! A TCP connection to the target that remembers everything and never outlives a deadline.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::transcript::{Direction, Happening, Transcript};

/// How octets are cut into writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Segmentation {
    /// As the case hands them over.
    #[default]
    Whole,
    /// Each octet in a write of its own.
    Octets,
}

/// What came of waiting for the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Octets, which are now at the end of the inbox.
    Octets,
    /// The peer has shut down its sending direction.
    EndOfStream,
    /// The connection is broken.
    Reset,
    /// Nothing, until the time was over.
    Nothing,
}

/// A write that the peer did not take until the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck;

#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    deadline: Instant,
    pub(super) segmentation: Segmentation,
    transcript: Rc<RefCell<Transcript>>,
    ended: Option<Arrival>,
}

impl Connection {
    pub(super) fn open(
        target: SocketAddr,
        deadline: Instant,
        transcript: Rc<RefCell<Transcript>>,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&target, remaining(deadline))?;
        stream.set_nodelay(true)?;
        let segmentation = Segmentation::Whole;
        Ok(Self { stream, deadline, segmentation, transcript, ended: None })
    }

    /// Writes all of `octets`. A connection that breaks meanwhile is no error here: what
    /// the peer has sent before it decides, and is still to be read.
    pub(super) fn send(&mut self, octets: &[u8]) -> Result<(), Stuck> {
        let piece = match self.segmentation {
            Segmentation::Whole => octets.len().max(1),
            Segmentation::Octets => 1,
        };
        octets.chunks(piece).try_for_each(|piece| self.send_piece(piece))
    }

    fn send_piece(&mut self, mut octets: &[u8]) -> Result<(), Stuck> {
        while !octets.is_empty() {
            match self.write_some(octets, remaining(self.deadline)) {
                Ok(0) => return Err(Stuck),
                Ok(written) => octets = octets.get(written..).unwrap_or_default(),
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Writes as much as the peer takes within `wait`; 0 if it takes nothing.
    pub(super) fn write_some(&mut self, octets: &[u8], wait: Duration) -> io::Result<usize> {
        let give_up = Instant::now() + wait;
        loop {
            self.stream.set_write_timeout(Some(remaining(give_up)))?;
            match self.stream.write(octets) {
                Ok(written) => {
                    let sent = octets.get(..written).unwrap_or_default().to_vec();
                    self.record(Direction::Sent, Happening::Octets(sent));
                    return Ok(written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(0),
                Err(error) => {
                    self.record(Direction::Sent, Happening::Reset);
                    return Err(error);
                }
            }
        }
    }

    /// Writes as much as the peer takes at once, if it begins to within `wait`; 0 if not.
    pub(super) fn write_ready(&mut self, octets: &[u8], wait: Duration) -> io::Result<usize> {
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

    /// Waits for octets until the deadline and adds them to `inbox`.
    pub(super) fn receive(&mut self, inbox: &mut Vec<u8>) -> Arrival {
        self.receive_within(inbox, remaining(self.deadline))
    }

    /// Waits for octets for so long, but not beyond the deadline.
    pub(super) fn receive_within(&mut self, inbox: &mut Vec<u8>, wait: Duration) -> Arrival {
        if let Some(ended) = self.ended {
            return ended;
        }
        let give_up = (Instant::now() + wait).min(self.deadline);
        let mut buffer = [0; 16_384];
        loop {
            let read = self
                .stream
                .set_read_timeout(Some(remaining(give_up)))
                .and_then(|()| self.stream.read(&mut buffer));
            match read {
                Ok(0) => return self.end(Arrival::EndOfStream, Happening::EndOfStream),
                Ok(len) => {
                    let octets = buffer.get(..len).unwrap_or_default();
                    inbox.extend_from_slice(octets);
                    self.record(Direction::Received, Happening::Octets(octets.to_vec()));
                    return Arrival::Octets;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Arrival::Nothing,
                Err(_) => return self.end(Arrival::Reset, Happening::Reset),
            }
        }
    }

    /// Whether a read has found the end of the stream, or the connection broken.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether the deadline has come.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Shuts the sending direction down: the peer sees the end of the stream.
    pub(super) fn shut_down(&mut self) {
        // A connection that is broken already shows itself at the next read.
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            self.record(Direction::Sent, Happening::EndOfStream);
        }
    }

    /// Whether a connection that the peer has ended breaks within `wait`. A read would not
    /// tell: it goes on returning the end of the stream.
    pub(super) fn breaks_within(&mut self, wait: Duration) -> bool {
        let wait = wait.min(remaining(self.deadline));
        let mut watched = [PollFd::new(&self.stream, PollFlags::empty())];
        let broken =
            Timespec::try_from(wait).is_ok_and(|wait| poll(&mut watched, Some(&wait)) == Ok(1));
        if broken {
            self.record(Direction::Received, Happening::Reset);
        }
        broken
    }

    fn end(&mut self, arrival: Arrival, what: Happening) -> Arrival {
        self.record(Direction::Received, what);
        self.ended = Some(arrival);
        arrival
    }

    fn record(&self, direction: Direction, what: Happening) {
        self.transcript.borrow_mut().record(direction, what);
    }
}

/// What is left, and never zero, which a socket would take for "without end".
fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
