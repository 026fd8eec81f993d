//! `conexion conform report`: reports of runs that were kept.

use std::fs;
use std::path::{Path, PathBuf};

use conexion::conformance::Conclusion;
use conexion::conformance::record::Recorded;

use super::Problem;
use super::output::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of results, as `--results` or `--json` writes them
    #[arg(value_name = "RESULTS", required = true)]
    files: Vec<PathBuf>,

    /// Show sentences and octets for every case, not only for those that did not pass
    #[arg(short, long)]
    verbose: bool,
}

pub(super) fn report(args: &Args) -> Result<u8, Problem> {
    let streams = read_all(&args.files)?;
    let mut terminal = terminal(args.verbose);
    for (number, recorded) in streams.iter().enumerate() {
        if number > 0 {
            std::io::Write::write_all(terminal.writer(), b"\n")?;
        }
        terminal.whole(recorded)?;
    }
    Ok(worst(&streams).exit_code())
}

/// The streams of all files.
pub(super) fn read_all(files: &[PathBuf]) -> Result<Vec<Recorded>, Problem> {
    let mut streams = Vec::new();
    for path in files {
        streams.extend(read(path)?);
    }
    Ok(streams)
}

/// The streams of a file. Octets that are no UTF-8 can only be in a line that was cut off.
pub(super) fn read(path: &Path) -> Result<Vec<Recorded>, Problem> {
    let wrong = |error: &dyn std::fmt::Display| {
        Problem::Usage(format!("the results {}: {error}", path.display()))
    };
    let octets = fs::read(path).map_err(|error| wrong(&error))?;
    Recorded::read_all(&String::from_utf8_lossy(&octets)).map_err(|error| wrong(&error))
}

/// What several runs say together: one that fails counts more than one that is not judged.
fn worst(streams: &[Recorded]) -> Conclusion {
    let all: Vec<Conclusion> = streams.iter().map(Recorded::conclusion).collect();
    let order = [Conclusion::Fails, Conclusion::NotJudged, Conclusion::NothingRun];
    order.into_iter().find(|one| all.contains(one)).unwrap_or(Conclusion::Conforms)
}
