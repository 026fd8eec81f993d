//! Clients at work, and the kills.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::client::{Client, Counts};
use crate::numbers::Numbers;
use crate::own::{self, Kept};
use crate::programs::{Served, conexion};

const CLIENTS: u64 = 4;
/// A server lives until its clients have taken so many steps at most, however long they take.
const LIFE: u64 = 160;
/// And so many microseconds longer at most.
const MORE: u64 = 2000;

/// Kills a server so many times, and completes what was cut.
pub(crate) fn run(crashes: u64, seed: u64) -> Counts {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let mut numbers = Numbers(seed);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|name| Client::new(name, seed)).collect();
    let counts = Counts::default();
    for _ in 0..crashes {
        let (mut served, address) = Served::durable(conexion(), root);
        check(root, &mut clients, &counts, Server::Started);
        counts.steps.store(0, Ordering::Relaxed);
        let life = numbers.below(LIFE);
        let more = Duration::from_micros(numbers.below(MORE));
        let all_lived = thread::scope(|scope| {
            let work = |client| scope.spawn(|| Client::work(client, root, address, &counts));
            let working: Vec<_> = clients.iter_mut().map(work).collect();
            let all_live = || working.iter().all(|client| !client.is_finished());
            while counts.steps.load(Ordering::Relaxed) < life && all_live() {
                thread::sleep(Duration::from_micros(100));
            }
            thread::sleep(more);
            let all_lived = all_live();
            served.kill();
            all_lived
        });
        assert!(all_lived, "a connection has ended before the server was killed");
        check(root, &mut clients, &counts, Server::Killed);
    }
    // What was cut last is completed.
    let (served, address) = Served::durable(conexion(), root);
    check(root, &mut clients, &counts, Server::Started);
    for client in &mut clients {
        client.complete(root, address, &counts);
    }
    check(root, &mut clients, &counts, Server::Started);
    drop(served);
    counts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Started,
    Killed,
}

/// What is there is what the clients know, and nothing else.
fn check(root: &Path, clients: &mut [Client], counts: &Counts, server: Server) {
    for client in &mut *clients {
        client.check(root, counts);
    }
    for name in own::visible(root).0 {
        assert!(clients.iter().any(|client| client.has(&name)), "nobody has sent {name}");
    }
    for kept in own::kept(root) {
        let of_use = match &kept {
            Kept::Held(name) => clients.iter().any(|client| client.wants(name)),
            // The next start removes it.
            Kept::Replaced(name) => {
                server == Server::Killed && clients.iter().any(|client| client.wants(name))
            }
            Kept::Other(_) => false,
        };
        assert!(of_use, "{kept:?} is of no use");
    }
}
