//! What became of the files that a case saw stored: the last question of a case that
//! passed.
//!
//! An acknowledgement is a claim. Where the server counts complete files as held, it is
//! asked to go on from each, and its CRC-32 is compared; where its root is on this machine,
//! the case's folder is compared with what was acknowledged, octet for octet.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::octets;
use super::{Answer, Departure, Outcome, Trial, Upload};

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
        compare(root, trial.folder(), &uploads)?;
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

/// Compares a case's folder below the root with what was acknowledged.
fn compare(root: &Path, folder: &str, uploads: &[Upload]) -> Outcome {
    for upload in uploads {
        let path = root.join(&upload.destination);
        let expected =
            format!("{} octets on disk in `{}`", upload.octets.len(), upload.destination);
        match fs::read(&path) {
            Ok(octets) if octets == upload.octets => {}
            Ok(octets) => {
                let same = octets.iter().zip(&upload.octets).take_while(|(a, b)| a == b).count();
                let seen = format!("{} octets, the first {same} the same", octets.len());
                return Err(Departure::fail(expected, seen));
            }
            Err(error) => return Err(Departure::fail(expected, error.to_string())),
        }
    }
    let own = root.join(folder);
    let known: Vec<PathBuf> = uploads.iter().map(|u| root.join(&u.destination)).collect();
    match files_below(&own).into_iter().find(|path| !known.contains(path)) {
        None => Ok(()),
        Some(extra) => {
            let extra = extra.strip_prefix(root).unwrap_or(&extra).display().to_string();
            let expected = "no file on disk but those that were acknowledged";
            Err(Departure::fail(expected, format!("`{}`", extra.escape_debug())))
        }
    }
}

/// All regular files below a folder. What cannot be read, or is none, holds no file.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(files_below(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(name: &str, octets: &[u8]) -> Upload {
        Upload::new(format!("run/1/{name}"), octets.to_vec())
    }

    #[test]
    fn missing_truncated_changed_and_extra_files_are_told_apart() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("run/1/sub");
        fs::create_dir_all(&folder).expect("a folder");
        let seen = |uploads: &[Upload]| {
            compare(root.path(), "run/1", uploads).map_err(|departure| departure.seen)
        };
        let file = [upload("sub/a", b"1234")];
        assert!(seen(&file).expect_err("missing").contains("No such file"));
        fs::write(folder.join("a"), b"12").expect("a file");
        assert_eq!(seen(&file), Err("2 octets, the first 2 the same".to_owned()));
        fs::write(folder.join("a"), b"12x4").expect("a file");
        assert_eq!(seen(&file), Err("4 octets, the first 2 the same".to_owned()));
        fs::write(folder.join("a"), b"1234").expect("a file");
        assert_eq!(seen(&file), Ok(()));
        assert_eq!(seen(&[]), Err("`run/1/sub/a`".to_owned()));
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
