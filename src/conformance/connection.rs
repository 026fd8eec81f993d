//! A TCP connection to the target that remembers everything and never outlives a deadline.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::deadline::{Deadline, remaining};
use super::outgoing::{Outbox, Outgoing, Stuck};
use super::segmentation::Segmentation;
use super::transcript::{Direction, Happening, Transcript};

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

#[derive(Debug)]
pub(super) struct Connection {
    outgoing: Rc<Outgoing>,
    deadline: Rc<Deadline>,
    transcript: Rc<RefCell<Transcript>>,
    ended: Option<Arrival>,
}

impl Connection {
    pub(super) fn open(
        target: SocketAddr,
        deadline: Deadline,
        outbox: &Outbox,
        transcript: Rc<RefCell<Transcript>>,
    ) -> io::Result<Self> {
        outbox.flush();
        let stream = TcpStream::connect_timeout(&target, deadline.remaining())?;
        stream.set_nodelay(true)?;
        let deadline = Rc::new(deadline);
        let outgoing =
            Outgoing::new(stream, Rc::clone(&deadline), outbox.clone(), Rc::clone(&transcript));
        Ok(Self { outgoing, deadline, transcript, ended: None })
    }

    /// A connection that a client under test has made. It is given up when nothing has come
    /// for `time`.
    pub(super) fn accepted(
        stream: TcpStream,
        time: Duration,
        outbox: &Outbox,
        transcript: Rc<RefCell<Transcript>>,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let deadline = Rc::new(Deadline::new(Instant::now() + time, time));
        let outgoing =
            Outgoing::new(stream, Rc::clone(&deadline), outbox.clone(), Rc::clone(&transcript));
        Ok(Self { outgoing, deadline, transcript, ended: None })
    }

    /// Sends all of `octets`, as [`Outgoing::send`] does.
    pub(super) fn send(&mut self, octets: &[u8]) -> Result<(), Stuck> {
        self.outgoing.send(octets)
    }

    /// Cuts otherwise from now on, whatever the segmentation of the case is.
    pub(super) fn set_segmentation(&mut self, segmentation: Segmentation) {
        self.outgoing.set_segmentation(segmentation);
    }

    /// Writes as much as the peer takes at once, if it begins to within `wait`; 0 if not.
    pub(super) fn write_ready(&mut self, octets: &[u8], wait: Duration) -> io::Result<usize> {
        self.outgoing.write_ready(octets, wait)
    }

    /// Waits for octets until the deadline and adds them to `inbox`.
    pub(super) fn receive(&mut self, inbox: &mut Vec<u8>) -> Arrival {
        self.receive_within(inbox, self.deadline.remaining())
    }

    /// Waits for octets for so long, but not beyond the deadline.
    pub(super) fn receive_within(&mut self, inbox: &mut Vec<u8>, wait: Duration) -> Arrival {
        self.outgoing.outbox().flush();
        if let Some(ended) = self.ended {
            return ended;
        }
        let give_up = Instant::now() + wait.min(self.deadline.remaining());
        let mut buffer = [0; 16_384];
        loop {
            let mut stream = self.outgoing.stream();
            let read = stream
                .set_read_timeout(Some(remaining(give_up)))
                .and_then(|()| stream.read(&mut buffer));
            match read {
                Ok(0) => return self.end(Arrival::EndOfStream, Happening::EndOfStream),
                Ok(len) => {
                    let octets = buffer.get(..len).unwrap_or_default();
                    inbox.extend_from_slice(octets);
                    self.deadline.renew();
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
        self.deadline.has_come()
    }

    /// Shuts the sending direction down: the peer sees the end of the stream.
    pub(super) fn shut_down(&mut self) {
        self.outgoing.shut_down();
    }

    /// Whether a connection that the peer has ended breaks within `wait`. A read would not
    /// tell: it goes on returning the end of the stream.
    pub(super) fn breaks_within(&mut self, wait: Duration) -> bool {
        self.outgoing.outbox().flush();
        let wait = wait.min(self.deadline.remaining());
        let mut watched = [PollFd::new(self.outgoing.stream(), PollFlags::empty())];
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

pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
