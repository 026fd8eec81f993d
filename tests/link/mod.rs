//! A client for servers that fail: whatever goes wrong with its connection is an error.
#![allow(dead_code, reason = "each test uses a part, as its own module")]

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use conexion::wire::{
    Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Frame,
    FrameType, Header, Output, ResumePoint, SourceName, TextPayload,
};

/// Longer than anything here takes; a server that is silent for so long hangs.
const LONG: Duration = Duration::from_secs(20);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Reply,
    Continue(ResumePoint),
    Stored,
    Refused(u16),
    Bye,
}

/// A connection, after both lines unless it is plain.
pub(crate) struct Link {
    socket: TcpStream,
    came: Vec<u8>,
}

impl Link {
    /// A connection on which nothing was sent.
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(LONG))?;
        socket.set_write_timeout(Some(LONG))?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, came: Vec::new() })
    }

    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let mut link = Self::connect(address)?;
        link.send(b"CONEXION/1 CLIENT\n")?;
        while !link.came.contains(&b'\n') {
            link.more()?;
        }
        let end = link.came.iter().position(|&octet| octet == b'\n').unwrap_or_default();
        link.came.drain(..=end);
        Ok(link)
    }

    fn more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        match self.socket.read(&mut buffer) {
            Ok(0) if self.came.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            Ok(0) => Err(io::Error::other(format!("cut off after {:?}", self.came))),
            Ok(len) => {
                self.came.extend(&buffer[..len]);
                Ok(())
            }
            // As when this process is stopped and goes on.
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("the server hangs: nothing came for {LONG:?}")
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.socket.write_all(octets)
    }

    fn frame(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        let mut buffer = vec![0; frame.encoded_len()];
        frame.emit(&mut Output::new(&mut buffer)).expect("as long as it is");
        self.send(&buffer)
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.frame(&Frame::Text(TextPayload::new(text).expect("a short text")))
    }

    pub(crate) fn bye(&mut self) -> io::Result<()> {
        self.frame(&Frame::Bye)
    }

    pub(crate) fn abort(&mut self) -> io::Result<()> {
        self.frame(&Frame::Abort)
    }

    pub(crate) fn file(&mut self, destination: &str, size: u64, flags: Flags) -> io::Result<()> {
        self.frame(&Frame::File(FileRequest {
            flags,
            digest: DigestKind::Crc32,
            size: DeclaredSize::new(size),
            source: SourceName::new(b"source").expect("a source"),
            destination: Destination::new(destination.as_bytes()).expect("a destination"),
        }))
    }

    pub(crate) fn data(&mut self, octets: &[u8]) -> io::Result<()> {
        octets.chunks(64 * 1024).try_for_each(|piece| self.frame(&Frame::Data(piece)))
    }

    /// What comes after the octets that are held, which must be the first of these.
    pub(crate) fn rest(&mut self, whole: &[u8], point: ResumePoint) -> io::Result<()> {
        let offset = usize::try_from(point.offset).expect("below the size");
        let held = whole.get(..offset).expect("no more is held than the size");
        assert_eq!(point.crc32, crc32fast::hash(held), "other octets are held");
        self.data(&whole[offset..])
    }

    pub(crate) fn end(&mut self, whole: &[u8]) -> io::Result<()> {
        let digest = Digest::Crc32(crc32fast::hash(whole).to_be_bytes());
        self.frame(&Frame::End(Completion { size: whole.len() as u64, digest }))
    }

    pub(crate) fn half_close(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// Whether an answer, or the end, is there to be read.
    pub(crate) fn has_come(&self) -> io::Result<bool> {
        self.socket.set_nonblocking(true)?;
        let seen = self.socket.peek(&mut [0]);
        self.socket.set_nonblocking(false)?;
        Ok(!matches!(seen, Err(error) if error.kind() == ErrorKind::WouldBlock))
    }

    /// The next answer.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        loop {
            let header = Header::parse(&self.came);
            let whole = header.map_or(Header::LEN, |header| Header::LEN + header.length as usize);
            if self.came.len() < whole || header.is_none() {
                self.more()?;
                continue;
            }
            let frame: Vec<u8> = self.came.drain(..whole).collect();
            let kind = FrameType::from_octet(frame[0]).expect("a frame of version 1");
            let frame = Frame::parse_payload(kind, &frame[Header::LEN..], DigestKind::Crc32);
            return Ok(match frame.expect("a good payload") {
                Frame::Reply(_) => Answer::Reply,
                Frame::Continue(point) => Answer::Continue(point),
                Frame::Stored(_) => Answer::Stored,
                Frame::Error(error) => Answer::Refused(error.code.number()),
                Frame::Bye => Answer::Bye,
                other => panic!("{other:?} from a server"),
            });
        }
    }

    /// Reads the echo of a plain text.
    pub(crate) fn echo(&mut self, text: &[u8]) -> io::Result<()> {
        while self.came.len() < text.len() {
            self.more()?;
        }
        let echo: Vec<u8> = self.came.drain(..text.len()).collect();
        if echo == text { Ok(()) } else { Err(io::Error::other(format!("{echo:?} came"))) }
    }

    /// Reads the end, before which nothing comes.
    pub(crate) fn ended(&mut self) -> io::Result<()> {
        match self.more() {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(error),
            Ok(()) => Err(io::Error::other(format!("{:?} came", self.came))),
        }
    }

    /// Uploads `whole`, and goes on from what the server holds if these flags say so; the final
    /// answer.
    pub(crate) fn upload(
        &mut self,
        destination: &str,
        whole: &[u8],
        flags: Flags,
    ) -> io::Result<Answer> {
        self.upload_declared(destination, whole, whole.len() as u64, flags)
    }

    /// The same with a size of its own in FILE.
    pub(crate) fn upload_declared(
        &mut self,
        destination: &str,
        whole: &[u8],
        size: u64,
        flags: Flags,
    ) -> io::Result<Answer> {
        self.file(destination, size, flags)?;
        match self.answer()? {
            Answer::Continue(point) => {
                self.rest(whole, point)?;
                self.end(whole)?;
                self.answer()
            }
            other => Ok(other),
        }
    }
}
