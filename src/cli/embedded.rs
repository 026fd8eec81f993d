//! The reference server inside this process, with a root that lasts as long as it does.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};

use conexion::server::store::Durability;
use conexion::server::{Config, Server, ShutdownHandle};
use conexion::wire::FileSize;
use tempfile::TempDir;

/// A running server; dropping it shuts it down and removes its root.
pub(super) struct Embedded {
    handle: ShutdownHandle,
    thread: Option<JoinHandle<()>>,
    _root: TempDir,
}

/// Starts a server on a free port of the loopback address. Its files are not made durable:
/// they go with it.
pub(super) fn start() -> Result<(SocketAddr, Embedded), String> {
    let root = tempfile::Builder::new()
        .prefix("conexion-")
        .tempdir()
        .map_err(|error| format!("cannot make a temporary folder: {error}"))?;
    let mut config = Config::new(root.path().to_owned(), (Ipv4Addr::LOCALHOST, 0).into());
    config.store.durability = Durability::None;
    // Small, so that the cases about a limit of files find one.
    config.limits.file = FileSize::new(4 << 20).ok();
    let server = Server::bind(config).map_err(|error| error.to_string())?;
    let (address, handle) = (server.local_addr(), server.shutdown_handle());
    let thread = thread::Builder::new()
        .name("server".into())
        .spawn(move || server.run())
        .map_err(|error| format!("cannot start a thread: {error}"))?;
    Ok((address, Embedded { handle, thread: Some(thread), _root: root }))
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.handle.shut_down();
        if let Some(thread) = self.thread.take() {
            // It has nothing to report; a panic has been reported where it happened.
            let _ = thread.join();
        }
    }
}
