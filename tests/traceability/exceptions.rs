//! Requirements that are cited nowhere, each with its reason.

/// Those that no line of the code keeps.
pub(crate) const CODE: &[(&str, &str)] = &[(
    "connection.tls",
    "The program does not speak TLS: whoever wraps a connection in it keeps this.",
)];

/// Those that no test shows.
pub(crate) const TESTS: &[(&str, &str)] = &[
    (
        "connection.tls",
        "The program does not speak TLS: whoever wraps a connection in it keeps this.",
    ),
    (
        "preface.one-write",
        "How octets were handed to the transport cannot be seen at its other end.",
    ),
    ("publish.durable", "What has reached a disk cannot be seen while the machine runs."),
    (
        "plain.client-nodelay",
        "On loopback the option makes no difference that is seen at the other end.",
    ),
];
