//! The profile of a connection, told by its first octets (chapter 2).
//!
//! [`detect`] is a pure function: the caller keeps all octets that have come, sends
//! nothing (`detection.silence`), and asks again whenever one more has come, the prefix
//! wait has passed or the stream has ended. The answer belongs to the shortest beginning
//! that decides, so that it does not matter in which pieces the octets came.
//!
//! A caller that is told [`Detection::Plain`] hands what it has kept to the
//! [`Recogniser`](super::Recogniser), delivery by delivery.

use core::fmt;

use crate::wire::FRAMED_OPENING;

/// The prefix timer unless a server sets another: how long one that speaks plain waits,
/// from the first octet, for the rest of an opening (`detection.prefix`).
pub const PREFIX_WAIT_MILLISECONDS: u64 = 2000;

/// The HTTP methods, each with its SP.
const WEB_OPENINGS: [&[u8]; 10] = [
    b"CONNECT ",
    b"DELETE ",
    b"GET ",
    b"HEAD ",
    b"OPTIONS ",
    b"PATCH ",
    b"POST ",
    b"PRI ",
    b"PUT ",
    b"TRACE ",
];

const TLS_OPENING: &[u8] = &[0x16, 0x03];

/// What has happened besides the octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing: more octets may come, and the prefix wait has not passed.
    Open,
    /// The prefix timer has expired, which runs from the first octet.
    PrefixWaitOver,
    /// The stream has ended: no more octets will come.
    EndOfStream,
}

/// What a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// Not known yet: wait for more octets, the prefix wait or the end of the stream.
    NeedMore,
    /// Framed: the octets begin the client's line.
    Framed,
    /// Plain from its first octet.
    Plain,
    /// To be closed without sending any octet.
    Closed(Closed),
    /// The stream has ended with nothing to be answered.
    Ended,
}

/// Why a connection is closed without sending any octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A web opening, where plain is spoken.
    Web,
    /// A TLS opening, where plain is spoken.
    Tls,
    /// Plain is not spoken, and the octets cannot become a framed opening any more.
    /// Web and TLS openings are among these: their first octet decides already.
    Other,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Web => "this port does not speak HTTP: the connection began like a web request",
            Self::Tls => "this port does not speak TLS: connect without it",
            Self::Other => "only the framed profile is spoken here: send `CONEXION/` first",
        })
    }
}

/// Tells the profile by all `octets` that have come so far.
#[must_use]
pub fn detect(octets: &[u8], moment: Moment, plain_spoken: bool) -> Detection {
    let ended = moment == Moment::EndOfStream;
    if framed_opening_has_come(octets) {
        // `detection.framed`
        Detection::Framed
    } else if octets.is_empty() {
        if ended { Detection::Ended } else { Detection::NeedMore }
    } else if plain_spoken {
        detect_where_plain_is_spoken(octets, moment)
    } else if !FRAMED_OPENING.starts_with(octets) {
        // `detection.other`, for a web or TLS opening too
        Detection::Closed(Closed::Other)
    } else if ended {
        Detection::Ended
    } else {
        // The preface timer ends this wait, not the prefix wait.
        Detection::NeedMore
    }
}

/// Whether a connection that is cut off or too slow is to be told so in the framed
/// profile (`timer.preface`, `preface.malformed-client`).
#[must_use]
pub fn framed_opening_has_come(octets: &[u8]) -> bool {
    octets.starts_with(FRAMED_OPENING)
}

fn detect_where_plain_is_spoken(octets: &[u8], moment: Moment) -> Detection {
    let may_become = |opening: &[u8]| opening.starts_with(octets);
    if WEB_OPENINGS.iter().any(|opening| octets.starts_with(opening)) {
        // `detection.web`
        Detection::Closed(Closed::Web)
    } else if octets.starts_with(TLS_OPENING) {
        // `detection.tls-opening`
        Detection::Closed(Closed::Tls)
    } else if moment == Moment::Open
        && (may_become(FRAMED_OPENING)
            || may_become(TLS_OPENING)
            || WEB_OPENINGS.iter().any(|opening| may_become(opening)))
    {
        // `detection.prefix`
        Detection::NeedMore
    } else {
        // `detection.plain`
        Detection::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTS: [Moment; 3] = [Moment::Open, Moment::PrefixWaitOver, Moment::EndOfStream];

    /// As the specification lists them.
    const METHODS: &str = "CONNECT DELETE GET HEAD OPTIONS PATCH POST PRI PUT TRACE";

    fn openings() -> impl Iterator<Item = &'static [u8]> {
        WEB_OPENINGS.into_iter().chain([TLS_OPENING, FRAMED_OPENING])
    }

    #[test]
    fn detection_framed_begins_with_the_framed_opening() {
        for octets in [&b"CONEXION/"[..], b"CONEXION/1 CLIENT\n", b"CONEXION/\0"] {
            for moment in MOMENTS {
                for plain_spoken in [false, true] {
                    assert_eq!(detect(octets, moment, plain_spoken), Detection::Framed);
                }
            }
        }
    }

    #[test]
    fn detection_web_and_tls_openings_are_closed() {
        for method in METHODS.split(' ') {
            let text = detect(format!("{method}x").as_bytes(), Moment::Open, true);
            assert_eq!(text, Detection::Plain, "{method}");
            for rest in ["", "/ HTTP/1.1\r\n"] {
                let octets = format!("{method} {rest}").into_bytes();
                for moment in MOMENTS {
                    let web = Detection::Closed(Closed::Web);
                    assert_eq!(detect(&octets, moment, true), web);
                    let other = Detection::Closed(Closed::Other);
                    assert_eq!(detect(&octets, moment, false), other);
                }
            }
        }
        let tls = Detection::Closed(Closed::Tls);
        assert_eq!(detect(b"\x16\x03\x01", Moment::Open, true), tls);
    }

    #[test]
    fn detection_other_closes_at_the_first_octet_that_rules_framed_out() {
        for octets in [&b"c"[..], b"CONEXION ", b"G", b"\x16", b"CONN", b"hola"] {
            for moment in MOMENTS {
                let other = Detection::Closed(Closed::Other);
                assert_eq!(detect(octets, moment, false), other);
            }
        }
    }

    #[test]
    fn detection_plain_is_what_can_become_no_opening() {
        let texts = ["h", "get ", "GET/", "CONE ", "CONNECTS", "CONEXION:", "PUTA", " GET "];
        for text in texts {
            for moment in MOMENTS {
                assert_eq!(detect(text.as_bytes(), moment, true), Detection::Plain, "{text}");
            }
        }
        assert_eq!(detect(b"\x16\x02", Moment::Open, true), Detection::Plain);
    }

    #[test]
    fn detection_prefix_waits_and_is_then_plain() {
        for opening in openings() {
            for len in 1..opening.len() {
                let prefix = &opening[..len];
                assert_eq!(detect(prefix, Moment::Open, true), Detection::NeedMore);
                assert_eq!(detect(prefix, Moment::PrefixWaitOver, true), Detection::Plain);
                assert_eq!(detect(prefix, Moment::EndOfStream, true), Detection::Plain);
            }
        }
    }

    #[test]
    fn without_plain_a_framed_prefix_waits_until_the_stream_ends() {
        for len in 1..FRAMED_OPENING.len() {
            let prefix = &FRAMED_OPENING[..len];
            assert_eq!(detect(prefix, Moment::Open, false), Detection::NeedMore);
            assert_eq!(detect(prefix, Moment::PrefixWaitOver, false), Detection::NeedMore);
            assert_eq!(detect(prefix, Moment::EndOfStream, false), Detection::Ended);
        }
    }

    #[test]
    fn no_octets_decide_nothing_but_the_end() {
        for plain_spoken in [false, true] {
            assert_eq!(detect(b"", Moment::Open, plain_spoken), Detection::NeedMore);
            assert_eq!(detect(b"", Moment::PrefixWaitOver, plain_spoken), Detection::NeedMore);
            assert_eq!(detect(b"", Moment::EndOfStream, plain_spoken), Detection::Ended);
        }
    }

    #[test]
    fn no_opening_begins_another() {
        for one in openings() {
            assert_eq!(openings().filter(|other| other.starts_with(one)).count(), 1);
        }
    }

    #[test]
    fn the_framed_opening_has_come_with_its_ninth_octet() {
        assert!(!framed_opening_has_come(b"CONEXION"));
        assert!(framed_opening_has_come(b"CONEXION/"));
        assert!(framed_opening_has_come(b"CONEXION/x"));
    }
}
