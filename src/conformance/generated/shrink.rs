//! Makes a session that fails as small as it still fails, and names what of it matters.
//!
//! Connections and steps are left out one by one, and every parameter takes the simplest
//! value with which the same requirement is still broken. Then each parameter that is left
//! is tried with all of its other values: where one of them is accepted, although the same
//! answers are due, the parameter is a condition of the failure.

use super::conditions::phrase;
use super::session::Session;

/// What came of a smaller session, or of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// It fails in the same way.
    Fails,
    /// It is accepted, with the same answers up to where the other failed.
    Accepted,
    /// It is about something else.
    Other,
}

/// Tries a session; `None` when the time is up.
pub(super) type Try<'a> = dyn FnMut(&Session) -> Option<Tried> + 'a;

/// The smallest session that fails, and whether the time was enough to know that.
pub(super) fn smallest(session: &Session, attempt: &mut Try<'_>) -> (Session, bool) {
    let mut smallest = session.clone();
    'smaller: loop {
        for candidate in candidates(&smallest) {
            match attempt(&candidate) {
                None => return (smallest, false),
                Some(Tried::Fails) => {
                    smallest = candidate;
                    continue 'smaller;
                }
                Some(Tried::Accepted | Tried::Other) => {}
            }
        }
        return (smallest, true);
    }
}

/// What is smaller by one thing, the boldest first.
fn candidates(session: &Session) -> Vec<Session> {
    let mut candidates = Vec::new();
    if session.strands.len() > 1 {
        for keep in 0..session.strands.len() {
            candidates.push(Session { strands: vec![session.strands[keep].clone()] });
        }
        for leave in 0..session.strands.len() {
            let mut shorter = session.clone();
            shorter.strands.remove(leave);
            candidates.push(shorter);
        }
    }
    for strand in 0..session.strands.len() {
        for step in 0..session.strands[strand].steps.len() {
            let mut shorter = session.clone();
            shorter.strands[strand].steps.remove(step);
            candidates.push(shorter);
        }
    }
    for place in 0..session.clone().axes().len() {
        let simpler = 0..index(session, place);
        candidates.extend(simpler.map(|value| with(session, place, value)));
    }
    candidates
}

/// The conditions of a failure, each in words; `None` when the time is up.
pub(super) fn conditions(session: &Session, attempt: &mut Try<'_>) -> Option<Vec<String>> {
    let mut conditions = Vec::new();
    for place in 0..session.clone().axes().len() {
        let (title, words) = {
            let mut session = session.clone();
            let axis = &session.axes()[place];
            (axis.title(), axis.words())
        };
        let mut table = Vec::new();
        for value in 0..words.len() {
            table.push(if value == index(session, place) {
                Tried::Fails
            } else {
                attempt(&with(session, place, value))?
            });
        }
        conditions.extend(phrase(title, words, &table));
    }
    Some(conditions)
}

fn index(session: &Session, place: usize) -> usize {
    session.clone().axes()[place].index()
}

fn with(session: &Session, place: usize, value: usize) -> Session {
    let mut session = session.clone();
    session.axes()[place].set(value);
    session
}

#[cfg(test)]
mod tests {
    use super::super::axis::{Kind, Size};
    use super::super::dice::Dice;
    use super::super::session::{Sending, Step};
    use super::*;

    fn uploads(session: &Session) -> impl Iterator<Item = Sending> {
        let steps = session.strands.iter().flat_map(|strand| &strand.steps);
        steps.filter_map(|step| match step {
            Step::Upload(sending) => Some(*sending),
            _ => None,
        })
    }

    /// A fault that needs two parameters of one upload.
    #[expect(clippy::unnecessary_wraps, reason = "it is tried, and never too late")]
    fn two_fold(session: &Session) -> Option<Tried> {
        let fault = |sending: Sending| {
            let size = matches!(sending.size, Size::Empty | Size::Chunk | Size::TwoChunks);
            size && sending.kind == Kind::Sha256
        };
        let fails = uploads(session).any(fault);
        Some(if fails { Tried::Fails } else { Tried::Accepted })
    }

    #[test]
    fn a_failure_of_two_parameters_shrinks_to_them_and_they_are_named() {
        let mut dice = Dice::new(1);
        let random = std::iter::repeat_with(|| Session::random(&mut dice));
        let failing = random.filter(|session| two_fold(session) == Some(Tried::Fails));
        for session in failing.take(20) {
            let (found, complete) = smallest(&session, &mut two_fold);
            assert!(complete);
            let wanted = Step::Upload(Sending { kind: Kind::Sha256, ..Sending::default() });
            assert_eq!(found.strands.len(), 1);
            assert_eq!(found.strands[0].steps, [wanted]);
            let named = conditions(&found, &mut two_fold).expect("time");
            assert_eq!(named, ["size is a multiple of `chunk`", "digest sha256"]);
        }
    }

    #[test]
    fn when_the_time_is_up_the_smallest_so_far_is_told() {
        let session = Session::around_an_upload();
        let mut left = 1;
        let (found, complete) = smallest(&session, &mut |_| {
            left -= 1;
            (left >= 0).then_some(Tried::Fails)
        });
        assert!(!complete);
        assert_eq!(found.strands[0].steps.len(), 1);
        assert_eq!(conditions(&found, &mut |_| None), None);
    }

    #[test]
    fn what_is_about_something_else_is_no_condition() {
        let named = conditions(&Session::around_an_upload(), &mut |_| Some(Tried::Other));
        assert_eq!(named, Some(Vec::new()));
    }
}
