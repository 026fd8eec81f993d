//! Why an upload ends without STORED: the code and the message of its ERROR.

use std::fmt;
use std::io;

use rustix::io::Errno;

use crate::wire::Code;

/// The answer to a FILE, DATA or END that the storage cannot serve.
///
/// The message names nothing of the machine but what the client itself has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the ERROR, 210 to 222.
    pub code: Code,
    /// What was wrong, with the numbers. It may be longer than an ERROR can carry
    /// ([`Message::truncated`](crate::wire::Message::truncated)); what matters comes first.
    pub message: String,
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What `data.failure` says of a failure in the server's own folder: 213 for want of
    /// space, 219 for any other.
    pub(super) fn storage(doing: &str, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        let code = match Errno::from_io_error(&error) {
            Some(errno) if is_no_space(errno) => Code::NO_SPACE,
            _ => Code::STORAGE_FAILURE,
        };
        tracing::warn!(doing, %error, code = code.number(), "the storage failed");
        Self::new(code, format!("could not {doing}: {error}"))
    }

    /// The same for what is done at `path` of a destination, empty for the root, where the
    /// storage may also refuse (221) or be unable to have such a name (210).
    pub(super) fn destination(doing: &str, path: &str, errno: Errno) -> Self {
        let code = match errno {
            Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::XDEV => Code::NOT_PERMITTED,
            Errno::NAMETOOLONG | Errno::ILSEQ => Code::BAD_PATH,
            errno if is_no_space(errno) => Code::NO_SPACE,
            _ => Code::STORAGE_FAILURE,
        };
        let error = io::Error::from(errno);
        tracing::warn!(doing, path, %error, code = code.number(), "the storage refused");
        let of = if path.is_empty() { String::new() } else { format!(": `{path}`") };
        Self::new(code, format!("could not {doing}: {error}{of}"))
    }

    pub(super) fn superseded() -> Self {
        Self::new(Code::SUPERSEDED, "another connection has taken this upload over")
    }
}

/// EFBIG is a file system's bound on one file: no more space for this one.
fn is_no_space(errno: Errno) -> bool {
    matches!(errno, Errno::NOSPC | Errno::DQUOT | Errno::FBIG)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Errno::NOSPC, 213)]
    #[case(Errno::DQUOT, 213)]
    #[case(Errno::FBIG, 213)]
    #[case(Errno::IO, 219)]
    #[case(Errno::ACCESS, 219)]
    fn failures_of_the_own_folder_are_213_or_219(#[case] errno: Errno, #[case] code: u16) {
        assert_eq!(Refusal::storage("write", errno).code.number(), code);
    }

    #[rstest]
    #[case(Errno::NOSPC, 213)]
    #[case(Errno::ACCESS, 221)]
    #[case(Errno::ROFS, 221)]
    #[case(Errno::XDEV, 221)]
    #[case(Errno::NAMETOOLONG, 210)]
    #[case(Errno::IO, 219)]
    fn failures_at_the_destination_may_be_refusals(#[case] errno: Errno, #[case] code: u16) {
        assert_eq!(Refusal::destination("make", "a/b", errno).code.number(), code);
    }

    #[test]
    fn a_refusal_is_shown_as_code_and_message() {
        let shown = Refusal::new(Code::NO_SPACE, "5 octets do not fit").to_string();
        assert_eq!(shown, format!("{}: 5 octets do not fit", Code::NO_SPACE));
    }
}
