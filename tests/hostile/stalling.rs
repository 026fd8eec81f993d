//! Peers that begin and do not go on: an octet now and then, everything but the last octet,
//! and requests whose answers nobody reads.

use std::io::{ErrorKind, Write as _};
use std::time::{Duration, Instant};

use conexion::wire::{Code, DeclaredSize, Destination, DigestKind, FileRequest, Flags, Frame};
use conexion::wire::{FrameType, Limits, Preface, SourceName, TextPayload};

use super::*;

/// `timer.frame`: each of 2,000 connections sends an octet of a text now and then. They cost
/// what idle ones do, which have given back what a large text and an upload needed, and each is
/// told that its time is over.
#[test]
fn a_slow_drip_of_octets_on_many_connections() {
    let connections = scaled(150, 2000);
    let frame = scaled(500, 5000);
    let timers = ["--timer", &format!("frame={frame}ms"), "--timer", "close=500ms"];
    let scene = Scene::start("slow drip", &timers);
    let idle = connections * IDLE + connections.div_ceil(10) * AT_WORK;
    let idle = Allowed { connections, memory: idle, ..Allowed::default() };
    let allowed = Allowed { memory: connections * CONNECTION, ..idle };
    let text = "x".repeat(Limits::default().text.octets() as usize);
    let attack = |scene: &Attacked| {
        let mut peers: Vec<_> = (0..connections).map(|_| scene.framed()).collect();
        scene.settles("    idle", idle);
        for peer in &mut peers {
            peer.text(&text);
            peer.expect(FrameType::Reply);
        }
        for peer in peers.iter_mut().step_by(10) {
            peer.file("given/up", None, Flags::default());
            peer.expect_continue();
            peer.frame(&Frame::Abort);
            peer.expect_error(Code::ABORTED);
        }
        scene.settles("    idle again", idle);
        let begun = Instant::now();
        for peer in &mut peers {
            peer.send(&text_header());
        }
        // Some turns within the span of the timer, and one after it.
        while begun.elapsed() < Duration::from_millis(frame) {
            for peer in &mut peers {
                // The last of them may find it closed.
                let _ = peer.socket.write_all(b"a");
            }
            thread::sleep(Duration::from_millis(frame / 3));
        }
        for peer in &mut peers {
            peer.expect_error(Code::TIMEOUT);
        }
        peers
    };
    scene.attacked(allowed, attack, drop);
}

fn text_header() -> Vec<u8> {
    [b"T".as_slice(), &Limits::default().text.octets().to_be_bytes()].concat()
}

/// What idle connections in plain cost is what framed ones do, and again once each has had a
/// large text echoed and an upload stored (`plain.echo`, `plain.upload`).
#[test]
fn plain_connections_are_idle_again() {
    static TEXT: [u8; 64 << 10] = [b'x'; 64 << 10];
    const AT_ONCE: usize = 50;
    let connections = scaled(100, 2000);
    let scene = Scene::start("idle in plain", &["--timer", "quiet=100ms"]);
    let (uploads, octets) = (AT_ONCE as u64, TEXT.len() as u64);
    let kept = Kept { entries: 1 + uploads, stored: uploads * octets, ..Kept::default() };
    let idle = Allowed { connections, memory: connections * IDLE, kept, ..Allowed::default() };
    let again = Allowed { memory: connections * (IDLE + AT_WORK), ..idle };
    // One text at a time.
    let at_work = full_plain_connection() + uploads * PLAIN_BUFFER;
    let allowed = Allowed {
        uploads,
        memory: connections * (CONNECTION + AT_WORK) + at_work,
        held: uploads,
        disk: uploads * octets,
        ..again
    };
    let attack = |scene: &Attacked| {
        let mut peers: Vec<_> = (0..connections).map(|_| scene.connect()).collect();
        for peer in &mut peers {
            peer.send(b"hola");
            assert_eq!(peer.exactly(4), b"hola");
        }
        scene.settles("    idle", idle);
        for peer in &mut peers {
            peer.send(&TEXT);
            assert_eq!(peer.exactly(TEXT.len()), TEXT);
        }
        for peers in peers.chunks_mut(AT_ONCE) {
            for (number, peer) in peers.iter_mut().enumerate() {
                peer.send(format!("ARCHIVO:a.a:plain/{number}.a").as_bytes());
                peer.send(&TEXT);
                peer.send(b"FIN_ARCHIVOhola");
            }
            // What comes after the mark is a text once the upload has ended.
            for (number, peer) in peers.iter_mut().enumerate() {
                assert_eq!(peer.exactly(4), b"hola");
                assert_eq!(scene.take(&format!("plain/{number}.a")), TEXT);
            }
        }
        scene.settles("    idle again", again);
        peers
    };
    scene.attacked(allowed, attack, drop);
}

/// `flow.bounded-output`, `timer.write`: peers that send and never read are not read any more
/// above the bound, and are dropped when they have taken nothing for too long.
#[test]
fn peers_that_never_read() {
    let text = "x".repeat(Limits::default().text.octets() as usize);
    let request = common::octets(&Frame::Text(TextPayload::new(&text).unwrap()));
    never_reading(
        "never reading",
        b"CONEXION/1 CLIENT text=1048576\n",
        &request,
        full_connection(),
    );
    never_reading("never reading in plain", b"", text.as_bytes(), full_plain_connection());
}

/// Each sends `first` and then `request` without end, and may make the server use so much.
fn never_reading(name: &'static str, first: &[u8], request: &[u8], memory_of_each: u64) {
    let connections = scaled(15, 200);
    let write = scaled("write=500ms", "write=2s");
    let scene = Scene::start(name, &["--timer", write, "--timer", "close=500ms"]);
    let memory = connections * memory_of_each;
    let allowed = Allowed { connections, memory, ..Allowed::default() };
    let attack = |scene: &Attacked| {
        let mut peers: Vec<_> = (0..connections).map(|_| scene.connect()).collect();
        for peer in &mut peers {
            peer.send(first);
            peer.socket.set_nonblocking(true).unwrap();
        }
        let mut sent = vec![0; peers.len()];
        let mut closed = vec![false; peers.len()];
        let begun = Instant::now();
        while closed.contains(&false) {
            assert!(begun.elapsed() < LONG, "they are served still");
            for (index, peer) in peers.iter_mut().enumerate() {
                if closed[index] {
                    continue;
                }
                let from = sent[index] % request.len();
                match peer.socket.write(&request[from..]) {
                    Ok(count) => sent[index] += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => closed[index] = true,
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
    };
    scene.attacked(allowed, attack, drop);
}

/// `frame.memory`: lines, texts, requests and DATA of the greatest length, each without its
/// last octet: the server has what has come, and no more.
#[test]
fn everything_at_its_greatest_length_without_its_last_octet() {
    let of_each = scaled(10, 250);
    let scene = Scene::start("greatest lengths", &["--timer", "preface=1m", "--timer", "frame=1m"]);
    let chunk = Limits::default().chunk.octets();
    let whole = vec![7; chunk as usize];
    let allowed = Allowed {
        connections: 4 * of_each,
        uploads: of_each,
        memory: of_each * (4 * CONNECTION + 2 * longest_text() + UPLOAD),
        held: of_each,
        disk: of_each * u64::from(chunk),
        kept: Kept {
            memory: of_each * scattered(),
            // A folder and a file of each.
            entries: 1 + of_each,
            stored: of_each * u64::from(chunk),
            ..Kept::default()
        },
        ..Allowed::default()
    };
    let attack = |scene: &Attacked| {
        let mut peers = Vec::new();
        for number in 0..of_each {
            let mut line = scene.connect();
            let start = "CONEXION/1 CLIENT ";
            line.send(
                format!("{start}{}", "x".repeat(Preface::MAX_LEN - start.len() - 1)).as_bytes(),
            );

            let mut text = scene.framed();
            text.send(&text_header());
            text.send(&vec![b'x'; Limits::default().text.octets() as usize - 1]);

            let mut file = scene.framed();
            file.send(&all_but_last(&longest_request(number)));

            let mut data = scene.framed();
            let overwrite = Flags { overwrite: true, resume: false };
            data.file(&format!("data/{number}"), Some(u64::from(chunk)), overwrite);
            data.expect_continue();
            data.send(&all_but_last(&common::octets(&Frame::Data(&whole))));
            peers.extend([line, text, file, data]);
        }
        scene.settled(|usage| usage.held >= of_each);
        thread::sleep(Duration::from_millis(200));
        scene.stays();
        peers
    };
    // The last octet is all that is missing.
    let complete = |peers: Vec<Peer>| {
        for (number, mut peer) in peers.into_iter().enumerate() {
            match number % 4 {
                0 => {
                    peer.send(b"\n");
                    peer.line();
                }
                1 => {
                    peer.send(b"x");
                    peer.expect(FrameType::Reply);
                }
                2 => {
                    peer.send(b"x");
                    peer.expect_continue();
                }
                _ => {
                    peer.send(&[7]);
                    peer.end(&whole);
                    peer.expect(FrameType::Stored);
                }
            }
        }
    };
    scene.attacked(allowed, attack, complete);
}

/// A FILE with the longest source and the longest destination that there are.
fn longest_request(number: u64) -> Vec<u8> {
    let mut destination = format!("{number}/");
    while destination.len() + 1 < Destination::MAX_LEN {
        let left = Destination::MAX_LEN - destination.len();
        let len = (Destination::MAX_COMPONENT_LEN).min(left);
        destination.push_str(&"x".repeat(len));
        if destination.len() + 1 < Destination::MAX_LEN {
            destination.push('/');
        }
    }
    let source = "x".repeat(SourceName::MAX_LEN);
    common::octets(&Frame::File(FileRequest {
        flags: Flags::default(),
        digest: DigestKind::Sha256,
        size: DeclaredSize::new(1),
        source: SourceName::new(source.as_bytes()).unwrap(),
        destination: Destination::new(destination.as_bytes()).unwrap(),
    }))
}

fn all_but_last(octets: &[u8]) -> Vec<u8> {
    octets[..octets.len() - 1].to_vec()
}
