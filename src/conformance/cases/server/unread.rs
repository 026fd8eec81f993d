//! A connection whose answers nobody reads, until the server takes no more.

use crate::conformance::octets;
use crate::conformance::{Answer, Departure, Outcome, Peer, Trial};

/// Most that is sent to a server that goes on reading.
const MOST: usize = 48 << 20;

/// A connection on which so many octets of texts were sent, and nothing was read.
pub(super) struct Unread {
    /// The connection.
    pub(super) peer: Peer,
    text: Vec<u8>,
    sent: usize,
}

impl Unread {
    /// Sends texts until the server has taken nothing for the time that proves silence.
    pub(super) fn fill(trial: &mut Trial<'_>) -> Outcome<Self> {
        let limit = trial.reply_limit();
        let mut peer = trial.open_for_replies(limit)?;
        let len = usize::try_from(limit.octets().min(65_536)).unwrap_or(1024);
        let text = octets::text("b".repeat(len));
        let batch = text.repeat(16);
        let mut sent = 0;
        loop {
            let taken = peer.send_until_stuck(&batch);
            sent += taken;
            if taken < batch.len() {
                return Ok(Self { peer, text, sent });
            }
            if sent >= MOST {
                let seen = format!("it took {sent} octets while no answer was read");
                // Short replies may fit the system's own buffers for ever.
                return match peer.expect_text_answer()? {
                    Answer::Reply(reply) if reply.len() == len => {
                        Err(Departure::fail("the server to stop reading", seen))
                    }
                    _ => {
                        let reason = "its answers are too short to fill anything";
                        Err(Departure::not_applicable(reason))
                    }
                };
            }
        }
    }

    /// Reads the answers to all texts, and ends the conversation.
    pub(super) fn read_out(mut self) -> Outcome {
        for _ in 0..self.sent / self.text.len() {
            self.peer.expect_text_answer()?;
        }
        // The text that was cut off is completed, so that the conversation can end.
        let cut = self.sent % self.text.len();
        if cut > 0 {
            self.peer.send(&self.text[cut..])?;
            self.peer.expect_text_answer()?;
        }
        self.peer.finish()
    }
}
