//! The result stream: JSON Lines, written as the run goes. Every report is made from it.
//!
//! The first line is a [`Line::Run`], then comes a [`Line::Case`] for each case in the
//! order of the run, and last a [`Line::End`]. A stream without an end was cut off: what it
//! holds is judged, and the cases that its first line plans and that have no line are not.
//! A file may hold several streams, one after the other. The schema of a line is
//! `spec/results.schema.json`.

mod merge;
mod recorded;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{
    CaseResult, Conclusion, Direction, Event, Happening, Level, Proof, Settings, Transcript,
    Verdict, chapter, requirement,
};
use crate::wire::Role;

pub use self::merge::merge;
pub use self::recorded::{Recorded, Unreadable};

/// The number of the schema that this module writes and reads.
pub const SCHEMA: u32 = 1;

/// Most octets of one write or read that the stream keeps.
const KEPT: usize = 2048;

/// A line of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// The first.
    Run(RunRecord),
    /// One for each case.
    Case(CaseRecord),
    /// The last.
    End(EndRecord),
}

impl Line {
    /// Its JSON, with the LF. DEL and the C1 controls are escaped too, lest a terminal obeys
    /// them.
    ///
    /// # Panics
    ///
    /// Never: all that a line holds are texts and numbers.
    #[must_use]
    pub fn json(&self) -> String {
        let json = serde_json::to_string(self).expect("texts and numbers are JSON");
        let mut line = String::with_capacity(json.len() + 1);
        for character in json.chars() {
            match character {
                '\u{7F}'..='\u{9F}' => {
                    // Writing to a String cannot fail.
                    let _ = write!(line, "\\u{:04x}", u32::from(character));
                }
                _ => line.push(character),
            }
        }
        line.push('\n');
        line
    }
}

/// The side under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tested {
    /// A server: the suite is the client.
    Server,
    /// A client: the suite is the server.
    Client,
}

impl From<Role> for Tested {
    fn from(role: Role) -> Self {
        match role {
            Role::Server => Self::Server,
            Role::Client => Self::Client,
        }
    }
}

/// What was run, and against what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The suite and its version.
    pub suite: String,
    /// The side under test.
    pub tested: Tested,
    /// The target as its user named it.
    pub target: String,
    /// When it began, in milliseconds since 1970 in UTC.
    pub started_ms: u64,
    /// The command that ran it, without the selectors of cases; ` --case ID` behind it runs
    /// one case again.
    pub command: String,
    /// Most time on a connection in which nothing comes from the server.
    pub timeout_ms: u64,
    /// How long nothing had to come where only silence proves a thing.
    pub silence_ms: u64,
    /// The ids of the cases to be run, in order.
    pub cases: Vec<String>,
}

impl RunRecord {
    /// Of a run that begins now.
    #[must_use]
    pub fn new(
        tested: Role,
        target: String,
        command: String,
        settings: &Settings,
        cases: &[&super::Case],
    ) -> Self {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self {
            schema: SCHEMA,
            suite: concat!("conexion ", env!("CARGO_PKG_VERSION")).to_owned(),
            tested: tested.into(),
            target,
            // A clock before 1970 is wrong anyway.
            started_ms: since_1970.map_or(0, milliseconds),
            command,
            timeout_ms: milliseconds(settings.timeout),
            silence_ms: milliseconds(settings.silence),
            cases: cases.iter().map(|case| case.id.to_owned()).collect(),
        }
    }
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Its id.
    pub case: String,
    /// The chapter of the suite that it stands in.
    pub chapter: String,
    /// What is true of a target that passes.
    pub title: String,
    /// The word of RFC 2119.
    pub level: Level,
    /// What it cites, the first one foremost.
    pub requirements: Vec<Sentence>,
    /// The judgement.
    pub verdict: Verdict,
    /// What it expected, or empty.
    pub expected: String,
    /// What it saw or the reason, or empty.
    pub seen: String,
    /// How far the files that it saw stored were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Proof>,
    /// How long it took.
    pub elapsed_us: u64,
    /// Its connections.
    pub evidence: Vec<Conversation>,
}

/// A sentence of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Its name.
    pub id: String,
    /// The heading under which it stands.
    pub heading: String,
    /// What it says.
    pub sentence: String,
}

/// All that happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// What the connection was for.
    pub label: String,
    /// What happened, in order.
    pub events: Vec<Happened>,
}

/// Something that happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// Since the connection was opened.
    pub at_us: u64,
    /// Who did it.
    pub by: Party,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// Who does something on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The suite.
    Suite,
    /// The target.
    Target,
}

/// What happens on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// Octets went by.
    Octets {
        /// In hexadecimal, the first ones if there are very many.
        hex: String,
        /// How many there were.
        length: u64,
    },
    /// The direction was shut down.
    EndOfStream,
    /// The connection broke.
    Reset,
}

/// How the run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndRecord {
    /// What the run says as a whole.
    pub conclusion: Conclusion,
    /// The exit code of the program.
    pub exit_code: u8,
    /// How long it took.
    pub elapsed_ms: u64,
    /// How many cases had which verdict.
    pub counts: BTreeMap<String, u64>,
    /// What is wrong with the run itself; any of these fails it.
    pub problems: Vec<String>,
    /// Why not all cases were asked, if so: the target was gone, or the run interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<String>,
}

impl EndRecord {
    /// Of a run with these verdicts and problems.
    #[must_use]
    pub fn new(verdicts: &[Verdict], problems: Vec<String>, elapsed: std::time::Duration) -> Self {
        let conclusion = Conclusion::of(verdicts.iter().copied()).with(&problems);
        let mut counts = BTreeMap::new();
        for verdict in verdicts {
            *counts.entry(verdict.word().to_owned()).or_default() += 1;
        }
        let exit_code = conclusion.exit_code();
        let elapsed_ms = milliseconds(elapsed);
        Self { conclusion, exit_code, elapsed_ms, counts, problems, cut_short: None }
    }

    /// Of a run that could not begin.
    #[must_use]
    pub fn not_judged(reason: String, elapsed: std::time::Duration) -> Self {
        let conclusion = Conclusion::NotJudged;
        let exit_code = conclusion.exit_code();
        Self { conclusion, exit_code, ..Self::new(&[], vec![reason], elapsed) }
    }
}

impl From<&CaseResult> for CaseRecord {
    fn from(result: &CaseResult) -> Self {
        let CaseResult { case, verdict, expected, seen, evidence, proof, elapsed } = result;
        let sentences = case.requirements.iter().filter_map(|id| requirement(id));
        Self {
            case: case.id.to_owned(),
            chapter: chapter(case).map_or("Other", |chapter| chapter.title).to_owned(),
            title: case.title.to_owned(),
            level: case.level,
            requirements: sentences
                .map(|sentence| Sentence {
                    id: sentence.id.clone(),
                    heading: sentence.heading.to_owned(),
                    sentence: sentence.sentence.clone(),
                })
                .collect(),
            verdict: *verdict,
            expected: expected.clone(),
            seen: seen.clone(),
            stored: *proof,
            elapsed_us: microseconds(*elapsed),
            evidence: evidence.iter().map(Conversation::from).collect(),
        }
    }
}

impl From<&Transcript> for Conversation {
    fn from(transcript: &Transcript) -> Self {
        Self::keeping(transcript, KEPT)
    }
}

impl What {
    /// All of these octets.
    pub(super) fn octets(octets: &[u8]) -> Self {
        Self::keeping(octets, usize::MAX)
    }

    fn keeping(octets: &[u8], kept: usize) -> Self {
        let hex = hex(octets.get(..kept).unwrap_or(octets));
        Self::Octets { hex, length: octets.len() as u64 }
    }
}

impl Happened {
    /// Of whose octets so many are kept.
    fn keeping(event: &Event, kept: usize) -> Self {
        let by = match event.direction {
            Direction::Sent => Party::Suite,
            Direction::Received => Party::Target,
        };
        let what = match &event.what {
            Happening::Octets(octets) => What::keeping(octets, kept),
            Happening::EndOfStream => What::EndOfStream,
            Happening::Reset => What::Reset,
        };
        Self { at_us: microseconds(event.at), by, what }
    }
}

impl Conversation {
    /// All of it: no octet is left out.
    pub(super) fn whole(transcript: &Transcript) -> Self {
        Self::keeping(transcript, usize::MAX)
    }

    fn keeping(transcript: &Transcript, kept: usize) -> Self {
        let keep = |event| Happened::keeping(event, kept);
        let events = transcript.events().iter().map(keep).collect();
        Self { label: transcript.label.to_owned(), events }
    }

    /// The octets that a party sent, as far as they are kept.
    #[must_use]
    pub fn octets(&self, party: Party) -> Vec<u8> {
        let events = self.events.iter().filter(|event| event.by == party);
        events
            .filter_map(|event| match &event.what {
                What::Octets { hex, .. } => Some(unhex(hex)),
                What::EndOfStream | What::Reset => None,
            })
            .collect::<Vec<_>>()
            .concat()
    }
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn microseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn hex(octets: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut hex = String::with_capacity(2 * octets.len());
    for octet in octets {
        hex.push(DIGITS[usize::from(octet >> 4)]);
        hex.push(DIGITS[usize::from(octet & 15)]);
    }
    hex
}

/// What is no pair of digits, in a stream that somebody has changed, is left out.
pub(super) fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks_exact(2);
    let value = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.filter_map(value).collect()
}
