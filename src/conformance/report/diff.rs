//! What is different between two runs, and whether anything got worse.

use std::collections::BTreeMap;
use std::fmt;

use super::{problems, visible};
use crate::conformance::record::{Recorded, Sentence};
use crate::conformance::{Verdict, current_id};

/// What is different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The cases with another verdict, in the order of the newer run.
    pub changed: Vec<Change>,
    /// The cases that only the newer run judged, with their verdicts.
    pub gained: Vec<(String, Verdict)>,
    /// The cases that only the older run judged, with their verdicts.
    pub lost: Vec<(String, Verdict)>,
    /// The sentences of the spec whose wording is another: their names, the older wording
    /// and the newer.
    pub reworded: Vec<(String, String, String)>,
    /// What is wrong with the newer run itself and was not with the older.
    pub problems: Vec<String>,
}

/// A case with another verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name in the newer run.
    pub case: String,
    /// The verdict of the older run.
    pub old: Verdict,
    /// The verdict of the newer run.
    pub new: Verdict,
    /// What the newer run saw.
    pub seen: String,
}

impl Change {
    /// Whether the target does worse now.
    #[must_use]
    pub fn got_worse(&self) -> bool {
        standing(self.new) > standing(self.old)
    }
}

/// How far a verdict is from a pass. What the target does not have any more, and what can no
/// longer be judged, is worse than a pass, too.
const fn standing(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass | Verdict::Info | Verdict::UnexpectedPass => 0,
        Verdict::NotApplicable => 1,
        Verdict::Weak | Verdict::KnownFail => 2,
        Verdict::Inconclusive | Verdict::HarnessError => 3,
        Verdict::Fail => 4,
    }
}

impl Diff {
    /// Compares two runs. Cases that have another name now are known by their former ones.
    #[must_use]
    pub fn between(old: &Recorded, new: &Recorded) -> Self {
        let (before, after) = (verdicts(old), verdicts(new));
        let mut diff = Self::default();
        for case in &new.cases {
            match before.get(current_id(&case.case)) {
                None => diff.gained.push((case.case.clone(), case.verdict)),
                Some(&earlier) if earlier == case.verdict => {}
                Some(&earlier) => diff.changed.push(Change {
                    case: case.case.clone(),
                    old: earlier,
                    new: case.verdict,
                    seen: case.seen.clone(),
                }),
            }
        }
        let lost = old.cases.iter().filter(|case| !after.contains_key(current_id(&case.case)));
        diff.lost = lost.map(|case| (case.case.clone(), case.verdict)).collect();
        let sentences = |recorded: &Recorded| -> BTreeMap<String, String> {
            let all = recorded.cases.iter().flat_map(|case| &case.requirements);
            let pair = |Sentence { id, sentence, .. }: &Sentence| (id.clone(), sentence.clone());
            all.map(pair).collect()
        };
        let former = sentences(old);
        diff.reworded = sentences(new)
            .into_iter()
            .filter_map(|(id, now)| {
                let before = former.get(&id).filter(|before| **before != now)?;
                Some((id, before.clone(), now))
            })
            .collect();
        let before = problems(old);
        diff.problems =
            problems(new).into_iter().filter(|problem| !before.contains(problem)).collect();
        diff
    }

    /// Whether the newer run says anything worse than the older: a verdict that got worse, a
    /// case that is no longer judged, a new case that fails, or something new that is wrong
    /// with the run itself.
    #[must_use]
    pub fn got_worse(&self) -> bool {
        !self.lost.is_empty()
            || !self.problems.is_empty()
            || self.changed.iter().any(Change::got_worse)
            || self.gained.iter().any(|(_, verdict)| *verdict == Verdict::Fail)
    }
}

/// The verdicts of a run by the names that the cases have now; the worst, where several
/// cases have become one.
fn verdicts(recorded: &Recorded) -> BTreeMap<&str, Verdict> {
    let mut verdicts = BTreeMap::new();
    for case in &recorded.cases {
        let verdict = verdicts.entry(current_id(&case.case)).or_insert(case.verdict);
        if standing(case.verdict) > standing(*verdict) {
            *verdict = case.verdict;
        }
    }
    verdicts
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return writeln!(f, "nothing is different");
        }
        for worse in [true, false] {
            for change in self.changed.iter().filter(|change| change.got_worse() == worse) {
                let Change { case, old, new, seen } = change;
                let word = match standing(*new).cmp(&standing(*old)) {
                    std::cmp::Ordering::Greater => "worse",
                    std::cmp::Ordering::Less => "better",
                    std::cmp::Ordering::Equal => "other",
                };
                let (case, seen) = (visible(case), visible(seen));
                let gap = if seen.is_empty() { "" } else { ": " };
                writeln!(f, "{word:<8} {case:<38} {old} -> {new}{gap}{seen}")?;
            }
        }
        for (word, cases) in [("lost", &self.lost), ("gained", &self.gained)] {
            for (case, verdict) in cases {
                writeln!(f, "{word:<8} {:<38} {verdict}", visible(case))?;
            }
        }
        for problem in &self.problems {
            writeln!(f, "problem  {}", visible(problem))?;
        }
        for (id, before, now) in &self.reworded {
            writeln!(f, "reworded {}", visible(id))?;
            writeln!(f, "  - {}\n  + {}", visible(before), visible(now))?;
        }
        Ok(())
    }
}
