//! A page in one file: cases in rows, targets side by side, and behind each case its
//! sentences and its octets. It needs no network and, but for the filter, no script.
//!
//! The octets of a case that did not pass are there as far as the record keeps them, up to
//! bounds that a few wild cases meet. Those of the others are left out or shortened.

mod board;
mod case;
mod wire;

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::board::{Cell, Chapter, Row, board};
use self::wire::Wire;
use super::{
    began, counts, elapsed_ms, is_trouble, meaning, problems, seconds, shortened, visible,
};
use crate::conformance::record::{Recorded, Tested};
use crate::conformance::{Conclusion, Verdict};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing is loaded from anywhere, whatever a target says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// Most characters of what was seen, in the list of what did not pass.
const SEEN: usize = 160;

/// What the page is made from.
struct Page<'r> {
    runs: &'r [Recorded],
    chapters: Vec<Chapter<'r>>,
    /// Whether cases that passed show octets too.
    all: bool,
    wire: Wire,
}

/// The page for some runs. With `all`, cases that passed show octets too.
#[must_use]
pub fn html(runs: &[Recorded], all: bool) -> String {
    Page { runs, chapters: board(runs), all, wire: Wire::default() }.whole().into_string()
}

impl Page<'_> {
    fn whole(&self) -> Markup {
        let title = match self.runs {
            [one] => format!("{}: conformance", visible(&one.run.target)),
            _ => "Conformance".to_owned(),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body style=(format!("--targets:{}", self.runs.len())) {
                    header { h1 { "Conformance" } }
                    main {
                        div.targets { @for (number, run) in self.runs.iter().enumerate() {
                            (self.target(number, run))
                        } }
                        (self.troubles())
                        (self.filter())
                        @if self.runs.len() > 1 { (self.legend()) }
                        @for chapter in &self.chapters { (self.section(chapter)) }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// Whether there are servers and clients.
    fn both_sides(&self) -> bool {
        let side = |tested| self.runs.iter().any(|recorded| recorded.run.tested == tested);
        side(Tested::Server) && side(Tested::Client)
    }

    fn rows(&self) -> impl Iterator<Item = (&Chapter<'_>, &Row<'_>)> {
        self.chapters.iter().flat_map(|chapter| chapter.rows.iter().map(move |row| (chapter, row)))
    }

    fn target(&self, number: usize, recorded: &Recorded) -> Markup {
        let run = &recorded.run;
        let conclusion = recorded.conclusion();
        let class = match conclusion {
            Conclusion::Conforms => "pass",
            Conclusion::Fails => "fail",
            Conclusion::NothingRun | Conclusion::NotJudged => "inconclusive",
        };
        let code = conclusion.exit_code();
        html! {
            section.target.(class) {
                h2 {
                    @if self.runs.len() > 1 { span.letter { (letter(number)) } " " }
                    (visible(&run.target))
                }
                p.says { "This " (side(run.tested)) " " (meaning(conclusion)) " (exit code " (code) ")." }
                p { (counts(recorded)) "." }
                @let problems = problems(recorded);
                @if !problems.is_empty() {
                    ul.problems { @for problem in &problems { li { (visible(problem)) } } }
                }
                p.note {
                    (visible(&run.suite)) ", begun " time { (began(run).replace('T', " ")) " UTC" }
                    ", took " (seconds(elapsed_ms(recorded))) " s; "
                    (run.timeout_ms) " ms for a case, " (run.silence_ms) " ms of silence"
                }
                p.note { code { (visible(&run.command)) } }
            }
        }
    }

    /// The list of what somebody has to do something about.
    fn troubles(&self) -> Markup {
        let notable = || self.rows().filter(|(_, row)| row.cells.iter().any(is_notable));
        let count = notable().count();
        html! {
            @if count > 0 {
                details.troubles open[count <= 30] {
                    summary { h2 { "Not passed: " (count) " of " (self.rows().count()) " cases" } }
                    ul { @for (chapter, row) in notable() {
                        li {
                            a href=(format!("#{}", self.anchor(chapter, row))) { code { (visible(row.id)) } }
                            @for (number, cell) in row.cells.iter().enumerate() {
                                @if is_notable(cell) {
                                    div {
                                        (self.chip(number, *cell)) " "
                                        @if let Some(case) = cell.result() {
                                            span.seen { (visible(&shortened(&case.seen, SEEN))) }
                                        }
                                    }
                                }
                            }
                        }
                    } }
                }
            }
        }
    }

    /// The filter, which the script brings to life.
    fn filter(&self) -> Markup {
        let mut words: BTreeMap<usize, (&str, usize)> = BTreeMap::new();
        for cell in self.rows().flat_map(|(_, row)| &row.cells) {
            let place = cell.verdict().map_or(Verdict::ALL.len(), |verdict| {
                Verdict::ALL.iter().position(|one| *one == verdict).unwrap_or(0)
            });
            if let Some(word) = cell.word() {
                words.entry(place).or_insert((word, 0)).1 += 1;
            }
        }
        html! {
            form #filter hidden {
                label.search { "Search " input type="search" name="text" autocomplete="off"; }
                fieldset {
                    legend { "Verdicts" }
                    @for (word, count) in words.values() {
                        label { input type="checkbox" name="verdict" value=(word) checked; " " (word) " " small { (count) } }
                    }
                    @if self.runs.len() > 1 {
                        label { input type="checkbox" name="differ"; " only where targets differ" }
                    }
                }
                div {
                    button type="button" name="open" { "Open all shown" } " "
                    button type="button" name="close" { "Close all" } " "
                    output {}
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            div.legend aria-hidden="true" {
                span { "Case" }
                @for (number, recorded) in self.runs.iter().enumerate() {
                    span title=(visible(&recorded.run.target)) { (letter(number)) " " (visible(&recorded.run.target)) }
                }
            }
        }
    }
}

/// What a run is called in its cells: a letter, where there are several.
fn letter(number: usize) -> String {
    let letters = u8::try_from(number).ok().filter(|number| *number < 26);
    letters.map_or_else(|| (number + 1).to_string(), |number| char::from(b'A' + number).to_string())
}

const fn side(tested: Tested) -> &'static str {
    match tested {
        Tested::Server => "server",
        Tested::Client => "client",
    }
}

fn is_notable(cell: &Cell<'_>) -> bool {
    cell.verdict().map_or(matches!(cell, Cell::NoResult), is_trouble)
}
