//! The line that each side sends first (chapter 3).

use super::{Line, Side};

/// `preface.judged-when`, `preface.length`, `preface.too-long`: a line is judged at its LF or at
/// its 512th octet, whichever comes first.
pub(crate) fn line(octets: &[u8], sender: Side) -> Line {
    let first = &octets[..octets.len().min(512)];
    match first.iter().position(|octet| *octet == b'\n') {
        Some(lf) => judged(&first[..lf], sender).unwrap_or(Line::Malformed),
        None if first.len() == 512 => Line::Malformed,
        None => Line::NeedMore,
    }
}

/// `preface.grammar`, `preface.repeated-key`, `preface.unknown-key`: a line without its LF; `None`
/// if it is malformed. What is not ASCII is in no part of the grammar.
fn judged(line: &[u8], sender: Side) -> Option<Line> {
    let mut parts = str::from_utf8(line).ok()?.strip_prefix("CONEXION/")?.split(' ');
    let version = version(parts.next()?)?;
    let role = match sender {
        Side::Client => "CLIENT",
        Side::Server => "SERVER",
    };
    if parts.next()? != role {
        return None;
    }
    let (mut chunk, mut text, mut file, mut agent) = (None, None, None, None);
    let mut keys = Vec::new();
    for param in parts {
        let (key, value) = param.split_once('=')?;
        if !is_key(key) || !is_value(value) || keys.contains(&key) {
            return None;
        }
        keys.push(key);
        match (key, sender) {
            ("chunk", Side::Server) => chunk = Some(number(value, 1024, 1_048_576)?),
            ("text", _) => text = Some(number(value, 1024, 1_048_576)?),
            ("file", Side::Server) => file = Some(number(value, 0, 9_223_372_036_854_775_807)?),
            ("agent", _) => agent = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(Line::Good { len: line.len() + 1, version, chunk, text, file, agent })
}

/// `preface.grammar`: `version = %x31-39 *2DIGIT`.
fn version(text: &str) -> Option<u16> {
    let is_version = (1..=3).contains(&text.len()) && is_digits(text) && !text.starts_with('0');
    if is_version { text.parse().ok() } else { None }
}

/// `preface.grammar`: `key = 1*(%x61-7A / "-")`.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-')
}

/// `preface.grammar`: `value = 1*%x21-7E`.
fn is_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| (0x21..=0x7E).contains(&octet))
}

/// `preface.number-form`, `preface.number-below` (both `None`), `preface.number-above`.
fn number(text: &str, least: u64, most: u64) -> Option<u64> {
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if !(1..=20).contains(&text.len()) || !is_digits(text) || has_leading_zero {
        return None;
    }
    // Twenty digits may not fit 64 bits; then they are above every range.
    let number = text.parse().unwrap_or(u64::MAX).min(most);
    if number < least { None } else { Some(number) }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit())
}
