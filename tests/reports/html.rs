//! The page: one file, whole without a network and without its script.

use conexion::conformance::Verdict;
use conexion::conformance::record::{Recorded, Tested};
use conexion::conformance::report::html::html;

use crate::records::{all_verdicts, case, recorded};

fn two_targets() -> [Recorded; 2] {
    let first = vec![case("one", Verdict::Pass), case("two", Verdict::Fail)];
    let second = vec![case("two", Verdict::Pass), case("three", Verdict::Weak)];
    [recorded("left:1", first), recorded("right:2", second)]
}

/// The text between two others.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before:?}")) + before.len();
    let len = text[start..].find(after).unwrap_or_else(|| panic!("no {after:?}"));
    &text[start..start + len]
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = html(&[recorded("x", all_verdicts())], true);
    for part in ["http://", "https://", " src=", "url(", "@import", "<link"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn targets_stand_side_by_side() {
    let page = html(&two_targets(), false);
    let row = |id: &str| {
        let row = between(&page, &format!("<code>{id}</code> <span>"), "</summary>");
        let chips = row.split("class=\"chip ").skip(1);
        chips.map(|chip| chip.split('"').next().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(row("one"), ["pass", "nothing"]);
    assert_eq!(row("two"), ["fail", "pass"]);
    assert_eq!(row("three"), ["nothing", "weak"]);
    assert_eq!(page.matches("<details class=\"case\"").count(), 3);
    assert!(page.contains("A</span> left:1") || page.contains("A left:1"), "a legend");
}

#[test]
fn every_case_can_be_reached_by_a_link_that_leads_somewhere() {
    let mut runs = two_targets();
    runs[1].run.tested = Tested::Client;
    let page = html(&runs, false);
    let links: Vec<&str> =
        page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links, ["case:two", "case:client:three"]);
    let ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for link in links {
        assert!(ids.contains(&link), "{link} in {ids:?}");
    }
    assert!(page.contains("Servers: 4 Frames") && page.contains("Clients: 4 Frames"));
}

#[test]
fn a_verdict_is_never_told_by_colour_alone() {
    let page = html(&[recorded("x", all_verdicts())], false);
    for verdict in Verdict::ALL {
        let id = format!("is.{}", verdict.word().to_lowercase().replace('/', ""));
        let row = between(&page, &format!("<code>{id}</code> <span>"), "</summary>");
        assert!(row.ends_with(&format!("{verdict}</span>")), "{row}");
    }
}
