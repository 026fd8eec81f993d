//! `preface.json`, `frames.json` and `paths.json`.

use std::collections::BTreeSet;

use conexion::session::FaultReason;
use conexion::wire::{
    Destination, FRAMED_OPENING, FileError, Frame, FrameError, Header, HeaderError, Parse,
    PathError, PayloadError, Preface, SourceName, parse_preface,
};

use crate::files::load;
use crate::schema::wire::{
    FrameResult, FrameVector, Line, LineResult, LineVector, PathKind, PathResult, PathVector, Side,
};
use crate::schema::{Item, Number};
use crate::{client, wire_at_server};

impl Line {
    fn agrees(&self, line: &Preface<'_>) -> bool {
        line.version.number() == self.version
            && line.chunk.map(conexion::wire::PayloadLimit::octets) == self.chunk
            && line.text.map(conexion::wire::PayloadLimit::octets) == self.text
            && line.file.map(conexion::wire::FileSize::octets)
                == self.file.as_ref().map(Number::value)
            && line.agent == self.agent.as_deref()
    }
}

/// How many octets decide a line: up to its LF, or 512 (`preface.judged-when`).
fn decided_at(octets: &[u8]) -> Option<usize> {
    let end = octets.iter().take(512).position(|&octet| octet == b'\n');
    end.map(|end| end + 1).or((octets.len() >= 512).then_some(512))
}

#[test]
fn lines() {
    for vector in load::<LineVector>("preface.json").vectors {
        let (id, octets) = (&vector.id, vector.octets.bytes());
        assert!(vector.text.is_none_or(|text| text.as_bytes() == octets), "{id}: text");
        let decided = decided_at(octets);
        for (len, prefix) in prefixes(octets) {
            let parsed = parse_preface(vector.side.role(), prefix);
            let judged = decided.is_some_and(|decided| len >= decided);
            match (&vector.result, parsed) {
                (LineResult::Line(line), Ok(Parse::Complete(preface, taken))) if judged => {
                    assert_eq!(taken, line.taken, "{id} at {len}");
                    assert!(line.agrees(&preface), "{id} at {len}: {preface:?}");
                }
                (LineResult::Line(line), Ok(Parse::NeedMore(missing))) if !judged => {
                    assert!(missing.get() <= line.taken - len, "{id} at {len}: {missing}");
                }
                (LineResult::Malformed, Err(_)) if judged => {}
                (LineResult::Malformed | LineResult::NeedMore, Ok(Parse::NeedMore(_)))
                    if !judged => {}
                (_, parsed) => panic!("{id} at {len}: {parsed:?}"),
            }
        }
    }
}

#[test]
fn lines_at_a_session() {
    for vector in load::<LineVector>("preface.json").vectors {
        let octets = vector.octets.bytes();
        match vector.side {
            // Without the framed opening no line reaches a session (`detection.other`).
            Side::Client if !FRAMED_OPENING.starts_with(&octets[..octets.len().min(9)]) => {}
            Side::Client => {
                let answer = match vector.result {
                    LineResult::Line(line) => {
                        wire_at_server::Opening::Answered { taken: line.taken }
                    }
                    LineResult::Malformed => wire_at_server::Opening::Refused,
                    LineResult::NeedMore => wire_at_server::Opening::Silence,
                };
                wire_at_server::check_opening(&vector.id, octets, &answer);
            }
            Side::Server => {
                let accepted = match vector.result {
                    LineResult::Line(line) => Some(line.version == 1),
                    LineResult::Malformed => Some(false),
                    LineResult::NeedMore => None,
                };
                client::check_opening(&vector.id, octets, accepted);
            }
        }
    }
}

#[test]
fn frames() {
    for vector in load::<FrameVector>("frames.json").vectors {
        let (id, octets) = (&vector.id, vector.octets.bytes());
        let whole = match Header::parse(octets) {
            Some(header) => Header::LEN + usize::try_from(header.length).unwrap(),
            None => Header::LEN,
        };
        for (len, prefix) in prefixes(octets) {
            let parsed = Frame::parse(
                prefix,
                vector.sender.role(),
                vector.limits.receive(),
                vector.digest.kind(),
            );
            match (&vector.result, parsed) {
                (FrameResult::Frame(item), Ok(Parse::Complete(Some(frame), taken))) => {
                    assert_eq!((len, taken), (octets.len(), octets.len()), "{id}");
                    assert_eq!(Item::of(&frame), *item, "{id}");
                }
                (FrameResult::Ignored, Ok(Parse::Complete(None, taken))) => {
                    assert_eq!((len, taken), (octets.len(), octets.len()), "{id}");
                }
                (FrameResult::Refused(refused), Err(error)) => {
                    assert_eq!(requirement(error, vector.sender), refused.by, "{id} at {len}");
                    assert!(vector.shows.contains(&refused.by), "{id} does not show its rule");
                    let early = matches!(error, FrameError::Header(_));
                    assert!(len == octets.len() || early && len >= Header::LEN, "{id} at {len}");
                }
                (FrameResult::NeedMore(missing), Ok(Parse::NeedMore(more)))
                    if len == octets.len() =>
                {
                    assert_eq!(more.get(), *missing, "{id}");
                }
                (_, Ok(Parse::NeedMore(more))) => {
                    let end = if len < Header::LEN { Header::LEN } else { whole };
                    assert_eq!(more.get(), end - len, "{id} at {len}");
                    let judged = matches!(vector.result, FrameResult::NeedMore(_));
                    assert!(judged || len < octets.len(), "{id}");
                }
                (_, parsed) => panic!("{id} at {len}: {parsed:?}"),
            }
        }
    }
}

#[test]
fn refused_frames_at_a_session() {
    for vector in load::<FrameVector>("frames.json").vectors {
        let FrameResult::Refused(refused) = vector.result else { continue };
        let (id, octets) = (&vector.id, vector.octets.bytes());
        let digest = vector.digest.kind();
        match vector.sender {
            Side::Client => {
                let code = refused.code.unwrap_or_else(|| panic!("{id} has no code"));
                wire_at_server::check_refused(id, octets, vector.limits.limits(), digest, code);
            }
            Side::Server => client::check_refused(id, octets, vector.limits.receive(), digest),
        }
    }
}

/// The requirement that an error enforces, with the code of the header's own judgement
/// checked on the way.
fn requirement(error: FrameError, sender: Side) -> &'static str {
    let payload = match error {
        FrameError::Header(header) => {
            let (code, name) = match header {
                HeaderError::TypeNotLetter { .. } => (101, "frame.type-letter"),
                HeaderError::IgnorableTooLong { .. } => (102, "frame.ignorable-length"),
                HeaderError::UnknownCritical { .. } => (103, "frame.unknown-critical"),
                HeaderError::Unexpected(_) => (104, "frame.unexpected"),
                HeaderError::TooLong { .. } => (102, "frame.too-long"),
                HeaderError::TooShort { .. } => (101, "frame.too-short"),
            };
            assert_eq!(header.code().number(), code, "{header}");
            assert_eq!(FaultReason::Header(header).code(), header.code());
            return name;
        }
        FrameError::Payload(payload) => payload,
    };
    match (payload, sender) {
        (PayloadError::NotUtf8 { .. }, Side::Client) => "text.utf8",
        (PayloadError::NotUtf8 { .. } | PayloadError::Layout(_), Side::Server) => {
            "frame.payload-layout-server"
        }
        (PayloadError::Layout(_) | PayloadError::File(FileError::Layout), _) => {
            "frame.payload-layout"
        }
        (PayloadError::File(FileError::Flags(_)), _) => "file.flags",
        (PayloadError::File(FileError::Digest(_)), _) => "file.digest",
        (PayloadError::File(FileError::Destination(error)), _) => path_requirement(error),
        (PayloadError::File(FileError::Source(_)), _) => "path.source",
        (PayloadError::NoClass { .. }, _) => "error.no-class",
    }
}

/// The first octets of the types that some vector decodes.
pub(crate) fn decoded_types() -> BTreeSet<u8> {
    let decoded = |vector: FrameVector| match vector.result {
        FrameResult::Frame(_) => vector.octets.bytes().first().copied(),
        FrameResult::Ignored | FrameResult::Refused(_) | FrameResult::NeedMore(_) => None,
    };
    load::<FrameVector>("frames.json").vectors.into_iter().filter_map(decoded).collect()
}

#[test]
fn paths() {
    for vector in load::<PathVector>("paths.json").vectors {
        let (id, octets) = (&vector.id, vector.octets.bytes());
        assert!(vector.text.as_ref().is_none_or(|text| text.as_bytes() == octets), "{id}: text");
        let broken = match vector.kind {
            PathKind::Destination => {
                Destination::new(octets).map(Destination::as_str).map_err(path_requirement)
            }
            PathKind::Source => {
                SourceName::new(octets).map(SourceName::as_str).map_err(|_| "path.source")
            }
        };
        let result = match broken {
            Ok(text) => {
                assert_eq!(text.as_bytes(), octets, "{id}: the octets are kept");
                PathResult::Ok
            }
            Err(name) => {
                assert!(
                    vector.shows.iter().any(|shown| shown == name),
                    "{id} does not show its rule"
                );
                PathResult::Breaks(name.to_owned())
            }
        };
        assert_eq!(result, vector.result, "{id}");
        wire_at_server::check_path(
            id,
            octets,
            matches!(vector.kind, PathKind::Source),
            broken.is_ok(),
        );
    }
}

const fn path_requirement(error: PathError) -> &'static str {
    match error {
        PathError::Empty | PathError::TooLong { .. } => "path.length",
        PathError::NotUtf8 { .. } => "path.utf8",
        PathError::EmptyComponent { .. } => "path.empty-component",
        PathError::DotComponent { .. } => "path.dot-component",
        PathError::LongComponent { .. } => "path.component-length",
        PathError::Character { .. } => "path.characters",
        PathError::Reserved => "path.reserved",
    }
}

/// Every prefix with its length, the whole last.
fn prefixes(octets: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    (0..=octets.len()).map(|len| (len, &octets[..len]))
}
