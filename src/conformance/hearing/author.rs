//! A client under test that its author starts, case by case.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::{Abilities, Driver, Exit, Job, Running, Task};

/// Says what the client is to be asked for, each time that it is to be started.
///
/// How it ends is not seen, so that only what it sends is judged.
pub struct ByAuthor<F>(Mutex<F>);

impl<F> std::fmt::Debug for ByAuthor<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ByAuthor").finish_non_exhaustive()
    }
}

impl<F: FnMut(&str) + Send> ByAuthor<F> {
    /// `say` shows a text of several lines to the author.
    pub const fn new(say: F) -> Self {
        Self(Mutex::new(say))
    }
}

impl<F: FnMut(&str) + Send> Driver for ByAuthor<F> {
    fn abilities(&self) -> Abilities {
        Abilities { text: true, upload: true, both: true, session: true }
    }

    fn start(&self, job: &Job, server: SocketAddr) -> io::Result<Box<dyn Running>> {
        let mut text = format!("  connect to {server}, and in one run:\n");
        for task in &job.tasks {
            // Writing to a String cannot fail.
            let _ = match task {
                Task::Text(wanted) => writeln!(text, "    send the text {wanted:?}"),
                Task::Upload(source) => {
                    let (path, destination) = (source.path.display(), &source.destination);
                    writeln!(text, "    upload {path} to {destination}")
                }
            };
        }
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(&text);
        Ok(Box::new(Elsewhere))
    }

    fn announce(&self, case: &str) {
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(case);
    }

    fn tells_texts_in_lines(&self) -> bool {
        true
    }

    fn most(&self) -> usize {
        1
    }

    fn tells_exit(&self) -> bool {
        false
    }
}

struct Elsewhere;

impl Running for Elsewhere {
    fn exit(&mut self) -> Option<Exit> {
        None
    }

    fn stop(&mut self) {}
}
