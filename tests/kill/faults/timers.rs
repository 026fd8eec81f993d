//! Chapter 8: timers.

faults! { Timers {
    PrefaceNever: "has no preface timer",
        breaks "timer.preface",
        fails ["timer.preface", "timer.preface-silent", "timer.preface-in-all"], hangs;
    PrefaceTooShort: "takes a quarter of the preface timer's span",
        breaks "timer.preface", fails ["timer.preface", "timer.preface-silent"];
    PrefaceTooLong: "takes a multiple of the preface timer's span",
        breaks "timer.preface", fails ["timer.preface", "timer.preface-silent"], hangs;
    PrefaceRestartedByOctets: "starts the preface timer anew with every read",
        breaks "timer.preface", fails ["timer.preface-in-all"];
    PrefaceFromFirstOctet: "starts the preface timer with the first octet",
        breaks "timer.preface", fails ["timer.preface-silent"], hangs;
    PrefaceRunsOn: "does not stop the preface timer when the line has come",
        breaks "timer.preface", fails ["timer.preface-ends"];
    PrefaceSilently: "closes without an octet although the framed opening has come",
        breaks "timer.preface", fails ["timer.preface", "timer.preface-in-all"];
    PrefaceWithoutLine: "sends ERROR 105 without its line",
        breaks "preface.line-before-error", fails ["timer.preface"];
    PrefaceLineAlone: "sends its line without ERROR 105",
        breaks "timer.preface", fails ["timer.preface"];
    PrefaceCode: "takes a line that is late for one that is malformed",
        breaks "timer.preface", fails ["timer.preface", "timer.preface-in-all"];
    SilenceAnswered: "sends its line and ERROR 105 although nothing has come",
        breaks "timer.preface", fails ["timer.preface-silent"];
    PartOfOpeningAnswered: "sends its line and ERROR 105 after a part of the framed opening",
        breaks "timer.preface", fails ["timer.preface-prefix"];
    FrameNever: "has no frame timer",
        breaks "timer.frame",
        fails ["timer.frame-header", "timer.frame-payload", "timer.frame-after-answers",
            "timer.frame-slow"], hangs;
    FrameTooShort: "takes a quarter of the frame timer's span",
        breaks "timer.frame", fails ["timer.frame-header", "timer.frame-payload"];
    FrameTooLong: "takes a multiple of the frame timer's span",
        breaks "timer.frame", fails ["timer.frame-header", "timer.frame-payload"], hangs;
    FrameHeaderOnly: "has a timer for headers and none for payloads",
        breaks "timer.frame", fails ["timer.frame-payload", "timer.frame-slow"], hangs;
    FramePayloadOnly: "has a timer for payloads and none for headers",
        breaks "timer.frame", fails ["timer.frame-header"], hangs;
    FrameRestartedByOctets: "starts the frame timer anew with every read",
        breaks "timer.frame", fails ["timer.frame-slow"];
    FrameInAll: "bounds the whole frame, however much of it comes",
        breaks "timer.frame", fails ["timer.frame-gains"];
    FrameWhileBusy: "lets the frame timer run while it cannot write",
        breaks "timer.not-while-busy", fails ["timer.not-while-busy"];
    IdleNever: "has no idle timer",
        breaks "timer.idle",
        fails ["timer.idle", "timer.idle-after-text", "timer.idle-open"], hangs;
    IdleTooShort: "takes a quarter of the idle timer's span",
        breaks "timer.idle", fails ["timer.idle", "timer.idle-after-text"];
    IdleTooLong: "takes a multiple of the idle timer's span",
        breaks "timer.idle", fails ["timer.idle", "timer.idle-after-text"], hangs;
    IdleAfterFirstFrame: "starts the idle timer with the first frame",
        breaks "timer.idle", fails ["timer.idle"], hangs;
    IdleBeforeFirstFrame: "waits for the first frame alone",
        breaks "timer.idle", fails ["timer.idle-after-text"], hangs;
    IdleNotInUploads: "has no idle timer inside an upload",
        breaks "timer.idle", fails ["timer.idle-open"], hangs;
    IdleNotInDiscard: "has no idle timer in `discard`",
        breaks "timer.idle", fails ["timer.idle-discard"], hangs;
    IdleIgnoresIgnorable: "does not start the idle timer anew with an ignorable frame",
        breaks "timer.idle-whole-frame", fails ["timer.idle-whole-frame"];
    IdleIgnoresSkipped: "does not start the idle timer anew with DATA that is skipped",
        breaks "timer.idle-whole-frame", fails ["timer.idle-skipped"];
    IdleIgnoresData: "does not start the idle timer anew with DATA",
        breaks "timer.idle-whole-frame", fails ["timer.idle-data"];
    IdleInsideFrame: "lets the idle timer run inside a frame",
        breaks "timer.idle-whole-frame", fails ["timer.idle-inside-frame"];
    IdleWhileBusy: "lets the idle timer run while it cannot write",
        breaks "timer.not-while-busy", fails ["timer.not-while-busy-idle"];
    DiscardTooShort: "takes a quarter of the discard timer's span",
        breaks "timer.discard", fails ["timer.discard"];
    DiscardCode: "ends `discard` with another code",
        breaks "timer.discard", fails ["timer.discard"];
    ExpiredSilently: "closes without ERROR 105 when a timer expires",
        breaks "timer.idle",
        fails ["timer.idle", "timer.idle-open", "timer.frame-header", "timer.frame-payload"];
    ExpiredWithBye: "says BYE when a timer expires",
        breaks "timer.idle", fails ["timer.idle", "timer.frame-header"];
    ExpiredCode: "answers another code when a timer expires",
        breaks "timer.idle", fails ["timer.idle", "timer.frame-header"];
    ExpiredStaysOpen: "sends ERROR 105 and goes on",
        breaks "error.1xx-last", fails ["timer.idle", "timer.frame-header"], hangs;
    StoresWhenExpired: "stores what has come of an upload when the idle timer expires",
        breaks "eof.open-upload", fails ["timer.idle-open"];
    WriteNever: "has no write timer",
        breaks "timer.write", fails ["timer.write"];
    WriteTooShort: "takes a quarter of the write timer's span",
        breaks "timer.write", fails ["timer.write-early"];
    CloseNever: "has no close timer",
        breaks "closing.procedure", fails ["timer.close"];
    CloseTooShort: "takes a quarter of the close timer's span",
        breaks "closing.procedure", fails ["timer.close"];
    CloseAtOnce: "closes as soon as it has sent its last frame",
        breaks "closing.procedure", fails ["timer.close"];
    CloseRestartedByOctets: "starts the close timer anew with every read",
        breaks "closing.procedure", fails ["timer.close"];
    PrefixNever: "has no prefix timer",
        breaks "detection.prefix", fails ["detection.prefix"];
    PrefixTooShort: "takes a quarter of the prefix timer's span",
        breaks "detection.prefix", fails ["detection.prefix"];
    QuietTooShort: "takes a quarter of the quiet timer's span",
        breaks "plain.prefix", fails ["plain.prefix", "plain.prefix-waits"];
    QuietFromFirstDelivery: "measures quiet from the first delivery after the last quiet",
        breaks "plain.prefix", fails ["plain.quiet-anew"];
    QuietOnce: "has no second quiet on a connection",
        breaks "plain.end-at-quiet", fails ["plain.uploads", "plain.end-at-quiet"], hangs;
} }
