//! What in a text is meant for the name of a requirement, and is none.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use conexion::conformance::{requirement, requirements};

use crate::citations::{FILES, cases};
use crate::exceptions;

/// The names that the specification gives, cells of its tables included.
pub(crate) fn is_name(word: &str) -> bool {
    requirement(word).is_some()
}

/// Whether a word in backticks is formed like a name, two words with a dot between them, and
/// neither one nor anything else that there is. So is a name with another sign for its dot.
///
/// Documents name cases of the suite too; comments do not.
pub(crate) fn is_mangled(word: &str, document: bool) -> bool {
    let dotted = word.split_once('.').is_some_and(|(first, rest)| {
        let is_path = first.contains(['/', '\\']);
        !first.is_empty() && !is_path && !rest.is_empty() && !rest.starts_with('.')
    });
    let known = is_name(word) || is_number(word) || is_expression(word) || is_file(word);
    let mangled = (dotted || DOTLESS.contains(&without_signs(word))) && !known;
    mangled && !(document && cases().any(|case| case.id == word)) && !is_listed(word)
}

/// Whether it is written down as something else.
fn is_listed(word: &str) -> bool {
    exceptions::OTHER.iter().any(|(other, _)| *other == word)
}

/// Names without what is not a letter or digit.
static DOTLESS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| requirements().iter().map(|known| without_signs(&known.id)).collect());

fn without_signs(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Such as `1.5GiB`; no topic begins with a digit.
fn is_number(word: &str) -> bool {
    word.split_once('.').is_some_and(|(first, _)| first.bytes().all(|b| b.is_ascii_digit()))
}

/// Such as `a.max(b)`.
fn is_expression(word: &str) -> bool {
    word.ends_with(')') && word.contains('(')
}

/// Whether the repository has a file of this name, with or without folders before it, and
/// its ending if that is the one of Rust.
fn is_file(word: &str) -> bool {
    FILES.iter().any(|file| {
        let whole = file.strip_suffix(word);
        let folder = whole.or_else(|| file.strip_suffix(".rs")?.strip_suffix(word));
        folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    })
}

/// The names in what is not in backticks.
pub(crate) fn bare(text: &str) -> impl Iterator<Item = &str> {
    let unquoted = text.split('`').step_by(2);
    let is_sign = |c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c);
    let words = unquoted.flat_map(move |part| part.split(is_sign));
    words.map(|word| word.trim_end_matches('.')).filter(|word| is_name(word))
}

#[test]
fn a_name_that_is_not_quite_one_is_mangled() {
    assert!(!is_mangled("publish.whole", false));
    assert!(!is_mangled("state.open.bye", false));
    for mangled in [
        "pubish.whole",
        "publish.Whole",
        "Publish.whole",
        "publish.folders_late",
        "publish_folders.late",
        "publish.whole.",
        "publish.whole()x",
        "publish.whole*",
        "plain.destination-*",
        "state.opened.bye",
        "pubish.rs",
        "publish-whole",
        "publish_whole",
        "publish:whole",
        "publishwhole",
    ] {
        assert!(is_mangled(mangled, false), "`{mangled}`");
    }
    for other in ["1.5GiB", "names.max(most)", "README.md", "main.rs", ".conexion", "0..9", ".."] {
        assert!(!is_mangled(other, false), "`{other}`");
    }
    assert!(is_mangled("client.upload.one", false) && !is_mangled("client.upload.one", true));
}
