//! What the core's own documentation promises to its callers.

mod messages;
mod misuse;
mod room;

use std::num::NonZeroUsize;

use conexion::session::{Misuse, Server, server};
use conexion::wire::{Digest, DigestKind, Limits, Output, Parse, ResumePoint, Role, parse_preface};

use crate::room::{client_ready, request};

/// A session to which these octets have come after the line.
fn server_after(octets: &[u8]) -> Server {
    let mut session = Server::new(Limits::ABSENT, None);
    let stream = [b"CONEXION/1 CLIENT\n", octets].concat();
    let mut rest = &stream[..];
    while !rest.is_empty() {
        let mut buffer = [0; Server::STEP_ROOM];
        let step = session.receive(rest, &mut Output::new(&mut buffer)).expect("no fault");
        assert!(!matches!(step.event, server::Event::NeedMore(_)), "the octets are whole");
        rest = &rest[step.consumed..];
    }
    session
}

/// FILE without flags, crc32, size 5, destination `a`.
const FILE: &[u8] = b"F\0\0\0\x0F\0\x01\0\0\0\0\0\0\0\x05\0\0\0\x01a";

/// `Parse::NeedMore`: at least so many octets are missing, "and never more than that". The
/// line that is LF alone is judged after one octet, and found malformed.
#[test]
fn a_line_that_ends_early_was_not_said_to_need_more() {
    for (begin, rest) in [(&b""[..], &b"\n"[..]), (b"CONEXION/1", b"\n")] {
        let whole = [begin, rest].concat();
        assert!(parse_preface(Role::Client, &whole).is_err(), "a malformed line");
        let needed = NonZeroUsize::new(rest.len()).expect("one octet");
        match parse_preface(Role::Client, begin) {
            Ok(Parse::NeedMore(missing)) => assert!(missing <= needed, "{missing} octets"),
            other => panic!("{other:?}"),
        }
    }
}

/// `Server::accept`: misuse "if the offset is above what `resume.offset` allows", which is
/// 0 unless RESUME is set.
#[test]
fn a_file_without_resume_is_accepted_from_0_only() {
    let mut session = server_after(FILE);
    let mut buffer = [0; 64];
    let mut out = Output::new(&mut buffer);
    let point = ResumePoint { offset: 1, crc32: 1 };
    assert!(matches!(session.accept(point, &mut out), Err(Misuse::SizeMismatch { .. })));
    assert!(out.is_empty());
    session.accept(ResumePoint::START, &mut out).expect("the answer that is due");
}

/// `eof.whole-frames`: what came whole is answered, END like TEXT.
#[test]
fn an_end_that_is_due_is_answered_after_end_of_stream() {
    let mut session = Server::new(Limits::ABSENT, None);
    let empty = b"F\0\0\0\x0F\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01a";
    let end = b"E\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0";
    let mut buffer = [0; Server::STEP_ROOM];
    let mut out = Output::new(&mut buffer);
    session.receive(b"CONEXION/1 CLIENT\n", &mut out).expect("a line");
    let mut buffer = [0; Server::STEP_ROOM + 17];
    let mut out = Output::new(&mut buffer);
    session.receive(empty, &mut out).expect("a FILE");
    session.accept(ResumePoint::START, &mut out).expect("the answer that is due");
    session.receive(end, &mut Output::new(&mut [0; Server::STEP_ROOM])).expect("an END");
    session.end_of_stream(b"");
    let digest = Digest::new(DigestKind::Crc32, &[0; 4]).expect("a digest");
    assert_eq!(session.stored(digest, &mut out), Ok(()));
}

/// `timer.client-keepalive`: the five octets that `Client::keepalive` writes, which a server
/// passes without an answer, inside an upload and outside.
#[test]
fn a_server_passes_a_keepalive_and_nothing_is_due() {
    let mut uploading = server_after(FILE);
    let accepted = &mut [0; 64];
    uploading.accept(ResumePoint::START, &mut Output::new(accepted)).expect("a file is due");
    let ready = client_ready();
    let mut sending = ready.clone();
    sending.file(&request(), &mut Output::new(&mut [0; 64])).expect("a file");
    for (mut client, mut session) in [(ready, server_after(b"")), (sending, uploading)] {
        let mut buffer = [0; 64];
        let mut sent = Output::new(&mut buffer);
        client.keepalive(&mut sent).expect("there is room");
        assert_eq!(sent.written(), b"n\0\0\0\0");
        let mut buffer = [0; Server::STEP_ROOM];
        let mut answer = Output::new(&mut buffer);
        let step = session.receive(sent.written(), &mut answer).expect("no fault");
        assert_eq!((step.consumed, step.event), (5, server::Event::Passed));
        assert!(answer.is_empty());
        assert_eq!(session.reply("", &mut answer), Err(Misuse::AnswerNotDue));
    }
}
