//! The order in which an upload reaches the disk, before it is answered.
//!
//! It is judged by the rules of a disk that keeps nothing but what it was asked to keep: octets
//! once their file is synchronised after them, a name once its folder is synchronised after it.

use std::path::{Path, PathBuf};

use crate::link::Answer;
use crate::scenes::{Before, DESTINATION, Scene, Stage};
use crate::trace::{Call, Tracer};

/// Plays the scene. What is wrong with the order of its calls.
pub(crate) fn check(scene: &Scene) -> Result<(), String> {
    let mut stage = Stage::new(scene);
    let tracer = Tracer::attach(stage.served.process(), &stage.log(), None);
    stage.hold(scene);
    let (_, answer) = stage.upload(scene);
    assert!(matches!(answer, Ok(Answer::Stored)), "{}: {answer:?}", scene.name);
    stage.served.kill();
    let (calls, log) = tracer.calls();
    judge(scene, &stage.root(), &calls)
        .map_err(|wrong| format!("{}: {wrong} in\n{log}", scene.name))
}

fn judge(scene: &Scene, root: &Path, calls: &[Call]) -> Result<(), String> {
    let stored = calls.iter().position(Call::is_stored).ok_or("no STORED")?;
    let before_stored = &calls[..stored];
    let destination = root.join(DESTINATION);
    if let Some(call) = calls.iter().find(|call| spoils(call, &destination)) {
        return Err(format!("what is at the destination is spoilt by {call:?}"));
    }
    if scene.before == Before::Same {
        placed_by_another(root, &destination, before_stored)
    } else {
        published(scene, &destination, before_stored)
    }
}

/// Whether a call changes in place, removes or moves away what is at the destination.
fn spoils(call: &Call, destination: &Path) -> bool {
    let paths = call.paths();
    let is_first = paths.first().is_some_and(|path| path == destination);
    let flags = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];
    let opens = call.arguments.iter().any(|it| flags.iter().any(|flag| it.contains(flag)));
    let changes = match call.name.as_str() {
        "open" | "openat" => opens,
        "creat" | "truncate" | "unlink" | "unlinkat" => true,
        name => call.writes() || name.starts_with("rename"),
    };
    is_first && changes
}

/// Who has placed the file may have died before anything of it was on the disk.
fn placed_by_another(root: &Path, destination: &Path, calls: &[Call]) -> Result<(), String> {
    let on_the_way = destination.ancestors().take_while(|path| path.starts_with(root));
    for path in on_the_way {
        synchronised(calls, path, 0)?;
    }
    Ok(())
}

fn published(scene: &Scene, destination: &PathBuf, calls: &[Call]) -> Result<(), String> {
    let folder = destination.parent().expect("a folder");
    let place = |what: &str, is: &dyn Fn(&Call) -> bool| {
        calls.iter().position(is).ok_or_else(|| format!("no {what} before STORED"))
    };
    let gives_name = |call: &Call| {
        let moves = call.name.starts_with("rename") || call.name.starts_with("link");
        moves && !call.has_failed() && call.paths().get(1) == Some(destination)
    };
    let named = place("move to the destination", &gives_name)?;
    let came = calls[named].paths().swap_remove(0);
    let changes = |call: &Call| call.writes() && call.paths().first() == Some(&came);
    let written = calls.iter().rposition(changes).ok_or("no octets")?;
    // The octets, before they have a name.
    synchronised(&calls[..named], &came, written)?;
    // The folders, before there is something in them.
    let makes = |call: &Call| call.name.starts_with("mkdir");
    for (at, call) in calls.iter().enumerate().filter(|(_, call)| makes(call)) {
        let path = call.paths().swap_remove(0);
        synchronised(&calls[..named], path.parent().expect("a folder"), at)?;
    }
    if scene.before == Before::Nothing {
        place("folder", &|call| makes(call) && call.paths()[0] == folder)?;
    }
    // The name.
    let settled = synchronised(calls, folder, named)?;
    // What was replaced has another name until then, and can be had back.
    if scene.before == Before::Another {
        let keeps = |call: &Call| {
            call.name.starts_with("link") && call.paths().first() == Some(destination)
        };
        let kept = place("second name of what is replaced", &keeps)?;
        let aside = calls[kept].paths().swap_remove(1);
        let removes =
            |call: &Call| call.name.starts_with("unlink") && call.paths().first() == Some(&aside);
        if kept > named || calls[kept..settled].iter().any(removes) {
            return Err("what is replaced is gone before its replacement is settled".to_owned());
        }
    }
    Ok(())
}

/// Where the file or folder is synchronised after that call.
fn synchronised(calls: &[Call], path: &Path, after: usize) -> Result<usize, String> {
    let is = |call: &Call| {
        call.is_sync() && call.result == "0" && call.paths().first().is_some_and(|it| it == path)
    };
    let found = calls.iter().skip(after).position(is).map(|at| at + after);
    found.ok_or_else(|| format!("{} is not synchronised in time", path.display()))
}
