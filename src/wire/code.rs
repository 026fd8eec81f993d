//! Error codes: the registry of chapter 7.

use core::fmt;

/// The code of an ERROR frame, 100 to 299, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

/// What an error ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 100 to 199: the connection.
    Connection,
    /// 200 to 299: one request.
    Request,
}

macro_rules! registry {
    ($($constant:ident = $number:literal, $name:literal;)*) => {
        impl Code {
            $(
                #[doc = concat!("`", stringify!($number), "`: ", $name, ".")]
                pub const $constant: Self = Self($number);
            )*

            /// Every code of the registry, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];

            /// The name in the registry, or `None` for a code that it does not list.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

registry! {
    MALFORMED_PREFACE = 100, "malformed preface";
    MALFORMED_FRAME = 101, "malformed frame";
    FRAME_TOO_LARGE = 102, "frame too large";
    UNSUPPORTED_FRAME = 103, "unsupported frame";
    UNEXPECTED_FRAME = 104, "unexpected frame";
    TIMEOUT = 105, "timeout";
    TOO_MANY_CONNECTIONS = 106, "too many connections";
    SHUTTING_DOWN = 107, "shutting down";
    INTERNAL_ERROR = 108, "internal error";
    INVALID_TEXT = 200, "invalid text";
    REPLY_TOO_LARGE = 201, "reply too large";
    TEXT_REFUSED = 202, "text refused";
    BAD_PATH = 210, "bad path";
    ALREADY_EXISTS = 211, "already exists";
    TOO_LARGE = 212, "too large";
    NO_SPACE = 213, "no space";
    DESTINATION_BUSY = 214, "destination busy";
    SIZE_MISMATCH = 215, "size mismatch";
    DIGEST_MISMATCH = 216, "digest mismatch";
    UNSUPPORTED_DIGEST = 217, "unsupported digest";
    UNSUPPORTED_FLAG = 218, "unsupported flag";
    STORAGE_FAILURE = 219, "storage failure";
    ABORTED = 220, "aborted";
    NOT_PERMITTED = 221, "not permitted";
    SUPERSEDED = 222, "superseded";
}

impl Code {
    /// The code of this number, or `None` outside 100 to 299 (`error.no-class`).
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match number {
            100..=299 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// What an error with this code ends, known or not (`error.unknown-code`).
    #[must_use]
    pub const fn class(self) -> Class {
        match self.0 {
            ..=199 => Class::Connection,
            200.. => Class::Request,
        }
    }

    /// Whether requests left unanswered by this error were certainly not carried out
    /// (`outcome.unknown`).
    #[must_use]
    pub const fn means_not_carried_out(self) -> bool {
        matches!(self.0, 105..=107)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => write!(f, "{} (unknown code)", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_outside_both_classes_do_not_exist() {
        assert_eq!(Code::new(99), None);
        assert_eq!(Code::new(300), None);
        assert_eq!(Code::new(100).map(Code::class), Some(Class::Connection));
        assert_eq!(Code::new(199).map(Code::class), Some(Class::Connection));
        assert_eq!(Code::new(200).map(Code::class), Some(Class::Request));
        assert_eq!(Code::new(299).map(Code::class), Some(Class::Request));
    }
}
