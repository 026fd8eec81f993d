//! The sessions, and what must hold after one in which a call has failed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use conexion::wire::Flags;
use tempfile::TempDir;

use crate::failures::{self, Failure, Harmless, codes_of, is_on_the_connection};
use crate::link::{Answer, Link};
use crate::own::{self, Kept};
use crate::programs::{Served, conexion};
use crate::traced::{Injected, Tracer, calls_of_connections};

const NONE: Flags = Flags { overwrite: false, resume: false };
const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: false, resume: true };
const BOTH: Flags = Flags { overwrite: true, resume: true };

/// How long the server may take to give back what a connection had.
const LONG: Duration = Duration::from_secs(10);

/// Enough for a server to come to wait for the end of a connection.
const BEFORE_THE_END: Duration = Duration::from_millis(50);

/// A session about one destination.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) name: &'static str,
    destination: &'static str,
    flags: Flags,
    /// What is at the destination before.
    before: Option<u64>,
    /// Whether half of the new file is held.
    held: bool,
    /// Its last answer, if nothing fails.
    answer: Answer,
}

impl Session {
    /// The folders of its destination, if they are there before.
    fn folders(&self) -> Vec<&'static str> {
        let (folders, _) = self.destination.rsplit_once('/').unwrap_or_default();
        folders.split('/').filter(|_| self.before.is_some()).collect()
    }
}

/// The number of the new file's octets.
const NEW: u64 = 2;

pub(crate) const SESSIONS: &[Session] = &[
    Session {
        name: "new",
        destination: "made/for/it",
        flags: NONE,
        before: None,
        held: false,
        answer: Answer::Stored,
    },
    // Whose name the server keeps beside its octets, to know it in another spelling.
    Session {
        name: "accented",
        destination: "ñ/é",
        flags: NONE,
        before: None,
        held: false,
        answer: Answer::Stored,
    },
    Session {
        name: "overwrite",
        destination: "old",
        flags: OVERWRITE,
        before: Some(1),
        held: false,
        answer: Answer::Stored,
    },
    Session {
        name: "resume",
        destination: "in/half",
        flags: RESUME,
        before: None,
        held: true,
        answer: Answer::Stored,
    },
    Session {
        name: "complete",
        destination: "there/whole",
        flags: RESUME,
        before: Some(NEW),
        held: false,
        answer: Answer::Stored,
    },
    Session {
        name: "both",
        destination: "there/both",
        flags: BOTH,
        before: Some(1),
        held: true,
        answer: Answer::Stored,
    },
    Session {
        name: "refused",
        destination: "old",
        flags: NONE,
        before: Some(1),
        held: false,
        answer: Answer::Refused(211),
    },
];

/// The upload that is given up.
const GIVEN_UP: &str = "given/up";
const GIVEN_UP_SIZE: u64 = 5;

/// The octets of a file, larger than what a server writes at once, and of a size of its own.
fn content(number: u64) -> Vec<u8> {
    let octet = |at: u64| ((at * (2 * number + 1)) >> 5).to_le_bytes()[0];
    (0..300_000 + number).map(octet).collect()
}

/// A server with a root in which everything is as the session begins.
struct Scene {
    served: Served,
    address: SocketAddr,
    folder: TempDir,
    /// Descriptors and threads of the server before any connection.
    idle: (usize, usize),
}

impl Scene {
    fn new(session: &Session) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        fs::create_dir(&root).expect("a folder");
        if let Some(number) = session.before {
            let path = root.join(session.destination);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, content(number)).expect("a file");
        }
        let (served, address) = Served::durable(conexion(), &root);
        let mut scene = Self { served, address, folder, idle: (0, 0) };
        scene.idle = scene.usage();
        if session.held {
            let whole = content(NEW);
            let mut link = Link::open(address).expect("a server");
            link.file(session.destination, whole.len() as u64, BOTH).expect("a server");
            link.answer().expect("an answer");
            link.data(&whole[..whole.len() / 2]).expect("a server");
            link.half_close().expect("a server");
            link.answer().expect_err("the end");
        }
        scene.all_given_back().expect("nothing fails");
        scene
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root")
    }

    fn attach(&self, failure: Option<&Failure>) -> Tracer {
        Tracer::attach(self.served.process(), &self.folder.path().join("log"), failure)
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
    fn all_given_back(&self) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            let now = self.usage();
            if now == self.idle {
                return Ok(());
            }
            if begun.elapsed() > LONG {
                return Err(format!("{:?} descriptors and threads are now {now:?}", self.idle));
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// What a session asks for on one connection: a text, an upload that is given up, the upload,
/// and the end. The answer to the upload.
fn converse(session: &Session, address: SocketAddr) -> io::Result<Answer> {
    let mut link = Link::open(address)?;
    link.text("hola")?;
    assert_eq!(link.answer()?, Answer::Reply);
    link.file(GIVEN_UP, GIVEN_UP_SIZE, NONE)?;
    match link.answer()? {
        Answer::Continue(_) => {
            link.data(b"hol")?;
            link.abort()?;
            let answer = link.answer()?;
            // What fails in the upload that is given up is the answer, too.
            if answer != Answer::Refused(220) {
                return Ok(answer);
            }
        }
        other => return Ok(other),
    }
    let answer = link.upload(session.destination, &content(NEW), session.flags)?;
    link.bye()?;
    assert_eq!(link.answer()?, Answer::Bye);
    // Now the server waits for the end.
    thread::sleep(BEFORE_THE_END);
    Ok(answer)
}

/// Which calls the thread of the connection makes, and how often.
pub(crate) fn record(session: &Session) -> BTreeMap<String, usize> {
    let scene = Scene::new(session);
    let tracer = scene.attach(None);
    let answer = converse(session, scene.address).expect("nothing fails");
    assert_eq!(answer, session.answer, "{}", session.name);
    let log = tracer.detach();
    calls_of_connections(&log)
}

/// Holds a session in which a call fails; what came of it, unless that call was not made.
pub(crate) fn hold(session: &Session, failure: &Failure) -> Result<Option<Outcome>, String> {
    let scene = Scene::new(session);
    let before = own::visible(&scene.root());
    let tracer = scene.attach(Some(failure));
    let answer = converse(session, scene.address);
    let log = tracer.detach();
    let injected = Injected::of(&log);
    let outcome = judge(session, failure, injected.as_ref(), answer.as_ref())?;
    visible(&scene.root(), session, answer.as_ref())?;
    scene.all_given_back()?;
    if let Ok(Answer::Refused(_)) = answer {
        let after = own::visible(&scene.root());
        if after != before {
            return Err(format!("{outcome}, and {after:?} is visible where {before:?} was"));
        }
    }
    if let (Ok(Answer::Refused(213 | 219)), Some(injected)) = (&answer, &injected) {
        held(&scene.root(), session, injected)?;
    }
    kept(&scene.root(), session)?;
    let after = afterwards(&scene, session);
    after.map_err(|error| format!("{outcome}, and afterwards {error}"))?;
    Ok(injected.map(|_| outcome))
}

/// What came of a session in which a call has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It is none of those whose failure matters, or it was tried again.
    AsWithoutIt(Option<&'static Harmless>),
    Refused(u16),
    TheEnd,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsWithoutIt(None) => f.write_str("as without it: tried again"),
            Self::AsWithoutIt(Some(harmless)) => write!(f, "as without it: {}", harmless.why),
            Self::Refused(code) => write!(f, "ERROR {code}"),
            Self::TheEnd => f.write_str("the end of the connection"),
        }
    }
}

fn judge(
    session: &Session,
    failure: &Failure,
    injected: Option<&Injected<'_>>,
    answer: Result<&Answer, &io::Error>,
) -> Result<Outcome, String> {
    match answer {
        Ok(answer) if *answer == session.answer => match injected {
            Some(injected) if failure.error != "EINTR" => {
                match failures::harmless(injected, &session.folders()) {
                    Some(harmless) => Ok(Outcome::AsWithoutIt(Some(harmless))),
                    None => Err(format!("nothing came of it: {}", injected.line)),
                }
            }
            _ => Ok(Outcome::AsWithoutIt(None)),
        },
        Ok(Answer::Refused(code)) if codes_of(failure.error).contains(code) => {
            Ok(Outcome::Refused(*code))
        }
        // A file that cannot be read does not count as held, and so is in the way.
        Ok(Answer::Refused(211))
            if session.before == Some(NEW)
                && ["fstat", "openat", "read"].contains(&failure.call.as_str()) =>
        {
            Ok(Outcome::Refused(211))
        }
        Err(error) if is_on_the_connection(&failure.call) => {
            let cut = error.kind() == io::ErrorKind::Other;
            if cut { Err(error.to_string()) } else { Ok(Outcome::TheEnd) }
        }
        other => Err(format!("{other:?}")),
    }
}

/// What is visible under the destination.
fn visible(
    root: &Path,
    session: &Session,
    answer: Result<&Answer, &io::Error>,
) -> Result<(), String> {
    let found = fs::read(root.join(session.destination)).ok();
    let is_old = found == session.before.map(content);
    let is_new = found == Some(content(NEW));
    let right = match answer {
        Ok(Answer::Stored) => is_new,
        Ok(_) => is_old,
        Err(_) => is_old || is_new,
    };
    let what = found.map(|octets| octets.len());
    if right { Ok(()) } else { Err(format!("{answer:?}, and {what:?} octets are visible")) }
}

/// What was held is held still, or all that was sent if it was about to be published; nothing of
/// octets that could not be brought to the disk, since nobody knows what is on it.
fn held(root: &Path, session: &Session, injected: &Injected<'_>) -> Result<(), String> {
    let whole = content(NEW);
    let least = match session {
        Session { before: Some(NEW), .. } => 0,
        _ if injected.is_of_octets_to_disk() => 0,
        _ if injected.is_of_a_publication() => whole.len(),
        Session { held: true, .. } => whole.len() / 2,
        _ => 0,
    };
    let held = own::held(root, session.destination, whole.len() as u64);
    if !whole.starts_with(&held) || held.len() < least {
        return Err(format!("{} octets are held, and should be {least} at least", held.len()));
    }
    Ok(())
}

/// Nothing is kept but of the two uploads.
fn kept(root: &Path, session: &Session) -> Result<(), String> {
    let upload = own::held_name(session.destination, content(NEW).len() as u64);
    let given_up = own::held_name(GIVEN_UP, GIVEN_UP_SIZE);
    let is_known = |kept: &Kept| match kept {
        Kept::Held(name) => [&upload, &given_up].contains(&name),
        Kept::Replaced(name) => *name == upload,
        Kept::Other(_) => false,
    };
    let mut kept = own::kept(root);
    kept.retain(|kept| !is_known(kept));
    if kept.is_empty() { Ok(()) } else { Err(format!("{kept:?} are kept")) }
}

/// The same server stores the next upload there, and one elsewhere.
fn afterwards(scene: &Scene, session: &Session) -> Result<(), String> {
    let stores = |destination: &str, flags| {
        let mut link = Link::open(scene.address).map_err(|error| error.to_string())?;
        let answer = link.upload(destination, &content(3), flags);
        if !matches!(answer, Ok(Answer::Stored)) {
            return Err(format!("{destination} has {answer:?}"));
        }
        let found = fs::read(scene.root().join(destination)).ok();
        if found == Some(content(3)) { Ok(()) } else { Err(format!("{destination} is wrong")) }
    };
    stores(session.destination, OVERWRITE)?;
    stores("elsewhere/file", NONE)
}

/// A call of the accepting thread fails while somebody connects.
pub(crate) fn accept(failure: &Failure) -> Result<(), String> {
    let scene = Scene::new(&SESSIONS[0]);
    let tracer = scene.attach(Some(failure));
    // Whether this one is served is all the same.
    let _ = Link::open(scene.address);
    let log = tracer.detach();
    afterwards(&scene, &SESSIONS[0])?;
    scene.all_given_back()?;
    Injected::of(&log).map(|_| ()).ok_or_else(|| "that call was not made".to_owned())
}
