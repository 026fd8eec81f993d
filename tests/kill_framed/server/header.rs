//! Chapter 4.1: a header, judged alone.

use super::PAYLOAD;
use super::frames::{Session, State};
use crate::faults::{Headers, States, Uploads};

/// Octets of a header.
pub(super) const HEADER: usize = 5;

const IGNORABLE: u32 = 65_536;

/// What a header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Take,
    Ignore,
    Refuse(u16),
}

impl Session<'_> {
    pub(super) fn judge(&self, kind: u8, length: u32, state: State) -> Judged {
        let does = |fault: Headers| self.connection.does(fault);
        if !kind.is_ascii_alphabetic() {
            if does(Headers::NoLetterIgnored) && length <= IGNORABLE {
                return Judged::Ignore;
            }
            let late = does(Headers::LengthBeforeLetter) && length > PAYLOAD;
            let code = if does(Headers::NoLetterCode) { 103 } else { 101 };
            return Judged::Refuse(if late { 102 } else { code });
        }
        if kind.is_ascii_lowercase() {
            return self.ignorable(kind, length, state);
        }
        if !b"TRFCDESAXB".contains(&kind) {
            if does(Headers::CriticalSkipped) {
                return Judged::Ignore;
            }
            let code = match () {
                () if does(Headers::CriticalCode) => 101,
                () if does(Headers::LengthBeforeCritical) && length > PAYLOAD => 102,
                () => 103,
            };
            return Judged::Refuse(code);
        }
        if b"RCSX".contains(&kind) {
            let code = match () {
                () if does(Headers::ServersUnknown) => 103,
                () if does(Headers::LengthBeforeSide) && length > 2062 => 102,
                () if does(Headers::ShortBeforeSide) && length < 2 => 101,
                () => 104,
            };
            return Judged::Refuse(code);
        }
        let bounds = self.bounds(kind, length);
        let length_first = does(Headers::LengthBeforeState);
        if length_first && let Judged::Refuse(_) = bounds {
            return bounds;
        }
        if self.allows(kind, state) { bounds } else { Judged::Refuse(104) }
    }

    fn ignorable(&self, kind: u8, length: u32, state: State) -> Judged {
        let does = |fault: Headers| self.connection.does(fault);
        let known = b"trfcdesaxb".contains(&kind);
        let most = match () {
            () if does(Headers::IgnorableShorter) => IGNORABLE - 1,
            () if does(Headers::IgnorableByText) => PAYLOAD,
            () if does(Headers::IgnorableUnbounded) => u32::MAX,
            () if does(Headers::IgnorableLonger) => IGNORABLE + 1,
            () => IGNORABLE,
        };
        if does(Headers::IgnorableRefused)
            || does(Headers::LowerCaseKnown) && known
            || does(Headers::IgnorableOnlyIdle) && state == State::Open
            || does(Headers::IgnorableNotInDiscard) && state == State::Discard
        {
            return Judged::Refuse(103);
        }
        let code = if does(Headers::IgnorableCode) { 101 } else { 102 };
        if length > most { Judged::Refuse(code) } else { Judged::Ignore }
    }

    /// Whether the table has a cell that is not X104.
    fn allows(&self, kind: u8, state: State) -> bool {
        let does = |fault: States| self.connection.does(fault);
        match (state, kind) {
            (State::Open, b'T') => does(States::TextInUpload),
            (State::Open, b'F') => does(States::FileInUpload),
            (State::Open, b'B') => does(States::ByeInUpload),
            (State::Idle, b'D') => does(States::DataInIdle),
            (State::Idle, b'E') => does(States::EndInIdle),
            (State::Idle, b'A') => does(States::AbortInIdle),
            (State::Discard, b'T') => !does(States::NoTextInDiscard),
            (State::Discard, b'F') => !does(States::NoFileInDiscard),
            (State::Discard, b'B') => !does(States::NoByeInDiscard),
            (State::Discard, b'D') => !does(States::NoDataInDiscard),
            (State::Discard, b'E') => !does(States::NoEndInDiscard),
            (State::Discard, b'A') => !does(States::NoAbortInDiscard),
            _ => true,
        }
    }

    fn bounds(&self, kind: u8, length: u32) -> Judged {
        let does = |fault: Headers| self.connection.does(fault);
        let within = |most: u32, longer: Headers, shorter: Headers| match () {
            () if does(longer) => most + 1,
            () if does(shorter) => most - 1,
            () => most,
        };
        let (least, most) = match kind {
            b'T' if does(Headers::TextUnbounded) => (0, u32::MAX),
            b'T' => (0, within(PAYLOAD, Headers::TextLonger, Headers::TextShorter)),
            b'D' => {
                let most = within(PAYLOAD, Headers::DataLonger, Headers::DataShorter);
                let most = if does(Headers::DataUnbounded) { 1 << 20 } else { most };
                (u32::from(!does(Headers::EmptyData)), most)
            }
            b'F' => {
                let least = if does(Headers::FileTooShort) { 15 } else { 14 };
                let least = if does(Headers::FileAnyLength) { 0 } else { least };
                (least, within(2062, Headers::FileLonger, Headers::FileShorter))
            }
            b'E' if does(Headers::EndAnyLength) => (0, PAYLOAD),
            b'E' if does(Headers::EndFourLonger) => (12, 40),
            b'E' => (8, 72),
            _ if does(Headers::EmptyAnyLength) => (0, PAYLOAD),
            _ => (0, 0),
        };
        let signed = does(Headers::LengthSigned) && length > u32::MAX / 2;
        let wraps = does(Headers::LengthWraps) && length > u32::MAX - 5;
        if length > most && !signed && !wraps {
            let code = if does(Headers::TooLongCode) { 101 } else { 102 };
            return Judged::Refuse(code);
        }
        if length < least {
            let code = if does(Headers::TooShortCode) { 102 } else { 101 };
            return Judged::Refuse(code);
        }
        Judged::Take
    }

    /// The code with which DATA of this length ends the upload that is open.
    pub(super) fn past(&self, length: u32) -> Option<u16> {
        let open = self.open.as_ref()?;
        let does = |fault: Uploads| self.connection.does(fault);
        let after = open.octets.len() as u64 + u64::from(length);
        if let Some(size) = open.size {
            let size = if does(Uploads::PastSizeByOne) { size + 1 } else { size };
            let unknown = does(Uploads::ZeroIsUnknown) && size == 0;
            let unjudged = does(Uploads::PastSizeAtEnd) || unknown;
            let code = if does(Uploads::PastSizeCode) { 212 } else { 215 };
            return (after > size && !unjudged).then_some(code);
        }
        let limit = match () {
            () if does(Uploads::LimitByOne) => super::FILE + 1,
            () if does(Uploads::LimitExclusive) => super::FILE - 1,
            () if does(Uploads::NoLimit) => u64::MAX,
            () => super::FILE,
        };
        let code = if does(Uploads::LimitCode) { 215 } else { 212 };
        (after > limit).then_some(code)
    }
}
