//! The client: connects, finds the profile, sends texts and files, resumes what was
//! interrupted.
//!
//! - [`Caller`] does it all for one server: it connects when needed, pipelines any number
//!   of files over one connection, reconnects and resumes.
//! - [`connect`] gives one connection: [`Connection`] in the framed profile, [`Plain`]
//!   towards an original server.
//!
//! # Contract
//!
//! The library prints nothing: what happens on the way comes in callbacks, what went wrong
//! as an [`Error`], a variant for each remedy. Every wait has an end: a timeout, or the
//! [`Interrupt`]. A framed connection reads while it writes. Memory does not grow with
//! the size or the number of files.
//!
//! Speaks for the client's side of chapters 2 to 6 and for chapter 10.2 of
//! `spec/protocol.md`.
//!
//! ```no_run
//! use conexion::client::{Address, Caller, Job, Options, Plan};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let address: Address = "localhost".parse()?;
//! let mut caller = Caller::new(address, Options::default());
//! println!("{}", caller.text("¿qué tal?", &mut |_| ())?);
//! let jobs = [Job::file("a.txt", "notes/a.txt")];
//! caller.send(jobs, &Plan::default(), &mut |notice| println!("{notice:?}"))?;
//! caller.close()?;
//! # Ok(())
//! # }
//! ```

mod address;
mod caller;
mod connect;
mod connection;
mod error;
mod escaped;
mod link;
mod plain;
mod source;
mod upload;
mod work;

pub use self::address::{Address, AddressError};
pub use self::caller::{Caller, Notice, Plan};
pub use self::connect::{Connected, Options, Profile, ProfileChoice, connect};
pub use self::connection::Connection;
pub use self::error::Error;
pub use self::escaped::Escaped;
pub use self::link::Interrupt;
pub use self::plain::Plain;
pub use self::source::{Job, Once, Origin, Source};
pub use self::upload::{Progress, Proof, Receipt, Upload};
