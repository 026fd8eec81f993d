//! The engine of the conformance suite against peers that are no server of the protocol:
//! none of them may pass for a reason that is not its own merit.

mod peers;

use std::net::TcpListener;
use std::time::Duration;

use conexion::conformance::{
    self, Case, Conclusion, Departure, Report, Settings, Verdict, registry,
};
use conexion::wire::Role;
use peers::Peer;
use rstest::rstest;

/// Cases that ask for no refusal, although they have a twin: what they ask for is an end of
/// the stream without an ERROR, which a peer that accepts all does give.
const PASSED_BY_ACCEPTING_ALL: &[&str] =
    &["preface.cut-off", "state.idle.end-of-stream", "state.open.end-of-stream", "eof.cut-header"];

fn settings() -> Settings {
    Settings {
        timeout: Duration::from_millis(400),
        silence: Duration::from_millis(40),
        jobs: 64,
        ..Settings::default()
    }
}

/// For peers that answer: what they answer must not depend on how busy the machine is.
fn patient() -> Settings {
    Settings { timeout: Duration::from_secs(2), ..settings() }
}

fn judge(peer: Peer, cases: &[&'static Case]) -> Report {
    let settings = match peer {
        Peer::AcceptsAll | Peer::AcceptsAllAndSendsKeepalives => patient(),
        _ => settings(),
    };
    conformance::run(peer.start(), cases, &settings, |_| {}).expect("the peer listens")
}

fn leaked(case: Case) -> Vec<&'static Case> {
    vec![Box::leak(Box::new(case))]
}

#[rstest]
#[case::rejects_all(Peer::RejectsAll)]
#[case::closes_at_once(Peer::ClosesAtOnce)]
#[case::silent(Peer::Silent)]
#[case::echoes_all(Peer::EchoesAll)]
#[case::babbles(Peer::Babbles)]
fn a_degenerate_peer_passes_no_case_that_has_a_twin(#[case] peer: Peer) {
    let report = judge(peer, &registry(Role::Server));
    let passed = report.results.iter().filter(|result| result.verdict == Verdict::Pass);
    let passed: Vec<_> = passed.filter(|r| r.case.twin.is_some()).map(|r| r.case.id).collect();
    assert!(passed.is_empty(), "{passed:?}");
    assert_eq!(report.conclusion(), Conclusion::Fails);
}

#[test]
fn a_peer_that_accepts_all_passes_no_refusal() {
    let report = judge(Peer::AcceptsAll, &registry(Role::Server));
    let passed = report.results.iter().filter(|result| result.verdict == Verdict::Pass);
    let passed: Vec<_> = passed.filter(|r| r.case.twin.is_some()).map(|r| r.case.id).collect();
    assert_eq!(passed, PASSED_BY_ACCEPTING_ALL);
    assert_eq!(report.conclusion(), Conclusion::Fails);
}

#[test]
fn a_peer_that_accepts_all_passes_what_is_to_be_accepted() {
    let report = judge(Peer::AcceptsAll, &registry(Role::Server));
    for id in ["preface.shortest", "text.echo", "upload.1025", "flow.pipelining"] {
        let result = report.results.iter().find(|result| result.case.id == id).expect(id);
        assert_eq!(result.verdict, Verdict::Pass, "{id}: {}", result.seen);
    }
}

#[test]
fn an_ignorable_frame_of_the_servers_changes_no_verdict() {
    let plain = judge(Peer::AcceptsAll, &registry(Role::Server));
    let chatty = judge(Peer::AcceptsAllAndSendsKeepalives, &registry(Role::Server));
    for (plain, chatty) in plain.results.iter().zip(&chatty.results) {
        // Where nothing at all may come, a keepalive is something.
        if !plain.case.requirements.contains(&"bye.not-unasked")
            && plain.case.id != "state.open.data"
        {
            assert_eq!(plain.verdict, chatty.verdict, "{}: {}", plain.case.id, chatty.seen);
        }
    }
}

#[test]
fn no_server_at_all_is_known_before_any_case() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = listener.local_addr().expect("an address");
    drop(listener);
    let mut observed = 0;
    let unreachable =
        conformance::run(target, &registry(Role::Server), &settings(), |_| observed += 1);
    let text = unreachable.expect_err("nobody listens").to_string();
    assert!(text.starts_with(&format!("no server can be reached at {target}: ")), "{text}");
    assert!(!text.contains('\n'));
    assert_eq!(observed, 0);
}

#[test]
fn no_case_at_all_is_no_conformance() {
    assert_eq!(judge(Peer::AcceptsAll, &[]).conclusion(), Conclusion::NothingRun);
}

#[test]
fn a_panic_is_an_error_of_the_suite() {
    let case = Case::must("x.panics", &["state.table"], "Panics", |_| panic!("on purpose"));
    let report = judge(Peer::AcceptsAll, &leaked(case));
    assert_eq!(report.results[0].verdict, Verdict::HarnessError);
    assert!(report.results[0].seen.contains("on purpose"));
    assert_eq!(report.conclusion(), Conclusion::NotJudged);
}

#[test]
fn a_twin_that_fails_makes_a_pass_inconclusive() {
    let case = Case::must("x.twin", &["state.table"], "Has a twin that fails", |_| Ok(()))
        .twin(|_| Err(Departure::fail("one thing", "another")));
    let report = judge(Peer::AcceptsAll, &leaked(case));
    assert_eq!(report.results[0].verdict, Verdict::Inconclusive);
    assert!(report.results[0].seen.contains("twin failed"), "{}", report.results[0].seen);
    assert_eq!(report.conclusion(), Conclusion::NotJudged);
}

#[test]
fn a_server_that_dies_after_its_refusal_is_no_pass() {
    // Two connections for the limits, one for the case, one for its twin, none after.
    let case = Case::must("x.dies", &["state.table"], "Dies", |trial| trial.open()?.finish())
        .twin(|trial| trial.open()?.finish());
    let report = judge(Peer::DiesAfter(4), &leaked(case));
    assert_eq!(report.results[0].verdict, Verdict::Inconclusive);
    assert!(report.results[0].seen.contains("proof of life"), "{}", report.results[0].seen);
    assert_eq!(report.results[0].evidence.len(), 2);
}

#[test]
fn results_come_and_are_kept_in_the_order_of_the_cases() {
    let cases = registry(Role::Server);
    let mut observed = Vec::new();
    let target = Peer::ClosesAtOnce.start();
    let report = conformance::run(target, &cases, &settings(), |r| observed.push(r.case.id))
        .expect("the peer listens");
    let given: Vec<_> = cases.iter().map(|case| case.id).collect();
    let kept: Vec<_> = report.results.iter().map(|result| result.case.id).collect();
    assert_eq!(observed, given);
    assert_eq!(kept, given);
}

#[test]
fn a_case_ends_at_its_deadline() {
    let case = Case::must("x.waits", &["state.table"], "Waits", |trial| {
        trial.connect()?.expect_line().map(drop)
    });
    let report = judge(Peer::Silent, &leaked(case));
    assert_eq!(report.results[0].verdict, Verdict::Fail);
    assert!(report.results[0].elapsed >= settings().timeout);
    assert!(report.results[0].elapsed < 3 * settings().timeout);
}
