//! A connection from accept to close.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use super::Shared;
use crate::faults::{Closing, Conversation, Fault, Opening};

/// The first octets of every framed connection.
pub(super) const FRAMED: &[u8] = b"CONEXION/";

/// How often a connection looks whether its upload was taken over.
const LOOK: Duration = Duration::from_millis(10);
/// The close timer.
const CLOSE: Duration = Duration::from_secs(5);

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By the closing procedure.
    Closing,
    /// At once.
    AtOnce,
}

/// `Ok` as long as the connection goes on.
pub(super) type Step<T = ()> = Result<T, End>;

/// What came of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Octets,
    End,
    /// The upload was taken over by another connection.
    Superseded,
}

pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    socket: TcpStream,
    /// What has come and was not handled.
    pub(super) inbox: Vec<u8>,
    /// How many octets were in `inbox` when the last read had come.
    pub(super) last_read: usize,
    queue: Option<Sender<Vec<u8>>>,
    /// Answers that a wrong server keeps back.
    pub(super) kept: Vec<u8>,
    sent: bool,
}

impl Connection {
    pub(super) fn new(socket: TcpStream, shared: Arc<Shared>) -> Self {
        // An answer shall not wait for the acknowledgement of the one before it.
        let _ = socket.set_nodelay(true);
        let unbounded = shared.wrong.does(Conversation::QueuesWithoutBound)
            || shared.wrong.does(Conversation::DropsAnswers);
        let queue = unbounded.then(|| queue(&socket));
        let (inbox, kept) = (Vec::new(), Vec::new());
        Self { shared, socket, inbox, last_read: 0, queue, kept, sent: false }
    }

    pub(super) fn does(&self, fault: impl Into<Fault>) -> bool {
        self.shared.wrong.does(fault)
    }

    pub(super) fn serve(mut self) {
        let end = self.converse();
        let _ = self.flush();
        match end {
            Err(End::Closing) if self.sent => self.close(),
            _ => {}
        }
    }

    fn converse(&mut self) -> Step {
        if self.does(Opening::LineAtAccept) {
            self.send_line(1)?;
        }
        self.opening()?;
        let reply_limit = self.line()?;
        self.frames(reply_limit)
    }

    /// Chapter 2, for a server that does not speak plain.
    fn opening(&mut self) -> Step {
        loop {
            let len = self.inbox.len().min(FRAMED.len());
            let enough = if self.does(Opening::EightOctets) { 8 } else { FRAMED.len() };
            let whole = len >= enough;
            let begins = self.inbox[..len] == FRAMED[..len];
            if begins && whole {
                return Ok(());
            }
            if !begins {
                return Err(self.other()?);
            }
            match self.read(None)? {
                Came::Octets => {
                    if self.does(Opening::FirstReadDecides) && self.inbox.len() < FRAMED.len() {
                        return Err(End::AtOnce);
                    }
                }
                Came::End | Came::Superseded => {
                    let empty = self.inbox.is_empty();
                    if empty && self.does(Opening::EmptyAnswered)
                        || !empty && self.does(Opening::PrefixAnswered)
                    {
                        self.send_line(1)?;
                        return Err(self.fatal(100, "no line has come"));
                    }
                    return Err(End::AtOnce);
                }
            }
        }
    }

    /// The octets can become no framed opening.
    fn other(&mut self) -> Step<End> {
        let web = |came: &[u8]| {
            let methods = ["GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "DELETE ", "CONNECT "];
            let others = ["PATCH ", "TRACE ", "PRI "];
            methods.iter().chain(&others).any(|method| came.starts_with(method.as_bytes()))
        };
        if self.does(Opening::AwaitsLineEnd) {
            while !self.inbox.contains(&b'\n') {
                if self.read(None)? == Came::End {
                    return Ok(End::AtOnce);
                }
            }
        }
        if self.does(Opening::WebAnswered) {
            while !web(&self.inbox) && self.inbox.len() < 9 && self.inbox[0].is_ascii_uppercase() {
                if self.read(None)? == Came::End {
                    return Ok(End::AtOnce);
                }
            }
            if web(&self.inbox) {
                self.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")?;
                return Ok(End::Closing);
            }
        }
        if self.does(Opening::TlsRefused) && self.inbox[0] == 0x16
            || self.does(Opening::OtherRefused) && !web(&self.inbox) && self.inbox[0] != 0x16
            || self.does(Opening::WebRefused) && self.inbox[0].is_ascii_uppercase()
            || self.does(Opening::CutOtherRefused) && self.inbox[0] == b'C'
        {
            self.send_line(1)?;
            return Ok(self.fatal(100, "this is no opening"));
        }
        Ok(End::AtOnce)
    }

    /// One read, which ends early when this says that another connection has the upload.
    pub(super) fn read(&mut self, superseded: Option<&AtomicBool>) -> Step<Came> {
        let mut buffer = [0; 16 * 1024];
        let _ = self.socket.set_read_timeout(superseded.map(|_| LOOK));
        let unasked = self.does(Closing::ByeWhenIdle) && self.sent;
        if unasked {
            let _ = self.socket.set_read_timeout(Some(Duration::from_millis(100)));
        }
        loop {
            if superseded.is_some_and(|superseded| superseded.load(Ordering::Relaxed)) {
                return Ok(Came::Superseded);
            }
            match self.socket.read(&mut buffer) {
                Ok(0) => return Ok(Came::End),
                Ok(len) => {
                    self.inbox.extend(&buffer[..len]);
                    self.last_read = len;
                    return Ok(Came::Octets);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if unasked && superseded.is_none() {
                        self.write(b"B\0\0\0\0")?;
                        return Err(End::Closing);
                    }
                }
                Err(_) => return Ok(Came::End),
            }
        }
    }

    /// Whether the client has shut down, by now or soon.
    pub(super) fn has_ended(&self) -> bool {
        std::thread::sleep(Duration::from_millis(50));
        let _ = self.socket.set_nonblocking(true);
        let ended = self.socket.peek(&mut [0]).is_ok_and(|len| len == 0);
        let _ = self.socket.set_nonblocking(false);
        ended
    }

    pub(super) fn write(&mut self, octets: &[u8]) -> Step {
        self.sent = true;
        if let Some(queue) = &self.queue {
            return queue.send(octets.to_vec()).map_err(|_| End::AtOnce);
        }
        self.socket.write_all(octets).map_err(|_| End::AtOnce)
    }

    /// Sends what was kept back.
    pub(super) fn flush(&mut self) -> Step {
        let kept = std::mem::take(&mut self.kept);
        if kept.is_empty() { Ok(()) } else { self.write(&kept) }
    }

    pub(super) fn send(&mut self, kind: u8, payload: &[u8]) -> Step {
        let length = u32::try_from(payload.len()).expect("what is sent is short");
        self.write(&[&[kind], &length.to_be_bytes()[..], payload].concat())
    }

    pub(super) fn send_error(&mut self, code: u16, message: &[u8]) -> Step {
        self.send(b'X', &[&code.to_be_bytes(), message].concat())
    }

    /// ERROR 1xx, the last frame.
    pub(super) fn fatal(&mut self, code: u16, message: &str) -> End {
        if self.does(Closing::FatalSilently) {
            return End::AtOnce;
        }
        if self.does(Closing::FatalThenBye) {
            let _ = self.send_error(code, message.as_bytes());
            return self.send(b'B', b"").err().unwrap_or(End::Closing);
        }
        self.send_error(code, message.as_bytes()).err().unwrap_or(End::Closing)
    }

    /// The closing procedure.
    fn close(mut self) {
        if self.does(Closing::NoDrain) {
            return;
        }
        // The queue's thread ends when all was written.
        self.queue = None;
        let _ = self.socket.shutdown(Shutdown::Write);
        if self.does(Closing::DrainsNothing) {
            std::thread::sleep(Duration::from_millis(20));
            return;
        }
        let until = Instant::now() + CLOSE;
        let _ = self.socket.set_read_timeout(Some(CLOSE));
        let mut buffer = [0; 16 * 1024];
        while Instant::now() < until && self.socket.read(&mut buffer).is_ok_and(|len| len > 0) {}
    }
}

/// A thread that writes whatever it is given, while the connection goes on reading.
fn queue(socket: &TcpStream) -> Sender<Vec<u8>> {
    let mut socket = socket.try_clone().expect("a descriptor");
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    std::thread::spawn(move || {
        for octets in receiver {
            if socket.write_all(&octets).is_err() {
                break;
            }
        }
    });
    sender
}
