//! The order in which an upload reaches the disk, before it is answered (`publish.durable`).
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
    let stored =
        calls.iter().position(|call| scene.is_confirmed_by(call)).ok_or("nothing confirms it")?;
    let (calls, stored) = (&calls[..stored], &calls[stored]);
    let destination = root.join(DESTINATION);
    if let Some(call) = calls.iter().find(|call| spoils(call, &destination)) {
        return Err(format!("what is at the destination is spoilt by {call:?}"));
    }
    if scene.before == Before::Same {
        placed_by_another(root, &destination, calls, stored)
    } else {
        published(scene, root, &destination, calls, stored)
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
fn placed_by_another(
    root: &Path,
    destination: &Path,
    calls: &[Call],
    stored: &Call,
) -> Result<(), String> {
    let on_the_way = destination.ancestors().take_while(|path| path.starts_with(root));
    for path in on_the_way {
        synchronised(calls, path, None, stored)?;
    }
    Ok(())
}

fn published(
    scene: &Scene,
    root: &Path,
    destination: &PathBuf,
    calls: &[Call],
    stored: &Call,
) -> Result<(), String> {
    let folder = destination.parent().expect("a folder");
    let first = |what: &str, is: &dyn Fn(&&Call) -> bool| {
        calls.iter().find(is).ok_or_else(|| format!("no {what} before STORED"))
    };
    let gives_name = |call: &&Call| {
        let moves = call.name.starts_with("rename") || call.name.starts_with("link");
        moves && !call.has_failed() && call.paths().get(1) == Some(destination)
    };
    let named = first("move to the destination", &gives_name)?;
    let came = named.paths().swap_remove(0);
    let is_on_it = |call: &&Call| call.paths().first() == Some(&came);
    let written = calls.iter().rfind(|call| call.writes() && is_on_it(call)).ok_or("no octets")?;
    let moded =
        calls.iter().rfind(|call| call.name == "fchmod" && is_on_it(call)).ok_or("no mode")?;
    // The octets and the mode, before they have a name.
    for change in [written, moded] {
        synchronised(calls, &came, Some(change), named)?;
    }
    // The folders, before there is something in them: those that are made, and those of
    // somebody who may have died before they were on the disk.
    let below_root = folder.ancestors().take_while(|path| *path != root);
    for path in below_root {
        let makes = |call: &&Call| {
            call.name.starts_with("mkdir") && call.paths().first().is_some_and(|it| it == path)
        };
        let made = calls.iter().find(makes);
        if made.is_none() && scene.before == Before::Nothing {
            return Err(format!("{} is not made", path.display()));
        }
        synchronised(calls, path.parent().expect("a folder"), made, named)?;
    }
    // The name.
    let settled = synchronised(calls, folder, Some(named), stored)?;
    // What was replaced has another name until then, and can be had back.
    if scene.before == Before::Another {
        let is_link = |call: &&Call| call.name.starts_with("link");
        let keeps = |call: &&Call| is_link(call) && call.paths().first() == Some(destination);
        let kept = first("second name of what is replaced", &keeps)?;
        let aside = kept.paths().swap_remove(1);
        let during = |call: &&Call| (kept.begun..settled.begun).contains(&call.begun);
        let removes =
            |call: &Call| call.name.starts_with("unlink") && call.paths().first() == Some(&aside);
        if kept.begun > named.begun || calls.iter().filter(during).any(removes) {
            return Err("what is replaced is gone before its replacement is settled".to_owned());
        }
    }
    Ok(())
}

/// What synchronises the file or folder, from after the one call to before the other.
fn synchronised<'a>(
    calls: &'a [Call],
    path: &Path,
    after: Option<&Call>,
    before: &Call,
) -> Result<&'a Call, String> {
    let is = |call: &&Call| {
        let on_it = call.paths().first().is_some_and(|it| it == path);
        let follows = after.is_none_or(|after| after.ended.is_some_and(|end| end < call.begun));
        let is_over = call.ended.is_some_and(|end| end < before.begun);
        call.is_sync() && call.result == "0" && on_it && follows && is_over
    };
    let found = calls.iter().find(is);
    found.ok_or_else(|| format!("{} is not synchronised in time", path.display()))
}
