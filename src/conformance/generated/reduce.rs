//! The report on a session that fails: the smallest that fails like it, and on what the
//! failure depends.

use std::sync::PoisonError;
use std::time::Instant;

use super::play::{Broken, Played, play};
use super::session::Session;
use super::shrink::{Tried, conditions, smallest};
use crate::conformance::{Departure, Trial, Verdict};

/// Puts a session that fails again, with others in its place.
pub(super) struct Reduction<'t, 's> {
    trial: &'t mut Trial<'s>,
    broken: Broken,
    history: Vec<String>,
    runs: usize,
}

impl<'t, 's> Reduction<'t, 's> {
    /// Of a session that has been played so often, and failed so at last, with these answers due up to
    /// the one that did not come.
    pub(super) const fn of(
        trial: &'t mut Trial<'s>,
        broken: Broken,
        history: Vec<String>,
        runs: usize,
    ) -> Self {
        Self { trial, broken, history, runs }
    }

    /// Reduces it, one session of a run after the other, until the run's time for that is up.
    pub(super) fn report(mut self, session: &Session) -> Departure {
        let shared = self.trial.shrinking();
        let mut until = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *until.get_or_insert_with(|| Instant::now() + self.trial.time_to_shrink());
        if let Some(once) = self.failed_once(session, until) {
            return once;
        }
        let (smallest, complete) = smallest(session, &mut |smaller| {
            let (tried, child, found) = self.attempt(smaller, until)?;
            if let (Tried::Fails, Some(found)) = (tried, found) {
                self.trial.adopt(child);
                (self.broken, self.history) = found;
            }
            Some(tried)
        });
        let named = complete
            .then(|| conditions(&smallest, &mut |other| Some(self.attempt(other, until)?.0)));
        let told = match named.flatten() {
            Some(named) if named.is_empty() => "fails with all parameters".to_owned(),
            Some(named) => format!("fails when: {}", named.join(", ")),
            None => "the time for reducing it was up".to_owned(),
        };
        self.trial.blame(self.broken.requirement);
        let Departure { verdict, expected, seen } = self.broken.departure;
        let runs = self.runs;
        let seen = format!("{seen}; {told}; the smallest session after {runs} runs: {smallest}");
        Departure { verdict, expected, seen }
    }

    /// The report on a session that does not fail when it is put again: where something was
    /// late, the machine may have been busy.
    fn failed_once(&mut self, session: &Session, until: Instant) -> Option<Departure> {
        let (tried, ..) = self.attempt(session, until)?;
        if tried == Tried::Fails {
            return None;
        }
        self.trial.blame(self.broken.requirement);
        let Departure { verdict, expected, seen } = self.broken.departure.clone();
        let late = seen.contains("until the deadline");
        let seen = format!("{seen}; it did not fail when it was put again: {session}");
        Some(if late {
            Departure::inconclusive(format!("{expected} was expected, and what came: {seen}"))
        } else {
            Departure { verdict, expected, seen }
        })
    }

    /// Plays a session with fresh destinations; `None` when the time is up.
    #[expect(clippy::type_complexity, reason = "what came, and of what, is used at once")]
    fn attempt(
        &mut self,
        session: &Session,
        until: Instant,
    ) -> Option<(Tried, Trial<'s>, Option<(Broken, Vec<String>)>)> {
        if Instant::now() >= until {
            return None;
        }
        let mut child = self.trial.again(self.runs);
        self.runs += 1;
        let Played { outcome, history, .. } = play(&mut child, session);
        Some(match outcome {
            Err(broken) if self.is_same(&broken) => (Tried::Fails, child, Some((broken, history))),
            Ok(()) if history.starts_with(&self.history) => (Tried::Accepted, child, None),
            _ => (Tried::Other, child, None),
        })
    }

    fn is_same(&self, broken: &Broken) -> bool {
        broken.departure.verdict == Verdict::Fail && broken.requirement == self.broken.requirement
    }
}
