//! An upload on a framed connection.
//!
//! Each DATA goes out in one write from the buffer into which the file was read, its
//! header in front of it, and a small file with its FILE and END in one write altogether.
//! The digest is computed over the same buffer.

use std::io;

use super::connection::{Connection, Pending, PendingUpload};
use super::error::Error;
use super::source::{Source, octets, read_full, read_ready};
use crate::digest::RunningDigest;
use crate::session::Misuse;
use crate::wire::{
    Code, Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Header,
    Output, ResumePoint, SourceName,
};

/// What an upload asks for (chapter 6.1).
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// The last component of the source's path; may be empty.
    pub name: SourceName<'a>,
    /// The name at the server.
    pub destination: Destination<'a>,
    /// The size in octets, if it is known.
    pub size: Option<u64>,
    /// The digest to compare.
    pub digest: DigestKind,
    /// Whether a file at the destination may be replaced.
    pub overwrite: bool,
    /// Whether to ask what the server holds, and go on from there; of no effect for an
    /// unknown size. It costs a round trip before the first octet.
    pub resume: bool,
}

/// That a server has a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Octets of the whole file.
    pub size: u64,
    /// How many of them the server held before, and were not sent.
    pub held: u64,
    /// What shows that the server has them.
    pub proof: Proof,
}

/// What shows that an upload arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Framed: the server computed the same digest of the octets that it wrote.
    Digest(Digest),
    /// Plain: the server took the end mark. Nothing shows that the octets are right.
    EndMark,
    /// Plain: nothing, the upload is doubtful (`plain.client-doubt`).
    Nothing,
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The server holds so many octets already: they are not sent.
    Held(u64),
    /// So many octets more were handed to the transport.
    Sent(u64),
}

impl<'a> Upload<'a> {
    fn request(&self) -> FileRequest<'a> {
        FileRequest {
            flags: Flags { overwrite: self.overwrite, resume: self.resume && self.size.is_some() },
            digest: self.digest,
            size: self.size.map_or(DeclaredSize::UNKNOWN, DeclaredSize::new),
            source: self.name,
            destination: self.destination,
        }
    }
}

impl Receipt {
    pub(super) const fn framed(stored: Completion, held: u64) -> Self {
        Self { size: stored.size, held, proof: Proof::Digest(stored.digest) }
    }
}

/// Why sending an upload's octets stops before its END.
enum Stop {
    /// The connection is over.
    Connection(Error),
    /// This upload is over.
    Upload(Error),
    /// The server has refused it already.
    Refused,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Connection(error)
    }
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Self::Connection(Error::Misuse(misuse))
    }
}

impl Connection {
    /// Sends a file and waits for its outcome.
    ///
    /// # Errors
    ///
    /// One of this upload, or one that [ends the connection](Error::ends_connection).
    pub fn send(
        &mut self,
        upload: &Upload<'_>,
        source: &mut dyn Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Receipt, Error> {
        const TAG: u64 = u64::MAX;
        let waited = self.push(TAG, upload, source, progress).and_then(|()| self.settle());
        // An answer counts even if the connection ended right behind it.
        while let Some((tag, outcome)) = self.next_answer() {
            if tag == TAG {
                return outcome;
            }
        }
        Err(waited.err().unwrap_or(Error::Misuse(Misuse::AnswerNotDue)))
    }

    /// Sends a file without waiting for its outcome, which
    /// [`next_answer`](Self::next_answer) gives under `tag`. At most
    /// [`MAX_OUTSTANDING`](crate::session::MAX_OUTSTANDING) requests are unanswered at
    /// once.
    ///
    /// # Errors
    ///
    /// Only those that [end the connection](Error::ends_connection): what fails this
    /// upload alone is its outcome.
    pub fn push(
        &mut self,
        tag: u64,
        upload: &Upload<'_>,
        source: &mut dyn Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        match self.upload(tag, upload.request(), source, progress) {
            Ok(()) | Err(Stop::Refused) => Ok(()),
            Err(Stop::Connection(error)) => Err(error),
            Err(Stop::Upload(error)) => {
                if self.give_up(tag)? {
                    self.answer(tag, Err(error));
                }
                Ok(())
            }
        }
    }

    fn upload(
        &mut self,
        tag: u64,
        mut request: FileRequest<'_>,
        source: &mut dyn Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Stop> {
        let mut hasher = RunningDigest::new(request.digest);
        let mut held = 0;
        self.file(tag, &request)?;
        if request.flags.resume {
            let point = self.resume_point(tag)?;
            if self.agrees(point, source, &mut hasher)? {
                held = point.offset;
            } else {
                // `resume.compared`: the server holds something else.
                source.rewind().map_err(|error| Stop::Upload(unrepeatable(error)))?;
                if !self.abort(tag)? {
                    return Err(Stop::Refused);
                }
                hasher = RunningDigest::new(request.digest);
                request.flags.resume = false;
                self.file(tag, &request)?;
            }
        }
        progress(Progress::Held(held));
        self.octets(tag, &request, held, hasher, source, progress)
    }

    fn file(&mut self, tag: u64, request: &FileRequest<'_>) -> Result<(), Stop> {
        self.make_room()?;
        let mut out = Output::new(&mut self.out[self.used..]);
        self.session.file(request, &mut out)?;
        self.used += out.len();
        let upload = PendingUpload { tag, point: None, sent: None, forgotten: false };
        self.pending.push_back(Pending::Upload(upload));
        Ok(())
    }

    /// `flow.resume-waits`
    fn resume_point(&mut self, tag: u64) -> Result<ResumePoint, Stop> {
        self.wait(|connection| match connection.pending.back() {
            Some(Pending::Upload(upload)) => upload.point.is_some(),
            Some(Pending::Text) | None => true,
        })?;
        self.newest(tag).and_then(|upload| upload.point).ok_or(Stop::Refused)
    }

    /// Whether the source begins with the octets that the server holds; they go into the
    /// digest.
    fn agrees(
        &mut self,
        point: ResumePoint,
        source: &mut dyn Source,
        hasher: &mut RunningDigest,
    ) -> Result<bool, Stop> {
        let mut crc32 = crc32fast::Hasher::new();
        let mut left = point.offset;
        while left > 0 {
            self.heed_interrupt()?;
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.out.len());
            let read = read_full(source, &mut self.out[..most])
                .map_err(|error| Stop::Upload(Error::Source(error)))?;
            if read == 0 {
                return Ok(false);
            }
            crc32.update(&self.out[..read]);
            hasher.update(&self.out[..read]);
            left -= octets(read);
        }
        Ok(crc32.finalize() == point.crc32)
    }

    /// Sends DATA from the octets held up to the source's end, then END (`resume.rest`).
    fn octets(
        &mut self,
        tag: u64,
        request: &FileRequest<'_>,
        held: u64,
        mut hasher: RunningDigest,
        source: &mut dyn Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Stop> {
        let mut reached = held;
        loop {
            // `flow.refusal-stops`
            if self.newest(tag).is_none() {
                return Err(Stop::Refused);
            }
            let begin = self.used + Header::LEN;
            let room = begin..begin + self.chunk();
            let read = match request.size.known() {
                Some(_) => read_full(source, &mut self.out[room])
                    .map(|read| Some((read, read < self.chunk()))),
                // What a pipe gives is sent on, so that the server sees that it lives.
                None => read_ready(source, &mut self.out[room])
                    .map(|read| read.map(|read| (read, read == 0))),
            }
            .map_err(Error::Source);
            // A source that an interrupt ended has not failed.
            self.heed_interrupt()?;
            let Some((read, ended)) = read.map_err(Stop::Upload)? else {
                self.keepalive()?;
                continue;
            };
            reached += octets(read);
            if let Some(declared) = request.size.known()
                && (reached > declared || (ended && reached < declared))
            {
                return Err(Stop::Upload(Error::SourceChanged { declared, read: reached }));
            }
            if read > 0 {
                // A chunk is at most 1 MiB.
                let header = self.session.data(u32::try_from(read).unwrap_or(u32::MAX))?;
                self.out[self.used..begin].copy_from_slice(&header);
                self.used = begin + read;
                hasher.update(&self.out[begin..self.used]);
            }
            if ended {
                let completion = Completion { size: reached, digest: hasher.value() };
                let mut out = Output::new(&mut self.out[self.used..]);
                self.session.end(&completion, &mut out)?;
                self.used += out.len();
                if let Some(upload) = self.newest(tag) {
                    upload.sent = Some(completion);
                }
                self.flush()?;
                progress(Progress::Sent(octets(read)));
                return Ok(());
            }
            self.flush()?;
            progress(Progress::Sent(octets(read)));
        }
    }

    /// Nothing has come from the source for long (`timer.client-keepalive`).
    fn keepalive(&mut self) -> Result<(), Error> {
        let mut out = Output::new(&mut self.out[self.used..]);
        self.session.keepalive(&mut out)?;
        self.used += out.len();
        self.flush()
    }

    /// Sends ABORT and waits for its ERROR 220; `false` if it had another answer, which is
    /// the outcome (`resume.differs`).
    fn abort(&mut self, tag: u64) -> Result<bool, Error> {
        if self.newest(tag).is_none() {
            return Ok(false);
        }
        let mut out = Output::new(&mut self.out[self.used..]);
        self.session.abort(&mut out)?;
        self.used += out.len();
        let waited = self.settle();
        let aborted = matches!(
            self.answers.back(),
            Some((answered, Err(Error::Refused { code: Code::ABORTED, .. }))) if *answered == tag
        );
        if aborted {
            self.answers.pop_back();
        }
        waited.map(|()| aborted)
    }

    /// Sends ABORT, whose answer interests nobody, unless the upload was answered already
    /// (`abort.source-failed`); `false` then.
    fn give_up(&mut self, tag: u64) -> Result<bool, Error> {
        let Some(upload) = self.newest(tag) else { return Ok(false) };
        upload.forgotten = true;
        let mut out = Output::new(&mut self.out[self.used..]);
        self.session.abort(&mut out)?;
        self.used += out.len();
        self.flush()?;
        Ok(true)
    }
}

fn unrepeatable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotSeekable => Error::NotRepeatable,
        _ => Error::Source(error),
    }
}
