//! Peers that send without end what the server has to skip, and more peers than it serves.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use conexion::wire::{Code, Flags, Frame, Limits};

use super::*;

/// `frame.ignorable`: skipped as they come, in the buffer of an idle connection.
#[test]
fn endless_ignorable_frames() {
    let connections = scaled(4, 16);
    let span = Duration::from_secs(scaled(1, 10));
    let scene = Scene::start("endless ignorable frames", &[]);
    let allowed =
        Allowed { connections, memory: connections * scene.connection(), ..Allowed::default() };
    let mut frame = vec![Header::KEEPALIVE];
    frame.extend(Header::MAX_IGNORABLE.to_be_bytes());
    frame.resize(Header::LEN + Header::MAX_IGNORABLE as usize, 7);
    let frame = &frame;
    let sent: u64 = scene.attacked(allowed, true, |scene| {
        thread::scope(|scope| {
            let flood = |_| {
                scope.spawn(move || {
                    let mut peer = scene.framed();
                    let begun = Instant::now();
                    let mut sent = 0;
                    while begun.elapsed() < span {
                        peer.send(frame);
                        sent += frame.len() as u64;
                    }
                    peer.text("hola");
                    peer.expect(FrameType::Reply);
                    sent
                })
            };
            let floods: Vec<_> = (0..connections).map(flood).collect();
            floods.into_iter().map(|flood| flood.join().unwrap()).sum()
        })
    });
    println!("{:<26}   {} MiB skipped", scene.name, sent >> 20);
    scene.all_given_back();
}

/// `timer.discard`: the octets of a refused upload are dropped, for so long and no longer.
#[test]
fn endless_octets_of_a_refused_upload() {
    let connections = scaled(4, 16);
    let discard = scaled(1, 10);
    let timers = ["--timer", &format!("discard={discard}s"), "--timer", "close=1s"];
    let scene = Scene::start("endless discard", &timers);
    let allowed =
        Allowed { connections, memory: connections * scene.connection(), ..Allowed::default() };
    let data = vec![7; Limits::default().chunk.octets() as usize];
    let data = &common::octets(&Frame::Data(&data));
    let sent: u64 = scene.attacked(allowed, true, |scene| {
        thread::scope(|scope| {
            let flood = |number| {
                scope.spawn(move || {
                    let mut peer = scene.framed();
                    // `first` is a file.
                    peer.file(&format!("first/{number}"), None, Flags::default());
                    peer.expect_error(Code::BAD_PATH);
                    let begun = Instant::now();
                    let mut sent = 0;
                    loop {
                        match peer.socket.write_all(data) {
                            Ok(()) => sent += data.len() as u64,
                            Err(_) => return sent,
                        }
                        assert!(begun.elapsed() < LONG, "it is discarding still");
                    }
                })
            };
            let floods: Vec<_> = (0..connections).map(flood).collect();
            floods.into_iter().map(|flood| flood.join().unwrap()).sum()
        })
    });
    println!("{:<26}   {} MiB dropped", scene.name, sent >> 20);
    scene.all_given_back();
}

/// `error.limit-reached`: those above the limit are told so, or closed at once, and cost no
/// thread for long.
#[test]
fn more_connections_than_there_are_places() {
    let places: u64 = scaled(100, 1000);
    let connections: u64 = scaled(400, 4000);
    let most = format!("{places}");
    let scene =
        Scene::start("above the limit", &["--max-connections", &most, "--timer", "close=1s"]);
    // As many are told so at the same time as the README says: an eighth, and 16 at least.
    let told = places.div_ceil(8).max(16);
    let allowed = Allowed {
        connections: places + told,
        memory: (places + told) * scene.connection(),
        ..Allowed::default()
    };
    let (served, refused, closed) = scene.attacked(allowed, false, |scene| {
        let peers: Vec<_> = (0..connections).map(|_| scene.connect()).collect();
        let (mut served, mut refused, mut closed, mut kept) = (0, 0, 0, Vec::new());
        for mut peer in peers {
            let _ = peer.socket.write_all(b"CONEXION/1 CLIENT\nT\0\0\0\x04hola");
            match until_answered(&mut peer) {
                Some(b'R') => served += 1,
                Some(_) => refused += 1,
                None => closed += 1,
            }
            // It stays open to the end.
            kept.push(peer);
        }
        (served, refused, closed)
    });
    println!("{:<26}   {served} served, {refused} told, {closed} closed", scene.name);
    // The honest peer has a place, too.
    assert!((1..places).contains(&served), "{served} were served at the same time");
    assert!(refused > 0 && served + refused + closed == connections);
    scene.all_given_back();
}

/// The type of the first frame, if there is one.
fn until_answered(peer: &mut Peer) -> Option<u8> {
    let mut came = Vec::new();
    let mut octet = [0];
    loop {
        match peer.socket.read(&mut octet) {
            Ok(0) => return None,
            Ok(_) => came.extend(octet),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("it is not answered"),
            Err(_) => return None,
        }
        let line = came.iter().position(|octet| *octet == b'\n');
        if let Some(kind) = line.and_then(|end| came.get(end + 1)) {
            return Some(*kind);
        }
    }
}
