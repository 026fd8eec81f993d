//! The two ways of a connection, each of which can end anywhere.

use std::collections::VecDeque;

use super::Pair;

/// What is underway in one direction.
#[derive(Default)]
pub(super) struct Way {
    octets: VecDeque<u8>,
    /// Whether nothing comes behind `octets`.
    has_ended: bool,
    /// Whether it ended before its sender was done.
    pub(super) is_cut: bool,
    /// Whether octets were lost.
    pub(super) lost: bool,
}

impl Way {
    /// Sends octets, which are lost behind the end.
    pub(super) fn put(&mut self, octets: &[u8]) {
        if self.has_ended {
            self.lost |= !octets.is_empty();
        } else {
            self.octets.extend(octets);
        }
    }

    /// At most so many octets arrive.
    pub(super) fn take(&mut self, most: usize) -> impl Iterator<Item = u8> {
        let len = most.min(self.octets.len());
        self.octets.drain(..len)
    }

    /// Ends behind what is underway, as when the sender closes.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    /// Ends behind the first so many of 255 parts of what is underway.
    fn cut(&mut self, parts: usize) {
        let len = (self.octets.len() * parts).div_ceil(255);
        self.lost |= len < self.octets.len();
        self.octets.truncate(len);
        self.has_ended = true;
        self.is_cut = true;
    }

    pub(super) fn has_octets(&self) -> bool {
        !self.octets.is_empty()
    }

    /// Whether the end is what comes next.
    pub(super) fn has_end(&self) -> bool {
        self.has_ended && self.octets.is_empty()
    }
}

impl Pair<'_> {
    /// One way or both end, anywhere in what is underway. The one that ends is a client that
    /// closes, or ends its sending direction alone, or a network that breaks.
    pub(super) fn cut_sometimes(&mut self) {
        if self.choices.roll(16) != 15 {
            return;
        }
        let ways = self.choices.roll(3);
        if ways != 0 {
            let parts = self.choices.roll(256);
            self.up.cut(parts);
        }
        if ways != 1 {
            let parts = self.choices.roll(256);
            self.down.cut(parts);
        }
    }
}
