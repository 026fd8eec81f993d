//! Plays inputs to a [`Recogniser`] as a server would, for tests.

use super::{Cause, Event, Mode, Recogniser};

/// What a server's connection brings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input<'a> {
    /// A delivery.
    D(&'a [u8]),
    Quiet,
    EndOfStream,
}

/// The events, each as a line that a test can compare.
pub(super) fn play(mode: Mode, script: &[Input<'_>]) -> Vec<String> {
    let mut recogniser = Recogniser::new(mode);
    let mut held = Vec::new();
    let mut seen = Vec::new();
    for input in script {
        let cause = match input {
            Input::D(octets) => {
                held.extend_from_slice(octets);
                Cause::Delivery
            }
            Input::Quiet => Cause::Quiet,
            Input::EndOfStream => Cause::EndOfStream,
        };
        loop {
            let step = recogniser.advance(&held, cause);
            if step.event == Event::NeedMore {
                break;
            }
            let over = step.event.is_final();
            seen.push(line(&step.event));
            held.drain(..step.consumed);
            if over {
                break;
            }
        }
    }
    seen
}

fn line(event: &Event<'_>) -> String {
    match event {
        Event::NeedMore => unreachable!("it is no line"),
        Event::Echo(octets) => format!("echo {}", octets.escape_ascii()),
        Event::Begin { source, destination } => format!("begin {} {destination}", source.as_str()),
        Event::Data(octets) => format!("data {}", octets.escape_ascii()),
        Event::End => "end".to_owned(),
        Event::Refuse(refusal) => format!("refuse {refusal}"),
        Event::Unfinished => "unfinished".to_owned(),
        Event::Ended => "ended".to_owned(),
    }
}
