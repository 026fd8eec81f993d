//! The engine of the conformance suite against peers that are no server of the protocol:
//! none of them may pass for a reason that is not its own merit.

mod peers;

use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use conexion::conformance::{
    self, Case, Conclusion, Departure, Plain, Profile, Report, Settings, Timer, Timers, Trial,
    Verdict, registry,
};
use conexion::wire::Role;
use peers::Peer;
use rstest::rstest;

/// Cases that ask for no refusal, although they have a twin: what they ask for is an end of
/// the stream without an ERROR, which a peer that accepts all does give.
const PASSED_BY_ACCEPTING_ALL: &[&str] = &[
    "detection.other-end",
    "detection.empty",
    "preface.cut-off",
    "state.idle.end-of-stream",
    "state.open.end-of-stream",
    "eof.cut-header",
];

fn settings() -> Settings {
    Settings {
        timeout: Duration::from_millis(400),
        silence: Duration::from_millis(40),
        grace: Duration::from_millis(500),
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
    let passed: Vec<_> = passed.filter(|r| r.case.has_twin()).map(|r| r.case.id).collect();
    assert!(passed.is_empty(), "{passed:?}");
    assert_eq!(report.conclusion(), Conclusion::Fails);
}

#[test]
fn a_peer_that_accepts_all_passes_no_refusal() {
    let report = judge(Peer::AcceptsAll, &registry(Role::Server));
    let passed = report.results.iter().filter(|result| result.verdict == Verdict::Pass);
    let passed: Vec<_> = passed.filter(|r| r.case.has_twin()).map(|r| r.case.id).collect();
    assert_eq!(passed, PASSED_BY_ACCEPTING_ALL);
    assert_eq!(report.conclusion(), Conclusion::Fails);
}

#[test]
fn a_peer_that_accepts_all_passes_what_is_to_be_accepted() {
    let report = judge(Peer::AcceptsAll, &registry(Role::Server));
    for id in ["preface.shortest", "text.echo", "upload.sizes", "flow.pipelining"] {
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
    // Three connections before the cases, one for the case, one for its twin, none after.
    let case = Case::must("x.dies", &["state.table"], "Dies", |trial| trial.open()?.finish())
        .twin(|trial| trial.open()?.finish());
    let report = judge(Peer::DiesAfter(5), &leaked(case));
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
fn a_slow_case_begins_first_and_one_that_needs_the_server_alone_comes_last() {
    static BEGUN: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    fn begun(what: &'static str) {
        BEGUN.lock().expect("no case panics").push(what);
    }
    const REQUIREMENTS: &[&str] = &["state.table"];
    let cases = [
        Case::must("x.alone", REQUIREMENTS, "Alone", |_| {
            begun("alone");
            Ok(())
        })
        .alone(),
        Case::must("x.any", REQUIREMENTS, "Any", |_| {
            begun("any");
            Ok(())
        }),
        Case::must("x.slow", REQUIREMENTS, "Slow", |_| {
            begun("slow");
            Ok(())
        })
        .slow(),
    ];
    let cases: Vec<_> = cases.into_iter().flat_map(leaked).collect();
    let settings = Settings { jobs: 1, ..settings() };
    let report = conformance::run(Peer::ClosesAtOnce.start(), &cases, &settings, |_| {});
    let ids: Vec<_> = report.expect("listens").results.iter().map(|r| r.case.id).collect();
    assert_eq!(*BEGUN.lock().expect("no case panics"), ["slow", "any", "alone"]);
    assert_eq!(ids, ["x.alone", "x.any", "x.slow"]);
}

type Tell = fn(&mut Trial<'_>) -> String;

/// What a case sees of a server, told as information.
fn told(peer: Peer, profile: Profile, ask: Tell) -> String {
    static ASK: Mutex<Option<Tell>> = Mutex::new(None);
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    *ASK.lock().expect("no panic while it is held") = Some(ask);
    let case = Case::may("x.tells", &["state.table"], "Tells", |trial| {
        let ask = ASK.lock().expect("no panic while it is held").expect("it was set");
        Err(Departure::info(ask(trial)))
    });
    let settings = Settings { profile, ..settings() };
    let report = conformance::run(peer.start(), &leaked(case), &settings, |_| {});
    report.expect("the peer listens").results[0].seen.clone()
}

#[rstest]
#[case::echoes_all(Peer::EchoesAll, "All")]
#[case::text_only(Peer::EchoesTexts, "Text")]
#[case::closes_at_once(Peer::ClosesAtOnce, "Off")]
#[case::silent(Peer::Silent, "Off")]
#[case::accepts_all(Peer::AcceptsAll, "Off")]
fn plain_is_found_out_unless_it_is_declared(#[case] peer: Peer, #[case] found: &str) {
    let plain = |trial: &mut Trial<'_>| format!("{:?}", trial.plain());
    assert_eq!(told(peer, Profile::default(), plain), found);
    let declared = Profile { plain: Some(Plain::Text), ..Profile::default() };
    assert_eq!(told(peer, declared, plain), "Text");
}

#[test]
fn a_case_waits_for_no_timer_that_is_unknown_or_long() {
    let timers = |trial: &mut Trial<'_>| {
        let told = [Timer::Frame, Timer::Quiet, Timer::Prefix].map(|timer| {
            trial.timer(timer).map_or_else(
                |departure| {
                    assert_eq!(departure.verdict, Verdict::NotApplicable);
                    departure.seen
                },
                |span| format!("{span:?}"),
            )
        });
        told.join("\n")
    };
    let unknown = told(Peer::ClosesAtOnce, Profile::default(), timers);
    let unknown: Vec<_> = unknown.lines().collect();
    assert!(unknown[0].starts_with("its frame timer is not known: "), "{unknown:?}");
    assert_eq!(unknown[1], "300ms");
    assert!(unknown[2].starts_with("its prefix timer is 2s, by default, "), "{unknown:?}");
    let timers_declared = Timers {
        frame: Some(Duration::from_secs(1)),
        quiet: Some(Duration::from_secs(9)),
        prefix: Some(Duration::from_millis(1500)),
        ..Timers::default()
    };
    let declared = Profile { timers: timers_declared, ..Profile::default() };
    let declared = told(Peer::ClosesAtOnce, declared, timers);
    let declared: Vec<_> = declared.lines().collect();
    assert_eq!((declared[0], declared[2]), ("1s", "1.5s"));
    assert!(declared[1].starts_with("its quiet timer is 9s, as declared, "), "{declared:?}");
}

/// A target of whose timers the shortest expires while a case is at work.
fn judge_with_short_timers(cases: &[&'static Case]) -> Vec<Verdict> {
    let timers = Timers { idle: Some(Duration::from_millis(10)), ..Timers::default() };
    let profile = Profile { timers, plain: Some(Plain::Off), ..Profile::default() };
    let settings = Settings { profile, ..patient() };
    let report = conformance::run(Peer::AcceptsAll.start(), cases, &settings, |_| {});
    report.expect("the peer listens").results.iter().map(|result| result.verdict).collect()
}

#[test]
fn a_case_for_which_a_timer_may_have_expired_is_asked_again() {
    static FOLDERS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let case = Case::must("x.late", &["state.table"], "Is late at first", |trial| {
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        folders.push(trial.folder().to_owned());
        std::thread::sleep(Duration::from_millis(20));
        if folders.len() < 3 { Err(Departure::fail("an answer", "ERROR 105")) } else { Ok(()) }
    });
    assert_eq!(judge_with_short_timers(&leaked(case)), [Verdict::Pass]);
    let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(folders.iter().collect::<std::collections::HashSet<_>>().len(), 3, "{folders:?}");
}

#[test]
fn what_is_too_slow_for_many_cases_is_the_target() {
    static ASKED: Mutex<usize> = Mutex::new(0);
    let case = Case::must("x.slow", &["state.table"], "Is slow", |_| {
        *ASKED.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        std::thread::sleep(Duration::from_millis(20));
        Err(Departure::fail("an answer", "ERROR 105"))
    });
    let cases = leaked(case).repeat(9);
    assert_eq!(judge_with_short_timers(&cases), [Verdict::Fail; 9]);
    assert_eq!(*ASKED.lock().unwrap_or_else(PoisonError::into_inner), 9);
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
