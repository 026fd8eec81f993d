//! Chapter 2: the first octets.

faults! { Opening {
    LineAtAccept: "sends its line when it accepts",
        breaks "detection.silence",
        fails ["detection.silence", "detection.other-cut", "detection.other-end",
            "detection.empty"];
    FirstReadDecides: "looks for the opening in the first read alone",
        breaks "detection.framed", fails ["detection.silence", "detection.framed-cut"];
    EmptyAnswered: "answers a stream without an octet",
        breaks "detection.silence", fails ["detection.empty"];
    PrefixAnswered: "answers a stream that ends inside the opening",
        breaks "detection.silence", fails ["detection.other-end"];
    AwaitsLineEnd: "reads a line before it looks at it",
        breaks "detection.other", fails ["detection.other", "detection.other-cut"], hangs;
    WebAnswered: "answers HTTP with HTTP",
        breaks "detection.web", fails ["detection.web", "detection.web-bare", "detection.web-cut"];
    WebRefused: "answers HTTP with ERROR 100",
        breaks "detection.web", fails ["detection.web", "detection.web-bare", "detection.web-cut"];
    TlsRefused: "answers TLS with ERROR 100",
        breaks "detection.tls-opening", fails ["detection.tls-opening"];
    OtherRefused: "answers other openings with ERROR 100",
        breaks "detection.other", fails ["detection.other", "detection.other-cut"];
    CutOtherRefused: "answers with ERROR 100 what begins like the opening",
        breaks "detection.other", fails ["detection.other", "detection.other-cut"];
    EightOctets: "compares eight octets of the opening",
        breaks "detection.other", fails ["detection.other-cut"];
} }
