//! A baseline: the failures of a target that are known already, so that a run tells only
//! what is new. It cannot rot: an entry that is not needed, or is too old, fails the run.
//!
//! ```toml
//! [[known]]
//! case = "path.symbolic-link"
//! verdict = "FAIL"
//! seen = "CONTINUE"              # part of what the report says was seen
//! reason = "links are followed until the store is rewritten"
//! link = "https://example.org/issues/7"
//! expires = 2027-01-31           # the last day on which it counts
//! ```

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use toml::value::Datetime;

use super::{CaseResult, Verdict, current_id};

/// For how many days an entry that [`Baseline::of`] writes counts.
const DAYS: u64 = 90;

/// What an entry says until somebody has looked into the failure.
const NO_REASON: &str = "not looked into yet";

/// A failure that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The id of the case.
    pub case: String,
    /// [`Verdict::Fail`] or [`Verdict::Weak`].
    pub verdict: Verdict,
    /// A part of what the case saw, not empty, so that another failure of the same case is
    /// none that is known. Spans of time and names of the run's own files are no part of it:
    /// they are others each time.
    pub seen: String,
    /// Why it is not mended; not empty.
    pub reason: String,
    /// Where it is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The last day on which the entry counts.
    pub expires: Datetime,
}

/// All failures of a target that are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// One entry for each case.
    #[serde(default)]
    pub known: Vec<Known>,
}

/// Why a text is no baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBaseline(String);

impl fmt::Display for BadBaseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadBaseline {}

impl Baseline {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no TOML, an unknown key, an entry without a reason, a verdict
    /// that is no failure, an expiry that is no day, a case named twice.
    pub fn read(text: &str) -> Result<Self, BadBaseline> {
        let baseline: Self =
            toml::from_str(text).map_err(|error| BadBaseline(error.to_string()))?;
        for (number, entry) in baseline.known.iter().enumerate() {
            let earlier = baseline.known.get(..number).unwrap_or_default();
            entry.check(earlier).map_err(|what| BadBaseline(format!("{}: {what}", entry.case)))?;
        }
        Ok(baseline)
    }

    /// The baseline that excuses the failures of a run for 90 days.
    #[must_use]
    pub fn of(results: &[CaseResult]) -> Self {
        let last = SystemTime::now() + std::time::Duration::from_secs(DAYS * 86_400);
        let failed = results.iter().filter(|result| is_failure(result.verdict));
        let known = failed.map(|result| Known {
            case: result.case.id.to_owned(),
            verdict: result.verdict,
            seen: steady(&result.seen),
            reason: NO_REASON.to_owned(),
            link: None,
            expires: day(last),
        });
        Self { known: known.collect() }
    }

    /// As a text to be kept beside the target's own code.
    ///
    /// # Panics
    ///
    /// Never: a baseline is a list of tables of texts and dates.
    #[must_use]
    pub fn text(&self) -> String {
        toml::to_string(self).expect("texts and dates are TOML")
    }

    /// Judges a result against the entry of its case, on the day of `now`.
    pub fn apply(&self, result: &mut CaseResult, now: SystemTime) {
        let Some(entry) = self.known.iter().find(|entry| entry.is_about(result)) else {
            return;
        };
        match result.verdict {
            Verdict::Fail | Verdict::Weak if entry.has_expired(now) => {
                result.seen =
                    format!("{} (the baseline's entry expired on {})", result.seen, entry.expires);
            }
            Verdict::Fail | Verdict::Weak if entry.matches(result) => {
                result.verdict = Verdict::KnownFail;
                let link = entry.link.as_ref().map_or_else(String::new, |link| format!(", {link}"));
                result.seen = format!("{} (known: {}{link})", result.seen, entry.reason);
            }
            Verdict::Fail | Verdict::Weak => {
                result.seen = format!(
                    "{} (the baseline knows another failure: {} with `{}`)",
                    result.seen, entry.verdict, entry.seen
                );
            }
            Verdict::Pass | Verdict::Info => {
                result.verdict = Verdict::UnexpectedPass;
                result.expected = format!("{} with `{}`", entry.verdict, entry.seen);
                "it passed; remove its entry from the baseline".clone_into(&mut result.seen);
            }
            Verdict::NotApplicable
            | Verdict::Inconclusive
            | Verdict::HarnessError
            | Verdict::KnownFail
            | Verdict::UnexpectedPass => {}
        }
    }

    /// What is wrong with the baseline itself, seen from a run whose results it was applied
    /// to: entries that name no case, or whose case had no ground, and entries that have
    /// expired. Entries of cases that were not run say nothing.
    #[must_use]
    pub fn problems(&self, results: &[CaseResult], now: SystemTime) -> Vec<String> {
        let problem = |entry: &Known| {
            let Known { case, expires, .. } = entry;
            if !super::is_case(current_id(case)) {
                return Some(format!("the baseline names `{case}`, which is no case"));
            }
            let result = results.iter().find(|result| entry.is_about(result))?;
            if entry.has_expired(now) {
                return Some(format!("the baseline's entry for `{case}` expired on {expires}"));
            }
            (result.verdict == Verdict::NotApplicable)
                .then(|| format!("the baseline has an entry for `{case}`, which is not applicable"))
        };
        self.known.iter().filter_map(problem).collect()
    }
}

impl Known {
    fn check(&self, earlier: &[Self]) -> Result<(), &'static str> {
        if !is_failure(self.verdict) {
            Err("the verdict is neither FAIL nor WEAK")
        } else if self.seen.trim().is_empty() {
            Err("`seen` is empty, and would excuse any failure")
        } else if self.reason.trim().is_empty() {
            Err("the reason is empty")
        } else if self.expires.date.is_none() || self.expires.time.is_some() {
            Err("`expires` is no day such as 2027-01-31")
        } else if earlier.iter().any(|other| current_id(&other.case) == current_id(&self.case)) {
            Err("it comes twice")
        } else {
            Ok(())
        }
    }

    fn is_about(&self, result: &CaseResult) -> bool {
        current_id(&self.case) == result.case.id
    }

    fn matches(&self, result: &CaseResult) -> bool {
        // Which of the two ends a connection is often chance, and both count alike.
        let ended = |text: &str| steady(text).replace("a reset", "end of stream");
        self.verdict == result.verdict && ended(&result.seen).contains(&ended(&self.seen))
    }

    fn has_expired(&self, now: SystemTime) -> bool {
        let number = |day: &Datetime| day.date.map(|date| (date.year, date.month, date.day));
        number(&self.expires) < number(&day(now))
    }
}

const fn is_failure(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Weak)
}

/// What of a text is the same in each run: `…` stands for spans of time, and for the run and
/// the number in the names of a case's files.
fn steady(text: &str) -> String {
    let mut steady = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let varying = match steady.chars().next_back() {
            Some(before) if before.is_alphanumeric() || before == '.' => 0,
            _ => span(rest).max(own_folder(rest)),
        };
        steady.push(if varying > 0 { '…' } else { first });
        rest = rest.get(varying.max(first.len_utf8())..).unwrap_or_default();
    }
    steady
}

/// How many octets of a span such as `1.203s` a text begins with.
fn span(text: &str) -> usize {
    let number =
        text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, rest) = text.split_at(number);
    let units = ["ns", "µs", "ms", "s"];
    let unit = units.iter().find(|unit| {
        let after = rest.strip_prefix(**unit);
        after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
    });
    unit.filter(|_| !number.is_empty()).map_or(0, |unit| number.len() + unit.len())
}

/// How many octets of a case's own folder, `conform-<run>/<case>`, a text begins with.
fn own_folder(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("conform-") else { return 0 };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    let Some(after) = after.strip_prefix('/') else { return 0 };
    text.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

/// The day of a moment, in UTC.
fn day(moment: SystemTime) -> Datetime {
    let text = humantime::format_rfc3339_seconds(moment).to_string();
    let date = text.get(..10).unwrap_or_default();
    date.parse().expect("RFC 3339 begins with a date of TOML")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::registry;
    use crate::wire::Role;

    /// 2026-06-15, some hours into the day.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_781_500_000)
    }

    fn result(verdict: Verdict) -> CaseResult {
        CaseResult {
            case: registry(Role::Server)[0],
            verdict,
            expected: "ERROR 104".to_owned(),
            seen: "ERROR 101: `no`".to_owned(),
            evidence: Vec::new(),
            proof: None,
            elapsed: Duration::ZERO,
        }
    }

    fn entry(verdict: &str, seen: &str, expires: &str) -> Baseline {
        let case = registry(Role::Server)[0].id;
        let text = format!(
            "[[known]]\ncase = '{case}'\nverdict = '{verdict}'\nseen = '{seen}'\n\
             reason = 'later'\nlink = 'https://example.org/7'\nexpires = {expires}\n"
        );
        Baseline::read(&text).expect("a baseline")
    }

    /// Every verdict × every kind of entry.
    #[test]
    fn every_transition_is_that_of_the_table() {
        use Verdict::{
            Fail, HarnessError, Inconclusive, Info, KnownFail, NotApplicable, Pass, UnexpectedPass,
            Weak,
        };
        let none = Baseline::default();
        let fail = entry("FAIL", "ERROR 101", "2026-06-15");
        let weak = entry("WEAK", "ERROR 101", "2026-06-15");
        let other = entry("FAIL", "end of stream", "2026-06-15");
        let old = entry("FAIL", "ERROR 101", "2026-06-14");
        let table = [
            // before, without an entry, with the same FAIL, WEAK, another text, expired
            (Pass, [Pass, UnexpectedPass, UnexpectedPass, UnexpectedPass, UnexpectedPass]),
            (Weak, [Weak, Weak, KnownFail, Weak, Weak]),
            (Info, [Info, UnexpectedPass, UnexpectedPass, UnexpectedPass, UnexpectedPass]),
            (Fail, [Fail, KnownFail, Fail, Fail, Fail]),
            (NotApplicable, [NotApplicable; 5]),
            (Inconclusive, [Inconclusive; 5]),
            (HarnessError, [HarnessError; 5]),
            (KnownFail, [KnownFail; 5]),
            (UnexpectedPass, [UnexpectedPass; 5]),
        ];
        assert_eq!(table.map(|(before, _)| before), Verdict::ALL);
        for (before, after) in table {
            for (baseline, after) in [&none, &fail, &weak, &other, &old].into_iter().zip(after) {
                let mut result = result(before);
                baseline.apply(&mut result, now());
                assert_eq!(result.verdict, after, "{before} with {baseline:?}");
            }
        }
    }

    #[test]
    fn what_was_known_is_said_with_its_reason() {
        let mut result = result(Verdict::Fail);
        entry("FAIL", "ERROR 101", "2026-06-15").apply(&mut result, now());
        assert_eq!(result.seen, "ERROR 101: `no` (known: later, https://example.org/7)");
    }

    #[test]
    fn entries_that_nobody_needs_are_problems() {
        let fresh = entry("FAIL", "ERROR", "2026-06-15");
        let problems =
            |baseline: &Baseline, verdict| baseline.problems(&[result(verdict)], now()).len();
        assert_eq!(problems(&fresh, Verdict::KnownFail), 0);
        assert_eq!(problems(&fresh, Verdict::NotApplicable), 1);
        assert_eq!(problems(&entry("FAIL", "ERROR", "2026-06-14"), Verdict::Fail), 1);
        assert_eq!(fresh.problems(&[], now()).len(), 0, "its case was not run");
        let mut unknown = fresh;
        unknown.known[0].case = "no.such-case".to_owned();
        assert_eq!(unknown.problems(&[], now()).len(), 1);
    }

    #[test]
    fn a_run_excuses_itself() {
        let mut results = [result(Verdict::Fail), result(Verdict::Pass)];
        let text = Baseline::of(&results).text();
        let baseline = Baseline::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(baseline.known.len(), 1);
        baseline.apply(&mut results[0], SystemTime::now());
        assert_eq!(results[0].verdict, Verdict::KnownFail);
    }

    #[test]
    fn what_is_another_in_each_run_is_no_part_of_a_failure() {
        for (one, another) in [
            ("the end after 1.203s", "the end after 980.4ms"),
            ("nothing for 20µs, 2s", "nothing for 1ms, 31.5s"),
            ("`conform-0123456789abcdef/7/a`: no", "`conform-fedcba9876543210/311/a`: no"),
        ] {
            assert_eq!(steady(one), steady(another));
            assert!(steady(one).contains('…'), "{}", steady(one));
        }
        let mut result = result(Verdict::Fail);
        "a reset".clone_into(&mut result.seen);
        entry("FAIL", "end of stream", "2026-06-15").apply(&mut result, now());
        assert_eq!(result.verdict, Verdict::KnownFail);
        for text in ["3 octets", "ERROR 101", "sha256", "v1.2s3", "conform-x", "20 seconds", "ñ7º"]
        {
            assert_eq!(steady(text), text);
        }
        assert_eq!(steady(&steady("after 1.2s")), steady("after 1.2s"));
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let good = entry("FAIL", "x", "2026-06-15").text();
        for (from, to, says) in [
            ("\"later\"", "\" \"", "the reason is empty"),
            ("\"x\"", "\"\"", "`seen` is empty"),
            ("2026-06-15", "2026-06-15T12:00:00Z", "no day"),
            ("\"FAIL\"", "\"PASS\"", "neither FAIL nor WEAK"),
            ("\"FAIL\"", "\"INCONCLUSIVE\"", "neither FAIL nor WEAK"),
            ("reason", "raeson", "unknown field"),
        ] {
            assert!(good.contains(from), "{good}");
            let error = Baseline::read(&good.replace(from, to)).expect_err(from).to_string();
            assert!(error.contains(says), "{error}");
        }
        let twice = Baseline::read(&good.repeat(2)).expect_err("twice").to_string();
        assert!(twice.ends_with("it comes twice"), "{twice}");
    }
}
