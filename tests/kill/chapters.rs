//! Which cases have their faults here; all others of servers have theirs in `kill_framed`.

/// How the names of the cases begin that have faults here.
pub(crate) const CHAPTERS: &[&str] =
    &["plain.", "timer.", "error.limit-", "disk.", "detection.plain", "detection.prefix"];
