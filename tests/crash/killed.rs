//! Clients at work, and the kills.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use conexion::wire::Flags;

use crate::link::{Answer, Link};
use crate::programs::{Served, conexion};

const CLIENTS: u64 = 4;
/// Of each client's destinations, this many are written again and again.
const DESTINATIONS: u64 = 6;
/// The longest life of a server.
const LIFE: u64 = 120;

/// Large uploads take their time, so that some are cut.
const PIECE: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(1);

/// What has happened.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u64,
    /// Uploads that were answered with STORED.
    pub(crate) stored: u64,
    /// Uploads that a kill has cut.
    pub(crate) cut: u64,
    /// Those of them that went on from octets that were held.
    pub(crate) resumed: u64,
    /// Those of them that were whole under their destination, although no STORED had come.
    pub(crate) whole: u64,
}

/// A generator of numbers without any secret (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The octets of an upload, which its number decides.
fn content(number: u64) -> Vec<u8> {
    let mut numbers = Numbers(number);
    // Small ones end within a moment, large ones are cut.
    let most = [100, 10_000, 2_000_000][usize::try_from(number % 3).expect("below 3")];
    let len = numbers.below(most);
    (0..len.div_ceil(8)).flat_map(|_| numbers.next().to_le_bytes()).collect()
}

/// What a client knows of its destinations.
#[derive(Default)]
struct Client {
    /// The number of what was stored last, by destination.
    stored: BTreeMap<String, u64>,
    /// Those that were stored since they were compared last.
    fresh: BTreeSet<String>,
    /// An upload that has no final answer.
    open: Option<(String, u64)>,
}

/// Overwrites, and goes on from what is held.
const FLAGS: Flags = Flags { overwrite: true, resume: true };

impl Client {
    /// Uploads until the server is gone.
    fn work(&mut self, address: SocketAddr, name: u64, next: &AtomicU64, tally: &Counts) {
        let Ok(mut link) = Link::open(address) else { return };
        loop {
            let (destination, number) = self.open.take().unwrap_or_else(|| {
                let number = next.fetch_add(1, Ordering::Relaxed);
                (format!("client-{name}/folder/{}", number % DESTINATIONS), number)
            });
            let whole = content(number);
            let before = tally.resumed.load(Ordering::Relaxed);
            let begun = link.file(&destination, whole.len() as u64, FLAGS);
            let outcome = begun.and_then(|()| match link.answer()? {
                Answer::Continue(point) => {
                    let offset = usize::try_from(point.offset).expect("below the size");
                    let held = whole.get(..offset).expect("no more is held than the size");
                    if point.crc32 != crc32fast::hash(held) {
                        // A file of the same size is there: `resume.differs`.
                        link.abort()?;
                        assert_eq!(link.answer()?, Answer::Refused(220));
                        let flags = Flags { resume: false, ..FLAGS };
                        return link.upload(&destination, &whole, flags);
                    }
                    if offset > 0 && offset < whole.len() {
                        tally.resumed.store(before + 1, Ordering::Relaxed);
                    }
                    for piece in whole[offset..].chunks(PIECE) {
                        link.data(piece)?;
                        thread::sleep(PAUSE);
                    }
                    link.end(&whole)?;
                    link.answer()
                }
                other => Ok(other),
            });
            match outcome {
                Ok(Answer::Stored) => {
                    tally.stored.fetch_add(1, Ordering::Relaxed);
                    self.fresh.insert(destination.clone());
                    self.stored.insert(destination, number);
                }
                Ok(other) => panic!("{other:?} for {destination}"),
                Err(_) => {
                    tally.cut.fetch_add(1, Ordering::Relaxed);
                    self.open = Some((destination, number));
                    return;
                }
            }
        }
    }

    /// Compares what is visible, and may have changed.
    fn check(&mut self, root: &Path, tally: &mut Tally) {
        let fresh = std::mem::take(&mut self.fresh);
        let may_have_changed = |destination: &String| {
            let is_open = self.open.as_ref().is_some_and(|(open, _)| open == destination);
            fresh.contains(destination) || is_open
        };
        for (destination, number) in self.stored.iter().filter(|(at, _)| may_have_changed(at)) {
            let open = self.open.as_ref().filter(|(open, _)| open == destination);
            let found = std::fs::read(root.join(destination));
            let found = found.unwrap_or_else(|error| panic!("{destination}: {error}"));
            let whole = |number: u64| found == content(number);
            let new = open.is_some_and(|(_, number)| whole(*number));
            assert!(new || whole(*number), "{destination} is not what was stored");
        }
        if let Some((destination, number)) = &self.open {
            match std::fs::read(root.join(destination)) {
                Ok(found) if found == content(*number) => tally.whole += 1,
                Ok(_) => assert!(self.stored.contains_key(destination), "{destination}: a part"),
                Err(_) => assert!(!self.stored.contains_key(destination)),
            }
        }
    }
}

#[derive(Default)]
struct Counts {
    stored: AtomicU64,
    cut: AtomicU64,
    resumed: AtomicU64,
}

/// Kills a server so many times.
pub(crate) fn run(crashes: u64, seed: u64) -> Tally {
    let root = tempfile::tempdir().expect("a folder");
    let mut numbers = Numbers(seed);
    let next = AtomicU64::new(seed.wrapping_mul(1 << 32));
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| Client::default()).collect();
    let mut tally = Tally::default();
    let counts = Counts::default();
    for _ in 0..crashes {
        let (mut served, address) = Served::durable(conexion(), root.path());
        let life = Duration::from_millis(numbers.below(LIFE));
        thread::scope(|scope| {
            for (name, client) in (0..).zip(&mut clients) {
                let (next, counts) = (&next, &counts);
                scope.spawn(move || client.work(address, name, next, counts));
            }
            thread::sleep(life);
            served.kill();
        });
        tally.kills += 1;
        for client in &mut clients {
            client.check(root.path(), &mut tally);
        }
        nothing_else(root.path(), &clients);
    }
    // What was cut last is completed.
    let (served, address) = Served::durable(conexion(), root.path());
    for client in &mut clients {
        if let Some((destination, number)) = client.open.take() {
            let mut link = Link::open(address).expect("a server");
            let flags = Flags { overwrite: true, resume: false };
            let answer = link.upload(&destination, &content(number), flags);
            assert_eq!(answer.expect("an answer"), Answer::Stored);
            client.stored.insert(destination, number);
        }
        client.fresh.extend(client.stored.keys().cloned());
        client.check(root.path(), &mut tally);
    }
    drop(served);
    tally.stored = counts.stored.into_inner();
    tally.cut = counts.cut.into_inner();
    tally.resumed = counts.resumed.into_inner();
    tally
}

/// No file is visible but those that were checked.
fn nothing_else(root: &Path, clients: &[Client]) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below the root").to_str().expect("UTF-8");
            if name == ".conexion" {
                let held = std::fs::read_dir(&path).expect("a folder").count();
                let most = clients.len() * 8 + 8;
                assert!(held <= most, "{held} files are kept for {} clients", clients.len());
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let known = |client: &Client| {
                    client.stored.contains_key(name)
                        || client.open.as_ref().is_some_and(|(open, _)| open == name)
                };
                assert!(clients.iter().any(known), "nobody has sent {name}");
            }
        }
    }
}
