//! What went over the wire, on the page.

use std::cell::Cell;

use maud::{Markup, html};

use crate::conformance::Item;
use crate::conformance::record::{Conversation, Party};
use crate::conformance::report::{ends, visible};

/// How much is shown: connections, lines and frames of one, and octets of one of these; of
/// the first two the first ones and the last ones.
struct Bounds {
    conversations: (usize, usize),
    items: (usize, usize),
    octets: usize,
}

/// Most items of a connection that is open from the beginning.
const OPEN: usize = 12;

const WHOLE: Bounds = Bounds { conversations: (8, 8), items: (100, 50), octets: 1024 };
const SHORT: Bounds = Bounds { conversations: (2, 1), items: (12, 4), octets: 48 };

/// How much the octets may take of one page before they are shortened, and before they are
/// left out: what a browser still opens at once.
const WHOLE_UNTIL: usize = 6 << 20;
const SHORT_UNTIL: usize = 9 << 20;

/// The octets of a page.
#[derive(Default)]
pub(super) struct Wire {
    /// How much of the page they take so far.
    taken: Cell<usize>,
}

impl Wire {
    /// The connections of a case, whole or shortened.
    pub(super) fn conversations(&self, all: &[Conversation], whole: bool) -> Markup {
        let markup = match self.taken.get() {
            taken if whole && taken < WHOLE_UNTIL => conversations(all, &WHOLE),
            taken if taken < SHORT_UNTIL => conversations(all, &SHORT),
            _ => html! { p.more { "The page is full: the octets stand in the results." } },
        };
        self.taken.set(self.taken.get() + markup.0.len());
        markup
    }
}

fn conversations(all: &[Conversation], bounds: &Bounds) -> Markup {
    let (first, left_out, last) = ends(all, bounds.conversations.0, bounds.conversations.1);
    html! {
        @for one in first { (conversation(one, bounds)) }
        @if left_out > 0 { p.more { (left_out) " connections more, not shown" } }
        @for one in last { (conversation(one, bounds)) }
    }
}

fn conversation(conversation: &Conversation, bounds: &Bounds) -> Markup {
    let items = conversation.items();
    let (first, left_out, last) = ends(&items, bounds.items.0, bounds.items.1);
    html! {
        details.wire open[items.len() <= OPEN] {
            summary { "On the wire (" (visible(&conversation.label)) "): " (told(&items)) }
            ol {
                @for one in first { (item(one, bounds.octets)) }
                @if left_out > 0 { li.more { (left_out) " more, not shown" } }
                @for one in last { (item(one, bounds.octets)) }
            }
        }
    }
}

/// How much went by, on which side.
fn told(items: &[Item]) -> String {
    let octets = |by| {
        let all = items.iter().filter(|item| item.by == by).map(|item| item.length);
        all.fold(0, u64::saturating_add)
    };
    let (suite, target) = (octets(Party::Suite), octets(Party::Target));
    if items.is_empty() {
        return "nothing was sent and nothing came".to_owned();
    }
    format!("{suite} octets of the suite, {target} of the target")
}

fn item(item: &Item, most: usize) -> Markup {
    let (class, by) = match item.by {
        Party::Suite => ("suite", "suite"),
        Party::Target => ("peer", "target"),
    };
    let (rows, more) = item.rows(most);
    html! {
        li.(class) {
            span.by { (by) } " "
            span.at { (item.at_us / 1000) "." (item.at_us % 1000 / 100) " ms" } " "
            span.what { (visible(&item.title)) }
            @for (hex, ascii) in &rows { div.row { code { (hex) } " " code { (ascii) } } }
            @if more > 0 { div.more { (more) " octets more" } }
        }
    }
}
