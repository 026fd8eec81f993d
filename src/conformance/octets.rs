//! Octets to send: good ones by `wire`, broken ones by hand.

use crate::wire::{Frame, FrameType, Header, Output};

/// A well-formed frame.
pub(super) fn emit(frame: &Frame<'_>) -> Vec<u8> {
    let mut buffer = vec![0; frame.encoded_len()];
    let mut out = Output::new(&mut buffer);
    frame.emit(&mut out).expect("the buffer has the frame's length");
    buffer
}

/// A header alone, whatever it promises.
pub(super) fn header(kind: u8, length: u32) -> Vec<u8> {
    Header { kind, length }.octets().to_vec()
}

/// A frame of any type around any payload.
pub(super) fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a payload of the suite is short");
    [header(kind, length).as_slice(), payload].concat()
}

/// TEXT, UTF-8 or not.
pub(super) fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FrameType::Text.octet(), payload.as_ref())
}

/// DATA.
pub(super) fn data(payload: &[u8]) -> Vec<u8> {
    frame(FrameType::Data.octet(), payload)
}

/// END, of any size and any digest.
pub(super) fn end(size: u64, digest: &[u8]) -> Vec<u8> {
    frame(FrameType::End.octet(), &[&size.to_be_bytes(), digest].concat())
}

/// ABORT.
pub(super) fn abort() -> Vec<u8> {
    emit(&Frame::Abort)
}

/// BYE.
pub(super) fn bye() -> Vec<u8> {
    emit(&Frame::Bye)
}

/// The fields of a FILE, right or wrong.
#[derive(Clone, Debug)]
pub(super) struct RawFile {
    pub(super) flags: u8,
    pub(super) digest: u8,
    pub(super) size: u64,
    pub(super) source: Vec<u8>,
    pub(super) destination: Vec<u8>,
}

impl RawFile {
    pub(super) fn payload(&self) -> Vec<u8> {
        let len = |name: &[u8]| u16::try_from(name.len()).expect("a name of the suite is short");
        let mut payload = vec![self.flags, self.digest];
        payload.extend_from_slice(&self.size.to_be_bytes());
        for name in [&self.source, &self.destination] {
            payload.extend_from_slice(&len(name).to_be_bytes());
            payload.extend_from_slice(name);
        }
        payload
    }

    pub(super) fn frame(&self) -> Vec<u8> {
        frame(FrameType::File.octet(), &self.payload())
    }

    /// The fields of a payload; `None` if its lengths do not add up.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (&[flags, digest], rest) = payload.split_first_chunk()?;
        let (&size, rest) = rest.split_first_chunk()?;
        let (source, rest) = read_name(rest)?;
        let (destination, rest) = read_name(rest)?;
        let size = u64::from_be_bytes(size);
        rest.is_empty().then_some(Self { flags, digest, size, source, destination })
    }
}

fn read_name(octets: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&len, rest) = octets.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(len)))?;
    Some((name.to_vec(), rest))
}

/// The type and the payload of the first frame, and what follows it; `None` if it is not
/// all there.
pub(super) fn next_frame(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[kind], rest) = octets.split_first_chunk()?;
    let (&length, rest) = rest.split_first_chunk()?;
    let (payload, rest) = rest.split_at_checked(u32::from_be_bytes(length).try_into().ok()?)?;
    Some((kind, payload, rest))
}

/// So many octets in which no two places look alike.
pub(super) fn content(len: usize) -> Vec<u8> {
    let mut state: u32 = 0x9E37_79B9;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::TextPayload;

    #[test]
    fn hand_made_frames_are_those_of_wire() {
        let good = emit(&Frame::Text(TextPayload::new("hola").expect("short")));
        assert_eq!(text("hola"), good);
        assert_eq!(data(b"x"), emit(&Frame::Data(b"x")));
        assert_eq!(frame(b'B', b""), bye());
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let file = RawFile {
            flags: 1,
            digest: 2,
            size: 3,
            source: b"from".to_vec(),
            destination: b"\xFFto".to_vec(),
        };
        let octets = [file.frame(), bye()].concat();
        let (kind, payload, rest) = next_frame(&octets).expect("a frame");
        assert_eq!((kind, rest), (b'F', bye().as_slice()));
        assert_eq!(RawFile::read(payload).expect("a file").payload(), payload);
        for cut in 0..payload.len() {
            assert!(RawFile::read(&payload[..cut]).is_none(), "{cut}");
            assert!(next_frame(&octets[..5 + cut]).is_none(), "{cut}");
        }
    }
}
