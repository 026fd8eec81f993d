//! Peers that are no server of the protocol, each wrong in one simple way.
#![allow(dead_code, reason = "each test file uses a part, as its own module")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use conexion::wire::Header;

const LINE: &[u8] = b"CONEXION/1 SERVER\n";

#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer {
    /// Its line and ERROR 101 to whatever comes.
    RejectsAll,
    /// Closes before it has read anything.
    ClosesAtOnce,
    /// Reads all and says nothing, not even that it ends.
    Silent,
    /// Sends back what comes.
    EchoesAll,
    /// Sends back what comes, unless it begins like an upload: then it closes.
    EchoesTexts,
    /// Sends octets of no meaning as soon as it is connected.
    Babbles,
    /// Answers every line and every known frame as if all were well, and skips the rest.
    AcceptsAll,
    /// The same, with an ignorable frame before each of its own.
    AcceptsAllAndSendsKeepalives,
    /// Accepts all on so many connections, and then listens no more.
    DiesAfter(usize),
}

impl Peer {
    /// Listens on a port of its own for as long as the test runs.
    pub(crate) fn start(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let most = match self {
            Self::DiesAfter(most) => most,
            _ => usize::MAX,
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().take(most).flatten() {
                // What becomes of a connection is for the suite to judge.
                std::thread::spawn(move || drop(self.serve(stream)));
            }
        });
        address
    }

    fn serve(self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut buffer = [0; 4096];
        match self {
            Self::RejectsAll => {
                let _ = stream.read(&mut buffer)?;
                stream.write_all(&[LINE, b"X\0\0\0\x02\0\x65"].concat())?;
                stream.shutdown(Shutdown::Write)?;
                while stream.read(&mut buffer)? > 0 {}
            }
            Self::ClosesAtOnce => {}
            Self::Silent => {
                while stream.read(&mut buffer)? > 0 {}
                std::thread::park();
            }
            Self::EchoesAll => loop {
                let len = stream.read(&mut buffer)?;
                if len == 0 {
                    break;
                }
                stream.write_all(&buffer[..len])?;
            },
            Self::EchoesTexts => loop {
                let len = stream.read(&mut buffer)?;
                if len == 0 || buffer.starts_with(b"ARCHIVO:") {
                    break;
                }
                stream.write_all(&buffer[..len])?;
            },
            Self::Babbles => stream.write_all(&[b'%'; 600])?,
            Self::AcceptsAll | Self::DiesAfter(_) => accept_all(stream, b"")?,
            Self::AcceptsAllAndSendsKeepalives => accept_all(stream, b"n\0\0\0\0")?,
        }
        Ok(())
    }
}

fn accept_all(mut stream: TcpStream, before: &[u8]) -> std::io::Result<()> {
    let mut octet = [0];
    while octet != *b"\n" {
        stream.read_exact(&mut octet)?;
    }
    stream.write_all(LINE)?;
    loop {
        let mut header = [0; Header::LEN];
        stream.read_exact(&mut header)?;
        let header = Header::parse(&header).expect("five octets");
        let mut payload = Vec::new();
        (&mut stream).take(u64::from(header.length)).read_to_end(&mut payload)?;
        let (kind, payload) = match header.kind {
            b'T' => (b'R', payload),
            b'F' => (b'C', vec![0; 12]),
            b'E' => (b'S', payload),
            b'A' => (b'X', b"\0\xDC".to_vec()),
            b'B' => (b'B', payload),
            _ => continue,
        };
        let length = u32::try_from(payload.len()).expect("as long as what came");
        let frame = [&Header { kind, length }.octets(), payload.as_slice()].concat();
        stream.write_all(&[before, &frame].concat())?;
        if kind == b'B' {
            return Ok(());
        }
    }
}
