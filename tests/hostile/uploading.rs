//! Peers that resume, abort and take over for ever.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use conexion::wire::{Code, Flags, Frame};

use super::*;

const RESUME: Flags = Flags { overwrite: false, resume: true };
const SIZE: u64 = 1 << 20;
const PIECE: &[u8] = &[7; 1024];

/// `held.dropped`: an upload that is begun, resumed on another connection and given up, again
/// and again, leaves nothing.
#[test]
fn resume_and_abort_in_a_loop() {
    let connections = scaled(4, 16);
    let scene = Scene::start("resume and abort", &[]);
    // Each has one upload, on one of two connections; those of the round before may be ending.
    let allowed = Allowed {
        connections: 4 * connections,
        uploads: 2 * connections,
        memory: connections * (4 * CONNECTION + UPLOAD + RESUMED),
        held: connections,
        disk: connections * 2 * PIECE.len() as u64,
        ..Allowed::default()
    };
    let attack = |scene: &Attacked| {
        let rounds = AtomicU64::new(0);
        in_a_loop(scene, connections, |number| {
            let destination = format!("looped/{number}");
            let mut first = scene.connect();
            first.open();
            first.file(&destination, Some(SIZE), RESUME);
            assert_eq!(first.expect_continue().offset, 0, "it was given up");
            first.data(PIECE);
            first.half_close();
            first.expect_end();
            let mut second = scene.connect();
            second.open();
            second.file(&destination, Some(SIZE), RESUME);
            assert_eq!(second.expect_continue().offset, PIECE.len() as u64);
            second.data(PIECE);
            second.frame(&Frame::Abort);
            second.expect_error(Code::ABORTED);
            second.half_close();
            second.expect_end();
            rounds.fetch_add(1, Relaxed);
        });
        rounds.into_inner()
    };
    scene.attacked(allowed, attack, |rounds| println!("    {rounds} rounds"));
}

/// `takeover.wins`: one upload is taken over by connection after connection. Each that lost
/// it is told so, and what is held is one file.
#[test]
fn takeover_in_a_loop() {
    let connections = scaled(4, 16);
    let scene = Scene::start("takeover", &[]);
    let allowed = Allowed {
        connections,
        uploads: connections,
        memory: connections * (CONNECTION + UPLOAD),
        // Of the one upload that is open, and nothing of it has come.
        held: 1,
        ..Allowed::default()
    };
    let attack = |scene: &Attacked| {
        let (taken, lost) = (AtomicU64::new(0), AtomicU64::new(0));
        let peers: Vec<_> = (0..connections).map(|_| Mutex::new(scene.framed())).collect();
        in_a_loop(scene, connections, |number| {
            let mut peer = peers[usize::try_from(number).unwrap()].lock().unwrap();
            peer.file("taken", Some(SIZE), RESUME);
            peer.expect_continue();
            taken.fetch_add(1, Relaxed);
            // The others come meanwhile: whoever comes last, has it.
            if peer.is_told_of_within(Duration::from_millis(50)) {
                peer.expect_error(Code::SUPERSEDED);
                lost.fetch_add(1, Relaxed);
            } else {
                peer.frame(&Frame::Abort);
                let code = peer.expect(FrameType::Error);
                let codes =
                    [Code::ABORTED, Code::SUPERSEDED].map(|code| code.number().to_be_bytes());
                assert!(codes.contains(&[code[0], code[1]]), "{code:?}");
            }
        });
        (taken.into_inner(), lost.into_inner())
    };
    let judged = |(taken, lost)| {
        println!("    {taken} uploads, {lost} of them taken over");
        assert!(lost > 0, "none was taken over");
    };
    scene.attacked(allowed, attack, judged);
}

/// Does `round` again and again on so many threads until the time is over, each with its
/// number.
fn in_a_loop(scene: &Attacked<'_>, threads: u64, round: impl Fn(u64) + Sync) {
    let span = Duration::from_millis(scaled(500, 10_000));
    on_each(threads, |number| {
        while scene.goes_on(span) {
            round(number);
        }
    });
}

/// `held.complete`: a complete file is resumed and confirmed below as many folders as a
/// destination can have, by a server that may have few descriptors.
#[test]
fn a_deep_destination_takes_no_descriptor_for_each_folder() {
    // What it needs to start, two connections, and what a request works with.
    const DESCRIPTORS: u64 = 32;
    let root = tempfile::tempdir().unwrap();
    let mut few = std::process::Command::new("sh");
    few.args(["-c", &format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\"")]);
    few.arg(programs::conexion().get_program());
    let (_served, address) = Served::start_as(few, root.path(), "127.0.0.1:0", &[]);
    let deep = "d/".repeat(conexion::wire::Destination::MAX_LEN / 2 - 1) + "f";
    let mut peer = connect(address);
    peer.open();
    peer.upload(&deep, b"hola");
    peer.file(&deep, Some(4), RESUME);
    assert_eq!(peer.expect_continue().offset, 4);
    peer.end(b"hola");
    peer.expect(FrameType::Stored);
}
