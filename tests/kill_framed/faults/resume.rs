//! Chapter 6.5: held octets and resume.

faults! { Resume {
    ToldBetweenFrames: "tells of a takeover between frames alone",
        breaks "takeover.superseded", fails ["takeover.inside-data"], hangs;
    NotTold: "does not tell the one whose upload was taken over",
        breaks "takeover.superseded",
        fails ["takeover.other-size", "takeover.unknown-size", "takeover.inside-data",
            "takeover.superseded"], hangs;
    SupersededCloses: "closes the connection whose upload was taken over",
        breaks "takeover.superseded",
        fails ["takeover.other-size", "takeover.unknown-size", "takeover.inside-data",
            "takeover.superseded"];
    SupersededCode: "tells of a takeover with 214",
        breaks "takeover.superseded",
        fails ["takeover.other-size", "takeover.unknown-size", "takeover.inside-data",
            "takeover.superseded"];
    SupersededToIdle: "is in idle after 222",
        breaks "state.discard-headers", fails ["takeover.inside-data"];
    TakesOverFirst: "takes over before it judges",
        breaks "takeover.wins", fails ["takeover.refused-does-not"];
    TakesNothingOver: "refuses RESUME of an open destination",
        breaks "takeover.wins",
        fails ["takeover.other-size", "takeover.unknown-size", "takeover.superseded",
            "takeover.refused-does-not"];
    UnknownTakesNothing: "refuses RESUME of unknown size of an open destination",
        breaks "takeover.wins", fails ["takeover.unknown-size"];
    HeldByDestination: "holds octets by destination alone",
        breaks "resume.offset", fails ["resume.another-size"];
    HeldByName: "holds octets by the last component",
        breaks "resume.crc", fails ["resume.another-destination"];
    GoesOnUnasked: "goes on where RESUME is not set",
        breaks "resume.offset", fails ["resume.not-set"];
    KeptWhenBegunAnew: "keeps what it holds when a FILE begins anew",
        breaks "held.dropped", fails ["resume.not-set"];
    UnknownGoesOn: "goes on where no size is known",
        breaks "resume.offset", fails ["resume.unknown-size"];
    FileFirst: "goes on from the file, even with OVERWRITE",
        breaks "held.which", fails ["held.which"];
    AboveSize: "goes on above the size",
        breaks "resume.offset", fails ["resume.another-size"];
    CompleteNotBusy: "does not count a complete file's upload as open",
        breaks "file.busy", fails ["file.busy-complete"];
    AnySizeIsComplete: "takes a file of any size for held in full",
        breaks "held.complete", fails ["file.exists-resume"];
    CompleteDropped: "drops a complete file when its upload fails",
        breaks "held.complete-untouched", fails ["held.complete-untouched"], hangs;
    KeptAfterAbort: "keeps what was given up",
        breaks "held.dropped", fails ["held.dropped-abort"];
    KeptAfterSize: "keeps octets after 215",
        breaks "held.dropped", fails ["held.dropped-mismatch"];
    KeptAfterDigest: "keeps octets after 216",
        breaks "held.dropped", fails ["held.dropped-mismatch"];
    LastPartOnly: "holds what came after CONTINUE alone",
        breaks "resume.crc", fails ["resume.twice"];
    OffsetOfLastByte: "says the offset of the last octet",
        breaks "resume.offset", fails ["resume.after-lost-connection", "resume.twice"];
    CrcOfBeginning: "sends the CRC-32 of the first block",
        breaks "resume.crc",
        fails ["resume.nothing-held", "resume.after-lost-connection", "resume.twice",
            "resume.another-destination", "resume.different-octets", "takeover.superseded"];
    CrcOfEnd: "sends the CRC-32 of the last block",
        breaks "resume.crc",
        fails ["resume.nothing-held", "resume.after-lost-connection", "resume.twice",
            "resume.another-destination", "resume.different-octets", "takeover.superseded"];
    CrcOfNothing: "sends the CRC-32 of nothing as it is begun",
        breaks "resume.crc",
        fails ["resume.nothing-held", "resume.after-lost-connection", "resume.twice",
            "resume.another-destination", "resume.different-octets", "takeover.superseded"];
    CrcZero: "always sends 0 for the CRC-32",
        breaks "resume.crc",
        fails ["resume.nothing-held", "resume.after-lost-connection", "resume.twice",
            "resume.another-destination", "resume.different-octets", "takeover.superseded"];
    OffsetThenAgain: "appends what it holds to itself",
        breaks "end.stored", fails ["resume.after-lost-connection"];
    ForgetsWhatItHolds: "goes on from a file of zeros",
        breaks "end.stored", fails ["resume.after-lost-connection"];
    OffsetButBegins: "says an offset and begins anew",
        breaks "resume.offset", fails ["resume.after-lost-connection", "resume.twice"];
    CompleteFromZero: "begins anew where a complete file is",
        breaks "held.complete", fails ["held.complete"];
    OlderKeptAfterAbort: "drops what came since CONTINUE alone, after 220",
        breaks "held.dropped", fails ["held.dropped-abort"];
    OlderKeptAfterSize: "drops what came since CONTINUE alone, after 215",
        breaks "held.dropped", fails ["held.dropped-mismatch"];
    OlderKeptAfterDigest: "drops what came since CONTINUE alone, after 216",
        breaks "held.dropped", fails ["held.dropped-mismatch"];
} }
