//! Vectors of single lines, frames and paths.

use conexion::wire::Role;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Item, Kind, Number, Octets, StatedLimits};

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Client => Role::Client,
            Self::Server => Role::Server,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineVector {
    pub(crate) id: String,
    #[serde(rename = "shows")]
    _shows: IgnoredAny,
    #[serde(rename = "note")]
    _note: IgnoredAny,
    pub(crate) side: Side,
    pub(crate) octets: Octets,
    pub(crate) text: Option<String>,
    pub(crate) result: LineResult,
}

#[derive(Deserialize)]
pub(crate) enum LineResult {
    #[serde(rename = "line")]
    Line(Line),
    #[serde(rename = "malformed")]
    Malformed,
    #[serde(rename = "need more")]
    NeedMore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) taken: usize,
    pub(crate) version: u16,
    pub(crate) chunk: Option<u32>,
    pub(crate) text: Option<u32>,
    pub(crate) file: Option<Number>,
    pub(crate) agent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrameVector {
    pub(crate) id: String,
    #[serde(rename = "shows")]
    pub(crate) shows: Vec<String>,
    #[serde(rename = "note")]
    _note: IgnoredAny,
    pub(crate) sender: Side,
    pub(crate) octets: Octets,
    #[serde(default)]
    pub(crate) limits: StatedLimits,
    #[serde(default)]
    pub(crate) digest: Kind,
    pub(crate) result: FrameResult,
}

#[derive(Deserialize)]
pub(crate) enum FrameResult {
    #[serde(rename = "frame")]
    Frame(Item),
    #[serde(rename = "ignored")]
    Ignored,
    #[serde(rename = "refused")]
    Refused(Refused),
    #[serde(rename = "need more")]
    NeedMore(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    pub(crate) by: String,
    pub(crate) code: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathVector {
    pub(crate) id: String,
    #[serde(rename = "shows")]
    pub(crate) shows: Vec<String>,
    #[serde(rename = "note")]
    _note: IgnoredAny,
    pub(crate) kind: PathKind,
    pub(crate) octets: Octets,
    pub(crate) text: Option<String>,
    pub(crate) result: PathResult,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PathKind {
    Destination,
    Source,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PathResult {
    Ok,
    Breaks(String),
}
