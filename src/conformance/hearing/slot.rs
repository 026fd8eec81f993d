//! Where clients under test are awaited.
//!
//! One port serves a whole run. On the loopback addresses of IPv4 it is bound on several of
//! them, 127.0.0.1, 127.0.0.2 and so on, so that several clients can be heard side by side,
//! each known by the address that it was told.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::Exit;
use crate::conformance::deadline::remaining;

/// How long a client's end can go unseen.
pub(super) const SLICE: Duration = Duration::from_millis(5);

/// A place where one client at a time is awaited.
#[derive(Debug)]
pub(super) struct Slot {
    listener: TcpListener,
    address: SocketAddr,
}

/// What has come.
pub(super) enum Arrived {
    Connection(TcpStream),
    /// The client has ended, and no connection of its is waiting.
    Ended(Exit),
    /// Nothing until the deadline.
    Nothing,
    Failed(io::Error),
}

impl Slot {
    /// Binds up to `most` slots, one at least.
    pub(super) fn bind(address: SocketAddr, most: usize) -> io::Result<Vec<Self>> {
        let first = Self::on(address)?;
        let port = first.address.port();
        let mut slots = vec![first];
        if address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            for last in 2..=most.clamp(1, 200) {
                let ip = Ipv4Addr::new(127, 0, 0, u8::try_from(last).unwrap_or(u8::MAX));
                // Not every system has more than one of them.
                match Self::on((ip, port).into()) {
                    Ok(slot) => slots.push(slot),
                    Err(_) => break,
                }
            }
        }
        Ok(slots)
    }

    fn on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for a connection, and looks at the same time whether the client has ended.
    pub(super) fn accept(
        &self,
        deadline: Instant,
        ended: &mut dyn FnMut() -> Option<Exit>,
    ) -> Arrived {
        loop {
            // In this order: a client that has ended may have connected before.
            let exit = ended();
            match self.listener.accept() {
                Ok((stream, _)) => {
                    return match stream.set_nonblocking(false) {
                        Ok(()) => Arrived::Connection(stream),
                        Err(error) => Arrived::Failed(error),
                    };
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => return Arrived::Failed(error),
            }
            if let Some(exit) = exit {
                return Arrived::Ended(exit);
            }
            if Instant::now() >= deadline {
                return Arrived::Nothing;
            }
            let mut watched = [PollFd::new(&self.listener, PollFlags::IN)];
            let wait = Timespec::try_from(remaining(deadline).min(SLICE)).ok();
            // A failure shows itself at the next turn.
            let _ = poll(&mut watched, wait.as_ref());
        }
    }

    /// Waits until a connection can be accepted, as long as it takes or until it is to stop.
    pub(super) fn await_connection(&self, stop: &AtomicBool) {
        let wait = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        let mut watched = [PollFd::new(&self.listener, PollFlags::IN)];
        while !stop.load(Ordering::Relaxed)
            && matches!(poll(&mut watched, Some(&wait)), Ok(0) | Err(Errno::INTR))
        {}
    }

    /// Closes the connections that are waiting.
    pub(super) fn forget(&self) {
        while self.listener.accept().is_ok() {}
    }
}
