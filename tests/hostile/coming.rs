//! Peers of every kind that come and go, few at a time: of none is anything left.

use conexion::wire::{Code, Flags, Frame};

use super::*;

const WORKERS: u64 = 4;
const HELD: u64 = 2;
const OCTETS: &[u8] = &[7; 3000];
const SIZE: Option<u64> = Some(OCTETS.len() as u64);
const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: true, resume: true };

/// Thousands of connections, of which each ends in another way. After the short form half a KiB
/// that was left of each would be more than is let pass, after the whole one a few dozen octets.
#[test]
fn thousands_of_connections_of_every_kind() {
    let each = scaled(8, 200);
    let held = HELD.to_string();
    let scene =
        Scene::start("coming and going", &["--timer", "close=500ms", "--held-count", &held]);
    let octets = OCTETS.len() as u64;
    // One that takes over and one that is taken over; and those before may be ending.
    let (connections, uploads) = (4 * WORKERS, 2 * WORKERS);
    let allowed = Allowed {
        connections,
        uploads,
        memory: connections * CONNECTION + WORKERS * (full_connection() + UPLOAD + RESUMED),
        held: HELD + uploads,
        disk: (HELD + uploads) * octets,
        // A folder and a file of each worker, framed and plain.
        kept: Kept {
            held: HELD,
            disk: HELD * octets,
            entries: 2 + 2 * WORKERS,
            stored: 2 * WORKERS * octets,
            ..Kept::default()
        },
        ..Allowed::default()
    };
    let attack = |scene: &Attacked| {
        on_each(WORKERS, |worker| {
            for _ in 0..each {
                for kind in KINDS {
                    kind(scene, worker);
                }
            }
        });
    };
    scene.attacked(allowed, attack, drop);
}

/// What the peers do, one after the other, each with the number of its worker.
const KINDS: [fn(&Scene, u64); 12] = [
    |scene, _| drop(scene.connect()),
    |scene, _| drop(scene.framed()),
    |scene, _| {
        let mut peer = scene.framed();
        peer.frame(&Frame::Bye);
        peer.expect(FrameType::Bye);
        peer.expect_end();
    },
    |scene, _| {
        let mut peer = scene.framed();
        peer.end(b"");
        peer.expect_error(Code::UNEXPECTED_FRAME);
    },
    // It does not read.
    |scene, _| {
        let mut peer = scene.framed();
        let text = "x".repeat(Limits::default().text.octets() as usize);
        (0..4).for_each(|_| peer.text(&text));
    },
    // `first` is a file.
    |scene, _| {
        let mut peer = scene.framed();
        peer.file("first/a", SIZE, OVERWRITE);
        peer.expect_error(Code::BAD_PATH);
        peer.data(OCTETS);
    },
    |scene, worker| {
        let mut peer = begun(scene, "framed", worker, OVERWRITE);
        peer.data(OCTETS);
        peer.end(OCTETS);
        peer.expect(FrameType::Stored);
    },
    |scene, worker| {
        let mut peer = begun(scene, "given-up", worker, OVERWRITE);
        peer.data(OCTETS);
        peer.frame(&Frame::Abort);
        peer.expect_error(Code::ABORTED);
    },
    // It is held, unless it is too much.
    |scene, worker| begun(scene, "cut", worker, RESUME).data(&OCTETS[1..]),
    |scene, worker| {
        let mut loser = begun(scene, "taken-over", worker, RESUME);
        let mut winner = begun(scene, "taken-over", worker, RESUME);
        loser.expect_error(Code::SUPERSEDED);
        winner.frame(&Frame::Abort);
        winner.expect_error(Code::ABORTED);
    },
    |scene, _| {
        let mut peer = scene.connect();
        peer.send(b"hola");
        peer.half_close();
        assert_eq!(peer.rest(), b"hola");
    },
    |scene, worker| {
        let mut peer = scene.connect();
        let destination = format!("plain/{worker}.a");
        peer.send(format!("ARCHIVO:a.a:{destination}").as_bytes());
        peer.send(OCTETS);
        peer.send(b"FIN_ARCHIVO");
        peer.half_close();
        // A refused one has no other answer.
        assert_eq!(peer.rest(), b"");
        assert_eq!(scene.take(&destination), OCTETS);
    },
];

fn begun(scene: &Scene, folder: &str, worker: u64, flags: Flags) -> Peer {
    let mut peer = scene.framed();
    peer.file(&format!("{folder}/{worker}"), SIZE, flags);
    peer.expect_continue();
    peer
}
