//! Chapter 6.4 and 6.5 on disk: when a file is visible, and what becomes of what was there.
//! The suite looks into the server's root, so it must know where that is.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{store, stored};
use crate::conformance::answer::unexpected;
use crate::conformance::disk::prepared;
use crate::conformance::octets;
use crate::conformance::{Answer, Case, Departure, Outcome, Trial};
use crate::wire::FileSize;

const LEN: usize = 3000;

/// Long enough for a copy of it to take a while.
const LONG: u64 = 8 << 20;

pub(super) const CASES: &[Case] = &[
    Case::must(
        "disk.hidden-until-end",
        &["publish.whole"],
        "Nothing is visible under the destination while the octets come",
        |trial| {
            let upload = trial.upload("late", LEN)?;
            let path = trial.on_disk("late")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.watch(|| absent(&path))?;
            peer.send(upload.end())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    )
    .slow(),
    Case::must(
        "disk.folders-late",
        &["publish.folders-late"],
        "The folders of a destination are not there before END",
        |trial| {
            let upload = trial.upload("a/b/late", LEN)?;
            let folder = trial.on_disk("a")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.watch(|| absent(&folder))?;
            peer.send(upload.end())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    )
    .slow(),
    Case::must(
        "disk.folders-refused",
        &["publish.folders-late"],
        "An upload that is given up leaves no folders",
        |trial| {
            let upload = trial.upload("a/b/late", LEN)?;
            let folder = trial.on_disk("a")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0), octets::abort()].concat())?;
            peer.expect_start()?;
            peer.expect_error(220)?;
            peer.finish()?;
            absent(&folder)
        },
    )
    .twin(|trial| stored(trial, "a/b/whole", LEN)),
    Case::must(
        "disk.whole-at-once",
        &["publish.whole"],
        "Whoever looks while END is carried out sees no file, or all of it",
        |trial| {
            let most = trial.limits().file.map_or(LONG, FileSize::octets).min(LONG);
            let upload = trial.upload("long", usize::try_from(most).unwrap_or(LEN))?;
            let path = trial.on_disk("long")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let looker = scope.spawn(|| smallest_seen(&path, &stop));
                let answer = peer.send(upload.end()).and_then(|()| peer.expect_stored(&upload));
                stop.store(true, Ordering::Relaxed);
                let smallest = looker.join().ok().flatten();
                answer?;
                match smallest {
                    Some(len) if len < most => {
                        let expected = format!("no file, or one of {most} octets");
                        Err(Departure::fail(expected, format!("one of {len} octets")))
                    }
                    _ => Ok(()),
                }
            })
        },
    ),
    Case::must(
        "disk.visible-before-stored",
        &["publish.before-stored"],
        "The file is there when STORED comes",
        |trial| {
            for name in ["first", "second", "a/third"] {
                let upload = trial.upload(name, LEN)?;
                let path = trial.root()?.join(&upload.destination);
                store(&mut trial.open()?, &upload)?;
                if !path.is_file() {
                    return Err(Departure::fail(format!("`{name}` on disk"), "no such file"));
                }
            }
            Ok(())
        },
    ),
    Case::must(
        "disk.old-until-end",
        &["publish.nothing-on-failure", "publish.whole"],
        "With OVERWRITE the old file stays until END, and after ABORT",
        |trial| {
            let upload = trial.upload("file", LEN)?.overwriting();
            let path = trial.put("file", b"old")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.watch(|| holds(&path, b"old"))?;
            peer.send(octets::abort())?;
            peer.expect_error(220)?;
            peer.finish()
        },
    )
    .slow()
    .twin(overwritten),
    Case::must(
        "disk.old-after-loss",
        &["publish.nothing-on-failure"],
        "With OVERWRITE the old file stays when the connection is lost",
        |trial| {
            let upload = trial.upload("file", LEN)?.overwriting();
            trial.put("file", b"old")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            peer.shut_down();
            peer.expect_closed()
        },
    )
    .twin(overwritten),
    Case::must(
        "disk.old-after-mismatch",
        &["publish.nothing-on-failure", "end.digest"],
        "With OVERWRITE the old file stays when the digest is another",
        |trial| {
            let upload = trial.upload("file", LEN)?.overwriting();
            trial.put("file", b"old")?;
            let mut peer = trial.open()?;
            let end = octets::end(LEN as u64, &[0; 4]);
            peer.send([upload.file(), upload.data_from(0), end].concat())?;
            peer.expect_start()?;
            peer.expect_error(216)?;
            peer.finish()
        },
    )
    .twin(overwritten),
    Case::must(
        "disk.another-name",
        &["publish.whole"],
        "OVERWRITE makes a new file: another name of the old one keeps its octets",
        |trial| {
            let upload = trial.upload("file", LEN)?.overwriting();
            let other = trial.put("other", b"old")?;
            prepared(fs::hard_link(other, trial.on_disk("file")?))?;
            let mut peer = trial.open()?;
            store(&mut peer, &upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "disk.exists-again",
        &["publish.exists-again"],
        "A file that appears before END is not replaced: 211",
        |trial| {
            let upload = trial.upload("file", LEN)?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.put("file", b"first")?;
            peer.send(upload.end())?;
            peer.expect_error(211)?;
            peer.prove_usable()?;
            peer.finish()
        },
    )
    .twin(overwritten),
    Case::must(
        "disk.exists-again-overwrite",
        &["publish.exists-again"],
        "With OVERWRITE a file that appears before END is replaced",
        |trial| {
            let upload = trial.upload("file", LEN)?.overwriting();
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.put("file", b"first")?;
            peer.send(upload.end())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "disk.file-as-folder-late",
        &["end.judged-in-order"],
        "A file that appears before END where a folder is needed: 210",
        |trial| {
            let upload = trial.upload("folder/file", LEN)?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.put("folder", b"first")?;
            peer.send(upload.end())?;
            peer.expect_error(210)?;
            peer.prove_usable()?;
            peer.finish()
        },
    )
    .twin(|trial| stored(trial, "folder/file", LEN)),
    Case::must(
        "disk.folder-late",
        &["end.judged-in-order"],
        "A folder that appears at the destination before END: 211, even with OVERWRITE",
        |trial| {
            let upload = trial.upload("folder", LEN)?.overwriting();
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data_from(0)].concat())?;
            peer.expect_start()?;
            trial.on_disk("folder/inside")?;
            peer.send(upload.end())?;
            peer.expect_error(211)?;
            peer.prove_usable()?;
            peer.finish()
        },
    )
    .twin(|trial| stored(trial, "folder", LEN)),
    Case::must(
        "disk.complete-untouched",
        &["held.complete-untouched"],
        "An upload that goes on from a complete file leaves that very file",
        |trial| {
            let upload = trial.upload("file", LEN)?.resuming();
            let path = trial.put("file", &upload.octets)?;
            let before = prepared(path.metadata())?;
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            match peer.next("CONTINUE or ERROR 211")? {
                Answer::Continue(point) if point.offset == LEN as u64 => {}
                // What such a FILE is answered with is the matter of `held.complete`.
                Answer::Continue(_) => {
                    return Err(Departure::info("a complete file does not count as held"));
                }
                Answer::Error(code, _) if code.number() == 211 => {
                    return Err(Departure::info("a complete file does not count as held"));
                }
                other => return Err(unexpected("CONTINUE or ERROR 211", &other)),
            }
            peer.send(upload.end())?;
            peer.expect_stored(&upload)?;
            peer.finish()?;
            let after = prepared(path.metadata())?;
            let told = |data: &fs::Metadata| (data.ino(), data.mtime(), data.mtime_nsec());
            if told(&before) == told(&after) {
                return Ok(());
            }
            Err(Departure::fail("the same file, not written to", "another, or one written to"))
        },
    ),
    Case::must(
        "disk.held-hidden",
        &["resume.hidden"],
        "Held octets are not visible under the destination",
        |trial| {
            let upload = trial.upload("file", LEN)?.resuming();
            let path = trial.on_disk("file")?;
            let mut peer = trial.open()?;
            peer.send([upload.file(), upload.data(0..2048)].concat())?;
            peer.expect_start()?;
            peer.shut_down();
            peer.expect_closed()?;
            absent(&path)
        },
    )
    .twin(|trial| stored(trial, "file", LEN)),
];

/// A file that is replaced: the twin of one that is not.
fn overwritten(trial: &mut Trial<'_>) -> Outcome {
    let upload = trial.upload("file", LEN)?.overwriting();
    trial.put("file", b"old")?;
    let mut peer = trial.open()?;
    store(&mut peer, &upload)?;
    peer.finish()
}

fn absent(path: &Path) -> Outcome {
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(data) => {
            let kind = if data.is_dir() {
                "a folder".to_owned()
            } else {
                format!("{} octets", data.len())
            };
            Err(Departure::fail(format!("nothing at `{}`", path.display()), kind))
        }
    }
}

fn holds(path: &Path, octets: &[u8]) -> Outcome {
    match fs::read(path) {
        Ok(seen) if seen == octets => Ok(()),
        Ok(seen) => Err(Departure::fail("the old file", format!("one of {} octets", seen.len()))),
        Err(error) => Err(Departure::fail("the old file", error.to_string())),
    }
}

/// The smallest length of a file that was ever seen there.
fn smallest_seen(path: &Path, stop: &AtomicBool) -> Option<u64> {
    let mut smallest = None;
    while !stop.load(Ordering::Relaxed) {
        if let Ok(data) = path.metadata() {
            smallest = Some(smallest.map_or(data.len(), |least: u64| least.min(data.len())));
        }
        std::thread::yield_now();
    }
    smallest
}
