//! Laws of the server's session over any octets.

use conexion::session::server::{Event, Replied, Server, Step};
use conexion::session::state::State;
use conexion::session::{Error, Misuse};
use conexion::wire::{
    Code, Digest, DigestKind, FileRequest, FileSize, Frame, Limits, Output, Parse, PayloadLimit,
    ReceiveLimits, ResumePoint, Role, parse_preface,
};

use super::dice::{Dice, cuts};

/// The first eight octets choose how the layers above answer; the rest is what comes.
///
/// However it is cut, the same is sent and the same reaches the layers above, DATA joined;
/// after any number of octets that is what the same octets alone lead to. Every step
/// makes progress, writes no more than it says, and needs no more than is missing. A
/// fault is sticky. What is sent is a line and frames.
pub(crate) fn server_session(octets: &[u8]) {
    let (mut dice, stream) = Dice::split(octets);
    let each = Run::over(&dice, stream, 1..=stream.len());
    let places = each.sent_at.clone();
    let each = each.finish();
    assert_is_framed(&each.sent);

    assert_same(&Run::over(&dice, stream, [stream.len()]).finish(), &each);
    let answers = dice.clone();
    let ends = cuts(&mut dice, stream.len());
    assert_same(&Run::over(&answers, stream, ends).finish(), &each);
    for _ in 0..4 {
        let len = dice.roll(stream.len() + 1);
        let part = Run::over(&answers, &stream[..len], [len]);
        let sent = len.checked_sub(1).map_or(0, |at| places[at]);
        assert!(part.sent == each.sent[..sent], "after {len} octets other octets are sent");
    }
}

/// What the layers above state, as the first eight octets choose it.
pub(crate) fn limits_of(octets: &[u8]) -> Limits {
    limits(&mut Dice::split(octets).0)
}

/// What is sent: so octets can be chosen by what they lead to.
pub(crate) fn sent_after(octets: &[u8]) -> Vec<u8> {
    let (dice, stream) = Dice::split(octets);
    Run::over(&dice, stream, [stream.len()]).finish().sent
}

fn limits(dice: &mut Dice) -> Limits {
    let payload = |wide| if wide { PayloadLimit::MOST } else { PayloadLimit::LEAST };
    let file = [None, FileSize::new(9).ok()][dice.roll(2)];
    Limits { chunk: payload(dice.roll(2) == 0), text: payload(dice.roll(2) == 0), file }
}

fn assert_same(one: &Outcome, other: &Outcome) {
    assert!(one.sent == other.sent, "other octets are sent: {:?}, {:?}", one.sent, other.sent);
    assert_eq!(one.seen, other.seen);
    assert_eq!((one.state, one.error), (other.state, other.error));
}

/// What reached the layers above.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Frame(Vec<u8>),
    Data(Vec<u8>),
    Word(&'static str),
    Code(Code),
}

/// How a stream ended.
struct Outcome {
    sent: Vec<u8>,
    seen: Vec<Seen>,
    state: State,
    error: Option<Error>,
}

/// An upload as the storage sees it.
struct Upload {
    kind: DigestKind,
    declared: Option<u64>,
    held: u64,
    /// It fails on its own once it has taken so many octets.
    fails_after: Option<usize>,
    taken: Vec<u8>,
}

struct Run<'a> {
    session: Server,
    stream: &'a [u8],
    /// Octets at the front of the stream that are done with.
    consumed: usize,
    /// Nothing may happen before so many octets of the stream have come.
    quiet_until: usize,
    /// The largest file.
    limit: Option<u64>,
    dice: Dice,
    scratch: Vec<u8>,
    sent: Vec<u8>,
    /// How much had been sent after each segment.
    sent_at: Vec<usize>,
    seen: Vec<Seen>,
    upload: Option<Upload>,
    /// The storage has failed inside a DATA, whose rest will pass.
    rest_passes: bool,
    error: Option<Error>,
    ended: bool,
}

impl<'a> Run<'a> {
    fn over(dice: &Dice, stream: &'a [u8], ends: impl IntoIterator<Item = usize>) -> Self {
        let mut dice = dice.clone();
        let limits = limits(&mut dice);
        let mut run = Self {
            session: Server::new(limits, None),
            stream,
            consumed: 0,
            quiet_until: 0,
            limit: limits.file.map(FileSize::octets),
            dice,
            scratch: vec![0; Server::STEP_ROOM],
            sent: Vec::new(),
            sent_at: Vec::new(),
            seen: Vec::new(),
            upload: None,
            rest_passes: false,
            error: None,
            ended: false,
        };
        for end in ends {
            while !run.ended && run.step(end) {}
            run.sent_at.push(run.sent.len());
        }
        run
    }

    /// One step over what has come up to `end`; whether there may be another.
    fn step(&mut self, end: usize) -> bool {
        let input = &self.stream[self.consumed..end];
        let mut out = Output::new(&mut self.scratch);
        let result = self.session.receive(input, &mut out);
        self.sent.extend_from_slice(out.written());
        let Step { consumed, event } = match result {
            Ok(step) => step,
            Err(error) => {
                assert!(matches!(error, Error::Peer(_)), "the caller did nothing wrong: {error}");
                assert!(end >= self.quiet_until, "it was said to need more");
                assert_eq!(self.session.state(), State::Closed);
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
        self.handle(event);
        !self.ended
    }

    fn handle(&mut self, event: Event<'a>) {
        match event {
            Event::NeedMore(_) => {}
            Event::NeedRoom => panic!("there is room"),
            Event::Preface(_) => self.seen.push(Seen::Word("line")),
            Event::Text(text) => self.text(text),
            Event::File(request) => self.file(&request),
            Event::Data(octets) => self.data(octets),
            Event::End(completion) => {
                self.saw(&Frame::End(completion));
                let upload = self.take_upload();
                let held = upload.held + u64::try_from(upload.taken.len()).expect("small");
                assert_eq!(completion.size, held, "octets are lost or made up");
                assert!(upload.declared.is_none_or(|size| size == held), "not the size declared");
                let digest = Digest::new(upload.kind, &vec![7; upload.kind.digest_len()]).unwrap();
                if self.dice.roll(4) == 0 {
                    self.refuse(Code::DIGEST_MISMATCH);
                } else {
                    self.answer(|session, out| session.stored(digest, out));
                }
            }
            Event::Aborted => {
                self.take_upload();
                self.seen.push(Seen::Word("aborted"));
            }
            Event::Refused(code) => self.seen.push(Seen::Code(code)),
            Event::Failed(code) => {
                self.take_upload();
                self.seen.push(Seen::Code(code));
            }
            Event::Passed if self.rest_passes => self.rest_passes = false,
            Event::Passed => self.seen.push(Seen::Word("passed")),
            Event::Bye => {
                self.seen.push(Seen::Word("bye"));
                self.ended = true;
            }
        }
    }

    fn text(&mut self, text: &str) {
        let payload = conexion::wire::TextPayload::new(text).expect("within every bound");
        self.saw(&Frame::Text(payload));
        match self.dice.roll(4) {
            0 => self.refuse(Code::TEXT_REFUSED),
            1 => {
                let long = "r".repeat(1020 + self.dice.roll(8));
                self.answer(|session, out| {
                    let replied = session.reply(&long, out)?;
                    assert!(replied == Replied::TooLarge || out.len() == long.len() + 5);
                    Ok(())
                });
            }
            _ => self.answer(|session, out| session.reply(text, out).map(|_| ())),
        }
    }

    fn file(&mut self, request: &FileRequest<'_>) {
        self.saw(&Frame::File(*request));
        if self.dice.roll(4) == 0 {
            return self.refuse(Code::ALREADY_EXISTS);
        }
        let known = request.size.known().filter(|_| request.flags.resume).unwrap_or(0);
        let most = usize::try_from(known.min(64)).unwrap();
        let offset = u64::try_from(self.dice.roll(most + 1)).unwrap();
        let above = ResumePoint { offset: request.size.known().unwrap_or(0) + 1, crc32: 0 };
        let refused = self.session.accept(above, &mut Output::new(&mut [0; 64]));
        assert!(matches!(refused, Err(Misuse::SizeMismatch { .. })), "above its size");
        self.answer(|session, out| session.accept(ResumePoint { offset, crc32: 1 }, out));
        let fails_after = (self.dice.roll(4) == 0).then(|| self.dice.roll(12));
        self.upload = Some(Upload {
            kind: request.digest,
            declared: request.size.known(),
            held: offset,
            fails_after,
            taken: Vec::new(),
        });
        self.fail_late();
    }

    fn data(&mut self, octets: &[u8]) {
        assert!(!octets.is_empty());
        self.upload.as_mut().expect("an upload").taken.extend_from_slice(octets);
        self.fail_late();
    }

    /// The storage fails where it was to, wherever segments end.
    fn fail_late(&mut self) {
        let upload = self.upload.as_mut().expect("an upload");
        if let Some(after) = upload.fails_after.filter(|&after| upload.taken.len() >= after) {
            upload.taken.truncate(after);
            self.take_upload();
            self.rest_passes = !self.session.is_between_frames();
            self.refuse_plainly(Code::NO_SPACE);
        }
    }

    fn take_upload(&mut self) -> Upload {
        let upload = self.upload.take().expect("an upload");
        let most = upload.declared.or(self.limit).unwrap_or(u64::MAX);
        let held = upload.held + u64::try_from(upload.taken.len()).expect("small");
        assert!(held <= most, "{held} octets, but {most} are the most");
        self.seen.push(Seen::Data(upload.taken.clone()));
        upload
    }

    fn saw(&mut self, frame: &Frame<'_>) {
        let mut octets = vec![0; frame.encoded_len()];
        frame.emit(&mut Output::new(&mut octets)).expect("there is room");
        self.seen.push(Seen::Frame(octets));
    }

    fn refuse(&mut self, code: Code) {
        self.answer(|session, out| session.refuse(code, "no", out));
    }

    /// Answers what is due, after each way in which that can be done wrongly.
    fn answer(&mut self, give: impl Fn(&mut Server, &mut Output<'_>) -> Result<(), Misuse>) {
        let state = self.session.state();
        let mut early = Output::new(&mut self.scratch);
        let misused = self.session.receive(b"\0\0\0\0\0", &mut early);
        assert!(matches!(misused, Err(Error::Misuse(_))), "an answer is due");
        let short = give(&mut self.session, &mut Output::new(&mut []));
        assert!(matches!(short, Err(Misuse::ShortOutput(_))), "there is no room: {short:?}");
        let wrong = self.session.refuse(Code::TIMEOUT, "", &mut early);
        assert_eq!(wrong, Err(Misuse::WrongClass(Code::TIMEOUT)));
        assert!(early.is_empty() && self.session.state() == state, "misuse has changed something");
        self.write(give);
        let again = self.session.reply("", &mut Output::new(&mut [0; 64]));
        assert_eq!(again, Err(Misuse::AnswerNotDue));
    }

    fn refuse_plainly(&mut self, code: Code) {
        self.write(|session, out| session.refuse(code, "late", out));
    }

    fn write(&mut self, give: impl Fn(&mut Server, &mut Output<'_>) -> Result<(), Misuse>) {
        let mut buffer = vec![0; self.stream.len() + 2048];
        let mut out = Output::new(&mut buffer);
        give(&mut self.session, &mut out).expect("the answer that is due");
        self.sent.extend_from_slice(out.written());
    }

    /// End of stream, after which nothing happens any more.
    fn finish(mut self) -> Outcome {
        let state = self.session.state();
        if self.upload.is_some() {
            self.take_upload();
        }
        if self.error.is_none() && state != State::Closed {
            self.session.end_of_stream(&self.stream[self.consumed..]);
        }
        assert_eq!(self.session.state(), State::Closed);
        let mut out = Output::new(&mut self.scratch);
        let after = self.session.receive(b"T\0\0\0\0", &mut out);
        assert_eq!(after.err(), self.error.or(Some(Misuse::Ended.into())), "the end is sticky");
        assert!(self.session.close(Code::TIMEOUT, "", &mut out).is_err() && out.is_empty());
        Outcome { sent: self.sent, seen: self.seen, state, error: self.error }
    }
}

/// Nothing, or one line and then frames, of which one that ends the connection is the last.
fn assert_is_framed(sent: &[u8]) {
    if sent.is_empty() {
        return;
    }
    let Ok(Parse::Complete(_, taken)) = parse_preface(Role::Server, sent) else {
        panic!("no line: {sent:?}");
    };
    let limits = ReceiveLimits { chunk: PayloadLimit::MOST, text: PayloadLimit::MOST };
    let mut rest = &sent[taken..];
    while !rest.is_empty() {
        let mut parsed =
            DigestKind::ALL.into_iter().map(|kind| Frame::parse(rest, Role::Server, limits, kind));
        let Some(Ok(Parse::Complete(Some(frame), taken))) = parsed.find(Result::is_ok) else {
            panic!("no frame: {rest:?}");
        };
        rest = &rest[taken..];
        let last = match frame {
            Frame::Bye => true,
            Frame::Error(error) => error.code.number() < 200,
            _ => false,
        };
        assert!(!last || rest.is_empty(), "{frame:?} is not the last frame");
    }
}
