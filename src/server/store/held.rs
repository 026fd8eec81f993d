//! What is held for uploads that are not open, and its bounds (`held.bounded`).
//!
//! The index is built once, when the store is opened, and kept in step from then on, so
//! that no upload pays for a listing. It knows only what nobody has open: an upload takes
//! its entry out before it touches the file, and evicting removes entry and file under one
//! lock, so that an open file is never evicted.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use rustix::io::Errno;

use super::{Settings, Shared, partial, walk};

/// The index, by name of the file.
#[derive(Debug, Default)]
pub(super) struct Held {
    entries: HashMap<String, Entry>,
    by_age: BTreeSet<(SystemTime, String)>,
    octets: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    since: SystemTime,
    octets: u64,
}

impl Held {
    pub(super) fn insert(&mut self, name: &str, since: SystemTime, octets: u64) {
        self.remove(name);
        self.entries.insert(name.to_owned(), Entry { since, octets });
        self.by_age.insert((since, name.to_owned()));
        self.octets = self.octets.saturating_add(octets);
    }

    /// Whether it was there.
    fn remove(&mut self, name: &str) -> bool {
        let Some((name, entry)) = self.entries.remove_entry(name) else { return false };
        self.by_age.remove(&(entry.since, name));
        self.octets = self.octets.saturating_sub(entry.octets);
        true
    }

    /// What the index knows, in order of the names.
    #[cfg(test)]
    #[cfg(shuttle)]
    pub(super) fn listed(&self) -> Vec<(String, u64)> {
        let mut listed: Vec<_> =
            self.entries.iter().map(|(name, entry)| (name.clone(), entry.octets)).collect();
        listed.sort();
        listed
    }

    /// The next to go: one that is too large alone, or else the oldest if the bounds are
    /// exceeded. So one large file does not push out all the others and then itself.
    fn out_of_bounds(&self, settings: &Settings, now: SystemTime) -> Option<String> {
        let (since, oldest) = self.by_age.first()?;
        let too_many_octets = self.octets > settings.held_octets;
        if too_many_octets
            && let Some((name, _)) =
                self.entries.iter().find(|(_, entry)| entry.octets > settings.held_octets)
        {
            return Some(name.clone());
        }
        let exceeded = too_many_octets
            || self.entries.len() > settings.held_count
            || now.duration_since(*since).is_ok_and(|age| age > settings.held_age);
        exceeded.then(|| oldest.clone())
    }
}

impl Shared {
    /// Holds what there is under `name` from now on, within the bounds; drops it if it can be
    /// of no use. The caller no longer has it open for writing.
    pub(super) fn hold(&self, name: &str, size: u64) {
        let stat = walk::entry(&self.own, name).ok().flatten();
        let Some(octets) = stat.and_then(|stat| partial::octets_held(&stat, size)) else {
            return self.drop_held(name);
        };
        let now = SystemTime::now();
        self.held().insert(name, now, octets);
        self.evict(now);
    }

    /// Takes `name` out of the index: it is about to be opened, and safe from eviction. Whether
    /// it was there.
    pub(super) fn take_held(&self, name: &str) -> bool {
        self.held().remove(name)
    }

    /// Drops what is held under `name` (`held.dropped`).
    pub(super) fn drop_held(&self, name: &str) {
        let mut held = self.held();
        held.remove(name);
        report(name, partial::remove(&self.own, name));
    }

    /// Drops the oldest octets held until the bounds are kept.
    pub(super) fn evict(&self, now: SystemTime) {
        let mut held = self.held();
        while let Some(name) = held.out_of_bounds(&self.settings, now) {
            held.remove(&name);
            tracing::debug!(name, "held octets are dropped to keep the bounds");
            report(&name, partial::remove(&self.own, &name));
        }
    }
}

/// A file that cannot be removed wastes space and does no harm: an upload that wants its
/// name removes it first, or fails.
fn report(name: &str, removed: Result<(), Errno>) {
    if let Err(error) = removed {
        tracing::warn!(name, %error, "could not remove held octets");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SETTINGS: Settings = Settings {
        durability: super::super::Durability::None,
        held_age: Duration::from_secs(100),
        held_count: 3,
        held_octets: 50,
    };

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn evicted(held: &mut Held, now: u64) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(name) = held.out_of_bounds(&SETTINGS, at(now)) {
            held.remove(&name);
            names.push(name);
        }
        names
    }

    fn held(entries: &[(&str, u64, u64)]) -> Held {
        let mut held = Held::default();
        for (name, since, octets) in entries {
            held.insert(name, at(*since), *octets);
        }
        held
    }

    #[test]
    fn at_the_bounds_nothing_is_dropped() {
        let mut held = held(&[("a", 1, 10), ("b", 2, 20), ("c", 3, 20)]);
        assert!(evicted(&mut held, 101).is_empty());
    }

    #[test]
    fn above_a_bound_the_oldest_go_first() {
        assert_eq!(evicted(&mut held(&[("b", 2, 1), ("a", 1, 1), ("c", 90, 1)]), 102), ["a"]);
        let mut many = held(&[("b", 2, 1), ("d", 4, 1), ("a", 1, 1), ("c", 3, 1), ("e", 5, 1)]);
        assert_eq!(evicted(&mut many, 5), ["a", "b"]);
        assert_eq!(evicted(&mut held(&[("b", 2, 30), ("a", 1, 1), ("c", 3, 30)]), 5), ["a", "b"]);
    }

    #[test]
    fn one_that_is_too_large_alone_goes_alone() {
        assert_eq!(evicted(&mut held(&[("a", 1, 10), ("b", 2, 51), ("c", 3, 10)]), 5), ["b"]);
        assert_eq!(evicted(&mut held(&[("a", 1, 10), ("b", 2, 50)]), 5), ["a"], "b just fits");
    }

    #[test]
    fn a_name_that_is_held_again_counts_once() {
        let mut held = held(&[("a", 1, 40), ("a", 2, 45), ("b", 3, 5)]);
        assert!(evicted(&mut held, 5).is_empty());
        held.remove("a");
        held.remove("a");
        assert_eq!((held.octets, held.entries.len(), held.by_age.len()), (5, 1, 1));
    }

    #[test]
    fn a_clock_that_was_set_back_drops_nothing() {
        assert!(evicted(&mut held(&[("a", 1000, 1)]), 5).is_empty());
    }
}
