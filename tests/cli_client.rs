//! The commands `send`, `text` and `chat` against servers that do what a test says.

mod scripted;

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use conexion::wire::{Code, Frame};
use predicates::prelude::*;
use predicates::str::{contains, starts_with};

use scripted::{Peer, Server, original, reply};

fn conexion(command: &str, server: &Server) -> Command {
    let mut conexion = Command::cargo_bin("conexion").unwrap();
    conexion.timeout(Duration::from_secs(60)).arg(command).arg(server.address.to_string());
    conexion
}

/// Echoes texts and stores files until the client says BYE; what was stored comes back.
fn serve(mut peer: Peer) -> Vec<(String, Vec<u8>)> {
    let (mut files, mut open) = (Vec::new(), None);
    loop {
        match (peer.frame(), &mut open) {
            (Some(('T', text)), _) => peer.send(&reply(str::from_utf8(&text).unwrap())),
            (Some(('F', payload)), open) => {
                let file = conexion::wire::FileRequest::parse(&payload).unwrap();
                *open = Some((file.destination.as_str().to_owned(), Vec::new()));
                peer.go_on(0, 0);
            }
            (Some(('D', data)), Some((_, file))) => file.extend(data),
            (Some(('E', end)), open) => {
                files.extend(open.take());
                peer.stored(&end);
            }
            (Some(('B', _)), _) => {
                peer.answer(&Frame::Bye);
                return files;
            }
            (None, _) => return files,
            (other, _) => panic!("{other:?}"),
        }
    }
}

type Stored = mpsc::Receiver<Vec<(String, Vec<u8>)>>;

/// A server of so many connections.
fn serving(connections: usize) -> (Server, Stored) {
    let (sender, stored) = mpsc::channel();
    let scripts = (0..connections).map(|_| {
        let sender = sender.clone();
        let script = move |peer: Peer| sender.send(serve(peer.welcome())).unwrap();
        Box::new(script) as scripted::Script
    });
    (Server::new(scripts.collect()), stored)
}

fn write(folder: &Path, name: &str, octets: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, octets).unwrap();
}

#[test]
fn a_text_is_answered_on_standard_output_and_nothing_else_is_there() {
    let (server, _stored) = serving(1);
    conexion("text", &server)
        .args(["¿qué", "tal?"])
        .assert()
        .success()
        .stdout("¿qué tal?\n")
        .stderr("profile framed (server scripted/1)\n");
    server.join();
}

/// `text.shown-escaped`
#[test]
fn control_characters_of_a_peer_are_escaped() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('T');
        peer.send(&reply("\x1b[2J\r\nhola\u{202e}"));
        peer.part();
    });
    conexion("text", &server)
        .args(["-q", "hola"])
        .assert()
        .success()
        .stdout("\\u{1b}[2J\\r\\nhola\\u{202e}\n")
        .stderr("");
    server.join();
}

/// How many octets have come to the socket at this port of 127.0.0.1 and are not yet read.
#[cfg(target_os = "linux")]
fn unread(port: u16) -> usize {
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    let here = format!("0100007F:{port:04X}");
    let established = sockets.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (columns[1] == here && columns[3] == "01").then(|| columns[4].to_owned())
    });
    let queues = established.expect("the client is connected");
    usize::from_str_radix(queues.split_once(':').unwrap().1, 16).unwrap()
}

/// `frame.memory`: of a reply of 1 MiB its header and an octet have come.
#[cfg(target_os = "linux")]
#[test]
fn what_a_length_promises_takes_no_memory() {
    let (tell, told) = mpsc::channel::<u32>();
    let server = Server::one(move |peer| {
        let mut peer = peer.welcome();
        peer.expect('T');
        let status = format!("/proc/{}/status", told.recv().unwrap());
        let kibibytes = || -> u32 {
            let status = fs::read_to_string(&status).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmData:")).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        let before = kibibytes();
        peer.send(b"R\0\x10\0\0x");
        // Once it has read them it makes what place it needs.
        let client = peer.stream.peer_addr().unwrap().port();
        let late = Instant::now() + Duration::from_secs(20);
        while unread(client) > 0 {
            assert!(Instant::now() < late, "they are not read");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(200));
        let after = kibibytes();
        assert!(after < before + 512, "{before} and then {after} KiB");
    });
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_conexion"))
        .args(["text", &server.address.to_string(), "hola"])
        .stderr(std::process::Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    tell.send(child.id()).unwrap();
    server.join();
    // Its answer was cut off.
    assert!(!child.wait().unwrap().success());
}

#[test]
fn a_refused_text_ends_with_1_and_its_reason() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        peer.expect('T');
        peer.refuse(Code::TEXT_REFUSED, "not\x07 today");
        peer.part();
    });
    conexion("text", &server)
        .args(["--quiet", "hola"])
        .assert()
        .code(1)
        .stdout("")
        .stderr("error: refused: 202 text refused: not\\u{7} today\n");
    server.join();
}

#[test]
fn wrong_usage_ends_with_2() {
    let conexion = || Command::cargo_bin("conexion").unwrap();
    for wrong in [
        &["text", "localhost"][..],
        &["text", "a:b:c", "hola"],
        &["send", "localhost"],
        &["send", "localhost", "-"],
        &["send", "localhost", "a", "b/a"],
        &["send", "localhost", "a", "--to", "/etc/passwd"],
        &["send", "localhost", "a", "--digest", "md5"],
        &["chat", "localhost", "--timeout", "0"],
    ] {
        conexion().args(wrong).assert().code(2).stdout("").stderr(starts_with("error: "));
    }
}

#[test]
fn help_tells_exit_codes_and_how_a_line_is_divided() {
    let help = |command| {
        let mut conexion = Command::cargo_bin("conexion").unwrap();
        conexion.args([command, "--help"]).assert().success()
    };
    for command in ["send", "text", "chat"] {
        help(command).stdout(contains("130  interrupted").and(contains("4  an upload")));
    }
    help("chat").stdout(contains("ARCHIVO:C:\\notes.txt:notes.txt"));
}

#[test]
fn no_server_ends_with_3() {
    let server = Server::new(Vec::new());
    let address = server.address.to_string();
    server.join();
    for command in ["text", "send"] {
        let mut conexion = Command::cargo_bin("conexion").unwrap();
        let expected = format!("error: cannot connect to {address}: ");
        conexion
            .args([command, &address, "Cargo.toml"])
            .assert()
            .code(3)
            .stderr(starts_with(expected));
    }
}

#[test]
fn a_folder_is_sent_over_one_connection_with_its_relative_paths() {
    let (server, stored) = serving(1);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "d/b/c", b"");
    write(folder.path(), "d/a", b"hola");
    write(folder.path(), "e", b"chao");
    std::os::unix::fs::symlink("a", folder.path().join("d/link")).unwrap();
    std::os::unix::fs::symlink("d/a", folder.path().join("f")).unwrap();
    conexion("send", &server)
        .current_dir(folder.path())
        .args(["d", "e", "f", "--to", "x"])
        .assert()
        .success()
        .stdout("")
        .stderr(
            contains("warning: d/link: a symbolic link in a folder is not sent")
                .and(contains("4 files, 12 B in "))
                .and(contains(", framed\n")),
        );
    let name = |name: &str, octets: &[u8]| (name.to_owned(), octets.to_owned());
    let expected =
        [name("x/d/a", b"hola"), name("x/d/b/c", b""), name("x/e", b"chao"), name("x/f", b"hola")];
    assert_eq!(stored.recv().unwrap(), expected);
    server.join();
}

#[test]
fn an_empty_folder_needs_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut conexion = Command::cargo_bin("conexion").unwrap();
    let said = "there was nothing to send\n";
    conexion.args(["send", "192.0.2.1"]).arg(folder.path()).assert().success().stderr(said);
}

#[test]
fn standard_input_is_sent_under_the_name_given() {
    let (server, stored) = serving(1);
    conexion("send", &server)
        .args(["-", "--to", "in/put", "--quiet"])
        .write_stdin("hola")
        .assert()
        .success()
        .stderr("");
    assert_eq!(stored.recv().unwrap(), [("in/put".to_owned(), b"hola".to_vec())]);
    server.join();
}

#[test]
fn one_refused_file_leaves_the_others_and_ends_with_1() {
    let server = Server::one(|peer| {
        let mut peer = peer.welcome();
        assert_eq!(peer.expect_file().destination, "a");
        peer.refuse(Code::TOO_LARGE, "at most 3 octets");
        peer.data();
        assert_eq!(peer.store().0.destination, "b");
        peer.part();
    });
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a", b"hola");
    write(folder.path(), "b", b"sol");
    conexion("send", &server)
        .current_dir(folder.path())
        .args(["missing", "a", "b"])
        .assert()
        .code(1)
        .stderr(
            contains("error: missing: cannot open missing: No such file")
                .and(contains("error: a: refused: 212 too large: at most 3 octets\n"))
                .and(contains("1 file, 3 B in "))
                .and(contains(", framed, 2 failed\n")),
        );
    server.join();
}

#[test]
fn an_upload_that_was_interrupted_says_what_was_held() {
    let data = vec![7; 2 << 20];
    let held = &data[..1 << 20];
    let crc32 = crc32fast::hash(held);
    let server = Server::one(move |peer| {
        let mut peer = peer.welcome();
        assert_eq!(peer.expect_file().flags, 3);
        peer.go_on(1 << 20, crc32);
        let (rest, end) = peer.data();
        assert_eq!(rest.len(), 1 << 20);
        peer.stored(&end);
        peer.part();
    });
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a", &data);
    conexion("send", &server)
        .current_dir(folder.path())
        .args(["a", "--overwrite", "--digest", "sha256"])
        .assert()
        .success()
        .stderr(contains("resumed: 1.0 MiB held, 1.0 MiB sent\n1 file, 2.0 MiB in "));
    server.join();
}

#[test]
fn a_connection_that_stays_lost_ends_with_3() {
    let lost = |peer: Peer| {
        let mut peer = peer.welcome();
        peer.expect('F');
    };
    let server = Server::new(vec![Box::new(lost), Box::new(lost)]);
    conexion("send", &server).args(["Cargo.toml", "--retries", "1"]).assert().code(3).stderr(
        contains("(connecting again in 500ms)")
            .and(contains("error: Cargo.toml: the outcome is unknown")),
    );
    server.join();
}

#[test]
fn chat_reads_a_script_of_texts_and_files() {
    let (server, stored) = serving(2);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "C:a", b"octets");
    conexion("chat", &server)
        .current_dir(folder.path())
        .args(["--quiet"])
        .write_stdin("hola\r\nARCHIVO:C:a:x/a\n  chao \n\nnot any more\n")
        .assert()
        .success()
        .stdout("hola\n  chao \n")
        .stderr("");
    // The file ended its connection, and the text after it began another.
    assert_eq!(stored.recv().unwrap(), [("x/a".to_owned(), b"octets".to_vec())]);
    assert_eq!(stored.recv().unwrap(), []);
    server.join();
}

#[test]
fn chat_goes_on_after_a_line_that_fails_and_ends_with_its_code() {
    let (server, _stored) = serving(2);
    conexion("chat", &server)
        .write_stdin(&b"ARCHIVO:a\n\xFF\nARCHIVO:missing:b\nhola"[..])
        .assert()
        .code(1)
        .stdout("hola\n")
        .stderr(
            contains("error: a file is sent with ARCHIVO:SOURCE:DESTINATION\n")
                .and(contains("error: cannot read the line: it is not UTF-8\n"))
                .and(contains("error: b: cannot open missing: No such file")),
        );
    server.join();
}

#[test]
fn chat_connects_again_when_the_server_has_timed_out() {
    let server = Server::new(vec![
        Box::new(|peer| {
            let mut peer = peer.welcome();
            peer.expect('T');
            // Answer and timeout come together.
            peer.send(&[reply("one"), scripted::refusal(Code::TIMEOUT, "")].concat());
            peer.finish();
            peer.rest();
        }),
        Box::new(|peer| assert_eq!(serve(peer.welcome()), [])),
    ]);
    conexion("chat", &server).write_stdin("hola\ntwo\n").assert().success().stdout("one\ntwo\n");
    server.join();
}

/// `plain.client-reports`
#[test]
fn an_original_server_is_spoken_to_and_named() {
    let (sender, stored) = mpsc::channel();
    let server = Server::one(move |peer| sender.send(original(peer, 0)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a", b"hola");
    conexion("send", &server)
        .current_dir(folder.path())
        .args(["a", "--quiet"])
        .assert()
        .success()
        .stderr(starts_with("profile plain"));
    assert_eq!(stored.recv().unwrap(), [("a".to_owned(), b"hola".to_vec())]);
    server.join();
}

#[test]
fn a_doubtful_upload_ends_with_4() {
    let server = Server::one(|peer| {
        original(peer, 1);
    });
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a", b"hola");
    conexion("send", &server)
        .current_dir(folder.path())
        .args(["a", "--profile", "plain", "--timeout", "300ms"])
        .assert()
        .code(4)
        .stderr(contains("doubtful: a: "));
    server.join();
}

#[test]
fn a_signal_inside_a_plain_upload_waits_for_the_mark() {
    let (sender, stored) = mpsc::channel();
    let server = Server::one(move |peer| sender.send(original(peer, 0)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    // Far more than the socket's buffers, read 1024 octets at a time.
    let file = fs::File::create(folder.path().join("a")).unwrap();
    file.set_len(4 << 30).unwrap();
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_conexion"))
        .args(["send", &server.address.to_string(), "a", "--profile", "plain", "--quiet"])
        .current_dir(folder.path())
        .spawn()
        .unwrap();
    // The file is first looked through; then come pauses of half a second.
    std::thread::sleep(Duration::from_secs(6));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let status = child.wait_with_output().unwrap().status;
    assert_eq!(status.code(), Some(130));
    // `original` fails if the connection is closed inside the upload.
    let _stored = stored.recv().unwrap();
    server.join();
}

#[test]
fn a_signal_ends_the_wait_for_a_named_pipe() {
    let server = Server::one(|peer| {
        peer.welcome().rest();
    });
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_conexion"))
        .args(["send", &server.address.to_string()])
        .arg(&pipe)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let pid = rustix::process::Pid::from_child(&child);
    // Not SIGINT, which a shell has those ignore that it starts in the background.
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(10) {
            child.kill().unwrap();
            panic!("it waits on");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(130));
    server.join();
}
