//! How a client leaves.

use super::{Guest, unexpected};
use crate::conformance::connection::Arrival;
use crate::conformance::hearing::{Request, Source};
use crate::conformance::{Departure, Outcome, octets};

/// How a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// With BYE, and it waited for the server's.
    Bye,
    /// By ending the stream.
    EndOfStream,
    /// By breaking the connection.
    Reset,
}

impl Guest {
    /// The client's BYE, answered; a client that just ends the stream has left without.
    /// What it was asked for besides is served before.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn part(&mut self) -> Outcome<Parting> {
        let expected = "BYE, or the end of the connection";
        loop {
            match self.next(expected)? {
                Request::Text(text) => self.reply(&text)?,
                Request::File(filed) => self.store_filed(&filed)?,
                Request::Bye => {
                    let before = std::mem::take(&mut self.before_bye);
                    self.send([before, octets::bye()].concat())?;
                    self.shut_down();
                    return self.closed_after("the BYE").map(|()| Parting::Bye);
                }
                Request::EndOfStream => {
                    self.shut_down();
                    return Ok(Parting::EndOfStream);
                }
                Request::Reset => return Ok(Parting::Reset),
                other => return Err(unexpected(expected, &other)),
            }
        }
    }

    /// The end of the connection, by a reset or not, and no octet before it.
    ///
    /// # Errors
    ///
    /// A failure if an octet comes, or nothing until the deadline.
    pub fn closed_after(&mut self, what: &str) -> Outcome {
        let expected = format!("the end of the connection and no further octet after {what}");
        let seen = match self.unread().len() {
            0 => match self.inbox.receive(&mut self.connection) {
                Arrival::EndOfStream | Arrival::Reset => return Ok(()),
                Arrival::Octets => self.inbox.first_octets(),
                Arrival::Nothing => self.inbox.nothing(),
            },
            _ => self.inbox.first_octets(),
        };
        Err(Departure::fail(expected, seen))
    }

    /// The client leaves after its upload was refused: what was under way of it, an ABORT
    /// among it, is skipped as in `discard`, and what it was asked for besides is served.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn leaves_after_refusal(&mut self) -> Outcome<Parting> {
        let expected = "BYE, or the end of the connection";
        loop {
            let cut_off = |departure: &Departure| departure.seen.contains("inside a frame");
            match self.next(expected) {
                Ok(Request::Data(_)) => {}
                Ok(Request::End(_) | Request::Abort) => return self.part(),
                Ok(Request::Text(text)) => self.reply(&text)?,
                Ok(Request::File(filed)) => match self.store_filed(&filed) {
                    Err(_) if self.connection.has_ended() => return Ok(Parting::EndOfStream),
                    served => served?,
                },
                Ok(Request::Bye) => {
                    self.send(octets::bye())?;
                    self.shut_down();
                    return self.closed_after("the BYE").map(|()| Parting::Bye);
                }
                Ok(Request::EndOfStream) => {
                    self.shut_down();
                    return Ok(Parting::EndOfStream);
                }
                Ok(Request::Reset) => return Ok(Parting::Reset),
                Err(departure) if cut_off(&departure) => return Ok(Parting::EndOfStream),
                Err(departure) => return Err(departure),
            }
        }
    }

    /// As [`Self::leaves_after_refusal`], with no further FILE for this source after `what`.
    ///
    /// # Errors
    ///
    /// Weak if one comes.
    pub fn leaves_without(&mut self, source: &Source, what: &str) -> Outcome {
        loop {
            match self.next("BYE, or the end of the connection")? {
                Request::Data(_) | Request::End(_) | Request::Abort => {}
                Request::File(filed) if filed.destination == source.destination => {
                    let expected = format!("no further FILE after {what}");
                    return Err(Departure::weak(expected, Request::File(filed).to_string()));
                }
                other => {
                    self.next = Some(other);
                    return self.leaves_after_refusal().map(drop);
                }
            }
        }
    }

    /// Whether the client leaves next: it is let go then. What else it sends is still to be
    /// taken.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn leaves_next(&mut self) -> Outcome<bool> {
        match self.next("a request, or the end of the connection")? {
            Request::Bye => {
                self.send(octets::bye())?;
                self.shut_down();
                Ok(true)
            }
            Request::EndOfStream | Request::Reset => {
                self.shut_down();
                Ok(true)
            }
            other => {
                self.next = Some(other);
                Ok(false)
            }
        }
    }

    /// These octets are sent before the answer to the client's BYE.
    pub fn before_bye(&mut self, octets: Vec<u8>) {
        self.before_bye = octets;
    }

    /// The client's BYE, whose answer is held back for the time that proves silence: whether
    /// the client waits for it. `None` if it leaves without a BYE.
    ///
    /// # Errors
    ///
    /// A failure for a fault of the client, or for nothing until the deadline.
    pub fn bye_without_answer(&mut self) -> Outcome<Option<bool>> {
        loop {
            match self.next("BYE, or the end of the connection")? {
                Request::Bye => {
                    let silence = self.silence;
                    let waits = match self.next_within(silence)? {
                        None => true,
                        Some(behind) => behind == Request::EndOfStream && self.still_reads()?,
                    };
                    self.send(octets::bye())?;
                    self.shut_down();
                    return Ok(Some(waits));
                }
                Request::File(filed) => self.store_filed(&filed)?,
                Request::Text(text) => self.reply(&text)?,
                Request::EndOfStream | Request::Reset => return Ok(None),
                other => return Err(unexpected("BYE", &other)),
            }
        }
    }
}
