//! Chapter 7, limits: more connections than the server takes.
//!
//! These cases make as many connections as are declared, so they need the server for
//! themselves.

use std::time::Instant;

use crate::conformance::octets;
use crate::conformance::trial::SHORTEST_LINE;
use crate::conformance::{Answer, Case, Departure, Outcome, Peer, Trial};

/// Most connections that a case makes.
const MOST: usize = 256;

/// Why a case is put in the whole segmentation only.
const MANY: &str = "it needs all connections before one of them is idle for too long";

pub(super) const CASES: &[Case] = &[
    Case::should(
        "error.limit-reached",
        &["error.limit-reached", "preface.line-before-error"],
        "Above its limit of connections the server answers its line and ERROR 106, or closes",
        |trial| {
            let mut served = fill(trial)?;
            if let Entry::Served(_) = one_above(trial)? {
                let expected = format!("no more than {} connections, as declared", served.len());
                return Err(Departure::fail(expected, "one more that was served"));
            }
            // Those that are within the limit are none the worse.
            served.iter_mut().try_for_each(|peer| peer.send(octets::bye()))?;
            served.iter_mut().try_for_each(Peer::expect_bye)
        },
    )
    .whole_only(MANY)
    .alone(),
    Case::must(
        "error.limit-silence",
        &["detection.silence", "error.limit-reached"],
        "Above its limit, too, the server sends nothing before the client's line",
        |trial| {
            let mut served = fill(trial)?;
            let mut above = trial.connect()?;
            if above.comes_within(trial.silence()) {
                above.expect_closed_unanswered()?;
            }
            served.iter_mut().try_for_each(Peer::finish)
        },
    )
    .whole_only(MANY)
    .alone(),
    Case::should(
        "error.limit-again",
        &["error.limit-reached"],
        "When a connection ends below the limit another is served",
        |trial| {
            let mut served = fill(trial)?;
            Entry::ask(trial)?;
            if let Some(mut one) = served.pop() {
                one.finish()?;
            }
            enter(trial, "the place of a connection that has ended").map(drop)
        },
    )
    .whole_only(MANY)
    .alone(),
];

/// What a new connection comes to.
enum Entry {
    Served(Peer),
    /// ERROR 106, or closed without an octet.
    TooMany,
}

impl Entry {
    /// Sends a line and a text, and sees what comes of it.
    fn ask(trial: &mut Trial<'_>) -> Outcome<Self> {
        Self::of(knock(trial)?)
    }

    fn of(mut peer: Peer) -> Outcome<Self> {
        if let Err(departure) = peer.expect_line() {
            let silent = peer.unread().is_empty();
            return match (silent, peer.has_ended()) {
                (true, true) => Ok(Self::TooMany),
                (true, false) => Err(Departure::weak("a line and ERROR 106", departure.seen)),
                (false, _) => Err(departure),
            };
        }
        let expected = "an answer to the text, or ERROR 106";
        match peer.next(expected)? {
            Answer::Reply(_) => Ok(Self::Served(peer)),
            Answer::Error(code, _) if code.number() >= 200 => Ok(Self::Served(peer)),
            Answer::Error(code, _) if code.number() == 106 => {
                peer.expect_closed()?;
                Ok(Self::TooMany)
            }
            other => Err(crate::conformance::answer::unexpected(expected, &other)),
        }
    }
}

/// A connection on which a line and a text were sent.
fn knock(trial: &mut Trial<'_>) -> Outcome<Peer> {
    let mut peer = trial.connect()?;
    peer.send([SHORTEST_LINE, &octets::text("probe")].concat())?;
    Ok(peer)
}

/// As many connections as are declared, each of them served. All knock before the first is
/// answered, so that none is idle for long.
fn fill(trial: &mut Trial<'_>) -> Outcome<Vec<Peer>> {
    let Some(most) = trial.declared_connections() else {
        let reason = "its limit of connections is not known: give the server a small one and \
                      declare it";
        return Err(Departure::not_applicable(reason));
    };
    if most > MOST {
        let reason = format!("its limit is {most} connections, and a case makes {MOST} at most");
        return Err(Departure::not_applicable(reason));
    }
    let knocked = (0..most).map(|_| knock(trial)).collect::<Outcome<Vec<_>>>()?;
    let served = knocked.into_iter().zip(1..).map(|(peer, number)| match Entry::of(peer)? {
        Entry::Served(peer) => Ok(peer),
        Entry::TooMany => enter(trial, &format!("connection {number} of {most}")),
    });
    served.collect()
}

/// What one more comes to. A refusal is believed that stands for the time that proves silence:
/// the first may be for a connection before these, which the server has not yet forgotten.
fn one_above(trial: &mut Trial<'_>) -> Outcome<Entry> {
    let asked_until = Instant::now() + trial.silence();
    loop {
        match Entry::ask(trial)? {
            Entry::TooMany if Instant::now() < asked_until => Trial::pause(),
            came_to => return Ok(came_to),
        }
    }
}

/// A connection that is served, if need be after others have ended: a server need not have
/// forgotten them in the moment in which they end.
fn enter(trial: &mut Trial<'_>, which: &str) -> Outcome<Peer> {
    loop {
        match Entry::ask(trial)? {
            Entry::Served(peer) => return Ok(peer),
            Entry::TooMany if trial.is_late() => {
                let seen = "ERROR 106, or the end, until the deadline";
                return Err(Departure::fail(format!("{which} to be served"), seen));
            }
            Entry::TooMany => Trial::pause(),
        }
    }
}
