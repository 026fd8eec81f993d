//! Towards an original server (chapter 10.2).

use std::io::Cursor;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use conexion::client::{
    Connected, Error, Interrupt, Job, Once, Options, Plain, Progress, Proof, Receipt, Source,
    connect,
};
use conexion::wire::{Destination, SourceName};

use crate::scripted::{Server, original};
use crate::{Endless, noise, plan, run};

type Stored = mpsc::Receiver<Vec<(String, Vec<u8>)>>;

/// An original server that loses the first end marks, and what it will have stored.
fn server(lose_marks: usize) -> (Server, Stored) {
    let (sender, stored) = mpsc::channel();
    let server = Server::one(move |peer| sender.send(original(peer, lose_marks)).unwrap());
    (server, stored)
}

fn plain(server: &Server, interrupt: &Interrupt) -> Plain {
    let options = Options { interrupt: interrupt.clone(), ..crate::options() };
    match connect(&crate::address(server.address), &options).unwrap() {
        Connected::Plain(plain) => plain,
        Connected::Framed(_) => panic!("framed"),
    }
}

fn send(plain: &mut Plain, name: &str, source: &mut dyn Source) -> Result<Receipt, Error> {
    let destination = Destination::new(name.as_bytes()).unwrap();
    plain.send(SourceName::new(b"source").unwrap(), destination, source, &mut |_| ())
}

#[test]
fn texts_and_files_arrive_as_they_are() {
    let (server, stored) = server(0);
    let mut plain = plain(&server, &Interrupt::default());
    assert_eq!(plain.text("¿qué tal?").unwrap(), "¿qué tal?");
    let long = "añ".repeat(500);
    assert_eq!(plain.text(&long).unwrap(), long);
    for size in [0, 1025, 100_000] {
        let data = noise(size);
        let receipt = send(&mut plain, &format!("f/{size}"), &mut Cursor::new(&data)).unwrap();
        assert_eq!(receipt.proof, Proof::EndMark);
        assert_eq!(receipt.size, u64::try_from(size).unwrap());
    }
    plain.close().unwrap();
    let expected: Vec<_> = [0, 1025, 100_000].map(|size| (format!("f/{size}"), noise(size))).into();
    assert!(stored.recv().unwrap() == expected);
    server.join();
}

/// `plain.client-header`, `plain.client-text`, `plain.client-mark`
#[test]
fn what_an_original_server_cannot_take_is_not_sent() {
    let (server, stored) = server(0);
    let mut plain = plain(&server, &Interrupt::default());
    assert!(matches!(plain.text("x ARCHIVO:"), Err(Error::PlainText(_))));
    let data = [noise(70_000), b"FIN_ARCHIVO".to_vec()].concat();
    let result = send(&mut plain, "a", &mut Cursor::new(data));
    assert!(matches!(result, Err(Error::PlainMark { offset: 70_000 })), "{result:?}");
    let mut stream = Once::new(&b"hola"[..]);
    let result = send(&mut plain, "a", &mut stream);
    assert!(matches!(result, Err(Error::PlainStream)), "{result:?}");
    let destination = Destination::new(b"a").unwrap();
    let name = SourceName::new(b"a:b").unwrap();
    let result = plain.send(name, destination, &mut Cursor::new(b""), &mut |_| ());
    assert!(matches!(result, Err(Error::PlainHeader(_))), "{result:?}");
    plain.close().unwrap();
    assert_eq!(stored.recv().unwrap(), []);
    server.join();
}

/// `plain.client-probe`, `plain.client-doubt`
#[test]
fn an_upload_whose_mark_was_lost_is_doubtful_and_ended_all_the_same() {
    let (server, stored) = server(1);
    let options = Options { silence: Duration::from_millis(300), ..crate::options() };
    let connected = connect(&crate::address(server.address), &options).unwrap();
    let Connected::Plain(mut plain) = connected else { panic!("framed") };
    let receipt = send(&mut plain, "a", &mut Cursor::new(b"hola")).unwrap();
    assert_eq!(receipt.proof, Proof::Nothing);
    drop(plain);
    assert_eq!(stored.recv().unwrap(), [("a".to_owned(), b"holaconexion?".to_vec())]);
    server.join();
}

/// `plain.client-never-inside`
#[test]
fn a_source_that_fails_inside_an_upload_does_not_leave_the_server_spinning() {
    let (server, stored) = server(0);
    let mut plain = plain(&server, &Interrupt::default());
    let mut source = FailsTheSecondTime(Endless { len: 200_000, fails_at: u64::MAX, at: 0 });
    let error = send(&mut plain, "a", &mut source).unwrap_err();
    let Error::PlainCut(cause) = &error else { panic!("{error}") };
    assert!(matches!(**cause, Error::Source(_)), "{error}");
    assert!(error.to_string().contains("only a part"), "{error}");
    drop(plain);
    // The original server stores what it has: that is why it is said so.
    let stored = stored.recv().unwrap();
    assert!(!stored[0].1.is_empty() && stored[0].1.len() < 200_000);
    server.join();
}

struct FailsTheSecondTime(Endless);

impl std::io::Read for FailsTheSecondTime {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::io::Seek for FailsTheSecondTime {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        if self.0.at > 0 {
            self.0.fails_at = 150_000;
        }
        self.0.seek(to)
    }
}

#[test]
fn an_interrupt_inside_an_upload_waits_for_the_mark() {
    let (server, stored) = server(0);
    let interrupt = Interrupt::default();
    let mut plain = plain(&server, &interrupt);
    let mut source = Cursor::new(noise(1 << 20));
    let destination = Destination::new(b"a").unwrap();
    let name = SourceName::new(b"").unwrap();
    let mut sent = 0;
    let result = plain.send(name, destination, &mut source, &mut |progress| {
        interrupt.set();
        if let Progress::Sent(octets) = progress {
            sent += octets;
        }
    });
    let Err(Error::PlainCut(cause)) = result else { panic!("{result:?}") };
    assert!(matches!(*cause, Error::Interrupted));
    assert!(plain.close().is_err());
    let stored = stored.recv().unwrap();
    assert_eq!(u64::try_from(stored[0].1.len()).unwrap(), sent);
    assert!(sent < 1 << 20);
    server.join();
}

#[test]
fn a_server_that_echoes_the_header_is_no_original_one() {
    let server = Server::one(|mut peer| {
        let mut seen = Vec::new();
        let mut buffer = [0; 1024];
        while let Ok(read @ 1..) = std::io::Read::read(&mut peer.stream, &mut buffer) {
            seen.extend(&buffer[..read]);
            peer.send(&buffer[..read]);
        }
        // The mark all the same, and no octet of the file.
        let seen = String::from_utf8(seen).unwrap();
        assert!(seen.ends_with("\nARCHIVO:source:aFIN_ARCHIVO"), "{seen}");
    });
    let mut plain = plain(&server, &Interrupt::default());
    let result = send(&mut plain, "a", &mut Cursor::new(b"hola"));
    let Err(Error::PlainCut(cause)) = result else { panic!("{result:?}") };
    assert!(matches!(*cause, Error::PlainEcho));
    drop(plain);
    server.join();
}

/// `plain.client-echo`
#[test]
fn an_echo_that_differs_is_a_failure() {
    let server = Server::one(|mut peer| {
        let line = peer.client_line();
        peer.send(line.as_bytes());
        let mut text = [0; 4];
        std::io::Read::read_exact(&mut peer.stream, &mut text).unwrap();
        peer.send(b"chao");
        assert_eq!(peer.rest(), b"");
    });
    let mut plain = plain(&server, &Interrupt::default());
    let error = plain.text("hola").unwrap_err();
    assert!(matches!(error, Error::PlainEcho) && error.ends_connection());
    drop(plain);
    server.join();
}

/// `plain.client-pauses`
#[test]
fn pauses_are_kept_on_both_sides_of_each_part() {
    let (sender, times) = mpsc::channel();
    let server = Server::one(move |mut peer| {
        let line = peer.client_line();
        peer.send(line.as_bytes());
        let mut buffer = [0; 1024];
        let mut last = Instant::now();
        while let Ok(read @ 1..) = std::io::Read::read(&mut peer.stream, &mut buffer) {
            sender.send((buffer[..read].to_vec(), last.elapsed())).unwrap();
            last = Instant::now();
            if &buffer[..read] == b"conexion?" {
                peer.send(b"conexion?");
            }
        }
        sender.send((Vec::new(), last.elapsed())).unwrap();
    });
    let mut plain = plain(&server, &Interrupt::default());
    send(&mut plain, "a", &mut Cursor::new(b"hola")).unwrap();
    plain.close().unwrap();
    let parts: Vec<_> = times.iter().collect();
    let octets: Vec<_> = parts.iter().map(|(octets, _)| octets.as_slice()).collect();
    let expected: [&[u8]; 5] = [b"ARCHIVO:source:a", b"hola", b"FIN_ARCHIVO", b"conexion?", b""];
    assert_eq!(octets, expected);
    for (octets, pause) in &parts {
        // Less the time that the octets themselves take on a busy machine.
        assert!(*pause >= Duration::from_millis(480), "{pause:?} before {octets:?}");
    }
    server.join();
}

#[test]
fn a_run_of_files_uses_one_plain_connection_and_survives_a_doubt() {
    let (sender, stored) = mpsc::channel();
    let second = sender.clone();
    let server = Server::new(vec![
        Box::new(move |peer| sender.send(original(peer, 1)).unwrap()),
        Box::new(move |peer| second.send(original(peer, 0)).unwrap()),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let job = |name: &str| {
        std::fs::write(folder.path().join(name), name).unwrap();
        Job::file(folder.path().join(name), name)
    };
    let jobs = vec![job("one"), job("two"), job("three")];
    let waited = thread::spawn(move || (stored.recv().unwrap(), stored.recv().unwrap()));
    let (told, result) = run(&server, jobs, &plan());
    result.unwrap();
    let proofs: Vec<_> =
        told.done.iter().map(|(_, outcome)| outcome.as_ref().unwrap().proof).collect();
    assert_eq!(proofs, [Proof::Nothing, Proof::EndMark, Proof::EndMark]);
    let (first, second) = waited.join().unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(second, [("two".to_owned(), b"two".to_vec()), ("three".into(), b"three".to_vec())]);
    server.join();
}
