//! The locks, counters and threads of the server: those of `std`, or with `--cfg shuttle`
//! those of the checker that runs the server's own code in one order of threads after
//! another (in `interleavings`), or with `--cfg sanitized` locks that `ThreadSanitizer` sees.
//!
//! Everything that connections share goes through here, but for the disk: there
//! [`disk_step`] stands where the work of one thread may come between that of another.

#[cfg(sanitized)]
mod sanitized;

#[cfg(not(any(shuttle, sanitized)))]
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(super) use std::{
    sync::{Arc, PoisonError, atomic},
    thread,
};

#[cfg(sanitized)]
pub(super) use self::sanitized::{Condvar, Mutex, MutexGuard};

#[cfg(shuttle)]
pub(super) use shuttle::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic},
    thread,
};

/// Something on the disk is about to be looked at or changed, which others share.
#[cfg(not(shuttle))]
#[inline]
pub(super) fn disk_step() {}

/// The same as a point at which the checker may go on with another thread.
#[cfg(shuttle)]
pub(super) fn disk_step() {
    atomic::AtomicBool::new(false).load(atomic::Ordering::Relaxed);
}
