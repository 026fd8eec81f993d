//! Peers that send without end what the server has to skip, and more peers than it serves.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use conexion::wire::{Code, Flags, Frame, Limits};

use super::*;

/// `frame.ignorable`: skipped as they come, in the buffer of an idle connection.
#[test]
fn endless_ignorable_frames() {
    let connections = scaled(4, 16);
    let span = Duration::from_millis(scaled(500, 10_000));
    let scene = Scene::start("endless ignorable frames", &[]);
    let memory = connections * CONNECTION;
    let allowed = Allowed { connections, memory, ..Allowed::default() };
    let mut frame = vec![Header::KEEPALIVE];
    frame.extend(Header::MAX_IGNORABLE.to_be_bytes());
    frame.resize(Header::LEN + Header::MAX_IGNORABLE as usize, 7);
    let attack = |scene: &Attacked| {
        on_each(connections, |_| {
            let mut peer = scene.framed();
            let mut sent = 0;
            while scene.goes_on(span) {
                peer.send(&frame);
                sent += frame.len() as u64;
            }
            peer.text("hola");
            peer.expect(FrameType::Reply);
            sent
        })
    };
    let skipped = |sent: Vec<u64>| println!("    {} MiB skipped", sent.iter().sum::<u64>() >> 20);
    scene.attacked(allowed, attack, skipped);
}

/// `timer.discard`: the octets of a refused upload are dropped, for so long and no longer.
#[test]
fn endless_octets_of_a_refused_upload() {
    let connections = scaled(4, 16);
    let discard = scaled(500, 10_000);
    let timers = ["--timer", &format!("discard={discard}ms"), "--timer", "close=500ms"];
    let scene = Scene::start("endless discard", &timers);
    // Whoever is told that its time is over comes again, while its connection may be ending.
    let allowed = Allowed {
        connections: 2 * connections,
        memory: 2 * connections * CONNECTION,
        ..Allowed::default()
    };
    let data = vec![7; Limits::default().chunk.octets() as usize];
    let data = common::octets(&Frame::Data(&data));
    let refused = |scene: &Attacked, number| {
        let mut peer = scene.framed();
        // `first` is a file.
        peer.file(&format!("first/{number}"), None, Flags::default());
        peer.expect_error(Code::BAD_PATH);
        let begun = Instant::now();
        let mut sent = 0;
        while peer.socket.write_all(&data).is_ok() {
            sent += data.len() as u64;
            assert!(begun.elapsed() < LONG, "it is discarding still");
        }
        sent
    };
    let attack = |scene: &Attacked| {
        on_each(connections, |number| {
            let mut sent = 0;
            while scene.goes_on(Duration::from_millis(discard)) {
                sent += refused(scene, number);
            }
            sent
        })
    };
    let dropped = |sent: Vec<u64>| println!("    {} MiB dropped", sent.iter().sum::<u64>() >> 20);
    scene.attacked(allowed, attack, dropped);
}

/// `error.limit-reached`: those above the limit are told so, or closed at once, and cost no
/// thread for long.
#[test]
fn more_connections_than_there_are_places() {
    let places: u64 = scaled(100, 1000);
    let connections: u64 = scaled(400, 4000);
    let most = format!("{places}");
    let scene =
        Scene::start("above the limit", &["--max-connections", &most, "--timer", "close=500ms"]);
    // As many are told so at the same time as the README says: an eighth, and 16 at least.
    let told = places.div_ceil(8).max(16);
    let allowed = Allowed {
        connections: places + told,
        memory: (places + told) * CONNECTION,
        is_full: true,
        ..Allowed::default()
    };
    let attack = |scene: &Attacked| {
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
        scene.stays();
        (served, refused, closed)
    };
    let judged = |(served, refused, closed)| {
        println!("    {served} served, {refused} told, {closed} closed");
        // The honest peer has a place, too.
        assert!((1..places).contains(&served), "{served} were served at the same time");
        assert!(refused > 0 && served + refused + closed == connections);
    };
    scene.attacked(allowed, attack, judged);
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
