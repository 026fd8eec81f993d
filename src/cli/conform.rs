//! `conexion conform`: judges a server by the protocol.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use conexion::conformance::record::{CaseRecord, EndRecord, Line, RunRecord};
use conexion::conformance::report::terminal::{Style, Terminal, explain};
use conexion::conformance::{
    Case, CaseResult, Conclusion, Profile, Report, Settings, Unreachable, chapters, registry,
    requirement, run as run_cases, select,
};
use conexion::wire::{DEFAULT_PORT, Role};

const AFTER_HELP: &str = "\
Examples:
  conexion conform                                the embedded server
  conexion conform localhost:12345                a server under test
  conexion conform '[::1]' --case upload          the cases whose ids begin with `upload`
  conexion conform HOST:PORT --case frame.too-long -v
                                                  one case, with its octets
  conexion conform list                           all cases
  conexion conform explain state.open.bye         what a case or a requirement says

Selectors: the id of a case, its beginning up to a dot or a hyphen, or the id of a
requirement of the spec that cases cite.

The server under test must have room for as many connections as there are jobs, twice.
What the cases upload stays there, under `conform-*`: the protocol has no deletion.

Exit codes:
  0  the server conforms
  1  it fails
  2  wrong usage, or a selector that names no case
  3  it could not be judged: no server there, or cases without a verdict";

/// Judge a server by the protocol, sentence by sentence
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    word: Option<Word>,

    /// The server under test, port 12345 unless named, IPv6 in brackets; the embedded
    /// server if left out
    #[arg(value_name = "HOST[:PORT]")]
    target: Option<String>,

    /// Run only the cases that this selector names; may be repeated
    #[arg(long = "case", value_name = "ID")]
    cases: Vec<String>,

    /// Most time for one case
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = positive_time)]
    timeout: Duration,

    /// How long nothing must come where only silence proves a thing
    #[arg(long, value_name = "TIME", default_value = "300ms", value_parser = positive_time)]
    silence: Duration,

    /// Longest timer of the server that a case waits for; cases about longer ones have no
    /// ground
    #[arg(long, value_name = "TIME", default_value = "1500ms", value_parser = positive_time)]
    patience: Duration,

    /// Cases that run side by side
    #[arg(long, value_name = "NUMBER", default_value_t = 32,
          value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,

    /// Write a JSON object per case, in a line each, instead of the report
    #[arg(long)]
    json: bool,

    /// Show sentences and octets for every case, not only for those that did not pass
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Word {
    /// List cases
    List {
        /// Selectors; all cases if left out
        #[arg(value_name = "ID")]
        cases: Vec<String>,
    },
    /// Say what a case asks, or what a requirement says and which cases ask about it
    Explain {
        /// A case or a requirement
        id: String,
    },
}

/// A server that is started for the suite.
pub(crate) struct Started<Guard> {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The folder in which it stores.
    pub(crate) root: PathBuf,
    /// What is known of it.
    pub(crate) profile: Profile,
    /// Keeps it running until it is dropped.
    pub(crate) guard: Guard,
}

/// Runs the command. Without an address `embedded` starts a server.
pub(crate) fn run<Guard>(
    args: &Args,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
) -> ExitCode {
    let code = match &args.word {
        Some(Word::List { cases }) => list(cases),
        Some(Word::Explain { id }) => explain_id(id),
        None => judge(args, embedded),
    };
    ExitCode::from(code.unwrap_or_else(|problem| problem.report()))
}

/// Why nothing was judged.
enum Problem {
    Usage(String),
    NotJudged(String),
    /// Nobody reads the report any more, or it cannot be written.
    Output(io::Error),
}

impl Problem {
    fn report(&self) -> u8 {
        let (text, conclusion) = match self {
            Self::Usage(text) => (text.clone(), Conclusion::NothingRun),
            Self::NotJudged(text) => (text.clone(), Conclusion::NotJudged),
            Self::Output(error) => {
                (format!("the report cannot be written: {error}"), Conclusion::NotJudged)
            }
        };
        eprintln!("conexion conform: {text}");
        conclusion.exit_code()
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn judge<Guard>(
    args: &Args,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
) -> Result<u8, Problem> {
    let cases = selected(&args.cases)?;
    let mut settings = settings(args);
    let mut guard = None;
    let targets = if let Some(target) = &args.target {
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

fn selected(selectors: &[String]) -> Result<Vec<&'static Case>, Problem> {
    select(Role::Server, selectors).map_err(|selector| {
        Problem::Usage(format!("`{selector}` names no case; see `conexion conform list`"))
    })
}

fn list(selectors: &[String]) -> Result<u8, Problem> {
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

fn explain_id(id: &str) -> Result<u8, Problem> {
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

/// The addresses of `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
fn resolve(target: &str) -> Result<Vec<SocketAddr>, Problem> {
    let wrong = |what: &str| {
        Problem::Usage(format!("`{target}`: {what}; write HOST, HOST:PORT or [IPV6]:PORT"))
    };
    let (host, port) = if let Some(rest) = target.strip_prefix('[') {
        let (host, rest) =
            rest.split_once(']').ok_or_else(|| wrong("the bracket is not closed"))?;
        let port = match rest {
            "" => None,
            _ => Some(rest.strip_prefix(':').ok_or_else(|| wrong("no `:` before the port"))?),
        };
        (host, port)
    } else {
        match target.split_once(':') {
            Some((_, port)) if port.contains(':') => return Err(wrong("IPv6 needs brackets")),
            Some((host, port)) => (host, Some(port)),
            None => (target, None),
        }
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| wrong("the port is not 0 to 65535"))?,
        None => DEFAULT_PORT,
    };
    if host.is_empty() {
        return Err(wrong("the host is missing"));
    }
    let addresses = (host, port).to_socket_addrs();
    let addresses = addresses.map_err(|error| Problem::NotJudged(format!("`{host}`: {error}")))?;
    Ok(addresses.collect())
}

fn positive_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time.is_zero() => Err("it must be above zero".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(format!("{error}; write for example 5s or 300ms")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(target: &str) -> Result<String, u8> {
        resolve(target).map(|all| all[0].to_string()).map_err(|problem| problem.report())
    }

    #[test]
    fn the_port_is_12345_unless_named() {
        assert_eq!(resolved("127.0.0.1"), Ok("127.0.0.1:12345".to_owned()));
        assert_eq!(resolved("127.0.0.1:9"), Ok("127.0.0.1:9".to_owned()));
        assert_eq!(resolved("[::1]"), Ok("[::1]:12345".to_owned()));
        assert_eq!(resolved("[::1]:9"), Ok("[::1]:9".to_owned()));
    }

    #[test]
    fn a_target_that_is_no_address_is_wrong_usage() {
        for target in ["::1", "[::1", "[::1]9", "127.0.0.1:", "127.0.0.1:65536", ":9", ""] {
            assert_eq!(resolved(target), Err(2), "{target}");
        }
    }

    #[test]
    fn times_are_above_zero() {
        assert_eq!(positive_time("300ms"), Ok(Duration::from_millis(300)));
        assert!(positive_time("0s").is_err());
        assert!(positive_time("soon").is_err());
    }
}
