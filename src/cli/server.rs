//! Options that say which server is meant, and how files go to it.

use std::time::Duration;

use clap::ValueEnum;
use conexion::client::{Address, Interrupt, Options, Plan, ProfileChoice};
use conexion::wire::DigestKind;

/// The server and how to reach it.
#[derive(Debug, clap::Args)]
pub(super) struct ServerArgs {
    /// The server; an IPv6 address with a port is written [ADDRESS]:PORT. The port is
    /// 12345 if none is given
    #[arg(value_name = "HOST[:PORT]")]
    address: Address,

    /// Framed is the protocol proper; plain is what the original programs speak. Auto asks
    /// the server
    #[arg(long, value_enum, default_value_t = ProfileArg::Auto)]
    profile: ProfileArg,

    /// How long a connection may take
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "10s")]
    connect_timeout: Duration,

    /// How long the server may neither send nor take anything
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "300s")]
    timeout: Duration,
}

/// How files are sent.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// Replace files that the server has already
    #[arg(long)]
    overwrite: bool,

    /// The digest by which both sides compare what arrived
    #[arg(long, value_enum, default_value_t = DigestArg::Crc32)]
    digest: DigestArg,

    /// How often to make a lost connection again while nothing is gained in between
    #[arg(long, value_name = "N", default_value_t = 3)]
    retries: u32,

    /// Send everything from its first octet, whatever the server holds
    #[arg(long)]
    no_resume: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileArg {
    Auto,
    Framed,
    Plain,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DigestArg {
    Crc32,
    Sha256,
}

impl ServerArgs {
    pub(super) fn address(&self) -> Address {
        self.address.clone()
    }

    pub(super) fn options(&self, interrupt: Interrupt) -> Options {
        Options {
            profile: match self.profile {
                ProfileArg::Auto => ProfileChoice::Auto,
                ProfileArg::Framed => ProfileChoice::Framed,
                ProfileArg::Plain => ProfileChoice::Plain,
            },
            connect_timeout: self.connect_timeout,
            silence: self.timeout,
            interrupt,
        }
    }
}

impl PlanArgs {
    pub(super) fn plan(&self) -> Plan {
        Plan {
            digest: match self.digest {
                DigestArg::Crc32 => DigestKind::Crc32,
                DigestArg::Sha256 => DigestKind::Sha256,
            },
            overwrite: self.overwrite,
            resume: !self.no_resume,
            retries: self.retries,
            ..Plan::default()
        }
    }
}

/// The end of a longer wait could not be told any more.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A time such as `90s` or `5m`; a bare number is seconds.
fn span(text: &str) -> Result<Duration, String> {
    let span = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string())?,
    };
    if span.is_zero() || span > LONGEST {
        return Err("a time above zero and of at most a year is needed".to_owned());
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_or_are_seconds() {
        assert_eq!(span("90"), Ok(Duration::from_secs(90)));
        assert_eq!(span("2m 500ms"), Ok(Duration::from_millis(120_500)));
        for wrong in ["", "0", "-1", "s", "2y", "18446744073709551615"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
