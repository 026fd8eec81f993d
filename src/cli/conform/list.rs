//! `conexion conform list` and `explain`.

use std::io::{self, Write as _};

use conexion::conformance::report::terminal::explain;
use conexion::conformance::{Case, Conclusion, chapters, registry, requirement};
use conexion::wire::Role;

use super::{Problem, selected};

pub(super) fn list(selectors: &[String]) -> Result<u8, Problem> {
    let cases = selected(selectors)?;
    let mut out = io::stdout().lock();
    for chapter in chapters(Role::Server) {
        let within = |case: &&&Case| chapter.cases.iter().any(|own| own.id == case.id);
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

pub(super) fn explain_id(id: &str) -> Result<u8, Problem> {
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
    let citing = registry(Role::Server).into_iter().filter(|case| case.requirements.contains(&id));
    let citing: Vec<&str> = citing.map(|case| case.id).collect();
    if sentence.is_some() {
        let none = "none, in a server seen from outside";
        let cases = if citing.is_empty() { none.to_owned() } else { citing.join(", ") };
        writeln!(out, "\n  cases: {cases}")?;
    }
    Ok(Conclusion::Conforms.exit_code())
}
