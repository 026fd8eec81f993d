//! Laws of single lines, frames and paths. Each is held against a second, naive judge.

use super::naive::{self, Bounds, Decoded, Digest, Line, Message, Side};
use conexion::wire::{
    Destination, DigestKind, FileSize, Frame, FrameError, Header, Output, Parse, PayloadLimit,
    Preface, ReceiveLimits, Role, SourceName, parse_preface,
};

/// A line is judged at its LF or 512th octet and not before; its judgement depends on
/// nothing behind it and is that of the grammar; what it says comes back when it is
/// written again.
pub(crate) fn preface(octets: &[u8]) {
    for role in [Role::Client, Role::Server] {
        let naive = naive::line(octets, side(role));
        let decided = octets.iter().take(512).position(|&octet| octet == b'\n');
        let judged = decided.is_some() || octets.len() >= 512;
        match parse_preface(role, octets) {
            Ok(Parse::NeedMore(missing)) => {
                assert_eq!(naive, Line::NeedMore);
                assert!(!judged, "a line that has ended needs more");
                assert_eq!(missing.get(), 1, "the next octet may be an LF");
            }
            Ok(Parse::Complete(line, taken)) => {
                assert_eq!(Some(taken - 1), decided);
                let number = |limit: PayloadLimit| u64::from(limit.octets());
                let good = Line::Good {
                    len: taken,
                    version: line.version.number(),
                    chunk: line.chunk.map(number),
                    text: line.text.map(number),
                    file: line.file.map(FileSize::octets),
                    agent: line.agent.map(str::to_owned),
                };
                assert_eq!(naive, good);
                for len in 0..taken {
                    match parse_preface(role, &octets[..len]) {
                        Ok(Parse::NeedMore(missing)) => assert!(missing.get() <= taken - len),
                        other => panic!("a strict prefix is no line yet: {other:?}"),
                    }
                }
                assert_eq!(parse_preface(role, &octets[..taken]), Ok(Parse::Complete(line, taken)));
                written_again(role, &line);
            }
            Err(error) => {
                assert!(judged, "a line is judged early");
                assert!(error.offset <= 512);
                assert_eq!(naive, Line::Malformed, "{error}");
                let more = [octets, &b" \n"[..]].concat();
                assert_eq!(parse_preface(role, &more), Err(error));
            }
        }
    }
}

/// An agent that is too long to be sent on is left out; all else is kept.
fn written_again(role: Role, line: &Preface<'_>) {
    let mut buffer = [0; Preface::MAX_LEN];
    let mut out = Output::new(&mut buffer);
    line.emit(role, &mut out).expect("there is room");
    let kept = line.agent.filter(|agent| agent.len() <= 256);
    let expected = Preface { agent: kept, ..*line };
    let len = out.len();
    assert_eq!(parse_preface(role, out.written()), Ok(Parse::Complete(expected, len)));
}

/// A frame is judged at its header or its end and not before; octets that are a frame
/// come back, one for one, when it is written again. The first octet chooses the sender,
/// the limits and the digest.
pub(crate) fn frame(octets: &[u8]) {
    let Some((&choice, octets)) = octets.split_first() else { return };
    let sender = if choice & 1 == 0 { Role::Client } else { Role::Server };
    let kind = if choice & 2 == 0 { DigestKind::Crc32 } else { DigestKind::Sha256 };
    let limit = |wide| if wide { PayloadLimit::MOST } else { PayloadLimit::LEAST };
    let limits = ReceiveLimits { chunk: limit(choice & 4 != 0), text: limit(choice & 8 != 0) };
    let parse = |octets| Frame::parse(octets, sender, limits, kind);
    let prefixes_need_more = |whole: usize, from: usize| {
        for len in (from..whole).rev().take(64).chain(from..whole.min(from + 64)) {
            match parse(&octets[..len]) {
                Ok(Parse::NeedMore(missing)) => assert!(missing.get() <= whole - len),
                other => panic!("a strict prefix is judged: {other:?}"),
            }
        }
    };
    let octet = |limit: PayloadLimit| usize::try_from(limit.octets()).expect("32 bits");
    let bounds = Bounds { chunk: octet(limits.chunk), text: octet(limits.text) };
    let digest = if kind == DigestKind::Crc32 { Digest::Crc32 } else { Digest::Sha256 };
    agree(&parse(octets), naive::frame(octets, side(sender), bounds, digest));
    match parse(octets) {
        Ok(Parse::NeedMore(missing)) => {
            if missing.get() > 1 && missing.get() < 1 << 17 {
                let fill = vec![0; missing.get() - 1];
                let still = parse(&[octets, &fill].concat()).map(|parsed| match parsed {
                    Parse::NeedMore(missing) => missing.get() == 1,
                    Parse::Complete(..) => false,
                });
                // A header that is completed so may be refused, which takes five octets.
                let refused = octets.len() < Header::LEN && still.is_err();
                assert!(!refused, "four octets of a header are judged");
                assert!(still == Ok(true), "more was claimed than was missing");
            }
        }
        Ok(Parse::Complete(frame, taken)) => {
            prefixes_need_more(taken, 0);
            assert_eq!(parse(&octets[..taken]), Ok(Parse::Complete(frame, taken)));
            match frame {
                Some(frame) => {
                    let mut buffer = vec![0; taken];
                    let mut out = Output::new(&mut buffer);
                    assert_eq!(frame.encoded_len(), taken);
                    frame.emit(&mut out).expect("there is room");
                    assert_eq!(out.written(), &octets[..taken]);
                    let mut short = vec![0; taken - 1];
                    let mut out = Output::new(&mut short);
                    assert!(frame.emit(&mut out).is_err() && out.is_empty());
                }
                None => assert!(octets[0].is_ascii_lowercase()),
            }
        }
        Err(error @ FrameError::Header(_)) => {
            prefixes_need_more(Header::LEN, 0);
            assert_eq!(parse(&octets[..Header::LEN]), Err(error));
        }
        Err(error @ FrameError::Payload(_)) => {
            let header = Header::parse(octets).expect("a header");
            let whole = Header::LEN + usize::try_from(header.length).expect("32 bits");
            prefixes_need_more(whole, 0);
            assert_eq!(parse(&octets[..whole]), Err(error));
        }
    }
}

fn side(role: Role) -> Side {
    match role {
        Role::Client => Side::Client,
        Role::Server => Side::Server,
    }
}

/// The core and the naive decoder say the same of a frame, up to the words for what is wrong.
fn agree(parsed: &Result<Parse<Option<Frame<'_>>>, FrameError>, naive: Decoded) {
    match (parsed, naive) {
        (Ok(Parse::NeedMore(missing)), Decoded::NeedMore(naive)) => {
            assert_eq!(missing.get(), naive);
        }
        (Ok(Parse::Complete(None, taken)), Decoded::Ignored(naive)) => assert_eq!(*taken, naive),
        (Ok(Parse::Complete(Some(frame), taken)), Decoded::Frame(message, naive)) => {
            assert_eq!((said(frame), *taken), (message, naive));
        }
        (Err(_), Decoded::Refused(_)) => {}
        (parsed, naive) => panic!("{parsed:?}, and naively {naive:?}"),
    }
}

fn said(frame: &Frame<'_>) -> Message {
    match frame {
        Frame::Text(text) => Message::Text(text.as_str().to_owned()),
        Frame::Reply(text) => Message::Reply(text.as_str().to_owned()),
        Frame::File(file) => Message::File {
            overwrite: file.flags.overwrite,
            resume: file.flags.resume,
            digest: match file.digest {
                DigestKind::Crc32 => Digest::Crc32,
                DigestKind::Sha256 => Digest::Sha256,
            },
            size: file.size.known(),
            source: file.source.as_str().to_owned(),
            destination: file.destination.as_str().to_owned(),
        },
        Frame::Continue(point) => Message::Continue { offset: point.offset, crc32: point.crc32 },
        Frame::Data(octets) => Message::Data(octets.to_vec()),
        Frame::End(end) => Message::End { size: end.size, digest: end.digest.octets().to_vec() },
        Frame::Stored(stored) => {
            Message::Stored { size: stored.size, digest: stored.digest.octets().to_vec() }
        }
        Frame::Abort => Message::Abort,
        Frame::Error(error) => {
            Message::Error { code: error.code.number(), message: error.message().to_vec() }
        }
        Frame::Bye => Message::Bye,
    }
}

/// A path is judged by the rules of chapter 6.2, and kept as it is.
pub(crate) fn path(octets: &[u8]) {
    let text = str::from_utf8(octets).ok();
    match Destination::new(octets) {
        Ok(path) => {
            assert_eq!(Some(path.as_str()), text);
            assert!(naive::is_destination(octets), "a rule forbids {path}");
            assert_eq!(path.components().collect::<Vec<_>>().join("/"), path.as_str());
            assert_eq!(path.to_string(), path.as_str());
        }
        Err(error) => assert!(!naive::is_destination(octets), "no rule forbids it: {error}"),
    }
    match SourceName::new(octets) {
        Ok(name) => assert_eq!((Some(name.as_str()), naive::is_source(octets)), (text, true)),
        Err(error) => assert!(!naive::is_source(octets), "{error}"),
    }
}
