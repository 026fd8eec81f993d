//! Sessions that are made of frames and not of octets, near the bounds of all that has one.

use arbitrary::{Arbitrary, Unstructured};

use super::dice::Dice;
use super::differential::agree;

/// A session, as [`Arbitrary`] makes one up of octets.
#[derive(Debug, PartialEq)]
pub(crate) struct Session {
    /// Chooses limits, answers and where the octets are cut.
    pub(crate) seed: u64,
    pub(crate) line: Line,
    /// How many octets are missing at the end.
    pub(crate) cut: u8,
    pub(crate) pieces: Vec<Piece>,
}

impl<'a> Arbitrary<'a> for Session {
    fn arbitrary(octets: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (seed, line, cut) = octets.arbitrary()?;
        let mut pieces = Vec::new();
        // A vector of the crate's own would seldom have more than two.
        while !octets.is_empty() {
            pieces.push(octets.arbitrary()?);
        }
        Ok(Self { seed, line, cut, pieces })
    }
}

#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) enum Line {
    Shortest,
    Text(Length),
    Agent(u8),
    Octets([u8; 6]),
}

#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) enum Piece {
    Text {
        len: Length,
        octet: u8,
    },
    Upload {
        flags: u8,
        digest: u8,
        size: Size,
        source: Length,
        path: Path,
        data: Data,
        end: End,
    },
    Data(Length),
    End {
        size: Size,
        sha256: bool,
    },
    Abort,
    Bye,
    Ignorable(Length),
    /// A header with a payload of its own length.
    Frame {
        kind: u8,
        len: Length,
    },
    /// A header alone, which may promise anything.
    Header {
        kind: u8,
        length: u32,
    },
}

/// The DATA of an upload, between which ignorable frames may stand.
#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) enum Data {
    None,
    One(Length),
    Two(Length, Length),
    Apart(Length, Length, Length),
}

/// How an upload ends.
#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) enum End {
    /// With the digest that was asked for.
    Right(Size),
    Wrong {
        size: Size,
        len: u8,
    },
    Abort,
    Nothing,
}

/// A number of octets, at or beside a bound.
#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) struct Length {
    pub(crate) bound: u8,
    pub(crate) beside: u8,
}

impl Length {
    pub(crate) const BOUNDS: [usize; 10] = [1, 2, 8, 14, 72, 255, 1024, 2062, 4096, 65_536];

    /// The greatest limit of a payload, which takes long: so it is seldom.
    pub(crate) const MOST: usize = 1_048_576;

    fn octets(&self) -> usize {
        let bound = match self.bound {
            u8::MAX => Self::MOST,
            bound => Self::BOUNDS[usize::from(bound) % Self::BOUNDS.len()],
        };
        bound + usize::from(self.beside) % 3 - 1
    }
}

/// The size of a file.
#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) enum Size {
    /// As many as the DATA before or behind it have.
    Right,
    Unknown,
    Near(Length),
    Any(u64),
}

/// A destination.
#[derive(Arbitrary, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) components: u8,
    pub(crate) len: Length,
    pub(crate) special: u8,
}

impl Path {
    pub(crate) const SPECIAL: [&str; 14] = [
        "a",
        ".",
        "..",
        "",
        ".conexion",
        ".Conexion",
        ".conexion1",
        "ñ",
        "x:",
        "x\\",
        "\u{7F}",
        "\u{9F}",
        "\u{A0}",
        "\0",
    ];

    fn octets(&self) -> Vec<u8> {
        let special = Self::SPECIAL[usize::from(self.special) % Self::SPECIAL.len()];
        let long = "c".repeat(self.len.octets().min(300));
        let all = [special, &long, "b"];
        let number = usize::from(self.components) % 5 + 1;
        let first = usize::from(self.components) / 5;
        let component = |at: usize| all[(first + at) % all.len()];
        (0..number).map(component).collect::<Vec<_>>().join("/").into_bytes()
    }
}

/// The core's server and the naive one agree on sessions that lead far.
pub(crate) fn structured(octets: &[u8]) {
    let Ok(session) = Session::arbitrary(&mut Unstructured::new(octets)) else { return };
    let stream = session.stream();
    let seed = session.seed.to_be_bytes();
    let (dice, _) = Dice::split(&seed);
    agree(dice, &stream);
}

impl Session {
    /// The octets that come.
    pub(crate) fn stream(&self) -> Vec<u8> {
        let mut stream = self.line.octets();
        stream.extend(self.pieces.iter().flat_map(Piece::octets));
        stream.truncate(stream.len().saturating_sub(usize::from(self.cut) / 16));
        stream
    }
}

impl Line {
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Shortest => b"CONEXION/1 CLIENT\n".to_vec(),
            Self::Text(len) => format!("CONEXION/1 CLIENT text={}\n", len.octets()).into_bytes(),
            Self::Agent(len) => {
                let agent = "a".repeat(usize::from(*len) + 240);
                format!("CONEXION/1 CLIENT agent={agent}\n").into_bytes()
            }
            Self::Octets(octets) => [b"CONEXION/1 CLIENT", &octets[..], b"\n"].concat(),
        }
    }
}

impl Size {
    fn number(&self, right: u64) -> u64 {
        match self {
            Self::Right => right,
            Self::Unknown => u64::MAX,
            Self::Near(len) => len.octets() as u64,
            Self::Any(size) => *size,
        }
    }
}

impl Data {
    fn frames(&self) -> (u64, Vec<u8>) {
        let data = |len: &Length| frame(b'D', &counted(len.octets()));
        let (lens, apart): (Vec<&Length>, _) = match self {
            Self::None => (Vec::new(), None),
            Self::One(one) => (vec![one], None),
            Self::Two(one, two) => (vec![one, two], None),
            Self::Apart(one, two, apart) => (vec![one, two], Some(apart)),
        };
        let mut octets: Vec<u8> = lens.iter().copied().flat_map(data).collect();
        octets.extend(apart.into_iter().flat_map(|len| frame(b'n', &vec![7; len.octets()])));
        (lens.iter().map(|len| len.octets() as u64).sum(), octets)
    }
}

impl Piece {
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Text { len, octet } => frame(b'T', &vec![*octet; len.octets()]),
            Self::Upload { flags, digest, size, source, path, data, end } => {
                // The defined ones, mostly.
                let flags = if *flags < 224 { flags % 4 } else { *flags };
                let digest = if *digest < 224 { digest % 2 + 1 } else { *digest };
                let (source, path) = (vec![b's'; source.octets().min(1030)], path.octets());
                let name = |name: &[u8]| {
                    let len = u16::try_from(name.len()).expect("a short name");
                    [&len.to_be_bytes()[..], name].concat()
                };
                let (held, data) = data.frames();
                let size = size.number(held).to_be_bytes();
                let file = [&[flags, digest], &size[..], &name(&source), &name(&path)].concat();
                let ended = |size: &Size, len| {
                    frame(b'E', &[&size.number(held).to_be_bytes()[..], &vec![7; len]].concat())
                };
                let end = match end {
                    End::Right(size) => ended(size, if digest == 2 { 32 } else { 4 }),
                    End::Wrong { size, len } => ended(size, usize::from(*len) % 65),
                    End::Abort => frame(b'A', b""),
                    End::Nothing => Vec::new(),
                };
                [frame(b'F', &file), data, end].concat()
            }
            Self::Data(len) => frame(b'D', &counted(len.octets())),
            Self::End { size, sha256 } => {
                let digest: &[u8] = if *sha256 { &[7; 32] } else { &[7; 4] };
                frame(b'E', &[&size.number(0).to_be_bytes(), digest].concat())
            }
            Self::Abort => frame(b'A', b""),
            Self::Bye => frame(b'B', b""),
            Self::Ignorable(len) => frame(b'n', &vec![7; len.octets()]),
            Self::Frame { kind, len } => frame(*kind, &vec![7; len.octets()]),
            Self::Header { kind, length } => [&[*kind][..], &length.to_be_bytes()].concat(),
        }
    }
}

/// Octets of which none can take another's place.
fn counted(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    [&[kind][..], &length.to_be_bytes(), payload].concat()
}
