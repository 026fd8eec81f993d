//! Uploads of every kind to one destination, each with what is there before.

use std::fs;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use conexion::wire::{DeclaredSize, Flags};
use tempfile::TempDir;

use crate::link::{Answer, Link};
use crate::numbers::Numbers;
use crate::own;
use crate::programs::{Served, conexion};
use crate::trace::Call;

const NONE: Flags = Flags { overwrite: false, resume: false };
const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: false, resume: true };
pub(crate) const BOTH: Flags = Flags { overwrite: true, resume: true };

/// In folders, which are made if nothing is there before.
pub(crate) const DESTINATION: &str = "one/two/file.bin";

/// A plain text behind the end mark, and its echo.
const AFTER: &[u8] = b"gracias";

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// An upload.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) flags: Flags,
    pub(crate) before: Before,
    /// How many octets of it are held.
    pub(crate) held: usize,
    pub(crate) way: Way,
}

/// How the file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Framed, with its size.
    Known,
    /// Framed, its size unknown.
    Unknown,
    /// As the original client does. No answer is defined; but what comes behind the end mark is
    /// answered only when the upload is stored (`plain.refusal`).
    Plain,
}

/// What is at the destination before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    /// No more than the folders, which somebody else has made.
    Folders,
    Another,
    /// The same file, which somebody else has placed.
    Same,
}

const SIZE: usize = 150_000;

/// So many octets are sent at once, and come at once. The next are sent when the server has taken
/// these, so that it makes the same calls each time. No piece ends as a mark of plain begins, which
/// would wait for what comes behind.
const PIECE: usize = 16_000;

pub(crate) const SCENES: &[Scene] = &[
    Scene { name: "new", flags: NONE, before: Before::Nothing, held: 0, way: Way::Known },
    Scene {
        name: "new in folders",
        flags: NONE,
        before: Before::Folders,
        held: 0,
        way: Way::Known,
    },
    Scene {
        name: "overwrite",
        flags: OVERWRITE,
        before: Before::Another,
        held: 0,
        way: Way::Known,
    },
    Scene {
        name: "resume",
        flags: RESUME,
        before: Before::Nothing,
        held: SIZE / 2,
        way: Way::Known,
    },
    Scene {
        name: "resume all",
        flags: RESUME,
        before: Before::Nothing,
        held: SIZE,
        way: Way::Known,
    },
    Scene { name: "both", flags: BOTH, before: Before::Another, held: SIZE / 2, way: Way::Known },
    Scene { name: "complete", flags: RESUME, before: Before::Same, held: 0, way: Way::Known },
    Scene {
        name: "size unknown",
        flags: NONE,
        before: Before::Nothing,
        held: 0,
        way: Way::Unknown,
    },
    Scene {
        name: "overwrite, size unknown",
        flags: OVERWRITE,
        before: Before::Another,
        held: 0,
        way: Way::Unknown,
    },
    Scene { name: "plain", flags: OVERWRITE, before: Before::Nothing, held: 0, way: Way::Plain },
    Scene {
        name: "plain, overwrite",
        flags: OVERWRITE,
        before: Before::Another,
        held: 0,
        way: Way::Plain,
    },
];

/// The octets that are uploaded.
pub(crate) fn new() -> Vec<u8> {
    Numbers(1).octets(SIZE)
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Come {
    /// So many of its octets were seen to be taken.
    pub(crate) taken: usize,
    /// END was sent, which is not before all were taken.
    pub(crate) ended: bool,
}

/// Where the pieces behind the octets that are held begin and end.
fn pieces(held: usize) -> impl Iterator<Item = Range<usize>> {
    (held..SIZE).step_by(PIECE).map(|begin| begin..SIZE.min(begin + PIECE))
}

impl Scene {
    /// Whether the call sends what says that the upload is stored.
    pub(crate) fn is_confirmed_by(&self, call: &Call) -> bool {
        match self.way {
            Way::Known | Way::Unknown => call.sends("S\\0\\0\\0"),
            Way::Plain => call.sends(&AFTER.escape_ascii().to_string()),
        }
    }

    /// The octets at the destination before.
    pub(crate) fn old(&self) -> Option<Vec<u8>> {
        match self.before {
            Before::Nothing | Before::Folders => None,
            Before::Another => Some(Numbers(2).octets(SIZE + 1)),
            Before::Same => Some(new()),
        }
    }
}

/// A server with a root in which everything is as the scene begins, but for what is held.
pub(crate) struct Stage {
    pub(crate) served: Served,
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new(scene: &Scene) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        fs::create_dir(&root).expect("a folder");
        let path = root.join(DESTINATION);
        if scene.before != Before::Nothing {
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        }
        if let Some(old) = scene.old() {
            fs::write(path, old).expect("a file");
        }
        let (served, address) = Served::durable(conexion(), &root);
        Self { served, address, folder }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("a folder").join("root")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Starts the next server.
    pub(crate) fn restart(&mut self) {
        (self.served, self.address) = Served::durable(conexion(), &self.root());
    }

    /// Sends what is to be held.
    pub(crate) fn hold(&self, scene: &Scene) {
        if scene.held > 0 {
            let mut link = Link::open(self.address).expect("a server");
            link.file(DESTINATION, SIZE as u64, BOTH).expect("a server");
            link.answer().expect("an answer");
            link.data(&new()[..scene.held]).expect("a server");
            link.half_close().expect("a server");
            link.answer().expect_err("the end");
        }
    }

    /// Uploads; how far it has come, and the last answer.
    pub(crate) fn upload(&self, scene: &Scene) -> (Come, io::Result<Answer>) {
        let mut come = Come { taken: scene.held, ended: false };
        let answer = self.converse(scene, &mut come);
        (come, answer)
    }

    fn converse(&self, scene: &Scene, come: &mut Come) -> io::Result<Answer> {
        let new = new();
        if scene.way == Way::Plain {
            return self.converse_plain(&new, come);
        }
        let mut link = Link::open(self.address)?;
        let unknown = DeclaredSize::UNKNOWN.number();
        let size = if scene.way == Way::Known { SIZE as u64 } else { unknown };
        link.file(DESTINATION, size, scene.flags)?;
        let Answer::Continue(point) = link.answer()? else { panic!("no CONTINUE") };
        let held = if scene.before == Before::Same { SIZE } else { scene.held };
        assert_eq!(point.offset, held as u64, "{}", scene.name);
        assert_eq!(point.crc32, crc32fast::hash(&new[..held]), "{}", scene.name);
        for piece in pieces(held) {
            link.data(&new[piece.clone()])?;
            if self.something_comes_first(&mut link, piece.end)? {
                return link.answer();
            }
            come.taken = piece.end;
        }
        come.ended = true;
        link.end(&new)?;
        link.answer()
    }

    fn converse_plain(&self, new: &[u8], come: &mut Come) -> io::Result<Answer> {
        let mut link = Link::connect(self.address)?;
        let mut header = format!("ARCHIVO:source.bin:{DESTINATION}").into_bytes();
        for piece in pieces(0) {
            let header = mem::take(&mut header);
            link.send(&[&header, &new[piece.clone()]].concat())?;
            if self.something_comes_first(&mut link, piece.end)? {
                // No answer is defined before the end mark.
                link.ended()?;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            come.taken = piece.end;
        }
        come.ended = true;
        link.send(&[b"FIN_ARCHIVO", AFTER].concat())?;
        link.echo(AFTER)?;
        Ok(Answer::Stored)
    }

    /// Waits until the server has taken so many octets of the file, or sends something.
    fn something_comes_first(&self, link: &mut Link, taken: usize) -> io::Result<bool> {
        let begun = Instant::now();
        loop {
            if link.has_come()? {
                return Ok(true);
            }
            if self.has_taken(taken) {
                return Ok(false);
            }
            assert!(begun.elapsed() < LONG, "the server does not take {taken} octets");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn has_taken(&self, octets: usize) -> bool {
        let entries = fs::read_dir(self.root().join(".conexion")).expect("a folder");
        let sizes = entries.flatten().filter_map(|entry| entry.metadata().ok());
        sizes.into_iter().any(|entry| entry.is_file() && entry.len() == octets as u64)
    }

    /// What is under the destination.
    pub(crate) fn found(&self) -> Option<Vec<u8>> {
        fs::read(self.root().join(DESTINATION)).ok()
    }

    /// The octets that are held.
    pub(crate) fn held(&self) -> Vec<u8> {
        own::held(&self.root(), DESTINATION, SIZE as u64)
    }
}
