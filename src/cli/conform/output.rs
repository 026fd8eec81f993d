//! Where the results of a run go as they come: to the terminal or the stream on standard
//! output, and to the stream in a file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal as _, StdoutLock, Write as _};
use std::path::{Path, PathBuf};

use conexion::conformance::record::{CaseRecord, EndRecord, Line, Recorded, RunRecord};
use conexion::conformance::report::terminal::{Style, Terminal};

use super::Problem;

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
}

/// Takes the results of one run. The first failure to write is kept for the end, because a
/// run is not stopped in its middle.
pub(super) struct Output {
    json: bool,
    terminal: Terminal<StdoutLock<'static>>,
    shown: io::Result<()>,
    results: Option<Results>,
    recorded: Recorded,
}

/// The stream in a file.
struct Results {
    path: PathBuf,
    file: File,
    written: io::Result<()>,
}

impl Output {
    /// Begins with what is to be run.
    pub(super) fn begin(shown: &Shown, verbose: bool, run: RunRecord) -> Result<Self, Problem> {
        let results = shown.results.as_deref().map(Results::create).transpose()?;
        let mut output = Self {
            json: shown.json,
            terminal: terminal(verbose),
            shown: Ok(()),
            results,
            recorded: Recorded::new(run),
        };
        output.line(&Line::Run(output.recorded.run.clone()));
        Ok(output)
    }

    /// Takes the result of a case.
    pub(super) fn case(&mut self, case: CaseRecord) {
        let line = Line::Case(case);
        self.line(&line);
        let Line::Case(case) = line else { return };
        if !self.json && self.shown.is_ok() {
            self.shown = self.terminal.case(&self.recorded.run, &case);
        }
        self.recorded.cases.push(case);
    }

    /// Ends the run. A report that nobody takes is an error; a file that cannot be written
    /// is told, and changes nothing in what the run says.
    pub(super) fn end(mut self, end: EndRecord) -> Result<(), Problem> {
        self.line(&Line::End(end.clone()));
        self.recorded.end = Some(end);
        if let Some(Results { path, written: Err(error), .. }) = &self.results {
            eprintln!("conexion conform: not written: {}: {error}", path.display());
        }
        if !self.json && self.shown.is_ok() {
            self.shown = self.terminal.summary(&self.recorded);
        }
        Ok(self.shown?)
    }

    /// Ends a run that could not begin, whose reason is told elsewhere.
    pub(super) fn not_judged(mut self, end: EndRecord) {
        self.line(&Line::End(end));
    }

    fn line(&mut self, line: &Line) {
        if !self.json && self.results.is_none() {
            return;
        }
        let line = line.json();
        if self.json && self.shown.is_ok() {
            let out = self.terminal.writer();
            self.shown = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        }
        if let Some(Results { file, written: written @ Ok(()), .. }) = &mut self.results {
            // A single write, lest a kill leaves a part of a line.
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
