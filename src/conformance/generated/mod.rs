//! Generated cases: sessions that a seed makes up, played against a model of the server.
//!
//! `generated.pairs.N` are few sessions in which every value of each of their parameters
//! meets every value of every other, and always the same. `generated.SEED.N` is the
//! session that the seed makes up in the place N: the same seed means the same octets, but
//! for the name of the run in destinations, and for what the server itself decides: its
//! limits, and from where it goes on.
//!
//! A session that fails is put again, smaller and smaller, with fresh destinations, until
//! nothing can be left out; the report is that of the smallest, and names the parameters
//! on which the failure depends. The requirement that it cites is the one by which the
//! model refuses what came.

mod axis;
mod conditions;
mod dice;
mod pairs;
mod play;
mod reduce;
mod session;
mod shrink;
mod upload;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use self::dice::Dice;
use self::play::play;
use self::reduce::Reduction;
use self::session::Session;
use super::{Case, Chapter, Departure, Outcome, Trial, Verdict};

/// What the ids of generated cases begin with.
pub(super) const TOPIC: &str = "generated";

/// How often a session is put that could not be judged.
const ATTEMPTS: usize = 4;

/// The chapter that they stand in. It has no end, and so no list.
pub(super) const CHAPTER: Chapter = Chapter { title: "Generated sessions", cases: &[] };

/// The cases in which all parameters of an upload, and of the session around it, meet in
/// pairs.
#[must_use]
pub fn pairwise() -> Vec<&'static Case> {
    (0..pairs::sessions().len()).map(|number| case(format!("{TOPIC}.pairs.{number}"))).collect()
}

/// How many pairs of values meet in [`pairwise`]: all that there are.
#[must_use]
pub fn pairs_covered() -> usize {
    pairs::pairs()
}

/// The first sessions that a seed makes up.
#[must_use]
pub fn generated(seed: u64, count: usize) -> Vec<&'static Case> {
    (0..count).map(|number| case(format!("{TOPIC}.{seed}.{number}"))).collect()
}

/// The generated cases that a selector names: `generated`, `generated.pairs`, or one of them.
pub(super) fn named(selector: &str) -> Vec<&'static Case> {
    match selector.strip_prefix(TOPIC) {
        Some("" | "." | ".pairs" | ".pairs.") => pairwise(),
        Some(rest) if session(selector).is_some() && rest.starts_with('.') => {
            vec![case(selector.to_owned())]
        }
        _ => Vec::new(),
    }
}

/// The case of this id, which is made once.
fn case(id: String) -> &'static Case {
    static MADE: LazyLock<Mutex<HashMap<String, &'static Case>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(id).or_insert_with_key(|id| {
        let id = id.clone().leak();
        let title = "A session of many frames has answers that the spec accepts";
        Box::leak(Box::new(Case::must(id, &["state.table"], title, ask)))
    })
}

/// The session of an id.
fn session(id: &str) -> Option<Session> {
    let (seed, number) = id.strip_prefix(TOPIC)?.strip_prefix('.')?.split_once('.')?;
    let place: usize = number.parse().ok()?;
    // Only as it would be written: a case has one name.
    if place.to_string() != number {
        return None;
    }
    if seed == "pairs" {
        return pairs::sessions().get(place).cloned();
    }
    let value: u64 = seed.parse().ok()?;
    if value.to_string() != seed {
        return None;
    }
    let mut places = Dice::new(value);
    // Places are far apart in the sequence of a seed.
    let seed = places.next() ^ (place as u64).wrapping_mul(0x9FB2_1C65_1E98_DF25);
    Some(Session::random(&mut Dice::new(seed)))
}

fn ask(trial: &mut Trial<'_>) -> Outcome {
    let Some(session) = session(trial.case()) else {
        return Err(Departure::harness("no session has this id"));
    };
    let mut attempts = 0;
    let played = loop {
        let mut child = trial.again(attempts);
        let played = play(&mut child, &session);
        trial.adopt(child);
        attempts += 1;
        // On a busy machine the server may have met a timer.
        let unjudged = |broken: &play::Broken| broken.departure.verdict == Verdict::Inconclusive;
        if attempts == ATTEMPTS || !played.outcome.as_ref().is_err_and(unjudged) {
            break played;
        }
    };
    trial.set_proof(played.proof);
    match played.outcome {
        Ok(()) => Ok(()),
        Err(broken) if broken.departure.verdict == Verdict::Fail => {
            Err(Reduction::of(trial, broken, played.history, attempts).report(&session))
        }
        Err(broken) => Err(broken.departure),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_names_one_session_and_a_session_one_id() {
        assert_eq!(session("generated.7.3"), session("generated.7.3"));
        assert_ne!(session("generated.7.3"), session("generated.7.4"));
        assert_ne!(session("generated.7.3"), session("generated.8.3"));
        assert_eq!(session("generated.pairs.0").as_ref(), pairs::sessions().first());
        let wrong =
            ["generated.7", "generated.07.3", "generated.7.+3", "generated.pairs.9999", "x.7.3"];
        for id in wrong {
            assert_eq!(session(id), None, "{id}");
            assert!(named(id).is_empty(), "{id}");
        }
    }

    #[test]
    fn sessions_of_a_seed_are_unlike_one_another() {
        let told: HashSet<_> = (0..200)
            .map(|place| session(&format!("generated.1.{place}")).expect("a session").to_string())
            .collect();
        assert!(told.len() > 190, "{}", told.len());
    }

    #[test]
    fn a_case_is_made_once() {
        assert!(std::ptr::eq(generated(5, 1)[0], generated(5, 1)[0]));
        assert_eq!(named("generated.5.0").len(), 1);
        assert_eq!(named("generated").len(), pairwise().len());
    }
}
