//! `conexion conform list` and `explain`.

use std::io::{self, Write as _};

use conexion::conformance::report::terminal::explain;
use conexion::conformance::{
    Case, Conclusion, Standing, chapters, current_id, ledger, ledger_faults, ledger_text, registry,
    requirement,
};
use conexion::wire::Role;

use super::{Problem, selected};

pub(super) fn list(selectors: &[String]) -> Result<u8, Problem> {
    let cases = selected(selectors)?;
    let mut out = io::stdout().lock();
    for chapter in chapters(Role::Server) {
        let within = |case: &&&Case| chapter.cases.iter().any(|own| own.id == case.base_id());
        let mut cases = cases.iter().filter(within).peekable();
        if cases.peek().is_some() {
            writeln!(out, "{}", chapter.title)?;
        }
        for case in cases {
            writeln!(out, "  {:<38} {:<6} {}", case.id, case.level, case.title)?;
        }
    }
    writeln!(out, "{} cases", cases.len())?;
    Ok(Conclusion::Conforms.exit_code())
}

/// Prints the ledger; one with a fault in it is no success.
pub(super) fn print_ledger() -> Result<u8, Problem> {
    io::stdout().lock().write_all(ledger_text().as_bytes())?;
    let faults = ledger_faults();
    for fault in &faults {
        eprintln!("{fault}");
    }
    let conclusion = if faults.is_empty() { Conclusion::Conforms } else { Conclusion::Fails };
    Ok(conclusion.exit_code())
}

pub(super) fn explain_id(id: &str) -> Result<u8, Problem> {
    let id = current_id(id);
    let mut out = io::stdout().lock();
    let case = registry(Role::Server).into_iter().find(|case| case.id == id);
    let sentence = requirement(id);
    if let Some(case) = case {
        explain(case, &mut out)?;
    } else if let Some(sentence) = sentence {
        writeln!(out, "{} (chapter {})\n  {}", sentence.id, sentence.heading, sentence.sentence)?;
    } else {
        let hint = "see `conexion conform list` and the spec";
        return Err(Problem::Usage(format!("`{id}` is no case and no requirement; {hint}")));
    }
    if sentence.is_some() {
        let entry = ledger().into_iter().find(|entry| entry.requirement.id == id);
        let cases = match entry.and_then(|entry| entry.server) {
            Some(Standing::Observed(cases)) => cases.join(", "),
            Some(Standing::Unobserved(reason)) => format!("none: {reason}"),
            Some(Standing::Missing) | None => "none for servers".to_owned(),
        };
        writeln!(out, "\n  cases: {cases}")?;
    }
    Ok(Conclusion::Conforms.exit_code())
}
