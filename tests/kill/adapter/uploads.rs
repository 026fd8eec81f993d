//! Chapter 6: what comes of FILE, DATA, END and ABORT.

use conexion::wire::{
    Completion, DigestKind, FileError, FileRequest, Frame, FrameType, ResumePoint,
};

use super::FILE;
use super::connection::Step;
use super::frames::{Conversation, digest, payload};
use super::requests::State;
use super::store::{Partial, Request};
use crate::faults::Disk;

/// An upload in `open`.
pub(super) struct Open {
    pub(super) partial: Partial,
    kind: DigestKind,
    size: Option<u64>,
}

impl Conversation<'_> {
    pub(super) fn bad_file(&mut self, error: FileError) -> Step {
        let code = match error {
            FileError::Layout => return Err(self.connection.fatal(101, &error.to_string())),
            FileError::Flags(_) => 218,
            FileError::Digest(_) => 217,
            FileError::Destination(_) | FileError::Source(_) => 210,
        };
        self.refuse(code)
    }

    /// ERROR 2xx for an upload whose frames may still be on their way.
    pub(super) fn refuse(&mut self, code: u16) -> Step {
        self.open = None;
        self.state = State::Discard;
        self.answer(code, "the upload is refused")
    }

    pub(super) fn file(&mut self, file: &FileRequest<'_>) -> Step {
        let size = file.size.known();
        let request = Request {
            destination: file.destination.as_str().to_owned(),
            source: file.source.as_str().to_owned(),
            overwrite: file.flags.overwrite,
            resume: file.flags.resume,
            size,
        };
        match self.connection.shared.store.begin(&request) {
            Err(code) => self.refuse(code),
            Ok(partial) => {
                let point = ResumePoint { offset: partial.len(), crc32: partial.crc32() };
                self.digest = file.digest;
                self.open = Some(Open { partial, kind: file.digest, size });
                self.state = State::Open;
                self.connection.send(FrameType::Continue, &payload(&Frame::Continue(point)))
            }
        }
    }

    /// Refuses an upload that DATA of this length runs past its size or the server's limit.
    pub(super) fn judge_data(&mut self, len: u32) -> Step {
        let Some(open) = &self.open else { return Ok(()) };
        match open.partial.len() + u64::from(len) {
            len if open.size.is_some_and(|size| len > size) => self.refuse(215),
            len if len > FILE => self.refuse(212),
            _ => Ok(()),
        }
    }

    pub(super) fn data(&mut self, octets: &[u8]) -> Step {
        let Some(open) = &mut self.open else { return Ok(()) };
        match open.partial.write(octets) {
            Ok(()) => Ok(()),
            Err(code) => self.refuse(code),
        }
    }

    pub(super) fn end(&mut self, completion: &Completion) -> Step {
        let Some(open) = self.open.take() else { return Ok(()) };
        self.state = State::Idle;
        let len = open.partial.len();
        if completion.size != len || open.size.is_some_and(|size| size != len) {
            drop(open);
            return self.answer(215, "another size");
        }
        let own = digest(open.kind, open.partial.crc32(), open.partial.sha256());
        let stored = payload(&Frame::Stored(Completion { size: len, digest: own }));
        if completion.digest != own {
            if self.does(Disk::PublishesBeforeDigest) {
                let _ = open.partial.publish();
            } else {
                drop(open);
            }
            return self.answer(216, "another digest");
        }
        if self.does(Disk::StoredBeforePublication) {
            self.connection.send(FrameType::Stored, &stored)?;
            std::thread::sleep(std::time::Duration::from_millis(200));
            let _ = open.partial.publish();
            return Ok(());
        }
        match open.partial.publish() {
            Ok(()) => self.connection.send(FrameType::Stored, &stored),
            Err(code) => self.answer(code, "the file cannot be published"),
        }
    }

    pub(super) fn abort(&mut self) -> Step {
        self.state = State::Idle;
        if let Some(open) = self.open.take() {
            open.partial.given_up();
        }
        self.answer(220, "given up")
    }

    /// The stream has ended.
    pub(super) fn lost(&mut self) {
        if let Some(open) = self.open.take() {
            open.partial.lost();
        }
    }
}
