//! Which destinations are open, and how one upload takes another's place.

use std::collections::HashMap;

use super::running::Running;
use crate::server::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What stands behind one [`Upload`](super::Upload), and what a taker takes from it.
#[derive(Debug)]
pub(super) struct Slot(Mutex<State>);

/// A state other than `Running` is seen by others only once the slot's destination is free
/// again or another's.
#[derive(Debug)]
pub(super) enum State {
    /// Its file is being prepared.
    Beginning,
    Running(Running),
    /// Another upload has taken it over (`takeover.wins`).
    Superseded,
    /// It was stored, dropped or put aside.
    Ended,
}

impl Slot {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Beginning)))
    }

    /// Waits for what is being done with the upload: a write, or its publication.
    ///
    /// A thread that panicked with the lock leaves the file as it would after a crash of the
    /// server, which its length alone describes.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The open uploads by destination.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<HashMap<String, Arc<Slot>>>);

impl Registry {
    /// Enters `slot` for the destination, unless another is: that one is returned.
    pub(super) fn claim(&self, destination: &str, slot: &Arc<Slot>) -> Option<Arc<Slot>> {
        let mut open = self.lock();
        if let Some(other) = open.get(destination) {
            return Some(Arc::clone(other));
        }
        open.insert(destination.to_owned(), Arc::clone(slot));
        None
    }

    /// Enters `slot` in place of another, whose lock the caller has.
    pub(super) fn replace(&self, destination: &str, slot: &Arc<Slot>) {
        self.lock().insert(destination.to_owned(), Arc::clone(slot));
    }

    /// Makes the destination free, unless it is another's by now.
    pub(super) fn release(&self, destination: &str, slot: &Arc<Slot>) {
        let mut open = self.lock();
        if open.get(destination).is_some_and(|entered| Arc::ptr_eq(entered, slot)) {
            open.remove(destination);
        }
    }

    /// How many uploads are open.
    #[cfg(test)]
    #[cfg(shuttle)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_one_slots_until_that_slot_releases_it() {
        let registry = Registry::default();
        let (first, second) = (Slot::new(), Slot::new());
        assert!(registry.claim("a", &first).is_none());
        assert!(registry.claim("b", &second).is_none());
        assert!(Arc::ptr_eq(&registry.claim("a", &second).unwrap(), &first));
        registry.replace("a", &second);
        registry.release("a", &first);
        assert!(Arc::ptr_eq(&registry.claim("a", &first).unwrap(), &second));
        registry.release("a", &second);
        assert!(registry.claim("a", &first).is_none());
    }
}
