//! What a process uses, as `/proc` has it, and the most of it while something goes on.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, sync::Arc};

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(10);

/// What a server uses: octets of memory, descriptors, threads, and what is under its root.
///
/// The memory is what is resident and its own: not the pages of its program, which the system
/// has on the disk and which no peer can make more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) memory: u64,
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
    /// Files in its own folder but for its lock and the names that it tries, and their octets.
    pub(crate) held: u64,
    pub(crate) disk: u64,
    /// Names that it tries.
    pub(crate) tried: u64,
    /// Files and folders elsewhere, and the octets of the files.
    pub(crate) entries: u64,
    pub(crate) stored: u64,
}

impl Usage {
    pub(crate) fn of(process: u32, root: &Path) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            number.and_then(|number| number.parse::<u64>().ok()).expect("a number")
        };
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).expect("ours").count();
        let own = root.join(".conexion");
        let (lock, names) = (own.join("lock"), own.join("names"));
        let (held, disk) = below(&own, &[&lock, &names]);
        let (tried, _) = below(&names, &[]);
        let (entries, stored) = below(root, &[&own]);
        Self {
            memory: (field("RssAnon:") + field("RssShmem:")) * 1024,
            descriptors: descriptors as u64,
            threads: field("Threads:"),
            held,
            disk,
            tried,
            entries,
            stored,
        }
    }

    fn most(self, other: Self) -> Self {
        Self {
            memory: self.memory.max(other.memory),
            descriptors: self.descriptors.max(other.descriptors),
            threads: self.threads.max(other.threads),
            held: self.held.max(other.held),
            disk: self.disk.max(other.disk),
            tried: self.tried.max(other.tried),
            entries: self.entries.max(other.entries),
            stored: self.stored.max(other.stored),
        }
    }

    /// What is above the bounds, in words; empty if nothing is.
    pub(crate) fn above(self, bounds: Self) -> Vec<String> {
        let pairs = [
            ("memory", self.memory, bounds.memory),
            ("descriptors", self.descriptors, bounds.descriptors),
            ("threads", self.threads, bounds.threads),
            ("held files", self.held, bounds.held),
            ("octets in files of its own", self.disk, bounds.disk),
            ("names that are tried", self.tried, bounds.tried),
            ("entries elsewhere", self.entries, bounds.entries),
            ("octets stored", self.stored, bounds.stored),
        ];
        let above = pairs.into_iter().filter(|(_, used, bound)| used > bound);
        above.map(|(what, used, bound)| format!("{what}: {used}, at most {bound}")).collect()
    }
}

/// How many files and folders are below this one but for some, and the octets of the files.
/// Any may vanish meanwhile.
fn below(folder: &Path, but: &[&Path]) -> (u64, u64) {
    let (mut count, mut octets) = (0, 0);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(metadata) = entry.metadata().ok().filter(|_| !but.contains(&&*path)) else {
            continue;
        };
        let inside = if metadata.is_dir() { below(&path, but) } else { (0, metadata.size()) };
        count += 1 + inside.0;
        octets += inside.1;
    }
    (count, octets)
}

/// For the table: used and bound by turns.
pub(crate) struct Row<'a>(pub(crate) &'a str, pub(crate) Usage, pub(crate) Usage);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name, used, bound) = self;
        let kib = |octets: u64| octets / 1024;
        write!(
            f,
            "{name:<26} memory {:>7}/{:>7} KiB, descriptors {:>5}/{:>5}, threads {:>5}/{:>5}, \
             held {:>4}/{:>4} of {:>6}/{:>6} KiB, tried {}/{}, elsewhere {}/{} of {}/{} octets",
            kib(used.memory),
            kib(bound.memory),
            used.descriptors,
            bound.descriptors,
            used.threads,
            bound.threads,
            used.held,
            bound.held,
            kib(used.disk),
            kib(bound.disk),
            used.tried,
            bound.tried,
            used.entries,
            bound.entries,
            used.stored,
            bound.stored,
        )
    }
}

/// Looks at a process again and again.
pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Usage>,
}

impl Watch {
    pub(crate) fn start(process: u32, root: PathBuf) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut most = Usage::default();
            loop {
                // The last look comes after the end.
                let is_last = ended.load(Relaxed);
                most = most.most(Usage::of(process, &root));
                if is_last {
                    return most;
                }
                thread::sleep(INTERVAL);
            }
        });
        Self { over, thread }
    }

    /// The most that was used of each at any time.
    pub(crate) fn most(self) -> Usage {
        self.over.store(true, Relaxed);
        self.thread.join().expect("the process is there")
    }
}
