//! What a case found out, and what a run of cases concludes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The judgement of one case.
///
/// The last two are judgements against a baseline of failures that are known already; they
/// are made from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// The server does what the requirement says.
    #[serde(rename = "PASS")]
    Pass,
    /// A SHOULD is not met.
    #[serde(rename = "WEAK")]
    Weak,
    /// A MAY is used or not used: nothing to judge.
    #[serde(rename = "INFO")]
    Info,
    /// A MUST is broken.
    #[serde(rename = "FAIL")]
    Fail,
    /// The server's stated limits or choices leave the case no ground.
    #[serde(rename = "N/A")]
    NotApplicable,
    /// What came does not allow a judgement, such as a twin that failed.
    #[serde(rename = "INCONCLUSIVE")]
    Inconclusive,
    /// The suite itself failed.
    #[serde(rename = "HARNESS-ERROR")]
    HarnessError,
    /// It fails or is weak in the way that the baseline says.
    #[serde(rename = "KNOWN-FAIL")]
    KnownFail,
    /// The baseline says that it fails, and it does not.
    #[serde(rename = "UNEXPECTED-PASS")]
    UnexpectedPass,
}

impl Verdict {
    /// All of them, in the order in which a summary counts them.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Weak,
        Self::Info,
        Self::Fail,
        Self::NotApplicable,
        Self::Inconclusive,
        Self::HarnessError,
        Self::KnownFail,
        Self::UnexpectedPass,
    ];

    /// The word in reports, which is also the one in the result stream.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Weak => "WEAK",
            Self::Info => "INFO",
            Self::Fail => "FAIL",
            Self::NotApplicable => "N/A",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::HarnessError => "HARNESS-ERROR",
            Self::KnownFail => "KNOWN-FAIL",
            Self::UnexpectedPass => "UNEXPECTED-PASS",
        }
    }

    /// Whether a requirement was held against the target.
    const fn judges(self) -> bool {
        !matches!(self, Self::Info | Self::NotApplicable | Self::Inconclusive | Self::HarnessError)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a whole run says; its number is the exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// 0: no case failed, and each could be judged or has no ground.
    Conforms,
    /// 1: a case failed, or one passed that the baseline says fails.
    Fails,
    /// 2: no case was run; whoever asked for that has made a mistake.
    NothingRun,
    /// 3: no case failed, but one could not be judged, or none was: all of them are
    /// informational or have no ground.
    NotJudged,
}

impl Conclusion {
    /// Concludes from the verdicts of all cases.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let verdicts: Vec<Verdict> = verdicts.into_iter().collect();
        let failing = [Verdict::Fail, Verdict::UnexpectedPass];
        let unjudged = [Verdict::Inconclusive, Verdict::HarnessError];
        if verdicts.is_empty() {
            Self::NothingRun
        } else if verdicts.iter().any(|verdict| failing.contains(verdict)) {
            Self::Fails
        } else if verdicts.iter().any(|verdict| unjudged.contains(verdict))
            || !verdicts.iter().any(|verdict| verdict.judges())
        {
            Self::NotJudged
        } else {
            Self::Conforms
        }
    }

    /// The same for a run with which something is wrong itself.
    #[must_use]
    pub fn with(self, problems: &[String]) -> Self {
        match self {
            Self::Conforms | Self::NotJudged if !problems.is_empty() => Self::Fails,
            other => other,
        }
    }

    /// The exit code of the program.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Fails => 1,
            Self::NothingRun => 2,
            Self::NotJudged => 3,
        }
    }
}

/// `Ok` as long as the server does what the case expects; the end of a case with `Ok` is
/// a [`Verdict::Pass`].
pub type Outcome<T = ()> = Result<T, Departure>;

/// Why a case ended with anything but a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The judgement; never [`Verdict::Pass`].
    pub verdict: Verdict,
    /// What the case expected, or empty where it had no expectation.
    pub expected: String,
    /// What came instead, or the reason.
    pub seen: String,
}

impl Departure {
    /// A MUST is broken.
    pub fn fail(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, expected: expected.into(), seen: seen.into() }
    }

    /// A SHOULD is not met.
    pub fn weak(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { verdict: Verdict::Weak, expected: expected.into(), seen: seen.into() }
    }

    /// A MAY, or a choice that the text leaves to the server.
    pub fn info(seen: impl Into<String>) -> Self {
        Self { verdict: Verdict::Info, expected: String::new(), seen: seen.into() }
    }

    /// The case has no ground, for this reason.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotApplicable, expected: String::new(), seen: reason.into() }
    }

    /// The case cannot be judged, for this reason.
    pub fn inconclusive(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Inconclusive, expected: String::new(), seen: reason.into() }
    }

    /// The suite failed.
    pub fn harness(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::HarnessError, expected: String::new(), seen: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_case_run_is_never_conformance() {
        assert_eq!(Conclusion::of([]), Conclusion::NothingRun);
        assert_eq!(Conclusion::of([Verdict::NotApplicable]), Conclusion::NotJudged);
        assert_eq!(Conclusion::of([Verdict::Info]), Conclusion::NotJudged);
    }

    #[test]
    fn a_failure_outweighs_what_could_not_be_judged() {
        let verdicts = [Verdict::HarnessError, Verdict::Fail, Verdict::Pass];
        assert_eq!(Conclusion::of(verdicts), Conclusion::Fails);
    }

    #[test]
    fn what_could_not_be_judged_outweighs_passes() {
        for verdict in [Verdict::Inconclusive, Verdict::HarnessError] {
            assert_eq!(Conclusion::of([Verdict::Pass, verdict]), Conclusion::NotJudged);
        }
    }

    #[test]
    fn a_should_and_a_may_leave_conformance_alone() {
        let verdicts = [Verdict::Pass, Verdict::Weak, Verdict::Info, Verdict::NotApplicable];
        assert_eq!(Conclusion::of(verdicts), Conclusion::Conforms);
    }

    #[test]
    fn exit_codes_are_those_of_the_manual() {
        let all = [
            Conclusion::Conforms,
            Conclusion::Fails,
            Conclusion::NothingRun,
            Conclusion::NotJudged,
        ];
        assert_eq!(all.map(Conclusion::exit_code), [0, 1, 2, 3]);
    }
}
