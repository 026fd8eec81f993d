//! The server's root, where it is on this machine: what a case puts there, and looks for.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{Departure, Outcome, Trial, Upload};

/// How often a case looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

impl Trial<'_> {
    /// Where a name of this case's own folder is on disk. The folder that it is in is made.
    ///
    /// # Errors
    ///
    /// Not applicable unless the root is known; inconclusive if the folder cannot be made.
    pub fn on_disk(&self, name: &str) -> Outcome<PathBuf> {
        self.flush();
        let path = self.root()?.join(self.destination(name));
        prepared(fs::create_dir_all(path.parent().unwrap_or(&path)))?;
        Ok(path)
    }

    /// Puts a file into this case's own folder, which must be there unchanged when the case
    /// ends, unless an upload that is acknowledged replaces it.
    ///
    /// # Errors
    ///
    /// Not applicable unless the root is known; inconclusive if it cannot be written.
    pub fn put(&mut self, name: &str, octets: &[u8]) -> Outcome<PathBuf> {
        let path = self.on_disk(name)?;
        prepared(fs::write(&path, octets))?;
        self.note_stored(&Upload::new(self.destination(name), octets.to_vec()));
        Ok(path)
    }

    /// Looks at the disk again and again for the time that proves silence.
    ///
    /// # Errors
    ///
    /// The first that `look` finds.
    pub fn watch(&self, mut look: impl FnMut() -> Outcome) -> Outcome {
        self.flush();
        let looks = self.silence().as_millis() / BETWEEN_LOOKS.as_millis();
        for _ in 0..=looks {
            look()?;
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Ok(())
    }
}

/// What the suite does in the root is no matter of the server's.
pub(super) fn prepared<T>(done: io::Result<T>) -> Outcome<T> {
    done.map_err(|error| Departure::inconclusive(format!("the root cannot be prepared: {error}")))
}
