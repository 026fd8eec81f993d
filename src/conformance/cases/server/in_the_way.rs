//! Chapters 6.1 and 6.2 on disk: what is in the way of an upload. The suite puts it into the
//! server's root, so it must know where that is.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::file::refused;
use super::{prove_discard, stored};
use crate::conformance::disk::prepared;
use crate::conformance::octets::RawFile;
use crate::conformance::{Answer, Case, Departure, Outcome, Trial, Upload};

const LEN: usize = 5;

pub(super) const CASES: &[Case] = &[
    link("disk.link-last", "A link to a file is refused with 221", |trial| {
        let target = trial.put("target", b"kept")?;
        linked(trial, &target, "link", "link")
    }),
    link("disk.link-last-overwrite", "OVERWRITE replaces no link to a file", |trial| {
        let target = trial.put("target", b"kept")?;
        let link = trial.on_disk("link")?;
        prepared(symlink(&target, &link))?;
        refused(trial, 221, [trial.upload("link", LEN)?.overwriting().raw()])?;
        still_link(&link)
    }),
    link("disk.link-resume", "RESUME through a link to a file of its size is refused", |trial| {
        let upload = trial.upload("link", LEN)?.resuming();
        let target = trial.put("target", &upload.octets)?;
        prepared(symlink(target, trial.on_disk("link")?))?;
        refused(trial, 221, [upload.raw()])
    }),
    link("disk.link-dangling", "A link to nothing is refused with 221", |trial| {
        linked(trial, Path::new("nothing"), "link", "link")
    }),
    link("disk.link-itself", "A link to itself is refused with 221", |trial| {
        linked(trial, Path::new("link"), "link", "link")
    }),
    link("disk.link-first", "A first component that is a link is refused with 221", |trial| {
        // Below the root itself, where all cases are.
        let name = own_name(trial);
        let root = trial.root()?;
        prepared(symlink(root, root.join(&name)))?;
        let destination = format!("{name}/x");
        let outcome =
            refused(trial, 221, [Upload { destination, ..trial.upload("x", LEN)? }.raw()]);
        prepared(fs::remove_file(root.join(&name)))?;
        outcome
    }),
    link("disk.link-middle", "A link between folders is refused with 221", |trial| {
        let folder = trial.on_disk("folder/x")?;
        let folder = folder.parent().unwrap_or(&folder);
        linked(trial, folder, "a/link", "a/link/b/x")
    }),
    link("disk.link-dangling-folder", "A folder that links to nothing is refused", |trial| {
        linked(trial, Path::new("nowhere"), "link", "link/x")
    }),
    Case::must(
        "disk.link-outside",
        &["path.inside-root", "path.symbolic-link"],
        "Nothing is stored through a link that leads out of the root",
        |trial| {
            outside(trial, |trial, name, folder| {
                linked(trial, folder, "out", &format!("out/{name}"))
            })
        },
    )
    .twin(real_folder),
    Case::must(
        "disk.link-outside-late",
        &["path.inside-root", "end.judged-in-order"],
        "A folder that becomes a link out of the root before END is not followed: 221",
        |trial| {
            outside(trial, |trial, name, folder| {
                let late = trial.on_disk("late/x")?.with_file_name("");
                let upload = trial.upload(&format!("late/{name}"), LEN)?;
                let mut peer = trial.open()?;
                peer.send([upload.file(), upload.data_from(0)].concat())?;
                peer.expect_start()?;
                prepared(fs::rename(&late, trial.on_disk("moved")?))?;
                prepared(symlink(folder, trial.on_disk("late")?))?;
                peer.send(upload.end())?;
                peer.expect_error(221)?;
                peer.prove_usable()
            })
        },
    )
    .twin(real_folder),
    Case::must(
        "disk.permission",
        &["file.permission"],
        "A folder in which the server may not write is refused with 221",
        |trial| {
            let folder = trial.on_disk("folder/x")?.with_file_name("");
            let mode =
                |mode| prepared(fs::set_permissions(&folder, PermissionsExt::from_mode(mode)));
            mode(0o555)?;
            let outcome = not_permitted(trial, &trial.upload("folder/x", LEN)?);
            mode(0o755)?;
            outcome
        },
    )
    .twin(real_folder),
    Case::must(
        "disk.pipe",
        &["file.exists"],
        "A pipe exists like a file: it is refused with 211, and not opened",
        |trial| {
            pipe(&trial.on_disk("pipe")?)?;
            refused(trial, 211, [trial.upload("pipe", LEN)?.raw()])
        },
    )
    .twin(real_folder),
    Case::must(
        "disk.pipe-overwrite",
        &["publish.whole", "file.exists"],
        "With OVERWRITE a pipe is replaced or refused, and not opened",
        |trial| {
            pipe(&trial.on_disk("pipe")?)?;
            let upload = trial.upload("pipe", LEN)?.overwriting();
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            match peer.next("CONTINUE, ERROR 211 or ERROR 221")? {
                Answer::Continue(point) if point.offset == 0 => {
                    peer.send([upload.data_from(0), upload.end()].concat())?;
                    peer.expect_stored(&upload)?;
                    peer.finish()
                }
                Answer::Error(code, _) if [211, 221].contains(&code.number()) => {
                    prove_discard(&mut peer)
                }
                other => {
                    Err(Departure::fail("CONTINUE, ERROR 211 or ERROR 221", other.to_string()))
                }
            }
        },
    ),
    Case::must(
        "disk.source-pipe",
        &["path.source-informational"],
        "A source that names a pipe of the server's is not opened",
        |trial| {
            let path = trial.on_disk("pipe")?;
            pipe(&path)?;
            let upload = trial.upload("x", LEN)?;
            let source = path.into_os_string().into_encoded_bytes();
            if source.len() > 1024 || std::str::from_utf8(&source).is_err() {
                return Err(Departure::not_applicable("the root's path is no source"));
            }
            let mut peer = trial.open()?;
            peer.send(RawFile { source, ..upload.raw() }.frame())?;
            peer.expect_start()?;
            peer.send([upload.data_from(0), upload.end()].concat())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "disk.exists",
        &["file.exists"],
        "A file that nobody uploaded exists: without OVERWRITE it is refused with 211",
        |trial| {
            trial.put("there", b"kept")?;
            refused(trial, 211, [trial.upload("there", LEN)?.raw()])
        },
    )
    .twin(real_folder),
    Case::must("disk.exists-empty", &["file.exists"], "A file of no octets exists, too", |trial| {
        trial.put("there", b"")?;
        refused(trial, 211, [trial.upload("there", LEN)?.raw()])
    })
    .twin(real_folder),
    Case::must(
        "disk.file-as-folder",
        &["path.file-as-folder"],
        "A file that nobody uploaded is no folder: 210",
        |trial| {
            trial.put("file", b"kept")?;
            refused(trial, 210, [trial.upload("file/x", LEN)?.raw()])
        },
    )
    .twin(real_folder),
];

/// A case about a symbolic link, beside one with a folder.
const fn link(id: &'static str, title: &'static str, ask: fn(&mut Trial<'_>) -> Outcome) -> Case {
    Case::must(id, &["path.symbolic-link"], title, ask).twin(real_folder)
}

/// A file in a folder that the suite has made, as the twin of what is in the way.
fn real_folder(trial: &mut Trial<'_>) -> Outcome {
    trial.on_disk("real/x")?;
    stored(trial, "real/x", LEN)
}

/// An upload over this link is refused with 221, and the link is still there.
fn linked(trial: &mut Trial<'_>, target: &Path, link: &str, name: &str) -> Outcome {
    let link = trial.on_disk(link)?;
    prepared(symlink(target, &link))?;
    refused(trial, 221, [trial.upload(name, LEN)?.raw()])?;
    still_link(&link)
}

fn still_link(link: &Path) -> Outcome {
    if prepared(link.symlink_metadata())?.is_symlink() {
        return Ok(());
    }
    Err(Departure::fail("the link as it was", "another file in its place"))
}

fn pipe(path: &Path) -> Outcome {
    prepared(mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).map_err(Into::into))
}

/// Asks with a name and a folder outside the root, where it takes away what a wrong server has
/// stored by this name.
fn outside(trial: &mut Trial<'_>, ask: fn(&mut Trial<'_>, &str, &Path) -> Outcome) -> Outcome {
    let (name, folder) = (own_name(trial), std::env::temp_dir());
    let outcome = ask(trial, &name, &folder);
    // Mostly there is none; and of one that is another user's the verdict tells.
    let _ = fs::remove_file(folder.join(name));
    outcome
}

/// A name that no other case and no other run has, in whatever folder.
fn own_name(trial: &Trial<'_>) -> String {
    trial.folder().replace('/', "-")
}

/// 221 at FILE or at END. A server that runs as a user who may do all has no such folder.
fn not_permitted(trial: &mut Trial<'_>, upload: &Upload) -> Outcome {
    let mut peer = trial.open()?;
    peer.send(upload.file())?;
    match peer.next("ERROR 221")? {
        Answer::Continue(_) => peer.send([upload.data_from(0), upload.end()].concat())?,
        Answer::Error(code, _) if code.number() == 221 => return prove_discard(&mut peer),
        other => return Err(Departure::fail("ERROR 221", other.to_string())),
    }
    match peer.next("ERROR 221")? {
        Answer::Stored(_) => {
            trial.note_stored(upload);
            Err(Departure::not_applicable("the server may write in a folder of mode 555"))
        }
        Answer::Error(code, _) if code.number() == 221 => peer.prove_usable(),
        other => Err(Departure::fail("ERROR 221", other.to_string())),
    }
}
