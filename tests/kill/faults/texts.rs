//! Chapter 10.1: texts in plain, and refusals.

faults! { Texts {
    Trims: "strips white space from a text",
        breaks "plain.echo", fails ["plain.echo"], hangs;
    AddsLineEnd: "ends every echo with a line feed",
        breaks "plain.echo", fails ["plain.echo", "plain.echo-each", "plain.echo-long"];
    Decodes: "decodes a text and puts replacement characters into the echo",
        breaks "plain.echo", fails ["plain.echo-octets", "plain.echo-not-utf8"];
    StopsAtNul: "keeps a text in a C string",
        breaks "plain.echo", fails ["plain.echo", "plain.echo-octets"], hangs;
    RefusesOthersThanUtf8: "closes on a text that is not UTF-8",
        breaks "plain.echo", fails ["plain.echo-octets", "plain.echo-not-utf8"];
    UpperCase: "answers with the text in upper case",
        breaks "plain.echo", fails ["plain.echo", "detection.plain"];
    Cuts: "echoes 1024 octets at most",
        breaks "plain.echo", fails ["plain.echo-long", "plain.echo-unread"], hangs;
    WaitsForLines: "waits for a line feed before it echoes",
        breaks "plain.echo", fails ["plain.echo", "plain.echo-each"], hangs;
    EchoesOnce: "closes after the first echo",
        breaks "plain.echo", fails ["plain.echo-each", "detection.plain-stays"];
    SwallowsMark: "takes a mark for the end of an upload although none is open",
        breaks "plain.echo", fails ["plain.echo-mark"], hangs;
    HeaderAnywhere: "looks for the opening of a header anywhere in a delivery",
        breaks "plain.echo", fails ["plain.echo-opening-inside"];
    HeaderIgnoresCase: "compares the opening of a header without regard to case",
        breaks "plain.echo", fails ["plain.echo-opening-case"], hangs;
    HeaderIgnoresSpaces: "skips white space before the opening of a header",
        breaks "plain.echo", fails ["plain.echo-opening-inside"];
    HeaderWithoutColon: "compares seven octets of the opening of a header",
        breaks "plain.echo", fails ["plain.echo-opening-case"], hangs;
    ForgottenAtEnd: "drops what is undecided when the stream ends",
        breaks "plain.prefix", fails ["plain.prefix-end", "plain.header-not-end"];
    StaysAtEnd: "does not close when the stream has ended",
        breaks "plain.echo", fails ["plain.echo-end", "plain.prefix-end"], hangs;
    PrefixAtOnce: "echoes a prefix of a header's opening at once",
        breaks "plain.prefix", fails ["plain.prefix", "plain.prefix-waits"];
    PrefixNeverEchoed: "keeps a prefix of a header's opening until more comes",
        breaks "plain.prefix", fails ["plain.prefix", "plain.prefix-waits"], hangs;
    PrefixNotJoined: "echoes a prefix when more comes, and judges what comes alone",
        breaks "plain.prefix", fails ["plain.prefix-header"];
    PrefixForgotten: "forgets a prefix when more comes",
        breaks "plain.prefix", fails ["plain.prefix-joined", "plain.prefix-header"];
    PrefixForgottenAtEnd: "forgets a prefix when the stream ends",
        breaks "plain.prefix", fails ["plain.prefix-end"];
    HeaderlessRefused: "refuses what begins like a header and has no second colon",
        breaks "plain.header-not",
        fails ["plain.header-not", "plain.header-not-end", "plain.header-not-long"];
    HeaderlessForgotten: "drops what has no second colon when the stream ends",
        breaks "plain.header-not", fails ["plain.header-not-end"];
    TextModeTakesUploads: "takes uploads where texts only are offered",
        breaks "plain.text-mode", fails ["plain.text-mode"];
    TextModeEchoesHeaders: "echoes headers where texts only are offered",
        breaks "plain.text-mode", fails ["plain.text-mode"];
    RefusalSaysWhy: "says why before it closes",
        breaks "plain.refusal",
        fails ["plain.refusal", "plain.destination-else-none", "plain.end-at-header-refused"];
    RefusalEchoed: "echoes what it refuses, as text",
        breaks "plain.refusal", fails ["plain.refusal", "plain.destination-else-none"];
    RefusalIgnored: "drops what it refuses and goes on",
        breaks "plain.refusal", fails ["plain.refusal", "plain.over-folder"], hangs;
} }
