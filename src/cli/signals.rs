//! Ctrl-C and its kin.
//!
//! While there is a conversation, a signal only sets a flag, and the client ends politely:
//! inside a plain upload it must still send the end mark (`plain.client-never-inside`).
//! At any other time, as in a name that does not resolve or at a prompt, the signal ends
//! the program at once.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use conexion::client::{Interrupt, Notice};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// What signals do to this process.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    interrupt: Interrupt,
    at_once: Arc<AtomicBool>,
}

impl Signals {
    /// From now on signals are handled here; at once, to begin with.
    pub(super) fn new() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let at_once = Arc::new(AtomicBool::new(true));
        let ignored = ignored();
        // Whoever started this program with a signal ignored, as nohup does, wants that.
        for signal in [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
        {
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&at_once))?;
            flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Self { interrupt: flag.into(), at_once })
    }

    pub(super) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Follows a conversation from its beginning.
    pub(super) fn follow(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Connecting | Notice::Retrying { .. } => self.end_at_once(true),
            Notice::Connected { .. } => self.end_at_once(false),
            Notice::Progress { .. } | Notice::Done { .. } => {}
        }
    }

    pub(super) fn end_at_once(&self, at_once: bool) {
        self.at_once.store(at_once, Ordering::Relaxed);
    }
}

/// The mask of signals that are ignored, where the system tells it.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
