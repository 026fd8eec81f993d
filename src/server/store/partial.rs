//! The files under `.conexion/` that hold what has come of an upload.

use std::fmt::Write as _;
use std::fs::File;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, renameat, unlinkat};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::walk::file_type;
use crate::server::sync::disk_step;

/// Octets of the destination's SHA-256 that the name carries.
const HASH_OCTETS: usize = 16;

/// The name of the file that holds octets for this destination and declared size.
pub(super) fn held_name(destination: &str, size: u64) -> String {
    let mut name = String::new();
    for octet in &Sha256::digest(destination.as_bytes())[..HASH_OCTETS] {
        let _ = write!(name, "{octet:02x}");
    }
    let _ = write!(name, "-{size}.part");
    name
}

/// The declared size in such a name.
pub(super) fn declared_size(name: &str) -> Option<u64> {
    let (hash, size) = name.strip_suffix(".part")?.split_once('-')?;
    let is_hex = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
    let canonical = hash.len() == 2 * HASH_OCTETS && hash.bytes().all(is_hex);
    let size = size.parse().ok().filter(|number: &u64| number.to_string() == size)?;
    canonical.then_some(size)
}

/// The name of the file of the upload of unknown size with this number.
pub(super) fn unknown_name(number: u64) -> String {
    format!("unknown-{number}.temp")
}

pub(super) fn is_unknown_name(name: &str) -> bool {
    let number = name.strip_prefix("unknown-").and_then(|rest| rest.strip_suffix(".temp"));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// The name of the file that an upload replaces, until the replacement has reached the disk.
pub(super) fn aside_name(name: &str) -> String {
    format!("{name}.old")
}

/// Whether a dead server left a replaced file under this name.
pub(super) fn is_aside_name(name: &str) -> bool {
    let of = name.strip_suffix(".old");
    of.is_some_and(|name| is_unknown_name(name) || declared_size(name).is_some())
}

/// How many octets a file holds, if it can be gone on with: it is an ordinary file, nobody
/// else has a name for it, and it holds between 1 and `size` octets.
///
/// A second name means that somebody planted it, or that the server died between the two
/// steps of a publication; either way, writing to it could change a file outside.
pub(super) fn octets_held(stat: &Stat, size: u64) -> Option<u64> {
    let octets = u64::try_from(stat.st_size).ok()?;
    let ours = file_type(stat) == FileType::RegularFile && stat.st_nlink == 1;
    (ours && (1..=size).contains(&octets)).then_some(octets)
}

/// Opens what is held under `name`, and says how many octets that is. `None` if there is
/// nothing that could be gone on with, whatever stands there instead.
///
/// # Errors
///
/// What fails for want of descriptors or memory, which says nothing of what is held.
pub(super) fn open_held(own: &File, name: &str, size: u64) -> Result<Option<(File, u64)>, Errno> {
    disk_step();
    // Not to wait for a writer, should it be a FIFO.
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(own, name, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(errno @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::INTR)) => {
            return Err(errno);
        }
        Err(_) => return Ok(None),
    };
    let octets = fstat(&file).ok().and_then(|stat| octets_held(&stat, size));
    Ok(octets.map(|octets| (file, octets)))
}

/// Creates an empty file under `name`, in place of whatever stands there, which is still there
/// if this fails. Until then the new one is under `spare`, which nothing else has.
pub(super) fn create(own: &File, name: &str, spare: &str) -> Result<File, Errno> {
    let mode = Mode::from_raw_mode(0o600);
    match create_new(own, name, mode) {
        Err(Errno::EXIST) => {}
        created => return created,
    }
    let file = create_with(own, spare, mode)?;
    let replaced = match replace(own, spare, name) {
        // Never one of ours.
        Err(Errno::ISDIR) => remove(own, name).and_then(|()| replace(own, spare, name)),
        replaced => replaced,
    };
    match replaced {
        Ok(()) => Ok(file),
        Err(errno) => {
            // If it stays, the next start removes it.
            let _ = remove(own, spare);
            Err(errno)
        }
    }
}

fn replace(own: &File, from: &str, to: &str) -> Result<(), Errno> {
    disk_step();
    renameat(own, from, own, to)
}

/// Creates an empty file with a mode, from which the system takes the umask, in place of what is
/// of no use.
pub(super) fn create_with(own: &File, name: &str, mode: Mode) -> Result<File, Errno> {
    remove(own, name)?;
    create_new(own, name, mode)
}

fn create_new(own: &File, name: &str, mode: Mode) -> Result<File, Errno> {
    disk_step();
    // EXCL never follows a link.
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    openat(own, name, flags, mode).map(File::from)
}

/// Removes what stands under `name`, if anything does.
pub(super) fn remove(own: &File, name: &str) -> Result<(), Errno> {
    disk_step();
    match unlinkat(own, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        // Never one of ours; one that is not empty stays and is reported.
        Err(Errno::ISDIR | Errno::PERM) => unlinkat(own, name, AtFlags::REMOVEDIR),
        Err(errno) => Err(errno),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_name_tells_destination_and_size_apart() {
        let name = held_name("notes/a.b", 5);
        assert_eq!(name, "c847881ed1167935097ab365b437492a-5.part");
        assert_ne!(name, held_name("notes/a.b", 6));
        assert_ne!(name, held_name("notes/a.c", 5));
        assert_eq!(declared_size(&name), Some(5));
    }

    #[test]
    fn names_for_unknown_sizes_are_known_again() {
        assert!(is_unknown_name(&unknown_name(0)));
        assert!(is_unknown_name(&unknown_name(u64::MAX)));
        assert!(!is_unknown_name("unknown-x.temp"));
        assert!(!is_unknown_name(&held_name("a", 1)));
    }

    #[test]
    fn names_of_replaced_files_are_known_again_and_hold_nothing() {
        for name in [unknown_name(3), held_name("a", 1)] {
            let aside = aside_name(&name);
            assert!(is_aside_name(&aside) && !is_aside_name(&name));
            assert!(!is_unknown_name(&aside) && declared_size(&aside).is_none());
        }
        assert!(!is_aside_name("a.old"));
    }

    #[test]
    fn only_names_of_our_own_making_are_ours() {
        let hash = "0".repeat(32);
        assert_eq!(declared_size(&format!("{hash}-0.part")), Some(0));
        for name in [
            "lock".to_owned(),
            format!("{hash}-05.part"),
            format!("{hash}-+5.part"),
            format!("{hash}-.part"),
            format!("{hash}-5.part2"),
            format!("{hash}0-5.part"),
            format!("{}-5.part", "G".repeat(32)),
            format!("{hash}-18446744073709551616.part"),
        ] {
            assert_eq!(declared_size(&name), None, "{name}");
        }
    }

    #[test]
    fn what_was_planted_is_not_gone_on_with() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        let own = File::open(temp.path()).unwrap();
        fs::write(path("good"), b"abc").unwrap();
        fs::write(path("outside"), b"abc").unwrap();
        fs::hard_link(path("outside"), path("linked")).unwrap();
        symlink("outside", path("link")).unwrap();
        symlink("good", path("link to good")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("empty"), b"").unwrap();
        std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap();
        assert!(path("fifo").exists());

        let held = |name, size| open_held(&own, name, size).unwrap().map(|(_, octets)| octets);
        assert_eq!(held("good", 3), Some(3));
        assert_eq!(held("good", 2), None, "longer than declared");
        for name in ["linked", "link", "link to good", "folder", "empty", "fifo", "none"] {
            assert_eq!(held(name, 3), None, "{name}");
            create(&own, name, "spare").unwrap();
            assert_eq!(fs::read(path(name)).unwrap(), b"", "{name}");
            assert!(!path("spare").exists(), "{name}");
        }
        assert_eq!(fs::read(path("outside")).unwrap(), b"abc");
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        let own = File::open(temp.path()).unwrap();
        fs::write(path("held"), b"abc").unwrap();
        // A spare that cannot be made: what stands there cannot be removed.
        fs::create_dir_all(path("spare/full")).unwrap();
        assert!(create(&own, "held", "spare").is_err());
        assert_eq!(fs::read(path("held")).unwrap(), b"abc");
        // A name that cannot be given: the same.
        fs::create_dir_all(path("folder/full")).unwrap();
        assert!(create(&own, "folder", "other").is_err());
        assert!(path("folder/full").exists() && !path("other").exists());
    }
}
