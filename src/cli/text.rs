//! `conexion text`: one text, and its answer.

use std::io::Write as _;
use std::process::ExitCode;

use conexion::client::{Caller, Error, Escaped, Notice};

use super::report::profile_line;
use super::server::ServerArgs;
use super::signals::Signals;
use super::terminal::Terminal;
use super::{EXIT_CODES, Ending};

const EXAMPLES: &str = "\
Examples:
  conexion text localhost hola
  conexion text [::1]:9000 '¿qué tal?'";

/// Send a text and print its answer
///
/// Control characters in the answer are printed escaped.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerArgs,

    /// The text; several words are joined with spaces
    #[arg(value_name = "MESSAGE", required = true)]
    message: Vec<String>,

    /// Say nothing but the answer, errors and warnings
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let terminal = Terminal::new(false, None);
    let signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            terminal.say(&format_args!("error: signals: {error}"));
            return Ending::Failed.into();
        }
    };
    let mut caller = Caller::new(args.server.address(), args.server.options(signals.interrupt()));
    let result = caller.text(&args.message.join(" "), &mut |notice| {
        signals.follow(&notice);
        if let Notice::Connected { profile, agent } = notice
            && let Some(line) = profile_line(profile, agent, args.quiet)
        {
            terminal.say(&line);
        }
    });
    match result {
        Ok(answer) => {
            let printed = print(&answer);
            let closed = caller.close();
            if let Err(error) = &closed {
                terminal.say(&format_args!("error: {error}"));
            }
            closed.map_or_else(|error| Ending::of(&error), |()| printed).into()
        }
        Err(Error::Interrupted) => Ending::Interrupted.into(),
        Err(error) => {
            terminal.say(&format_args!("error: {error}"));
            drop(caller.close());
            Ending::of(&error).into()
        }
    }
}

/// Prints an answer; whoever reads standard output may have left.
pub(super) fn print(answer: &str) -> Ending {
    match writeln!(std::io::stdout(), "{}", Escaped(answer)) {
        Ok(()) => Ending::Done,
        Err(_) => Ending::Failed,
    }
}
