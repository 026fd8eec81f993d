//! What goes to the terminal: errors, warnings, and progress.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use conexion::client::Escaped;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What lasts no longer than this gets no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the bar shows the same.
const INTERVAL: Duration = Duration::from_millis(200);

/// Standard error, with a progress bar at its foot while something lasts.
#[derive(Debug)]
pub(super) struct Terminal {
    wanted: bool,
    begun: Instant,
    bar: Option<ProgressBar>,
    total: Option<u64>,
    reached: u64,
    sent: u64,
    /// When the bar was last shown, counted from `begun`.
    shown: Duration,
}

impl Terminal {
    /// A terminal whose bar, if it is wanted and can be shown, goes up to `total`.
    pub(super) fn new(wanted: bool, total: Option<u64>) -> Self {
        let wanted = wanted && Self::has_bar();
        Self {
            wanted,
            begun: Instant::now(),
            bar: None,
            total,
            reached: 0,
            sent: 0,
            shown: PATIENCE,
        }
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

    /// So many octets more of all that are to be sent are at the server already.
    pub(super) fn hold(&mut self, octets: u64, name: &str) {
        self.reached += octets;
        self.show(name);
    }

    /// So many octets more are on their way.
    pub(super) fn send(&mut self, octets: u64, name: &str) {
        self.reached += octets;
        self.sent += octets;
        self.show(name);
    }

    /// What was on its way is lost: only so many octets are sure.
    pub(super) fn go_back(&mut self, octets: u64) {
        self.reached = octets;
    }

    /// How many octets were sent.
    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Octets sent in a second, on the average.
    pub(super) fn rate(&self) -> u64 {
        let milliseconds = self.elapsed().as_millis().max(1);
        let rate = u128::from(self.sent) * 1000 / milliseconds;
        rate.try_into().unwrap_or(u64::MAX)
    }

    fn show(&mut self, name: &str) {
        let now = self.elapsed();
        if !self.wanted || now < self.shown + INTERVAL {
            return;
        }
        self.shown = now;
        let rate = self.rate();
        let left = self.total.map(|total| total.saturating_sub(self.reached));
        let left = match left.and_then(|left| left.checked_div(rate)) {
            Some(left) => {
                format!("  {} left", humantime::format_duration(Duration::from_secs(left)))
            }
            None => String::new(),
        };
        let bar = self.bar.get_or_insert_with(|| bar(self.total));
        bar.set_message(format!("{}/s{left}  {}", octets(rate), Escaped(name)));
        bar.set_position(self.reached);
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
        Some(_) => "{bar:24} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  {wide_msg}",
        None => "{spinner}  {binary_bytes}  {wide_msg}",
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
