//! Laws of both sessions, wired to each other in memory.

mod client_side;
mod cut;
mod server_side;

use std::collections::{BTreeSet, VecDeque};

use conexion::session::state::{Oldest, State};
use conexion::session::{Client, Misuse, Server};
use conexion::wire::{
    Code, Completion, DeclaredSize, DigestKind, Limits, Output, PayloadLimit, ResumePoint,
};

use self::cut::Way;
use super::dice::Choices;

/// Octets choose what the client requests, how the layers above the server answer, when how
/// many octets travel, and where the connection ends, if it does; when they are used up, the
/// conversation is brought to its end.
///
/// Neither side ever finds the other at fault. What arrives is what was sent, and a request or
/// an END is seen when its last octet is, not before. Each request gets the answer that was
/// given to it, in order, unless the server ended the connection first or octets were lost:
/// then those that it got are the first that were given, and the others count as unanswered
/// (`outcome.unknown`). Whatever came whole is answered (`eof.whole-frames`). And the end
/// comes, whatever happened before.
pub(crate) fn pair(octets: &[u8]) {
    let mut pair = Pair::new(Choices::new(octets));
    while !pair.choices.is_empty() {
        match pair.choices.roll(10) {
            0..=2 => pair.act(),
            3 | 4 => pair.some_up(),
            5 | 6 => pair.some_down(),
            7 => pair.fail_storage(),
            8 => pair.shut_down_sometimes(),
            _ => pair.cut_sometimes(),
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

/// What the client sent, and how many octets it had sent when that was complete.
struct Underway {
    what: Sent,
    end: u64,
}

/// How far the client is with what it has to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Talk {
    Open,
    SaidBye,
    /// The connection has ended.
    Ended,
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
    up: Way,
    down: Way,
    at_server: Vec<u8>,
    at_client: Vec<u8>,
    /// How many octets the client has sent, those that are lost included, and the server consumed.
    sent: u64,
    consumed: u64,
    /// How many octets the client had sent after its line and after each frame.
    frame_ends: BTreeSet<u64>,
    /// What the client sent and the server has not handed out.
    underway: VecDeque<Underway>,
    /// What CONTINUE has said and the client has not seen.
    points: VecDeque<ResumePoint>,
    given: Vec<Final>,
    received: Vec<Final>,
    requests: usize,
    sending: Option<Sending>,
    talk: Talk,
    /// Whether the server has accepted an upload that has neither been answered nor given up.
    upload_open: bool,
    closed_by_server: bool,
}

impl<'a> Pair<'a> {
    fn new(mut choices: Choices<'a>) -> Self {
        let limit = |wide| if wide { PayloadLimit::MOST } else { PayloadLimit::LEAST };
        let limits = Limits { chunk: limit(choices.roll(2) == 1), ..Limits::ABSENT };
        let mut pair = Self {
            client: Client::new(limit(choices.roll(2) == 1)),
            server: Server::new(limits, None),
            choices,
            up: Way::default(),
            down: Way::default(),
            at_server: Vec::new(),
            at_client: Vec::new(),
            sent: 0,
            consumed: 0,
            frame_ends: BTreeSet::new(),
            underway: VecDeque::new(),
            points: VecDeque::new(),
            given: Vec::new(),
            received: Vec::new(),
            requests: 0,
            sending: None,
            talk: Talk::Open,
            upload_open: false,
            closed_by_server: false,
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

    /// Carries all that is underway, both ways, and the ends of the two ways.
    fn carry_all(&mut self) {
        loop {
            let server_reads = self.server.state() != State::Closed;
            let up_waits = server_reads && (self.up.has_octets() || self.up.has_end());
            let down_waits =
                self.talk != Talk::Ended && (self.down.has_octets() || self.down.has_end());
            if !up_waits && !down_waits {
                return;
            }
            self.carry_up(usize::MAX);
            self.carry_down(usize::MAX);
        }
    }

    /// Brings the conversation to its end, which always comes.
    fn conclude(mut self) {
        self.carry_all();
        while self.talk != Talk::Ended && self.sending.is_some_and(|sending| !sending.waits) {
            let sending = self.sending.expect("an upload");
            match sending.size.map_or(0, |size| size - sending.reached) {
                0 => self.end(sending),
                left => self.send_data(sending, usize::try_from(left).expect("small").min(1024)),
            }
            self.carry_all();
        }
        assert!(
            self.talk == Talk::Ended || self.sending.is_none(),
            "a resumed upload waits for ever"
        );
        if self.talk == Talk::Open {
            self.bye();
        }
        self.carry_all();
        assert!(self.talk == Talk::Ended, "the end does not come");
        assert_eq!(self.server.state(), State::Closed);
        self.assert_nothing_can_be_sent();
        assert_eq!(self.client.unanswered(), self.requests - self.received.len());
        if !self.down.lost {
            assert_eq!(self.received, self.given, "an answer is lost");
        }
        if !self.up.is_cut && !self.down.is_cut && !self.closed_by_server {
            assert_eq!(self.received.len(), self.requests, "a request has no answer");
            assert_eq!(self.client.oldest(), Oldest::Bye);
        }
    }

    /// Of either side, whatever ended the connection.
    fn assert_nothing_can_be_sent(&mut self) {
        let mut buffer = [0; Server::STEP_ROOM];
        let mut out = Output::new(&mut buffer);
        assert_eq!(self.client.bye(&mut out), Err(Misuse::Ended));
        assert_eq!(self.client.text("", &mut out), Err(Misuse::Ended));
        assert_eq!(self.client.data(1), Err(Misuse::Ended));
        assert_eq!(self.server.close(Code::TIMEOUT, "", &mut out), Err(Misuse::Ended));
        assert!(out.is_empty());
    }
}
