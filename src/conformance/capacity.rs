//! How many connections a target serves at a time, so that cases that run side by side do not
//! meet its limit (`error.limit-reached`).

use std::time::{Duration, Instant};

use super::{Outcome, Peer, Settings, Target, Trial};

/// The most that one case has at a time.
const MOST_OF_A_CASE: usize = 8;

/// What a case has on average, with some that the server has not yet seen closed.
const USUAL_OF_A_CASE: usize = 3;

/// Most time for finding the limit; a target that answers so slowly is not asked more often.
const BUDGET: Duration = Duration::from_secs(1);

/// How many cases may run side by side.
pub(super) fn jobs(target: &Target, settings: &Settings) -> usize {
    let limit = match settings.profile.connections {
        Some(declared) => Some(declared),
        None => limit(target, settings),
    };
    let room = |limit: usize| limit.saturating_sub(MOST_OF_A_CASE) / USUAL_OF_A_CASE;
    settings.jobs.min(limit.map_or(usize::MAX, room)).max(1)
}

/// The limit, if it is met before there are as many connections as the jobs need.
fn limit(target: &Target, settings: &Settings) -> Option<usize> {
    let most = MOST_OF_A_CASE + USUAL_OF_A_CASE * settings.jobs;
    let settings = Settings { timeout: BUDGET, ..settings.clone() };
    let mut trial = Trial::new(&settings, target, String::new(), "connections");
    let began = Instant::now();
    let mut served: Vec<Peer> = Vec::new();
    let mut met = None;
    while met.is_none() && served.len() < most && began.elapsed() < BUDGET / 2 {
        match serve(&mut trial) {
            Ok(peer) => served.push(peer),
            Err(_) => met = Some(served.len()),
        }
    }
    for peer in &mut served {
        peer.shut_down();
    }
    for peer in &mut served {
        // What is wrong with its end is a matter of cases.
        let _ = peer.expect_closed();
    }
    // One that serves not even the first has no limit but a fault, which cases find sooner
    // side by side.
    met.filter(|&served| served > 0)
}

fn serve(trial: &mut Trial<'_>) -> Outcome<Peer> {
    let mut peer = trial.open()?;
    peer.prove_usable()?;
    Ok(peer)
}
