//! `conexion conform --client`: judges a client, started by the suite or by its author.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use conexion::conformance::hearing::{ByAuthor, Commands, Driver, Listen, hear};
use conexion::conformance::record::{CaseRecord, EndRecord, RunRecord};
use conexion::conformance::{Case, CaseResult, Report, Settings};
use conexion::wire::Role;

use super::output::Output;
use super::run::{quoted, settings, stop_on_signals, times};
use super::target::resolve;
use super::{Args, Problem, selected};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Judging a client")]
pub(super) struct ClientArgs {
    /// Judge a client: the suite is the server, and starts the client once a case by COMMAND.
    /// With neither COMMAND nor --listen this program's own client
    #[arg(long, conflicts_with_all = ["target", "root", "profile", "write_profile"])]
    pub(super) client: bool,

    /// Where to listen [default: 127.0.0.1, a free port]. Without a COMMAND the client is
    /// started by its author, who is told case by case what to ask it for
    #[arg(long, value_name = "ADDR[:PORT]", requires = "client")]
    listen: Option<String>,

    /// A further command of the client, in one word, for what COMMAND cannot do; may be
    /// repeated
    #[arg(long = "command", value_name = "COMMAND", requires = "client")]
    commands: Vec<String>,

    /// The client and its arguments, in which {host}, {port}, {address} (both), {source},
    /// {destination} and {text} stand for what the case asks for
    #[arg(last = true, value_name = "COMMAND", requires = "client")]
    command: Vec<OsString>,
}

/// Runs the cases against the client.
pub(super) fn judge(args: &Args) -> Result<u8, Problem> {
    let client = &args.client;
    let cases = args.cut.cases(&selected(Role::Client, &args.cases)?);
    let mut settings = settings(args);
    args.cut.apply(&mut settings);
    args.declared.apply(&mut settings)?;
    let commands = client.all_commands()?;
    stop_on_signals(&settings.stop)?;
    let (target, command) = (client.name(), command(args));
    let run = RunRecord::new(Role::Client, target, command, &settings, &cases);
    let mut output = Output::begin(&args.shown, run)?;
    let author = ByAuthor::new(|text: &str| eprint!("{text}"));
    let driver: &dyn Driver = commands.as_ref().map_or(&author, |commands| commands);
    let report = hear_client(args, driver, &cases, &settings, &mut output)?;
    let verdicts: Vec<_> = report.results.iter().map(|result| result.verdict).collect();
    let end = EndRecord::new(&verdicts, report.problems.clone(), report.elapsed);
    output.end(EndRecord { cut_short: report.cut_short.clone(), ..end })?;
    args.declared.write_baseline(&report.results)?;
    Ok(report.conclusion().exit_code())
}

fn hear_client(
    args: &Args,
    driver: &dyn Driver,
    cases: &[&'static Case],
    settings: &Settings,
    output: &mut Output,
) -> Result<Report, Problem> {
    let began = Instant::now();
    let listen = args.client.bind(settings.jobs)?;
    let folder = tempfile::Builder::new().prefix("conexion-").tempdir();
    let folder = folder.map_err(|error| {
        Problem::NotJudged(format!("cannot make a temporary folder for sources: {error}"))
    })?;
    if !driver.tells_exit() {
        eprintln!("listening on {}; start the client once for each case", listen.address());
    }
    let mut keeper = args.kept.keeper()?;
    let observe = |result: &CaseResult| {
        output.case(CaseRecord::from(result));
        keeper.case(result, Role::Client, listen.address());
    };
    let mut report = hear(&listen, driver, cases, settings, folder.path(), observe);
    keeper.finish()?;
    report.elapsed = began.elapsed();
    Ok(report)
}

impl ClientArgs {
    /// The commands of the client, or `None` if its author starts it.
    fn all_commands(&self) -> Result<Option<Commands>, Problem> {
        let mut lines: Vec<Vec<OsString>> = Vec::new();
        if !self.command.is_empty() {
            lines.push(self.command.clone());
        }
        for line in &self.commands {
            let words = shlex::split(line).ok_or_else(|| {
                Problem::Usage(format!("--command {line:?}: a quotation mark is not closed"))
            })?;
            lines.push(words.into_iter().map(OsString::from).collect());
        }
        if lines.is_empty() {
            if self.listen.is_some() {
                return Ok(None);
            }
            lines = own_commands()?;
        }
        let mut commands = Commands::new();
        for line in lines {
            commands.add(line).map_err(|error| Problem::Usage(error.to_string()))?;
        }
        Ok(Some(commands))
    }

    fn bind(&self, jobs: usize) -> Result<Listen, Problem> {
        let address = match &self.listen {
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            Some(listen) => *resolve(listen)?
                .first()
                .ok_or_else(|| Problem::Usage(format!("`{listen}` has no address")))?,
        };
        Listen::bind(address, jobs)
            .map_err(|error| Problem::NotJudged(format!("cannot listen on {address}: {error}")))
    }

    /// The client as its user named it.
    fn name(&self) -> String {
        match (self.command.first(), self.commands.first()) {
            (Some(_), _) => joined(&self.command),
            (None, Some(line)) => line.clone(),
            (None, None) if self.listen.is_some() => "a client that its author starts".to_owned(),
            (None, None) => "this program's own client".to_owned(),
        }
    }
}

fn joined(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(&word.to_string_lossy())).collect();
    words.join(" ")
}

/// The commands of this program's own client.
fn own_commands() -> Result<Vec<Vec<OsString>>, Problem> {
    let program = std::env::current_exe()
        .map_err(|error| Problem::NotJudged(format!("where is this program? {error}")))?;
    let command = |words: &[&str]| {
        let words = words.iter().map(OsString::from);
        std::iter::once(program.clone().into_os_string()).chain(words).collect()
    };
    Ok(vec![
        command(&["send", "--quiet", "{address}", "{source}", "--to", "{destination}"]),
        command(&["text", "--quiet", "{address}", "--", "{text}"]),
        command(&["chat", "--quiet", "{address}"]),
    ])
}

/// The command that runs the same again, but for the selectors and the reports.
fn command(args: &Args) -> String {
    let client = &args.client;
    let mut words = vec!["conexion conform --client".to_owned()];
    if let Some(listen) = &client.listen {
        words.extend(["--listen".to_owned(), quoted(listen)]);
    }
    let first = (!client.command.is_empty()).then(|| joined(&client.command));
    for line in first.iter().chain(&client.commands) {
        words.extend(["--command".to_owned(), quoted(line)]);
    }
    words.extend(times(args));
    words.join(" ")
}
