//! Targets that speak to the reports: what they say stays text.

use conexion::conformance::Verdict;
use conexion::conformance::record::{Recorded, Sentence};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use rstest::rstest;

use crate::records::{FORMATS, all_verdicts, case, conversation, recorded};

/// What somebody may say who wants to be more than text.
const SAYINGS: [&str; 16] = [
    "plain words",
    "\0\x01\x07\x08\x0B\x0C\x0E\x1F\x7F\u{80}\u{9F}\u{FFFE}\u{FFFF}",
    "\x1B[2J\x1B]0;title\x07\u{9B}31m",
    "two\nlines\r\nand\rmore\n::error title=x::y\n##[error]z",
    "]]><!-- --><![CDATA[ x ]]>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>' onmouseover='alert(1)",
    "&amp; &lt; &#0; %0A %25",
    "` `` ```text\n```\n</details>",
    "| a | b |\n| --- | --- |",
    "[link](javascript:alert(1)) ![image](x) <https://x> https://x @someone #1",
    "# heading\n- list\n> quote\n\n<b>bold</b> **bold** _it_ ~~x~~ \\",
    "\u{202E}turned\u{2066} \u{200B}hidden\u{FEFF} \u{2028}\u{2029}",
    "::stop-commands::x",
    "¡ñ𝄞 e\u{301}",
    "",
];

/// Runs in which everything that a target or a file can say is this.
fn runs(saying: &str) -> [Recorded; 2] {
    let mut cases = all_verdicts();
    for (number, one) in cases.iter_mut().enumerate() {
        one.case = format!("{number}{saying}");
        saying.clone_into(&mut one.chapter);
        saying.clone_into(&mut one.title);
        saying.clone_into(&mut one.expected);
        saying.clone_into(&mut one.seen);
        let [id, heading, sentence] = [(); 3].map(|()| saying.to_owned());
        one.requirements = vec![Sentence { id, heading, sentence }];
        let octets = [b"X\0\0\0\x40\0\x65", saying.as_bytes(), &[b'x'; 64]].concat();
        one.evidence = vec![conversation(saying, &octets), conversation(saying, saying.as_bytes())];
    }
    let mut whole = recorded(saying, cases);
    saying.clone_into(&mut whole.run.suite);
    saying.clone_into(&mut whole.run.command);
    let mut cut = whole.clone();
    cut.end = None;
    if let Some(end) = &mut whole.end {
        end.problems = vec![saying.to_owned()];
    }
    [whole, cut]
}

#[test]
fn nothing_moves_a_cursor_or_hides() {
    for saying in SAYINGS {
        for (name, write) in FORMATS {
            let text = write(&runs(saying));
            let bad = text.chars().find(|one| {
                (one.is_control() && *one != '\n')
                    || "\u{202E}\u{2066}\u{200B}\u{FEFF}\u{2028}\u{FFFE}".contains(*one)
            });
            assert_eq!(bad, None, "{name} of {saying:?}");
        }
    }
}

#[test]
fn a_page_has_no_element_that_a_target_made() {
    let elements = |saying: &str, all: bool| {
        let page = conexion::conformance::report::html::html(&runs(saying), all);
        let tags = page.match_indices('<').map(|(place, _)| {
            let rest = &page[place..];
            rest[..rest.find(['>', ' ']).expect("a tag ends")].to_owned()
        });
        let tags: Vec<String> = tags.collect();
        assert!(!page.contains("onerror=alert(1)>") && !page.contains("<b>"), "{saying:?}");
        (tags.iter().filter(|tag| *tag == "<script").count(), tags)
    };
    for all in [false, true] {
        let (_, plain) = elements("plain words", all);
        for saying in SAYINGS.iter().filter(|saying| !saying.is_empty()) {
            let (scripts, tags) = elements(saying, all);
            assert_eq!(scripts, 1, "{saying:?}");
            let known = |tag: &&String| !plain.contains(tag);
            assert_eq!(tags.iter().find(known), None, "{saying:?}");
        }
    }
}

#[test]
fn xml_is_well_formed_and_says_what_was_said() {
    for saying in SAYINGS {
        let xml = conexion::conformance::report::junit::junit(&runs(saying));
        let document = roxmltree::Document::parse(&xml);
        let document = document.unwrap_or_else(|error| panic!("{saying:?}: {error}\n{xml}"));
        let tests = document.descendants().filter(|node| node.has_tag_name("testcase"));
        // Nine of each run, and one for what is wrong with the run.
        assert_eq!(tests.count(), 20, "{saying:?}");
        if !saying.contains(char::is_control) && !saying.is_empty() && !saying.contains('\u{202E}')
        {
            let failure = document.descendants().find(|node| node.has_tag_name("failure"));
            let message = failure.and_then(|node| node.attribute("message")).expect("a failure");
            assert_eq!(message, format!("expected {saying}, saw {saying}"));
        }
        let svg = conexion::conformance::report::badge::svg(&runs(saying));
        roxmltree::Document::parse(&svg).expect("an image");
    }
}

#[test]
fn annotations_are_those_of_the_suite_alone() {
    for saying in SAYINGS {
        let text = conexion::conformance::report::github::annotations(&runs(saying));
        // Six verdicts and one problem of each run.
        assert_eq!(text.lines().count(), 14, "{saying:?}: {text}");
        for line in text.lines() {
            let rest = line.strip_prefix("::").expect("a command");
            let (head, _) = rest.split_once("::").expect("a message");
            let (kind, properties) = head.split_once(" title=").expect("a title");
            assert!(["error", "warning", "notice"].contains(&kind), "{line}");
            assert!(!properties.contains([',', ':']), "{line}");
        }
    }
}

#[test]
fn no_line_for_people_begins_with_what_a_target_says() {
    for saying in SAYINGS.iter().filter(|saying| saying.contains("::")) {
        let runs = runs(saying).map(|mut recorded| {
            // These begin lines; they are the suite's own and the user's.
            for case in &mut recorded.cases {
                "4 Frames".clone_into(&mut case.chapter);
                "frame.layout".clone_into(&mut case.requirements[0].id);
            }
            recorded.run.target = "x".to_owned();
            recorded.end.iter_mut().for_each(|end| end.problems.clear());
            recorded
        });
        let text = crate::records::terminal(&runs, true);
        let bad = text.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(bad, None, "{saying:?}");
    }
}

/// Markdown in which all that a target says is code.
#[test]
fn markdown_keeps_what_was_said_in_code() {
    let structure = |saying: &str| {
        let text = conexion::conformance::report::markdown::markdown(&runs(saying));
        let mut shape = Vec::new();
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
        {
            match event {
                Event::Start(
                    Tag::Link { .. } | Tag::Image { .. } | Tag::Strong | Tag::Emphasis,
                ) => {
                    panic!("{saying:?}: {event:?} in {text}")
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let html = html.trim();
                    let own = html.starts_with("<details><summary>") || html == "</details>";
                    assert!(own, "{saying:?}: {html:?} in {text}");
                    assert!(!html.contains("script>") && !html.contains("<img"), "{html}");
                }
                Event::Start(tag) if !matches!(tag, Tag::CodeBlock(_)) => {
                    shape.push(format!("{tag:?}"));
                }
                Event::Code(_) => shape.push("code".to_owned()),
                Event::End(TagEnd::TableRow) => shape.push("end of row".to_owned()),
                _ => {}
            }
        }
        shape
    };
    let plain = structure("plain words");
    assert!(plain.iter().any(|tag| tag.starts_with("Table(")));
    for saying in SAYINGS.iter().filter(|saying| !saying.is_empty()) {
        assert_eq!(structure(saying), plain, "{saying:?}");
    }
}

#[rstest]
fn very_much_of_anything_stays_within_bounds(#[values(1, 60)] count: usize) {
    let long = "é`<".repeat(if count == 1 { 1 << 20 } else { 1000 });
    let cases = (0..count).map(|number| {
        let mut one = case(&format!("case.{number}"), Verdict::Fail);
        one.seen.clone_from(&long);
        one.evidence = vec![conversation("case", &[b'x'; 2000]); 20];
        one
    });
    let runs = vec![recorded("x", cases.collect()); 2];
    let len = |name: &str| {
        let (_, write) = FORMATS.iter().find(|(one, _)| *one == name).expect("a format");
        write(&runs).len()
    };
    assert!(len("markdown") < 1 << 20, "{}", len("markdown"));
    assert!(len("github") < count * 20_000, "{}", len("github"));
    assert!(len("html") < 12 << 20, "{}", len("html"));
    assert!(len("html, all") < 12 << 20, "{}", len("html, all"));
}
