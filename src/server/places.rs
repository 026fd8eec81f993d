//! The limit on connections: so many are served, a few more are told that there is no room,
//! and the rest are closed at once.

use std::time::{Duration, Instant};

use super::connection::Admission;
use super::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The places among the connections.
#[derive(Debug)]
pub(super) struct Places {
    bounds: Counts,
    taken: Mutex<Counts>,
    freed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    admitted: usize,
    turned_away: usize,
}

/// How many connections are told that there is no room at the same time, beside `most` that
/// are served.
pub(super) fn turned_away(most: usize) -> usize {
    most.div_ceil(8).max(16)
}

impl Places {
    /// Places for `most` connections, and for those that are turned away beside them.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Self::bounded(most, turned_away(most))
    }

    /// Places for so many connections of each kind.
    pub(super) fn bounded(admitted: usize, turned_away: usize) -> Arc<Self> {
        let bounds = Counts { admitted, turned_away };
        Arc::new(Self { bounds, taken: Mutex::default(), freed: Condvar::new() })
    }

    /// Takes a place, unless there is no room even to turn a connection away.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        let mut taken = self.taken();
        let admission = if taken.admitted < self.bounds.admitted {
            taken.admitted += 1;
            Admission::Admitted
        } else if taken.turned_away < self.bounds.turned_away {
            taken.turned_away += 1;
            Admission::TooMany
        } else {
            return None;
        };
        Some(Place { places: Arc::clone(self), admission })
    }

    /// Waits until all places are free, or `span` is over; how many are taken still.
    pub(super) fn wait_until_free(&self, span: Duration) -> usize {
        let since = Instant::now();
        let mut taken = self.taken();
        loop {
            let count = taken.admitted + taken.turned_away;
            let left = span.saturating_sub(since.elapsed());
            if count == 0 || left.is_zero() {
                return count;
            }
            taken = self.freed.wait_timeout(taken, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many are admitted and turned away at most.
    #[cfg(all(test, shuttle))]
    pub(super) fn bounds(&self) -> (usize, usize) {
        (self.bounds.admitted, self.bounds.turned_away)
    }

    fn taken(&self) -> MutexGuard<'_, Counts> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the connections; dropping it frees it.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    admission: Admission,
}

impl Place {
    pub(super) fn admission(&self) -> Admission {
        self.admission
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match self.admission {
            Admission::Admitted => taken.admitted -= 1,
            Admission::TooMany => taken.turned_away -= 1,
        }
        drop(taken);
        self.places.freed.notify_all();
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn an_eighth_more_are_turned_away_and_sixteen_at_least() {
        for (most, turned_away) in [(0, 16), (1, 16), (128, 16), (129, 17), (4096, 512)] {
            let places = Places::new(most);
            let taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
            let count = |admission| {
                taken.iter().filter(|place: &&Place| place.admission() == admission).count()
            };
            assert_eq!(count(Admission::Admitted), most);
            assert_eq!(count(Admission::TooMany), turned_away);
        }
    }

    #[test]
    fn a_place_is_free_again_even_if_its_thread_panics() {
        let places = Places::bounded(1, 0);
        let place = places.take().expect("a place");
        assert!(places.take().is_none());
        let thread = std::thread::spawn(move || {
            assert_eq!(place.admission(), Admission::TooMany, "on purpose");
        });
        assert!(thread.join().is_err());
        assert_eq!(places.wait_until_free(Duration::ZERO), 0);
        assert!(places.take().is_some());
    }

    #[test]
    fn waiting_for_places_ends_when_its_time_is_over() {
        let places = Places::bounded(2, 0);
        let taken = (places.take(), places.take());
        assert_eq!(places.wait_until_free(Duration::from_millis(20)), 2);
        drop(taken);
        assert_eq!(places.wait_until_free(Duration::from_secs(20)), 0);
    }
}
