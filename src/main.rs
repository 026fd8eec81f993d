//! The `conexion` program.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// Text messages and files over TCP.
#[derive(Debug, Parser)]
#[command(name = "conexion", version)]
enum Command {
    /// Judge a server by the protocol.
    Conform(cli::conform::Args),
}

fn main() -> ExitCode {
    match Command::parse() {
        Command::Conform(args) => cli::conform::run(&args, || {
            Err::<(_, ()), _>("name the server under test: HOST:PORT".to_owned())
        }),
    }
}
