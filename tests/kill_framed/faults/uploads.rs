//! Chapters 6.3 and 6.4: octets and the end.

faults! { Uploads {
    PastSizeByOne: "takes one octet past the size",
        breaks "data.past-size", fails ["data.past-size", "data.past-size-zero"], hangs;
    PastSizeAtEnd: "compares sizes at END alone",
        breaks "data.past-size",
        fails ["state.open.data", "data.past-size", "data.at-header", "data.past-size-zero"], hangs;
    PastSizeCode: "answers DATA past the size with 212",
        breaks "data.past-size",
        fails ["state.open.data", "data.past-size", "data.at-header", "data.past-size-zero"];
    PastSizeWhole: "refuses DATA when it has come",
        breaks "data.at-header", fails ["data.at-header"];
    ZeroIsUnknown: "takes size 0 for unknown",
        breaks "data.past-size", fails ["data.past-size-zero"], hangs;
    LimitByOne: "takes one octet past its limit",
        breaks "data.past-limit", fails ["data.past-limit"], hangs;
    LimitExclusive: "takes less than its limit",
        breaks "data.past-limit", fails ["data.limit-exact"];
    NoLimit: "has no limit where no size is known",
        breaks "data.past-limit", fails ["data.past-limit"], hangs;
    LimitCode: "answers DATA past the limit with 215",
        breaks "data.past-limit", fails ["data.past-limit"];
    RemovesOldFirst: "removes the old file at FILE",
        breaks "publish.nothing-on-failure", fails ["publish.nothing-on-failure"];
    FoldersEarly: "makes the folders at FILE",
        breaks "publish.folders-late", fails ["publish.folders-late"];
    NoFolders: "makes no folders",
        breaks "publish.folders", fails ["publish.folders"];
    FoldersOnce: "fails where the folder is there",
        breaks "publish.folders", fails ["publish.folders"];
    StoresNothing: "answers STORED and stores nothing",
        breaks "publish.before-stored", fails ["file.exists"];
    StoredAtEndOfStream: "stores what is whole when the connection is lost",
        breaks "eof.open-upload", fails ["eof.open-upload"];
    FullBlocksOnly: "expects full blocks",
        breaks "state.open.data", fails ["state.open.data"];
    OneDataOnly: "takes the first DATA alone",
        breaks "state.open.data", fails ["upload.many-chunks"];
    CountsIn16Bits: "counts octets in 16 bits",
        breaks "state.open.data", fails ["upload.many-chunks"];
    LineEnds: "changes line ends",
        breaks "end.stored",
        fails ["file.size-unknown", "file.overwrite", "upload.sizes", "upload.small-pieces",
            "upload.many-chunks", "data.limit-exact"];
    EndSizeUnjudged: "does not look at END's size",
        breaks "end.size", fails ["end.size-other"];
    DeclaredUnjudged: "does not compare END with FILE",
        breaks "end.size", fails ["end.size-fewer"];
    HeldUnjudged: "does not count octets",
        breaks "end.size", fails ["end.size-fewer", "end.size-other"];
    UnknownEndUnjudged: "does not look at END's size where FILE had none",
        breaks "end.size", fails ["end.size-other"];
    SizeBeforeLayout: "checks the size before the layout of END",
        breaks "end.judged-in-order", fails ["end.order"];
    DigestBeforeSize: "checks the digest before the size",
        breaks "end.judged-in-order", fails ["end.order"];
    SizeCode: "answers another size with 216",
        breaks "end.size", fails ["end.size-fewer", "end.size-other"];
    DigestUnjudged: "sends the client's digest back",
        breaks "end.digest", fails ["end.digest", "held.complete-untouched"];
    DigestFirstOctet: "compares the first octet of digests",
        breaks "end.digest", fails ["end.digest"];
    ShaUnjudged: "compares crc32 alone",
        breaks "end.digest", fails ["end.digest"];
    DigestCode: "answers another digest with 219",
        breaks "end.digest", fails ["end.digest", "held.complete-untouched"];
    PublishesFirst: "publishes, then compares",
        breaks "publish.nothing-on-failure", fails ["end.digest"];
    DigestOfRest: "computes the digest of what came after CONTINUE",
        breaks "end.digest", fails ["resume.after-lost-connection", "held.complete-untouched"];
    CrcLittleEndian: "has the digest's octets the other way round",
        breaks "file.digests-mandatory", fails ["upload.sizes"];
    CrcUnfinished: "leaves out the last step of crc32",
        breaks "end.digest",
        fails ["resume.after-lost-connection", "resume.different-octets",
            "held.complete-untouched"];
    StoredRest: "sends the octets that came after CONTINUE as size",
        breaks "end.stored", fails ["resume.after-lost-connection"];
    StoredCrcAlways: "always sends a crc32",
        breaks "end.stored", fails ["upload.0", "upload.sizes", "resume.after-lost-connection"];
    StoredDigestZero: "sends a digest of zeros",
        breaks "end.stored",
        fails ["file.size-unknown", "file.overwrite", "upload.0", "upload.sizes",
            "upload.small-pieces", "upload.many-chunks"];
    StoredLittleEndian: "sends the digest the other way round",
        breaks "end.stored",
        fails ["file.size-unknown", "file.overwrite", "upload.0", "upload.sizes",
            "upload.small-pieces", "upload.many-chunks"];
    StoredTwice: "answers END twice",
        breaks "answer.one-each",
        fails ["answer.one-each", "flow.eager-refused", "error.2xx-one-request"];
    StoredUnanswered: "does not answer the END of a file of no octets",
        breaks "state.open.end", fails ["upload.0"], hangs;
    AbortStoresWhole: "stores a whole upload that is given up",
        breaks "abort.never-stored", fails ["abort.never-stored"];
} }
