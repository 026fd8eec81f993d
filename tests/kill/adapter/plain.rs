//! Chapter 10.1: the plain profile.

use std::time::Instant;

use conexion::conformance::{Plain, Timer};

use super::connection::{Connection, End, Step};
use super::destination::{self, Guess};
use super::store::{Partial, Request};
use super::stream::Came;
use crate::faults::{PlainHeader, PlainUpload, Profiles, Texts, Timers};

pub(super) const OPENING: &[u8] = b"ARCHIVO:";
pub(super) const MARK: &[u8] = b"FIN_ARCHIVO";

/// Longest tail of a mark that can be a text.
const TAIL: usize = 1024;

/// The three inputs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Delivery,
    Quiet,
    End,
}

enum Place {
    Outside,
    /// The octets of the delivery that began with the header end there.
    Header {
        first_end: usize,
    },
    Upload(Box<Partial>),
}

/// A plain connection: where it is, and what has come and is not decided.
pub(super) struct Talk<'c> {
    connection: &'c mut Connection,
    place: Place,
    held: Vec<u8>,
    echoes: usize,
}

impl Connection {
    pub(super) fn plain(&mut self, came: Vec<u8>) -> Step {
        let mut quiets = 0;
        let ignores_quiet = |talk: &Talk<'_>, quiets| {
            talk.does(Timers::QuietOnce) && quiets > 1
                || talk.does(PlainUpload::NoQuietInside) && matches!(talk.place, Place::Upload(_))
        };
        let mut talk = Talk { connection: self, place: Place::Outside, held: came, echoes: 0 };
        talk.input(Cause::Delivery)?;
        let mut quiet = Some(Instant::now());
        loop {
            let never = Instant::now() + std::time::Duration::from_secs(1000);
            let until = quiet.map_or(never, |since| talk.connection.expiry(since, Timer::Quiet));
            let came = match &talk.place {
                Place::Upload(partial) => {
                    talk.connection.stream.read_unless(until, &partial.superseded)
                }
                _ => talk.connection.stream.read(until),
            };
            match came {
                Came::Superseded => return talk.refuse("taken over"),
                Came::Octets(octets) => {
                    talk.deliver(octets)?;
                    let now = Instant::now();
                    let fresh = quiet.is_none() || !talk.does(Timers::QuietFromFirstDelivery);
                    quiet = if fresh { Some(now) } else { quiet };
                }
                Came::Expired => {
                    quiets += 1;
                    if !ignores_quiet(&talk, quiets) {
                        talk.input(Cause::Quiet)?;
                    }
                    quiet = None;
                }
                Came::End => return talk.end(),
            }
        }
    }
}

impl Talk<'_> {
    fn does(&self, fault: impl Into<crate::faults::Fault>) -> bool {
        self.connection.does(fault)
    }

    fn deliver(&mut self, mut octets: Vec<u8>) -> Step {
        let outside = matches!(self.place, Place::Outside) && self.held.is_empty();
        if outside && self.does(Profiles::WebLater) && octets.starts_with(b"GET ") {
            return Err(End::Closing);
        }
        if outside && self.does(Profiles::FramedLater) && octets.starts_with(b"CONEXION/") {
            return self.connection.framed(octets);
        }
        if self.does(PlainUpload::EachReadIsOneThing)
            && let Place::Upload(_) = self.place
        {
            let end = octets == MARK;
            let data = if end { Vec::new() } else { octets };
            return self.keep(&data).and_then(|()| if end { self.store() } else { Ok(()) });
        }
        if self.does(Texts::PrefixNotJoined) && outside_prefix(&self.place, &self.held) {
            let prefix = std::mem::take(&mut self.held);
            self.echo(&prefix)?;
        }
        if self.does(Texts::PrefixForgotten) && outside_prefix(&self.place, &self.held) {
            self.held.clear();
        }
        if self.does(PlainUpload::MarkInOneReadOnly)
            && matches!(self.place, Place::Upload(_))
            && !self.held.windows(MARK.len()).any(|part| part == MARK)
        {
            let before = std::mem::take(&mut self.held);
            self.keep(&before)?;
        }
        self.held.append(&mut octets);
        self.input(Cause::Delivery)
    }

    fn end(mut self) -> Step {
        self.input(Cause::End)?;
        if let Place::Upload(partial) = &self.place {
            let much = partial.len() > 1000;
            if self.does(PlainUpload::EndStoresAll)
                || self.does(PlainUpload::KeepsUnfinished) && much
            {
                let rest = std::mem::take(&mut self.held);
                self.keep(&rest)?;
                return self.store();
            }
        }
        if self.does(Texts::StaysAtEnd) {
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
        Err(End::Closing)
    }

    /// Decides as much as can be decided of what is held.
    fn input(&mut self, cause: Cause) -> Step {
        while match &self.place {
            Place::Outside => self.outside(cause)?,
            Place::Header { first_end } => self.header(*first_end, cause)?,
            Place::Upload(_) => self.upload(cause)?,
        } {}
        Ok(())
    }

    fn outside(&mut self, cause: Cause) -> Step<bool> {
        if self.held.is_empty() {
            return Ok(false);
        }
        if self.is_header() {
            if self.connection.shared.plain == Plain::Text
                && !self.does(Texts::TextModeTakesUploads)
            {
                if self.does(Texts::TextModeEchoesHeaders) {
                    return self.echo_all(cause);
                }
                return self.refuse("uploads are not taken");
            }
            self.place = Place::Header { first_end: self.held.len() };
            return Ok(true);
        }
        let prefix = OPENING.starts_with(&self.held);
        let at_once = self.does(Texts::PrefixAtOnce);
        if prefix && !at_once && (cause == Cause::Delivery || self.does(Texts::PrefixNeverEchoed)) {
            return Ok(false);
        }
        if prefix && cause == Cause::End && self.does(Texts::PrefixForgottenAtEnd) {
            return Ok(false);
        }
        if self.does(Texts::WaitsForLines) && cause != Cause::End {
            let whole = self.held.ends_with(b"\n");
            return if whole { self.echo_all(cause) } else { Ok(false) };
        }
        self.echo_all(cause)
    }

    /// Whether what is held outside of an upload is a header.
    fn is_header(&self) -> bool {
        let held = &self.held;
        let begins = |opening: &[u8]| held.starts_with(opening);
        if self.does(Texts::HeaderAnywhere) {
            return held.windows(OPENING.len()).any(|part| part == OPENING);
        }
        begins(OPENING)
            || self.does(Texts::HeaderIgnoresCase)
                && held.len() >= OPENING.len()
                && held[..OPENING.len()].eq_ignore_ascii_case(OPENING)
            || self.does(Texts::HeaderIgnoresSpaces) && held.trim_ascii_start().starts_with(OPENING)
            || self.does(Texts::HeaderWithoutColon)
                && held.len() >= OPENING.len()
                && begins(&OPENING[..7])
    }

    fn echo_all(&mut self, cause: Cause) -> Step<bool> {
        let text = std::mem::take(&mut self.held);
        if cause == Cause::End && self.does(Texts::ForgottenAtEnd) {
            return Ok(false);
        }
        self.echo(&text)?;
        Ok(true)
    }

    fn echo(&mut self, text: &[u8]) -> Step {
        self.echoes += 1;
        if self.does(Texts::SwallowsMark) && text.starts_with(MARK) {
            return Ok(());
        }
        if self.does(Texts::RefusesOthersThanUtf8) && std::str::from_utf8(text).is_err() {
            return Err(End::Closing);
        }
        if self.does(Texts::EchoesOnce) && self.echoes > 1 {
            return Err(End::Closing);
        }
        let kept = match () {
            () if self.does(Texts::Trims) => text.trim_ascii().to_vec(),
            () if self.does(Texts::AddsLineEnd) => [text, b"\n"].concat(),
            () if self.does(Texts::Decodes) => String::from_utf8_lossy(text).into_owned().into(),
            () if self.does(Texts::StopsAtNul) => {
                text.split(|&octet| octet == 0).next().unwrap_or_default().to_vec()
            }
            () if self.does(Texts::UpperCase) => text.to_ascii_uppercase(),
            () if self.does(Texts::Cuts) => text[..text.len().min(1024)].to_vec(),
            () => text.to_vec(),
        };
        Ok(self.connection.stream.write(&kept)?)
    }

    /// A refusal: nothing but the close.
    fn refuse<T: Default>(&mut self, reason: &str) -> Step<T> {
        if self.does(Texts::RefusalSaysWhy) {
            self.connection.stream.write(format!("ERROR: {reason}\n").as_bytes())?;
        }
        if self.does(Texts::RefusalEchoed) {
            let text = std::mem::take(&mut self.held);
            self.place = Place::Outside;
            self.connection.stream.write(&text)?;
            return Ok(T::default());
        }
        if self.does(Texts::RefusalIgnored) {
            self.held.clear();
            self.place = Place::Outside;
            return Ok(T::default());
        }
        self.held.clear();
        self.place = Place::Outside;
        Err(End::Closing)
    }

    fn header(&mut self, first_end: usize, cause: Cause) -> Step<bool> {
        let wrong = self.connection.shared.wrong;
        match destination::guess(&self.held, first_end, cause, wrong) {
            Guess::Wait => Ok(false),
            Guess::Text if self.does(Texts::HeaderlessRefused) => self.refuse("no header"),
            Guess::Text if cause == Cause::End && self.does(Texts::HeaderlessForgotten) => {
                Ok(false)
            }
            Guess::Text => {
                self.place = Place::Outside;
                self.echo_all(cause)
            }
            Guess::Refused => self.refuse("where does the destination end?"),
            Guess::End { begin, end } => {
                let destination = self.held[begin..end].to_vec();
                let file = self.held.split_off(end);
                self.begin(&destination, file)
            }
        }
    }

    fn begin(&mut self, destination: &[u8], file: Vec<u8>) -> Step<bool> {
        let destination = String::from_utf8_lossy(destination).into_owned();
        let overwrite = !self.does(PlainHeader::NeverOverwrites);
        let request =
            Request { destination, source: String::new(), overwrite, resume: false, size: None };
        match self.connection.shared.store.begin(&request) {
            Ok(partial) => {
                self.held = file;
                self.place = Place::Upload(Box::new(partial));
                Ok(true)
            }
            Err(code) => self.refuse(&code.to_string()),
        }
    }

    fn upload(&mut self, cause: Cause) -> Step<bool> {
        if self.does(PlainUpload::EachReadIsOneThing) {
            let all = std::mem::take(&mut self.held);
            self.keep(&all)?;
            return Ok(false);
        }
        let Some(at) = self.find_mark() else {
            // So many octets are the file's, whatever comes.
            let own = self.held.len() - beginning_of_mark(&self.held);
            let own = self.held.drain(..own).collect::<Vec<_>>();
            self.keep(&own)?;
            return Ok(false);
        };
        let tail = self.held[at + MARK.len()..].to_vec();
        let before = self.held[..at].to_vec();
        let header = !self.does(PlainUpload::HeaderIsTail) && tail.starts_with(OPENING);
        if self.is_end(&tail, header, cause) {
            self.keep(&before)?;
            if self.does(PlainUpload::KeepsMark) {
                self.keep(MARK)?;
            }
            if header && self.does(PlainUpload::HeaderWithoutStore) {
                self.place = Place::Outside;
            } else {
                self.store()?;
            }
            self.held = tail;
            if self.does(PlainUpload::ForgetsTail) {
                self.held.clear();
            }
            if self.does(PlainUpload::TailAwaitsQuiet) {
                return Ok(false);
            }
            if self.does(PlainUpload::TailIsText) {
                return self.echo_all(cause);
            }
            return Ok(true);
        }
        if header || self.could_end(&tail) {
            return Ok(false);
        }
        self.held.drain(..at + MARK.len());
        self.keep(&[before.as_slice(), MARK].concat())?;
        Ok(true)
    }

    fn find_mark(&self) -> Option<usize> {
        let last = self.does(PlainUpload::MarkMustBeLast);
        if self.does(PlainUpload::MatcherForgets) {
            return forgetful_search(&self.held);
        }
        if last {
            return self.held.ends_with(MARK).then(|| self.held.len() - MARK.len());
        }
        if self.does(PlainUpload::MarkIgnoresCase) {
            let same = |part: &[u8]| part.eq_ignore_ascii_case(MARK);
            return self.held.windows(MARK.len()).position(same);
        }
        self.held.windows(MARK.len()).position(|part| part == MARK)
    }

    fn is_end(&self, tail: &[u8], header: bool, cause: Cause) -> bool {
        if header {
            return !self.does(PlainUpload::HeaderAwaitsQuiet) || cause == Cause::Quiet;
        }
        if self.does(PlainUpload::MarkEndsAtOnce) {
            return true;
        }
        match cause {
            Cause::Delivery => self.does(PlainUpload::MarkEndsAtOnceAlone) && tail.is_empty(),
            Cause::Quiet => {
                let whole = std::str::from_utf8(tail).is_ok()
                    || self.does(PlainUpload::TailOfAnyOctets)
                    || self.does(PlainUpload::TailCutAnywhere) && !is_broken(tail);
                let short = tail.len() <= self.longest_tail();
                let alone = tail.is_empty() || !self.does(PlainUpload::TailIsFile);
                let marks = has_mark(tail) && !self.does(PlainUpload::FirstMarkEnds);
                whole && short && alone && !marks
            }
            Cause::End => {
                tail.is_empty() && !self.does(PlainUpload::MarkIgnoredAtEnd)
                    || self.does(PlainUpload::EndTakesTail) && self.could_end(tail)
            }
        }
    }

    fn longest_tail(&self) -> usize {
        match () {
            () if self.does(PlainUpload::TailTooShort) => TAIL - 1,
            () if self.does(PlainUpload::TailTooLong) => TAIL + 1,
            () if self.does(PlainUpload::TailUnbounded) => usize::MAX,
            () => TAIL,
        }
    }

    /// Whether a later input could make this mark the end.
    fn could_end(&self, tail: &[u8]) -> bool {
        let cut = self.does(PlainUpload::CutCharacterIsFile);
        let broken = if cut { std::str::from_utf8(tail).is_err() } else { is_broken(tail) };
        let broken = broken && !self.does(PlainUpload::TailOfAnyOctets);
        let marks = has_mark(tail) && !self.does(PlainUpload::FirstMarkEnds);
        tail.len() <= self.longest_tail() && !broken && !marks
    }

    fn keep(&mut self, octets: &[u8]) -> Step {
        let Place::Upload(partial) = &mut self.place else { return Ok(()) };
        match partial.write(octets) {
            Ok(()) => Ok(()),
            Err(code) => self.refuse(&code.to_string()),
        }
    }

    fn store(&mut self) -> Step {
        let place = std::mem::replace(&mut self.place, Place::Outside);
        let Place::Upload(partial) = place else { return Ok(()) };
        if partial.len() == 0 && self.does(PlainUpload::EmptyNotStored) {
            return Ok(());
        }
        match partial.publish() {
            Ok(()) => Ok(()),
            Err(code) => self.refuse(&code.to_string()),
        }
    }
}

fn outside_prefix(place: &Place, held: &[u8]) -> bool {
    matches!(place, Place::Outside) && !held.is_empty()
}

fn has_mark(octets: &[u8]) -> bool {
    octets.windows(MARK.len()).any(|part| part == MARK)
}

/// Whether no further octet can make this UTF-8.
fn is_broken(octets: &[u8]) -> bool {
    std::str::from_utf8(octets).is_err_and(|error| error.error_len().is_some())
}

/// How many octets at the end may be the beginning of a mark.
fn beginning_of_mark(octets: &[u8]) -> usize {
    let most = octets.len().min(MARK.len() - 1);
    (0..=most).rev().find(|&len| octets.ends_with(&MARK[..len])).unwrap_or_default()
}

/// An automaton that starts anew at an octet that does not fit, and does not look whether a
/// mark begins with that octet.
fn forgetful_search(octets: &[u8]) -> Option<usize> {
    let mut matched = 0;
    for (at, octet) in octets.iter().enumerate() {
        matched = if *octet == MARK[matched] { matched + 1 } else { 0 };
        if matched == MARK.len() {
            return Some(at + 1 - MARK.len());
        }
    }
    None
}
