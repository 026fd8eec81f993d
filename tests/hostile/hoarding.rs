//! Peers that leave uploads unfinished, more than are held.

use conexion::wire::Flags;

use super::*;

/// `held.bounded`: thousands of uploads are begun and left. So many are held as the settings
/// say, by number and by octets, and the last of them is still there.
#[test]
fn thousands_of_unfinished_uploads() {
    const RESUME: Flags = Flags { overwrite: false, resume: true };
    const WORKERS: u64 = 4;
    let uploads: u64 = scaled(200, 4000);
    let held: u64 = scaled(25, 1000);
    let piece = vec![7; scaled(4 << 10, 16 << 10)];
    let octets = piece.len() as u64;
    // The octets bind before the number, for the first half; then the other way about.
    let size = held * octets / 2;
    let (count, bytes) = (format!("{held}"), format!("{size}"));
    let scene = Scene::start("hoarding", &["--held-count", &count, "--held-size", &bytes]);
    let allowed = Allowed {
        // A peer's last connections may be ending while its next one is there.
        connections: 4 * WORKERS,
        uploads: 2 * WORKERS,
        memory: 2 * WORKERS * (2 * CONNECTION + UPLOAD) + held * INDEXED,
        held: held + 2 * WORKERS,
        disk: size + 2 * WORKERS * octets,
        // By one of them at a time.
        tried: 1,
        kept: Kept { memory: held * INDEXED, held, disk: size, ..Kept::default() },
        ..Allowed::default()
    };
    let attack = |scene: &Attacked| {
        on_each(WORKERS, |worker| {
            for number in (worker..).step_by(usize::try_from(WORKERS).unwrap()) {
                if number >= uploads && !scene.goes_on(Duration::ZERO) {
                    break;
                }
                let octets = if number < uploads / 2 { &piece[..] } else { &piece[..1024] };
                leave(scene, &format!("left/ñ{number}"), octets);
            }
        });
        leave(scene, LAST, &piece);
    };
    scene.attacked(allowed, attack, drop);
    let after = scene.usage();
    assert!(after.held > held / 2, "{after:?}: less is held than could be");
    let mut peer = scene.framed();
    peer.file(LAST, Some(1 << 20), RESUME);
    assert_eq!(peer.expect_continue().offset, octets, "the last is the last to go");
}

const LAST: &str = "left/last";

fn leave(scene: &Scene, destination: &str, octets: &[u8]) {
    let mut peer = scene.connect();
    peer.open();
    peer.file(destination, Some(1 << 20), Flags::default());
    peer.expect_continue();
    peer.data(octets);
    peer.half_close();
    peer.expect_end();
}
