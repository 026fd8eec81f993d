//! `conexion conform explain`: what a case or a requirement says, what is accepted, what it
//! sends, and why servers fail it.

use std::io::{self, Write};

use conexion::conformance::record::CaseRecord;
use conexion::conformance::report::terminal::explain;
use conexion::conformance::{
    Case, Conclusion, Evidence, Level, Question, Settings, Standing, current_id, ledger, registry,
    requirement, run, select, usual_causes as usual_causes_of,
};
use conexion::wire::Role;

use super::{Problem, Started};

pub(super) fn explain_id<Guard>(
    id: &str,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
) -> Result<u8, Problem> {
    let id = current_id(id);
    let mut out = io::stdout().lock();
    let all = [Role::Server, Role::Client].into_iter().flat_map(registry);
    // One in a segmentation of its own, and a generated one, are in no list.
    let selected = select(Role::Server, &[id]).unwrap_or_default();
    let case = all.chain(selected).find(|case| case.id == id);
    let sentence = requirement(id);
    if let Some(case) = case {
        explain(case, &mut out)?;
        accepted(case, &mut out)?;
        usual_causes(case, &mut out)?;
        if matches!(case.question, Question::Server { .. }) {
            on_the_wire(case, embedded, &mut out)?;
        }
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

fn accepted(case: &Case, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n  Accepted:")?;
    let other = match case.level {
        Level::Must => "anything else is a FAIL",
        Level::Should => "anything else that the spec allows is WEAK, and the rest a FAIL",
        Level::May => "both ways are right, and told as INFO; what no way allows is a FAIL",
    };
    writeln!(out, "    what the title says is a PASS; {other}.")?;
    let rest = "A server whose limits or choices leave no ground is N/A, with the reason.";
    writeln!(out, "    {rest}")
}

fn usual_causes(case: &Case, out: &mut impl Write) -> io::Result<()> {
    let mut causes = usual_causes_of(case).peekable();
    if causes.peek().is_some() {
        writeln!(out, "\n  Usual causes of a failure:")?;
    }
    causes.try_for_each(|cause| writeln!(out, "    - {cause}"))
}

/// Puts the case to the reference server, and shows what is sent and what that answers.
fn on_the_wire<Guard>(
    case: &'static Case,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
    out: &mut impl Write,
) -> Result<(), Problem> {
    let started = embedded().map_err(Problem::NotJudged)?;
    let settings = Settings {
        root: Some(started.root),
        profile: started.profile,
        jobs: 1,
        ..Settings::default()
    };
    let report = run(started.address, &[case], &settings, |_| {});
    let report = report.map_err(|error| Problem::NotJudged(error.to_string()))?;
    drop(started.guard);
    for result in &report.results {
        let record = CaseRecord::from(result);
        let verdict = record.verdict;
        writeln!(out, "\n  On the wire, with the reference server ({verdict}):")?;
        if !record.seen.is_empty() {
            writeln!(out, "    {}", record.seen)?;
        }
        for conversation in &record.evidence {
            writeln!(out, "    {}:", conversation.label)?;
            for line in Evidence(conversation).to_string().lines() {
                writeln!(out, "      {line}")?;
            }
        }
    }
    Ok(())
}
