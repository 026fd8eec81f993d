//! Transcripts of a client.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Item, Octets};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transcript {
    pub(crate) id: String,
    #[serde(rename = "shows")]
    _shows: IgnoredAny,
    #[serde(rename = "note")]
    _note: IgnoredAny,
    /// The client's `text`.
    pub(crate) text: Option<u32>,
    pub(crate) steps: Vec<Step>,
    pub(crate) unanswered: usize,
    pub(crate) outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Unknown,
    #[serde(rename = "not carried out")]
    NotCarriedOut,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) cell: Option<String>,
    #[serde(flatten)]
    pub(crate) input: Input,
    #[serde(default)]
    pub(crate) reacts: Vec<Reaction>,
    /// What is sent, octet for octet.
    pub(crate) octets: Option<Octets>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Input {
    Send(Vec<Item>),
    #[serde(rename = "must not send")]
    MustNotSend(Vec<Item>),
    In(Octets),
    End(bool),
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reaction {
    Line,
    Passed,
    Answer(Item),
    #[serde(rename = "go on")]
    GoOn(Item),
    Ended(Item),
    Fault,
}
