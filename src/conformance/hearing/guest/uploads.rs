//! Uploads: what comes for one, and what is answered.

use super::{Guest, unexpected};
use crate::conformance::hearing::{Filed, Request, Source, octets_of};
use crate::conformance::{Departure, Outcome, octets};
use crate::wire::{Completion, DeclaredSize, Digest, Frame};

impl Guest {
    /// FILE for this source, with what it must say; texts that the client was asked for
    /// beside it are answered.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn file(&mut self, source: &Source) -> Outcome<Filed> {
        let expected = format!("FILE to `{}`", source.destination);
        loop {
            match self.next(&expected)? {
                Request::File(filed) if filed.destination == source.destination => {
                    judge_size(&filed, source)?;
                    return Ok(filed);
                }
                Request::Text(text) if self.ledger.has_text(&text) => self.reply(&text)?,
                other => return Err(unexpected(&expected, &other)),
            }
        }
    }

    /// DATA up to END: the octets, and what END says.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn data(&mut self) -> Outcome<(Vec<u8>, Completion)> {
        let expected = "DATA or END";
        let mut data = Vec::new();
        loop {
            match self.next(expected)? {
                Request::Data(octets) => data.extend(octets),
                Request::End(completion) => return Ok((data, completion)),
                other => return Err(unexpected(expected, &other)),
            }
        }
    }

    /// The rest of an upload that goes on from `offset`: exactly the octets of the source
    /// from there, and an END with the size and the digest of all of it.
    ///
    /// # Errors
    ///
    /// A failure for anything else.
    pub fn rest(&mut self, source: &Source, offset: usize) -> Outcome<Completion> {
        let (data, completion) = self.data()?;
        let wanted = source.octets.get(offset..).unwrap_or_default();
        if data != wanted {
            let same = data.iter().zip(wanted).take_while(|(a, b)| a == b).count();
            let expected = format!("the {} octets of the source from {offset} on", wanted.len());
            let seen = format!("{} octets, the first {same} the same", data.len());
            return Err(Departure::fail(expected, seen));
        }
        let true_one = octets_of(&source.octets, self.digest);
        if completion != true_one {
            let expected = Request::End(true_one).to_string();
            return Err(Departure::fail(expected, Request::End(completion).to_string()));
        }
        Ok(completion)
    }

    /// Sends STORED.
    ///
    /// # Errors
    ///
    /// A failure if the client takes nothing until the deadline.
    pub fn stored(&mut self, completion: Completion) -> Outcome {
        self.send(octets::emit(&Frame::Stored(completion)))
    }

    /// Serves a whole upload of this source from its first octet.
    ///
    /// # Errors
    ///
    /// A failure for anything that a right client does not send.
    pub fn store(&mut self, source: &Source) -> Outcome<Filed> {
        let filed = self.file(source)?;
        self.store_from(source, &filed)?;
        Ok(filed)
    }

    /// Goes on with an upload whose FILE has come, and stores it.
    ///
    /// # Errors
    ///
    /// A failure for anything that a right client does not send.
    pub fn store_from(&mut self, source: &Source, filed: &Filed) -> Outcome {
        self.go_on()?;
        let completion = self.rest(source, 0)?;
        self.stored(completion)?;
        self.ledger.stored(&filed.destination, &source.octets);
        Ok(())
    }

    pub(super) fn store_filed(&mut self, filed: &Filed) -> Outcome {
        self.go_on()?;
        let (data, said) = self.data()?;
        let completion = octets_of(&data, filed.digest);
        if said == completion {
            self.ledger.stored(&filed.destination, &data);
            self.stored(completion)
        } else {
            self.refuse(216, "the digest differs")
        }
    }

    /// The octets of this source were acknowledged.
    pub fn note_stored_octets(&mut self, source: &Source) {
        self.ledger.stored(&source.destination, &source.octets);
    }

    /// The upload of this source was acknowledged.
    pub fn note_stored(&mut self, source: &Source, filed: &Filed) {
        self.ledger.stored(&filed.destination, &source.octets);
    }
}

fn judge_size(filed: &Filed, source: &Source) -> Outcome {
    let len = source.octets.len() as u64;
    match filed.size.known() {
        Some(size) if size != len => {
            let expected = format!("a FILE of {len} octets, or of a size that is not known");
            Err(Departure::fail(expected, format!("a FILE of {size} octets")))
        }
        Some(_) | None => Ok(()),
    }
}

impl Filed {
    /// What a STORED of these octets says, for the digest that was asked for.
    #[must_use]
    pub fn completion(&self, octets: &[u8]) -> Completion {
        octets_of(octets, self.digest)
    }

    /// Whether the size is declared.
    #[must_use]
    pub fn has_size(&self) -> bool {
        self.size != DeclaredSize::UNKNOWN
    }
}

/// A completion whose digest is another.
#[must_use]
pub fn spoilt(completion: Completion) -> Completion {
    let digest = match completion.digest {
        Digest::Crc32([a, rest @ ..]) => {
            let [b, c, d] = rest;
            Digest::Crc32([a ^ 1, b, c, d])
        }
        Digest::Sha256(mut octets) => {
            octets.reverse();
            octets[0] ^= 1;
            Digest::Sha256(octets)
        }
    };
    Completion { digest, ..completion }
}
