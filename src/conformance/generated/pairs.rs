//! Few sessions in which every value of a parameter meets every value of every other.
//!
//! The rows of the table are made greedily: each begins with a pair that has not met yet,
//! and takes in every other parameter the value with which most new pairs meet.

use std::sync::LazyLock;

use super::dice::Dice;
use super::session::Session;

/// How many rows are tried for each that is taken.
const CANDIDATES: usize = 8;

/// Any number does; with this one there are few rows.
const SEED: u64 = 1;

/// The sessions, always the same.
pub(super) fn sessions() -> &'static [Session] {
    static ALL: LazyLock<Vec<Session>> =
        LazyLock::new(|| rows(&dimensions()).iter().map(|row| session(row)).collect());
    &ALL
}

/// How many pairs meet in them: all that there are.
pub(super) fn pairs() -> usize {
    Met::new(&dimensions()).left
}

fn dimensions() -> Vec<usize> {
    Session::around_an_upload().axes().iter().map(|axis| axis.words().len()).collect()
}

fn session(row: &[usize]) -> Session {
    let mut session = Session::around_an_upload();
    for (axis, value) in session.axes().into_iter().zip(row) {
        axis.set(*value);
    }
    session
}

fn rows(dimensions: &[usize]) -> Vec<Vec<usize>> {
    let mut dice = Dice::new(SEED);
    let mut met = Met::new(dimensions);
    let mut rows = Vec::new();
    while met.left > 0 {
        let candidates = (0..CANDIDATES).map(|_| candidate(dimensions, &met, &mut dice));
        let best = candidates.max_by_key(|row| met.new_in(row)).unwrap_or_default();
        met.add(&best);
        rows.push(best);
    }
    rows
}

/// A row that begins with a pair which has not met yet.
fn candidate(dimensions: &[usize], met: &Met, dice: &mut Dice) -> Vec<usize> {
    let mut row: Vec<Option<usize>> = vec![None; dimensions.len()];
    if let Some((left, right)) = met.first_after(dice.roll(met.seen.len())) {
        for (axis, value) in [left, right] {
            row[axis] = Some(value);
        }
    }
    let mut order: Vec<usize> = (0..dimensions.len()).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, dice.roll(place + 1));
    }
    for axis in order {
        if row[axis].is_none() {
            let new = |value: &usize| {
                let others = row.iter().enumerate();
                let others = others.filter_map(|(other, chosen)| Some((other, (*chosen)?)));
                others.filter(|&other| !met.has((axis, *value), other)).count()
            };
            let turn = dice.roll(dimensions[axis]);
            let values = (0..dimensions[axis]).map(|value| (value + turn) % dimensions[axis]);
            row[axis] = values.max_by_key(new);
        }
    }
    row.into_iter().map(Option::unwrap_or_default).collect()
}

/// The pairs that have met.
struct Met {
    /// Where the values of each parameter begin among all values.
    begins: Vec<usize>,
    values: usize,
    /// For each pair of values, the lower one first.
    seen: Vec<bool>,
    left: usize,
}

type Value = (usize, usize);

impl Met {
    fn new(dimensions: &[usize]) -> Self {
        let begins = |axis: usize| dimensions[..axis].iter().sum();
        let begins: Vec<usize> = (0..dimensions.len()).map(begins).collect();
        let values: usize = dimensions.iter().sum();
        // What can never meet counts as met: a value and another of its own parameter.
        let mut met = Self { begins, values, seen: vec![true; values * values], left: 0 };
        for right in 0..dimensions.len() {
            for left in 0..right {
                for one in 0..dimensions[left] {
                    for other in 0..dimensions[right] {
                        let place = met.place((left, one), (right, other));
                        met.seen[place] = false;
                        met.left += 1;
                    }
                }
            }
        }
        met
    }

    fn place(&self, one: Value, other: Value) -> usize {
        let number = |(axis, value): Value| self.begins[axis] + value;
        let (one, other) = (number(one), number(other));
        one.min(other) * self.values + one.max(other)
    }

    fn has(&self, one: Value, other: Value) -> bool {
        self.seen[self.place(one, other)]
    }

    /// The first pair that has not met, from this place on and round.
    fn first_after(&self, place: usize) -> Option<(Value, Value)> {
        let len = self.seen.len();
        let found = (0..len).map(|step| (place + step) % len).find(|&at| !self.seen[at])?;
        let value = |number: usize| {
            let axis = self.begins.iter().rposition(|&begin| begin <= number).unwrap_or_default();
            (axis, number - self.begins[axis])
        };
        Some((value(found / self.values), value(found % self.values)))
    }

    fn places(&self, row: &[usize]) -> Vec<usize> {
        let values: Vec<Value> = row.iter().copied().enumerate().collect();
        let after = |at: usize| values[at + 1..].iter().map(move |&other| (at, other));
        let pairs = (0..values.len()).flat_map(after);
        pairs.map(|(at, other)| self.place(values[at], other)).collect()
    }

    fn new_in(&self, row: &[usize]) -> usize {
        self.places(row).iter().filter(|&&place| !self.seen[place]).count()
    }

    fn add(&mut self, row: &[usize]) {
        for place in self.places(row) {
            if !std::mem::replace(&mut self.seen[place], true) {
                self.left -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_pair_meets_in_few_sessions() {
        let dimensions = dimensions();
        let mut met = HashSet::new();
        for session in sessions() {
            let mut session = session.clone();
            let row: Vec<usize> = session.axes().iter().map(|axis| axis.index()).collect();
            for right in 0..row.len() {
                for left in 0..right {
                    met.insert((left, row[left], right, row[right]));
                }
            }
        }
        let all = |left: usize| dimensions[left + 1..].iter().sum::<usize>();
        let all: usize = (0..dimensions.len()).map(|left| dimensions[left] * all(left)).sum();
        assert_eq!((met.len(), pairs()), (all, all));
        // No table has fewer rows than its two longest parameters have pairs.
        let mut longest = dimensions.clone();
        longest.sort_unstable_by_key(|&values| std::cmp::Reverse(values));
        let least = longest[0] * longest[1];
        assert!(sessions().len() <= 2 * least, "{} sessions", sessions().len());
    }
}
