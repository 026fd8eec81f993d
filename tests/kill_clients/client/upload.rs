//! Uploads.

use super::connection::{Connection, Step};
use super::inbox::{Answer, Over, Pending, Progress};
use super::source::Source;
use super::{Failed, Upload};
use crate::faults::{Octets, Request, Resume};

/// How often an upload that is refused is asked for again by a client that does so.
const AGAIN: usize = 3;

impl Connection {
    /// Uploads a file; `Ok` says that it is stored.
    pub(super) fn upload(&mut self, upload: &Upload) -> Result<(), Failed> {
        let mut source = Source::open(&upload.source)?;
        let mut resume = upload.resume;
        let mut tries = 0;
        loop {
            source.rewind()?;
            let asked = self.ask(upload, &source, resume)?;
            if let Some(answer) = asked {
                let superseded = answer == Answer::Refused(222);
                if superseded && self.wrong.does(Resume::AgainAfter222) && tries < AGAIN {
                    tries += 1;
                    continue;
                }
                if self.wrong.does(Request::SendsOnWhenRefused) {
                    self.send_all(upload, &mut source)?;
                }
                return self.outcome(upload, &source, &answer);
            }
            if self.agrees(&mut source)? {
                self.octets(upload, &mut source)?;
                let answer = self.answer()?;
                let superseded = answer == Answer::Refused(222);
                if superseded && self.wrong.does(Resume::AgainAfter222) && tries < AGAIN {
                    tries += 1;
                    continue;
                }
                if self.wrong.does(Request::AbortsRefused) && matches!(answer, Answer::Refused(_)) {
                    self.send(b'A', b"")?;
                }
                return self.outcome(upload, &source, &answer);
            }
            self.abort()?;
            let answer = self.answer()?;
            if answer != Answer::Refused(220) && !self.wrong.does(Resume::TakesAnyAnswerToAbort) {
                return self.outcome(upload, &source, &answer);
            }
            if self.wrong.does(Resume::GivesUpWhenDifferent) {
                return Err(Failed::Request("the server holds other octets".to_owned()));
            }
            tries += 1;
            resume = self.wrong.does(Resume::SameAgain) && tries < AGAIN;
        }
    }

    /// Sends FILE and waits for CONTINUE; what comes back is the answer if that came instead.
    fn ask(&mut self, upload: &Upload, source: &Source, resume: bool) -> Step<Option<Answer>> {
        let wrong = self.wrong;
        let overwrite = upload.overwrite;
        let mut flags = u8::from(overwrite) | u8::from(resume) << 1;
        if wrong.does(Request::FlagOfItsOwn) {
            flags |= 4;
        }
        let digest = if upload.digest == 4 { 1 } else { 2 };
        let digest = if wrong.does(Request::DigestFromZero) { digest - 1 } else { digest };
        let size = source.size - u64::from(wrong.does(Request::SizeLessOne) && source.size > 0);
        let mut name = source.name.clone();
        if wrong.does(Request::SendsFullPath) {
            name = upload.source.to_string_lossy().into_owned();
        }
        let mut destination = upload.destination.clone();
        if wrong.does(Request::SwapsPaths) {
            std::mem::swap(&mut name, &mut destination);
        }
        if destination.len() > 1024 && !wrong.does(Request::SendsLongPath) {
            return Err(Over::Ended("the destination is too long".to_owned()));
        }
        let path = |path: &str| {
            let length = u16::try_from(path.len()).unwrap_or(u16::MAX).to_be_bytes();
            [&length, path.as_bytes()].concat()
        };
        let payload =
            [&[flags, digest], &size.to_be_bytes()[..], &path(&name), &path(&destination)].concat();
        self.look()?;
        self.inbox.go_on = None;
        self.inbox.pending.push_back(Pending {
            progress: Progress::File,
            digest: upload.digest,
            size: source.size,
            resume,
            text: Vec::new(),
        });
        let answered = self.inbox.answers.len();
        self.send(b'F', &payload)?;
        if wrong.does(Resume::SendsBeforeContinue) && resume {
            self.send(b'D', b"early")?;
        }
        if wrong.does(Request::TextInUpload) {
            self.send(b'T', b"still there?")?;
        }
        // Where a text before it is unanswered, its answer comes first.
        self.wait(|inbox| inbox.go_on.is_some() || inbox.pending.is_empty())?;
        if self.inbox.pending.is_empty() && self.inbox.go_on.is_none() {
            debug_assert!(self.inbox.answers.len() > answered, "an answer has come");
            return Ok(self.inbox.answers.pop_back());
        }
        Ok(None)
    }

    /// Whether the octets that the server holds are those of the source.
    fn agrees(&mut self, source: &mut Source) -> Result<bool, Failed> {
        let (offset, crc) = self.inbox.go_on.expect("CONTINUE has come");
        if self.wrong.does(Resume::SendsFromZero) {
            return Ok(true);
        }
        let own = source.pass(offset)?;
        Ok(own == crc || self.wrong.does(Resume::ComparesNothing))
    }

    fn refused(&self) -> bool {
        self.inbox.go_on.is_some() && self.inbox.pending.is_empty()
    }

    /// Sends what the server does not hold, and END.
    fn octets(&mut self, upload: &Upload, source: &mut Source) -> Result<(), Failed> {
        let wrong = self.wrong;
        let (offset, _) = self.inbox.go_on.expect("CONTINUE has come");
        if wrong.does(Resume::DigestOfRest) {
            source.forget();
        }
        let chunk = match self.limits.chunk {
            _ if wrong.does(Octets::IgnoresChunk) => 65_536,
            _ if wrong.does(Octets::ChunkIsText) => self.limits.text,
            chunk if wrong.does(Octets::ChunkAndOne) => chunk + 1,
            chunk => chunk,
        };
        if wrong.does(Octets::EmptyDataFirst)
            || wrong.does(Octets::EmptyDataOfEmpty) && source.size == 0
        {
            self.send(b'D', b"")?;
        }
        loop {
            self.look()?;
            if self.refused() {
                return Ok(());
            }
            let left =
                usize::try_from(source.size.saturating_sub(source.count)).unwrap_or(usize::MAX);
            let left = if wrong.does(Octets::ReadsToEnd) { chunk } else { left.min(chunk) };
            let mut octets = source.read(left)?;
            if octets.is_empty() {
                break;
            }
            if wrong.does(Octets::PadsLast) {
                octets.resize(chunk, 0);
            }
            if wrong.does(Octets::EndsEachWithLf) {
                octets.push(b'\n');
            }
            self.send(b'D', &octets)?;
            if wrong.does(Octets::EndsInMiddle) || wrong.does(Octets::TakesLeaveInMiddle) {
                let kind = if wrong.does(Octets::EndsInMiddle) { b'E' } else { b'B' };
                self.send(kind, b"")?;
            }
        }
        if wrong.does(Octets::EmptyDataLast) {
            self.send(b'D', b"")?;
        }
        let more = !source.read(1)?.is_empty();
        if (source.count < source.size || more)
            && !wrong.does(Octets::EndsChangedSource)
            && !wrong.does(Octets::ReadsToEnd)
        {
            self.abort()?;
            let _ = self.answer()?;
            return Err(Failed::Request("the source has changed".to_owned()));
        }
        self.look()?;
        if self.refused() {
            return Ok(());
        }
        self.end(upload, source, offset)
    }

    fn end(&mut self, upload: &Upload, source: &Source, offset: u64) -> Result<(), Failed> {
        let wrong = self.wrong;
        let size = match source.count {
            count if wrong.does(Resume::SizeOfRest) => count - offset,
            _ if wrong.does(Octets::EndSizeZero) => 0,
            count => count,
        };
        let mut digest = source.digest(upload.digest);
        if wrong.does(Octets::DigestLittleEndian) {
            digest.reverse();
        }
        if wrong.does(Octets::DigestInHex) {
            digest = digest.iter().flat_map(|octet| format!("{octet:02x}").into_bytes()).collect();
        }
        if wrong.does(Octets::AlwaysCrc) {
            digest = source.digest(4);
        }
        let payload = [&size.to_be_bytes()[..], &digest].concat();
        self.send(b'E', &payload)?;
        if let Some(request) = self.inbox.pending.back_mut()
            && request.progress == Progress::Sending
        {
            request.progress = Progress::Ended;
        }
        if wrong.does(Octets::EndsTwice) {
            self.send(b'E', &payload)?;
        }
        if wrong.does(Octets::AbortsBehindEnd) {
            self.send(b'A', b"")?;
        }
        Ok(())
    }

    /// Sends all of the file as if nothing had been answered.
    fn send_all(&mut self, upload: &Upload, source: &mut Source) -> Result<(), Failed> {
        loop {
            let octets = source.read(self.limits.chunk)?;
            if octets.is_empty() {
                break;
            }
            self.send(b'D', &octets)?;
        }
        self.end(upload, source, 0)
    }

    fn abort(&mut self) -> Step {
        self.send(b'A', b"")?;
        if let Some(request) = self.inbox.pending.front_mut() {
            request.progress = Progress::Aborted;
        }
        Ok(())
    }

    /// Waits for the answer of the upload, before which all others have come.
    fn answer(&mut self) -> Step<Answer> {
        self.wait(|inbox| inbox.pending.is_empty())?;
        self.inbox.answers.pop_back().ok_or_else(|| Over::Fault("no answer".to_owned()))
    }

    fn outcome(&self, upload: &Upload, source: &Source, answer: &Answer) -> Result<(), Failed> {
        let wrong = self.wrong;
        match answer {
            Answer::Refused(_) if wrong.does(Octets::RefusalIsSuccess) => Ok(()),
            Answer::Refused(211) if wrong.does(Octets::ExistsIsSuccess) => Ok(()),
            Answer::Refused(code) => Err(Failed::Request(format!("ERROR {code}"))),
            Answer::Stored(size, digest) => {
                let size = *size == source.count || wrong.does(Octets::ComparesDigestOnly);
                let digest =
                    *digest == source.digest(upload.digest) || wrong.does(Octets::ComparesSizeOnly);
                if size && digest || wrong.does(Octets::ComparesNothing) {
                    return Ok(());
                }
                Err(Failed::Request("other octets were stored".to_owned()))
            }
            Answer::Reply(_) => Err(Failed::Request("a reply".to_owned())),
        }
    }
}
