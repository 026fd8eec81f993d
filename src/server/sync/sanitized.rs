//! Locks whose every step `ThreadSanitizer` sees, for a standard library that was not built for
//! it: there a lock that is waited for is taken out of its sight, so that what it guards looks
//! like a race. Here nobody waits in the library: who does not get a lock asks again.

use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

#[derive(Debug, Default)]
pub(in crate::server) struct Mutex<T>(std::sync::Mutex<T>);

#[derive(Debug)]
pub(in crate::server) struct MutexGuard<'m, T> {
    mutex: &'m Mutex<T>,
    guard: std::sync::MutexGuard<'m, T>,
}

impl<T> Mutex<T> {
    pub(in crate::server) fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(in crate::server) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let guarded = |guard| MutexGuard { mutex: self, guard };
        loop {
            match self.0.try_lock() {
                Ok(guard) => return Ok(guarded(guard)),
                Err(TryLockError::Poisoned(poisoned)) => {
                    return Err(PoisonError::new(guarded(poisoned.into_inner())));
                }
                Err(TryLockError::WouldBlock) => thread::yield_now(),
            }
        }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// Wakes whoever waits without being told, as every condition variable may.
#[derive(Debug)]
pub(in crate::server) struct Condvar;

impl Condvar {
    pub(in crate::server) fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the interface is that of `std`")]
    pub(in crate::server) fn notify_all(&self) {}

    #[expect(clippy::unused_self, reason = "the interface is that of `std`")]
    pub(in crate::server) fn wait_timeout<'m, T>(
        &self,
        guard: MutexGuard<'m, T>,
        span: Duration,
    ) -> LockResult<(MutexGuard<'m, T>, ())> {
        let mutex = guard.mutex;
        drop(guard);
        thread::sleep(span.min(Duration::from_millis(1)));
        let again = mutex.lock();
        again.map(|guard| (guard, ())).map_err(|error| PoisonError::new((error.into_inner(), ())))
    }
}
