//! Chapter 6: what comes of FILE, DATA, END and ABORT.

use sha2::{Digest as _, Sha256};

use super::connection::Step;
use super::frames::{Session, State};
use super::store::{Open, Request};
use crate::faults::{Conversation, Payloads, Requests, Resume, States, Uploads};

/// The size that is not known.
const UNKNOWN: u64 = u64::MAX;

impl Session<'_> {
    pub(super) fn file(&mut self, payload: &[u8]) -> Step {
        if self.does(Requests::FlagsBeforeLayout) && payload[0] > 3 {
            return self.refuse(218);
        }
        let Some(layout) = self.layout(payload) else {
            let code = if self.does(Payloads::FileLayoutCode) { 210 } else { 101 };
            if code == 210 {
                return self.refuse(code);
            }
            return Err(self.connection.fatal(code, "no layout of FILE"));
        };
        match self.request(&layout).and_then(|request| {
            let limit = self.does(Requests::Fatal).then_some(102);
            limit.map_or(Ok(request), Err)
        }) {
            Err(code) => self.refuse(code),
            Ok(request) => match self.connection.shared.store.begin(&request) {
                Err(code) => self.refuse(code),
                Ok(open) => self.accept(open),
            },
        }
    }

    fn layout<'p>(&self, payload: &'p [u8]) -> Option<Layout<'p>> {
        let size = u64::from_be_bytes(payload.get(2..10)?.try_into().ok()?);
        let source_len = usize::from(u16::from_be_bytes(payload.get(10..12)?.try_into().ok()?));
        let source = payload.get(12..12 + source_len)?;
        let rest = &payload[12 + source_len..];
        let len = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
        let destination = match rest.get(2..2 + len) {
            Some(destination) => destination,
            // As a slice of a language that does not mind.
            None if self.does(Payloads::ShortFileTaken) => &rest[2..],
            None => return None,
        };
        let exact = rest.len() == 2 + len || self.does(Payloads::LongFileTaken);
        let exact = exact || self.does(Payloads::ShortFileTaken) && rest.len() < 2 + len;
        exact.then_some(Layout { flags: payload[0], digest: payload[1], size, source, destination })
    }

    /// The checks that octets decide, in their order.
    fn request(&self, layout: &Layout<'_>) -> Result<Request, u16> {
        let does = |fault: Requests| self.connection.does(fault);
        let unknown_flag = match () {
            () if does(Requests::AnyFlag) => false,
            () if does(Requests::FlagsAlone) => layout.flags != 0 && layout.flags.is_multiple_of(4),
            () if does(Requests::HighFlagsTaken) => layout.flags & 0x7C != 0,
            () => layout.flags > 3,
        };
        let unknown_digest = match layout.digest {
            1 | 2 => false,
            0 => !does(Requests::ZeroDigest),
            _ => !does(Requests::AnyDigest),
        };
        let flag_code = if does(Requests::FlagCode) { 217 } else { 218 };
        if unknown_digest && does(Requests::DigestBeforeFlags) {
            return Err(217);
        }
        if unknown_flag {
            return Err(flag_code);
        }
        let known = Some(layout.size).filter(|&size| size != UNKNOWN);
        let too_large = known.is_some_and(|size| size > i64::MAX.unsigned_abs());
        if too_large && does(Requests::SizeBeforePath) {
            return Err(212);
        }
        let destination = self.destination(layout.destination);
        if does(Requests::PathBeforeDigest) {
            destination.clone()?;
        }
        if unknown_digest {
            return Err(if does(Requests::DigestCode) { 218 } else { 217 });
        }
        if layout.digest == 2 && does(Requests::NoSha256) {
            return Err(217);
        }
        let destination = destination?;
        self.source(layout.source)?;
        Ok(Request {
            destination,
            overwrite: layout.flags & 1 != 0,
            resume: layout.flags & 2 != 0,
            sha256: layout.digest == 2,
            size: known,
        })
    }

    fn accept(&mut self, mut open: Open) -> Step {
        let held = &open.octets;
        let mut offset = open.offset;
        if self.does(Resume::OffsetOfLastByte) && offset > 0 {
            offset -= 1;
        }
        let covered = match () {
            () if self.does(Resume::CrcOfBeginning) => &held[..held.len().min(1024)],
            () if self.does(Resume::CrcOfEnd) => &held[held.len().saturating_sub(1024)..],
            () => held,
        };
        let mut crc32 = crc32fast::hash(covered);
        if self.does(Resume::CrcOfNothing) && held.is_empty() {
            crc32 = u32::MAX;
        }
        if self.does(Resume::CrcZero) {
            crc32 = 0;
        }
        if self.does(Resume::OffsetThenAgain) {
            // Goes on at the offset that it says, but keeps what it holds twice.
            let again = open.octets.clone();
            open.octets.extend(again);
        }
        if self.does(Resume::ForgetsWhatItHolds) && !open.octets.is_empty() {
            open.octets = vec![0; open.octets.len()];
        }
        if self.does(Resume::OffsetButBegins) && open.size.is_some() {
            open.octets.clear();
        }
        self.state = if self.does(States::FileKeepsIdle) { State::Idle } else { State::Open };
        self.open = Some(open);
        let point = [&offset.to_be_bytes()[..], &crc32.to_be_bytes()].concat();
        if self.does(Conversation::FlushesInput) {
            self.connection.inbox.clear();
        }
        if self.does(Conversation::ContinueAtData) {
            self.await_frame()?;
        }
        if self.does(Conversation::ContinueFirst) {
            // Before the answers that are due.
            self.connection.send(b'C', &point)?;
            return self.connection.flush();
        }
        self.connection.flush()?;
        if self.does(Conversation::ContinueTwice) {
            self.connection.send(b'C', &point)?;
        }
        if self.does(Conversation::NoContinueAtZero) && offset == 0 {
            return Ok(());
        }
        self.connection.send(b'C', &point)
    }

    /// ERROR 2xx for an upload whose frames may still be on their way.
    pub(super) fn refuse(&mut self, code: u16) -> Step {
        if let Some(open) = self.open.take() {
            self.connection.shared.store.failed(&open, code);
        }
        self.state = if self.does(States::RefusedToIdle) { State::Idle } else { State::Discard };
        if self.does(Conversation::RefusalFlushes) {
            self.connection.inbox.clear();
        }
        if self.does(Conversation::RefusalAtEnd) {
            self.await_frame()?;
        }
        self.answer(code, "the upload is refused")
    }

    /// Waits for a later frame of the client.
    fn await_frame(&mut self) -> Step {
        while self.connection.inbox.len() < 5 {
            if self.connection.read(None)? != super::connection::Came::Octets {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn data(&mut self, octets: &[u8]) -> Step {
        let acknowledges = self.does(States::DataAcknowledged);
        let Some(open) = &mut self.open else { return Ok(()) };
        let wrong = self.connection.shared.wrong;
        let does = |fault: Uploads| wrong.does(fault);
        let short = octets.len() < 1024 && does(Uploads::FullBlocksOnly);
        let last = open.size == Some(open.octets.len() as u64 + octets.len() as u64);
        if short && !last {
            return self.refuse(215);
        }
        if does(Uploads::OneDataOnly) && open.octets.len() as u64 > open.offset {
            return Ok(());
        }
        if does(Uploads::CountsIn16Bits) && open.octets.len() > 65_535 {
            return self.refuse(215);
        }
        if does(Uploads::LineEnds) {
            open.octets
                .extend(octets.iter().map(|&octet| if octet == b'\r' { b'\n' } else { octet }));
        } else {
            open.octets.extend(octets);
        }
        if acknowledges {
            let offset = open.octets.len() as u64;
            let point = [&offset.to_be_bytes()[..], &[0; 4]].concat();
            return self.connection.send(b'C', &point);
        }
        Ok(())
    }

    pub(super) fn end(&mut self, payload: &[u8]) -> Step {
        let Some(open) = self.open.take() else {
            // Only a wrong server takes an END that belongs to nothing.
            return self.answer(215, "nothing is open");
        };
        let wrong = self.connection.shared.wrong;
        let does = |fault: Uploads| wrong.does(fault);
        let digest = &payload[8..];
        let want = if open.sha256 { 32 } else { 4 };
        let size = u64::from_be_bytes(payload[..8].try_into().expect("eight octets"));
        let len = open.octets.len() as u64;
        let declared = open.size.unwrap_or(size);
        let wrong_size = match () {
            () if does(Uploads::EndSizeUnjudged) => declared != len,
            () if does(Uploads::DeclaredUnjudged) => size != len,
            () if does(Uploads::HeldUnjudged) => size != declared,
            () if does(Uploads::UnknownEndUnjudged) && open.size.is_none() => false,
            () => size != len || size != declared,
        };
        let layout = digest.len() == want
            || wrong.does(Payloads::EndLongTaken) && digest.len() > want
            || wrong.does(Payloads::EndEitherTaken) && matches!(digest.len(), 4 | 32)
            || wrong.does(Payloads::EndShortTaken) && digest.len() < want;
        if wrong_size && does(Uploads::SizeBeforeLayout) {
            return self.fail_end(&open, 215);
        }
        if !layout {
            if self.does(Payloads::EndLayoutCode) {
                return self.fail_end(&open, 216);
            }
            self.open = Some(open);
            return Err(self.connection.fatal(101, "no layout of END"));
        }
        let own = self.own_digest(&open);
        let right = match () {
            () if does(Uploads::DigestUnjudged) => true,
            () if does(Uploads::DigestFirstOctet) => digest.first() == own.first(),
            () if does(Uploads::ShaUnjudged) && open.sha256 => true,
            () => {
                let shorter = digest.len().min(own.len());
                digest[..shorter] == own[..shorter]
            }
        };
        if !right && does(Uploads::DigestBeforeSize) {
            return self.fail_end(&open, 216);
        }
        if wrong_size {
            return self.fail_end(&open, if does(Uploads::SizeCode) { 216 } else { 215 });
        }
        if !right {
            if does(Uploads::PublishesFirst) {
                let _ = self.connection.shared.store.publish(&open);
            }
            return self.fail_end(&open, if does(Uploads::DigestCode) { 219 } else { 216 });
        }
        self.state = State::Idle;
        match self.connection.shared.store.publish(&open) {
            Err(code) => self.fail_end(&open, code),
            Ok(()) => self.stored(&open, size, digest, &own),
        }
    }

    fn stored(&mut self, open: &Open, size: u64, told: &[u8], own: &[u8]) -> Step {
        let size = match () {
            () if self.does(Uploads::StoredRest) => open.octets.len() as u64 - open.offset,
            () => size,
        };
        let digest = match () {
            () if self.does(Uploads::StoredCrcAlways) => {
                crc32fast::hash(&open.octets).to_be_bytes().to_vec()
            }
            () if self.does(Uploads::StoredDigestZero) => vec![0; own.len()],
            () if self.does(Uploads::StoredLittleEndian) => own.iter().rev().copied().collect(),
            () if self.does(Uploads::DigestUnjudged) => told.to_vec(),
            () => own.to_vec(),
        };
        if self.does(Uploads::StoredTwice) {
            self.connection.send(b'S', &[&size.to_be_bytes(), &digest[..]].concat())?;
        }
        if self.does(Uploads::StoredUnanswered) && size == 0 {
            return Ok(());
        }
        self.connection.send(b'S', &[&size.to_be_bytes(), &digest[..]].concat())
    }

    fn fail_end(&mut self, open: &Open, code: u16) -> Step {
        self.connection.shared.store.failed(open, code);
        let discards = self.does(States::EndToDiscard) && code == 216
            || self.does(States::SizeToDiscard) && code == 215;
        self.state = if discards { State::Discard } else { State::Idle };
        self.answer(code, "the file is not stored")
    }

    fn own_digest(&self, open: &Open) -> Vec<u8> {
        let offset = usize::try_from(open.offset).expect("below the limit");
        let octets = match () {
            () if self.does(Uploads::DigestOfRest) => &open.octets[offset..],
            () => &open.octets[..],
        };
        if open.sha256 {
            return Sha256::digest(octets).to_vec();
        }
        let crc32 = crc32fast::hash(octets);
        if self.does(Uploads::CrcLittleEndian) {
            crc32.to_le_bytes().to_vec()
        } else if self.does(Uploads::CrcUnfinished) {
            (!crc32).to_be_bytes().to_vec()
        } else {
            crc32.to_be_bytes().to_vec()
        }
    }

    pub(super) fn abort(&mut self) -> Step {
        self.state = if self.does(States::AbortToDiscard) { State::Discard } else { State::Idle };
        let Some(open) = self.open.take() else { return self.answer(220, "given up") };
        let whole = open.size == Some(open.octets.len() as u64);
        if whole && self.does(Uploads::AbortStoresWhole) {
            let own = self.own_digest(&open);
            let _ = self.connection.shared.store.publish(&open);
            return self.stored(&open, open.octets.len() as u64, &own, &own);
        }
        self.connection.shared.store.failed(&open, 220);
        if self.does(States::AbortUnanswered) {
            return Ok(());
        }
        self.answer(if self.does(States::AbortCode) { 215 } else { 220 }, "given up")
    }

    /// The stream has ended.
    pub(super) fn lost(&mut self) {
        if let Some(open) = self.open.take() {
            self.connection.shared.store.lost(&open);
        }
    }
}

/// The fields of a FILE.
struct Layout<'p> {
    flags: u8,
    digest: u8,
    size: u64,
    source: &'p [u8],
    destination: &'p [u8],
}
