//! Whether the file system stores a name as itself (`path.other-name`).
//!
//! Names are compared octet for octet (`path.exact`), but some file systems do not: they
//! fold case, normalise accents or strip a dot at the end. There `README` would reach the
//! file `readme`, and a client would be told that it stored a file under a name that the
//! file does not have. Two questions find this out before anything is stored:
//!
//! - A name that *exists* must be listed by its folder, octet for octet. One that can be
//!   looked up but is not listed is another spelling of a name that is.
//! - A name that *does not exist* is created in an empty folder of the server's own, on the
//!   same file system, and must be listed there. Names of plain ASCII are spared this: no
//!   file system is known to store them otherwise.

use std::fs::File;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;

/// Whether the folder lists this name, octet for octet. Reads the folder until it finds it.
pub(super) fn is_listed(folder: impl AsFd, name: &str) -> Result<bool, Errno> {
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
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(tray, name, flags, Mode::RUSR | Mode::WUSR) {
        Ok(_) | Err(Errno::EXIST) => {}
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
