//! How a client under test is started, watched and ended.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use super::{Abilities, Job};

/// How a client has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It says that all it was asked for was done.
    Success,
    /// It says that something was not done, or may not have been; in its words.
    Failure(String),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("success"),
            Self::Failure(how) => write!(f, "failure ({how})"),
        }
    }
}

/// Starts a client, once for each run.
///
/// Runs go on side by side, each against an address of its own.
pub trait Driver: Sync {
    /// What the client can be asked to do.
    fn abilities(&self) -> Abilities;

    /// Starts the client, which shall connect to `server` and do the job.
    ///
    /// # Errors
    ///
    /// Why it could not be started.
    fn start(&self, job: &Job, server: SocketAddr) -> io::Result<Box<dyn Running>>;

    /// Says which case comes next. Only who starts the client by hand needs to know.
    fn announce(&self, _case: &str) {}

    /// Whether the client is told a text by a line of its input, whose ends it may trim.
    fn tells_texts_in_lines(&self) -> bool {
        false
    }

    /// How many can be heard side by side.
    fn most(&self) -> usize {
        usize::MAX
    }

    /// Whether it is known how the client ends. If not, its author starts it, and only what
    /// it sends is judged.
    fn tells_exit(&self) -> bool {
        true
    }
}

/// A client that was started.
pub trait Running {
    /// How it has ended, if it has.
    fn exit(&mut self) -> Option<Exit>;

    /// Ends it.
    fn stop(&mut self);

    /// What it has said to people, as far as that was kept.
    fn said(&mut self) -> String {
        String::new()
    }
}

/// A client in this process: a function that does a job against a server and says whether
/// all of it was done, with words if not.
///
/// It runs on a thread of its own, which is left behind if it does not come to an end: its
/// connections are closed then.
#[derive(Debug)]
pub struct InProcess<F> {
    abilities: Abilities,
    client: Arc<F>,
}

impl<F> InProcess<F>
where
    F: Fn(&Job, SocketAddr) -> Result<(), String> + Send + Sync + 'static,
{
    /// A client with these abilities.
    pub fn new(abilities: Abilities, client: F) -> Self {
        Self { abilities, client: Arc::new(client) }
    }
}

impl<F> Driver for InProcess<F>
where
    F: Fn(&Job, SocketAddr) -> Result<(), String> + Send + Sync + 'static,
{
    fn abilities(&self) -> Abilities {
        self.abilities
    }

    fn start(&self, job: &Job, server: SocketAddr) -> io::Result<Box<dyn Running>> {
        let (sender, receiver) = channel();
        let (client, job) = (Arc::clone(&self.client), job.clone());
        thread::Builder::new().name("client under test".into()).spawn(move || {
            // Nobody waits any more if the case is over.
            let _ = sender.send(client(&job, server));
        })?;
        Ok(Box::new(InThread(receiver)))
    }
}

struct InThread(Receiver<Result<(), String>>);

impl Running for InThread {
    fn exit(&mut self) -> Option<Exit> {
        match self.0.try_recv() {
            Ok(Ok(())) => Some(Exit::Success),
            Ok(Err(how)) => Some(Exit::Failure(how)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Exit::Failure("it panicked".to_owned())),
        }
    }

    fn stop(&mut self) {}
}
