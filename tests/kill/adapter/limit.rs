//! Chapter 7: how many connections are served.

use std::sync::{Condvar, Mutex};

use crate::entry::Wrong;
use crate::faults::Limits;

/// The limit of a server that is examined for it.
pub(super) const SMALL: usize = 14;
/// The limit of others, which nobody meets.
pub(super) const LARGE: usize = 2000;

pub(super) struct Limit {
    most: usize,
    wrong: Wrong,
    served: Mutex<usize>,
    left: Condvar,
}

impl Limit {
    pub(super) fn new(most: usize, wrong: Wrong) -> Self {
        Self { most, wrong, served: Mutex::new(0), left: Condvar::new() }
    }

    /// Whether one more is served; [`Self::leave`] must follow in any case.
    pub(super) fn enter(&self) -> bool {
        let mut served = self.served.lock().expect("no holder panics");
        *served += 1;
        let most = match self.wrong.0 {
            Some(fault) if fault == Limits::OneTooMany.into() => self.most + 1,
            Some(fault) if fault == Limits::OneTooFew.into() => self.most - 1,
            Some(fault) if fault == Limits::Unlimited.into() => usize::MAX,
            _ => self.most,
        };
        *served <= most
    }

    pub(super) fn leave(&self, was_served: bool) {
        if was_served && self.wrong.does(Limits::NeverForgets) {
            return;
        }
        *self.served.lock().expect("no holder panics") -= 1;
        self.left.notify_all();
    }

    /// Waits until one more would be served.
    pub(super) fn wait_for_room(&self) {
        let served = self.served.lock().expect("no holder panics");
        drop(self.left.wait_while(served, |served| *served >= self.most));
    }
}
