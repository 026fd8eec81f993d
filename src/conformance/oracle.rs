//! What became of the files that a case saw stored: the last question of a case that
//! passed.
//!
//! An acknowledgement is a claim. Where the server counts complete files as held, it is
//! asked to go on from each, and its CRC-32 is compared; where its root is on this machine,
//! each file is compared on disk, octet for octet, and where a destination was named whose
//! upload was not acknowledged there must be no file, inside the root or outside.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::octets::{self, RawFile};
use super::transcript::Direction;
use super::{Answer, Departure, Outcome, Trial, Upload};
use crate::wire::FrameType;

/// How far the files that a case saw stored were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// STORED came, with the right size and digest.
    Acknowledged,
    /// The server also named the right CRC-32 when it was asked to go on from each.
    ReadBack,
    /// They were also compared on disk, and nothing else was there.
    Disk,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Acknowledged => "acknowledged",
            Self::ReadBack => "read back",
            Self::Disk => "compared on disk",
        })
    }
}

/// The uploads of a case that were acknowledged, by destination, the last one of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledged(Rc<RefCell<BTreeMap<String, Upload>>>);

impl Acknowledged {
    pub(super) fn note(&self, upload: &Upload) {
        self.0.borrow_mut().insert(upload.destination.clone(), upload.clone());
    }

    fn uploads(&self) -> Vec<Upload> {
        self.0.borrow().values().cloned().collect()
    }
}

/// Examines what a case has stored; `None` if it has stored nothing.
pub(super) fn examine(trial: &mut Trial<'_>) -> Outcome<Option<Proof>> {
    let uploads = trial.acknowledged().uploads();
    let root = trial.root_if_known().map(Path::to_path_buf);
    if let Some(root) = &root {
        let run = trial.folder().split('/').next().unwrap_or_default().to_owned();
        let sent = trial.transcripts().into_iter().map(|t| t.octets(Direction::Sent));
        let named: Vec<PathBuf> = sent.flat_map(|sent| destinations_named(&sent, &run)).collect();
        compare(root, &uploads, &named)?;
    }
    if uploads.is_empty() {
        return Ok(None);
    }
    let read_back = read_back(trial, &uploads)?;
    Ok(Some(match (root, read_back) {
        (Some(_), _) => Proof::Disk,
        (None, true) => Proof::ReadBack,
        (None, false) => Proof::Acknowledged,
    }))
}

/// Asks for each file whether the server counts it as held, and for its CRC-32. Says
/// whether all were read back; a server need not count any.
fn read_back(trial: &mut Trial<'_>, uploads: &[Upload]) -> Outcome<bool> {
    let mut all = true;
    trial.set_label("read back");
    let mut peer = trial.open()?;
    for upload in uploads {
        let upload = Upload { declared: upload.size(), ..upload.clone() }.resuming();
        peer.send(upload.file())?;
        match peer.next("the answer to a RESUME of a file that was stored")? {
            Answer::Continue(point) => {
                let whole = point.offset == upload.octets.len() as u64;
                let crc32 = upload.crc32(upload.octets.len());
                if whole && point.crc32 != crc32 {
                    let what = format!("the CRC-32 of `{}`, {crc32:08X}", upload.destination);
                    return Err(Departure::fail(what, format!("{:08X}", point.crc32)));
                }
                all &= whole;
                peer.send(octets::abort())?;
                peer.expect_error(220)?;
            }
            // 211: it counts no file as held. Other refusals are matters of other cases.
            Answer::Error(code, _) if code.number() >= 200 => all = false,
            other => {
                let what = "CONTINUE, or ERROR 211";
                return Err(Departure::fail(what, other.to_string()));
            }
        }
    }
    peer.finish()?;
    Ok(all)
}

/// Compares what is on disk with what was acknowledged, at every destination that the case
/// has named. A server may have other files of its own below its root.
fn compare(root: &Path, uploads: &[Upload], named: &[PathBuf]) -> Outcome {
    for upload in uploads {
        let path = root.join(&upload.destination);
        let expected =
            format!("{} octets on disk in `{}`", upload.octets.len(), upload.destination);
        match read(&path) {
            Ok(octets) if octets == upload.octets => {}
            Ok(octets) => {
                let same = octets.iter().zip(&upload.octets).take_while(|(a, b)| a == b).count();
                let seen = format!("{} octets, the first {same} the same", octets.len());
                return Err(Departure::fail(expected, seen));
            }
            Err(error) => return Err(Departure::fail(expected, error)),
        }
    }
    let stored = |path: &&PathBuf| !uploads.iter().any(|u| Path::new(&u.destination) == *path);
    let is_file = |path: &&PathBuf| root.join(path).symlink_metadata().is_ok_and(|at| at.is_file());
    match named.iter().filter(stored).find(is_file) {
        None => Ok(()),
        Some(extra) => {
            let expected = "no file on disk but those that were acknowledged";
            let extra = root.join(extra).display().to_string();
            Err(Departure::fail(expected, format!("`{}`", extra.escape_debug())))
        }
    }
}

/// The octets of a regular file; nothing else is opened.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let data = path.symlink_metadata().map_err(|error| error.to_string())?;
    if data.is_file() {
        fs::read(path).map_err(|error| error.to_string())
    } else {
        Err("no regular file".to_owned())
    }
}

/// The destinations of a run that a client has named in the FILEs of a connection, one that
/// is nobody's but this run's by holding its name.
fn destinations_named(sent: &[u8], run: &str) -> Vec<PathBuf> {
    let line = sent.iter().position(|&octet| octet == b'\n').map_or(sent.len(), |at| at + 1);
    let mut rest = sent.get(line..).unwrap_or_default();
    let mut named = Vec::new();
    while let Some((kind, payload, after)) = octets::next_frame(rest) {
        if kind == FrameType::File.octet() {
            named.extend(RawFile::read(payload).map(|file| file.destination));
        }
        rest = after;
    }
    named.retain(|name| name.windows(run.len()).any(|part| part == run.as_bytes()));
    named.into_iter().map(|name| PathBuf::from(OsString::from_vec(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(name: &str, octets: &[u8]) -> Upload {
        Upload::new(format!("run/1/{name}"), octets.to_vec())
    }

    #[test]
    fn missing_truncated_changed_extra_and_escaped_files_are_told_apart() {
        let parent = tempfile::tempdir().expect("a folder");
        let root = parent.path().join("root");
        let folder = root.join("run/1/sub");
        fs::create_dir_all(&folder).expect("a folder");
        let compared = |uploads: &[Upload], named: &str| {
            compare(&root, uploads, &[PathBuf::from(named)]).map_err(|departure| departure.seen)
        };
        let seen = |uploads: &[Upload]| compared(uploads, "run/1/sub/a");
        let file = [upload("sub/a", b"1234")];
        assert!(seen(&file).expect_err("missing").contains("No such file"));
        fs::write(folder.join("a"), b"12").expect("a file");
        assert_eq!(seen(&file), Err("2 octets, the first 2 the same".to_owned()));
        fs::write(folder.join("a"), b"12x4").expect("a file");
        assert_eq!(seen(&file), Err("4 octets, the first 2 the same".to_owned()));
        fs::write(folder.join("a"), b"1234").expect("a file");
        assert_eq!(seen(&file), Ok(()));
        assert!(seen(&[]).expect_err("extra").ends_with("run/1/sub/a`"));
        assert_eq!(compared(&file, "../run-x"), Ok(()));
        fs::write(parent.path().join("run-x"), b"").expect("a file");
        assert!(compared(&file, "../run-x").expect_err("escaped").ends_with("root/../run-x`"));
    }

    #[test]
    fn only_destinations_of_the_run_are_looked_at() {
        let mut sent = b"CONEXION/1 CLIENT\n".to_vec();
        sent.extend(octets::text("run"));
        sent.extend(upload("a", b"").file());
        sent.extend(Upload::new("/etc/passwd".to_owned(), Vec::new()).file());
        sent.extend(Upload::new("../run-2".to_owned(), Vec::new()).file());
        sent.extend(octets::header(b'F', 9));
        let named = destinations_named(&sent, "run");
        assert_eq!(named, [PathBuf::from("run/1/a"), PathBuf::from("../run-2")]);
    }

    #[test]
    fn the_last_upload_to_a_destination_counts() {
        let acknowledged = Acknowledged::default();
        acknowledged.note(&upload("a", b"old"));
        acknowledged.clone().note(&upload("a", b"new"));
        let uploads = acknowledged.uploads();
        assert_eq!(uploads.len(), 1);
        assert_eq!(uploads[0].octets, b"new");
    }
}
