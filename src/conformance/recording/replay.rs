//! Sends the octets of a recording again, in the same order over the same connections, and
//! compares what comes.
//!
//! Before each write it waits until every connection has got as many octets, and the ends,
//! as had come at that place of the recording: what the suite sends often follows from
//! what came. Otherwise time plays no part.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Recording;
use crate::conformance::octets::next_frame;
use crate::conformance::record::{Conversation, Happened, Party, Tested, What};
use crate::conformance::target::run_name;
use crate::wire::FRAMED_OPENING;

/// What the name of a run begins with, and how long it is.
const RUN: &[u8] = b"conform-";
const RUN_LEN: usize = RUN.len() + 16;

/// How a recording is sent again.
#[derive(Clone, Copy, Debug)]
pub struct Replaying {
    /// Where to.
    pub target: SocketAddr,
    /// Most time for an answer to come, over what it took in the recording.
    pub timeout: Duration,
    /// Whether destinations keep the name of the recorded run, whose files the target may
    /// have. Otherwise they get a new one of the same length.
    pub exact: bool,
}

/// What came of sending a recording again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The conversations, as they were now.
    pub conversations: Vec<Conversation>,
    /// In what they differ from those recorded, a line each.
    pub differences: Vec<String>,
}

/// Why a recording cannot be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cannot(String);

impl fmt::Display for Cannot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cannot {}

/// Sends a recording again.
///
/// # Errors
///
/// [`Cannot`] for a recording of a client, and where no connection can be made.
pub fn replay(recording: &Recording, how: Replaying) -> Result<Replayed, Cannot> {
    if recording.tested == Tested::Client {
        let reason = "it is of a client, which nothing can be sent to; run its case again";
        return Err(Cannot(reason.to_owned()));
    }
    let names = Names::of(recording, how.exact);
    // A name may be cut by a write: it is replaced in all that a connection sends.
    let all = recording.case.evidence.iter();
    let mut to_send: Vec<VecDeque<u8>> =
        all.map(|one| names.now(&one.octets(Party::Suite)).into()).collect();
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    for (number, event) in in_order(recording) {
        let line = match lines.entry(number) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(Line::open(how.target, how.timeout)?)
            }
        };
        match (event.map(|event| (event.by, &event.what)), event) {
            (Some((Party::Suite, What::Octets { length, .. })), _) => {
                let sent = &mut to_send[number];
                let length = usize::try_from(*length).unwrap_or(usize::MAX).min(sent.len());
                line.send(&sent.drain(..length).collect::<Vec<u8>>());
            }
            (Some((Party::Suite, What::EndOfStream)), _) => line.shut_down(),
            (Some((Party::Target, What::Octets { length, .. })), Some(event)) => {
                line.await_octets(*length, event.at_us);
            }
            (Some((Party::Target, _)), Some(event)) => line.await_end(event.at_us),
            // A write that failed, and a connection on which nothing happened.
            _ => {}
        }
    }
    let mut differences = Vec::new();
    let mut conversations = Vec::new();
    for (number, recorded) in recording.case.evidence.iter().enumerate() {
        let Some(line) = lines.remove(&number) else { continue };
        let now = line.conversation(&recorded.label);
        let answers = |conversation: &Conversation| {
            Answers::of(&names.recorded(&conversation.octets(Party::Target)))
        };
        let (was, is) = (answers(recorded), answers(&now));
        let ended = |conversation: &Conversation| {
            conversation.events.iter().any(|event| {
                event.by == Party::Target && !matches!(event.what, What::Octets { .. })
            })
        };
        let told = |text: String| format!("connection {}: {text}", number + 1);
        differences.extend(was.difference(&is).map(told));
        if ended(recorded) && !ended(&now) {
            differences.push(told("it did not end, as it had in the recording".to_owned()));
        }
        conversations.push(now);
    }
    Ok(Replayed { conversations, differences })
}

/// All events of all connections, in the order of time; one without an event has `None`.
fn in_order(recording: &Recording) -> Vec<(usize, Option<&Happened>)> {
    let mut all = Vec::new();
    let connections = recording.case.evidence.iter().zip(&recording.after_us).enumerate();
    for (number, (conversation, after)) in connections {
        all.push((*after, number, None));
        let events = conversation.events.iter();
        all.extend(events.map(|event| (after + event.at_us, number, Some(event))));
    }
    // Stable: what is of one moment stays in its order.
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter().map(|(_, number, event)| (number, event)).collect()
}

/// The name of the recorded run, and the one in its place.
struct Names(Option<(Vec<u8>, Vec<u8>)>);

impl Names {
    fn of(recording: &Recording, exact: bool) -> Self {
        let sent = recording.case.evidence.iter().map(|one| one.octets(Party::Suite));
        let name = sent.into_iter().find_map(|sent| {
            let at = sent.windows(RUN.len()).position(|part| part == RUN)?;
            let name = sent.get(at..at + RUN_LEN)?;
            name[RUN.len()..].iter().all(u8::is_ascii_hexdigit).then(|| name.to_vec())
        });
        Self(name.filter(|_| !exact).map(|name| (name, run_name().into_bytes())))
    }

    fn now(&self, octets: &[u8]) -> Vec<u8> {
        self.0.as_ref().map_or_else(|| octets.to_vec(), |(was, is)| replaced(octets, was, is))
    }

    fn recorded(&self, octets: &[u8]) -> Vec<u8> {
        self.0.as_ref().map_or_else(|| octets.to_vec(), |(was, is)| replaced(octets, is, was))
    }
}

/// A piece of a name stays as it is.
fn replaced(octets: &[u8], name: &[u8], other: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let mut at = 0;
    while let Some(found) =
        octets.get(at..).and_then(|rest| rest.windows(name.len()).position(|part| part == name))
    {
        octets[at + found..at + found + name.len()].copy_from_slice(other);
        at += found + name.len();
    }
    octets
}

/// What a target has said, without what a right one may say otherwise at another time.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    line: Vec<u8>,
    frames: Vec<(u8, Vec<u8>)>,
    rest: Vec<u8>,
}

impl Answers {
    fn of(octets: &[u8]) -> Self {
        if !octets.starts_with(FRAMED_OPENING.as_ref()) {
            return Self { line: Vec::new(), frames: Vec::new(), rest: octets.to_vec() };
        }
        let line =
            octets.iter().position(|&octet| octet == b'\n').map_or(octets.len(), |at| at + 1);
        let (line, mut rest) = octets.split_at(line);
        let mut frames = Vec::new();
        while let Some((kind, payload, after)) = next_frame(rest) {
            // The words of an ERROR are for people, and what is ignorable may come or not.
            let kept = if kind == b'X' { payload.get(..2).unwrap_or(payload) } else { payload };
            if !kind.is_ascii_lowercase() {
                frames.push((kind, kept.to_vec()));
            }
            rest = after;
        }
        Self { line: line.to_vec(), frames, rest: rest.to_vec() }
    }

    fn difference(&self, now: &Self) -> Option<String> {
        let told = |octets: &[u8]| {
            let first = octets.get(..24).unwrap_or(octets).escape_ascii();
            format!("{} octets, `{first}`", octets.len())
        };
        let frame = |frame: Option<&(u8, Vec<u8>)>| match frame {
            Some((kind, payload)) => {
                format!("`{}` with {}", kind.escape_ascii(), told(payload))
            }
            None => "no frame".to_owned(),
        };
        if self.line != now.line {
            return Some(format!("the line was {}, and is {}", told(&self.line), told(&now.line)));
        }
        let all = 0..self.frames.len().max(now.frames.len());
        if let Some(at) = all.into_iter().find(|&at| self.frames.get(at) != now.frames.get(at)) {
            let (was, is) = (frame(self.frames.get(at)), frame(now.frames.get(at)));
            return Some(format!("answer {} was {was}, and is {is}", at + 1));
        }
        let (was, is) = (told(&self.rest), told(&now.rest));
        (self.rest != now.rest).then(|| format!("the octets were {was}, and are {is}"))
    }
}

/// A connection on which a recording is sent again.
struct Line {
    stream: TcpStream,
    opened: Instant,
    timeout: Duration,
    events: Vec<Happened>,
    /// How many octets were to have come by now, and how many have.
    due: u64,
    came: u64,
    ended: bool,
}

impl Line {
    fn open(target: SocketAddr, timeout: Duration) -> Result<Self, Cannot> {
        let cannot = |error| Cannot(format!("no connection to {target}: {error}"));
        let stream = TcpStream::connect_timeout(&target, timeout).map_err(cannot)?;
        stream.set_nodelay(true).map_err(cannot)?;
        stream.set_write_timeout(Some(timeout)).map_err(cannot)?;
        let (events, opened) = (Vec::new(), Instant::now());
        Ok(Self { stream, opened, timeout, events, due: 0, came: 0, ended: false })
    }

    /// What cannot be sent shows itself in what comes.
    fn send(&mut self, octets: &[u8]) {
        if self.stream.write_all(octets).is_ok() {
            self.note(Party::Suite, What::octets(octets));
        } else {
            self.note(Party::Suite, What::Reset);
        }
    }

    fn shut_down(&mut self) {
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            self.note(Party::Suite, What::EndOfStream);
        }
    }

    fn await_octets(&mut self, more: u64, recorded_us: u64) {
        self.due += more;
        let until = self.until(recorded_us);
        while self.came < self.due && self.read(until) {}
    }

    fn await_end(&mut self, recorded_us: u64) {
        let until = self.until(recorded_us);
        while self.read(until) {}
    }

    /// As late as in the recording, and the time for an answer on top.
    fn until(&self, recorded_us: u64) -> Instant {
        let recorded = self.opened + Duration::from_micros(recorded_us);
        recorded.max(Instant::now()) + self.timeout
    }

    /// Takes what comes; whether more may come.
    fn read(&mut self, until: Instant) -> bool {
        let mut buffer = [0; 16_384];
        let left = until.saturating_duration_since(Instant::now());
        if self.ended || left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
            return false;
        }
        match self.stream.read(&mut buffer) {
            Ok(0) => self.end(What::EndOfStream),
            Ok(len) => {
                let octets = buffer.get(..len).unwrap_or_default();
                self.note(Party::Target, What::octets(octets));
                self.came += octets.len() as u64;
                return true;
            }
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => return true,
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                _ => self.end(What::Reset),
            },
        }
        false
    }

    fn end(&mut self, what: What) {
        self.ended = true;
        self.note(Party::Target, what);
    }

    fn note(&mut self, by: Party, what: What) {
        let at_us = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.events.push(Happened { at_us, by, what });
    }

    fn conversation(self, label: &str) -> Conversation {
        Conversation { label: label.to_owned(), events: self.events }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"CONEXION/1 SERVER\n";

    fn difference(was: &[&[u8]], is: &[&[u8]]) -> Option<String> {
        Answers::of(&was.concat()).difference(&Answers::of(&is.concat()))
    }

    #[test]
    fn words_for_people_and_what_is_ignorable_are_no_difference() {
        let (one, other) = (b"X\0\0\0\x04\x00\x65ab", b"X\0\0\0\x03\x00\x65c");
        assert_eq!(difference(&[LINE, one], &[LINE, b"n\0\0\0\0", other]), None);
        let code = b"X\0\0\0\x04\x00\x66ab";
        assert!(difference(&[LINE, one], &[LINE, code]).expect("one").contains("answer 1 was `X`"));
        assert!(difference(&[LINE, one], &[LINE]).expect("one").ends_with("is no frame"));
        assert!(difference(&[LINE], &[LINE, b"B\0\0"]).expect("one").contains("the octets were 0"));
        assert!(difference(&[b"hola"], &[b"hole"]).is_some());
    }

    #[test]
    fn names_are_replaced_wherever_they_are_whole() {
        let (name, other) = (b"conform-0123456789abcdef", b"conform-fedcba9876543210");
        let sent = [b"a".as_slice(), name, b"/1 ", name].concat();
        let wanted = [b"a".as_slice(), other, b"/1 ", other].concat();
        assert_eq!(replaced(&sent, name, other), wanted);
        assert_eq!(replaced(&sent[..20], name, other), sent[..20]);
    }
}
