//! The conformance suite in every segmentation: the reference answers alike, whatever the
//! cuts, and a server that takes one read for one message is found out by them.

mod common;

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use common::Served;
use conexion::conformance::{self, Segmentation, Settings, Verdict, registry, segmented, select};
use conexion::wire::Role;
use rstest::rstest;

fn settings() -> Settings {
    let silence = Duration::from_millis(100);
    Settings {
        silence,
        patience: 4 * silence,
        timeout: Duration::from_secs(20),
        ..Settings::default()
    }
}

fn verdicts(
    served: &Served,
    segmentation: Segmentation,
) -> BTreeMap<&'static str, (Verdict, String)> {
    let settings = Settings { root: Some(served.root().to_owned()), ..settings() };
    let cases = segmented(&registry(Role::Server), segmentation);
    let report = conformance::run(served.address, &cases, &settings, |_| {}).unwrap();
    let results = report.results.into_iter();
    results.map(|result| (result.case.base_id(), (result.verdict, result.seen))).collect()
}

#[rstest]
fn verdicts_do_not_depend_on_the_segmentation(
    #[values(
        Segmentation::Octets,
        Segmentation::Fields,
        Segmentation::Joined,
        Segmentation::Paused
    )]
    segmentation: Segmentation,
) {
    let served = Served::new();
    let whole = verdicts(&served, Segmentation::Whole);
    let cut = verdicts(&served, segmentation);
    assert_eq!(whole.len(), cut.len());
    let mut exempt = 0;
    let mut differing = Vec::new();
    for (id, (verdict, seen)) in &cut {
        if whole[id].0 == *verdict {
            continue;
        }
        if *verdict == Verdict::NotApplicable && seen.contains("only sent whole is it judged") {
            exempt += 1;
        } else {
            differing.push(format!("{id}: {} whole, {verdict}: {seen}", whole[id].0));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(exempt * 2 < cut.len(), "{exempt} of {}", cut.len());
}

/// What a wrong server takes of a read: what it goes on with, or `None` to close.
type Taken = fn(&[u8], first: bool) -> Option<&[u8]>;

/// A reference server behind a reader that is wrong.
fn wrong_reader(behind: &Served, taken: Taken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, reference) = (listener.local_addr().unwrap(), behind.address);
    thread::spawn(move || {
        loop {
            // The server is there before the client, so that nothing delays the first read.
            let server = TcpStream::connect(reference).unwrap();
            let (client, _) = listener.accept().unwrap();
            thread::spawn(move || relay(&client, &server, taken));
        }
    });
    address
}

fn relay(mut client: &TcpStream, mut server: &TcpStream, taken: Taken) {
    let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut buffer = [0; 16_384];
    let mut first = true;
    while let Ok(len @ 1..) = client.read(&mut buffer) {
        match taken(&buffer[..len], first) {
            Some(octets) if server.write_all(octets).is_ok() => first = false,
            _ => break,
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

/// Whether the case fails at once.
fn fails(target: SocketAddr, selector: &str) -> bool {
    fails_in(1, target, selector)
}

/// Whether the case fails in one of so many runs: a machine that is busy may join again
/// what was cut.
fn fails_in(runs: usize, target: SocketAddr, selector: &str) -> bool {
    let cases = select(Role::Server, &[selector]).unwrap();
    let settings = Settings { timeout: Duration::from_secs(4), ..settings() };
    (0..runs).any(|_| {
        let report = conformance::run(target, &cases, &settings, |_| {}).unwrap();
        report.results[0].verdict == Verdict::Fail
    })
}

#[test]
fn a_server_that_reads_its_line_at_once_fails_when_it_is_cut() {
    let served = Served::new();
    let target =
        wrong_reader(&served, |read, first| (!first || read.contains(&b'\n')).then_some(read));
    assert!(!fails(target, "text.echo"));
    for segmentation in ["octets", "paused"] {
        assert!(fails_in(50, target, &format!("text.echo@{segmentation}")), "{segmentation}");
    }
}

#[test]
fn a_server_that_takes_a_read_for_a_frame_fails_when_frames_are_joined() {
    let served = Served::new();
    let target = wrong_reader(&served, |read, first| {
        let length = read.get(1..5).map_or(0, |length| {
            usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap()
        });
        Some(if first { read } else { &read[..read.len().min(5 + length)] })
    });
    assert!(!fails(target, "text.echo"));
    assert!(fails(target, "frame.ignorable-open@joined"));
}

#[test]
fn a_case_that_cuts_by_itself_says_why_it_is_not_put_in_another_segmentation() {
    let served = Served::new();
    let cases = select(Role::Server, &["frame.split-invariance@octets"]).unwrap();
    let cases: Vec<_> =
        cases.into_iter().filter(|case| case.base_id() == "frame.split-invariance").collect();
    let report = conformance::run(served.address, &cases, &settings(), |_| {}).unwrap();
    let [result] = report.results.as_slice() else { panic!("one result") };
    assert_eq!(result.verdict, Verdict::NotApplicable);
    assert_eq!(result.case.id, "frame.split-invariance@octets");
    assert!(result.seen.ends_with("it cuts what it sends by itself"), "{}", result.seen);
}
