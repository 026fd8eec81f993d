//! Chapter 3: the preface, as it is sent and as it is taken.

faults! { Preface {
    OffersTwo: "offers a version that it does not speak",
        breaks "preface.version-offered", fails ["client.preface.version-offered"];
    SaysSmallText: "says a `text` below the range",
        breaks "preface.number-sent", fails ["client.preface.first", "client.frame.limits-stated", "client.bye.half-closed"];
    SaysHugeText: "says a `text` above the range",
        breaks "preface.number-sent", fails ["client.frame.limits-stated"];
    PadsNumber: "pads a number with zeros",
        breaks "preface.grammar", fails ["client.preface.first", "client.preface.malformed-cr", "client.preface.malformed-double-space", "client.preface.malformed-trailing-space"];
    AgentOfTwoWords: "says an `agent` with spaces in it",
        breaks "preface.grammar", fails ["client.preface.first", "client.preface.malformed-cr", "client.preface.malformed-double-space", "client.preface.malformed-trailing-space"];
    RepeatsKey: "says `agent` twice",
        breaks "preface.repeated-key", fails ["client.preface.malformed-repeated-key", "client.preface.malformed-repeated-unknown-key"];
    SpaceAtEnd: "leaves a space before the LF",
        breaks "preface.grammar", fails ["client.preface.first", "client.preface.malformed-cr", "client.preface.malformed-double-space", "client.preface.malformed-trailing-space"];
    LineOf513: "counts the length of its line without the LF",
        breaks "preface.length", fails ["client.preface.first", "client.preface.line-longest"];
    OfTheServer: "sends the line of the server",
        breaks "preface.client-first", fails ["client.preface.first", "client.preface.first-upload"];
    EndsWithCrLf: "ends its line with CR LF",
        breaks "preface.grammar", fails ["client.preface.first", "client.preface.malformed-cr", "client.preface.malformed-double-space", "client.preface.malformed-trailing-space"];
    TextBehindLine: "sends its first text together with its line",
        breaks "preface.client-waits", fails ["client.preface.waits", "client.preface.waits-for-its-end"];
    KeepaliveBehindLine: "sends an ignorable frame right behind its line",
        breaks "preface.client-waits", fails ["client.preface.waits", "client.preface.waits-for-its-end"];
    WaitsForServer: "waits for the line of the server before it sends its own",
        breaks "preface.client-first", fails ["client.preface.first", "client.preface.first-upload"];
    KeepsTextToItself: "takes long replies, but does not say so",
        breaks "preface.text-enough", fails ["client.preface.text-enough", "client.frame.reply-too-long"];
    TakesLongLine: "reads up to the LF, however far away it is",
        breaks "preface.too-long", fails ["client.preface.malformed-too-long"];
    Takes511: "has a buffer of 512 octets, one of them for NUL",
        breaks "preface.judged-when", fails ["client.preface.line-longest"];
    OneReadIsALine: "takes what one read has returned for the line",
        breaks "preface.judged-when", fails ["client.preface.waits-for-its-end", "client.preface.line-by-octets", "client.preface.judged-at-its-end"];
    JudgesEarly: "judges the line before its LF has come",
        breaks "preface.judged-when", fails ["client.preface.judged-at-its-end"];
    TakesCr: "strips CR LF",
        breaks "preface.grammar", fails ["client.preface.malformed-cr"];
    SplitsAtWhiteSpace: "splits the line at any white space",
        breaks "preface.grammar", fails ["client.preface.malformed-cr", "client.preface.malformed-double-space", "client.preface.malformed-trailing-space", "client.preface.malformed-tab"];
    AnyCase: "takes `server` for SERVER",
        breaks "preface.grammar", fails ["client.preface.malformed-lower-case"];
    TakesOwnSide: "does not look at the side",
        breaks "preface.grammar", fails ["client.preface.malformed-role"];
    DecodesLoosely: "decodes the line with replacement characters, and takes any value",
        breaks "preface.grammar", fails ["client.preface.malformed-value-octet"];
    TakesAnyVersion: "does not look at the version",
        breaks "preface.version-unusable", fails ["client.preface.version-above"];
    UnknownKeyIsFatal: "refuses a key that it does not know",
        breaks "preface.unknown-key", fails ["client.preface.line-unknown-key"];
    LastOfKeyWins: "puts the keys into a map, and the last one wins",
        breaks "preface.repeated-key", fails ["client.preface.malformed-repeated-key", "client.preface.malformed-repeated-unknown-key"];
    RepeatsUnknownKey: "looks for repeated keys among those that it knows",
        breaks "preface.repeated-key", fails ["client.preface.malformed-repeated-unknown-key"];
    TakesBareKey: "takes a key without a value",
        breaks "preface.grammar", fails ["client.preface.malformed-double-space", "client.preface.malformed-trailing-space", "client.preface.malformed-value-empty"];
    TakesAnyKey: "takes any key",
        breaks "preface.grammar", fails ["client.preface.malformed-key-upper-case"];
    SplitsAtEachEquals: "refuses a value with `=` in it",
        breaks "preface.grammar", fails ["client.preface.line-all-keys"];
    TakesLeadingZero: "parses `01024` as 1024",
        breaks "preface.number-form", fails ["client.preface.malformed-number-leading-zero"];
    TakesSign: "parses `+1024` as 1024",
        breaks "preface.number-form", fails ["client.preface.malformed-number-sign"];
    TakesAnyDigits: "parses more than 20 digits",
        breaks "preface.number-form", fails ["client.preface.malformed-number-21-digits"];
    FitsIn64Bits: "parses 20 digits as 64 bits",
        breaks "preface.number-above", fails ["client.preface.line-number-above", "client.upload.chunk-above-range"];
    TakesSmallNumber: "takes a number below the range",
        breaks "preface.number-below", fails ["client.preface.malformed-number-below-chunk", "client.preface.malformed-number-below-text"];
    RaisesSmallNumber: "takes the least for a number below the range",
        breaks "preface.number-below", fails ["client.preface.malformed-number-below-chunk", "client.preface.malformed-number-below-text"];
    LargeNumberIsFatal: "refuses a number above the range",
        breaks "preface.number-above", fails ["client.preface.line-number-above", "client.text.limit-above-range", "client.upload.chunk-above-range"];
    LargeNumberIsAbsent: "takes a number above the range for absent",
        breaks "preface.number-above", fails ["client.text.limit-above-range"];
    TakesLargeNumber: "takes a number above the range as it is",
        breaks "preface.number-above", fails ["client.upload.chunk-above-range"];
    AbsentChunkIsLarge: "takes an absent `chunk` for 65536",
        breaks "preface.absent-key", fails ["client.upload.chunk-absent", "client.upload.stored-too-short"];
    AbsentTextIsLarge: "takes an absent `text` for 65536",
        breaks "preface.absent-key", fails ["client.text.longer-than-absent", "client.text.longer-in-octets"];
    TakesLeave: "says BYE to a malformed line",
        breaks "preface.malformed-server", fails ["client.preface.malformed-cr", "client.preface.malformed-double-space", "client.preface.malformed-trailing-space", "client.preface.malformed-tab", "client.preface.malformed-no-role", "client.preface.malformed-version-zero", "client.preface.malformed-version-leading-zero", "client.preface.malformed-version-none", "client.preface.malformed-key-empty", "client.preface.malformed-number-letter", "client.preface.malformed-other-protocol"];
    DropsRestOfRead: "drops what came in the same read as the line",
        breaks "frame.split-invariance", fails ["client.preface.line-with-frame", "client.table.none-continue", "client.table.none-bye"];
} }
