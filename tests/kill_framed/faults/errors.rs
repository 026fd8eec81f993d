//! Chapter 7: errors.

faults! { Errors {
    Unanswered: "sends no ERROR 2xx",
        breaks "answer.one-each",
        fails ["state.discard.data", "state.discard.end", "state.discard.abort", "answer.one-each",
            "flow.eager-refused", "error.2xx-one-request"], hangs;
    LongMessage: "sends messages of 1025 octets",
        breaks "error.message", fails ["error.message"];
    LatinMessage: "sends messages in Latin-1",
        breaks "error.message", fails ["error.message"];
    CodeIsOneOctet: "sends codes of one octet",
        breaks "frame.layout", fails ["frame.file-longest", "frame.chunk-longest"];
    LittleEndian: "sends codes with the lower octet first",
        breaks "frame.layout", fails ["frame.file-longest", "frame.chunk-longest"];
    RequestErrorCloses: "closes after an ERROR 2xx",
        breaks "error.2xx-one-request",
        fails ["state.discard.text", "state.discard.file", "text.utf8", "file.flags", "file.digest",
            "file.size-range"];
} }
