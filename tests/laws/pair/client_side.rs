//! What the client of a pair sends and receives.

use conexion::session::{MAX_OUTSTANDING, client};
use conexion::wire::{
    Code, Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Output,
    SourceName,
};

use super::{Client, Final, Pair, Sending, Sent, Talk, Underway};

impl Pair<'_> {
    pub(super) fn send<E: std::fmt::Debug>(
        &mut self,
        emit: impl FnOnce(&mut Client, &mut Output<'_>) -> Result<(), E>,
    ) {
        let mut buffer = [0; 4096];
        let mut out = Output::new(&mut buffer);
        emit(&mut self.client, &mut out).expect("the session allows it");
        self.put_up(out.written());
    }

    /// Sends a line or a frame.
    fn put_up(&mut self, octets: &[u8]) {
        self.up.put(octets);
        self.sent += u64::try_from(octets.len()).expect("small");
        self.frame_ends.insert(self.sent);
    }

    /// What was just sent.
    fn note(&mut self, what: Sent) {
        self.underway.push_back(Underway { what, end: self.sent });
    }

    /// The client does something that it may do now.
    pub(super) fn act(&mut self) {
        if self.client.limits().is_none() || self.talk != Talk::Open {
            return;
        }
        match self.sending {
            None if self.client.unanswered() >= MAX_OUTSTANDING => {}
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
        self.note(Sent::Text(text));
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
        self.note(Sent::File(request.size));
        let (digest, number) = (request.digest, self.requests);
        self.sending = Some(Sending { digest, size, reached: 0, waits: resume, number });
        self.requests += 1;
    }

    fn data(&mut self, sending: Sending) {
        let most = sending.size.map_or(200, |size| size - sending.reached).min(255);
        let len = self.choices.roll(usize::try_from(most).expect("small") + 1);
        self.send_data(sending, len);
    }

    pub(super) fn send_data(&mut self, sending: Sending, len: usize) {
        if len == 0 {
            return;
        }
        let first = usize::try_from(sending.reached % 251).expect("below 251");
        let octets: Vec<u8> = (0..=250).cycle().skip(first).take(len).collect();
        let header = self.client.data(u32::try_from(len).expect("small")).expect("allowed");
        self.put_up(&[&header[..], &octets].concat());
        match self.underway.back_mut() {
            Some(Underway { what: Sent::Data(before), end }) => {
                before.extend(octets);
                *end = self.sent;
            }
            _ => self.note(Sent::Data(octets)),
        }
        let reached = sending.reached + u64::try_from(len).expect("small");
        self.sending = Some(Sending { reached, ..sending });
    }

    pub(super) fn end(&mut self, sending: Sending) {
        if sending.size.is_some_and(|size| size != sending.reached) {
            return;
        }
        let octets = vec![5; sending.digest.digest_len()];
        let digest = Digest::new(sending.digest, &octets).expect("a digest");
        let completion = Completion { size: sending.reached, digest };
        self.send(|client, out| client.end(&completion, out));
        self.note(Sent::End(completion));
        self.sending = None;
    }

    fn abort_sometimes(&mut self) {
        if self.choices.roll(3) == 1 {
            self.abort();
        }
    }

    fn abort(&mut self) {
        self.send(Client::abort);
        self.note(Sent::Abort);
        self.sending = None;
    }

    pub(super) fn bye(&mut self) {
        self.send(Client::bye);
        self.talk = Talk::SaidBye;
    }

    pub(super) fn carry_down(&mut self, len: usize) {
        self.at_client.extend(self.down.take(len));
        while self.talk != Talk::Ended {
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
                    assert_eq!(self.points.pop_front(), Some(point));
                    let number = self.received.len();
                    if let Some(sending) = self.sending.as_mut().filter(|s| s.number == number) {
                        sending.waits = false;
                        sending.reached += point.offset;
                    }
                }
                client::Event::Ended(error) => {
                    assert_eq!(error.code, Code::SHUTTING_DOWN);
                    assert!(self.closed_by_server);
                    self.talk = Talk::Ended;
                }
                client::Event::Bye => self.talk = Talk::Ended,
            }
        }
        if self.talk != Talk::Ended && self.down.has_end() {
            self.client.end_of_stream();
            self.talk = Talk::Ended;
        }
        if self.talk == Talk::Ended {
            self.up.end();
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
}
