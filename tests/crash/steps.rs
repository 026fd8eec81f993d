//! A server that is killed at each call of an upload that changes something.
//!
//! The upload is recorded first. Then it is made once more for each such call of the thread of
//! its connection, in which the server is killed, before the call has done anything.

use std::collections::BTreeMap;
use std::fmt;

use conexion::wire::ResumePoint;

use crate::link::{Answer, Link};
use crate::own::{self, Kept};
use crate::scenes::{self, BOTH, Before, Come, DESTINATION, Scene, Stage, Way};
use crate::trace::Tracer;

/// A call in a scene.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) scene: &'static Scene,
    call: String,
    /// How many calls of this name the thread has made by then.
    position: usize,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} {}", self.scene.name, self.call, self.position)
    }
}

/// Of so many recordings the shortest counts: a piece that has come in two is written in two.
const RECORDINGS: usize = 3;

/// All calls of a scene, each of which is always made.
pub(crate) fn record(scene: &'static Scene) -> Vec<Step> {
    let recordings: Vec<_> = (0..RECORDINGS).map(|_| record_once(scene)).collect();
    let certain = |steps: &Vec<Step>| {
        let certain = steps.iter().filter(|step| step.call != "write");
        certain.map(ToString::to_string).collect::<Vec<_>>()
    };
    for recording in &recordings {
        assert_eq!(certain(recording), certain(&recordings[0]));
    }
    recordings.into_iter().min_by_key(Vec::len).expect("some recordings")
}

/// Those until the upload is confirmed: what comes behind, as a line of the log, may or may not be
/// seen before the server is killed in the end.
fn record_once(scene: &'static Scene) -> Vec<Step> {
    let mut stage = Stage::new(scene);
    stage.hold(scene);
    let tracer = Tracer::attach(stage.served.process(), &stage.log(), None);
    let (_, answer) = stage.upload(scene);
    assert!(matches!(answer, Ok(Answer::Stored)), "{}: {answer:?}", scene.name);
    stage.served.kill();
    let (calls, log) = tracer.calls();
    let stored = calls.iter().position(|call| scene.is_confirmed_by(call));
    let stored = stored.unwrap_or_else(|| panic!("nothing confirms it in\n{log}"));
    let thread = &calls[stored].thread;
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut steps = Vec::new();
    for call in calls[..=stored].iter().filter(|call| call.thread == *thread) {
        let count = counts.entry(&call.name).or_default();
        *count += 1;
        if call.changes() {
            steps.push(Step { scene, call: call.name.clone(), position: *count });
        }
    }
    steps
}

/// Kills the server at this call; what is wrong then.
pub(crate) fn kill(step: &Step) -> Result<(), String> {
    let scene = step.scene;
    let mut stage = Stage::new(scene);
    stage.hold(scene);
    let kill = Some((step.call.as_str(), step.position));
    let tracer = Tracer::attach(stage.served.process(), &stage.log(), kill);
    let (come, answer) = stage.upload(scene);
    if let Ok(answer) = answer {
        return Err(format!("the call was not made before {answer:?}"));
    }
    // It is dead, or this does not end.
    let _ = tracer.calls();
    stage.served.kill();
    left(scene, &stage, come)?;
    let held = if scene.way == Way::Known { stage.held() } else { Vec::new() };
    let found = stage.found();
    stage.restart();
    if stage.found() != found {
        return Err("something else is visible once it is started again".to_owned());
    }
    kept(&stage, !held.is_empty())?;
    goes_on(&stage, &held, found.as_deref()).map_err(|error| format!("afterwards {error}"))?;
    kept(&stage, false)
}

/// What the dead server has left.
fn left(scene: &Scene, stage: &Stage, come: Come) -> Result<(), String> {
    let Come { taken, ended } = come;
    let (new, old, found) = (scenes::new(), scene.old(), stage.found());
    let is_new = found.as_ref() == Some(&new);
    if !(found == old || ended && is_new) {
        return Err(format!(
            "{:?} octets are visible, END sent: {ended}",
            found.map(|it| it.len())
        ));
    }
    let (files, folders) = own::visible(&stage.root());
    if files.len() > 1 || !ended && scene.before == Before::Nothing && !folders.is_empty() {
        return Err(format!("{files:?} and {folders:?} are visible, END sent: {ended}"));
    }
    let held = stage.held();
    let may_have_moved = is_new || scene.way != Way::Known;
    if !new.starts_with(&held) || !may_have_moved && held.len() < taken {
        return Err(format!("{} octets are held of {taken}", held.len()));
    }
    Ok(())
}

/// What is in the server's own folder once it has been started.
fn kept(stage: &Stage, held: bool) -> Result<(), String> {
    let name = own::held_name(DESTINATION, scenes::new().len() as u64);
    let expected = if held { vec![Kept::Held(name)] } else { Vec::new() };
    let kept = own::kept(&stage.root());
    if kept == expected { Ok(()) } else { Err(format!("{kept:?} is kept, not {expected:?}")) }
}

/// The next server goes on from where the dead one was.
fn goes_on(stage: &Stage, held: &[u8], found: Option<&[u8]>) -> Result<(), String> {
    let new = scenes::new();
    let size = new.len() as u64;
    let mut link = Link::open(stage.address).map_err(|error| error.to_string())?;
    let of_nobody = link.file("one/two/other", size, BOTH).and_then(|()| link.answer());
    if !matches!(of_nobody, Ok(Answer::Continue(ResumePoint::START))) {
        return Err(format!("{of_nobody:?} for another destination"));
    }
    let dropped = link.abort().and_then(|()| link.answer());
    if !matches!(dropped, Ok(Answer::Refused(220))) {
        return Err(format!("{dropped:?} for an ABORT"));
    }
    let expected = match found {
        _ if !held.is_empty() => held,
        Some(found) if found.len() == new.len() => found,
        _ => &[],
    };
    let answer = link.file(DESTINATION, size, BOTH).and_then(|()| link.answer());
    let point = ResumePoint { offset: expected.len() as u64, crc32: crc32fast::hash(expected) };
    if !matches!(&answer, Ok(Answer::Continue(it)) if *it == point) {
        return Err(format!("{answer:?}, not {point:?}"));
    }
    let rest = &new[expected.len()..];
    let sent = link.data(rest).and_then(|()| link.end(&new)).and_then(|()| link.answer());
    if !matches!(sent, Ok(Answer::Stored)) {
        return Err(format!("{sent:?}"));
    }
    if stage.found() == Some(new) { Ok(()) } else { Err("it is not what was sent".to_owned()) }
}
