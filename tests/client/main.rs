//! The client library against servers that do what a test says.

#[path = "../scripted/mod.rs"]
mod scripted;

mod connecting;
mod plain;
mod retry;
mod table;
mod upload;

use std::io::{self, Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::time::Duration;

use conexion::client::{
    Address, Caller, Connected, Connection, Error, Job, Notice, Options, Plan, Progress, Receipt,
    Upload, connect,
};
use conexion::wire::{Destination, DigestKind, SourceName};

fn address(socket: SocketAddr) -> Address {
    Address::new(socket.ip().to_string(), socket.port())
}

fn options() -> Options {
    Options {
        connect_timeout: Duration::from_secs(5),
        silence: Duration::from_secs(10),
        ..Options::default()
    }
}

fn framed(server: &scripted::Server) -> Connection {
    match connect(&address(server.address), &options()).unwrap() {
        Connected::Framed(connection) => *connection,
        Connected::Plain(_) => panic!("plain"),
    }
}

/// An upload of `size` octets to `a/b`, without OVERWRITE, with CRC-32.
fn upload(size: Option<u64>, resume: bool) -> Upload<'static> {
    Upload {
        name: SourceName::new(b"b.bin").unwrap(),
        destination: Destination::new(b"a/b").unwrap(),
        size,
        digest: DigestKind::Crc32,
        overwrite: false,
        resume,
    }
}

fn send(connection: &mut Connection, octets: &[u8], resume: bool) -> Result<Receipt, Error> {
    let size = u64::try_from(octets.len()).unwrap();
    let mut source = io::Cursor::new(octets);
    connection.send(&upload(Some(size), resume), &mut source, &mut |_| ())
}

/// So many octets that look random.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(&mut next).take(len).collect()
}

/// A source of `len` octets that fails at `fails_at`, and counts what was read.
struct Endless {
    len: u64,
    fails_at: u64,
    at: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.fails_at {
            return Err(io::Error::other("the disk is gone"));
        }
        let left = self.len.min(self.fails_at) - self.at;
        let len = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        buffer[..len].fill(b'x');
        self.at += u64::try_from(len).unwrap();
        Ok(len)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        assert_eq!(to, SeekFrom::Start(0));
        self.at = 0;
        Ok(0)
    }
}

/// What a run of a [`Caller`] has told.
#[derive(Debug, Default)]
struct Told {
    done: Vec<(String, Result<Receipt, String>)>,
    connected: usize,
    retries: Vec<String>,
    held: u64,
    sent: u64,
}

impl Told {
    fn note(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Connecting => {}
            Notice::Connected { .. } => self.connected += 1,
            Notice::Progress { progress: Progress::Held(octets), .. } => self.held += octets,
            Notice::Progress { progress: Progress::Sent(octets), .. } => self.sent += octets,
            Notice::Done { destination, outcome } => {
                let outcome = outcome.as_ref().map(|receipt| *receipt).map_err(Error::to_string);
                self.done.push(((*destination).to_owned(), outcome));
            }
            Notice::Retrying { error, .. } => self.retries.push(error.to_string()),
        }
    }
}

fn run(server: &scripted::Server, jobs: Vec<Job>, plan: &Plan) -> (Told, Result<(), Error>) {
    let mut caller = Caller::new(address(server.address), options());
    let mut told = Told::default();
    let result = caller.send(jobs, plan, &mut |notice| told.note(&notice));
    let result = result.and_then(|()| caller.close());
    (told, result)
}

fn plan() -> Plan {
    Plan { backoff: Duration::from_millis(20), ..Plan::default() }
}
