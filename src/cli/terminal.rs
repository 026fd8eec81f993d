//! What goes to the terminal: errors, warnings, and progress.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use conexion::client::Escaped;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What lasts no longer than this gets no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Standard error, with a progress bar at its foot while something lasts.
#[derive(Debug)]
pub(super) struct Terminal {
    wanted: bool,
    begun: Instant,
    bar: Option<ProgressBar>,
    total: Option<u64>,
    reached: u64,
}

impl Terminal {
    /// A terminal whose bar, if it is wanted and can be shown, goes up to `total`.
    pub(super) fn new(wanted: bool, total: Option<u64>) -> Self {
        let wanted = wanted && Self::has_bar();
        Self { wanted, begun: Instant::now(), bar: None, total, reached: 0 }
    }

    /// Whether a bar could be seen at all.
    pub(super) fn has_bar() -> bool {
        std::io::stderr().is_terminal()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Writes a line above the bar. Control characters are escaped.
    pub(super) fn say(&self, line: &dyn Display) {
        let line = line.to_string();
        let write = || drop(writeln!(std::io::stderr(), "{}", Escaped(&line)));
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// So many octets of all that are to be sent are at the server, or on their way.
    pub(super) fn reach(&mut self, octets: u64, name: &str) {
        self.reached = octets;
        if self.bar.is_none() && self.wanted && self.elapsed() > PATIENCE {
            let bar = bar(self.total).with_position(octets).with_elapsed(self.elapsed());
            // What was before it is no rate.
            bar.reset_eta();
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(octets);
            bar.set_message(Escaped(name).to_string());
        }
    }

    pub(super) const fn reached(&self) -> u64 {
        self.reached
    }

    /// Takes the bar away.
    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => {
            "{bar:24} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {eta}  {wide_msg}"
        }
        None => "{spinner}  {binary_bytes}  {binary_bytes_per_sec}  {wide_msg}",
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(5));
    bar.set_style(style);
    bar
}

/// Octets for people: `734 MiB`.
pub(super) fn octets(count: u64) -> impl Display {
    ByteSize::b(count).display().iec()
}
