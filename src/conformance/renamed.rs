//! Names that cases and requirements once had. A name never disappears: whoever has it in
//! a script, a baseline or a note is led to what asks the same now.

/// The former name, and the one that took its place.
const RENAMED: &[(&str, &str)] = &[
    ("plain.echo-1024", "plain.echo-long"),
    ("plain.echo-4096", "plain.echo-long"),
    ("upload.1", "upload.sizes"),
    ("upload.1023", "upload.sizes"),
    ("upload.1024", "upload.sizes"),
    ("upload.1025", "upload.sizes"),
];

/// The name that a case or a requirement has now, whichever it is called by.
#[must_use]
pub fn current_id(id: &str) -> &str {
    RENAMED.iter().find(|(former, _)| *former == id).map_or(id, |(_, now)| now)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::conformance::{is_case, requirement};

    #[test]
    fn former_names_lead_to_one_that_there_is() {
        let there_is = |id: &str| is_case(id) || requirement(id).is_some();
        let formers: HashSet<_> = RENAMED.iter().map(|(former, _)| former).collect();
        assert_eq!(formers.len(), RENAMED.len(), "a former name is there twice");
        for (former, now) in RENAMED {
            assert!(!there_is(former), "`{former}` is a name again");
            assert!(there_is(now), "`{former}` leads to `{now}`, which is none");
            assert_eq!(current_id(former), *now);
        }
        assert_eq!(current_id("state.open.bye"), "state.open.bye");
    }
}
