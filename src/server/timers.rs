//! The timers of a framed connection that has its preface (chapter 8).
//!
//! They run on a clock that stands still while the server does not read or works on a
//! request (`timer.not-while-busy`): the caller adds to it only the time spent waiting for
//! octets.

use std::time::Duration;

use super::config::Timers;

/// Which timer has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    Frame,
    Idle,
    Discard,
}

/// The running timers.
#[derive(Debug)]
pub(super) struct Running {
    spans: Timers,
    clock: Duration,
    /// Since when there is no frame, or the last gain of 1024 octets in one.
    mark: Duration,
    /// Octets gained since then by the frame that has begun.
    gained: Option<usize>,
    discarding_since: Option<Duration>,
}

impl Running {
    /// Octets that a frame gains within each span of the frame timer.
    const GAIN: usize = 1024;

    pub(super) const fn new(spans: Timers) -> Self {
        Self {
            spans,
            clock: Duration::ZERO,
            mark: Duration::ZERO,
            gained: None,
            discarding_since: None,
        }
    }

    /// Time has passed while the connection was being read.
    pub(super) fn waited(&mut self, span: Duration) {
        self.clock += span;
    }

    /// So many octets of frames have come.
    pub(super) fn octets(&mut self, count: usize) {
        match &mut self.gained {
            None => {
                self.gained = Some(count % Self::GAIN);
                self.mark = self.clock;
            }
            Some(gained) => {
                *gained += count;
                if *gained >= Self::GAIN {
                    *gained %= Self::GAIN;
                    self.mark = self.clock;
                }
            }
        }
    }

    /// A whole frame has passed, and `begun` octets of the next are there: nothing else starts
    /// the idle timer anew (`timer.idle-whole-frame`).
    pub(super) fn whole_frame(&mut self, begun: usize) {
        self.mark = self.clock;
        self.gained = (begun > 0).then_some(begun % Self::GAIN);
    }

    /// The session has entered `discard`, or left it.
    pub(super) fn discarding(&mut self, discarding: bool) {
        self.discarding_since = discarding.then_some(self.clock);
    }

    /// The timer that expires next, and when.
    pub(super) fn next(&self) -> (Duration, Expired) {
        let (span, timer) = match self.gained {
            None => (self.spans.idle, Expired::Idle),
            Some(_) => (self.spans.frame, Expired::Frame),
        };
        let left = self.mark.saturating_add(span).saturating_sub(self.clock);
        match self.discarding_since {
            Some(since) => {
                let discard = since.saturating_add(self.spans.discard).saturating_sub(self.clock);
                if discard < left { (discard, Expired::Discard) } else { (left, timer) }
            }
            None => (left, timer),
        }
    }

    /// The timer that has expired, if one has.
    pub(super) fn expired(&self) -> Option<Expired> {
        let (left, timer) = self.next();
        left.is_zero().then_some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn running() -> Running {
        let spans = Timers {
            frame: 3 * SECOND,
            idle: 10 * SECOND,
            discard: 20 * SECOND,
            ..Timers::default()
        };
        Running::new(spans)
    }

    #[test]
    fn idle_runs_from_the_last_whole_frame() {
        let mut timers = running();
        timers.waited(9 * SECOND);
        assert_eq!(timers.expired(), None);
        timers.octets(5);
        timers.whole_frame(0);
        assert_eq!(timers.next(), (10 * SECOND, Expired::Idle));
        timers.waited(10 * SECOND);
        assert_eq!(timers.expired(), Some(Expired::Idle));
    }

    #[test]
    fn a_frame_must_gain_1024_octets_within_each_span() {
        let mut timers = running();
        timers.octets(1);
        timers.waited(2 * SECOND);
        timers.octets(1022);
        assert_eq!(timers.next(), (SECOND, Expired::Frame));
        timers.octets(1);
        assert_eq!(timers.next(), (3 * SECOND, Expired::Frame));
        timers.waited(3 * SECOND);
        assert_eq!(timers.expired(), Some(Expired::Frame));
    }

    #[test]
    fn each_1024_octets_start_the_span_anew_however_they_come() {
        let mut timers = running();
        timers.octets(1500);
        timers.waited(2 * SECOND);
        timers.octets(1);
        assert_eq!(timers.next(), (SECOND, Expired::Frame));
        timers.octets(547);
        assert_eq!(timers.next(), (3 * SECOND, Expired::Frame));
        timers.octets(1500);
        timers.waited(2 * SECOND);
        timers.octets(548);
        assert_eq!(timers.next(), (3 * SECOND, Expired::Frame));
        timers.whole_frame(1500);
        timers.waited(2 * SECOND);
        timers.octets(1);
        assert_eq!(timers.next(), (SECOND, Expired::Frame));
    }

    #[test]
    fn a_begun_frame_behind_a_whole_one_has_the_frame_timer() {
        let mut timers = running();
        timers.octets(9);
        timers.waited(2 * SECOND);
        timers.whole_frame(4);
        assert_eq!(timers.next(), (3 * SECOND, Expired::Frame));
    }

    #[test]
    fn discard_runs_through_whole_frames() {
        let mut timers = running();
        timers.discarding(true);
        for _ in 0..4 {
            timers.waited(5 * SECOND);
            timers.octets(5);
            timers.whole_frame(0);
        }
        assert_eq!(timers.expired(), Some(Expired::Discard));
        timers.discarding(false);
        assert_eq!(timers.expired(), None);
    }
}
