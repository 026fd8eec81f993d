//! What the server of a pair receives and answers.

use conexion::session::state::State;
use conexion::session::{Misuse, Server, server};
use conexion::wire::{Code, FileRequest, Output, ResumePoint};

use super::{Final, Pair, Sent, Underway};

impl Pair<'_> {
    /// The server's storage fails, if an upload is open.
    pub(super) fn fail_storage(&mut self) {
        if self.server.state() == State::Open {
            self.refuse(Code::NO_SPACE);
        }
    }

    /// The server ends the connection, be it inside an upload.
    pub(super) fn shut_down_sometimes(&mut self) {
        if self.choices.roll(16) == 15 && self.server.state() != State::Closed {
            self.answer(|server, out| server.close(Code::SHUTTING_DOWN, "", out));
            self.closed_by_server = true;
            self.upload_open = false;
            self.down.end();
        }
    }

    fn give(&mut self, answer: Final) {
        self.given.push(answer);
    }

    pub(super) fn carry_up(&mut self, len: usize) {
        self.at_server.extend(self.up.take(len));
        while self.server.state() != State::Closed {
            let input = std::mem::take(&mut self.at_server);
            let mut buffer = [0; Server::STEP_ROOM];
            let mut out = Output::new(&mut buffer);
            let step = self.server.receive(&input, &mut out).expect("the client is not at fault");
            self.down.put(out.written());
            self.consumed += u64::try_from(step.consumed).expect("small");
            self.handle(step.event);
            self.at_server = input[step.consumed..].to_vec();
            if matches!(step.event, server::Event::NeedMore(_)) {
                break;
            }
        }
        if self.server.state() != State::Closed && self.up.has_end() {
            self.end_of_stream();
        }
        if self.server.state() == State::Closed {
            self.down.end();
        }
    }

    /// The octets of the client have ended, whether or not at the end of a frame
    /// (`eof.cut-frame`, `eof.open-upload`). Nothing is left that came whole.
    fn end_of_stream(&mut self) {
        let came = self.consumed + u64::try_from(self.at_server.len()).expect("small");
        let is_cut = !self.frame_ends.contains(&came) || self.upload_open;
        assert_eq!(self.server.end_of_stream(&self.at_server), is_cut);
        assert_eq!(self.server.state(), State::Closed);
        if !self.upload_open {
            self.pass_upload();
        }
        assert!(self.underway.front().is_none_or(|next| next.end > came), "a frame is not seen");
        self.upload_open = false;
    }

    fn answer(&mut self, emit: impl FnOnce(&mut Server, &mut Output<'_>) -> Result<(), Misuse>) {
        self.answer_within(4096, emit);
    }

    fn answer_within(
        &mut self,
        room: usize,
        emit: impl FnOnce(&mut Server, &mut Output<'_>) -> Result<(), Misuse>,
    ) {
        let mut buffer = vec![0; room];
        let mut out = Output::new(&mut buffer);
        emit(&mut self.server, &mut out).expect("it is due");
        self.down.put(out.written());
    }

    fn refuse(&mut self, code: Code) {
        self.answer(|server, out| server.refuse(code, "no", out));
        self.give(Final::Refused(code));
        self.upload_open = false;
    }

    fn handle(&mut self, event: server::Event<'_>) {
        match event {
            server::Event::NeedMore(_) | server::Event::Preface(_) | server::Event::Bye => {}
            server::Event::NeedRoom | server::Event::Refused(_) | server::Event::Failed(_) => {
                panic!("the client has sent nothing wrong: {event:?}")
            }
            // The rest of an upload that was refused.
            server::Event::Passed => self.pass_upload(),
            server::Event::Text(text) => self.handle_text(text),
            server::Event::File(request) => self.handle_file(&request),
            server::Event::Data(octets) => {
                let Some(Underway { what: Sent::Data(front), end }) = self.underway.front_mut()
                else {
                    panic!("no DATA is underway");
                };
                assert!(front.starts_with(octets), "other octets arrive");
                front.drain(..octets.len());
                if front.is_empty() {
                    assert_eq!(*end, self.consumed);
                    self.underway.pop_front();
                }
            }
            server::Event::End(completion) => {
                self.expect(&Sent::End(completion));
                if self.choices.roll(3) == 1 {
                    self.refuse(Code::DIGEST_MISMATCH);
                } else {
                    self.answer(|server, out| server.stored(completion.digest, out));
                    self.give(Final::Stored(completion));
                    self.upload_open = false;
                }
            }
            server::Event::Aborted => {
                self.expect(&Sent::Abort);
                self.give(Final::Refused(Code::ABORTED));
                self.upload_open = false;
            }
        }
    }

    /// This is what comes next, all of it, and nothing behind it.
    fn expect(&mut self, what: &Sent) {
        let next = self.underway.pop_front().expect("something is underway");
        assert_eq!((&next.what, next.end), (what, self.consumed));
    }

    /// The same, behind what is left of an upload that was refused.
    fn expect_request(&mut self, what: &Sent) {
        self.pass_upload();
        self.expect(what);
    }

    fn pass_upload(&mut self) {
        while self.underway.front().is_some_and(is_of_upload) {
            self.underway.pop_front();
        }
    }

    fn handle_text(&mut self, text: &str) {
        self.expect_request(&Sent::Text(text.to_owned()));
        match self.choices.roll(3) {
            0 => {
                self.answer(|server, out| server.reply(text, out).map(|_| ()));
                self.give(Final::Reply(text.to_owned()));
            }
            1 => self.refuse(Code::TEXT_REFUSED),
            _ => {
                let long = match self.choices.roll(16) {
                    15 => 1_048_576,
                    14 => 70_000,
                    _ => 1200,
                };
                let long = "r".repeat(long);
                let mut replied = None;
                self.answer_within(long.len() + 2048, |server, out| {
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
        self.expect_request(&Sent::File(request.size));
        if self.choices.roll(3) == 1 {
            return self.refuse(Code::ALREADY_EXISTS);
        }
        let known = request.size.known().filter(|_| request.flags.resume).unwrap_or(0);
        let sides = usize::try_from(known.min(255)).expect("small") + 1;
        let offset = u64::try_from(self.choices.roll(sides)).expect("small");
        // Of nothing it is 0 (`resume.crc`).
        let crc32 = u32::try_from(offset).expect("small") * 0x0001_0203;
        let point = ResumePoint { offset, crc32 };
        self.answer(|server, out| server.accept(point, out));
        self.points.push_back(point);
        self.upload_open = true;
    }
}

fn is_of_upload(underway: &Underway) -> bool {
    matches!(underway.what, Sent::Data(_) | Sent::End(_) | Sent::Abort)
}
