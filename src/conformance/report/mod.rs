//! Reports: of results as they come, and of whole runs. All are made from the records of
//! [`record`](crate::conformance::record), so that a stored stream gives the same as a run.
//!
//! What a target said is quoted in them. Each form escapes it, so that it stays text.

pub mod terminal;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::record::{CaseRecord, Recorded, RunRecord};
use super::{Conclusion, Verdict};

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
    cut_off.into_iter().chain(recorded.problems().iter().cloned()).collect()
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
