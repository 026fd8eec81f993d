//! Chapter 6.2: paths.

faults! { Paths {
    EmptyTaken: "takes a destination of no octets",
        breaks "path.length", fails ["path.length"];
    Shorter: "takes destinations of 1023 octets at most",
        breaks "path.capacity", fails ["path.length-longest"];
    Longer: "takes destinations of 1025 octets",
        breaks "path.length", fails ["path.length"];
    AnyLength: "takes destinations of any length",
        breaks "path.length", fails ["path.length"];
    LengthInCharacters: "counts characters of a destination",
        breaks "path.length", fails ["path.length"];
    LengthCode: "answers a long destination with 212",
        breaks "path.length", fails ["frame.file-shortest", "path.length"];
    Lossy: "replaces what is not UTF-8 in a destination",
        breaks "path.utf8", fails ["path.utf8"];
    EmptyComponentTaken: "joins slashes",
        breaks "path.empty-component", fails ["path.empty-component"];
    OneDotTaken: "takes . as a component",
        breaks "path.dot-component", fails ["path.dot-component"];
    TwoDotsTaken: "takes .. as a component",
        breaks "path.dot-component", fails ["path.dot-component"];
    FirstComponentUnjudged: "looks for dots behind a slash alone",
        breaks "path.dot-component", fails ["path.dot-component"];
    HiddenRefused: "refuses names that begin with a dot",
        breaks "path.dot-component", fails ["path.dots-in-names", "path.ordinary"];
    DotsAnywhereRefused: "refuses names that hold two dots",
        breaks "path.dot-component", fails ["path.dots-in-names", "path.ordinary"];
    LastDotRefused: "refuses names that end with a dot",
        breaks "path.dot-component", fails ["path.dots-in-names"];
    ComponentShorter: "takes components of 254 octets at most",
        breaks "path.component-length", fails ["path.component-longest"];
    ComponentLonger: "takes components of 256 octets",
        breaks "path.component-length", fails ["path.component-length"];
    ComponentCut: "takes components of any length",
        breaks "path.component-length", fails ["path.component-length"];
    ComponentInCharacters: "counts characters of a component",
        breaks "path.component-length", fails ["path.component-length"];
    ReservedTaken: "stores in its own folder",
        breaks "path.reserved", fails ["path.reserved"];
    ReservedExact: "compares its own folder's name with case",
        breaks "path.reserved", fails ["path.reserved"];
    ReservedPrefix: "refuses what begins like its own folder",
        breaks "path.reserved", fails ["path.reserved-below"];
    ReservedAnywhere: "refuses its own folder's name everywhere",
        breaks "path.reserved", fails ["path.reserved-below"];
    BackslashTaken: "takes a backslash",
        breaks "path.characters", fails ["path.characters"];
    ColonTaken: "takes a colon",
        breaks "path.characters", fails ["path.characters"];
    NulTaken: "takes U+0000",
        breaks "path.characters", fails ["path.characters"];
    ControlsTaken: "takes U+0001 to U+001F",
        breaks "path.characters", fails ["path.characters"];
    DeleteTaken: "takes U+007F",
        breaks "path.characters", fails ["path.characters"];
    C1Taken: "takes U+0080 to U+009F",
        breaks "path.characters", fails ["path.characters"];
    C1Longer: "refuses U+00A0",
        breaks "path.characters", fails ["path.ordinary"];
    WindowsCharactersRefused: "refuses what Windows does not have in names",
        breaks "path.characters", fails ["path.ordinary"];
    AsciiOnly: "takes ASCII alone",
        breaks "path.exact", fails ["path.characters-neighbours", "path.ordinary"];
    FoldsCase: "folds case",
        breaks "path.exact", fails ["file.busy-others", "path.exact"];
    Normalises: "normalises names",
        breaks "path.exact", fails ["path.exact"];
    BaseNameOnly: "drops the folders",
        breaks "path.exact",
        fails ["file.busy-others", "path.reserved-below", "path.exact"];
    TrimsNames: "trims dots and SP",
        breaks "path.exact", fails ["path.dots-in-names", "path.exact"];
    LongSourceTaken: "takes a source of any length",
        breaks "path.source", fails ["path.source"];
    SourceShorter: "takes sources of 1023 octets at most",
        breaks "path.source", fails ["path.source-informational"];
    AnySourceTaken: "takes a source in any encoding",
        breaks "path.source", fails ["path.source"];
    SourceJudged: "judges the source like a path",
        breaks "path.source-informational", fails ["path.source-informational"];
} }
