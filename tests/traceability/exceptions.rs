//! Requirements that are cited nowhere, each with its reason.

/// Those that no line of the code keeps.
pub(crate) const CODE: &[(&str, &str)] = &[(
    "connection.tls",
    "The program does not speak TLS: whoever wraps a connection in it keeps this.",
)];

/// Those that no test shows.
pub(crate) const TESTS: &[(&str, &str)] = &[(
    "connection.tls",
    "The program does not speak TLS: whoever wraps a connection in it keeps this.",
)];

/// Words in backticks that are formed like a name and mean something else.
pub(crate) const OTHER: &[(&str, &str)] = &[
    ("bytes.fromhex", "It is a function of Python."),
    ("chapter.what-is-asked", "It is the form of a case's name."),
    ("generated.7.19", "It is the name of a generated case."),
    ("generated.SEED.N", "It is the form of a generated case's name."),
    ("generated.pairs", "It is the beginning of generated cases' names."),
    ("generated.pairs.N", "It is the form of a generated case's name."),
    ("junit-10.xsd", "It is a file that Jenkins publishes."),
    ("JUnit.xsd", "It is a file that others publish."),
    ("report.html", "It is a file that a run writes."),
    ("results.jsonl", "It is a file that a run writes."),
    ("text.utf8@octets", "It is a case with its segmentation."),
];
