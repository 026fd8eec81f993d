//! From the sources of a command line to the files that are sent.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::vec;

use conexion::client::{Interrupt, Job};
use conexion::wire::{Destination, PathError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};

/// The sources that a user named, with the destination of each.
#[derive(Debug)]
pub(super) struct Sources(Vec<(PathBuf, String)>);

/// Why sources and destination do not go together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UsageError {
    /// Standard input without a full name to store it under.
    StandardInput,
    /// The destination breaks a rule of paths.
    Destination(PathError),
    /// A source without a last component that could become its name.
    NoName(PathBuf),
    /// Two sources would be stored under the same name.
    SameName(String),
}

/// What was found under the sources.
pub(super) enum Found {
    /// A file to send.
    Job(Job),
    /// Something that is not sent, and why.
    Skipped(PathBuf, &'static str),
    /// Something that cannot be looked at.
    Failed(PathBuf, io::Error),
}

/// Goes through the sources, folders in the order of their names.
pub(super) struct Walk<'a> {
    sources: std::slice::Iter<'a, (PathBuf, String)>,
    folders: Vec<(vec::IntoIter<DirEntry>, String)>,
    interrupt: Interrupt,
}

impl Sources {
    /// Gives each source its destination: `to` itself for a single source, unless that
    /// ends in `/`; else the source's last component, in the folder `to` if there is one.
    pub(super) fn new(paths: &[PathBuf], to: Option<&str>) -> Result<Self, UsageError> {
        let folder = match to {
            None => Some(""),
            Some(to) if paths.len() > 1 => Some(to.strip_suffix('/').unwrap_or(to)),
            Some(to) => to.strip_suffix('/'),
        };
        if let Some(to) = to {
            Destination::new(folder.unwrap_or(to).as_bytes()).map_err(UsageError::Destination)?;
        }
        let mut named: Vec<(PathBuf, String)> = Vec::with_capacity(paths.len());
        for path in paths {
            let destination = match (folder, to) {
                (None, Some(to)) => to.to_owned(),
                _ if is_standard_input(path) => return Err(UsageError::StandardInput),
                (folder, _) => join(folder.unwrap_or_default(), &name(path)?),
            };
            if named.iter().any(|(_, other)| *other == destination) {
                return Err(UsageError::SameName(destination));
            }
            named.push((path.clone(), destination));
        }
        Ok(Self(named))
    }

    pub(super) fn walk(&self, interrupt: Interrupt) -> Walk<'_> {
        Walk { sources: self.0.iter(), folders: Vec::new(), interrupt }
    }

    /// How many octets there are to send, if that can be known.
    pub(super) fn total(&self) -> Option<u64> {
        let size = |job: &Job| match &job.origin {
            conexion::client::Origin::Path(path) => {
                fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| metadata.len())
            }
            conexion::client::Origin::Stream(_) => None,
        };
        self.walk(Interrupt::default())
            .filter_map(|found| match found {
                Found::Job(job) => Some(size(&job)),
                Found::Skipped(..) | Found::Failed(..) => None,
            })
            .sum()
    }
}

impl Iterator for Walk<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some((entries, folder)) = self.folders.last_mut() {
                let Some(entry) = entries.next() else {
                    self.folders.pop();
                    continue;
                };
                let folder = folder.clone();
                if let Some(found) = self.entry(&entry, &folder) {
                    return Some(found);
                }
            } else {
                let (path, destination) = self.sources.next()?;
                if is_standard_input(path) {
                    return Some(standard_input(destination, self.interrupt.clone()));
                }
                match fs::metadata(path) {
                    Ok(metadata) if metadata.is_dir() => {
                        if let Err(error) = self.enter(path, destination.clone()) {
                            return Some(Found::Failed(path.clone(), error));
                        }
                    }
                    Ok(metadata) if !metadata.is_file() => {
                        let reader = Pipe {
                            path: path.clone(),
                            interrupt: self.interrupt.clone(),
                            open: None,
                        };
                        return Some(Found::Job(Job::stream(reader, destination)));
                    }
                    // What is wrong with it is said when its turn has come.
                    Ok(_) | Err(_) => return Some(Found::Job(Job::file(path, destination))),
                }
            }
        }
    }
}

impl Walk<'_> {
    fn enter(&mut self, path: &Path, folder: String) -> io::Result<()> {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(DirEntry::file_name);
        self.folders.push((entries.into_iter(), folder));
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, folder: &str) -> Option<Found> {
        let path = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return Some(Found::Failed(path, error)),
        };
        if kind.is_symlink() {
            let why = "a symbolic link in a folder is not sent: name it as a SOURCE to send it";
            return Some(Found::Skipped(path, why));
        }
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Some(Found::Failed(path, not_utf8()));
        };
        let destination = join(folder, name);
        if kind.is_dir() {
            return self.enter(&path, destination).err().map(|error| Found::Failed(path, error));
        }
        if !kind.is_file() {
            return Some(Found::Skipped(path, "neither a file nor a folder: not sent"));
        }
        Some(Found::Job(Job::file(path, destination)))
    }
}

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::StandardInput => f.write_str(
                "standard input (`-`) is a single SOURCE and needs --to with a full name",
            ),
            Self::Destination(error) => write!(f, "--to: {error}"),
            Self::NoName(path) => {
                write!(
                    f,
                    "{} has no name in UTF-8 to be stored under: give one with --to",
                    path.display()
                )
            }
            Self::SameName(name) => {
                write!(f, "two sources would be stored as {name}: send them one by one with --to")
            }
        }
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The last component; nothing for a folder that has none, such as `..`, whose entries
/// are then sent as they are.
fn name(path: &Path) -> Result<String, UsageError> {
    match path.file_name().map(OsStr::to_str) {
        Some(Some(name)) => Ok(name.to_owned()),
        None if path.is_dir() => Ok(String::new()),
        Some(None) | None => Err(UsageError::NoName(path.to_owned())),
    }
}

fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

fn not_utf8() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidFilename,
        "the name is not UTF-8: send it alone, with --to",
    )
}

fn standard_input(destination: &str, interrupt: Interrupt) -> Found {
    match io::stdin().as_fd().try_clone_to_owned() {
        Ok(descriptor) => {
            let reader = Interruptible::new(descriptor.into(), interrupt);
            Found::Job(Job::stream(reader, destination))
        }
        Err(error) => Found::Failed(PathBuf::from("-"), error),
    }
}

/// A named pipe or its like, opened when it is first read. Until someone writes to it
/// opening it would wait, for longer than an interrupt.
struct Pipe {
    path: PathBuf,
    interrupt: Interrupt,
    open: Option<Interruptible>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let file = rustix::fs::open(&self.path, flags, Mode::empty())?.into();
                none.insert(Interruptible::new(file, self.interrupt.clone()))
            }
        };
        open.read(buffer)
    }
}

/// Standard input or a pipe, whose reading an interrupt ends too. As a [`Source`] it says
/// that nothing has come for long, so that the server is told.
///
/// [`Source`]: conexion::client::Source
struct Interruptible {
    file: File,
    interrupt: Interrupt,
    /// How long a read waits.
    patience: Duration,
}

impl Interruptible {
    const PATIENCE: Duration = Duration::from_secs(30);

    const fn new(file: File, interrupt: Interrupt) -> Self {
        Self { file, interrupt, patience: Self::PATIENCE }
    }
}

impl Read for Interruptible {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };
        let since = Instant::now();
        loop {
            if self.interrupt.is_set() {
                return Err(io::Error::other("interrupted"));
            }
            if since.elapsed() >= self.patience {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let mut wanted = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut wanted, Some(&SLICE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => match self.file.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => return result,
                },
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations(paths: &[&str], to: Option<&str>) -> Result<Vec<String>, UsageError> {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        let Sources(named) = Sources::new(&paths, to)?;
        Ok(named.into_iter().map(|(_, destination)| destination).collect())
    }

    #[test]
    fn a_pipe_that_gives_nothing_says_so_and_is_read_on() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        let mut source = Interruptible::new(file, Interrupt::default());
        source.patience = Duration::from_millis(1);
        let mut buffer = [0; 8];
        let nothing = source.read(&mut buffer).map_err(|error| error.kind());
        assert_eq!(nothing, Err(io::ErrorKind::WouldBlock));
        io::Write::write_all(&mut writer, b"hola").expect("room in the pipe");
        source.patience = Interruptible::PATIENCE;
        assert_eq!(source.read(&mut buffer).expect("octets"), 4);
    }

    #[test]
    fn a_single_source_is_stored_under_the_name_given() {
        assert_eq!(destinations(&["d/a"], None).unwrap(), ["a"]);
        assert_eq!(destinations(&["d/a"], Some("x/b")).unwrap(), ["x/b"]);
        assert_eq!(destinations(&["d/a"], Some("x/")).unwrap(), ["x/a"]);
        assert_eq!(destinations(&["-"], Some("x")).unwrap(), ["x"]);
        assert_eq!(destinations(&["/"], None).unwrap(), [""]);
        assert_eq!(destinations(&[".."], Some("x/")).unwrap(), ["x"]);
    }

    #[test]
    fn several_sources_are_stored_in_a_folder() {
        for to in ["x", "x/"] {
            assert_eq!(destinations(&["d/a", "b/"], Some(to)).unwrap(), ["x/a", "x/b"]);
        }
        assert_eq!(destinations(&["d/a", "b"], None).unwrap(), ["a", "b"]);
    }

    #[test]
    fn what_does_not_go_together_is_said() {
        for to in [None, Some("x/")] {
            assert_eq!(destinations(&["-"], to), Err(UsageError::StandardInput));
        }
        assert_eq!(destinations(&["-", "a"], Some("x")), Err(UsageError::StandardInput));
        let same = UsageError::SameName("x/a".to_owned());
        assert_eq!(destinations(&["d/a", "e/a"], Some("x")), Err(same));
        for to in ["", "/", "/x", "x//", "../x", "C:\\x"] {
            let error = destinations(&["a"], Some(to)).unwrap_err();
            assert!(matches!(error, UsageError::Destination(_)), "{to}");
        }
        assert!(matches!(destinations(&["no/.."], None), Err(UsageError::NoName(_))));
    }
}
