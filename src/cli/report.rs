//! What a run of uploads tells its user: on standard error, one line for each thing.

use conexion::client::{Error, Escaped, Notice, Profile, Progress, Proof, Receipt};

use super::Ending;
use super::terminal::{Terminal, octets};

/// What has happened so far.
#[derive(Debug)]
pub(super) struct Report {
    terminal: Terminal,
    quiet: bool,
    profile: Option<Profile>,
    stored: u64,
    size: u64,
    held: u64,
    failed: u64,
    unfinished: u64,
    ending: Ending,
    /// Octets of the files that are done: the bar goes back there when a connection is lost.
    finished: u64,
}

impl Report {
    /// A report that speaks of problems only, if it is to be quiet. The bar goes up to
    /// `total` octets.
    pub(super) fn new(quiet: bool, total: Option<u64>) -> Self {
        Self {
            terminal: Terminal::new(!quiet, total),
            quiet,
            profile: None,
            stored: 0,
            size: 0,
            held: 0,
            failed: 0,
            unfinished: 0,
            ending: Ending::Done,
            finished: 0,
        }
    }

    pub(super) fn note(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Connecting => {}
            Notice::Connected { profile, agent } => self.connected(*profile, *agent),
            Notice::Progress { destination, progress } => match progress {
                Progress::Held(octets) => self.terminal.hold(*octets, destination),
                Progress::Sent(octets) => self.terminal.send(*octets, destination),
            },
            Notice::Done { destination, outcome } => self.done(destination, outcome),
            Notice::Retrying { error, after } => {
                self.terminal.go_back(self.finished);
                if !self.quiet {
                    let after = humantime::format_duration(*after);
                    self.terminal.say(&format_args!("{error} (connecting again in {after})"));
                }
            }
        }
    }

    /// Something that concerns one source and is no failure.
    pub(super) fn warn(&self, source: &str, what: &str) {
        self.terminal.say(&format_args!("warning: {}: {what}", Escaped(source)));
    }

    /// A source that cannot be sent.
    pub(super) fn fail(&mut self, source: &str, what: &dyn std::fmt::Display) {
        self.failed += 1;
        self.ending = self.ending.max(Ending::Failed);
        self.terminal.say(&format_args!("error: {}: {what}", Escaped(source)));
    }

    /// The whole run has failed.
    pub(super) fn end(&mut self, error: &Error) {
        self.ending = self.ending.max(Ending::of(error));
        let hint = match error {
            Error::Interrupted if self.profile == Some(Profile::Plain) => {
                "interrupted: an original server may have stored a part of the last file"
            }
            Error::Interrupted => "interrupted: run the same command again to go on",
            _ => "",
        };
        if hint.is_empty() {
            self.terminal.say(&format_args!("error: {error}"));
        } else {
            self.terminal.say(&hint);
        }
    }

    /// The summary.
    pub(super) fn finish(mut self) -> Ending {
        self.terminal.finish();
        if self.quiet {
            return self.ending;
        }
        if self.held > 0 {
            let (held, sent) = (octets(self.held), octets(self.terminal.sent()));
            self.terminal.say(&format_args!("resumed: {held} held, {sent} sent"));
        }
        if self.stored + self.failed + self.unfinished > 0 {
            let elapsed = self.terminal.elapsed().as_secs_f64();
            let files = if self.stored == 1 { "file" } else { "files" };
            let profile = self.profile.map(|profile| format!(", {profile}")).unwrap_or_default();
            let count = |count, word| match count {
                0 => String::new(),
                count => format!(", {count} {word}"),
            };
            let (failed, unfinished) =
                (count(self.failed, "failed"), count(self.unfinished, "unfinished"));
            // Of nothing, or of a moment, a rate says nothing.
            let rate = if self.stored > 0 && self.terminal.sent() > 0 && elapsed >= 0.1 {
                format!(" ({}/s)", octets(self.terminal.rate()))
            } else {
                String::new()
            };
            self.terminal.say(&format_args!(
                "{} {files}, {} in {elapsed:.1} s{rate}{profile}{failed}{unfinished}",
                self.stored,
                octets(self.size),
            ));
        } else if self.ending == Ending::Done {
            self.terminal.say(&"there was nothing to send");
        }
        self.ending
    }

    /// `plain.client-reports`
    fn connected(&mut self, profile: Profile, agent: Option<&str>) {
        if self.profile == Some(profile) {
            return;
        }
        self.profile = Some(profile);
        if let Some(line) = profile_line(profile, agent, self.quiet) {
            self.terminal.say(&line);
        }
    }

    fn done(&mut self, destination: &str, outcome: &Result<Receipt, Error>) {
        match outcome {
            Ok(receipt) => {
                self.stored += 1;
                self.size += receipt.size;
                self.held += receipt.held;
                self.finished += receipt.size;
                if receipt.proof == Proof::Nothing {
                    self.ending = self.ending.max(Ending::Doubtful);
                    self.terminal.say(&format_args!(
                        "doubtful: {}: the server gave no sign that it took the end of the \
                         file: look at its copy",
                        Escaped(destination)
                    ));
                }
            }
            // The run's own end says what that means.
            Err(error) if error.is_interrupt() => self.unfinished += 1,
            Err(error) => {
                self.failed += 1;
                self.ending = self.ending.max(Ending::of(error));
                self.terminal.say(&format_args!("error: {}: {error}", Escaped(destination)));
            }
        }
    }
}

/// What to say about a new connection, if anything.
pub(super) fn profile_line(profile: Profile, agent: Option<&str>, quiet: bool) -> Option<String> {
    match profile {
        Profile::Plain => Some(
            "profile plain: an original server, which confirms nothing and cannot resume"
                .to_owned(),
        ),
        Profile::Framed if quiet => None,
        Profile::Framed => {
            Some(format!("profile framed (server {})", agent.unwrap_or("without a name")))
        }
    }
}
