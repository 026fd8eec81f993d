//! `spec/protocol.md`, read as data: requirements, tables and examples.

/// The text.
pub(crate) const TEXT: &str = include_str!("../../spec/protocol.md");

/// A paragraph that begins with a name in bold code.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) name: &'static str,
    /// `client`, `server` or `both`, as it stands there.
    pub(crate) side: &'static str,
    pub(crate) sentence: &'static str,
}

/// Every requirement, in the order of the text.
///
/// A paragraph that begins like a requirement and does not go on like one fails here.
pub(crate) fn requirements() -> Vec<Requirement> {
    TEXT.lines().filter(|line| line.starts_with("**`")).map(requirement).collect()
}

fn requirement(line: &'static str) -> Requirement {
    let parts = line.strip_prefix("**`").and_then(|rest| {
        let (name, rest) = rest.split_once("`** (")?;
        let (side, sentence) = rest.split_once("): ")?;
        Some(Requirement { name, side, sentence })
    });
    parts.unwrap_or_else(|| panic!("not **`name`** (side): sentence: {line}"))
}

/// The body of the table whose first row begins with these cells.
pub(crate) fn table(head: &[&str]) -> Vec<Vec<&'static str>> {
    let mut lines = TEXT.lines().skip_while(|line| !cells(line).starts_with(head));
    let columns = cells(lines.next().unwrap_or_else(|| panic!("no table begins {head:?}"))).len();
    let rows: Vec<_> = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(rows.iter().all(|row| row.len() == columns), "a row of {head:?} has other columns");
    assert!(!rows.is_empty(), "the table {head:?} has no row");
    rows
}

fn cells(line: &'static str) -> Vec<&'static str> {
    match line.strip_prefix("| ").and_then(|rest| rest.strip_suffix('|')) {
        Some(inner) => inner.split('|').map(str::trim).collect(),
        None => Vec::new(),
    }
}
