//! What a session may be like: its parameters and their values, the simplest first.

/// A parameter of a session, with one of its values.
pub(super) trait Axis {
    /// What the values have in common.
    fn title(&self) -> &'static str;
    /// All values in words, in the order of their numbers.
    fn words(&self) -> &'static [&'static str];
    /// The number of the value that it has.
    fn index(&self) -> usize;
    /// Gives it another value; a number that none has changes nothing.
    fn set(&mut self, index: usize);

    /// The value that it has, in words.
    fn word(&self) -> &'static str {
        self.words()[self.index()]
    }
}

macro_rules! axes {
    ($(
        $(#[$doc:meta])*
        $name:ident $title:literal {
            $first:ident $first_word:literal $(, $value:ident $word:literal)* $(,)?
        }
    )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(super) enum $name {
            #[default]
            $first,
            $($value,)*
        }

        impl $name {
            pub(super) const ALL: &'static [Self] = &[Self::$first $(, Self::$value)*];
        }

        impl Axis for $name {
            fn title(&self) -> &'static str {
                $title
            }

            fn words(&self) -> &'static [&'static str] {
                &[$first_word $(, $word)*]
            }

            fn index(&self) -> usize {
                *self as usize
            }

            fn set(&mut self, index: usize) {
                if let Some(value) = Self::ALL.get(index) {
                    *self = *value;
                }
            }
        }
    )+ };
}

axes! {
    /// The client's line.
    Preface "line" {
        Shortest "the shortest line",
        Agent "a line with `agent`",
        Text "a line with `text`",
        Unknown "a line with keys that are not known",
        Above "a line whose `text` is above its range",
    }

    /// When answers are read.
    Order "order" {
        Patient "each answer awaited",
        Eager "DATA and END before CONTINUE is read",
        Late "all sent before an answer is read",
    }

    /// The end of a connection.
    Ending "ending" {
        Bye "BYE",
        ByeAndMore "BYE and octets after it",
        HalfClose "half-close",
        UnknownFrame "an unknown critical frame",
        NoLetter "a type that is no letter",
        TooLong "a TEXT above `text`",
        OtherSide "a frame of the server's",
    }

    /// A text.
    Words "text" {
        Short "a text",
        Empty "an empty text",
        Accented "a text of long characters",
        Special "a text of U+FEFF and U+0000",
        NotUtf8 "a text that is not UTF-8",
        Long "a long text",
    }

    /// A frame that is skipped.
    Padding "ignorable frame" {
        Empty "an ignorable frame",
        Long "an ignorable frame of 1000 octets",
        Longest "an ignorable frame of 65536 octets",
    }

    /// What is wrong with a FILE.
    Wrong "fault" {
        Flag "a FILE with an undefined flag",
        Digest "a FILE with an undefined digest",
        Dots "a FILE with a component `..`",
        NotUtf8 "a FILE whose destination is not UTF-8",
        Source "a FILE with a source of 1025 octets",
    }

    /// What comes after a FILE that is refused.
    Rest "rest" {
        Nothing "and nothing of its upload",
        Abort "and ABORT",
        End "and END",
        DataAndEnd "and DATA and END",
    }

    /// How long a file is, beside the server's `chunk`.
    Size "size" {
        Empty "size 0",
        One "size 1",
        Small "size 37",
        BelowChunk "size one below `chunk`",
        Chunk "size `chunk`",
        AboveChunk "size one above `chunk`",
        TwoChunks "size twice `chunk`",
        Odd "size twice `chunk` and 511",
    }

    /// How the octets of a file are cut into DATA.
    Chunking "chunking" {
        Largest "DATA as long as `chunk`",
        Kibibyte "DATA of 1024 octets",
        Uneven "DATA of uneven lengths",
        OneFirst "a first DATA of one octet",
    }

    /// The digest of an upload.
    Kind "digest" {
        Crc32 "digest crc32",
        Sha256 "digest sha256",
    }

    /// Whether FILE says the size.
    Known "declared size" {
        Said "size said in FILE",
        Unsaid "size not said in FILE",
    }

    /// The flags of a FILE.
    Flag "flags" {
        None "no flag",
        Overwrite "OVERWRITE",
        Resume "RESUME",
        Both "OVERWRITE and RESUME",
    }

    /// What is at the destination before.
    There "destination" {
        Nothing "nothing at the destination",
        Old "another file at the destination",
        Same "the same file at the destination",
        Held "a part of it held",
    }

    /// How an upload ends.
    Finish "finish" {
        Whole "whole",
        Abort "ABORT after a half",
        Short "END after a half",
        WrongDigest "END with a wrong digest",
        PastSize "DATA past the size",
        Cut "end of stream after a half",
    }

    /// Whether frames that are skipped come between its own.
    Meta "frames between" {
        None "no frame between",
        Inside "ignorable frames between",
    }
}
