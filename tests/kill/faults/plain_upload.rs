//! Chapter 10.1: the octets of an upload, and its end.

faults! { PlainUpload {
    EachReadIsOneThing: "takes each read for header, data or mark, as the original server did",
        breaks "plain.end-at-quiet", fails ["plain.upload", "plain.upload-blocks"], hangs;
    KeepsMark: "stores the mark with the file",
        breaks "plain.upload", fails ["plain.upload", "plain.upload-empty", "plain.end-at-eof"];
    MarkMustBeLast: "takes a mark only at the end of what has come",
        breaks "plain.end-at-quiet", fails ["plain.upload", "plain.tail-longest"], hangs;
    MarkInOneReadOnly: "looks for a mark in each read alone",
        breaks "plain.end-at-quiet", fails ["plain.mark-cut"], hangs;
    MarkIgnoresCase: "compares the mark without regard to case",
        breaks "plain.end-at-quiet", fails ["plain.mark-beginning"];
    MatcherForgets: "begins anew at an octet that does not fit, and does not look at it again",
        breaks "plain.end-at-quiet", fails ["plain.mark-beginning"], hangs;
    MarkEndsAtOnce: "ends an upload at its first mark, without waiting for quiet",
        breaks "plain.mark-is-data",
        fails ["plain.marks-two", "plain.marks-adjacent", "plain.tail-too-long",
            "plain.tail-not-utf8", "plain.mark-is-data"];
    MarkEndsAtOnceAlone: "ends an upload at once at a mark that ends a delivery",
        breaks "plain.end-at-quiet", fails ["plain.mark-awaits-quiet"];
    FirstMarkEnds: "ends an upload at its first mark when quiet comes",
        breaks "plain.end-at-quiet", fails ["plain.marks-two", "plain.marks-adjacent"];
    MarkIgnoredAtEnd: "waits for quiet, which never comes after the end of the stream",
        breaks "plain.end-at-eof", fails ["plain.end-at-eof"];
    EndTakesTail: "ends an upload at a mark with a tail when the stream ends",
        breaks "plain.unfinished", fails ["plain.unfinished-tail"];
    EndStoresAll: "stores an upload without an end when the stream ends",
        breaks "plain.unfinished",
        fails ["plain.unfinished", "plain.unfinished-data", "plain.unfinished-old"];
    KeepsUnfinished: "stores what has come of an upload, if it is much, when the stream ends",
        breaks "plain.unfinished", fails ["plain.unfinished-old", "plain.unfinished-data"];
    TruncatesAtHeader: "opens the file at the header and writes into it",
        breaks "plain.unfinished", fails ["plain.unfinished", "plain.unfinished-old"];
    EmptyNotStored: "makes the file when the first octets come",
        breaks "plain.upload", fails ["plain.upload-empty"];
    Decodes: "decodes the file and puts replacement characters into it",
        breaks "plain.upload", fails ["plain.upload-octets", "plain.upload-large"];
    LineEnds: "removes carriage returns",
        breaks "plain.upload", fails ["plain.upload-octets"];
    Bounded: "keeps 64 KiB of a file and the block that goes past them",
        breaks "plain.upload", fails ["plain.upload-large"];
    NoLimit: "does not look at its limit of a file's size",
        breaks "plain.upload", fails ["plain.file-limit"], hangs;
    LimitCuts: "stores as much of a file as its limit allows",
        breaks "plain.upload", fails ["plain.file-limit"], hangs;
    NeverBusy: "opens a destination that is open",
        breaks "plain.upload", fails ["plain.busy", "plain.open"], hangs;
    MakesNoFolders: "makes no folders",
        breaks "plain.upload", fails ["plain.folders", "plain.upload"];
    NoQuietInside: "has no quiet inside an upload",
        breaks "plain.end-at-quiet", fails ["plain.end-at-quiet", "plain.mark-awaits-quiet"], hangs;
    ForgetsTail: "drops what has come behind the mark",
        breaks "plain.end-at-quiet",
        fails ["plain.upload", "plain.tail-longest", "plain.tail-characters",
            "plain.end-at-header"], hangs;
    TailIsFile: "ends an upload only where nothing has come behind the mark",
        breaks "plain.end-at-quiet", fails ["plain.upload", "plain.uploads"], hangs;
    TailIsText: "echoes what has come behind the mark although it is a header",
        breaks "plain.end-at-header", fails ["plain.end-at-header"];
    TailAwaitsQuiet: "answers the tail with the next delivery or quiet, which does not come",
        breaks "plain.end-at-quiet",
        fails ["plain.upload", "plain.tail-prefix"], hangs;
    TailTooShort: "ends an upload with 1023 octets behind the mark at most",
        breaks "plain.end-at-quiet", fails ["plain.tail-longest"], hangs;
    TailTooLong: "ends an upload with 1025 octets behind the mark",
        breaks "plain.mark-is-data", fails ["plain.tail-too-long"];
    TailUnbounded: "ends an upload however much has come behind the mark",
        breaks "plain.mark-is-data", fails ["plain.tail-too-long"];
    TailOfAnyOctets: "ends an upload although what is behind the mark is not UTF-8",
        breaks "plain.mark-is-data", fails ["plain.tail-not-utf8", "plain.tail-cut-character"];
    TailCutAnywhere: "ends an upload although the tail ends within a character",
        breaks "plain.end-at-quiet", fails ["plain.tail-cut-character"];
    CutCharacterIsFile: "takes a mark for data whose tail ends within a character",
        breaks "plain.mark-is-data", fails ["plain.tail-cut-character"], hangs;
    HeaderAwaitsQuiet: "ends an upload before a header at quiet",
        breaks "plain.end-at-header", fails ["plain.end-at-header-at-once"];
    HeaderIsTail: "takes a header behind the mark for a tail like any other",
        breaks "plain.end-at-header", fails ["plain.end-at-header-at-once"];
    HeaderWithoutStore: "forgets the upload that a header ends",
        breaks "plain.end-at-header", fails ["plain.end-at-header", "plain.end-at-header-refused"];
} }
