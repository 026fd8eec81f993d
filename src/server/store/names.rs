//! Whether the file system stores a name as itself (`path.other-name`).
//!
//! Names are compared octet for octet (`path.exact`), but some file systems do not: they
//! fold case, normalise accents or strip a dot at the end. There `README` would reach the
//! file `readme`, and a client would be told that it stored a file under a name that the
//! file does not have. Two questions find this out before anything is stored:
//!
//! - A name that *exists* must be listed by its folder, octet for octet. One that can be
//!   looked up but is not listed is another spelling of a name that is. Since that means
//!   reading the folder, names of plain ASCII are spared it unless the folder shows that it
//!   folds case: the same name in the other case is then the same file.
//! - A name that *does not exist* is created in an empty folder of the server's own, on the
//!   same file system, and must be listed there. Names of plain ASCII are spared this: no
//!   file system is known to store them otherwise.

use std::fs::File;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, statat, unlinkat};
use rustix::io::Errno;

/// Whether a name that exists in the folder is spelled so there, octet for octet.
pub(super) fn is_spelled_so(folder: impl AsFd, name: &str) -> Result<bool, Errno> {
    if is_plain(name) {
        let other = other_case(name);
        if other == name || !is_same_file(&folder, name, &other)? {
            return Ok(true);
        }
    }
    is_listed(folder, name)
}

/// The name with each ASCII letter in its other case.
fn other_case(name: &str) -> String {
    let other = |letter: char| {
        if letter.is_ascii_uppercase() {
            letter.to_ascii_lowercase()
        } else {
            letter.to_ascii_uppercase()
        }
    };
    name.chars().map(other).collect()
}

fn is_same_file(folder: impl AsFd, name: &str, other: &str) -> Result<bool, Errno> {
    let stat = |name| match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some((stat.st_dev, stat.st_ino))),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno),
    };
    let file = stat(name)?;
    Ok(file.is_some() && file == stat(other)?)
}

/// Whether the folder lists this name, octet for octet. Reads the folder until it finds it.
fn is_listed(folder: impl AsFd, name: &str) -> Result<bool, Errno> {
    for entry in Dir::read_from(folder)? {
        if entry?.file_name().to_bytes() == name.as_bytes() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the file system would store a file of this name under this name. `tray` is an
/// empty folder that nobody else uses meanwhile; it is empty again afterwards.
///
/// # Errors
///
/// What keeps the question from being answered, such as a full disk.
pub(super) fn would_keep(tray: &File, name: &str) -> Result<bool, Errno> {
    if is_plain(name) {
        return Ok(true);
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let create = || openat(tray, name, flags, Mode::from_raw_mode(0o600));
    let created = match create() {
        // Left by a question whose name could not be removed, perhaps in another spelling.
        Err(Errno::EXIST) => unlinkat(tray, name, AtFlags::empty()).and_then(|()| create()),
        created => created,
    };
    match created {
        Ok(_) => {}
        Err(Errno::INVAL | Errno::ILSEQ | Errno::NAMETOOLONG) => return Ok(false),
        Err(errno) => return Err(errno),
    }
    let listed = is_listed(tray, name);
    unlinkat(tray, name, AtFlags::empty())?;
    listed
}

fn is_plain(name: &str) -> bool {
    let octets = name.as_bytes();
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    octets.iter().all(plain) && octets.last() != Some(&b'.')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_letters_digits_and_three_signs_are_plain() {
        for name in ["a", "README.md", ".hidden", "a-b_c.0"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["a.", "a ", "ñ", "a?b", "~", "PROGRA~1"] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn names_are_listed_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Name"), b"").unwrap();
        let file = File::open(folder.path()).unwrap();
        assert_eq!(is_listed(&file, "Name"), Ok(true));
        assert_eq!(is_listed(&file, "name"), Ok(false));
        assert_eq!(is_listed(&file, "Nam"), Ok(false));
    }

    #[test]
    fn a_name_that_was_left_in_the_tray_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join("é");
        let tray = File::open(folder.path()).unwrap();
        fs::write(&left, b"left").unwrap();
        assert_eq!(would_keep(&tray, "é"), Ok(true));
        // A link is like another spelling of the name: whoever does not say EXCL opens it.
        std::os::unix::fs::symlink("other", &left).unwrap();
        assert_eq!(would_keep(&tray, "é"), Ok(true));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_other_case_of_a_name_turns_every_ascii_letter() {
        assert_eq!(other_case("README.md-1"), "readme.MD-1");
        assert_eq!(other_case("2026_11"), "2026_11");
    }

    /// Two names of one file are what a folder that folds case shows, but for being listed.
    #[test]
    fn only_a_name_whose_other_case_is_the_same_file_is_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("name"), b"").unwrap();
        fs::write(path("OTHER"), b"").unwrap();
        fs::write(path("other"), b"").unwrap();
        fs::hard_link(path("name"), path("NAME")).unwrap();
        let file = File::open(folder.path()).unwrap();
        assert_eq!(is_same_file(&file, "name", "NAME"), Ok(true));
        assert_eq!(is_same_file(&file, "other", "OTHER"), Ok(false));
        assert_eq!(is_same_file(&file, "name", "none"), Ok(false));
        for name in ["name", "NAME", "other", "OTHER"] {
            assert_eq!(is_spelled_so(&file, name), Ok(true), "{name}");
        }
        // Of what is not there it is seen whether it was looked for.
        assert_eq!(is_spelled_so(&file, "none"), Ok(true));
        assert_eq!(is_spelled_so(&file, "ninguña"), Ok(false));
    }

    /// `path.other-name`: a task that is not the first of its process has a folder in `/proc`
    /// that can be looked up and is not listed: what a folded spelling of a name looks like,
    /// without a file system that folds.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_found_but_not_listed_is_another_spelling() {
        let task = std::thread::spawn(|| {
            let task = fs::read_link("/proc/thread-self").unwrap();
            let task = task.file_name().unwrap().to_str().unwrap().to_owned();
            let proc = File::open("/proc").unwrap();
            assert!(statat(&proc, &task, AtFlags::empty()).is_ok());
            // Nothing else is spelled as digits are.
            (is_listed(&proc, &task), is_spelled_so(&proc, &task))
        });
        assert_eq!(task.join().unwrap(), (Ok(false), Ok(true)));
    }

    #[test]
    fn a_name_that_is_tried_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let tray = File::open(folder.path()).unwrap();
        for name in ["ñ", "n\u{303}", "a.", "a b", &"é".repeat(127)] {
            assert_eq!(would_keep(&tray, name), Ok(true), "{name}");
        }
        assert_eq!(would_keep(&tray, &"é".repeat(128)), Ok(false), "256 octets");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
