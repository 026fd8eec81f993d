//! What is behind a verdict, as lines of text.

use super::{again, ends, visible};
use crate::conformance::Evidence;
use crate::conformance::record::{CaseRecord, RunRecord};

/// Most connections whose octets are shown, from the first on and up to the last.
const FIRST: usize = 4;
const LAST: usize = 4;

/// The sentences, what was expected and seen, the octets, and how to run the case again. No
/// line begins with what the target said. A sentence longer than `width` is broken.
pub(super) fn details(run: &RunRecord, case: &CaseRecord, width: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    for sentence in &case.requirements {
        let text = format!("{}: {}", visible(&sentence.id), visible(&sentence.sentence));
        for (number, line) in wrapped(&text, width).into_iter().enumerate() {
            lines.push(if number == 0 { line } else { format!("  {line}") });
        }
    }
    if !case.expected.is_empty() {
        lines.push(format!("expected: {}", visible(&case.expected)));
    }
    if !case.seen.is_empty() {
        lines.push(format!("seen:     {}", visible(&case.seen)));
    }
    if let Some(proof) = case.stored {
        lines.push(format!("stored:   {proof}"));
    }
    let (first, left_out, last) = ends(&case.evidence, FIRST, LAST);
    for (number, conversation) in first.iter().chain(last).enumerate() {
        if number == FIRST && left_out > 0 {
            lines.push(format!("… {left_out} connections more, not shown"));
        }
        lines.push(format!("on the wire ({}):", visible(&conversation.label)));
        let evidence = Evidence(conversation).to_string();
        lines.extend(evidence.lines().map(|line| format!("  {line}")));
    }
    lines.push(format!("again: {}", visible(&again(run, &case.case))));
    lines
}

/// A sentence in lines no longer than `width`; a word is never cut.
fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let most = width.unwrap_or(usize::MAX);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_broken_between_words() {
        let text = "one two three ".repeat(10);
        assert_eq!(wrapped(&text, None).len(), 1);
        let lines = wrapped(&text, Some(42));
        assert!(lines.iter().all(|line| line.chars().count() <= 42), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }
}
