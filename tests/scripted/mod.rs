//! Servers that do what a test says, octet by octet.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use conexion::wire::{
    Code, Completion, Digest, ErrorFrame, FileRequest, Frame, Message, Output, ResumePoint,
    TextPayload,
};

/// What a server does with one connection.
pub(crate) type Script = Box<dyn FnOnce(Peer) + Send>;

/// A server whose connections follow the scripts, in order.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// The server's end of a connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
}

/// No test waits longer than this for an octet.
const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    pub(crate) fn new(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            for script in scripts {
                let (stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(PATIENCE)).unwrap();
                stream.set_nodelay(true).unwrap();
                script(Peer { stream });
            }
        });
        Self { address, thread: Some(thread) }
    }

    pub(crate) fn one(script: impl FnOnce(Peer) + Send + 'static) -> Self {
        Self::new(vec![Box::new(script)])
    }

    /// Waits for the last script, and fails if one of them has.
    pub(crate) fn join(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Peer {
    /// Reads the client's line and answers with this one.
    pub(crate) fn greet(&mut self, line: &str) -> String {
        let client = self.client_line();
        self.send(line.as_bytes());
        client
    }

    /// Reads the client's line and answers with a usual one.
    pub(crate) fn welcome(mut self) -> Self {
        self.greet("CONEXION/1 SERVER chunk=262144 text=65536 agent=scripted/1\n");
        self
    }

    pub(crate) fn client_line(&mut self) -> String {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut octet = [0];
            self.stream.read_exact(&mut octet).unwrap();
            line.push(octet[0]);
        }
        String::from_utf8(line).unwrap()
    }

    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).unwrap();
    }

    pub(crate) fn answer(&mut self, frame: &Frame<'_>) {
        self.send(&octets(frame));
    }

    pub(crate) fn refuse(&mut self, code: Code, message: &str) {
        self.send(&refusal(code, message));
    }

    pub(crate) fn go_on(&mut self, offset: u64, crc32: u32) {
        self.answer(&Frame::Continue(ResumePoint { offset, crc32 }));
    }

    /// The next frame: its type and payload; `None` at the end of the stream.
    pub(crate) fn frame(&mut self) -> Option<(char, Vec<u8>)> {
        let mut header = [0; 5];
        let first = self.stream.read(&mut header).unwrap();
        if first == 0 {
            return None;
        }
        self.stream.read_exact(&mut header[first..]).unwrap();
        let length = u32::from_be_bytes(header[1..].try_into().unwrap());
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut payload).unwrap();
        Some((char::from(header[0]), payload))
    }

    /// The payload of the next frame, which is of this type.
    pub(crate) fn expect(&mut self, kind: char) -> Vec<u8> {
        let (got, payload) = self.frame().expect("the stream has ended");
        assert_eq!(got, kind);
        payload
    }

    pub(crate) fn expect_file(&mut self) -> Asked {
        let payload = self.expect('F');
        let file = FileRequest::parse(&payload).unwrap();
        Asked {
            flags: file.flags.octet(),
            size: file.size.known(),
            source: file.source.as_str().to_owned(),
            destination: file.destination.as_str().to_owned(),
        }
    }

    /// Reads DATA up to the END, whose payload comes too.
    pub(crate) fn data(&mut self) -> (Vec<u8>, Vec<u8>) {
        let mut data = Vec::new();
        loop {
            match self.frame().expect("the stream has ended inside an upload") {
                ('D', payload) => data.extend(payload),
                ('E', payload) => return (data, payload),
                (other, _) => panic!("{other} inside an upload"),
            }
        }
    }

    /// Serves a whole upload without RESUME.
    pub(crate) fn store(&mut self) -> (Asked, Vec<u8>) {
        let asked = self.expect_file();
        self.go_on(0, 0);
        let (data, end) = self.data();
        self.stored(&end);
        (asked, data)
    }

    /// STORED with the payload of an END.
    pub(crate) fn stored(&mut self, end: &[u8]) {
        let mut frame = vec![b'S'];
        frame.extend(u32::try_from(end.len()).unwrap().to_be_bytes());
        frame.extend(end);
        self.send(&frame);
    }

    /// Answers the BYE, and sees the client close.
    pub(crate) fn part(&mut self) {
        self.expect('B');
        self.answer(&Frame::Bye);
        assert_eq!(self.rest(), b"");
    }

    /// Whether nothing comes within the read timeout.
    pub(crate) fn frame_is_absent(&mut self) -> bool {
        self.stream.peek(&mut [0]).is_err()
    }

    /// Everything up to the end of the stream.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
        rest
    }

    /// Ends the sending direction.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

/// What a FILE has asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) flags: u8,
    pub(crate) size: Option<u64>,
    pub(crate) source: String,
    pub(crate) destination: String,
}

pub(crate) fn octets(frame: &Frame<'_>) -> Vec<u8> {
    let mut buffer = vec![0; frame.encoded_len() + 5];
    let mut out = Output::new(&mut buffer);
    frame.emit(&mut out).unwrap();
    out.written().to_vec()
}

pub(crate) fn refusal(code: Code, message: &str) -> Vec<u8> {
    octets(&Frame::Error(ErrorFrame::new(code, Message::truncated(message))))
}

pub(crate) fn reply(text: &str) -> Vec<u8> {
    octets(&Frame::Reply(TextPayload::new(text).unwrap()))
}

pub(crate) fn completion(data: &[u8]) -> Completion {
    let size = u64::try_from(data.len()).unwrap();
    Completion { size, digest: Digest::Crc32(crc32fast::hash(data).to_be_bytes()) }
}

/// An original server: reads of 1024, a header cut at each `:`, an upload that ends only
/// with a read that is exactly the end mark. What it stored comes back.
pub(crate) fn original(mut peer: Peer, lose_marks: usize) -> Vec<(String, Vec<u8>)> {
    const MARK: &[u8] = b"FIN_ARCHIVO";
    let (mut files, mut lost) = (Vec::new(), 0);
    let mut buffer = [0; 1024];
    loop {
        let Ok(read @ 1..) = peer.stream.read(&mut buffer) else { return files };
        let Some(header) = buffer[..read].strip_prefix(b"ARCHIVO:") else {
            peer.send(&buffer[..read]);
            continue;
        };
        let header = String::from_utf8(header.to_vec()).unwrap();
        let destination = header.split(':').nth(1).unwrap().to_owned();
        let mut data = Vec::new();
        loop {
            let read = peer.stream.read(&mut buffer).unwrap();
            assert_ne!(read, 0, "closed inside an upload: the original server spins for ever");
            if &buffer[..read] != MARK {
                data.extend(&buffer[..read]);
            } else if lost < lose_marks {
                lost += 1;
            } else {
                break;
            }
        }
        files.push((destination, data));
    }
}
