//! Chapter 6 in memory: files, what is open, what is held.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::FILE;
use crate::entry::Wrong;
use crate::faults::{Fault, Requests, Resume, Uploads};

/// Refused, with this code.
pub(super) type Refusal = u16;

/// A FILE whose layout is right.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) destination: String,
    pub(super) overwrite: bool,
    pub(super) resume: bool,
    pub(super) sha256: bool,
    pub(super) size: Option<u64>,
}

/// An upload that has begun.
pub(super) struct Open {
    pub(super) destination: String,
    overwrite: bool,
    pub(super) sha256: bool,
    pub(super) size: Option<u64>,
    /// What is held of it, from the file's first octet on.
    pub(super) octets: Vec<u8>,
    /// Whether it goes on from a complete file.
    complete: bool,
    /// Where it went on.
    pub(super) offset: u64,
    pub(super) superseded: Arc<AtomicBool>,
}

/// A check of a request that has its layout.
type Check = fn(&Store, &State, &Request) -> Result<(), Refusal>;

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    open: HashMap<String, Arc<AtomicBool>>,
    held: HashMap<(String, Option<u64>), Vec<u8>>,
    /// Folders that a wrong server has made too early.
    folders: Vec<String>,
}

pub(super) struct Store {
    wrong: Wrong,
    state: Mutex<State>,
}

impl Store {
    pub(super) fn new(wrong: Wrong) -> Self {
        Self { wrong, state: Mutex::default() }
    }

    fn does(&self, fault: impl Into<Fault>) -> bool {
        self.wrong.does(fault)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By what a destination is known where it is open.
    fn open_as(&self, destination: &str) -> String {
        match () {
            () if self.does(Requests::BusyByFolder) => {
                destination.rsplit_once('/').map_or(destination, |(folder, _)| folder).to_owned()
            }
            () if self.does(Requests::BusyIgnoresCase) => destination.to_lowercase(),
            () => destination.to_owned(),
        }
    }

    /// By what held octets are known.
    fn held_as(&self, destination: &str, size: Option<u64>) -> (String, Option<u64>) {
        match () {
            () if self.does(Resume::HeldByDestination) || self.does(Resume::AboveSize) => {
                (destination.to_owned(), None)
            }
            () if self.does(Resume::HeldByName) => {
                (destination.rsplit('/').next().unwrap_or_default().to_owned(), size)
            }
            () => (destination.to_owned(), size),
        }
    }

    /// Judges a request from the walk along its destination on.
    pub(super) fn begin(&self, request: &Request) -> Result<Open, Refusal> {
        let Request { destination, overwrite, resume, sha256, size } = request.clone();
        let mut state = self.state();
        let order: &[Check] = match () {
            () if self.does(Requests::SizeBeforeStorage) => {
                &[Self::size, Self::storage, Self::busy, Self::existence]
            }
            () if self.does(Requests::ExistenceBeforeSize) => {
                &[Self::storage, Self::existence, Self::size, Self::busy]
            }
            () if self.does(Requests::ExistenceBeforeBusy) => {
                &[Self::storage, Self::size, Self::existence, Self::busy]
            }
            () => &[Self::storage, Self::size, Self::busy, Self::existence],
        };
        let takes_over = |state: &mut State| {
            if let Some(other) = state.open.remove(&self.open_as(&destination)) {
                other.store(true, Ordering::Relaxed);
            }
        };
        if self.does(Resume::TakesOverFirst) && resume {
            takes_over(&mut state);
        }
        for check in order {
            check(self, &state, request)?;
        }
        let key = self.held_as(&destination, size);
        // What another connection has taken so far goes on here.
        takes_over(&mut state);
        let exists = state.files.get(&destination).cloned();
        let complete = exists.filter(|file| self.counts_as_held(file, request));
        let held = state.held.get(&key).cloned();
        let kept = self.does(Resume::GoesOnUnasked) || self.does(Resume::KeptWhenBegunAnew);
        if !resume && !kept && size.is_some() {
            state.held.remove(&key);
        }
        let goes_on = (resume || self.does(Resume::GoesOnUnasked))
            && (size.is_some() || self.does(Resume::UnknownGoesOn));
        let prefers_file = if self.does(Resume::FileFirst) { true } else { !overwrite };
        let (octets, complete) = match (held.filter(|_| goes_on), complete) {
            (Some(held), Some(_)) if !prefers_file => (held, false),
            (_, Some(_)) if self.does(Resume::CompleteFromZero) => (Vec::new(), false),
            (_, Some(file)) if size.is_some() && resume => (file, true),
            (Some(held), _) => (held, false),
            (None, _) => (Vec::new(), false),
        };
        let size_fits = size.is_none_or(|size| octets.len() as u64 <= size);
        let octets = if size_fits || self.does(Resume::AboveSize) { octets } else { Vec::new() };
        if self.does(Uploads::RemovesOldFirst) && overwrite && !complete {
            state.files.remove(&destination);
        }
        if self.does(Uploads::FoldersEarly) {
            let folders = folders_of(&destination).map(str::to_owned);
            state.folders.extend(folders);
        }
        let superseded = Arc::new(AtomicBool::new(false));
        let unseen = complete && self.does(Resume::CompleteNotBusy)
            || size.is_none() && self.does(Requests::UnknownNotBusy);
        if !unseen {
            state.open.insert(self.open_as(&destination), Arc::clone(&superseded));
        }
        let offset = octets.len() as u64;
        Ok(Open { destination, overwrite, sha256, size, octets, complete, offset, superseded })
    }

    fn counts_as_held(&self, file: &[u8], request: &Request) -> bool {
        let same = request.size == Some(file.len() as u64);
        request.resume && (same || self.does(Resume::AnySizeIsComplete) && request.size.is_some())
    }

    /// The walk along the destination.
    fn storage(&self, state: &State, request: &Request) -> Result<(), Refusal> {
        let below = folders_of(&request.destination).any(|folder| state.files.contains_key(folder));
        if below && self.does(Requests::FileIsFolder) {
            return Ok(());
        }
        let code = if self.does(Requests::FileAsFolderCode) { 211 } else { 210 };
        if below { Err(code) } else { Ok(()) }
    }

    fn size(&self, _: &State, request: &Request) -> Result<(), Refusal> {
        let Some(size) = request.size else {
            return if self.does(Requests::UnknownRefused) { Err(212) } else { Ok(()) };
        };
        if size > i64::MAX.unsigned_abs() {
            return if self.does(Requests::SizeSigned) { Ok(()) } else { Err(212) };
        }
        let limit = match () {
            () if self.does(Requests::SizeExclusive) => FILE - 1,
            () if self.does(Requests::SizeByOne) => FILE + 1,
            () if self.does(Requests::SizeUnjudged) => u64::MAX,
            () => FILE,
        };
        let code = if self.does(Requests::SizeCode) { 213 } else { 212 };
        if size > limit { Err(code) } else { Ok(()) }
    }

    fn busy(&self, state: &State, request: &Request) -> Result<(), Refusal> {
        let open = state.open.contains_key(&self.open_as(&request.destination));
        let takes = request.resume && !self.does(Resume::TakesNothingOver);
        let takes = takes && !(request.size.is_none() && self.does(Resume::UnknownTakesNothing));
        if open && !takes && !self.does(Requests::NeverBusy) {
            return Err(if self.does(Requests::BusyCode) { 211 } else { 214 });
        }
        Ok(())
    }

    fn existence(&self, state: &State, request: &Request) -> Result<(), Refusal> {
        let below = format!("{}/", request.destination);
        let folder = state.files.keys().any(|file| file.starts_with(&below))
            || state.folders.contains(&request.destination);
        if folder && !self.does(Requests::FolderIsNothing) {
            let replaced = request.overwrite && self.does(Requests::FolderOverwritten);
            return if replaced { Ok(()) } else { Err(211) };
        }
        let Some(file) = state.files.get(&request.destination) else {
            if request.overwrite && self.does(Requests::OverwriteNeedsFile) {
                return Err(211);
            }
            return Ok(());
        };
        let resumed = request.resume && self.does(Requests::ResumeReplaces);
        let allowed = request.overwrite && !self.does(Requests::OverwriteIgnored)
            || self.counts_as_held(file, request)
            || resumed
            || self.does(Requests::AlwaysReplaces);
        let code = if self.does(Requests::ExistsCode) { 221 } else { 211 };
        if allowed { Ok(()) } else { Err(code) }
    }

    /// Makes the upload the file at its destination.
    pub(super) fn publish(&self, open: &Open) -> Result<(), Refusal> {
        let mut state = self.state();
        self.leave(&mut state, open);
        if open.superseded.load(Ordering::Relaxed) {
            return Err(222);
        }
        if open.complete {
            return Ok(());
        }
        let request = Request {
            destination: open.destination.clone(),
            overwrite: open.overwrite,
            resume: false,
            sha256: open.sha256,
            size: open.size,
        };
        self.storage(&state, &request)?;
        self.existence(&state, &request)?;
        let folder = folders_of(&open.destination).last().unwrap_or_default();
        if self.does(Uploads::NoFolders) && !folder.is_empty() {
            return Err(219);
        }
        if self.does(Uploads::FoldersOnce) && !folder.is_empty() {
            let below = format!("{folder}/");
            if state.files.keys().any(|file| file.starts_with(&below)) {
                return Err(211);
            }
        }
        state.held.remove(&self.held_as(&open.destination, open.size));
        if !self.does(Uploads::StoresNothing) {
            state.files.insert(open.destination.clone(), open.octets.clone());
        }
        Ok(())
    }

    /// The destination is open no longer.
    fn leave(&self, state: &mut State, open: &Open) {
        let key = self.open_as(&open.destination);
        let own = state.open.get(&key).is_some_and(|at| Arc::ptr_eq(at, &open.superseded));
        if own {
            state.open.remove(&key);
        }
    }

    /// An upload that has failed or was given up.
    pub(super) fn failed(&self, open: &Open, code: u16) {
        let mut state = self.state();
        if !(code == 215 && self.does(Requests::BusyAfterFailure)) {
            self.leave(&mut state, open);
        }
        if open.complete {
            if self.does(Resume::CompleteDropped) {
                state.files.remove(&open.destination);
            }
            return;
        }
        let keeps = matches!(code, 213 | 219 | 222)
            || code == 220 && self.does(Resume::KeptAfterAbort)
            || code == 215 && self.does(Resume::KeptAfterSize)
            || code == 216 && self.does(Resume::KeptAfterDigest);
        let key = self.held_as(&open.destination, open.size);
        let older = code == 220 && self.does(Resume::OlderKeptAfterAbort)
            || code == 215 && self.does(Resume::OlderKeptAfterSize)
            || code == 216 && self.does(Resume::OlderKeptAfterDigest);
        if older {
            // As if this upload had been alone in memory.
        } else if !keeps {
            state.held.remove(&key);
        } else if code != 222 {
            self.hold(&mut state, open);
        }
    }

    /// The connection of an upload is lost.
    pub(super) fn lost(&self, open: &Open) {
        let mut state = self.state();
        if !self.does(Requests::BusyAfterLoss) {
            self.leave(&mut state, open);
        }
        if open.complete || open.superseded.load(Ordering::Relaxed) {
            return;
        }
        if self.does(Uploads::StoredAtEndOfStream) && open.size == Some(open.octets.len() as u64) {
            state.files.insert(open.destination.clone(), open.octets.clone());
            return;
        }
        self.hold(&mut state, open);
    }

    fn hold(&self, state: &mut State, open: &Open) {
        if open.size.is_none() && !self.does(Resume::UnknownGoesOn) {
            return;
        }
        let key = self.held_as(&open.destination, open.size);
        let offset = usize::try_from(open.offset).expect("below the limit");
        let octets = match () {
            // As if each part were a file of its own.
            () if self.does(Resume::LastPartOnly) => open.octets[offset..].to_vec(),
            () => open.octets.clone(),
        };
        let kept = state.held.get(&key).filter(|held| held.len() > octets.len());
        if kept.is_none() || !self.does(Resume::KeptWhenBegunAnew) {
            state.held.insert(key, octets);
        }
    }
}

/// The folders on the way to a destination, from the root downwards.
fn folders_of(destination: &str) -> impl Iterator<Item = &str> {
    destination.match_indices('/').map(|(at, _)| &destination[..at])
}
