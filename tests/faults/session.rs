//! What must hold after a session in which a call has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use crate::failures::{
    self, Failure, Harmless, codes_of, depends_on_arrival, is_on_the_connection,
};
use crate::link::{Answer, Link};
use crate::own::{self, Kept};
use crate::scene::Scene;
use crate::sessions::{End, Half, NEW, NEXT, NONE, SESSIONS, Session, Way, content};
use crate::traced::{Injected, calls_of_connections};

/// In so many a call has a position before it is made to fail there.
const RECORDINGS: usize = 3;

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
    let mut scene = Scene::new(session);
    let tracer = scene.attach(None);
    let (answer, offset) = session.converse_from(scene.address).expect("nothing fails");
    assert_eq!((&answer, offset), (&session.answer, session.offset()), "{}", session.name);
    scene.its_thread_has_ended().expect("nothing fails");
    let calls = calls_of_connections(&tracer.detach());
    let takes_over = session.answer == Answer::Stored;
    let other = scene.other_ends(session, takes_over).expect("nothing fails");
    assert_eq!(other, (session.half == Half::Open).then_some(!takes_over), "{}", session.name);
    scene.all_given_back().expect("nothing fails");
    calls
}

/// Holds a session in which a call fails; what came of it, unless that call was not made.
pub(crate) fn hold(session: &Session, failure: &Failure) -> Result<Option<Outcome>, String> {
    let mut scene = Scene::new(session);
    let before = own::visible(&scene.root());
    let tracer = scene.attach(Some(failure));
    let answer = session.converse(scene.address);
    let ended = scene.its_thread_has_ended();
    let log = tracer.detach();
    let injected = Injected::in_a_connection(&log);
    let answer = answer.as_ref();
    let outcome = judge(session, failure, injected.as_ref(), answer)?;
    let right = || {
        ended?;
        visible(&scene.root(), session, &before, answer, failure)?;
        held(&scene.root(), session, injected.as_ref(), answer)?;
        kept(&scene.root(), session, injected.as_ref(), answer)?;
        other(&mut scene, session, &before, injected.as_ref(), answer)?;
        scene.all_given_back()?;
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
            None => Ok(Outcome::AsWithoutIt(None)),
            Some(injected)
                if failure.error == "EINTR" && injected.is_followed_by(&failure.call) =>
            {
                Ok(Outcome::AsWithoutIt(None))
            }
            Some(_) if harmless.is_some() => Ok(Outcome::AsWithoutIt(harmless)),
            Some(injected) => Err(format!("nothing came of it: {}", injected.line)),
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
fn held(
    root: &Path,
    session: &Session,
    injected: Option<&Injected<'_>>,
    answer: Result<&Answer, &io::Error>,
) -> Result<(), String> {
    let whole = content(NEW);
    let is_stored = || fs::read(root.join(session.destination)).is_ok_and(|found| found == whole);
    let (is_of_a_publication, is_of_octets_to_disk) = injected.map_or((false, false), |injected| {
        (injected.is_of_a_publication(), injected.is_of_octets_to_disk())
    });
    let may_be_dropped = match session {
        // It is when the FILE is accepted.
        Session { half: Half::Held, .. } if session.offset() == 0 => {
            answer.is_err() || injected.is_none_or(Injected::is_in_an_upload)
        }
        _ => is_of_octets_to_disk || injected.is_some_and(Injected::is_of_what_is_held),
    };
    let survives = match answer {
        // Nobody else has a word in an upload that is open, or takes it with another size.
        _ if session.answer == Answer::Refused(214) => true,
        _ if session.way != Way::Known => session.half == Half::Open,
        Ok(Answer::Refused(213 | 219)) => true,
        Ok(_) => false,
        // A false END may have been judged.
        Err(_) => session.end == End::True && !is_stored(),
    };
    let least = match session.half {
        _ if !survives || session.before == Some(NEW) => 0,
        _ if is_of_a_publication && session.way == Way::Known => whole.len(),
        _ if may_be_dropped => 0,
        Half::Held | Half::Open => whole.len() / 2,
        Half::Nowhere => 0,
    };
    let held = own::held(root, session.destination, whole.len() as u64);
    if !whole.starts_with(&held) || held.len() < least {
        return Err(format!("{} octets are held, and should be {least} at least", held.len()));
    }
    if is_of_octets_to_disk && !held.is_empty() {
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
    let is_stored = answer.ok() == Some(&Answer::Stored);
    let is_left = |name: &str| injected.and_then(Injected::not_removed) == Some(name);
    let mut kept = own::kept(root);
    kept.retain(|kept| match kept {
        Kept::Held(name) => !session.may_hold(name, is_cut, is_stored) && !is_left(name),
        Kept::Replaced(of) => !is_left(&format!("{of}.old")),
        Kept::Other(name) => !is_left(name),
    });
    if kept.is_empty() { Ok(()) } else { Err(format!("{kept:?} are kept")) }
}

/// The other connection stores its file, unless this one took it over (`file.busy`), which a FILE
/// that is refused does not (`takeover.wins`).
fn other(
    scene: &mut Scene,
    session: &Session,
    before: &(Vec<String>, Vec<String>),
    injected: Option<&Injected<'_>>,
    answer: Result<&Answer, &io::Error>,
) -> Result<(), String> {
    let is_refused_at_once = matches!(answer, Ok(Answer::Refused(_)))
        && injected.is_none_or(|injected| !injected.is_in_an_upload());
    let is_told = answer.ok() == Some(&Answer::Stored)
        && session.answer == Answer::Stored
        && injected.is_none_or(|injected| !injected.is_of_a_wake());
    match scene.other_ends(session, is_told)? {
        Some(false) if is_refused_at_once || session.answer == Answer::Refused(214) => {
            Err("a refused FILE has taken over".to_owned())
        }
        None | Some(false) => Ok(()),
        Some(true) if answer.ok() == Some(&Answer::Stored) => {
            Err("both connections have stored it".to_owned())
        }
        Some(true) => {
            let all = own::visible(&scene.root());
            let is_new = all == stored(session, before);
            if is_new { Ok(()) } else { Err(format!("the other has stored, and {all:?}")) }
        }
    }
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
