//! The form of the specification, and its tables against the constants of the code.

use std::collections::BTreeSet;
use std::time::Duration;

use conexion::conformance::Timer;
use conexion::plain::{PREFIX_WAIT_MILLISECONDS, QUIET_MILLISECONDS};
use conexion::server;
use conexion::wire::{
    Class, Code, Destination, DigestKind, FileSize, FrameType, Header, Message, PayloadLimit,
    Preface, ReceiveLimits, Role, SourceName, Version,
};

mod specification;

use specification::{TEXT, requirements, table};

/// Occurrences of the key words, with their place; `MUST NOT` is one and no `MUST`.
fn key_words(text: &str) -> Vec<&'static str> {
    const KEY_WORDS: [&str; 5] = ["MUST NOT", "SHOULD NOT", "MUST", "SHOULD", "MAY"];
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(word) = rest.chars().next() {
        let boundary = |next: &str| !next.starts_with(|c: char| c.is_ascii_alphanumeric());
        let known =
            KEY_WORDS.into_iter().find(|known| rest.strip_prefix(known).is_some_and(boundary));
        match known {
            Some(known) => {
                found.push(known);
                rest = &rest[known.len()..];
            }
            None if word.is_ascii_alphanumeric() => {
                rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            }
            None => rest = &rest[word.len_utf8()..],
        }
    }
    found
}

/// The text from after chapter 1 on, without blocks of code.
fn after_conventions() -> impl Iterator<Item = (usize, &'static str)> {
    let mut code = false;
    let start = TEXT.lines().position(|line| line.starts_with("## 2 ")).expect("a chapter 2");
    TEXT.lines().enumerate().skip(start).filter(move |(_, line)| {
        let fence = line.starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

#[test]
fn every_requirement_is_a_paragraph_of_its_own() {
    let lines: Vec<_> = TEXT.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        if line.contains("`** (") {
            assert!(line.starts_with("**`"), "line {}: a name inside a paragraph", number + 1);
            assert!(lines[number - 1].is_empty(), "line {}: no empty line before", number + 1);
            assert!(lines[number + 1].is_empty(), "line {}: no empty line after", number + 1);
        }
    }
}

#[test]
fn every_requirement_has_a_name_a_side_and_one_sentence() {
    let mut names = BTreeSet::new();
    for requirement in requirements() {
        let (name, sentence) = (requirement.name, requirement.sentence);
        let word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|octet| {
                    octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-'
                })
        };
        let words: Vec<_> = name.split('.').collect();
        assert!(words.len() == 2 && words.iter().all(|part| word(part)), "the name `{name}`");
        assert!(names.insert(name), "`{name}` is there twice");
        let side = requirement.side;
        assert!(["client", "server", "both"].contains(&side), "`{name}` binds {side}");
        assert!(sentence.ends_with('.'), "`{name}` does not end");
        // A full stop ends the sentence unless it is within code, as in `.conexion`.
        let plain: String = sentence.split('`').step_by(2).collect();
        assert!(!plain.contains(". "), "`{name}` is more than one sentence");
        // A check of chapter 4.1 begins with its number.
        let begin = sentence.trim_start_matches(|c: char| c.is_ascii_digit());
        let begin = begin.strip_prefix(": ").unwrap_or(begin);
        assert!(begin.starts_with(|c: char| c.is_ascii_uppercase() || c == '`'), "`{name}` begins");
    }
    assert!(names.len() > 150, "{} requirements", names.len());
}

/// The key words of a sentence that demands one thing, or two joined by "and", or allows
/// one beside what it demands.
#[test]
fn every_requirement_has_one_set_of_key_words() {
    let two: &[(&[&str], &str)] =
        &[(&["MUST", "MUST NOT"], ", and MUST NOT "), (&["SHOULD", "MAY"], ", and MAY ")];
    for requirement in requirements() {
        let words = key_words(requirement.sentence);
        let joined = two.iter().any(|(pair, joint)| {
            words == *pair && requirement.sentence.matches(joint).count() == 1
        });
        assert!(words.len() == 1 || joined, "`{}` has {words:?}", requirement.name);
    }
}

#[test]
fn no_key_word_stands_outside_a_requirement() {
    for (number, line) in after_conventions().filter(|(_, line)| !line.starts_with("**`")) {
        assert!(key_words(line).is_empty(), "line {}: {line}", number + 1);
    }
}

#[test]
fn a_key_word_is_a_word() {
    assert_eq!(key_words("MUST NOT, MUSTARD, MAY; a MUST-have."), ["MUST NOT", "MAY", "MUST"]);
}

#[test]
fn every_link_within_the_text_leads_somewhere() {
    for target in TEXT.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(TEXT.contains(&format!("{{#{target}}}")), "no anchor #{target}");
    }
}

#[test]
fn the_frame_table_is_that_of_the_code() {
    let head = ["type", "octet", "name", "from", "payload", "length"];
    let limits = ReceiveLimits { chunk: PayloadLimit::MOST, text: PayloadLimit::LEAST };
    let rows = table(&head);
    assert_eq!(rows.len(), FrameType::ALL.len());
    for (row, frame) in rows.iter().zip(FrameType::ALL) {
        let sides = (frame.is_sent_by(Role::Client), frame.is_sent_by(Role::Server));
        let from = match sides {
            (true, true) => "both",
            (true, false) => "client",
            (false, true) => "server",
            (false, false) => panic!("nobody sends {frame}"),
        };
        let (least, most) = frame.length_bounds(limits);
        let most = match frame {
            FrameType::Text => "the server's `text`".to_owned(),
            FrameType::Reply => "the client's `text`".to_owned(),
            FrameType::Data => "the server's `chunk`".to_owned(),
            _ => most.to_string(),
        };
        let length = if least.to_string() == most { most } else { format!("{least} to {most}") };
        let kind = format!("`{}`", char::from(frame.octet()));
        let octet = format!("0x{:02X}", frame.octet());
        let cells = [row[0], row[1], row[2], row[3], row[5]];
        assert_eq!(cells, [&kind, &octet, frame.name(), from, &length]);
    }
}

#[test]
fn the_error_registry_is_that_of_the_code() {
    let rows = table(&["code", "name", "when"]);
    let written: Vec<_> = rows.iter().map(|row| format!("{} {}", row[0], row[1])).collect();
    let coded: Vec<_> = Code::ALL.iter().map(Code::to_string).collect();
    assert_eq!(written, coded);
    for code in Code::ALL {
        assert_eq!(code.class() == Class::Connection, code.number() < 200, "{code}");
    }
}

#[test]
fn the_digests_are_those_of_the_code() {
    let rows = table(&["digest", "name", "octets"]);
    assert_eq!(rows.len(), DigestKind::ALL.len());
    for (row, kind) in rows.iter().zip(DigestKind::ALL) {
        assert_eq!(row[..2], [kind.octet().to_string(), kind.to_string()]);
        let octets = row[2].split(':').next().expect("a number");
        assert_eq!(octets, kind.digest_len().to_string());
    }
}

#[test]
fn the_bounds_are_those_of_the_code() {
    let limits = |limit| ReceiveLimits { chunk: limit, text: limit };
    let bounds = |frame: FrameType| frame.length_bounds(limits(PayloadLimit::MOST));
    let fixed = |frame| {
        let (least, most) = bounds(frame);
        (least.to_string(), most.to_string())
    };
    let stated = |frame: FrameType, whose: &str| {
        let (least, least_most) = frame.length_bounds(limits(PayloadLimit::LEAST));
        let (_, most) = bounds(frame);
        (least.to_string(), format!("{whose}: {least_most} to {most}"))
    };
    let constants = |least: usize, most: usize| (least.to_string(), most.to_string());
    let rows = table(&["what", "least", "most"]);
    let subjects: BTreeSet<_> = rows.iter().map(|row| row[0]).collect();
    assert_eq!((rows.len(), subjects.len()), (15, 15), "a bound is missing or there twice");
    for row in rows {
        let expected = match row[0] {
            "preface line, octets with LF" => constants(Preface::MIN_LEN, Preface::MAX_LEN),
            "version" => (Version::ONE.number().to_string(), versions().to_string()),
            "digits of a number" => ("1".to_owned(), u64::MAX.to_string().len().to_string()),
            "payload of an ignorable frame" => ("0".to_owned(), Header::MAX_IGNORABLE.to_string()),
            "TEXT, REPLY" => {
                let text = stated(FrameType::Text, "receiver's `text`");
                assert_eq!(text, stated(FrameType::Reply, "receiver's `text`"));
                text
            }
            "DATA" => stated(FrameType::Data, "server's `chunk`"),
            "FILE" => fixed(FrameType::File),
            "source" => constants(0, SourceName::MAX_LEN),
            "destination" => constants(1, Destination::MAX_LEN),
            "component" => constants(1, Destination::MAX_COMPONENT_LEN),
            "file, known size" => ("0".to_owned(), FileSize::MOST.octets().to_string()),
            "END, STORED" => {
                assert_eq!(fixed(FrameType::End), fixed(FrameType::Stored));
                fixed(FrameType::End)
            }
            "ERROR" => fixed(FrameType::Error),
            "CONTINUE" => fixed(FrameType::Continue),
            "ABORT, BYE" => {
                assert_eq!(fixed(FrameType::Abort), fixed(FrameType::Bye));
                fixed(FrameType::Abort)
            }
            other => panic!("no constant for `{other}`"),
        };
        assert_eq!((row[1].to_owned(), row[2].to_owned()), expected, "{}", row[0]);
    }
    assert_eq!(Message::MAX_LEN + 2, usize::try_from(bounds(FrameType::Error).1).unwrap());
}

#[test]
fn the_timers_are_those_of_the_server_and_of_the_suite() {
    let server = server::Timers::default();
    let coded = [
        (Timer::Preface, server.preface),
        (Timer::Frame, server.frame),
        (Timer::Idle, server.idle),
        (Timer::Discard, server.discard),
        (Timer::Write, server.write),
        (Timer::Close, server.close),
        (Timer::Prefix, server.prefix),
        (Timer::Quiet, server.quiet),
    ];
    let rows = table(&["timer", "default", "what it bounds"]);
    assert_eq!(rows.len(), coded.len());
    for (row, (timer, span)) in rows.iter().zip(coded) {
        let (number, unit) = row[1].split_once(' ').expect("a number and a unit");
        let number = number.parse().expect("a number");
        let written = match unit {
            "s" => Duration::from_secs(number),
            "ms" => Duration::from_millis(number),
            other => panic!("{other} is no unit"),
        };
        assert_eq!((row[0], written), (timer.name(), span));
        assert_eq!(written, timer.default_span(), "{}", row[0]);
    }
    assert_eq!(server.prefix, Duration::from_millis(PREFIX_WAIT_MILLISECONDS));
    assert_eq!(server.quiet, Duration::from_millis(QUIET_MILLISECONDS));
}

/// The highest version that there can be.
fn versions() -> u16 {
    (0..=u16::MAX).rev().find(|number| Version::new(*number).is_some()).expect("a version")
}
