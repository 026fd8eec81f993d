//! A case's evidence, whole: to be read, to be looked at packet by packet, and to be sent
//! again.
//!
//! The stream of results keeps the first octets of what is very long. A recording keeps all
//! of them, with the times at which connections were opened beside each other.

mod pcapng;
mod replay;

use std::fmt::Write as _;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::CaseResult;
use super::record::{CaseRecord, Conversation, Party, Tested};

pub use self::replay::{Cannot, Replayed, Replaying, replay};

/// The number of the form in which recordings are written and read.
pub const SCHEMA: u32 = 1;

/// What happened in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The side under test.
    pub tested: Tested,
    /// Where the server listened: the target, or the suite where a client is under test.
    pub server: SocketAddr,
    /// When the first connection was opened, in microseconds since 1970 in UTC, about.
    pub opened_us: u64,
    /// When each connection was opened, in microseconds after the first.
    pub after_us: Vec<u64>,
    /// The case and its judgement; nothing of its evidence is left out.
    pub case: CaseRecord,
}

impl Recording {
    /// Of a case that has just ended.
    #[must_use]
    pub fn new(result: &CaseResult, tested: Tested, server: SocketAddr) -> Self {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = since_1970.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(0));
        let after: Vec<_> =
            result.evidence.iter().map(|own| own.opened_since(&result.evidence)).collect();
        let elapsed = u64::try_from(result.elapsed.as_micros()).unwrap_or(0);
        let mut case = CaseRecord::from(result);
        case.evidence = result.evidence.iter().map(Conversation::whole).collect();
        let opened_us = now.saturating_sub(elapsed);
        Self { schema: SCHEMA, tested, server, opened_us, after_us: after, case }
    }

    /// Reads a recording that was written with [`Self::json`].
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, String> {
        let recording: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if recording.schema != SCHEMA {
            return Err(format!("its schema is {}, not {SCHEMA}", recording.schema));
        }
        if recording.after_us.len() != recording.case.evidence.len() {
            return Err("not every connection has its time".to_owned());
        }
        Ok(recording)
    }

    /// For machines, and to be sent again.
    ///
    /// # Panics
    ///
    /// Never: all that it holds are texts and numbers.
    #[must_use]
    pub fn json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("texts and numbers are JSON");
        json + "\n"
    }

    /// For people: the sentences, the judgement, and all octets in hexadecimal, cut at
    /// frames.
    #[must_use]
    pub fn text(&self) -> String {
        let CaseRecord { case, title, level, verdict, .. } = &self.case;
        let mut text = format!("{case} ({level}): {verdict}\n{title}\n");
        // Writing to a String cannot fail.
        for sentence in &self.case.requirements {
            let _ = write!(text, "\n{}: {}\n", sentence.id, sentence.sentence);
        }
        for (word, told) in [("expected", &self.case.expected), ("seen", &self.case.seen)] {
            if !told.is_empty() {
                let _ = write!(text, "\n{word}: {}\n", told.escape_debug());
            }
        }
        let connections = self.case.evidence.iter().zip(&self.after_us).enumerate();
        for (number, (conversation, after)) in connections {
            let (label, after) = (&conversation.label, milliseconds(*after));
            let _ = write!(text, "\nConnection {} ({label}), opened at {after}\n", number + 1);
            for item in conversation.items() {
                let arrow = if item.by == Party::Suite { '>' } else { '<' };
                let _ = writeln!(text, "{arrow} {} {}", milliseconds(item.at_us), item.title);
                for (hex, ascii) in item.rows(usize::MAX).0 {
                    let _ = writeln!(text, "    {hex:<48} {ascii}");
                }
            }
        }
        text
    }

    /// As a capture that never was: each connection as TCP, with right numbers and checksums.
    #[must_use]
    pub fn pcapng(&self) -> Vec<u8> {
        pcapng::capture(self)
    }
}

fn milliseconds(us: u64) -> String {
    format!("{:6}.{:03} ms", us / 1000, us % 1000)
}
