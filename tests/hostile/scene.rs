//! A server under attack, time and again: what it uses meanwhile and afterwards.

use std::fs;
use std::ops::Deref;

use super::*;

/// A server to be attacked. One at a time, so that each has the machine for itself.
pub(crate) struct Scene {
    name: &'static str,
    address: SocketAddr,
    before: Usage,
    served: Served,
    root: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// What an attack may make a server use beyond what it uses at rest.
#[derive(Clone, Copy, Default)]
pub(crate) struct Allowed {
    /// Connections, each with a thread.
    pub(crate) connections: u64,
    /// Those of them that have an upload open.
    pub(crate) uploads: u64,
    /// Octets of memory in all.
    pub(crate) memory: u64,
    /// Files under `.conexion/`, and their octets.
    pub(crate) held: u64,
    pub(crate) disk: u64,
    /// Names that are tried at the same time.
    pub(crate) tried: u64,
    /// What stays.
    pub(crate) kept: Kept,
    /// Whether the places are taken, so that only those honest peers are served who have one.
    pub(crate) is_full: bool,
}

/// What stays of an attack: octets of memory, files that are held and their octets, and entries
/// and octets elsewhere.
#[derive(Clone, Copy, Default)]
pub(crate) struct Kept {
    pub(crate) memory: u64,
    pub(crate) held: u64,
    pub(crate) disk: u64,
    pub(crate) entries: u64,
    pub(crate) stored: u64,
}

/// Attacks of each kind, one after the other.
pub(crate) fn rounds() -> u64 {
    scaled(2, 3)
}

impl Scene {
    pub(crate) fn start(name: &'static str, settings: &[&str]) -> Self {
        let alone = alone();
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit).expect("raising to the maximum is allowed");
        let root = tempfile::tempdir().expect("a folder");
        let mut command = programs::conexion();
        command.env(TUNABLES.0, TUNABLES.1);
        let (served, address) = Served::start_as(command, root.path(), "127.0.0.1:0", settings);
        let before = Usage::of(served.process(), root.path());
        let mut scene = Self { name, address, before, served, root, _alone: alone };
        // What is made on the first occasion and stays is not what is measured.
        let mut peer = scene.framed();
        peer.upload("first", b"first");
        peer.upload(honest::FILE, b"hola");
        drop(peer);
        scene.before = scene.settled(|usage| {
            usage.threads == before.threads && usage.descriptors == before.descriptors
        });
        let memory = scene.before.memory;
        assert!(memory <= AT_REST, "{name}: {memory} octets at rest");
        scene
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.served.process(), self.root.path())
    }

    /// The octets of a stored file, which is gone then, so that another is not taken for it.
    pub(crate) fn take(&self, destination: &str) -> Vec<u8> {
        let file = self.root.path().join(destination);
        let octets = fs::read(&file).unwrap_or_else(|error| panic!("{destination}: {error}"));
        fs::remove_file(&file).expect("it is there");
        octets
    }

    pub(crate) fn connect(&self) -> Peer {
        connect(self.address)
    }

    /// A connection after both lines and one text.
    pub(crate) fn framed(&self) -> Peer {
        let mut peer = self.connect();
        peer.open();
        peer.text("hola");
        peer.expect(FrameType::Reply);
        peer
    }

    /// Waits for what must come to be, and returns what is used then.
    pub(crate) fn settled(&self, is_so: impl Fn(&Usage) -> bool) -> Usage {
        let since = Instant::now();
        loop {
            let usage = self.usage();
            if is_so(&usage) {
                return usage;
            }
            assert!(since.elapsed() < LONG, "{}: {usage:?}, {:?} before", self.name, self.before);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Has the same attack made in each round, beside an honest peer, and holds what is used
    /// against what is allowed; once the peers have gone, everything is given back, as much
    /// after each attack as after the one before. What an attack returns is for `then`, which is
    /// not part of it.
    pub(crate) fn attacked<T>(
        &self,
        allowed: Allowed,
        attack: impl Fn(&Attacked<'_>) -> T,
        then: impl Fn(T),
    ) {
        let mut earlier: Option<Usage> = None;
        for _ in 0..rounds() {
            let honest = Honest::start(self.address, !allowed.is_full);
            let watch = Watch::start(self.served.process(), self.root.path().to_owned());
            let attacked = Attacked { scene: self, begun: Instant::now(), honest: &honest };
            let result = attack(&attacked);
            let answered = honest.answered();
            assert!(answered.is_enough(), "{}: {answered:?} of honest peers", self.name);
            let most = watch.most();
            honest.judge(self.name);
            self.hold(most, allowed);
            then(result);
            let after = self.given_back(allowed);
            if let Some(earlier) = earlier {
                let more = after.memory.saturating_sub(earlier.memory);
                let most = TOLERANCE + allowed.kept.memory + allowed.connections * HEAP_EACH;
                assert!(more <= most, "{}: {more} octets more than before", self.name);
            }
            earlier = Some(after);
        }
    }

    /// Waits until what is used is within what is allowed: what is given back takes a moment.
    pub(crate) fn settles(&self, what: &str, allowed: Allowed) {
        let bounds = self.bounds(allowed);
        let usage = self.settled(|usage| usage.above(bounds).is_empty());
        println!("{}", Row(what, usage, bounds));
    }

    fn hold(&self, most: Usage, allowed: Allowed) {
        let bounds = self.bounds(allowed);
        println!("{}", Row(self.name, most, bounds));
        let above = most.above(bounds);
        assert!(above.is_empty(), "{}: {above:?}", self.name);
    }

    /// What may be used by those to whom so much is allowed, and by the honest peer.
    fn bounds(&self, allowed: Allowed) -> Usage {
        let connections = allowed.connections + HONEST_CONNECTIONS;
        let uploads = allowed.uploads + HONEST_UPLOADS;
        let honest = HONEST_CONNECTIONS * CONNECTION + HONEST_UPLOADS * UPLOAD;
        Usage {
            memory: AT_REST + allowed.memory + honest + HEAP_END,
            descriptors: self.before.descriptors
                + connections * SOCKET_DESCRIPTORS
                + uploads * UPLOAD_DESCRIPTORS,
            threads: self.before.threads + connections,
            // The honest peer's file, and the one that it replaces.
            held: self.before.held + allowed.held + 2,
            disk: self.before.disk + allowed.disk + 2 * 4,
            tried: allowed.tried,
            entries: self.before.entries + allowed.kept.entries,
            stored: self.before.stored + allowed.kept.stored,
        }
    }

    /// Everything but what is held is given back once the peers have gone.
    fn given_back(&self, allowed: Allowed) -> Usage {
        let (before, kept) = (self.before, allowed.kept);
        let connections = allowed.connections + HONEST_CONNECTIONS;
        let after = self.settled(|usage| {
            usage.threads == before.threads && usage.descriptors == before.descriptors
        });
        let bounds = Usage {
            memory: before.memory + kept.memory + HEAP_END + connections * HEAP_EACH,
            held: before.held + kept.held,
            disk: before.disk + kept.disk,
            tried: 0,
            entries: before.entries + kept.entries,
            stored: before.stored + kept.stored,
            ..before
        };
        println!("{}", Row("    afterwards", after, bounds));
        let above = after.above(bounds);
        assert!(above.is_empty(), "{}, afterwards: {above:?}", self.name);
        after
    }
}

/// A scene while an attack goes on.
#[derive(Clone, Copy)]
pub(crate) struct Attacked<'s> {
    scene: &'s Scene,
    begun: Instant,
    honest: &'s Honest,
}

impl Deref for Attacked<'_> {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        self.scene
    }
}

impl Attacked<'_> {
    /// Whether the attack is to go on: it has not gone on for so long, or the honest peer has
    /// not been answered often enough. That it ever is, is asserted in the end.
    pub(crate) fn goes_on(&self, span: Duration) -> bool {
        let spent = self.begun.elapsed();
        spent < span || (spent < span + LONG && !self.honest.answered().is_enough())
    }

    /// Goes on until the honest peer has been answered often enough.
    pub(crate) fn stays(&self) {
        while self.goes_on(Duration::ZERO) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The machine for one server alone.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
