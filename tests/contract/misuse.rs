//! A caller that uses a session wrongly is told so, and nothing has changed.

use conexion::session::client::Event as ClientEvent;
use conexion::session::server::Event;
use conexion::session::state::{Oldest, State, Trigger};
use conexion::session::{Client, Error, MAX_OUTSTANDING, Misuse, Server};
use conexion::wire::{
    Agent, Code, Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, FileSize,
    Flags, Frame, FrameType, Limits, Output, PayloadError, PayloadLimit, ResumePoint, SourceName,
};

use crate::room::client_ready;
use crate::{FILE, server_after};

const TEXT: &[u8] = b"T\0\0\0\x04hola";
const CRC: Digest = Digest::Crc32([0; 4]);
const SHA: Digest = Digest::Sha256([0; 32]);

fn with_room<T>(call: impl FnOnce(&mut Output<'_>) -> T) -> T {
    call(&mut Output::new(&mut [0; 4096]))
}

#[test]
fn a_server_gives_no_answer_that_is_not_due() {
    let mut idle = server_after(b"");
    let not_due = Misuse::AnswerNotDue;
    assert_eq!(with_room(|out| idle.reply("", out)), Err(not_due));
    assert_eq!(with_room(|out| idle.accept(ResumePoint::START, out)), Err(not_due));
    assert_eq!(with_room(|out| idle.stored(CRC, out)), Err(not_due));
    assert_eq!(with_room(|out| idle.refuse(Code::BAD_PATH, "", out)), Err(not_due));
    let mut text = server_after(TEXT);
    assert_eq!(with_room(|out| text.receive(TEXT, out)), Err(Error::Misuse(not_due)));
    assert_eq!(with_room(|out| text.accept(ResumePoint::START, out)), Err(not_due));
    assert_eq!(with_room(|out| text.stored(CRC, out)), Err(not_due));
    let wrong = Misuse::WrongClass(Code::TIMEOUT);
    assert_eq!(with_room(|out| text.refuse(Code::TIMEOUT, "", out)), Err(wrong));
    let wrong = Misuse::WrongClass(Code::BAD_PATH);
    assert_eq!(with_room(|out| text.close(Code::BAD_PATH, "", out)), Err(wrong));
    with_room(|out| text.reply("hola", out)).expect("it is due still");
}

#[test]
fn a_server_stores_with_the_digest_that_the_client_asked_for() {
    let mut session = server_after(b"F\0\0\0\x0F\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01a");
    with_room(|out| session.accept(ResumePoint::START, out)).expect("a file is due");
    let end = b"E\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0";
    let step = with_room(|out| session.receive(end, out).map(|step| step.consumed));
    assert_eq!(step, Ok(end.len()));
    let wrong = Misuse::WrongDigest(DigestKind::Sha256);
    assert_eq!(with_room(|out| session.stored(SHA, out)), Err(wrong));
    assert_eq!(with_room(|out| session.stored(CRC, out)), Ok(()));
}

#[test]
fn a_server_takes_no_step_without_room() {
    let mut session = server_after(b"");
    let mut buffer = [0; Server::STEP_ROOM];
    let small = &mut buffer[1..];
    let step = session.receive(TEXT, &mut Output::new(small)).expect("no fault");
    assert_eq!((step.consumed, step.event), (0, Event::NeedRoom));
    let step = session.receive(TEXT, &mut Output::new(&mut buffer)).expect("no fault");
    assert_eq!((step.consumed, step.event), (TEXT.len(), Event::Text("hola")));
}

#[test]
fn a_server_that_has_closed_does_nothing_more() {
    let mut session = server_after(b"");
    with_room(|out| session.close(Code::SHUTTING_DOWN, "", out)).expect("it was open");
    assert_eq!(session.state(), State::Closed);
    let again = with_room(|out| session.close(Code::SHUTTING_DOWN, "", out));
    assert_eq!(again, Err(Misuse::Ended));
    assert_eq!(with_room(|out| session.receive(TEXT, out)), Err(Error::Misuse(Misuse::Ended)));
}

/// A fault is final, and said again to whoever asks.
#[test]
fn a_servers_fault_is_repeated() {
    let mut session = Server::new(Limits::ABSENT, None);
    let fault = with_room(|out| session.receive(b"CONEXION/0 CLIENT\n", out)).unwrap_err();
    let Error::Peer(_) = fault else { panic!("{fault}") };
    let mut buffer = [0; 4096];
    let mut out = Output::new(&mut buffer);
    assert_eq!(session.receive(TEXT, &mut out), Err(fault));
    assert!(out.is_empty(), "only one ERROR");
}

/// The ERROR says what the fault says.
#[test]
fn a_fault_is_told_to_the_client_in_its_own_words() {
    let mut session = server_after(b"");
    let mut buffer = [0; 4096];
    let mut out = Output::new(&mut buffer);
    let error = session.receive(b"Z\0\0\0\0", &mut out).expect_err("a critical frame");
    let Error::Peer(fault) = error else { panic!("{error}") };
    let message = fault.reason.to_string();
    assert!(!message.is_empty());
    assert!(out.written().ends_with(message.as_bytes()), "{:?}", out.written());
    let length = u32::try_from(2 + message.len()).expect("a short message").to_be_bytes();
    assert_eq!(out.written()[..7], [b"X", &length[..], b"\0\x67"].concat());
}

#[test]
fn only_frames_of_clients_trigger_a_server() {
    let of_servers =
        FrameType::ALL.iter().filter(|frame| Trigger::of_frame(**frame).is_none()).copied();
    let expected = [FrameType::Reply, FrameType::Continue, FrameType::Stored, FrameType::Error];
    assert_eq!(of_servers.collect::<Vec<_>>(), expected);
}

fn request(size: u64, resume: bool) -> FileRequest<'static> {
    FileRequest {
        flags: Flags { overwrite: false, resume },
        digest: DigestKind::Crc32,
        size: DeclaredSize::new(size),
        source: SourceName::new(b"").expect("a source"),
        destination: Destination::new(b"a").expect("a destination"),
    }
}

#[test]
fn a_client_sends_nothing_before_the_servers_line() {
    let mut client = Client::new(PayloadLimit::LEAST);
    with_room(|out| client.preface(None, out)).expect("its line");
    assert_eq!(with_room(|out| client.preface(None, out)), Err(Misuse::Ended));
    let refused = |frame| Err(Misuse::NotAllowed(frame));
    assert_eq!(with_room(|out| client.text("", out)), refused(FrameType::Text));
    assert_eq!(with_room(|out| client.file(&request(1, false), out)), refused(FrameType::File));
    assert_eq!(client.data(1), Err(Misuse::NotAllowed(FrameType::Data)));
    assert_eq!(with_room(|out| client.abort(out)), refused(FrameType::Abort));
    assert_eq!(with_room(|out| client.bye(out)), refused(FrameType::Bye));
    assert_eq!(with_room(|out| client.keepalive(out)), Err(Misuse::Ended));
    let end = Completion { size: 0, digest: CRC };
    assert_eq!(with_room(|out| client.end(&end, out)), refused(FrameType::End));
}

#[test]
fn a_client_knows_the_limits_of_the_server_once_it_has_said_them() {
    let mut client = Client::new(PayloadLimit::LEAST);
    assert_eq!(client.limits(), None);
    client.receive(b"CONEXION/1 SERVER chunk=2048 text=4096 file=9\n").expect("a line");
    let limits = Limits {
        chunk: PayloadLimit::new(2048).expect("a limit"),
        text: PayloadLimit::new(4096).expect("a limit"),
        file: Some(FileSize::new(9).expect("a size")),
    };
    assert_eq!(client.limits(), Some(limits));
}

#[test]
fn a_client_sends_what_the_server_takes() {
    let mut client = client_ready();
    let most = PayloadLimit::LEAST.octets();
    let long = "x".repeat(1025);
    let too_long = Misuse::TooLong { len: 1025, most };
    assert_eq!(with_room(|out| client.text(&long, out)), Err(too_long));
    with_room(|out| client.text(&long[1..], out)).expect("as long as allowed");
    let huge = "x".repeat(1_048_577);
    let too_long = Misuse::TooLong { len: huge.len(), most };
    assert_eq!(with_room(|out| client.text(&huge, out)), Err(too_long));
    let no_upload = Err(Misuse::NotAllowed(FrameType::Data));
    assert_eq!(client.data(1), no_upload, "no file was begun");
    with_room(|out| client.file(&request(1025, false), out)).expect("a file");
    assert_eq!(client.data(0), Err(Misuse::TooLong { len: 0, most }));
    assert_eq!(client.data(1025), Err(Misuse::TooLong { len: 1025, most }));
    client.data(1024).expect("as long as allowed");
    assert_eq!(client.data(2), Err(Misuse::SizeMismatch { size: 1026, expected: 1025 }));
    let text = Misuse::NotAllowed(FrameType::Text);
    assert_eq!(with_room(|out| client.text("", out)), Err(text), "inside an upload");
    let early = Completion { size: 1024, digest: CRC };
    let mismatch = Misuse::SizeMismatch { size: 1024, expected: 1025 };
    assert_eq!(with_room(|out| client.end(&early, out)), Err(mismatch));
    let unsent = Completion { size: 1025, digest: CRC };
    let mismatch = Misuse::SizeMismatch { size: 1025, expected: 1025 };
    assert_eq!(with_room(|out| client.end(&unsent, out)), Err(mismatch));
    client.data(1).expect("the last octet");
    let other = Completion { size: 1025, digest: SHA };
    let wrong = Misuse::WrongDigest(DigestKind::Sha256);
    assert_eq!(with_room(|out| client.end(&other, out)), Err(wrong));
    with_room(|out| client.end(&unsent, out)).expect("whole");
    assert_eq!(client.data(1), no_upload, "it has ended");
    let abort = Misuse::NotAllowed(FrameType::Abort);
    assert_eq!(with_room(|out| client.abort(out)), Err(abort), "it has ended");
}

#[test]
fn a_client_waits_where_it_resumes() {
    let mut client = client_ready();
    with_room(|out| client.file(&request(2, true), out)).expect("a file");
    assert_eq!(client.data(1), Err(Misuse::AwaitingContinue));
    let end = Completion { size: 0, digest: CRC };
    assert_eq!(with_room(|out| client.end(&end, out)), Err(Misuse::AwaitingContinue));
    client.receive(b"C\0\0\0\x0C\0\0\0\0\0\0\0\x01\0\0\0\x01").expect("an answer");
    client.data(1).expect("the rest");
}

#[test]
fn a_client_keeps_in_mind_so_many_requests() {
    let mut client = client_ready();
    for _ in 0..MAX_OUTSTANDING {
        with_room(|out| client.text("", out)).expect("there is room in mind");
    }
    assert_eq!(client.unanswered(), MAX_OUTSTANDING);
    let full = Err(Misuse::TooManyOutstanding);
    assert_eq!(with_room(|out| client.text("", out)), full);
    assert_eq!(with_room(|out| client.file(&request(1, false), out)), full);
    client.receive(b"R\0\0\0\0").expect("an answer");
    with_room(|out| client.text("", out)).expect("one was answered");
    with_room(|out| client.bye(out)).expect("it is no request");
}

#[test]
fn a_client_that_has_ended_does_nothing_more() {
    let ended = Misuse::Ended;
    let mut said_bye = client_ready();
    with_room(|out| said_bye.bye(out)).expect("allowed");
    assert_eq!(said_bye.oldest(), Oldest::Bye);
    let mut cut_off = client_ready();
    cut_off.end_of_stream();
    assert_eq!(cut_off.receive(b"R\0\0\0\0"), Err(Error::Misuse(ended)));
    let mut closed = client_ready();
    let step = closed.receive(b"X\0\0\0\x02\0\x69").expect("an ERROR 1xx");
    assert!(matches!(step.event, ClientEvent::Ended(_)));
    assert_eq!(closed.receive(b""), Err(Error::Misuse(ended)));
    for mut client in [said_bye, cut_off, closed] {
        assert_eq!(with_room(|out| client.text("", out)), Err(ended));
        assert_eq!(with_room(|out| client.bye(out)), Err(ended));
        assert_eq!(with_room(|out| client.keepalive(out)), Err(ended));
    }
    let mut never = Client::new(PayloadLimit::LEAST);
    never.end_of_stream();
    assert_eq!(with_room(|out| never.preface(None, out)), Err(ended));
}

/// A fault is final, and said again to whoever asks.
#[test]
fn a_clients_fault_is_repeated() {
    let mut client = client_ready();
    let fault = client.receive(b"R\0\0\0\0").expect_err("nothing was asked");
    let Error::Peer(_) = fault else { panic!("{fault}") };
    assert_eq!(client.receive(b""), Err(fault));
    assert_eq!(with_room(|out| client.text("", out)), Err(Misuse::Ended));
}

/// `Frame::parse_payload` is for whoever has judged the header; without that it still refuses
/// each payload that does not fill its layout.
#[test]
fn a_payload_that_was_not_judged_is_refused() {
    let layout = |kind| Err(PayloadError::Layout(kind));
    let parse = |kind, payload| Frame::parse_payload(kind, payload, DigestKind::Crc32);
    let continues: &[u8] = &[0; 13];
    for len in [0, 7, 8, 11, 13] {
        assert_eq!(parse(FrameType::Continue, &continues[..len]), layout(FrameType::Continue));
    }
    for len in [0, 7, 8, 11, 13] {
        assert_eq!(parse(FrameType::End, &continues[..len]), layout(FrameType::End));
        assert_eq!(parse(FrameType::Stored, &continues[..len]), layout(FrameType::Stored));
    }
    let long = [&b"\0\xC8"[..], &[b'x'; 1025]].concat();
    for payload in [&b""[..], b"\0", &long] {
        assert_eq!(parse(FrameType::Error, payload), layout(FrameType::Error));
    }
    assert!(parse(FrameType::Error, &long[..1026]).is_ok());
    assert_eq!(parse(FrameType::Abort, b"x"), layout(FrameType::Abort));
    assert_eq!(parse(FrameType::Bye, b"x"), layout(FrameType::Bye));
}

/// Each prefix of a payload of FILE ends within some field.
#[test]
fn a_file_that_is_cut_off_has_no_layout() {
    let whole = &FILE[5..];
    assert!(FileRequest::parse(whole).is_ok());
    for len in 0..whole.len() {
        let error = FileRequest::parse(&whole[..len]).expect_err("it is cut off");
        assert_eq!(error, conexion::wire::FileError::Layout, "{len} octets");
    }
}

#[test]
fn an_agent_is_known_by_its_name() {
    let agent = Agent::new("a/1").expect("an agent");
    assert_eq!(agent.as_str(), "a/1");
}
