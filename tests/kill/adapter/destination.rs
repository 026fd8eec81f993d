//! Chapter 10.1: where the destination of a plain header ends.

use super::plain::{Cause, MARK, OPENING};
use crate::entry::Wrong;
use crate::faults::PlainHeader;

/// The second colon comes within so many octets.
const COLON: usize = 1032;
/// As long as a destination can be.
const WINDOW: usize = 1024;

pub(super) enum Guess {
    /// More must come.
    Wait,
    /// It is no header but a text.
    Text,
    /// A header that is refused.
    Refused,
    /// The destination is from here to there.
    End { begin: usize, end: usize },
}

pub(super) fn guess(held: &[u8], first_end: usize, cause: Cause, wrong: Wrong) -> Guess {
    let does = |fault: PlainHeader| wrong.does(fault);
    let most = match () {
        () if does(PlainHeader::LongSource) => usize::MAX,
        () if does(PlainHeader::ShortSource) => COLON - 1,
        () => COLON,
    };
    let source = &held[OPENING.len().min(held.len())..held.len().min(most)];
    let Some(len) = source.iter().position(|&octet| octet == b':') else {
        let waits = cause == Cause::Delivery && held.len() < most;
        return if waits { Guess::Wait } else { Guess::Text };
    };
    let source = &source[..len];
    let begin = OPENING.len() + len + 1;
    let rest = &held[begin..];
    // One octet behind the window tells whether `/` follows.
    if cause == Cause::Delivery && rest.len() <= WINDOW && !does(PlainHeader::FirstReadIsAll) {
        return Guess::Wait;
    }
    let Ok(source) = std::str::from_utf8(source) else {
        if does(PlainHeader::AnySource) {
            return end_of(&String::from_utf8_lossy(source), rest, begin, first_end, wrong);
        }
        return Guess::Refused;
    };
    end_of(source, rest, begin, first_end, wrong)
}

fn end_of(source: &str, rest: &[u8], begin: usize, first_end: usize, wrong: Wrong) -> Guess {
    let does = |fault: PlainHeader| wrong.does(fault);
    let window = window(rest, wrong);
    let key = key(source, wrong);
    let candidates = candidates(window, rest, key.as_bytes(), wrong);
    let first_end = first_end.checked_sub(begin).filter(|&end| end <= window.len());
    let end = if does(PlainHeader::FirstEndAlways) {
        first_end
    } else if does(PlainHeader::FirstCandidate) {
        candidates.first().copied().or(first_end)
    } else if does(PlainHeader::LastCandidate) {
        candidates.last().copied().or(first_end)
    } else {
        match candidates.as_slice() {
            [] if does(PlainHeader::NoneRefused) => None,
            [] if does(PlainHeader::EmptySourceRefused) && source.is_empty() => None,
            [] if does(PlainHeader::NoneEndsAtWindow) => Some(window.len()),
            [] => first_end,
            [one] if does(PlainHeader::OneNeedsFirstEnd) => first_end.filter(|end| end == one),
            [one] => Some(*one),
            _ if does(PlainHeader::SeveralRefused) => None,
            several => first_end.filter(|end| several.contains(end)),
        }
    };
    match end {
        Some(end) if end > 0 => Guess::End { begin, end: begin + end },
        _ => Guess::Refused,
    }
}

/// The longest part that can be a destination.
fn window(rest: &[u8], wrong: Wrong) -> &[u8] {
    let does = |fault: PlainHeader| wrong.does(fault);
    let most = match () {
        () if does(PlainHeader::WindowShort) => WINDOW - 1,
        () if does(PlainHeader::WindowLong) => WINDOW + 1,
        () => WINDOW,
    };
    let mut rest = &rest[..rest.len().min(most)];
    if !does(PlainHeader::WindowOverMark) {
        let mark = rest.windows(MARK.len()).position(|part| part == MARK);
        rest = &rest[..mark.unwrap_or(rest.len())];
    }
    if does(PlainHeader::WindowOfOctets) {
        let end = rest.iter().position(|&octet| octet < b' ' || b"\x7F:\\".contains(&octet));
        return &rest[..end.unwrap_or(rest.len())];
    }
    let text = match std::str::from_utf8(rest) {
        Ok(text) => text,
        Err(error) => {
            std::str::from_utf8(&rest[..error.valid_up_to()]).expect("it is valid up to there")
        }
    };
    let excluded = |character: char| match character {
        ':' | '\\' => !does(PlainHeader::WindowOverPunctuation),
        '\u{7F}' => !does(PlainHeader::WindowOverDelete),
        '\u{80}'..='\u{9F}' => !does(PlainHeader::WindowOverC1),
        _ if does(PlainHeader::WindowOverControls) => character == '\0',
        _ => character < ' ',
    };
    text.split(excluded).next().unwrap_or_default().as_bytes()
}

fn key(source: &str, wrong: Wrong) -> String {
    let does = |fault: PlainHeader| wrong.does(fault);
    let separator = |character| match character {
        '/' => !does(PlainHeader::KeyOfWholePath),
        '\\' => !does(PlainHeader::KeyOfWholePath) && !does(PlainHeader::KeyOfSlashPath),
        _ => false,
    };
    let component = source.rsplit(separator).next().unwrap_or_default();
    let dot =
        if does(PlainHeader::KeyFromFirstDot) { component.find('.') } else { component.rfind('.') };
    match dot {
        None if does(PlainHeader::KeyNeedsDot) => String::new(),
        Some(0) if does(PlainHeader::KeyOfDotFile) => String::new(),
        Some(at) if does(PlainHeader::KeyWithoutDot) => component[at + 1..].to_owned(),
        Some(at) if !does(PlainHeader::KeyIsName) => component[at..].to_owned(),
        _ => component.to_owned(),
    }
}

fn candidates(window: &[u8], rest: &[u8], key: &[u8], wrong: Wrong) -> Vec<usize> {
    let does = |fault: PlainHeader| wrong.does(fault);
    if key.is_empty() {
        return Vec::new();
    }
    let ends = (key.len()..=window.len()).filter(|&end| {
        let place = &window[end - key.len()..end];
        let same =
            place == key || does(PlainHeader::KeyIgnoresCase) && place.eq_ignore_ascii_case(key);
        let folder = rest.get(end) == Some(&b'/') && !does(PlainHeader::FolderIsCandidate);
        same && !folder && end > 0
    });
    if does(PlainHeader::CandidatesApart) {
        let mut apart: Vec<usize> = Vec::new();
        for end in ends {
            if apart.last().is_none_or(|last| end - key.len() >= *last) {
                apart.push(end);
            }
        }
        return apart;
    }
    ends.collect()
}
