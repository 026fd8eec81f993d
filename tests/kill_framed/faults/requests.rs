//! Chapter 6.1: the request.

faults! { Requests {
    Fatal: "refuses every FILE with 102",
        breaks "file.size-unknown", fails ["file.size-unknown", "resume.unknown-size"];
    AnyFlag: "ignores flags that it does not know",
        breaks "file.flags", fails ["file.flags"];
    FlagsAlone: "refuses undefined flags only where none is defined",
        breaks "file.flags", fails ["file.flags"];
    HighFlagsTaken: "does not look at the highest flag",
        breaks "file.flags", fails ["file.flags"];
    FlagCode: "answers an undefined flag with 217",
        breaks "file.flags", fails ["file.flags"];
    ZeroDigest: "takes digest 0 for none",
        breaks "file.digest", fails ["file.digest"];
    AnyDigest: "takes any digest for crc32",
        breaks "file.digest", fails ["file.digest"];
    DigestCode: "answers an undefined digest with 218",
        breaks "file.digest", fails ["file.digest"];
    NoSha256: "has crc32 alone",
        breaks "file.digests-mandatory", fails ["upload.0", "upload.sizes"];
    DigestBeforeFlags: "checks the digest before the flags",
        breaks "file.judged-in-order", fails ["file.order-flags"];
    PathBeforeDigest: "checks the destination before the digest",
        breaks "file.judged-in-order", fails ["file.order-digest"];
    SizeBeforePath: "checks the size before the destination",
        breaks "file.judged-in-order",
        fails ["file.order-digest", "file.order-path", "file.order-storage"];
    SizeBeforeStorage: "checks the size before it walks",
        breaks "file.judged-in-order", fails ["file.order-storage"];
    ExistenceBeforeSize: "checks existence before the size",
        breaks "file.judged-in-order", fails ["file.order-size", "file.order-busy"];
    ExistenceBeforeBusy: "checks existence before whether it is open",
        breaks "file.judged-in-order", fails ["file.order-busy"];
    UnknownRefused: "wants to know the size",
        breaks "file.size-unknown", fails ["file.size-unknown", "resume.unknown-size"];
    SizeSigned: "keeps the size in a signed number",
        breaks "file.size-range", fails ["file.size-range"];
    SizeExclusive: "refuses a file of just its limit",
        breaks "file.size-limit", fails ["file.size-largest", "data.limit-exact"];
    SizeByOne: "takes one octet more than its limit",
        breaks "file.size-limit", fails ["file.size-limit"];
    SizeUnjudged: "does not look at the size",
        breaks "file.size-limit", fails ["file.size-limit"];
    SizeCode: "answers a large size with 213",
        breaks "file.size-limit", fails ["file.size-limit"];
    NeverBusy: "opens a destination twice",
        breaks "file.busy", fails ["file.order-busy", "file.busy", "file.busy-complete"];
    BusyCode: "answers a busy destination with 211",
        breaks "file.busy", fails ["file.order-busy", "file.busy", "file.busy-complete"];
    BusyByFolder: "locks the folder",
        breaks "file.busy", fails ["file.busy-others", "takeover.refused-does-not"];
    BusyIgnoresCase: "compares open destinations without case",
        breaks "path.exact", fails ["file.busy-others"];
    UnknownNotBusy: "opens a destination twice if no size is known",
        breaks "takeover.wins", fails ["takeover.unknown-size"], hangs;
    BusyAfterLoss: "keeps a lost upload's destination open",
        breaks "file.busy", fails ["file.busy-ends"];
    BusyAfterFailure: "keeps a failed upload's destination open",
        breaks "file.busy", fails ["file.busy-ends"];
    FileIsFolder: "stores below a file",
        breaks "path.file-as-folder", fails ["file.order-storage", "path.file-as-folder"];
    FileAsFolderCode: "answers a file as folder with 211",
        breaks "path.file-as-folder", fails ["file.order-storage", "path.file-as-folder"];
    FolderIsNothing: "does not see that the destination is a folder",
        breaks "file.exists-folder", fails ["file.exists-folder"];
    FolderOverwritten: "replaces a folder where OVERWRITE is set",
        breaks "file.exists-folder", fails ["file.exists-folder"];
    OverwriteIgnored: "replaces nothing",
        breaks "file.exists",
        fails ["file.exists-resume", "file.overwrite", "publish.nothing-on-failure"];
    OverwriteNeedsFile: "wants a file to replace",
        breaks "file.exists", fails ["file.overwrite"];
    AlwaysReplaces: "replaces without being asked",
        breaks "file.exists",
        fails ["file.exists-resume", "file.exists", "file.overwrite", "publish.nothing-on-failure"];
    ResumeReplaces: "takes RESUME for leave to replace",
        breaks "file.exists", fails ["file.exists-resume"];
    ExistsCode: "answers existence with 221",
        breaks "file.exists",
        fails ["file.exists-resume", "file.exists", "file.overwrite", "publish.nothing-on-failure"];
    FlagsBeforeLayout: "checks the flags before the layout",
        breaks "file.judged-in-order", fails ["file.order-layout"];
} }
