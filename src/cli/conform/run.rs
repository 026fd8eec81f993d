//! `conexion conform` itself: runs cases and writes what comes of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use conexion::conformance::record::{CaseRecord, EndRecord, RunRecord};
use conexion::conformance::{
    Case, CaseResult, Conclusion, Report, Settings, Unreachable, run as run_cases,
};
use conexion::wire::Role;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::declared::write_profile;
use super::output::Output;
use super::target::resolve;
use super::{Args, Problem, Started, selected};

pub(super) fn judge<Guard>(
    args: &Args,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
) -> Result<u8, Problem> {
    let selected = selected(Role::Server, &args.cases)?;
    let cases = args.cut.cases(&args.generate.cases(selected, &args.cases));
    let mut settings = settings(args);
    args.cut.apply(&mut settings);
    args.generate.apply(&mut settings);
    args.declared.apply(&mut settings)?;
    stop_on_signals(&settings.stop)?;
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

pub(super) fn settings(args: &Args) -> Settings {
    Settings {
        timeout: args.timeout,
        silence: args.silence,
        patience: args.patience,
        grace: args.grace,
        jobs: usize::from(args.jobs),
        ..Settings::default()
    }
}

/// The first SIGINT or SIGTERM ends the run, whose results are still reported; the second
/// ends the program.
pub(super) fn stop_on_signals(stop: &Arc<AtomicBool>) -> Result<(), Problem> {
    let failed = |error| Problem::NotJudged(format!("cannot handle signals: {error}"));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(stop))
            .map_err(failed)?;
        flag::register(signal, Arc::clone(stop)).map_err(failed)?;
    }
    Ok(())
}

/// A name may stand for several addresses, of which not all need a server.
fn judge_first_reachable(
    args: &Args,
    cases: &[&'static Case],
    targets: &[SocketAddr],
    settings: &Settings,
) -> Result<Report, Problem> {
    let began = Instant::now();
    let named = args.target.clone().unwrap_or_else(|| "embedded".to_owned());
    let run = RunRecord::new(Role::Server, named, command(args), settings, cases);
    let mut keeper = args.kept.keeper()?;
    let mut output = Output::begin(&args.shown, run)?;
    let mut unreachable: Option<Unreachable> = None;
    for &target in targets {
        let observe = |result: &CaseResult| {
            output.case(CaseRecord::from(result));
            keeper.case(result, Role::Server, target);
        };
        match run_cases(target, cases, settings, observe) {
            Ok(report) => {
                let verdicts: Vec<_> = report.results.iter().map(|result| result.verdict).collect();
                let problems = report.problems.clone();
                let cut_short = report.cut_short.clone();
                let end = EndRecord::new(&verdicts, problems, report.elapsed);
                output.end(EndRecord { cut_short, ..end })?;
                keeper.finish()?;
                return Ok(report);
            }
            Err(error) => unreachable = unreachable.or(Some(error)),
        }
    }
    let reason = unreachable.map_or("the name has no address".to_owned(), |e| e.to_string());
    output.not_judged(EndRecord::not_judged(reason.clone(), began.elapsed()))?;
    Err(Problem::NotJudged(reason))
}

/// The command that runs the same again, but for the selectors and the reports.
fn command(args: &Args) -> String {
    let mut words = vec!["conexion".to_owned(), "conform".to_owned()];
    words.extend(args.target.as_deref().map(quoted));
    words.extend(times(args));
    for (name, path) in args.declared.files() {
        words.extend([name.to_owned(), quoted(&path.to_string_lossy())]);
    }
    words.join(" ")
}

/// The times that are not the usual ones, as words of a command.
pub(super) fn times(args: &Args) -> Vec<String> {
    let usual = Settings::default();
    let times = [
        ("--timeout", args.timeout, usual.timeout),
        ("--silence", args.silence, usual.silence),
        ("--patience", args.patience, usual.patience),
        ("--grace", args.grace, usual.grace),
        ("--pause", args.cut.pause(), usual.pause),
    ];
    let other = times.into_iter().filter(|(_, time, usual)| time != usual);
    let words = other.flat_map(|(name, time, _)| {
        [name.to_owned(), quoted(&humantime::format_duration(time).to_string())]
    });
    words.collect()
}

/// A word of a command for a shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./:=@%+,[]".contains(&octet);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(quoted("[::1]:12345"), "[::1]:12345");
        assert_eq!(quoted("1m 30s"), "'1m 30s'");
        assert_eq!(quoted("a'b;c"), "'a'\\''b;c'");
        assert_eq!(quoted(""), "''");
    }
}
