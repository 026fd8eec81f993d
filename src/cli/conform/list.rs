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
    let cases = on_either_side(selectors)?;
    let mut out = io::stdout().lock();
    for chapter in [Role::Server, Role::Client].into_iter().flat_map(chapters) {
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

/// The cases that these selectors name, for servers and then for clients. Each selector
/// names one on some side.
fn on_either_side(selectors: &[String]) -> Result<Vec<&'static Case>, Problem> {
    let sides = [Role::Server, Role::Client];
    if selectors.is_empty() {
        return Ok(sides.into_iter().flat_map(registry).collect());
    }
    let mut all = Vec::new();
    for selector in selectors {
        let one = std::slice::from_ref(selector);
        let found = sides.map(|side| selected(side, one));
        if let [Err(problem), Err(_)] = found {
            return Err(problem);
        }
        all.extend(found.into_iter().flatten().flatten());
    }
    Ok(all)
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
    let mut all = [Role::Server, Role::Client].into_iter().flat_map(registry);
    let case = all.find(|case| case.id == id);
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
        let entry = entry.map(|entry| [("servers", entry.server), ("clients", entry.client)]);
        writeln!(out)?;
        for (side, standing) in entry.into_iter().flatten() {
            let cases = match standing {
                Some(Standing::Observed(cases)) => cases.join(", "),
                Some(Standing::Unobserved(reason)) => format!("none: {reason}"),
                Some(Standing::Missing) => "none".to_owned(),
                None => continue,
            };
            writeln!(out, "  cases for {side}: {cases}")?;
        }
    }
    Ok(Conclusion::Conforms.exit_code())
}
