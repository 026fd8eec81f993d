//! The rest of `file.judged-in-order` once the destination is nobody else's: existence
//! (211) and space (213); and with it, from what the upload goes on.

use std::fs::File;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, fstatvfs, openat};

use super::walk::{Place, file_type};
use super::{Refusal, Shared, partial};
use crate::wire::{Code, FileRequest, FileSize, Limits};

/// From what an accepted upload goes on.
#[derive(Debug)]
pub(super) enum Plan {
    /// From what is held.
    Held { file: File, octets: u64, name: String, size: u64 },
    /// From the complete file at the destination, `name` being that of what else is held.
    Complete { file: File, name: String, size: u64 },
    /// From nothing.
    Fresh { name: String, size: u64 },
    /// From nothing, the size being unknown.
    Unknown { limit: FileSize },
}

/// Judges the declared size (`file.size-range`, `file.size-limit`).
pub(super) fn judge_size(request: &FileRequest<'_>, limits: &Limits) -> Result<(), Refusal> {
    match request.size.known() {
        Some(size) if !limits.accept_file(size) => {
            let most = limits.file.unwrap_or(FileSize::MOST).octets();
            let message = format!("{size} octets are above the limit of {most}");
            Err(Refusal::new(Code::TOO_LARGE, message))
        }
        _ => Ok(()),
    }
}

impl Shared {
    /// Judges existence and space. Nothing changes on the disk, and no folder stays open.
    pub(super) fn judge(
        &self,
        request: &FileRequest<'_>,
        limits: &Limits,
        mut place: Place<'_>,
    ) -> Result<Plan, Refusal> {
        let stands = place.advance()?;
        let destination = request.destination.as_str();
        // `file.size-unknown`
        let Some(size) = request.size.known() else {
            judge_existence(request, stands.as_ref())?;
            return Ok(Plan::Unknown { limit: limits.file.unwrap_or(FileSize::MOST) });
        };
        let name = partial::held_name(destination, size);
        let resume = request.flags.resume;
        let complete = || {
            let stat = stands.as_ref().filter(|stat| resume && is_complete(stat, size))?;
            open_complete(&place, stat)
        };
        // Who may replace the file came to do so: what is held goes first. Who may not can
        // only mean the file that is there (`held.which`).
        if !request.flags.overwrite
            && let Some(file) = complete()
        {
            return Ok(Plan::Complete { file, name, size });
        }
        judge_existence(request, stands.as_ref())?;
        if resume {
            if let Some((file, octets)) = self.open_held(&name, size)? {
                self.judge_space(size - octets)?;
                return Ok(Plan::Held { file, octets, name, size });
            }
            if let Some(file) = complete() {
                return Ok(Plan::Complete { file, name, size });
            }
        }
        // What is held under this name will be dropped, and its space is free then.
        let dropped = self.open_held(&name, size)?.map_or(0, |(_, octets)| octets);
        self.judge_space(size.saturating_sub(dropped))?;
        Ok(Plan::Fresh { name, size })
    }

    /// What is held, unless nobody can say: then it is not to be dropped (`held.survives`).
    fn open_held(&self, name: &str, size: u64) -> Result<Option<(File, u64)>, Refusal> {
        partial::open_held(&self.own, name, size)
            .map_err(|errno| Refusal::storage("open what is held", errno))
    }

    /// Whether so many octets more will fit, as far as can be known (`file.space`).
    fn judge_space(&self, wanted: u64) -> Result<(), Refusal> {
        // File systems without a bound of their own say that they have no blocks at all.
        let Some(free) = fstatvfs(&self.own)
            .ok()
            .filter(|space| space.f_blocks > 0)
            .map(|space| space.f_bavail.saturating_mul(space.f_frsize))
        else {
            return Ok(());
        };
        if wanted > free {
            let message = format!("{wanted} octets more do not fit, {free} are free");
            return Err(Refusal::new(Code::NO_SPACE, message));
        }
        Ok(())
    }
}

/// `file.exists`, and for a folder `file.exists-folder`.
fn judge_existence(request: &FileRequest<'_>, stands: Option<&Stat>) -> Result<(), Refusal> {
    let Some(stat) = stands else { return Ok(()) };
    let path = request.destination;
    let message = match file_type(stat) {
        FileType::Directory => format!("a folder exists at the destination: `{path}`"),
        _ if request.flags.overwrite => return Ok(()),
        _ => format!("a file of {} octets exists at the destination: `{path}`", stat.st_size),
    };
    Err(Refusal::new(Code::ALREADY_EXISTS, message))
}

/// Whether this is a complete file of that size (`held.complete`). One with a second name is
/// not taken for it: reading it might be reading something outside the root.
fn is_complete(stat: &Stat, size: u64) -> bool {
    file_type(stat) == FileType::RegularFile
        && stat.st_nlink == 1
        && u64::try_from(stat.st_size) == Ok(size)
}

/// Opens the file that `stat` was seen of, if it may be read and is still the same.
fn open_complete(place: &Place<'_>, stat: &Stat) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(openat(&place.folder, place.rest, flags, Mode::empty()).ok()?);
    let opened = fstat(&file).ok()?;
    let same = (opened.st_dev, opened.st_ino) == (stat.st_dev, stat.st_ino);
    (same && opened.st_size == stat.st_size).then_some(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::super::walk::entry;
    use super::*;

    /// Whatever takes its place between the look and the opening.
    #[test]
    fn only_the_file_that_was_seen_is_opened() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        fs::write(path("seen"), b"abc").unwrap();
        fs::write(path("as long"), b"abd").unwrap();
        symlink("seen", path("link")).unwrap();
        std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap();
        let folder = File::open(temp.path()).unwrap();
        let seen = entry(&folder, "seen").unwrap().unwrap();
        let open = |rest| {
            let folder = folder.try_clone().unwrap();
            open_complete(&Place::at(folder, rest), &seen)
        };
        assert!(open("seen").is_some());
        for name in ["as long", "link", "fifo", "none"] {
            assert!(open(name).is_none(), "{name}");
        }
        fs::write(path("seen"), b"abcd").unwrap();
        assert!(open("seen").is_none(), "longer by now");
    }
}
