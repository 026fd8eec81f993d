//! From the root to a destination, component by component, never through a symbolic link.
//!
//! No path is ever longer than one component, so that the longest destination finds its
//! place below any root (`path.capacity`).

use std::fs::File;
use std::os::fd::AsFd;

use rustix::fs::{Access, AtFlags, FileType, Mode, OFlags, Stat, accessat, fstat, openat, statat};
use rustix::io::Errno;

use super::{Refusal, Shared, names};
use crate::server::sync::disk_step;
use crate::wire::Code;

/// What one component leads to.
#[derive(Debug)]
pub(super) enum Step {
    Folder(File),
    Missing,
    SymbolicLink,
    /// A file, a FIFO, a device, a socket.
    NotAFolder,
}

/// Looks up one component and opens it if it is a folder.
pub(super) fn enter(folder: impl AsFd, name: &str) -> Result<Step, Errno> {
    disk_step();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let error = match openat(&folder, name, flags, Mode::empty()) {
        Ok(found) => return Ok(Step::Folder(File::from(found))),
        Err(Errno::NOENT) => return Ok(Step::Missing),
        Err(errno) => errno,
    };
    // Systems differ in the error for a link and for a file: ask what it is.
    Ok(match entry(folder, name)? {
        None => Step::Missing,
        Some(stat) => match file_type(&stat) {
            FileType::Symlink => Step::SymbolicLink,
            FileType::Directory => return Err(error),
            _ => Step::NotAFolder,
        },
    })
}

/// What stands under this name, a link not followed.
pub(super) fn entry(folder: impl AsFd, name: &str) -> Result<Option<Stat>, Errno> {
    disk_step();
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

pub(super) fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

pub(super) fn symbolic_link(path: &str) -> Refusal {
    Refusal::new(Code::NOT_PERMITTED, format!("a symbolic link is in the way: `{path}`"))
}

/// `path.file-as-folder`
pub(super) fn not_a_folder(path: &str) -> Refusal {
    Refusal::new(Code::BAD_PATH, format!("a file is where a folder is needed: `{path}`"))
}

/// How far a destination's folders exist.
#[derive(Debug)]
pub(super) struct Place<'a> {
    destination: &'a str,
    /// The deepest folder that there is.
    pub(super) folder: File,
    /// The components below `folder`, at least one.
    pub(super) rest: &'a str,
}

impl<'a> Place<'a> {
    #[cfg(test)]
    pub(super) fn at(folder: File, destination: &'a str) -> Self {
        Self { destination, folder, rest: destination }
    }

    /// Walks as far as there are folders, and judges what the storage says of the
    /// destination: 210, then 221.
    pub(super) fn find(shared: &Shared, destination: &'a str) -> Result<Self, Refusal> {
        let folder =
            shared.root.try_clone().map_err(|error| Refusal::storage("open the root", error))?;
        let mut place = Self { destination, folder, rest: destination };
        if place.advance()?.is_none() {
            place.judge_missing_names(shared)?;
        }
        place.judge_permission(shared)?;
        Ok(place)
    }

    /// Walks on from the deepest folder that was known, since another upload may have made
    /// more of them, and says what stands at the destination.
    pub(super) fn advance(&mut self) -> Result<Option<Stat>, Refusal> {
        while let Some((name, below)) = self.rest.split_once('/') {
            let step = enter(&self.folder, name).map_err(|errno| self.refused(name, errno))?;
            if !matches!(step, Step::Missing) {
                self.judge_spelling(name)?;
            }
            match step {
                Step::Folder(folder) => (self.folder, self.rest) = (folder, below),
                Step::Missing => return Ok(None),
                // `path.symbolic-link`
                Step::SymbolicLink => return Err(symbolic_link(self.path_to(name))),
                Step::NotAFolder => return Err(not_a_folder(self.path_to(name))),
            }
        }
        let name = self.rest;
        let found = entry(&self.folder, name).map_err(|errno| self.refused(name, errno))?;
        if let Some(stat) = &found {
            self.judge_spelling(name)?;
            if file_type(stat) == FileType::Symlink {
                return Err(symbolic_link(self.destination));
            }
        }
        Ok(found)
    }

    /// The destination up to `name`, the first component below the folder.
    fn path_to(&self, name: &str) -> &'a str {
        let end = self.destination.len() - self.rest.len() + name.len();
        &self.destination[..end]
    }

    fn refused(&self, name: &str, errno: Errno) -> Refusal {
        Refusal::destination("look up the destination", self.path_to(name), errno)
    }

    fn judge_spelling(&self, name: &str) -> Result<(), Refusal> {
        spelling(names::is_spelled_so(&self.folder, name), self.path_to(name))
    }

    fn judge_missing_names(&self, shared: &Shared) -> Result<(), Refusal> {
        let tray = shared.names();
        for name in self.rest.split('/') {
            let kept = names::would_keep(&tray, name)
                .map_err(|errno| Refusal::storage("try how a name is stored", errno))?;
            if !kept {
                return Err(other_name(self.destination));
            }
        }
        Ok(())
    }

    /// Whether an entry may be made in the folder, and a file moved there
    /// (`file.permission`).
    fn judge_permission(&self, shared: &Shared) -> Result<(), Refusal> {
        let wanted = Access::WRITE_OK | Access::EXEC_OK;
        let above = self.destination.len() - self.rest.len();
        let path = self.destination[..above].trim_end_matches('/');
        // A system that cannot answer this will refuse the publication.
        if let Err(errno @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) =
            accessat(&self.folder, ".", wanted, AtFlags::EACCESS)
        {
            return Err(Refusal::destination("write to a folder", path, errno));
        }
        let stat = fstat(&self.folder)
            .map_err(|errno| Refusal::destination("look at a folder", path, errno))?;
        if stat.st_dev != shared.own_stat.st_dev {
            return Err(Refusal::destination("move a file to a folder", path, Errno::XDEV));
        }
        Ok(())
    }
}

fn spelling(is_so: Result<bool, Errno>, path: &str) -> Result<(), Refusal> {
    match is_so {
        Ok(true) => Ok(()),
        Ok(false) => Err(other_name(path)),
        Err(errno) => Err(Refusal::destination("list a folder", path, errno)),
    }
}

fn other_name(path: &str) -> Refusal {
    let message = format!("the file system would store this name as another: `{path}`");
    Refusal::new(Code::BAD_PATH, message)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_kind_of_entry_is_its_own_step() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        fs::create_dir(root.join("folder")).unwrap();
        fs::write(root.join("file"), b"").unwrap();
        std::os::unix::fs::symlink("folder", root.join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("dangling")).unwrap();
        std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let root = File::open(root).unwrap();
        assert!(matches!(enter(&root, "folder"), Ok(Step::Folder(_))));
        assert!(matches!(enter(&root, "file"), Ok(Step::NotAFolder)));
        assert!(matches!(enter(&root, "socket"), Ok(Step::NotAFolder)));
        assert!(matches!(enter(&root, "link"), Ok(Step::SymbolicLink)));
        assert!(matches!(enter(&root, "dangling"), Ok(Step::SymbolicLink)));
        assert!(matches!(enter(&root, "none"), Ok(Step::Missing)));
    }

    #[test]
    fn walking_on_finds_folders_that_were_made_meanwhile() {
        let temp = tempfile::tempdir().unwrap();
        let mut place = Place::at(File::open(temp.path()).unwrap(), "a/b/c");
        assert!(place.advance().unwrap().is_none());
        assert_eq!(place.rest, "a/b/c");
        fs::create_dir(temp.path().join("a")).unwrap();
        assert!(place.advance().unwrap().is_none());
        assert_eq!(place.rest, "b/c");
        fs::create_dir(temp.path().join("a/b")).unwrap();
        fs::write(temp.path().join("a/b/c"), b"xyz").unwrap();
        assert_eq!(place.advance().unwrap().unwrap().st_size, 3);
        assert_eq!(place.rest, "c");
    }

    #[test]
    fn a_name_that_is_another_spelling_is_refused() {
        let refusal = spelling(Ok(false), "sub/Name").unwrap_err();
        assert_eq!(refusal.code, Code::BAD_PATH);
        assert!(refusal.message.ends_with("`sub/Name`"), "{refusal}");
        assert!(spelling(Ok(true), "sub/Name").is_ok());
    }

    /// A name that the folder does not list, as a folded spelling of one would be.
    #[test]
    fn the_folder_is_asked_how_a_name_is_spelled() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("é"), b"").unwrap();
        let place = Place::at(File::open(temp.path()).unwrap(), "É/x");
        assert!(place.judge_spelling("é").is_ok());
        assert_eq!(place.judge_spelling("É").unwrap_err().code, Code::BAD_PATH);
    }
}
