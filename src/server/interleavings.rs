//! What connections share, run in one order of threads after another by a checker.
//!
//! ```sh
//! RUSTFLAGS='--cfg shuttle' CARGO_TARGET_DIR=target/shuttle cargo test --lib interleavings
//! ```
//!
//! With `--cfg shuttle` the locks and threads of the server's own code are those of the
//! checker ([`sync`](super::sync)), which runs one thread at a time and chooses at each of
//! them who goes on. It ends a test that cannot go on (a deadlock), and prints the order
//! that a failed one had, with which `shuttle::replay` has it again.
//!
//! [`exhaust`] goes through all orders. [`explore`] is for what has too many of them: half
//! of its runs choose at random, half as PCT does, which finds a fault that needs `d`
//! changes of thread among `k` with a probability of at least `1 / (n * k^(d-1))` a run.
//! `INTERLEAVINGS` is how many runs of each a test has; `SHUTTLE_RANDOM_SEED` repeats them.
//! The seed is otherwise new each time.
//!
//! What is not seen here: orders of memory (all atomics are in one order), the sockets, and
//! the time (no wait is ever over, so that a wake which is lost is a deadlock).

use std::time::Duration;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config as Checked, MaxSteps, Runner};

use super::listener::{Guest, Shared};
use super::places::Places;
use super::shutdown::ShutdownHandle;
use super::store::{Durability, Settings, Store};
use super::sync::{Arc, disk_step, thread};
use super::{Config, connection::Admission};

/// Of a thread's stack: the storage has a buffer for paths on it.
const STACK: usize = 256 * 1024;

/// Changes of thread that PCT makes where they matter, beside those that are forced.
const CHANGES: usize = 3;

/// Runs the threads of `run` in all orders that there are.
fn exhaust(run: impl Fn() + Send + Sync + 'static) {
    let runs = checked(DfsScheduler::new(None, false), run);
    assert!(runs > 1, "there was no choice to be made");
    println!("all {runs} orders");
}

/// Runs the threads of `run` in many orders.
pub(super) fn explore(run: impl Fn() + Clone + Send + Sync + 'static) {
    let runs = std::env::var("INTERLEAVINGS").map_or(1000, |runs| runs.parse().expect("a number"));
    checked(RandomScheduler::new(runs), run.clone());
    checked(PctScheduler::new(CHANGES, runs), run);
}

fn checked(scheduler: impl Scheduler + 'static, run: impl Fn() + Send + Sync + 'static) -> usize {
    let mut config = Checked::new();
    config.stack_size = STACK;
    config.max_steps = MaxSteps::FailAfter(100_000);
    Runner::new(scheduler, config).run(run)
}

/// More than there are places for come at the same time: as many as the bounds say are
/// admitted and turned away, and each place is had again.
#[test]
fn the_limit_on_connections_is_never_exceeded_and_each_place_comes_back() {
    exhaust(|| come_and_go(&Places::bounded(1, 0), 2));
    explore(|| come_and_go(&Places::bounded(2, 1), 5));
}

fn come_and_go(places: &Arc<Places>, connections: usize) {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    let served = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let come = |_| {
        let (places, served) = (Arc::clone(places), Arc::clone(&served));
        thread::spawn(move || {
            let Some(place) = places.take() else { return };
            let (kind, most) = match place.admission() {
                Admission::Admitted => (0, places.bounds().0),
                Admission::TooMany => (1, places.bounds().1),
            };
            assert!(served[kind].fetch_add(1, SeqCst) < most, "{:?}", place.admission());
            disk_step();
            served[kind].fetch_sub(1, SeqCst);
        })
    };
    let threads: Vec<_> = (0..connections).map(come).collect();
    for thread in threads {
        thread.join().expect("ends");
    }
    assert_eq!(places.wait_until_free(Duration::ZERO), 0);
    assert_eq!(places.take().expect("free").admission(), Admission::Admitted);
}

/// The wait for connections ends, whoever leaves when.
#[test]
fn waiting_for_connections_misses_no_end() {
    exhaust(|| {
        let places = Places::bounded(1, 1);
        for place in [places.take(), places.take()] {
            thread::spawn(move || drop(place.expect("there are two")));
        }
        assert_eq!(places.wait_until_free(Duration::from_secs(3600)), 0);
    });
}

/// Whoever is woken by the signal of the shutdown finds that it has begun: a connection that
/// did not would go on as if nothing had been said. And the signal comes.
#[test]
fn the_signal_of_the_shutdown_is_not_seen_before_the_shutdown() {
    exhaust(|| {
        let handle = ShutdownHandle::new().expect("a pipe");
        let seen = handle.clone();
        let connection = thread::spawn(move || {
            disk_step();
            if is_readable(&seen) {
                assert!(seen.has_begun());
            }
        });
        let again = handle.clone();
        let ender = thread::spawn(move || again.shut_down());
        handle.shut_down();
        assert!(handle.has_begun());
        ender.join().expect("ends");
        assert!(is_readable(&handle));
        connection.join().expect("ends");
    });
}

/// A server that is told to end while connections come and go: all end, the wait for them
/// too, and then nothing of the server is in use any more: its root is free.
#[test]
fn the_shutdown_ends_all_and_leaves_the_root_free() {
    explore(|| {
        let root = tempfile::tempdir().expect("a folder");
        let config = Config { max_connections: 2, ..Config::new(root.path().to_owned(), PORT) };
        let settings = Settings { durability: Durability::None, ..Settings::default() };
        let store = || Store::open(&config.root, settings);
        let handle = ShutdownHandle::new().expect("a pipe");
        let shared = Shared::new(config.clone(), store().expect("is free"), handle.clone());
        let shared = Arc::new(shared);
        let ender = thread::spawn(move || handle.shut_down());
        for _ in 0..2 {
            if shared.shutdown.has_begun() {
                break;
            }
            let guest = Guest::admit(&shared).expect("a place");
            thread::spawn(move || {
                let _served = &guest;
                while !guest.shared().shutdown.has_begun() {
                    thread::yield_now();
                }
            });
        }
        assert!(store().is_err(), "the root is in use");
        ender.join().expect("ends");
        assert_eq!(shared.wait_for_connections(), 0);
        assert_eq!(Arc::strong_count(&shared), 1, "a connection still has the server");
        drop(shared);
        store().expect("the root is free");
    });
}

const PORT: std::net::SocketAddr =
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn is_readable(handle: &ShutdownHandle) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut descriptors = [PollFd::from_borrowed_fd(handle.signal(), PollFlags::IN)];
    poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).expect("polls") == 1
}
