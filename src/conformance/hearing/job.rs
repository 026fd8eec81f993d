//! What a client under test is asked to do.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

/// A file that a client is asked to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where the client finds it.
    pub path: PathBuf,
    /// Where the server shall store it.
    pub destination: String,
    /// What is in it.
    pub octets: Vec<u8>,
}

impl Source {
    /// The CRC-32 of its first octets.
    ///
    /// # Panics
    ///
    /// If it has fewer, which is a fault of the case.
    #[must_use]
    pub fn crc32(&self, len: usize) -> u32 {
        crc32fast::hash(&self.octets[..len])
    }

    /// The last component of its path.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// One thing that a client is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Send this text and see its answer.
    Text(String),
    /// Upload this file.
    Upload(Source),
}

/// What one run of a client is asked to do, in this order if it keeps any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// At least one.
    pub tasks: Vec<Task>,
}

/// What a client can be asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four questions that do not exclude each other")]
pub struct Abilities {
    /// To send one text and nothing else.
    pub text: bool,
    /// To upload one file and nothing else.
    pub upload: bool,
    /// To send a text and upload a file in one run, in an order of its own.
    pub both: bool,
    /// To do any number of things in one run, in the order given.
    pub session: bool,
}

/// The tasks of a run, and which of them the suite has acknowledged.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger(Rc<RefCell<Vec<(Task, bool)>>>);

impl Ledger {
    pub(super) fn new(job: &Job) -> Self {
        Self(Rc::new(RefCell::new(job.tasks.iter().cloned().map(|task| (task, false)).collect())))
    }

    /// A text was answered as its sender wants it.
    pub(super) fn answered(&self, text: &str) {
        self.mark(|task| matches!(task, Task::Text(wanted) if wanted == text));
    }

    /// These octets were acknowledged under this destination.
    pub(super) fn stored(&self, destination: &str, octets: &[u8]) {
        self.mark(|task| {
            matches!(task, Task::Upload(source)
                if source.destination == destination && source.octets == octets)
        });
    }

    fn mark(&self, is_it: impl Fn(&Task) -> bool) {
        let mut tasks = self.0.borrow_mut();
        if let Some((_, done)) = tasks.iter_mut().find(|(task, done)| !done && is_it(task)) {
            *done = true;
        }
    }

    /// How many tasks there are.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether all of it was acknowledged.
    pub(super) fn is_done(&self) -> bool {
        self.0.borrow().iter().all(|(_, done)| *done)
    }

    /// Whether the file for this destination was acknowledged.
    pub(super) fn is_stored(&self, destination: &str) -> bool {
        self.0.borrow().iter().any(|(task, done)| {
            *done && matches!(task, Task::Upload(source) if source.destination == destination)
        })
    }

    /// Whether the client has been asked to send this text.
    pub(super) fn has_text(&self, text: &str) -> bool {
        self.0.borrow().iter().any(|(task, _)| matches!(task, Task::Text(own) if own == text))
    }

    /// The file that the client has been asked to store there.
    pub(super) fn source(&self, destination: &str) -> Option<Source> {
        self.0.borrow().iter().find_map(|(task, _)| match task {
            Task::Upload(source) if source.destination == destination => Some(source.clone()),
            Task::Upload(_) | Task::Text(_) => None,
        })
    }
}
