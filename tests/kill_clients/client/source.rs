//! The file that is read, and what its octets come to.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crc32fast::Hasher;
use sha2::{Digest as _, Sha256};

pub(super) struct Source {
    file: File,
    pub(super) name: String,
    /// Its size when it was opened.
    pub(super) size: u64,
    /// How many octets were read.
    pub(super) count: u64,
    crc32: Hasher,
    sha256: Sha256,
}

impl Source {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Ok(Self { file, name, size, count: 0, crc32: Hasher::new(), sha256: Sha256::new() })
    }

    /// From the first octet again.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.count = 0;
        self.forget();
        Ok(())
    }

    /// Begins the digests anew.
    pub(super) fn forget(&mut self) {
        self.crc32 = Hasher::new();
        self.sha256 = Sha256::new();
    }

    /// The next octets, none at the end of the file.
    pub(super) fn read(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        let most = u64::try_from(most).expect("64 bits hold it");
        (&self.file).take(most).read_to_end(&mut octets)?;
        self.count += u64::try_from(octets.len()).expect("64 bits hold it");
        self.crc32.update(&octets);
        self.sha256.update(&octets);
        Ok(octets)
    }

    /// Reads up to `offset`; what comes back is the CRC-32 of all before it.
    pub(super) fn pass(&mut self, offset: u64) -> io::Result<u32> {
        while self.count < offset {
            let left = usize::try_from(offset - self.count).unwrap_or(usize::MAX);
            if self.read(left.min(65_536))?.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.crc32.clone().finalize())
    }

    /// The digest of the octets that were read, of four or of 32 octets.
    pub(super) fn digest(&self, length: usize) -> Vec<u8> {
        match length {
            4 => self.crc32.clone().finalize().to_be_bytes().to_vec(),
            _ => self.sha256.clone().finalize().to_vec(),
        }
    }
}
