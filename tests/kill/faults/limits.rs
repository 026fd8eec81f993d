//! Chapter 5.4 and 7: limits of connections and of answers that nobody reads.

faults! { Limits {
    Unlimited: "counts no connections",
        breaks "error.limit-reached", fails ["error.limit-reached"];
    OneTooMany: "compares with `<=`",
        breaks "error.limit-reached", fails ["error.limit-reached"];
    OneTooFew: "counts the connection itself before it compares",
        breaks "error.limit-reached", fails ["error.limit-reached"];
    NeverForgets: "does not count down when a connection ends",
        breaks "error.limit-reached", fails ["error.limit-again"], hangs;
    ErrorWithoutLine: "sends ERROR 106 without its line",
        breaks "preface.line-before-error", fails ["error.limit-reached"];
    AnotherCode: "takes the limit for an internal error",
        breaks "error.limit-reached", fails ["error.limit-reached"];
    CodeOfARequest: "refuses the text and not the connection",
        breaks "error.limit-reached", fails ["error.limit-reached"];
    StaysOpen: "does not close after ERROR 106",
        breaks "error.limit-reached", fails ["error.limit-reached"], hangs;
    RefusesAtOnce: "sends its line and ERROR 106 as soon as it has accepted",
        breaks "error.limit-reached", fails ["error.limit-silence"];
    StopsAccepting: "leaves connections above the limit in the system's queue",
        breaks "error.limit-reached", fails ["error.limit-reached"], hangs;
    RefusesSilentlyOpen: "says nothing above its limit, and keeps the connection",
        breaks "error.limit-reached", fails ["error.limit-reached"], hangs;
    QueuesWithoutBound: "queues answers for a peer that does not read, and reads on",
        breaks "flow.bounded-output", fails ["flow.bounded-output", "timer.write"];
} }
