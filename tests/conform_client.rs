//! The conformance suite against clients: this program's own, started in each of the ways, and
//! some that are no client of the protocol, none of which may pass for a reason that is not
//! its own merit.

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use conexion::conformance::hearing::{Abilities, Driver, InProcess, Job, Listen, hear};
use conexion::conformance::{Case, Conclusion, Report, Settings, Verdict, registry};
use conexion::wire::Role;
use predicates::str::contains;
use rstest::rstest;

const PROGRAM: &str = env!("CARGO_BIN_EXE_conexion");

const ALL: Abilities = Abilities { text: true, upload: true, both: true, session: true };

fn conform() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(PROGRAM);
    command.args(["conform", "--client"]);
    command
}

/// The results in a stream whose verdict is one of these, or none of them.
fn having(stream: &[u8], verdicts: &[&str], is_one: bool) -> Vec<serde_json::Value> {
    let lines = String::from_utf8_lossy(stream).into_owned();
    let records = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let results = records.filter(|record: &serde_json::Value| {
        record["verdict"].as_str().is_some_and(|verdict| verdicts.contains(&verdict) == is_one)
    });
    results.collect()
}

/// The verdicts that are neither a pass nor without ground, in the lines of a stream.
fn wrong(stream: &[u8]) -> Vec<String> {
    having(stream, &["PASS", "N/A", "INFO"], false)
        .into_iter()
        .map(|record| format!("{}: {} | {}", record["case"], record["expected"], record["seen"]))
        .collect()
}

#[rstest]
#[case::all_commands(&[])]
#[case::by_lines(&["--", PROGRAM, "chat", "-q", "{host}:{port}"])]
#[case::uploads(&["--", PROGRAM, "send", "-q", "{address}", "{source}", "--to", "{destination}"])]
fn the_own_client_fails_nothing(#[case] arguments: &[&str]) {
    let output = conform().args(["--json", "--timeout", "20s"]).args(arguments).output().unwrap();
    let wrong = wrong(&output.stdout);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// So that none counts as a test of the client that never judges it.
#[test]
fn each_case_is_passed_by_the_own_client() {
    // What a usual run has no time for.
    let (text, send) = (
        format!("{PROGRAM} text -q --timeout 1s {{address}} {{text}}"),
        ["send", "-q", "--timeout", "1s", "--retries", "0", "{address}", "{source}", "--to"],
    );
    let patient = ["--patience", "15s", "--case", "client.timer", "--case", "client.plain"];
    let mut passed = BTreeSet::new();
    for arguments in [
        Vec::new(),
        [&patient[..], &["--command", &text, "--", PROGRAM], &send, &["{destination}"]].concat(),
    ] {
        let output =
            conform().args(["--json", "--timeout", "60s"]).args(arguments).output().unwrap();
        for result in having(&output.stdout, &["PASS", "INFO"], true) {
            passed.insert(result["case"].as_str().expect("a case").to_owned());
        }
    }
    let all = registry(Role::Client).into_iter().map(|case| case.id);
    let by_none: Vec<_> = all.filter(|id| !passed.contains(*id)).collect();
    assert_eq!(by_none, [""; 0]);
}

#[test]
fn a_client_that_does_both_is_asked_for_both() {
    let script = format!(
        "{PROGRAM} text -q {{address}} '{{text}}' && \
         {PROGRAM} send -q {{address}} '{{source}}' --to '{{destination}}'"
    );
    let output = conform()
        .args(["--json", "--timeout", "20s", "--case", "client.preface", "--case", "client.upload"])
        .args(["--", "sh", "-c", &script])
        .output()
        .unwrap();
    let wrong = wrong(&output.stdout);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_same_octets_in_each_segmentation_lead_to_the_same() {
    conform()
        .args(["--timeout", "20s", "--segmentation", "all"])
        .args(["--case", "client.frame", "--case", "client.table"])
        .assert()
        .success();
}

/// A run that waits for clients that its author starts.
struct ByAuthor {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    address: String,
}

impl ByAuthor {
    fn start(case: &str) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["conform", "--client", "--listen", "127.0.0.1:0", "--case", case])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.split([' ', ';']).nth(2).expect("an address").to_owned();
        Self { child, stderr, address }
    }

    /// What the plan says up to the next job, its line included.
    fn plan(&mut self) -> String {
        let mut plan = String::new();
        let is_job =
            |line: &str| ["send the text", "upload "].iter().any(|job| line.starts_with(job));
        while !plan.lines().any(|line| is_job(line.trim_start())) {
            assert!(self.stderr.read_line(&mut plan).unwrap() > 0, "{plan}");
        }
        plan
    }

    fn end(mut self) -> (Option<i32>, String) {
        let mut report = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
        (self.child.wait().unwrap().code(), report)
    }
}

#[test]
fn a_client_that_its_author_starts_is_told_what_to_do() {
    let mut run = ByAuthor::start("client.preface.first");
    let plan = run.plan();
    assert!(plan.contains("client.preface.first"), "{plan}");
    assert!(plan.contains("send the text \"hola\""), "{plan}");
    let client = Command::new(PROGRAM).args(["text", "-q", &run.address, "hola"]).status();
    assert!(client.unwrap().success());
    // The same requirement has a case about an upload.
    let plan = run.plan();
    let line = plan.lines().find_map(|line| line.trim().strip_prefix("upload "));
    let (source, destination) = line.and_then(|line| line.split_once(" to ")).expect("an upload");
    let mut client = Command::new(PROGRAM);
    client.args(["send", "-q", &run.address, source, "--to", destination]);
    assert!(client.status().unwrap().success());
    let (code, report) = run.end();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_wrong_client_that_its_author_starts_is_failed() {
    let mut run = ByAuthor::start("client.preface.waits-for-its-end");
    run.plan();
    let mut stream = TcpStream::connect(&run.address).unwrap();
    stream.write_all(b"CONEXION/1 CLIENT\nT\0\0\0\x04hola").unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let (code, report) = run.end();
    assert_eq!(code, Some(1), "{report}");
    assert!(report.contains("preface.client-waits"), "{report}");
}

#[test]
fn a_client_that_cannot_be_started_or_does_not_come_is_not_judged() {
    conform().args(["--", "/no/such/client", "{text}"]).assert().code(3).stdout(contains("client"));
    conform().args(["--", "true", "{text}"]).assert().code(3).stdout(contains("no connection"));
}

#[test]
fn a_command_that_cannot_be_used_is_wrong_usage() {
    conform().args(["--", "client", "{source}"]).assert().code(2).stderr(contains("{destination}"));
    conform().args(["--command", "a 'b"]).assert().code(2).stderr(contains("quotation mark"));
    conform()
        .args(["--command", "a {text}", "--command", "b {text}"])
        .assert()
        .code(2)
        .stderr(contains("already"));
    conform().args(["--case", "no.such"]).assert().code(2);
    conform().arg("localhost").assert().code(2);
}

fn judge(client: &impl Driver, cases: &[&'static Case]) -> Report {
    let listen = Listen::bind("127.0.0.1:0".parse().unwrap(), 64).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let silence = Duration::from_millis(40);
    let settings = Settings {
        timeout: Duration::from_millis(400),
        silence,
        patience: silence,
        ..Settings::default()
    };
    hear(&listen, client, cases, &settings, folder.path(), |_| {})
}

/// Says whether all was done.
type Client = fn(TcpStream) -> bool;

const LINE: &[u8] = b"CONEXION/1 CLIENT\n";

/// Closes before it has sent anything, and says that all is done.
fn closes_at_once(_: TcpStream) -> bool {
    true
}

/// Connects, and waits for ever.
fn silent(mut stream: TcpStream) -> bool {
    let _ = stream.read_to_end(&mut Vec::new());
    true
}

/// Sends back what comes.
fn echoes_all(mut stream: TcpStream) -> bool {
    let mut from = stream.try_clone().expect("a descriptor");
    let _ = std::io::copy(&mut from, &mut stream);
    true
}

/// Its line, a request of every kind and BYE at once, whatever the server says.
fn accepts_all(mut stream: TcpStream) -> bool {
    let _ = stream.write_all(&[LINE, b"T\0\0\0\x04holaB\0\0\0\0"].concat());
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
    true
}

/// Its line, and then it gives everything up, as if the server were wrong.
fn rejects_all(mut stream: TcpStream) -> bool {
    let _ = stream.write_all(LINE);
    let _ = stream.read(&mut [0; 64]);
    false
}

/// Octets of no meaning.
fn babbles(mut stream: TcpStream) -> bool {
    let _ = stream.write_all(&[0xA5; 4096]);
    let _ = stream.read_to_end(&mut Vec::new());
    true
}

#[rstest]
#[case::closes_at_once(closes_at_once)]
#[case::silent(silent)]
#[case::echoes_all(echoes_all)]
#[case::accepts_all(accepts_all)]
#[case::rejects_all(rejects_all)]
#[case::babbles(babbles)]
fn a_degenerate_client_passes_no_case_that_has_a_twin(#[case] client: Client) {
    let client = InProcess::new(ALL, move |_: &Job, server: SocketAddr| {
        let stream = TcpStream::connect(server).map_err(|error| error.to_string())?;
        if client(stream) { Ok(()) } else { Err("not all was done".to_owned()) }
    });
    let cases: Vec<_> = registry(Role::Client).into_iter().filter(|case| case.has_twin()).collect();
    let report = judge(&client, &cases);
    let passed = report.results.iter().filter(|result| result.verdict == Verdict::Pass);
    let passed: Vec<_> = passed.map(|result| result.case.id).collect();
    assert!(passed.is_empty(), "{passed:?}");
    assert_ne!(report.conclusion(), Conclusion::Conforms);
}
