//! The report for people: a line per case under its chapter, what is behind every verdict
//! that is no pass, and a summary.

use std::io::{self, Write};

use super::details::details;
use super::{counts, foremost, is_trouble, meaning, problems, visible};
use crate::conformance::record::{CaseRecord, Recorded, RunRecord};
use crate::conformance::{Case, Requirement, Verdict, requirement};

/// Most ids of cases without a result that a summary names.
const NAMED: usize = 20;

/// What a report shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether to colour verdicts: only for a terminal whose user has not said `NO_COLOR`.
    pub colour: bool,
    /// Whether passes and what has no ground show their evidence and reasons too.
    pub verbose: bool,
    /// How wide the terminal is, in characters; sentences of the spec are broken there.
    pub width: Option<usize>,
}

/// A report that is written as results come.
#[derive(Debug)]
pub struct Terminal<W> {
    out: W,
    style: Style,
    chapter: Option<String>,
}

impl<W: Write> Terminal<W> {
    /// Writes to `out`.
    pub const fn new(out: W, style: Style) -> Self {
        Self { out, style, chapter: None }
    }

    /// The writer, for whoever writes another kind of report to the same place.
    pub const fn writer(&mut self) -> &mut W {
        &mut self.out
    }

    /// Writes a whole run.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn whole(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.chapter = None;
        recorded.cases.iter().try_for_each(|case| self.case(&recorded.run, case))?;
        self.summary(recorded)
    }

    /// Writes one result.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn case(&mut self, run: &RunRecord, case: &CaseRecord) -> io::Result<()> {
        if self.chapter.as_ref() != Some(&case.chapter) {
            let gap = if self.chapter.is_some() { "\n" } else { "" };
            writeln!(self.out, "{gap}{}", visible(&case.chapter))?;
            self.chapter = Some(case.chapter.clone());
        }
        let (id, title) = (visible(&case.case), visible(&case.title));
        writeln!(self.out, "  {} {id:<38} {title}", self.painted(case.verdict))?;
        match case.verdict {
            Verdict::Pass if !self.style.verbose => Ok(()),
            Verdict::Inconclusive if case.evidence.is_empty() => {
                writeln!(self.out, "      {}", visible(&case.seen))
            }
            Verdict::Info | Verdict::NotApplicable if !self.style.verbose => {
                writeln!(self.out, "      {}", visible(&case.seen))
            }
            _ => self.details(run, case),
        }
    }

    /// Writes the summary: how many cases had which verdict, those that somebody has to do
    /// something about, what is wrong with the run itself, and what all of it means.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn summary(&mut self, recorded: &Recorded) -> io::Result<()> {
        let (all, counts) = (recorded.cases.len(), counts(recorded));
        let (cases, target) = (if all == 1 { "case" } else { "cases" }, &recorded.run.target);
        let target = visible(target);
        let time = recorded.end.as_ref().map(|end| end.elapsed_ms);
        let time = time
            .map_or_else(String::new, |ms| format!(" in {}.{:02} s", ms / 1000, ms % 1000 / 10));
        writeln!(self.out)?;
        writeln!(self.out, "{all} {cases} against {target}{time}: {counts}")?;
        for case in recorded.cases.iter().filter(|case| is_trouble(case.verdict)) {
            let (id, sentence) = (visible(&case.case), visible(foremost(case)));
            let verdict = self.painted(case.verdict);
            writeln!(self.out, "  {verdict} {id:<38} by {sentence}")?;
        }
        for problem in problems(recorded) {
            writeln!(self.out, "{}", visible(&problem))?;
        }
        let missing: Vec<&str> = recorded.not_judged().collect();
        for id in missing.iter().take(NAMED) {
            writeln!(self.out, "  no result     {}", visible(id))?;
        }
        if missing.len() > NAMED {
            writeln!(self.out, "  … and {} more", missing.len() - NAMED)?;
        }
        let conclusion = recorded.conclusion();
        let code = conclusion.exit_code();
        writeln!(self.out, "{target} {} (exit code {code})", meaning(conclusion))
    }

    fn details(&mut self, run: &RunRecord, case: &CaseRecord) -> io::Result<()> {
        let width = self.style.width.map(|width| width.saturating_sub(8).max(40));
        details(run, case, width).iter().try_for_each(|line| writeln!(self.out, "      {line}"))
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
    if case.has_twin() {
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
    use super::*;
    use crate::conformance::record::{EndRecord, Sentence, Tested};
    use crate::conformance::{Level, Settings};
    use crate::wire::Role;

    fn failure() -> CaseRecord {
        let sentence = Sentence {
            id: "state.idle.data".into(),
            heading: "5.1 The server's states".into(),
            sentence: "In `idle`, on DATA: X104, closed.".into(),
        };
        CaseRecord {
            case: "state.idle.data".into(),
            chapter: "5.1 States".into(),
            title: "DATA without an upload is refused".into(),
            level: Level::Must,
            requirements: vec![sentence],
            verdict: Verdict::Fail,
            expected: "ERROR 104".into(),
            seen: "end of stream".into(),
            stored: None,
            elapsed_us: 1,
            evidence: Vec::new(),
        }
    }

    fn run(cases: &[&str]) -> RunRecord {
        let (target, command) = ("[::1]:9".to_owned(), "conexion conform [::1]:9".to_owned());
        let run = RunRecord::new(Role::Server, target, command, &Settings::default(), &[]);
        assert_eq!(run.tested, Tested::Server);
        RunRecord { cases: cases.iter().map(|&id| id.to_owned()).collect(), ..run }
    }

    fn text(write: impl FnOnce(&mut Terminal<Vec<u8>>) -> io::Result<()>) -> String {
        let mut terminal = Terminal::new(Vec::new(), Style::default());
        write(&mut terminal).expect("memory takes all");
        String::from_utf8(terminal.out).expect("UTF-8")
    }

    #[test]
    fn a_failure_says_the_sentence_what_was_seen_and_how_to_run_it_again() {
        let text = text(|terminal| terminal.case(&run(&[]), &failure()));
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
    fn a_summary_counts_every_verdict_names_the_failures_and_says_what_they_mean() {
        let time = std::time::Duration::from_millis(1500);
        let end = EndRecord::new(&[Verdict::Fail], Vec::new(), time);
        let recorded =
            Recorded { run: run(&["state.idle.data"]), cases: vec![failure()], end: Some(end) };
        let expected = "
1 case against [::1]:9 in 1.50 s: 0 passed, 1 failed
  FAIL          state.idle.data                        by state.idle.data
[::1]:9 fails: a case failed, or what is declared of it is not so (exit code 1)
";
        assert_eq!(text(|terminal| terminal.summary(&recorded)), expected);
    }

    #[test]
    fn a_run_that_was_cut_off_names_the_cases_without_a_result() {
        let all: Vec<String> = (0..NAMED + 2).map(|number| format!("case.{number}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut recorded = Recorded::new(run(&all));
        recorded.cases.push(CaseRecord {
            case: "case.0".into(),
            verdict: Verdict::Pass,
            ..failure()
        });
        let text = text(|terminal| terminal.whole(&recorded));
        for part in [
            "[::1]:9: 1 passed, 0 failed, 21 without a result\n",
            "the run was cut off: 21 of 22 cases have no result\n",
            "  no result     case.1\n",
            "  … and 1 more\n",
            "not each could be judged (exit code 3)\n",
        ] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }
}
