//! Octets that are likely to lead far: good ones, and good ones with a few faults.

use conexion::session::state::{Answer, Oldest, Reaction, client_cell};
use conexion::wire::{
    Code, Completion, DeclaredSize, Destination, Digest, DigestKind, ErrorFrame, FileRequest,
    Flags, Frame, Message, Output, ResumePoint, SourceName, TextPayload,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::laws::client::oldest_after;

/// A few octets changed, taken out or put in, and perhaps the end cut off.
fn with_faults(good: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let fault = (any::<Index>(), any::<u8>(), 0..3_u8);
    let faults = prop_oneof![2 => vec(fault.clone(), 0..1), 2 => vec(fault, 1..4)];
    let cut = prop_oneof![3 => Just(None), 1 => any::<Index>().prop_map(Some)];
    (good, faults, cut).prop_map(|(mut octets, faults, cut)| {
        for (at, octet, kind) in faults {
            if octets.is_empty() {
                break;
            }
            let at = at.index(octets.len());
            match kind {
                0 => octets[at] = octet,
                1 => drop(octets.remove(at)),
                _ => octets.insert(at, octet),
            }
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len() + 1));
        }
        octets
    })
}

/// Lines of both sides.
pub(crate) fn line() -> impl Strategy<Value = Vec<u8>> {
    let version = select(vec!["1", "1", "2", "999", "0", "01", "1000", ""]);
    let role = select(vec!["CLIENT", "SERVER", "CLIENT", "SERVER", "client", "CLIENTS"]);
    let key = select(vec!["chunk", "text", "file", "agent", "a", "a-", "-", "text", "A", ""]);
    let value = prop_oneof![
        select(vec!["1024", "1023", "0", "00", "1048577", "99999999999999999999", "x=y", "a", ""])
            .prop_map(str::to_owned),
        "[0-9]{1,22}",
        "[!-~]{1,300}",
    ];
    let separator = select(vec![" ", " ", " ", " ", " ", " ", "  ", ""]);
    let parameter =
        (separator, key, value).prop_map(|(space, key, value)| format!("{space}{key}={value}"));
    let end = select(vec!["\n", "\n", "\n", "\r\n", " \n", "", "\nB"]);
    let good =
        (version, role, vec(parameter, 0..5), end).prop_map(|(version, role, parameters, end)| {
            format!("CONEXION/{version} {role}{}{end}", parameters.concat()).into_bytes()
        });
    with_faults(good)
}

/// The octet that chooses how, and a frame.
pub(crate) fn frame() -> impl Strategy<Value = Vec<u8>> {
    let raw = (any::<u8>(), prop_oneof![0..80_u32, any::<u32>()], vec(any::<u8>(), 0..90))
        .prop_map(|(kind, length, payload)| {
            [&[kind][..], &length.to_be_bytes(), &payload].concat()
        });
    let octets =
        prop_oneof![3 => with_faults(client_frame()), 3 => with_faults(server_frame()), 1 => raw];
    (0..16_u8, octets).prop_map(|(choice, octets)| [&[choice][..], &octets].concat())
}

/// Destinations, mostly.
pub(crate) fn path() -> impl Strategy<Value = Vec<u8>> {
    let component = prop_oneof![
        4 => "[a-zñ .]{1,9}",
        1 => select(vec![".", "..", "...", "", ".conexion", ".Conexion", ".conexion1", "\u{85}"])
            .prop_map(str::to_owned),
        1 => (250..260_usize).prop_map(|len| "x".repeat(len)),
        1 => "\\PC{0,4}",
        1 => ".{0,4}",
    ];
    with_faults(vec(component, 0..7).prop_map(|parts| parts.join("/").into_bytes()))
}

/// A seed and what a client may send.
pub(crate) fn to_server() -> impl Strategy<Value = Vec<u8>> {
    let line = select(vec!["CONEXION/1 CLIENT\n", "CONEXION/2 CLIENT text=2048 agent=x\n"]);
    let part = prop_oneof![
        3 => client_frame(),
        3 => upload(),
        1 => (0..300_usize).prop_map(|len| [&b"n"[..], &u32::try_from(len).unwrap().to_be_bytes(), &vec![0; len]].concat()),
        1 => Just(b"T\0\0\0\x01\xFF".to_vec()),
    ];
    let stream = (line, vec(part, 0..8), any::<bool>()).prop_map(|(line, parts, bye)| {
        let bye: &[u8] = if bye { b"B\0\0\0\0" } else { b"" };
        [line.as_bytes(), &parts.concat(), bye].concat()
    });
    (any::<[u8; 8]>(), with_faults(stream)).prop_map(|(seed, stream)| [&seed[..], &stream].concat())
}

/// A seed and what a server may send to the client that this seed makes.
pub(crate) fn to_client() -> impl Strategy<Value = Vec<u8>> {
    let choices = vec((any::<Index>(), any::<u8>()), 0..12);
    let octets = (any::<[u8; 8]>(), choices).prop_map(|(seed, choices)| {
        let mut octets = [&seed[..], b"CONEXION/1 SERVER chunk=4096\n"].concat();
        for (choice, octet) in choices {
            let Some(oldest) = oldest_after(&octets) else { break };
            octets.extend(answer(oldest, choice, octet));
        }
        octets
    });
    with_faults(octets)
}

/// A frame that the client's table allows in this row, or an ignorable one.
fn answer(oldest: Oldest, choice: Index, octet: u8) -> Vec<u8> {
    let allowed = Answer::COLUMNS.into_iter().filter(|&answer| {
        !matches!(client_cell(oldest, answer), Reaction::Fault) && answer != Answer::EndOfStream
    });
    // An ERROR 1xx would end most conversations at once.
    let mut allowed: Vec<_> = allowed.filter(|&answer| answer != Answer::ConnectionError).collect();
    if octet == 0 {
        allowed.push(Answer::ConnectionError);
    }
    if allowed.is_empty() {
        return b"n\0\0\0\x01x".to_vec();
    }
    let error = |number| {
        let code = Code::new(number).expect("a code");
        emitted(&Frame::Error(ErrorFrame::new(code, Message::truncated("no"))))
    };
    match allowed[choice.index(allowed.len())] {
        Answer::Reply => emitted(&Frame::Reply(TextPayload::new("hola").expect("short"))),
        Answer::Continue => emitted(&Frame::Continue(ResumePoint::START)),
        Answer::Stored => emitted(&Frame::Stored(completion(DigestKind::Crc32, 1))),
        Answer::ConnectionError => error(107),
        Answer::RequestError => error(200 + u16::from(octet % 30)),
        Answer::Bye => emitted(&Frame::Bye),
        Answer::EndOfStream => Vec::new(),
    }
}

fn emitted(frame: &Frame<'_>) -> Vec<u8> {
    let mut octets = vec![0; frame.encoded_len()];
    frame.emit(&mut Output::new(&mut octets)).expect("there is room");
    octets
}

fn completion(kind: DigestKind, size: u64) -> Completion {
    let digest = Digest::new(kind, &[9; 32][..kind.digest_len()]).expect("a digest");
    Completion { size, digest }
}

fn file_frame(flags: u8, kind: DigestKind, size: DeclaredSize, path: &str) -> Vec<u8> {
    emitted(&Frame::File(FileRequest {
        flags: Flags::from_octet(flags).expect("defined flags"),
        digest: kind,
        size,
        source: SourceName::new(b"s").expect("a source"),
        destination: Destination::new(path.as_bytes()).expect("a destination"),
    }))
}

fn declared() -> impl Strategy<Value = DeclaredSize> {
    let number = prop_oneof![0..12_u64, Just(u64::MAX), Just(1 << 63), Just(u64::MAX - 1)];
    number.prop_map(DeclaredSize::new)
}

fn kind() -> impl Strategy<Value = DigestKind> {
    select(DigestKind::ALL.to_vec())
}

fn client_frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "\\PC{0,12}".prop_map(|text| emitted(&Frame::Text(TextPayload::new(&text).unwrap()))),
        (0..4_u8, kind(), declared(), "[a-z]{1,9}(/[a-z]{1,3})?")
            .prop_map(|(flags, kind, size, path)| file_frame(flags, kind, size, &path)),
        vec(any::<u8>(), 1..12).prop_map(|octets| emitted(&Frame::Data(&octets))),
        (kind(), 0..12_u64).prop_map(|(kind, size)| emitted(&Frame::End(completion(kind, size)))),
        Just(emitted(&Frame::Abort)),
        Just(emitted(&Frame::Bye)),
    ]
}

fn server_frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "\\PC{0,12}".prop_map(|text| emitted(&Frame::Reply(TextPayload::new(&text).unwrap()))),
        (any::<u64>(), any::<u32>())
            .prop_map(|(offset, crc32)| emitted(&Frame::Continue(ResumePoint { offset, crc32 }))),
        (kind(), any::<u64>())
            .prop_map(|(kind, size)| emitted(&Frame::Stored(completion(kind, size)))),
        (100..300_u16, "\\PC{0,12}").prop_map(|(number, message)| {
            let code = Code::new(number).expect("a code");
            emitted(&Frame::Error(ErrorFrame::new(code, Message::truncated(&message))))
        }),
        Just(emitted(&Frame::Bye)),
    ]
}

/// All frames of an upload that begins at 0, mostly right.
fn upload() -> impl Strategy<Value = Vec<u8>> {
    let chunks = vec(vec(any::<u8>(), 1..9), 0..4);
    (0..4_u8, kind(), any::<bool>(), chunks, 0..10_u8).prop_map(
        |(flags, kind, known, chunks, ending)| {
            let len = u64::try_from(chunks.concat().len()).expect("small");
            let size = if known { DeclaredSize::new(len) } else { DeclaredSize::UNKNOWN };
            let mut octets = file_frame(flags, kind, size, "a/b");
            for chunk in chunks {
                octets.extend(emitted(&Frame::Data(&chunk)));
            }
            match ending {
                0 => {}
                1 => octets.extend(emitted(&Frame::Abort)),
                2 => octets.extend(emitted(&Frame::End(completion(kind, len + 1)))),
                _ => octets.extend(emitted(&Frame::End(completion(kind, len)))),
            }
            octets
        },
    )
}
