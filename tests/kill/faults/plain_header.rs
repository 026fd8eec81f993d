//! Chapter 10.1: headers.

faults! { PlainHeader {
    AnySource: "takes a source that is not UTF-8",
        breaks "plain.destination-else", fails ["plain.refusal-source"];
    LongSource: "looks for the second colon however long it takes",
        breaks "plain.header-not", fails ["plain.header-not-long"], hangs;
    ShortSource: "looks for the second colon in one octet less",
        breaks "plain.header-not", fails ["plain.source-longest"];
    FirstReadIsAll: "judges a header by its first read, without waiting",
        breaks "plain.destination-one", fails ["plain.destination-one-cut"];
    FirstEndAlways: "ends every destination where the delivery ended",
        breaks "plain.destination-one",
        fails ["plain.destination-one", "plain.destination-one-whole-header", "plain.key-none",
            "plain.folders"];
    FirstCandidate: "takes the first of several candidates",
        breaks "plain.destination-several",
        fails ["plain.destination-several", "plain.destination-else-several",
            "plain.window-edge"];
    LastCandidate: "takes the last of several candidates",
        breaks "plain.destination-else",
        fails ["plain.destination-else-several"];
    NoneRefused: "refuses a header without a candidate",
        breaks "plain.destination-none",
        fails ["plain.destination-none", "plain.destination-none-empty-key"];
    NoneEndsAtWindow: "ends a destination without candidate where no path goes on",
        breaks "plain.destination-else",
        fails ["plain.destination-else-none", "plain.candidate-folder-alone",
            "plain.window-characters", "plain.window-utf8", "plain.window-mark"], hangs;
    OneNeedsFirstEnd: "takes one candidate only where the delivery ended there",
        breaks "plain.destination-one",
        fails ["plain.destination-one", "plain.destination-one-whole-header"];
    SeveralRefused: "refuses every header with several candidates",
        breaks "plain.destination-several", fails ["plain.destination-several"];
    WindowShort: "looks at 1023 octets",
        breaks "plain.destination-one", fails ["plain.window-longest", "plain.window-edge"];
    WindowLong: "looks at 1025 octets",
        breaks "plain.destination-one", fails ["plain.window-beyond"];
    WindowOverMark: "looks for candidates behind a mark",
        breaks "plain.destination-else", fails ["plain.window-mark"], hangs;
    WindowOfOctets: "does not stop at octets that are not UTF-8, nor at C1 characters",
        breaks "plain.destination-one", fails ["plain.destination-one-whole-header"];
    WindowOverPunctuation: "does not stop at a backslash or a colon",
        breaks "plain.destination-one", fails ["plain.window-stops"];
    WindowOverDelete: "does not stop at U+007F",
        breaks "plain.destination-one", fails ["plain.window-stops"];
    WindowOverC1: "does not stop at U+0080 to U+009F",
        breaks "plain.destination-one", fails ["plain.window-stops"];
    WindowOverControls: "stops at U+0000 alone of the control characters",
        breaks "plain.destination-one",
        fails ["plain.window-stops", "plain.destination-one-whole-header"];
    KeyNeedsDot: "has no key without a dot",
        breaks "plain.destination-one", fails ["plain.key-none"];
    KeyOfDotFile: "takes a name with a leading dot for one without extension",
        breaks "plain.destination-one", fails ["plain.key-dot"];
    KeyFromFirstDot: "begins the key at the first dot",
        breaks "plain.destination-one", fails ["plain.key-last"];
    KeyWithoutDot: "leaves the dot out of the key",
        breaks "plain.destination-one", fails ["plain.key-last"];
    KeyIsName: "takes the whole name for the key",
        breaks "plain.destination-one", fails ["plain.destination-one", "plain.key-last"];
    KeyOfWholePath: "looks for the dot in the whole source",
        breaks "plain.destination-one", fails ["plain.key-component"];
    KeyOfSlashPath: "takes `/` alone for a separator of the source",
        breaks "plain.destination-one", fails ["plain.key-component"];
    KeyIgnoresCase: "compares the key without regard to case",
        breaks "plain.destination-one", fails ["plain.key-characters"];
    FolderIsCandidate: "takes a place that `/` follows for a candidate",
        breaks "plain.destination-one",
        fails ["plain.candidate-folder", "plain.candidate-folder-alone"];
    EmptySourceRefused: "refuses a header without a source",
        breaks "plain.destination-none", fails ["plain.destination-none-empty-key"];
    CandidatesApart: "looks for the next candidate behind the last one",
        breaks "plain.destination-several", fails ["plain.destination-several"];
    AnyComponents: "takes `.`, `..` and empty components",
        breaks "plain.destination-else", fails ["plain.destination-else-path"];
    ReservedTaken: "takes the folder that it keeps for itself",
        breaks "plain.destination-else", fails ["plain.destination-else-path"];
    NamesCut: "cuts long names",
        breaks "plain.destination-else", fails ["plain.destination-else-component"];
    NeverOverwrites: "refuses a destination that exists",
        breaks "plain.upload", fails ["plain.overwrite", "plain.end-at-quiet"];
    OverwritesInPlace: "writes over the old file and does not cut it",
        breaks "plain.upload", fails ["plain.overwrite"];
} }
