//! Chapter 5.6: the end of a connection.

faults! { Closing {
    ByeWhenIdle: "says BYE when nothing comes",
        breaks "bye.not-unasked", fails ["bye.not-unasked"];
    ByeUnanswered: "closes at BYE",
        breaks "bye.answered", fails ["state.idle.bye", "state.discard.bye", "bye.answered"];
    ByeGoesOn: "goes on after BYE",
        breaks "bye.rest-ignored", fails ["bye.rest-ignored"];
    ByeCloses: "closes at once after its BYE",
        breaks "closing.procedure", fails ["bye.rest-ignored"];
    ByeStaysOpen: "waits for the client to close after its BYE",
        breaks "bye.answered", fails ["state.idle.bye", "state.discard.bye", "bye.answered"], hangs;
    ByeTwice: "says BYE twice",
        breaks "bye.then-nothing", fails ["bye.answered", "bye.rest-ignored"];
    ByeAtEnd: "says BYE at the end of the stream",
        breaks "eof.whole-frames", fails ["eof.whole-frames"];
    NoDrain: "closes with octets unread",
        breaks "closing.procedure",
        fails ["bye.rest-ignored", "closing.last-error", "closing.reads-on"];
    DrainsNothing: "closes soon after its last octet",
        breaks "closing.procedure", fails ["closing.reads-on"];
    FatalSilently: "closes instead of an ERROR 1xx",
        breaks "frame.unexpected",
        fails ["frame.unexpected-side", "frame.unexpected-side-before-length",
            "frame.unexpected-before-length", "state.idle.data", "state.idle.end",
            "state.idle.abort"];
    FatalThenBye: "says BYE after an ERROR 1xx",
        breaks "error.1xx-last",
        fails ["frame.type-letter", "frame.unknown-critical", "frame.unexpected-side",
            "frame.payload-layout-file", "state.idle.data", "state.idle.end"];
    FatalGoesOn: "goes on after an ERROR 1xx",
        breaks "error.1xx-last",
        fails ["frame.type-letter", "frame.unknown-critical", "frame.unexpected-side",
            "state.idle.data", "state.idle.end", "state.idle.abort"], hangs;
    FatalDropsAnswers: "drops the answers before an ERROR 1xx",
        breaks "conversation.in-order", fails ["frame.judged-in-state", "answer.one-each"];
    CutHeaderAnswered: "answers half a header",
        breaks "eof.cut-frame", fails ["eof.cut-header"];
    CutPayloadAnswered: "answers half a payload",
        breaks "eof.cut-frame", fails ["eof.cut-payload"];
    CutPayloadHandled: "handles half a payload",
        breaks "eof.cut-frame", fails ["eof.cut-payload"];
    OneShot: "closes after its first reply",
        breaks "state.idle.text", fails ["state.idle.text"];
    EndFirstInDiscard: "looks for the end of the stream before it answers, in discard",
        breaks "eof.whole-frames", fails ["eof.discard"];
} }
