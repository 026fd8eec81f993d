//! Plays a session, and says whether what comes is a history that the spec accepts.
//!
//! The model is of the spec alone. Where the spec leaves a choice to the server, every
//! choice is accepted: any reply, 201 and 202 to a text; any part of the octets that were
//! sent before as held, or none; a complete file counted as held, or refused with 211.

use std::collections::VecDeque;

use super::axis::{Axis as _, Ending, Order, Padding, Preface, Rest, Words, Wrong};
use super::session::{Session, Step, Strand};
use super::upload::Sent;
use crate::conformance::answer::unexpected;
use crate::conformance::octets::{self, RawFile, frame, header};
use crate::conformance::{Answer, Departure, Outcome, Peer, Proof, Trial, Upload, oracle};
use crate::wire::{Completion, FrameType, PayloadLimit, ResumePoint};

/// What came of a session.
pub(super) struct Played {
    /// Whether it is a history that the spec accepts, or else the requirement that is broken.
    pub(super) outcome: Judged,
    /// What was expected to come, answer by answer, up to the one that did not.
    pub(super) history: Vec<String>,
    /// How far the files that were stored were looked at.
    pub(super) proof: Option<Proof>,
}

/// Why a session is not accepted, and the requirement that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) requirement: &'static str,
    pub(super) departure: Departure,
}

pub(super) type Judged<T = ()> = Result<T, Broken>;

/// Names the requirement by which something is judged.
pub(super) trait By<T> {
    fn by(self, requirement: &'static str) -> Judged<T>;
}

impl<T> By<T> for Outcome<T> {
    fn by(self, requirement: &'static str) -> Judged<T> {
        self.map_err(|departure| Broken { requirement, departure })
    }
}

/// An answer that must come before any other.
pub(super) enum Due {
    Text,
    Start,
    Stored(Upload, Completion),
    Error(u16, &'static str),
}

/// Plays all of it, on connections that the trial makes.
pub(super) fn play(trial: &mut Trial<'_>, session: &Session) -> Played {
    let mut play = Play { trial, history: Vec::new(), files: Vec::new() };
    let mut proof = None;
    let outcome = play.session(session).and_then(|()| {
        play.trial.renew();
        proof = oracle::examine(play.trial).by("end.stored")?;
        Ok(())
    });
    Played { outcome, history: play.history, proof }
}

pub(super) struct Play<'t, 's> {
    pub(super) trial: &'t mut Trial<'s>,
    pub(super) history: Vec<String>,
    /// The destinations, and whether there is a file in the end.
    pub(super) files: Vec<(Upload, bool)>,
}

impl Play<'_, '_> {
    fn session(&mut self, session: &Session) -> Judged {
        for (number, strand) in session.strands.iter().enumerate() {
            self.strand(number, strand)?;
        }
        self.afterwards()
    }

    fn strand(&mut self, number: usize, strand: &Strand) -> Judged {
        let mut planned = VecDeque::new();
        for (place, step) in strand.steps.iter().enumerate() {
            if let Step::Upload(sending) = step {
                planned.push_back(self.plan(&format!("{number}-{place}"), *sending)?);
            }
        }
        self.trial.renew();
        let mut peer = self.connect(strand.preface)?;
        let mut dues = Vec::new();
        for (place, step) in strand.steps.iter().enumerate() {
            let name = format!("{number}-{place}");
            match *step {
                Step::Text(words) => self.text(&mut peer, words, &mut dues)?,
                Step::Ignorable(padding) => {
                    let len = [0, 1000, 65_536][padding as usize];
                    debug_assert_eq!(padding.words().len(), Padding::ALL.len());
                    send(&mut peer, &frame(b'm', &octets::content(len)))?;
                }
                Step::Refused(wrong, rest) => {
                    self.refused(&mut peer, &name, wrong, (rest, strand.order), &mut dues)?;
                }
                Step::Upload(_) => {
                    let Some(planned) = planned.pop_front() else { continue };
                    let sent = self.upload(&mut peer, planned, strand.order, &mut dues)?;
                    if sent == Sent::Cut {
                        peer.shut_down();
                        self.drain(&mut peer, &mut dues)?;
                        return self.closed(&mut peer, "eof.open-upload");
                    }
                }
            }
            if strand.order != Order::Late {
                self.drain(&mut peer, &mut dues)?;
            }
        }
        self.end(&mut peer, strand.ending, &mut dues)
    }

    fn connect(&mut self, preface: Preface) -> Judged<Peer> {
        let (line, limit) = match preface {
            Preface::Shortest => ("", None),
            Preface::Agent => (" agent=conform/1", None),
            Preface::Text => (" text=4096", PayloadLimit::new(4096).ok()),
            Preface::Unknown => (" x-later=1=2 chunk=abc file=-1 z=~", None),
            Preface::Above => (" text=99999999999999999999", Some(PayloadLimit::MOST)),
        };
        let line = format!("CONEXION/1 CLIENT{line}\n");
        let mut peer = self.trial.open_with(line.as_bytes()).by("preface.server-answers")?;
        peer.set_text_limit(limit.unwrap_or(PayloadLimit::LEAST));
        Ok(peer)
    }

    fn text(&mut self, peer: &mut Peer, words: Words, dues: &mut Vec<Due>) -> Judged {
        let most = self.trial.limits().text.octets().min(4096);
        let text = match words {
            Words::Short => b"hola".to_vec(),
            Words::Empty => Vec::new(),
            Words::Accented => "¿qué tal, señor €𝄞?".into(),
            Words::Special => "\u{FEFF}a\0b".into(),
            Words::NotUtf8 => b"caf\xE9".to_vec(),
            Words::Long => vec![b't'; usize::try_from(most).unwrap_or(1024)],
        };
        send(peer, &octets::text(text))?;
        dues.push(match words {
            Words::NotUtf8 => Due::Error(200, "text.utf8"),
            _ => Due::Text,
        });
        Ok(())
    }

    fn refused(
        &mut self,
        peer: &mut Peer,
        name: &str,
        wrong: Wrong,
        (rest, order): (Rest, Order),
        dues: &mut Vec<Due>,
    ) -> Judged {
        let upload = Upload::new(self.trial.destination(name), Vec::new());
        let mut file = upload.raw();
        let (code, requirement) = match wrong {
            Wrong::Flag => {
                file.flags = 0x80;
                (218, "file.flags")
            }
            Wrong::Digest => {
                file.digest = 9;
                (217, "file.digest")
            }
            Wrong::Dots => {
                file.destination.extend_from_slice(b"/../x");
                (210, "path.dot-component")
            }
            Wrong::NotUtf8 => {
                file.destination.push(0xFF);
                (210, "path.utf8")
            }
            Wrong::Source => {
                file.source = vec![b'x'; 1025];
                (210, "path.source")
            }
        };
        send(peer, &RawFile::frame(&file))?;
        dues.push(Due::Error(code, requirement));
        // A client that has read the refusal begins no DATA (`flow.refusal-stops`).
        let data = if order == Order::Patient { Vec::new() } else { octets::data(b"skipped") };
        match rest {
            Rest::Nothing => Ok(()),
            Rest::Abort => send(peer, &octets::abort()),
            Rest::End => send(peer, &octets::end(9, &[7; 32])),
            Rest::DataAndEnd => send(peer, &[data, octets::end(0, &[0; 4])].concat()),
        }
    }

    fn end(&mut self, peer: &mut Peer, ending: Ending, dues: &mut Vec<Due>) -> Judged {
        let last = match ending {
            Ending::Bye => octets::bye(),
            Ending::ByeAndMore => [octets::bye(), octets::text("x"), header(b'Z', 9)].concat(),
            Ending::HalfClose => Vec::new(),
            Ending::UnknownFrame => header(b'Z', 0),
            Ending::NoLetter => header(b'1', 0),
            Ending::TooLong => {
                header(FrameType::Text.octet(), self.trial.limits().text.octets() + 1)
            }
            Ending::OtherSide => header(FrameType::Reply.octet(), 0),
        };
        send(peer, &last)?;
        if ending == Ending::HalfClose {
            peer.shut_down();
        }
        self.drain(peer, dues)?;
        let (code, requirement) = match ending {
            Ending::Bye | Ending::ByeAndMore => {
                self.history.push("BYE".to_owned());
                return peer.expect_bye().by("bye.answered");
            }
            Ending::HalfClose => return self.closed(peer, "eof.whole-frames"),
            Ending::UnknownFrame => (103, "frame.unknown-critical"),
            Ending::NoLetter => (101, "frame.type-letter"),
            Ending::TooLong => (102, "frame.too-long"),
            Ending::OtherSide => (104, "frame.unexpected"),
        };
        self.expect(peer, Due::Error(code, requirement))
    }

    fn closed(&mut self, peer: &mut Peer, requirement: &'static str) -> Judged {
        self.history.push("the end".to_owned());
        peer.expect_closed().by(requirement)
    }

    /// Reads what must have come.
    pub(super) fn drain(&mut self, peer: &mut Peer, dues: &mut Vec<Due>) -> Judged {
        dues.drain(..).try_for_each(|due| self.expect(peer, due))
    }

    pub(super) fn expect(&mut self, peer: &mut Peer, due: Due) -> Judged {
        self.history.push(match &due {
            Due::Text => "an answer to a text".to_owned(),
            Due::Start => "CONTINUE".to_owned(),
            Due::Stored(..) => "STORED".to_owned(),
            Due::Error(code, _) => format!("ERROR {code}"),
        });
        match due {
            Due::Text => text_answer(peer),
            Due::Start => start(peer),
            Due::Stored(upload, completion) => self.stored(peer, &upload, completion),
            Due::Error(code, requirement) => peer.expect_error(code).by(requirement).map(drop),
        }
    }

    fn stored(&self, peer: &mut Peer, upload: &Upload, completion: Completion) -> Judged {
        let wanted = Answer::Stored(completion);
        let expected = wanted.to_string();
        let answer = peer.next(&expected).by("answer.one-each")?;
        if answer == wanted {
            self.trial.note_stored(upload);
            return Ok(());
        }
        let requirement = match &answer {
            Answer::Stored(_) => "end.stored",
            Answer::Error(code, _) if code.number() == 215 => "end.size",
            Answer::Error(code, _) if code.number() == 216 => "end.digest",
            Answer::Error(_, _) => "end.judged-in-order",
            _ => "answer.one-each",
        };
        Err(unexpected(&expected, &answer)).by(requirement)
    }
}

/// A reply, or the refusals that a server may give to a text like any other.
fn text_answer(peer: &mut Peer) -> Judged {
    let expected = "REPLY, ERROR 201 or ERROR 202";
    match peer.next(expected).by("text.answered")? {
        Answer::Reply(_) => Ok(()),
        Answer::Error(code, _) if matches!(code.number(), 201 | 202) => Ok(()),
        other => Err(unexpected(expected, &other)).by("text.answered"),
    }
}

fn start(peer: &mut Peer) -> Judged {
    let expected = Answer::Continue(ResumePoint::START).to_string();
    let answer = peer.next(&expected).by("answer.continue-prompt")?;
    let requirement = match &answer {
        Answer::Continue(ResumePoint::START) => return Ok(()),
        Answer::Continue(ResumePoint { offset: 0, .. }) => "resume.crc",
        Answer::Continue(_) => "resume.offset",
        Answer::Error(code, _) if code.number() == 211 => "file.exists",
        Answer::Error(_, _) => "file.judged-in-order",
        _ => "answer.continue-prompt",
    };
    Err(unexpected(&expected, &answer)).by(requirement)
}

/// Sends octets, which the server must take although answers are not read.
pub(super) fn send(peer: &mut Peer, octets: &[u8]) -> Judged {
    peer.send(octets).by("flow.pipelining")
}
