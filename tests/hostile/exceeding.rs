//! Peers that send more than they declared, or than a file may have, without end.

use std::io::Write as _;
use std::time::{Duration, Instant};

use conexion::wire::{Code, Flags, Frame};

use super::*;

/// What those declare who declare a size, and `--max-file`, which binds the others.
const SIZE: u64 = 16 << 10;
const LIMIT: u64 = 64 << 10;

/// A little more than a refused upload may go on for.
const ENDLESS: Duration = Duration::from_secs(3);

/// `data.past-size`, `data.past-limit`: of what is above them nothing reaches the disk, and
/// nothing that came before it stays there, however often and however long it is sent.
#[test]
fn octets_above_the_declared_size_and_above_the_limit() {
    let of_each: u64 = scaled(4, 16);
    let (limit, timers) = (format!("{LIMIT}"), ["discard=500ms", "close=500ms"]);
    let settings = ["--max-file", &limit, "--timer", timers[0], "--timer", timers[1]];
    let scene = Scene::start("above the size", &settings);
    let allowed = Allowed {
        // Those in plain have one connection after another, of which the last may be ending.
        connections: 4 * of_each,
        uploads: 3 * of_each,
        memory: of_each * (4 * CONNECTION + 2 * UPLOAD + 2 * PLAIN_UPLOAD),
        held: 3 * of_each,
        disk: of_each * (SIZE + 2 * LIMIT),
        ..Allowed::default()
    };
    let known = Excess { size: Some(SIZE), most: SIZE, code: Code::SIZE_MISMATCH };
    let unknown = Excess { size: None, most: LIMIT, code: Code::TOO_LARGE };
    let attack = |scene: &Attacked| {
        on_each(3 * of_each, |number| match number % 3 {
            0 => known.framed(scene, &format!("known/{number}")),
            1 => unknown.framed(scene, &format!("unknown/{number}")),
            _ => plain(scene, &format!("plain/{number}.a")),
        })
    };
    let judged = |outcomes: Vec<Outcome>| {
        let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
        let (uploads, octets) = (sum(|outcome| outcome.uploads), sum(|outcome| outcome.octets));
        println!("    {uploads} uploads, {} MiB above", octets >> 20);
        for outcome in outcomes {
            assert!(outcome.is_refused, "it was not refused at the first header above its size");
            assert!(outcome.is_ended, "it is read still");
        }
    };
    scene.attacked(allowed, attack, judged);
}

struct Outcome {
    uploads: u64,
    /// Octets above the size or the limit.
    octets: u64,
    is_refused: bool,
    is_ended: bool,
}

fn span() -> Duration {
    Duration::from_millis(scaled(250, 10_000))
}

#[derive(Clone, Copy)]
struct Excess {
    size: Option<u64>,
    most: u64,
    code: Code,
}

impl Excess {
    /// Again and again as much as there may be and a DATA above it, of which the header alone
    /// is sent until it is refused; and in the end without end.
    fn framed(self, scene: &Attacked, destination: &str) -> Outcome {
        let whole = vec![7; usize::try_from(self.most).unwrap()];
        let above = vec![7; Limits::default().chunk.octets() as usize];
        let above = common::octets(&Frame::Data(&above));
        let mut outcome = Outcome { uploads: 0, octets: 0, is_refused: true, is_ended: false };
        let mut peer = scene.framed();
        while outcome.is_refused {
            peer.file(destination, self.size, Flags::default());
            peer.expect_continue();
            peer.data(&whole);
            peer.send(&above[..Header::LEN]);
            outcome.is_refused = peer.is_told_of_within(Duration::from_secs(5));
            peer.send(&above[Header::LEN..]);
            outcome.uploads += 1;
            outcome.octets += above.len() as u64;
            if outcome.is_refused {
                peer.expect_error(self.code);
            }
            if !scene.goes_on(span()) {
                break;
            }
            // Ends `discard`.
            peer.end(&whole);
        }
        let begun = Instant::now();
        while begun.elapsed() < ENDLESS && !outcome.is_ended {
            match peer.socket.write_all(&above) {
                Ok(()) => outcome.octets += above.len() as u64,
                Err(_) => outcome.is_ended = true,
            }
        }
        outcome
    }
}

/// The same in plain, where it has no other answer than the end of the connection.
fn plain(scene: &Attacked, destination: &str) -> Outcome {
    let piece = [7; 16 << 10];
    let mut outcome = Outcome { uploads: 0, octets: 0, is_refused: true, is_ended: true };
    while outcome.is_ended && scene.goes_on(span()) {
        let mut peer = scene.connect();
        peer.send(format!("ARCHIVO:a.a:{destination}").as_bytes());
        let (begun, mut sent) = (Instant::now(), 0);
        outcome.is_ended = false;
        while begun.elapsed() < ENDLESS && !outcome.is_ended {
            match peer.socket.write_all(&piece) {
                Ok(()) => sent += piece.len() as u64,
                Err(_) => outcome.is_ended = true,
            }
        }
        outcome.uploads += 1;
        outcome.octets += sent.saturating_sub(LIMIT);
    }
    outcome
}
