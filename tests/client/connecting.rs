//! Connecting, and what the first octets of a server show.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use conexion::client::{Connected, Error, Options, Profile, ProfileChoice, connect};
use conexion::session::FaultReason;
use rstest::rstest;

use crate::scripted::{Server, reply};
use crate::{address, options};

fn meet(server: &Server, profile: ProfileChoice) -> Result<Connected, Error> {
    let connect_timeout = Duration::from_millis(500);
    connect(&address(server.address), &Options { profile, connect_timeout, ..options() })
}

/// `preface.client-first`, `preface.client-waits`, `preface.text-enough`
#[test]
fn the_first_line_is_the_clients_and_nothing_follows_it() {
    let server = Server::one(|mut peer| {
        let agent = concat!("conexion/", env!("CARGO_PKG_VERSION"));
        assert_eq!(peer.client_line(), format!("CONEXION/1 CLIENT text=1048576 agent={agent}\n"));
        peer.stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        assert!(peer.frame_is_absent());
        peer.stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // Cut anywhere, the line is the same.
        for octet in b"CONEXION/1 SERVER text=1024\n" {
            peer.send(&[*octet]);
        }
        peer.expect('T');
        peer.send(&reply("hola"));
        peer.part();
    });
    let Connected::Framed(mut connection) = connect(&address(server.address), &options()).unwrap()
    else {
        panic!("not framed")
    };
    assert_eq!(connection.limits().text.octets(), 1024);
    assert_eq!(connection.agent(), None);
    assert_eq!(connection.text("hola").unwrap(), "hola");
    connection.close().unwrap();
    server.join();
}

#[rstest]
#[case::malformed("CONEXION/1 SERVER  chunk=1024\n")]
#[case::version_above("CONEXION/2 SERVER\n")]
#[case::number_below("CONEXION/1 SERVER chunk=1\n")]
fn a_line_that_cannot_be_used_is_a_fault_and_nothing_more_is_sent(#[case] line: &'static str) {
    let server = Server::new(vec![
        Box::new(move |mut peer| {
            peer.greet(line);
            assert_eq!(peer.rest(), b"");
        }),
        Box::new(move |mut peer| {
            peer.greet(line);
            assert_eq!(peer.rest(), b"");
        }),
    ]);
    for profile in [ProfileChoice::Auto, ProfileChoice::Framed] {
        let error = meet(&server, profile).unwrap_err();
        assert!(matches!(error, Error::Fault(_)), "{error}");
    }
    server.join();
}

/// `plain.client-no-guess`
#[rstest]
#[case::http(b"HTTP/1.1 400 Bad Request\r\n\r\n")]
#[case::ssh(b"SSH-2.0-OpenSSH_9.2\r\n")]
#[case::another_clients_line(b"CONEXION/1 CLIENT\n")]
fn what_is_neither_line_nor_echo_is_an_error(#[case] octets: &'static [u8]) {
    let server = Server::one(|mut peer| {
        peer.client_line();
        peer.send(octets);
        assert_eq!(peer.rest(), b"");
    });
    let begun = Instant::now();
    let error = connect(&address(server.address), &options()).unwrap_err();
    // It is known at once, and not only when the time is over.
    assert!(begun.elapsed() < options().connect_timeout / 2);
    let Error::NoServerLine { received, .. } = &error else { panic!("{error}") };
    assert!(octets.starts_with(received));
    assert!(!error.to_string().contains('\r'), "{error}");
    server.join();
}

#[test]
fn a_server_that_says_nothing_or_closes_is_an_error() {
    let server = Server::new(vec![
        Box::new(|mut peer| assert!(!peer.rest().is_empty())),
        Box::new(|mut peer| drop(peer.client_line())),
    ]);
    for expected in [false, true] {
        let error = meet(&server, ProfileChoice::Auto).unwrap_err();
        assert!(matches!(error, Error::NoServerLine { closed, .. } if closed == expected));
    }
    server.join();
}

/// `plain.client-fallback`
#[test]
fn an_echo_of_the_own_line_and_nothing_more_is_plain() {
    let server = Server::new(vec![
        Box::new(|mut peer| {
            let line = peer.client_line();
            peer.send(line.as_bytes());
            assert_eq!(peer.rest(), b"");
        }),
        Box::new(|mut peer| {
            let line = peer.client_line();
            peer.send(format!("{line}{line}").as_bytes());
            assert_eq!(peer.rest(), b"");
        }),
        Box::new(|mut peer| {
            let line = peer.client_line();
            peer.send(line.as_bytes());
            assert_eq!(peer.rest(), b"");
        }),
        Box::new(|mut peer| assert_eq!(peer.rest(), b"")),
    ]);
    assert_eq!(meet(&server, ProfileChoice::Auto).unwrap().profile(), Profile::Plain);
    let error = meet(&server, ProfileChoice::Auto).unwrap_err();
    assert!(matches!(error, Error::NoServerLine { .. }), "{error}");
    let error = meet(&server, ProfileChoice::Framed).unwrap_err();
    assert!(
        matches!(error, Error::Fault(fault) if matches!(fault.reason, FaultReason::Preface(_)))
    );
    assert!(error.to_string().ends_with("use profile plain"), "{error}");
    assert_eq!(meet(&server, ProfileChoice::Plain).unwrap().profile(), Profile::Plain);
    server.join();
}

#[test]
fn a_port_without_a_server_is_unreachable() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let socket = listener.local_addr().unwrap();
    drop(listener);
    let error = connect(&address(socket), &options()).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }));
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot connect to {socket}: ")), "{text}");
}
