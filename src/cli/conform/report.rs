//! `conexion conform report`, `merge` and `diff`: of runs that were kept.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use conexion::conformance::Conclusion;
use conexion::conformance::record::{Recorded, merge};
use conexion::conformance::report::diff::Diff;
use conexion::conformance::report::{github, worst};

use super::Problem;
use super::formats::Formats;
use super::output::terminal;

const EXAMPLES: &str = "\
Examples:
  conexion conform report RESULTS                  as it was on the terminal
  conexion conform report A B --html page.html     targets side by side
  conexion conform report RESULTS --markdown - >> \"$GITHUB_STEP_SUMMARY\"

Each stream of results is a target of its own; `conexion conform merge` joins the parts of
one. Cases that were to be run and have no result were not judged, and such a run never
conforms.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files of results, as `--results`, `--json` and `merge` write them
    #[arg(value_name = "RESULTS", required = true)]
    files: Vec<PathBuf>,

    /// Show sentences and octets for every case, not only for those that did not pass
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    formats: Formats,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The streams of one target on the same side become one: it has the cases of all, and the worst
of the verdicts where several judged the same case. Streams of different targets follow one
another. What was cut off stays so, unless another part judged what is missing.")]
pub(super) struct MergeArgs {
    /// Files of results
    #[arg(value_name = "RESULTS", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Targets are compared by their names; where each file has one only, these are compared,
whatever their names.

Exit codes:
  0  nothing got worse
  1  a verdict got worse, a case or a target is no longer judged, a new case fails, or there
     is a new problem with the run itself
  2  wrong usage, or files that are no results")]
pub(super) struct DiffArgs {
    /// The results of the older run
    old: PathBuf,

    /// The results of the newer run
    new: PathBuf,
}

pub(super) fn report(args: &Args) -> Result<u8, Problem> {
    args.formats.check(false)?;
    let mut streams = Vec::new();
    for path in &args.files {
        streams.extend(read(path)?);
    }
    if !args.formats.take_output() {
        let mut terminal = terminal(args.verbose);
        let fence = args.formats.annotate().then(github::fence);
        let (before, after) = fence.unwrap_or_default();
        terminal.writer().write_all(before.as_bytes())?;
        for (number, recorded) in streams.iter().enumerate() {
            let gap: &[u8] = if number > 0 { b"\n" } else { b"" };
            terminal.writer().write_all(gap)?;
            terminal.whole(recorded)?;
        }
        terminal.writer().write_all(after.as_bytes())?;
    }
    args.formats.write(&streams, args.verbose)?;
    Ok(worst(&streams).exit_code())
}

pub(super) fn merge_files(args: &MergeArgs) -> Result<u8, Problem> {
    let mut streams = Vec::new();
    for path in &args.files {
        streams.extend(read(path)?);
    }
    let mut out = io::stdout().lock();
    for line in merge(streams).iter().flat_map(Recorded::lines) {
        out.write_all(line.json().as_bytes())?;
    }
    Ok(Conclusion::Conforms.exit_code())
}

pub(super) fn diff(args: &DiffArgs) -> Result<u8, Problem> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let mut out = io::stdout().lock();
    if let ([old], [new]) = (&*old, &*new) {
        let diff = Diff::between(old, new);
        write!(out, "{diff}")?;
        return Ok(u8::from(diff.got_worse()));
    }
    let same = |one: &Recorded, other: &Recorded| {
        (one.run.tested, &one.run.target) == (other.run.tested, &other.run.target)
    };
    let mut worse = false;
    for new in &new {
        writeln!(out, "{}:", new.run.target.escape_debug())?;
        if let Some(old) = old.iter().find(|old| same(old, new)) {
            let diff = Diff::between(old, new);
            worse |= diff.got_worse();
            write!(out, "{diff}")?;
        } else {
            writeln!(out, "it is new")?;
        }
    }
    for old in old.iter().filter(|old| !new.iter().any(|new| same(old, new))) {
        worse = true;
        writeln!(out, "{}:\nit is no longer judged", old.run.target.escape_debug())?;
    }
    Ok(u8::from(worse))
}

/// The streams of a file. Octets that are no UTF-8 can only be in a line that was cut off.
fn read(path: &Path) -> Result<Vec<Recorded>, Problem> {
    let wrong = |error: &dyn std::fmt::Display| {
        Problem::Usage(format!("the results {}: {error}", path.display()))
    };
    let octets = fs::read(path).map_err(|error| wrong(&error))?;
    Recorded::read_all(&String::from_utf8_lossy(&octets)).map_err(|error| wrong(&error))
}
