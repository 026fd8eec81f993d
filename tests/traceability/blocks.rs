//! Blocks of code in text, which lie between two fences: a line that begins with three
//! backticks and may name a language, and one that is three backticks.

/// Text without its blocks.
#[derive(Default)]
pub(crate) struct Outside<'a> {
    /// The lines that are in no block, and no fence.
    pub(crate) lines: Vec<(usize, &'a str)>,
    /// The fences that have no other, so that what is a block and what is not is unknown.
    pub(crate) unpaired: Vec<usize>,
}

impl<'a> Outside<'a> {
    /// Reads lines with their numbers; where a number is left out, the text ends, and another
    /// begins.
    pub(crate) fn read(lines: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut outside = Self::default();
        // The fence that the block began with, and the line before this one.
        let (mut open, mut before) = (None, 0);
        for (number, line) in lines {
            if number > before + 1 {
                outside.unpaired.extend(open.take());
            }
            before = number;
            let fence = line.trim_start_matches(['/', '!', ' ']).strip_prefix("```");
            match (open, fence) {
                (None, None) => outside.lines.push((number, line)),
                (None, Some(_)) => open = Some(number),
                (Some(_), None) => {}
                (Some(_), Some(language)) if language.trim().is_empty() => open = None,
                (Some(first), Some(_)) => {
                    outside.unpaired.push(first);
                    open = Some(number);
                }
            }
        }
        outside.unpaired.extend(open);
        outside
    }
}

#[test]
fn a_fence_without_its_other_is_found() {
    let read = |text: &str| {
        let lines = text.lines().enumerate().filter(|(_, line)| *line != "fn");
        let Outside { lines, unpaired } = Outside::read(lines);
        (lines.into_iter().map(|(number, _)| number).collect(), unpaired)
    };
    let expected: [(_, (Vec<usize>, Vec<usize>)); 6] = [
        ("a\n```sh\nb\n```\nc", (vec![0, 4], vec![])),
        ("/// ```\n/// b\n/// ```\nfn\n/// d", (vec![4], vec![])),
        ("a\n```\nb\n```\nc\n```\nd", (vec![0, 4], vec![5])),
        ("```sh\nb\n```sh\nc\n```\nd", (vec![5], vec![0])),
        ("/// ```\n/// b\nfn\n/// c\n/// ```", (vec![3], vec![0, 4])),
        ("```\nb", (vec![], vec![0])),
    ];
    for (text, expected) in expected {
        assert_eq!(read(text), expected, "{text}");
    }
}
