//! Runs of many files, lost connections, and what is sent again.

use std::fs;
use std::io::Cursor;

use conexion::client::{Error, Job, Plan};
use conexion::wire::{Code, FileRequest, Frame};
use rstest::rstest;

use crate::scripted::{Peer, Script, Server};
use crate::{noise, plan, run};

const SIZE: usize = 3 << 20;

/// A folder with one file of 3 MiB.
fn big() -> (tempfile::TempDir, Job) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.bin");
    fs::write(&path, noise(SIZE)).unwrap();
    (folder, Job::file(path, "x/big"))
}

/// Takes a part of the upload, as a server that holds octets.
fn take(peer: &mut Peer, held: usize) -> usize {
    assert_eq!(peer.expect_file().flags, 2);
    let data = noise(SIZE);
    peer.go_on(u64::try_from(held).unwrap(), crc32fast::hash(&data[..held]));
    held + peer.expect('D').len()
}

fn take_the_rest(peer: &mut Peer, held: usize) {
    assert_eq!(peer.expect_file().flags, 2);
    let data = noise(SIZE);
    peer.go_on(u64::try_from(held).unwrap(), crc32fast::hash(&data[..held]));
    let (rest, end) = peer.data();
    assert!(rest == data[held..]);
    peer.stored(&end);
    peer.part();
}

#[rstest]
#[case::lost(None)]
#[case::timeout(Some(Code::TIMEOUT))]
#[case::too_many(Some(Code::TOO_MANY_CONNECTIONS))]
#[case::shutting_down(Some(Code::SHUTTING_DOWN))]
#[case::internal(Some(Code::INTERNAL_ERROR))]
fn an_upload_goes_on_where_a_lost_connection_left_it(#[case] code: Option<Code>) {
    let broken = move |peer: Peer| {
        let mut peer = peer.welcome();
        take(&mut peer, 0);
        if let Some(code) = code {
            peer.refuse(code, "");
            peer.finish();
            peer.rest();
        }
    };
    let server = Server::new(vec![
        Box::new(broken),
        Box::new(|peer| take_the_rest(&mut peer.welcome(), 262_144)),
    ]);
    let (_folder, job) = big();
    let (told, result) = run(&server, vec![job], &plan());
    result.unwrap();
    assert_eq!((told.connected, told.retries.len(), told.held), (2, 1, 262_144));
    let [(destination, Ok(receipt))] = &told.done[..] else { panic!("{:?}", told.done) };
    // Before this run the server held nothing.
    assert_eq!((destination.as_str(), receipt.held), ("x/big", 0));
    server.join();
}

#[test]
fn an_error_that_is_the_clients_fault_is_not_retried() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.refuse(Code::MALFORMED_FRAME, "what is this?");
        peer.rest();
    });
    let (_folder, job) = big();
    let (told, result) = run(&server, vec![job], &plan());
    assert!(matches!(result, Err(Error::Ended { code: Code::MALFORMED_FRAME, .. })));
    assert_eq!((told.retries.len(), told.done.len()), (0, 1));
    server.join();
}

/// `takeover.own`
#[test]
fn an_upload_that_was_taken_over_is_not_sent_again() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        peer.refuse(Code::SUPERSEDED, "another client");
        let next = loop {
            match peer.frame().expect("the stream has ended") {
                ('D', _) => {}
                (kind, _) => break kind,
            }
        };
        assert_eq!(next, 'B', "the FILE came again");
        peer.answer(&Frame::Bye);
    });
    let (_folder, job) = big();
    let (told, result) = run(&server, vec![job], &plan());
    assert!(result.is_ok(), "{result:?}");
    assert_eq!((told.retries.len(), told.done.len()), (0, 1));
    server.join();
}

#[test]
fn retries_end_without_progress_and_begin_anew_with_it() {
    // Held octets grow for six losses; then three losses gain nothing.
    let mut scripts: Vec<Script> = Vec::new();
    for held in (0..6).map(|piece| piece * 262_144) {
        scripts.push(Box::new(move |peer| {
            take(&mut peer.welcome(), held);
        }));
    }
    for _ in 0..3 {
        scripts.push(Box::new(move |peer| {
            take(&mut peer.welcome(), 5 * 262_144);
        }));
    }
    let server = Server::new(scripts);
    let (_folder, job) = big();
    let (told, result) = run(&server, vec![job], &plan());
    assert!(matches!(result, Err(Error::Lost { .. })), "{result:?}");
    // The first loss gained nothing; from the second on something was held. After the
    // last gain three losses are made good, the fourth is not.
    assert_eq!(told.connected, 9);
    let [(_, Err(outcome))] = &told.done[..] else { panic!("{:?}", told.done) };
    assert!(outcome.starts_with("the outcome is unknown"), "{outcome}");
    server.join();
}

#[test]
fn what_a_lost_connection_may_have_carried_out_stays_unknown() {
    let server = Server::new(vec![
        Box::new(|peer| {
            let mut peer = peer.welcome();
            assert_eq!(peer.expect_file().flags, 2);
            peer.go_on(0, 0);
            peer.data();
        }),
        Box::new(|peer| {
            let mut peer = peer.welcome();
            peer.expect('F');
            peer.refuse(Code::SHUTTING_DOWN, "");
            peer.rest();
        }),
    ]);
    let (_folder, job) = big();
    let (told, result) = run(&server, vec![job], &Plan { retries: 1, ..plan() });
    assert!(matches!(result, Err(Error::Ended { code: Code::SHUTTING_DOWN, .. })), "{result:?}");
    let [(_, Err(outcome))] = &told.done[..] else { panic!("{:?}", told.done) };
    assert!(outcome.starts_with("the outcome is unknown"), "{outcome}");
    server.join();
}

#[test]
fn what_was_answered_before_the_loss_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let jobs: Vec<Job> = (0..40)
        .map(|number| {
            let path = folder.path().join(number.to_string());
            fs::write(&path, format!("file {number}")).unwrap();
            Job::file(path, number.to_string())
        })
        .collect();
    let server = Server::new(vec![
        Box::new(|peer| {
            let mut peer = peer.welcome();
            for number in 0..10 {
                assert_eq!(peer.store().0.destination, number.to_string());
            }
            // Carried out, but its STORED is lost.
            peer.expect('F');
            // Without this a reset would destroy the answers before it, too.
            peer.finish();
            peer.rest();
        }),
        Box::new(|peer| {
            let mut peer = peer.welcome();
            for number in 10..40 {
                let asked = peer.expect_file();
                assert_eq!(asked.destination, number.to_string());
                let data = format!("file {number}");
                let size = asked.size.unwrap();
                // Whatever was on its way may be there already.
                let held = if asked.flags == 2 && number == 10 { size } else { 0 };
                let crc32 = if held == 0 { 0 } else { crc32fast::hash(data.as_bytes()) };
                peer.go_on(held, crc32);
                let (sent, end) = peer.data();
                assert_eq!(sent.is_empty(), held > 0);
                peer.stored(&end);
            }
            peer.part();
        }),
    ]);
    let (told, result) = run(&server, jobs, &plan());
    result.unwrap();
    assert_eq!(told.done.len(), 40);
    let destinations: Vec<u32> = told.done.iter().map(|(name, _)| name.parse().unwrap()).collect();
    assert_eq!(destinations, (0..40).collect::<Vec<_>>());
    assert!(told.done.iter().all(|(_, outcome)| outcome.is_ok()));
    assert_eq!(told.done[10].1.as_ref().unwrap().held, 7);
    server.join();
}

/// A server that has these files already and counts them as held.
fn having(mut peer: Peer, files: &[(&str, &[u8])]) {
    let mut open = false;
    loop {
        match peer.frame().unwrap() {
            ('F', payload) => {
                let asked = FileRequest::parse(&payload).unwrap();
                let (name, resume) = (asked.destination.as_str(), asked.flags.resume);
                let file = files.iter().find(|(file, _)| *file == name).map(|(_, file)| *file);
                open = resume || file.is_none();
                match file {
                    Some(file) if resume => {
                        assert_eq!(asked.size.known(), u64::try_from(file.len()).ok());
                        peer.go_on(asked.size.known().unwrap(), crc32fast::hash(file));
                    }
                    Some(_) => peer.refuse(Code::ALREADY_EXISTS, "it is there"),
                    None => peer.go_on(0, 0),
                }
            }
            ('E', end) if open => {
                peer.stored(&end);
                open = false;
            }
            ('A', _) if open => {
                peer.refuse(Code::ABORTED, "");
                open = false;
            }
            ('D' | 'E' | 'A', _) => {}
            ('B', _) => return peer.answer(&Frame::Bye),
            (other, _) => panic!("{other}"),
        }
    }
}

#[test]
fn small_files_that_are_there_already_are_compared_and_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let job = |name: &str, octets: &[u8]| {
        fs::write(folder.path().join(name), octets).unwrap();
        Job::file(folder.path().join(name), name)
    };
    let jobs = vec![job("same", b"hola"), job("other", b"hola"), job("new", b"hola")];
    let server =
        Server::one(|peer| having(peer.welcome(), &[("same", b"hola"), ("other", b"chao")]));
    let (mut told, result) = run(&server, jobs, &plan());
    result.unwrap();
    told.done.sort_by(|one, two| one.0.cmp(&two.0));
    let [(_, Ok(new)), (_, Err(other)), (_, Ok(same))] = &told.done[..] else {
        panic!("{:?}", told.done)
    };
    assert_eq!((new.held, same.held), (0, 4));
    assert!(other.starts_with("refused: 211 already exists: it is there"), "{other}");
    server.join();
}

#[test]
fn once_files_turn_out_to_be_there_the_next_ones_are_not_sent_in_vain() {
    const FILES: u64 = 300;
    let folder = tempfile::tempdir().unwrap();
    let data = noise(4096);
    let names: Vec<String> = (0..FILES).map(|number| number.to_string()).collect();
    let job = |name: &String| {
        fs::write(folder.path().join(name), &data).unwrap();
        Job::file(folder.path().join(name), name)
    };
    let jobs = names.iter().map(job).collect();
    let server = Server::one(move |peer| {
        let data = noise(4096);
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), &data[..])).collect();
        having(peer.welcome(), &files);
    });
    let (told, result) = run(&server, jobs, &plan());
    result.unwrap();
    assert!(told.done.iter().all(|(_, outcome)| outcome.as_ref().is_ok_and(|it| it.held == 4096)));
    assert_eq!(told.done.len(), 300);
    // No more than were on their way before the first answer came.
    assert!(told.sent <= 33 * 4096, "{} octets", told.sent);
    server.join();
}

#[test]
fn a_stream_is_not_sent_twice_but_the_rest_is_sent() {
    let server = Server::new(vec![
        Box::new(|peer| {
            let mut peer = peer.welcome();
            peer.expect('F');
            peer.expect('D');
        }),
        Box::new(|peer| {
            let mut peer = peer.welcome();
            assert_eq!(peer.store().0.destination, "b");
            peer.part();
        }),
    ]);
    let jobs = vec![Job::stream(Cursor::new(noise(10 << 20)), "a"), Job::stream(&b"hola"[..], "b")];
    let (told, result) = run(&server, jobs, &plan());
    result.unwrap();
    let [(_, Err(error)), (_, Ok(receipt))] = &told.done[..] else { panic!("{:?}", told.done) };
    assert!(error.contains("cannot be read again"), "{error}");
    assert_eq!(receipt.size, 4);
    server.join();
}

#[rstest]
#[case::lost(None, "the outcome is unknown")]
#[case::shutting_down(Some(Code::SHUTTING_DOWN), "the upload broke off")]
fn a_stream_that_was_sent_whole_may_have_been_stored(
    #[case] code: Option<Code>,
    #[case] expected: &str,
) {
    let server = Server::new(vec![Box::new(move |peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        peer.data();
        if let Some(code) = code {
            peer.refuse(code, "");
        }
    })]);
    let jobs = vec![Job::stream(Cursor::new(noise(1000)), "a")];
    let (told, result) = run(&server, jobs, &plan());
    result.unwrap();
    let [(_, Err(error))] = &told.done[..] else { panic!("{:?}", told.done) };
    assert!(error.starts_with(expected), "{error}");
    server.join();
}

#[test]
fn what_fails_one_file_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good"), b"hola").unwrap();
    let jobs = vec![
        Job::file(folder.path().join("missing"), "missing"),
        Job::file(folder.path().join("good"), "../evil"),
        Job::file(folder.path(), "folder"),
        Job::file(folder.path().join("good"), "refused"),
        Job::file(folder.path().join("good"), "good"),
    ];
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        assert_eq!(peer.expect_file().destination, "refused");
        peer.refuse(Code::NOT_PERMITTED, "not there");
        peer.data();
        assert_eq!(peer.store().0.destination, "good");
        peer.part();
    });
    let (told, result) = run(&server, jobs, &plan());
    result.unwrap();
    let failed: Vec<_> =
        told.done.iter().map(|(name, outcome)| (&name[..], outcome.is_err())).collect();
    let expected = [
        ("missing", true),
        ("../evil", true),
        ("folder", true),
        ("refused", true),
        ("good", false),
    ];
    assert_eq!(failed, expected);
    server.join();
}
