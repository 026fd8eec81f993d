//! What a server may use, in numbers that its settings and its buffers promise: none of them
//! is measured from a server, or one that hoards would raise its own bounds.

use conexion::wire::{Header, Limits, Message, Preface};

const PAGE: u64 = 4 << 10;

/// Memory of a server at rest: what the loader relocates of the program, and a heap with the
/// first connections behind it.
pub(crate) const AT_REST: u64 = 3 << 19;

/// The README's "Limits": memory of a connection that is idle and has had no upload. These are
/// five pages of its thread, of which two are the system's record of it and the locals of the
/// libraries, and three the frames of the loop; and one page for the heap's record of the
/// thread and its 2 KiB buffer.
pub(crate) const IDLE: u64 = 6 * PAGE;

/// What a connection touches when it ends and has not before: frames for the log, and its
/// last answer.
const ENDING: u64 = 2 * PAGE;

/// Memory of a connection that has no upload and nothing buffered, its end included.
pub(crate) const CONNECTION: u64 = IDLE + ENDING;

/// The README's "Limits": the buffer of an open upload, in plain, and of one that reads what
/// is held.
pub(crate) const UPLOAD_BUFFER: u64 = 256 << 10;
pub(crate) const PLAIN_BUFFER: u64 = 64 << 10;

/// What an upload needs beside its buffer: frames for the store, deeper than those of the
/// loop, its names and its digest. The frames stay touched, so that the README has this much
/// more for a connection that is idle after an upload.
pub(crate) const AT_WORK: u64 = 4 * PAGE;

/// Memory of an upload beside its connection's: framed, in plain, and resumed.
pub(crate) const UPLOAD: u64 = UPLOAD_BUFFER + AT_WORK;
pub(crate) const PLAIN_UPLOAD: u64 = PLAIN_BUFFER + AT_WORK;
pub(crate) const RESUMED: u64 = UPLOAD_BUFFER + UPLOAD;

/// The README's "Limits": what may be queued for a slow reader beside one answer.
const QUEUED: u64 = 64 << 10;

/// Memory of a connection that is full in both directions: the longest text, and a queue to
/// which an answer comes while as much of it as waits was sent and has not made room.
pub(crate) fn full_connection() -> u64 {
    CONNECTION + longest_text() + 2 * QUEUED + largest_answer()
}

/// The same in plain, where what is echoed at once is what one read has returned.
pub(crate) fn full_plain_connection() -> u64 {
    CONNECTION + 2 * QUEUED + PAGE
}

/// The octets of the longest TEXT, and of the largest answer.
pub(crate) fn longest_text() -> u64 {
    Header::LEN as u64 + u64::from(Limits::default().text.octets())
}

fn largest_answer() -> u64 {
    longest_text() + (Preface::MAX_LEN + Header::LEN + 2 + Message::MAX_LEN) as u64
}

/// What the index of what is held may need of each: its name twice, and its place in a table
/// and in a tree that may both be half empty.
pub(crate) const INDEXED: u64 = 2 * 4 * 128;

/// Descriptors of a connection; those that an upload adds for its file and its signal; and
/// the folders that a request has open while it is worked on.
pub(crate) const SOCKET_DESCRIPTORS: u64 = 1;
pub(crate) const UPLOAD_DESCRIPTORS: u64 = 3 + 2;

/// Connections of the honest peer, those included that it had before and that may be ending;
/// and which of them have an upload.
pub(crate) const HONEST_CONNECTIONS: u64 = 8;
pub(crate) const HONEST_UPLOADS: u64 = 2;

/// What the C library is told, so that what is measured is what the server has, not what is
/// kept for it once it was given back: malloc has one arena, takes each buffer of a page and
/// more from the system, and keeps no lists of small blocks; the stack of a thread that has
/// ended goes back. Left alone, glibc keeps 40 MiB of stacks, of whose 256 KiB each what was
/// touched is memory; and malloc has up to eight arenas a core and keeps at the end of each up
/// to twice the largest buffer that ever was (mallopt(3)).
pub(crate) const TUNABLES: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=4096:glibc.malloc.mxfast=0:\
     glibc.malloc.tcache_count=0:glibc.pthread.stack_cache_size=0",
);

/// What malloc keeps so of what was given back: the end of its heap, up to `M_TRIM_THRESHOLD`
/// and `M_TOP_PAD`.
pub(crate) const HEAP_END: u64 = 256 << 10;

/// What there may be left of each connection below some block of the heap that is in use: as
/// much as one has in it, buffers of 2 KiB to and fro and the records of its thread.
pub(crate) const HEAP_EACH: u64 = 2 * PAGE;

/// The same where there are texts and names of the greatest length: what is free in its heap,
/// malloc gives to large buffers, too, and then small blocks come to lie above them. The names
/// are there three times each, and in lines of the log. Each attack adds less to it than the one
/// before: after forty in a row it was 79 MiB and hardly more than after thirty, where the peak
/// was 96. Where glibc was left alone, 13 to 21 MiB stayed after each of fifteen.
pub(crate) fn scattered() -> u64 {
    longest_text() + 4 * PAGE
}

/// By how much more memory may be in use after an attack than after the one before, beside
/// what may lie so.
pub(crate) const TOLERANCE: u64 = 64 << 10;
