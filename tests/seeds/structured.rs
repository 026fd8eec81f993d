//! Seeds of `structured`: sessions, named after what happens in them.

use arbitrary::{Arbitrary, Unstructured};

use crate::encoder::encoded;
use crate::laws::server::limits_of;
use crate::laws::structured::{Data, End, Length, Line, Path, Piece, Session, Size};
use crate::made::Seed;
use crate::schema::server::Handled;
use crate::schema::{File, Item, Number, Octets, Point};
use crate::search::chosen;
use crate::server::{choices, sent};
use crate::wire::Nearest;

struct Named {
    name: &'static str,
    line: Line,
    pieces: Vec<Piece>,
    /// How many octets are missing at the end.
    missing: u8,
    limits: Nearest,
    /// The layers above have all octets of the first file.
    held: bool,
    /// What a server sends that refuses nothing on its own account.
    sends: &'static str,
}

impl Named {
    fn new(name: &'static str, pieces: Vec<Piece>, sends: &'static str) -> Self {
        Self {
            name,
            line: Line::Shortest,
            pieces,
            missing: 0,
            limits: Nearest::default(),
            held: false,
            sends,
        }
    }

    /// Takes the pieces.
    fn session(self) -> Session {
        let cut = self.missing * 16;
        let mut session = Session { seed: 0, line: self.line, cut, pieces: self.pieces };
        // A file of which something could be held shows whether it is.
        let answers = self.sends.split(", ").filter(|word| is_answer(word)).enumerate();
        let handled: Vec<_> =
            answers.map(|(at, _)| accepted(if self.held && at == 0 { 64 } else { 0 })).collect();
        session.seed = choices(self.limits, session.stream().len(), &handled);
        session
    }
}

/// Whether the layers above were asked for it; 201 is a reply of theirs.
fn is_answer(word: &str) -> bool {
    ["reply", "error 201", "stored"].contains(&word) || word.starts_with("continue")
}

/// A file of 64 octets, and that so many are there.
fn accepted(offset: u64) -> Handled {
    let file = File {
        flags: 2,
        digest: 1,
        size: Number::of(64),
        source: Octets::of(b""),
        destination: Octets::of(b"a"),
    };
    let point = Point { offset: Number::of(offset), crc32: Octets::of(&[0; 4]) };
    Handled { given: Item::File(file), answer: Some(Item::Continue(point)) }
}

/// So many octets, which is a bound or beside one.
fn octets(len: usize) -> Length {
    let bounds = (0..).zip(Length::BOUNDS);
    for (bound, octets) in bounds.chain([(u8::MAX, Length::MOST)]) {
        for beside in 0..3 {
            if octets + usize::from(beside) == len + 1 {
                return Length { bound, beside };
            }
        }
    }
    panic!("{len} is at no bound");
}

fn text(len: usize) -> Piece {
    Piece::Text { len: octets(len), octet: b't' }
}

/// An upload, of which parts can be given other values.
struct Upload {
    flags: u8,
    digest: u8,
    size: Size,
    path: Path,
    data: Data,
    end: End,
}

/// A file of its true size, with CRC-32, whose name has no fault.
fn upload(data: Data, end: End) -> Upload {
    let path = Path { components: 10, len: octets(8), special: 0 };
    Upload { flags: 0, digest: 0, size: Size::Right, path, data, end }
}

impl From<Upload> for Piece {
    fn from(Upload { flags, digest, size, path, data, end }: Upload) -> Self {
        Self::Upload { flags, digest, size, source: octets(1), path, data, end }
    }
}

/// With the digest and the size of what was sent.
fn right() -> End {
    End::Right(Size::Right)
}

/// An upload of nothing to this path.
fn to(path: Path) -> Piece {
    Upload { path, ..upload(Data::None, right()) }.into()
}

fn one(len: usize) -> Data {
    Data::One(octets(len))
}

/// The path of one component that is this one of the special.
fn special(name: &str) -> Path {
    let at = Path::SPECIAL.iter().position(|special| *special == name).expect("a special one");
    Path { components: 0, len: octets(1), special: u8::try_from(at).expect("few") }
}

fn all() -> Vec<Named> {
    [uploads(), chunks(), names(), frames()].into_iter().flatten().collect()
}

fn uploads() -> Vec<Named> {
    let new = Named::new;
    let known = |size| Size::Near(octets(size));
    let unknown = |len| Upload { size: Size::Unknown, ..upload(one(len), right()) };
    let of = |size, len| Upload { size: known(size), ..upload(one(len), right()) };
    let good = || upload(one(8), right());
    let parts = Data::Apart(octets(1024), octets(255), octets(65_536));
    let complete = upload(Data::None, End::Right(known(14)));
    let complete = Upload { flags: 2, size: known(14), ..complete };
    let other_end = upload(one(8), End::Right(known(7)));
    let other_digest = upload(one(8), End::Wrong { size: Size::Right, len: 32 });
    let small = Nearest { small_file: true, ..Nearest::default() };
    let then_text = |upload: Upload| vec![upload.into(), text(1)];
    let stored = "line, continue 0, stored";
    let mismatch = "line, continue 0, error 215, reply";
    let too_large = "line, continue 0, error 212, reply";
    vec![
        new("upload-ends-right", vec![good().into()], stored),
        new("upload-empty", vec![upload(Data::None, right()).into()], stored),
        new(
            "upload-sha256-in-parts",
            vec![Upload { digest: 1, ..upload(parts, right()) }.into()],
            stored,
        ),
        new("upload-of-unknown-size", vec![unknown(72).into()], stored),
        Named {
            limits: small,
            ..new("upload-of-unknown-size-past-limit", then_text(unknown(14)), too_large)
        },
        Named {
            held: true,
            ..new(
                "upload-resumed-where-complete",
                vec![complete.into()],
                "line, continue 14, stored",
            )
        },
        new("upload-past-its-size", then_text(of(8, 14)), mismatch),
        new("upload-short-of-its-size", then_text(of(14, 8)), mismatch),
        new("upload-end-says-another-size", then_text(other_end), mismatch),
        new(
            "upload-digest-of-other-length",
            then_text(other_digest),
            "line, continue 0, error 101",
        ),
        new(
            "upload-aborted",
            then_text(upload(one(8), End::Abort)),
            "line, continue 0, error 220, reply",
        ),
        new(
            "upload-left-for-another",
            vec![upload(one(8), End::Nothing).into(), good().into()],
            "line, continue 0, error 104",
        ),
        new(
            "upload-left-with-bye",
            vec![upload(one(8), End::Nothing).into(), Piece::Bye],
            "line, continue 0, error 104",
        ),
        new(
            "upload-unknown-flags",
            then_text(Upload { flags: 224, ..good() }),
            "line, error 218, reply",
        ),
        new(
            "upload-unknown-digest",
            then_text(Upload { digest: 224, ..good() }),
            "line, error 217, reply",
        ),
        Named {
            missing: 15,
            ..new(
                "upload-cut-inside-data",
                vec![upload(one(72), End::Nothing).into()],
                "line, continue 0",
            )
        },
    ]
}

fn chunks() -> Vec<Named> {
    let new = Named::new;
    let wide = Nearest { wide_chunk: true, ..Nearest::default() };
    let of = |len| -> Piece { upload(one(len), right()).into() };
    vec![
        new("upload-chunk-above-limit", vec![of(1025), text(1)], "line, continue 0, error 102"),
        Named {
            limits: wide,
            ..new(
                "upload-chunk-above-the-least-limit",
                vec![of(1025), text(1)],
                "line, continue 0, stored, reply",
            )
        },
        Named {
            limits: wide,
            ..new(
                "upload-of-the-greatest-chunk",
                vec![of(Length::MOST)],
                "line, continue 0, stored",
            )
        },
        Named {
            limits: wide,
            ..new(
                "upload-chunk-above-the-greatest",
                vec![of(Length::MOST + 1), text(1)],
                "line, continue 0, error 102",
            )
        },
    ]
}

fn names() -> Vec<Named> {
    let two = Path { components: 1, len: octets(256), special: 0 };
    let five = Path { components: 9, len: octets(254), special: 0 };
    let accepted = "line, continue 0, stored, reply";
    let refused = "line, error 210, reply";
    let named = |name, path, sends| Named::new(name, vec![to(path), text(1)], sends);
    vec![
        named("path-reserved", special(".Conexion"), refused),
        named("path-nearly-reserved", special(".conexion1"), accepted),
        named("path-dots", special(".."), refused),
        named("path-component-too-long", two, refused),
        named("path-of-five-components", five, accepted),
    ]
}

fn frames() -> Vec<Named> {
    let new = Named::new;
    let wide = Nearest { wide_text: true, ..Nearest::default() };
    let ill = Piece::Text { len: octets(2), octet: 0xFF };
    let end = Piece::End { size: Size::Right, sha256: true };
    let foreign = Piece::Frame { kind: b'R', len: octets(1) };
    let huge = Piece::Header { kind: b'T', length: u32::MAX };
    let with_line = |line, name, sends| Named { line, ..new(name, vec![text(1)], sends) };
    let unexpected = "line, error 104";
    vec![
        new("text-of-most-octets", vec![text(1024), text(1)], "line, reply, reply"),
        new("text-above-limit", vec![text(1025), text(1)], "line, error 102"),
        Named {
            limits: wide,
            line: Line::Text(octets(4096)),
            ..new("text-above-the-least-limit", vec![text(4096), text(1)], "line, reply, reply")
        },
        Named {
            limits: wide,
            line: Line::Text(octets(Length::MOST)),
            ..new(
                "text-of-the-greatest-limit",
                vec![text(Length::MOST), text(1)],
                "line, reply, reply",
            )
        },
        Named {
            limits: wide,
            ..new("reply-too-large", vec![text(1025), text(1)], "line, error 201, reply")
        },
        new("text-not-utf-8", vec![ill, text(1)], "line, error 200, reply"),
        new(
            "ignorable-of-most-octets",
            vec![Piece::Ignorable(octets(65_536)), text(1)],
            "line, reply",
        ),
        new("ignorable-above", vec![Piece::Ignorable(octets(65_537)), text(1)], "line, error 102"),
        new("abort-of-nothing", vec![Piece::Abort, text(1)], unexpected),
        new("data-of-nothing", vec![Piece::Data(octets(8)), text(1)], unexpected),
        new("end-of-nothing", vec![end, text(1)], unexpected),
        new("frame-of-a-server", vec![foreign, text(1)], unexpected),
        new("bye-before-more", vec![text(1), Piece::Bye, text(1)], "line, reply, bye"),
        new("header-promises-most", vec![huge], "line, error 102"),
        with_line(Line::Agent(247), "line-of-most-octets", "line, reply"),
        with_line(Line::Agent(248), "line-too-long", "line, error 100"),
        with_line(Line::Octets(*b" a=b\r\n"), "line-malformed", "line, error 100"),
    ]
}

/// What was sent, in words.
fn words(items: &[Item]) -> String {
    let word = |item: &Item| match item {
        Item::Line => "line".to_owned(),
        Item::Reply(_) => "reply".to_owned(),
        Item::Continue(point) => format!("continue {}", point.offset.value()),
        Item::Stored(_) => "stored".to_owned(),
        Item::Error(error) => format!("error {}", error.code()),
        Item::Bye => "bye".to_owned(),
        other => panic!("no server sends {other:?}"),
    };
    items.iter().map(word).collect::<Vec<_>>().join(", ")
}

pub(crate) fn structured() -> Vec<Seed> {
    let seed = |named: Named| Seed::new(named.name, &encoded(&named.session()));
    all().into_iter().map(seed).collect()
}

#[test]
fn the_octets_are_read_as_the_session_that_they_were_made_of() {
    for named in all() {
        let name = named.name;
        let session = named.session();
        let octets = encoded(&session);
        let read = Session::arbitrary(&mut Unstructured::new(&octets)).expect("a session");
        assert_eq!(read, session, "{name}");
    }
}

#[test]
fn what_the_name_says_happens_at_a_server() {
    for named in all() {
        let (name, sends, limits) = (named.name, named.sends, named.limits);
        let stream = named.session().stream();
        let mut numbers =
            (0..1 << 12).filter(|&number| Nearest::to(limits_of(&chosen(number, &[]))) == limits);
        let happens = numbers.any(|number| words(&sent(&chosen(number, &stream))) == sends);
        assert!(happens, "{name}: never {sends}");
    }
}
