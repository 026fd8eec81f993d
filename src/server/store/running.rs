//! An upload that is open: its file, how far it has come, and its digest so far.

use std::fs::File;
use std::io::{PipeWriter, Write};

use super::publish::{self, Target};
use super::{Refusal, Shared, partial};
use crate::digest::RunningDigest;
use crate::server::sync::disk_step;
use crate::wire::{Code, Completion, Digest, FileSize};

/// What a slot holds while its upload runs. Whoever has it can write; nobody else can.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) file: File,
    pub(super) backing: Backing,
    /// Octets of the whole file so far, those before the resume point included.
    pub(super) octets: u64,
    pub(super) digest: RunningDigest,
    /// The first refusal, which every later call gets again.
    pub(super) failed: Option<Refusal>,
    /// Wakes the thread that waits for the upload's client.
    pub(super) wake: PipeWriter,
}

/// What the file of an upload is.
#[derive(Clone, Debug)]
pub(super) enum Backing {
    /// One of known size, which can be held.
    Known { name: String, size: u64 },
    /// One of unknown size, up to a limit, which lives no longer than its upload.
    Unknown { name: String, limit: FileSize },
    /// The complete file at the destination, only read. The name is that of octets
    /// which may be held besides.
    Complete { name: String, size: u64 },
}

/// What becomes of the octets of an upload that is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    Drop,
}

impl Running {
    pub(super) fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        let written = match &self.failed {
            Some(refusal) => Err(refusal.clone()),
            None => self.append(octets),
        };
        written.inspect_err(|refusal| self.failed = Some(refusal.clone()))
    }

    fn append(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        let after = u64::try_from(octets.len()).ok().and_then(|len| self.octets.checked_add(len));
        let after = after.unwrap_or(u64::MAX);
        match &self.backing {
            Backing::Known { size, .. } | Backing::Complete { size, .. } if after > *size => {
                let message = format!("DATA reaches octet {after}, the size is {size}");
                return Err(Refusal::new(Code::SIZE_MISMATCH, message));
            }
            Backing::Unknown { limit, .. } if after > limit.octets() => {
                let message =
                    format!("DATA reaches octet {after}, the limit is {}", limit.octets());
                return Err(Refusal::new(Code::TOO_LARGE, message));
            }
            _ => {}
        }
        if octets.is_empty() {
            return Ok(());
        }
        disk_step();
        self.file.write_all(octets).map_err(|error| Refusal::storage("keep the octets", error))?;
        self.digest.update(octets);
        self.octets = after;
        Ok(())
    }

    /// Judges END in the order of `end.judged-in-order` and publishes.
    pub(super) fn finish(
        &self,
        shared: &Shared,
        target: &Target<'_>,
        expected: Option<&Completion>,
    ) -> Result<Digest, (Refusal, Fate)> {
        if let Some(refusal) = &self.failed {
            return Err((refusal.clone(), fate_after(refusal)));
        }
        let digest = self.digest.value();
        self.judge_end(digest, expected).map_err(|refusal| (refusal, Fate::Drop))?;
        match &self.backing {
            Backing::Known { name, .. } | Backing::Unknown { name, .. } => {
                publish::publish(shared, &self.file, name, target)?;
            }
            // `held.complete-untouched`
            Backing::Complete { name, .. } => {
                publish::confirm(shared, &self.file, target)
                    .map_err(|refusal| (refusal, Fate::Keep))?;
                shared.drop_held(name);
            }
        }
        Ok(digest)
    }

    fn judge_end(&self, digest: Digest, expected: Option<&Completion>) -> Result<(), Refusal> {
        let octets = self.octets;
        let known = match self.backing {
            Backing::Known { size, .. } | Backing::Complete { size, .. } => Some(size),
            Backing::Unknown { .. } => None,
        };
        for (size, whose) in [(known, "FILE"), (expected.map(|end| end.size), "END")] {
            if let Some(size) = size.filter(|size| *size != octets) {
                let message = format!("{octets} octets have come, {whose} said {size}");
                return Err(Refusal::new(Code::SIZE_MISMATCH, message));
            }
        }
        match expected {
            // `end.digest`
            Some(end) if end.digest != digest => {
                let message = format!("the {octets} octets have {digest}, END said {}", end.digest);
                Err(Refusal::new(Code::DIGEST_MISMATCH, message))
            }
            _ => Ok(()),
        }
    }

    /// Puts the octets aside or drops them, and closes the file.
    pub(super) fn settle(self, shared: &Shared, fate: Fate) {
        match (self.backing, fate) {
            (Backing::Known { name, size }, Fate::Keep) => {
                drop(self.file);
                shared.hold(&name, size);
            }
            (Backing::Known { name, .. } | Backing::Complete { name, .. }, Fate::Drop) => {
                shared.drop_held(&name);
            }
            (Backing::Unknown { name, .. }, _) => {
                if let Err(error) = partial::remove(&shared.own, &name) {
                    tracing::warn!(name, %error, "could not remove an upload of unknown size");
                }
            }
            (Backing::Complete { .. }, Fate::Keep) => {}
        }
    }

    /// Makes the other end of the pipe readable, which it stays: the octet is never read.
    /// Closing this end would do, were it not that a child process which is just being
    /// started has it open for a moment too.
    pub(super) fn wake(&mut self) {
        // It can fail only if nobody is left to be woken.
        let _ = self.wake.write_all(&[1]);
    }
}

/// What `held.survives` and `held.dropped` say of an upload that failed so.
pub(super) fn fate_after(refusal: &Refusal) -> Fate {
    match refusal.code {
        Code::NO_SPACE | Code::STORAGE_FAILURE => Fate::Keep,
        _ => Fate::Drop,
    }
}
