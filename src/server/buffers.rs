//! The two buffers of a connection.
//!
//! Both grow with what is really there and give their memory back when it has gone
//! (`frame.memory`). An answer leaves only by being sent (`flow.no-answer-dropped`).

use crate::wire::Output;

/// Octets that have come and are not consumed.
#[derive(Debug, Default)]
pub(super) struct Input {
    octets: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Input {
    /// Capacity of a connection that has little to say.
    pub(super) const IDLE: usize = 2 * 1024;

    /// The octets not consumed.
    pub(super) fn unconsumed(&self) -> &[u8] {
        &self.octets[self.begin..self.end]
    }

    /// Drops `count` octets from the front.
    pub(super) fn consume(&mut self, count: usize) {
        self.begin = (self.begin + count).min(self.end);
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        }
    }

    /// Room for reading: at least one octet, in a buffer of `capacity` or of twice what is
    /// there, whichever is more, but of no more than `capacity.max(most)`.
    pub(super) fn room(&mut self, capacity: usize, most: usize) -> &mut [u8] {
        if self.begin > 0 {
            self.octets.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        let wanted = (2 * self.end).min(most).max(capacity).max(self.end + 1);
        if self.octets.len() < wanted {
            self.octets.reserve_exact(wanted - self.octets.len());
            self.octets.resize(wanted, 0);
        }
        &mut self.octets[self.end..]
    }

    /// Counts `count` octets of the room as read.
    pub(super) fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.octets.len());
    }

    /// Gives memory above `capacity` back if no more than that is in use.
    pub(super) fn shrink(&mut self, capacity: usize) {
        if self.octets.len() > capacity && self.end <= capacity {
            self.octets.truncate(capacity);
            self.octets.shrink_to_fit();
        }
    }
}

/// Octets that are to be sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    octets: Vec<u8>,
    sent: usize,
}

impl Outgoing {
    /// Above this many octets the connection is not read.
    pub(super) const BOUND: usize = 64 * 1024;

    /// Emits into `room` octets of room.
    pub(super) fn emit<T>(&mut self, room: usize, emit: impl FnOnce(&mut Output<'_>) -> T) -> T {
        let len = self.octets.len();
        self.octets.resize(len + room, 0);
        let mut output = Output::new(&mut self.octets[len..]);
        let result = emit(&mut output);
        let written = output.len();
        self.octets.truncate(len + written);
        result
    }

    pub(super) fn put(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// The octets not yet sent.
    pub(super) fn unsent(&self) -> &[u8] {
        &self.octets[self.sent..]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent == self.octets.len()
    }

    pub(super) fn is_above_bound(&self) -> bool {
        self.octets.len() - self.sent > Self::BOUND
    }

    /// Counts `count` octets as sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.sent += count;
        if self.is_empty() {
            self.sent = 0;
            self.octets.clear();
            if self.octets.capacity() > Input::IDLE {
                self.octets = Vec::new();
            }
        } else if self.sent > self.octets.len() / 2 {
            // A peer that reads slowly may never let it become empty.
            self.octets.drain(..self.sent);
            self.sent = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_grows_with_what_is_there_and_shrinks_again() {
        let mut input = Input::default();
        assert_eq!(input.room(8, 64).len(), 8);
        input.filled(8);
        assert_eq!(input.room(8, 64).len(), 8);
        input.filled(8);
        input.consume(5);
        assert_eq!(input.unconsumed().len(), 11);
        assert_eq!(input.room(8, 64).len(), 22 - 11);
        input.consume(11);
        assert!(input.unconsumed().is_empty());
        input.shrink(8);
        assert_eq!(input.room(8, 64).len(), 8);
    }

    #[test]
    fn room_is_never_empty() {
        let mut input = Input::default();
        for _ in 0..4 {
            let room = input.room(4, 4).len();
            assert!(room > 0);
            input.filled(room);
        }
    }

    #[test]
    fn outgoing_that_is_never_quite_empty_does_not_grow() {
        let mut outgoing = Outgoing::default();
        outgoing.put(&[0; 100]);
        for _ in 0..10_000 {
            outgoing.put(&[1; 1000]);
            outgoing.sent(1000);
        }
        assert_eq!(outgoing.unsent(), [1; 100]);
        assert!(outgoing.octets.capacity() < 2 * Outgoing::BOUND);
    }

    #[test]
    fn outgoing_keeps_the_order_and_gives_memory_back() {
        let mut outgoing = Outgoing::default();
        outgoing.emit(10, |output| output.put(b"ab")).unwrap();
        outgoing.put(b"cd");
        outgoing.sent(1);
        assert_eq!(outgoing.unsent(), b"bcd");
        outgoing.put(&vec![0; Outgoing::BOUND]);
        assert!(outgoing.is_above_bound());
        outgoing.sent(Outgoing::BOUND + 3);
        assert!(outgoing.is_empty());
        assert_eq!(outgoing.octets.capacity(), 0);
    }
}
