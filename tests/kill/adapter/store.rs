//! Chapter 6 on disk: the walk along the destination, octets that nobody sees, publication.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use conexion::wire::{Destination, PathError};
use sha2::{Digest as _, Sha256};

use super::FILE;
use crate::entry::Wrong;
use crate::faults::{Disk, PlainHeader, PlainUpload};

/// Refused, with this code.
type Refusal = u16;

pub(super) struct Request {
    pub(super) destination: String,
    pub(super) source: String,
    pub(super) overwrite: bool,
    pub(super) resume: bool,
    pub(super) size: Option<u64>,
}

/// The destinations that are open, and by what their uploads learn that they were taken over.
type Open = Mutex<HashMap<String, Arc<AtomicBool>>>;

pub(super) struct Store {
    root: PathBuf,
    wrong: Wrong,
    open: Arc<Open>,
    /// One upload at a time begins or is published.
    turn: Arc<Mutex<()>>,
    /// Those that were stored since the server began.
    stored: Arc<Mutex<HashSet<String>>>,
    next: AtomicU64,
}

/// An upload that has begun.
pub(super) struct Partial {
    root: PathBuf,
    wrong: Wrong,
    destination: String,
    overwrite: bool,
    hidden: PathBuf,
    file: File,
    len: u64,
    crc32: crc32fast::Hasher,
    sha256: Sha256,
    /// A complete file, of which nothing is written again.
    complete: bool,
    known_size: bool,
    /// Whether another connection has taken it over.
    pub(super) superseded: Arc<AtomicBool>,
    open: Arc<Open>,
    turn: Arc<Mutex<()>>,
    stored: Arc<Mutex<HashSet<String>>>,
    last: Vec<u8>,
}

impl Store {
    pub(super) fn new(root: PathBuf, wrong: Wrong) -> Self {
        fs::create_dir(root.join(".conexion")).expect("a folder");
        let (open, turn, stored) = (Arc::default(), Arc::default(), Arc::default());
        Self { root, wrong, open, turn, stored, next: AtomicU64::new(0) }
    }

    /// Judges a request that has its layout, from its destination on.
    pub(super) fn begin(&self, request: &Request) -> Result<Partial, Refusal> {
        let does = |fault: Disk| self.wrong.does(fault);
        let destination = self.checked(&request.destination)?;
        if does(Disk::OpensSource) && !request.source.is_empty() {
            let _ = File::open(&request.source);
        }
        let skips_link = does(Disk::OverwriteReplacesLink) && request.overwrite
            || does(Disk::ResumeFollowsLink) && request.resume;
        walk(&self.root, &destination, self.wrong, skips_link)?;
        if request.size.is_some_and(|size| size > FILE) {
            return Err(212);
        }
        let path = self.root.join(&destination);
        let _turn = self.turn.lock();
        let busy = self.open.lock().expect("no holder panics").get(&destination).cloned();
        if busy.is_some() && !request.resume && !self.wrong.does(PlainUpload::NeverBusy) {
            return Err(214);
        }
        let existing = self.existing(&path, &destination);
        if existing == Existing::Folder && !does(Disk::FolderIsNothing) {
            return Err(211);
        }
        let held = request.size.filter(|&size| {
            request.resume && path.symlink_metadata().is_ok_and(|at| at.len() == size)
        });
        let complete = held.is_some() && existing == Existing::File;
        if existing == Existing::File && !request.overwrite && !complete {
            return Err(211);
        }
        if let Some(other) = busy {
            other.store(true, Ordering::Relaxed);
        }
        let partial = self.start(request, &destination, complete).map_err(|_| 219_u16)?;
        let superseded = Arc::clone(&partial.superseded);
        self.open.lock().expect("no holder panics").insert(destination, superseded);
        Ok(partial)
    }

    /// The destination as it is used, if a rule of paths allows it.
    fn checked(&self, destination: &str) -> Result<String, Refusal> {
        match Destination::new(destination.as_bytes()) {
            Ok(_) => Ok(destination.to_owned()),
            Err(PathError::DotComponent { .. } | PathError::EmptyComponent { .. })
                if self.wrong.does(PlainHeader::AnyComponents) =>
            {
                Ok(destination.trim_start_matches('/').to_owned())
            }
            Err(PathError::Reserved) if self.wrong.does(PlainHeader::ReservedTaken) => {
                Ok(destination.to_owned())
            }
            Err(PathError::LongComponent { .. }) if self.wrong.does(PlainHeader::NamesCut) => {
                let cut = destination.split('/').map(|name| &name[..name.len().min(255)]);
                Ok(cut.collect::<Vec<_>>().join("/"))
            }
            Err(_) => Err(210),
        }
    }

    fn existing(&self, path: &Path, destination: &str) -> Existing {
        let does = |fault: Disk| self.wrong.does(fault);
        if does(Disk::OpensDestination) {
            // As a way to see whether it is there.
            let _ = File::open(path);
        }
        let Ok(at) = path.symlink_metadata() else { return Existing::Nothing };
        if at.is_dir() {
            return Existing::Folder;
        }
        let unseen = does(Disk::OnlyFilesExist) && !at.is_file()
            || does(Disk::EmptyIsNothing) && at.len() == 0 && at.is_file()
            || does(Disk::KnowsItsOwn)
                && !self.stored.lock().expect("no holder panics").contains(destination);
        if unseen { Existing::Nothing } else { Existing::File }
    }

    fn start(&self, request: &Request, destination: &str, complete: bool) -> io::Result<Partial> {
        let does = |fault: Disk| self.wrong.does(fault);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(destination);
        let folder = path.parent().unwrap_or(&self.root);
        let in_place = does(Disk::WritesInPlace)
            || self.wrong.does(PlainUpload::TruncatesAtHeader) && request.size.is_none();
        if does(Disk::FoldersEarly) || in_place {
            fs::create_dir_all(folder)?;
        }
        if does(Disk::RemovesOldFirst) && request.overwrite && !complete {
            let _ = fs::remove_file(&path);
        }
        let hidden = if in_place && !complete {
            path.clone()
        } else {
            self.root.join(".conexion").join(number.to_string())
        };
        let mut partial = Partial {
            root: self.root.clone(),
            wrong: self.wrong,
            destination: destination.to_owned(),
            overwrite: request.overwrite,
            file: File::create(&hidden)?,
            hidden,
            len: 0,
            crc32: crc32fast::Hasher::new(),
            sha256: Sha256::new(),
            complete,
            known_size: request.size.is_some(),
            superseded: Arc::default(),
            open: Arc::clone(&self.open),
            turn: Arc::clone(&self.turn),
            stored: Arc::clone(&self.stored),
            last: Vec::new(),
        };
        if complete {
            partial.take(&fs::read(&path)?);
        }
        Ok(partial)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    Nothing,
    File,
    Folder,
}

/// The walk along the destination, from the root downwards.
fn walk(root: &Path, destination: &str, wrong: Wrong, skips_last: bool) -> Result<(), Refusal> {
    let does = |fault: Disk| wrong.does(fault);
    if does(Disk::ComparesRealPaths) {
        let path = root.join(destination);
        let real = path.ancestors().find_map(|part| part.canonicalize().ok());
        let inside =
            real.is_some_and(|real| root.canonicalize().is_ok_and(|root| real.starts_with(root)));
        return if inside { Ok(()) } else { Err(221) };
    }
    let mut path = root.to_owned();
    let components: Vec<&str> = destination.split('/').collect();
    for (number, component) in components.iter().enumerate() {
        path.push(component);
        let last = number + 1 == components.len();
        let seen = if does(Disk::DanglingIsNothing) && !path.exists() {
            break;
        } else {
            path.symlink_metadata()
        };
        let Ok(at) = seen else { break };
        let unlooked = does(Disk::FollowsLinks)
            || does(Disk::ChecksLastOnly) && !last
            || does(Disk::ChecksFoldersOnly) && last
            || does(Disk::ChecksFromSecond) && number == 0
            || skips_last && last;
        if at.is_symlink() && !unlooked {
            return Err(if does(Disk::LinkIsBadPath) { 210 } else { 221 });
        }
        if !last && at.is_file() {
            if does(Disk::FileBecomesFolder) {
                let _ = fs::remove_file(&path);
                break;
            }
            return Err(if does(Disk::FileAsFolderFails) { 219 } else { 210 });
        }
        if !last && at.is_dir() && at.permissions().mode() & 0o200 == 0 {
            return Err(if does(Disk::PermissionFails) { 219 } else { 221 });
        }
    }
    Ok(())
}

impl Partial {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn crc32(&self) -> u32 {
        self.crc32.clone().finalize()
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        self.sha256.clone().finalize().into()
    }

    fn take(&mut self, octets: &[u8]) {
        self.len += octets.len() as u64;
        self.crc32.update(octets);
        self.sha256.update(octets);
    }

    pub(super) fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        let wrong = self.wrong;
        let does = |fault: Disk| wrong.does(fault);
        let plain = |fault: PlainUpload| wrong.does(fault);
        let mut octets = octets.to_vec();
        if self.len + octets.len() as u64 > FILE && !plain(PlainUpload::NoLimit) {
            if !plain(PlainUpload::LimitCuts) {
                return Err(212);
            }
            octets.truncate(usize::try_from(FILE - self.len).expect("below the limit"));
        }
        if plain(PlainUpload::Bounded) && self.len > 65_536 {
            return Ok(());
        }
        if plain(PlainUpload::Decodes) {
            octets = String::from_utf8_lossy(&octets).into_owned().into();
        }
        if plain(PlainUpload::LineEnds) {
            octets.retain(|&octet| octet != b'\r');
        }
        let lost = does(Disk::LastBlockLost);
        self.take(&octets);
        let written = if lost { std::mem::replace(&mut self.last, octets) } else { octets };
        let written = if does(Disk::LineEnds) {
            String::from_utf8_lossy(&written).replace('\n', "\r\n").into_bytes()
        } else {
            written
        };
        self.file.write_all(&written).map_err(|_| 219_u16)
    }

    /// Makes it the file at its destination.
    pub(super) fn publish(mut self) -> Result<(), Refusal> {
        let wrong = self.wrong;
        let does = |fault: Disk| wrong.does(fault);
        let turn = Arc::clone(&self.turn);
        let _turn = turn.lock();
        if self.superseded.load(Ordering::Relaxed) {
            return Err(222);
        }
        let path = self.root.join(&self.destination);
        if self.complete && !does(Disk::CompleteRewritten) {
            return Ok(());
        }
        if self.complete {
            let octets = fs::read(&path).map_err(|_| 219_u16)?;
            self.file.write_all(&octets).map_err(|_| 219_u16)?;
        }
        if !does(Disk::WalksOnce) {
            let replaced = self.overwrite;
            let walked = walk(&self.root, &self.destination, self.wrong, replaced);
            walked.map_err(|code| match code {
                210 if does(Disk::LateFileAsFolderFails) => 219,
                code => code,
            })?;
        }
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::NotADirectory if does(Disk::LateFileAsFolderFails) => 219,
            ErrorKind::NotADirectory => 210,
            ErrorKind::IsADirectory if does(Disk::LateFolderFails) => 219,
            ErrorKind::IsADirectory | ErrorKind::AlreadyExists => 211,
            _ => 219_u16,
        };
        if !self.wrong.does(PlainUpload::MakesNoFolders) {
            fs::create_dir_all(&folder).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => failed(ErrorKind::NotADirectory.into()),
                _ => failed(error),
            })?;
        }
        if self.hidden == path {
            // It was written there.
        } else if does(Disk::CopiesAtEnd) {
            self.copy(&path).map_err(failed)?;
        } else if does(Disk::WritesIntoOld) && path.exists() {
            fs::copy(&self.hidden, &path).map_err(failed)?;
        } else if self.wrong.does(PlainHeader::OverwritesInPlace) && path.exists() {
            let octets = fs::read(&self.hidden).map_err(failed)?;
            let mut old = File::options().write(true).open(&path).map_err(failed)?;
            old.write_all(&octets).map_err(failed)?;
        } else if self.overwrite && !does(Disk::LateOverwriteRefused)
            || does(Disk::RenameReplaces)
            || self.complete
        {
            fs::rename(&self.hidden, &path).map_err(failed)?;
        } else {
            fs::hard_link(&self.hidden, &path).map_err(failed)?;
        }
        self.stored.lock().expect("no holder panics").insert(self.destination.clone());
        Ok(())
    }

    fn copy(&self, path: &Path) -> io::Result<()> {
        let octets = fs::read(&self.hidden)?;
        let mut file = File::create(path)?;
        for block in octets.chunks(65_536) {
            file.write_all(block)?;
            // As a slower disk would have it.
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        Ok(())
    }

    /// ABORT has come.
    pub(super) fn given_up(self) {
        self.failed();
    }

    /// The connection is lost.
    pub(super) fn lost(self) {
        if self.known_size && !self.complete && self.wrong.does(Disk::KeepsUnderItsName) {
            let path = self.root.join(&self.destination);
            let _ = fs::rename(&self.hidden, path);
        }
        self.failed();
    }

    fn failed(&self) {
        if self.wrong.does(Disk::RemovesOldOnFailure) {
            let _ = fs::remove_file(self.root.join(&self.destination));
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let path = self.root.join(&self.destination);
        if self.hidden != path {
            let _ = fs::remove_file(&self.hidden);
        }
        let mut open = self.open.lock().expect("no holder panics");
        let own = |at: &Arc<AtomicBool>| Arc::ptr_eq(at, &self.superseded);
        if open.get(&self.destination).is_some_and(own) {
            open.remove(&self.destination);
        }
    }
}
