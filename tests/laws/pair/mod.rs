//! Laws of both sessions, wired to each other in memory.

mod client_side;
mod server_side;

use std::collections::VecDeque;

use conexion::session::state::{Oldest, State};
use conexion::session::{Client, Server};
use conexion::wire::{Code, Completion, DeclaredSize, DigestKind, Limits, PayloadLimit};

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

    fn some_up(&mut self) {
        let len = [1, 2, 5, 64, 1000][self.choices.roll(5)];
        self.carry_up(len);
    }

    fn some_down(&mut self) {
        let len = [1, 2, 5, 64, 1000][self.choices.roll(5)];
        self.carry_down(len);
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
