//! A client under test that is a program.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::num::NonZero;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Abilities, Driver, Exit, Job, Running, Task};

/// Most octets of each of a program's outputs that are kept.
const KEPT: u64 = 16 * 1024;

/// How many programs are started side by side on each core; they mostly wait.
const PER_CORE: usize = 4;

/// What stands in an argument for a part of the job.
const PLACEHOLDERS: [&str; 6] =
    ["{host}", "{port}", "{address}", "{source}", "{destination}", "{text}"];

/// The commands that run a client, by what they can do.
///
/// A command is a program and its arguments, in which [placeholders](Self::new) stand for
/// parts of the job. The same are in its environment: `CONEXION_HOST`, `CONEXION_PORT`,
/// `CONEXION_ADDRESS`, and as far as the job has them `CONEXION_SOURCE`, `CONEXION_DESTINATION` and `CONEXION_TEXT`.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    upload: Option<Vec<OsString>>,
    text: Option<Vec<OsString>>,
    both: Option<Vec<OsString>>,
    session: Option<Vec<OsString>>,
}

/// A command that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCommand(String);

impl std::fmt::Display for BadCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadCommand {}

impl Commands {
    /// No command yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a command, whose placeholders say what it can do: `{source}` and `{destination}`,
    /// an upload; `{text}`, a text; all three, a text and an upload in one run; none of them,
    /// a session: it reads from standard input the lines of the original program,
    /// `ARCHIVO:source:destination` for a file, any other line a text, an empty line the end.
    ///
    /// # Errors
    ///
    /// [`BadCommand`] if there is no program, one of `{source}` and `{destination}` without
    /// the other, or a second command of a kind.
    pub fn add(&mut self, words: Vec<OsString>) -> Result<(), BadCommand> {
        let has = |placeholder: &str| {
            words.iter().any(|word| word.to_string_lossy().contains(placeholder))
        };
        if words.first().is_none_or(|program| program.is_empty()) {
            return Err(BadCommand("the command names no program".to_owned()));
        }
        let (place, kind) = match (has("{source}"), has("{destination}"), has("{text}")) {
            (true, true, true) => (&mut self.both, "both a text and an upload"),
            (true, true, false) => (&mut self.upload, "an upload"),
            (false, false, true) => (&mut self.text, "a text"),
            (false, false, false) => (&mut self.session, "a session"),
            (true, false, _) => return Err(BadCommand("{source} needs {destination}".to_owned())),
            (false, true, _) => return Err(BadCommand("{destination} needs {source}".to_owned())),
        };
        if place.is_some() {
            return Err(BadCommand(format!("there is a command for {kind} already")));
        }
        *place = Some(words);
        Ok(())
    }

    fn for_job(&self, job: &Job) -> Option<&Vec<OsString>> {
        match job.tasks.as_slice() {
            [Task::Text(_)] if self.text.is_some() => self.text.as_ref(),
            [Task::Upload(_)] if self.upload.is_some() => self.upload.as_ref(),
            [Task::Text(_), Task::Upload(_)] | [Task::Upload(_), Task::Text(_)]
                if self.both.is_some() =>
            {
                self.both.as_ref()
            }
            _ => self.session.as_ref(),
        }
    }
}

impl Driver for Commands {
    fn abilities(&self) -> Abilities {
        Abilities {
            text: self.text.is_some() || self.session.is_some(),
            upload: self.upload.is_some() || self.session.is_some(),
            both: self.both.is_some() || self.session.is_some(),
            session: self.session.is_some(),
        }
    }

    fn tells_texts_in_lines(&self) -> bool {
        self.text.is_none() && self.both.is_none()
    }

    /// Starting an interpreter is work: many at once would all be late.
    fn most(&self) -> usize {
        PER_CORE * thread::available_parallelism().map_or(1, NonZero::get)
    }

    fn start(&self, job: &Job, server: SocketAddr) -> io::Result<Box<dyn Running>> {
        let no_command = || io::Error::other("no command does this job");
        let words = self.for_job(job).ok_or_else(no_command)?;
        let values = values(job, server);
        let mut words = words.iter().map(|word| filled(word, &values));
        let mut command = Command::new(words.next().ok_or_else(no_command)?);
        command.args(words).process_group(0);
        for (placeholder, value) in PLACEHOLDERS.iter().zip(&values) {
            let name = placeholder.trim_matches(['{', '}']).to_uppercase();
            match value {
                Some(value) => command.env(format!("CONEXION_{name}"), value),
                None => command.env_remove(format!("CONEXION_{name}")),
            };
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let lines = lines(job);
        if let Some(mut stdin) = child.stdin.take() {
            // A program that reads no line closes its end.
            thread::spawn(move || drop(stdin.write_all(&lines)));
        }
        let said = Arc::new(Mutex::new(Vec::new()));
        if let Some(stdout) = child.stdout.take() {
            keep(stdout, Arc::clone(&said));
        }
        if let Some(stderr) = child.stderr.take() {
            keep(stderr, Arc::clone(&said));
        }
        Ok(Box::new(Process { child, status: None, said }))
    }
}

/// What the placeholders stand for, in their order.
fn values(job: &Job, server: SocketAddr) -> [Option<OsString>; 6] {
    let source = job.tasks.iter().find_map(|task| match task {
        Task::Upload(source) => Some(source),
        Task::Text(_) => None,
    });
    let text = job.tasks.iter().find_map(|task| match task {
        Task::Text(text) => Some(OsString::from(text)),
        Task::Upload(_) => None,
    });
    [
        Some(server.ip().to_string().into()),
        Some(server.port().to_string().into()),
        Some(server.to_string().into()),
        source.map(|source| source.path.clone().into_os_string()),
        source.map(|source| OsString::from(&source.destination)),
        text,
    ]
}

fn filled(word: &OsString, values: &[Option<OsString>; 6]) -> OsString {
    let Some(text) = word.to_str() else { return word.clone() };
    let filled = PLACEHOLDERS.iter().zip(values).fold(text.to_owned(), |text, (place, value)| {
        match value.as_ref().and_then(|value| value.to_str()) {
            Some(value) => text.replace(place, value),
            None => text,
        }
    });
    filled.into()
}

/// The job in the lines of the original program.
fn lines(job: &Job) -> Vec<u8> {
    let mut lines = Vec::new();
    for task in &job.tasks {
        match task {
            Task::Text(text) => lines.extend(text.as_bytes()),
            Task::Upload(source) => {
                let path = source.path.display();
                lines.extend(format!("ARCHIVO:{path}:{}", source.destination).into_bytes());
            }
        }
        lines.push(b'\n');
    }
    lines.push(b'\n');
    lines
}

/// Keeps the first octets of an output, and drops the rest so that nobody waits.
fn keep(mut output: impl Read + Send + 'static, said: Arc<Mutex<Vec<u8>>>) {
    thread::spawn(move || {
        let mut kept = 0;
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = output.read(&mut buffer) {
            if kept < KEPT {
                kept += read as u64;
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend_from_slice(buffer.get(..read).unwrap_or_default());
            }
        }
    });
}

struct Process {
    child: Child,
    status: Option<ExitStatus>,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Process {
    fn end_group(&self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Running for Process {
    fn exit(&mut self) -> Option<Exit> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status.map(|status| match (status.code(), status.signal()) {
            (Some(0), _) => Exit::Success,
            (Some(code), _) => Exit::Failure(format!("exit status {code}")),
            (None, Some(signal)) => Exit::Failure(format!("ended by signal {signal}")),
            (None, None) => Exit::Failure(status.to_string()),
        })
    }

    fn stop(&mut self) {
        self.end_group();
        if self.status.is_none() {
            self.status = self.child.wait().ok();
        }
    }

    fn said(&mut self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&said).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}
