//! The `conexion` program: a file for each subcommand.

mod serve;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Text messages and files over TCP: server, client and conformance suite.
#[derive(Debug, Parser)]
#[command(name = "conexion", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Args>),
}

/// Parses the command line and runs its command; the exit code says how it went.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
    }
}
