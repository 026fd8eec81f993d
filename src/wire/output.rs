//! The caller's buffer, being filled.

use core::fmt;

/// A cursor over a slice of the caller's into which octets are emitted.
///
/// A write either fits whole or changes nothing.
#[derive(Debug)]
pub struct Output<'b> {
    buffer: &'b mut [u8],
    written: usize,
}

/// The buffer has no room for what was to be emitted; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortOutput {
    /// How many octets of room the write needs in all.
    pub needed: usize,
}

impl fmt::Display for ShortOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the output buffer needs {} octets of room", self.needed)
    }
}

impl core::error::Error for ShortOutput {}

impl<'b> Output<'b> {
    /// Starts at the beginning of `buffer`.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, written: 0 }
    }

    /// How many octets have been written.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.written
    }

    /// Whether nothing has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// How many more octets fit.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.buffer.len().saturating_sub(self.written)
    }

    /// The octets written so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.written).unwrap_or_default()
    }

    /// Fails unless `needed` octets fit.
    pub(crate) const fn require(&self, needed: usize) -> Result<(), ShortOutput> {
        if needed > self.room() { Err(ShortOutput { needed }) } else { Ok(()) }
    }

    /// Writes all of `octets`, or nothing.
    ///
    /// # Errors
    ///
    /// [`ShortOutput`] if they do not fit.
    pub fn put(&mut self, octets: &[u8]) -> Result<(), ShortOutput> {
        self.put_all(&[octets])
    }

    /// Writes all of `parts` one behind the other, or nothing.
    ///
    /// # Errors
    ///
    /// [`ShortOutput`] if they do not fit together.
    pub(crate) fn put_all(&mut self, parts: &[&[u8]]) -> Result<(), ShortOutput> {
        let needed = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        self.require(needed)?;
        for part in parts {
            let end = self.written.saturating_add(part.len());
            let room = self.buffer.get_mut(self.written..end).ok_or(ShortOutput { needed })?;
            room.copy_from_slice(part);
            self.written = end;
        }
        Ok(())
    }
}

/// Formatting writes whole pieces; a piece that does not fit ends the formatting.
impl fmt::Write for Output<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes()).map_err(|ShortOutput { .. }| fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_does_not_fit_changes_nothing() {
        let mut buffer = [0; 3];
        let mut output = Output::new(&mut buffer);
        output.put(b"ab").unwrap();
        assert_eq!(output.put(b"cd"), Err(ShortOutput { needed: 2 }));
        assert_eq!(output.written(), b"ab");
        output.put(b"c").unwrap();
        assert_eq!((output.written(), output.room()), (&b"abc"[..], 0));
    }
}
