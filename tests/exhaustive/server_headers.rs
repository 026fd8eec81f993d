//! Every header in every state of a server.

use conexion::session::Error;
use conexion::session::server::{Event, Server};
use conexion::session::state::State;
use conexion::wire::{Code, Limits, Output, PayloadLimit, ResumePoint};

use crate::judge::{Bounds, Judgement, judge};
use crate::{BEHIND, CHUNK, TEXT, Tally, headers, octets};

/// FILE of unknown size, with a crc32, from `a` to `b`.
const FILE: &[u8] = b"F\0\0\0\x10\0\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\x01a\0\x01b";

/// The columns of the table that are not X104 in this state.
fn has_place(state: State) -> &'static [u8] {
    match state {
        State::Idle => b"TFB",
        State::Open => b"DEA",
        State::Discard => b"TFDEAB",
        State::Closed => b"",
    }
}

/// Which types end in `discard` and are answered by nothing there.
fn is_skipped_in_discard(kind: u8) -> bool {
    b"DEA".contains(&kind)
}

fn server(state: State) -> Server {
    let payload = |octets| PayloadLimit::new(octets).expect("within its range");
    let limits = Limits { chunk: payload(CHUNK), text: payload(TEXT), file: None };
    let mut server = Server::new(limits, None);
    let mut room = [0; 4096];
    let mut out = Output::new(&mut room);
    let line = b"CONEXION/1 CLIENT\n";
    server.receive(line, &mut out).expect("a line");
    if state != State::Idle {
        server.receive(FILE, &mut out).expect("a file");
        if state == State::Open {
            server.accept(ResumePoint::START, &mut out).expect("a file is due");
        } else {
            server.refuse(Code::BAD_PATH, "", &mut out).expect("a file is due");
        }
    }
    assert_eq!(server.state(), state);
    server
}

/// What the session makes of a header and four octets of its payload.
fn judgement(mut server: Server, kind: u8, length: u32) -> Judgement {
    let before = server.state();
    let input = octets(kind, length);
    let mut room = [0; 4096];
    let mut out = Output::new(&mut room);
    match server.receive(&input, &mut out) {
        Err(Error::Peer(fault)) => {
            let code = fault.reason.code().number();
            let written = out.written();
            assert_eq!(written.first(), Some(&b'X'), "no ERROR was written");
            assert_eq!(written.get(5..7), Some(&code.to_be_bytes()[..]));
            assert_eq!(server.state(), State::Closed);
            // After the first fault every call returns it, and nothing more is written.
            let len = out.len();
            assert_eq!(server.receive(&input, &mut out), Err(Error::Peer(fault)));
            assert_eq!(out.len(), len);
            Judgement::Refused(code)
        }
        Err(Error::Misuse(misuse)) => panic!("no misuse: {misuse}"),
        Ok(step) => {
            let ignorable = kind.is_ascii_lowercase();
            if ignorable || (before == State::Discard && is_skipped_in_discard(kind)) {
                assert!(out.is_empty(), "what is skipped is answered");
                assert!(matches!(step.event, Event::Passed | Event::NeedMore(_)));
            }
            if ignorable {
                assert_eq!(server.state(), before, "an ignorable frame changes the state");
                return Judgement::Skipped;
            }
            Judgement::Taken
        }
    }
}

#[test]
fn every_header_in_every_state_of_a_server_is_judged_as_the_tables_say() {
    let bounds = Bounds { chunk: CHUNK, text: TEXT };
    let mut tally = Tally::default();
    for state in State::ROWS {
        let server = server(state);
        for (kind, length) in headers(&bounds) {
            let expected = judge(kind, length, &bounds, has_place(state));
            // A payload of 0xFF that is all there is judged too, and no header's matter.
            let whole = usize::try_from(length).is_ok_and(|length| length <= BEHIND.len());
            if whole && expected == Judgement::Taken && kind == b'T' && length > 0 {
                continue;
            }
            let seen = judgement(server.clone(), kind, length);
            assert_eq!(seen, expected, "{state}: type 0x{kind:02X}, length {length}");
            tally.count(seen);
        }
    }
    tally.conclude(6);
}
