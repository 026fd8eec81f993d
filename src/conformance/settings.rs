//! How to run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Baseline, Profile};

/// How to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Most time on a connection of a case in which nothing comes from the server.
    pub timeout: Duration,
    /// How long nothing must come where only silence can prove a thing.
    pub silence: Duration,
    /// Longest timer of the target that a case waits for. A case about a longer one has no
    /// ground.
    pub patience: Duration,
    /// What time passes between the pieces of [`super::Segmentation::Paused`], and between
    /// the first of [`super::Segmentation::Octets`].
    pub pause: Duration,
    /// How long a target that is gone, or says nothing any more, may take to come back. If it
    /// does not, the rest is not judged.
    pub grace: Duration,
    /// Once it is set, by another thread or a signal, no further case begins, and the rest is
    /// not judged.
    pub stop: Arc<AtomicBool>,
    /// Most time of a run for making generated sessions that fail smaller.
    pub shrink: Duration,
    /// How many cases run side by side; they mostly wait.
    pub jobs: usize,
    /// The server's root, if it is on this machine: uploads are then compared on disk.
    pub root: Option<PathBuf>,
    /// What is declared of the target.
    pub profile: Profile,
    /// The failures that are known already.
    pub baseline: Baseline,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            silence: Duration::from_millis(300),
            patience: Duration::from_millis(1500),
            pause: Duration::from_millis(1),
            grace: Duration::from_secs(10),
            stop: Arc::default(),
            shrink: Duration::from_secs(10),
            jobs: 48,
            root: None,
            profile: Profile::default(),
            baseline: Baseline::default(),
        }
    }
}
