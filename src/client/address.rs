//! Where a server is: `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.

use core::fmt;
use core::str::FromStr;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs};

use crate::wire::DEFAULT_PORT;

/// The name or number of a host, and a port (`connection.port`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why a text is no [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// There is no host.
    NoHost,
    /// What follows the host is no port from 1 to 65535.
    Port,
    /// A `[` without its `]`, or something but a port behind it.
    Brackets,
    /// Several `:`, but no IPv6 address.
    Colons,
}

impl Address {
    /// A host, by name or number and without brackets, and a port.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// All addresses of the name, in the order in which to try them.
    pub(super) fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        Ok((self.host.as_str(), self.port).to_socket_addrs()?.collect())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or(AddressError::Brackets)?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(AddressError::Brackets),
            }
        } else {
            match text.split_once(':') {
                Some((_, port)) if port.contains(':') => {
                    let number = text.split_once('%').map_or(text, |(number, _zone)| number);
                    number.parse::<Ipv6Addr>().map_err(|_| AddressError::Colons)?;
                    (text, None)
                }
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(digits) if digits.bytes().all(|octet| octet.is_ascii_digit()) => {
                digits.parse().ok().filter(|&port| port != 0).ok_or(AddressError::Port)?
            }
            Some(_) => return Err(AddressError::Port),
        };
        Ok(Self::new(host, port))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHost => "there is no host: write HOST or HOST:PORT",
            Self::Port => "the port is not a number from 1 to 65535",
            Self::Brackets => "write an IPv6 address with a port as [ADDRESS]:PORT",
            Self::Colons => "several `:` but no IPv6 address: write HOST:PORT or [IPv6]:PORT",
        })
    }
}

impl core::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// `connection.port`
    #[test]
    fn every_form_of_an_address_is_read() {
        for (text, host, port) in [
            ("localhost", "localhost", 12345),
            ("example.org:80", "example.org", 80),
            ("192.0.2.1:65535", "192.0.2.1", 65535),
            ("::1", "::1", 12345),
            ("fe80::1%eth0", "fe80::1%eth0", 12345),
            ("[::1]", "::1", 12345),
            ("[::1]:9", "::1", 9),
        ] {
            assert_eq!(text.parse(), Ok(Address::new(host, port)), "{text}");
        }
        assert_eq!(Address::new("::1", 9).to_string(), "[::1]:9");
        assert_eq!(Address::new("a", 9).to_string(), "a:9");
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, error) in [
            ("", AddressError::NoHost),
            (":80", AddressError::NoHost),
            ("a:", AddressError::Port),
            ("a:0", AddressError::Port),
            ("a:+1", AddressError::Port),
            ("a:65536", AddressError::Port),
            ("a:b", AddressError::Port),
            ("[::1", AddressError::Brackets),
            ("[::1]80", AddressError::Brackets),
            ("a:b:c", AddressError::Colons),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }
}
