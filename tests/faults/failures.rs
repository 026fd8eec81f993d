//! What can fail, and how.

use std::fmt;

use crate::traced::{Injected, call_of};

/// A call that fails.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) call: String,
    pub(crate) error: &'static str,
    /// Which of its calls in a thread, from 1 on.
    pub(crate) position: usize,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {} {}", self.call, self.position, self.error))
    }
}

/// Calls that do not fail in the way that is asked for here: memory, threads, signals, time,
/// and the closing of descriptors, after which nothing can be done about it.
const OTHERS: &[&str] = &[
    "brk",
    "clock_gettime",
    "close",
    "exit",
    "futex",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "prctl",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
];

/// Calls on the connection, whose failure ends it.
const CONNECTION: &[&str] =
    &["getsockopt", "ioctl", "poll", "ppoll", "recvfrom", "sendto", "setsockopt", "shutdown"];

/// As many calls on it, of each, are made by another connection that is told that it was taken over,
/// or goes on waiting.
const OF_ANOTHER: usize = 4;

/// Calls whose number depends on how the octets of a connection come.
const BY_ARRIVAL: &[&str] = &["poll", "ppoll", "recvfrom", "write"];

pub(crate) fn depends_on_arrival(call: &str) -> bool {
    BY_ARRIVAL.contains(&call)
}

/// The first position at which a call fails: behind those that another connection may make too,
/// which is to go on.
pub(crate) fn first_position(call: &str, beside_another: bool) -> usize {
    if beside_another && is_on_the_connection(call) { OF_ANOTHER + 1 } else { 1 }
}

pub(crate) fn is_made_to_fail(call: &str) -> bool {
    !OTHERS.contains(&call)
}

pub(crate) fn is_on_the_connection(call: &str) -> bool {
    CONNECTION.contains(&call)
}

/// Where nothing comes of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Where {
    Anywhere,
    /// Where it is not for want of descriptors or memory, nor interrupted.
    Lasting,
    /// After the last octet that the server sends.
    Answered,
    /// Where there is no folder of that name yet.
    NoFolder,
    /// In an upload that was accepted.
    Open,
    /// After the file was moved to its destination.
    Moved,
}

/// Calls after whose failure all goes on as without it, and why that is right.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Harmless {
    calls: &'static [&'static str],
    /// What their line has as `strace` writes it.
    on: &'static str,
    place: Where,
    pub(crate) why: &'static str,
}

const fn may(
    calls: &'static [&'static str],
    on: &'static str,
    place: Where,
    why: &'static str,
) -> Harmless {
    Harmless { calls, on, place, why }
}

/// Every one. Whatever else fails, other than by EINTR, must have a consequence.
pub(crate) const HARMLESS: &[Harmless] = &[
    may(
        &["faccessat2"],
        "= -1 EIO",
        Where::Anywhere,
        "the upload itself fails where nothing may be written",
    ),
    may(
        &["fcntl"],
        "F_GETFD",
        Where::Anywhere,
        "an assertion of the standard library before it closes",
    ),
    may(&["fstat"], ".part>", Where::Anywhere, "what cannot be looked at is not held"),
    may(&["newfstatat"], ".part\"", Where::Anywhere, "what cannot be looked at is not held"),
    may(&["fstatfs"], "", Where::Anywhere, "how much is free is not known"),
    may(&["openat"], "O_DIRECTORY", Where::NoFolder, "another call finds that no folder is there"),
    may(
        &["openat"],
        ".part\", O_RDWR|O_NONBLOCK",
        Where::Lasting,
        "what cannot be opened is not held",
    ),
    may(
        &["ppoll", "recvfrom"],
        "",
        Where::Answered,
        "all has been answered, and the end is not waited for",
    ),
    may(&["read"], ".part>", Where::Anywhere, "what cannot be read is not held"),
    may(&["renameat2"], "= -1 EINVAL", Where::Anywhere, "the file is moved in two steps"),
    may(&["shutdown"], "", Where::Answered, "all has been answered, and closing says as much"),
    may(&["unlinkat"], ".part\"", Where::Open, "it is kept until it is too old, or in the way"),
    may(&["unlinkat"], ".temp\"", Where::Open, "it is kept until the next start removes it"),
    may(&["unlinkat"], ".old\"", Where::Moved, "what was replaced is kept until the next start"),
    may(&["write"], "(2<", Where::Anywhere, "a line of the log"),
    may(&["write"], "\"\\1\", 1)", Where::Anywhere, "the other learns it at its next frame"),
];

/// Why nothing comes of the failure of this call. `folders` are there from the beginning.
pub(crate) fn harmless(injected: &Injected<'_>, folders: &[&str]) -> Option<&'static Harmless> {
    let (_, call) = call_of(injected.line)?;
    let is_there = |place| match place {
        Where::Anywhere => true,
        Where::Lasting => {
            !["EMFILE", "ENOMEM", "EINTR"].iter().any(|error| injected.line.contains(error))
        }
        Where::Answered => !injected.is_followed_by("sendto"),
        Where::Open => injected.is_in_an_upload(),
        Where::Moved => injected.is_after_a_move(),
        Where::NoFolder => {
            let is_it =
                |name: &str| name == "." || folders.contains(&name) || injected.has_made(name);
            injected.named().is_some_and(|name| !is_it(name))
        }
    };
    HARMLESS.iter().find(|harmless| {
        harmless.calls.contains(&call)
            && injected.line.contains(harmless.on)
            && is_there(harmless.place)
    })
}

/// The errors with which a call fails, EINTR at the end.
pub(crate) fn errors_of(call: &str) -> &'static [&'static str] {
    match call {
        "open" | "openat" | "openat2" => &["EMFILE", "EIO", "ENOSPC", "EACCES", "ENOMEM", "EINTR"],
        "fcntl" | "pipe2" | "dup" => &["EMFILE"],
        "write" | "pwrite64" => &["ENOSPC", "EIO", "EDQUOT", "EFBIG", "EINTR"],
        // The last as where a file system cannot move without replacing.
        "renameat2" => &["ENOSPC", "EIO", "EACCES", "EDQUOT", "EROFS", "EINVAL"],
        "mkdirat" | "renameat" | "linkat" => &["ENOSPC", "EIO", "EACCES", "EDQUOT", "EROFS"],
        "unlinkat" => &["EIO", "EACCES", "EROFS"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC", "EINTR"],
        "recvfrom" | "sendto" => &["ECONNRESET", "ENOBUFS", "EINTR"],
        "poll" | "ppoll" => &["ENOMEM", "EINTR"],
        "clone3" => &["EAGAIN"],
        "socket" | "socketpair" => &["EMFILE", "ENOBUFS"],
        "bind" => &["EADDRINUSE", "EACCES"],
        "flock" => &["ENOLCK", "EIO"],
        _ => &["EIO", "EACCES"],
    }
}

/// The codes that a failure of the storage may have on the wire.
pub(crate) fn codes_of(error: &str) -> &'static [u16] {
    match error {
        "ENOSPC" | "EDQUOT" | "EFBIG" => &[213],
        "EACCES" | "EROFS" => &[221, 219],
        _ => &[219],
    }
}
