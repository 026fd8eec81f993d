//! Uploads on one framed connection.

use std::io::{Cursor, Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use conexion::client::{Error, Interrupt, Once, Options, Progress, Proof, Upload};
use conexion::wire::{Code, Completion, Digest, DigestKind, Frame};
use rstest::rstest;

use crate::scripted::{Asked, Server, completion};
use crate::{Endless, framed, noise, send, upload};

#[rstest]
#[case(0)]
#[case(1)]
#[case(1023)]
#[case(1024)]
#[case(1025)]
#[case(262_144)]
#[case(1_000_000)]
fn a_file_arrives_octet_for_octet(#[case] size: usize) {
    for chunk in ["1024", "262144", "1048576"] {
        let server = Server::one(move |mut peer| {
            peer.greet(&format!("CONEXION/1 SERVER chunk={chunk}\n"));
            let (asked, data) = peer.store();
            let name = |name: &str| name.to_owned();
            let declared = Some(u64::try_from(size).unwrap());
            let (source, destination) = (name("b.bin"), name("a/b"));
            assert_eq!(asked, Asked { flags: 0, size: declared, source, destination });
            assert!(data == noise(size));
            peer.part();
        });
        let mut connection = framed(&server);
        let data = noise(size);
        let receipt = send(&mut connection, &data, false).unwrap();
        assert_eq!((receipt.size, receipt.held), (completion(&data).size, 0));
        assert_eq!(receipt.proof, Proof::Digest(completion(&data).digest));
        connection.close().unwrap();
        server.join();
    }
}

#[test]
fn a_stream_of_unknown_size_is_sent_as_it_comes() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        let (asked, data) = peer.store();
        assert_eq!((asked.size, data), (None, noise(300_000)));
        peer.part();
    });
    let mut connection = framed(&server);
    let data = noise(300_000);
    let mut source = Once::new(&data[..]);
    // RESUME means nothing without a size, and is not asked for.
    let receipt = connection.send(&upload(None, true), &mut source, &mut |_| ()).unwrap();
    assert_eq!(receipt.size, 300_000);
    connection.close().unwrap();
    server.join();
}

#[test]
fn sha256_is_compared_too() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        let (_, mut end) = peer.data();
        assert_eq!(end.len(), 40);
        end[39] ^= 1;
        peer.stored(&end);
        peer.part();
    });
    let mut connection = framed(&server);
    let asked = Upload { digest: DigestKind::Sha256, ..upload(Some(3), false) };
    let result = connection.send(&asked, &mut Cursor::new(b"abc"), &mut |_| ());
    assert!(matches!(result, Err(Error::StoredDiffers { .. })), "{result:?}");
    connection.close().unwrap();
    server.join();
}

#[rstest]
#[case::size(Completion { size: 4, ..completion(b"hola!") })]
#[case::digest(Completion { digest: Digest::Crc32([1, 2, 3, 4]), ..completion(b"hola!") })]
fn a_stored_that_differs_is_a_failure(#[case] stored: Completion) {
    let server = Server::one(move |peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        peer.data();
        peer.answer(&Frame::Stored(stored));
        peer.part();
    });
    let mut connection = framed(&server);
    let error = send(&mut connection, b"hola!", false).unwrap_err();
    assert!(matches!(error, Error::StoredDiffers { .. }), "{error}");
    connection.close().unwrap();
    server.join();
}

#[rstest]
#[case::part(400_000)]
#[case::all(1_000_000)]
fn held_octets_that_agree_are_not_sent_again(#[case] held: usize) {
    let server = Server::one(move |peer| {
        let mut peer = peer.welcome();
        assert_eq!(peer.expect_file().flags, 2);
        let data = noise(1_000_000);
        peer.go_on(u64::try_from(held).unwrap(), crc32fast::hash(&data[..held]));
        let (rest, end) = peer.data();
        assert!(rest == data[held..]);
        peer.stored(&end);
        assert_eq!(end[8..], crc32fast::hash(&data).to_be_bytes());
        peer.part();
    });
    let mut connection = framed(&server);
    let data = noise(1_000_000);
    let (mut told_held, mut sent) = (0, 0);
    let receipt = connection
        .send(&upload(Some(1_000_000), true), &mut Cursor::new(&data), &mut |progress| {
            match progress {
                Progress::Held(octets) => told_held += octets,
                Progress::Sent(octets) => sent += octets,
            }
        })
        .unwrap();
    let held = u64::try_from(held).unwrap();
    assert_eq!((receipt.held, told_held, sent), (held, held, 1_000_000 - held));
    connection.close().unwrap();
    server.join();
}

#[test]
fn held_octets_that_differ_are_dropped_and_the_file_sent_whole() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        assert_eq!(peer.expect_file().flags, 2);
        peer.go_on(1000, 0xBAD);
        peer.expect('A');
        peer.refuse(Code::ABORTED, "");
        let (asked, data) = peer.store();
        assert_eq!(asked.flags, 0);
        assert!(data == noise(5000));
        peer.part();
    });
    let mut connection = framed(&server);
    let receipt = send(&mut connection, &noise(5000), true).unwrap();
    assert_eq!((receipt.size, receipt.held), (5000, 0));
    connection.close().unwrap();
    server.join();
}

#[test]
fn another_answer_than_220_to_the_abort_is_the_outcome() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(1000, 0xBAD);
        peer.expect('A');
        peer.refuse(Code::SUPERSEDED, "");
        peer.part();
    });
    let mut connection = framed(&server);
    let error = send(&mut connection, &noise(5000), true).unwrap_err();
    assert!(matches!(error, Error::Refused { code: Code::SUPERSEDED, .. }), "{error}");
    connection.close().unwrap();
    server.join();
}

#[rstest]
#[case::above_the_size(true, 11)]
#[case::without_resume(false, 1)]
fn an_offset_that_cannot_be_is_a_fault(#[case] resume: bool, #[case] offset: u64) {
    let server = Server::one(move |peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(offset, 0);
        peer.rest();
    });
    let mut connection = framed(&server);
    let error = send(&mut connection, &[0; 10], resume).unwrap_err();
    assert!(matches!(error, Error::Fault(_)), "{error}");
    drop(connection);
    server.join();
}

#[test]
fn a_refused_upload_stops_soon_and_the_next_request_follows() {
    const SIZE: u64 = 100 << 20;
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        peer.expect('D');
        peer.refuse(Code::NO_SPACE, "the disk is full");
        // The client writes on until it has read that.
        thread::sleep(Duration::from_millis(300));
        loop {
            match peer.frame().unwrap().0 {
                'D' => {}
                'T' => break,
                other => panic!("{other}"),
            }
        }
        peer.answer(&Frame::Reply(conexion::wire::TextPayload::new("still here").unwrap()));
        peer.part();
    });
    let mut connection = framed(&server);
    let mut source = Endless { len: SIZE, fails_at: u64::MAX, at: 0 };
    connection.push(7, &upload(Some(SIZE), false), &mut source, &mut |_| ()).unwrap();
    let Some((7, Err(error))) = connection.next_answer() else { panic!("no answer") };
    assert!(matches!(error, Error::Refused { code: Code::NO_SPACE, .. }), "{error}");
    assert!(source.at < SIZE / 4, "{} octets were read after all", source.at);
    assert_eq!(connection.text("hola").unwrap(), "still here");
    connection.close().unwrap();
    server.join();
}

/// `abort.source-failed`
#[test]
fn a_source_that_fails_is_aborted_and_the_next_file_goes_on() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        peer.expect('D');
        peer.expect('A');
        peer.refuse(Code::ABORTED, "");
        peer.store();
        peer.part();
    });
    let mut connection = framed(&server);
    let mut source = Endless { len: 1 << 20, fails_at: 300_000, at: 0 };
    let error =
        connection.send(&upload(Some(1 << 20), false), &mut source, &mut |_| ()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the source: the disk is gone");
    send(&mut connection, b"hola", false).unwrap();
    connection.close().unwrap();
    server.join();
}

/// `abort.source-failed`
#[rstest]
#[case::grown(300_000, "grown")]
#[case::shrunk(100_000, "shrunk")]
#[case::vanished(0, "shrunk")]
fn a_source_that_changes_its_size_is_aborted(#[case] len: u64, #[case] word: &str) {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        while peer.frame().unwrap().0 != 'A' {}
        peer.refuse(Code::ABORTED, "");
        peer.part();
    });
    let mut connection = framed(&server);
    let mut source = Endless { len, fails_at: u64::MAX, at: 0 };
    let error =
        connection.send(&upload(Some(200_000), false), &mut source, &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::SourceChanged { declared: 200_000, .. }), "{error}");
    assert!(error.to_string().contains(word), "{error}");
    connection.close().unwrap();
    server.join();
}

#[test]
fn many_small_files_are_pipelined_to_a_server_that_reads_slowly() {
    const FILES: u64 = 300;
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        // Answers nothing until nothing more comes: the window is full.
        let mut ends = Vec::new();
        let quiet = Duration::from_millis(200);
        peer.stream.set_read_timeout(Some(quiet)).unwrap();
        let mut first = [0; 5];
        while peer.stream.peek(&mut first).is_ok() {
            match peer.frame().unwrap() {
                ('E', end) => ends.push(end),
                ('F' | 'D', _) => {}
                (other, _) => panic!("{other}"),
            }
        }
        peer.stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert_eq!(ends.len(), 32);
        for end in &ends {
            peer.go_on(0, 0);
            peer.stored(end);
        }
        for _ in 32..FILES {
            peer.store();
        }
        peer.part();
    });
    let mut connection = framed(&server);
    let data = noise(4096);
    for tag in 0..FILES {
        let mut source = Cursor::new(&data);
        connection.push(tag, &upload(Some(4096), false), &mut source, &mut |_| ()).unwrap();
    }
    connection.settle().unwrap();
    for tag in 0..FILES {
        let (answered, outcome) = connection.next_answer().unwrap();
        assert_eq!(answered, tag);
        outcome.unwrap();
    }
    assert!(connection.next_answer().is_none());
    connection.close().unwrap();
    server.join();
}

/// `flow.one-at-a-time`
#[test]
fn neither_side_blocks_when_both_write() {
    // The server does not read before its answers are taken, which are more than the
    // client's buffer holds, while the client writes more than the server's.
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        // By then the client has filled what lies between, and waits.
        thread::sleep(Duration::from_millis(500));
        let passed = [b"n\0\x01\0\0".to_vec(), vec![0; 65_536]].concat();
        for _ in 0..512 {
            peer.stream.write_all(&passed).unwrap();
        }
        let (_, end) = peer.data();
        peer.stored(&end);
        peer.part();
    });
    let mut connection = framed(&server);
    send(&mut connection, &noise(32 << 20), false).unwrap();
    connection.close().unwrap();
    server.join();
}

/// `closing.last-word`
#[test]
fn a_failed_write_still_reports_the_servers_last_word() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        peer.expect('D');
        peer.refuse(Code::SHUTTING_DOWN, "back at noon");
        // With unread octets, closing resets the connection.
    });
    let mut connection = framed(&server);
    // The client is not reading while its source is slow: the reset comes first.
    let mut pieces = 0;
    let source = std::iter::repeat_with(|| {
        pieces += 1;
        if pieces == 2 {
            thread::sleep(Duration::from_millis(300));
        }
        b'x'
    });
    let mut octets = source.take(2);
    let mut slow = SlowSource(&mut octets);
    let error = connection.send(&upload(None, false), &mut Once::new(&mut slow), &mut |_| ());
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Ended { code: Code::SHUTTING_DOWN, .. }), "{error}");
    assert!(error.means_not_carried_out() && error.is_passing());
    drop(connection);
    server.join();
}

struct SlowSource<'a, I: Iterator<Item = u8>>(&'a mut I);

impl<I: Iterator<Item = u8>> std::io::Read for SlowSource<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut one = self.0.by_ref().take(1);
        Ok(one.next().map_or(0, |octet| {
            buffer[..1000].fill(octet);
            1000
        }))
    }
}

/// Has nothing at first, then octets, then nothing again, then its end.
struct Halting(std::vec::IntoIter<Option<&'static [u8]>>);

impl std::io::Read for Halting {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.next() {
            Some(Some(octets)) => {
                buffer[..octets.len()].copy_from_slice(octets);
                Ok(octets.len())
            }
            Some(None) => Err(std::io::ErrorKind::WouldBlock.into()),
            None => Ok(0),
        }
    }
}

/// `timer.client-keepalive`
#[test]
fn a_source_that_halts_keeps_the_connection_alive() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
        peer.go_on(0, 0);
        for kind in ['n', 'D', 'n', 'n', 'E'] {
            let payload = peer.expect(kind);
            assert_eq!(payload.is_empty(), kind == 'n', "{kind}");
        }
        peer.answer(&Frame::Stored(completion(b"hola")));
        peer.part();
    });
    let mut connection = framed(&server);
    let halting = vec![None, Some(&b"hola"[..]), None, None];
    let mut source = Once::new(Halting(halting.into_iter()));
    let receipt = connection.send(&upload(None, false), &mut source, &mut |_| ()).unwrap();
    assert_eq!(receipt.size, 4);
    connection.close().unwrap();
    server.join();
}

/// `timer.client`
#[test]
fn a_silent_server_is_given_up() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('T');
        peer.rest();
    });
    let options = Options { silence: Duration::from_millis(300), ..crate::options() };
    let mut caller = conexion::client::Caller::new(crate::address(server.address), options);
    let error = caller.text("hola", &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::Silent(_)), "{error}");
    drop(caller);
    server.join();
}

#[test]
fn a_timeout_may_be_as_long_as_never() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('T');
        peer.answer(&Frame::Reply(conexion::wire::TextPayload::new("hola").unwrap()));
        peer.part();
    });
    let never = Duration::MAX;
    let options = Options { connect_timeout: never, silence: never, ..crate::options() };
    let mut caller = conexion::client::Caller::new(crate::address(server.address), options);
    assert_eq!(caller.text("hola", &mut |_| ()).unwrap(), "hola");
    caller.close().unwrap();
    server.join();
}

/// `resume.close-not-abort`
#[test]
fn an_interrupt_ends_a_wait_and_an_upload() {
    let server = Server::new(vec![
        Box::new(|peer| {
            let mut peer = peer.welcome();
            peer.expect('T');
            peer.rest();
        }),
        Box::new(|peer| {
            let mut peer = peer.welcome();
            // What is held is to be resumed: no ABORT drops it.
            let mut header = [0; 5];
            while peer.stream.read_exact(&mut header).is_ok() {
                assert!(b"FD".contains(&header[0]), "{}", header[0].escape_ascii());
                let length = u32::from_be_bytes(header[1..].try_into().unwrap());
                let payload = &mut (&peer.stream).take(length.into());
                std::io::copy(payload, &mut std::io::sink()).unwrap();
            }
        }),
    ]);
    for long in [false, true] {
        let interrupt = Interrupt::default();
        let options = Options { interrupt: interrupt.clone(), ..crate::options() };
        let connected =
            conexion::client::connect(&crate::address(server.address), &options).unwrap();
        let conexion::client::Connected::Framed(mut connection) = connected else { panic!() };
        let setter = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            interrupt.set();
        });
        let begun = Instant::now();
        let error = if long {
            let mut source = Endless { len: u64::MAX - 1, fails_at: u64::MAX, at: 0 };
            connection.send(&upload(Some(u64::MAX >> 1), false), &mut source, &mut |_| ()).err()
        } else {
            connection.text("hola").err()
        };
        assert!(matches!(error, Some(Error::Interrupted)), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(3));
        setter.join().unwrap();
    }
    server.join();
}

#[test]
fn a_text_above_the_servers_limit_is_not_sent() {
    let server = Server::one(|mut peer| {
        peer.greet("CONEXION/1 SERVER text=2000\n");
        assert_eq!(peer.expect('T').len(), 2000);
        peer.refuse(Code::REPLY_TOO_LARGE, "");
        peer.part();
    });
    let mut connection = framed(&server);
    let error = connection.text(&"x".repeat(2001)).unwrap_err();
    assert!(matches!(error, Error::TextTooLong { len: 2001, most: 2000 }), "{error}");
    assert!(connection.text(&"x".repeat(2000)).is_err());
    connection.close().unwrap();
    server.join();
}
