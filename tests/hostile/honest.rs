//! A peer that does as it should while others do not: it is answered, and how soon.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use conexion::wire::{Flags, FrameType};

use super::{common, connect};

/// The longest that an honest peer may wait for anything, on a machine that is shared.
const DEADLINE: Duration = Duration::from_secs(10);

/// Between its requests.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) struct Honest {
    over: Arc<AtomicBool>,
    thread: JoinHandle<(Vec<Duration>, Vec<Duration>)>,
}

impl Honest {
    /// Texts on a connection that stays, and uploads on one that is new each time unless
    /// `newcomers` are not to be served.
    pub(crate) fn start(address: SocketAddr, newcomers: bool) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let mut stays = connect(address);
        stays.open();
        let thread = thread::spawn(move || {
            let (mut texts, mut uploads) = (Vec::new(), Vec::new());
            loop {
                let is_last = ended.load(Relaxed);
                let begun = Instant::now();
                stays.text("hola");
                assert_eq!(stays.expect(FrameType::Reply), b"hola");
                texts.push(begun.elapsed());
                if newcomers {
                    let begun = Instant::now();
                    let mut peer = connect(address);
                    peer.open();
                    let overwrite = Flags { overwrite: true, resume: false };
                    peer.file("honest/file", Some(4), overwrite);
                    peer.expect_continue();
                    peer.data(b"hola");
                    peer.frame(&conexion::wire::Frame::End(common::completion(b"hola")));
                    peer.expect(FrameType::Stored);
                    uploads.push(begun.elapsed());
                }
                if is_last {
                    return (texts, uploads);
                }
                thread::sleep(PAUSE);
            }
        });
        Self { over, thread }
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
