//! Transcripts of a server.

use conexion::wire::{DigestKind, Frame, Parse, PayloadLimit, ReceiveLimits, Role};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Item, Octets, StatedLimits};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transcript {
    pub(crate) id: String,
    #[serde(rename = "shows")]
    _shows: IgnoredAny,
    #[serde(rename = "note")]
    _note: IgnoredAny,
    #[serde(default)]
    pub(crate) limits: StatedLimits,
    pub(crate) steps: Vec<Step>,
    pub(crate) then: Then,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Then {
    Idle,
    Open,
    Discard,
    Closed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) cell: Option<String>,
    #[serde(flatten)]
    pub(crate) input: Input,
    #[serde(default)]
    pub(crate) handled: Vec<Handled>,
    #[serde(default)]
    pub(crate) out: Vec<Item>,
    /// What is sent, octet for octet, in the worked example.
    pub(crate) octets: Option<Octets>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Input {
    In(Octets),
    End(End),
    Fail(u16),
    Close(u16),
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    Whole,
    Cut,
}

/// What the layer above is given, and what it answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handled {
    pub(crate) given: Item,
    pub(crate) answer: Option<Item>,
}

/// The frames that a server has sent behind its line.
pub(crate) fn frames(mut octets: &[u8]) -> Vec<Item> {
    let receive = ReceiveLimits { chunk: PayloadLimit::MOST, text: PayloadLimit::MOST };
    let mut items = Vec::new();
    while !octets.is_empty() {
        let kinds = DigestKind::ALL.into_iter();
        let mut parsed = kinds.map(|kind| Frame::parse(octets, Role::Server, receive, kind));
        let frame = parsed.find_map(|parsed| match parsed {
            Ok(Parse::Complete(Some(frame), taken)) => Some((Item::of(&frame), taken)),
            _ => None,
        });
        let (item, taken) = frame.unwrap_or_else(|| panic!("no frame: {octets:02X?}"));
        items.push(item);
        octets = &octets[taken..];
    }
    items
}
