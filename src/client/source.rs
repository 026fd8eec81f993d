//! What an upload reads its octets from.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::wire::SourceName;

/// Octets that can be read, and where possible read again from the first.
///
/// A source that has nothing for long fails with [`io::ErrorKind::WouldBlock`] every half a
/// minute or so, having waited for so long: the client then shows the server that it lives
/// (`timer.client-keepalive`), sees what the server has said meanwhile, and reads again.
pub trait Source: Read {
    /// Goes back to the first octet.
    ///
    /// # Errors
    ///
    /// Those of the source; one of kind [`io::ErrorKind::NotSeekable`] if it can be read
    /// only once.
    fn rewind(&mut self) -> io::Result<()>;
}

impl<T: Read + Seek> Source for T {
    fn rewind(&mut self) -> io::Result<()> {
        Seek::rewind(self)
    }
}

/// A source that can be read only once, such as a pipe.
#[derive(Debug)]
pub struct Once<R> {
    reader: R,
    begun: bool,
}

impl<R: Read> Once<R> {
    /// Reads from `reader`.
    pub const fn new(reader: R) -> Self {
        Self { reader, begun: false }
    }
}

impl<R: Read> Read for Once<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        self.reader.read(buffer)
    }
}

// `Once` has no `Seek`: the implementation above does not reach it.
impl<R: Read> Source for Once<R> {
    fn rewind(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

/// Where the octets of a job come from.
pub enum Origin {
    /// A file, opened when its turn comes. What is no regular file there is read as a
    /// stream.
    Path(PathBuf),
    /// A stream of unknown length that can be read only once.
    Stream(Once<Box<dyn Read>>),
}

/// A file that is to be sent.
pub struct Job {
    /// Where its octets come from.
    pub origin: Origin,
    /// The name that it gets at the server.
    pub destination: String,
}

/// An open source.
pub(super) enum Opened<'a> {
    File(File, u64),
    Pipe(Once<File>),
    Stream(&'a mut Once<Box<dyn Read>>),
}

impl Job {
    /// A job to send the file at `path`.
    pub fn file(path: impl Into<PathBuf>, destination: impl Into<String>) -> Self {
        Self { origin: Origin::Path(path.into()), destination: destination.into() }
    }

    /// A job to send what `reader` gives.
    pub fn stream(reader: impl Read + 'static, destination: impl Into<String>) -> Self {
        let origin = Origin::Stream(Once::new(Box::new(reader)));
        Self { origin, destination: destination.into() }
    }

    /// The last component of the source's path, as far as a source may say it
    /// (`path.source-base-name`); empty for a stream.
    #[must_use]
    pub fn name(&self) -> String {
        let Origin::Path(path) = &self.origin else { return String::new() };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut end = name.len().min(SourceName::MAX_LEN);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name[..end].to_owned()
    }

    pub(super) fn open(&mut self) -> Result<Opened<'_>, Error> {
        match &mut self.origin {
            Origin::Path(path) => {
                open_file(path).map_err(|source| Error::Open { path: path.clone(), source })
            }
            Origin::Stream(once) => Ok(Opened::Stream(once)),
        }
    }
}

fn open_file(path: &Path) -> io::Result<Opened<'static>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        Err(io::ErrorKind::IsADirectory.into())
    } else if metadata.is_file() {
        Ok(Opened::File(file, metadata.len()))
    } else {
        Ok(Opened::Pipe(Once::new(file)))
    }
}

impl Opened<'_> {
    pub(super) const fn size(&self) -> Option<u64> {
        match self {
            Self::File(_, size) => Some(*size),
            Self::Pipe(_) | Self::Stream(_) => None,
        }
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::File(file, _) => file,
            Self::Pipe(once) => once,
            Self::Stream(once) => *once,
        }
    }

    /// Whether octets of it are gone for good.
    pub(super) const fn is_spent(&self) -> bool {
        match self {
            Self::File(..) => false,
            Self::Pipe(once) => once.begun,
            Self::Stream(once) => once.begun,
        }
    }
}

/// Reads once; `None` if the source has nothing now.
pub(super) fn read_ready(source: &mut dyn Source, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    loop {
        match source.read(buffer) {
            Ok(read) => return Ok(Some(read)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

/// Reads once, waiting as long as it takes.
pub(super) fn read_some(source: &mut dyn Source, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        if let Some(read) = read_ready(source, buffer)? {
            return Ok(read);
        }
    }
}

/// Reads until the buffer is full or the source has ended.
pub(super) fn read_full(source: &mut dyn Source, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some(source, &mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

pub(super) fn octets(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `path.source-base-name`
    #[test]
    fn the_name_of_a_job_is_the_last_component_as_far_as_a_source_may_say_it() {
        let name = |path: &str| Job::file(path, "destination").name();
        assert_eq!(name("a/b/c.txt"), "c.txt");
        assert_eq!(name("/"), "");
        assert_eq!(name(&format!("a/{}", "x".repeat(1025))), "x".repeat(1024));
        // No character is cut.
        assert_eq!(name(&format!("x{}", "ñ".repeat(512))), format!("x{}", "ñ".repeat(511)));
        assert_eq!(Job::stream(io::empty(), "destination").name(), "");
    }
}
