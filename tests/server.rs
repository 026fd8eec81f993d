//! The reference server from outside: profiles, timers, limits, shutdown, closing.

mod common;

use std::time::{Duration, Instant};

use common::{LONG, Served};
use conexion::server::PlainMode;
use conexion::wire::{Code, Flags, Frame, FrameType};
use rstest::rstest;

const SHORT: Duration = Duration::from_millis(300);
const RESUME: Flags = Flags { overwrite: false, resume: true };

/// Sizes of the files in the server's own folder that are not empty.
fn held(served: &Served) -> Vec<u64> {
    let entries = std::fs::read_dir(served.root().join(".conexion")).unwrap().flatten();
    let files = entries.map(|entry| entry.metadata().unwrap()).filter(std::fs::Metadata::is_file);
    files.map(|data| data.len()).filter(|&len| len > 0).collect()
}

/// Waits until the server has taken so many octets of the one upload.
fn wait_for_held(served: &Served, octets: u64) {
    let begin = Instant::now();
    while held(served) != [octets] {
        assert!(begin.elapsed() < LONG, "{:?} instead of {octets}", held(served));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_whole_session_one_octet_at_a_time() {
    let served = Served::new();
    let mut peer = served.connect();
    let whole = b"hola\n";
    let mut stream = b"CONEXION/1 CLIENT\n".to_vec();
    stream.extend(b"T\0\0\0\x04hola");
    stream.extend(b"F\0\0\0\x11\0\x01\0\0\0\0\0\0\0\x05\0\0\0\x03a/b");
    stream.extend(b"D\0\0\0\x05hola\n");
    stream.extend(common::octets(&Frame::End(common::completion(whole))));
    stream.extend(b"B\0\0\0\0");
    for octet in stream {
        peer.send(&[octet]);
    }
    peer.line();
    assert_eq!(peer.expect(FrameType::Reply), b"hola");
    peer.expect_continue();
    peer.expect(FrameType::Stored);
    peer.expect(FrameType::Bye);
    peer.expect_end();
    assert_eq!(std::fs::read(served.root().join("a/b")).unwrap(), whole);
}

#[test]
fn the_preface_timer_answers_a_framed_opening() {
    let served = Served::with(|config| config.timers.preface = SHORT);
    let mut peer = served.connect();
    peer.send(b"CONEXION/1 CLI");
    peer.line();
    peer.expect_error(Code::TIMEOUT);
    peer.expect_end();
}

#[rstest]
#[case::nothing(b"")]
#[case::prefix(b"CONEX")]
fn the_preface_timer_is_silent_before_the_profile_is_known(#[case] octets: &[u8]) {
    let served = Served::with(|config| config.timers.preface = SHORT);
    let mut peer = served.connect();
    peer.send(octets);
    assert_eq!(peer.rest(), b"");
}

#[test]
fn a_dripping_frame_expires_however_often_it_drips() {
    let served = Served::with(|config| config.timers.frame = SHORT);
    let mut peer = served.framed();
    peer.send(b"T\0\0\x10\0");
    let begin = Instant::now();
    let mut dripping = peer.socket.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        while std::io::Write::write_all(&mut dripping, b"x").is_ok() && begin.elapsed() < LONG {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    peer.expect_error(Code::TIMEOUT);
    assert!(begin.elapsed() >= SHORT);
    drop(peer);
    thread.join().unwrap();
}

#[test]
fn the_idle_timer_is_restarted_by_an_ignorable_frame() {
    let served = Served::with(|config| config.timers.idle = 3 * SHORT);
    let mut peer = served.framed();
    let begin = Instant::now();
    for _ in 0..4 {
        std::thread::sleep(SHORT);
        peer.send(b"n\0\0\0\0");
    }
    peer.expect_error(Code::TIMEOUT);
    assert!(begin.elapsed() >= 7 * SHORT);
}

/// `timer.not-while-busy`
#[rstest]
#[case::between_frames(0)]
#[case::inside_a_frame(2)]
fn while_a_request_is_worked_on_no_timer_runs(#[case] begun: usize) {
    const TEXT: &[u8] = b"T\0\0\0\x01a";
    let served = Served::with(|config| {
        config.timers.idle = SHORT;
        config.timers.frame = SHORT;
        config.handler = std::sync::Arc::new(|text| {
            std::thread::sleep(3 * SHORT);
            Ok(text.into())
        });
    });
    let mut peer = served.framed();
    peer.send(&[TEXT, &TEXT[..begun]].concat());
    peer.expect(FrameType::Reply);
    // Time to end what should not be ended.
    std::thread::sleep(SHORT / 4);
    peer.send(&TEXT[begun..]);
    peer.expect(FrameType::Reply);
    peer.expect_error(Code::TIMEOUT);
}

#[test]
fn an_endless_discard_expires() {
    let served = Served::with(|config| config.timers.discard = SHORT);
    let mut peer = served.framed();
    peer.file("a", Some(1), Flags::default());
    peer.expect_continue();
    peer.data(b"too long");
    peer.expect_error(Code::SIZE_MISMATCH);
    let mut sending = peer.socket.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        let frame = common::octets(&Frame::Data(&[0; 1024]));
        let begin = Instant::now();
        while std::io::Write::write_all(&mut sending, &frame).is_ok() && begin.elapsed() < LONG {}
    });
    peer.expect_error(Code::TIMEOUT);
    drop(peer);
    thread.join().unwrap();
}

#[test]
fn a_peer_that_takes_nothing_is_closed_and_costs_a_bounded_output() {
    let served = Served::with(|config| config.timers.write = SHORT);
    let mut peer = served.framed();
    let text = "x".repeat(60_000);
    let frame = common::octets(&Frame::Text(conexion::wire::TextPayload::new(&text).unwrap()));
    peer.socket.set_nonblocking(true).unwrap();
    let begin = Instant::now();
    let error = loop {
        match std::io::Write::write(&mut peer.socket, &frame) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => break error,
            Ok(_) => {}
        }
        assert!(begin.elapsed() < LONG, "the server goes on for ever");
    };
    assert!(matches!(
        error.kind(),
        std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset
    ));
}

#[test]
fn pipelined_texts_are_all_answered_in_order() {
    let served = Served::new();
    let mut peer = served.framed();
    let mut writing = peer.socket.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        for number in 0..300 {
            let text = format!("{number:0>20000}");
            let text = conexion::wire::TextPayload::new(&text).unwrap();
            let octets = common::octets(&Frame::Text(text));
            std::io::Write::write_all(&mut writing, &octets).unwrap();
        }
    });
    for number in 0..300 {
        assert_eq!(peer.expect(FrameType::Reply), format!("{number:0>20000}").as_bytes());
    }
    thread.join().unwrap();
}

#[rstest]
#[case::and_the_peer_waits(false)]
#[case::and_the_peer_half_closes(true)]
fn what_has_come_whole_is_answered_although_answers_had_to_wait(#[case] half_close: bool) {
    // Each reply is above the bound of the output, and all texts come at once.
    const TEXTS: usize = 20;
    let reply = "x".repeat(100_000);
    let served = Served::with(|config| {
        config.handler = std::sync::Arc::new(move |_| Ok(reply.clone().into()));
    });
    let mut peer = served.framed();
    peer.send(&b"T\0\0\0\x01a".repeat(TEXTS));
    if half_close {
        peer.half_close();
    }
    for _ in 0..TEXTS {
        assert_eq!(peer.expect(FrameType::Reply).len(), 100_000);
    }
}

#[test]
fn the_last_error_is_readable_although_much_is_unread() {
    let served = Served::new();
    let mut peer = served.framed();
    peer.send(b"Z\0\0\0\0");
    for _ in 0..48 {
        peer.send(&vec![0; 64 * 1024]);
    }
    peer.half_close();
    peer.expect_error(Code::UNSUPPORTED_FRAME);
    peer.expect_end();
}

#[test]
fn above_the_limit_a_framed_client_is_told_and_then_the_door_is_shut() {
    let served = Served::with(|config| config.max_connections = 1);
    let _first = served.framed();
    let mut second = served.connect();
    second.send(b"CONEXION/1 CLIENT\n");
    second.line();
    second.expect_error(Code::TOO_MANY_CONNECTIONS);
    second.expect_end();
    let waiting: Vec<_> = (0..16).map(|_| served.connect()).collect();
    let mut shut = served.connect();
    assert_eq!(shut.rest(), b"");
    drop(waiting);
}

#[test]
fn a_place_is_free_again_when_its_connection_has_ended() {
    let served = Served::with(|config| config.max_connections = 1);
    for _ in 0..5 {
        let mut peer = served.framed();
        peer.text("one");
        peer.expect(FrameType::Reply);
        peer.half_close();
        peer.expect_end();
        drop(peer);
        // The place is freed after the end of stream is seen here.
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn timers_may_be_as_long_as_never() {
    let mut served = Served::with(|config| {
        let timers = &mut config.timers;
        for timer in [
            &mut timers.preface,
            &mut timers.frame,
            &mut timers.idle,
            &mut timers.discard,
            &mut timers.write,
            &mut timers.close,
        ] {
            *timer = Duration::MAX;
        }
        config.grace = Duration::MAX;
    });
    let mut peer = served.framed();
    for _ in 0..3 {
        std::thread::sleep(SHORT / 3);
        peer.text("hola");
        peer.expect(FrameType::Reply);
    }
    // More than its transport takes at once, so that the write timer runs.
    let text = "x".repeat(60_000);
    let mut writing = peer.socket.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        let text = conexion::wire::TextPayload::new(&text).unwrap();
        let octets = common::octets(&Frame::Text(text));
        for _ in 0..200 {
            std::io::Write::write_all(&mut writing, &octets).unwrap();
        }
    });
    std::thread::sleep(SHORT);
    for _ in 0..200 {
        assert_eq!(peer.expect(FrameType::Reply).len(), 60_000);
    }
    thread.join().unwrap();
    served.shut_down();
    peer.expect_error(Code::SHUTTING_DOWN);
    drop(peer);
    served.ended();
}

#[test]
fn shutdown_tells_idle_connections_and_ends() {
    let mut served = Served::new();
    let mut peer = served.framed();
    served.shut_down();
    peer.expect_error(Code::SHUTTING_DOWN);
    peer.expect_end();
    drop(peer);
    served.ended();
}

#[test]
fn shutdown_lets_an_open_upload_finish_within_the_grace() {
    let mut served = Served::with(|config| config.grace = LONG);
    let mut peer = served.framed();
    peer.file("a", Some(4), Flags::default());
    peer.expect_continue();
    served.shut_down();
    std::thread::sleep(SHORT);
    peer.data(b"hola");
    peer.end(b"hola");
    peer.expect(FrameType::Stored);
    peer.expect_error(Code::SHUTTING_DOWN);
    peer.expect_end();
    drop(peer);
    served.ended();
    assert_eq!(std::fs::read(served.root().join("a")).unwrap(), b"hola");
}

/// `error.shutdown`
#[test]
fn shutdown_gives_an_open_upload_up_after_the_grace_and_holds_its_octets() {
    let mut served = Served::with(|config| config.grace = SHORT);
    let mut peer = served.framed();
    peer.file("a", Some(4), Flags::default());
    peer.expect_continue();
    peer.data(b"ho");
    served.shut_down();
    peer.expect_error(Code::SHUTTING_DOWN);
    drop(peer);
    served.ended();
    assert!(!served.root().join("a").exists());
    assert_eq!(held(&served), [2]);
}

#[test]
fn a_takeover_is_told_without_a_further_frame_and_goes_on_from_the_octets() {
    let served = Served::new();
    let mut first = served.framed();
    first.file("a", Some(8), Flags::default());
    first.expect_continue();
    first.data(b"hola");
    wait_for_held(&served, 4);
    let mut second = served.framed();
    second.file("a", Some(8), RESUME);
    let point = second.expect_continue();
    assert_eq!((point.offset, point.crc32), (4, crc32fast::hash(b"hola")));
    first.expect_error(Code::SUPERSEDED);
    first.text("still usable");
    first.expect(FrameType::Reply);
    second.data(b"mund");
    second.end(b"holamund");
    second.expect(FrameType::Stored);
}

#[test]
fn a_lost_upload_is_resumed_and_never_visible_in_part() {
    let served = Served::new();
    let whole: Vec<u8> = (0..100_000_u32).map(|number| number.to_be_bytes()[3]).collect();
    let mut peer = served.framed();
    peer.file("deep/er/file", Some(whole.len() as u64), RESUME);
    assert_eq!(peer.expect_continue().offset, 0);
    peer.data(&whole[..60_000]);
    drop(peer);
    wait_for_held(&served, 60_000);
    assert!(!served.root().join("deep").exists());
    let mut peer = served.framed();
    peer.file("deep/er/file", Some(whole.len() as u64), RESUME);
    let point = peer.expect_continue();
    assert_eq!((point.offset, point.crc32), (60_000, crc32fast::hash(&whole[..60_000])));
    peer.data(&whole[60_000..]);
    peer.end(&whole);
    peer.expect(FrameType::Stored);
    assert_eq!(std::fs::read(served.root().join("deep/er/file")).unwrap(), whole);
}

#[test]
fn plain_texts_are_echoed_and_files_stored() {
    let served = Served::new();
    let mut peer = served.connect();
    peer.send("¿qué tal?".as_bytes());
    assert_eq!(peer.exactly(11), "¿qué tal?".as_bytes());
    peer.send(b"ARCHIVO:foto.jpg:sub/otra.jpg");
    let whole: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
    whole.chunks(1024).for_each(|chunk| peer.send(chunk));
    peer.send(b"FIN_ARCHIVO");
    peer.half_close();
    assert_eq!(peer.rest(), b"");
    assert_eq!(std::fs::read(served.root().join("sub/otra.jpg")).unwrap(), whole);
}

#[test]
fn a_plain_upload_without_an_end_leaves_nothing() {
    let served = Served::new();
    let mut peer = served.connect();
    peer.send(b"ARCHIVO:a.bin:b.bin");
    peer.send(&[7; 5000]);
    peer.half_close();
    assert_eq!(peer.rest(), b"");
    assert!(!served.root().join("b.bin").exists());
    assert_eq!(held(&served), [0; 0]);
}

#[rstest]
#[case::web(PlainMode::All, b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nARCHIVO:a:b")]
#[case::tls(PlainMode::All, b"\x16\x03\x01\x02\x00\x01")]
#[case::plain_off(PlainMode::Off, b"hola")]
#[case::header_where_only_texts(PlainMode::Text, b"ARCHIVO:a.txt:b.txt")]
#[case::escape(PlainMode::All, b"ARCHIVO:a.txt:../b.txt\x00")]
fn what_is_not_served_is_closed_in_silence(#[case] plain: PlainMode, #[case] octets: &[u8]) {
    let served = Served::with(|config| config.plain = plain);
    let mut peer = served.connect();
    peer.send(octets);
    peer.half_close();
    assert_eq!(peer.rest(), b"");
    assert_eq!(
        std::fs::read_dir(served.root())
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect::<Vec<_>>(),
        [".conexion"]
    );
}

#[test]
fn a_prefix_of_the_framed_opening_waits_before_it_is_plain() {
    let served = Served::with(|config| config.timers.prefix = 2 * SHORT);
    let mut peer = served.connect();
    let begin = Instant::now();
    peer.send(b"CONE");
    assert_eq!(peer.exactly(4), b"CONE");
    assert!(begin.elapsed() >= 2 * SHORT);
}

#[test]
fn a_stalled_framed_client_is_still_framed() {
    let served = Served::with(|config| config.timers.quiet = Duration::from_millis(50));
    let mut peer = served.connect();
    peer.send(b"CONEXION");
    std::thread::sleep(SHORT);
    peer.send(b"/1 CLIENT\n");
    assert!(peer.line().starts_with("CONEXION/1 SERVER"));
}
