//! The rules of the two published schemas of `JUnit`'s XML, as far as they bind this report:
//! Jenkins's `junit-10.xsd` and Apache Ant's `JUnit.xsd`.

use conexion::conformance::record::Recorded;
use conexion::conformance::report::junit::junit;
use roxmltree::{Document, Node};

use crate::records::{all_verdicts, case, recorded, run};

/// The attributes that an element must have, and the others that it may have: what both
/// schemas allow.
const RULES: [(&str, &[&str], &[&str]); 10] = [
    ("testsuites", &[], &[]),
    (
        "testsuite",
        &["name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "time"],
        &["skipped"],
    ),
    ("properties", &[], &[]),
    ("property", &["name", "value"], &[]),
    ("testcase", &["name", "classname", "time"], &[]),
    ("failure", &["type"], &["message"]),
    ("error", &["type"], &["message"]),
    ("skipped", &[], &["type", "message"]),
    ("system-out", &[], &[]),
    ("system-err", &[], &[]),
];

fn check(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let rule = RULES.iter().find(|(element, ..)| *element == name);
    let (_, required, others) = rule.unwrap_or_else(|| panic!("no element `{name}`"));
    let there: Vec<&str> = node.attributes().map(|one| one.name()).collect();
    for attribute in *required {
        assert!(there.contains(attribute), "`{name}` lacks `{attribute}`");
    }
    for attribute in &there {
        let known = required.contains(attribute) || others.contains(attribute);
        assert!(known, "`{name}` has `{attribute}`");
    }
    for attribute in ["tests", "failures", "errors", "skipped", "id"] {
        let number = node.attribute(attribute).map(str::parse::<i32>);
        assert!(number.is_none_or(|number| number.is_ok()), "{attribute}");
    }
    if let Some(time) = node.attribute("time") {
        let decimal = |octet: u8| octet.is_ascii_digit() || octet == b'.';
        assert!(time.bytes().all(decimal) && time.parse::<f64>().is_ok(), "time {time}");
    }
    let children: Vec<&str> =
        node.children().filter(Node::is_element).map(|one| one.tag_name().name()).collect();
    match name {
        "testsuites" => assert!(children.iter().all(|child| *child == "testsuite")),
        "testsuite" => {
            let [first, cases @ .., out, err] = &*children else { panic!("{children:?}") };
            assert_eq!((*first, *out, *err), ("properties", "system-out", "system-err"));
            assert!(cases.iter().all(|child| *child == "testcase"), "{children:?}");
            for attribute in ["name", "hostname"] {
                assert!(!node.attribute(attribute).unwrap_or("").is_empty(), "{attribute}");
            }
        }
        "properties" => assert!(children.iter().all(|child| *child == "property")),
        "testcase" => assert!(children.len() <= 1, "{children:?}"),
        _ => assert!(children.is_empty(), "{name}: {children:?}"),
    }
    node.children().filter(Node::is_element).for_each(check);
}

#[test]
fn it_keeps_to_both_schemas() {
    let all = all_verdicts();
    let cut = Recorded { run: run("", &all), cases: all[..2].to_vec(), end: None };
    let mut wild = recorded("x", vec![case("one", conexion::conformance::Verdict::Weak)]);
    (wild.run.started_ms, wild.cases[0].elapsed_us) = (u64::MAX, u64::MAX);
    for runs in [vec![], vec![recorded("x", Vec::new())], vec![recorded("x", all), cut], vec![wild]]
    {
        let xml = junit(&runs);
        let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
        assert_eq!(document.root_element().tag_name().name(), "testsuites");
        check(document.root_element());
    }
}

#[test]
fn counts_are_those_of_the_elements() {
    let all = all_verdicts();
    let cut = Recorded { run: run("x", &all), cases: all[..6].to_vec(), end: None };
    let xml = junit(&[recorded("x", all), cut]);
    let document = Document::parse(&xml).expect("XML");
    let suites = document.root_element().children().filter(Node::is_element);
    for suite in suites {
        for (attribute, element) in [
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ] {
            let there = suite.descendants().filter(|node| node.has_tag_name(element)).count();
            assert_eq!(suite.attribute(attribute), Some(&*there.to_string()), "{attribute}");
        }
    }
}
