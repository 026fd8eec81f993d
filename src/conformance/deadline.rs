//! When a connection is given up.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often a connection gets its time anew, at most.
const RENEWALS: u32 = 8;

/// The deadline of a connection. A peer that is slow is not for that wrong: whatever
/// comes from it starts the time anew, though not for ever.
#[derive(Debug)]
pub(super) struct Deadline {
    at: Cell<Instant>,
    span: Duration,
    last: Instant,
}

impl Deadline {
    pub(super) fn new(at: Instant, span: Duration) -> Self {
        Self { at: Cell::new(at), span, last: at + RENEWALS * span }
    }

    /// Octets have come.
    pub(super) fn renew(&self) {
        let renewed = (Instant::now() + self.span).min(self.last);
        self.at.set(renewed.max(self.at.get()));
    }

    pub(super) fn has_come(&self) -> bool {
        Instant::now() >= self.at.get()
    }

    /// What is left, and never zero, which a socket would take for "without end".
    pub(super) fn remaining(&self) -> Duration {
        remaining(self.at.get())
    }
}

/// The same of a moment that stays as it is.
pub(super) fn remaining(moment: Instant) -> Duration {
    moment.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_starts_the_time_anew_but_not_for_ever() {
        let (now, span) = (Instant::now(), Duration::from_secs(1000));
        let early = Deadline::new(now + span / 2, span);
        early.renew();
        assert!(early.at.get() >= now + span);
        let late = Deadline { at: Cell::new(now), span, last: now + span / 4 };
        late.renew();
        assert_eq!(late.at.get(), now + span / 4);
        let far = Deadline::new(now + 2 * span, span);
        far.renew();
        assert_eq!(far.at.get(), now + 2 * span);
    }
}
