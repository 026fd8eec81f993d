//! A small client, written from the spec alone, that is right when no
//! fault is switched on. Each fault is asked for where its programmer would have gone wrong.
//!
//! It has one request unanswered at a time, but for the faults that need two.

mod connection;
mod inbox;
mod line;
mod plain;
mod source;
mod upload;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use self::connection::{Connection, Opened, Step};
use self::inbox::{Answer, Over, Pending, Progress};
use crate::faults::{Answers, Ending, Texts, Wrong};

/// A file to upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) source: PathBuf,
    pub(crate) destination: String,
    pub(crate) overwrite: bool,
    pub(crate) resume: bool,
    /// The length of the digest: 4 for crc32, 32 for sha256.
    pub(crate) digest: usize,
}

/// What the user asks for.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Text(String),
    Upload(Upload),
}

/// Why a request was not carried out.
enum Failed {
    /// The request alone; the connection goes on.
    Request(String),
    /// The connection is over.
    Connection(Over),
}

impl From<Over> for Failed {
    fn from(over: Over) -> Self {
        Self::Connection(over)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Request(error.to_string())
    }
}

/// Carries out the jobs on one connection; an error says why not all of them were.
pub(crate) fn run(server: SocketAddr, jobs: &[Job], wrong: Wrong) -> Result<(), String> {
    let done = carry_out(server, jobs, wrong);
    let passes = match &done {
        Err(Failed::Connection(Over::Ended(_))) => wrong.does(Ending::ZeroWhenLost),
        Err(Failed::Connection(Over::Silent)) => wrong.does(Ending::TakesSilenceForDone),
        _ => false,
    };
    if passes || wrong.does(Ending::ZeroAlways) {
        return Ok(());
    }
    done.map_err(|failed| match failed {
        Failed::Request(why) => why,
        Failed::Connection(over) => over.to_string(),
    })
}

fn carry_out(server: SocketAddr, jobs: &[Job], wrong: Wrong) -> Result<(), Failed> {
    let mut connection = match Connection::open(server, wrong)? {
        Opened::Framed(connection) => connection,
        Opened::Plain(plain) => return plain.run(jobs),
    };
    let mut all = Ok(());
    for job in jobs {
        let done = match job {
            Job::Text(text) => connection.text(text),
            Job::Upload(upload) => connection.upload(upload),
        };
        match done {
            Ok(()) => {}
            Err(Failed::Request(why)) => {
                all = Err(Failed::Request(why));
                if wrong.does(Ending::StopsAtRefusal) {
                    break;
                }
            }
            Err(Failed::Connection(over)) => {
                connection.say_bye_all_the_same(&over);
                return Err(over.into());
            }
        }
    }
    match connection.farewell() {
        Err(Over::Fault(why)) => Err(Over::Fault(why).into()),
        _ => all,
    }
}

impl Connection {
    fn text(&mut self, text: &str) -> Result<(), Failed> {
        let wrong = self.wrong;
        let mut octets = text.as_bytes().to_vec();
        if wrong.does(Texts::Trims) {
            octets = text.trim().as_bytes().to_vec();
        }
        if wrong.does(Texts::AddsLf) {
            octets.push(b'\n');
        }
        if wrong.does(Texts::Latin1) {
            octets = text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        }
        let length =
            if wrong.does(Texts::LimitInCharacters) { text.chars().count() } else { octets.len() };
        if length > self.limits.text && !wrong.does(Texts::IgnoresLimit) {
            if !wrong.does(Texts::Cuts) {
                return Err(Failed::Request("too long for this server".to_owned()));
            }
            octets.truncate(self.limits.text);
        }
        self.look()?;
        self.inbox.pending.push_back(Pending {
            progress: Progress::Text,
            digest: 0,
            size: 0,
            resume: false,
            text: octets.clone(),
        });
        if wrong.does(Texts::LengthInCharacters) {
            let length = u32::try_from(text.chars().count()).expect("a text is short");
            self.write(&[b"T", length.to_be_bytes().as_slice(), &octets].concat())?;
        } else {
            self.send(b'T', &octets)?;
        }
        if wrong.does(Answers::ErrorIsTheUploads) {
            return Ok(());
        }
        self.wait(|inbox| inbox.pending.is_empty())?;
        match self.inbox.answers.pop_back() {
            Some(Answer::Reply(_)) => Ok(()),
            Some(Answer::Refused(_)) if wrong.does(Texts::RefusalIsSuccess) => Ok(()),
            _ => Err(Failed::Request("refused".to_owned())),
        }
    }

    /// Takes leave.
    fn farewell(&mut self) -> Step {
        let wrong = self.wrong;
        if wrong.does(Ending::NoBye) {
            return Ok(());
        }
        self.look()?;
        self.send(b'B', b"")?;
        self.inbox.bye_sent = true;
        if wrong.does(Ending::ByeTwice) {
            self.send(b'B', b"")?;
        }
        if wrong.does(Ending::KeepaliveBehindBye) {
            self.send(b'n', b"")?;
        }
        if wrong.does(Ending::ClosesBehindBye) {
            return Ok(());
        }
        self.wait(|_| false)
    }
}
