//! Where uploads land: held under `.conexion/` in the root while they come, published
//! under their destination once they are whole.
//!
//! # Contract
//!
//! - *In*: a [`FileRequest`] whose layout, flags, digest and names are already judged.
//!   [`Store::begin`] judges the rest of `file.judged-in-order`, from what the storage
//!   has to say about the destination (210) to space (213).
//! - *Through*: octets, straight from the caller's buffer into the file; the digest sees
//!   them on the way, and nothing else looks at them.
//! - *Out*: a file under its destination, whole or not at all, and the digest of what was
//!   written; or a [`Refusal`] with the code and the message for ERROR.
//! - Every [`Upload`] ends in exactly one of `finish`, `discard` and `keep`; dropping it
//!   keeps it, so that a thread that dies loses nothing that a client could resume.
//!
//! # Confinement
//!
//! Names from a peer are never joined to a path. They are taken component by component,
//! each relative to the descriptor of the folder before it and with `O_NOFOLLOW`, so that
//! a symbolic link anywhere ends in 221 even if it appears between FILE and END
//! (`path.inside-root`, `path.symbolic-link`). The root itself may be given through a
//! link: its operator named it.
//!
//! # Layout of `.conexion/`
//!
//! Nothing that is held is under its destination (`resume.hidden`).
//!
//! | entry | what |
//! | --- | --- |
//! | `lock` | locked by the one server that uses the root |
//! | HASH`-`SIZE`.part` | octets of an upload of known size; HASH is of its destination |
//! | `unknown-`N`.temp` | octets of an open upload of unknown size; never outlives it. Empty, what is about to be a `.part` in place of another |
//! | `names/` | empty; where it is tried how the file system stores a name |
//!
//! The length of a `.part` is the number of octets held: there is no other record, and
//! none that could disagree after a crash.
//!
//! # Locks
//!
//! Each open upload has a slot, locked while it writes or publishes. Whoever takes it over
//! waits for that lock, and has it until the new upload has begun and the old one's file is
//! out of the slot, so that of two writers only one ever has a file to write to. The registry and the index of
//! what is held are locked for moments only, never across reading or writing; a slot may be
//! locked before them, and never after.
//!
//! Speaks for chapters 6.1 to 6.5 of `spec/protocol.md`, as far as they concern storage.

mod begin;
mod held;
mod held_digest;
#[cfg(test)]
#[cfg(shuttle)]
mod interleavings;
mod judge;
mod moving;
mod names;
mod open;
mod partial;
mod publish;
mod refusal;
mod registry;
mod running;
mod upload;
mod walk;

use std::fs::File;
use std::time::Duration;

use rustix::fs::{Mode, Stat};

use self::held::Held;
use self::open::Lock;
use self::publish::Settled;
use self::registry::Registry;
use super::sync::atomic::AtomicU64;
use super::sync::{Arc, Mutex};

pub use self::open::OpenError;
pub use self::refusal::Refusal;
pub use self::upload::Upload;

#[cfg(doc)]
use crate::wire::FileRequest;

/// The storage under one root. Clones share it; the root stays locked until the last clone
/// and the last [`Upload`] are gone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Shared>);

/// What an operator can choose about a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether a file and its name survive a crash of the machine once it is stored
    /// (`publish.durable`).
    pub durability: Durability,
    /// How long octets are held (`held.bounded`), 7 days by default.
    pub held_age: Duration,
    /// How many partial files are held, those of open uploads not counted; 1000 by default.
    pub held_count: usize,
    /// How many octets are held in all, those of open uploads not counted; 16 GiB by
    /// default. Partial files that are larger alone are not held.
    pub held_octets: u64,
}

/// When a file counts as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once the file and its name were synchronised to the disk.
    #[default]
    Full,
    /// Once it is visible. A crash of the machine, not of the server, may lose it.
    None,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            held_age: Duration::from_secs(7 * 24 * 60 * 60),
            held_count: 1000,
            held_octets: 16 << 30,
        }
    }
}

/// What all clones and uploads of a store share.
#[derive(Debug)]
struct Shared {
    settings: Settings,
    root: File,
    /// `.conexion/` in the root.
    own: File,
    /// `.conexion/names/`, to be used by one at a time.
    names: Mutex<File>,
    /// Locked while a publication walks to its folder, making what is missing and settling
    /// what is there: nobody finds a folder that has not reached the disk yet.
    folders: Mutex<Settled>,
    /// Mode of a file that anybody creates without a wish of its own: 0666 without the umask.
    file_mode: Mode,
    /// What `.conexion/` is; nothing can be published on a device other than its own.
    own_stat: Stat,
    registry: Registry,
    held: Mutex<Held>,
    /// Numbers the files of uploads of unknown size.
    next_unknown: AtomicU64,
    _lock: Lock,
}
