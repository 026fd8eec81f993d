//! Annotations of GitHub Actions: commands on standard output that its runner shows beside
//! the workflow.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use super::{again, problems, shortened, visible};
use crate::conformance::Verdict;
use crate::conformance::record::{CaseRecord, Recorded};

/// Most characters of one text in an annotation.
const SHOWN: usize = 500;

/// An annotation for each case that did not pass, and for what is wrong with a run itself.
#[must_use]
pub fn annotations(runs: &[Recorded]) -> String {
    let mut all = String::new();
    for recorded in runs {
        let target = &recorded.run.target;
        for case in &recorded.cases {
            let kind = match case.verdict {
                Verdict::Pass | Verdict::Info | Verdict::NotApplicable => continue,
                Verdict::KnownFail => "notice",
                Verdict::Weak => "warning",
                Verdict::Fail
                | Verdict::UnexpectedPass
                | Verdict::Inconclusive
                | Verdict::HarnessError => "error",
            };
            let title = format!("{} {} ({target})", case.verdict, case.case);
            all.push_str(&command(kind, &title, &message(recorded, case)));
        }
        for problem in problems(recorded) {
            let title = format!("conformance of {target}");
            all.push_str(&command("error", &title, &visible(&problem)));
        }
    }
    all
}

/// What keeps the runner from obeying commands in the text between the two lines, which
/// nobody can guess who speaks in that text.
#[must_use]
pub fn fence() -> (String, String) {
    // The keys of the hashers are the operating system's random numbers.
    let random = || RandomState::new().build_hasher().finish();
    let token = format!("conexion-{:016x}{:016x}", random(), random());
    (format!("::stop-commands::{token}\n"), format!("::{token}::\n"))
}

fn message(recorded: &Recorded, case: &CaseRecord) -> String {
    let mut lines = vec![visible(&case.title).into_owned()];
    if let Some(sentence) = case.requirements.first() {
        lines.push(format!("{}: {}", visible(&sentence.id), visible(&sentence.sentence)));
    }
    for (name, text) in [("expected", &case.expected), ("seen", &case.seen)] {
        if !text.is_empty() {
            lines.push(format!("{name}: {}", visible(&shortened(text, SHOWN))));
        }
    }
    lines.push(format!("again: {}", visible(&again(&recorded.run, &case.case))));
    lines.join("\n")
}

fn command(kind: &str, title: &str, message: &str) -> String {
    let title = escaped(&visible(&shortened(title, SHOWN)));
    let title = title.replace(':', "%3A").replace(',', "%2C");
    format!("::{kind} title={title}::{}\n", escaped(message))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
