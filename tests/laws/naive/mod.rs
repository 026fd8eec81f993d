//! A second implementation of the protocol, written from the specification alone by somebody who
//! had not read the core, as one writes it who has all octets at once and all the memory in the
//! world. No part of the core is used here, and none may be looked at to change it.

mod frame;
mod line;
mod path;
mod server;

pub(crate) use frame::frame;
pub(crate) use line::line;
pub(crate) use path::{is_destination, is_source};
pub(crate) use server::serve;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What has come of the first octets of a side (chapter 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    NeedMore,
    Malformed,
    /// `len` counts the LF. A key that is absent, or that this side does not send, is `None`;
    /// numbers are as a receiver uses them (`preface.number-above`).
    Good {
        len: usize,
        version: u16,
        chunk: Option<u64>,
        text: Option<u64>,
        file: Option<u64>,
        agent: Option<String>,
    },
}

/// A frame with all that it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Text(String),
    File {
        overwrite: bool,
        resume: bool,
        digest: Digest,
        size: Option<u64>,
        source: String,
        destination: String,
    },
    Data(Vec<u8>),
    End {
        size: u64,
        digest: Vec<u8>,
    },
    Abort,
    Bye,
    Reply(String),
    Continue {
        offset: u64,
        crc32: u32,
    },
    Stored {
        size: u64,
        digest: Vec<u8>,
    },
    Error {
        code: u16,
        message: Vec<u8>,
    },
}

/// What END and STORED carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Crc32,
    Sha256,
}

/// What the receiver allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) chunk: usize,
    pub(crate) text: usize,
}

/// What a single frame is, in a state that allows every type that its sender may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// So many octets are missing before anything can be judged: to the end of the header, or of
    /// the frame.
    NeedMore(usize),
    /// A whole ignorable frame of this length, header counted.
    Ignored(usize),
    Frame(Message, usize),
    /// The code that a server answers; what a client finds wrong has that number as well, where
    /// chapter 4 has one (a client only closes).
    Refused(u16),
}

/// What the server states.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) chunk: usize,
    pub(crate) text: usize,
    pub(crate) file: u64,
}

/// What whoever is above the protocol says to a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    /// To a TEXT: this reply (an empty one stands for the text itself). To a FILE: accepted, and
    /// this many octets are held, of which CONTINUE names as many as the specification lets it,
    /// but never more than the declared size. To an END: stored, with END's own digest.
    Accept(String, u64),
    /// ERROR 2xx with this code; to a TEXT always 202.
    Refuse(u16),
}

/// What is asked of whoever is above, and what it is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Text(String),
    File {
        overwrite: bool,
        resume: bool,
        sha256: bool,
        size: Option<u64>,
        source: String,
        destination: String,
    },
    /// All octets of an upload that came, at the moment when it has ended in whatever way (the
    /// connection's octets may simply end too); before the End, Aborted or Failed that ended it.
    /// DATA that breaks a rule is not among them, no octet of it.
    Octets(Vec<u8>),
    /// An END that is right by all that octets can say; the Choice to it is made now.
    End(u64, Vec<u8>),
    Aborted,
    /// The server itself has failed the open upload, by what the octets say (215, 212).
    Failed(u16),
}

/// What goes to the client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    Line,
    Reply(String),
    Continue(u64),
    Stored(u64, Vec<u8>),
    Error(u16),
    Bye,
}

/// What has come of a connection's octets.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) asked: Vec<Asked>,
    pub(crate) sent: Vec<Sent>,
    /// Whether the server has ended the connection.
    pub(crate) closed: bool,
}
