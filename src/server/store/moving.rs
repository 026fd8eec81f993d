//! The last step of a publication: from `.conexion/name` to the destination, whose folder is
//! open already.
//!
//! Without OVERWRITE the move itself fails if something stands there (`publish.exists-again`).
//! With OVERWRITE it fails at a folder, and a link is looked for just before. If somebody else
//! puts a link there between the two, the move replaces that link, as it would a file; it never
//! follows it, and never leaves the root. A file that is replaced can be had back until the move
//! has reached the disk.

use std::fs::File;

use rustix::fs::{AtFlags, FileType, linkat, renameat, unlinkat};
use rustix::io::Errno;

use super::publish::Target;
use super::{Durability, Refusal, Shared, partial, walk};
use crate::server::sync::disk_step;
use crate::wire::Code;

/// Why a move did not come about.
pub(super) enum Trouble {
    /// A folder was removed under our hands.
    Vanished,
    Refused(Refusal),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Moves the file to its destination. The name under which a file that it has replaced can
/// be had back, if it can.
pub(super) fn move_to(
    shared: &Shared,
    name: &str,
    folder: &File,
    last: &str,
    target: &Target<'_>,
) -> Result<Option<String>, Trouble> {
    let path = target.destination;
    let exists = |what| {
        let message = format!("{what} exists at the destination: `{path}`");
        Refusal::new(Code::ALREADY_EXISTS, message)
    };
    let stands = || walk::entry(folder, last).map(|stat| stat.map(|stat| walk::file_type(&stat)));
    disk_step();
    let moved = if target.overwrite {
        match stands() {
            Err(errno) => Err(errno),
            Ok(Some(FileType::Symlink)) => return Err(walk::symbolic_link(path).into()),
            Ok(Some(_)) if shared.settings.durability == Durability::Full => {
                replace(&shared.own, name, folder, last)
            }
            // Nothing can fail any more after the move.
            Ok(_) => renameat(&shared.own, name, folder, last).map(|()| None),
        }
    } else {
        // `publish.exists-again`
        move_beside(&shared.own, name, folder, last).map(|()| None)
    };
    moved.map_err(|errno| match errno {
        Errno::NOENT => Trouble::Vanished,
        Errno::ISDIR => exists("a folder").into(),
        Errno::EXIST => match stands() {
            Ok(Some(FileType::Symlink)) => walk::symbolic_link(path).into(),
            Ok(Some(FileType::Directory)) => exists("a folder").into(),
            _ => exists("a file").into(),
        },
        errno => Refusal::destination("publish the file", path, errno).into(),
    })
}

/// Moves a file to a name that another one has. That one keeps a second name, which is
/// returned, where the file system has second names at all.
fn replace(own: &File, name: &str, folder: &File, last: &str) -> Result<Option<String>, Errno> {
    let aside = partial::aside_name(name);
    partial::remove(own, &aside)?;
    let kept = match linkat(folder, last, own, &aside, AtFlags::empty()) {
        Ok(()) => Some(aside),
        Err(Errno::NOENT | Errno::PERM | Errno::MLINK | Errno::OPNOTSUPP | Errno::NOSYS) => None,
        Err(errno) => return Err(errno),
    };
    disk_step();
    let moved = renameat(own, name, folder, last);
    if moved.is_err()
        && let Some(aside) = &kept
    {
        let _ = partial::remove(own, aside);
    }
    moved.map(|()| kept)
}

/// Moves a file to a name that is free; EEXIST if it is not.
fn move_beside(own: &File, name: &str, folder: &File, last: &str) -> Result<(), Errno> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{RenameFlags, renameat_with};
        match renameat_with(own, name, folder, last, RenameFlags::NOREPLACE) {
            // Not every file system, nor every kernel, has it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            moved => return moved,
        }
    }
    link_beside(own, name, folder, last)
}

/// The same in two steps: the file has both names in between. Dying there is harmless: a
/// file with a second name is dropped when the store is opened again.
fn link_beside(own: &File, name: &str, folder: &File, last: &str) -> Result<(), Errno> {
    linkat(own, name, folder, last, AtFlags::empty())?;
    if let Err(error) = unlinkat(own, name, AtFlags::empty()) {
        tracing::warn!(name, %error, "could not remove the first name of a published file");
    }
    Ok(())
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests {
    use std::fs;

    use super::super::{Settings, Store};
    use super::*;

    #[test]
    fn a_replaced_file_can_be_had_back_where_the_move_has_to_reach_the_disk() {
        for (durability, aside) in [(Durability::Full, Some("p.old")), (Durability::None, None)] {
            let temp = tempfile::tempdir().unwrap();
            let path = |name: &str| temp.path().join(name);
            let settings = Settings { durability, ..Settings::default() };
            let shared = Store::open(temp.path(), settings).unwrap().0;
            fs::write(path(".conexion/p"), b"new").unwrap();
            fs::write(path("f"), b"old").unwrap();
            let target = Target { destination: "f", overwrite: true };
            let moved = move_to(&shared, "p", &shared.root, "f", &target);
            assert_eq!(moved.ok().expect("is moved").as_deref(), aside);
            assert_eq!(fs::read(path("f")).unwrap(), b"new");
            assert!(!path(".conexion/p").exists());
            assert_eq!(
                fs::read(path(".conexion/p.old")).ok().as_deref(),
                aside.map(|_| &b"old"[..])
            );
        }
    }

    #[test]
    fn linking_moves_a_file_and_replaces_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let (own, folder) = (temp.path().join("own"), temp.path().join("folder"));
        fs::create_dir(&own).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(own.join("p"), b"new").unwrap();
        fs::write(folder.join("old"), b"old").unwrap();
        let (own_file, folder_file) = (File::open(&own).unwrap(), File::open(&folder).unwrap());
        for beside in [move_beside, link_beside] {
            assert_eq!(beside(&own_file, "p", &folder_file, "old"), Err(Errno::EXIST));
            assert_eq!(fs::read(folder.join("old")).unwrap(), b"old");
            assert_eq!(beside(&own_file, "p", &folder_file, "new"), Ok(()));
            assert_eq!(fs::read(folder.join("new")).unwrap(), b"new");
            assert!(!own.join("p").exists());
            fs::rename(folder.join("new"), own.join("p")).unwrap();
        }
    }
}
