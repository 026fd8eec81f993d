//! Whether the target still lives. A target may crash, hang, or be restarted in the middle
//! of a run: what a case saw of one that was gone says nothing about its sentence.
//!
//! After each case that did not pass, the target has to show the sign of life that it gave
//! at the beginning. If it does not, no case begins until it does again, and what was under
//! way is asked once more, alone. If it has not come back when [`Settings::grace`] is over,
//! or has been gone for too long in all, the rest is not judged.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::trial::SHORTEST_LINE;
use super::{CaseResult, Outcome, Plain, Settings, Target, Timer, Trial, Verdict};

/// How often a target that is gone is looked for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// How many times [`Settings::grace`] a target may be gone in all.
const GRACES: u32 = 6;

/// What a target did at the beginning when it was sent the shortest line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It sent octets.
    Answers,
    /// It ended the connection.
    Closes,
    /// Nothing, but that it took the connection.
    Connects,
}

/// Watches over a target for as long as a run lasts.
#[derive(Debug)]
pub(super) struct Watch<'s> {
    target: &'s Target,
    settings: &'s Settings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the last look began at which it lived.
    seen: Option<Instant>,
    /// When it was last found again after it had been gone.
    back: Option<Instant>,
    /// For how long it was gone, in all.
    gone: Duration,
    /// Why no further case is asked.
    over: Option<String>,
}

impl<'s> Watch<'s> {
    pub(super) fn new(target: &'s Target, settings: &'s Settings) -> Self {
        Self { target, settings, state: Mutex::default() }
    }

    /// Whether another case may begin. Waits as long as the target is gone and may come back.
    pub(super) fn goes_on(&self) -> bool {
        let mut state = self.state();
        if self.is_interrupted() {
            state.over.get_or_insert_with(|| "the run was interrupted".to_owned());
        }
        state.over.is_none()
    }

    /// Why no further case is asked.
    pub(super) fn over(&self) -> Option<String> {
        self.state().over.clone()
    }

    /// Whether the result of a case that began then counts: not if the target was gone in
    /// the meantime and is back.
    pub(super) fn counts(&self, result: &mut CaseResult, began: Instant) -> bool {
        if matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable) {
            return true;
        }
        let ended = Instant::now();
        let mut state = self.state();
        if state.over.is_none() && state.seen.is_none_or(|seen| seen < ended) {
            let look = Instant::now();
            match self.look() {
                Ok(()) => state.seen = Some(look),
                Err(reason) => self.await_return(&mut state, reason),
            }
        }
        if let (Some(over), false) = (&state.over, self.is_interrupted()) {
            result.seen = format!("{} (and then {over})", result.seen);
        }
        state.over.is_some() || state.back.is_none_or(|back| back < began)
    }

    /// Whether a result is no pass, and came after so long that a timer of the target may have
    /// expired by right, because this machine was busy. Such a case is asked again with
    /// little beside it.
    pub(super) fn may_be_late(&self, result: &CaseResult) -> bool {
        let settled = matches!(result.verdict, Verdict::Pass | Verdict::HarnessError);
        !settled && result.elapsed >= self.shortest_timer() && self.goes_on()
    }

    fn shortest_timer(&self) -> Duration {
        let plain = self.target.plain != Plain::Off;
        let counts = |timer: &Timer| match timer {
            Timer::Prefix | Timer::Quiet => plain,
            _ => true,
        };
        let timers = Timer::ALL.into_iter().filter(counts);
        let spans = timers.map(|timer| self.settings.profile.timers.span(timer));
        spans.min().unwrap_or(Duration::MAX)
    }

    fn await_return(&self, state: &mut State, mut reason: String) {
        let since = Instant::now();
        let grace = self.settings.grace;
        let most = grace.min((GRACES * grace).saturating_sub(state.gone));
        while since.elapsed() < most && !self.is_interrupted() {
            thread::sleep(BETWEEN_LOOKS);
            let look = Instant::now();
            match self.look() {
                Ok(()) => {
                    state.seen = Some(look);
                    state.back = Some(Instant::now());
                    state.gone += since.elapsed();
                    return;
                }
                Err(still) => reason = still,
            }
        }
        if !self.is_interrupted() {
            state.over = Some(format!("the target was gone for good: {reason}"));
        }
    }

    /// Asks for the sign of life.
    fn look(&self) -> Result<(), String> {
        let mut trial = Trial::new(self.settings, self.target, String::new(), "sign of life");
        let looked: Outcome<Result<(), &str>> = (|| {
            let mut peer = trial.connect()?;
            if self.target.sign == Sign::Connects {
                return Ok(Ok(()));
            }
            peer.send(SHORTEST_LINE)?;
            let comes = peer.comes_within(self.settings.timeout);
            Ok(match (comes, self.target.sign) {
                (false, _) => Err("it takes connections and says nothing any more"),
                (true, Sign::Answers) if peer.unread().is_empty() => {
                    Err("it closes connections without an octet")
                }
                (true, _) => Ok(()),
            })
        })();
        match looked {
            Ok(found) => found.map_err(str::to_owned),
            Err(departure) => Err(departure.seen),
        }
    }

    fn is_interrupted(&self) -> bool {
        self.settings.stop.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
