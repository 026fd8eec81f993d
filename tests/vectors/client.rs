//! Transcripts of a client.

use std::collections::BTreeSet;

use conexion::session::client::{Client, Event};
use conexion::session::state::{Answer, Oldest};
use conexion::session::{Error, Misuse};
use conexion::wire::{
    Class, Code, Completion, DeclaredSize, Destination, DigestKind, ErrorFrame, FileRequest, Flags,
    Frame, FrameType, Header, Output, PayloadLimit, ReceiveLimits, SourceName,
};

use crate::cut::Cut;
use crate::files::{load, transcripts};
use crate::schema::client::{Input, Outcome, Reaction, Transcript};
use crate::schema::{Completed, ErrorItem, File, Item, Number, Octets, payload};
use crate::server::digest;

/// A session with the layers around it.
struct Run {
    session: Client,
    unconsumed: Vec<u8>,
    scratch: Vec<u8>,
    reacts: Vec<Reaction>,
    ended: bool,
    not_carried_out: bool,
}

impl Run {
    fn new(reply_limit: PayloadLimit) -> Self {
        Self {
            session: Client::new(reply_limit),
            unconsumed: Vec::new(),
            scratch: vec![0; 1_048_576 + 8192],
            reacts: Vec::new(),
            ended: false,
            not_carried_out: false,
        }
    }

    fn receive(&mut self, segment: &[u8]) {
        self.unconsumed.extend_from_slice(segment);
        while !self.ended {
            let step = match self.session.receive(&self.unconsumed) {
                Ok(step) => step,
                Err(error @ Error::Peer(_)) => {
                    assert_eq!(self.session.receive(b""), Err(error), "a fault is sticky");
                    self.reacts.push(Reaction::Fault);
                    self.ended = true;
                    break;
                }
                Err(error @ Error::Misuse(_)) => panic!("{error}"),
            };
            let reaction = match step.event {
                Event::NeedMore(_) => None,
                Event::Preface(_) => Some(Reaction::Line),
                Event::Passed => Some(Reaction::Passed),
                Event::Reply(text) => {
                    Some(Reaction::Answer(Item::Reply(Octets::of(text.as_bytes()))))
                }
                Event::Stored(completion) => {
                    Some(Reaction::Answer(Item::of(&Frame::Stored(completion))))
                }
                Event::Refused(error) => Some(Reaction::Answer(error_item(&error))),
                Event::Continue(point) => Some(Reaction::GoOn(Item::of(&Frame::Continue(point)))),
                Event::Ended(error) => {
                    self.not_carried_out = error.code.means_not_carried_out();
                    self.ended = true;
                    Some(Reaction::Ended(error_item(&error)))
                }
                Event::Bye => {
                    self.ended = true;
                    Some(Reaction::Ended(Item::Bye))
                }
            };
            let (more, consumed) = (reaction.is_some(), step.consumed);
            self.reacts.extend(reaction);
            self.unconsumed.drain(..consumed);
            if !more {
                break;
            }
        }
    }

    /// Sends, or says why that is not allowed.
    fn send(&mut self, item: &Item) -> Result<Vec<u8>, Misuse> {
        let mut out = Output::new(&mut self.scratch);
        match item {
            Item::Line => self.session.preface(None, &mut out)?,
            Item::Text(text) => {
                let text = str::from_utf8(text.bytes()).expect("a text is UTF-8");
                self.session.text(text, &mut out)?;
            }
            Item::File(file) => with_request(file, |file| self.session.file(file, &mut out))?,
            Item::Data(octets) => {
                let octets = octets.bytes();
                let header = self.session.data(u32::try_from(octets.len()).unwrap())?;
                out.put(&header).unwrap();
                out.put(octets).unwrap();
            }
            Item::End(completed) => {
                let digest = digest(completed);
                let completion = Completion { size: completed.size.value(), digest };
                self.session.end(&completion, &mut out)?;
            }
            Item::Abort => self.session.abort(&mut out)?,
            Item::Bye => self.session.bye(&mut out)?,
            other => panic!("no client sends {other:?}"),
        }
        Ok(out.written().to_vec())
    }
}

fn error_item(error: &ErrorFrame<'_>) -> Item {
    Item::Error(ErrorItem::Code(error.code.number()))
}

fn with_request<T>(file: &File, then: impl FnOnce(&FileRequest<'_>) -> T) -> T {
    let (source, destination) = (file.source.bytes(), file.destination.bytes());
    then(&FileRequest {
        flags: Flags::from_octet(file.flags).expect("defined flags"),
        digest: DigestKind::from_octet(file.digest).expect("a defined digest"),
        size: DeclaredSize::new(file.size.value()),
        source: SourceName::new(source).expect("a source"),
        destination: Destination::new(destination).expect("a destination"),
    })
}

/// Checks that a step is one of the cell that it names.
fn check_cell(cell: &str, input: &Input, oldest: Oldest) {
    let column = match input {
        Input::In(octets) => column(octets.bytes()),
        Input::End(_) => Answer::EndOfStream,
        Input::Send(_) | Input::MustNotSend(_) => panic!("{cell} is no cell of the table"),
    };
    assert_eq!(cell, format!("{oldest}/{column}"));
}

fn column(frame: &[u8]) -> Answer {
    match FrameType::from_octet(frame[0]).expect("a frame") {
        FrameType::Reply => Answer::Reply,
        FrameType::Continue => Answer::Continue,
        FrameType::Stored => Answer::Stored,
        FrameType::Bye => Answer::Bye,
        FrameType::Error => {
            let number = u16::from_be_bytes([frame[Header::LEN], frame[Header::LEN + 1]]);
            match Code::new(number).expect("a code").class() {
                Class::Connection => Answer::ConnectionError,
                Class::Request => Answer::RequestError,
            }
        }
        other => panic!("{other} has no column"),
    }
}

fn run(transcript: &Transcript, cut: Cut) {
    let id = &transcript.id;
    let mut run = Run::new(transcript.text.map_or(PayloadLimit::LEAST, payload));
    for (number, step) in transcript.steps.iter().enumerate() {
        if let Some(cell) = &step.cell {
            check_cell(cell, &step.input, run.session.oldest());
        }
        match &step.input {
            Input::Send(items) => {
                let emit = |item| run.send(item).unwrap_or_else(|error| panic!("{id}: {error}"));
                let sent: Vec<_> = items.iter().flat_map(emit).collect();
                match &step.octets {
                    Some(octets) => assert_eq!(Octets::of(&sent), *octets, "{id}, step {number}"),
                    None => assert_eq!(items, &[Item::Line], "{id}, step {number}"),
                }
            }
            Input::MustNotSend(items) => {
                for item in items {
                    let (oldest, unanswered) = (run.session.oldest(), run.session.unanswered());
                    let outcome = run.send(item);
                    assert!(outcome.is_err(), "{id}, step {number}: {item:?} was sent");
                    assert_eq!(
                        (run.session.oldest(), run.session.unanswered()),
                        (oldest, unanswered)
                    );
                }
            }
            Input::In(octets) => {
                cut.segments(octets.bytes()).for_each(|segment| run.receive(segment));
            }
            Input::End(end) => {
                assert!(end, "{id}, step {number}");
                run.session.end_of_stream();
                run.reacts.push(Reaction::Ended(Item::EndOfStream));
                run.ended = true;
            }
        }
        let reacts = std::mem::take(&mut run.reacts);
        assert_eq!(reacts, step.reacts, "{id}, step {number}, {cut:?}");
    }
    assert_eq!(run.session.unanswered(), transcript.unanswered, "{id}, {cut:?}");
    let outcome = (run.ended && transcript.unanswered > 0).then_some(if run.not_carried_out {
        Outcome::NotCarriedOut
    } else {
        Outcome::Unknown
    });
    assert_eq!(outcome, transcript.outcome, "{id}, {cut:?}");
}

fn all() -> impl Iterator<Item = Transcript> {
    transcripts("client").flat_map(|file| load::<Transcript>(file).vectors)
}

#[test]
fn transcripts_hold_however_they_are_cut() {
    for transcript in all() {
        let longest = transcript.steps.iter().map(|step| match &step.input {
            Input::In(octets) => octets.bytes().len(),
            Input::Send(_) | Input::MustNotSend(_) | Input::End(_) => 0,
        });
        Cut::all(longest.max().unwrap_or(0)).for_each(|cut| run(&transcript, cut));
    }
}

/// The cells that steps of transcripts name.
pub(crate) fn cells() -> BTreeSet<String> {
    all().flat_map(|transcript| transcript.steps).filter_map(|step| step.cell).collect()
}

/// A line of `preface.json` at a client's session: accepted, refused, or not judged.
pub(crate) fn check_opening(id: &str, octets: &[u8], accepted: Option<bool>) {
    for cut in [Cut::Whole, Cut::EACH] {
        let mut run = Run::new(PayloadLimit::LEAST);
        cut.segments(octets).for_each(|segment| run.receive(segment));
        let expected = match accepted {
            Some(true) => vec![Reaction::Line],
            Some(false) => vec![Reaction::Fault],
            None => Vec::new(),
        };
        assert_eq!(run.reacts, expected, "{id}, {cut:?}");
    }
}

/// A frame of `frames.json` that is refused, at a client's session whose oldest request
/// would allow its type.
pub(crate) fn check_refused(id: &str, octets: &[u8], limits: ReceiveLimits, kind: DigestKind) {
    for cut in [Cut::Whole, Cut::EACH] {
        let mut run = Run::new(limits.text);
        run.receive(b"CONEXION/1 SERVER\n");
        let file = File {
            flags: 0,
            digest: kind.octet(),
            size: Number::of(0),
            source: Octets::of(b""),
            destination: Octets::of(b"a"),
        };
        match octets[0] {
            b'C' => drop(run.send(&Item::File(file)).unwrap()),
            b'S' => {
                run.send(&Item::File(file)).unwrap();
                let completed = Completed {
                    size: Number::of(0),
                    digest: Octets::of(&vec![0; kind.digest_len()]),
                };
                run.send(&Item::End(completed)).unwrap();
                run.receive(b"C\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0");
            }
            b'B' => drop(run.send(&Item::Bye).unwrap()),
            _ => drop(run.send(&Item::Text(Octets::of(b"a"))).unwrap()),
        }
        run.reacts.clear();
        cut.segments(octets).for_each(|segment| run.receive(segment));
        assert_eq!(run.reacts, [Reaction::Fault], "{id}, {cut:?}");
        assert!(run.send(&Item::Bye).is_err(), "{id}: something can still be sent");
    }
}
