//! A third small server, written from the spec alone: framed only, and all that it stores and
//! holds is in memory. It is right when no fault is switched on.
//!
//! It has a thread for each connection, and judges all that it has of a frame again whenever
//! more has come.

mod connection;
mod frames;
mod header;
mod line;
mod path;
mod requests;
mod store;
mod uploads;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use conexion::conformance::{Plain, Profile};
use socket2::SockRef;

use self::connection::Connection;
use self::store::Store;
use crate::entry::Wrong;

/// Largest payload of DATA and of TEXT that the server takes.
const PAYLOAD: u32 = 4096;
/// Largest file that the server takes.
const FILE: u64 = 1 << 20;

/// What the system keeps of what was not read or not taken, so that a peer that does not read
/// is met soon.
const SYSTEM_BUFFER: usize = 64 * 1024;

/// What the connections of a server have in common.
struct Shared {
    wrong: Wrong,
    store: Store,
}

/// A running server, which listens until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) profile: Profile,
    /// None: nothing is on disk.
    pub(crate) root: Option<PathBuf>,
    stopped: Arc<AtomicBool>,
}

impl Running {
    /// A server that is wrong in this way.
    pub(crate) fn start(wrong: Wrong) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let socket = SockRef::from(&listener);
        socket.set_recv_buffer_size(SYSTEM_BUFFER).expect("an option of every socket");
        socket.set_send_buffer_size(SYSTEM_BUFFER).expect("an option of every socket");
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        let shared = Arc::new(Shared { wrong, store: Store::new(wrong) });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || Connection::new(stream, shared).serve());
            }
        });
        let profile = Profile { plain: Some(Plain::Off), ..Profile::default() };
        Self { address, profile, root: None, stopped }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // It looks at the flag when a connection comes.
        let _ = TcpStream::connect(self.address);
    }
}
