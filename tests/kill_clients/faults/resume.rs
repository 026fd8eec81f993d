//! Chapter 6.5: resume.

faults! { Resume {
    SendsBeforeContinue: "sends DATA before CONTINUE with RESUME",
        breaks "flow.resume-waits", fails ["client.upload.continue-late", "client.resume.waits"];
    SendsFromZero: "sends the file from its first octet",
        breaks "resume.rest", fails ["client.resume.rest", "client.resume.first-octet", "client.resume.all", "client.resume.all-but-one"];
    ComparesNothing: "does not compare the CRC-32 in CONTINUE",
        breaks "resume.compared", fails ["client.resume.differs", "client.resume.differs-anew", "client.resume.differs-all"];
    DigestOfRest: "digests what it sends",
        breaks "resume.rest", fails ["client.resume.rest", "client.resume.first-octet", "client.resume.all", "client.resume.all-but-one", "client.resume.stored-compared"];
    SizeOfRest: "counts the size in END from the offset",
        breaks "resume.rest", fails ["client.resume.rest", "client.resume.first-octet", "client.resume.all", "client.resume.all-but-one", "client.resume.stored-compared"];
    GivesUpWhenDifferent: "gives up when the server holds other octets",
        breaks "resume.differs", fails ["client.resume.differs-anew"];
    SameAgain: "sets RESUME again after other octets",
        breaks "resume.differs", fails ["client.resume.differs-anew"];
    TakesAnyAnswerToAbort: "takes any ERROR for that of its ABORT",
        breaks "resume.differs", fails ["client.resume.abort-answered-otherwise"];
    AgainAfter222: "takes over again after 222",
        breaks "takeover.own", fails ["client.upload.superseded"];
} }
