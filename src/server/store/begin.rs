//! From a FILE to an open upload: judged, entered in the registry, resumed.

use std::fs::File;
use std::io::{self, PipeWriter};
use std::mem;
use std::time::SystemTime;

use rustix::fs::fstat;

use super::held_digest::seeded_digest;
use super::judge::{Plan, judge_size};
use super::registry::{Slot, State};
use super::running::{Backing, Fate, Running};
use super::walk::Place;
use super::{Refusal, Shared, Store, Upload, partial};
use crate::digest::RunningDigest;
use crate::server::sync::atomic::Ordering;
use crate::wire::{Code, DigestKind, FileRequest, Limits, ResumePoint};

impl Store {
    /// Accepts a FILE, or refuses it by the first that fails of what the storage has to say
    /// in the order of `file.judged-in-order`: destination 210, permission 221, size 212,
    /// busy 214, existence 211, space 213.
    ///
    /// An upload that is resumed is read once, from its first octet, before this returns. If
    /// another connection has the destination open and RESUME is set, this waits until what
    /// that one is writing, or publishing, is done, and takes the upload over unless that
    /// stored it (`takeover.wins`). A FILE that is refused takes nothing over.
    ///
    /// # Errors
    ///
    /// The refusals named above, and 219 if the storage fails.
    pub fn begin(&self, request: &FileRequest<'_>, limits: &Limits) -> Result<Upload, Refusal> {
        let shared = &self.0;
        let destination = request.destination.as_str();
        let place = Place::find(shared, destination)?;
        judge_size(request, limits)?;
        let (woken, wake) =
            io::pipe().map_err(|error| Refusal::storage("open the upload", error))?;

        let slot = Slot::new();
        // Nobody knows this slot yet, so this does not wait; who finds it in the registry
        // waits until the upload runs.
        let mut state = slot.lock();
        let begun = loop {
            let Some(other) = shared.registry.claim(destination, &slot) else {
                let plan = shared.judge(request, limits, place);
                break plan.and_then(|plan| shared.start(plan, request.digest, wake));
            };
            // `file.busy`
            if !request.flags.resume {
                let message = format!("another connection has it open: `{destination}`");
                return Err(Refusal::new(Code::DESTINATION_BUSY, message));
            }
            let mut theirs = other.lock();
            if matches!(*theirs, State::Running(_)) {
                // Judged and started with their lock held: a FILE that is refused leaves them
                // running, and one that is not finds what they have written.
                let plan = shared.judge(request, limits, place)?;
                let (running, point) = shared.start(plan, request.digest, wake)?;
                shared.registry.replace(destination, &slot);
                if let State::Running(old) = mem::replace(&mut *theirs, State::Superseded) {
                    shared.put_aside(old, &running);
                }
                break Ok((running, point));
            }
            // It ended, or was taken over, while we waited. Only one that panicked has left
            // its entry behind.
            shared.registry.release(destination, &other);
        };
        match begun {
            Ok((running, point)) => {
                *state = State::Running(running);
                drop(state);
                Ok(Upload::new(self.clone(), slot, request, woken, point))
            }
            Err(refusal) => {
                *state = State::Ended;
                shared.registry.release(destination, &slot);
                Err(refusal)
            }
        }
    }
}

impl Shared {
    /// Ends an upload that was taken over. What it has written is held, unless the new one goes
    /// by the same name.
    fn put_aside(&self, mut old: Running, new: &Running) {
        old.wake();
        let is_the_same = match (&old.backing, &new.backing) {
            (Backing::Known { name: theirs, .. }, Backing::Known { name: ours, .. }) => {
                theirs == ours
            }
            _ => false,
        };
        if !is_the_same {
            old.settle(self, Fate::Keep);
        }
    }

    /// Prepares the file and the digest of an upload that passes each check. If that fails, what
    /// is held is held still.
    fn start(
        &self,
        plan: Plan,
        kind: DigestKind,
        wake: PipeWriter,
    ) -> Result<(Running, ResumePoint), Refusal> {
        let create = |name: &str| {
            self.evict(SystemTime::now());
            let spare = self.unknown_name();
            partial::create(&self.own, name, &spare)
                .map_err(|errno| Refusal::storage("create the upload's file", errno))
        };
        let begun = |file, backing, digest, point: ResumePoint| {
            let octets = point.offset;
            (Running { file, backing, octets, digest, failed: None, wake }, point)
        };
        let (name, size, was_held) = match plan {
            Plan::Unknown { limit } => {
                let name = self.unknown_name();
                let file = create(&name)?;
                let backing = Backing::Unknown { name, limit };
                return Ok(begun(file, backing, RunningDigest::new(kind), ResumePoint::START));
            }
            Plan::Complete { mut file, name, size } => {
                let (digest, point) = seeded(kind, &mut file, size)
                    .map_err(|error| Refusal::storage("read the file that is there", error))?;
                return Ok(begun(file, Backing::Complete { name, size }, digest, point));
            }
            Plan::Held { mut file, octets, name, size } => {
                let was_held = self.take_held(&name);
                // It was opened before it was safe from eviction.
                let is_there = fstat(&file)
                    .is_ok_and(|stat| partial::octets_held(&stat, size) == Some(octets));
                match seeded(kind, &mut file, octets) {
                    Ok((digest, point)) if is_there => {
                        return Ok(begun(file, Backing::Known { name, size }, digest, point));
                    }
                    // No loss but time: any RESUME may be answered with offset 0 (`held.none`).
                    Ok(_) => tracing::debug!(name, "held octets were dropped meanwhile"),
                    Err(error) => tracing::warn!(name, %error, "could not read held octets"),
                }
                (name, size, was_held)
            }
            Plan::Fresh { name, size } => {
                let was_held = self.take_held(&name);
                (name, size, was_held)
            }
        };
        let file = create(&name).inspect_err(|_| {
            if was_held {
                self.hold(&name, size);
            }
        })?;
        let backing = Backing::Known { name, size };
        Ok(begun(file, backing, RunningDigest::new(kind), ResumePoint::START))
    }

    /// The next name for a file that nobody will ask for again.
    fn unknown_name(&self) -> String {
        partial::unknown_name(self.next_unknown.fetch_add(1, Ordering::Relaxed))
    }
}

/// The digest of exactly so many octets.
fn seeded(
    kind: DigestKind,
    file: &mut File,
    octets: u64,
) -> io::Result<(RunningDigest, ResumePoint)> {
    let (digest, point) = seeded_digest(kind, file, octets)?;
    if point.offset == octets {
        Ok((digest, point))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::Settings;
    use super::*;
    use crate::wire::{DeclaredSize, Destination, Flags, SourceName};

    fn request(size: u64, resume: bool) -> FileRequest<'static> {
        FileRequest {
            flags: Flags { overwrite: false, resume },
            digest: DigestKind::Crc32,
            size: DeclaredSize::new(size),
            source: SourceName::new(b"source").unwrap(),
            destination: Destination::new(b"f").unwrap(),
        }
    }

    /// Nothing can be created in place of another, until what this returns is removed.
    fn in_the_way(root: &Path, shared: &Shared) -> PathBuf {
        let next = shared.next_unknown.load(Ordering::Relaxed);
        let folder = root.join(".conexion").join(partial::unknown_name(next));
        fs::create_dir_all(folder.join("full")).unwrap();
        folder
    }

    #[test]
    fn a_file_that_is_refused_in_its_beginning_drops_nothing() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), Settings::default()).unwrap();
        let mut upload = store.begin(&request(3, true), &Limits::default()).unwrap();
        upload.write(b"ab").unwrap();
        upload.keep();
        in_the_way(root.path(), &store.0);
        let refused = store.begin(&request(3, false), &Limits::default()).unwrap_err();
        assert_eq!(refused.code, Code::STORAGE_FAILURE);
        let name = partial::held_name("f", 3);
        assert_eq!(fs::read(root.path().join(".conexion").join(&name)).unwrap(), b"ab");
        assert!(store.0.take_held(&name), "it is bounded as before");
    }

    #[test]
    fn a_file_that_is_refused_in_its_beginning_takes_nothing_over() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), Settings::default()).unwrap();
        // Nothing has come yet, so that who takes it over has to create the file anew.
        let mut open = store.begin(&request(3, false), &Limits::default()).unwrap();
        let folder = in_the_way(root.path(), &store.0);
        let refused = store.begin(&request(3, true), &Limits::default()).unwrap_err();
        assert_eq!(refused.code, Code::STORAGE_FAILURE);
        assert!(!open.is_superseded());
        open.write(b"abc").unwrap();
        open.finish(None).unwrap();
        assert_eq!(fs::read(root.path().join("f")).unwrap(), b"abc");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_taken_over_is_not_held_besides() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), Settings::default()).unwrap();
        let is_held = |size| store.0.take_held(&partial::held_name("f", size));
        let mut first = store.begin(&request(3, true), &Limits::default()).unwrap();
        first.write(b"ab").unwrap();
        let mut second = store.begin(&request(3, true), &Limits::default()).unwrap();
        assert!(!is_held(3), "it is open, and must not be dropped");
        second.write(b"c").unwrap();
        let third = store.begin(&request(4, true), &Limits::default()).unwrap();
        assert!(is_held(3) && !is_held(4));
        drop((first, second, third));
    }

    #[test]
    fn held_octets_that_are_dropped_before_they_are_taken_are_not_gone_on_with() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), Settings::default()).unwrap();
        let (shared, request) = (&store.0, request(3, true));
        let mut upload = store.begin(&request, &Limits::default()).unwrap();
        upload.write(b"ab").unwrap();
        upload.keep();
        for (is_dropped, offset) in [(false, 2), (true, 0)] {
            let place = Place::find(shared, "f").unwrap();
            let plan = shared.judge(&request, &Limits::default(), place).unwrap();
            assert!(matches!(plan, Plan::Held { octets: 2, .. }), "{plan:?}");
            if is_dropped {
                shared.drop_held(&partial::held_name("f", 3));
            }
            let wake = io::pipe().unwrap().1;
            let (running, point) = shared.start(plan, request.digest, wake).unwrap();
            assert_eq!((running.octets, point.offset), (offset, offset));
            assert_eq!(fstat(&running.file).unwrap().st_nlink, 1, "the file has no name");
        }
    }
}
