//! The requests that a client has sent and not seen answered.

use super::state::Oldest;
use crate::wire::{DeclaredSize, DigestKind};

/// How many requests a client's session lets be unanswered at once.
pub const MAX_OUTSTANDING: usize = 32;

/// How far the client itself has come with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Sending,
    Ended,
    Aborted,
}

/// A FILE without a final answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upload {
    pub(super) digest: DigestKind,
    pub(super) size: DeclaredSize,
    pub(super) resume: bool,
    pub(super) continued: bool,
    pub(super) progress: Progress,
    /// Octets of the file that are behind: those held by the server and those sent.
    pub(super) reached: u64,
}

/// A request without a final answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Text,
    File(Upload),
}

/// A queue of requests, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Outstanding {
    ring: [Option<Request>; MAX_OUTSTANDING],
    first: usize,
    len: usize,
}

impl Outstanding {
    pub(super) const fn new() -> Self {
        Self { ring: [None; MAX_OUTSTANDING], first: 0, len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_full(&self) -> bool {
        self.len >= MAX_OUTSTANDING
    }

    /// Adds a request; nothing happens if the queue is full.
    pub(super) fn push(&mut self, request: Request) {
        let at = self.index(self.len);
        if let Some(slot @ None) = self.ring.get_mut(at) {
            *slot = Some(request);
            self.len = self.len.saturating_add(1);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Request> {
        if self.len == 0 {
            return None;
        }
        let request = self.ring.get_mut(self.first).and_then(Option::take);
        self.first = self.index(1);
        self.len = self.len.saturating_sub(1);
        request
    }

    pub(super) fn oldest(&self) -> Option<&Request> {
        self.ring.get(self.first).and_then(Option::as_ref)
    }

    pub(super) fn oldest_mut(&mut self) -> Option<&mut Request> {
        self.ring.get_mut(self.first).and_then(Option::as_mut)
    }

    /// The newest request, if it is an upload.
    pub(super) fn newest_upload(&mut self) -> Option<&mut Upload> {
        let at = self.index(self.len.checked_sub(1)?);
        match self.ring.get_mut(at).and_then(Option::as_mut) {
            Some(Request::File(upload)) => Some(upload),
            Some(Request::Text) | None => None,
        }
    }

    /// The row of the client's table, but for BYE.
    pub(super) fn row(&self) -> Oldest {
        match self.oldest() {
            None => Oldest::None,
            Some(Request::Text) => Oldest::Text,
            Some(Request::File(upload)) if !upload.continued => Oldest::File,
            Some(Request::File(upload)) => match upload.progress {
                Progress::Sending => Oldest::Sending,
                Progress::Ended => Oldest::Ended,
                Progress::Aborted => Oldest::Aborted,
            },
        }
    }

    fn index(&self, step: usize) -> usize {
        let at = self.first.saturating_add(step);
        at.checked_rem(MAX_OUTSTANDING).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_leave_in_the_order_in_which_they_came() {
        let mut queue = Outstanding::new();
        let upload = |size| {
            Request::File(Upload {
                digest: DigestKind::Crc32,
                size: DeclaredSize::new(size),
                resume: false,
                continued: false,
                progress: Progress::Sending,
                reached: 0,
            })
        };
        for round in 0..100 {
            queue.push(upload(round));
            queue.push(Request::Text);
            assert_eq!(queue.pop(), Some(upload(round)));
            assert_eq!(queue.pop(), Some(Request::Text));
        }
        assert_eq!((queue.pop(), queue.len()), (None, 0));
        (0..40).for_each(|size| queue.push(upload(size)));
        assert!(queue.is_full());
        let sizes = std::iter::from_fn(|| queue.pop());
        assert!(sizes.eq((0..32).map(upload)));
    }
}
