//! What a framed connection's requests lead to: the session's events, the text handler,
//! the store, and the answers.

use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::Instant;

use tracing::{debug, info, warn};

use super::buffers::Outgoing;
use super::connection::{Admission, Ending, shown};
use super::listener::Shared;
use super::store::{Refusal, Upload};
use crate::session::server::{Event, Replied};
use crate::session::state::State;
use crate::session::{Error, Misuse, Server as Session};
use crate::wire::{Code, Completion, FileRequest, Header, Message, Preface};

/// Room for a line and an ERROR with any message.
const ERROR_ROOM: usize = Preface::MAX_LEN + Header::LEN + 2 + Message::MAX_LEN;

/// The requests of one connection.
pub(super) struct Requests<'s> {
    shared: &'s Shared,
    peer: SocketAddr,
    admission: Admission,
    session: Session,
    upload: Option<OpenUpload>,
    worked: bool,
}

/// An upload and what the log says of it.
struct OpenUpload {
    upload: Upload,
    destination: String,
    begun: Instant,
    resumed_from: u64,
}

/// What a step did.
pub(super) struct Stepped {
    /// Octets of the input that are done with.
    pub(super) consumed: usize,
    /// How many octets are missing at least, if nothing more can be done without them.
    pub(super) missing: Option<usize>,
    /// Whether the step has entered `discard`, be it anew.
    pub(super) discards: bool,
}

impl<'s> Requests<'s> {
    pub(super) fn new(shared: &'s Shared, peer: SocketAddr, admission: Admission) -> Self {
        let session = Session::new(shared.config.limits, shared.config.agent);
        Self { shared, peer, admission, session, upload: None, worked: false }
    }

    pub(super) fn state(&self) -> State {
        self.session.state()
    }

    pub(super) fn has_preface(&self) -> bool {
        self.session.has_preface()
    }

    pub(super) fn is_between_frames(&self) -> bool {
        self.session.is_between_frames()
    }

    /// Whether a request was worked on since this was last asked.
    pub(super) fn has_worked(&mut self) -> bool {
        std::mem::take(&mut self.worked)
    }

    /// Readable when another connection has taken the open upload over.
    pub(super) fn takeover_signal(&self) -> Option<BorrowedFd<'_>> {
        self.upload.as_ref().map(|open| open.upload.takeover_signal())
    }

    /// Takes one step over the octets that have come, and answers.
    pub(super) fn step(&mut self, input: &[u8], output: &mut Outgoing) -> Result<Stepped, Ending> {
        let session = &mut self.session;
        let step = output.emit(Session::STEP_ROOM, |room| session.receive(input, room));
        let step = match step {
            Ok(step) => step,
            Err(Error::Peer(fault)) => {
                let code = fault.reason.code();
                info!(peer = %self.peer, %code, reason = %fault, "refused");
                return Err(Ending::Ended(format!("ERROR {code}")));
            }
            Err(Error::Misuse(misuse)) => return Err(self.misused(misuse, output)),
        };
        let missing = match step.event {
            Event::NeedMore(missing) => Some(missing.get()),
            event => {
                self.act(event, output)?;
                None
            }
        };
        let passive = matches!(step.event, Event::NeedMore(_) | Event::NeedRoom | Event::Passed);
        let discards = self.session.state() == State::Discard && !passive;
        Ok(Stepped { consumed: step.consumed, missing, discards })
    }

    /// The peer has ended its sending direction: what came whole was answered step by step
    /// (`eof.whole-frames`).
    pub(super) fn end_of_stream(&mut self, unconsumed: &[u8]) -> Ending {
        let cut = self.session.end_of_stream(unconsumed);
        self.unfinished("end of stream");
        Ending::EndOfStream { cut }
    }

    /// Another connection has taken the upload over (`takeover.superseded`).
    pub(super) fn superseded(&mut self, output: &mut Outgoing) -> Result<(), Ending> {
        let refusal = Refusal {
            code: Code::SUPERSEDED,
            message: "another connection has taken this upload over".into(),
        };
        self.refuse(&refusal, output)
    }

    /// Ends the connection with an ERROR 1xx.
    pub(super) fn close(&mut self, code: Code, message: &str, output: &mut Outgoing) -> Ending {
        self.unfinished(message);
        let session = &mut self.session;
        match output.emit(ERROR_ROOM, |room| session.close(code, message, room)) {
            Ok(()) => Ending::Ended(format!("ERROR {code}: {message}")),
            Err(misuse) => Ending::Ended(misuse.to_string()),
        }
    }

    fn act(&mut self, event: Event<'_>, output: &mut Outgoing) -> Result<(), Ending> {
        match event {
            Event::NeedMore(_) | Event::NeedRoom | Event::Passed => Ok(()),
            Event::Preface(preface) => self.preface(&preface, output),
            Event::Text(text) => self.text(text, output),
            Event::File(request) => self.file(&request, output),
            Event::Data(octets) => self.data(octets, output),
            Event::End(completion) => self.end(&completion, output),
            Event::Refused(code) => {
                info!(peer = %self.peer, %code, "refused");
                Ok(())
            }
            Event::Aborted => {
                self.discard(Code::ABORTED);
                Ok(())
            }
            Event::Failed(code) => {
                self.discard(code);
                Ok(())
            }
            Event::Bye => Err(Ending::Bye),
        }
    }

    fn preface(&mut self, preface: &Preface<'_>, output: &mut Outgoing) -> Result<(), Ending> {
        let agent = preface.agent.unwrap_or("unknown");
        debug!(peer = %self.peer, version = preface.version.number(), agent, "framed");
        // `error.limit-reached`
        match self.admission {
            Admission::Admitted => Ok(()),
            Admission::TooMany => {
                let message = "the server has as many connections as it serves; try again later";
                Err(self.close(Code::TOO_MANY_CONNECTIONS, message, output))
            }
        }
    }

    fn text(&mut self, text: &str, output: &mut Outgoing) -> Result<(), Ending> {
        self.worked = true;
        let reply = match (self.shared.config.handler)(text) {
            Ok(reply) => reply,
            // `text.refused`
            Err(message) => {
                return self.refuse(&Refusal { code: Code::TEXT_REFUSED, message }, output);
            }
        };
        let session = &mut self.session;
        let room = (Header::LEN + reply.len()).max(ERROR_ROOM);
        match output.emit(room, |room| session.reply(&reply, room)) {
            Ok(Replied::Sent) => Ok(()),
            Ok(Replied::TooLarge) => {
                let code = Code::REPLY_TOO_LARGE;
                info!(peer = %self.peer, %code, octets = reply.len(), "refused");
                Ok(())
            }
            Err(misuse) => Err(self.misused(misuse, output)),
        }
    }

    /// Judges a FILE and answers it at once (`answer.continue-prompt`). Its source goes into
    /// the log and nowhere else (`path.source-informational`).
    fn file(&mut self, request: &FileRequest<'_>, output: &mut Outgoing) -> Result<(), Ending> {
        self.worked = true;
        let destination = request.destination.as_str();
        let begun = Instant::now();
        let upload = match self.shared.store.begin(request, &self.shared.config.limits) {
            Ok(upload) => upload,
            Err(refusal) => {
                let Refusal { code, message } = &refusal;
                info!(
                    peer = %self.peer,
                    %code,
                    destination = shown(destination),
                    reason = shown(message),
                    "refused"
                );
                return self.send_refusal(&refusal, output);
            }
        };
        let point = upload.resume_point();
        debug!(
            peer = %self.peer,
            destination = shown(destination),
            source = shown(request.source.as_str()),
            size = ?request.size.known(),
            offset = point.offset,
            "upload begins"
        );
        let session = &mut self.session;
        match output.emit(ERROR_ROOM, |room| session.accept(point, room)) {
            Ok(()) => {
                let destination = destination.to_owned();
                let resumed_from = point.offset;
                self.upload = Some(OpenUpload { upload, destination, begun, resumed_from });
                Ok(())
            }
            Err(misuse) => Err(self.misused(misuse, output)),
        }
    }

    fn data(&mut self, octets: &[u8], output: &mut Outgoing) -> Result<(), Ending> {
        self.worked = true;
        match self.upload.as_mut().map(|open| open.upload.write(octets)) {
            Some(Ok(())) => Ok(()),
            Some(Err(refusal)) => self.refuse(&refusal, output),
            None => Err(self.close(Code::INTERNAL_ERROR, "no upload is open", output)),
        }
    }

    fn end(&mut self, completion: &Completion, output: &mut Outgoing) -> Result<(), Ending> {
        self.worked = true;
        let Some(open) = self.upload.take() else {
            return Err(self.close(Code::INTERNAL_ERROR, "no upload is open", output));
        };
        let OpenUpload { upload, destination, begun, resumed_from } = open;
        match upload.finish(Some(completion)) {
            // It is visible by now (`publish.before-stored`).
            Ok(digest) => {
                info!(
                    peer = %self.peer,
                    destination = shown(&destination),
                    size = completion.size,
                    digest = %format_args!("{}:{digest}", digest.kind()),
                    resumed_from,
                    milliseconds = begun.elapsed().as_millis(),
                    "stored"
                );
                let session = &mut self.session;
                match output.emit(ERROR_ROOM, |room| session.stored(digest, room)) {
                    Ok(()) => Ok(()),
                    Err(misuse) => Err(self.misused(misuse, output)),
                }
            }
            Err(refusal) => {
                self.log_failure(&destination, &refusal);
                self.send_refusal(&refusal, output)
            }
        }
    }

    /// Refuses the text that is due, or fails the open upload, whose octets stay held.
    fn refuse(&mut self, refusal: &Refusal, output: &mut Outgoing) -> Result<(), Ending> {
        if let Some(open) = self.upload.take() {
            self.log_failure(&open.destination, refusal);
            open.upload.keep();
        } else {
            let Refusal { code, message } = refusal;
            info!(peer = %self.peer, %code, reason = shown(message), "refused");
        }
        self.send_refusal(refusal, output)
    }

    fn send_refusal(&mut self, refusal: &Refusal, output: &mut Outgoing) -> Result<(), Ending> {
        let session = &mut self.session;
        let Refusal { code, message } = refusal;
        match output.emit(ERROR_ROOM, |room| session.refuse(*code, message, room)) {
            Ok(()) => Ok(()),
            Err(misuse) => Err(self.misused(misuse, output)),
        }
    }

    fn log_failure(&self, destination: &str, refusal: &Refusal) {
        let Refusal { code, message } = refusal;
        let destination = shown(destination);
        let peer = self.peer;
        match *code {
            Code::NO_SPACE | Code::STORAGE_FAILURE => {
                warn!(%peer, %code, destination, reason = shown(message), "upload failed");
            }
            _ => {
                info!(%peer, %code, destination, reason = shown(message), "upload failed");
            }
        }
    }

    /// Drops an upload that the session has answered itself.
    fn discard(&mut self, code: Code) {
        if let Some(open) = self.upload.take() {
            let destination = shown(&open.destination);
            info!(peer = %self.peer, %code, destination, "upload failed");
            open.upload.discard();
        }
    }

    /// The connection ends inside an upload, whose octets stay held.
    fn unfinished(&mut self, reason: &str) {
        if let Some(open) = self.upload.take() {
            let destination = shown(&open.destination);
            info!(peer = %self.peer, destination, reason, "upload unfinished");
            open.upload.keep();
        }
    }

    fn misused(&mut self, misuse: Misuse, output: &mut Outgoing) -> Ending {
        warn!(peer = %self.peer, error = %misuse, "internal error");
        self.close(Code::INTERNAL_ERROR, "the server cannot go on", output)
    }
}
