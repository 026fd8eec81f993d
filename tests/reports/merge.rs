//! Streams put together.

use conexion::conformance::record::{Recorded, Tested, merge};
use conexion::conformance::{Conclusion, Verdict};
use rstest::rstest;

use crate::records::{case, recorded, run, text};

#[test]
fn parts_of_a_run_become_one() {
    let mut first = recorded("x", vec![case("one", Verdict::Pass), case("two", Verdict::Weak)]);
    let mut second = recorded("x", vec![case("three", Verdict::Info)]);
    first.run.started_ms += 7;
    first.end.as_mut().expect("an end").problems = vec!["a".to_owned(), "b".to_owned()];
    second.end.as_mut().expect("an end").problems = vec!["b".to_owned(), "c".to_owned()];
    let merged = merge(vec![first, second.clone()]);
    let [one] = &*merged else { panic!("one target") };
    assert_eq!(one.run.cases, ["one", "two", "three"]);
    assert_eq!(one.cases.iter().map(|case| &*case.case).collect::<Vec<_>>(), one.run.cases);
    assert_eq!(one.run.started_ms, second.run.started_ms);
    let end = one.end.as_ref().expect("an end");
    assert_eq!((&*end.problems, end.elapsed_ms), (&["a", "b", "c"].map(String::from)[..], 2468));
    assert_eq!((end.conclusion, one.conclusion()), (Conclusion::Fails, Conclusion::Fails));
    assert_eq!(Recorded::read(&text(one)).as_ref(), Ok(one));
}

#[rstest]
#[case(Verdict::Pass, Verdict::Fail, Verdict::Fail)]
#[case(Verdict::Pass, Verdict::Weak, Verdict::Weak)]
#[case(Verdict::Pass, Verdict::Inconclusive, Verdict::Inconclusive)]
#[case(Verdict::Pass, Verdict::NotApplicable, Verdict::Pass)]
#[case(Verdict::NotApplicable, Verdict::Fail, Verdict::Fail)]
#[case(Verdict::KnownFail, Verdict::Fail, Verdict::Fail)]
#[case(Verdict::UnexpectedPass, Verdict::Inconclusive, Verdict::UnexpectedPass)]
#[case(Verdict::HarnessError, Verdict::Weak, Verdict::HarnessError)]
fn of_two_verdicts_the_worse_stands(
    #[case] one: Verdict,
    #[case] other: Verdict,
    #[case] stands: Verdict,
) {
    for (first, second) in [(one, other), (other, one)] {
        let parts = [first, second].map(|verdict| recorded("x", vec![case("one", verdict)]));
        let merged = merge(parts.to_vec());
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].cases.iter().map(|case| case.verdict).collect::<Vec<_>>(), [stands]);
    }
}

#[test]
fn what_was_cut_off_is_whole_once_another_part_has_judged_the_rest() {
    let all = [case("one", Verdict::Pass), case("two", Verdict::Pass)];
    let cut = Recorded { run: run("x", &all), cases: all[..1].to_vec(), end: None };
    let rest = recorded("x", all[1..].to_vec());
    let merged = merge(vec![cut.clone(), rest]);
    assert_eq!(merged[0].conclusion(), Conclusion::Conforms);
    for parts in [vec![cut.clone(), cut.clone()], vec![cut.clone(), recorded("x", vec![])]] {
        let merged = merge(parts);
        assert_eq!((merged.len(), merged[0].end.is_none()), (1, true));
        assert_eq!(merged[0].conclusion(), Conclusion::NotJudged);
    }
    // All has a result, and yet none of the parts came to its end.
    let without_end = Recorded { end: None, ..recorded("x", all[1..].to_vec()) };
    assert_eq!(merge(vec![cut, without_end])[0].conclusion(), Conclusion::NotJudged);
}

#[test]
fn targets_and_sides_are_kept_apart() {
    let mut client = recorded("x", vec![case("one", Verdict::Pass)]);
    client.run.tested = Tested::Client;
    let streams = vec![
        recorded("x", vec![case("one", Verdict::Pass)]),
        recorded("y", vec![case("one", Verdict::Fail)]),
        client,
    ];
    assert_eq!(merge(streams.clone()), streams);
    let file: String = streams.iter().map(text).collect();
    assert_eq!(Recorded::read_all(&file), Ok(streams));
}
