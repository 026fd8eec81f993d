//! Where uploads land, seen from outside: the public API and what is on the disk.

mod judging;
mod opening;
mod publication;
mod resume;
#[path = "../skipping/mod.rs"]
mod skipping;
mod space;
mod storing;
mod takeover;

use std::fs;
use std::path::{Path, PathBuf};

use conexion::server::store::{Durability, Refusal, Settings, Store, Upload};
use conexion::wire::{
    Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Limits,
    SourceName,
};
use sha2::Digest as _;
use tempfile::TempDir;

const NONE: Flags = Flags { overwrite: false, resume: false };
const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: false, resume: true };
const BOTH: Flags = Flags { overwrite: true, resume: true };

/// Tests do not wait for the disk, but for the few that are about it.
const QUICK: Settings = Settings {
    durability: Durability::None,
    held_age: std::time::Duration::from_secs(3600),
    held_count: 1000,
    held_octets: 1 << 30,
};

/// A store over a root of its own, which vanishes with it.
struct Place {
    store: Store,
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        Self::with(QUICK)
    }

    fn with(settings: Settings) -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { store: Store::open(root.path(), settings).unwrap(), root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn begin(&self, destination: &str, size: usize, flags: Flags) -> Result<Upload, Refusal> {
        begin(&self.store, destination, size, flags)
    }

    /// The code with which a FILE of one octet is refused.
    fn refused(&self, destination: &str, flags: Flags) -> u16 {
        code(self.begin(destination, 1, flags))
    }

    /// Stores a file in one go.
    fn put(&self, destination: &str, octets: &[u8], flags: Flags) -> Result<Digest, Refusal> {
        let mut upload = self.begin(destination, octets.len(), flags)?;
        upload.write(octets)?;
        upload.finish(Some(&end_of(octets)))
    }

    /// Leaves octets held for a destination.
    fn leave(&self, destination: &str, size: usize, octets: &[u8]) {
        let mut upload = self.begin(destination, size, BOTH).unwrap();
        upload.write(octets).unwrap();
        upload.keep();
    }

    /// The names of what is held.
    fn parts(&self) -> Vec<String> {
        parts(self.root.path())
    }
}

fn begin(store: &Store, name: &str, size: usize, flags: Flags) -> Result<Upload, Refusal> {
    store.begin(&request(name, Some(size), flags, DigestKind::Crc32), &Limits::default())
}

fn request(
    destination: &str,
    size: Option<usize>,
    flags: Flags,
    digest: DigestKind,
) -> FileRequest<'_> {
    FileRequest {
        flags,
        digest,
        size: size.map_or(DeclaredSize::UNKNOWN, |size| DeclaredSize::new(size as u64)),
        source: SourceName::new(b"source").unwrap(),
        destination: Destination::new(destination.as_bytes()).unwrap(),
    }
}

fn digest_of(octets: &[u8], kind: DigestKind) -> Digest {
    match kind {
        DigestKind::Crc32 => Digest::Crc32(crc32fast::hash(octets).to_be_bytes()),
        DigestKind::Sha256 => Digest::Sha256(sha2::Sha256::digest(octets).into()),
    }
}

fn end_of(octets: &[u8]) -> Completion {
    Completion { size: octets.len() as u64, digest: digest_of(octets, DigestKind::Crc32) }
}

fn code<T>(result: Result<T, Refusal>) -> u16 {
    result.err().map_or(0, |refusal| refusal.code.number())
}

fn parts(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(".conexion")).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "lock" && name != "names");
    names.sort();
    names
}

/// Octets without a pattern that a shifted or repeated block could hide in.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ len as u64;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(step).take(len).collect()
}
