//! The order of the calls of one durable upload.

use std::process::Command;

use conexion::wire::Flags;

use crate::link::{Answer, Link};
use crate::programs::{Served, conexion};

/// The calls that are looked at.
const CALLS: &str = "trace=openat,write,fsync,fdatasync,mkdirat,renameat2,renameat,linkat,sendto";

/// A call: its name, its arguments as far as they are shown, and what it returned.
struct Call {
    name: String,
    arguments: String,
    result: String,
}

impl Call {
    /// The number of the descriptor that comes first.
    fn descriptor(&self) -> &str {
        self.arguments.split([',', ')']).next().unwrap_or_default()
    }

    fn is_sync(&self) -> bool {
        self.name == "fsync" || self.name == "fdatasync"
    }
}

pub(crate) fn check() {
    let folder = tempfile::tempdir().expect("a folder");
    let (root, log) = (folder.path().join("root"), folder.path().join("log"));
    std::fs::create_dir(&root).expect("a folder");
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-qq", "-s", "64", "-e", CALLS, "-o"]).arg(&log);
    command.arg(conexion().get_program());
    let available = Command::new("strace").arg("-V").output();
    assert!(available.is_ok(), "this test needs strace: install the package of that name");
    let (mut served, address) = Served::durable(command, &root);
    let mut link = Link::open(address).expect("a server");
    let flags = Flags { overwrite: false, resume: false };
    let answer = link.upload("one/two/file", b"some octets", flags).expect("an answer");
    assert_eq!(answer, Answer::Stored);
    served.kill();
    let text = std::fs::read_to_string(&log).expect("a log");
    let calls = of_the_connection(&text);
    let place = |what: &str, is: &dyn Fn(&Call) -> bool, after: usize| {
        let found = calls.iter().skip(after).position(is).map(|at| at + after);
        found.unwrap_or_else(|| panic!("no {what} after call {after} of:\n{text}"))
    };
    let created = place("new file", &|call| call.arguments.contains("O_CREAT"), 0);
    let file = calls[created].result.clone();
    let written = place("octets", &|call| call.name == "write" && call.descriptor() == file, 0);
    let synced = place("sync", &|call| call.is_sync() && call.descriptor() == file, written);
    let again = |call: &&Call| call.name == "write" && call.descriptor() == file;
    assert!(!calls[synced..].iter().any(|call| again(&call)), "written after the sync:\n{text}");
    let moves = |call: &Call| {
        ["renameat2", "renameat", "linkat"].contains(&call.name.as_str())
            && call.arguments.contains("\"file\"")
    };
    let named = place("move", &moves, synced);
    for folder in ["\"one\"", "\"two\""] {
        let made = |call: &Call| call.name == "mkdirat" && call.arguments.contains(folder);
        let made = place("folder", &made, 0);
        let parent = calls[made].descriptor();
        let is_synced = |call: &Call| call.is_sync() && call.descriptor() == parent;
        let synced = place("sync of the folder's parent", &is_synced, made);
        assert!(synced < named, "the file's name is known before its folder is:\n{text}");
    }
    // The name's own folder, which is the fourth argument's.
    let folder = calls[named].arguments.split(", ").nth(2).expect("a folder").to_owned();
    let is_synced = |call: &Call| call.is_sync() && call.descriptor() == folder;
    let durable = place("sync of the name", &is_synced, named);
    let stored = |call: &Call| call.name == "sendto" && call.arguments.contains("\"S\\0\\0\\0");
    let told = place("STORED", &stored, 0);
    assert!(durable < told, "STORED was sent before the name had reached the disk:\n{text}");
}

/// The calls of the thread that has received the upload, in their order.
fn of_the_connection(log: &str) -> Vec<Call> {
    let thread = |line: &str| line.split(' ').next().map(str::to_owned);
    let creating = log.lines().find(|line| line.contains(".part") && line.contains("O_CREAT"));
    let ours = creating.and_then(thread).unwrap_or_else(|| panic!("no upload in:\n{log}"));
    let mut calls: Vec<Call> = Vec::new();
    for line in log.lines().filter(|line| thread(line).as_ref() == Some(&ours)) {
        let rest = line[ours.len()..].trim_start();
        let result = line.rsplit_once(" = ").map(|(_, result)| result).unwrap_or_default();
        let result = result.split(' ').next().unwrap_or_default().to_owned();
        if rest.starts_with("<...") {
            // The end of a call in the middle of which another thread had one.
            if let Some(call) = calls.last_mut() {
                call.result = result;
            }
        } else if let Some((name, arguments)) = rest.split_once('(') {
            let (name, arguments) = (name.to_owned(), arguments.to_owned());
            calls.push(Call { name, arguments, result });
        }
    }
    calls
}
