//! The loop of a framed connection: octets, time and signals. What they lead to is in
//! [`requests`](super::requests).

use std::time::Instant;

use super::buffers::Input;
use super::connection::{Connection, Ending};
use super::listener::Shared;
use super::requests::Requests;
use super::stream::{Arrival, Signals, Stream};
use super::timers::{Expired, Running};
use crate::session::state::State;
use crate::wire::Code;

/// Input buffer while an upload is open.
const UPLOAD_INPUT: usize = 256 * 1024;

pub(super) fn run(connection: &mut Connection<'_>) -> Ending {
    let shared = connection.shared;
    Framed {
        shared,
        accepted: connection.accepted,
        requests: Requests::new(shared, connection.peer, connection.admission),
        stream: &mut connection.stream,
        timers: Running::new(shared.config.timers),
        turn: Instant::now(),
        shutdown_since: None,
    }
    .run()
}

struct Framed<'c> {
    shared: &'c Shared,
    stream: &'c mut Stream,
    requests: Requests<'c>,
    accepted: Instant,
    timers: Running,
    /// When the connection was last about to read.
    turn: Instant,
    shutdown_since: Option<Instant>,
}

impl Framed<'_> {
    fn run(&mut self) -> Ending {
        loop {
            let turn = self.obey_shutdown().and_then(|()| self.steps());
            if let Err(ending) = turn.and_then(|missing| self.turn(missing)) {
                return ending;
            }
        }
    }

    /// Ends the connection when the server shuts down and no upload is open, or when the
    /// open one has had its grace (`error.shutdown`).
    fn obey_shutdown(&mut self) -> Result<(), Ending> {
        if !self.shared.shutdown.has_begun() {
            return Ok(());
        }
        let since = *self.shutdown_since.get_or_insert_with(Instant::now);
        if self.requests.state() == State::Open && since.elapsed() < self.shared.config.grace {
            return Ok(());
        }
        Err(self.end(Code::SHUTTING_DOWN, "the server is shutting down; try again later"))
    }

    /// Handles what has come, until more is needed: how many octets are missing. `None` if
    /// the output has come above its bound first, so that whole frames may be left.
    fn steps(&mut self) -> Result<Option<usize>, Ending> {
        while !self.stream.output.is_above_bound() {
            let input = self.stream.input.unconsumed();
            let step = self.requests.step(input, &mut self.stream.output)?;
            self.stream.input.consume(step.consumed);
            if step.consumed > 0 && self.requests.is_between_frames() {
                self.timers.whole_frame(self.stream.input.unconsumed().len());
            }
            match self.requests.state() {
                State::Discard if step.discards => self.timers.discarding(true),
                State::Discard => {}
                State::Idle | State::Open | State::Closed => self.timers.discarding(false),
            }
            if step.missing.is_some() {
                return Ok(step.missing);
            }
            self.obey_shutdown()?;
        }
        Ok(None)
    }

    /// Sends what can be sent, reads what is there, or else waits. Nothing is read, and
    /// its end is not looked for, while whole frames may be left.
    fn turn(&mut self, missing: Option<usize>) -> Result<(), Ending> {
        self.stream.write()?;
        let now = Instant::now();
        let span = now - std::mem::replace(&mut self.turn, now);
        // `flow.bounded-output`
        if self.stream.output.is_above_bound() {
            return self.wait(false);
        }
        let Some(missing) = missing else { return Ok(()) };
        // `timer.not-while-busy`
        if !self.requests.has_worked() {
            self.timers.waited(span);
        }
        let capacity = match self.requests.state() {
            State::Open => UPLOAD_INPUT,
            State::Idle | State::Discard | State::Closed => Input::IDLE,
        };
        let most = self.stream.input.unconsumed().len().saturating_add(missing);
        let arrival = self.stream.read(capacity, most);
        match arrival {
            Arrival::Octets(count) => self.timers.octets(count),
            Arrival::Nothing => {}
            Arrival::EndOfStream => {
                return Err(self.requests.end_of_stream(self.stream.input.unconsumed()));
            }
        }
        self.obey_timers()?;
        if arrival != Arrival::Nothing {
            return Ok(());
        }
        // What a large text or an upload needed is not kept while nothing comes.
        if self.requests.state() != State::Open {
            self.stream.input.shrink(Input::IDLE);
        }
        self.wait(true)
    }

    fn obey_timers(&mut self) -> Result<(), Ending> {
        if !self.requests.has_preface() {
            let expired = self.accepted.elapsed() >= self.shared.config.timers.preface;
            return if expired {
                Err(self.expired("the line has not ended in time"))
            } else {
                Ok(())
            };
        }
        match self.timers.expired() {
            None => Ok(()),
            // `timer.frame`
            Some(Expired::Frame) => Err(self.expired("a frame has stalled")),
            // `timer.idle`
            Some(Expired::Idle) => Err(self.expired("no frame has come for too long")),
            // `timer.discard`
            Some(Expired::Discard) => Err(self.expired("a refused upload goes on for too long")),
        }
    }

    fn wait(&mut self, read: bool) -> Result<(), Ending> {
        let timers = &self.shared.config.timers;
        let mut span = match (read, self.requests.has_preface()) {
            (true, true) => Some(self.timers.next().0),
            (true, false) => Some(timers.preface.saturating_sub(self.accepted.elapsed())),
            (false, _) => None,
        };
        if let Some(since) = self.shutdown_since {
            let grace = self.shared.config.grace.saturating_sub(since.elapsed());
            span = Some(span.map_or(grace, |span| span.min(grace)));
        }
        let shutdown = match self.shutdown_since {
            None => Some(self.shared.shutdown.signal()),
            Some(_) => None,
        };
        let signals = Signals { shutdown, takeover: self.requests.takeover_signal() };
        let woken = self.stream.wait(read, span, signals)?;
        if woken.takeover {
            self.requests.superseded(&mut self.stream.output)?;
            self.timers.discarding(true);
        }
        Ok(())
    }

    /// ERROR 105. Every request that was carried out has its answer: none is due between
    /// two steps (`error.not-carried-out`).
    fn expired(&mut self, message: &str) -> Ending {
        self.end(Code::TIMEOUT, message)
    }

    fn end(&mut self, code: Code, message: &str) -> Ending {
        self.requests.close(code, message, &mut self.stream.output)
    }
}
