//! Laws of the client's session over any octets.

use conexion::session::client::{Client, Event, Step};
use conexion::session::state::Oldest;
use conexion::session::{Error, MAX_OUTSTANDING, Misuse};
use conexion::wire::{
    Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Output,
    PayloadLimit, Preface, SourceName,
};

use super::dice::{Dice, cuts};

/// The first eight octets choose what the client sends, and when; the rest is what comes.
///
/// However it is cut, the client sees and sends the same. Every step makes progress and
/// needs no more than is missing. After the end and after a fault nothing is sent, and
/// both are sticky. Each final answer takes one request off, and nothing else does.
pub(crate) fn client_session(octets: &[u8]) {
    let (mut dice, stream) = Dice::split(octets);
    let whole = Run::over(&dice, stream, [stream.len()]).finish();
    assert_eq!(Run::over(&dice, stream, 1..=stream.len()).finish(), whole);
    let script = dice.clone();
    let ends = cuts(&mut dice, stream.len());
    assert_eq!(Run::over(&script, stream, ends).finish(), whole);
}

/// The oldest request after this stream, or `None` if the conversation is over: so a
/// stream can be made that goes on as a server would.
pub(crate) fn oldest_after(octets: &[u8]) -> Option<Oldest> {
    let (dice, stream) = Dice::split(octets);
    let run = Run::over(&dice, stream, [stream.len()]);
    (!run.ended).then(|| run.session.oldest())
}

/// What this stream leads to, one after the other: so octets can be chosen by it.
pub(crate) fn turns_after(octets: &[u8]) -> Vec<Turn> {
    let (dice, stream) = Dice::split(octets);
    Run::over(&dice, stream, [stream.len()]).finish().turns
}

/// Whether replies may have as many octets as there can be, or as few, as the first eight
/// octets choose it.
pub(crate) fn is_wide(octets: &[u8]) -> bool {
    reply_limit(&mut Dice::split(octets).0) == PayloadLimit::MOST
}

fn reply_limit(dice: &mut Dice) -> PayloadLimit {
    [PayloadLimit::LEAST, PayloadLimit::MOST][dice.roll(2)]
}

/// A thing that the client sees or sends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Turn {
    /// The word for it, and all of it.
    Seen(&'static str, String),
    Sent(Vec<u8>),
}

fn word(event: &Event<'_>) -> &'static str {
    match event {
        Event::NeedMore(_) => "need more",
        Event::Preface(_) => "line",
        Event::Passed => "passed",
        Event::Reply(_) => "reply",
        Event::Continue(_) => "continue",
        Event::Stored(_) => "stored",
        Event::Refused(_) => "refused",
        Event::Ended(_) => "ended",
        Event::Bye => "bye",
    }
}

/// What a stream has led to.
#[derive(Debug, PartialEq)]
struct Outcome {
    turns: Vec<Turn>,
    unanswered: usize,
    error: Option<Error>,
}

struct Run<'a> {
    session: Client,
    stream: &'a [u8],
    consumed: usize,
    quiet_until: usize,
    dice: Dice,
    turns: Vec<Turn>,
    error: Option<Error>,
    ended: bool,
}

impl<'a> Run<'a> {
    fn over(dice: &Dice, stream: &'a [u8], ends: impl IntoIterator<Item = usize>) -> Self {
        let mut dice = dice.clone();
        let limit = reply_limit(&mut dice);
        let mut run = Self {
            session: Client::new(limit),
            stream,
            consumed: 0,
            quiet_until: 0,
            dice,
            turns: Vec::new(),
            error: None,
            ended: false,
        };
        assert!(run.nothing_can_be_sent(), "the server's line has not come");
        let mut line = [0; Preface::MAX_LEN];
        run.session.preface(None, &mut Output::new(&mut line)).expect("there is room");
        for end in ends {
            while !run.ended && run.step(end) {}
        }
        run
    }

    fn step(&mut self, end: usize) -> bool {
        let input = &self.stream[self.consumed..end];
        let before = self.session.unanswered();
        let Step { consumed, event } = match self.session.receive(input) {
            Ok(step) => step,
            Err(error) => {
                assert!(matches!(error, Error::Peer(_)), "the caller did nothing wrong: {error}");
                assert!(end >= self.quiet_until, "it was said to need more");
                assert_eq!(self.session.unanswered(), before, "a fault is no answer");
                self.turns.push(Turn::Seen("fault", error.to_string()));
                self.error = Some(error);
                self.ended = true;
                return false;
            }
        };
        assert!(consumed <= input.len(), "more is consumed than has come");
        self.consumed += consumed;
        if let Event::NeedMore(missing) = event {
            self.quiet_until = self.quiet_until.max(end.saturating_add(missing.get()));
            return false;
        }
        assert!(consumed > 0, "a step without progress: {event:?}");
        assert!(end >= self.quiet_until, "it was said to need more: {event:?}");
        let answered =
            usize::from(matches!(event, Event::Reply(_) | Event::Stored(_) | Event::Refused(_)));
        assert_eq!(self.session.unanswered() + answered, before, "{event:?}");
        self.ended = matches!(event, Event::Ended(_) | Event::Bye);
        self.turns.push(Turn::Seen(word(&event), format!("{event:?}")));
        for _ in 0..self.dice.roll(4) {
            self.act();
        }
        !self.ended
    }

    /// Sends something, if that is allowed.
    fn act(&mut self) {
        let (oldest, unanswered) = (self.session.oldest(), self.session.unanswered());
        let mut buffer = [0; 2100];
        let mut out = Output::new(&mut buffer);
        let kind = DigestKind::ALL[self.dice.roll(2)];
        let size = u64::try_from(self.dice.roll(4)).expect("small");
        let (request, result) = match self.dice.roll(8) {
            0 | 1 => (1, self.session.text("hola", &mut out)),
            2 | 3 => (1, self.session.file(&request(&mut self.dice, kind, size), &mut out)),
            4 => {
                let len = self.dice.roll(4);
                let header = self.session.data(u32::try_from(len).expect("small"));
                (
                    0,
                    header.map(|header| [&header[..], &[0; 3][..len]].concat()).map(|octets| {
                        out.put(&octets).expect("there is room");
                    }),
                )
            }
            5 => {
                let digest = Digest::new(kind, &[0; 32][..kind.digest_len()]).expect("a digest");
                (0, self.session.end(&Completion { size, digest }, &mut out))
            }
            6 => (0, self.session.abort(&mut out)),
            _ if self.dice.roll(8) > 0 => return,
            _ => (0, self.session.bye(&mut out)),
        };
        match result {
            Ok(()) => {
                assert!(!self.ended, "something is sent after the end");
                assert!(!out.is_empty());
                assert_eq!(self.session.unanswered(), unanswered + request);
                assert!(self.session.unanswered() <= MAX_OUTSTANDING);
                self.turns.push(Turn::Sent(out.written().to_vec()));
            }
            Err(misuse) => {
                assert!(out.is_empty(), "{misuse}, but something is written");
                let now = (self.session.oldest(), self.session.unanswered());
                assert_eq!(now, (oldest, unanswered), "{misuse}");
            }
        }
    }

    fn nothing_can_be_sent(&mut self) -> bool {
        let mut buffer = [0; 2100];
        let mut out = Output::new(&mut buffer);
        let request = request(&mut self.dice.clone(), DigestKind::Crc32, 0);
        self.session.text("", &mut out).is_err()
            && self.session.file(&request, &mut out).is_err()
            && self.session.data(1).is_err()
            && self.session.abort(&mut out).is_err()
            && self.session.bye(&mut out).is_err()
            && out.is_empty()
    }

    /// End of stream, after which nothing happens any more.
    fn finish(mut self) -> Outcome {
        if !self.ended {
            self.session.end_of_stream();
        }
        let after = self.session.receive(b"n\0\0\0\0").map(|step| step.consumed);
        let error = self.error.unwrap_or(Misuse::Ended.into());
        assert_eq!(after, Err(error), "the end is sticky");
        assert!(self.nothing_can_be_sent(), "something can be sent after the end");
        let unanswered = self.session.unanswered();
        let none = matches!(self.session.oldest(), Oldest::None | Oldest::Bye);
        assert_eq!(none, unanswered == 0);
        Outcome { turns: self.turns, unanswered, error: self.error }
    }
}

fn request(dice: &mut Dice, digest: DigestKind, size: u64) -> FileRequest<'static> {
    let unknown = dice.roll(4) == 0;
    FileRequest {
        flags: Flags { overwrite: dice.roll(2) == 0, resume: dice.roll(4) == 0 },
        digest,
        size: if unknown { DeclaredSize::UNKNOWN } else { DeclaredSize::new(size) },
        source: SourceName::new(b"").expect("a source"),
        destination: Destination::new(b"a").expect("a destination"),
    }
}
