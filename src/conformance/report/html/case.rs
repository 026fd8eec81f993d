//! A case on the page: a row that opens to its sentences, and to what each run has of it.

use maud::{Markup, html};

use super::board::{Cell, Chapter, Row};
use super::{Page, letter};
use crate::conformance::Verdict;
use crate::conformance::record::{CaseRecord, Tested};
use crate::conformance::report::{again, is_trouble, seconds, shortened, visible};

/// Most characters of what was expected and seen.
const SEEN: usize = 5000;

impl Page<'_> {
    /// A chapter and its cases.
    pub(super) fn section(&self, chapter: &Chapter<'_>) -> Markup {
        html! {
            section.chapter {
                h2 {
                    @if self.both_sides() { (match chapter.tested {
                        Tested::Server => "Servers: ",
                        Tested::Client => "Clients: ",
                    }) }
                    (visible(chapter.title))
                }
                @for row in &chapter.rows { (self.case(chapter, row)) }
            }
        }
    }

    /// Where a link to a case leads; that of a client has a prefix where there are servers
    /// too.
    pub(super) fn anchor(&self, chapter: &Chapter<'_>, row: &Row<'_>) -> String {
        let client = self.both_sides() && chapter.tested == Tested::Client;
        let prefix = if client { "client:" } else { "" };
        let plain = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
        let id: String = row.id.chars().map(|one| if plain(one) { one } else { '_' }).collect();
        format!("case:{prefix}{id}")
    }

    /// A verdict, with the letter of its run where there are several.
    pub(super) fn chip(&self, number: usize, cell: Cell<'_>) -> Markup {
        let class = match cell {
            Cell::Nothing => "nothing".to_owned(),
            Cell::NoResult => "no-result".to_owned(),
            Cell::Result(case) => case.verdict.word().to_lowercase().replace('/', ""),
        };
        html! {
            span.chip.(class) {
                @if self.runs.len() > 1 { span.letter { (letter(number)) } " " }
                (cell.word().unwrap_or("–"))
            }
        }
    }

    fn case(&self, chapter: &Chapter<'_>, row: &Row<'_>) -> Markup {
        let words: Vec<&str> = row.cells.iter().filter_map(|cell| cell.word()).collect();
        let known = row.case();
        html! {
            details.case data-verdicts=(words.join(",")) {
                summary {
                    span.name {
                        code { (visible(row.id)) } " "
                        span { (known.map_or("".into(), |case| visible(&case.title))) }
                    }
                    @for (number, cell) in row.cells.iter().enumerate() {
                        (self.chip(number, *cell))
                    }
                }
                div.body id=(self.anchor(chapter, row)) {
                    @if let Some(case) = known { (sentences(case)) }
                    @for (number, cell) in row.cells.iter().enumerate() {
                        @if let Some(result) = cell.result() { (self.outcome(number, result)) }
                    }
                }
            }
        }
    }

    /// What one run has of a case, for those who opened it.
    fn outcome(&self, number: usize, case: &CaseRecord) -> Markup {
        let run = &self.runs[number].run;
        let whole = is_trouble(case.verdict) || case.verdict == Verdict::KnownFail;
        let text = |text: &str| visible(&shortened(text, SEEN)).into_owned();
        html! {
            section.outcome {
                h3 {
                    (self.chip(number, Cell::Result(case))) " " (visible(&run.target)) " "
                    small { (seconds(case.elapsed_us / 1000)) " s" }
                }
                dl {
                    @if !case.expected.is_empty() { dt { "expected" } dd { (text(&case.expected)) } }
                    @if !case.seen.is_empty() { dt { "seen" } dd { (text(&case.seen)) } }
                    @if let Some(proof) = case.stored { dt { "stored" } dd { (proof.to_string()) } }
                    @if whole { dt { "again" } dd { code { (visible(&again(run, &case.case))) } } }
                }
                @if whole || self.all { (self.wire.conversations(&case.evidence, whole)) }
            }
        }
    }
}

fn sentences(case: &CaseRecord) -> Markup {
    html! {
        p.note { (case.level.to_string()) ", chapter " (visible(&case.chapter)) }
        @for sentence in &case.requirements {
            p.sentence {
                code { (visible(&sentence.id)) } " "
                q { (visible(&sentence.sentence)) }
                " " small { (visible(&sentence.heading)) }
            }
        }
    }
}
