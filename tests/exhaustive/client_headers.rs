//! Every header in every row of a client's table.

use conexion::session::Error;
use conexion::session::client::{Client, Event};
use conexion::session::state::Oldest;
use conexion::wire::{
    Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Output,
    PayloadLimit, SourceName,
};

use crate::judge::{Bounds, Judgement, judge};
use crate::{BEHIND, CHUNK, TEXT, Tally, headers, octets};

/// CONTINUE from the first octet.
const CONTINUE: &[u8] = b"C\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0";

/// The columns of the client's table that are not `fault` in this row; an ERROR in `none`
/// and `bye` has its place by its header, since its code decides.
fn has_place(oldest: Oldest) -> &'static [u8] {
    match oldest {
        Oldest::None | Oldest::Sending | Oldest::Aborted => b"X",
        Oldest::Text => b"RX",
        Oldest::File => b"CX",
        Oldest::Ended => b"SX",
        Oldest::Bye => b"XB",
    }
}

fn client(oldest: Oldest) -> Client {
    let mut client = Client::new(PayloadLimit::new(TEXT).expect("within its range"));
    let mut room = [0; 4096];
    let mut out = Output::new(&mut room);
    client.preface(None, &mut out).expect("there is room");
    let line = format!("CONEXION/1 SERVER chunk={CHUNK} text={TEXT}\n");
    client.receive(line.as_bytes()).expect("a line");
    let request = FileRequest {
        flags: Flags::default(),
        digest: DigestKind::Crc32,
        size: DeclaredSize::UNKNOWN,
        source: SourceName::new(b"a").expect("a name"),
        destination: Destination::new(b"b").expect("a path"),
    };
    let nothing = Completion { size: 0, digest: Digest::Crc32([0; 4]) };
    match oldest {
        Oldest::None => {}
        Oldest::Text => client.text("hola", &mut out).expect("allowed"),
        Oldest::Bye => client.bye(&mut out).expect("allowed"),
        Oldest::File => client.file(&request, &mut out).expect("allowed"),
        Oldest::Sending | Oldest::Ended | Oldest::Aborted => {
            client.file(&request, &mut out).expect("allowed");
            client.receive(CONTINUE).expect("a file is unanswered");
            if oldest == Oldest::Ended {
                client.end(&nothing, &mut out).expect("allowed");
            } else if oldest == Oldest::Aborted {
                client.abort(&mut out).expect("allowed");
            }
        }
    }
    assert_eq!(client.oldest(), oldest);
    client
}

/// What the session makes of a header and four octets of its payload.
fn judgement(mut client: Client, kind: u8, length: u32) -> Judgement {
    let before = client.oldest();
    let input = octets(kind, length);
    match client.receive(&input) {
        Err(Error::Peer(fault)) => {
            assert_eq!(client.receive(&input), Err(Error::Peer(fault)), "a fault sticks");
            let mut room = [0; 4096];
            let mut out = Output::new(&mut room);
            assert!(client.text("more", &mut out).is_err(), "something is sent after a fault");
            assert!(client.bye(&mut out).is_err(), "BYE is sent after a fault");
            assert!(out.is_empty());
            Judgement::Refused(fault.reason.code().number())
        }
        Err(Error::Misuse(misuse)) => panic!("no misuse: {misuse}"),
        Ok(step) if kind.is_ascii_lowercase() => {
            assert!(matches!(step.event, Event::Passed | Event::NeedMore(_)));
            assert_eq!(client.oldest(), before, "an ignorable frame changes the row");
            Judgement::Skipped
        }
        Ok(_) => Judgement::Taken,
    }
}

#[test]
fn every_header_in_every_row_of_a_client_is_judged_as_the_tables_say() {
    let bounds = Bounds { chunk: CHUNK, text: TEXT };
    let mut tally = Tally::default();
    for oldest in Oldest::ROWS {
        let client = client(oldest);
        for (kind, length) in headers(&bounds) {
            let expected = judge(kind, length, &bounds, has_place(oldest));
            // A payload of 0xFF that is all there is judged too, and no header's matter.
            let whole = usize::try_from(length).is_ok_and(|length| length <= BEHIND.len());
            if whole && expected == Judgement::Taken && b"RX".contains(&kind) && length > 0 {
                continue;
            }
            let seen = judgement(client.clone(), kind, length);
            assert_eq!(seen, expected, "{oldest}: type 0x{kind:02X}, length {length}");
            tally.count(seen);
        }
    }
    tally.conclude(6);
}
