//! A file of Rust, read so far that its comments are told from its literals, and what only
//! tests are built from is told from the rest.

use std::ops::Range;

/// A file of Rust.
pub(crate) struct Source {
    /// The text with a space for each octet of a comment or literal.
    code: String,
    /// The lines of the comments, with their number from 0 on.
    pub(crate) comments: Vec<(usize, String)>,
    /// The lines of items that only tests are built from.
    tests: Vec<Range<usize>>,
    /// The modules in files of their own that only tests are built from.
    pub(crate) test_modules: Vec<String>,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let mut source = Self {
            code: String::with_capacity(text.len()),
            comments: Vec::new(),
            tests: Vec::new(),
            test_modules: Vec::new(),
        };
        let mut rest = text;
        while !rest.is_empty() {
            let (kind, len) = token(rest, source.code.chars().next_back());
            let (taken, after) = rest.split_at(len);
            if kind == Token::Comment {
                let first = source.code.matches('\n').count();
                let lines = taken.lines().enumerate();
                source.comments.extend(lines.map(|(n, line)| (first + n, line.to_owned())));
            }
            match kind {
                Token::Code => source.code.push_str(taken),
                Token::Comment | Token::Literal => {
                    let blank = |octet| if octet == b'\n' { '\n' } else { ' ' };
                    source.code.extend(taken.bytes().map(blank));
                }
            }
            rest = after;
        }
        source.find_tests(text);
        source
    }

    /// Whether the line, from 0 on, is of an item that only tests are built from.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    fn find_tests(&mut self, text: &str) {
        let line_of = |at| self.code[..at].matches('\n').count();
        let (text, code): (Vec<_>, Vec<_>) = (text.lines().collect(), self.code.lines().collect());
        let above = |line: &usize| {
            let documented = code[*line].trim().is_empty() && !text[*line].trim().is_empty();
            let of_item = documented && !text[*line].starts_with("//!");
            of_item || code[*line].trim_start().starts_with("#[")
        };
        for (at, opening) in self.code.match_indices("#[cfg(") {
            let predicate = &self.code[at + opening.len()..];
            let Some((predicate, _)) = predicate.split_once(")]") else { continue };
            if !is_for_tests(predicate) {
                continue;
            }
            let item = &self.code[at..at + item_len(&self.code[at..])];
            let first = line_of(at);
            let first = first - (0..first).rev().take_while(above).count();
            self.tests.push(first..line_of(at + item.len()) + 1);
            let declared = item.rsplit(']').next().and_then(|item| item.strip_suffix(';'));
            let name = declared.and_then(|item| item.split_once("mod ")).map(|(_, name)| name);
            self.test_modules.extend(name.map(str::to_owned));
        }
    }
}

/// Whether a program is never built from what stands under this: `test`, `shuttle`, the
/// checker of interleavings, or `all` of one of them and others.
fn is_for_tests(predicate: &str) -> bool {
    let all = predicate.strip_prefix("all(").and_then(|all| all.strip_suffix(')'));
    all.unwrap_or(predicate).split(", ").any(|one| ["test", "shuttle"].contains(&one))
}

/// The length of an item with its attributes: to its `;` or the end of its block. One that
/// ends otherwise, such as a field, ends here where what is around it does.
fn item_len(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, octet) in code.bytes().enumerate() {
        match octet {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return at,
            b'}' if depth == 1 => return at + 1,
            b')' | b']' | b'}' => depth -= 1,
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Comment,
    Literal,
    Code,
}

/// What the text begins with, and how long that is; `before` is what stands before it.
fn token(text: &str, before: Option<char>) -> (Token, usize) {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let raw = ["r", "br", "cr"].iter().find_map(|prefix| raw_string_len(text, prefix));
    let first = text.chars().next().map_or(0, char::len_utf8);
    let openings = ['/', '"', '\'', 'r', 'b', 'c'];
    match raw {
        _ if text.starts_with("//") => (Token::Comment, text.find('\n').unwrap_or(text.len())),
        _ if text.starts_with("/*") => (Token::Comment, block_comment_len(text)),
        Some(len) if !in_word => (Token::Literal, len),
        _ if text.starts_with('"') => (Token::Literal, string_len(text)),
        _ => match char_len(text) {
            Some(len) => (Token::Literal, len),
            None => {
                (Token::Code, first + text[first..].find(openings).unwrap_or(text.len() - first))
            }
        },
    }
}

fn raw_string_len(text: &str, prefix: &str) -> Option<usize> {
    let rest = text.strip_prefix(prefix)?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let inside = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = text.len() - inside.len();
    Some(inside.find(&end).map_or(text.len(), |at| opening + at + end.len()))
}

fn block_comment_len(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn string_len(text: &str) -> usize {
    let mut escaped = true;
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character or octet in quotes; a lifetime is none.
fn char_len(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        // The escape's own sign may be a quote.
        return Some(3 + inside.get(2..)?.find('\'')? + 1);
    }
    inside[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}

#[test]
fn what_looks_like_a_comment_in_a_literal_is_none() {
    let text = r##"
let a = "// no"; // 1
let b = r#" " // no"#; // 2
let c = ['"', '\'', '\\', '/']; // 3
fn d<'a>(_: &'a str) {} // 4
let e = "\" // no"; /* 5
/* 6 */ 7 */ let f = br"\"; // 8
let g = b'"'; // 9
"##;
    let found: Vec<_> = Source::read(text).comments;
    let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
    let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 6, 7]);
    let expected = ["// 1", "// 2", "// 3", "// 4", "/* 5", "/* 6 */ 7 */", "// 8", "// 9"];
    assert_eq!(texts, expected);
}

#[test]
fn an_item_of_tests_is_all_that_it_has_and_no_more() {
    let text = "//! No.
use a::b;
#[cfg(test)]
mod script;
#[cfg(all(test, shuttle))]
mod interleavings;
#[cfg(not(shuttle))]
mod code;

/// Yes.
#[expect(dead_code)]
#[cfg(all(test, shuttle))]
fn one<A, B>(a: [u8; 2]) {
    // Yes.
}
// No.

#[cfg(test)]
mod tests {
    const A: &str = r\"
}
\";
    // Yes.
}
// No.
";
    let source = Source::read(text);
    assert_eq!(source.test_modules, ["script", "interleavings"]);
    for (line, comment) in &source.comments {
        assert_eq!(source.is_test(*line), comment.contains("Yes"), "line {line}: {comment}");
    }
    assert_eq!(source.comments.len(), 6);
}
