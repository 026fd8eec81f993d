//! XML in the form of `JUnit`, for whatever collects test results: a suite for each run.
//!
//! It keeps to what both published schemas allow, Jenkins's `junit-10.xsd` and Apache Ant's
//! `JUnit.xsd`: that is why a case has no output of its own, and what is told of cases that
//! are neither failed nor skipped stands in the output of the suite.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::details::details;
use super::{began, chapter_of, elapsed_ms, problems, seconds, shortened, visible};
use crate::conformance::Verdict;
use crate::conformance::record::{CaseRecord, Recorded, Tested};

/// Most characters of a message; the text behind it has all.
const MESSAGE: usize = 2000;

/// The element inside a `testcase` that says why it did not pass.
struct Mark {
    element: &'static str,
    kind: String,
    message: String,
    text: String,
}

/// A `testcase`.
struct Test {
    name: String,
    class: String,
    seconds: String,
    mark: Option<Mark>,
}

/// The report of some runs.
///
/// # Panics
///
/// Never: it is written to memory.
#[must_use]
pub fn junit(runs: &[Recorded]) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written = xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let written = written.and_then(|()| {
        let suites = xml.create_element("testsuites").write_inner_content(|xml| {
            let mut runs = runs.iter().enumerate();
            runs.try_for_each(|(number, recorded)| suite(xml, number, recorded))
        });
        suites.map(drop)
    });
    written.expect("memory takes all");
    let mut text = String::from_utf8(xml.into_inner()).expect("made of texts");
    text.push('\n');
    text
}

fn suite(xml: &mut Writer<Vec<u8>>, number: usize, recorded: &Recorded) -> io::Result<()> {
    let run = &recorded.run;
    let (package, tested) = match run.tested {
        Tested::Server => ("conexion.server", "server"),
        Tested::Client => ("conexion.client", "client"),
    };
    let tests = tests(recorded, package);
    let count = |element: &str| {
        let marks = tests.iter().filter_map(|test| test.mark.as_ref());
        marks.filter(|mark| mark.element == element).count().to_string()
    };
    let name = if run.target.trim().is_empty() { "target" } else { &run.target };
    let attributes = [
        ("name", visible(name).into_owned()),
        ("package", package.to_owned()),
        ("id", number.to_string()),
        ("timestamp", began(run)),
        ("hostname", "localhost".to_owned()),
        ("tests", tests.len().to_string()),
        ("failures", count("failure")),
        ("errors", count("error")),
        ("skipped", count("skipped")),
        ("time", seconds(elapsed_ms(recorded))),
    ];
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
    let suite = xml.create_element("testsuite").with_attributes(attributes);
    let inner = suite.write_inner_content(|xml| {
        let told = [("tested", tested), ("suite", &run.suite), ("command", &run.command)];
        let properties = xml.create_element("properties").write_inner_content(|xml| {
            told.iter().try_for_each(|(name, value)| {
                let value = visible(value);
                let property = xml.create_element("property");
                let attributes = [("name", *name), ("value", &*value)];
                property.with_attributes(attributes).write_empty().map(drop)
            })
        });
        properties?;
        tests.iter().try_for_each(|test| write_test(xml, test))?;
        xml.create_element("system-out").write_text_content(BytesText::new(&asides(recorded)))?;
        let problems = problems(recorded).join("\n");
        xml.create_element("system-err").write_text_content(BytesText::new(&lines(&problems)))?;
        Ok(())
    });
    inner.map(drop)
}

fn write_test(xml: &mut Writer<Vec<u8>>, test: &Test) -> io::Result<()> {
    let attributes = [("name", &*test.name), ("classname", &*test.class), ("time", &*test.seconds)];
    let element = xml.create_element("testcase").with_attributes(attributes);
    let Some(mark) = &test.mark else { return element.write_empty().map(drop) };
    let inner = element.write_inner_content(|xml| {
        let attributes = [("type", &*mark.kind), ("message", &*mark.message)];
        let element = xml.create_element(mark.element).with_attributes(attributes);
        element.write_text_content(BytesText::new(&mark.text)).map(drop)
    });
    inner.map(drop)
}

/// The cases, those without a result, and one more for the run itself if it is not whole.
fn tests(recorded: &Recorded, package: &str) -> Vec<Test> {
    // A dot parts packages, for those who read these reports.
    let class = |chapter: &str| format!("{package}.{}", visible(chapter).replace('.', "-"));
    let mut tests: Vec<Test> = recorded
        .cases
        .iter()
        .map(|case| Test {
            name: visible(&case.case).into_owned(),
            class: class(&case.chapter),
            seconds: seconds(case.elapsed_us / 1000),
            mark: mark(recorded, case),
        })
        .collect();
    tests.extend(recorded.not_judged().map(|id| Test {
        name: visible(id).into_owned(),
        class: class(chapter_of(id)),
        seconds: seconds(0),
        mark: Some(Mark {
            element: "error",
            kind: "NO-RESULT".to_owned(),
            message: "the case has no result".to_owned(),
            text: String::new(),
        }),
    }));
    let problems = problems(recorded);
    if !problems.is_empty() {
        tests.push(Test {
            name: "the run itself".to_owned(),
            class: package.to_owned(),
            seconds: seconds(0),
            mark: Some(Mark {
                element: if recorded.problems().is_empty() { "error" } else { "failure" },
                kind: "RUN".to_owned(),
                message: visible(&problems.join("; ")).into_owned(),
                text: lines(&problems.join("\n")),
            }),
        });
    }
    tests
}

fn mark(recorded: &Recorded, case: &CaseRecord) -> Option<Mark> {
    let element = match case.verdict {
        Verdict::Pass | Verdict::Info | Verdict::Weak => return None,
        Verdict::Fail | Verdict::UnexpectedPass => "failure",
        Verdict::Inconclusive | Verdict::HarnessError => "error",
        Verdict::NotApplicable | Verdict::KnownFail => "skipped",
    };
    let message = if case.expected.is_empty() {
        case.seen.clone()
    } else {
        format!("expected {}, saw {}", case.expected, case.seen)
    };
    let text = match case.verdict {
        Verdict::NotApplicable => String::new(),
        _ => details(&recorded.run, case, None).join("\n"),
    };
    Some(Mark {
        element,
        kind: case.verdict.word().to_owned(),
        message: visible(&shortened(&message, MESSAGE)).into_owned(),
        text,
    })
}

/// What is told of cases that count as passed.
fn asides(recorded: &Recorded) -> String {
    let mut told = Vec::new();
    for case in &recorded.cases {
        let heading = format!("{} {}: {}", case.verdict, visible(&case.case), visible(&case.title));
        match case.verdict {
            Verdict::Weak => {
                told.push(heading);
                told.extend(details(&recorded.run, case, None));
            }
            Verdict::Info => told.extend([heading, visible(&case.seen).into_owned()]),
            _ => {}
        }
    }
    told.join("\n")
}

/// A text of several lines.
fn lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}
