//! Text from a peer, fit for a terminal.

use core::fmt::{self, Write as _};

/// Displays a text with control characters, and those that reorder what stands around
/// them, escaped: what comes from a peer never commands the terminal (`text.shown-escaped`).
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\n' | '\r' | '\t' => write!(f, "{}", character.escape_default())?,
                _ if commands_terminal(character) => write!(f, "{}", character.escape_unicode())?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Controls, line and paragraph separators, and the marks of writing direction.
fn commands_terminal(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_escaped_and_nothing_else() {
        let shown = |text| Escaped(text).to_string();
        assert_eq!(shown("¿qué tal? C:\\x 日本 🙂"), "¿qué tal? C:\\x 日本 🙂");
        assert_eq!(shown("\x1b[2J\x07\0"), "\\u{1b}[2J\\u{7}\\u{0}");
        assert_eq!(shown("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(shown("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(shown("\u{202e}txt.exe\u{2066}"), "\\u{202e}txt.exe\\u{2066}");
    }
}
