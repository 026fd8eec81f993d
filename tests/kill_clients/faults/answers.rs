//! Chapters 5.2 and 7: what an answer means.

faults! { Answers {
    SkipsUnsolicited: "skips an answer that nothing asked for",
        breaks "answer.client-table", fails ["client.table.none-reply", "client.table.none-stored", "client.table.none-error"];
    SkipsUnexpected: "skips frames that it does not wait for",
        breaks "answer.client-table", fails ["client.table.text-continue", "client.table.text-stored", "client.table.text-bye", "client.table.file-reply", "client.frame.bye-with-payload", "client.table.file-bye", "client.table.sending-reply", "client.table.sending-bye", "client.table.ended-reply", "client.table.ended-continue", "client.table.ended-bye"];
    TakesAnyAnswer: "takes CONTINUE or STORED for the answer of a text",
        breaks "answer.client-table", fails ["client.table.text-continue"];
    TakesSecondContinue: "takes a second CONTINUE",
        breaks "answer.client-table", fails ["client.table.sending-continue", "client.table.ended-continue"];
    TakesStoredForContinue: "takes STORED where CONTINUE is due",
        breaks "answer.client-table", fails ["client.table.file-stored"];
    TakesEarlyStored: "takes STORED before it has sent END",
        breaks "answer.client-table", fails ["client.table.sending-stored"];
    TakesStoredAborted: "takes STORED for an upload that it has aborted",
        breaks "answer.client-table", fails ["client.resume.abort-answered-stored"];
    WantsEcho: "takes a REPLY other than the text for a fault",
        breaks "answer.client-table", fails ["client.frame.nul-and-bom", "client.frame.reply-empty", "client.frame.limits-stated", "client.text.shown-escaped"];
    ErrorIsTheUploads: "takes any ERROR for that of its upload",
        breaks "answer.to-oldest", fails ["client.session.refused-text-before-upload", "client.error.text-refused"];
    TakesOffsetUnasked: "does not look at the offset where RESUME was not set",
        breaks "resume.offset-checked", fails ["client.resume.offset-unasked"];
    TakesOffsetAboveSize: "takes an offset above the size for the size",
        breaks "resume.offset-checked", fails ["client.resume.offset-above-size", "client.resume.offset-huge"];
    TakesCrcOfNothing: "does not look at the CRC-32 where the offset is 0",
        breaks "resume.offset-checked", fails ["client.resume.crc-of-nothing"];
    TakesAnyDigest: "does not look at the length of the digest in STORED",
        breaks "frame.payload-layout-server", fails ["client.upload.stored-digest-length"];
    KnowsItsCodes: "takes a code that it does not know for a fault",
        breaks "error.unknown-code", fails ["client.error.unknown-2xx-usable"];
    UnknownIsRefusal: "takes an unknown code of 1xx for a refusal",
        breaks "error.unknown-code", fails ["client.error.ends-unknown"];
    AnyOtherIsRefusal: "takes a code of no class for a refusal",
        breaks "error.no-class", fails ["client.error.no-class-99", "client.error.no-class-300", "client.error.no-class-0", "client.error.no-class-high"];
    RefusalEnds: "ends at an ERROR 2xx",
        breaks "error.unknown-code", fails ["client.resume.differs-anew", "client.error.message-not-utf8", "client.error.message-longest", "client.error.message-empty", "client.error.unknown-2xx-usable"];
    FatalIsRefusal: "goes on after an ERROR 1xx",
        breaks "closing.after-1xx", fails ["client.error.ends-101", "client.error.ends-105", "client.error.ends-108", "client.error.ends-unknown", "client.error.ends-upload"];
} }
