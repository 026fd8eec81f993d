//! The spans of chapter 8, short beside those of the spec and long beside the delays of a busy
//! machine.

use std::time::Duration;

use conexion::conformance::{Timer, Timers as Spans};

use crate::entry::Wrong;
use crate::faults::{Fault, Timers};

const fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What the profile declares.
pub(super) const USUAL: Spans = Spans {
    preface: Some(milliseconds(2500)),
    frame: Some(milliseconds(1000)),
    idle: Some(milliseconds(1200)),
    discard: Some(milliseconds(2000)),
    write: Some(milliseconds(1000)),
    close: Some(milliseconds(800)),
    prefix: Some(milliseconds(1500)),
    quiet: Some(milliseconds(250)),
};

/// Where a peer that takes nothing must be borne while other timers expire.
pub(super) const PATIENT: Spans = Spans { write: Some(milliseconds(5000)), ..USUAL };

/// As good as never.
const NEVER: u32 = 1000;
/// A number that is wrong by a factor.
const LATE: u32 = 6;

/// The declared spans of a server.
pub(super) fn declared(wrong: Wrong) -> Spans {
    match wrong.0 {
        Some(
            Fault::Timers(Timers::WriteTooShort | Timers::FrameWhileBusy | Timers::IdleWhileBusy)
            | Fault::Limits(_),
        ) => PATIENT,
        // Otherwise the discard timer ends what the idle timer should.
        Some(Fault::Timers(Timers::IdleNotInDiscard)) => {
            Spans { discard: Some(milliseconds(60_000)), ..USUAL }
        }
        _ => USUAL,
    }
}

/// The timers of a server.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) declared: Spans,
    pub(super) wrong: Wrong,
}

impl Clock {
    /// How long a timer really takes.
    pub(super) fn span(self, timer: Timer) -> Duration {
        let right = self.declared.span(timer);
        let Some(Fault::Timers(fault)) = self.wrong.0 else { return right };
        match (timer, fault) {
            (Timer::Preface, Timers::PrefaceNever)
            | (Timer::Frame, Timers::FrameNever)
            | (Timer::Idle, Timers::IdleNever)
            | (Timer::Write, Timers::WriteNever)
            | (Timer::Close, Timers::CloseNever)
            | (Timer::Prefix, Timers::PrefixNever) => right * NEVER,
            (Timer::Preface, Timers::PrefaceTooLong)
            | (Timer::Frame, Timers::FrameTooLong)
            | (Timer::Idle, Timers::IdleTooLong) => right * LATE,
            (Timer::Preface, Timers::PrefaceTooShort)
            | (Timer::Frame, Timers::FrameTooShort)
            | (Timer::Idle, Timers::IdleTooShort)
            | (Timer::Discard, Timers::DiscardTooShort)
            | (Timer::Close, Timers::CloseTooShort)
            | (Timer::Prefix, Timers::PrefixTooShort)
            | (Timer::Quiet, Timers::QuietTooShort) => right / 4,
            (Timer::Write, Timers::WriteTooShort) => right / 10,
            _ => right,
        }
    }
}
