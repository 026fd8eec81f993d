//! `--evidence`: three files for each case, and `conexion conform replay`, which sends one of
//! them again.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conexion::conformance::recording::{Recording, Replaying, replay};
use conexion::conformance::{CaseResult, Conclusion, Evidence};
use conexion::wire::Role;

use super::target::resolve;
use super::{Problem, Started, positive_time};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Evidence")]
pub(super) struct Kept {
    /// Keep what went over the wire, whole, three files for each case: ID.txt to be read,
    /// ID.json for `conexion conform replay`, and ID.pcapng for Wireshark
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
}

/// Writes files as results come; the first failure is told at the end.
pub(super) struct Keeper<'a> {
    folder: Option<&'a Path>,
    failed: io::Result<()>,
}

impl Kept {
    /// Makes the folder.
    pub(super) fn keeper(&self) -> Result<Keeper<'_>, Problem> {
        if let Some(folder) = &self.evidence {
            fs::create_dir_all(folder)
                .map_err(|error| Problem::NotWritten(format!("{}: {error}", folder.display())))?;
        }
        Ok(Keeper { folder: self.evidence.as_deref(), failed: Ok(()) })
    }
}

impl Keeper<'_> {
    /// Keeps a case; `server` is the target, or the suite where a client is under test.
    pub(super) fn case(&mut self, result: &CaseResult, tested: Role, server: SocketAddr) {
        let Some(folder) = self.folder.filter(|_| self.failed.is_ok()) else { return };
        let recording = Recording::new(result, tested.into(), server);
        let file = |extension: &str| folder.join(format!("{}.{extension}", result.case.id));
        self.failed = fs::write(file("txt"), recording.text())
            .and_then(|()| fs::write(file("json"), recording.json()))
            .and_then(|()| fs::write(file("pcapng"), recording.pcapng()));
    }

    pub(super) fn finish(self) -> Result<(), Problem> {
        let folder = self.folder.map(|folder| folder.display().to_string()).unwrap_or_default();
        self.failed.map_err(|error| Problem::NotWritten(format!("{folder}: {error}")))
    }
}

/// Send what was sent in a case again, and compare what comes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Only octets are sent again: where a case has put links or files into the server's root, as
those of `disk.` do, the answers differ.

Exit codes:
  0  the answers are those recorded, but for words for people
  1  they differ
  2  wrong usage
  3  it cannot be sent again: no such file, or no server there")]
pub(super) struct ReplayArgs {
    /// A recording, ID.json, that `--evidence` has kept
    file: PathBuf,

    /// The server, port 12345 unless named; the embedded server if left out
    #[arg(value_name = "HOST[:PORT]")]
    target: Option<String>,

    /// Send every octet as it was. Otherwise the name of the run in destinations,
    /// `conform-…`, is a new one, since the files of the recorded run may be there
    #[arg(long)]
    exact: bool,

    /// Most time for an answer to come, over what it took in the recording
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = positive_time)]
    timeout: Duration,
}

pub(super) fn replay_file<Guard>(
    args: &ReplayArgs,
    embedded: impl FnOnce() -> Result<Started<Guard>, String>,
) -> Result<u8, Problem> {
    let cannot = |error: String| {
        Problem::NotJudged(format!("{} cannot be sent again: {error}", args.file.display()))
    };
    let text = fs::read_to_string(&args.file).map_err(|error| cannot(error.to_string()))?;
    let recording = Recording::read(&text).map_err(cannot)?;
    let mut guard = None;
    let targets = if let Some(target) = &args.target {
        resolve(target)?
    } else {
        let started = embedded().map_err(Problem::NotJudged)?;
        guard = Some(started.guard);
        vec![started.address]
    };
    let mut last = cannot("the name has no address".to_owned());
    for target in targets {
        let how = Replaying { target, timeout: args.timeout, exact: args.exact };
        match replay(&recording, how) {
            Ok(replayed) => {
                drop(guard);
                let mut out = io::stdout().lock();
                let id = &recording.case.case;
                writeln!(out, "{id}, recorded at {}, sent again to {target}", recording.server)?;
                for (number, conversation) in replayed.conversations.iter().enumerate() {
                    writeln!(out, "\nconnection {} ({}):", number + 1, conversation.label)?;
                    write!(out, "{}", Evidence(conversation))?;
                }
                writeln!(out)?;
                for difference in &replayed.differences {
                    writeln!(out, "{difference}")?;
                }
                let same = replayed.differences.is_empty();
                let told = if same { "are those recorded" } else { "differ" };
                writeln!(out, "the answers {told}")?;
                return Ok(if same { 0 } else { Conclusion::Fails.exit_code() });
            }
            Err(error) => last = cannot(error.to_string()),
        }
    }
    Err(last)
}
