//! The core's server against the naive one.

use conexion::session::Error;
use conexion::session::server::{Event, Server, Step};
use conexion::session::state::State;
use conexion::wire::{
    Code, DigestKind, FileRequest, FileSize, Limits, Output, PayloadLimit, ResumePoint,
};

use super::dice::{Dice, cuts};
use super::naive::{self, Asked, Bounds, Choice, Decoded, Digest, Line, Message, Sent, Side};

/// The first eight octets choose limits, answers and cuts; the rest is what comes.
///
/// The core asks those above it for the same, and sends the same, as a server that somebody has
/// written from the specification alone, without any thought of speed or memory.
pub(crate) fn differential(octets: &[u8]) {
    let (dice, stream) = Dice::split(octets);
    agree(dice, stream);
}

pub(super) fn agree(mut dice: Dice, stream: &[u8]) {
    let limits = limits(&mut dice);
    let ends = cuts(&mut dice, stream.len());
    let mut above = dice.clone();
    let expected = naive::serve(stream, &limits, move || choose(&mut above));
    let mut run = Run::new(&limits, dice);
    for end in ends {
        while !run.closed && run.step(&stream[run.consumed..end]) {}
    }
    run.upload_is_over();
    assert_eq!(run.asked, expected.asked, "another thing was asked of those above");
    let sent = sent_frames(&run.sent, &limits);
    assert_eq!(sent, expected.sent, "another thing was sent");
    assert_eq!(run.closed, expected.closed, "one of them has ended the connection");
}

/// The limits that the server states.
pub(crate) fn limits(dice: &mut Dice) -> naive::Limits {
    naive::Limits {
        chunk: [1024, 1_048_576][dice.roll(2)],
        text: [1024, 1_048_576][dice.roll(2)],
        file: [9, i64::MAX.unsigned_abs()][dice.roll(2)],
    }
}

/// A choice of those above, the same for both.
pub(crate) fn choose(dice: &mut Dice) -> Choice {
    match dice.roll(6) {
        0 => Choice::Refuse([211, 213, 214, 216, 219, 221][dice.roll(6)]),
        1 => Choice::Accept("r".repeat(1020 + dice.roll(8)), 0),
        2 => Choice::Accept(String::new(), u64::try_from(dice.roll(64)).expect("small")),
        3 => Choice::Accept(String::new(), u64::MAX),
        _ => Choice::Accept(String::new(), 0),
    }
}

/// What CONTINUE says of held octets, which nobody has here: a number that tells by how many.
fn crc_of(offset: u64) -> u32 {
    let mixed = offset.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    u32::try_from(mixed >> 32).expect("the upper half")
}

struct Run {
    limits: Limits,
    session: Server,
    dice: Dice,
    consumed: usize,
    sent: Vec<u8>,
    asked: Vec<Asked>,
    /// What came of the open upload.
    octets: Option<Vec<u8>>,
    closed: bool,
}

impl Run {
    fn new(limits: &naive::Limits, dice: Dice) -> Self {
        let payload = |octets: usize| {
            PayloadLimit::new(u32::try_from(octets).expect("small")).expect("within the range")
        };
        let limits = Limits {
            chunk: payload(limits.chunk),
            text: payload(limits.text),
            file: FileSize::new(limits.file).ok(),
        };
        let session = Server::new(limits, None);
        let (sent, asked) = (Vec::new(), Vec::new());
        Self { limits, session, dice, consumed: 0, sent, asked, octets: None, closed: false }
    }

    /// One step over what has come; whether there may be another.
    fn step(&mut self, input: &[u8]) -> bool {
        let mut room = [0; Server::STEP_ROOM];
        let mut out = Output::new(&mut room);
        let result = self.session.receive(input, &mut out);
        self.sent.extend_from_slice(out.written());
        let Step { consumed, event } = match result {
            Ok(step) => step,
            Err(Error::Peer(_)) => {
                self.closed = true;
                return false;
            }
            Err(error) => panic!("{error}"),
        };
        self.consumed += consumed;
        match event {
            Event::NeedMore(_) => return false,
            Event::Preface(_) | Event::Refused(_) | Event::Passed => {}
            Event::NeedRoom => panic!("there is room"),
            Event::Text(text) => self.text(text),
            Event::File(request) => self.file(&request),
            Event::Data(octets) => {
                self.octets.as_mut().expect("an upload").extend_from_slice(octets);
            }
            Event::End(end) => {
                self.upload_is_over();
                self.asked.push(Asked::End(end.size, end.digest.octets().to_vec()));
                match choose(&mut self.dice) {
                    Choice::Refuse(code) => self.refuse(code),
                    Choice::Accept(..) => {
                        self.write(1024, |session, out| {
                            session.stored(end.digest, out).expect("due");
                        });
                    }
                }
            }
            Event::Aborted => {
                self.upload_is_over();
                self.asked.push(Asked::Aborted);
            }
            Event::Failed(code) => {
                self.upload_is_over();
                self.asked.push(Asked::Failed(code.number()));
            }
            Event::Bye => self.closed = true,
        }
        assert_eq!(self.closed, self.session.state() == State::Closed);
        !self.closed
    }

    fn text(&mut self, text: &str) {
        self.asked.push(Asked::Text(text.to_owned()));
        match choose(&mut self.dice) {
            Choice::Refuse(_) => self.refuse(202),
            Choice::Accept(reply, _) => {
                let reply = if reply.is_empty() { text } else { &reply };
                self.write(reply.len() + 1024, |session, out| {
                    session.reply(reply, out).expect("due");
                });
            }
        }
    }

    fn file(&mut self, request: &FileRequest<'_>) {
        let size = request.size.known();
        self.asked.push(Asked::File {
            overwrite: request.flags.overwrite,
            resume: request.flags.resume,
            sha256: request.digest == DigestKind::Sha256,
            size,
            source: request.source.as_str().to_owned(),
            destination: request.destination.as_str().to_owned(),
        });
        let is_accepted = size.is_none_or(|size| self.limits.accept_file(size));
        match choose(&mut self.dice) {
            Choice::Refuse(code @ (210 | 221)) => self.refuse(code),
            // `file.judged-in-order`: between what the storage says first and all else.
            _ if !is_accepted => self.refuse(212),
            Choice::Refuse(code) => self.refuse(code),
            Choice::Accept(_, held) => {
                let known = size.filter(|_| request.flags.resume);
                let offset = known.map_or(0, |size| held.min(size));
                let point = ResumePoint { offset, crc32: crc_of(offset) };
                self.write(1024, |session, out| session.accept(point, out).expect("due"));
                self.octets = Some(Vec::new());
            }
        }
    }

    fn refuse(&mut self, code: u16) {
        let code = Code::new(code).expect("a code");
        self.write(1024, |session, out| session.refuse(code, "", out).expect("due"));
    }

    fn write(&mut self, room: usize, give: impl FnOnce(&mut Server, &mut Output<'_>)) {
        let mut room = vec![0; room];
        let mut out = Output::new(&mut room);
        give(&mut self.session, &mut out);
        self.sent.extend_from_slice(out.written());
    }

    fn upload_is_over(&mut self) {
        if let Some(octets) = self.octets.take() {
            self.asked.push(Asked::Octets(octets));
        }
    }
}

/// What a stream of the server's says to a naive client, but for the words of its errors. Its
/// line states these limits, and each CONTINUE what it was given.
fn sent_frames(mut octets: &[u8], limits: &naive::Limits) -> Vec<Sent> {
    let mut sent = Vec::new();
    if octets.is_empty() {
        return sent;
    }
    let line = naive::line(octets, Side::Server);
    let Line::Good { len, version, chunk, text, file, agent } = line else { panic!("no line") };
    let stated = (version, chunk, text, agent);
    assert_eq!(stated, (1, Some(limits.chunk as u64), Some(limits.text as u64), None));
    assert_eq!(file.unwrap_or(i64::MAX.unsigned_abs()), limits.file);
    sent.push(Sent::Line);
    octets = &octets[len..];
    let bounds = Bounds { chunk: 1_048_576, text: 1_048_576 };
    while !octets.is_empty() {
        let decoded = [Digest::Crc32, Digest::Sha256]
            .into_iter()
            .map(|digest| naive::frame(octets, Side::Server, bounds, digest))
            .find(|decoded| !matches!(decoded, Decoded::Refused(_)));
        let Some(Decoded::Frame(message, len)) = decoded else { panic!("no whole frame") };
        sent.push(match message {
            Message::Reply(text) => Sent::Reply(text),
            Message::Continue { offset, crc32 } => {
                assert_eq!(crc32, crc_of(offset));
                Sent::Continue(offset)
            }
            Message::Stored { size, digest } => Sent::Stored(size, digest),
            Message::Error { code, .. } => Sent::Error(code),
            Message::Bye => Sent::Bye,
            other => panic!("{other:?} from a server"),
        });
        octets = &octets[len..];
    }
    sent
}
