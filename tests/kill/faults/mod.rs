//! The faults, a file per chapter of the spec.
//!
//! A fault is a variant with four facts: what a programmer did, the sentence of the spec that
//! is broken by it, and the cases of the suite that must fail it, at least one of which cites
//! that sentence. To add one, write these down in its chapter's file and ask for it with
//! `self.does(Chapter::Variant)` at the place in `adapter/` where that programmer went wrong.

use crate::entry::Entry;

mod disk;
mod limits;
mod plain_header;
mod plain_upload;
mod profiles;
mod texts;
mod timers;

pub(crate) use self::disk::Disk;
pub(crate) use self::limits::Limits;
pub(crate) use self::plain_header::PlainHeader;
pub(crate) use self::plain_upload::PlainUpload;
pub(crate) use self::profiles::Profiles;
pub(crate) use self::texts::Texts;
pub(crate) use self::timers::Timers;

/// A fault of one chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Profiles(Profiles),
    Disk(Disk),
    Limits(Limits),
    Timers(Timers),
    Texts(Texts),
    PlainHeader(PlainHeader),
    PlainUpload(PlainUpload),
}

/// All faults, chapter by chapter.
pub(crate) fn all() -> Vec<&'static Entry> {
    [
        Profiles::ALL,
        Disk::ALL,
        Limits::ALL,
        Timers::ALL,
        Texts::ALL,
        PlainHeader::ALL,
        PlainUpload::ALL,
    ]
    .into_iter()
    .flatten()
    .collect()
}
