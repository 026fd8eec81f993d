//! A text for an original server, and its pieces (`plain.client-text`).

use core::fmt;

use super::super::HEADER_OPENING;

/// A text that no server takes for a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a>(&'a str);

/// Why a text cannot be sent to an original server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Where its `ARCHIVO:` begins, counted in octets.
    pub offset: usize,
}

/// The pieces of a text, each of which is sent alone and its echo awaited before the next.
#[derive(Clone, Debug)]
pub struct Pieces<'a>(&'a str);

impl<'a> Text<'a> {
    /// Judges a text.
    ///
    /// # Errors
    ///
    /// [`TextError`] if it holds `ARCHIVO:`, which could come to be the first octets of a
    /// read of the server's.
    pub fn new(text: &'a str) -> Result<Self, TextError> {
        let mut places = text.as_bytes().windows(HEADER_OPENING.len());
        match places.position(|octets| octets == HEADER_OPENING) {
            Some(offset) => Err(TextError { offset }),
            None => Ok(Self(text)),
        }
    }

    /// The whole text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Its pieces in order. An empty text has none: nothing is sent, nothing awaited.
    #[must_use]
    pub const fn pieces(self) -> Pieces<'a> {
        Pieces(self.0)
    }
}

impl Pieces<'_> {
    /// Most octets of a piece.
    pub const MAX_LEN: usize = 1024;
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        // A character has at most four octets, so that a boundary is near.
        let most = self.0.len().min(Self::MAX_LEN);
        let cut = (0..=most).rev().find(|&at| self.0.is_char_boundary(at))?;
        let (piece, rest) = self.0.split_at_checked(cut)?;
        self.0 = rest;
        Some(piece)
    }
}

impl core::iter::FusedIterator for Pieces<'_> {}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an original server could take `ARCHIVO:` at octet {} of the text for an upload: \
             write it differently",
            self.offset
        )
    }
}

impl core::error::Error for TextError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn lens(text: &str) -> Vec<usize> {
        let pieces: Vec<_> = Text::new(text).unwrap().pieces().collect();
        assert_eq!(pieces.concat(), text);
        pieces.iter().map(|piece| piece.len()).collect()
    }

    #[test]
    fn plain_client_text_refuses_an_opening_anywhere() {
        assert_eq!(Text::new("ARCHIVO:"), Err(TextError { offset: 0 }));
        assert_eq!(Text::new("\u{e9} ARCHIVO:a"), Err(TextError { offset: 3 }));
        for text in ["ARCHIVO", "archivo:", "FIN_ARCHIVO", ""] {
            assert_eq!(Text::new(text).map(Text::as_str), Ok(text));
        }
    }

    #[test]
    fn plain_client_text_is_cut_into_pieces_of_at_most_1024_octets() {
        assert_eq!(lens(""), [0; 0]);
        assert_eq!(lens("hola"), [4]);
        assert_eq!(lens(&"x".repeat(1024)), [1024]);
        assert_eq!(lens(&"x".repeat(2049)), [1024, 1024, 1]);
    }

    #[test]
    fn plain_client_text_is_cut_between_characters() {
        assert_eq!(lens(&format!("x{}", "\u{e9}".repeat(600))), [1023, 178]);
        assert_eq!(lens(&"\u{20ac}".repeat(400)), [1023, 177]);
        assert_eq!(lens(&format!("x{}", "\u{1f600}".repeat(300))), [1021, 180]);
    }
}
