//! Chapter 6.1: the request of an upload.

faults! { Request {
    FlagOfItsOwn: "sets a flag that is not defined",
        breaks "frame.layout", fails ["client.upload.one"];
    DigestFromZero: "counts the digests from 0",
        breaks "frame.layout", fails ["client.upload.one"];
    SizeLessOne: "declares one octet less",
        breaks "data.client-limit", fails ["client.flow.large-in-pieces", "client.upload.one", "client.upload.chunk-absent", "client.upload.chunk-stated", "client.timer.write", "client.resume.offset-unasked"];
    SendsFullPath: "sends all of its source's path",
        breaks "path.source-base-name", fails ["client.upload.base-name"];
    SwapsPaths: "sends the destination before the source",
        breaks "frame.layout", fails ["client.preface.first-upload", "client.upload.marks", "client.upload.long-name"];
    SendsLongPath: "sends a destination of any length",
        breaks "path.client-limit", fails ["client.upload.destination-too-long"];
    TextInUpload: "sends a text inside an upload",
        breaks "state.client", fails ["client.session.text-and-file", "client.session.files", "client.session.refused-file-then-text"];
    SendsOnWhenRefused: "sends the octets of a FILE that was refused",
        breaks "flow.refusal-stops", fails ["client.upload.refused-stops"];
    AbortsRefused: "answers each refusal with ABORT, also that of an END",
        breaks "abort.not-after-end", fails ["client.upload.failed-at-end"];
} }
