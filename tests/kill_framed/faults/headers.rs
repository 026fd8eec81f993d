//! Chapter 4.1: headers.

faults! { Headers {
    NoLetterIgnored: "skips whatever is no upper-case type",
        breaks "frame.type-letter", fails ["frame.type-letter"], hangs;
    NoLetterCode: "answers what is no letter with 103",
        breaks "frame.type-letter", fails ["frame.type-letter", "frame.type-letter-before-length"];
    LengthBeforeLetter: "checks the length before the letter",
        breaks "frame.judged-in-order", fails ["frame.type-letter-before-length"];
    CriticalSkipped: "skips every type that it does not know",
        breaks "frame.unknown-critical",
        fails ["frame.unknown-critical", "frame.unknown-critical-before-length"], hangs;
    CriticalCode: "answers an unknown critical type with 101",
        breaks "frame.unknown-critical",
        fails ["frame.unknown-critical", "frame.unknown-critical-before-length"];
    LengthBeforeCritical: "checks the length before the type",
        breaks "frame.judged-in-order", fails ["frame.unknown-critical-before-length"];
    ServersUnknown: "does not know the server's types",
        breaks "frame.unexpected",
        fails ["frame.unexpected-side", "frame.unexpected-side-before-length"];
    LengthBeforeSide: "checks the length before the side",
        breaks "frame.judged-in-order", fails ["frame.unexpected-side-before-length"];
    ShortBeforeSide: "checks the least length before the side",
        breaks "frame.judged-in-order", fails ["frame.unexpected-side-before-length"];
    LengthBeforeState: "checks the length before the state",
        breaks "frame.judged-in-order", fails ["frame.unexpected-before-length"];
    IgnorableShorter: "skips 65535 octets at most",
        breaks "frame.ignorable", fails ["frame.ignorable-longest"];
    IgnorableByText: "skips as much as it takes of a text",
        breaks "frame.ignorable", fails ["frame.ignorable-longest"];
    IgnorableUnbounded: "skips any length",
        breaks "frame.ignorable-length", fails ["frame.ignorable-length"], hangs;
    IgnorableLonger: "skips 65537 octets",
        breaks "frame.ignorable-length", fails ["frame.ignorable-length"], hangs;
    IgnorableRefused: "refuses lower-case types",
        breaks "frame.ignorable",
        fails ["frame.ignorable", "frame.ignorable-known-letters", "frame.ignorable-longest",
            "frame.ignorable-open", "frame.ignorable-discard"];
    LowerCaseKnown: "refuses the lower case of types that it knows",
        breaks "frame.ignorable", fails ["frame.ignorable-known-letters"];
    IgnorableOnlyIdle: "expects an upload's frames alone inside it",
        breaks "frame.ignorable", fails ["frame.ignorable-open"];
    IgnorableNotInDiscard: "refuses lower-case types in discard",
        breaks "frame.ignorable", fails ["frame.ignorable-discard"];
    IgnorableCode: "answers a long ignorable frame with 101",
        breaks "frame.ignorable-length", fails ["frame.ignorable-length"];
    IgnorableEndsDiscard: "leaves discard at an ignorable frame",
        breaks "frame.ignorable", fails ["frame.ignorable-discard"];
    IgnorableIsData: "takes an ignorable frame's octets for the file's",
        breaks "frame.ignorable", fails ["frame.ignorable-open"];
    TextUnbounded: "takes texts of any length",
        breaks "frame.too-long", fails ["frame.too-long-text", "frame.too-long-huge"], hangs;
    TextLonger: "takes a text one octet longer",
        breaks "frame.too-long", fails ["frame.too-long-text"], hangs;
    TextShorter: "takes texts shorter than it says",
        breaks "frame.too-long", fails ["frame.text-longest"];
    DataUnbounded: "takes DATA of a mebibyte",
        breaks "frame.too-long", fails ["frame.too-long-data", "frame.discard-headers"], hangs;
    DataLonger: "takes DATA one octet longer",
        breaks "frame.too-long", fails ["frame.too-long-data", "frame.discard-headers"], hangs;
    DataShorter: "takes DATA shorter than it says",
        breaks "frame.too-long", fails ["frame.chunk-longest"];
    EmptyData: "takes empty DATA",
        breaks "frame.too-short", fails ["frame.too-short", "frame.discard-headers"], hangs;
    FileLonger: "takes a FILE of 2063 octets",
        breaks "frame.too-long", fails ["frame.too-long-file"], hangs;
    FileShorter: "takes a FILE of 2061 octets at most",
        breaks "frame.too-long", fails ["frame.file-longest"];
    FileTooShort: "takes a FILE of 15 octets at least",
        breaks "frame.too-short", fails ["frame.file-shortest"];
    FileAnyLength: "reads a FILE of no octets",
        breaks "frame.too-short", fails ["frame.too-short"], hangs;
    EndAnyLength: "reads an END of any length",
        breaks "frame.too-long", fails ["frame.too-long-end", "frame.discard-headers"], hangs;
    EndFourLonger: "knows the lengths of its digests alone",
        breaks "frame.payload-layout", fails ["frame.payload-layout-end"];
    EmptyAnyLength: "does not look at the length of ABORT and BYE",
        breaks "frame.too-long", fails ["frame.too-long-end", "frame.discard-headers"], hangs;
    LengthSigned: "keeps the length in a signed number",
        breaks "frame.length-unsigned", fails ["frame.too-long-huge"], hangs;
    LengthWraps: "adds 5 to the length in 32 bits",
        breaks "frame.length-unsigned", fails ["frame.too-long-huge"], hangs;
    TooLongCode: "answers a long frame with 101",
        breaks "frame.too-long",
        fails ["frame.too-long-text", "frame.too-long-huge", "frame.too-long-file",
            "frame.too-long-data", "frame.too-long-end", "frame.discard-headers"];
    TooShortCode: "answers a short frame with 102",
        breaks "frame.too-short", fails ["frame.too-short", "frame.discard-headers"];
    JudgedWhole: "judges a frame when it is whole",
        breaks "frame.judged-early",
        fails ["frame.ignorable-length", "frame.too-long-text", "frame.too-long-file",
            "frame.too-long-data", "frame.too-long-end", "frame.too-short", "eof.refused-header"],
            hangs;
} }
