//! The conformance suite against servers that are right and unlike one another: none of them
//! fails a case, and all are judged.

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use common::Served;
use conexion::conformance::{self, Conclusion, Profile, Settings, Verdict, registry};
use conexion::server::{Config, PlainMode};
use conexion::wire::{FileSize, PayloadLimit, Role};
use rstest::rstest;

fn file_limit(config: &mut Config, octets: u64) {
    config.limits.file = Some(FileSize::new(octets).unwrap());
}

#[rstest]
#[case::as_it_is(|_: &mut Config| {})]
#[case::ipv6(|config: &mut Config| config.listen = "[::1]:0".parse().unwrap())]
#[case::smallest_limits(|config: &mut Config| {
    config.limits.chunk = PayloadLimit::LEAST;
    config.limits.text = PayloadLimit::LEAST;
    file_limit(config, 0);
})]
#[case::largest_limits(|config: &mut Config| {
    config.limits.chunk = PayloadLimit::MOST;
    config.limits.text = PayloadLimit::MOST;
    config.limits.file = None;
})]
#[case::files_of_one_octet(|config: &mut Config| file_limit(config, 1))]
#[case::files_below_a_chunk(|config: &mut Config| file_limit(config, 1023))]
#[case::files_of_four_kibibytes(|config: &mut Config| file_limit(config, 4096))]
#[case::holds_nothing(|config: &mut Config| config.store.held_octets = 0)]
#[case::holds_one(|config: &mut Config| config.store.held_count = 1)]
#[case::no_plain(|config: &mut Config| config.plain = PlainMode::Off)]
#[case::plain_texts(|config: &mut Config| config.plain = PlainMode::Text)]
#[case::refuses_texts(|config: &mut Config| {
    config.handler = Arc::new(|_| Err("not today".to_owned()));
})]
#[case::says_nothing(|config: &mut Config| config.handler = Arc::new(|_| Ok(Cow::Borrowed(""))))]
#[case::says_much(|config: &mut Config| {
    config.handler = Arc::new(|_| Ok(Cow::Owned("ñ".repeat(524_288))));
})]
#[case::answers_late(|config: &mut Config| {
    config.handler = Arc::new(|text| {
        std::thread::sleep(Duration::from_millis(20));
        Ok(Cow::Borrowed(text))
    });
})]
fn a_right_server_fails_nothing(#[case] change: fn(&mut Config)) {
    assert_conforms(&Served::with(change), &settings());
}

#[test]
fn a_right_server_fails_nothing_on_disk() {
    let served = Served::new();
    assert_conforms(&served, &Settings { root: Some(served.root().to_owned()), ..settings() });
}

/// Less patient than by default, for the sake of the many servers.
fn settings() -> Settings {
    let silence = Duration::from_millis(100);
    Settings { silence, patience: 4 * silence, ..Settings::default() }
}

#[rstest]
fn a_server_of_few_connections_is_judged_with_few_jobs(
    #[values(8, 16, 40)] most: usize,
    #[values(true, false)] declared: bool,
) {
    let served = Served::with(|config| config.max_connections = most);
    let profile = Profile { connections: declared.then_some(most), ..Profile::default() };
    assert_conforms(&served, &Settings { profile, ..settings() });
}

fn assert_conforms(served: &Served, settings: &Settings) {
    let cases = registry(Role::Server);
    let report = conformance::run(served.address, &cases, settings, |_| {}).unwrap();
    let wrong = |verdict| {
        !matches!(verdict, Verdict::Pass | Verdict::Weak | Verdict::Info | Verdict::NotApplicable)
    };
    let wrong: Vec<String> = report
        .results
        .iter()
        .filter(|result| wrong(result.verdict))
        .map(|found| {
            format!("{} {}: {} | {}", found.verdict, found.case.id, found.expected, found.seen)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(report.conclusion(), Conclusion::Conforms, "{:?}", report.problems);
}
