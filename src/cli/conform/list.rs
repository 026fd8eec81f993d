//! `conexion conform list`.

use std::io::{self, Write as _};

use conexion::conformance::{
    Case, Conclusion, chapter, chapters, ledger_faults, ledger_text, pairs_covered, registry,
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
    let in_no_list = |case: &&&Case| chapter(case).is_some_and(|own| own.cases.is_empty());
    let mut generated = cases.iter().filter(in_no_list).peekable();
    if let Some(chapter) = generated.peek().and_then(|case| chapter(case)) {
        let pairs = pairs_covered();
        writeln!(out, "{}", chapter.title)?;
        for case in generated {
            writeln!(out, "  {:<38} {:<6} {}", case.id, case.level, case.title)?;
        }
        writeln!(out, "All {pairs} pairs of parameters meet in the cases `generated.pairs`.")?;
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
