//! A fault, as the tables of faults have it.

use crate::faults::Fault;

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
            pub(crate) const ALL: &[$crate::entry::Entry] = &[$(
                $crate::entry::Entry {
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

/// What is wrong with a server: one fault, or nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong(pub(crate) Option<Fault>);

impl Wrong {
    /// Whether the programmer of the server did this.
    pub(crate) fn does(self, fault: impl Into<Fault>) -> bool {
        self.0 == Some(fault.into())
    }
}
