//! Uploads of a session: what is there before, the frames, the answers that are due, and
//! what is there in the end.

use std::sync::LazyLock;

use super::axis::{Chunking, Finish, Flag, Kind, Known, Meta, Order, Size, There};
use super::play::{By as _, Due, Judged, Play, send};
use super::session::Sending;
use crate::conformance::answer::unexpected;
use crate::conformance::octets::{self, frame};
use crate::conformance::{Answer, Departure, Peer, Trial, Upload};
use crate::wire::{
    Completion, DeclaredSize, Digest, DigestKind, FileSize, Flags, Frame, ResumePoint,
};

/// The other file at the destination; no size that is uploaded is its own.
const OLD: &[u8] = b"older";

/// Whether more can be sent on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Whole,
    /// The stream must end here.
    Cut,
}

/// What the server has said to a FILE, or must say.
enum Begun {
    From(usize),
    /// From the first octet although a file is there that it may not replace, as
    /// `held.none` allows: what becomes of the end is not said.
    Doubtful,
    Refused,
}

/// An upload of which all is known but what the server decides. It is made before its
/// connection is, so that no timer of the server runs meanwhile.
pub(super) struct Planned {
    sending: Sending,
    upload: Upload,
    completion: Completion,
}

impl Play<'_, '_> {
    /// Plans an upload, and brings about what shall be at its destination.
    pub(super) fn plan(&mut self, name: &str, sending: Sending) -> Judged<Planned> {
        let size = self.size(sending.size);
        let sending = if self.room() <= OLD.len() && sending.there == There::Old {
            Sending { there: There::Nothing, ..sending }
        } else {
            sending
        };
        let mut upload = Upload::new(self.trial.destination(name), content(size));
        self.prepare(&upload, sending)?;
        let flags = [(false, false), (true, false), (false, true), (true, true)];
        let (overwrite, resume) = flags[sending.flag as usize];
        upload.flags = Flags { overwrite, resume };
        upload.kind = match sending.kind {
            Kind::Crc32 => DigestKind::Crc32,
            Kind::Sha256 => DigestKind::Sha256,
        };
        if sending.known == Known::Unsaid {
            upload.declared = DeclaredSize::UNKNOWN;
        }
        let completion = upload.completion();
        Ok(Planned { sending, upload, completion })
    }

    pub(super) fn upload(
        &mut self,
        peer: &mut Peer,
        planned: Planned,
        order: Order,
        dues: &mut Vec<Due>,
    ) -> Judged<Sent> {
        let Planned { sending, ref upload, .. } = planned;
        send(peer, &upload.file())?;
        // A client that sets RESUME waits for CONTINUE (`flow.resume-waits`).
        let begun = if order == Order::Patient || upload.flags.resume {
            self.drain(peer, dues)?;
            self.answer_to_file(peer, upload, sending)?
        } else if exists(sending.there) && !upload.flags.overwrite {
            dues.push(Due::Error(211, "file.exists"));
            Begun::Refused
        } else {
            dues.push(Due::Start);
            Begun::From(0)
        };
        let before = exists(sending.there);
        match begun {
            Begun::From(offset) => {
                let (rest, due) = self.rest(&planned, offset);
                send(peer, &rest)?;
                let stored = matches!(due, Some(Due::Stored(..)));
                self.files.push((planned.upload, stored || before));
                let sent = if due.is_none() { Sent::Cut } else { Sent::Whole };
                dues.extend(due);
                Ok(sent)
            }
            Begun::Doubtful => {
                send(peer, &octets::abort())?;
                dues.push(Due::Error(220, "state.open.abort"));
                self.files.push((planned.upload, before));
                Ok(Sent::Whole)
            }
            Begun::Refused => {
                // What it has sent before it could know is skipped (`state.discard.end`).
                let eager = order != Order::Patient && !upload.flags.resume;
                if eager && sending.finish != Finish::Cut {
                    send(peer, &self.rest(&planned, 0).0)?;
                }
                self.files.push((planned.upload, before));
                Ok(Sent::Whole)
            }
        }
    }

    /// Largest file that the server takes, as far as it matters here.
    fn room(&self) -> usize {
        let most = self.trial.limits().file.map_or(u64::MAX, FileSize::octets);
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    fn chunk(&self) -> usize {
        usize::try_from(self.trial.limits().chunk.octets()).unwrap_or(1024)
    }

    fn size(&self, size: Size) -> usize {
        let chunk = self.chunk();
        let size = match size {
            Size::Empty => 0,
            Size::One => 1,
            Size::Small => 37,
            Size::BelowChunk => chunk - 1,
            Size::Chunk => chunk,
            Size::AboveChunk => chunk + 1,
            Size::TwoChunks => 2 * chunk,
            Size::Odd => 2 * chunk + 511,
        };
        size.min(self.room())
    }

    /// Brings about what shall be at the destination.
    fn prepare(&mut self, upload: &Upload, sending: Sending) -> Judged {
        self.trial.renew();
        match sending.there {
            There::Nothing => Ok(()),
            There::Old => self.store(&Upload::new(upload.destination.clone(), OLD.to_vec())),
            There::Same => self.store(upload),
            There::Held => {
                let mut peer = self.trial.open().by("preface.server-answers")?;
                let half = upload.data(0..upload.octets.len() / 2);
                send(&mut peer, &[upload.file(), half].concat())?;
                peer.expect_start().by("answer.continue-prompt")?;
                peer.shut_down();
                peer.expect_closed().by("eof.open-upload")?;
                // Without RESUME the server must have seen the end of that connection.
                if matches!(sending.flag, Flag::None | Flag::Overwrite) {
                    let mut peer = self.trial.open().by("preface.server-answers")?;
                    there(self.trial, &mut peer, upload)?;
                    peer.finish().by("bye.answered")?;
                }
                Ok(())
            }
        }
    }

    fn store(&mut self, upload: &Upload) -> Judged {
        let mut peer = self.trial.open().by("preface.server-answers")?;
        send(&mut peer, &upload.all())?;
        peer.expect_start().by("answer.continue-prompt")?;
        peer.expect_stored(upload).by("end.stored")?;
        peer.finish().by("bye.answered")
    }

    /// Where the server goes on from, which it may choose, or that it refuses.
    fn answer_to_file(
        &mut self,
        peer: &mut Peer,
        upload: &Upload,
        sending: Sending,
    ) -> Judged<Begun> {
        let size = upload.octets.len();
        let Flags { overwrite, resume } = upload.flags;
        let resumes = resume && sending.known == Known::Said;
        // The most that may be held, and whether 211 may be said, or must.
        let whole = resumes && sending.there == There::Same;
        let held = if resumes && sending.there == There::Held { size / 2 } else { 0 };
        let may_refuse = exists(sending.there) && !overwrite;
        let must_refuse = may_refuse && !whole;
        let expected = match (must_refuse, may_refuse) {
            (true, _) => "ERROR 211",
            (false, true) => "CONTINUE or ERROR 211",
            (false, false) => "CONTINUE",
        };
        self.history.push(expected.to_owned());
        let answer = peer.next(expected).by("answer.continue-prompt")?;
        match &answer {
            Answer::Continue(point) if !must_refuse => {
                let offset = usize::try_from(point.offset).unwrap_or(usize::MAX);
                let from_file = whole && offset == size;
                if may_refuse && offset == 0 && size > 0 {
                    return Ok(Begun::Doubtful);
                }
                if offset > held && !from_file {
                    let most = if whole { size } else { held };
                    let expected = format!("CONTINUE with an offset that it can hold, of {most}");
                    return Err(Departure::fail(expected, answer.to_string())).by("resume.offset");
                }
                let wanted = ResumePoint { crc32: upload.crc32(offset), ..*point };
                if *point != wanted {
                    let expected = Answer::Continue(wanted).to_string();
                    return Err(Departure::fail(expected, answer.to_string())).by("resume.crc");
                }
                Ok(Begun::From(offset))
            }
            Answer::Error(code, _) if may_refuse && code.number() == 211 => Ok(Begun::Refused),
            Answer::Error(code, _) if code.number() == 211 => {
                Err(unexpected(expected, &answer)).by("file.exists")
            }
            Answer::Continue(_) => Err(unexpected(expected, &answer)).by("file.exists"),
            Answer::Error(_, _) => Err(unexpected(expected, &answer)).by("file.judged-in-order"),
            _ => Err(unexpected(expected, &answer)).by("answer.continue-prompt"),
        }
    }

    /// What is sent after FILE, and its answer; none if the stream must end.
    fn rest(&self, planned: &Planned, offset: usize) -> (Vec<u8>, Option<Due>) {
        let Planned { sending, upload, completion } = planned;
        let sending = *sending;
        let size = upload.octets.len();
        let half = usize::midpoint(offset, size);
        let whole = || self.data(&upload.octets[offset..], sending);
        let part = || self.data(&upload.octets[offset..half], sending);
        let end = octets::emit(&Frame::End(*completion));
        let (octets, due) = match sending.finish {
            Finish::Abort => {
                ([part(), octets::abort()].concat(), Due::Error(220, "state.open.abort"))
            }
            Finish::Short if half < size => ([part(), end].concat(), Due::Error(215, "end.size")),
            Finish::Whole | Finish::Short => {
                ([whole(), end].concat(), Due::Stored(upload.clone(), *completion))
            }
            Finish::WrongDigest => {
                let mut digest = match completion.digest {
                    Digest::Crc32(digest) => digest.to_vec(),
                    Digest::Sha256(digest) => digest.to_vec(),
                };
                digest[0] ^= 1;
                let end = octets::end(size as u64, &digest);
                ([whole(), end].concat(), Due::Error(216, "end.digest"))
            }
            Finish::PastSize => {
                let due = match sending.known {
                    Known::Said => Due::Error(215, "data.past-size"),
                    Known::Unsaid if size >= self.room() => Due::Error(212, "data.past-limit"),
                    Known::Unsaid => Due::Error(215, "end.size"),
                };
                ([whole(), octets::data(b"x"), end].concat(), due)
            }
            Finish::Cut => return (part(), None),
        };
        (octets, Some(due))
    }

    /// Octets as DATA, with frames between that are skipped.
    fn data(&self, octets: &[u8], sending: Sending) -> Vec<u8> {
        let chunk = self.chunk();
        let lengths: &[usize] = match sending.chunking {
            Chunking::Largest => &[chunk],
            Chunking::Kibibyte => &[1024],
            Chunking::Uneven => &[1, 1024, 7, 1000, 311, 2, 997],
            Chunking::OneFirst => &[1, chunk, chunk, chunk],
        };
        let mut lengths = lengths.iter().cycle();
        let mut rest = octets;
        let mut frames = Vec::new();
        let between = || match sending.meta {
            Meta::None => Vec::new(),
            Meta::Inside => frame(b'n', b"between"),
        };
        frames.extend(between());
        while let (false, Some(&len)) = (rest.is_empty(), lengths.next()) {
            let (piece, left) = rest.split_at(len.min(rest.len()));
            frames.extend(octets::data(piece));
            frames.extend(between());
            rest = left;
        }
        frames
    }

    /// There is a file in the end where there should be one, and nowhere else.
    pub(super) fn afterwards(&mut self) -> Judged {
        if self.files.is_empty() {
            return Ok(());
        }
        self.trial.renew();
        let mut peer = self.trial.open().by("preface.server-answers")?;
        for (upload, expected) in std::mem::take(&mut self.files) {
            let found = there(self.trial, &mut peer, &upload)?;
            if found != expected {
                let told = |is| if is { "a file" } else { "no file" };
                let (expected, found) = (told(expected), told(found));
                let at = format!("{expected} at `{}` in the end", upload.destination);
                let requirement = match found {
                    "a file" => "publish.nothing-on-failure",
                    _ => "publish.before-stored",
                };
                return Err(Departure::fail(at, found)).by(requirement);
            }
        }
        peer.finish().by("bye.answered")
    }
}

const fn exists(there: There) -> bool {
    matches!(there, There::Old | There::Same)
}

/// The octets of every file, as many of them as it has.
fn content(len: usize) -> Vec<u8> {
    static ALL: LazyLock<Vec<u8>> = LazyLock::new(|| octets::content((2 << 20) + 511));
    ALL.get(..len).map_or_else(|| octets::content(len), <[u8]>::to_vec)
}

/// Whether there is a file, once the destination is not open any more. The FILE that asks
/// says no size, and so drops no octets that are held.
fn there(trial: &Trial<'_>, peer: &mut Peer, upload: &Upload) -> Judged<bool> {
    let expected = "CONTINUE or ERROR 211";
    let question = Upload::new(upload.destination.clone(), Vec::new()).of_unknown_size();
    loop {
        send(peer, &question.file())?;
        match peer.next(expected).by("answer.continue-prompt")? {
            Answer::Continue(_) => {
                send(peer, &octets::abort())?;
                peer.expect_error(220).by("state.open.abort")?;
                return Ok(false);
            }
            Answer::Error(code, _) if code.number() == 211 => return Ok(true),
            // A server need not have seen the end of a connection in its very moment.
            Answer::Error(code, _) if code.number() == 214 && !trial.is_late() => Trial::pause(),
            other => return Err(unexpected(expected, &other)).by("file.judged-in-order"),
        }
    }
}
