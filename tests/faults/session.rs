//! What must hold after a session in which a call has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::failures::{
    self, Failure, Harmless, codes_of, depends_on_arrival, is_on_the_connection,
};
use crate::link::{Answer, Link};
use crate::own::{self, Kept};
use crate::programs::{Served, conexion};
use crate::sessions::{BOTH, NEW, NEXT, NONE, SESSIONS, Session, Way, content};
use crate::traced::{Injected, Tracer, calls_of_connections};

/// How long the server may take to give back what a connection had.
const LONG: Duration = Duration::from_secs(10);

/// In so many a call has a position before it is made to fail there.
const RECORDINGS: usize = 3;

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
        let quiet = ["--timer", "quiet=100ms"];
        let (served, address) = Served::durable_with(conexion(), &root, &quiet);
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

/// Which calls the thread of the connection makes, and how often in each of some recordings.
pub(crate) fn record(session: &Session) -> BTreeMap<String, usize> {
    let mut fewest = record_once(session);
    for _ in 1..RECORDINGS {
        let calls = record_once(session);
        let certain = |calls: &BTreeMap<String, usize>| {
            let mut calls = calls.clone();
            calls.retain(|call, _| !depends_on_arrival(call));
            calls
        };
        assert_eq!(certain(&calls), certain(&fewest), "{}", session.name);
        fewest.retain(|call, count| {
            *count = calls.get(call).copied().unwrap_or_default().min(*count);
            *count > 0
        });
    }
    fewest
}

fn record_once(session: &Session) -> BTreeMap<String, usize> {
    let scene = Scene::new(session);
    let tracer = scene.attach(None);
    let answer = session.converse(scene.address).expect("nothing fails");
    assert_eq!(answer, session.answer, "{}", session.name);
    scene.all_given_back().expect("nothing fails");
    calls_of_connections(&tracer.detach())
}

/// Holds a session in which a call fails; what came of it, unless that call was not made.
pub(crate) fn hold(session: &Session, failure: &Failure) -> Result<Option<Outcome>, String> {
    let scene = Scene::new(session);
    let before = own::visible(&scene.root());
    let tracer = scene.attach(Some(failure));
    let answer = session.converse(scene.address);
    let given_back = scene.all_given_back();
    let log = tracer.detach();
    let injected = Injected::in_a_connection(&log);
    let answer = answer.as_ref();
    let outcome = judge(session, failure, injected.as_ref(), answer)?;
    let right = || {
        given_back?;
        visible(&scene.root(), session, &before, answer, failure)?;
        if let (Ok(Answer::Refused(213 | 219)), Some(injected)) = (answer, &injected) {
            held(&scene.root(), session, injected)?;
        }
        kept(&scene.root(), session, injected.as_ref(), answer)?;
        afterwards(&scene, session)
    };
    right().map_err(|error: String| format!("{outcome}, and {error}"))?;
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
    let harmless = injected.and_then(|injected| failures::harmless(injected, &session.folders()));
    match answer {
        Ok(answer) if *answer == session.answer => match injected {
            Some(injected) if failure.error != "EINTR" && harmless.is_none() => {
                Err(format!("nothing came of it: {}", injected.line))
            }
            _ => Ok(Outcome::AsWithoutIt(harmless.filter(|_| failure.error != "EINTR"))),
        },
        _ if injected.is_none() => Err(format!("{answer:?}, and nothing has failed")),
        _ if harmless.is_some() && !is_on_the_connection(&failure.call) => {
            Err(format!("{answer:?}, and should be as without it"))
        }
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
        Err(error) if is_on_the_connection(&failure.call) => ended(error),
        // In plain that is each refusal, without an octet that says so (`plain.refusal`); in order
        // if an answer may be on its way (`closing.procedure`).
        Err(error) if session.way == Way::Plain("") => ended(error),
        Err(error)
            if matches!(session.way, Way::Plain(_))
                && error.kind() == io::ErrorKind::UnexpectedEof =>
        {
            Ok(Outcome::TheEnd)
        }
        other => Err(format!("{other:?}")),
    }
}

/// The end, unless it is in the middle of something.
fn ended(error: &io::Error) -> Result<Outcome, String> {
    let cut = error.kind() == io::ErrorKind::Other;
    if cut { Err(error.to_string()) } else { Ok(Outcome::TheEnd) }
}

/// What is visible: all that was before, or the new file in its folders and all else as before.
fn visible(
    root: &Path,
    session: &Session,
    before: &(Vec<String>, Vec<String>),
    answer: Result<&Answer, &io::Error>,
    failure: &Failure,
) -> Result<(), String> {
    let found = fs::read(root.join(session.destination)).ok();
    let all = own::visible(root);
    let is_old = found.as_deref() == session.before.map(content) && all == *before;
    let is_new = found.as_deref() == Some(content(NEW)) && all == stored(session, before);
    let right = match answer {
        Ok(Answer::Stored) => is_new,
        // The last answer may be what could not be sent.
        Err(_) if is_on_the_connection(&failure.call) => is_old || is_new,
        Ok(_) | Err(_) => is_old,
    };
    let octets = found.map(|octets| octets.len());
    let wrong = || format!("{octets:?} octets and {all:?} are visible, {before:?} was");
    if right { Ok(()) } else { Err(wrong()) }
}

/// All that is visible once the new file is.
fn stored(
    session: &Session,
    (files, folders): &(Vec<String>, Vec<String>),
) -> (Vec<String>, Vec<String>) {
    let above = |at: usize| session.destination[..at].to_owned();
    let made = session.destination.match_indices('/').map(|(at, _)| above(at));
    let in_order = |names: BTreeSet<String>| names.into_iter().collect();
    let files = files.iter().cloned().chain([session.destination.to_owned()]).collect();
    (in_order(files), in_order(folders.iter().cloned().chain(made).collect()))
}

/// What was held is held still, or all that was sent if it was about to be published; nothing of
/// octets that could not be brought to the disk, since nobody knows what is on it.
fn held(root: &Path, session: &Session, injected: &Injected<'_>) -> Result<(), String> {
    let whole = content(NEW);
    let least = match session {
        Session { before: Some(NEW), .. } | Session { way: Way::Unknown | Way::Plain(_), .. } => 0,
        _ if injected.is_of_octets_to_disk() => 0,
        _ if injected.is_of_a_publication() => whole.len(),
        Session { held: true, .. } => whole.len() / 2,
        _ => 0,
    };
    let held = own::held(root, session.destination, whole.len() as u64);
    if !whole.starts_with(&held) || held.len() < least {
        return Err(format!("{} octets are held, and should be {least} at least", held.len()));
    }
    if injected.is_of_octets_to_disk() && !held.is_empty() {
        return Err(format!("{} octets are held, of which nobody knows the disk's", held.len()));
    }
    Ok(())
}

/// Nothing is kept: but octets of known size if the session has not come to its own answer, and
/// what it was that could not be removed.
fn kept(
    root: &Path,
    session: &Session,
    injected: Option<&Injected<'_>>,
    answer: Result<&Answer, &io::Error>,
) -> Result<(), String> {
    let is_cut = answer.ok() != Some(&session.answer);
    let held = if is_cut { session.held_names() } else { Vec::new() };
    let is_left = |name: &str| injected.and_then(Injected::not_removed) == Some(name);
    let mut kept = own::kept(root);
    kept.retain(|kept| match kept {
        Kept::Held(name) => !held.contains(name) && !is_left(name),
        Kept::Replaced(of) => !is_left(&format!("{of}.old")),
        Kept::Other(name) => !is_left(name),
    });
    if kept.is_empty() { Ok(()) } else { Err(format!("{kept:?} are kept")) }
}

/// The same server stores the next uploads there, of the same size, whose names in the server's
/// own folder are the same, and of another, and one elsewhere.
fn afterwards(scene: &Scene, session: &Session) -> Result<(), String> {
    let (same, other) = (&content(NEXT)[..content(NEW).len()], content(NEXT));
    let next = |whole| session.upload_next(scene.address, whole);
    let elsewhere = || Link::open(scene.address)?.upload("elsewhere/file", other, NONE);
    stored_as(scene, session.destination, same, &next(same))?;
    stored_as(scene, session.destination, other, &next(other))?;
    stored_as(scene, "elsewhere/file", other, &elsewhere())
}

fn stored_as(
    scene: &Scene,
    destination: &str,
    whole: &[u8],
    answer: &io::Result<Answer>,
) -> Result<(), String> {
    if !matches!(answer, Ok(Answer::Stored)) {
        return Err(format!("afterwards {destination} has {answer:?}"));
    }
    match fs::read(scene.root().join(destination)) {
        Ok(found) if found == whole => Ok(()),
        _ => Err(format!("afterwards {destination} is wrong")),
    }
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
