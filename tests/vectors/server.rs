//! Transcripts of a server.

use std::collections::BTreeSet;

use conexion::session::Error;
use conexion::session::server::{Event, Server};
use conexion::session::state::{State, Trigger};
use conexion::wire::{
    Code, Digest, DigestKind, Frame, FrameType, Limits, Output, Parse, ResumePoint, Role, Version,
    parse_preface,
};

use crate::cut::Cut;
use crate::files::{load, transcripts};
use crate::schema::server::{End, Handled, Input, Then, Transcript, frames};
use crate::schema::{Completed, Item, Octets, Point};

/// A session with the layers around it.
pub(crate) struct Run {
    pub(crate) session: Server,
    unconsumed: Vec<u8>,
    scratch: Vec<u8>,
    /// What was sent since the last look.
    pub(crate) sent: Vec<u8>,
    handled: Vec<Handled>,
    data: Vec<u8>,
    ended: bool,
}

impl Run {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            session: Server::new(limits, None),
            unconsumed: Vec::new(),
            scratch: vec![0; 1_048_576 + 8192],
            sent: Vec::new(),
            handled: Vec::new(),
            data: Vec::new(),
            ended: false,
        }
    }

    /// Hands a segment in, and answers as `script` says.
    pub(crate) fn receive(&mut self, segment: &[u8], script: &[Handled]) {
        self.unconsumed.extend_from_slice(segment);
        while !self.ended && self.step(script) {}
        if self.ended {
            self.unconsumed.clear();
        }
    }

    /// One step; whether there may be another.
    fn step(&mut self, script: &[Handled]) -> bool {
        let Self { session, unconsumed, scratch, sent, handled, data, ended } = self;
        let mut out = Output::new(scratch);
        let step = match session.receive(unconsumed, &mut out) {
            Ok(step) => step,
            Err(error @ Error::Peer(_)) => {
                sent.extend_from_slice(out.written());
                *ended = true;
                let again = session.receive(b"", &mut Output::new(&mut [0; 1024]));
                assert_eq!(again, Err(error), "a fault is sticky");
                return false;
            }
            Err(error @ Error::Misuse(_)) => panic!("{error}"),
        };
        let given = match step.event {
            Event::NeedMore(_) | Event::Preface(_) | Event::Refused(_) | Event::Passed => None,
            Event::NeedRoom => panic!("there is room"),
            Event::Data(octets) => {
                data.extend_from_slice(octets);
                None
            }
            Event::Text(text) => Some(Item::Text(Octets::of(text.as_bytes()))),
            Event::File(request) => Some(Item::of(&Frame::File(request))),
            Event::End(completion) => Some(Item::of(&Frame::End(completion))),
            Event::Aborted => Some(Item::Abort),
            Event::Failed(code) => Some(Item::Failed(code.number())),
            Event::Bye => {
                *ended = true;
                None
            }
        };
        let more = !matches!(step.event, Event::NeedMore(_));
        if let Some(given) = given {
            join(handled, data);
            let answer = script.get(handled.len()).and_then(|scripted| scripted.answer.clone());
            if let Some(answer) = &answer {
                give(session, answer, &mut out);
            }
            handled.push(Handled { given, answer });
        }
        sent.extend_from_slice(out.written());
        let consumed = step.consumed;
        unconsumed.drain(..consumed);
        more
    }

    /// What was handled since the last look.
    pub(crate) fn take_handled(&mut self) -> Vec<Handled> {
        join(&mut self.handled, &mut self.data);
        std::mem::take(&mut self.handled)
    }
}

fn join(handled: &mut Vec<Handled>, data: &mut Vec<u8>) {
    if !data.is_empty() {
        handled.push(Handled { given: Item::Data(Octets::of(data)), answer: None });
        data.clear();
    }
}

fn give(session: &mut Server, answer: &Item, out: &mut Output<'_>) {
    let given = match answer {
        Item::Reply(text) => {
            let text = str::from_utf8(text.bytes()).expect("a reply is UTF-8");
            session.reply(text, out).map(|_| ())
        }
        Item::Continue(point) => session.accept(resume_point(point), out),
        Item::Stored(completed) => session.stored(digest(completed), out),
        Item::Error(error) => session.refuse(code(error.code()), "a message", out),
        other => panic!("{other:?} is no answer"),
    };
    given.unwrap_or_else(|misuse| panic!("{answer:?}: {misuse}"));
}

pub(crate) fn resume_point(point: &Point) -> ResumePoint {
    let crc32 = point.crc32.bytes().try_into().expect("four octets");
    ResumePoint { offset: point.offset.value(), crc32: u32::from_be_bytes(crc32) }
}

pub(crate) fn digest(completed: &Completed) -> Digest {
    let octets = completed.digest.bytes();
    let kind = if octets.len() == 4 { DigestKind::Crc32 } else { DigestKind::Sha256 };
    Digest::new(kind, octets).expect("the length of a digest")
}

fn code(number: u16) -> Code {
    Code::new(number).expect("a code")
}

/// What a server has sent, as items. A line must state these limits.
pub(crate) fn items(mut octets: &[u8], with_line: bool, limits: Limits) -> Vec<Item> {
    let mut items = Vec::new();
    if with_line {
        match parse_preface(Role::Server, octets) {
            Ok(Parse::Complete(line, taken)) => {
                assert_eq!((line.version, line.limits()), (Version::ONE, limits));
                octets = &octets[taken..];
                items.push(Item::Line);
            }
            other => panic!("no server-line: {other:?}"),
        }
    }
    items.extend(frames(octets));
    items
}

/// The state and the column that a step's cell names, and whether the step is one of it.
fn check_cell(cell: &str, input: &Input, state: State) {
    let column = match input {
        Input::In(octets) => {
            let kind = octets.bytes().first().copied().and_then(FrameType::from_octet);
            kind.and_then(Trigger::of_frame).expect("a frame of the client")
        }
        Input::End(_) => Trigger::EndOfStream,
        Input::Fail(_) | Input::Close(_) => panic!("{cell} is no cell of the table"),
    };
    let column = column.to_string().to_lowercase().replace(' ', "-");
    assert_eq!(cell, format!("state.{state}.{column}"));
}

/// Runs a transcript, and gives back all that was sent.
pub(crate) fn run(transcript: &Transcript, cut: Cut) -> Vec<u8> {
    let (id, limits) = (&transcript.id, transcript.limits.limits());
    let mut run = Run::new(limits);
    let mut sent = Vec::new();
    for (number, step) in transcript.steps.iter().enumerate() {
        let state = run.session.state();
        if let Some(cell) = &step.cell {
            check_cell(cell, &step.input, state);
        }
        match &step.input {
            Input::In(octets) => {
                for segment in cut.segments(octets.bytes()) {
                    run.receive(segment, &step.handled);
                }
            }
            Input::End(end) => {
                let was_cut = run.session.end_of_stream(&run.unconsumed);
                assert_eq!(was_cut, *end == End::Cut, "{id}, step {number}");
                run.ended = true;
            }
            Input::Fail(number) => {
                let mut out = Output::new(&mut run.scratch);
                run.session.refuse(code(*number), "a message", &mut out).expect(id);
                run.sent.extend_from_slice(out.written());
            }
            Input::Close(number) => {
                let mut out = Output::new(&mut run.scratch);
                run.session.close(code(*number), "a message", &mut out).expect(id);
                run.sent.extend_from_slice(out.written());
                run.ended = true;
            }
        }
        assert_eq!(run.take_handled(), step.handled, "{id}, step {number}, {cut:?}");
        let with_line = step.out.contains(&Item::Line);
        let out = items(&run.sent, with_line, limits);
        assert_eq!(out, step.out, "{id}, step {number}, {cut:?}");
        sent.append(&mut run.sent);
    }
    let state = match transcript.then {
        Then::Idle => State::Idle,
        Then::Open => State::Open,
        Then::Discard => State::Discard,
        Then::Closed => State::Closed,
    };
    assert_eq!(run.session.state(), state, "{id}, {cut:?}");
    sent
}

fn all() -> impl Iterator<Item = Transcript> {
    transcripts("server").flat_map(|file| load::<Transcript>(file).vectors)
}

#[test]
fn transcripts_hold_however_they_are_cut() {
    for transcript in all() {
        let longest = transcript.steps.iter().map(|step| match &step.input {
            Input::In(octets) => octets.bytes().len(),
            Input::End(_) | Input::Fail(_) | Input::Close(_) => 0,
        });
        let whole = run(&transcript, Cut::Whole);
        for cut in Cut::all(longest.max().unwrap_or(0)) {
            assert!(run(&transcript, cut) == whole, "{}, {cut:?}: other octets", transcript.id);
        }
    }
}

/// The cells that steps of transcripts name.
pub(crate) fn cells() -> BTreeSet<String> {
    all().flat_map(|transcript| transcript.steps).filter_map(|step| step.cell).collect()
}
