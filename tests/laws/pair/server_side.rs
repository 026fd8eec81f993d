//! What the server of a pair receives and answers.

use conexion::session::state::State;
use conexion::session::{Misuse, Server, server};
use conexion::wire::{Code, FileRequest, Output, ResumePoint};

use super::{Final, Pair, Sent};

impl Pair<'_> {
    /// The server's storage fails, or the server ends the connection.
    pub(super) fn interfere(&mut self) {
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

    pub(super) fn carry_up(&mut self, len: usize) {
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

    fn answer(&mut self, emit: impl FnOnce(&mut Server, &mut Output<'_>) -> Result<(), Misuse>) {
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
}
