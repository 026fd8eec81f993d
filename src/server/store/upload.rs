//! One open upload, as the connection that receives it sees it.

use std::io::PipeReader;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};

use super::publish::Target;
use super::registry::{Slot, State};
use super::running::Fate;
use super::{Refusal, Store};
use crate::server::sync::Arc;
use crate::wire::{Completion, Digest, FileRequest, ResumePoint};

/// One open upload. No other has its destination.
///
/// Dropping it does what [`keep`](Self::keep) does.
#[derive(Debug)]
#[must_use = "an upload that is dropped is put aside at once"]
pub struct Upload {
    store: Store,
    slot: Arc<Slot>,
    destination: String,
    overwrite: bool,
    woken: PipeReader,
    point: ResumePoint,
}

impl Upload {
    pub(super) fn new(
        store: Store,
        slot: Arc<Slot>,
        request: &FileRequest<'_>,
        woken: PipeReader,
        point: ResumePoint,
    ) -> Self {
        let destination = request.destination.as_str().to_owned();
        Self { store, slot, destination, overwrite: request.flags.overwrite, woken, point }
    }

    /// What CONTINUE says (`resume.offset`, `resume.crc`).
    #[must_use]
    pub fn resume_point(&self) -> ResumePoint {
        self.point
    }

    /// Takes the next octets of the file, in one write unless the system cuts it.
    ///
    /// # Errors
    ///
    /// 215 past a known size, 212 past the limit of one that is not known, 213 for want of
    /// space, 219 for any other failure, 222 once the upload was taken over. After an error
    /// each further call gets the same. It is then for the caller to [`keep`](Self::keep)
    /// (after 213, 219, 222) or to [`discard`](Self::discard) (after 212, 215).
    pub fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        match &mut *self.slot.lock() {
            State::Running(running) => running.write(octets),
            _ => Err(Refusal::superseded()),
        }
    }

    /// Publishes the file, and returns the digest of what was written, of the kind that FILE
    /// asked for (`end.stored`). `expected` is what END said; an upload of the plain profile
    /// has none. Under [`Durability::Full`](super::Durability::Full) this waits for the disk.
    ///
    /// # Errors
    ///
    /// In the order of `end.judged-in-order`: size 215, digest 216, publication 211, 213,
    /// 219, 221, and 210 if a file came to be where a folder is needed; 222 if the upload was
    /// taken over; after an error of [`write`](Self::write), the same again. What is held is
    /// kept after 213, 219 and 222, and dropped after the others.
    pub fn finish(self, expected: Option<&Completion>) -> Result<Digest, Refusal> {
        let mut state = self.slot.lock();
        let State::Running(running) = &*state else { return Err(Refusal::superseded()) };
        let shared = &self.store.0;
        let target = Target { destination: &self.destination, overwrite: self.overwrite };
        let finished = running.finish(shared, &target, expected);
        self.end(&mut state, finished.as_ref().err().map(|(_, fate)| *fate));
        finished.map_err(|(refusal, _)| refusal)
    }

    /// Gives the upload up and drops its octets, as ABORT, 212, 215 and 216 ask for
    /// (`held.dropped`).
    pub fn discard(self) {
        self.end(&mut self.slot.lock(), Some(Fate::Drop));
    }

    /// Puts the upload aside, as a lost connection and most errors ask for
    /// (`held.survives`): octets of known size are held, those of unknown size dropped.
    pub fn keep(self) {
        drop(self);
    }

    /// Becomes readable once another connection has taken the upload over, and stays so
    /// (`takeover.superseded`). It is only to be polled.
    #[must_use]
    pub fn takeover_signal(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }

    /// Whether another connection has taken the upload over.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        matches!(*self.slot.lock(), State::Superseded)
    }

    /// Ends what runs, before the destination becomes free: whoever comes next finds the
    /// octets where they belong.
    fn end(&self, state: &mut State, fate: Option<Fate>) {
        if !matches!(state, State::Running(_)) {
            return;
        }
        let shared = &self.store.0;
        if let (State::Running(running), Some(fate)) = (mem::replace(state, State::Ended), fate) {
            running.settle(shared, fate);
        }
        shared.registry.release(&self.destination, &self.slot);
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.end(&mut self.slot.lock(), Some(Fate::Keep));
    }
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::super::Settings;
    use super::*;
    use crate::wire::{DeclaredSize, Destination, DigestKind, Flags, Limits, SourceName};

    fn is_woken(upload: &Upload) -> bool {
        let mut descriptors = [PollFd::from_borrowed_fd(upload.takeover_signal(), PollFlags::IN)];
        poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
    }

    fn request(resume: bool) -> FileRequest<'static> {
        FileRequest {
            flags: Flags { overwrite: false, resume },
            digest: DigestKind::Crc32,
            size: DeclaredSize::new(1),
            source: SourceName::new(b"source").unwrap(),
            destination: Destination::new(b"f").unwrap(),
        }
    }

    /// As after a panic of its connection's thread.
    #[test]
    fn an_entry_that_was_left_behind_does_not_keep_the_destination() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), Settings::default()).unwrap();
        let left = store.begin(&request(false), &Limits::default()).unwrap();
        *left.slot.lock() = State::Ended;
        drop(left);
        let (send, receive) = std::sync::mpsc::channel();
        // Not joined: it would never end if the entry was waited for.
        std::thread::spawn(move || {
            let begun = store.begin(&request(true), &Limits::default());
            send.send(begun.map(Upload::discard)).unwrap();
        });
        let begun = receive.recv_timeout(std::time::Duration::from_secs(20));
        assert_eq!(begun.expect("it is waited for"), Ok(()));
    }

    /// A child process has a copy of every descriptor until it has become another program, so
    /// that for as long nothing is seen of this end being closed.
    #[test]
    fn a_takeover_wakes_although_a_child_has_a_copy_of_the_pipe() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), Settings::default()).unwrap();
        let begin = |resume| store.begin(&request(resume), &Limits::default()).unwrap();
        let old = begin(false);
        let copy = match &*old.slot.lock() {
            State::Running(running) => running.wake.try_clone().unwrap(),
            state => panic!("{state:?}"),
        };
        assert!(!is_woken(&old));
        begin(true).discard();
        assert!(is_woken(&old));
        drop(copy);
    }
}
