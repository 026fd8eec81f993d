//! The reference server on std sockets: a thread a connection, one poll a wait.
//!
//! [`Server::bind`] opens the root and the port, [`Server::run`] serves until its
//! [`ShutdownHandle`] says otherwise. What the octets mean is decided in
//! [`session`](crate::session) and [`plain`](crate::plain); here are sockets, time
//! (chapter 8), limits, and the files (in [`store`]).
//!
//! ```no_run
//! use conexion::server::{Config, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::bind(Config::new("uploads".into(), "127.0.0.1:0".parse()?))?;
//! println!("listening on {}", server.local_addr());
//! let handle = server.shutdown_handle();
//! let thread = std::thread::spawn(move || server.run());
//! handle.shut_down();
//! thread.join().expect("the server does not panic");
//! # Ok(())
//! # }
//! ```
//!
//! # Memory
//!
//! An idle connection holds a 2 KiB input buffer, no output buffer, and the touched pages
//! of a small stack. Buffers grow with what has arrived, never with what a header promises;
//! an open upload has 256 KiB. They shrink when that is over.

mod buffers;
mod config;
mod connection;
mod framed;
#[cfg(all(test, shuttle))]
mod interleavings;
mod listener;
mod places;
mod plain;
mod requests;
mod shutdown;
pub mod store;
mod stream;
mod sync;
mod timers;

pub use self::config::{Config, PlainMode, TextHandler, Timers, echo};
pub use self::listener::{BindError, Server};
pub use self::shutdown::ShutdownHandle;
