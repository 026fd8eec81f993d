//! Opening a root: what must be true of it, and putting in order what the last server left.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{
    Access, AtFlags, Dir, FlockOperation, Mode, OFlags, Stat, accessat, flock, fstat, mkdirat,
    open, openat, unlinkat,
};
use rustix::io::Errno;

use super::held::Held;
use super::publish::Settled;
use super::registry::Registry;
use super::walk::{self, Step};
use super::{Settings, Shared, Store, partial};
use crate::server::sync::atomic::AtomicU64;
use crate::server::sync::{Arc, Mutex, MutexGuard, PoisonError};
use crate::wire::Destination;

/// Why a root cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is nothing there.
    Missing(PathBuf),
    /// It is not a folder.
    NotAFolder(PathBuf),
    /// It may not be written to.
    NotWritable(PathBuf),
    /// Another server uses it.
    InUse(PathBuf),
    /// Its `.conexion` is a symbolic link or a file, and so is none of ours.
    Occupied(PathBuf),
    /// Its `.conexion` is on another file system, so that nothing can be moved out of it.
    OtherFileSystem(PathBuf),
    /// The storage failed.
    Failed {
        /// What was to be done, as in "could not ...".
        doing: &'static str,
        /// The root.
        root: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = Destination::RESERVED;
        match self {
            Self::Missing(root) => {
                write!(f, "there is no folder {}: create it first", root.display())
            }
            Self::NotAFolder(root) => write!(f, "{} is not a folder", root.display()),
            Self::NotWritable(root) => {
                write!(f, "no permission to write to the folder {}", root.display())
            }
            Self::InUse(root) => {
                write!(f, "another server uses the folder {}: stop it first", root.display())
            }
            Self::Occupied(root) => write!(
                f,
                "{} must be a folder of the server's own: remove what is there",
                root.join(own).display()
            ),
            Self::OtherFileSystem(root) => write!(
                f,
                "{} must be on the file system of the folder that it is in: unmount it",
                root.join(own).display()
            ),
            Self::Failed { doing, root, source } => {
                write!(f, "could not {doing} in {}: {source}", root.display())
            }
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Store {
    /// Opens the folder `root` and locks it against other servers. `.conexion/` is created
    /// in it if it is not there; uploads of unknown size that a dead server left are removed,
    /// and so are held octets above the bounds of `settings`.
    ///
    /// # Errors
    ///
    /// [`OpenError`], each variant a different thing for the operator to do.
    pub fn open(root: &Path, settings: Settings) -> Result<Self, OpenError> {
        let failed = |doing| {
            move |errno: Errno| OpenError::Failed {
                doing,
                root: root.to_owned(),
                source: errno.into(),
            }
        };
        let folder_flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root_folder = match open(root, folder_flags, Mode::empty()) {
            Ok(folder) => File::from(folder),
            Err(Errno::NOENT) => return Err(OpenError::Missing(root.to_owned())),
            Err(Errno::NOTDIR) => return Err(OpenError::NotAFolder(root.to_owned())),
            Err(errno) => return Err(failed("open the folder")(errno)),
        };
        judge_writable(&root_folder, root)?;
        let own = own_folder(&root_folder, root)?;
        judge_writable(&own, root)?;
        let own_stat = fstat(&own).map_err(failed("look around"))?;
        let root_stat = fstat(&root_folder).map_err(failed("look around"))?;
        if own_stat.st_dev != root_stat.st_dev {
            return Err(OpenError::OtherFileSystem(root.to_owned()));
        }
        let lock = lock_root(&own, root)?;
        // From here on everything in the folder is ours alone.
        let file_mode = plain_file_mode(&own).map_err(failed("create a file"))?;
        let names = names_folder(&own).map_err(failed("make the folder `names`"))?;
        let held = put_in_order(&own).map_err(failed("list what is held"))?;
        let shared = Shared {
            settings,
            root: root_folder,
            own,
            names: Mutex::new(names),
            folders: Mutex::new(Settled::default()),
            file_mode,
            own_stat,
            registry: Registry::default(),
            held: Mutex::new(held),
            next_unknown: AtomicU64::new(0),
            _lock: lock,
        };
        shared.evict(SystemTime::now());
        Ok(Self(Arc::new(shared)))
    }
}

impl Shared {
    pub(super) fn names(&self) -> MutexGuard<'_, File> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn folders(&self) -> MutexGuard<'_, Settled> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge_writable(folder: &File, root: &Path) -> Result<(), OpenError> {
    let wanted = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    match accessat(folder, ".", wanted, AtFlags::EACCESS) {
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => {
            Err(OpenError::NotWritable(root.to_owned()))
        }
        _ => Ok(()),
    }
}

fn own_folder(root_folder: &File, root: &Path) -> Result<File, OpenError> {
    let failed = |errno: Errno| OpenError::Failed {
        doing: "make the folder `.conexion`",
        root: root.to_owned(),
        source: errno.into(),
    };
    match mkdirat(root_folder, Destination::RESERVED, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(failed(errno)),
    }
    match walk::enter(root_folder, Destination::RESERVED).map_err(failed)? {
        Step::Folder(own) => Ok(own),
        Step::Missing => Err(failed(Errno::NOENT)),
        Step::SymbolicLink | Step::NotAFolder => Err(OpenError::Occupied(root.to_owned())),
    }
}

/// The lock on a root, which ends with this value, or with the process, however it dies.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do, were it not that a child process which is just being
        // started has it open for a moment too.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

fn lock_root(own: &File, root: &Path) -> Result<Lock, OpenError> {
    let failed = |errno: Errno| OpenError::Failed {
        doing: "lock `.conexion/lock`",
        root: root.to_owned(),
        source: errno.into(),
    };
    let flags =
        OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let lock = openat(own, "lock", flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Lock(File::from(lock))),
        Err(Errno::WOULDBLOCK) => Err(OpenError::InUse(root.to_owned())),
        Err(errno) => Err(failed(errno)),
    }
}

/// The mode of a file that is created without a wish of its own. To read the umask itself is
/// to set it for the whole process, which other threads would notice.
fn plain_file_mode(own: &File) -> Result<Mode, Errno> {
    const NAME: &str = "mode.temp";
    let file = partial::create_with(own, NAME, Mode::from_raw_mode(0o666))?;
    let mode = Mode::from_raw_mode(fstat(&file)?.st_mode);
    partial::remove(own, NAME)?;
    Ok(mode & Mode::from_raw_mode(0o666))
}

/// An empty folder, opened. A name that was being tried when a server died is removed.
fn names_folder(own: &File) -> Result<File, Errno> {
    const NAME: &str = "names";
    match mkdirat(own, NAME, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno),
    }
    let Step::Folder(names) = walk::enter(own, NAME)? else { return Err(Errno::NOTDIR) };
    for entry in Dir::read_from(&names)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            unlinkat(&names, entry.file_name(), AtFlags::empty())?;
        }
    }
    Ok(names)
}

/// Builds the index of what is held, and removes what can be of no use to anybody. Names
/// that are not of our making are left alone.
fn put_in_order(own: &File) -> Result<Held, Errno> {
    let mut held = Held::default();
    for entry in Dir::read_from(own)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if partial::is_unknown_name(name) || partial::is_aside_name(name) {
            partial::remove(own, name)?;
        }
        let Some(size) = partial::declared_size(name) else { continue };
        let Some(stat) = walk::entry(own, name)? else { continue };
        match partial::octets_held(&stat, size) {
            Some(octets) => held.insert(name, modified(&stat), octets),
            None => partial::remove(own, name)?,
        }
    }
    Ok(held)
}

fn modified(stat: &Stat) -> SystemTime {
    let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
    let nanoseconds = u32::try_from(stat.st_mtime_nsec).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A child process has a copy of every descriptor until it has become another program.
    #[test]
    fn a_lock_ends_when_it_is_dropped_although_a_child_has_a_copy_of_it() {
        let root = tempfile::tempdir().unwrap();
        let own = File::open(root.path()).unwrap();
        let lock = lock_root(&own, root.path()).unwrap();
        let copy = lock.0.try_clone().unwrap();
        assert!(matches!(lock_root(&own, root.path()), Err(OpenError::InUse(_))));
        drop(lock);
        assert!(lock_root(&own, root.path()).is_ok());
        drop(copy);
    }
}
