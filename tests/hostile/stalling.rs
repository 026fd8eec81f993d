//! Peers that begin and do not go on: an octet now and then, everything but the last octet,
//! and requests whose answers nobody reads.

use std::io::{ErrorKind, Write as _};
use std::time::{Duration, Instant};

use conexion::wire::{Code, DeclaredSize, Destination, DigestKind, FileRequest, Flags, Frame};
use conexion::wire::{FrameType, Limits, Preface, SourceName};

use super::*;

/// `timer.frame`: each of 2,000 connections sends an octet of a text now and then. They cost
/// what idle ones do, and each is told that its time is over.
#[test]
fn a_slow_drip_of_octets_on_many_connections() {
    let connections = scaled(300, 2000);
    let frame = scaled(1, 5);
    let timers = ["--timer", &format!("frame={frame}s"), "--timer", "close=1s"];
    let scene = Scene::start("slow drip", &timers);
    let mut peers: Vec<_> = (0..connections).map(|_| scene.framed()).collect();
    println!("{:<26}   an idle connection: {} octets", scene.name, scene.idle);
    let allowed =
        Allowed { connections, memory: connections * scene.connection(), ..Allowed::default() };
    scene.attacked(allowed, true, |_| {
        let begun = Instant::now();
        for peer in &mut peers {
            peer.send(&text_header());
        }
        // Two turns within the span of the timer, and one after it.
        while begun.elapsed() < Duration::from_secs(frame) {
            for peer in &mut peers {
                // The last of them may find it closed.
                let _ = peer.socket.write_all(b"a");
            }
            thread::sleep(Duration::from_millis(300));
        }
        for peer in &mut peers {
            peer.expect_error(Code::TIMEOUT);
        }
    });
    drop(peers);
    scene.all_given_back();
}

fn text_header() -> Vec<u8> {
    [b"T".as_slice(), &Limits::default().text.octets().to_be_bytes()].concat()
}

/// `flow.bounded-output`, `timer.write`: peers that send and never read are not read any more
/// above the bound, and are dropped when they have taken nothing for too long.
#[test]
fn peers_that_never_read() {
    let connections = scaled(30, 200);
    let scene = Scene::start("never reading", &["--timer", "write=2s", "--timer", "close=1s"]);
    let text = "x".repeat(Limits::default().text.octets() as usize);
    let request = common::octets(&Frame::Text(conexion::wire::TextPayload::new(&text).unwrap()));
    // A buffer that grows may have twice the room of what is in it, and both while it moves.
    let each = scene.connection() + longest_text() + 3 * (QUEUED + largest_answer());
    let allowed = Allowed { connections, memory: connections * each, ..Allowed::default() };
    scene.attacked(allowed, true, |scene| {
        let mut peers: Vec<_> = (0..connections).map(|_| scene.connect()).collect();
        for peer in &mut peers {
            peer.send(b"CONEXION/1 CLIENT text=1048576\n");
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
    });
    scene.all_given_back();
}

/// `frame.memory`: lines, texts, requests and DATA of the greatest length, each without its
/// last octet: the server has what has come, and no more.
#[test]
fn everything_at_its_greatest_length_without_its_last_octet() {
    let of_each = scaled(20, 250);
    let scene = Scene::start("greatest lengths", &["--timer", "preface=1m", "--timer", "frame=1m"]);
    let uploads = of_each;
    let allowed = Allowed {
        connections: 4 * of_each,
        uploads,
        memory: of_each * (2 * scene.connection() + longest_text() + 2 * (STACK + UPLOAD_BUFFER)),
        held: uploads,
        disk: uploads * u64::from(Limits::default().chunk.octets()),
    };
    let peers = scene.attacked(allowed, true, |scene| {
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
            let chunk = Limits::default().chunk.octets();
            data.file(&format!("data/{number}"), Some(u64::from(chunk)), Flags::default());
            data.expect_continue();
            data.send(&all_but_last(&common::octets(&Frame::Data(&vec![7; chunk as usize]))));
            peers.extend([line, text, file, data]);
        }
        scene.settled(|usage| usage.held >= uploads);
        thread::sleep(Duration::from_millis(200));
        peers
    });
    // The last octet is all that is missing.
    for (number, mut group) in peers.into_iter().enumerate() {
        match number % 4 {
            0 => {
                group.send(b"\n");
                group.line();
            }
            1 => {
                group.send(b"x");
                group.expect(FrameType::Reply);
            }
            2 => {
                group.send(b"x");
                group.expect_continue();
            }
            _ => {
                group.send(&[7]);
                group.end(&vec![7; Limits::default().chunk.octets() as usize]);
                group.expect(FrameType::Stored);
            }
        }
    }
    scene.all_given_back();
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
