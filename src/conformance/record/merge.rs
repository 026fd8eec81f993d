//! Parts of a run put together.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{CaseRecord, EndRecord, Recorded};
use crate::conformance::Verdict;

/// One stream for each target of these: of streams that name the same target on the same
/// side, the cases of all, in the order in which they were planned first.
///
/// Where several judged the same case, the worst verdict stands: nothing gets better by
/// asking again. A case without ground says less than any judgement. The stream has an end
/// if each planned case has a result and one of the parts has an end; its problems are those
/// of all parts.
#[must_use]
pub fn merge(streams: Vec<Recorded>) -> Vec<Recorded> {
    let mut merged: Vec<Vec<Recorded>> = Vec::new();
    for stream in streams {
        let same = |parts: &&mut Vec<Recorded>| {
            let run = parts.first().map(|part| (part.run.tested, &part.run.target));
            run == Some((stream.run.tested, &stream.run.target))
        };
        match merged.iter_mut().find(same) {
            Some(parts) => parts.push(stream),
            None => merged.push(vec![stream]),
        }
    }
    merged.into_iter().filter_map(one).collect()
}

/// Parts of one target.
fn one(parts: Vec<Recorded>) -> Option<Recorded> {
    if parts.len() == 1 {
        return parts.into_iter().next();
    }
    let earliest = parts.iter().min_by_key(|part| part.run.started_ms)?;
    let mut run = earliest.run.clone();
    run.cases = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut results: BTreeMap<usize, CaseRecord> = BTreeMap::new();
    let mut ends = Vec::new();
    for part in parts {
        for id in part.run.cases {
            places.entry(id).or_insert_with_key(|id| {
                run.cases.push(id.clone());
                run.cases.len() - 1
            });
        }
        for case in part.cases {
            let Some(&place) = places.get(&case.case) else { continue };
            let better = results
                .get(&place)
                .is_some_and(|there| weight(there.verdict) >= weight(case.verdict));
            if !better {
                results.insert(place, case);
            }
        }
        ends.extend(part.end);
    }
    let whole = results.len() == run.cases.len() && !ends.is_empty();
    let cases: Vec<CaseRecord> = results.into_values().collect();
    let end = whole.then(|| {
        let elapsed = ends.iter().map(|end| end.elapsed_ms).fold(0, u64::saturating_add);
        let mut problems: Vec<String> = Vec::new();
        for problem in ends.into_iter().flat_map(|end| end.problems) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        let verdicts: Vec<Verdict> = cases.iter().map(|case| case.verdict).collect();
        EndRecord::new(&verdicts, problems, Duration::from_millis(elapsed))
    });
    Some(Recorded { run, cases, end })
}

/// How much a verdict counts against others about the same case.
const fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotApplicable => 0,
        Verdict::Pass => 1,
        Verdict::Info => 2,
        Verdict::KnownFail => 3,
        Verdict::Weak => 4,
        Verdict::Inconclusive => 5,
        Verdict::HarnessError => 6,
        Verdict::UnexpectedPass => 7,
        Verdict::Fail => 8,
    }
}
