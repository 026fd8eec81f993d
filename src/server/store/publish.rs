//! From a file under `.conexion/` to a file under its destination, in one step.
//!
//! The order: mode and octets of the file reach the disk, the missing folders are made, not
//! before (`publish.folders-late`), each reaching the disk with its parent, the file is moved
//! (`moving.rs`), and the move reaches the disk. So a crash leaves either nothing or the whole
//! file under the destination (`publish.whole`, `publish.durable`).

use std::collections::HashSet;
use std::fs::File;

use rustix::fs::{AtFlags, Dev, Mode, fchmod, fstat, linkat, mkdirat, renameat, unlinkat};
use rustix::io::Errno;

use super::moving::{Trouble, move_to};
use super::running::{Fate, fate_after};
use super::walk::{self, Step};
use super::{Durability, Refusal, Shared, partial};
use crate::server::sync::disk_step;
use crate::wire::Code;

/// Where a file is to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) destination: &'a str,
    pub(super) overwrite: bool,
}

/// The folders of which it is known that their names have reached the disk: those that were
/// there when the server started may be the work of one that was killed before it came to that.
#[derive(Debug, Default)]
pub(super) struct Settled(HashSet<(Dev, u64)>);

impl Settled {
    /// Beyond so many, all are forgotten, and settled once more.
    const MOST: usize = 4096;

    fn contains(&self, folder: (Dev, u64)) -> bool {
        self.0.contains(&folder)
    }

    fn insert(&mut self, folder: (Dev, u64)) {
        if self.0.len() == Self::MOST {
            self.0.clear();
        }
        self.0.insert(folder);
    }
}

/// How often folders are looked for that vanish while they are used.
const ATTEMPTS: u32 = 8;

/// Publishes `file`, which is `.conexion/name`. If it fails, nothing has changed at the
/// destination and the file is where it was.
///
/// # Errors
///
/// The refusal, and whether the octets are worth keeping.
pub(super) fn publish(
    shared: &Shared,
    file: &File,
    name: &str,
    target: &Target<'_>,
) -> Result<(), (Refusal, Fate)> {
    // A file whose octets could not be written back must not be gone on with: the system
    // forgets what it could not write, so that a second attempt would report success, and
    // reading it now still shows what the disk has not.
    let lost = |error| (Refusal::storage("synchronise the file", error), Fate::Drop);
    fchmod(file, shared.file_mode).map_err(|errno| {
        let refusal = Refusal::storage("set the mode of the file", errno);
        (refusal, Fate::Keep)
    })?;
    // `publish.durable`
    shared.synchronise(file).map_err(lost)?;
    let mut made = Made { shared, destination: target.destination, ends: Vec::new() };
    let published = made.and_move(name, target);
    if published.is_err() {
        made.remove();
    }
    published.map_err(|refusal| {
        let fate = fate_after(&refusal);
        (refusal, fate)
    })
}

/// Makes sure that `file` is what stands at the destination, and that it reached the disk:
/// who published it may have died before it came to that.
pub(super) fn confirm(shared: &Shared, file: &File, target: &Target<'_>) -> Result<(), Refusal> {
    let path = target.destination;
    let failed = |errno| Refusal::destination("confirm the file", path, errno);
    let ours = fstat(file).map_err(failed)?;
    let synchronise = |opened: &File| {
        shared.synchronise(opened).map_err(|error| Refusal::storage("synchronise the file", error))
    };
    let mut folder =
        shared.root.try_clone().map_err(|error| Refusal::storage("open the root", error))?;
    let mut rest = path;
    // A destination may have hundreds of folders: none stays open longer than it must.
    while let Some((component, below)) = rest.split_once('/') {
        let Step::Folder(found) = walk::enter(&folder, component).map_err(failed)? else { break };
        synchronise(&folder)?;
        (folder, rest) = (found, below);
    }
    let there = walk::entry(&folder, rest).ok().flatten();
    let same = |stat: &rustix::fs::Stat| {
        (stat.st_dev, stat.st_ino, stat.st_size) == (ours.st_dev, ours.st_ino, ours.st_size)
    };
    if !there.as_ref().is_some_and(same) {
        let message = format!("the file at the destination changed meanwhile: `{path}`");
        return Err(Refusal::new(Code::STORAGE_FAILURE, message));
    }
    synchronise(file)?;
    synchronise(&folder)
}

/// The folders that a publication has made, to be removed again if it fails.
struct Made<'a> {
    shared: &'a Shared,
    destination: &'a str,
    /// Where in `destination` the paths of the folders end, from the root down.
    ends: Vec<usize>,
}

impl<'a> Made<'a> {
    /// Makes the folders and moves the file. Both are tried again if a folder vanishes, as
    /// when another publication failed and removed what it had made.
    fn and_move(&mut self, name: &str, target: &Target<'_>) -> Result<(), Refusal> {
        for _ in 0..ATTEMPTS {
            let moved = self.folders().and_then(|(folder, last)| {
                move_to(self.shared, name, &folder, last, target).map(|aside| (folder, aside))
            });
            match moved {
                Ok((folder, aside)) => return self.settle_move(name, &folder, aside.as_deref()),
                Err(Trouble::Vanished) => {}
                Err(Trouble::Refused(refusal)) => return Err(refusal),
            }
        }
        let message = format!("its folder vanishes: `{}`", self.destination);
        Err(Refusal::new(Code::STORAGE_FAILURE, message))
    }

    /// Walks to the last folder of the destination, making those that it lacks
    /// (`publish.folders`), and returns it with the last component.
    fn folders(&mut self) -> Result<(File, &'a str), Trouble> {
        let Self { shared, destination, .. } = *self;
        let mut settled = shared.folders();
        let mut folder =
            shared.root.try_clone().map_err(|error| Refusal::storage("open the root", error))?;
        let mut start = 0;
        while let Some(len) = destination[start..].find('/') {
            let end = start + len;
            let (name, path) = (&destination[start..end], &destination[..end]);
            let refused = |errno| Refusal::destination("make a folder", path, errno);
            let mut made = false;
            let step = match walk::enter(&folder, name).map_err(refused)? {
                Step::Missing => {
                    disk_step();
                    match mkdirat(&folder, name, Mode::from_raw_mode(0o777)) {
                        Ok(()) => {
                            if !self.ends.contains(&end) {
                                self.ends.push(end);
                            }
                            made = true;
                        }
                        Err(Errno::EXIST) => {}
                        Err(Errno::NOENT) => return Err(Trouble::Vanished),
                        Err(errno) => return Err(refused(errno).into()),
                    }
                    walk::enter(&folder, name).map_err(refused)?
                }
                step => step,
            };
            let found = match step {
                Step::Folder(found) => found,
                Step::Missing => return Err(Trouble::Vanished),
                Step::SymbolicLink => return Err(walk::symbolic_link(path).into()),
                Step::NotAFolder => return Err(walk::not_a_folder(path).into()),
            };
            let identity = fstat(&found).map(|stat| (stat.st_dev, stat.st_ino)).map_err(refused)?;
            if made || !settled.contains(identity) {
                shared
                    .synchronise(&folder)
                    .map_err(|error| Refusal::storage("synchronise a folder", error))?;
                settled.insert(identity);
            }
            folder = found;
            start = end + 1;
        }
        Ok((folder, &destination[start..]))
    }

    /// Brings the move to the disk. If that fails, takes it back: the file goes to where it
    /// was, and one that it has replaced, which is `aside`, to the destination.
    fn settle_move(&self, name: &str, folder: &File, aside: Option<&str>) -> Result<(), Refusal> {
        let own = &self.shared.own;
        let synchronised = self.shared.synchronise(folder);
        match (&synchronised, aside) {
            (Ok(()), None) => {}
            (Ok(()), Some(aside)) => {
                if let Err(error) = partial::remove(own, aside) {
                    tracing::warn!(name = aside, %error, "could not remove a replaced file");
                }
            }
            (Err(_), None) => {
                let _ = renameat(folder, self.last(), own, name);
            }
            (Err(_), Some(aside)) => {
                // So that something is under the destination all the time.
                let _ = linkat(folder, self.last(), own, name, AtFlags::empty());
                let _ = renameat(own, aside, folder, self.last());
            }
        }
        synchronised.map_err(|error| Refusal::storage("synchronise a folder", error))
    }

    /// The last component of the destination.
    fn last(&self) -> &'a str {
        self.destination.rsplit('/').next().unwrap_or_default()
    }

    /// Removes the folders, deepest first, unless others use them by now
    /// (`publish.nothing-on-failure`).
    fn remove(&self) {
        for end in self.ends.iter().rev() {
            let path = &self.destination[..*end];
            if remove_folder(&self.shared.root, path).is_none() {
                break;
            }
        }
    }
}

fn remove_folder(root: &File, path: &str) -> Option<()> {
    let mut folder = root.try_clone().ok()?;
    let mut rest = path;
    while let Some((name, below)) = rest.split_once('/') {
        let Step::Folder(found) = walk::enter(&folder, name).ok()? else { return None };
        (folder, rest) = (found, below);
    }
    disk_step();
    unlinkat(&folder, rest, AtFlags::REMOVEDIR).ok()
}

impl Shared {
    /// Brings a file or a folder to the disk, unless the operator turned that off.
    fn synchronise(&self, opened: &File) -> std::io::Result<()> {
        match self.settings.durability {
            Durability::Full => opened.sync_all(),
            Durability::None => Ok(()),
        }
    }
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests {
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use super::super::{Settings, Store};
    use super::*;
    use crate::server::sync::Arc;

    fn shared(root: &Path, durability: Durability) -> Shared {
        let store = Store::open(root, Settings { durability, ..Settings::default() }).unwrap();
        Arc::into_inner(store.0).unwrap()
    }

    /// A folder in which names can be changed, and which cannot be brought to the disk.
    #[cfg(target_os = "linux")]
    fn unsynchronised(folder: &Path) -> File {
        use rustix::fs::{OFlags, open};
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        File::from(open(folder, flags, Mode::empty()).unwrap())
    }

    #[test]
    fn only_with_durability_does_it_matter_what_reaches_the_disk() {
        let temp = tempfile::tempdir().unwrap();
        // No system synchronises a pipe.
        let pipe = File::from(OwnedFd::from(std::io::pipe().unwrap().0));
        assert!(shared(temp.path(), Durability::Full).synchronise(&pipe).is_err());
        assert!(shared(temp.path(), Durability::None).synchronise(&pipe).is_ok());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_is_brought_to_the_disk_when_it_is_made_and_when_it_is_first_met() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("d");
        fs::create_dir(&folder).unwrap();
        let mut shared = shared(temp.path(), Durability::Full);
        let walk = |shared: &Shared| {
            Made { shared, destination: "d/f", ends: Vec::new() }.folders().is_ok()
        };
        let (good, bad) = (File::open(temp.path()).unwrap(), unsynchronised(temp.path()));
        shared.root = bad.try_clone().unwrap();
        assert!(!walk(&shared), "it may be the work of a server that was killed");
        assert!(!walk(&shared), "it still has not reached the disk");
        shared.root = good;
        assert!(walk(&shared));
        shared.root = bad;
        assert!(walk(&shared), "it is known to have reached the disk");
        // Whatever is known of another, whose number it may have.
        fs::remove_dir(&folder).unwrap();
        assert!(!walk(&shared), "it is new");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_move_that_does_not_reach_the_disk_is_taken_back() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        let shared = shared(temp.path(), Durability::Full);
        let folder = unsynchronised(temp.path());
        let made = Made { shared: &shared, destination: "d/f", ends: Vec::new() };
        fs::write(path("f"), b"new").unwrap();
        assert!(made.settle_move("part", &folder, None).is_err());
        assert!(!path("f").exists());
        assert_eq!(fs::read(path(".conexion/part")).unwrap(), b"new");

        fs::rename(path(".conexion/part"), path("f")).unwrap();
        fs::write(path(".conexion/part.old"), b"old").unwrap();
        assert!(made.settle_move("part", &folder, Some("part.old")).is_err());
        assert_eq!(fs::read(path("f")).unwrap(), b"old");
        assert_eq!(fs::read(path(".conexion/part")).unwrap(), b"new");
        assert!(!path(".conexion/part.old").exists());
    }

    #[test]
    fn of_settled_folders_so_many_are_known_at_most() {
        let mut settled = Settled::default();
        let most = u64::try_from(Settled::MOST).unwrap();
        for number in 0..most {
            settled.insert((1, number));
        }
        assert!(settled.contains((1, 0)) && !settled.contains((2, 0)));
        settled.insert((1, most));
        assert!(!settled.contains((1, 0)) && settled.contains((1, most)));
        assert_eq!(settled.0.len(), 1);
    }
}
