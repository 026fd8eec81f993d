//! The `conexion` program: a file for each command, and what they share.

mod chat;
mod conform;
mod embedded;
mod ending;
mod report;
mod send;
mod serve;
mod server;
mod signals;
mod sources;
mod terminal;
mod text;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::ending::{EXIT_CODES, Ending};

/// Text messages and files over TCP: server, client and conformance suite
#[derive(Debug, Parser)]
#[command(name = "conexion", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Args>),
    Send(Box<send::Args>),
    Text(Box<text::Args>),
    Chat(Box<chat::Args>),
    Conform(Box<conform::Args>),
}

/// Parses the command line and runs its command; the exit code says how it went.
pub(crate) fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Text(args) => text::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Conform(args) => conform::run(&args, embedded::start),
    }
}
