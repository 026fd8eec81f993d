//! What an upload reads its octets from.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;

use crate::wire::SourceName;

/// Octets that can be read, and where possible read again from the first.
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
pub struct Once<R>(R);

impl<R: Read> Once<R> {
    /// Reads from `reader`.
    pub const fn new(reader: R) -> Self {
        Self(reader)
    }
}

impl<R: Read> Read for Once<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

// `Once` has no `Seek`, and cannot have one: the implementation above does not reach it.
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
    Stream(Box<dyn Read>),
}

/// A file that is to be sent.
pub struct Job {
    /// Where its octets come from.
    pub origin: Origin,
    /// The name that it gets at the server.
    pub destination: String,
}

/// An open source, and its size where that is known.
pub(super) struct Opened<'a> {
    pub(super) source: Box<dyn Source + 'a>,
    pub(super) size: Option<u64>,
}

impl Job {
    /// A job to send the file at `path`.
    pub fn file(path: impl Into<PathBuf>, destination: impl Into<String>) -> Self {
        Self { origin: Origin::Path(path.into()), destination: destination.into() }
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

    pub(super) fn open(&mut self) -> io::Result<Opened<'_>> {
        match &mut self.origin {
            Origin::Path(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                if metadata.is_dir() {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                if metadata.is_file() {
                    Ok(Opened { source: Box::new(file), size: Some(metadata.len()) })
                } else {
                    Ok(Opened { source: Box::new(Once::new(file)), size: None })
                }
            }
            Origin::Stream(reader) => {
                Ok(Opened { source: Box::new(Once::new(reader)), size: None })
            }
        }
    }
}
