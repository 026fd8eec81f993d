//! A nonblocking socket: its owner reads while it writes (`flow.one-at-a-time`), and each
//! wait has an end: readiness, a deadline or an interrupt.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A flag by which another thread or a signal handler ends the client's waiting.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets it.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl From<Arc<AtomicBool>> for Interrupt {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

/// What an interruptible wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    Ready,
    Expired,
    Interrupted,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    Nothing,
    Octets,
    End,
}

/// A signal may come between looking at the flag and sleeping: no sleep is longer.
const SLICE: Duration = Duration::from_millis(250);

/// Waits until `socket` can be read, or written too if that is wanted.
pub(super) fn wait(
    socket: BorrowedFd<'_>,
    interest: PollFlags,
    deadline: Instant,
    interrupt: &Interrupt,
) -> io::Result<Waited> {
    loop {
        if interrupt.is_set() {
            return Ok(Waited::Interrupted);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let span = Timespec {
            tv_sec: 0,
            tv_nsec: left.min(SLICE).as_nanos().try_into().unwrap_or_default(),
        };
        match poll(&mut [PollFd::from_borrowed_fd(socket, interest)], Some(&span)) {
            Ok(0) if left <= SLICE => return Ok(Waited::Expired),
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(Waited::Ready),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The end of a span from `since` on; of one that the clock cannot tell, a century later.
pub(super) fn deadline(since: Instant, span: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    since.checked_add(span).unwrap_or_else(|| since + CENTURY)
}

/// Sleeps; `false` if interrupted.
pub(super) fn sleep(span: Duration, interrupt: &Interrupt) -> bool {
    let deadline = deadline(Instant::now(), span);
    while !interrupt.is_set() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(SLICE));
    }
    false
}

/// A connected socket and what has come and was not consumed.
#[derive(Debug)]
pub(super) struct Link {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    moved: Instant,
    silence: Duration,
    interrupt: Interrupt,
    heed: bool,
}

impl Link {
    /// Room that a read finds at least.
    const ROOM: usize = 16 * 1024;

    /// Takes over a connected socket. A wait longer than `silence`, in which no octet
    /// moves, expires (`timer.client`).
    pub(super) fn new(
        stream: TcpStream,
        silence: Duration,
        interrupt: Interrupt,
    ) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // `plain.client-nodelay`
        stream.set_nodelay(true)?;
        let moved = Instant::now();
        Ok(Self {
            stream,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
            moved,
            silence,
            interrupt,
            heed: true,
        })
    }

    pub(super) const fn silence(&self) -> Duration {
        self.silence
    }

    pub(super) const fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Whether the interrupt ends this connection's waits; it does at first.
    pub(super) const fn heed_interrupt(&mut self, heed: bool) {
        self.heed = heed;
    }

    pub(super) fn received(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(super) const fn consume(&mut self, octets: usize) {
        self.start += octets;
    }

    /// Reads once what is there, without waiting. The buffer grows with what has come
    /// (`frame.memory`).
    pub(super) fn read(&mut self) -> io::Result<Received> {
        if self.ended {
            return Ok(Received::End);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.end + Self::ROOM {
            self.buffer.resize(self.end + Self::ROOM, 0);
        }
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(Received::End);
                }
                Ok(octets) => {
                    self.end += octets;
                    self.moved = Instant::now();
                    return Ok(Received::Octets);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Received::Nothing);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Hands over as much as the socket takes without waiting: 0 if it takes nothing now.
    pub(super) fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        loop {
            match self.stream.write(octets) {
                Ok(written) => {
                    self.moved = Instant::now();
                    return Ok(written);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) => return Err(error),
            }
        }
    }

    /// The silence that was before now does not count.
    pub(super) fn begin_waiting(&mut self) {
        self.moved = Instant::now();
    }

    /// Waits until something can be read, for as long as silence is allowed.
    pub(super) fn wait_readable(&self) -> io::Result<Waited> {
        self.wait(PollFlags::IN, deadline(self.moved, self.silence))
    }

    /// Waits until something can be read or written, for as long as silence is allowed.
    pub(super) fn wait_writable(&self) -> io::Result<Waited> {
        self.wait(PollFlags::IN | PollFlags::OUT, deadline(self.moved, self.silence))
    }

    /// Waits until something can be read.
    pub(super) fn wait_readable_until(&self, deadline: Instant) -> io::Result<Waited> {
        self.wait(PollFlags::IN, deadline)
    }

    fn wait(&self, interest: PollFlags, deadline: Instant) -> io::Result<Waited> {
        let never = Interrupt::default();
        let interrupt = if self.heed { &self.interrupt } else { &never };
        wait(self.stream.as_fd(), interest, deadline, interrupt)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// `plain.client-nodelay`: every connection, the plain ones too, is taken over here.
    #[test]
    fn small_writes_are_not_delayed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!stream.nodelay().unwrap());
        let link = Link::new(stream, SLICE, Interrupt::default()).unwrap();
        assert!(link.stream.nodelay().unwrap());
    }
}
