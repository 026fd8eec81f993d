//! Reports: of results as they come, and of whole runs. All are made from the records of
//! [`record`](crate::conformance::record), so that a stored stream gives the same as a run.
//!
//! What a target said is quoted in them. Each form escapes it, so that it stays text.

pub mod badge;
mod details;
pub mod diff;
pub mod github;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod terminal;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::record::{CaseRecord, Recorded, RunRecord};
use super::{Conclusion, Verdict, chapters, current_id};
use crate::wire::Role;

/// What a verdict is called in a count.
const fn counted(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Weak => "weak",
        Verdict::Info => "informational",
        Verdict::Fail => "failed",
        Verdict::NotApplicable => "not applicable",
        Verdict::Inconclusive => "inconclusive",
        Verdict::HarnessError => "harness errors",
        Verdict::KnownFail => "known to fail",
        Verdict::UnexpectedPass => "unexpectedly passed",
    }
}

/// How many cases had which verdict: passes and failures, and of the others those that
/// there are; and how many have no result.
fn counts(recorded: &Recorded) -> String {
    let counted = Verdict::ALL.map(|verdict| {
        let count = recorded.cases.iter().filter(|case| case.verdict == verdict).count();
        (count, matches!(verdict, Verdict::Pass | Verdict::Fail), counted(verdict))
    });
    let shown = counted.into_iter().filter(|(count, always, _)| *count > 0 || *always);
    let not_judged = (recorded.not_judged().count(), false, "without a result");
    let all = shown.chain((not_judged.0 > 0).then_some(not_judged));
    all.map(|(count, _, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// What a conclusion means, to follow the name of the target.
const fn meaning(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Conforms => "conforms: no case failed, and each was judged or has no ground",
        Conclusion::Fails => "fails: a case failed, or what is declared of it is not so",
        Conclusion::NothingRun => "was not asked anything: no case was run",
        Conclusion::NotJudged => "is not judged: no case failed, but not each could be judged",
    }
}

/// Why the run itself is not whole or not right, in sentences.
fn problems(recorded: &Recorded) -> Vec<String> {
    let missing = recorded.not_judged().count();
    let (cut_off, planned) = (recorded.end.is_none(), recorded.run.cases.len());
    let cut_off = match missing {
        0 if cut_off => Some("the run was cut off at its end".to_owned()),
        0 => None,
        _ if cut_off => {
            Some(format!("the run was cut off: {missing} of {planned} cases have no result"))
        }
        _ => Some(format!("{missing} of {planned} cases have no result")),
    };
    let cut_short = recorded.end.as_ref().and_then(|end| end.cut_short.as_ref());
    let cut_short = cut_short.map(|reason| format!("cut short: {reason}"));
    cut_short.into_iter().chain(cut_off).chain(recorded.problems().iter().cloned()).collect()
}

/// The command that runs a case again.
fn again(run: &RunRecord, case: &str) -> String {
    format!("{} --case {case}", run.command)
}

/// Whether somebody has to do something about it.
const fn is_trouble(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Fail
        | Verdict::UnexpectedPass
        | Verdict::Inconclusive
        | Verdict::HarnessError
        | Verdict::Weak => true,
        Verdict::Pass | Verdict::Info | Verdict::NotApplicable | Verdict::KnownFail => false,
    }
}

/// When a run began, in UTC and by the second: `2026-11-26T08:00:00`.
fn began(run: &RunRecord) -> String {
    // The last second of the year 9999; later ones have no such form.
    const LAST_MS: u64 = 253_402_300_799_000;
    let since_1970 = Duration::from_millis(run.started_ms.min(LAST_MS));
    let time = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since_1970);
    time.to_string().trim_end_matches('Z').to_owned()
}

/// Milliseconds as seconds: `1.234`.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// How long a run took, or its cases together if it was cut off.
fn elapsed_ms(recorded: &Recorded) -> u64 {
    let cases = recorded.cases.iter().map(|case| case.elapsed_us);
    let together = || cases.fold(0, u64::saturating_add) / 1000;
    recorded.end.as_ref().map_or_else(together, |end| end.elapsed_ms)
}

/// The chapter of a case that has no result, as far as this version of the suite knows it.
fn chapter_of(id: &str) -> &'static str {
    let id = current_id(id);
    let mut all = [Role::Server, Role::Client].into_iter().flat_map(chapters);
    let found = all.find(|chapter| chapter.cases.iter().any(|case| case.id == id));
    found.map_or("Other", |chapter| chapter.title)
}

/// The first and the last of many, and how many are between them.
fn ends<T>(all: &[T], first: usize, last: usize) -> (&[T], usize, &[T]) {
    match all.len().checked_sub(first + last) {
        None | Some(0) => (all, 0, &[]),
        Some(between) => (&all[..first], between, &all[first + between..]),
    }
}

/// What several runs say together: one that fails counts more than one that is not judged.
#[must_use]
pub fn worst(streams: &[Recorded]) -> Conclusion {
    let all: Vec<Conclusion> = streams.iter().map(Recorded::conclusion).collect();
    let order = [Conclusion::Fails, Conclusion::NotJudged, Conclusion::NothingRun];
    order.into_iter().find(|one| all.contains(one)).unwrap_or(Conclusion::Conforms)
}

/// The beginning of a text of anybody.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
    }
}

/// The id of the sentence that a case is about.
fn foremost(case: &CaseRecord) -> &str {
    case.requirements.first().map_or("", |sentence| &sentence.id)
}

/// A text in which every character can be seen and none moves a cursor or turns the
/// direction of writing.
fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |character: char| {
        character.is_control()
            || matches!(
                character,
                '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFFE}'
                | '\u{FFFF}'
            )
    };
    if !text.contains(hidden) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if hidden(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown.into()
}
