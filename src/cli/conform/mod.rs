//! `conexion conform`: judges a server or a client by the protocol. A file for each of its
//! words.

mod client;
mod declared;
mod evidence;
mod explain;
mod formats;
mod generate;
mod list;
mod output;
mod report;
mod run;
mod segmentation;
mod target;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use conexion::conformance::{Case, Conclusion, Profile, select};
use conexion::wire::Role;

use self::client::ClientArgs;
use self::declared::Declared;
use self::evidence::Kept;
use self::generate::Generate;
use self::output::Shown;
use self::segmentation::Cut;

const AFTER_HELP: &str = "\
Examples:
  conexion conform                                the embedded server
  conexion conform localhost:12345                a server under test
  conexion conform '[::1]' --case upload          the cases whose ids begin with `upload`
  conexion conform HOST:PORT --case frame.too-long -v
                                                  one case, with its octets
  conexion conform HOST:PORT --root DIR            compare what is stored on disk, too
  conexion conform HOST:PORT --write-profile FILE  what the server has, to be declared
  conexion conform HOST:PORT --profile FILE --baseline FILE
                                                  what is declared of it, and known to fail
  conexion conform HOST:PORT --segmentation octets
                                                  the same octets, one by one
  conexion conform HOST:PORT --generate 500 --seed 7
                                                  sessions that the seed 7 makes up, too
  conexion conform --client                       this program's own client
  conexion conform --client -- python3 client.py {host} {port} {source} {destination}
                                                  a client under test, started for each case
  conexion conform --client --command 'client text {host} {port} {text}' \\
      -- client send {host} {port} {source} {destination}
                                                  a client with a command for each kind of job
  conexion conform --client -- python3 client.py {host} {port}
                                                  a client that reads lines from standard
                                                  input, as the original one:
                                                  ARCHIVO:source:destination, or a text, or
                                                  an empty line to end
  conexion conform --client --listen 127.0.0.1:12345
                                                  a client that you start, case by case
  conexion conform HOST:PORT --evidence DIR        all octets, in files
  conexion conform replay DIR/ID.json HOST:PORT   the same octets again
  conexion conform HOST:PORT --results FILE        keep what comes, as it comes
  conexion conform HOST:PORT --junit FILE --html FILE --github
                                                  reports for a pipeline
  conexion conform report A B --html FILE          of kept runs, side by side
  conexion conform diff OLD NEW                    what got worse since
  conexion conform list                           all cases
  conexion conform explain state.open.bye         what a case or a requirement says

Selectors: the id of a case, its beginning up to a dot or a hyphen, or the id of a
requirement of the spec that cases cite; with `@octets` and the like behind it, these
cases in that segmentation.

The server under test must have room for as many connections as there are jobs, twice.
What the cases upload stays there, under `conform-*`: the protocol has no deletion.

Exit codes:
  0  the server conforms
  1  it fails
  2  wrong usage, or a selector that names no case
  3  it could not be judged: no server there, or cases without a verdict";

/// Judge a server or a client by the protocol, sentence by sentence
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

    /// Most time on a connection in which nothing comes from the server
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = positive_time)]
    timeout: Duration,

    /// How long nothing must come where only silence proves a thing
    #[arg(long, value_name = "TIME", default_value = "300ms", value_parser = positive_time)]
    silence: Duration,

    /// Longest timer of the server that a case waits for; cases about longer ones have no
    /// ground
    #[arg(long, value_name = "TIME", default_value = "1500ms", value_parser = positive_time)]
    patience: Duration,

    /// How long a server that is gone, or says nothing any more, may take to come back; if it
    /// does not, the rest is not judged
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive_time)]
    grace: Duration,

    /// Cases that run side by side
    #[arg(long, value_name = "NUMBER", default_value_t = 48,
          value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,

    #[command(flatten)]
    client: ClientArgs,

    #[command(flatten)]
    cut: Cut,

    #[command(flatten)]
    generate: Generate,

    #[command(flatten)]
    declared: Declared,

    #[command(flatten)]
    shown: Shown,

    #[command(flatten)]
    kept: Kept,
}

#[derive(Debug, clap::Subcommand)]
enum Word {
    /// List cases
    List {
        /// Print every requirement of the spec instead, with the cases that observe it or the
        /// reason why it cannot be observed from outside
        #[arg(long, conflicts_with = "cases")]
        ledger: bool,

        /// Selectors; all cases if left out
        #[arg(value_name = "ID")]
        cases: Vec<String>,
    },
    /// Say what a case asks, or what a requirement says and which cases ask about it
    Explain {
        /// A case or a requirement
        id: String,
    },
    Replay(evidence::ReplayArgs),
    /// Report on runs whose results were kept; the exit code is that of the worst
    Report(report::Args),
    /// Join the results of several runs: the parts of one run, or several targets
    Merge(report::MergeArgs),
    /// Say what is different between two runs
    Diff(report::DiffArgs),
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
        Some(Word::List { ledger: true, .. }) => list::print_ledger(),
        Some(Word::List { cases, .. }) => list::list(cases),
        Some(Word::Explain { id }) => explain::explain_id(id, embedded),
        Some(Word::Replay(args)) => evidence::replay_file(args, embedded),
        Some(Word::Report(args)) => report::report(args),
        Some(Word::Merge(args)) => report::merge_files(args),
        Some(Word::Diff(args)) => report::diff(args),
        None if args.client.client => client::judge(args),
        None => run::judge(args, embedded),
    };
    ExitCode::from(code.unwrap_or_else(|problem| problem.report()))
}

/// Why nothing was judged.
enum Problem {
    Usage(String),
    NotJudged(String),
    /// Nobody reads the report any more, or it cannot be written.
    Output(io::Error),
    /// A file that was asked for beside the report.
    NotWritten(String),
}

impl Problem {
    fn report(&self) -> u8 {
        let (text, conclusion) = match self {
            Self::Usage(text) => (text.clone(), Conclusion::NothingRun),
            Self::NotJudged(text) => (text.clone(), Conclusion::NotJudged),
            Self::NotWritten(text) => (format!("not written: {text}"), Conclusion::NotJudged),
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

fn selected(side: Role, selectors: &[String]) -> Result<Vec<&'static Case>, Problem> {
    select(side, selectors).map_err(|selector| {
        Problem::Usage(format!("`{selector}` names no case; see `conexion conform list`"))
    })
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

    #[test]
    fn times_are_above_zero() {
        assert_eq!(positive_time("300ms"), Ok(Duration::from_millis(300)));
        assert!(positive_time("0s").is_err());
        assert!(positive_time("soon").is_err());
    }
}
