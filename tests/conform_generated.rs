//! Generated sessions: right servers unlike one another are accepted, the same seed sends the
//! same octets, and a planted fault of two parameters is named by exactly these two.

mod common;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::Served;
use conexion::conformance::{
    self, Case, Conclusion, Direction, Report, Settings, Verdict, generated, pairwise, select,
};
use conexion::server::Config;
use conexion::wire::{FileSize, PayloadLimit, Role};
use rstest::rstest;

fn settings() -> Settings {
    let timeout = Duration::from_secs(20);
    Settings { timeout, shrink: Duration::from_secs(120), jobs: 8, ..Settings::default() }
}

fn judged(served: &Served, cases: &[&'static Case]) -> Report {
    let settings = Settings { root: Some(served.root().to_owned()), ..settings() };
    conformance::run(served.address, cases, &settings, |_| {}).unwrap()
}

fn small(config: &mut Config) {
    config.limits.chunk = PayloadLimit::LEAST;
    config.limits.text = PayloadLimit::LEAST;
}

#[rstest]
#[case::as_it_is(|_: &mut Config| {})]
#[case::small(small)]
#[case::small_files(|config: &mut Config| {
    small(config);
    config.limits.file = FileSize::new(1025).ok();
})]
#[case::no_files(|config: &mut Config| {
    small(config);
    config.limits.file = FileSize::new(0).ok();
})]
#[case::holds_nothing(|config: &mut Config| {
    small(config);
    config.store.held_octets = 0;
})]
#[case::refuses_texts(|config: &mut Config| {
    small(config);
    config.handler = Arc::new(|_| Err("not today".to_owned()));
})]
fn a_right_server_is_accepted(#[case] change: fn(&mut Config)) {
    let served = Served::with(change);
    let cases = [pairwise(), generated(7, 40)].concat();
    let report = judged(&served, &cases);
    let wrong: Vec<_> = report
        .results
        .iter()
        .filter(|result| result.verdict != Verdict::Pass)
        .map(|result| format!("{} {}: {}", result.verdict, result.case.id, result.seen))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(report.conclusion(), Conclusion::Conforms);
}

/// The octets that a case sends, connection by connection, without the name of the run.
fn sent(served: &Served, id: &str) -> Vec<String> {
    let report = judged(served, &select(Role::Server, &[id]).unwrap());
    let transcripts = &report.results[0].evidence;
    transcripts
        .iter()
        .map(|transcript| {
            let octets = transcript.octets(Direction::Sent);
            let text: String = octets.iter().copied().map(char::from).collect();
            let mut parts = text.split("conform-");
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |sum, part| sum + part.get(16..).unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_same_seed_sends_the_same_octets() {
    let served = Served::with(small);
    for place in 0..12 {
        let id = format!("generated.42.{place}");
        let first = sent(&served, &id);
        assert!(!first.is_empty());
        assert_eq!(first, sent(&served, &id), "{id}");
    }
}

/// A whole frame at the beginning of these octets, with its header.
fn frame(octets: &[u8]) -> Option<&[u8]> {
    let length = u32::from_be_bytes(octets.get(1..5)?.try_into().ok()?);
    octets.get(..5 + usize::try_from(length).ok()?)
}

/// Hands on what is read: as it comes, when each whole frame in it was shown, or frame by
/// frame, each as it was changed.
fn relay(
    mut from: &TcpStream,
    mut to: &TcpStream,
    as_it_comes: bool,
    mut frames: impl FnMut(&mut [u8]),
) {
    let mut inbox = Vec::new();
    let mut line = false;
    let mut buffer = [0; 16_384];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        inbox.extend_from_slice(&buffer[..len]);
        let mut out = Vec::new();
        loop {
            let whole = if line {
                frame(&inbox).map(<[u8]>::len)
            } else {
                inbox.iter().position(|&octet| octet == b'\n').map(|at| at + 1)
            };
            let Some(whole) = whole else { break };
            let mut octets: Vec<u8> = inbox.drain(..whole).collect();
            if std::mem::replace(&mut line, true) {
                frames(&mut octets);
            }
            out.extend(octets);
        }
        if as_it_comes {
            out = buffer[..len].to_vec();
        }
        if to.write_all(&out).is_err() {
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// What of a client's frames, one after the other, makes the STORED after it a wrong one.
type Fault = fn(&mut [u8], &mut (bool, u64)) -> bool;

/// The reference server, whose digests in STORED are wrong after some uploads.
fn wrong_server(behind: &Served, fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, reference) = (listener.local_addr().unwrap(), behind.address);
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(reference).unwrap());
            let spoilt = Arc::new(AtomicBool::new(false));
            let noticed = Arc::clone(&spoilt);
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let state = Mutex::new((false, 0));
            thread::spawn(move || {
                relay(&from, &to, true, |octets| {
                    if octets[0] == b'F' || octets[0] == b'E' {
                        let wrong = fault(octets, &mut state.lock().unwrap());
                        noticed.store(wrong, Ordering::SeqCst);
                    }
                });
            });
            thread::spawn(move || {
                relay(&server, &client, false, |octets| {
                    if octets[0] == b'S' && spoilt.load(Ordering::SeqCst) {
                        *octets.last_mut().unwrap() ^= 1;
                    }
                });
            });
        }
    });
    address
}

/// Wrong if the digest is sha256 and the size a multiple of 1024, which is its `chunk`.
fn sha256_of_multiples(frame: &mut [u8], (sha256, _): &mut (bool, u64)) -> bool {
    if frame[0] == b'F' {
        *sha256 = frame[6] == 2;
        return false;
    }
    let size = u64::from_be_bytes(frame[5..13].try_into().unwrap());
    *sha256 && size % 1024 == 0 && size > 0
}

#[test]
fn a_fault_of_two_parameters_is_named_by_these_two() {
    let served = Served::with(small);
    let target = wrong_server(&served, sha256_of_multiples);
    let report = conformance::run(target, &pairwise(), &settings(), |_| {}).unwrap();
    let failed: Vec<_> =
        report.results.iter().filter(|result| result.verdict == Verdict::Fail).collect();
    assert!(!failed.is_empty());
    for result in failed {
        assert!(
            result.seen.contains("; fails when: size is a multiple of `chunk`, digest sha256; "),
            "{}: {}",
            result.case.id,
            result.seen
        );
        assert!(
            result.seen.ends_with(
                ": the shortest line, each answer awaited, \
             an upload (size `chunk`, digest sha256), BYE"
            ),
            "{}",
            result.seen
        );
        assert_eq!(result.case.requirements, ["end.stored"], "{}", result.seen);
        assert!(result.expected.starts_with("STORED with size 1024, sha256 "));
        // The evidence is that of the smallest session: its connection, and no other.
        assert_eq!(result.evidence.len(), 1);
    }
}

#[test]
fn a_fault_of_one_parameter_is_named_by_it_alone() {
    let served = Served::with(small);
    let target = wrong_server(&served, |frame, _| {
        frame[0] == b'E' && u64::from_be_bytes(frame[5..13].try_into().unwrap()) > 1024
    });
    let report = conformance::run(target, &pairwise(), &settings(), |_| {}).unwrap();
    let failed = report.results.iter().find(|result| result.verdict == Verdict::Fail).unwrap();
    let seen = &failed.seen;
    assert!(seen.contains("; fails when: size is above `chunk`; "), "{seen}");
}

#[test]
fn a_session_that_is_shrunk_is_told_within_its_time() {
    let served = Served::with(small);
    let target = wrong_server(&served, sha256_of_multiples);
    let settings = Settings { shrink: Duration::ZERO, ..settings() };
    let report = conformance::run(target, &pairwise(), &settings, |_| {}).unwrap();
    let failed = report.results.iter().find(|result| result.verdict == Verdict::Fail).unwrap();
    assert!(failed.seen.contains("the time for reducing it was up"), "{}", failed.seen);
}
