//! A connection's socket with its buffers: reading, writing, waiting, closing.
//!
//! The socket is non-blocking, so that one thread reads while it writes and is woken by
//! the shutdown or by a takeover in the middle of either.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::buffers::{Input, Outgoing};

/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// So many octets.
    Octets(usize),
    /// Nothing now.
    Nothing,
    /// The peer has ended its sending direction, or the connection has broken.
    EndOfStream,
}

/// Which signals have come while waiting.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Woken {
    /// The shutdown has begun.
    pub(super) shutdown: bool,
    /// The upload was taken over.
    pub(super) takeover: bool,
}

/// What waiting can be interrupted by.
#[derive(Clone, Copy)]
pub(super) struct Signals<'f> {
    pub(super) shutdown: Option<BorrowedFd<'f>>,
    pub(super) takeover: Option<BorrowedFd<'f>>,
}

/// The peer has taken nothing for the span of the write timer, or the connection broke.
#[derive(Debug)]
pub(super) enum WriteError {
    Timeout,
    Broken(io::Error),
}

/// A socket and what is on its way.
#[derive(Debug)]
pub(super) struct Stream {
    socket: TcpStream,
    pub(super) input: Input,
    pub(super) output: Outgoing,
    write_span: Duration,
    /// Since when no octet was taken, while octets are waiting to be sent.
    blocked: Option<Instant>,
    pub(super) received: u64,
    pub(super) sent: u64,
}

impl Stream {
    pub(super) fn new(socket: TcpStream, write_span: Duration) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // Answers are small and each is waited for.
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            input: Input::default(),
            output: Outgoing::default(),
            write_span,
            blocked: None,
            received: 0,
            sent: 0,
        })
    }

    /// Reads once, into a buffer of `capacity`, or more if more than half of that is there
    /// already, up to `most`.
    pub(super) fn read(&mut self, capacity: usize, most: usize) -> Arrival {
        loop {
            match self.socket.read(self.input.room(capacity, most)) {
                Ok(0) => return Arrival::EndOfStream,
                Ok(count) => {
                    self.input.filled(count);
                    self.received += count as u64;
                    return Arrival::Octets(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Arrival::Nothing,
                Err(_) => return Arrival::EndOfStream,
            }
        }
    }

    /// Sends what the transport takes at once: all that is held, the line among it, in one
    /// write (`preface.one-write`) if it takes that.
    ///
    /// # Errors
    ///
    /// [`WriteError`] when the write timer has expired (`timer.write`) or the connection has
    /// broken.
    pub(super) fn write(&mut self) -> Result<(), WriteError> {
        while !self.output.is_empty() {
            match self.socket.write(self.output.unsent()) {
                Ok(count) => {
                    self.output.sent(count);
                    self.sent += count as u64;
                    self.blocked = None;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let since = *self.blocked.get_or_insert_with(Instant::now);
                    let expired = since.elapsed() >= self.write_span;
                    return if expired { Err(WriteError::Timeout) } else { Ok(()) };
                }
                Err(error) => return Err(WriteError::Broken(error)),
            }
        }
        Ok(())
    }

    /// Waits until the socket can be read (if `read`), or written (if octets wait), or a
    /// signal comes, or `span` is over, or the write timer expires.
    pub(super) fn wait(
        &self,
        read: bool,
        span: Option<Duration>,
        signals: Signals<'_>,
    ) -> io::Result<Woken> {
        let mut interest = PollFlags::empty();
        interest.set(PollFlags::IN, read);
        interest.set(PollFlags::OUT, !self.output.is_empty());
        let shutdown = signals.shutdown.unwrap_or_else(|| self.socket.as_fd());
        let takeover = signals.takeover.unwrap_or_else(|| self.socket.as_fd());
        let wanted = |signal: Option<_>| {
            if signal.is_some() { PollFlags::IN } else { PollFlags::empty() }
        };
        let mut descriptors = [
            PollFd::from_borrowed_fd(self.socket.as_fd(), interest),
            PollFd::from_borrowed_fd(shutdown, wanted(signals.shutdown)),
            PollFd::from_borrowed_fd(takeover, wanted(signals.takeover)),
        ];
        let write = self.blocked.map(|since| self.write_span.saturating_sub(since.elapsed()));
        let span = match (span, write) {
            (Some(span), Some(write)) => Some(span.min(write)),
            (span, write) => span.or(write),
        };
        let timeout = span.and_then(|span| Timespec::try_from(span).ok());
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [_, shutdown, takeover] =
            descriptors.map(|descriptor| !descriptor.revents().is_empty());
        Ok(Woken {
            shutdown: signals.shutdown.is_some() && shutdown,
            takeover: signals.takeover.is_some() && takeover,
        })
    }

    /// Whether anything was sent, or is to be.
    pub(super) fn has_answered(&self) -> bool {
        self.sent > 0 || !self.output.is_empty()
    }

    /// Closes as `closing.procedure` says: sends what is left, shuts down the sending
    /// direction, reads and drops until end of stream or for `span`. It reads while it
    /// sends, so that a peer that is itself blocked in a write gets its last answer.
    pub(super) fn close(mut self, span: Duration) {
        self.input = Input::default();
        let none = Signals { shutdown: None, takeover: None };
        let mut ended = false;
        while !self.output.is_empty() {
            if self.write().is_err() {
                return;
            }
            if !self.output.is_empty() {
                ended = ended || self.drop_input();
                if self.wait(!ended, None, none).is_err() {
                    return;
                }
            }
        }
        if self.socket.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let since = Instant::now();
        while !ended && !self.drop_input() {
            let left = span.saturating_sub(since.elapsed());
            if left.is_zero() || self.wait(true, Some(left), none).is_err() {
                return;
            }
        }
    }

    /// Reads and drops what is there now, a bounded amount at a time; whether the stream
    /// has ended.
    fn drop_input(&mut self) -> bool {
        const READS: usize = 64;
        for _ in 0..READS {
            match self.read(Input::IDLE, Input::IDLE) {
                Arrival::Octets(count) => self.input.consume(count),
                Arrival::Nothing => return false,
                Arrival::EndOfStream => return true,
            }
        }
        false
    }
}
