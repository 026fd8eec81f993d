//! Each case about servers is passed by the reference server, in one of the forms that it can be
//! given, so that none counts as a test of the reference that never judges it. In no form does a
//! case fail.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::Served;
use conexion::conformance::{self, Plain, Profile, Settings, Verdict, registry};
use conexion::server::{Config, PlainMode, Timers};
use conexion::wire::{FileSize, Role};
use rustix::process::geteuid;

/// Short, and long beside what proves silence.
const TIMERS: Timers = Timers {
    preface: Duration::from_millis(900),
    frame: Duration::from_millis(900),
    idle: Duration::from_millis(900),
    discard: Duration::from_millis(900),
    write: Duration::from_millis(550),
    close: Duration::from_millis(900),
    prefix: Duration::from_millis(700),
    quiet: Duration::from_millis(200),
};

/// As many as a case that makes one more may make.
const CONNECTIONS: usize = 128;

/// What a form changes of the usual one.
type Form = fn(&mut Config);

const FORMS: &[(Plain, Form)] = &[
    (Plain::All, |_| {}),
    // Bears for long a peer that takes nothing, and one whose request it has refused.
    (Plain::Off, |config| {
        config.timers.write = Duration::from_secs(5);
        config.timers.discard = Duration::from_secs(5);
    }),
    // Takes files that are small enough to be sent again.
    (Plain::Text, |config| config.limits.file = Some(FileSize::new(64 << 10).unwrap())),
];

/// What the cases find of the server in a form.
fn judged(plain: Plain, form: Form) -> BTreeMap<&'static str, (Verdict, String)> {
    let mut timers = TIMERS;
    let served = Served::with(|config| {
        config.limits.file = Some(FileSize::new(4 << 20).unwrap());
        config.max_connections = CONNECTIONS;
        config.timers = TIMERS;
        config.plain = match plain {
            Plain::Off => PlainMode::Off,
            Plain::Text => PlainMode::Text,
            Plain::All => PlainMode::All,
        };
        form(config);
        timers = config.timers;
    });
    let Timers { preface, frame, idle, discard, write, close, prefix, quiet } = timers;
    let timers = conformance::Timers {
        preface: Some(preface),
        frame: Some(frame),
        idle: Some(idle),
        discard: Some(discard),
        write: Some(write),
        close: Some(close),
        prefix: Some(prefix),
        quiet: Some(quiet),
    };
    let profile = Profile {
        plain: Some(plain),
        connections: Some(CONNECTIONS),
        timers,
        ..Profile::default()
    };
    let root = Some(served.root().to_owned());
    let settings = Settings { root, profile, ..Settings::default() };
    let report = conformance::run(served.address, &registry(Role::Server), &settings, |_| {});
    let results = report.expect("the server listens").results;
    results.into_iter().map(|found| (found.case.id, (found.verdict, found.seen))).collect()
}

#[test]
fn each_case_is_passed_by_the_reference_in_one_of_its_forms() {
    let judged: Vec<_> = FORMS.iter().map(|&(plain, form)| judged(plain, form)).collect();
    let mut passed = BTreeSet::new();
    let mut wrong = Vec::new();
    for (id, (verdict, seen)) in judged.iter().flatten() {
        match verdict {
            Verdict::Pass | Verdict::Info => _ = passed.insert(*id),
            Verdict::NotApplicable => {}
            _ => wrong.push(format!("{verdict} {id}: {seen}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all = judged[0].keys().copied();
    let by_none: Vec<&str> = all.filter(|id| !passed.contains(id)).collect();
    // Whoever may do all is kept from no folder.
    let expected: &[&str] = if geteuid().is_root() { &["disk.permission"] } else { &[] };
    let seen = |id| judged.iter().map(|form| form[id].1.as_str()).collect::<Vec<_>>();
    let told: Vec<_> = by_none.iter().map(|id| (*id, seen(*id))).collect();
    assert_eq!(by_none, expected, "{told:#?}");
}
