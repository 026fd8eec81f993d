//! The result stream: one JSON object per line and case.
//!
//! Written by hand, since the library has no use for a serialiser otherwise: all values
//! are strings, numbers, and arrays of strings.

use std::fmt::Write as _;

use crate::conformance::CaseResult;

/// The line of one result, with its LF.
#[must_use]
pub fn line(result: &CaseResult) -> String {
    let CaseResult { case, verdict, expected, seen, elapsed, .. } = result;
    let requirements: Vec<String> = case.requirements.iter().map(|id| string(id)).collect();
    format!(
        "{{\"case\":{},\"verdict\":{},\"level\":{},\"requirements\":[{}],\"title\":{},\
         \"expected\":{},\"seen\":{},\"elapsed_us\":{}}}\n",
        string(case.id),
        string(verdict.word()),
        string(&case.level.to_string()),
        requirements.join(","),
        string(case.title),
        string(expected),
        string(seen),
        elapsed.as_micros()
    )
}

/// A string of RFC 8259, with everything escaped that it asks for, and DEL and the C1
/// controls too, lest a terminal obeys them.
fn string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => {
                // Writing to a String cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::{Verdict, registry};
    use crate::wire::Role;

    #[test]
    fn a_line_is_json_whatever_the_server_said() {
        let seen = "a \"quoted\" \\ text\n\r\t\0\x1B[2J\u{7F}\u{9B} ñ 𝄞 \u{2028}";
        let result = CaseResult {
            case: registry(Role::Server)[0],
            verdict: Verdict::Fail,
            expected: String::new(),
            seen: seen.to_owned(),
            evidence: Vec::new(),
            elapsed: Duration::from_micros(1234),
        };
        let line = line(&result);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.trim_end().contains(char::is_control));
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["seen"], seen);
        assert_eq!(value["verdict"], "FAIL");
        assert_eq!(value["requirements"][0], registry(Role::Server)[0].requirements[0]);
        assert_eq!(value["elapsed_us"], 1234);
    }
}
