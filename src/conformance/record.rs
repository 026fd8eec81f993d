//! The result stream: JSON Lines, written as the run goes. Every report is made from it.
//!
//! The first line is a [`Line::Run`], then comes a [`Line::Case`] for each case in the
//! order of the run, and last a [`Line::End`]. A stream without an end was cut off: what it
//! holds is judged, and the cases that its first line plans and that have no line are not.
//! The schema is `spec/results.schema.json`.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::{
    CaseResult, Conclusion, Direction, Event, Happening, Level, Proof, Settings, Transcript,
    Verdict, chapter, requirement,
};
use crate::wire::Role;

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
    /// Most time for one case.
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
        Self { conclusion, exit_code, elapsed_ms: milliseconds(elapsed), counts, problems }
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
        let events = transcript.events().iter().map(Happened::from).collect();
        Self { label: transcript.label.to_owned(), events }
    }
}

impl From<&Event> for Happened {
    fn from(event: &Event) -> Self {
        let by = match event.direction {
            Direction::Sent => Party::Suite,
            Direction::Received => Party::Target,
        };
        let what = match &event.what {
            Happening::Octets(octets) => What::Octets {
                hex: hex(octets.get(..KEPT).unwrap_or(octets)),
                length: octets.len() as u64,
            },
            Happening::EndOfStream => What::EndOfStream,
            Happening::Reset => What::Reset,
        };
        Self { at_us: microseconds(event.at), by, what }
    }
}

/// A stream that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What was run.
    pub run: RunRecord,
    /// What came of the cases that were judged.
    pub cases: Vec<CaseRecord>,
    /// How it ended; `None` if the stream was cut off.
    pub end: Option<EndRecord>,
}

/// Why a text is no stream of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for Unreadable {}

impl Recorded {
    /// Reads a stream. A last line without its LF was cut off and is left out.
    ///
    /// # Errors
    ///
    /// The first line that is not what its place asks for.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut lines = text.split_inclusive('\n').enumerate();
        let mut lines = lines.by_ref().filter(|(_, line)| line.ends_with('\n'));
        let wrong = |number: usize, reason: String| Unreadable { line: number + 1, reason };
        let run = match lines.next() {
            None => return Err(wrong(0, "it is empty".to_owned())),
            Some((number, line)) => match serde_json::from_str(line) {
                Ok(Line::Run(run)) if run.schema == SCHEMA => run,
                Ok(Line::Run(run)) => {
                    let reason = format!("its schema is {}, not {SCHEMA}", run.schema);
                    return Err(wrong(number, reason));
                }
                Ok(_) => return Err(wrong(number, "the first line is no `run`".to_owned())),
                Err(error) => return Err(wrong(number, error.to_string())),
            },
        };
        let mut recorded = Self { run, cases: Vec::new(), end: None };
        for (number, line) in lines {
            if recorded.end.is_some() {
                return Err(wrong(number, "it comes after the `end`".to_owned()));
            }
            match serde_json::from_str(line).map_err(|error| wrong(number, error.to_string()))? {
                Line::Case(case) => recorded.cases.push(case),
                Line::End(end) => recorded.end = Some(end),
                Line::Run(_) => return Err(wrong(number, "a second `run`".to_owned())),
            }
        }
        Ok(recorded)
    }

    /// The ids of the cases that were to be run and have no result.
    pub fn not_judged(&self) -> impl Iterator<Item = &str> {
        let judged: std::collections::HashSet<&str> =
            self.cases.iter().map(|case| case.case.as_str()).collect();
        self.run.cases.iter().map(String::as_str).filter(move |id| !judged.contains(id))
    }

    /// What the run says as a whole. A run that was cut off never conforms.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let problems = self.end.as_ref().map_or(&[][..], |end| &end.problems);
        let conclusion = Conclusion::of(self.cases.iter().map(|case| case.verdict));
        match conclusion.with(problems) {
            Conclusion::Conforms if self.end.is_none() => Conclusion::NotJudged,
            _ if self.cases.is_empty() && !self.run.cases.is_empty() => Conclusion::NotJudged,
            conclusion => conclusion,
        }
    }
}

impl Conversation {
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
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]).collect()
}

/// What is no pair of digits, in a stream that somebody has changed, is left out.
fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks_exact(2);
    let value = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::registry;

    /// A stream of two planned cases, of which the first failed.
    fn stream(seen: &str) -> [String; 3] {
        let cases = &registry(Role::Server)[..2];
        let (target, command) = ("[::1]:9".to_owned(), "conexion conform [::1]:9".to_owned());
        let run = RunRecord::new(Role::Server, target, command, &Settings::default(), cases);
        let mut transcript = Transcript::new("case");
        transcript.record(Direction::Sent, Happening::Octets(vec![0x0A, 0xFF]));
        transcript.record(Direction::Received, Happening::Octets(vec![b'x'; KEPT + 1]));
        transcript.record(Direction::Received, Happening::EndOfStream);
        let result = CaseResult {
            case: cases[0],
            verdict: Verdict::Fail,
            expected: "ERROR 104".to_owned(),
            seen: seen.to_owned(),
            evidence: vec![transcript],
            proof: None,
            elapsed: Duration::from_micros(1234),
        };
        let end = EndRecord::new(&[Verdict::Fail], Vec::new(), Duration::from_secs(1));
        let case = CaseRecord::from(&result);
        [Line::Run(run), Line::Case(case), Line::End(end)].map(|line| line.json())
    }

    #[test]
    fn a_line_is_one_line_whatever_the_target_said() {
        let seen = "a \"quoted\" \\ text\n\r\t\0\x1B[2J\u{7F}\u{9B} ñ 𝄞 \u{2028}";
        let [_, case, _] = stream(seen);
        assert_eq!(case.matches('\n').count(), 1);
        assert!(!case.trim_end().contains(char::is_control));
        let Ok(Line::Case(case)) = serde_json::from_str(&case) else { panic!("a case") };
        assert_eq!(case.seen, seen);
        assert_eq!((case.verdict, case.elapsed_us), (Verdict::Fail, 1234));
    }

    #[test]
    fn what_was_written_is_read() {
        let recorded = Recorded::read(&stream("nothing").concat()).expect("a stream");
        assert_eq!(recorded.run.cases.len(), 2);
        assert_eq!(recorded.not_judged().collect::<Vec<_>>(), [recorded.run.cases[1].as_str()]);
        assert_eq!(recorded.conclusion(), Conclusion::Fails);
        let conversation = &recorded.cases[0].evidence[0];
        assert_eq!(conversation.octets(Party::Suite), [0x0A, 0xFF]);
        assert_eq!(conversation.octets(Party::Target).len(), KEPT);
        let What::Octets { length, .. } = conversation.events[1].what else { panic!("octets") };
        assert_eq!(length, KEPT as u64 + 1);
    }

    #[test]
    fn a_stream_that_was_cut_off_anywhere_is_read_and_never_conforms() {
        let whole = stream("nothing").concat().replace("\"FAIL\"", "\"PASS\"");
        assert_eq!(Recorded::read(&whole).map(|r| r.conclusion()), Ok(Conclusion::Conforms));
        let first = whole.find('\n').expect("lines") + 1;
        for cut in first..whole.len() {
            let recorded = Recorded::read(&whole[..cut]).unwrap_or_else(|e| panic!("{cut}: {e}"));
            assert_eq!(recorded.conclusion(), Conclusion::NotJudged, "{cut}");
        }
    }

    #[test]
    fn what_is_no_stream_is_refused_with_its_line() {
        let [run, case, end] = stream("nothing");
        let line = |text: String| Recorded::read(&text).map(drop).map_err(|error| error.line);
        assert_eq!(line(String::new()), Err(1));
        assert_eq!(line(case.clone()), Err(1));
        assert_eq!(line(run.replacen(":1,", ":2,", 1)), Err(1));
        assert_eq!(line([run.clone(), run.clone()].concat()), Err(2));
        assert_eq!(line([run.clone(), end, case].concat()), Err(3));
        assert_eq!(line([run, "{}\n".to_owned()].concat()), Err(2));
    }
}
