//! Chapter 3: the lines.

faults! { Preface {
    OneRead: "takes the first read for the line",
        breaks "preface.judged-when",
        fails ["preface.judged-when", "preface.judged-when-malformed", "preface.too-long"];
    CutOffJudged: "judges a line that the stream's end cuts off",
        breaks "preface.cut-off", fails ["preface.cut-off"];
    MalformedSilently: "closes after a malformed line",
        breaks "preface.malformed-client",
        fails ["preface.judged-when-malformed", "preface.too-long", "preface.grammar-cr",
            "preface.grammar-two-spaces", "preface.grammar-last-space", "preface.grammar-tab"];
    ErrorWithoutLine: "refuses a malformed line without its own",
        breaks "preface.malformed-client",
        fails ["preface.judged-when-malformed", "preface.too-long", "preface.grammar-cr",
            "preface.grammar-two-spaces", "preface.grammar-last-space", "preface.grammar-tab"];
    MalformedLineOnly: "answers a malformed line with its line alone",
        breaks "preface.malformed-client",
        fails ["preface.judged-when-malformed", "preface.too-long", "preface.grammar-cr",
            "preface.grammar-two-spaces", "preface.grammar-last-space", "preface.grammar-tab"];
    MalformedCode: "answers a malformed line with 101",
        breaks "preface.malformed-client",
        fails ["preface.judged-when-malformed", "preface.too-long", "preface.grammar-cr",
            "preface.grammar-two-spaces", "preface.grammar-last-space", "preface.grammar-tab"];
    HigherRefused: "refuses versions above its own",
        breaks "preface.version-chosen", fails ["preface.version-highest"];
    VersionEchoed: "answers with the client's version",
        breaks "preface.version-chosen", fails ["preface.version-highest"];
    SmallChunk: "states a chunk of 512",
        breaks "preface.number-sent", fails ["preface.number-sent"];
    LargeText: "states a text of 2000000",
        breaks "preface.number-sent", fails ["preface.number-sent"];
    SendsCr: "ends its line with CR LF",
        breaks "preface.grammar",
        fails ["preface.grammar-cr", "preface.grammar-two-spaces", "preface.grammar-last-space",
            "preface.grammar-tab", "preface.grammar-side", "preface.grammar-case"];
    Shorter: "has room for 511 octets",
        breaks "preface.length", fails ["preface.longest"];
    Longer: "has room for 513 octets",
        breaks "preface.too-long", fails ["preface.too-long"], hangs;
    Unbounded: "reads a line of any length",
        breaks "preface.too-long", fails ["preface.too-long"], hangs;
    JudgedBeforeLf: "answers at the side's word",
        breaks "preface.judged-when", fails ["preface.judged-when"];
    RefusedBeforeLf: "refuses a CR before the line has ended",
        breaks "preface.judged-when", fails ["preface.judged-when-malformed"];
    RefusedAtDouble: "refuses two SP before the line has ended",
        breaks "preface.judged-when", fails ["preface.judged-when-malformed"];
    EarlyOctetsLost: "drops what came with the line",
        breaks "preface.early-octets", fails ["preface.early-octets"], hangs;
    CrTrimmed: "takes CR LF for the end of a line",
        breaks "preface.grammar", fails ["preface.grammar-cr"], hangs;
    SpaceTrimmed: "trims the line",
        breaks "preface.grammar", fails ["preface.grammar-last-space"], hangs;
    TabSeparates: "splits at any white space",
        breaks "preface.grammar", fails ["preface.grammar-tab"], hangs;
    SpacesJoined: "splits at runs of SP",
        breaks "preface.grammar", fails ["preface.grammar-two-spaces"], hangs;
    SideOptional: "does without the side's word",
        breaks "preface.grammar", fails ["preface.grammar-no-side"], hangs;
    AnySide: "does not look at the side's word",
        breaks "preface.grammar", fails ["preface.grammar-side"], hangs;
    SideIgnoresCase: "compares the side's word without case",
        breaks "preface.grammar", fails ["preface.grammar-case"], hangs;
    AbsentIsMost: "takes an absent text for the most",
        breaks "preface.absent-key", fails ["text.reply-limit-absent"];
    AnyParameter: "does not check parameters",
        breaks "preface.grammar",
        fails ["preface.grammar-two-spaces", "preface.grammar-last-space", "preface.grammar-param"],
            hangs;
    RepeatedTaken: "keeps the last value of a key",
        breaks "preface.repeated-key", fails ["preface.repeated-key"], hangs;
    RepeatedUnknownTaken: "looks for repetition among known keys alone",
        breaks "preface.repeated-key", fails ["preface.repeated-key"], hangs;
    ServersKeysChecked: "checks the values of the server's keys",
        breaks "preface.unknown-key", fails ["preface.unknown-key"];
    UnknownRefused: "refuses keys that it does not know",
        breaks "preface.unknown-key", fails ["preface.unknown-key"];
    AgentJudged: "serves only clients that it knows",
        breaks "preface.agent", fails ["preface.agent"];
    NeedsParameter: "expects a parameter",
        breaks "preface.server-answers", fails ["preface.shortest", "preface.octet-by-octet"];
    LeadingZeroTaken: "parses 01 as a version",
        breaks "preface.grammar", fails ["preface.grammar-version"], hangs;
    LongVersionTaken: "takes versions of any length",
        breaks "preface.grammar", fails ["preface.grammar-version"], hangs;
    KeyOfAnyCase: "takes upper-case keys",
        breaks "preface.grammar", fails ["preface.grammar-param"], hangs;
    ValueWithControls: "takes control characters in a value",
        breaks "preface.grammar", fails ["preface.grammar-nul"], hangs;
    ValueWithHighOctets: "takes octets above ASCII in a value",
        breaks "preface.grammar", fails ["preface.grammar-param"], hangs;
    EmptyValueTaken: "takes a key without a value",
        breaks "preface.grammar", fails ["preface.grammar-param"], hangs;
    OneEquals: "splits a parameter at each =",
        breaks "preface.unknown-key", fails ["preface.unknown-key", "preface.agent"];
    NumberParsed: "parses numbers as its language does",
        breaks "preface.number-form", fails ["preface.number-form"], hangs;
    NumberWithZero: "takes leading zeros",
        breaks "preface.number-form", fails ["preface.number-form"], hangs;
    AnyDigits: "takes any number of digits",
        breaks "preface.number-form", fails ["preface.number-form"], hangs;
    OverflowRefused: "refuses numbers above 64 bits",
        breaks "preface.number-above", fails ["preface.number-above"];
    LeastRefused: "refuses the least number",
        breaks "preface.number-below", fails ["preface.number-least"];
    BelowClamped: "raises numbers to the least",
        breaks "preface.number-below", fails ["preface.number-below"], hangs;
    AboveRefused: "refuses numbers above the range",
        breaks "preface.number-above", fails ["preface.number-above"];
    AboveIsAbsent: "takes a number above the range for an absent one",
        breaks "preface.number-above", fails ["preface.number-above"];
} }
