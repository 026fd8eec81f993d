//! The files of one run, and where each of them stands.
//!
//! # Theory
//!
//! Files go over one connection, pipelined. A job has at any time one place: not begun,
//! *in flight* (its octets are on their way and its answer is awaited; there are at most
//! [`MAX_OUTSTANDING`](crate::session::MAX_OUTSTANDING) of them), *again* (to be sent once
//! more), or done. When the connection is lost, what is in flight is to be sent again,
//! before the rest, and with RESUME: so a STORED that was lost is recovered, and a long
//! upload goes on where it stopped.
//!
//! RESUME costs a round trip, in which nothing else can be sent (`flow.resume-waits`). So
//! a small file goes without it at first, eagerly; only when the server has a file there
//! already (211) it is sent again with RESUME, which shows whether that is the same file,
//! left there by an earlier run. As long as files turn out to be there, the next ones go
//! with RESUME at once.

use std::collections::VecDeque;

use super::caller::{Notice, Notify, Plan};
use super::connection::Connection;
use super::error::Error;
use super::plain::Plain;
use super::source::{Job, Origin};
use super::upload::{Progress, Proof, Receipt, Upload};
use crate::wire::{Code, Destination, SourceName};

/// The jobs of one run.
pub(super) struct Work<I> {
    rest: I,
    in_flight: VecDeque<Begun>,
    again: VecDeque<Begun>,
    /// To be sent again after everything else.
    last: VecDeque<Begun>,
    next_tag: u64,
    gained: bool,
    /// Whether the last answer was that of a file that the server has already: the next
    /// one may be there too, and is not sent in vain.
    there: bool,
}

/// How a connection was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Every job is done.
    Finished,
    /// What is left, if anything, needs a new connection.
    NewConnection,
}

/// A job, and how it stands.
struct Begun {
    tag: u64,
    job: Job,
    /// Whether it was ever sent, or looked at.
    tried: bool,
    /// Whether it is sent with RESUME whatever its size.
    again: bool,
    /// The most that the server ever held of it.
    held: u64,
    /// What the server held of it before this run, once that is known.
    held_before: Option<u64>,
    /// Whether octets of its source are gone for good.
    spent: bool,
    chance: Chance,
    /// Its outcome if nothing better comes.
    refusal: Option<Error>,
}

/// Whether a server may have carried a job out without our knowing (`outcome.unknown`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chance {
    /// It was never sent whole.
    None,
    /// It was sent whole, its END included.
    Given,
    /// It was, over a connection that was then lost.
    Lost,
}

/// From this size on a file is sent with RESUME at once: sending it again would cost more
/// than the round trip.
const RESUME_FROM: u64 = 1024 * 1024;

impl<I: Iterator<Item = Job>> Work<I> {
    pub(super) const fn new(rest: I) -> Self {
        Self {
            rest,
            in_flight: VecDeque::new(),
            again: VecDeque::new(),
            last: VecDeque::new(),
            next_tag: 0,
            gained: false,
            there: false,
        }
    }

    /// Whether anything is left to be begun.
    pub(super) fn has_more(&mut self) -> bool {
        if self.again.is_empty() {
            let next = self.next();
            self.again.extend(next);
        }
        !self.again.is_empty()
    }

    /// Whether anything was gained since this was last asked: an answer, or octets held.
    pub(super) fn has_gained(&mut self) -> bool {
        std::mem::take(&mut self.gained)
    }

    pub(super) fn send_framed(
        &mut self,
        connection: &mut Connection,
        plan: &Plan,
        notify: Notify<'_>,
    ) -> Result<Turn, Error> {
        let result = self.pipeline(connection, plan, notify);
        // What was answered before the connection ended stays answered.
        self.collect(connection, plan, notify);
        result.map(|()| Turn::Finished)
    }

    fn pipeline(
        &mut self,
        connection: &mut Connection,
        plan: &Plan,
        notify: Notify<'_>,
    ) -> Result<(), Error> {
        loop {
            if let Some(begun) = self.next() {
                self.begin(begun, connection, plan, notify)?;
                self.collect(connection, plan, notify);
            } else {
                connection.settle()?;
                self.collect(connection, plan, notify);
                if self.last.is_empty() {
                    return Ok(());
                }
            }
        }
    }

    fn begin(
        &mut self,
        mut begun: Begun,
        connection: &mut Connection,
        plan: &Plan,
        notify: Notify<'_>,
    ) -> Result<(), Error> {
        begun.tried = true;
        let name = begun.job.name();
        let destination = begun.job.destination.clone();
        let (name, place) = match names(&name, &destination) {
            Ok(names) => names,
            Err(error) => {
                done(&destination, &Err(error), notify);
                return Ok(());
            }
        };
        let mut opened = match begun.job.open() {
            Ok(opened) => opened,
            Err(error) => {
                done(&destination, &Err(error), notify);
                return Ok(());
            }
        };
        let size = opened.size();
        let worth = begun.again || self.there || size.is_some_and(|size| size >= RESUME_FROM);
        let upload = Upload {
            name,
            destination: place,
            size,
            digest: plan.digest,
            overwrite: plan.overwrite,
            resume: plan.resume && worth,
        };
        let (mut most, mut held_before) = (begun.held, begun.held_before);
        let result = connection.push(begun.tag, &upload, opened.source(), &mut |progress| {
            if let Progress::Held(held) = progress {
                most = most.max(held);
                if upload.resume {
                    held_before = held_before.or(Some(held));
                }
            }
            notify(Notice::Progress { destination: &destination, progress });
        });
        begun.spent = opened.is_spent();
        if connection.newest(begun.tag).is_some_and(|upload| upload.sent.is_some()) {
            begun.chance = begun.chance.max(Chance::Given);
        }
        self.gained |= most > begun.held;
        (begun.held, begun.held_before) = (most, held_before);
        self.in_flight.push_back(begun);
        result
    }

    /// Hands out what has been answered.
    fn collect(&mut self, connection: &mut Connection, plan: &Plan, notify: Notify<'_>) {
        while let Some((tag, outcome)) = connection.next_answer() {
            let Some(at) = self.in_flight.iter().position(|begun| begun.tag == tag) else {
                continue;
            };
            let Some(mut begun) = self.in_flight.remove(at) else { continue };
            self.gained = true;
            match outcome {
                Err(refusal) if plan.resume && begun.may_be_there(&refusal) => {
                    self.there = true;
                    begun.again = true;
                    begun.refusal = Some(refusal);
                    self.last.push_back(begun);
                }
                outcome => {
                    self.there = outcome.as_ref().is_ok_and(|receipt| receipt.held > 0);
                    let outcome = outcome.map(|receipt| Receipt {
                        held: begun.held_before.unwrap_or_default(),
                        ..receipt
                    });
                    done(&begun.job.destination, &outcome, notify);
                }
            }
        }
    }

    /// Sends the jobs one after the other.
    pub(super) fn send_plain(
        &mut self,
        plain: &mut Plain,
        notify: Notify<'_>,
    ) -> Result<Turn, Error> {
        while let Some(mut begun) = self.next() {
            let destination = begun.job.destination.clone();
            begun.tried = true;
            let outcome = send_one(&mut begun.job, plain, notify);
            if outcome.as_ref().is_err_and(Error::ends_connection) {
                self.in_flight.push_back(begun);
                return outcome.map(|_| Turn::Finished);
            }
            done(&destination, &outcome, notify);
            match outcome {
                Err(error) if error.is_interrupt() => return Err(Error::Interrupted),
                Ok(Receipt { proof: Proof::Nothing, .. }) | Err(Error::PlainCut(_)) => {
                    return Ok(Turn::NewConnection);
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(Turn::Finished)
    }

    /// After the loss of a connection to this error: what was in flight comes first.
    pub(super) fn requeue(&mut self, error: &Error, notify: Notify<'_>) {
        while let Some(mut begun) = self.in_flight.pop_back() {
            if begun.chance == Chance::Given {
                let not_carried_out = error.means_not_carried_out();
                begun.chance = if not_carried_out { Chance::None } else { Chance::Lost };
            }
            if begun.spent {
                let outcome = match begun.chance {
                    Chance::Lost => Error::Unanswered { not_carried_out: false },
                    Chance::None | Chance::Given => Error::NotRepeatable,
                };
                done(&begun.job.destination, &Err(outcome), notify);
            } else {
                begun.again = true;
                self.again.push_front(begun);
            }
        }
    }

    /// There will be no further connection: whatever was begun gets its outcome.
    pub(super) fn abandon(&mut self, error: &Error, notify: Notify<'_>) {
        let outcome = |chance| match error {
            Error::Interrupted => Error::Interrupted,
            _ => Error::Unanswered {
                not_carried_out: chance != Chance::Lost && error.means_not_carried_out(),
            },
        };
        let queues = [&mut self.in_flight, &mut self.again, &mut self.last];
        let begun = queues.into_iter().flat_map(|queue| queue.drain(..));
        for begun in begun.filter(|begun| begun.tried) {
            let outcome = Err(begun.refusal.unwrap_or_else(|| outcome(begun.chance)));
            done(&begun.job.destination, &outcome, notify);
        }
    }

    fn next(&mut self) -> Option<Begun> {
        if let Some(begun) = self.again.pop_front() {
            return Some(begun);
        }
        let Some(job) = self.rest.next() else { return self.last.pop_front() };
        let tag = self.next_tag;
        self.next_tag += 1;
        Some(Begun {
            tag,
            job,
            tried: false,
            again: false,
            held: 0,
            held_before: None,
            spent: false,
            chance: Chance::None,
            refusal: None,
        })
    }
}

impl Begun {
    /// Whether this refusal of an upload without RESUME may mean that an earlier run has
    /// left the same file there.
    fn may_be_there(&self, refusal: &Error) -> bool {
        let exists = matches!(refusal, Error::Refused { code: Code::ALREADY_EXISTS, .. });
        exists && !self.again && !self.spent && matches!(self.job.origin, Origin::Path(_))
    }
}

fn send_one(job: &mut Job, plain: &mut Plain, notify: Notify<'_>) -> Result<Receipt, Error> {
    let (name, destination) = (job.name(), job.destination.clone());
    let (name, place) = names(&name, &destination)?;
    let mut opened = job.open()?;
    plain.send(name, place, opened.source(), &mut |progress| {
        notify(Notice::Progress { destination: &destination, progress });
    })
}

fn names<'a>(
    name: &'a str,
    destination: &'a str,
) -> Result<(SourceName<'a>, Destination<'a>), Error> {
    let destination = Destination::new(destination.as_bytes()).map_err(Error::Destination)?;
    // A job's name is cut to what a source may have.
    let name = SourceName::new(name.as_bytes()).map_err(Error::SourceName)?;
    Ok((name, destination))
}

fn done(destination: &str, outcome: &Result<Receipt, Error>, notify: Notify<'_>) {
    notify(Notice::Done { destination, outcome });
}
