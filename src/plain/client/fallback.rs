//! Whether a client in automatic mode goes on framed or in plain
//! (`plain.client-fallback`, `plain.client-no-guess`).
//!
//! The client has sent its line and nothing else. A server-line and the echo of that
//! line begin alike, with `CONEXION/` and often the same version, so that the first octet
//! decides in which what comes back and the own line differ. The answer therefore does
//! not depend on the pieces in which the octets came, except that an echo is known as
//! soon as it is whole: whatever comes behind it makes it no echo.

use crate::wire::FRAMED_OPENING;

/// What a server's first octets show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet. If no more comes in time, it is an error.
    NeedMore,
    /// A server-line begins: the session judges it.
    Framed,
    /// The own line came back, and nothing more: an original server.
    Plain,
    /// Something else: an error, and nothing further may be sent.
    Neither,
}

/// Judges all octets `received` so far by a client that sent `own_line`, its LF included.
#[must_use]
pub fn judge_answer(own_line: &[u8], received: &[u8]) -> Answer {
    if received == own_line {
        return Answer::Plain;
    }
    if own_line.starts_with(received) {
        return Answer::NeedMore;
    }
    let same = own_line.iter().zip(received).take_while(|(own, other)| own == other).count();
    // Up to and with the first octet that is not that of the own line, which may stand
    // behind the whole of it.
    let decisive = received.get(..=same).unwrap_or(received);
    if may_become_server_line(decisive) { Answer::Framed } else { Answer::Neither }
}

/// Whether these octets are the beginning of `CONEXION/`, a version and ` SERVER`, at
/// least up to the first digit.
fn may_become_server_line(octets: &[u8]) -> bool {
    let Some(rest) = octets.strip_prefix(FRAMED_OPENING) else { return false };
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let (version, word) = rest.split_at_checked(digits).unwrap_or_default();
    let version_fits = (1..=3).contains(&digits) && version.first() != Some(&b'0');
    version_fits && b" SERVER".starts_with(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[u8] = b"CONEXION/1 CLIENT agent=x/1\n";

    #[test]
    fn plain_client_fallback_needs_the_own_line_whole_and_nothing_more() {
        for len in 0..OWN.len() {
            assert_eq!(judge_answer(OWN, &OWN[..len]), Answer::NeedMore);
        }
        assert_eq!(judge_answer(OWN, OWN), Answer::Plain);
        let more = [OWN, b"x"].concat();
        assert_eq!(judge_answer(OWN, &more), Answer::Neither);
        let twice = [OWN, OWN].concat();
        assert_eq!(judge_answer(OWN, &twice), Answer::Neither);
    }

    #[test]
    fn a_server_line_is_framed_as_soon_as_it_is_no_echo() {
        for (line, decisive) in [
            ("CONEXION/1 SERVER\n", 12),
            ("CONEXION/1 SERVER text=4096\nT", 12),
            ("CONEXION/2 SERVER\n", 10),
            ("CONEXION/12 SERVER\n", 11),
            ("CONEXION/123 SERVER\n", 11),
        ] {
            for len in 0..=line.len() {
                let expected = if len < decisive { Answer::NeedMore } else { Answer::Framed };
                assert_eq!(judge_answer(OWN, &line.as_bytes()[..len]), expected, "{line} {len}");
            }
        }
    }

    #[test]
    fn a_version_of_four_digits_begins_no_server_line() {
        let own = b"CONEXION/999 CLIENT\n";
        assert_eq!(judge_answer(own, b"CONEXION/9999"), Answer::Neither);
        assert_eq!(judge_answer(own, b"CONEXION/998"), Answer::Framed);
        assert_eq!(judge_answer(own, b"CONEXION/99 "), Answer::Framed);
    }

    #[test]
    fn plain_client_no_guess_takes_nothing_else() {
        for other in [
            "x",
            "HTTP/1.1 400 Bad Request\r\n",
            "CONEXION:",
            "CONEXION/x",
            "CONEXION/0 SERVER\n",
            "CONEXION/ ",
            "CONEXION/1 server\n",
            "CONEXION/1  SERVER\n",
            "CONEXION/1\n",
            "CONEXION/1 CLIENT\n",
            "CONEXION/1 CLIENT agent=y/1\n",
        ] {
            assert_eq!(judge_answer(OWN, other.as_bytes()), Answer::Neither, "{other}");
        }
    }
}
