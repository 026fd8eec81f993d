//! Chapter 5.3: texts.

faults! { Texts {
    LimitInCharacters: "counts characters of a reply",
        breaks "text.reply-limit", fails ["text.reply-limit-octets"];
    LimitExclusive: "refuses a reply of just the client's text",
        breaks "text.reply-limit", fails ["text.reply-fits", "text.reply-longest"];
    LimitByOne: "sends a reply one octet longer",
        breaks "text.reply-limit", fails ["text.reply-limit", "text.reply-limit-absent"];
    NoLimit: "does not look at the client's text",
        breaks "text.reply-limit",
        fails ["text.reply-limit", "text.reply-limit-octets", "text.reply-limit-absent"];
    AbsentIsNoLimit: "takes an absent text for no limit",
        breaks "preface.absent-key", fails ["text.reply-limit-absent"];
    StatedIgnored: "never sends more than 1024 octets",
        breaks "text.reply-limit", fails ["text.reply-fits"];
    LimitFirst: "checks the length before UTF-8",
        breaks "text.judged-in-order", fails ["text.judged-in-order"];
    NotUtf8Closes: "ends the connection over a text",
        breaks "text.utf8", fails ["text.utf8", "text.judged-in-order"];
    NotUtf8Code: "answers what is not UTF-8 with 202",
        breaks "text.utf8", fails ["text.utf8", "text.judged-in-order"];
    TooLongCloses: "ends the connection over a long reply",
        breaks "text.reply-limit",
        fails ["text.reply-limit", "text.reply-limit-octets", "text.reply-limit-absent"];
    ReplyCut: "cuts a reply at 1024 octets",
        breaks "text.reply-limit",
        fails ["text.reply-limit", "text.reply-limit-octets", "text.reply-limit-absent"];
    TooLongUnanswered: "drops a reply that is too long",
        breaks "text.reply-limit",
        fails ["text.reply-limit", "text.reply-limit-octets", "text.reply-limit-absent"], hangs;
    RefusedCloses: "refuses a text and closes",
        breaks "error.2xx-one-request",
        fails ["state.discard.text", "text.utf8", "text.refused", "file.flags", "file.digest",
            "file.size-range"];
    EmptyUnanswered: "does not answer an empty text",
        breaks "text.answered", fails ["text.empty"], hangs;
    EmptyRefused: "takes an empty text for a fault",
        breaks "text.answered", fails ["text.empty"];
    NoncharactersRefused: "refuses noncharacters",
        breaks "text.utf8", fails ["text.utf8-edges"];
    BasicPlaneOnly: "refuses characters of four octets",
        breaks "text.utf8", fails ["text.utf8-edges"];
    Lossy: "replaces what is not UTF-8",
        breaks "text.utf8", fails ["text.utf8", "text.judged-in-order"];
    AnyOctets: "does not check texts",
        breaks "text.utf8", fails ["text.utf8", "text.judged-in-order"];
    SurrogatesTaken: "takes surrogates",
        breaks "text.utf8", fails ["text.utf8"];
    OverlongTaken: "takes overlong forms",
        breaks "text.utf8", fails ["text.utf8"];
    CutCharacterTaken: "drops a character that is cut off",
        breaks "text.utf8", fails ["text.utf8"];
    UpperCase: "replies in upper case",
        breaks "text.echo", fails ["text.echo"];
    CutAtNul: "ends a text at U+0000",
        breaks "frame.nul-and-bom", fails ["text.nul-and-bom"];
    BomLost: "drops a leading U+FEFF",
        breaks "frame.nul-and-bom", fails ["text.nul-and-bom"];
    Trimmed: "trims the reply",
        breaks "text.echo", fails ["text.echo"];
} }
