//! The server under test, as its user names it.

use std::net::{SocketAddr, ToSocketAddrs};

use conexion::wire::DEFAULT_PORT;

use super::Problem;

/// The addresses of `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
pub(super) fn resolve(target: &str) -> Result<Vec<SocketAddr>, Problem> {
    let wrong = |what: &str| {
        Problem::Usage(format!("`{target}`: {what}; write HOST, HOST:PORT or [IPV6]:PORT"))
    };
    let (host, port) = if let Some(rest) = target.strip_prefix('[') {
        let (host, rest) =
            rest.split_once(']').ok_or_else(|| wrong("the bracket is not closed"))?;
        let port = match rest {
            "" => None,
            _ => Some(rest.strip_prefix(':').ok_or_else(|| wrong("no `:` before the port"))?),
        };
        (host, port)
    } else {
        match target.split_once(':') {
            Some((_, port)) if port.contains(':') => return Err(wrong("IPv6 needs brackets")),
            Some((host, port)) => (host, Some(port)),
            None => (target, None),
        }
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| wrong("the port is not 0 to 65535"))?,
        None => DEFAULT_PORT,
    };
    if host.is_empty() {
        return Err(wrong("the host is missing"));
    }
    let addresses = (host, port).to_socket_addrs();
    let addresses = addresses.map_err(|error| Problem::NotJudged(format!("`{host}`: {error}")))?;
    Ok(addresses.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(target: &str) -> Result<String, u8> {
        resolve(target).map(|all| all[0].to_string()).map_err(|problem| problem.report())
    }

    #[test]
    fn the_port_is_12345_unless_named() {
        assert_eq!(resolved("127.0.0.1"), Ok("127.0.0.1:12345".to_owned()));
        assert_eq!(resolved("127.0.0.1:9"), Ok("127.0.0.1:9".to_owned()));
        assert_eq!(resolved("[::1]"), Ok("[::1]:12345".to_owned()));
        assert_eq!(resolved("[::1]:9"), Ok("[::1]:9".to_owned()));
    }

    #[test]
    fn a_target_that_is_no_address_is_wrong_usage() {
        for target in ["::1", "[::1", "[::1]9", "127.0.0.1:", "127.0.0.1:65536", ":9", ""] {
            assert_eq!(resolved(target), Err(2), "{target}");
        }
    }
}
