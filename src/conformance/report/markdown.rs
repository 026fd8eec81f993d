//! A summary in Markdown, such as the page of a workflow shows.
//!
//! It stays below the mebibyte that GitHub takes for a step, however much failed.

use std::fmt::Write as _;

use super::details::details;
use super::{
    began, counts, elapsed_ms, foremost, is_trouble, meaning, problems, seconds, shortened, visible,
};
use crate::conformance::record::{CaseRecord, Recorded, Tested};
use crate::conformance::{Conclusion, Verdict};

/// Most cases that the table of a run names, most of which the octets are shown, most
/// characters of a cell, and most octets of the text behind a case.
const NAMED: usize = 200;
const OPENED: usize = 20;
const CELL: usize = 160;
const TEXT: usize = 12_000;

/// Most runs that are told in full.
const RUNS: usize = 3;

/// The summary of some runs.
#[must_use]
pub fn markdown(runs: &[Recorded]) -> String {
    let mut text = String::from("# Conformance\n");
    for (number, recorded) in runs.iter().enumerate() {
        heading(&mut text, recorded);
        if number < RUNS {
            troubles(&mut text, recorded);
        }
    }
    text
}

// Writing to a String cannot fail: that is why results are dropped below.

fn heading(text: &mut String, recorded: &Recorded) {
    let run = &recorded.run;
    let conclusion = recorded.conclusion();
    let word = match conclusion {
        Conclusion::Conforms => "conforms",
        Conclusion::Fails => "fails",
        Conclusion::NothingRun => "nothing was run",
        Conclusion::NotJudged => "not judged",
    };
    let tested = match run.tested {
        Tested::Server => "server",
        Tested::Client => "client",
    };
    let _ = write!(
        text,
        "\n## {tested} {target}: {word}\n\n\
         It {meaning} (exit code {code}).\n\n\
         {all} cases in {time} s: {counts}.\n\n\
         {suite}, begun {began} UTC, by {command}\n",
        target = code(&run.target, CELL),
        meaning = meaning(conclusion),
        code = conclusion.exit_code(),
        all = recorded.cases.len(),
        time = seconds(elapsed_ms(recorded)),
        counts = counts(recorded),
        suite = code(&run.suite, CELL),
        began = began(run).replace('T', " "),
        command = code(&run.command, 4 * CELL),
    );
    let problems = problems(recorded);
    if !problems.is_empty() {
        text.push('\n');
    }
    for problem in problems.iter().take(NAMED) {
        let _ = writeln!(text, "- {}", code(problem, 4 * CELL));
    }
}

fn troubles(text: &mut String, recorded: &Recorded) {
    let known = |case: &&CaseRecord| is_trouble(case.verdict) || case.verdict == Verdict::KnownFail;
    let cases: Vec<&CaseRecord> = recorded.cases.iter().filter(known).collect();
    if cases.is_empty() {
        return;
    }
    text.push_str("\n| verdict | case | sentence | expected | seen |\n");
    text.push_str("| --- | --- | --- | --- | --- |\n");
    for case in cases.iter().take(NAMED) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            case.verdict,
            cell(&case.case),
            cell(foremost(case)),
            cell(&case.expected),
            cell(&case.seen),
        );
    }
    if cases.len() > NAMED {
        let _ = writeln!(text, "\n… and {} more.", cases.len() - NAMED);
    }
    for case in cases.iter().take(OPENED) {
        let mut lines = details(&recorded.run, case, None);
        cut(&mut lines);
        let lines = lines.join("\n");
        let fence = "`".repeat(2.max(longest_run(&lines)) + 1);
        let (verdict, id) = (case.verdict, html(&visible(&case.case)));
        let _ = write!(
            text,
            "\n<details><summary>{verdict} <code>{id}</code></summary>\n\n\
             {fence}text\n{lines}\n{fence}\n\n</details>\n"
        );
    }
}

/// Leaves lines in the middle out if there is too much; the last says how to run the case
/// again.
fn cut(lines: &mut Vec<String>) {
    let Some(last) = lines.pop() else { return };
    let mut room = TEXT;
    let fits = lines.iter().take_while(|line| {
        let left = room.checked_sub(line.len() + 1);
        room = left.unwrap_or(0);
        left.is_some()
    });
    let fits = fits.count();
    if fits < lines.len() {
        let left_out = lines.len() - fits;
        lines.truncate(fits);
        lines.push(format!("… {left_out} lines more, not shown"));
    }
    lines.push(shortened(&last, TEXT).into_owned());
}

/// A text of anybody in a table, where a bar ends even code.
fn cell(text: &str) -> String {
    code(text, CELL).replace('|', "\\|")
}

/// A text of anybody as code, which nothing inside of it can end.
fn code(text: &str, most: usize) -> String {
    let text = visible(text);
    let text = shortened(text.trim(), most);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// How many backticks stand together at most.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
