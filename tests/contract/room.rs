//! Whatever is emitted fits whole or changes nothing, and says how much room it needs.

use conexion::plain::client as plain_client;
use conexion::session::client::Event as ClientEvent;
use conexion::session::{Client, Misuse, Server};
use conexion::wire::{
    Agent, Code, Completion, DeclaredSize, Destination, Digest, DigestKind, ErrorFrame,
    FileRequest, Flags, Frame, Limits, Message, Output, PayloadLimit, Preface, ResumePoint, Role,
    ShortOutput, SourceName, TextPayload, Version,
};

use crate::{FILE, server_after};

const ROOM: usize = 4096;

/// Emits with each room that is too small, and then with what it was said to need.
#[track_caller]
fn assert_whole_or_nothing<T: Clone>(
    state: &T,
    emit: impl Fn(&mut T, &mut Output<'_>) -> Result<(), ShortOutput>,
) -> Vec<u8> {
    let mut buffer = [0; ROOM];
    let mut out = Output::new(&mut buffer);
    emit(&mut state.clone(), &mut out).expect("there is room");
    let whole = out.written().to_vec();
    for room in 0..whole.len() {
        let mut state = state.clone();
        let mut buffer = vec![0xAA; room];
        let mut out = Output::new(&mut buffer);
        let ShortOutput { needed } = emit(&mut state, &mut out).expect_err("too little room");
        assert!(out.is_empty());
        assert_eq!(buffer, vec![0xAA; room], "nothing was written");
        assert!(needed >= whole.len());
        let mut buffer = vec![0; needed];
        let mut out = Output::new(&mut buffer);
        assert_eq!(emit(&mut state, &mut out), Ok(()), "it can be emitted still");
        assert_eq!(out.written(), whole);
    }
    whole
}

/// The same of a session's call, which is allowed.
#[track_caller]
fn assert_called<T: Clone, R>(
    state: &T,
    call: impl Fn(&mut T, &mut Output<'_>) -> Result<R, Misuse>,
) -> Vec<u8> {
    assert_whole_or_nothing(state, |state, out| match call(state, out) {
        Ok(_) => Ok(()),
        Err(Misuse::ShortOutput(short)) => Err(short),
        Err(misuse) => panic!("{misuse}"),
    })
}

pub(crate) fn request() -> FileRequest<'static> {
    FileRequest {
        flags: Flags { overwrite: true, resume: false },
        digest: DigestKind::Crc32,
        size: DeclaredSize::new(5),
        source: SourceName::new(b"here").expect("a source"),
        destination: Destination::new(b"there").expect("a destination"),
    }
}

fn completion() -> Completion {
    Completion { size: 0, digest: Digest::Sha256([7; 32]) }
}

#[test]
fn each_frame() {
    let text = TextPayload::new("hola").expect("a text");
    let message = Message::truncated("no");
    for frame in [
        Frame::Text(text),
        Frame::Reply(text),
        Frame::File(request()),
        Frame::Continue(ResumePoint { offset: 3, crc32: 4 }),
        Frame::Data(b"data"),
        Frame::End(completion()),
        Frame::Stored(completion()),
        Frame::Abort,
        Frame::Error(ErrorFrame::new(Code::BAD_PATH, message)),
        Frame::Bye,
    ] {
        let octets = assert_whole_or_nothing(&frame, |frame, out| frame.emit(out));
        assert_eq!(octets.len(), frame.encoded_len(), "{frame:?}");
        let needed = frame.emit(&mut Output::new(&mut [])).expect_err("no room").needed;
        assert_eq!(needed, octets.len(), "no more is asked for than is needed");
    }
}

#[test]
fn each_line() {
    let line = Preface {
        chunk: Some(PayloadLimit::LEAST),
        text: Some(PayloadLimit::MOST),
        ..Preface::new(Version::ONE).with_agent(Agent::new("a/1"))
    };
    let octets = assert_whole_or_nothing(&line, |line, out| line.emit(Role::Server, out));
    assert_eq!(octets, b"CONEXION/1 SERVER chunk=1024 text=1048576 agent=a/1\n");
    let needed = line.emit(Role::Server, &mut Output::new(&mut [])).expect_err("no room").needed;
    assert_eq!(needed, Preface::MAX_LEN);
}

#[test]
fn the_header_for_an_original_server() {
    let source = SourceName::new(b"here").expect("a source");
    let destination = Destination::new(b"there").expect("a destination");
    let header = plain_client::Header::new(source, destination).expect("a header");
    let octets = assert_whole_or_nothing(&header, |header, out| header.emit(out));
    assert_eq!(octets, b"ARCHIVO:here:there");
}

#[test]
fn each_answer_of_a_server() {
    let text = server_after(b"T\0\0\0\x04hola");
    assert_called(&text, |session, out| session.reply("hola", out));
    let long = "x".repeat(1025);
    let refused = assert_called(&text, |session, out| session.reply(&long, out));
    assert_eq!(refused.get(5..7), Some(&[0, 201][..]), "in its place, ERROR 201");
    assert_called(&text, |session, out| session.refuse(Code::TEXT_REFUSED, "no", out));
    let file = server_after(FILE);
    assert_called(&file, |session, out| session.accept(ResumePoint::START, out));
    assert_called(&file, |session, out| session.refuse(Code::NO_SPACE, "full", out));
    let mut ended = server_after(b"F\0\0\0\x0F\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01a");
    let mut buffer = [0; ROOM];
    ended.accept(ResumePoint::START, &mut Output::new(&mut buffer)).expect("a file is due");
    let end = b"E\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0";
    ended.receive(end, &mut Output::new(&mut buffer)).expect("an end");
    assert_called(&ended, |session, out| session.stored(Digest::Crc32([0; 4]), out));
    assert_called(&text, |session, out| session.close(Code::TIMEOUT, "late", out));
    let new = Server::new(Limits::ABSENT, None);
    let both = assert_called(&new, |session, out| session.close(Code::TIMEOUT, "late", out));
    assert!(both.starts_with(b"CONEXION/1 SERVER "), "its line comes first");
    assert!(both.ends_with(b"X\0\0\0\x06\0\x69late"));
}

#[test]
fn each_request_of_a_client() {
    let new = Client::new(PayloadLimit::LEAST);
    let agent = Agent::new("a/1");
    let line = assert_called(&new, |client, out| client.preface(agent, out));
    assert_eq!(line, b"CONEXION/1 CLIENT text=1024 agent=a/1\n");
    let ready = client_ready();
    assert_called(&ready, |client, out| client.text("hola", out));
    assert_called(&ready, |client, out| client.file(&request(), out));
    let alive = assert_called(&ready, Client::keepalive);
    assert_eq!(alive, b"n\0\0\0\0");
    assert_called(&ready, Client::bye);
    let empty = FileRequest { size: DeclaredSize::new(0), ..request() };
    let mut sending = ready;
    sending.file(&empty, &mut Output::new(&mut [0; ROOM])).expect("a file");
    assert_called(&sending, Client::abort);
    let end = Completion { size: 0, digest: Digest::Crc32([0; 4]) };
    assert_called(&sending, |client, out| client.end(&end, out));
}

/// `Server::STEP_ROOM`: "a line and an ERROR of its own", which has a code and 160 octets of a
/// message.
#[test]
fn a_step_has_room_for_the_longest_line_and_message() {
    assert_eq!(Server::STEP_ROOM, Preface::MAX_LEN + 5 + 2 + 160);
}

/// `Client::SEND_ROOM`: "the largest FILE".
#[test]
fn the_largest_file_needs_the_room_that_a_client_is_sure_with() {
    let source = [b'x'; 1024];
    let components = [255, 255, 255, 254, 1].map(|len| "x".repeat(len));
    let destination = components.join("/");
    let largest = FileRequest {
        source: SourceName::new(&source).expect("a source"),
        destination: Destination::new(destination.as_bytes()).expect("a destination"),
        ..request()
    };
    assert_eq!(Frame::File(largest).encoded_len(), Client::SEND_ROOM);
}

/// A client to which the server's line has come.
pub(crate) fn client_ready() -> Client {
    let mut client = Client::new(PayloadLimit::LEAST);
    client.preface(None, &mut Output::new(&mut [0; ROOM])).expect("its line");
    let step = client.receive(b"CONEXION/1 SERVER\n").expect("a line");
    assert!(matches!(step.event, ClientEvent::Preface(_)));
    client
}
