//! A server of ours in this process, and a peer of it that sends raw octets.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part, as its own module")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use conexion::server::{Config, Server, ShutdownHandle};
use conexion::wire::{
    Code, Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Frame,
    FrameType, Header, Output, ResumePoint, SourceName, TextPayload,
};
use tempfile::TempDir;

/// Longer than anything here takes; a test that waits so long has failed.
pub const LONG: Duration = Duration::from_secs(20);

/// A running server with a root of its own, shut down when dropped.
pub struct Served {
    pub address: SocketAddr,
    pub root: TempDir,
    handle: ShutdownHandle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut config = Config::new(root.path().to_owned(), ([127, 0, 0, 1], 0).into());
        config.grace = Duration::from_secs(1);
        config.timers.close = Duration::from_secs(1);
        change(&mut config);
        let server = Server::bind(config).unwrap();
        let (address, handle) = (server.local_addr(), server.shutdown_handle());
        let thread = Some(std::thread::spawn(move || server.run()));
        Self { address, root, handle, thread }
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn shut_down(&self) {
        self.handle.shut_down();
    }

    /// Waits until the server has ended.
    pub fn ended(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }

    /// A connection on which nothing was sent.
    pub fn connect(&self) -> Peer {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        socket.set_write_timeout(Some(LONG)).unwrap();
        socket.set_nodelay(true).unwrap();
        Peer::new(socket)
    }

    /// A connection after both lines.
    pub fn framed(&self) -> Peer {
        let mut peer = self.connect();
        peer.open();
        peer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.shut_down();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A socket and the octets that have come and not been looked at.
pub struct Peer {
    pub socket: TcpStream,
    came: Vec<u8>,
}

impl Peer {
    pub fn new(socket: TcpStream) -> Self {
        Self { socket, came: Vec::new() }
    }

    /// Exchanges the lines.
    pub fn open(&mut self) -> String {
        self.send(b"CONEXION/1 CLIENT text=1048576\n");
        self.line()
    }

    pub fn send(&mut self, octets: &[u8]) {
        self.socket.write_all(octets).unwrap();
    }

    pub fn frame(&mut self, frame: &Frame<'_>) {
        self.send(&octets(frame));
    }

    pub fn text(&mut self, text: &str) {
        self.frame(&Frame::Text(TextPayload::new(text).unwrap()));
    }

    pub fn half_close(&mut self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
    }

    /// The server's line, without its LF.
    pub fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.came.iter().position(|&octet| octet == b'\n') {
                let line = self.came.drain(..=end).collect::<Vec<_>>();
                return String::from_utf8(line[..end].to_vec()).unwrap();
            }
            assert!(self.more(), "the stream ended before a line");
        }
    }

    /// The next frame: its type and payload; `None` at end of stream.
    pub fn next(&mut self) -> Option<(FrameType, Vec<u8>)> {
        loop {
            if let Some(header) = Header::parse(&self.came) {
                let whole = Header::LEN + header.length as usize;
                if self.came.len() >= whole {
                    let frame = self.came.drain(..whole).skip(Header::LEN).collect();
                    return Some((FrameType::from_octet(header.kind).unwrap(), frame));
                }
            }
            if !self.more() {
                assert!(self.came.is_empty(), "the stream ended inside a frame");
                return None;
            }
        }
    }

    pub fn expect(&mut self, kind: FrameType) -> Vec<u8> {
        match self.next() {
            Some((FrameType::Error, payload)) if kind != FrameType::Error => {
                panic!("ERROR {} instead of {kind}", describe(&payload))
            }
            Some((found, payload)) => {
                assert_eq!(found, kind);
                payload
            }
            None => panic!("end of stream instead of {kind}"),
        }
    }

    pub fn expect_error(&mut self, code: Code) {
        let payload = self.expect(FrameType::Error);
        assert_eq!(payload[..2], code.number().to_be_bytes(), "{}", describe(&payload));
    }

    pub fn expect_end(&mut self) {
        assert_eq!(self.next(), None);
    }

    pub fn expect_continue(&mut self) -> ResumePoint {
        let payload = self.expect(FrameType::Continue);
        let (offset, crc32) = payload.split_at(8);
        ResumePoint {
            offset: u64::from_be_bytes(offset.try_into().unwrap()),
            crc32: u32::from_be_bytes(crc32.try_into().unwrap()),
        }
    }

    /// Whether something comes before the time is over, or has come.
    pub fn is_told_of_within(&mut self, span: Duration) -> bool {
        if !self.came.is_empty() {
            return true;
        }
        self.socket.set_read_timeout(Some(span)).unwrap();
        let came = self.socket.peek(&mut [0]).is_ok();
        self.socket.set_read_timeout(Some(LONG)).unwrap();
        came
    }

    /// All octets to the end of the stream; a reset ends it too.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.came)
    }

    /// Exactly so many octets.
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.came.len() < count {
            assert!(self.more(), "the stream ended after {} octets", self.came.len());
        }
        self.came.drain(..count).collect()
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        match self.socket.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.came.extend(&buffer[..count]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("reading failed: {error}"),
        }
    }

    /// Sends FILE.
    pub fn file(&mut self, destination: &str, size: Option<u64>, flags: Flags) {
        self.frame(&Frame::File(FileRequest {
            flags,
            digest: DigestKind::Crc32,
            size: size.map_or(DeclaredSize::UNKNOWN, DeclaredSize::new),
            source: SourceName::new(b"source").unwrap(),
            destination: Destination::new(destination.as_bytes()).unwrap(),
        }));
    }

    pub fn data(&mut self, octets: &[u8]) {
        self.frame(&Frame::Data(octets));
    }

    /// Sends END for these octets.
    pub fn end(&mut self, whole: &[u8]) {
        self.frame(&Frame::End(completion(whole)));
    }

    /// A whole upload, from FILE to STORED.
    pub fn upload(&mut self, destination: &str, whole: &[u8]) {
        self.file(destination, Some(whole.len() as u64), Flags::default());
        self.expect_continue();
        whole.chunks(1024).for_each(|chunk| self.data(chunk));
        self.end(whole);
        self.expect(FrameType::Stored);
    }
}

pub fn completion(whole: &[u8]) -> Completion {
    let digest = Digest::Crc32(crc32fast::hash(whole).to_be_bytes());
    Completion { size: whole.len() as u64, digest }
}

pub fn octets(frame: &Frame<'_>) -> Vec<u8> {
    let mut buffer = vec![0; frame.encoded_len()];
    frame.emit(&mut Output::new(&mut buffer)).unwrap();
    buffer
}

fn describe(payload: &[u8]) -> String {
    let code = u16::from_be_bytes([payload[0], payload[1]]);
    format!("{code}: {}", String::from_utf8_lossy(&payload[2..]))
}
