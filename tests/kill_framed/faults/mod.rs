//! The faults, a file per chapter of the spec, each with what a programmer did, the sentence
//! that is broken by it, and the cases that must fail it. To add one, write these down in its
//! chapter's file and ask for it with `self.does(Chapter::Variant)` at the place in `server/`
//! where that programmer went wrong.

use crate::entry::Entry;

mod closing;
mod conversation;
mod errors;
mod headers;
mod opening;
mod paths;
mod payloads;
mod preface;
mod requests;
mod resume;
mod states;
mod texts;
mod uploads;

pub(crate) use self::closing::Closing;
pub(crate) use self::conversation::Conversation;
pub(crate) use self::errors::Errors;
pub(crate) use self::headers::Headers;
pub(crate) use self::opening::Opening;
pub(crate) use self::paths::Paths;
pub(crate) use self::payloads::Payloads;
pub(crate) use self::preface::Preface;
pub(crate) use self::requests::Requests;
pub(crate) use self::resume::Resume;
pub(crate) use self::states::States;
pub(crate) use self::texts::Texts;
pub(crate) use self::uploads::Uploads;

/// A fault of one chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Closing(Closing),
    Conversation(Conversation),
    Errors(Errors),
    Headers(Headers),
    Opening(Opening),
    Paths(Paths),
    Payloads(Payloads),
    Preface(Preface),
    Requests(Requests),
    Resume(Resume),
    States(States),
    Texts(Texts),
    Uploads(Uploads),
}

/// All faults, chapter by chapter.
pub(crate) fn all() -> Vec<&'static Entry> {
    [
        Closing::ALL,
        Conversation::ALL,
        Errors::ALL,
        Headers::ALL,
        Opening::ALL,
        Paths::ALL,
        Payloads::ALL,
        Preface::ALL,
        Requests::ALL,
        Resume::ALL,
        States::ALL,
        Texts::ALL,
        Uploads::ALL,
    ]
    .into_iter()
    .flatten()
    .collect()
}
