//! Laws of single lines, frames and paths. Each is held against a second, naive judge.

use conexion::wire::{
    Destination, DigestKind, Frame, FrameError, Header, Output, Parse, PayloadLimit, Preface,
    ReceiveLimits, Role, SourceName, parse_preface,
};

/// A line is judged at its LF or 512th octet and not before; its judgement depends on
/// nothing behind it and is that of the grammar; what it says comes back when it is
/// written again.
pub(crate) fn preface(octets: &[u8]) {
    for role in [Role::Client, Role::Server] {
        let decided = octets.iter().take(512).position(|&octet| octet == b'\n');
        let judged = decided.is_some() || octets.len() >= 512;
        match parse_preface(role, octets) {
            Ok(Parse::NeedMore(missing)) => {
                assert!(!judged, "a line that has ended needs more");
                assert_eq!(missing.get(), 1, "the next octet may be an LF");
            }
            Ok(Parse::Complete(line, taken)) => {
                assert_eq!(Some(taken - 1), decided);
                assert!(is_line(role, &octets[..taken - 1]), "the grammar has no such line");
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
                let end = decided.unwrap_or(512);
                assert!(
                    decided.is_none() || !is_line(role, &octets[..end]),
                    "the grammar has this line: {error}"
                );
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

/// The grammar of chapter 3, rule by rule, over a line without its LF.
fn is_line(role: Role, line: &[u8]) -> bool {
    let Ok(line) = str::from_utf8(line) else { return false };
    let Some(rest) = line.strip_prefix("CONEXION/") else { return false };
    let mut fields = rest.split(' ');
    let version = fields.next().unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let version = digits(version) && version.len() <= 3 && !version.starts_with('0');
    let side = fields.next() == Some(if role == Role::Client { "CLIENT" } else { "SERVER" });
    let mut keys = Vec::new();
    let parameters = fields.all(|field| {
        let Some((key, value)) = field.split_once('=') else { return false };
        let known = match key {
            "chunk" | "file" => role == Role::Server,
            "text" => true,
            _ => false,
        };
        let number = digits(value)
            && value.len() <= 20
            && (value == "0" || !value.starts_with('0'))
            && (key == "file" || value.len() > 4 || value.parse::<u32>().is_ok_and(|n| n >= 1024));
        let good = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            && !value.is_empty()
            && value.chars().all(|c| ('!'..='~').contains(&c))
            && (!known || number)
            && !keys.contains(&key);
        keys.push(key);
        good
    });
    version && side && parameters
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

/// A path is judged by the rules of chapter 6.2, and kept as it is.
pub(crate) fn path(octets: &[u8]) {
    let text = str::from_utf8(octets).ok();
    match Destination::new(octets) {
        Ok(path) => {
            assert_eq!(Some(path.as_str()), text);
            assert!(text.is_some_and(is_destination), "a rule forbids {path}");
            assert_eq!(path.components().collect::<Vec<_>>().join("/"), path.as_str());
            assert_eq!(path.to_string(), path.as_str());
        }
        Err(error) => assert!(!text.is_some_and(is_destination), "no rule forbids it: {error}"),
    }
    match SourceName::new(octets) {
        Ok(name) => assert_eq!((Some(name.as_str()), octets.len() <= 1024), (text, true)),
        Err(error) => assert!(octets.len() > 1024 || text.is_none(), "{error}"),
    }
}

/// The rules of chapter 6.2, over a path that is UTF-8.
fn is_destination(path: &str) -> bool {
    let excluded = |c: char| {
        let number = u32::from(c);
        c == '\\' || c == ':' || number <= 0x1F || (0x7F..=0x9F).contains(&number)
    };
    let components: Vec<_> = path.split('/').collect();
    (1..=1024).contains(&path.len())
        && !path.contains(excluded)
        && components.iter().all(|part| (1..=255).contains(&part.len()))
        && !components.contains(&".")
        && !components.contains(&"..")
        && !components[0].eq_ignore_ascii_case(".conexion")
}
