//! Streams that are read again.

use std::collections::HashSet;
use std::fmt;

use super::{CaseRecord, EndRecord, Line, RunRecord, SCHEMA};
use crate::conformance::Conclusion;

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
    /// A stream that has just begun.
    #[must_use]
    pub const fn new(run: RunRecord) -> Self {
        Self { run, cases: Vec::new(), end: None }
    }

    /// Reads one stream. A last line without its LF was cut off and is left out.
    ///
    /// # Errors
    ///
    /// The first line that is not what its place asks for, such as the beginning of another
    /// stream.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut streams = read(text)?.into_iter();
        let first = streams.next().map(|(_, recorded)| recorded);
        match streams.next() {
            Some((line, _)) => Err(wrong(line, "a second `run`")),
            None => first.ok_or_else(|| wrong(0, "it is empty")),
        }
    }

    /// Reads all streams of a file, at least one. One that another follows without an end
    /// was cut off, too.
    ///
    /// # Errors
    ///
    /// The first line that is not what its place asks for.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Unreadable> {
        let streams: Vec<Self> = read(text)?.into_iter().map(|(_, recorded)| recorded).collect();
        if streams.is_empty() { Err(wrong(0, "it is empty")) } else { Ok(streams) }
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let cases = self.cases.iter().cloned().map(Line::Case);
        let end = self.end.clone().map(Line::End);
        std::iter::once(Line::Run(self.run.clone())).chain(cases).chain(end)
    }

    /// The ids of the cases that were to be run and have no result.
    pub fn not_judged(&self) -> impl Iterator<Item = &str> {
        let judged: HashSet<&str> = self.cases.iter().map(|case| case.case.as_str()).collect();
        self.run.cases.iter().map(String::as_str).filter(move |id| !judged.contains(id))
    }

    /// What is wrong with the run itself.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        self.end.as_ref().map_or(&[], |end| &end.problems)
    }

    /// What the run says as a whole. A run that was cut off, or that lacks the result of a
    /// case that it planned, never conforms.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let conclusion = Conclusion::of(self.cases.iter().map(|case| case.verdict));
        let whole = self.end.is_some() && self.not_judged().next().is_none();
        match conclusion.with(self.problems()) {
            Conclusion::Conforms | Conclusion::NothingRun if !whole => Conclusion::NotJudged,
            conclusion => conclusion,
        }
    }
}

/// The streams of a text, each with the number of its first line, from 0 on.
fn read(text: &str) -> Result<Vec<(usize, Recorded)>, Unreadable> {
    let lines = text.split_inclusive('\n').enumerate();
    let mut streams: Vec<(usize, Recorded)> = Vec::new();
    let (mut planned, mut judged) = (HashSet::new(), HashSet::new());
    for (number, line) in lines.filter(|(_, line)| line.ends_with('\n')) {
        let line = serde_json::from_str(line).map_err(|error| wrong(number, error.to_string()))?;
        let last = streams.last_mut().map(|(_, recorded)| recorded);
        match (line, last) {
            (Line::Run(run), _) if run.schema != SCHEMA => {
                return Err(wrong(number, format!("its schema is {}, not {SCHEMA}", run.schema)));
            }
            (Line::Run(run), _) => {
                planned = run.cases.iter().cloned().collect();
                judged.clear();
                streams.push((number, Recorded::new(run)));
            }
            (_, None) => return Err(wrong(number, "the first line is no `run`")),
            (_, Some(last)) if last.end.is_some() => {
                return Err(wrong(number, "it comes after the `end`"));
            }
            (Line::End(end), Some(last)) => last.end = Some(end),
            (Line::Case(case), Some(last)) => {
                if !planned.contains(&case.case) {
                    return Err(wrong(number, "its case is none that the `run` plans"));
                }
                if !judged.insert(case.case.clone()) {
                    return Err(wrong(number, "its case has a line already"));
                }
                last.cases.push(case);
            }
        }
    }
    Ok(streams)
}

fn wrong(number: usize, reason: impl Into<String>) -> Unreadable {
    Unreadable { line: number + 1, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::record::{KEPT, Party, What};
    use crate::conformance::{
        CaseResult, Direction, Happening, Settings, Transcript, Verdict, registry,
    };
    use crate::wire::Role;

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
        let [run, first, end] = stream("nothing").map(|line| line.replace("\"FAIL\"", "\"PASS\""));
        let ids = Recorded::read(&run).expect("a stream").run.cases;
        let second = first.replacen(&ids[0], &ids[1], 1);
        let whole = [run.as_str(), &first, &second, &end].concat();
        assert_eq!(Recorded::read(&whole).map(|r| r.conclusion()), Ok(Conclusion::Conforms));
        let without_one = [run, first, end].concat();
        let recorded = Recorded::read(&without_one).expect("a stream");
        assert_eq!(recorded.conclusion(), Conclusion::NotJudged);
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
        assert_eq!(line([run.clone(), end, case.clone()].concat()), Err(3));
        assert_eq!(line([run.clone(), case.clone(), case.clone()].concat()), Err(3));
        let planned = Recorded::read(&run).expect("a stream").run.cases;
        let other = case.replacen(&planned[0], "no.such", 1);
        assert_eq!(line([run.clone(), other].concat()), Err(2));
        assert_eq!(line([run, "{}\n".to_owned()].concat()), Err(2));
    }

    #[test]
    fn a_file_holds_several_streams_and_any_of_them_may_be_cut_off() {
        let [run, case, end] = stream("nothing");
        let text = [&run, &case, &run, &case, &end].map(String::as_str).concat();
        let streams = Recorded::read_all(&text).expect("two streams");
        let ends: Vec<bool> = streams.iter().map(|stream| stream.end.is_some()).collect();
        assert_eq!(ends, [false, true]);
        let again: String = streams.iter().flat_map(Recorded::lines).map(|l| l.json()).collect();
        assert_eq!(again, text);
        assert_eq!(Recorded::read_all("").map_err(|error| error.line), Err(1));
    }
}
