//! The port, the threads, and the limit on connections.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Protocol, Socket, Type};
use tracing::{debug, error, info, warn};

use super::config::Config;
use super::connection::serve;
use super::places::{Place, Places};
use super::shutdown::ShutdownHandle;
use super::store::{OpenError, Store};
use super::sync::{Arc, thread};

/// Address space of a connection's stack; only touched pages take memory.
const STACK: usize = 256 * 1024;

/// Connections that the system may queue before they are accepted.
const BACKLOG: i32 = 1024;

/// How long accepting pauses when descriptors or memory have run out.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Why a server cannot start. Each variant has its own remedy.
#[derive(Debug)]
pub enum BindError {
    /// The address cannot be listened on: in use, not of this machine, or not permitted.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The root cannot be used.
    Root(OpenError),
    /// The system has no descriptors left.
    System(io::Error),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, error } if error.kind() == ErrorKind::AddrInUse => write!(
                f,
                "cannot listen on {address}: the address is in use; stop the other program or choose another port"
            ),
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::Root(error) => error.fmt(f),
            Self::System(error) => write!(f, "cannot set up the server: {error}"),
        }
    }
}

impl std::error::Error for BindError {}

/// What all connections of a server share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) shutdown: ShutdownHandle,
    places: Arc<Places>,
}

/// A server that is bound and not yet running.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// Opens the root and binds the address.
    ///
    /// # Errors
    ///
    /// [`BindError`] says in one line what is in the way.
    pub fn bind(config: Config) -> Result<Self, BindError> {
        let store = Store::open(&config.root, config.store).map_err(BindError::Root)?;
        let listen =
            |address| listen(address).map_err(|error| BindError::Listen { address, error });
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(BindError::System)?;
        let shutdown = ShutdownHandle::new().map_err(BindError::System)?;
        let shared = Arc::new(Shared::new(config, store, shutdown));
        Ok(Self { listener, address, shared })
    }

    /// Where it listens, with the port that was really taken.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// A handle that ends [`Self::run`].
    #[must_use]
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        self.shared.shutdown.clone()
    }

    /// Serves until the shutdown begins and the connections have ended, for which it waits
    /// no longer than the grace, the close timer and a second.
    pub fn run(self) {
        let shared = &self.shared;
        info!(address = %self.address, root = %shared.config.root.display(), "listening");
        while !shared.shutdown.has_begun() {
            match self.listener.accept() {
                Ok((socket, peer)) => admit(shared, socket, peer),
                Err(error) => self.accept_failed(&error),
            }
        }
        drop(self.listener);
        let left = shared.wait_for_connections();
        if left > 0 {
            warn!(connections = left, "gave up waiting for connections");
        }
        info!("stopped");
    }

    fn accept_failed(&self, failure: &io::Error) {
        let pause = match failure.kind() {
            ErrorKind::WouldBlock => None,
            // The peer has gone before it was accepted.
            ErrorKind::ConnectionAborted | ErrorKind::Interrupted => return,
            _ => {
                warn!(error = %failure, "cannot accept a connection now");
                Some(EXHAUSTED_PAUSE)
            }
        };
        let interest = if pause.is_some() { PollFlags::empty() } else { PollFlags::IN };
        let mut descriptors = [
            PollFd::from_borrowed_fd(self.listener.as_fd(), interest),
            PollFd::from_borrowed_fd(self.shared.shutdown.signal(), PollFlags::IN),
        ];
        let timeout = pause.and_then(|pause| Timespec::try_from(pause).ok());
        if let Err(error) = poll(&mut descriptors, timeout.as_ref()) {
            debug!(%error, "poll");
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restarted server takes its port back although old connections linger.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Gives a connection its thread, or turns it away.
fn admit(shared: &Arc<Shared>, socket: TcpStream, peer: SocketAddr) {
    let Some(guest) = Guest::admit(shared) else {
        debug!(%peer, "closed at once: no room even to refuse");
        return;
    };
    let builder = thread::Builder::new().name("connection".into()).stack_size(STACK);
    let spawned = builder.spawn(move || {
        let Guest { shared, place } = &guest;
        serve(shared, socket, peer, place.admission());
    });
    if let Err(error) = spawned {
        error!(%peer, %error, "closed at once: no thread for it");
    }
}

/// What a connection's thread has of the server. It is given back in this order: whoever has
/// waited for the place finds that nothing of the server is in use, and the root free.
pub(super) struct Guest {
    shared: Arc<Shared>,
    place: Place,
}

impl Guest {
    pub(super) fn admit(shared: &Arc<Shared>) -> Option<Self> {
        let place = shared.places.take()?;
        Some(Self { shared: Arc::clone(shared), place })
    }

    #[cfg(all(test, shuttle))]
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    pub(super) fn new(config: Config, store: Store, shutdown: ShutdownHandle) -> Self {
        let places = Places::new(config.max_connections);
        Self { config, store, shutdown, places }
    }

    /// Waits until all connections have ended or the bound is over; how many are left.
    pub(super) fn wait_for_connections(&self) -> usize {
        let margin = Duration::from_secs(1);
        let grace = self.config.grace.saturating_add(self.config.timers.close);
        self.places.wait_until_free(grace.saturating_add(margin))
    }
}
