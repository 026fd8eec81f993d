//! `conexion serve` in a process of its own, and `conexion conform` against it.
#![allow(dead_code, reason = "each test file uses a part, as its own module")]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program.
pub(crate) fn conexion() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("conexion"))
}

/// A server, killed when dropped.
pub(crate) struct Served(Child);

impl Served {
    /// Listens there, and tells where that is.
    pub(crate) fn start(root: &Path, address: &str, more: &[&str]) -> (Self, SocketAddr) {
        Self::start_as(conexion(), root, address, more)
    }

    /// The same, by a command of which the program and its arguments are the end.
    pub(crate) fn start_as(
        command: Command,
        root: &Path,
        address: &str,
        more: &[&str],
    ) -> (Self, SocketAddr) {
        Self::spawn(command, root, address, "none", more)
    }

    /// A server that makes files durable, on a free port of this machine.
    pub(crate) fn durable(command: Command, root: &Path) -> (Self, SocketAddr) {
        Self::durable_with(command, root, &[])
    }

    /// The same with more arguments.
    pub(crate) fn durable_with(command: Command, root: &Path, more: &[&str]) -> (Self, SocketAddr) {
        Self::spawn(command, root, "127.0.0.1:0", "full", more)
    }

    fn spawn(
        mut command: Command,
        root: &Path,
        address: &str,
        durability: &str,
        more: &[&str],
    ) -> (Self, SocketAddr) {
        let mut child = command
            .args(["serve", "--durability", durability, "--listen", address])
            .args(more)
            .arg("--root")
            .arg(root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("the first line");
        (Self(child), address.parse().unwrap())
    }

    pub(crate) fn process(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.0.id(), name);
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to one process.
pub(crate) fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").arg(name).arg(process.to_string()).status();
    assert!(sent.unwrap().success());
}
