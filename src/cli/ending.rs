//! How the client's commands end, and the exit codes that say so.

use std::process::ExitCode;

use conexion::client::Error;

/// What the exit codes mean; a part of `--help`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  all done
    1  something was refused or failed
    2  wrong usage
    3  no connection, or it was lost for good
    4  an upload to an original server is doubtful
  130  interrupted";

/// How a command ends; the greatest of several wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    #[default]
    Done,
    Doubtful,
    Failed,
    Usage,
    NoConnection,
    Interrupted,
}

impl Ending {
    pub(super) fn of(error: &Error) -> Self {
        match error {
            error if error.is_interrupt() => Self::Interrupted,
            Error::Unanswered { .. } => Self::NoConnection,
            error if error.ends_connection() => Self::NoConnection,
            _ => Self::Failed,
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Done => 0,
            Ending::Failed => 1,
            Ending::Usage => 2,
            Ending::NoConnection => 3,
            Ending::Doubtful => 4,
            Ending::Interrupted => 130,
        })
    }
}
