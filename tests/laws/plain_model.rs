//! Chapter 10.1 once more, written for being read and not for speed: a second opinion
//! with which the recogniser is compared.
//!
//! It gathers what it has not decided, and looks at all of it again with every input.

use conexion::plain::{Cause, Mode};
use conexion::wire::Destination;

/// What an input meant, adjacent octets of one kind joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Echo(Vec<u8>),
    Begin(String, String),
    Data(Vec<u8>),
    End,
    Refused,
    Unfinished,
    Ended,
}

/// Adds a meaning to those before it.
pub(crate) fn join(meanings: &mut Vec<Meaning>, next: Meaning) {
    match (meanings.last_mut(), next) {
        (Some(Meaning::Echo(before)), Meaning::Echo(octets))
        | (Some(Meaning::Data(before)), Meaning::Data(octets)) => before.extend(octets),
        (_, next) => meanings.push(next),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Header { first_end: usize },
    Upload,
    Over,
}

pub(crate) struct Model {
    mode: Mode,
    place: Place,
    held: Vec<u8>,
}

const OPENING: &[u8] = b"ARCHIVO:";
const MARK: &[u8] = b"FIN_ARCHIVO";

impl Model {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, place: Place::Outside, held: Vec::new() }
    }

    /// How many octets wait for a later input.
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    pub(crate) fn input(&mut self, delivery: &[u8], cause: Cause) -> Vec<Meaning> {
        let mut meanings = Vec::new();
        if self.place == Place::Over {
            return meanings;
        }
        self.held.extend(delivery);
        while let Some((meaning, consumed, place)) = self.decide(cause) {
            join(&mut meanings, meaning);
            self.held.drain(..consumed);
            // What follows is a delivery that ends where the last one did.
            let opened = place == Place::Outside && self.held.starts_with(OPENING);
            self.place = if opened { self.open() } else { place };
            if self.place == Place::Over {
                self.held.clear();
                break;
            }
        }
        meanings
    }

    fn open(&self) -> Place {
        Place::Header { first_end: self.held.len() }
    }

    fn decide(&mut self, cause: Cause) -> Option<(Meaning, usize, Place)> {
        let all = self.held.clone();
        if self.place == Place::Outside && all.starts_with(OPENING) {
            self.place = self.open();
        }
        match self.place {
            Place::Over => None,
            Place::Outside if all.is_empty() => {
                (cause == Cause::EndOfStream).then_some((Meaning::Ended, 0, Place::Over))
            }
            Place::Outside if cause == Cause::Delivery && OPENING.starts_with(&all) => None,
            Place::Outside => Some((Meaning::Echo(all.clone()), all.len(), Place::Outside)),
            Place::Header { .. } if self.mode == Mode::Text => {
                Some((Meaning::Refused, all.len(), Place::Over))
            }
            Place::Header { first_end } => header(&all, first_end, cause),
            Place::Upload => upload(&all, cause),
        }
    }
}

fn header(all: &[u8], first_end: usize, cause: Cause) -> Option<(Meaning, usize, Place)> {
    let waits = cause == Cause::Delivery;
    let Some(colon) = (8..all.len().min(1032)).find(|&at| all[at] == b':') else {
        let text = !waits || all.len() >= 1032;
        return text.then(|| (Meaning::Echo(all.to_vec()), all.len(), Place::Outside));
    };
    let begin = colon + 1;
    if waits && all.len() - begin < 1025 {
        return None;
    }
    let p = &all[begin..all.len().min(begin + 1025)];
    let refused = Some((Meaning::Refused, all.len(), Place::Over));
    let Ok(source) = std::str::from_utf8(&all[8..colon]) else { return refused };
    let Some(end) = destination_end(source, p, first_end.checked_sub(begin)) else {
        return refused;
    };
    let Ok(destination) = Destination::new(&p[..end]) else { return refused };
    let meaning = Meaning::Begin(source.to_owned(), destination.as_str().to_owned());
    Some((meaning, begin + end, Place::Upload))
}

fn destination_end(source: &str, p: &[u8], first_end: Option<usize>) -> Option<usize> {
    let w = (0..=p.len().min(1024)).rev().find(|&len| fits_window(p, len))?;
    let component = &source[source.rfind(['/', '\\']).map_or(0, |at| at + 1)..];
    let key = match component.rfind('.') {
        Some(dot) if dot > 0 => &component[dot..],
        _ => component,
    };
    let candidates: Vec<usize> = (1..=w)
        .filter(|&end| !key.is_empty() && p[..end].ends_with(key.as_bytes()))
        .filter(|&end| p.get(end) != Some(&b'/'))
        .collect();
    let first_end = first_end.filter(|&end| end <= w);
    match candidates[..] {
        [] => first_end,
        [one] => Some(one),
        _ => first_end.filter(|end| candidates.contains(end)),
    }
}

fn fits_window(p: &[u8], len: usize) -> bool {
    let excluded = |c: char| c == '\\' || c == ':' || c < ' ' || ('\u{7F}'..='\u{9F}').contains(&c);
    let before_mark = !(0..len).any(|at| p[at..].starts_with(MARK));
    before_mark && std::str::from_utf8(&p[..len]).is_ok_and(|text| !text.contains(excluded))
}

fn upload(all: &[u8], cause: Cause) -> Option<(Meaning, usize, Place)> {
    // The first place from which on the octets may still be a mark that ends the upload.
    let open = (0..all.len()).find(|&at| may_end(&all[at..])).unwrap_or(all.len());
    if open > 0 {
        return Some((Meaning::Data(all[..open].to_vec()), open, Place::Upload));
    }
    let end = Some((Meaning::End, MARK.len(), Place::Outside));
    if let Some(tail) = all.strip_prefix(MARK) {
        if tail.starts_with(OPENING) {
            return end;
        }
        let text = tail.len() <= 1024 && std::str::from_utf8(tail).is_ok();
        if (cause == Cause::Quiet && text) || (cause == Cause::EndOfStream && tail.is_empty()) {
            return end;
        }
    }
    (cause == Cause::EndOfStream).then_some((Meaning::Unfinished, all.len(), Place::Over))
}

/// Whether these octets are a mark with a tail that may lead to an end, or the beginning
/// of a mark.
fn may_end(octets: &[u8]) -> bool {
    let Some(tail) = octets.strip_prefix(MARK) else { return MARK.starts_with(octets) };
    let holds_mark = tail.windows(MARK.len()).any(|octets| octets == MARK);
    tail.starts_with(OPENING) || (!holds_mark && completions(tail).any(|len| len <= 1024))
}

/// The lengths of some texts that begin with `tail`, the shortest among them.
fn completions(tail: &[u8]) -> impl Iterator<Item = usize> {
    // One of these continues every character, whatever its first octet demands.
    let second = [0x80, 0x90, 0xA0, 0x8F, 0xBF];
    let endings = [vec![]]
        .into_iter()
        .chain(second.map(|octet| vec![octet]))
        .chain(second.map(|octet| vec![octet, 0x80]))
        .chain(second.map(|octet| vec![octet, 0x80, 0x80]));
    endings.filter_map(move |ending| {
        // Only the last octets can be a character that is cut off.
        let text = [tail, &ending].concat();
        std::str::from_utf8(&text).is_ok().then_some(text.len())
    })
}
