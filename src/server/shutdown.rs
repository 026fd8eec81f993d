//! One signal that wakes every thread of a server.
//!
//! The reading end of a pipe whose writing end is dropped is readable for all who poll it,
//! for ever: two descriptors serve any number of connections.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};

use super::sync::atomic::{AtomicBool, Ordering};
use super::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
struct Shared {
    begun: AtomicBool,
    reader: PipeReader,
    writer: Mutex<Option<PipeWriter>>,
}

/// Tells a server to shut down; cheap to clone, usable from any thread.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(Arc<Shared>);

impl ShutdownHandle {
    pub(super) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let writer = Mutex::new(Some(writer));
        Ok(Self(Arc::new(Shared { begun: AtomicBool::new(false), reader, writer })))
    }

    /// Begins the shutdown: the server stops accepting, sends ERROR 107 where it is due,
    /// lets open uploads finish within the grace, and returns from `run`. Saying it again
    /// changes nothing.
    pub fn shut_down(&self) {
        self.0.begun.store(true, Ordering::Release);
        drop(self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).take());
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
