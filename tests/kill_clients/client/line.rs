//! The preface: the line that is sent, and the one that comes.

use std::collections::BTreeSet;

use crate::faults::{Plain, Preface, Wrong};

/// What the line of the server says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) chunk: usize,
    pub(super) text: usize,
}

/// The line of the client, whose `text` is `text`.
pub(super) fn own(text: usize, wrong: Wrong) -> Vec<u8> {
    let version = if wrong.does(Preface::OffersTwo) { 2 } else { 1 };
    let text = match () {
        () if wrong.does(Preface::SaysSmallText) => "512".to_owned(),
        () if wrong.does(Preface::SaysHugeText) => u32::MAX.to_string(),
        () if wrong.does(Preface::PadsNumber) => format!("{text:08}"),
        () => text.to_string(),
    };
    let mut line = format!("CONEXION/{version} CLIENT text={text} agent=kill/1");
    if wrong.does(Preface::AgentOfTwoWords) {
        line.push_str(" on Linux");
    }
    if wrong.does(Preface::RepeatsKey) {
        line.push_str(" agent=kill/2");
    }
    if wrong.does(Preface::SpaceAtEnd) {
        line.push(' ');
    }
    if wrong.does(Preface::LineOf513) {
        let most = 512 - " x-pad=".len();
        line = format!("{line} x-pad={:x<fill$}", "", fill = most - line.len());
    }
    if wrong.does(Preface::OfTheServer) {
        line = line.replace("CLIENT", "SERVER");
    }
    line.push_str(if wrong.does(Preface::EndsWithCrLf) { "\r\n" } else { "\n" });
    let mut line = line.into_bytes();
    if wrong.does(Preface::TextBehindLine) {
        line.extend_from_slice(b"T\0\0\0\x04hola");
    }
    if wrong.does(Preface::KeepaliveBehindLine) {
        line.extend_from_slice(b"n\0\0\0\0");
    }
    line
}

/// How many octets of what has come are the line, or `None` if it has not ended.
pub(super) fn ends_at(come: &[u8], wrong: Wrong) -> Option<Result<usize, String>> {
    let most = match () {
        () if wrong.does(Preface::TakesLongLine) => 4096,
        () if wrong.does(Preface::Takes511) => 511,
        () => 512,
    };
    match come.iter().take(most).position(|&octet| octet == b'\n') {
        Some(at) => Some(Ok(at + 1)),
        None if come.len() >= most => Some(Err(format!("no LF in {most} octets"))),
        None if (wrong.does(Preface::OneReadIsALine) || wrong.does(Plain::OneReadIsTheLine))
            && !come.is_empty() =>
        {
            Some(Err("the line has no LF".to_owned()))
        }
        None if wrong.does(Preface::JudgesEarly) && come.starts_with(b"CONEXION/1 SERVER ") => {
            let judged = parse(&[come, b"\n"].concat(), wrong);
            judged.err().map(Err)
        }
        None => None,
    }
}

/// What a line says, its LF included.
pub(super) fn parse(line: &[u8], wrong: Wrong) -> Result<Limits, String> {
    let mut line = line.strip_suffix(b"\n").ok_or("no LF")?;
    if wrong.does(Preface::TakesCr) {
        line = line.strip_suffix(b"\r").unwrap_or(line);
    }
    let text = if wrong.does(Preface::DecodesLoosely) {
        String::from_utf8_lossy(line).into_owned()
    } else {
        String::from_utf8(line.to_vec()).map_err(|_| "not ASCII")?
    };
    let mut words: Vec<&str> = text.split(' ').collect();
    if wrong.does(Preface::SplitsAtWhiteSpace) {
        words = text.split_whitespace().collect();
    }
    let [opening, side, params @ ..] = words.as_slice() else {
        return Err("fewer than two words".to_owned());
    };
    let side_fits = *side == "SERVER" || wrong.does(Preface::AnyCase) && *side == "server";
    if !(side_fits || wrong.does(Preface::TakesOwnSide) && *side == "CLIENT") {
        return Err(format!("a line of {side}"));
    }
    let version = opening.strip_prefix("CONEXION/").ok_or("another protocol")?;
    let digits = version.bytes().all(|octet| octet.is_ascii_digit());
    if !digits || !(1..=3).contains(&version.len()) || version.starts_with('0') {
        return Err(format!("no version: {version}"));
    }
    let limits = keys(params, wrong)?;
    if version != "1" && !wrong.does(Preface::TakesAnyVersion) {
        return Err(format!("version {version}"));
    }
    Ok(limits)
}

fn keys(params: &[&str], wrong: Wrong) -> Result<Limits, String> {
    let mut limits = Limits { chunk: 1024, text: 1024 };
    if wrong.does(Preface::AbsentChunkIsLarge) {
        limits.chunk = 65_536;
    }
    if wrong.does(Preface::AbsentTextIsLarge) {
        limits.text = 65_536;
    }
    let mut seen = BTreeSet::new();
    for param in params {
        let (key, value) = match param.split_once('=') {
            Some((key, value)) => (key, value),
            None if wrong.does(Preface::TakesBareKey) => continue,
            None => return Err(format!("no value: {param}")),
        };
        let of_key = |c: char| c.is_ascii_lowercase() || c == '-';
        let of_any_key = |c: char| of_key(c) || wrong.does(Preface::TakesAnyKey) && c != '=';
        if key.is_empty() || !key.chars().all(of_any_key) {
            return Err(format!("no key: {key}"));
        }
        let mut of_value = |c: char| matches!(c, '!'..='~');
        let loose = wrong.does(Preface::DecodesLoosely);
        if value.is_empty() && !wrong.does(Preface::TakesBareKey)
            || !loose && !value.chars().all(&mut of_value)
            || wrong.does(Preface::SplitsAtEachEquals) && value.contains('=')
        {
            return Err(format!("no value: {value}"));
        }
        let known = ["chunk", "text", "file", "agent"].contains(&key);
        if wrong.does(Preface::UnknownKeyIsFatal) && !known {
            return Err(format!("unknown key {key}"));
        }
        let again = !seen.insert(key);
        let passes =
            wrong.does(Preface::LastOfKeyWins) || wrong.does(Preface::RepeatsUnknownKey) && !known;
        if again && !passes {
            return Err(format!("{key} twice"));
        }
        match key {
            "chunk" => limits.chunk = number(value, wrong)?.unwrap_or(limits.chunk),
            "text" => limits.text = number(value, wrong)?.unwrap_or(limits.text),
            "file" => drop(digits(value, wrong)?),
            _ => {}
        }
    }
    Ok(limits)
}

/// The value of `chunk` or `text`.
fn number(value: &str, wrong: Wrong) -> Result<Option<usize>, String> {
    let number = digits(value, wrong)?;
    if number < 1024 && !wrong.does(Preface::TakesSmallNumber) {
        if wrong.does(Preface::RaisesSmallNumber) {
            return Ok(None);
        }
        return Err(format!("{value} is below 1024"));
    }
    if number > 1 << 20 {
        match () {
            () if wrong.does(Preface::LargeNumberIsFatal) => {
                return Err(format!("{value} is large"));
            }
            () if wrong.does(Preface::LargeNumberIsAbsent) => return Ok(None),
            () if wrong.does(Preface::TakesLargeNumber) => {}
            () => return Ok(Some(1 << 20)),
        }
    }
    Ok(Some(usize::try_from(number).unwrap_or(usize::MAX)))
}

fn digits(value: &str, wrong: Wrong) -> Result<u128, String> {
    let length = 1..=if wrong.does(Preface::TakesAnyDigits) { 38 } else { 20 };
    let zero = value.len() > 1 && value.starts_with('0') && !wrong.does(Preface::TakesLeadingZero);
    let value = if wrong.does(Preface::TakesSign) {
        value.strip_prefix('+').unwrap_or(value)
    } else {
        value
    };
    if !value.bytes().all(|octet| octet.is_ascii_digit()) || !length.contains(&value.len()) || zero
    {
        return Err(format!("no number: {value}"));
    }
    if wrong.does(Preface::FitsIn64Bits) {
        return value.parse::<u64>().map(u128::from).map_err(|error| error.to_string());
    }
    value.parse().map_err(|_| format!("no number: {value}"))
}
