//! Chapter 3: the lines.

use super::connection::{Came, Connection, End, FRAMED, Step};
use super::{FILE, PAYLOAD};
use crate::faults::{Opening, Preface};

/// The bounds of the client's `text`.
const LEAST: u64 = 1024;
const MOST: u64 = 1_048_576;

/// The line is malformed.
struct Malformed;

/// What a line says that matters.
struct Said {
    version: u32,
    text: u64,
}

impl Connection {
    /// Reads the client's line and answers it; the client's `text`.
    pub(super) fn line(&mut self) -> Step<usize> {
        let said = loop {
            if let Some(said) = self.judge_line() {
                break said;
            }
            if self.does(Preface::OneRead) && !self.inbox.contains(&b'\n') {
                break Err(Malformed);
            }
            match self.read(None)? {
                Came::Octets => {}
                Came::End | Came::Superseded => {
                    if self.does(Preface::CutOffJudged) {
                        break Err(Malformed);
                    }
                    return Err(End::AtOnce);
                }
            }
        };
        let Ok(Said { version, text }) = said else {
            if self.does(Preface::MalformedSilently) {
                return Err(End::AtOnce);
            }
            if !self.does(Preface::ErrorWithoutLine) {
                self.send_line(1)?;
            }
            if self.does(Preface::MalformedLineOnly) {
                return Err(End::Closing);
            }
            let code = if self.does(Preface::MalformedCode) { 101 } else { 100 };
            return Err(self.fatal(code, "the line is malformed"));
        };
        if self.does(Preface::HigherRefused) && version > 1 {
            self.send_line(1)?;
            return Err(self.fatal(100, "no such version"));
        }
        if !self.does(Opening::LineAtAccept) {
            self.send_line(if self.does(Preface::VersionEchoed) { version } else { 1 })?;
        }
        Ok(usize::try_from(text).expect("at most a mebibyte"))
    }

    pub(super) fn send_line(&mut self, version: u32) -> Step {
        let chunk = if self.does(Preface::SmallChunk) { 512 } else { PAYLOAD };
        let text = if self.does(Preface::LargeText) { 2_000_000 } else { PAYLOAD };
        let end = if self.does(Preface::SendsCr) { "\r\n" } else { "\n" };
        let line = format!("CONEXION/{version} SERVER chunk={chunk} text={text} file={FILE}{end}");
        self.write(line.as_bytes())
    }

    /// Judges the line and takes it off, if it can be judged yet.
    fn judge_line(&mut self) -> Option<Result<Said, Malformed>> {
        let most = match () {
            () if self.does(Preface::Shorter) => 511,
            () if self.does(Preface::Longer) => 513,
            () if self.does(Preface::Unbounded) => usize::MAX,
            () => 512,
        };
        let head = &self.inbox[..self.inbox.len().min(most)];
        let Some(end) = head.iter().position(|&octet| octet == b'\n') else {
            if self.does(Preface::JudgedBeforeLf) && head.ends_with(b"CLIENT") {
                self.inbox.clear();
                return Some(Ok(Said { version: 1, text: LEAST }));
            }
            if self.does(Preface::RefusedBeforeLf) && head.contains(&b'\r') {
                return Some(Err(Malformed));
            }
            if self.does(Preface::RefusedAtDouble) && head.windows(2).any(|two| two == b"  ") {
                return Some(Err(Malformed));
            }
            return (head.len() == most).then_some(Err(Malformed));
        };
        let line = head[..end].to_vec();
        self.inbox.drain(..=end);
        if self.does(Preface::EarlyOctetsLost) {
            self.inbox.clear();
        }
        Some(self.parse_line(&line))
    }

    fn parse_line(&self, line: &[u8]) -> Result<Said, Malformed> {
        let does = |fault: Preface| self.does(fault);
        let mut line = line;
        if does(Preface::CrTrimmed) {
            line = line.strip_suffix(b"\r").unwrap_or(line);
        }
        if does(Preface::SpaceTrimmed) {
            line = line.strip_suffix(b" ").unwrap_or(line);
        }
        let rest = line.strip_prefix(FRAMED).ok_or(Malformed)?;
        let separator =
            |octet: &u8| *octet == b' ' || does(Preface::TabSeparates) && *octet == b'\t';
        let mut parts: Vec<&[u8]> = rest.split(separator).collect();
        if does(Preface::SpacesJoined) {
            let last = parts.len() - 1;
            let mut number = 0;
            parts.retain(|part| {
                number += 1;
                !part.is_empty() || number == last + 1
            });
        }
        let mut parts = parts.into_iter();
        let version = self.version(parts.next().ok_or(Malformed)?)?;
        let side = parts.next();
        let right = side == Some(b"CLIENT")
            || side.is_none() && does(Preface::SideOptional)
            || side == Some(b"SERVER") && does(Preface::AnySide)
            || does(Preface::SideIgnoresCase)
                && side.is_some_and(|side| side.eq_ignore_ascii_case(b"CLIENT"));
        if !right {
            return Err(Malformed);
        }
        let mut said = Said { version, text: LEAST };
        if does(Preface::AbsentIsMost) {
            said.text = MOST;
        }
        let mut keys: Vec<&[u8]> = Vec::new();
        for param in parts {
            let Some(at) = param.iter().position(|&octet| octet == b'=') else {
                if does(Preface::AnyParameter) {
                    continue;
                }
                return Err(Malformed);
            };
            let (key, value) = (&param[..at], &param[at + 1..]);
            self.parameter(key, value)?;
            if keys.contains(&key)
                && !does(Preface::RepeatedTaken)
                && !(does(Preface::RepeatedUnknownTaken) && key != b"text")
            {
                return Err(Malformed);
            }
            keys.push(key);
            if key == b"text" {
                said.text = self.number(value)?;
            } else if does(Preface::ServersKeysChecked) && (key == b"chunk" || key == b"file") {
                self.number(value)?;
            } else if does(Preface::UnknownRefused) && key != b"agent"
                || does(Preface::AgentJudged) && key == b"agent" && value != b"conexion"
            {
                return Err(Malformed);
            }
        }
        if does(Preface::NeedsParameter) && keys.is_empty() {
            return Err(Malformed);
        }
        Ok(said)
    }

    fn version(&self, octets: &[u8]) -> Result<u32, Malformed> {
        let digits = octets.iter().all(u8::is_ascii_digit);
        let zero = octets.first() == Some(&b'0');
        let zero = zero && !self.does(Preface::LeadingZeroTaken);
        let long = octets.len() > 3 && !self.does(Preface::LongVersionTaken);
        if !digits || zero || long || octets.is_empty() {
            return Err(Malformed);
        }
        std::str::from_utf8(octets).ok().and_then(|text| text.parse().ok()).ok_or(Malformed)
    }

    fn parameter(&self, key: &[u8], value: &[u8]) -> Result<(), Malformed> {
        let does = |fault: Preface| self.does(fault);
        let key_octet = |octet: &u8| {
            octet.is_ascii_lowercase()
                || *octet == b'-'
                || does(Preface::KeyOfAnyCase) && octet.is_ascii_uppercase()
                || does(Preface::AnyParameter)
        };
        let value_octet = |octet: &u8| {
            octet.is_ascii_graphic()
                || does(Preface::ValueWithControls) && *octet < b' '
                || does(Preface::ValueWithHighOctets) && *octet > 0x7E
        };
        let empty = key.is_empty() || value.is_empty() && !does(Preface::EmptyValueTaken);
        if empty && !does(Preface::AnyParameter)
            || !key.iter().all(key_octet)
            || !value.iter().all(value_octet)
        {
            return Err(Malformed);
        }
        if does(Preface::OneEquals) && value.contains(&b'=') {
            return Err(Malformed);
        }
        Ok(())
    }

    fn number(&self, value: &[u8]) -> Result<u64, Malformed> {
        let does = |fault: Preface| self.does(fault);
        let text = std::str::from_utf8(value).map_err(|_| Malformed)?;
        if does(Preface::NumberParsed) {
            // As many languages' own parsers have it.
            let text = text.strip_prefix('+').unwrap_or(text);
            return text
                .parse()
                .map(|number: u64| number.clamp(LEAST, MOST))
                .map_err(|_| Malformed);
        }
        let zero = text.len() > 1 && text.starts_with('0') && !does(Preface::NumberWithZero);
        let most = if does(Preface::AnyDigits) { usize::MAX } else { 20 };
        if zero || text.len() > most || !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(Malformed);
        }
        let number = match text.parse::<u64>() {
            Ok(number) => number,
            Err(_) if does(Preface::OverflowRefused) => return Err(Malformed),
            Err(_) => u64::MAX,
        };
        let least = if does(Preface::LeastRefused) { LEAST + 1 } else { LEAST };
        if number < least {
            return if does(Preface::BelowClamped) { Ok(LEAST) } else { Err(Malformed) };
        }
        if number > MOST && does(Preface::AboveRefused) {
            return Err(Malformed);
        }
        if number > MOST && does(Preface::AboveIsAbsent) {
            return Ok(LEAST);
        }
        Ok(number.min(MOST))
    }
}
