//! A framed connection: a thread reads all the time, so that a write never waits for itself.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::inbox::{Inbox, Over};
use super::line::{self, Limits};
use super::plain::PlainConnection;
use crate::faults::{Ending, Plain, Preface, Wrong};

/// How long the client waits for the line of the server.
const LINE: Duration = Duration::from_secs(10);
/// How long the client waits for anything else.
const ANSWER: Duration = Duration::from_secs(300);

/// The client's `text`.
const TEXT: usize = 4096;

pub(super) struct Connection {
    pub(super) wrong: Wrong,
    stream: TcpStream,
    reads: Receiver<Option<Vec<u8>>>,
    pub(super) inbox: Inbox,
    pub(super) limits: Limits,
    /// Whether the stream has been handed on.
    plain: bool,
}

/// What the server speaks.
pub(super) enum Opened {
    Framed(Connection),
    Plain(PlainConnection),
}

/// `Err` says why the connection is over.
pub(super) type Step<T = ()> = Result<T, Over>;

impl Connection {
    /// Connects, sends the line and waits for that of the server, or for the echo by which an
    /// original server shows.
    pub(super) fn open(server: SocketAddr, wrong: Wrong) -> Step<Opened> {
        let lost = |error: std::io::Error| Over::Ended(error.to_string());
        let stream = TcpStream::connect(server).map_err(lost)?;
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(Some(patience(wrong, ANSWER)));
        let reads = reading(stream.try_clone().map_err(lost)?);
        let text = if wrong.does(Preface::KeepsTextToItself) { 1024 } else { TEXT };
        let mut inbox = Inbox::new(TEXT, wrong);
        let mut connection = Self {
            wrong,
            stream,
            reads,
            limits: Limits { chunk: 1024, text: 1024 },
            inbox,
            plain: false,
        };
        if !connection.hello(text)? {
            let mut stream = connection.stream.try_clone().map_err(lost)?;
            let mut reads = std::mem::replace(&mut connection.reads, channel().1);
            if wrong.does(Plain::ConnectsAnew) {
                stream = TcpStream::connect(server).map_err(lost)?;
                reads = reading(stream.try_clone().map_err(lost)?);
            } else {
                connection.plain = true;
            }
            return Ok(Opened::Plain(PlainConnection { wrong, stream, reads, over: false }));
        }
        inbox = Inbox::new(TEXT, wrong);
        std::mem::swap(&mut inbox, &mut connection.inbox);
        connection.inbox.octets = inbox.octets;
        connection.inbox.judge();
        Ok(Opened::Framed(connection))
    }

    /// Whether the server speaks the framed profile.
    fn hello(&mut self, text: usize) -> Step<bool> {
        let wrong = self.wrong;
        if wrong.does(Preface::WaitsForServer) {
            // A server that waits as well never sends.
            let come = self.reads.recv_timeout(LINE).ok().flatten().ok_or(Over::Silent)?;
            self.inbox.octets.extend(come);
        }
        let own = line::own(text, wrong);
        self.write(&own)?;
        let end = Instant::now() + patience(wrong, LINE);
        let length = loop {
            match line::ends_at(&self.inbox.octets, wrong) {
                Some(Ok(length)) => break length,
                Some(Err(why)) => return self.malformed(why),
                None => {}
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.reads.recv_timeout(left) {
                Ok(Some(octets)) => self.inbox.octets.extend(octets),
                Err(RecvTimeoutError::Timeout) if wrong.does(Plain::FallsBackOnSilence) => {
                    return Ok(false);
                }
                Err(RecvTimeoutError::Timeout) => return Err(Over::Silent),
                _ => return Err(Over::Ended("no line of the server".to_owned())),
            }
        };
        if self.is_plain(&own) {
            return Ok(false);
        }
        let line: Vec<u8> = self.inbox.octets.drain(..length).collect();
        if wrong.does(Preface::DropsRestOfRead) {
            self.inbox.octets.clear();
        }
        match line::parse(&line, wrong) {
            Ok(limits) => self.limits = limits,
            Err(why) => return self.malformed(why),
        }
        Ok(true)
    }

    /// Whether what has come is the client's own line, and nothing more.
    fn is_plain(&self, own: &[u8]) -> bool {
        let come = self.inbox.octets.as_slice();
        match () {
            () if self.wrong.does(Plain::FallsBackOnAnything) => !come.starts_with(b"CONEXION/1 S"),
            () if self.wrong.does(Plain::FallsBackOnMore) => come.starts_with(own),
            () if self.wrong.does(Plain::FallsBackOnAlike) => come.starts_with(&own[..17]),
            () => come == own,
        }
    }

    fn malformed<T>(&mut self, why: String) -> Step<T> {
        if self.wrong.does(Preface::TakesLeave) {
            let _ = self.stream.write_all(b"B\0\0\0\0");
        }
        Err(Over::Fault(why))
    }

    /// Takes in what has come, without waiting.
    pub(super) fn look(&mut self) -> Step {
        while self.inbox.over.is_none() {
            match self.reads.try_recv() {
                Ok(octets) => self.inbox.take(octets.as_deref()),
                Err(_) => break,
            }
        }
        self.goes_on()
    }

    fn goes_on(&self) -> Step {
        match &self.inbox.over {
            Some(over) => Err(over.clone()),
            None => Ok(()),
        }
    }

    /// Waits until what has come is enough.
    pub(super) fn wait(&mut self, mut enough: impl FnMut(&Inbox) -> bool) -> Step {
        while !enough(&self.inbox) {
            if let Some(over) = &self.inbox.over {
                return Err(over.clone());
            }
            match self.reads.recv_timeout(patience(self.wrong, ANSWER)) {
                Ok(octets) => self.inbox.take(octets.as_deref()),
                Err(RecvTimeoutError::Timeout) => return Err(Over::Silent),
                Err(RecvTimeoutError::Disconnected) => self.inbox.take(None),
            }
        }
        Ok(())
    }

    /// Sends one frame whole.
    pub(super) fn send(&mut self, kind: u8, payload: &[u8]) -> Step {
        self.goes_on()?;
        let length = u32::try_from(payload.len()).expect("what is sent is short");
        let frame = [&[kind], length.to_be_bytes().as_slice(), payload].concat();
        self.write(&frame)
    }

    pub(super) fn write(&mut self, octets: &[u8]) -> Step {
        if let Err(error) = self.stream.write_all(octets) {
            // The last word of the server is the reason.
            self.wait(|_| false)?;
            return Err(Over::Ended(error.to_string()));
        }
        Ok(())
    }

    /// Says BYE where nothing may be sent any more, if the client does so.
    pub(super) fn say_bye_all_the_same(&mut self, over: &Over) {
        let wrong = self.wrong;
        let fault = matches!(over, Over::Fault(_)) && wrong.does(Ending::LeavesAfterFault);
        if fault || self.inbox.fatal && wrong.does(Ending::LeavesAfterFatal) {
            let _ = self.stream.write_all(b"B\0\0\0\0");
        }
    }
}

/// What comes, read by read, as soon as it comes; `None` is the end.
fn reading(mut stream: TcpStream) -> Receiver<Option<Vec<u8>>> {
    let (send, reads) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        loop {
            let read = stream.read(&mut buffer).ok().filter(|&read| read > 0);
            let octets = read.map(|read| buffer[..read].to_vec());
            if send.send(octets).is_err() || read.is_none() {
                return;
            }
        }
    });
    reads
}

/// How long the client waits where a right one waits for `wait`.
fn patience(wrong: Wrong, wait: Duration) -> Duration {
    if wrong.does(Ending::TakesSilenceForDone) { Duration::from_millis(500) } else { wait }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // The reading thread holds a descriptor too.
        if self.plain {
            return;
        }
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
