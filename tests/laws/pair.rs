//! Laws of both sessions, wired to each other in memory.

use std::collections::VecDeque;

use conexion::session::state::{Oldest, State};
use conexion::session::{Client, Server, client, server};
use conexion::wire::{
    Code, Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Limits,
    Output, PayloadLimit, ResumePoint, SourceName,
};

use super::dice::Choices;

/// Octets choose what the client requests, how the layers above the server answer, and
/// when how many octets travel; when they are used up, the conversation is brought to its
/// end.
///
/// Neither side ever finds the other at fault. What arrives is what was sent. Each request
/// gets the answer that was given to it, in order, unless the server ended the connection
/// first; and the end comes, whatever happened before.
pub(crate) fn pair(octets: &[u8]) {
    let mut pair = Pair::new(Choices::new(octets));
    while !pair.choices.is_empty() {
        match pair.choices.roll(8) {
            0..=2 => pair.act(),
            3 | 4 => pair.some_up(),
            5 | 6 => pair.some_down(),
            _ => pair.interfere(),
        }
    }
    pair.conclude();
}

/// A final answer.
#[derive(Clone, Debug, PartialEq)]
enum Final {
    Reply(String),
    Stored(Completion),
    Refused(Code),
}

/// A request on its way, or a part of one.
#[derive(Clone, Debug, PartialEq)]
enum Sent {
    Text(String),
    File(DeclaredSize),
    Data(Vec<u8>),
    End(Completion),
    Abort,
}

/// The upload that the client is sending.
#[derive(Clone, Copy)]
struct Sending {
    digest: DigestKind,
    size: Option<u64>,
    reached: u64,
    waits: bool,
    number: usize,
}

struct Pair<'a> {
    choices: Choices<'a>,
    client: Client,
    server: Server,
    up: VecDeque<u8>,
    down: VecDeque<u8>,
    at_server: Vec<u8>,
    at_client: Vec<u8>,
    /// What the client sent and the server has not handed out.
    underway: VecDeque<Sent>,
    given: Vec<Final>,
    received: Vec<Final>,
    requests: usize,
    sending: Option<Sending>,
    said_bye: bool,
    closed_by_server: bool,
    client_ended: bool,
}

impl<'a> Pair<'a> {
    fn new(mut choices: Choices<'a>) -> Self {
        let limit = |wide| if wide { PayloadLimit::MOST } else { PayloadLimit::LEAST };
        let limits = Limits { chunk: limit(choices.roll(2) == 1), ..Limits::ABSENT };
        let mut pair = Self {
            client: Client::new(limit(choices.roll(2) == 1)),
            server: Server::new(limits, None),
            choices,
            up: VecDeque::new(),
            down: VecDeque::new(),
            at_server: Vec::new(),
            at_client: Vec::new(),
            underway: VecDeque::new(),
            given: Vec::new(),
            received: Vec::new(),
            requests: 0,
            sending: None,
            said_bye: false,
            closed_by_server: false,
            client_ended: false,
        };
        pair.send(|client, out| client.preface(None, out));
        pair
    }

    fn send<E: std::fmt::Debug>(
        &mut self,
        emit: impl FnOnce(&mut Client, &mut Output<'_>) -> Result<(), E>,
    ) {
        let mut buffer = [0; 4096];
        let mut out = Output::new(&mut buffer);
        emit(&mut self.client, &mut out).expect("the session allows it");
        self.up.extend(out.written());
    }

    /// The client does something that it may do now.
    fn act(&mut self) {
        if self.client.limits().is_none() || self.said_bye || self.client_ended {
            return;
        }
        match self.sending {
            None if self.client.unanswered() >= conexion::session::MAX_OUTSTANDING => {}
            None => match self.choices.roll(8) {
                0..=2 => self.text(),
                3..=6 => self.file(),
                _ => self.bye(),
            },
            Some(sending) => match self.choices.roll(4) {
                _ if sending.waits => self.abort_sometimes(),
                0 | 1 => self.data(sending),
                2 => self.end(sending),
                _ => self.abort_sometimes(),
            },
        }
    }

    fn text(&mut self) {
        let text = "¿qué? ".repeat(self.choices.roll(100));
        self.send(|client, out| client.text(&text, out));
        self.underway.push_back(Sent::Text(text));
        self.requests += 1;
    }

    fn file(&mut self) {
        let size = [None, Some(0), Some(1), Some(9), Some(700)][self.choices.roll(5)];
        let resume = self.choices.roll(3) == 0;
        let request = FileRequest {
            flags: Flags { overwrite: false, resume },
            digest: DigestKind::ALL[self.choices.roll(2)],
            size: size.map_or(DeclaredSize::UNKNOWN, DeclaredSize::new),
            source: SourceName::new(b"a").expect("a source"),
            destination: Destination::new(b"a").expect("a destination"),
        };
        self.send(|client, out| client.file(&request, out));
        self.underway.push_back(Sent::File(request.size));
        let (digest, number) = (request.digest, self.requests);
        self.sending = Some(Sending { digest, size, reached: 0, waits: resume, number });
        self.requests += 1;
    }

    fn data(&mut self, sending: Sending) {
        let most = sending.size.map_or(200, |size| size - sending.reached).min(255);
        let len = self.choices.roll(usize::try_from(most).expect("small") + 1);
        self.send_data(sending, len);
    }

    fn send_data(&mut self, sending: Sending, len: usize) {
        if len == 0 {
            return;
        }
        let fill = u8::try_from(sending.reached % 251).expect("below 251");
        let octets = vec![fill; len];
        let header = self.client.data(u32::try_from(len).expect("small")).expect("allowed");
        self.up.extend(header.iter().chain(&octets));
        match self.underway.back_mut() {
            Some(Sent::Data(before)) => before.extend(octets),
            _ => self.underway.push_back(Sent::Data(octets)),
        }
        let reached = sending.reached + u64::try_from(len).expect("small");
        self.sending = Some(Sending { reached, ..sending });
    }

    fn end(&mut self, sending: Sending) {
        if sending.size.is_some_and(|size| size != sending.reached) {
            return;
        }
        let octets = vec![5; sending.digest.digest_len()];
        let digest = Digest::new(sending.digest, &octets).expect("a digest");
        let completion = Completion { size: sending.reached, digest };
        self.send(|client, out| client.end(&completion, out));
        self.underway.push_back(Sent::End(completion));
        self.sending = None;
    }

    fn abort_sometimes(&mut self) {
        if self.choices.roll(3) == 1 {
            self.abort();
        }
    }

    fn abort(&mut self) {
        self.send(Client::abort);
        self.underway.push_back(Sent::Abort);
        self.sending = None;
    }

    fn bye(&mut self) {
        self.send(Client::bye);
        self.said_bye = true;
    }

    /// The server's storage fails, or the server ends the connection.
    fn interfere(&mut self) {
        let mut buffer = [0; 2048];
        let mut out = Output::new(&mut buffer);
        if self.server.state() == State::Open {
            self.server.refuse(Code::NO_SPACE, "full", &mut out).expect("an upload is open");
            self.give(Final::Refused(Code::NO_SPACE));
        } else if self.choices.roll(16) == 15 && self.server.state() != State::Closed {
            self.server.close(Code::SHUTTING_DOWN, "", &mut out).expect("it has not ended");
            self.closed_by_server = true;
        }
        self.down.extend(out.written());
    }

    fn give(&mut self, answer: Final) {
        self.given.push(answer);
    }

    fn some_up(&mut self) {
        let len = [1, 2, 5, 64, 1000][self.choices.roll(5)];
        self.carry_up(len);
    }

    fn some_down(&mut self) {
        let len = [1, 2, 5, 64, 1000][self.choices.roll(5)];
        self.carry_down(len);
    }

    fn carry_up(&mut self, len: usize) {
        let len = len.min(self.up.len());
        self.at_server.extend(self.up.drain(..len));
        while self.server.state() != State::Closed {
            let input = std::mem::take(&mut self.at_server);
            let mut buffer = [0; Server::STEP_ROOM];
            let mut out = Output::new(&mut buffer);
            let step = self.server.receive(&input, &mut out).expect("the client is not at fault");
            self.down.extend(out.written());
            self.handle(step.event);
            self.at_server = input[step.consumed..].to_vec();
            if matches!(step.event, server::Event::NeedMore(_)) {
                break;
            }
        }
    }

    fn answer(
        &mut self,
        emit: impl FnOnce(&mut Server, &mut Output<'_>) -> Result<(), conexion::session::Misuse>,
    ) {
        let mut buffer = [0; 4096];
        let mut out = Output::new(&mut buffer);
        emit(&mut self.server, &mut out).expect("it is due");
        self.down.extend(out.written());
    }

    fn refuse(&mut self, code: Code) {
        self.answer(|server, out| server.refuse(code, "no", out));
        self.give(Final::Refused(code));
    }

    fn handle(&mut self, event: server::Event<'_>) {
        match event {
            server::Event::NeedMore(_) | server::Event::Preface(_) | server::Event::Bye => {}
            server::Event::NeedRoom | server::Event::Refused(_) | server::Event::Failed(_) => {
                panic!("the client has sent nothing wrong: {event:?}")
            }
            // The rest of an upload that was refused.
            server::Event::Passed => {
                while matches!(
                    self.underway.front(),
                    Some(Sent::Data(_) | Sent::End(_) | Sent::Abort)
                ) {
                    self.underway.pop_front();
                }
            }
            server::Event::Text(text) => self.handle_text(text),
            server::Event::File(request) => self.handle_file(&request),
            server::Event::Data(octets) => {
                let Some(Sent::Data(front)) = self.underway.front_mut() else {
                    panic!("no DATA is underway");
                };
                assert!(front.starts_with(octets), "other octets arrive");
                front.drain(..octets.len());
                if front.is_empty() {
                    self.underway.pop_front();
                }
            }
            server::Event::End(completion) => {
                assert_eq!(self.underway.pop_front(), Some(Sent::End(completion)));
                if self.choices.roll(3) == 1 {
                    self.refuse(Code::DIGEST_MISMATCH);
                } else {
                    self.answer(|server, out| server.stored(completion.digest, out));
                    self.give(Final::Stored(completion));
                }
            }
            server::Event::Aborted => {
                assert_eq!(self.underway.pop_front(), Some(Sent::Abort));
                self.give(Final::Refused(Code::ABORTED));
            }
        }
    }

    /// What is left of an upload that was refused before this request.
    fn next_request(&mut self) -> Option<Sent> {
        loop {
            match self.underway.pop_front() {
                Some(Sent::Data(_) | Sent::End(_) | Sent::Abort) => {}
                other => return other,
            }
        }
    }

    fn handle_text(&mut self, text: &str) {
        assert_eq!(self.next_request(), Some(Sent::Text(text.to_owned())));
        match self.choices.roll(3) {
            0 => {
                self.answer(|server, out| server.reply(text, out).map(|_| ()));
                self.give(Final::Reply(text.to_owned()));
            }
            1 => self.refuse(Code::TEXT_REFUSED),
            _ => {
                let long = "r".repeat(1200);
                let mut replied = None;
                self.answer(|server, out| {
                    replied = Some(server.reply(&long, out)?);
                    Ok(())
                });
                self.give(match replied {
                    Some(server::Replied::Sent) => Final::Reply(long),
                    _ => Final::Refused(Code::REPLY_TOO_LARGE),
                });
            }
        }
    }

    fn handle_file(&mut self, request: &FileRequest<'_>) {
        assert_eq!(self.next_request(), Some(Sent::File(request.size)));
        if self.choices.roll(3) == 1 {
            return self.refuse(Code::ALREADY_EXISTS);
        }
        let known = request.size.known().filter(|_| request.flags.resume).unwrap_or(0);
        let sides = usize::try_from(known.min(255)).expect("small") + 1;
        let offset = u64::try_from(self.choices.roll(sides)).expect("small");
        self.answer(|server, out| server.accept(ResumePoint { offset, crc32: 0 }, out));
    }

    fn carry_down(&mut self, len: usize) {
        let len = len.min(self.down.len());
        self.at_client.extend(self.down.drain(..len));
        while !self.client_ended {
            let input = std::mem::take(&mut self.at_client);
            let step = self.client.receive(&input).expect("the server is not at fault");
            self.at_client = input[step.consumed..].to_vec();
            match step.event {
                client::Event::NeedMore(_) => break,
                client::Event::Preface(_) | client::Event::Passed => {}
                client::Event::Reply(text) => self.receive(Final::Reply(text.to_owned())),
                client::Event::Stored(completion) => self.receive(Final::Stored(completion)),
                client::Event::Refused(error) => self.receive(Final::Refused(error.code)),
                client::Event::Continue(point) => {
                    let number = self.received.len();
                    if let Some(sending) = self.sending.as_mut().filter(|s| s.number == number) {
                        sending.waits = false;
                        sending.reached += point.offset;
                    }
                }
                client::Event::Ended(error) => {
                    assert_eq!(error.code, Code::SHUTTING_DOWN);
                    assert!(self.closed_by_server);
                    self.client_ended = true;
                }
                client::Event::Bye => self.client_ended = true,
            }
        }
    }

    /// A final answer comes. That of the upload that is being sent ends it.
    fn receive(&mut self, answer: Final) {
        if self.sending.is_some_and(|sending| sending.number == self.received.len()) {
            self.sending = None;
        }
        self.received.push(answer);
        assert!(self.given.starts_with(&self.received), "another answer than was given");
    }

    /// Carries all that is underway, both ways.
    fn carry_all(&mut self) {
        loop {
            let server_reads = self.server.state() != State::Closed;
            if (self.up.is_empty() || !server_reads) && (self.down.is_empty() || self.client_ended)
            {
                return;
            }
            self.carry_up(usize::MAX);
            self.carry_down(usize::MAX);
        }
    }

    /// Brings the conversation to its end, which always comes.
    fn conclude(mut self) {
        self.carry_all();
        while !self.client_ended && self.sending.is_some_and(|sending| !sending.waits) {
            let sending = self.sending.expect("an upload");
            match sending.size.map_or(0, |size| size - sending.reached) {
                0 => self.end(sending),
                left => self.send_data(sending, usize::try_from(left).expect("small").min(1024)),
            }
            self.carry_all();
        }
        assert!(self.client_ended || self.sending.is_none(), "a resumed upload waits for ever");
        if !self.client_ended && !self.said_bye {
            self.bye();
        }
        self.carry_all();
        assert!(self.client_ended, "the end does not come");
        assert_eq!(self.server.state(), State::Closed);
        assert_eq!(self.received, self.given, "an answer is lost");
        assert_eq!(self.client.unanswered(), self.requests - self.received.len());
        if !self.closed_by_server {
            assert_eq!(self.received.len(), self.requests, "a request has no answer");
            assert_eq!(self.client.oldest(), Oldest::Bye);
        }
    }
}
