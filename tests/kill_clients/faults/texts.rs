//! Chapter 5.3: texts.

faults! { Texts {
    Trims: "trims white space off a text",
        breaks "frame.nul-and-bom", fails ["client.text.white-space"];
    AddsLf: "ends a text with LF",
        breaks "text.client-limit", fails ["client.text.octets", "client.text.characters", "client.text.as-long-as-allowed"];
    Latin1: "encodes a text as Latin-1",
        breaks "text.client-limit", fails ["client.preface.text-enough", "client.text.octets", "client.text.characters", "client.text.longer-in-octets"];
    LengthInCharacters: "counts the length of a TEXT in characters",
        breaks "frame.layout", fails ["client.preface.text-enough", "client.text.octets", "client.text.characters"];
    LimitInCharacters: "counts the limit of a text in characters",
        breaks "text.client-limit", fails ["client.text.longer-in-octets"];
    IgnoresLimit: "does not look at the server's `text`",
        breaks "text.client-limit", fails ["client.text.longer-than-absent", "client.text.longer-in-octets", "client.text.longer-than-stated"];
    Cuts: "cuts a text that is too long",
        breaks "text.client-limit", fails ["client.text.longer-than-absent", "client.text.longer-in-octets", "client.text.longer-than-stated"];
    RefusalIsSuccess: "exits with 0 when a text is refused",
        breaks "answer.to-oldest", fails ["client.session.refused-text-before-upload", "client.error.text-refused", "client.error.unknown-2xx"];
} }
