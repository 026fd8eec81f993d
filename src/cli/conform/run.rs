//! `conexion conform` itself: runs cases and writes what comes of them.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;

use conexion::conformance::record::{CaseRecord, EndRecord, Line, RunRecord};
use conexion::conformance::report::terminal::{Style, Terminal};
use conexion::conformance::{
    Case, CaseResult, Conclusion, Report, Settings, Unreachable, run as run_cases,
};
use conexion::wire::Role;

use super::declared::write_profile;
use super::target::resolve;
use super::{Args, Problem, Started, selected};

pub(super) fn judge<Guard>(
    args: &Args,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
) -> Result<u8, Problem> {
    let cases = selected(&args.cases)?;
    let mut settings = settings(args);
    args.declared.apply(&mut settings)?;
    let mut guard = None;
    let targets = if let Some(target) = &args.target {
        if let Some(path) = args.declared.profile_to_write() {
            write_profile(target, path, &settings)?;
            return Ok(Conclusion::Conforms.exit_code());
        }
        resolve(target)?
    } else {
        let started = embedded().map_err(Problem::NotJudged)?;
        settings.root = Some(started.root);
        settings.profile = started.profile;
        guard = Some(started.guard);
        vec![started.address]
    };
    let report = judge_first_reachable(args, &cases, &targets, &settings)?;
    drop(guard);
    args.declared.write_baseline(&report.results)?;
    Ok(report.conclusion().exit_code())
}

fn settings(args: &Args) -> Settings {
    Settings {
        timeout: args.timeout,
        silence: args.silence,
        patience: args.patience,
        jobs: usize::from(args.jobs),
        ..Settings::default()
    }
}

/// A name may stand for several addresses, of which not all need a server.
fn judge_first_reachable(
    args: &Args,
    cases: &[&'static Case],
    targets: &[SocketAddr],
    settings: &Settings,
) -> Result<Report, Problem> {
    let mut unreachable: Option<Unreachable> = None;
    for &target in targets {
        let mut output = Output::new(args);
        output.begin(settings, cases);
        match run_cases(target, cases, settings, |result| output.result(result)) {
            Ok(report) => return output.finish(&report).map(|()| report).map_err(Problem::Output),
            Err(error) => unreachable = unreachable.or(Some(error)),
        }
    }
    let reason = unreachable.map_or("the name has no address".to_owned(), |e| e.to_string());
    Err(Problem::NotJudged(reason))
}

/// Where results go as they come; the first failure to write is kept for the end, because
/// a run is not stopped in its middle.
struct Output<'a> {
    args: &'a Args,
    terminal: Terminal<io::StdoutLock<'static>>,
    failed: io::Result<()>,
}

impl<'a> Output<'a> {
    fn new(args: &'a Args) -> Self {
        let out = io::stdout().lock();
        let no_colour = std::env::var_os("NO_COLOR");
        let colour = out.is_terminal() && no_colour.as_deref().is_none_or(OsStr::is_empty);
        let style = Style { colour, verbose: args.verbose };
        Self { args, terminal: Terminal::new(out, style, args.target.clone()), failed: Ok(()) }
    }

    fn begin(&mut self, settings: &Settings, cases: &[&Case]) {
        let target = self.args.target.clone().unwrap_or_else(|| "embedded".to_owned());
        let command = self.args.target.as_ref().map_or_else(
            || "conexion conform".to_owned(),
            |target| format!("conexion conform {target}"),
        );
        if self.args.json {
            let run = RunRecord::new(Role::Server, target, command, settings, cases);
            self.line(&Line::Run(run));
        }
    }

    fn result(&mut self, result: &CaseResult) {
        if self.args.json {
            self.line(&Line::Case(CaseRecord::from(result)));
        } else if self.failed.is_ok() {
            self.failed = self.terminal.result(result);
        }
    }

    fn line(&mut self, line: &Line) {
        if self.failed.is_ok() {
            let out = self.terminal.writer();
            self.failed = out.write_all(line.json().as_bytes()).and_then(|()| out.flush());
        }
    }

    fn finish(mut self, report: &Report) -> io::Result<()> {
        if self.args.json {
            let verdicts: Vec<_> = report.results.iter().map(|result| result.verdict).collect();
            self.line(&Line::End(EndRecord::new(
                &verdicts,
                report.problems.clone(),
                report.elapsed,
            )));
            self.failed
        } else {
            self.failed?;
            self.terminal.summary(report)
        }
    }
}
