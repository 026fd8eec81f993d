//! The conformance suite against servers that are right and unlike one another: none of them
//! fails a case, and all are judged.

mod common;
mod programs;
mod skipping;

use std::borrow::Cow;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use common::Served;
use conexion::conformance::{self, Conclusion, Profile, Settings, Verdict, registry};
use conexion::server::{Config, PlainMode};
use conexion::wire::{FileSize, PayloadLimit, Role};
use programs::{Served as Program, conexion};
use rstest::rstest;
use skipping::not_tested;

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

/// Through the program, as its users do it.
#[rstest]
#[case::as_it_is("127.0.0.1:0", &[])]
#[case::ipv6("[::1]:0", &["--plain", "text"])]
#[case::smallest_limits(
    "127.0.0.1:0",
    &["--chunk", "1KiB", "--text", "1KiB", "--max-file", "0", "--plain", "off"],
)]
#[case::without_resume("127.0.0.1:0", &["--held-size", "0"])]
#[case::few_connections("127.0.0.1:0", &["--max-connections", "12", "--plain", "off"])]
fn a_right_server_in_another_process_conforms(#[case] listen: &str, #[case] more: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    let (_served, address) = Program::start(root.path(), listen, more);
    let output = conexion()
        .args(["conform", &address.to_string(), "--silence", "100ms", "--patience", "400ms"])
        .arg("--root")
        .arg(root.path())
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(report.contains(" passed, ") && report.contains(" 0 failed"), "{report}");
}

/// A server on another host, as far as the network can tell, by IPv4 and by IPv6.
#[test]
fn a_right_server_on_another_host_conforms() {
    let namespaces = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "sh", "-ec", script]);
        command
    };
    let possible = namespaces(
        "ip link add near type veth peer name far
         unshare --net true && nsenter --version",
    )
    .output();
    if !possible.as_ref().is_ok_and(|output| output.status.success()) {
        return not_tested(&format!(
            "there can be no other host in a network namespace here ({possible:?}); \
             the suite was tested on loopback only"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let output = namespaces(OTHER_HOST)
        .arg(assert_cmd::cargo::cargo_bin!("conexion"))
        .arg(folder.path())
        .output()
        .unwrap();
    let [report, errors] =
        [output.stdout, output.stderr].map(|all| String::from_utf8(all).unwrap());
    assert!(output.status.success(), "{report}\n{errors}");
    for target in ["192.0.2.2", "[2001:db8::2]:12346"] {
        assert!(report.contains(&format!("\n{target} conforms: ")), "{report}");
    }
}

/// Two servers in a network of their own, at the other end of a pair of cables.
const OTHER_HOST: &str = r#"
    program=$0 root=$1
    unshare --net sleep 600 & other=$!
    trap 'kill $other $servers' EXIT
    until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do
        sleep 0.05
    done
    ip link add near type veth peer name far netns $other
    ip address add 192.0.2.1/24 dev near
    ip address add 2001:db8::1/64 dev near nodad
    ip link set near up
    nsenter --target $other --net sh -ec '
        ip address add 192.0.2.2/24 dev far
        ip address add 2001:db8::2/64 dev far nodad
        ip link set far up'
    serve() {
        mkdir "$root/$1"
        nsenter --target $other --net "$program" serve --durability none --root "$root/$1"             --listen "$2" --plain "$3" >"$root/$1.listens" 2>"$root/$1.log" & servers="$servers $!"
        until [ -s "$root/$1.listens" ]; do sleep 0.05; done
    }
    serve 4 192.0.2.2:12345 all
    serve 6 '[2001:db8::2]:12346' off
    "$program" conform 192.0.2.2 --root "$root/4"
    "$program" conform '[2001:db8::2]:12346' --root "$root/6"
"#;
