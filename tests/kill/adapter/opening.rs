//! Chapter 2: telling the profile by the first octets.

use std::time::Instant;

use conexion::conformance::{Plain, Timer};

use super::connection::{Connection, End, Step};
use super::stream::Came;
use crate::faults::{Profiles, Timers};

const FRAMED: &[u8] = b"CONEXION/";
const TLS: &[u8] = &[0x16, 0x03];
const FEW_METHODS: [&[u8]; 4] = [b"GET ", b"HEAD ", b"POST ", b"PUT "];
const METHODS: [&[u8]; 10] = [
    b"CONNECT ",
    b"DELETE ",
    b"GET ",
    b"HEAD ",
    b"OPTIONS ",
    b"PATCH ",
    b"POST ",
    b"PRI ",
    b"PUT ",
    b"TRACE ",
];

/// The profile, and what has come.
pub(super) enum Profile {
    Framed(Vec<u8>),
    Plain(Vec<u8>),
}

/// What the octets are so far.
enum Guess {
    Framed,
    Web,
    Tls,
    /// A proper prefix of one of these.
    Prefix,
    Other,
}

impl Connection {
    pub(super) fn opening(&mut self) -> Step<Profile> {
        if self.does(Profiles::SendsPrompt) {
            self.stream.write(b"> ")?;
        }
        let speaks_plain = self.shared.plain != Plain::Off;
        let (mut came, mut first) = (Vec::new(), None);
        loop {
            match self.guess(&came) {
                Guess::Framed => return Ok(Profile::Framed(came)),
                Guess::Web if self.does(Profiles::WebAnswered) => {
                    self.stream.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")?;
                    return Err(End::Closing);
                }
                Guess::Other if speaks_plain => return Ok(Profile::Plain(came)),
                Guess::Web | Guess::Tls | Guess::Other => return Err(End::AtOnce),
                Guess::Prefix => {}
            }
            let preface = match first {
                Some(first) if self.does(Timers::PrefaceFromFirstOctet) => first,
                None if self.does(Timers::PrefaceFromFirstOctet) => {
                    self.accepted + std::time::Duration::from_secs(1000)
                }
                _ => self.accepted,
            };
            let preface = self.expiry(preface, Timer::Preface);
            let prefix = first.filter(|_| speaks_plain);
            let prefix = prefix.map(|first| self.expiry(first, Timer::Prefix));
            match self.stream.read(prefix.map_or(preface, |prefix| prefix.min(preface))) {
                Came::Octets(octets) => {
                    if self.does(Profiles::PrefixLost) {
                        came = self.without_prefix(came, &octets);
                    }
                    came.extend(octets);
                    if first.is_none() && self.decides_at_once(&came) {
                        return Ok(Profile::Plain(came));
                    }
                    first.get_or_insert(Instant::now());
                }
                Came::End if came.is_empty() && self.does(Profiles::EmptyStreamRefused) => {
                    self.stream.write(b"CONEXION/1 SERVER\nX\0\0\0\x02\0\x64")?;
                    return Err(End::Closing);
                }
                Came::End if speaks_plain && !came.is_empty() => {
                    if self.does(Profiles::PrefixForgottenAtEnd) {
                        return Err(End::Closing);
                    }
                    return Ok(Profile::Plain(came));
                }
                Came::End | Came::Superseded => return Err(End::AtOnce),
                Came::Expired if prefix.is_some_and(|prefix| prefix < preface) => {
                    if self.does(Profiles::PrefixClosed) {
                        return Err(End::AtOnce);
                    }
                    return Ok(Profile::Plain(came));
                }
                Came::Expired => return self.preface_expired(&came),
            }
        }
    }

    fn guess(&self, came: &[u8]) -> Guess {
        let begins = |opening: &[u8], ignore_case: bool| {
            let len = opening.len().min(came.len());
            let same = came[..len] == opening[..len]
                || ignore_case && came[..len].eq_ignore_ascii_case(&opening[..len]);
            same.then_some(len == opening.len())
        };
        let framed = if self.does(Profiles::OpeningWithoutSlash) { &FRAMED[..8] } else { FRAMED };
        let framed = begins(framed, self.does(Profiles::OpeningIgnoresCase));
        let methods = match () {
            () if self.does(Profiles::WebUnknown) => &[],
            () if self.does(Profiles::WebFewMethods) => FEW_METHODS.as_slice(),
            () => METHODS.as_slice(),
        };
        let web = methods.iter().filter_map(|method| {
            let spaceless = self.does(Profiles::WebWithoutSpace);
            let method = if spaceless { &method[..method.len() - 1] } else { method };
            begins(method, self.does(Profiles::WebIgnoresCase))
        });
        let web = web.reduce(|one, other| one || other);
        let tls = if self.does(Profiles::TlsByOneOctet) { &TLS[..1] } else { TLS };
        let tls = if self.does(Profiles::TlsUnknown) { None } else { begins(tls, false) };
        if framed == Some(true) {
            Guess::Framed
        } else if web == Some(true) {
            let waits = self.does(Profiles::WebAwaitsItsLine) && !came.contains(&b'\n');
            if waits { Guess::Prefix } else { Guess::Web }
        } else if tls == Some(true) {
            Guess::Tls
        } else if framed.is_some() || web.is_some() || tls.is_some() {
            Guess::Prefix
        } else {
            Guess::Other
        }
    }

    /// Whether the first read is taken for plain although more could make it another opening.
    fn decides_at_once(&self, came: &[u8]) -> bool {
        let prefix = matches!(self.guess(came), Guess::Prefix);
        let framed = FRAMED.starts_with(came);
        prefix
            && (self.does(Profiles::FirstReadDecides)
                || self.does(Profiles::WebInFirstReadOnly) && !framed)
    }

    /// What is kept of a prefix when the octets come that make it none.
    fn without_prefix(&self, prefix: Vec<u8>, octets: &[u8]) -> Vec<u8> {
        match self.guess(&[prefix.as_slice(), octets].concat()) {
            Guess::Other => Vec::new(),
            _ => prefix,
        }
    }

    /// The preface timer has expired before the profile was known.
    fn preface_expired(&mut self, came: &[u8]) -> Step<Profile> {
        let part = !came.is_empty() && self.does(Timers::PartOfOpeningAnswered);
        if part || self.does(Timers::SilenceAnswered) {
            self.send_line()?;
            self.send_error(105, "no line has come")?;
            return Err(End::Closing);
        }
        Err(End::AtOnce)
    }
}
