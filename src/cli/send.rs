//! `conexion send`: files and folders, over one connection.

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::ExitCode;

use conexion::client::Caller;

use super::report::Report;
use super::server::{PlanArgs, ServerArgs};
use super::signals::Signals;
use super::sources::{Found, Sources};
use super::terminal::Terminal;
use super::{EXIT_CODES, Ending};

const EXAMPLES: &str = "\
Examples:
  conexion send localhost photo.jpg                    stored there as photo.jpg
  conexion send localhost photo.jpg --to holiday/a.jpg
  conexion send 192.0.2.7:9000 notes pictures --to backup/ --overwrite
  tar c notes | conexion send localhost - --to notes.tar";

/// Send files and folders
///
/// Folders are sent with all that is in them, except symbolic links; empty folders leave
/// no trace. An upload that was interrupted goes on where it stopped when the same command
/// is run again.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerArgs,

    /// Files and folders; `-` is standard input
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<PathBuf>,

    /// The name at the server of a single SOURCE; with `/` at its end, or for several, the
    /// folder there [default: the SOURCE's own name]
    #[arg(long, value_name = "DEST")]
    to: Option<String>,

    #[command(flatten)]
    plan: PlanArgs,

    /// Say nothing but errors and warnings
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let sources = match Sources::new(&args.sources, args.to.as_deref()) {
        Ok(sources) => sources,
        Err(error) => {
            Terminal::new(false, None).say(&format_args!("error: {error}"));
            return Ending::Usage.into();
        }
    };
    let total = if args.quiet || !Terminal::has_bar() { None } else { sources.total() };
    let report = RefCell::new(Report::new(args.quiet, total));
    let signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            report.borrow_mut().fail("signals", &error);
            return Ending::Failed.into();
        }
    };
    let jobs = sources.walk(signals.interrupt()).filter_map(|found| match found {
        Found::Job(job) => Some(job),
        Found::Skipped(path, why) => {
            report.borrow().warn(&path.display().to_string(), why);
            None
        }
        Found::Failed(path, error) => {
            report.borrow_mut().fail(&path.display().to_string(), &error);
            None
        }
    });
    let mut caller = Caller::new(args.server.address(), args.server.options(signals.interrupt()));
    let result = caller.send(jobs, &args.plan.plan(), &mut |notice| {
        signals.follow(&notice);
        report.borrow_mut().note(&notice);
    });
    let result = result.and_then(|()| caller.close());
    let mut report = report.into_inner();
    if let Err(error) = result {
        report.end(&error);
    }
    report.finish().into()
}
