//! What can fail, and how.

use std::fmt;

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

pub(crate) fn is_made_to_fail(call: &str) -> bool {
    !OTHERS.contains(&call)
}

pub(crate) fn is_on_the_connection(call: &str) -> bool {
    CONNECTION.contains(&call)
}

/// The errors with which a call fails.
pub(crate) fn errors_of(call: &str) -> &'static [&'static str] {
    match call {
        "openat" | "openat2" => &["EMFILE", "EIO", "ENOSPC", "EACCES", "EINTR", "ENOMEM"],
        "fcntl" | "pipe2" | "dup" => &["EMFILE"],
        "write" | "pwrite64" => &["ENOSPC", "EIO", "EINTR", "EDQUOT", "EFBIG"],
        "mkdirat" | "renameat2" | "renameat" | "linkat" => {
            &["ENOSPC", "EIO", "EACCES", "EDQUOT", "EROFS"]
        }
        "unlinkat" => &["EIO", "EACCES", "EROFS"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC", "EINTR"],
        "recvfrom" | "sendto" => &["ECONNRESET", "EINTR", "ENOBUFS"],
        "poll" | "ppoll" => &["EINTR", "ENOMEM"],
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
