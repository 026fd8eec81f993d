//! The sessions: what is there before, and what a client asks for.

use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use conexion::wire::{DeclaredSize, Flags};

use crate::link::{Answer, Link};
use crate::own;

pub(crate) const NONE: Flags = Flags { overwrite: false, resume: false };
pub(crate) const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: false, resume: true };
pub(crate) const BOTH: Flags = Flags { overwrite: true, resume: true };

/// Enough for a server to come to wait for the end of a connection, and less than quiet.
const BEFORE_THE_END: Duration = Duration::from_millis(50);

/// The number of the new file's octets.
pub(crate) const NEW: u64 = 2;

/// The number of those that are uploaded afterwards.
pub(crate) const NEXT: u64 = 3;

/// A session about one destination.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) name: &'static str,
    pub(crate) way: Way,
    pub(crate) destination: &'static str,
    /// Plain has those of its own (`plain.upload`).
    flags: Flags,
    /// What is at the destination before.
    pub(crate) before: Option<u64>,
    /// What has come before of the new file.
    pub(crate) half: Half,
    /// What its END says, if it is framed.
    pub(crate) end: End,
    /// Its last answer, if nothing fails.
    pub(crate) answer: Answer,
}

/// How the file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Framed, with its size.
    Known,
    /// Framed, its size unknown.
    Unknown,
    /// As the original client does, after this text.
    Plain(&'static str),
}

/// Half of the new file, sent on another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Nowhere,
    /// Held, its connection has ended.
    Held,
    /// Open, its connection goes on.
    Open,
}

/// Which size and digest an END says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    True,
    OtherSize,
    OtherDigest,
}

impl End {
    /// The octets that have them.
    fn octets(self) -> &'static [u8] {
        match self {
            Self::True => content(NEW),
            Self::OtherSize => content(NEXT),
            Self::OtherDigest => &content(NEXT)[..content(NEW).len()],
        }
    }
}

/// A new file in a new folder.
const FIRST: Session = Session {
    name: "new",
    way: Way::Known,
    destination: "made/for/it",
    flags: NONE,
    before: None,
    half: Half::Nowhere,
    end: End::True,
    answer: Answer::Stored,
};

pub(crate) const SESSIONS: &[Session] = &[
    FIRST,
    // Whose name the server keeps beside its octets, to know it in another spelling.
    Session { name: "accented", destination: "ñ/é", ..FIRST },
    Session { name: "overwrite", destination: "old", flags: OVERWRITE, before: Some(1), ..FIRST },
    Session { name: "resume", destination: "in/half", flags: RESUME, half: Half::Held, ..FIRST },
    Session {
        name: "complete",
        destination: "there/whole",
        flags: RESUME,
        before: Some(NEW),
        ..FIRST
    },
    Session {
        name: "both",
        destination: "there/both",
        flags: BOTH,
        before: Some(1),
        half: Half::Held,
        ..FIRST
    },
    Session {
        name: "refused",
        destination: "old",
        before: Some(1),
        answer: Answer::Refused(211),
        ..FIRST
    },
    // Which drops what is held (`held.dropped`), once it is accepted.
    Session { name: "begun anew", destination: "in/half", half: Half::Held, ..FIRST },
    Session { name: "busy", half: Half::Open, answer: Answer::Refused(214), ..FIRST },
    Session {
        name: "taken over",
        destination: "there/both",
        flags: BOTH,
        before: Some(1),
        half: Half::Open,
        ..FIRST
    },
    Session {
        name: "taken over, unknown",
        way: Way::Unknown,
        destination: "there/both",
        flags: BOTH,
        before: Some(1),
        half: Half::Open,
        ..FIRST
    },
    Session {
        name: "other digest",
        destination: "in/half",
        flags: RESUME,
        half: Half::Held,
        end: End::OtherDigest,
        answer: Answer::Refused(216),
        ..FIRST
    },
    Session { name: "unknown", way: Way::Unknown, ..FIRST },
    Session {
        name: "unknown, other size",
        way: Way::Unknown,
        end: End::OtherSize,
        answer: Answer::Refused(215),
        ..FIRST
    },
    Session {
        name: "unknown, overwrite",
        way: Way::Unknown,
        destination: "there/old",
        flags: OVERWRITE,
        before: Some(1),
        ..FIRST
    },
    Session { name: "plain", way: Way::Plain("hola"), destination: "made/for/it.bin", ..FIRST },
    // Where nothing was sent yet when the upload fails.
    Session {
        name: "plain, overwrite",
        way: Way::Plain(""),
        destination: "there/old.bin",
        before: Some(1),
        ..FIRST
    },
];

/// The octets of a file, larger than what a server writes at once, and of a size of its own.
pub(crate) fn content(number: u64) -> &'static [u8] {
    static CONTENTS: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
        [0, 1, 2, 3].map(|number: u64| {
            let octet = |at: u64| ((at * (2 * number + 1)) >> 5).to_le_bytes()[0];
            (0..300_000 + number).map(octet).collect()
        })
    });
    &CONTENTS[usize::try_from(number).expect("a small number")]
}

/// The upload that is given up.
const GIVEN_UP: &str = "given/up";
const GIVEN_UP_SIZE: u64 = 5;

impl Session {
    /// The folders of its destination, if they are there before.
    pub(crate) fn folders(&self) -> Vec<&'static str> {
        let (folders, _) = self.destination.rsplit_once('/').unwrap_or_default();
        folders.split('/').filter(|_| self.before.is_some()).collect()
    }

    /// What a FILE says of this size.
    fn declared(&self, size: u64) -> u64 {
        if self.way == Way::Known { size } else { DeclaredSize::UNKNOWN.number() }
    }

    /// Whether octets may be held under this name afterwards. None of its own are if the size is
    /// unknown, since what is held is held for a destination and a size (`held.dropped`).
    pub(crate) fn may_hold(&self, name: &str, is_cut: bool, is_stored: bool) -> bool {
        let own = is_cut && self.way == Way::Known;
        let others = self.half == Half::Open && !(is_stored && self.way == Way::Known);
        let of_new = name == own::held_name(self.destination, content(NEW).len() as u64);
        of_new && (own || others) || own && name == own::held_name(GIVEN_UP, GIVEN_UP_SIZE)
    }

    /// From which octet the upload goes on, if nothing fails.
    pub(crate) fn offset(&self) -> u64 {
        let whole = content(NEW).len() as u64;
        match self {
            Self { way: Way::Unknown | Way::Plain(_), .. } | Self { flags: NONE, .. } => 0,
            Self { half: Half::Held | Half::Open, .. } => whole / 2,
            Self { before: Some(NEW), .. } => whole,
            _ => 0,
        }
    }

    /// Asks for it all on one connection. The answer to the upload.
    pub(crate) fn converse(&self, address: SocketAddr) -> io::Result<Answer> {
        self.converse_from(address).map(|(answer, _)| answer)
    }

    /// The same, and from which octet the upload has gone on.
    pub(crate) fn converse_from(&self, address: SocketAddr) -> io::Result<(Answer, u64)> {
        match self.way {
            Way::Known | Way::Unknown => self.converse_framed(address),
            Way::Plain(text) => {
                Ok((upload_plain(address, text, self.destination, content(NEW))?, 0))
            }
        }
    }

    /// A text, an upload that is given up, the upload, and the end.
    fn converse_framed(&self, address: SocketAddr) -> io::Result<(Answer, u64)> {
        let mut link = Link::open(address)?;
        link.text("hola")?;
        assert_eq!(link.answer()?, Answer::Reply);
        link.file(GIVEN_UP, self.declared(GIVEN_UP_SIZE), NONE)?;
        match link.answer()? {
            Answer::Continue(_) => {
                link.data(b"hol")?;
                link.abort()?;
                let answer = link.answer()?;
                // What fails in the upload that is given up is the answer, too.
                if answer != Answer::Refused(220) {
                    return Ok((answer, 0));
                }
            }
            other => return Ok((other, 0)),
        }
        let whole = content(NEW);
        let size = self.declared(whole.len() as u64);
        link.file(self.destination, size, self.flags)?;
        let (answer, offset) = match link.answer()? {
            Answer::Continue(point) => {
                link.rest(whole, point)?;
                link.end(self.end.octets())?;
                (link.answer()?, point.offset)
            }
            other => (other, 0),
        };
        link.bye()?;
        assert_eq!(link.answer()?, Answer::Bye);
        // Now the server waits for the end.
        thread::sleep(BEFORE_THE_END);
        Ok((answer, offset))
    }

    /// Uploads other octets to the same destination in the same way, whatever is there.
    pub(crate) fn upload_next(&self, address: SocketAddr, whole: &[u8]) -> io::Result<Answer> {
        if let Way::Plain(_) = self.way {
            return upload_plain(address, "", self.destination, whole);
        }
        let size = self.declared(whole.len() as u64);
        Link::open(address)?.upload_declared(self.destination, whole, size, OVERWRITE)
    }
}

/// What ends a plain upload at quiet, and is echoed then: there is no other answer to it.
const AFTER: &[u8] = b"gracias";

/// Uploads in plain, between two texts, and ends. An error if an echo does not come, of the kind
/// `Other` if anything else does (`plain.refusal`).
///
/// Nothing here depends on when octets come: the first 1024 after the source hold the key once,
/// so that the destination ends there, and a text after the mark is echoed before quiet or at it.
fn upload_plain(
    address: SocketAddr,
    before: &str,
    destination: &str,
    whole: &[u8],
) -> io::Result<Answer> {
    let mut link = Link::connect(address)?;
    if !before.is_empty() {
        link.send(before.as_bytes())?;
        link.echo(before.as_bytes())?;
    }
    let header = format!("ARCHIVO:source.bin:{destination}");
    // The server may close before it has taken all: what it has sent until then is looked at.
    let sent = link.send(&[header.as_bytes(), whole, b"FIN_ARCHIVO", AFTER].concat());
    link.echo(AFTER)?;
    sent?;
    // Now the server waits for the end.
    thread::sleep(BEFORE_THE_END);
    link.half_close()?;
    link.ended()?;
    Ok(Answer::Stored)
}
