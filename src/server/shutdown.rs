//! One signal that wakes every thread of a server.
//!
//! A pipe with an octet in it that nobody reads is readable for all who poll it, for ever: two
//! descriptors serve any number of connections. Closing its writing end would not do: a child
//! process which is just being started has it open, too.

use std::io::{self, PipeReader, PipeWriter, Write as _};
use std::os::fd::{AsFd, BorrowedFd};

use super::sync::Arc;
use super::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
struct Shared {
    begun: AtomicBool,
    reader: PipeReader,
    writer: PipeWriter,
}

/// Tells a server to shut down; cheap to clone, usable from any thread.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(Arc<Shared>);

impl ShutdownHandle {
    pub(super) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self(Arc::new(Shared { begun: AtomicBool::new(false), reader, writer })))
    }

    /// Begins the shutdown: the server stops accepting, sends ERROR 107 where it is due,
    /// lets open uploads finish within the grace, and returns from `run`. Saying it again
    /// changes nothing.
    pub fn shut_down(&self) {
        if !self.0.begun.swap(true, Ordering::AcqRel) {
            // It has room for an octet, and its other end is open for as long as this one.
            let _ = (&self.0.writer).write(&[1]);
        }
    }

    /// Whether the shutdown has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.begun.load(Ordering::Acquire)
    }

    /// Readable from the moment on at which the shutdown begins.
    pub(super) fn signal(&self) -> BorrowedFd<'_> {
        self.0.reader.as_fd()
    }
}
