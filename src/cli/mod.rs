//! The subcommands of the program, a file each.

mod conform;
mod embedded;
mod serve;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Conform(Box<conform::Args>),
}

/// Parses the command line and runs its command; the exit code says how it went.
pub(crate) fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Conform(args) => conform::run(&args, embedded::start),
    }
}
