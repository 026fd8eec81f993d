//! A socket whose reads end at a moment and whose writes end with the write timer.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use conexion::conformance::Timer;

use super::timers::Clock;
use crate::faults::{Limits, Timers};

/// What came of waiting.
pub(super) enum Came {
    Octets(Vec<u8>),
    /// The end of the stream, or a connection that is broken.
    End,
    /// The moment.
    Expired,
    /// Another connection has taken the upload over.
    Superseded,
}

/// The peer takes nothing, or is gone.
pub(super) struct Gone;

/// Longer than any case takes.
pub(super) const LONG: Duration = Duration::from_secs(1000);

/// How often an open upload looks whether it was taken over.
const LOOK: Duration = Duration::from_millis(20);

pub(super) struct Stream {
    socket: TcpStream,
    clock: Clock,
    queue: Option<(Sender<Vec<u8>>, JoinHandle<()>)>,
}

impl Stream {
    pub(super) fn new(socket: TcpStream, clock: Clock) -> Self {
        // An answer shall not wait for the acknowledgement of the one before it.
        let _ = socket.set_nodelay(true);
        let _ = socket.set_write_timeout(Some(clock.span(Timer::Write)));
        let queue = clock.wrong.does(Limits::QueuesWithoutBound).then(|| queue(&socket));
        Self { socket, clock, queue }
    }

    /// The same, or until the upload is taken over, which this tells.
    pub(super) fn read_unless(&mut self, until: Instant, superseded: &AtomicBool) -> Came {
        loop {
            if superseded.load(Ordering::Relaxed) {
                return Came::Superseded;
            }
            match self.read(until.min(Instant::now() + LOOK)) {
                Came::Expired if Instant::now() < until => {}
                came => return came,
            }
        }
    }

    /// One read, which waits until this moment.
    pub(super) fn read(&mut self, until: Instant) -> Came {
        let mut buffer = [0; 16 * 1024];
        loop {
            // Zero would be without end.
            let wait = until.saturating_duration_since(Instant::now());
            let wait = wait.max(Duration::from_micros(100));
            let _ = self.socket.set_read_timeout(Some(wait));
            match self.socket.read(&mut buffer) {
                Ok(0) => return Came::End,
                Ok(len) => return Came::Octets(buffer[..len].to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if Instant::now() >= until {
                        return Came::Expired;
                    }
                }
                Err(_) => return Came::End,
            }
        }
    }

    pub(super) fn write(&mut self, mut octets: &[u8]) -> Result<(), Gone> {
        if let Some((queue, _)) = &self.queue {
            return queue.send(octets.to_vec()).map_err(|_| Gone);
        }
        while !octets.is_empty() {
            match self.socket.write(octets) {
                Ok(written) => octets = &octets[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }

    /// The closing procedure.
    pub(super) fn close(mut self) {
        if let Some((queue, thread)) = self.queue.take() {
            drop(queue);
            let _ = thread.join();
        }
        let _ = self.socket.shutdown(Shutdown::Write);
        if self.clock.wrong.does(Timers::CloseAtOnce) {
            return;
        }
        let span = self.clock.span(Timer::Close);
        let mut until = Instant::now() + span;
        while let Came::Octets(_) = self.read(until) {
            if self.clock.wrong.does(Timers::CloseRestartedByOctets) {
                until = Instant::now() + span;
            }
        }
    }
}

/// A thread that writes whatever it is given, while the connection goes on reading.
fn queue(socket: &TcpStream) -> (Sender<Vec<u8>>, JoinHandle<()>) {
    let mut socket = socket.try_clone().expect("a descriptor");
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    let thread = std::thread::spawn(move || {
        for octets in receiver {
            if socket.write_all(&octets).is_err() {
                break;
            }
        }
    });
    (sender, thread)
}
