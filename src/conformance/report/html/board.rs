//! The cases of several runs side by side.

use std::collections::HashMap;

use crate::conformance::Verdict;
use crate::conformance::record::{CaseRecord, Recorded, Tested};
use crate::conformance::report::chapter_of;

/// The cases that stand in a chapter.
pub(super) struct Chapter<'r> {
    pub(super) tested: Tested,
    pub(super) title: &'r str,
    pub(super) rows: Vec<Row<'r>>,
}

/// A case, and what each run has of it.
pub(super) struct Row<'r> {
    pub(super) id: &'r str,
    pub(super) cells: Vec<Cell<'r>>,
}

/// What a run has of a case.
#[derive(Clone, Copy)]
pub(super) enum Cell<'r> {
    /// It was not to be run.
    Nothing,
    /// It was to be run and has no result.
    NoResult,
    /// What came of it.
    Result(&'r CaseRecord),
}

impl<'r> Cell<'r> {
    pub(super) const fn result(self) -> Option<&'r CaseRecord> {
        match self {
            Self::Result(case) => Some(case),
            Self::Nothing | Self::NoResult => None,
        }
    }

    pub(super) fn verdict(self) -> Option<Verdict> {
        self.result().map(|case| case.verdict)
    }

    /// The word in the cell, if there is one.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::NoResult => Some("NO RESULT"),
            Self::Result(case) => Some(case.verdict.word()),
        }
    }
}

impl<'r> Row<'r> {
    /// What any of the runs says about the case itself.
    pub(super) fn case(&self) -> Option<&'r CaseRecord> {
        self.cells.iter().find_map(|cell| cell.result())
    }
}

/// The chapters of all runs, each with its cases, in the order in which they come first.
pub(super) fn board(runs: &[Recorded]) -> Vec<Chapter<'_>> {
    let mut chapters: Vec<Chapter<'_>> = Vec::new();
    let mut chapter_places: HashMap<(bool, &str), usize> = HashMap::new();
    let mut places: HashMap<(bool, &str), (usize, usize)> = HashMap::new();
    for (number, recorded) in runs.iter().enumerate() {
        let tested = recorded.run.tested;
        let client = tested == Tested::Client;
        let results: HashMap<&str, &CaseRecord> =
            recorded.cases.iter().map(|case| (case.case.as_str(), case)).collect();
        for id in &recorded.run.cases {
            let result = results.get(id.as_str()).copied();
            let (chapter, row) = *places.entry((client, id)).or_insert_with(|| {
                let title = result.map_or_else(|| chapter_of(id), |case| &case.chapter);
                let chapter = *chapter_places.entry((client, title)).or_insert_with(|| {
                    chapters.push(Chapter { tested, title, rows: Vec::new() });
                    chapters.len() - 1
                });
                let rows = &mut chapters[chapter].rows;
                rows.push(Row { id, cells: vec![Cell::Nothing; runs.len()] });
                (chapter, rows.len() - 1)
            });
            chapters[chapter].rows[row].cells[number] = result.map_or(Cell::NoResult, Cell::Result);
        }
    }
    chapters
}
