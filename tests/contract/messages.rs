//! What a person reads of an error: each message whole, so that each says what is wrong, where,
//! and by how much.

use conexion::plain::client as plain_client;
use conexion::plain::{Closed, Refusal};
use conexion::session::{Error, Fault, FaultReason, Misuse};
use conexion::wire::{
    Code, Digest, DigestKind, FileError, FrameError, FrameType, HeaderError, OutOfRange, PathError,
    PayloadError, PayloadLimit, PrefaceError, PrefaceReason, ShortOutput, SourceError, Version,
};

#[track_caller]
fn read(values: &[(&dyn core::fmt::Display, &str)]) {
    for (value, message) in values {
        assert_eq!(value.to_string(), *message);
    }
}

#[test]
fn of_the_line() {
    let at = |reason| PrefaceError { offset: 7, reason };
    read(&[
        (
            &at(PrefaceReason::NoOpening),
            "the line does not begin with `CONEXION/` (octet 7 of the line)",
        ),
        (&PrefaceReason::Version, "the version is not 1 to 999 followed by one space"),
        (
            &PrefaceReason::Role,
            "the side's word, CLIENT or SERVER, is not there or not followed by a space or LF",
        ),
        (&PrefaceReason::Parameter, "a parameter is not key=value after exactly one space"),
        (&PrefaceReason::RepeatedKey, "a key is named twice"),
        (&PrefaceReason::NotANumber, "a value is not 1 to 20 digits without a leading zero"),
        (&PrefaceReason::BelowRange, "a number is below its range"),
        (&PrefaceReason::TooLong, "no LF among the first 512 octets"),
        (&OutOfRange { value: 9, least: 1024, most: 1_048_576 }, "9 is not within 1024 to 1048576"),
    ]);
}

#[test]
fn of_headers() {
    let frame = FrameType::Text;
    let unexpected = HeaderError::Unexpected(frame);
    read(&[
        (&HeaderError::TypeNotLetter { octet: 7 }, "0x07 stands where a frame's type should be"),
        (
            &HeaderError::IgnorableTooLong { octet: b'x', length: 65_537 },
            "an ignorable frame `x` of 65537 octets, above 65536",
        ),
        (
            &HeaderError::UnknownCritical { octet: b'Z' },
            "a critical frame `Z` that version 1 has not",
        ),
        (&unexpected, "TEXT has no place here"),
        (&HeaderError::TooLong { frame, length: 9, most: 8 }, "TEXT of 9 octets, above 8"),
        (&HeaderError::TooShort { frame, length: 0, least: 1 }, "TEXT of 0 octets, below 1"),
        (&FrameError::Header(unexpected), "TEXT has no place here"),
        (&FaultReason::Header(unexpected), "TEXT has no place here"),
    ]);
}

#[test]
fn of_payloads() {
    let not_utf8 = PayloadError::NotUtf8 { offset: 3 };
    let path = PathError::Empty;
    let source = SourceError::TooLong { len: 1025 };
    read(&[
        (&not_utf8, "no UTF-8 at octet 3 of the text"),
        (
            &PayloadError::Layout(FrameType::Continue),
            "the payload of CONTINUE does not fill its layout exactly",
        ),
        (&PayloadError::NoClass { number: 99 }, "the code 99 is not within 100 to 299"),
        (
            &PayloadError::File(FileError::Layout),
            "the payload of FILE does not fill its layout exactly",
        ),
        (&FileError::Flags(4), "flags 0x04: only 0x01 and 0x02 are defined"),
        (&FileError::Digest(3), "digest 3: only 1 and 2 are defined"),
        (&FileError::Destination(path), "the destination is empty"),
        (&FileError::Source(source), "the source has 1025 octets, above 1024"),
        (&SourceError::NotUtf8 { offset: 2 }, "no UTF-8 at octet 2 of the source"),
        (&FrameError::Payload(not_utf8), "no UTF-8 at octet 3 of the text"),
        (&FaultReason::Payload(not_utf8), "no UTF-8 at octet 3 of the text"),
    ]);
}

#[test]
fn of_destinations() {
    read(&[
        (&PathError::TooLong { len: 1025 }, "the destination has 1025 octets, above 1024"),
        (&PathError::NotUtf8 { offset: 4 }, "no UTF-8 at octet 4 of the destination"),
        (
            &PathError::EmptyComponent { offset: 2 },
            "an empty component at octet 2 of the destination",
        ),
        (
            &PathError::DotComponent { offset: 2 },
            "a component `.` or `..` at octet 2 of the destination",
        ),
        (
            &PathError::LongComponent { offset: 2, len: 256 },
            "the component at octet 2 has 256 octets, above 255",
        ),
        (
            &PathError::Character { offset: 2, character: '\n' },
            "the character U+000A at octet 2 is not allowed",
        ),
    ]);
}

#[test]
fn of_faults() {
    let kind = DigestKind::Sha256;
    let reason = FaultReason::NotDue(FrameType::Reply);
    let fault = Fault { offset: 18, reason };
    let said = "REPLY answers nothing that is due (after 18 octets of the stream)";
    let two = Version::new(2).expect("a version");
    read(&[
        (&FaultReason::Version(two), "version 2 was not offered, or is not spoken"),
        (&FaultReason::DigestLength(kind), "the digest has not the 32 octets of sha256"),
        (&fault, said),
        (&Error::Peer(fault), said),
        (
            &FaultReason::CrcOfNothing { crc32: 0xAB },
            "CONTINUE from octet 0 with the CRC-32 000000AB; of nothing it is 0",
        ),
        (
            &FaultReason::Offset { offset: 9, most: 8 },
            "CONTINUE from octet 9, but at most 8 can be held",
        ),
    ]);
}

#[test]
fn of_misuse() {
    let kind = DigestKind::Crc32;
    let short = ShortOutput { needed: 12 };
    read(&[
        (&Misuse::ShortOutput(short), "the output buffer needs 12 octets of room"),
        (&Error::from(short), "the output buffer needs 12 octets of room"),
        (&Misuse::AnswerNotDue, "this answer is not the one that is due"),
        (
            &Misuse::WrongClass(Code::TIMEOUT),
            "105 timeout is not of the class that this call sends",
        ),
        (&Misuse::WrongDigest(kind), "the upload's digest is not crc32"),
        (&Misuse::NotAllowed(FrameType::Bye), "BYE is not allowed now"),
        (&Misuse::TooLong { len: 9, most: 8 }, "9 octets of payload, but the peer accepts 8"),
        (&Misuse::TooManyOutstanding, "too many requests are unanswered: read their answers first"),
        (&Misuse::AwaitingContinue, "a resumed upload waits for CONTINUE"),
        (&Misuse::SizeMismatch { size: 9, expected: 8 }, "9 octets, but 8 were declared or sent"),
        (&Misuse::Ended, "the session has ended"),
    ]);
}

#[test]
fn of_codes_and_digests() {
    let unknown = Code::new(299).expect("a code");
    read(&[
        (&Code::BAD_PATH, "210 bad path"),
        (&unknown, "299 (unknown code)"),
        (&Digest::Crc32([0x0A, 0xFF, 0, 1]), "0aff0001"),
    ]);
    assert_eq!(unknown.name(), None);
    assert!(Code::ALL.iter().all(|code| code.name().is_some_and(|name| !name.is_empty())));
}

#[test]
fn of_plain() {
    read(&[
        (&Closed::Web, "this port does not speak HTTP: the connection began like a web request"),
        (&Closed::Tls, "this port does not speak TLS: connect without it"),
        (&Closed::Other, "only the framed profile is spoken here: send `CONEXION/` first"),
        (&Refusal::TextMode, "this server takes texts only, and no uploads"),
        (
            &Refusal::NoEnd { candidates: 2 },
            "the destination could end at 2 places: give it the source's extension, once, or \
             pause after it",
        ),
        (&Refusal::Destination(PathError::Empty), "the destination is empty"),
        (&Refusal::Source(SourceError::NotUtf8 { offset: 1 }), "no UTF-8 at octet 1 of the source"),
        (
            &plain_client::TextError { offset: 4 },
            "an original server could take `ARCHIVO:` at octet 4 of the text for an upload: \
             write it differently",
        ),
        (
            &plain_client::HeaderError::SourceColon { offset: 4 },
            "an original server cuts at the `:` at octet 4 of the file's name: rename the file, \
             or send it under another name",
        ),
        (
            &plain_client::HeaderError::TooLong { len: 1025 },
            "the header would have 1025 octets, above 1024: shorten the file's name or the \
             destination",
        ),
    ]);
}

/// Each error is the client's, and has the code that a server answers with.
#[test]
fn a_fault_has_a_code() {
    let codes = [
        (FaultReason::Preface(PrefaceError { offset: 0, reason: PrefaceReason::TooLong }), 100),
        (FaultReason::Version(Version::ONE), 100),
        (FaultReason::Header(HeaderError::TypeNotLetter { octet: 0 }), 101),
        (FaultReason::Payload(PayloadError::Layout(FrameType::File)), 101),
        (FaultReason::DigestLength(DigestKind::Crc32), 101),
        (FaultReason::Offset { offset: 1, most: 0 }, 101),
        (FaultReason::CrcOfNothing { crc32: 1 }, 101),
        (FaultReason::NotDue(FrameType::Bye), 104),
    ];
    for (reason, code) in codes {
        assert_eq!(reason.code().number(), code, "{reason}");
    }
}

/// 256 KiB, 64 KiB and no limit of files, of which the README speaks.
#[test]
fn of_the_default_limits() {
    let limits = conexion::wire::Limits::default();
    assert_eq!(limits.chunk, PayloadLimit::new(256 * 1024).expect("a limit"));
    assert_eq!(limits.text, PayloadLimit::new(64 * 1024).expect("a limit"));
    assert_eq!(limits.file, None);
}
