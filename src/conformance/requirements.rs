//! The requirements of `spec/protocol.md`, read from the text itself: each is a paragraph
//! that begins with its name and the side that it binds.
//!
//! Each cell of the server's table of states is one more, with [`TABLE`] as its parent.

use std::sync::LazyLock;

const SPEC: &str = include_str!("../../spec/protocol.md");

/// The requirement whose table names the cells.
const TABLE: &str = "state.table";

/// The side that a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `(client)`.
    Client,
    /// `(server)`.
    Server,
    /// `(both)`.
    Both,
}

/// A requirement of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its name, such as `frame.layout`.
    pub id: String,
    /// Whom it binds.
    pub side: Side,
    /// What it says.
    pub sentence: String,
    /// The heading under which it stands, such as `5.1 The server's states`.
    pub heading: &'static str,
    /// The requirement of which it is a part.
    pub parent: Option<&'static str>,
}

/// All requirements, in the order of the text.
#[must_use]
pub fn requirements() -> &'static [Requirement] {
    static ALL: LazyLock<Vec<Requirement>> = LazyLock::new(|| parse(SPEC));
    &ALL
}

/// The requirement of this name.
#[must_use]
pub fn requirement(id: &str) -> Option<&'static Requirement> {
    requirements().iter().find(|requirement| requirement.id == id)
}

fn parse(spec: &'static str) -> Vec<Requirement> {
    let mut heading = "";
    let mut columns: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in spec.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim();
            heading = heading.split(" {#").next().unwrap_or(heading);
        } else if let Some(requirement) = paragraph(line, heading) {
            found.push(requirement);
        }
        match cells(line) {
            Some(row) if row.first() == Some(&"state") => columns = row,
            Some(row) if !columns.is_empty() => found.extend(state_cells(&columns, &row, heading)),
            Some(_) => {}
            None => columns.clear(),
        }
    }
    found
}

/// A line such as ``**`frame.layout`** (both): A frame MUST …``.
fn paragraph(line: &str, heading: &'static str) -> Option<Requirement> {
    let (id, rest) = line.strip_prefix("**`")?.split_once("`** (")?;
    let (side, sentence) = rest.split_once("): ")?;
    let side = match side {
        "client" => Side::Client,
        "server" => Side::Server,
        "both" => Side::Both,
        _ => return None,
    };
    Some(Requirement {
        id: id.to_owned(),
        side,
        sentence: sentence.to_owned(),
        heading,
        parent: None,
    })
}

/// The cells of a row of a table.
fn cells(line: &'static str) -> Option<Vec<&'static str>> {
    let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(row.split(" | ").map(str::trim).collect())
}

fn state_cells(columns: &[&str], row: &[&str], heading: &'static str) -> Vec<Requirement> {
    let [state, cells @ ..] = row else { return Vec::new() };
    if state.starts_with("---") {
        return Vec::new();
    }
    let pairs = columns.iter().skip(1).zip(cells);
    pairs
        .map(|(column, cell)| Requirement {
            id: format!("state.{state}.{}", column.to_lowercase().replace(' ', "-")),
            side: Side::Server,
            sentence: format!("In `{state}`, on {column}: {cell}."),
            heading,
            parent: Some(TABLE),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_paragraph_becomes_a_requirement() {
        let layout = requirement("frame.layout").expect("in the text");
        assert_eq!(layout.side, Side::Both);
        assert!(layout.sentence.starts_with("A frame MUST consist of"));
        assert_eq!(layout.heading, "4 Frames");
    }

    #[test]
    fn every_cell_of_the_table_is_a_requirement() {
        let cells = requirements().iter().filter(|r| r.parent == Some(TABLE)).count();
        assert_eq!(cells, 21);
        let cell = requirement("state.discard.end-of-stream").expect("a cell");
        assert_eq!(cell.sentence, "In `discard`, on end of stream: closed.");
        let cell = requirement("state.open.bye").expect("a cell");
        assert_eq!(cell.sentence, "In `open`, on BYE: X104, closed.");
    }

    #[test]
    fn no_paragraph_with_a_name_is_lost_and_no_name_comes_twice() {
        let named = SPEC.lines().filter(|line| line.starts_with("**`")).count();
        assert_eq!(requirements().iter().filter(|r| r.parent.is_none()).count(), named);
        let ids: HashSet<_> = requirements().iter().map(|r| &r.id).collect();
        assert_eq!(ids.len(), requirements().len());
    }
}
