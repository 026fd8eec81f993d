//! The report for people: a line per case under its chapter, what is behind every verdict
//! that is no pass, and a summary.

use std::io::{self, Write};

use crate::conformance::{
    Case, CaseResult, Evidence, Report, Requirement, Verdict, chapter, requirement,
};

/// What a report shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether to colour verdicts: only for a terminal whose user has not said `NO_COLOR`.
    pub colour: bool,
    /// Whether passes and what has no ground show their evidence and reasons too.
    pub verbose: bool,
}

/// A report that is written as results come.
#[derive(Debug)]
pub struct Terminal<W> {
    out: W,
    style: Style,
    /// What comes after the program's name in the command that runs a case again.
    target: Option<String>,
    chapter: Option<&'static str>,
}

impl<W: Write> Terminal<W> {
    /// Writes to `out`. `target` is the server as its user named it, or `None` for the
    /// embedded one.
    pub const fn new(out: W, style: Style, target: Option<String>) -> Self {
        Self { out, style, target, chapter: None }
    }

    /// The writer, for whoever writes another kind of report to the same place.
    pub const fn writer(&mut self) -> &mut W {
        &mut self.out
    }

    /// Writes one result.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn result(&mut self, result: &CaseResult) -> io::Result<()> {
        let CaseResult { case, verdict, .. } = result;
        let title = chapter(case).map_or("Other", |chapter| chapter.title);
        if self.chapter != Some(title) {
            let gap = if self.chapter.is_some() { "\n" } else { "" };
            writeln!(self.out, "{gap}{title}")?;
            self.chapter = Some(title);
        }
        writeln!(self.out, "  {} {:<38} {}", self.painted(*verdict), case.id, case.title)?;
        match verdict {
            Verdict::Pass if !self.style.verbose => Ok(()),
            Verdict::Info | Verdict::NotApplicable if !self.style.verbose => {
                writeln!(self.out, "      {}", result.seen)
            }
            _ => self.details(result),
        }
    }

    /// Writes the summary.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn summary(&mut self, report: &Report) -> io::Result<()> {
        let words = [
            (Verdict::Pass, "passed"),
            (Verdict::Weak, "weak"),
            (Verdict::Info, "informational"),
            (Verdict::Fail, "failed"),
            (Verdict::NotApplicable, "not applicable"),
            (Verdict::Inconclusive, "inconclusive"),
            (Verdict::HarnessError, "harness errors"),
            (Verdict::KnownFail, "known to fail"),
            (Verdict::UnexpectedPass, "unexpectedly passed"),
        ];
        let counted = words.map(|(verdict, word)| (report.count(verdict), verdict, word));
        let shown = counted.iter().filter(|(count, verdict, _)| {
            *count > 0 || matches!(verdict, Verdict::Pass | Verdict::Fail)
        });
        let parts: Vec<String> = shown.map(|(count, _, word)| format!("{count} {word}")).collect();
        let seconds = report.elapsed.as_secs_f64();
        let (all, target) = (report.results.len(), report.target);
        let parts = parts.join(", ");
        writeln!(self.out, "\n{all} cases against {target} in {seconds:.2} s: {parts}")?;
        report.problems.iter().try_for_each(|problem| writeln!(self.out, "{problem}"))
    }

    fn details(&mut self, result: &CaseResult) -> io::Result<()> {
        for sentence in sentences(result.case) {
            writeln!(self.out, "      {}: {}", sentence.id, sentence.sentence)?;
        }
        if !result.expected.is_empty() {
            writeln!(self.out, "      expected: {}", result.expected)?;
        }
        if !result.seen.is_empty() {
            writeln!(self.out, "      seen:     {}", result.seen)?;
        }
        for transcript in &result.evidence {
            writeln!(self.out, "      on the wire ({}):", transcript.label)?;
            for line in Evidence(transcript).to_string().lines() {
                writeln!(self.out, "        {line}")?;
            }
        }
        let target = self.target.as_ref().map_or_else(String::new, |target| format!(" {target}"));
        writeln!(self.out, "      again: conexion conform{target} --case {}", result.case.id)
    }

    fn painted(&self, verdict: Verdict) -> String {
        let colour = match verdict {
            Verdict::Pass => 32,
            Verdict::Weak | Verdict::Inconclusive => 33,
            Verdict::Info | Verdict::NotApplicable | Verdict::KnownFail => 36,
            Verdict::Fail | Verdict::HarnessError | Verdict::UnexpectedPass => 31,
        };
        if self.style.colour {
            format!("\x1B[{colour}m{verdict:<13}\x1B[0m")
        } else {
            format!("{verdict:<13}")
        }
    }
}

/// Writes what a case is about: its sentences, and how its server comes to pass.
///
/// # Errors
///
/// Those of the writer.
pub fn explain(case: &Case, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{} ({})\n  {}", case.id, case.level, case.title)?;
    if case.twin.is_some() {
        let rule = "A pass counts only if the same without the fault succeeds, and if the\n  \
                    server still answers a new connection afterwards.";
        writeln!(out, "  {rule}")?;
    }
    sentences(case).try_for_each(|sentence| {
        writeln!(out, "\n  {} (chapter {})", sentence.id, sentence.heading)?;
        writeln!(out, "    {}", sentence.sentence)
    })
}

fn sentences(case: &Case) -> impl Iterator<Item = &'static Requirement> {
    case.requirements.iter().filter_map(|id| requirement(id))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::registry;
    use crate::wire::Role;

    fn failure() -> CaseResult {
        CaseResult {
            case: registry(Role::Server)
                .into_iter()
                .find(|case| case.id == "state.idle.data")
                .expect("a case"),
            verdict: Verdict::Fail,
            expected: "ERROR 104".into(),
            seen: "end of stream".into(),
            evidence: Vec::new(),
            proof: None,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn a_failure_says_the_sentence_what_was_seen_and_how_to_run_it_again() {
        let mut terminal = Terminal::new(Vec::new(), Style::default(), Some("[::1]:9".into()));
        terminal.result(&failure()).expect("memory takes all");
        let text = String::from_utf8(terminal.out).expect("UTF-8");
        for part in [
            "5.1 States\n  FAIL ",
            "state.idle.data: In `idle`, on DATA: X104, closed.",
            "expected: ERROR 104\n",
            "seen:     end of stream\n",
            "again: conexion conform [::1]:9 --case state.idle.data\n",
        ] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
        assert!(!text.contains('\x1B'));
    }

    #[test]
    fn a_summary_counts_every_verdict_that_there_was() {
        let report = Report {
            target: "127.0.0.1:9".parse().expect("an address"),
            results: vec![failure()],
            elapsed: Duration::from_millis(1500),
            problems: Vec::new(),
        };
        let mut terminal = Terminal::new(Vec::new(), Style::default(), None);
        terminal.summary(&report).expect("memory takes all");
        let text = String::from_utf8(terminal.out).expect("UTF-8");
        assert_eq!(text, "\n1 cases against 127.0.0.1:9 in 1.50 s: 0 passed, 1 failed\n");
    }
}
