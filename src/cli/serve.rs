//! `conexion serve`: the reference server.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::{fs, thread};

use clap::{Args as ClapArgs, ValueEnum};
use rustix::process::{Resource, getrlimit, setrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use tracing::level_filters::LevelFilter;
use tracing::warn;

use super::values::{parse_duration, parse_size};
use conexion::server::store::Durability;
use conexion::server::{Config, PlainMode, Server, ShutdownHandle, Timers};
use conexion::wire::{DEFAULT_PORT, FileSize, PayloadLimit};

/// Exit code of a second Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;

/// Descriptors of the program beside those of its server: three that it is started with, and
/// the two ends that wake it on a signal.
const DESCRIPTORS: u64 = 5;

const EXAMPLES: &str = "\
Examples:
  conexion serve                                  texts and files into ./received, this machine only
  conexion serve --root /srv/in --listen 0.0.0.0:12345 --max-file 2GiB
  conexion serve --listen [::1]:0                 a free port; the first line printed names it
  conexion serve --timer idle=10m --timer frame=1m --log-format json

Anyone who reaches the port may write under the root, and may fill it. There is no
authentication and no encryption: listen on loopback (the default) or behind something that
has both.

Ctrl-C or SIGTERM ends the server: open uploads get the grace to finish. A second one ends it
at once.

Exit codes: 0 ended as asked, 1 could not start, 2 usage";

/// Serve texts and files.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder under which files are stored [default: ./received, made if missing]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    // `connection.loopback`
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1:12345")]
    listen: String,

    /// How much of the original programs' unframed profile to serve [default: all on a
    /// loopback address, else off]
    #[arg(long, value_enum)]
    plain: Option<Plain>,

    /// Whether a file is on disk before it is acknowledged
    #[arg(long, value_enum, default_value_t = Durable::Full)]
    durability: Durable,

    /// Connections served at once
    #[arg(long, value_name = "N", default_value_t = 4096)]
    max_connections: usize,

    /// Largest file accepted [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_file: Option<u64>,

    /// Largest DATA accepted, 1KiB to 1MiB
    #[arg(long, value_name = "SIZE", value_parser = parse_limit, default_value = "256KiB")]
    chunk: PayloadLimit,

    /// Largest text accepted, 1KiB to 1MiB
    #[arg(long, value_name = "SIZE", value_parser = parse_limit, default_value = "64KiB")]
    text: PayloadLimit,

    /// Age at which octets of an unfinished upload are dropped
    #[arg(long, value_name = "SPAN", value_parser = parse_duration, default_value = "7days")]
    held_age: Duration,

    /// Unfinished uploads held at most
    #[arg(long, value_name = "N", default_value_t = 1000)]
    held_count: usize,

    /// Octets held of unfinished uploads at most, in all
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "16GiB")]
    held_size: u64,

    /// A timer: preface (10s), frame (30s), idle (5m), discard (5m), write (30s), close (5s),
    /// prefix (2s) or quiet (300ms)
    #[arg(long = "timer", value_name = "NAME=SPAN")]
    timers: Vec<TimerSetting>,

    /// How long open uploads may go on once the server is told to end
    #[arg(long, value_name = "SPAN", value_parser = parse_duration, default_value = "10s")]
    grace: Duration,

    /// Form of the log on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,

    /// What to log: error, warn, info, debug or off
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: LevelFilter,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Plain {
    /// Close every connection that is not framed
    Off,
    /// Echo texts, refuse files
    Text,
    /// Texts and files
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Durable {
    /// Synced, file and name, before STORED
    Full,
    /// Left to the system; a power cut may lose files that were acknowledged
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

/// A `NAME=SPAN` of the command line.
#[derive(Clone, Debug)]
struct TimerSetting {
    set: fn(&mut Timers) -> &mut Duration,
    span: Duration,
}

impl FromStr for TimerSetting {
    type Err = String;

    fn from_str(setting: &str) -> Result<Self, String> {
        let (name, span) = setting.split_once('=').ok_or("write NAME=SPAN, as in idle=10m")?;
        let set: fn(&mut Timers) -> &mut Duration = match name {
            "preface" => |timers| &mut timers.preface,
            "frame" => |timers| &mut timers.frame,
            "idle" => |timers| &mut timers.idle,
            "discard" => |timers| &mut timers.discard,
            "write" => |timers| &mut timers.write,
            "close" => |timers| &mut timers.close,
            "prefix" => |timers| &mut timers.prefix,
            "quiet" => |timers| &mut timers.quiet,
            _ => return Err(format!("there is no timer `{name}`")),
        };
        Ok(Self { set, span: parse_duration(span)? })
    }
}

fn parse_limit(text: &str) -> Result<PayloadLimit, String> {
    let octets = u32::try_from(parse_size(text)?).unwrap_or(u32::MAX);
    PayloadLimit::new(octets).map_err(|error| error.to_string())
}

/// Runs the command.
pub(super) fn run(args: &Args) -> ExitCode {
    start_log(args);
    match serve(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("conexion: {message}");
            ExitCode::FAILURE
        }
    }
}

fn serve(args: &Args) -> Result<(), String> {
    let config = config(args)?;
    let wanted = config.descriptors().saturating_add(DESCRIPTORS);
    let granted = raise_descriptor_limit();
    let server = Server::bind(config).map_err(|error| error.to_string())?;
    end_on_signals(&server.shutdown_handle())
        .map_err(|error| format!("cannot handle signals: {error}"))?;
    // Whoever started the server may have closed the pipe; that is no reason to end it.
    let _ = writeln!(io::stdout(), "listening on {}", server.local_addr());
    let _ = io::stdout().flush();
    if granted < wanted {
        warn!(granted, wanted, "few descriptors for this --max-connections; see ulimit -n");
    }
    server.run();
    Ok(())
}

fn config(args: &Args) -> Result<Config, String> {
    let root = if let Some(root) = &args.root {
        root.clone()
    } else {
        let root = PathBuf::from("received");
        fs::create_dir_all(&root)
            .map_err(|error| format!("cannot make the folder ./received: {error}"))?;
        root
    };
    let mut config = Config::new(root, listen_address(&args.listen)?);
    config.limits.chunk = args.chunk;
    config.limits.text = args.text;
    config.limits.file =
        args.max_file.map(FileSize::new).transpose().map_err(|error| error.to_string())?;
    for TimerSetting { set, span } in &args.timers {
        *set(&mut config.timers) = *span;
    }
    if let Some(plain) = args.plain {
        config.plain = match plain {
            Plain::Off => PlainMode::Off,
            Plain::Text => PlainMode::Text,
            Plain::All => PlainMode::All,
        };
    }
    config.max_connections = args.max_connections;
    config.grace = args.grace;
    config.store.durability = match args.durability {
        Durable::Full => Durability::Full,
        Durable::None => Durability::None,
    };
    config.store.held_age = args.held_age;
    config.store.held_count = args.held_count;
    config.store.held_octets = args.held_size;
    Ok(config)
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let resolved = match text.to_socket_addrs() {
        Ok(addresses) => Ok(addresses),
        Err(_) => (text.trim_matches(['[', ']']), DEFAULT_PORT).to_socket_addrs(),
    };
    resolved.ok().and_then(|mut addresses| addresses.next()).ok_or_else(|| {
        format!("`{text}` is no address; write one as 127.0.0.1:12345 or [::1]:12345")
    })
}

/// Shuts down on the first SIGINT or SIGTERM, exits at once on the second.
fn end_on_signals(handle: &ShutdownHandle) -> io::Result<()> {
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&again))?;
        flag::register(signal, Arc::clone(&again))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let handle = handle.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.forever().next().is_some() {
            handle.shut_down();
        }
    })?;
    Ok(())
}

/// Takes as many descriptors as the system grants, and says how many those are.
fn raise_descriptor_limit() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Without it the server still serves, with the descriptors that it has.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn start_log(args: &Args) {
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_max_level(args.log_level)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .with_target(false);
    match args.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    /// `connection.loopback`, `connection.port`
    #[test]
    fn unless_told_otherwise_only_this_machine_reaches_the_server() {
        let command = Args::augment_args(clap::Command::new("serve"));
        let args = Args::from_arg_matches(&command.get_matches_from(["serve"])).expect("usage");
        let address = listen_address(&args.listen).expect("an address");
        assert!(address.ip().is_loopback());
        assert_eq!(address.port(), DEFAULT_PORT);
    }
}
