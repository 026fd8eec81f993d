//! The suite against targets that crash, hang, or are restarted in the middle of a run, and
//! against one that stays: again and again, with equal verdicts.
//!
//! A plain `cargo test` runs the embedded server 5 times. The long form, which also tells how
//! long the runs were, is
//! `CONEXION_RUNS=200 cargo test --release --test conform_steady equal -- --nocapture`;
//! another load on the machine, such as a build, must not change a verdict.

mod common;
mod programs;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::LONG;
use conexion::conformance::record::Recorded;
use conexion::conformance::{
    self, CaseResult, Conclusion, Plain, Profile, Report, Settings, Verdict, registry, select,
};
use conexion::wire::Role;
use programs::{Served, conexion, signal};

/// How many results there are before something is done to the target.
const SOME: usize = 60;

const NO_PLAIN: &[&str] = &["--plain", "off"];

fn settings() -> Settings {
    Settings {
        timeout: Duration::from_secs(3),
        silence: Duration::from_millis(100),
        patience: Duration::from_millis(400),
        grace: Duration::from_secs(1),
        jobs: 8,
        profile: Profile { plain: Some(Plain::Off), connections: Some(4096), ..Profile::default() },
        ..Settings::default()
    }
}

/// Runs all cases, and does something to the target in the middle.
fn run(target: SocketAddr, settings: &Settings, mut disturb: impl FnMut()) -> Report {
    let mut results = 0;
    conformance::run(target, &registry(Role::Server), settings, |_| {
        results += 1;
        if results == SOME {
            disturb();
        }
    })
    .expect("a server that listens")
}

/// The rest is reported as not judged, and there is no green.
fn assert_cut_short(report: &Report, reason: &str) {
    let told = report.cut_short.as_deref().unwrap_or_default();
    assert!(told.contains(reason), "{told}");
    let not_judged = |result: &&CaseResult| result.seen.starts_with("not judged: ");
    let rest: Vec<_> = report.results.iter().filter(not_judged).collect();
    assert!(rest.len() > 50, "{}", rest.len());
    assert!(rest.iter().all(|result| result.verdict == Verdict::Inconclusive));
    assert!(told.ends_with(&format!("{} cases are not judged", rest.len())), "{told}");
    assert_eq!(report.results.len(), registry(Role::Server).len());
    assert!(report.count(Verdict::Pass) >= SOME / 2);
    assert_ne!(report.conclusion(), Conclusion::Conforms);
}

#[test]
fn a_target_that_crashes_is_given_up() {
    let root = tempfile::tempdir().unwrap();
    let (mut served, address) = Served::start(root.path(), "127.0.0.1:0", NO_PLAIN);
    let began = Instant::now();
    let report = run(address, &settings(), || served.kill());
    assert_cut_short(&report, "the target was gone for good: no connection to 127.0.0.1");
    assert!(began.elapsed() < 3 * LONG, "{:?}", began.elapsed());
}

#[test]
fn a_target_that_hangs_is_given_up() {
    let root = tempfile::tempdir().unwrap();
    let (served, address) = Served::start(root.path(), "127.0.0.1:0", NO_PLAIN);
    let began = Instant::now();
    let report = run(address, &settings(), || served.signal("-STOP"));
    assert_cut_short(&report, "it takes connections and says nothing any more");
    assert!(began.elapsed() < 3 * LONG, "{:?}", began.elapsed());
}

#[test]
fn a_target_that_is_restarted_is_judged_to_the_end() {
    let root = tempfile::tempdir().unwrap();
    let (mut served, address) = Served::start(root.path(), "127.0.0.1:0", NO_PLAIN);
    let mut restarted = None;
    let settings = Settings { grace: LONG, ..settings() };
    let report = run(address, &settings, || {
        served.kill();
        let (root, address) = (root.path().to_owned(), address.to_string());
        restarted = Some(std::thread::spawn(move || {
            // As long as a supervisor waits.
            std::thread::sleep(Duration::from_millis(700));
            Served::start(&root, &address, NO_PLAIN).0
        }));
    });
    let _restarted = restarted.expect("it was killed").join().unwrap();
    assert_all_good(&report);
    assert_eq!(report.cut_short, None);
}

/// The only frame that the supervised server dies of; one case sends it.
const DEADLY: &[u8] = b"Q\0\0\0\0";

/// The server that runs, if one does.
type Running = Arc<Mutex<Option<(Served, SocketAddr)>>>;

/// A server that dies of one frame, with all of its connections, and is started again each
/// time. Connections in the meantime are closed.
fn supervised(root: PathBuf) -> (SocketAddr, Running) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let running = Running::default();
    *running.lock().unwrap() = Some(Served::start(&root, "127.0.0.1:0", NO_PLAIN));
    let supervised = Arc::clone(&running);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let upstream = running.lock().unwrap().as_ref().map(|(_, address)| *address);
            let Some(server) = upstream.and_then(|address| TcpStream::connect(address).ok()) else {
                continue;
            };
            let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (root, running) = (root.clone(), Arc::clone(&running));
            std::thread::spawn(move || pass_on(server, back, |_| false));
            std::thread::spawn(move || {
                let died = pass_on(client, forth, |octets| octets == DEADLY);
                if died && running.lock().unwrap().take().is_some() {
                    std::thread::sleep(Duration::from_millis(300));
                    let anew = Served::start(&root, "127.0.0.1:0", NO_PLAIN);
                    *running.lock().unwrap() = Some(anew);
                }
            });
        }
    });
    (address, supervised)
}

/// Passes octets on to their end, or to a piece that is the last one.
fn pass_on(mut from: TcpStream, mut to: TcpStream, is_last: fn(&[u8]) -> bool) -> bool {
    let mut buffer = [0; 16_384];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        if is_last(&buffer[..len]) {
            return true;
        }
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown(Shutdown::Write);
    false
}

#[test]
fn what_a_target_dies_of_is_blamed_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let (address, running) = supervised(root.path().to_owned());
    let cases = select(Role::Server, &["frame", "state", "path", "upload"]).unwrap();
    let settings = Settings { grace: LONG, ..settings() };
    let report = conformance::run(address, &cases, &settings, |_| {}).unwrap();
    drop(running.lock().unwrap().take());
    let bad = report.results.iter().filter(|result| {
        !matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Info)
    });
    let bad: Vec<_> = bad.map(|bad| (bad.verdict, bad.case.id, bad.seen.as_str())).collect();
    let [(Verdict::Fail, "frame.unknown-critical", seen)] = bad[..] else { panic!("{bad:#?}") };
    assert!(seen.ends_with(" (and then the target was gone for a while)"), "{seen}");
}

#[test]
fn an_interrupted_run_reports_what_it_has() {
    let root = tempfile::tempdir().unwrap();
    let (_served, address) = Served::start(root.path(), "127.0.0.1:0", NO_PLAIN);
    let mut conform = conexion()
        .args(["conform", &address.to_string(), "--jobs", "1", "--silence", "500ms"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(conform.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("PASS") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended by itself");
    }
    signal(conform.id(), "-INT");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(conform.wait().unwrap().code(), Some(3), "{rest}");
    assert!(rest.contains("\ncut short: the run was interrupted: "), "{rest}");
    assert!(rest.contains("INCONCLUSIVE  state.open.bye "), "{rest}");
    assert!(rest.contains("      not judged: the run was interrupted\n"), "{rest}");
}

/// The embedded server, of which most cases are judged.
#[test]
fn runs_have_equal_verdicts() {
    let runs = std::env::var("CONEXION_RUNS").map_or(5, |runs| runs.parse().expect("a number"));
    let mut spans = Vec::new();
    let mut first = None;
    for number in 1..=runs {
        let output = conexion().args(["conform", "--json"]).output().unwrap();
        let stream = String::from_utf8(output.stdout).expect("JSON");
        let recorded = Recorded::read(&stream).expect("a stream");
        let verdicts = recorded.cases.iter().map(|case| (case.case.clone(), case.verdict));
        let verdicts: BTreeMap<_, _> = verdicts.collect();
        let before = first.get_or_insert_with(|| verdicts.clone());
        for case in &recorded.cases {
            let (before, now) = (before[&case.case], case.verdict);
            let (id, expected, seen) = (&case.case, &case.expected, &case.seen);
            assert_eq!(before, now, "run {number} of {id}: expected {expected}, seen {seen}");
        }
        assert_eq!(output.status.code(), Some(0), "run {number}: {:?}", recorded.end);
        spans.push(recorded.end.expect("an end").elapsed_ms);
    }
    spans.sort_unstable();
    let (least, median, most) = (spans[0], spans[spans.len() / 2], spans[spans.len() - 1]);
    eprintln!("{runs} runs with equal verdicts in {least} to {most} ms, half in {median} ms");
}

fn assert_all_good(report: &Report) {
    let bad = report.results.iter().filter(|result| {
        !matches!(result.verdict, Verdict::Pass | Verdict::Info | Verdict::NotApplicable)
    });
    let bad: Vec<_> = bad
        .map(|bad| format!("{} {}: {} | {}", bad.verdict, bad.case.id, bad.expected, bad.seen))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(report.conclusion(), Conclusion::Conforms);
}
