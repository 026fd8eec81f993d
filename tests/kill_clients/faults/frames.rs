//! Chapter 4: what comes, octet by octet.

faults! { Frames {
    OneReadIsAFrame: "takes what one read has returned for a frame",
        breaks "frame.split-invariance", fails ["client.frame.reply-by-octets", "client.flow.large-in-pieces"];
    OneFramePerRead: "drops what came in the same read behind a frame",
        breaks "frame.split-invariance", fails ["client.frame.joined"];
    LengthOf24Bits: "reads three octets of the length",
        breaks "frame.length-unsigned", fails ["client.frame.reply-negative"];
    LengthOf16Bits: "reads two octets of the length",
        breaks "frame.length-unsigned", fails ["client.frame.ignorable-longest", "client.frame.ignorable-too-long", "client.frame.ignorable-huge", "client.frame.reply-negative"];
    SignedLength: "takes a length above 2^31 for a negative one, and that for none",
        breaks "frame.length-unsigned", fails ["client.frame.ignorable-huge", "client.frame.reply-negative", "client.frame.reply-wraps"];
    JudgesLate: "judges a frame when all of it has come",
        breaks "frame.judged-early", fails ["client.frame.unknown-critical-judged-early", "client.frame.reply-too-long"];
    SkipsNoLetter: "skips a frame whose type is no letter",
        breaks "frame.type-letter", fails ["client.frame.type-digit", "client.frame.type-nul", "client.frame.type-high"];
    SkipsCritical: "skips a critical frame that it does not know",
        breaks "frame.unknown-critical", fails ["client.frame.unknown-critical", "client.frame.unknown-critical-judged-early"];
    SkipsOwnTypes: "skips frames that only a client sends",
        breaks "frame.unexpected", fails ["client.frame.from-client", "client.frame.from-client-data"];
    IgnorableIsFatal: "knows no ignorable frame",
        breaks "frame.ignorable", fails ["client.preface.line-with-frame", "client.frame.ignorable-empty", "client.frame.ignorable-octets", "client.frame.ignorable-longest", "client.frame.ignorable-in-upload", "client.bye.ignorable-before-the-servers"];
    OnlyKeepalive: "skips `n` and no other ignorable frame",
        breaks "frame.ignorable", fails ["client.frame.ignorable-empty", "client.frame.ignorable-octets", "client.frame.ignorable-longest", "client.frame.ignorable-in-upload"];
    IgnorableBelow65536: "skips ignorable frames of less than 65536 octets",
        breaks "frame.ignorable", fails ["client.frame.ignorable-longest"];
    NoIgnorableInUpload: "reads CONTINUE and STORED with a function that skips nothing",
        breaks "frame.ignorable", fails ["client.frame.ignorable-in-upload"];
    NoIgnorableBehindBye: "takes anything but BYE behind its own for a fault",
        breaks "frame.ignorable", fails ["client.bye.ignorable-before-the-servers"];
    LeavesIgnorablePayload: "skips the header of an ignorable frame, and not its payload",
        breaks "frame.ignorable", fails ["client.frame.ignorable-octets", "client.frame.ignorable-longest", "client.frame.ignorable-in-upload", "client.bye.ignorable-before-the-servers"];
    SkipsAnyLength: "skips ignorable frames of any length",
        breaks "frame.ignorable-length", fails ["client.frame.ignorable-too-long", "client.frame.ignorable-huge"];
    TakesLongReply: "takes a REPLY above its own `text`",
        breaks "frame.too-long", fails ["client.frame.reply-too-long", "client.frame.reply-negative", "client.frame.reply-wraps"];
    ReplyBelowLimit: "takes a REPLY below its `text`, and not one as long",
        breaks "frame.too-long", fails ["client.frame.limits-stated"];
    TakesLongContinue: "reads the first octets of a CONTINUE that is too long",
        breaks "frame.too-long", fails ["client.frame.continue-too-long"];
    TakesShortContinue: "takes a CONTINUE without a CRC-32",
        breaks "frame.too-short", fails ["client.frame.continue-too-short"];
    TakesLongStored: "takes a STORED of any length",
        breaks "frame.too-long", fails ["client.upload.stored-too-long"];
    TakesShortError: "takes an ERROR without a code",
        breaks "frame.too-short", fails ["client.frame.error-too-short"];
    TakesLongError: "takes an ERROR of any length",
        breaks "frame.too-long", fails ["client.frame.error-too-long"];
    ErrorOf1024: "counts the code into the 1024 octets of a message",
        breaks "frame.too-long", fails ["client.error.message-longest"];
    ErrorNeedsMessage: "takes no ERROR without a message",
        breaks "frame.too-short", fails ["client.error.message-empty"];
    TakesAnyReply: "decodes a REPLY with replacement characters",
        breaks "frame.payload-layout-server", fails ["client.frame.reply-not-utf8", "client.frame.reply-overlong", "client.frame.reply-surrogate"];
    MessageMustBeUtf8: "decodes a message strictly",
        breaks "frame.error-message", fails ["client.error.message-not-utf8"];
} }
