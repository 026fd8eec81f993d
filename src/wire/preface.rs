//! The line that each side sends first (chapter 3).
//!
//! A line is judged when its LF or its 512th octet has come, and not before
//! (`preface.judged-when`); until then [`parse_preface`] needs more.

use core::fmt::{self, Write as _};
use core::num::NonZeroUsize;

use super::{FRAMED_OPENING, FileSize, Output, Parse, PayloadLimit, Role, ShortOutput};

/// A version of the protocol: 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u16);

impl Version {
    /// The version that this crate speaks.
    pub const ONE: Self = Self(1);

    /// The version of this number, or `None` outside 1 to 999.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number >= 1 && number <= 999 { Some(Self(number)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The value of `agent`: 1 to 256 octets of visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Agent<'a>(&'a str);

impl<'a> Agent<'a> {
    /// Most octets that this crate sends; with it the longest line is within its bound.
    pub const MAX_LEN: usize = 256;

    /// The agent of this name, or `None` if it is empty, longer than 256 octets, or holds
    /// anything but visible ASCII.
    #[must_use]
    pub fn new(name: &'a str) -> Option<Self> {
        let fits = (1..=Self::MAX_LEN).contains(&name.len());
        (fits && name.bytes().all(|octet| octet.is_ascii_graphic())).then_some(Self(name))
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// What a preface line says. Keys that its side does not send are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preface<'a> {
    /// Highest version that the client speaks, or the one that the server chose.
    pub version: Version,
    /// Server's: largest payload of DATA.
    pub chunk: Option<PayloadLimit>,
    /// Largest payload of TEXT (server's) or REPLY (client's).
    pub text: Option<PayloadLimit>,
    /// Server's: largest file.
    pub file: Option<FileSize>,
    /// Software and version; as received it may be longer than an [`Agent`] that is sent.
    pub agent: Option<&'a str>,
}

/// Why a line is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefaceError {
    /// Where in the line, counted in octets from its first.
    pub offset: usize,
    /// What is wrong there.
    pub reason: PrefaceReason,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefaceReason {
    /// It does not begin with `CONEXION/`.
    NoOpening,
    /// The version is not 1 to 999 without a leading zero, followed by SP.
    Version,
    /// The word after the version is not the side's.
    Role,
    /// A parameter is no SP, key, `=`, value.
    Parameter,
    /// A key stands there a second time.
    RepeatedKey,
    /// A value is not 1 to 20 digits without a leading zero.
    NotANumber,
    /// A number is below its range.
    BelowRange,
    /// There is no LF among the first 512 octets.
    TooLong,
}

impl fmt::Display for PrefaceReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOpening => "the line does not begin with `CONEXION/`",
            Self::Version => "the version is not 1 to 999 followed by one space",
            Self::Role => {
                "the side's word, CLIENT or SERVER, is not there or not followed by a space or LF"
            }
            Self::Parameter => "a parameter is not key=value after exactly one space",
            Self::RepeatedKey => "a key is named twice",
            Self::NotANumber => "a value is not 1 to 20 digits without a leading zero",
            Self::BelowRange => "a number is below its range",
            Self::TooLong => "no LF among the first 512 octets",
        })
    }
}

impl fmt::Display for PrefaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (octet {} of the line)", self.reason, self.offset)
    }
}

impl core::error::Error for PrefaceError {}

impl Preface<'_> {
    /// Most octets of a line, its LF included (`preface.length`).
    pub const MAX_LEN: usize = 512;

    /// Fewest octets of a line that can be well-formed.
    pub const MIN_LEN: usize = 18;

    /// The server's limits that this line states or leaves at their defaults.
    #[must_use]
    pub fn limits(&self) -> super::Limits {
        super::Limits {
            chunk: self.chunk.unwrap_or(PayloadLimit::LEAST),
            text: self.text.unwrap_or(PayloadLimit::LEAST),
            file: self.file,
        }
    }
}

impl<'a> Preface<'a> {
    /// A line without parameters.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self { version, chunk: None, text: None, file: None, agent: None }
    }

    /// The same line with an agent.
    #[must_use]
    pub const fn with_agent(self, agent: Option<Agent<'a>>) -> Self {
        let agent = match agent {
            Some(agent) => Some(agent.0),
            None => None,
        };
        Self { agent, ..self }
    }

    /// Writes the line of `role`, or nothing.
    ///
    /// # Errors
    ///
    /// [`ShortOutput`] if there is less room than [`Self::MAX_LEN`].
    pub fn emit(&self, role: Role, out: &mut Output<'_>) -> Result<(), ShortOutput> {
        out.require(Self::MAX_LEN)?;
        self.write(role, out).map_err(|fmt::Error| ShortOutput { needed: Self::MAX_LEN })
    }

    fn write(&self, role: Role, out: &mut Output<'_>) -> fmt::Result {
        let chunk = Parameter("chunk", self.chunk.map(PayloadLimit::octets));
        let text = Parameter("text", self.text.map(PayloadLimit::octets));
        let file = Parameter("file", self.file.map(FileSize::octets));
        // A received agent may be too long to send on.
        let agent = Parameter("agent", self.agent.and_then(Agent::new).map(Agent::as_str));
        let (version, role) = (self.version.0, role_word(role));
        writeln!(out, "CONEXION/{version} {role}{chunk}{text}{file}{agent}")
    }
}

/// A key with its value and the space before it, or nothing.
struct Parameter<T>(&'static str, Option<T>);

impl<T: fmt::Display> fmt::Display for Parameter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.1 {
            Some(value) => write!(f, " {}={value}", self.0),
            None => Ok(()),
        }
    }
}

/// Parses the line of `role` at the front of `octets`.
///
/// # Errors
///
/// [`PrefaceError`] once the line can be judged and does not match the grammar or the
/// ranges of its keys.
pub fn parse_preface(role: Role, octets: &[u8]) -> Result<Parse<Preface<'_>>, PrefaceError> {
    let head = octets.get(..Preface::MAX_LEN).unwrap_or(octets);
    let Some(end) = head.iter().position(|&octet| octet == b'\n') else {
        // `preface.too-long`
        if head.len() == Preface::MAX_LEN {
            return Err(PrefaceError { offset: Preface::MAX_LEN, reason: PrefaceReason::TooLong });
        }
        // `preface.judged-when`: the next octet may be the LF of a malformed line.
        return Ok(Parse::NeedMore(NonZeroUsize::MIN));
    };
    let line = head.get(..end).unwrap_or_default();
    let preface = Line { line, at: 0 }.preface(role)?;
    Ok(Parse::Complete(preface, end.saturating_add(1)))
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Client => "CLIENT",
        Role::Server => "SERVER",
    }
}

/// A line without its LF, and how far it has been read.
struct Line<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Line<'a> {
    /// Matches the whole line with the grammar, octet for octet (`preface.grammar`).
    fn preface(mut self, role: Role) -> Result<Preface<'a>, PrefaceError> {
        if !self.accept(FRAMED_OPENING) {
            return Err(self.error(PrefaceReason::NoOpening));
        }
        let version = self.version()?;
        if !self.accept(role_word(role).as_bytes()) {
            return Err(self.error(PrefaceReason::Role));
        }
        if !matches!(self.rest().first(), None | Some(b' ')) {
            return Err(self.error(PrefaceReason::Role));
        }
        let mut preface = Preface::new(version);
        let parameters = self.at;
        while !self.rest().is_empty() {
            let begin = self.at;
            let (key, value) = self.parameter()?;
            // `preface.repeated-key`
            if self.names_before(parameters, begin, key) {
                return Err(PrefaceError { offset: begin, reason: PrefaceReason::RepeatedKey });
            }
            apply(role, &mut preface, key, value)
                .map_err(|reason| PrefaceError { offset: begin, reason })?;
        }
        Ok(preface)
    }

    fn version(&mut self) -> Result<Version, PrefaceError> {
        let digits = self.take_while(|octet| octet.is_ascii_digit());
        let error = self.error(PrefaceReason::Version);
        if digits.len() > 3 {
            return Err(error);
        }
        let number = number(digits).ok_or(error)?;
        let version = u16::try_from(number).ok().and_then(Version::new).ok_or(error)?;
        if self.accept(b" ") { Ok(version) } else { Err(error) }
    }

    fn parameter(&mut self) -> Result<(&'a [u8], &'a str), PrefaceError> {
        let space = self.accept(b" ");
        let key = self.take_while(|octet| octet.is_ascii_lowercase() || octet == b'-');
        let equals = self.accept(b"=");
        let value = self.take_while(|octet| octet.is_ascii_graphic());
        let ended = matches!(self.rest().first(), None | Some(b' '));
        // Visible ASCII is UTF-8.
        let text = core::str::from_utf8(value).unwrap_or_default();
        if space && !key.is_empty() && equals && !value.is_empty() && ended {
            Ok((key, text))
        } else {
            Err(self.error(PrefaceReason::Parameter))
        }
    }

    /// Whether a parameter between these places has this key; all of them are well-formed.
    fn names_before(&self, from: usize, to: usize, key: &[u8]) -> bool {
        let before = self.line.get(from..to).unwrap_or_default();
        before.split(|&octet| octet == b' ').any(|parameter| {
            parameter.strip_prefix(key).is_some_and(|rest| rest.first() == Some(&b'='))
        })
    }

    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn accept(&mut self, expected: &[u8]) -> bool {
        let accepted = self.rest().starts_with(expected);
        if accepted {
            self.at = self.at.saturating_add(expected.len());
        }
        accepted
    }

    fn take_while(&mut self, matches: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|&octet| !matches(octet)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(len);
        rest.get(..len).unwrap_or_default()
    }

    const fn error(&self, reason: PrefaceReason) -> PrefaceError {
        PrefaceError { offset: self.at, reason }
    }
}

/// Takes a parameter over. A key that this side does not send, or that nobody knows, is
/// ignored once its grammar is right (`preface.unknown-key`).
fn apply<'a>(
    role: Role,
    preface: &mut Preface<'a>,
    key: &[u8],
    value: &'a str,
) -> Result<(), PrefaceReason> {
    let server = matches!(role, Role::Server);
    match key {
        b"chunk" if server => preface.chunk = Some(payload_limit(value)?),
        b"text" => preface.text = Some(payload_limit(value)?),
        b"file" if server => {
            let octets = value_number(value)?.min(FileSize::MOST.octets());
            preface.file = FileSize::new(octets).ok();
        }
        b"agent" => preface.agent = Some(value),
        _ => {}
    }
    Ok(())
}

/// A number above the range is its top (`preface.number-above`), one below it is malformed
/// (`preface.number-below`).
fn payload_limit(value: &str) -> Result<PayloadLimit, PrefaceReason> {
    let most = PayloadLimit::MOST.octets();
    let octets = u32::try_from(value_number(value)?).unwrap_or(most).min(most);
    PayloadLimit::new(octets).map_err(|_| PrefaceReason::BelowRange)
}

/// 1 to 20 digits without a leading zero (`preface.number-form`).
fn value_number(value: &str) -> Result<u64, PrefaceReason> {
    if value.len() > 20 {
        return Err(PrefaceReason::NotANumber);
    }
    number(value.as_bytes()).ok_or(PrefaceReason::NotANumber)
}

/// The number of these digits, `u64::MAX` if it is above that; `None` if one is no digit,
/// if there is none, or if there are several and the first is zero.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || (digits.len() > 1 && digits.first() == Some(&b'0')) {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, &digit| {
        let value = char::from(digit).to_digit(10)?;
        Some(sum.saturating_mul(10).saturating_add(u64::from(value)))
    })
}
