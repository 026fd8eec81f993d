//! The faults, a file per chapter of the spec.
//!
//! A fault is a variant with four facts: what a programmer did, the sentence of the spec that
//! is broken by it, and the cases of the suite that must fail it, at least one of which cites
//! that sentence. To add one, write these down in its chapter's file and ask for it with
//! `self.does(Chapter::Variant)` at the place in `adapter/` where that programmer went wrong.

macro_rules! faults {
    ($chapter:ident { $(
        $fault:ident: $did:literal, breaks $breaks:literal, fails [$($case:literal),+ $(,)?]
        $(, $hangs:ident)?;
    )+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $chapter { $($fault),+ }

        impl From<$chapter> for $crate::faults::Fault {
            fn from(fault: $chapter) -> Self {
                Self::$chapter(fault)
            }
        }

        impl $chapter {
            /// Every fault of the chapter.
            pub(crate) const ALL: &[$crate::faults::Entry] = &[$(
                $crate::faults::Entry {
                    fault: $crate::faults::Fault::$chapter(Self::$fault),
                    name: concat!(stringify!($chapter), "::", stringify!($fault)),
                    did: $did,
                    breaks: $breaks,
                    fails: &[$($case),+],
                    hangs: faults!(@hangs $($hangs)?),
                }
            ),+];
        }
    };
    (@hangs) => { false };
    (@hangs hangs) => { true };
}

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

/// What is known of a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) fault: Fault,
    /// The chapter and the variant.
    pub(crate) name: &'static str,
    /// What the programmer did.
    pub(crate) did: &'static str,
    /// The requirement that is broken.
    pub(crate) breaks: &'static str,
    /// The cases that must fail, or be weak where they are about a SHOULD.
    pub(crate) fails: &'static [&'static str],
    /// Whether what shows may be that nothing comes until the deadline. All other faults must
    /// be found out by what does come, however late.
    pub(crate) hangs: bool,
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

/// What is wrong with a server: one fault, or nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong(pub(crate) Option<Fault>);

impl Wrong {
    /// Whether the programmer of the server did this.
    pub(crate) fn does(self, fault: impl Into<Fault>) -> bool {
        self.0 == Some(fault.into())
    }
}
