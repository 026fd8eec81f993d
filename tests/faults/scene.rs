//! A server, and what there is before a session with it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use conexion::wire::ResumePoint;
use tempfile::TempDir;

use crate::failures::Failure;
use crate::link::{Answer, Link};
use crate::own;
use crate::programs::{Served, conexion};
use crate::sessions::{BOTH, Half, NEW, Session, content};
use crate::traced::Tracer;

/// How long the server may take to give back what a connection had.
const LONG: Duration = Duration::from_secs(10);

/// A server with a root in which everything is as the session begins.
pub(crate) struct Scene {
    served: Served,
    pub(crate) address: SocketAddr,
    folder: TempDir,
    /// The connection on which half of the file was sent, if it goes on.
    other: Option<Link>,
    /// Descriptors and threads of the server before any connection.
    idle: (usize, usize),
}

impl Scene {
    pub(crate) fn new(session: &Session) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        fs::create_dir(&root).expect("a folder");
        if let Some(number) = session.before {
            let path = root.join(session.destination);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, content(number)).expect("a file");
        }
        let quiet = ["--timer", "quiet=100ms"];
        let (served, address) = Served::durable_with(conexion(), &root, &quiet);
        let mut scene = Self { served, address, folder, other: None, idle: (0, 0) };
        scene.idle = scene.usage();
        if session.half != Half::Nowhere {
            let mut link = scene.send_half(session).expect("a server");
            if session.half == Half::Open {
                scene.other = Some(link);
            } else {
                link.half_close().expect("a server");
                link.answer().expect_err("the end");
            }
        }
        scene.its_thread_has_ended().expect("nothing fails");
        assert_eq!(scene.has_half(session), session.half != Half::Nowhere, "{}", session.name);
        scene
    }

    /// Sends half of the new file to its destination, and waits until the server has all of that.
    fn send_half(&self, session: &Session) -> io::Result<Link> {
        let whole = content(NEW);
        let size = whole.len() as u64;
        let mut link = Link::open(self.address)?;
        link.file(session.destination, size, BOTH)?;
        assert_eq!(link.answer()?, Answer::Continue(ResumePoint::START));
        link.data(&whole[..whole.len() / 2])?;
        wait_until(|| self.has_half(session)).expect("nothing fails");
        Ok(link)
    }

    fn has_half(&self, session: &Session) -> bool {
        let whole = content(NEW);
        let held = own::held(&self.root(), session.destination, whole.len() as u64);
        held == whole[..whole.len() / 2]
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    pub(crate) fn attach(&self, failure: Option<&Failure>) -> Tracer {
        Tracer::attach(self.served.process(), &self.folder.path().join("log"), failure)
    }

    /// The other connection comes to its end, if there is one: whether it has stored the file. If
    /// not, it was taken over, and `is_told` so before it asks (`takeover.superseded`).
    pub(crate) fn other_ends(
        &mut self,
        session: &Session,
        is_told: bool,
    ) -> Result<Option<bool>, String> {
        let Some(mut link) = self.other.take() else { return Ok(None) };
        if is_told {
            let has_come = || link.has_come().unwrap_or(true);
            wait_until(has_come).map_err(|()| "the other connection is not told".to_owned())?;
        }
        let whole = content(NEW);
        let mut end = || {
            if !link.has_come()? {
                link.data(&whole[whole.len() / 2..])?;
                link.end(whole)?;
            }
            link.answer()
        };
        match end() {
            Ok(Answer::Stored) => {
                let found = fs::read(self.root().join(session.destination));
                let is_there = found.is_ok_and(|found| found == whole);
                is_there.then_some(Some(true)).ok_or_else(|| "the other's is not there".to_owned())
            }
            Ok(Answer::Refused(222)) => Ok(Some(false)),
            other => Err(format!("the other connection has {other:?}")),
        }
    }

    /// Descriptors and threads of the server.
    fn usage(&self) -> (usize, usize) {
        let count = |what: &str| {
            let path = format!("/proc/{}/{what}", self.served.process());
            fs::read_dir(path).map_or(0, Iterator::count)
        };
        (count("fd"), count("task"))
    }

    /// Waits until no more is in use than before any connection.
    pub(crate) fn all_given_back(&self) -> Result<(), String> {
        wait_until(|| self.usage() == self.idle).map_err(|()| self.complaint(0))
    }

    /// Waits until there are only threads of connections that go on.
    pub(crate) fn its_thread_has_ended(&self) -> Result<(), String> {
        let go_on = usize::from(self.other.is_some());
        wait_until(|| self.usage().1 == self.idle.1 + go_on).map_err(|()| self.complaint(go_on))
    }

    fn complaint(&self, go_on: usize) -> String {
        let (idle, now) = (self.idle, self.usage());
        format!("{idle:?} descriptors and threads are {now:?}, where {go_on} connections go on")
    }
}

fn wait_until(is_so: impl Fn() -> bool) -> Result<(), ()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > LONG {
            return Err(());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
