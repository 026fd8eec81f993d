//! What is different between two runs.

use conexion::conformance::Verdict;
use conexion::conformance::record::{CaseRecord, Recorded};
use conexion::conformance::report::diff::Diff;
use rstest::rstest;

use crate::records::{case, recorded};

fn between(old: Vec<CaseRecord>, new: Vec<CaseRecord>) -> Diff {
    Diff::between(&recorded("x", old), &recorded("x", new))
}

/// Verdicts from the best to the worst; those of one row are equal.
const STANDING: [&[Verdict]; 5] = [
    &[Verdict::Pass, Verdict::Info, Verdict::UnexpectedPass],
    &[Verdict::NotApplicable],
    &[Verdict::Weak, Verdict::KnownFail],
    &[Verdict::Inconclusive, Verdict::HarnessError],
    &[Verdict::Fail],
];

#[test]
fn every_pair_of_verdicts_is_worse_better_or_neither() {
    let place = |verdict| STANDING.iter().position(|row| row.contains(&verdict)).expect("placed");
    for old in Verdict::ALL {
        for new in Verdict::ALL {
            let diff = between(vec![case("one", old)], vec![case("one", new)]);
            assert_eq!(diff.got_worse(), place(new) > place(old), "{old} -> {new}");
            assert_eq!(diff.changed.len(), usize::from(old != new), "{old} -> {new}");
            let text = diff.to_string();
            let word = match place(new).cmp(&place(old)) {
                _ if old == new => "nothing is different",
                std::cmp::Ordering::Greater => "worse ",
                std::cmp::Ordering::Less => "better ",
                std::cmp::Ordering::Equal => "other ",
            };
            assert!(text.starts_with(word), "{old} -> {new}: {text}");
            assert!(old == new || text.contains(&format!("{old} -> {new}")), "{text}");
        }
    }
}

#[test]
fn a_case_that_is_gone_is_worse_and_a_new_one_only_if_it_fails() {
    let one = || vec![case("one", Verdict::Pass)];
    let two = |verdict| vec![case("one", Verdict::Pass), case("two", verdict)];
    let diff = between(two(Verdict::Pass), one());
    assert_eq!(diff.lost, [("two".to_owned(), Verdict::Pass)]);
    assert!(diff.got_worse() && diff.to_string().contains("lost     two"));
    for verdict in Verdict::ALL {
        let diff = between(one(), two(verdict));
        assert_eq!(diff.gained, [("two".to_owned(), verdict)]);
        assert_eq!(diff.got_worse(), verdict == Verdict::Fail, "{verdict}");
    }
}

#[test]
fn a_run_that_was_cut_off_or_has_a_new_problem_is_worse() {
    let whole = recorded("x", vec![case("one", Verdict::Pass)]);
    let cut = Recorded { end: None, ..whole.clone() };
    assert!(Diff::between(&whole, &cut).got_worse());
    assert!(!Diff::between(&cut, &whole).got_worse());
    assert!(!Diff::between(&cut, &cut).got_worse());
    let mut problem = whole.clone();
    problem.end.as_mut().expect("an end").problems = vec!["an entry expired".to_owned()];
    let diff = Diff::between(&whole, &problem);
    assert!(diff.got_worse() && diff.to_string().contains("problem  an entry expired\n"));
    assert!(!Diff::between(&problem, &problem).got_worse());
}

#[test]
fn other_words_of_a_sentence_are_told_and_are_not_worse() {
    let mut new = case("one", Verdict::Pass);
    new.requirements[0].sentence = "A peer MAY.".to_owned();
    let diff = between(vec![case("one", Verdict::Pass)], vec![new]);
    assert!(!diff.got_worse());
    let expected = "reworded sentence.one\n  - A peer MUST do one.\n  + A peer MAY.\n";
    assert_eq!(diff.to_string(), expected);
}

#[rstest]
#[case(Verdict::Pass, Verdict::Pass, Verdict::Pass, false)]
#[case(Verdict::Pass, Verdict::Fail, Verdict::Fail, false)]
#[case(Verdict::Fail, Verdict::Pass, Verdict::Fail, false)]
#[case(Verdict::Pass, Verdict::Pass, Verdict::Fail, true)]
fn a_case_is_known_by_its_former_names(
    #[case] first: Verdict,
    #[case] second: Verdict,
    #[case] new: Verdict,
    #[case] worse: bool,
) {
    let old = vec![case("upload.1", first), case("upload.1023", second)];
    let diff = between(old, vec![case("upload.sizes", new)]);
    assert!(diff.lost.is_empty() && diff.gained.is_empty(), "{diff}");
    assert_eq!(diff.got_worse(), worse, "{diff}");
}
