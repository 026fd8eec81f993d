//! The eight octets that stand in front of a stream where a law takes its choices from
//! them: searched for, since a generator makes the choices of them.

/// The first of these numbers with the highest score; none later is tried than the first
/// that has this one.
pub(crate) fn best<S: Ord>(
    numbers: impl IntoIterator<Item = u64>,
    highest: &S,
    score: impl Fn(u64) -> S,
) -> u64 {
    let mut best: Option<(S, u64)> = None;
    for number in numbers {
        let score = score(number);
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            let done = score >= *highest;
            best = Some((score, number));
            if done {
                break;
            }
        }
    }
    best.expect("a number").1
}

/// The number as eight octets, and the stream behind them.
pub(crate) fn chosen(number: u64, stream: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes(), stream].concat()
}
