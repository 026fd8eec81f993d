//! Sends texts and files to a Conexión server.

mod cli;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(version)]
enum Command {
    Send(cli::send::Args),
    Text(cli::text::Args),
    Chat(cli::chat::Args),
}

fn main() -> ExitCode {
    match Command::parse() {
        Command::Send(args) => cli::send::run(&args),
        Command::Text(args) => cli::text::run(&args),
        Command::Chat(args) => cli::chat::run(&args),
    }
}
