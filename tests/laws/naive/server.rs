//! A server that has all octets of its client at once (chapters 3 to 6, the framed profile).

use super::frame::{Header, header, payload};
use super::{Asked, Bounds, Choice, Digest, Limits, Line, Message, Outcome, Sent, Side, line};

/// The states of chapter 5.1. After a 1xx or a BYE no state matters any more.
enum State {
    Idle,
    Open(Upload),
    Discard,
}

struct Upload {
    size: Option<u64>,
    digest: Digest,
    offset: u64,
    octets: Vec<u8>,
}

impl Upload {
    /// How many octets are held, counted from the first of the file.
    fn held(&self) -> u64 {
        self.offset + self.octets.len() as u64
    }
}

struct Server<'a, C> {
    limits: &'a Limits,
    choices: C,
    /// The client's `text`.
    text: u64,
    state: State,
    outcome: Outcome,
}

/// Everything that a server does when these octets come and nothing after them; not even the end
/// of the stream comes.
///
/// `preface.server-answers`, `preface.malformed-client`, `preface.line-before-error`: the server's
/// line is sent when the client's is judged, good or bad. An opening that is not a framed one is
/// judged as a line, and not closed in silence (`detection.other`). `preface.early-octets`:
/// frames behind the line are accepted. `preface.absent-key`: the client's `text` is 1024.
pub(crate) fn serve(octets: &[u8], limits: &Limits, choices: impl FnMut() -> Choice) -> Outcome {
    let outcome = Outcome::default();
    let mut server = Server { limits, choices, text: 1024, state: State::Idle, outcome };
    match line(octets, Side::Client) {
        Line::NeedMore => {}
        Line::Malformed => {
            server.send(Sent::Line);
            server.close(Sent::Error(100));
        }
        Line::Good { len, text, .. } => {
            server.send(Sent::Line);
            server.text = text.unwrap_or(1024);
            server.frames(&octets[len..]);
        }
    }
    server.go(State::Idle);
    server.outcome
}

impl<C: FnMut() -> Choice> Server<'_, C> {
    /// `conversation.in-order`, and `bye.rest-ignored` and `error.1xx-last`: nothing is looked at
    /// after the frame that ended the connection.
    fn frames(&mut self, mut octets: &[u8]) {
        while let Some(length) = self.frame(octets)
            && !self.outcome.closed
        {
            octets = &octets[length..];
        }
    }

    /// `frame.judged-in-state`, `state.table`: one frame and its length, `None` if it is not there
    /// to its last octet. `state.discard-headers`: in `discard` no payload of an upload is read.
    fn frame(&mut self, octets: &[u8]) -> Option<usize> {
        let (first, rest) = octets.split_first_chunk()?;
        let allowed: &[u8] = match self.state {
            State::Idle => b"TFB",
            State::Open(_) => b"DEA",
            State::Discard => b"TFBDEA",
        };
        let bounds = Bounds { chunk: self.limits.chunk, text: self.limits.text };
        let (kind, length) = match header(*first, allowed, bounds) {
            Err(code) => {
                self.close(Sent::Error(code));
                return None;
            }
            Ok(Header::Ignorable(length)) => return (length <= rest.len()).then_some(5 + length),
            Ok(Header::Known(kind, length)) => (kind, length),
        };
        if kind == b'D' {
            self.data(&rest[..length.min(rest.len())], length as u64);
        }
        let octets = rest.get(..length)?;
        match (&self.state, kind) {
            (_, b'D') => {}
            (State::Discard, b'E' | b'A') => self.go(State::Idle),
            (State::Open(upload), _) => self.message(payload(kind, octets, upload.digest)),
            // Only an END has a digest, and it comes here in no other state than `open`.
            _ => self.message(payload(kind, octets, Digest::Crc32)),
        }
        Some(5 + length)
    }

    /// `data.at-header`, `data.past-size`, `data.past-limit`: DATA of this length, of which these
    /// octets are there. The server refuses as soon as it has the header, and takes what has come
    /// of a frame that is not whole.
    fn data(&mut self, octets: &[u8], length: u64) {
        let State::Open(upload) = &mut self.state else { return };
        let (most, code) = match upload.size {
            Some(size) => (size, 215),
            None => (self.limits.file, 212),
        };
        if upload.held() + length > most {
            self.fail(code, State::Discard);
        } else {
            upload.octets.extend_from_slice(octets);
        }
    }

    /// A whole frame, or the code that refuses its payload. `error.1xx-last`,
    /// `error.2xx-one-request`: of the latter 200 is of a TEXT, the others are of a FILE.
    fn message(&mut self, message: Result<Message, u16>) {
        match message {
            Err(code @ 100..200) => self.close(Sent::Error(code)),
            Err(200) => self.answer(Sent::Error(200), State::Idle),
            Err(code) => self.answer(Sent::Error(code), State::Discard),
            Ok(Message::Text(text)) => self.text(text),
            Ok(file @ Message::File { .. }) => self.file(file),
            Ok(Message::End { size, digest }) => self.end(size, digest),
            Ok(Message::Abort) => self.abort(),
            // BYE: no other type is left that a client sends.
            Ok(_) => self.close(Sent::Bye),
        }
    }

    /// `text.answered`, `text.echo`, `text.judged-in-order`: 202, then 201 (`text.reply-limit`).
    fn text(&mut self, text: String) {
        self.ask(Asked::Text(text.clone()));
        let sent = match (self.choices)() {
            Choice::Refuse(_) => Sent::Error(202),
            Choice::Accept(reply, _) => {
                let reply = if reply.is_empty() { text } else { reply };
                if reply.len() as u64 > self.text { Sent::Error(201) } else { Sent::Reply(reply) }
            }
        };
        self.answer(sent, State::Idle);
    }

    /// `file.judged-in-order`: storage 210 or 221, then size 212 (`file.size-range`,
    /// `file.size-limit`), then whatever else is above. `answer.continue-prompt`,
    /// `resume.offset`: CONTINUE follows at once.
    fn file(&mut self, file: Message) {
        let Message::File { overwrite, resume, digest, size, source, destination } = file else {
            return;
        };
        let sha256 = digest == Digest::Sha256;
        self.ask(Asked::File { overwrite, resume, sha256, size, source, destination });
        let most = self.limits.file.min(9_223_372_036_854_775_807);
        match ((self.choices)(), size) {
            (Choice::Refuse(code @ (210 | 221)), _) => {
                self.answer(Sent::Error(code), State::Discard);
            }
            (_, Some(size)) if size > most => self.answer(Sent::Error(212), State::Discard),
            (Choice::Refuse(code), _) => self.answer(Sent::Error(code), State::Discard),
            (Choice::Accept(_, held), _) => {
                let offset = if resume { size.map_or(0, |size| size.min(held)) } else { 0 };
                let upload = Upload { size, digest, offset, octets: Vec::new() };
                self.answer(Sent::Continue(offset), State::Open(upload));
            }
        }
    }

    /// `end.judged-in-order`: size 215 (`end.size`); digest and publication are judged above, which
    /// alone knows the octets that were held before.
    fn end(&mut self, size: u64, digest: Vec<u8>) {
        let State::Open(upload) = &self.state else { return };
        if size != upload.held() || upload.size.is_some_and(|declared| declared != size) {
            return self.fail(215, State::Idle);
        }
        self.go(State::Idle);
        self.ask(Asked::End(size, digest.clone()));
        let sent = match (self.choices)() {
            Choice::Refuse(code) => Sent::Error(code),
            Choice::Accept(..) => Sent::Stored(size, digest),
        };
        self.send(sent);
    }

    /// `abort.never-stored`: ABORT in `open`.
    fn abort(&mut self) {
        self.go(State::Idle);
        self.ask(Asked::Aborted);
        self.send(Sent::Error(220));
    }

    /// `data.refusal-prompt`: the server fails the open upload itself.
    fn fail(&mut self, code: u16, state: State) {
        self.go(state);
        self.ask(Asked::Failed(code));
        self.send(Sent::Error(code));
    }

    /// `answer.one-each`: an answer and the state that it leads to.
    fn answer(&mut self, sent: Sent, state: State) {
        self.go(state);
        self.send(sent);
    }

    /// `bye.answered`, `error.1xx-last`: the last frame.
    fn close(&mut self, sent: Sent) {
        self.send(sent);
        self.outcome.closed = true;
    }

    /// Every accepted upload says once what came of it, also if no octet did.
    fn go(&mut self, state: State) {
        if let State::Open(upload) = std::mem::replace(&mut self.state, state) {
            self.ask(Asked::Octets(upload.octets));
        }
    }

    fn ask(&mut self, asked: Asked) {
        self.outcome.asked.push(asked);
    }

    fn send(&mut self, sent: Sent) {
        self.outcome.sent.push(sent);
    }
}
