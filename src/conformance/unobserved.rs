//! Requirements that no case observes, and why nobody who only sees a peer's octets could.

use crate::wire::Role;

/// A requirement, the side that it binds, and why it cannot be observed in that side.
pub(super) const UNOBSERVED: &[(&str, Role, &str)] = &[
    (
        "connection.port",
        Role::Server,
        "the suite goes to the port that its user names, and so never learns the default",
    ),
    (
        "connection.loopback",
        Role::Server,
        "whether its operator named the address on which it listens is not seen on a connection",
    ),
    (
        "connection.tls",
        Role::Server,
        "the suite speaks no TLS: versions and ALPN are seen in the handshake alone, and what is \
         spoken inside is what all cases about the framed profile ask",
    ),
    (
        "preface.one-write",
        Role::Server,
        "TCP keeps no boundaries of writes: one write may come in two reads, and two in one",
    ),
    (
        "frame.memory",
        Role::Server,
        "what memory is reserved is not seen in answers, which come either way",
    ),
    (
        "data.failure",
        Role::Server,
        "nothing that a client sends makes storage fail; filling it up would harm the machine",
    ),
    ("publish.durable", Role::Server, "only a loss of power shows what was durable"),
    (
        "held.bounded",
        Role::Server,
        "the bounds are the server's own, and may be days and more octets than a run can send",
    ),
    ("error.shutdown", Role::Server, "a client cannot make a server shut down"),
    (
        "plain.default",
        Role::Server,
        "whether its operator turned plain on is not seen on a connection",
    ),
    (
        "connection.port",
        Role::Client,
        "the suite tells each client its port, and so never learns the default",
    ),
    (
        "connection.tls",
        Role::Client,
        "the suite speaks no TLS: versions and ALPN are seen in the handshake alone",
    ),
    (
        "preface.one-write",
        Role::Client,
        "TCP keeps no boundaries of writes: one write may come in two reads, and two in one",
    ),
    (
        "frame.memory",
        Role::Client,
        "what memory is reserved is not seen in what a client sends, which is the same either way",
    ),
    (
        "closing.last-word",
        Role::Client,
        "whether it was read is seen in what the client reports to its user, in words of its own; \
         its exit status is a failure either way",
    ),
    (
        "resume.close-not-abort",
        Role::Client,
        "whether a client means to resume later is not seen on a connection",
    ),
    (
        "timer.client-keepalive",
        Role::Client,
        "the server's idle time is minutes, and the suite gives no source that halts so long",
    ),
    ("plain.client-reports", Role::Client, "the client reports to its user in words of its own"),
    (
        "plain.client-nodelay",
        Role::Client,
        "with the pauses that the profile asks for the option changes nothing that is seen",
    ),
];
