//! A badge: what the runs say together, in two words.

use super::worst;
use crate::conformance::record::Recorded;
use crate::conformance::{Conclusion, Verdict};

const LABEL: &str = "conexion";

/// The badge as an image.
#[must_use]
pub fn svg(runs: &[Recorded]) -> String {
    let (message, colour) = said(runs);
    let (left, right) = (width(LABEL), width(&message));
    let (whole, middle) = (left + right, left + right / 2);
    let half = left / 2;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{LABEL}: {message}">
<title>{LABEL}: {message}</title>
<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{half}" y="14">{LABEL}</text>
<text x="{middle}" y="14">{message}</text>
</g>
</svg>
"##
    )
}

/// The badge as what an endpoint of shields.io answers.
///
/// # Panics
///
/// Never: it is made of texts.
#[must_use]
pub fn endpoint(runs: &[Recorded]) -> String {
    let (message, color) = said(runs);
    let badge = serde_json::json!({
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": color,
    });
    format!("{badge}\n")
}

/// The message, and a colour on which white can be read.
fn said(runs: &[Recorded]) -> (String, &'static str) {
    let count = |wanted: &[Verdict]| {
        let cases = runs.iter().flat_map(|recorded| &recorded.cases);
        cases.filter(|case| wanted.contains(&case.verdict)).count()
    };
    match worst(runs) {
        _ if runs.is_empty() => ("nothing run".to_owned(), "#5c5c5c"),
        Conclusion::Conforms => ("conforms".to_owned(), "#1a7f37"),
        Conclusion::Fails => match count(&[Verdict::Fail, Verdict::UnexpectedPass]) {
            0 => ("fails".to_owned(), "#b3261e"),
            failed => (format!("{failed} failed"), "#b3261e"),
        },
        Conclusion::NothingRun => ("nothing run".to_owned(), "#5c5c5c"),
        Conclusion::NotJudged => ("not judged".to_owned(), "#7a5200"),
    }
}

/// About how wide a text of lower case letters and digits is, with a margin.
fn width(text: &str) -> usize {
    text.chars().count() * 7 + 10
}
