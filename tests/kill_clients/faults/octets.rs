//! Chapters 6.3 and 6.4: the octets and the end.

faults! { Octets {
    IgnoresChunk: "does not look at the server's `chunk`",
        breaks "data.client-limit", fails ["client.flow.large-in-pieces", "client.upload.chunk-absent", "client.upload.chunk-stated", "client.upload.chunk-multiple"];
    ChunkIsText: "takes the server's `text` for its `chunk`",
        breaks "data.client-limit", fails ["client.upload.chunk-stated"];
    ChunkAndOne: "sends one octet more than `chunk`",
        breaks "data.client-limit", fails ["client.flow.large-in-pieces", "client.upload.chunk-absent", "client.upload.chunk-stated", "client.upload.chunk-largest"];
    EmptyDataFirst: "sends an empty DATA before all others",
        breaks "data.client-limit", fails ["client.flow.large-in-pieces", "client.upload.empty", "client.upload.one", "client.upload.chunk-absent"];
    EmptyDataOfEmpty: "sends an empty DATA for an empty file",
        breaks "data.client-limit", fails ["client.session.files", "client.upload.empty"];
    EmptyDataLast: "sends an empty DATA when it meets the end of the file",
        breaks "data.client-limit", fails ["client.flow.large-in-pieces", "client.upload.empty", "client.upload.one", "client.upload.chunk-absent"];
    PadsLast: "pads the last DATA",
        breaks "data.client-limit", fails ["client.upload.one", "client.upload.chunk-absent", "client.upload.chunk-stated", "client.upload.source-longer"];
    EndsEachWithLf: "ends each DATA with LF",
        breaks "data.client-limit", fails ["client.flow.large-in-pieces", "client.upload.one", "client.upload.chunk-absent", "client.upload.chunk-stated"];
    ReadsToEnd: "sends what the source has come to, whatever it declared",
        breaks "data.client-limit", fails ["client.upload.source-shorter", "client.upload.source-longer"];
    EndsInMiddle: "ends each DATA with an END",
        breaks "frame.layout", fails ["client.preface.first-upload", "client.upload.marks", "client.upload.long-name"];
    TakesLeaveInMiddle: "says BYE inside an upload",
        breaks "state.client", fails ["client.session.text-and-file", "client.session.files"];
    EndsChangedSource: "sends END for a source that has become shorter",
        breaks "abort.source-failed", fails ["client.upload.source-shorter"];
    EndSizeZero: "leaves the size in END empty",
        breaks "frame.layout", fails ["client.upload.one"];
    DigestLittleEndian: "sends the digest from its other end",
        breaks "frame.layout", fails ["client.upload.one"];
    DigestInHex: "sends the digest in hexadecimal",
        breaks "frame.layout", fails ["client.preface.first-upload", "client.upload.marks", "client.upload.long-name"];
    AlwaysCrc: "sends a crc32, whatever it asked for",
        breaks "frame.layout", fails ["client.preface.first-upload", "client.upload.marks", "client.upload.long-name"];
    EndsTwice: "sends END twice",
        breaks "state.client", fails ["client.session.text-and-file", "client.session.files"];
    AbortsBehindEnd: "sends ABORT behind END",
        breaks "abort.not-after-end", fails ["client.upload.waits-for-stored"];
    ComparesNothing: "does not look at STORED",
        breaks "end.stored-compared", fails ["client.upload.stored-other-digest", "client.upload.stored-other-size", "client.upload.stored-zero-size", "client.resume.stored-compared"];
    ComparesSizeOnly: "compares the size in STORED only",
        breaks "end.stored-compared", fails ["client.upload.stored-other-digest", "client.resume.stored-compared"];
    ComparesDigestOnly: "compares the digest in STORED only",
        breaks "end.stored-compared", fails ["client.upload.stored-other-size", "client.upload.stored-zero-size"];
    RefusalIsSuccess: "exits with 0 when an upload is refused",
        breaks "answer.to-oldest", fails ["client.table.file-error", "client.table.ended-error", "client.table.sending-error", "client.session.refused-file-then-file", "client.flow.refused-midway", "client.upload.refused-path", "client.upload.refused-unknown"];
    ExistsIsSuccess: "exits with 0 when the destination exists",
        breaks "answer.to-oldest", fails ["client.upload.refused-exists"];
} }
