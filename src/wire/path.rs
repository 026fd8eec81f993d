//! The names that a client may give to a file (chapter 6.2).

use core::fmt;

/// A destination that the wire allows. Whether the storage can keep it is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Destination<'a>(&'a str);

/// Why octets are no destination. Offsets count octets from the destination's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It has no octet.
    Empty,
    /// It has more than 1024 octets.
    TooLong {
        /// How many it has.
        len: usize,
    },
    /// It is not UTF-8.
    NotUtf8 {
        /// Where the well-formed part ends.
        offset: usize,
    },
    /// A component is empty: two `/` in a row, or one at either end.
    EmptyComponent {
        /// Where the component would be.
        offset: usize,
    },
    /// A component is `.` or `..`.
    DotComponent {
        /// Where it begins.
        offset: usize,
    },
    /// A component has more than 255 octets.
    LongComponent {
        /// Where it begins.
        offset: usize,
        /// How many it has.
        len: usize,
    },
    /// A character that no destination may hold.
    Character {
        /// Where it stands.
        offset: usize,
        /// Which it is.
        character: char,
    },
    /// The first component is the folder that the server keeps for itself.
    Reserved,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("the destination is empty"),
            Self::TooLong { len } => {
                write!(f, "the destination has {len} octets, above {}", Destination::MAX_LEN)
            }
            Self::NotUtf8 { offset } => write!(f, "no UTF-8 at octet {offset} of the destination"),
            Self::EmptyComponent { offset } => {
                write!(f, "an empty component at octet {offset} of the destination")
            }
            Self::DotComponent { offset } => {
                write!(f, "a component `.` or `..` at octet {offset} of the destination")
            }
            Self::LongComponent { offset, len } => write!(
                f,
                "the component at octet {offset} has {len} octets, above {}",
                Destination::MAX_COMPONENT_LEN
            ),
            Self::Character { offset, character } => {
                let number = u32::from(character);
                write!(f, "the character U+{number:04X} at octet {offset} is not allowed")
            }
            Self::Reserved => {
                write!(f, "`{}` is the server's own folder", Destination::RESERVED)
            }
        }
    }
}

impl core::error::Error for PathError {}

/// Whether no destination may hold this character (`path.characters`).
#[must_use]
pub const fn is_excluded(character: char) -> bool {
    matches!(character, '\\' | ':' | '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}')
}

impl<'a> Destination<'a> {
    /// Most octets of a destination.
    pub const MAX_LEN: usize = 1024;
    /// Most octets of a component.
    pub const MAX_COMPONENT_LEN: usize = 255;
    /// The first component that no destination may have.
    pub const RESERVED: &'static str = ".conexion";

    /// Judges a destination.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks: length, UTF-8, then component by component from
    /// the left.
    pub fn new(octets: &'a [u8]) -> Result<Self, PathError> {
        // `path.length`
        if octets.is_empty() {
            return Err(PathError::Empty);
        }
        if octets.len() > Self::MAX_LEN {
            return Err(PathError::TooLong { len: octets.len() });
        }
        // `path.utf8`
        let text = core::str::from_utf8(octets)
            .map_err(|error| PathError::NotUtf8 { offset: error.valid_up_to() })?;
        let mut offset: usize = 0;
        for component in text.split('/') {
            judge_component(component, offset)?;
            // `path.reserved`
            if offset == 0 && component.eq_ignore_ascii_case(Self::RESERVED) {
                return Err(PathError::Reserved);
            }
            offset = offset.saturating_add(component.len()).saturating_add(1);
        }
        Ok(Self(text))
    }

    /// The whole path.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Its components, at least one.
    #[must_use]
    pub fn components(self) -> impl DoubleEndedIterator<Item = &'a str> {
        self.0.split('/')
    }
}

fn judge_component(component: &str, offset: usize) -> Result<(), PathError> {
    // `path.empty-component`
    if component.is_empty() {
        return Err(PathError::EmptyComponent { offset });
    }
    // `path.dot-component`
    if matches!(component, "." | "..") {
        return Err(PathError::DotComponent { offset });
    }
    // `path.component-length`
    if component.len() > Destination::MAX_COMPONENT_LEN {
        return Err(PathError::LongComponent { offset, len: component.len() });
    }
    match component.char_indices().find(|&(_, character)| is_excluded(character)) {
        Some((at, character)) => {
            Err(PathError::Character { offset: offset.saturating_add(at), character })
        }
        None => Ok(()),
    }
}

impl fmt::Display for Destination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_destinations() {
        for path in
            ["a", "a/b", "...", ".a", "a b", "ñ/日本", "a/.conexion", ".conexion2", "~", "-"]
        {
            assert_eq!(Destination::new(path.as_bytes()).map(Destination::as_str), Ok(path));
        }
    }

    #[test]
    fn each_rule_has_its_error() {
        let cases: &[(&[u8], PathError)] = &[
            (b"", PathError::Empty),
            (b"/a", PathError::EmptyComponent { offset: 0 }),
            (b"a/", PathError::EmptyComponent { offset: 2 }),
            (b"a//b", PathError::EmptyComponent { offset: 2 }),
            (b"a/../b", PathError::DotComponent { offset: 2 }),
            (b".", PathError::DotComponent { offset: 0 }),
            (b"a\\b", PathError::Character { offset: 1, character: '\\' }),
            (b"C:x", PathError::Character { offset: 1, character: ':' }),
            (b"b/a\0", PathError::Character { offset: 3, character: '\0' }),
            ("a/\u{85}".as_bytes(), PathError::Character { offset: 2, character: '\u{85}' }),
            (b"a\xFF", PathError::NotUtf8 { offset: 1 }),
            (b".CONexion/a", PathError::Reserved),
        ];
        for (octets, error) in cases {
            assert_eq!(Destination::new(octets), Err(*error), "{octets:?}");
        }
    }

    #[test]
    fn lengths_are_bounded_inclusively() {
        let component = "x".repeat(255);
        assert!(Destination::new(component.as_bytes()).is_ok());
        let error = PathError::LongComponent { offset: 0, len: 256 };
        assert_eq!(Destination::new(format!("{component}x").as_bytes()), Err(error));
        let path = [component.as_str(); 4].join("/");
        assert_eq!(path.len(), 1023);
        assert!(Destination::new(format!("{}/y", &path[..1022]).as_bytes()).is_ok());
        let error = PathError::TooLong { len: 1025 };
        assert_eq!(Destination::new(format!("{path}/y").as_bytes()), Err(error));
    }
}
