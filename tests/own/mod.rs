//! The server's own folder, as the documentation of its store says.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

const FOLDER: &str = ".conexion";

/// An entry of the folder, of those that are not always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Octets of an upload, under this name.
    Held(String),
    /// The file that the upload of this name was about to replace.
    Replaced(String),
    Other(String),
}

/// The name of the octets that are held.
pub(crate) fn held_name(destination: &str, size: u64) -> String {
    let mut name = String::new();
    for octet in &Sha256::digest(destination)[..16] {
        // Writing to a String cannot fail.
        let _ = write!(name, "{octet:02x}");
    }
    name + &format!("-{size}.part")
}

/// The octets that are held.
pub(crate) fn held(root: &Path, destination: &str, size: u64) -> Vec<u8> {
    fs::read(root.join(FOLDER).join(held_name(destination, size))).unwrap_or_default()
}

/// What is kept there at the moment.
pub(crate) fn kept(root: &Path) -> Vec<Kept> {
    let entries = fs::read_dir(root.join(FOLDER)).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string());
    let names = names.map(|name| name.expect("UTF-8"));
    let others = names.filter(|name| name != "lock" && name != "names");
    let mut kept: Vec<Kept> = others
        .map(|name| match name.rsplit_once('.') {
            Some((of, "old")) => Kept::Replaced(of.to_owned()),
            Some((_, "part")) => Kept::Held(name),
            _ => Kept::Other(name),
        })
        .collect();
    kept.sort_by_key(|kept| format!("{kept:?}"));
    kept
}

/// The paths of all that is visible, files and folders, in order.
pub(crate) fn visible(root: &Path) -> (Vec<String>, Vec<String>) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below the root").to_str().expect("UTF-8");
            if path.is_dir() && name != FOLDER {
                folders.push(name.to_owned());
                left.push(path);
            } else if name != FOLDER {
                files.push(name.to_owned());
            }
        }
    }
    files.sort();
    folders.sort();
    (files, folders)
}
