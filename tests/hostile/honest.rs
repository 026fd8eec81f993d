//! A peer that does as it should while others do not: it is answered, and how soon.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use conexion::wire::{Flags, FrameType};

use super::{connect, scaled};

/// The longest that an honest peer may wait for anything, on a machine that is shared.
const DEADLINE: Duration = Duration::from_secs(10);

/// Between its requests.
const PAUSE: Duration = Duration::from_millis(5);

/// What was begun and answered during an attack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    texts: u64,
    /// If there are to be any.
    uploads: Option<u64>,
}

impl Answered {
    fn nothing(newcomers: bool) -> Self {
        Self { texts: 0, uploads: newcomers.then_some(0) }
    }

    /// Whether it is as much as it has to be.
    pub(crate) fn is_enough(self) -> bool {
        let least = scaled(10, 100);
        self.texts >= least && self.uploads.is_none_or(|uploads| uploads >= least)
    }
}

pub(crate) struct Honest {
    over: Arc<AtomicBool>,
    answered: Arc<Mutex<Answered>>,
    thread: JoinHandle<(Vec<Duration>, Vec<Duration>)>,
}

impl Honest {
    /// Texts on a connection that stays, and uploads on one that is new each time unless
    /// `newcomers` are not to be served.
    pub(crate) fn start(address: SocketAddr, newcomers: bool) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(Mutex::new(Answered::nothing(newcomers)));
        let (ended, counted) = (Arc::clone(&over), Arc::clone(&answered));
        let mut stays = connect(address);
        stays.open();
        let thread = thread::spawn(move || {
            let (mut texts, mut uploads) = (Vec::new(), Vec::new());
            while !ended.load(Relaxed) {
                let begun = Instant::now();
                stays.text("hola");
                assert_eq!(stays.expect(FrameType::Reply), b"hola");
                texts.push(begun.elapsed());
                if newcomers {
                    let begun = Instant::now();
                    upload(address);
                    uploads.push(begun.elapsed());
                }
                *counted.lock().unwrap() = Answered {
                    texts: texts.len() as u64,
                    uploads: newcomers.then_some(uploads.len() as u64),
                };
                thread::sleep(PAUSE);
            }
            (texts, uploads)
        });
        Self { over, answered, thread }
    }

    pub(crate) fn answered(&self) -> Answered {
        *self.answered.lock().unwrap()
    }

    /// Ends it, and prints how long it has waited.
    pub(crate) fn judge(self, name: &str) {
        self.over.store(true, Relaxed);
        let (texts, uploads) = self.thread.join().expect("an honest peer was not answered");
        for (what, mut waited) in [("text", texts), ("upload", uploads)] {
            waited.sort();
            let Some(worst) = waited.last() else { continue };
            let middle = waited[waited.len() / 2];
            let late = waited[waited.len() * 99 / 100];
            println!(
                "{name:<26}   honest {what:<6} x {:>4}: half within {middle:.1?}, 99 of 100 within \
                 {late:.1?}, all within {worst:.1?}",
                waited.len(),
            );
            assert!(*worst < DEADLINE, "{name}: an honest {what} took {worst:?}");
        }
    }
}

/// On a new connection, from its line to STORED.
fn upload(address: SocketAddr) {
    let mut peer = connect(address);
    peer.open();
    peer.file(FILE, Some(4), Flags { overwrite: true, resume: false });
    peer.expect_continue();
    peer.data(b"hola");
    peer.end(b"hola");
    peer.expect(FrameType::Stored);
}

/// What it uploads.
pub(crate) const FILE: &str = "honest/file";
