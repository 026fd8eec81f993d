//! Chapter 4.2: payloads.

faults! { Payloads {
    OneReadAFrame: "takes one read for one frame",
        breaks "frame.split-invariance",
        fails ["frame.split-invariance", "upload.small-pieces"], hangs;
    HeaderInOneRead: "expects a header in one read",
        breaks "frame.split-invariance", fails ["frame.split-invariance"];
    PayloadInOneRead: "expects a payload in one read",
        breaks "frame.split-invariance", fails ["frame.split-invariance"];
    DiscardedEndJudged: "parses an END in discard",
        breaks "state.discard-headers", fails ["frame.discard-payloads"];
    FileLayoutCode: "answers a FILE of another layout with 210",
        breaks "frame.payload-layout", fails ["frame.payload-layout-file"];
    ShortFileTaken: "takes a name that is shorter than it says",
        breaks "frame.payload-layout", fails ["frame.payload-layout-file"];
    LongFileTaken: "does not mind octets behind the destination",
        breaks "frame.payload-layout", fails ["frame.payload-layout-file"];
    EndLongTaken: "takes the beginning of a long digest",
        breaks "frame.payload-layout", fails ["frame.payload-layout-end"];
    EndEitherTaken: "takes a digest of either length",
        breaks "frame.payload-layout", fails ["frame.payload-layout-end"];
    EndShortTaken: "compares as many octets as came",
        breaks "frame.payload-layout", fails ["frame.payload-layout-end"];
    EndLayoutCode: "answers a digest of another length with 216",
        breaks "frame.payload-layout", fails ["frame.payload-layout-end"];
    PiecesDecoded: "decodes a text piece by piece",
        breaks "frame.split-invariance", fails ["text.split-character"];
    SplitHeaderLate: "judges a header that came in pieces when its frame is whole",
        breaks "frame.split-invariance", fails ["frame.split-header-refused"], hangs;
} }
