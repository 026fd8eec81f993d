//! One client: what it uploads, and what must be true of it at each moment.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use conexion::wire::{Flags, ResumePoint};

use crate::link::{Answer, Link};
use crate::numbers::Numbers;
use crate::own;

/// A client's destinations, which are written again and again.
const DESTINATIONS: u64 = 6;

/// Large uploads take their time, so that some are cut.
const PIECE: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(1);

/// What clients did, counted by all of them.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Frames that were sent and answers that came, in the life of one server.
    pub(crate) steps: AtomicU64,
    /// Uploads that were answered with STORED.
    pub(crate) stored: AtomicU64,
    /// Uploads that a kill has cut.
    pub(crate) cut: AtomicU64,
    /// Those of them that went on from octets that were held.
    pub(crate) resumed: AtomicU64,
    /// Those of them that were whole under their destination, although no STORED had come.
    pub(crate) whole: AtomicU64,
}

/// An upload that has no final answer.
struct Open {
    destination: String,
    whole: Vec<u8>,
    /// How many octets are held.
    held: u64,
    /// Whether END was sent to the server that is there.
    ended: bool,
}

/// A client, which alone has destinations in a folder of its own.
pub(crate) struct Client {
    name: u64,
    numbers: Numbers,
    /// What is visible under its destinations.
    there: BTreeMap<String, Vec<u8>>,
    open: Option<Open>,
}

/// A sign that the server is gone.
struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Client {
    pub(crate) fn new(name: u64, seed: u64) -> Self {
        let numbers = Numbers(seed.wrapping_mul(1 << 32).wrapping_add(name << 16));
        Self { name, numbers, there: BTreeMap::new(), open: None }
    }

    /// Uploads until the server is gone.
    pub(crate) fn work(&mut self, root: &Path, address: SocketAddr, counts: &Counts) {
        let Ok(mut link) = Link::open(address) else { return };
        loop {
            let is_new = self.open.is_none();
            let mut open = self.open.take().unwrap_or_else(|| self.next());
            // Who begins may or may not ask for what is held; who goes on does.
            let resume = !is_new || self.numbers.below(2) == 0;
            let stored = self.upload(&mut link, root, &mut open, resume, counts);
            if stored.is_err() {
                counts.cut.fetch_add(1, Ordering::Relaxed);
                self.open = Some(open);
                return;
            }
            counts.stored.fetch_add(1, Ordering::Relaxed);
            self.there.insert(open.destination, open.whole);
        }
    }

    /// Goes on with what was cut last until it is stored.
    pub(crate) fn complete(&mut self, root: &Path, address: SocketAddr, counts: &Counts) {
        let Some(mut open) = self.open.take() else { return };
        let mut link = Link::open(address).expect("a server");
        let stored = self.upload(&mut link, root, &mut open, true, counts);
        assert!(stored.is_ok(), "{} is cut, and nobody has killed the server", open.destination);
        self.there.insert(open.destination, open.whole);
    }

    fn next(&mut self) -> Open {
        let destination =
            format!("client-{}/folder/{}", self.name, self.numbers.below(DESTINATIONS));
        // Small ones end within a moment, large ones are cut. Equal sizes are frequent: octets
        // that are held for one destination must not be offered for another.
        let sizes = [[0, 1, 100], [999, 1000, 10_000], [600_000, 1_000_000, 1_700_000]];
        let kind = if self.numbers.below(2) == 0 { 2 } else { self.numbers.below(2) };
        let size = sizes[usize::try_from(kind).expect("below 3")];
        let size = size[usize::try_from(self.numbers.below(3)).expect("below 3")];
        Open { destination, whole: self.numbers.octets(size), held: 0, ended: false }
    }

    /// Uploads all that the server does not hold.
    fn upload(
        &self,
        link: &mut Link,
        root: &Path,
        open: &mut Open,
        resume: bool,
        counts: &Counts,
    ) -> Result<(), Gone> {
        let Open { destination, whole, held, ended } = open;
        let (size, held) = (whole.len() as u64, *held);
        let there = self.there.get(destination);
        let mut resume = resume;
        *ended = false;
        let step = || counts.steps.fetch_add(1, Ordering::Relaxed);
        let offset = loop {
            step();
            link.file(destination, size, Flags { overwrite: true, resume })?;
            let Answer::Continue(point) = link.answer()? else { panic!("no CONTINUE") };
            step();
            let expected = match there {
                _ if !resume => ResumePoint::START,
                // `held.which`
                _ if held > 0 => point_after(&whole[..len(held)]),
                // `held.complete`
                Some(there) if there.len() as u64 == size => point_after(there),
                _ => ResumePoint::START,
            };
            assert_eq!(point, expected, "{destination}: {held} of {size} octets are held");
            let offset = len(point.offset);
            if point.crc32 == crc32fast::hash(&whole[..offset]) {
                break offset;
            }
            // `resume.differs`
            link.abort()?;
            assert_eq!(link.answer()?, Answer::Refused(220));
            step();
            resume = false;
        };
        if offset > 0 && held > 0 {
            counts.resumed.fetch_add(1, Ordering::Relaxed);
        }
        for piece in whole[offset..].chunks(PIECE) {
            link.data(piece)?;
            step();
            thread::sleep(PAUSE);
        }
        // From here on it may become visible at any moment.
        *ended = true;
        link.end(whole)?;
        step();
        let path = root.join(destination.as_str());
        while !link.has_come()? {
            // `publish.whole`
            let found = fs::read(&path).ok();
            let good = found.as_ref() == there || found.as_ref() == Some(whole);
            assert!(good, "{destination}: neither old nor new, {:?}", found.map(|it| it.len()));
            thread::yield_now();
        }
        let answer = link.answer()?;
        assert_eq!(answer, Answer::Stored, "{destination}");
        // `publish.before-stored`
        let found = fs::read(&path).ok();
        assert!(found.as_ref() == Some(whole), "{destination} is stored, and not visible");
        step();
        Ok(())
    }

    /// Compares what a dead server has left, or the next one has found, with what it may be.
    pub(crate) fn check(&mut self, root: &Path, counts: &Counts) {
        if let Some(open) = &mut self.open {
            let found = fs::read(root.join(&open.destination)).ok();
            let old = self.there.get(&open.destination);
            if found.as_ref() != old {
                let is_new = found.as_ref() == Some(&open.whole);
                let ended = open.ended;
                assert!(is_new, "{}: neither old nor new", open.destination);
                // `publish.nothing-on-failure`
                assert!(ended, "{} is visible, and its END has not been sent", open.destination);
                counts.whole.fetch_add(1, Ordering::Relaxed);
                self.there.insert(open.destination.clone(), open.whole.clone());
                open.held = 0;
            }
            let size = open.whole.len() as u64;
            let held = own::held(root, &open.destination, size);
            assert!(open.whole.starts_with(&held), "{}: others' octets", open.destination);
            let held = held.len() as u64;
            // `held.survives`
            assert!(held >= open.held, "{}: {held}, once {}", open.destination, open.held);
            open.held = held;
            // The dead server's END says nothing to the next one.
            open.ended = false;
        }
        for (destination, there) in &self.there {
            let found = fs::read(root.join(destination));
            let found = found.unwrap_or_else(|error| panic!("{destination}: {error}"));
            assert!(found == *there, "{destination} is not what was stored");
        }
    }

    /// Whether a file of this name should be visible.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.there.contains_key(name)
    }

    /// Whether octets under this name are those of its open upload.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let name_of = |open: &Open| own::held_name(&open.destination, open.whole.len() as u64);
        self.open.as_ref().is_some_and(|open| name_of(open) == name)
    }
}

fn point_after(octets: &[u8]) -> ResumePoint {
    ResumePoint { offset: octets.len() as u64, crc32: crc32fast::hash(octets) }
}

fn len(octets: u64) -> usize {
    usize::try_from(octets).expect("it fits into memory")
}
