//! Vectors of single lines, frames and paths at a server's session.

use conexion::session::state::State;
use conexion::wire::{
    DeclaredSize, Destination, DigestKind, FileRequest, Flags, Frame, Limits, Output, SourceName,
};

use crate::cut::Cut;
use crate::schema::server::Handled;
use crate::schema::{ErrorItem, Item, Number, Octets, Point};
use crate::server::{Run, items};

/// What a server makes of a client-line.
pub(crate) enum Opening {
    Answered { taken: usize },
    Refused,
    Silence,
}

/// A line of `preface.json` at a server's session.
pub(crate) fn check_opening(id: &str, octets: &[u8], opening: &Opening) {
    for cut in [Cut::Whole, Cut::EACH] {
        let mut run = Run::new(Limits::ABSENT);
        let (octets, expected) = match opening {
            Opening::Answered { taken } => (&octets[..*taken], vec![Item::Line]),
            Opening::Refused => (octets, vec![Item::Line, Item::Error(ErrorItem::Code(100))]),
            Opening::Silence => (octets, Vec::new()),
        };
        cut.segments(octets).for_each(|segment| run.receive(segment, &[]));
        let out = items(&run.sent, !matches!(opening, Opening::Silence), Limits::ABSENT);
        assert_eq!(out, expected, "{id}, {cut:?}");
    }
}

/// A session with an upload of unknown size that is open.
fn open(limits: Limits, kind: DigestKind) -> Run {
    let file = FileRequest {
        flags: Flags::default(),
        digest: kind,
        size: DeclaredSize::UNKNOWN,
        source: SourceName::new(b"").unwrap(),
        destination: Destination::new(b"a").unwrap(),
    };
    let mut buffer = [0; 64];
    let mut frame = Output::new(&mut buffer);
    Frame::File(file).emit(&mut frame).unwrap();
    let start = Point { offset: Number::of(0), crc32: Octets::of(&[0; 4]) };
    let script = [Handled { given: Item::Abort, answer: Some(Item::Continue(start)) }];
    let mut run = Run::new(limits);
    run.receive(b"CONEXION/1 CLIENT\n", &[]);
    run.receive(frame.written(), &script);
    assert_eq!(run.session.state(), State::Open);
    run.take_handled();
    run.sent.clear();
    run
}

/// A frame of `frames.json` that is refused, at a server's session in a state that would
/// allow its type.
pub(crate) fn check_refused(id: &str, octets: &[u8], limits: Limits, kind: DigestKind, code: u16) {
    for cut in [Cut::Whole, Cut::EACH] {
        let mut run = open(limits, kind);
        if !matches!(octets.first(), Some(b'D' | b'E' | b'A')) {
            run.receive(b"A\0\0\0\0", &[]);
            run.take_handled();
            run.sent.clear();
        }
        cut.segments(octets).for_each(|segment| run.receive(segment, &[]));
        let out = items(&run.sent, false, limits);
        assert_eq!(out, [Item::Error(ErrorItem::Code(code))], "{id}, {cut:?}");
        assert_eq!(run.session.state() == State::Closed, code < 200, "{id}, {cut:?}");
    }
}

/// A path of `paths.json` within a FILE at a server's session.
pub(crate) fn check_path(id: &str, octets: &[u8], is_source: bool, accepted: bool) {
    let (source, destination) = if is_source { (octets, &b"a"[..]) } else { (&b""[..], octets) };
    let mut payload = vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 5];
    for name in [source, destination] {
        payload.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        payload.extend(name);
    }
    let mut frame = vec![b'F'];
    frame.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    frame.extend(payload);
    let refusal = ErrorItem::Code(if accepted { 211 } else { 210 });
    let script = [Handled { given: Item::Abort, answer: Some(Item::Error(refusal.clone())) }];
    let mut run = Run::new(Limits::ABSENT);
    run.receive(b"CONEXION/1 CLIENT\n", &[]);
    run.sent.clear();
    run.receive(&frame, &script);
    assert_eq!(run.take_handled().len(), usize::from(accepted), "{id}");
    assert_eq!(items(&run.sent, false, Limits::ABSENT), [Item::Error(refusal)], "{id}");
}
