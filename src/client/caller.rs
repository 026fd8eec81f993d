//! A server that is called when needed: connecting, reconnecting, resuming.

use std::time::Duration;

use super::address::Address;
use super::connect::{Connected, Options, Profile, connect};
use super::error::Error;
use super::link::sleep;
use super::source::Job;
use super::upload::{Progress, Receipt};
use super::work::{Turn, Work};
use crate::wire::DigestKind;

/// How files are sent.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The digest that is compared; CRC-32 by default.
    pub digest: DigestKind,
    /// Whether files at the server may be replaced; not by default.
    pub overwrite: bool,
    /// Whether to go on from what the server holds; by default.
    pub resume: bool,
    /// How often in a row a lost connection is made again without any progress in
    /// between; 3 by default.
    pub retries: u32,
    /// How long to wait before the first of them; each further wait is twice as long, up
    /// to 30 s. 500 ms by default.
    pub backoff: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            digest: DigestKind::Crc32,
            overwrite: false,
            resume: true,
            retries: 3,
            backoff: Duration::from_millis(500),
        }
    }
}

/// What happens on the way.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A connection is about to be made.
    Connecting,
    /// A connection was made (`plain.client-reports`).
    Connected {
        /// Its profile.
        profile: Profile,
        /// What the server calls itself.
        agent: Option<&'a str>,
    },
    /// A file's octets are on their way.
    Progress {
        /// The file's destination.
        destination: &'a str,
        /// How far it has come.
        progress: Progress,
    },
    /// A file has its outcome; each job gets exactly one.
    Done {
        /// The file's destination.
        destination: &'a str,
        /// How it went.
        outcome: &'a Result<Receipt, Error>,
    },
    /// The connection was lost, and a new one will be made.
    Retrying {
        /// Why it was lost.
        error: &'a Error,
        /// After how long.
        after: Duration,
    },
}

/// Where to say what happens.
pub(super) type Notify<'n> = &'n mut dyn FnMut(Notice<'_>);

/// A client of one server, connected when needed.
#[derive(Debug)]
pub struct Caller {
    address: Address,
    options: Options,
    connected: Option<Connected>,
}

/// Longest wait before a new connection.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

impl Caller {
    /// A client that is not connected yet.
    #[must_use]
    pub const fn new(address: Address, options: Options) -> Self {
        Self { address, options, connected: None }
    }

    /// Sends a text and waits for its answer, on the open connection if the server still
    /// keeps it.
    ///
    /// # Errors
    ///
    /// Those of connecting and of the text.
    pub fn text(&mut self, text: &str, notify: Notify<'_>) -> Result<String, Error> {
        self.drop_stale();
        let result = match self.connected(notify)? {
            Connected::Framed(connection) => connection.text(text),
            Connected::Plain(plain) => plain.text(text),
        };
        if result.as_ref().is_err_and(Error::ends_connection) {
            self.connected = None;
        }
        result
    }

    /// Sends files over one connection, and over new ones when that is lost. The outcome
    /// of each job comes in a [`Notice::Done`]; jobs that were never begun get none.
    ///
    /// # Errors
    ///
    /// One that ended the last connection, or kept one from being made. What fails one
    /// file is that file's outcome only.
    pub fn send(
        &mut self,
        jobs: impl IntoIterator<Item = Job>,
        plan: &Plan,
        notify: Notify<'_>,
    ) -> Result<(), Error> {
        self.drop_stale();
        let mut work = Work::new(jobs.into_iter());
        let (mut losses, mut met) = (0, false);
        while work.has_more() {
            let result = match self.connected(notify) {
                Ok(Connected::Framed(connection)) => {
                    met = true;
                    work.send_framed(connection, plan, notify)
                }
                Ok(Connected::Plain(original)) => work.send_plain(original, notify),
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(Turn::Finished) => return Ok(()),
                Ok(Turn::NewConnection) => {
                    self.connected = None;
                    continue;
                }
                Err(error) => error,
            };
            self.connected = None;
            if work.has_gained() {
                losses = 0;
            }
            // A server that was there a moment ago may be starting again.
            let passing = error.is_passing() || (met && error.means_no_connection());
            if !met || !passing || losses >= plan.retries {
                work.abandon(&error, notify);
                return Err(error);
            }
            let after = plan.backoff.saturating_mul(1 << losses.min(16)).min(LONGEST_BACKOFF);
            losses += 1;
            notify(Notice::Retrying { error: &error, after });
            if !sleep(after, &self.options.interrupt) {
                work.abandon(&error, notify);
                return Err(Error::Interrupted);
            }
            work.requeue(&error, notify);
        }
        Ok(())
    }

    /// Ends the conversation, if there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::close`](super::Connection::close) and
    /// [`Plain::close`](super::Plain::close).
    pub fn close(&mut self) -> Result<(), Error> {
        match self.connected.take() {
            Some(Connected::Framed(connection)) => connection.close(),
            Some(Connected::Plain(plain)) => plain.close(),
            None => Ok(()),
        }
    }

    /// Forgets a connection that the server has given up since it was last used.
    fn drop_stale(&mut self) {
        let kept = match &mut self.connected {
            Some(Connected::Framed(connection)) => connection.is_usable(),
            Some(Connected::Plain(plain)) => plain.is_usable(),
            None => false,
        };
        if !kept {
            self.connected = None;
        }
    }

    fn connected(&mut self, notify: Notify<'_>) -> Result<&mut Connected, Error> {
        let connected = if let Some(connected) = self.connected.take() {
            connected
        } else {
            notify(Notice::Connecting);
            let connected = connect(&self.address, &self.options)?;
            let agent = match &connected {
                Connected::Framed(connection) => connection.agent(),
                Connected::Plain(_) => None,
            };
            notify(Notice::Connected { profile: connected.profile(), agent });
            connected
        };
        Ok(self.connected.insert(connected))
    }
}
