//! A second small server, written from the spec alone: it speaks plain, has timers and a limit
//! of connections, and keeps files on disk. It is right when no fault is switched on.
//!
//! It has a thread for each connection, which waits in its reads and writes, and looks at all
//! that it holds again whenever more has come. It holds no octets for RESUME, but counts
//! complete files as held.

mod connection;
mod destination;
mod frames;
mod limit;
mod opening;
mod plain;
mod requests;
mod store;
mod stream;
mod timers;
mod uploads;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use conexion::conformance::{Plain, Profile, Timers as Spans};
use socket2::SockRef;
use tempfile::TempDir;

use self::connection::Connection;
use self::limit::Limit;
use self::store::Store;
use self::timers::Clock;
use crate::entry::Wrong;
use crate::faults::{Fault, Limits, Texts, Timers};

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
    plain: Plain,
    clock: Clock,
    store: Store,
    limit: Arc<Limit>,
}

/// A running server with a root of its own, which listens until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) profile: Profile,
    pub(crate) root: Option<PathBuf>,
    /// The root lies in it, so that what leaves the root is seen and harms nobody.
    #[expect(dead_code, reason = "it is there as long as the server")]
    folder: TempDir,
    stopped: Arc<AtomicBool>,
}

impl Running {
    /// A server that is wrong in this way, and speaks as much of plain as that needs.
    pub(crate) fn start(wrong: Wrong) -> Self {
        let plain = match wrong.0 {
            Some(Fault::Texts(Texts::TextModeTakesUploads | Texts::TextModeEchoesHeaders)) => {
                Plain::Text
            }
            Some(Fault::Timers(Timers::PartOfOpeningAnswered)) => Plain::Off,
            _ => Plain::All,
        };
        Self::serving(plain, timers::declared(wrong), wrong)
    }

    /// A right server that speaks so much of plain. With patience it bears for long a peer
    /// that takes nothing.
    pub(crate) fn right(plain: Plain, patience: bool) -> Self {
        Self::serving(plain, if patience { timers::PATIENT } else { timers::USUAL }, Wrong(None))
    }

    fn serving(plain: Plain, declared: Spans, wrong: Wrong) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        std::fs::create_dir(&root).expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let socket = SockRef::from(&listener);
        socket.set_recv_buffer_size(SYSTEM_BUFFER).expect("an option of every socket");
        socket.set_send_buffer_size(SYSTEM_BUFFER).expect("an option of every socket");
        let most = match wrong.0 {
            Some(Fault::Limits(_)) => limit::SMALL,
            _ => limit::LARGE,
        };
        let profile = Profile {
            plain: Some(plain),
            connections: Some(most),
            timers: declared,
            ..Profile::default()
        };
        let stopped = Arc::new(AtomicBool::new(false));
        let clock = Clock { declared, wrong };
        let limit = Arc::new(Limit::new(most, wrong));
        let shared =
            Arc::new(Shared { wrong, plain, clock, store: Store::new(root.clone(), wrong), limit });
        let stop = Arc::clone(&stopped);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                if wrong.does(Limits::StopsAccepting) {
                    shared.limit.wait_for_room();
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || Connection::new(stream, &shared).serve());
            }
        });
        Self { address, profile, root: Some(root), folder, stopped }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // It looks at the flag when a connection comes.
        let _ = TcpStream::connect(self.address);
    }
}
