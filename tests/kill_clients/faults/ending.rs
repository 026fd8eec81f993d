//! Chapters 5.2 and 5.6: the end.

faults! { Ending {
    NoBye: "closes without BYE",
        breaks "bye.sent", fails ["client.bye.after-text", "client.bye.after-upload", "client.bye.reads-to-the-servers"];
    ClosesBehindBye: "closes behind its BYE without reading",
        breaks "bye.sent", fails ["client.bye.reads-to-the-servers"];
    ByeTwice: "says BYE twice",
        breaks "bye.then-nothing", fails ["client.bye.then-nothing"];
    LeavesAfterFault: "says BYE when the server is wrong",
        breaks "answer.client-table", fails ["client.table.text-continue", "client.table.text-stored", "client.table.text-bye", "client.table.file-reply"];
    LeavesAfterFatal: "says BYE after an ERROR 1xx",
        breaks "closing.after-1xx", fails ["client.error.ends-101", "client.error.ends-105", "client.error.ends-108", "client.error.ends-unknown", "client.error.too-many", "client.error.preface"];
    TakesSilenceForDone: "takes a server that says nothing for half a second for one that has done all",
        breaks "timer.client", fails ["client.timer.line", "client.timer.answer", "client.timer.continue", "client.text.waits-for-its-answer"];
    KeepaliveBehindBye: "sends an ignorable frame behind its BYE",
        breaks "bye.then-nothing", fails ["client.bye.then-nothing", "client.preface.line-shortest", "client.preface.line-agent", "client.session.texts"];
    StopsAtRefusal: "stops at the first refusal",
        breaks "error.unknown-code", fails ["client.error.message-not-utf8", "client.error.message-longest", "client.error.message-empty", "client.error.unknown-2xx-usable"];
    ZeroWhenLost: "exits with 0 when the connection is lost",
        breaks "outcome.unknown", fails ["client.preface.cut-off", "client.text.answer-lost", "client.text.answer-cut-off", "client.text.connection-reset", "client.closing.upload-cut", "client.closing.stored-lost", "client.closing.stored-cut-off", "client.closing.file-unanswered", "client.closing.at-once", "client.resume.twice"];
    ZeroAlways: "exits with 0, whatever has come",
        breaks "outcome.unknown", fails ["client.preface.cut-off", "client.text.answer-lost", "client.text.answer-cut-off", "client.text.connection-reset"];
} }
