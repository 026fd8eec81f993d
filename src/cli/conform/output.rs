//! Where the results of a run go: as they come, to the terminal or the stream on standard
//! output, and to the stream in a file; and in the end, to the other reports.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal as _, StdoutLock, Write as _};
use std::path::{Path, PathBuf};

use conexion::conformance::record::{CaseRecord, EndRecord, Line, Recorded, RunRecord};
use conexion::conformance::report::github;
use conexion::conformance::report::terminal::{Style, Terminal};

use super::Problem;
use super::formats::Formats;

/// What a run is to show and to keep.
#[derive(Debug, clap::Args)]
pub(super) struct Shown {
    /// Write the stream of results instead of the report: a JSON object per case, in a line
    /// each
    #[arg(long)]
    json: bool,

    /// Write the stream of results to this file too, as the run goes: if it is cut off, what
    /// was judged is there, for `conexion conform report`
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,

    /// Show sentences and octets for every case, not only for those that did not pass
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    formats: Formats,
}

/// Takes the results of one run. The first failure to write is kept for the end, because a
/// run is not stopped in its middle.
pub(super) struct Output<'a> {
    shown: &'a Shown,
    /// Whether the report for people is written.
    talks: bool,
    terminal: Terminal<StdoutLock<'static>>,
    /// What follows the report for people, if anything has to.
    after: String,
    written: io::Result<()>,
    results: Option<Results>,
    recorded: Recorded,
}

/// The stream in a file.
struct Results {
    path: PathBuf,
    file: File,
    written: io::Result<()>,
}

impl<'a> Output<'a> {
    /// Begins with what is to be run.
    pub(super) fn begin(shown: &'a Shown, run: RunRecord) -> Result<Self, Problem> {
        shown.formats.check(shown.json)?;
        let results = shown.results.as_deref().map(Results::create).transpose()?;
        let talks = !shown.json && !shown.formats.take_output();
        let fence = (talks && shown.formats.annotate()).then(github::fence);
        let (before, after) = fence.unwrap_or_default();
        let mut terminal = terminal(shown.verbose);
        let written = terminal.writer().write_all(before.as_bytes());
        let recorded = Recorded::new(run);
        let mut output = Self { shown, talks, terminal, after, written, results, recorded };
        output.line(&Line::Run(output.recorded.run.clone()));
        Ok(output)
    }

    /// Takes the result of a case.
    pub(super) fn case(&mut self, case: CaseRecord) {
        let line = Line::Case(case);
        self.line(&line);
        let Line::Case(case) = line else { return };
        if self.talks && self.written.is_ok() {
            self.written = self.terminal.case(&self.recorded.run, &case);
        }
        self.recorded.cases.push(case);
    }

    /// Ends the run and writes the other reports. What nobody takes on standard output is an
    /// error; a file that cannot be written is told, and changes nothing in what the run
    /// says.
    pub(super) fn end(mut self, end: EndRecord) -> Result<(), Problem> {
        self.line(&Line::End(end.clone()));
        self.recorded.end = Some(end);
        if self.talks {
            self.written?;
            self.terminal.summary(&self.recorded)?;
            self.terminal.writer().write_all(self.after.as_bytes())?;
        } else {
            self.written?;
        }
        Self::files(self.shown, self.results, self.recorded)
    }

    /// Ends a run that could not begin, whose reason is told elsewhere.
    pub(super) fn not_judged(mut self, end: EndRecord) -> Result<(), Problem> {
        self.line(&Line::End(end.clone()));
        self.recorded.end = Some(end);
        self.written.and_then(|()| self.terminal.writer().write_all(self.after.as_bytes()))?;
        Self::files(self.shown, self.results, self.recorded)
    }

    fn files(shown: &Shown, results: Option<Results>, recorded: Recorded) -> Result<(), Problem> {
        if let Some(Results { path, written: Err(error), .. }) = results {
            Problem::NotWritten(format!("{}: {error}", path.display())).report();
        }
        match shown.formats.write(&[recorded], shown.verbose) {
            Err(problem @ Problem::NotWritten(_)) => {
                problem.report();
                Ok(())
            }
            other => other,
        }
    }

    fn line(&mut self, line: &Line) {
        if !self.shown.json && self.results.is_none() {
            return;
        }
        let line = line.json();
        if self.shown.json && self.written.is_ok() {
            let out = self.terminal.writer();
            self.written = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        }
        if let Some(Results { file, written: written @ Ok(()), .. }) = &mut self.results {
            // Not gathered, lest a kill takes more than the case at hand.
            *written = file.write_all(line.as_bytes());
        }
    }
}

impl Results {
    fn create(path: &Path) -> Result<Self, Problem> {
        let file = File::create(path);
        let file = file.map_err(|e| Problem::Usage(format!("{}: {e}", path.display())))?;
        Ok(Self { path: path.to_owned(), file, written: Ok(()) })
    }
}

/// The report for people on standard output.
pub(super) fn terminal(verbose: bool) -> Terminal<StdoutLock<'static>> {
    let out = io::stdout().lock();
    let no_colour = std::env::var_os("NO_COLOR");
    let colour = out.is_terminal() && no_colour.as_deref().is_none_or(OsStr::is_empty);
    let size = rustix::termios::tcgetwinsize(&out).ok();
    let width = size.map(|size| usize::from(size.ws_col)).filter(|&width| width > 0);
    Terminal::new(out, Style { colour, verbose, width })
}
