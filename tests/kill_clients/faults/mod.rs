//! The faults, a file per chapter of the spec.
//!
//! A fault is a variant with three facts: what a programmer did, the sentence of the spec that
//! is broken by it, and the cases of the suite that must fail it, at least one of which cites
//! that sentence. To add one, write these down in its chapter's file and ask for it with
//! `wrong.does(Chapter::Variant)` at the place in `client/` where that programmer went wrong.

macro_rules! faults {
    ($chapter:ident { $(
        $fault:ident: $did:literal, breaks $breaks:literal, fails [$($case:literal),* $(,)?]
        $(, $waits:ident)?;
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
                    fails: &[$($case),*],
                    waits: faults!(@waits $($waits)?),
                }
            ),+];
        }
    };
    (@waits) => { false };
    (@waits waits) => { true };
}

mod answers;
mod ending;
mod frames;
mod octets;
mod plain;
mod preface;
mod request;
mod resume;
mod texts;

pub(crate) use self::answers::Answers;
pub(crate) use self::ending::Ending;
pub(crate) use self::frames::Frames;
pub(crate) use self::octets::Octets;
pub(crate) use self::plain::Plain;
pub(crate) use self::preface::Preface;
pub(crate) use self::request::Request;
pub(crate) use self::resume::Resume;
pub(crate) use self::texts::Texts;

/// A fault of one chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Preface(Preface),
    Frames(Frames),
    Answers(Answers),
    Texts(Texts),
    Request(Request),
    Octets(Octets),
    Resume(Resume),
    Ending(Ending),
    Plain(Plain),
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
    /// Whether it shows only where the client has waited for 10 s.
    pub(crate) waits: bool,
}

/// All faults, chapter by chapter.
pub(crate) fn all() -> Vec<&'static Entry> {
    [
        Preface::ALL,
        Frames::ALL,
        Answers::ALL,
        Texts::ALL,
        Request::ALL,
        Octets::ALL,
        Resume::ALL,
        Ending::ALL,
        Plain::ALL,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What is wrong with a client: one fault, or nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong(pub(crate) Option<Fault>);

impl Wrong {
    /// Whether the programmer of the client did this.
    pub(crate) fn does(self, fault: impl Into<Fault>) -> bool {
        self.0 == Some(fault.into())
    }
}
