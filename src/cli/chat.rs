//! `conexion chat`: the original's interactive program.

use std::io::{self, BufRead, IsTerminal as _};
use std::process::ExitCode;

use conexion::client::{Caller, Error, Job, Notice};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::report::{Report, profile_line};
use super::server::{PlanArgs, ServerArgs};
use super::signals::Signals;
use super::terminal::Terminal;
use super::text::print;
use super::{EXIT_CODES, Ending};

const LINES: &str = "\
Lines:
  ARCHIVO:SOURCE:DESTINATION  sends the file SOURCE to be stored as DESTINATION.
                              The last `:` divides them, so that SOURCE may hold
                              others, as in ARCHIVO:C:\\notes.txt:notes.txt
  any other line              is a text, whose answer is printed
  an empty line               ends

After a file the connection is closed, and a new one opened when next needed.
Where standard input is no terminal, lines are read without a prompt.

Examples:
  conexion chat localhost
  printf 'hola\\nARCHIVO:a.txt:notes/a.txt\\n' | conexion chat localhost";

/// Send texts and files line by line
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{LINES}\n\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    plan: PlanArgs,

    /// Say nothing but answers, errors and warnings
    #[arg(long, short)]
    quiet: bool,
}

/// A line of the user's.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    File {
        source: &'a str,
        destination: &'a str,
    },
    /// A line that begins like a file and has no second `:`.
    HalfFile,
    Text(&'a str),
}

/// Where lines come from.
enum Input {
    Terminal(Box<DefaultEditor>),
    Script(io::StdinLock<'static>),
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let terminal = Terminal::new(false, None);
    let (signals, mut input) = match Signals::new().and_then(|signals| Ok((signals, Input::new()?)))
    {
        Ok(both) => both,
        Err(error) => {
            terminal.say(&format_args!("error: {error}"));
            return Ending::Failed.into();
        }
    };
    let caller = Caller::new(args.server.address(), args.server.options(signals.interrupt()));
    let mut chat = Chat { args, terminal, signals, caller, ending: Ending::Done };
    loop {
        chat.signals.end_at_once(true);
        match input.next() {
            Ok(Some(line)) if !line.is_empty() => chat.line(&line),
            Ok(_) => break,
            Err(error) => {
                chat.fail(Ending::Failed, &format_args!("cannot read the line: {error}"));
                // Lines that can be read may follow one that is not UTF-8.
                if error.kind() != io::ErrorKind::InvalidData {
                    break;
                }
            }
        }
        if chat.ending == Ending::Interrupted {
            break;
        }
    }
    if let Err(error) = chat.caller.close() {
        chat.fail(Ending::of(&error), &error);
    }
    chat.ending.into()
}

struct Chat<'a> {
    args: &'a Args,
    terminal: Terminal,
    signals: Signals,
    caller: Caller,
    ending: Ending,
}

impl Chat<'_> {
    fn line(&mut self, line: &str) {
        self.signals.end_at_once(false);
        match parse(line) {
            Line::Text(text) => self.text(text),
            Line::File { source, destination } => self.file(source, destination),
            Line::HalfFile => {
                self.fail(Ending::Failed, &"a file is sent with ARCHIVO:SOURCE:DESTINATION");
            }
        }
    }

    fn text(&mut self, text: &str) {
        let (signals, terminal, quiet) = (&self.signals, &self.terminal, self.args.quiet);
        let result = self.caller.text(text, &mut |notice| {
            signals.follow(&notice);
            if let Notice::Connected { profile, agent } = notice
                && let Some(line) = profile_line(profile, agent, quiet)
            {
                terminal.say(&line);
            }
        });
        match result {
            Ok(answer) => self.ending = self.ending.max(print(&answer)),
            Err(Error::Interrupted) => self.ending = Ending::Interrupted,
            Err(error) => self.fail(Ending::of(&error), &error),
        }
    }

    fn file(&mut self, source: &str, destination: &str) {
        let mut report =
            Report::new(self.args.quiet, std::fs::metadata(source).ok().map(|m| m.len()));
        let jobs = [Job::file(source, destination)];
        let signals = &self.signals;
        let result = self.caller.send(jobs, &self.args.plan.plan(), &mut |notice| {
            signals.follow(&notice);
            report.note(&notice);
        });
        if let Err(error) = result.and_then(|()| self.caller.close()) {
            report.end(&error);
        }
        self.ending = self.ending.max(report.finish());
    }

    fn fail(&mut self, ending: Ending, what: &dyn std::fmt::Display) {
        self.ending = self.ending.max(ending);
        self.terminal.say(&format_args!("error: {what}"));
    }
}

fn parse(line: &str) -> Line<'_> {
    match line.strip_prefix("ARCHIVO:") {
        None => Line::Text(line),
        // A destination has no `:`, while a source may begin with a drive's letter.
        Some(rest) => match rest.rsplit_once(':') {
            Some((source, destination)) => Line::File { source, destination },
            None => Line::HalfFile,
        },
    }
}

impl Input {
    fn new() -> io::Result<Self> {
        let stdin = io::stdin();
        if stdin.is_terminal() && io::stdout().is_terminal() {
            let editor = DefaultEditor::new().map_err(io::Error::other)?;
            Ok(Self::Terminal(Box::new(editor)))
        } else {
            Ok(Self::Script(stdin.lock()))
        }
    }

    /// The next line without its end; `None` after the last.
    fn next(&mut self) -> io::Result<Option<String>> {
        match self {
            Self::Terminal(editor) => match editor.readline("> ") {
                Ok(line) => {
                    // A history that cannot be kept is no reason to end.
                    let _ = editor.add_history_entry(&line);
                    Ok(Some(line))
                }
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
                Err(error) => Err(io::Error::other(error)),
            },
            Self::Script(stdin) => {
                let mut line = Vec::new();
                if stdin.read_until(b'\n', &mut line)? == 0 {
                    return Ok(None);
                }
                let line = String::from_utf8(line)
                    .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
                Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_colon_divides_source_and_destination() {
        let file = |source, destination| Line::File { source, destination };
        assert_eq!(parse("ARCHIVO:a:b"), file("a", "b"));
        assert_eq!(parse("ARCHIVO:C:\\x:d/e"), file("C:\\x", "d/e"));
        assert_eq!(parse("ARCHIVO:a:"), file("a", ""));
        assert_eq!(parse("ARCHIVO:a"), Line::HalfFile);
        assert_eq!(parse("archivo:a:b"), Line::Text("archivo:a:b"));
    }
}
