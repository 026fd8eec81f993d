//! Every cell of the client's table that is a fault or an end (`answer.client-table`).

use std::io::Cursor;

use conexion::client::Error;
use conexion::session::state::{Answer, Oldest, Reaction, client_cell};
use conexion::wire::{Code, Frame, ResumePoint};

use crate::scripted::{Peer, Server, completion, octets, refusal, reply};
use crate::{framed, upload};

const DATA: &[u8] = b"0123456789";

fn frame(answer: Answer) -> Vec<u8> {
    match answer {
        Answer::Reply => reply("hola"),
        Answer::Continue => octets(&Frame::Continue(ResumePoint::START)),
        Answer::Stored => octets(&Frame::Stored(completion(DATA))),
        Answer::ConnectionError => refusal(Code::INTERNAL_ERROR, "gone"),
        Answer::RequestError => refusal(Code::STORAGE_FAILURE, "no"),
        Answer::Bye => octets(&Frame::Bye),
        Answer::EndOfStream => Vec::new(),
    }
}

/// Brings the client's oldest request to this row, sends the answer there, and returns
/// what the client still sent after it.
fn serve(mut peer: Peer, row: Oldest, answer: Answer) -> Vec<u8> {
    let stray = frame(answer);
    let go_on = |offset, crc32| octets(&Frame::Continue(ResumePoint { offset, crc32 }));
    if row == Oldest::None {
        peer.client_line();
        peer.send(&[b"CONEXION/1 SERVER\n", &stray[..]].concat());
    } else {
        peer.greet("CONEXION/1 SERVER\n");
    }
    match row {
        Oldest::None => {}
        Oldest::Text => {
            peer.expect('T');
            peer.send(&stray);
        }
        Oldest::File => {
            peer.expect('F');
            peer.send(&stray);
        }
        Oldest::Sending => {
            peer.expect('F');
            peer.send(&[go_on(0, 0), stray].concat());
        }
        Oldest::Ended => {
            peer.expect('F');
            peer.send(&go_on(0, 0));
            peer.data();
            peer.send(&stray);
        }
        Oldest::Aborted => {
            peer.expect('F');
            peer.send(&go_on(4, 0xBAD));
            peer.expect('A');
            peer.send(&stray);
        }
        Oldest::Bye => {
            peer.expect('B');
            peer.send(&stray);
        }
    }
    if answer == Answer::EndOfStream {
        peer.finish();
    }
    peer.rest()
}

fn meet(row: Oldest, answer: Answer) {
    let expected = client_cell(row, answer);
    let (sender, rest) = std::sync::mpsc::channel();
    let server = Server::one(move |peer| sender.send(serve(peer, row, answer)).unwrap());
    let mut connection = framed(&server);
    let size = Some(u64::try_from(DATA.len()).unwrap());
    let resume = row != Oldest::Ended;
    let result = match row {
        Oldest::None | Oldest::Text => connection.text("hola").map(|_| ()),
        Oldest::File | Oldest::Sending | Oldest::Ended | Oldest::Aborted => {
            connection.send(&upload(size, resume), &mut Cursor::new(DATA), &mut |_| ()).map(|_| ())
        }
        Oldest::Bye => connection.settle(),
    };
    let result = if row == Oldest::Bye {
        connection.close()
    } else {
        drop(connection);
        result
    };
    let rest = rest.recv().unwrap();
    server.join();
    let cell = format!("{row} {answer}: {result:?}");
    match (expected, answer) {
        (Reaction::Fault, _) => assert!(matches!(result, Err(Error::Fault(_))), "{cell}"),
        (Reaction::Ended, Answer::ConnectionError) => {
            assert!(matches!(result, Err(Error::Ended { .. })), "{cell}");
        }
        (Reaction::Ended, Answer::EndOfStream) if row != Oldest::Bye => {
            assert!(matches!(result, Err(Error::Lost { .. })), "{cell}");
        }
        (Reaction::Ended, _) => assert!(result.is_ok(), "{cell}"),
        (Reaction::Answer | Reaction::GoOn, _) => {
            assert!(!matches!(result, Err(Error::Fault(_))), "{cell}");
        }
    }
    // A FILE without RESUME follows its ABORT at once, before any answer can be read.
    if expected == Reaction::Fault && row != Oldest::Aborted {
        assert_eq!(rest, b"", "{cell}: octets after the fault");
    }
}

#[test]
fn every_cell_of_the_clients_table_has_its_reaction() {
    for row in Oldest::ROWS {
        for answer in Answer::COLUMNS {
            // CONTINUE lets the upload go on and is met in other tests; what ends the
            // stream behind an accepted answer is none of this table's business.
            if !matches!(client_cell(row, answer), Reaction::GoOn | Reaction::Answer) {
                meet(row, answer);
            }
        }
    }
}

#[test]
fn a_refused_text_before_an_upload_is_not_taken_for_the_uploads() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('T');
        peer.refuse(Code::TEXT_REFUSED, "no texts\x1b[31m");
        peer.store();
        peer.part();
    });
    let mut connection = framed(&server);
    let error = connection.text("hola").unwrap_err();
    assert_eq!(error.to_string(), "refused: 202 text refused: no texts\\u{1b}[31m");
    assert!(!error.ends_connection());
    assert_eq!(crate::send(&mut connection, DATA, false).unwrap().size, 10);
    connection.close().unwrap();
    server.join();
}
