//! Chapter 5.1: the server's states.

faults! { States {
    JudgedAtRead: "judges all headers of a read at once",
        breaks "frame.judged-in-state", fails ["frame.judged-in-state"];
    DiscardUnjudged: "does not judge headers in discard",
        breaks "state.discard-headers", fails ["frame.discard-headers"], hangs;
    TextInUpload: "answers texts inside an upload",
        breaks "frame.unexpected", fails ["frame.unexpected-before-length", "state.open.text"];
    FileInUpload: "begins another upload inside one",
        breaks "frame.unexpected", fails ["frame.unexpected-before-length", "state.open.file"];
    ByeInUpload: "answers BYE inside an upload",
        breaks "frame.unexpected", fails ["frame.unexpected-before-length", "state.open.bye"];
    DataInIdle: "drops DATA in idle",
        breaks "frame.unexpected", fails ["frame.unexpected-before-length", "state.idle.data"];
    EndInIdle: "answers END in idle with 215",
        breaks "frame.unexpected", fails ["frame.unexpected-before-length", "state.idle.end"];
    AbortInIdle: "answers ABORT in idle with 220",
        breaks "frame.unexpected", fails ["frame.unexpected-before-length", "state.idle.abort"];
    NoTextInDiscard: "refuses a text in discard",
        breaks "state.discard.text", fails ["state.discard.text"];
    NoFileInDiscard: "refuses a FILE in discard",
        breaks "state.discard.file", fails ["state.discard.file"];
    NoByeInDiscard: "refuses BYE in discard",
        breaks "state.discard.bye", fails ["state.discard.bye"];
    NoDataInDiscard: "refuses DATA of a refused upload",
        breaks "state.discard.data", fails ["state.discard.data", "takeover.inside-data"];
    NoEndInDiscard: "refuses END of a refused upload",
        breaks "state.discard.end", fails ["state.discard.end"];
    NoAbortInDiscard: "refuses ABORT of a refused upload",
        breaks "state.discard.abort", fails ["state.discard.abort"];
    DataEndsDiscard: "leaves discard at DATA",
        breaks "state.discard.data", fails ["state.discard.data", "takeover.inside-data"];
    DataRefusedAgain: "answers each DATA of a refused upload",
        breaks "answer.one-each",
        fails ["state.discard.data", "flow.eager-refused", "error.2xx-one-request"];
    EndKeepsDiscard: "stays in discard after END",
        breaks "state.discard.end", fails ["frame.discard-payloads", "state.discard.end"], hangs;
    AbortKeepsDiscard: "stays in discard after ABORT",
        breaks "state.discard.abort", fails ["state.discard.abort"], hangs;
    EndAnsweredInDiscardToo: "answers END of a refused upload",
        breaks "answer.one-each",
        fails ["state.discard.data", "state.discard.end", "flow.eager-refused"];
    AbortAnsweredInDiscard: "answers ABORT of a refused upload",
        breaks "answer.one-each", fails ["state.discard.abort"];
    TextKeepsDiscard: "stays in discard after a text",
        breaks "state.discard.text", fails ["state.discard.text"], hangs;
    EndAnsweredInIdle: "answers the end of the stream in idle",
        breaks "state.idle.end-of-stream", fails ["state.idle.end-of-stream"];
    EndAnsweredInUpload: "answers the end of the stream inside an upload",
        breaks "state.open.end-of-stream", fails ["state.open.end-of-stream"];
    EndAnsweredInDiscard: "answers the end of the stream in discard",
        breaks "state.discard.end-of-stream", fails ["state.discard.end-of-stream"];
    FileKeepsIdle: "stays in idle after CONTINUE",
        breaks "state.idle.file", fails ["state.idle.file"];
    RefusedToIdle: "stays in idle after a refusal",
        breaks "state.open.data", fails ["state.open.data"];
    DataAcknowledged: "acknowledges each DATA",
        breaks "answer.continue-once", fails ["answer.one-each", "answer.continue-once"];
    SizeToDiscard: "goes to discard when the size of an END is refused",
        breaks "state.open.end", fails ["state.open.end"], hangs;
    EndToDiscard: "goes to discard when the digest of an END is refused",
        breaks "state.open.end", fails ["state.open.end"], hangs;
    AbortToDiscard: "goes to discard after ABORT",
        breaks "state.open.abort", fails ["state.open.abort"], hangs;
    AbortUnanswered: "does not answer ABORT",
        breaks "state.open.abort", fails ["state.open.abort"], hangs;
    AbortCode: "answers ABORT with 215",
        breaks "state.open.abort", fails ["state.open.abort"];
} }
