//! Chapter 2 where plain is spoken: telling it from the other profiles.

faults! { Profiles {
    SendsPrompt: "sends a prompt as soon as it has accepted",
        breaks "detection.silence", fails ["detection.silence", "detection.empty"];
    EmptyStreamRefused: "answers a stream without an octet with its line and an error",
        breaks "detection.silence", fails ["detection.empty"];
    FirstReadDecides: "takes the first read for plain unless it is a whole opening",
        breaks "detection.framed",
        fails ["detection.silence", "detection.prefix"];
    OpeningWithoutSlash: "compares eight octets of the framed opening",
        breaks "detection.plain", fails ["detection.plain", "detection.prefix-end"];
    OpeningIgnoresCase: "compares the framed opening without regard to case",
        breaks "detection.plain", fails ["detection.plain"];
    WebUnknown: "has never heard of web openings",
        breaks "detection.web",
        fails ["detection.web", "detection.web-bare", "detection.web-cut",
            "detection.prefix-opening"], hangs;
    WebFewMethods: "knows GET, HEAD, POST and PUT",
        breaks "detection.web", fails ["detection.web", "detection.web-bare"];
    WebWithoutSpace: "takes a method alone for a web opening",
        breaks "detection.plain", fails ["detection.plain-method"];
    WebIgnoresCase: "compares methods without regard to case",
        breaks "detection.plain", fails ["detection.plain"];
    WebAwaitsItsLine: "waits for the end of a request line before it closes",
        breaks "detection.web", fails ["detection.web-bare"];
    WebAnswered: "answers a web opening with a status line",
        breaks "detection.web",
        fails ["detection.web", "detection.web-bare", "detection.web-cut"];
    WebInFirstReadOnly: "looks for a web opening in the first read alone",
        breaks "detection.web", fails ["detection.web-cut", "detection.prefix-opening"], hangs;
    WebLater: "looks for a web opening in every delivery",
        breaks "detection.plain", fails ["detection.plain-stays"];
    FramedLater: "looks for a framed opening in every delivery",
        breaks "detection.plain", fails ["detection.plain-stays"];
    TlsUnknown: "has never heard of TLS openings",
        breaks "detection.tls-opening", fails ["detection.tls-opening"];
    TlsByOneOctet: "takes 0x16 for a TLS opening whatever follows",
        breaks "detection.plain",
        fails ["detection.plain", "detection.prefix-text", "detection.prefix-end"];
    PrefixLost: "forgets a prefix when the octet comes that rules its opening out",
        breaks "detection.plain", fails ["detection.prefix-text"];
    PrefixForgottenAtEnd: "closes when the stream ends after a prefix",
        breaks "plain.echo", fails ["detection.prefix-end"];
    PrefixClosed: "closes when the prefix timer expires",
        breaks "detection.prefix", fails ["detection.prefix"];
} }
