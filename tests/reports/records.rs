//! Records as a run writes them.

use std::time::Duration;

use conexion::conformance::record::{
    CaseRecord, Conversation, EndRecord, Happened, Line, Party, Recorded, RunRecord, SCHEMA,
    Sentence, Tested, What,
};
use conexion::conformance::report::terminal::{Style, Terminal};
use conexion::conformance::report::{badge, github, html, junit, markdown};
use conexion::conformance::{Level, Proof, Verdict};

/// Writes a report.
type Write = fn(&[Recorded]) -> String;

/// Every form of report that is written from whole runs.
pub(crate) const FORMATS: [(&str, Write); 9] = [
    ("terminal", |runs| terminal(runs, false)),
    ("terminal, verbose", |runs| terminal(runs, true)),
    ("html", |runs| html::html(runs, false)),
    ("html, all", |runs| html::html(runs, true)),
    ("junit", junit::junit),
    ("markdown", markdown::markdown),
    ("github", github::annotations),
    ("badge", badge::svg),
    ("endpoint", badge::endpoint),
];

pub(crate) fn terminal(runs: &[Recorded], verbose: bool) -> String {
    let mut out = Vec::new();
    let mut terminal = Terminal::new(&mut out, Style { verbose, ..Style::default() });
    for recorded in runs {
        terminal.whole(recorded).expect("memory takes all");
    }
    String::from_utf8(out).expect("UTF-8")
}

pub(crate) fn run(target: &str, cases: &[CaseRecord]) -> RunRecord {
    RunRecord {
        schema: SCHEMA,
        suite: "conexion 0.1.0".to_owned(),
        tested: Tested::Server,
        target: target.to_owned(),
        started_ms: 1_700_000_000_000,
        command: format!("conexion conform {target}"),
        timeout_ms: 5000,
        silence_ms: 300,
        cases: cases.iter().map(|case| case.case.clone()).collect(),
    }
}

/// A whole run.
pub(crate) fn recorded(target: &str, cases: Vec<CaseRecord>) -> Recorded {
    let verdicts: Vec<Verdict> = cases.iter().map(|case| case.verdict).collect();
    let end = EndRecord::new(&verdicts, Vec::new(), Duration::from_millis(1234));
    Recorded { run: run(target, &cases), cases, end: Some(end) }
}

pub(crate) fn case(id: &str, verdict: Verdict) -> CaseRecord {
    let sentence = Sentence {
        id: format!("sentence.{id}"),
        heading: "4 Frames".to_owned(),
        sentence: format!("A peer MUST do {id}."),
    };
    CaseRecord {
        case: id.to_owned(),
        chapter: "4 Frames".to_owned(),
        title: format!("It does {id}"),
        level: Level::Must,
        requirements: vec![sentence],
        verdict,
        expected: "ERROR 101".to_owned(),
        seen: "end of stream".to_owned(),
        stored: Some(Proof::ReadBack),
        elapsed_us: 4321,
        evidence: vec![conversation("case", b"T\0\0\0\x04hola")],
    }
}

/// A case of each verdict.
pub(crate) fn all_verdicts() -> Vec<CaseRecord> {
    let id = |verdict: Verdict| format!("is.{}", verdict.word().to_lowercase().replace('/', ""));
    Verdict::ALL.map(|verdict| case(&id(verdict), verdict)).to_vec()
}

/// The line, octets of the suite and the end of the target's.
pub(crate) fn conversation(label: &str, octets: &[u8]) -> Conversation {
    let event = |at_us, by, what| Happened { at_us, by, what };
    let hex = |octets: &[u8]| {
        let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        What::Octets { hex: pairs.concat(), length: octets.len() as u64 }
    };
    Conversation {
        label: label.to_owned(),
        events: vec![
            event(10, Party::Suite, hex(b"CONEXION/1 CLIENT\n")),
            event(1200, Party::Target, hex(b"CONEXION/1 SERVER\n")),
            event(1300, Party::Suite, hex(octets)),
            event(2_000_000, Party::Target, What::EndOfStream),
        ],
    }
}

pub(crate) fn text(recorded: &Recorded) -> String {
    recorded.lines().map(|line: Line| line.json()).collect()
}
