//! The octets of which `arbitrary` makes a session up.

use crate::laws::structured::{Data, End, Length, Line, Piece, Session, Size};

/// What `arbitrary` reads, the other way round.
struct Octets(Vec<u8>);

/// The octets that are read as this session.
pub(crate) fn encoded(session: &Session) -> Vec<u8> {
    let mut octets = Octets(Vec::new());
    octets.session(session);
    octets.0
}

impl Octets {
    fn put(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }

    /// The least number that chooses this one of so many variants.
    fn variant(&mut self, number: u64, of: u64) {
        let least = (number << 32).div_ceil(of);
        self.put(&u32::try_from(least).expect("below the number of variants").to_le_bytes());
    }

    fn length(&mut self, length: &Length) {
        self.put(&[length.bound, length.beside]);
    }

    fn session(&mut self, session: &Session) {
        self.put(&session.seed.to_le_bytes());
        self.line(&session.line);
        self.put(&[session.cut]);
        for piece in &session.pieces {
            self.piece(piece);
        }
    }

    fn line(&mut self, line: &Line) {
        match line {
            Line::Shortest => self.variant(0, 4),
            Line::Text(length) => {
                self.variant(1, 4);
                self.length(length);
            }
            Line::Agent(len) => {
                self.variant(2, 4);
                self.put(&[*len]);
            }
            Line::Octets(octets) => {
                self.variant(3, 4);
                self.put(octets);
            }
        }
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Text { len, octet } => {
                self.variant(0, 9);
                self.length(len);
                self.put(&[*octet]);
            }
            Piece::Upload { flags, digest, size, source, path, data, end } => {
                self.variant(1, 9);
                self.put(&[*flags, *digest]);
                self.size(size);
                self.length(source);
                self.put(&[path.components]);
                self.length(&path.len);
                self.put(&[path.special]);
                self.data(data);
                self.end(end);
            }
            Piece::Data(length) => {
                self.variant(2, 9);
                self.length(length);
            }
            Piece::End { size, sha256 } => {
                self.variant(3, 9);
                self.size(size);
                self.put(&[u8::from(*sha256)]);
            }
            Piece::Abort => self.variant(4, 9),
            Piece::Bye => self.variant(5, 9),
            Piece::Ignorable(length) => {
                self.variant(6, 9);
                self.length(length);
            }
            Piece::Frame { kind, len } => {
                self.variant(7, 9);
                self.put(&[*kind]);
                self.length(len);
            }
            Piece::Header { kind, length } => {
                self.variant(8, 9);
                self.put(&[*kind]);
                self.put(&length.to_le_bytes());
            }
        }
    }

    fn size(&mut self, size: &Size) {
        match size {
            Size::Right => self.variant(0, 4),
            Size::Unknown => self.variant(1, 4),
            Size::Near(length) => {
                self.variant(2, 4);
                self.length(length);
            }
            Size::Any(size) => {
                self.variant(3, 4);
                self.put(&size.to_le_bytes());
            }
        }
    }

    fn data(&mut self, data: &Data) {
        let lengths = match data {
            Data::None => vec![],
            Data::One(one) => vec![one],
            Data::Two(one, two) => vec![one, two],
            Data::Apart(one, two, apart) => vec![one, two, apart],
        };
        self.variant(lengths.len() as u64, 4);
        for length in lengths {
            self.length(length);
        }
    }

    fn end(&mut self, end: &End) {
        match end {
            End::Right(size) => {
                self.variant(0, 4);
                self.size(size);
            }
            End::Wrong { size, len } => {
                self.variant(1, 4);
                self.size(size);
                self.put(&[*len]);
            }
            End::Abort => self.variant(2, 4),
            End::Nothing => self.variant(3, 4),
        }
    }
}
