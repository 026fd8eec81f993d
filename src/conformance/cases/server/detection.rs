//! Chapter 2: telling the profile by the first octets.

use std::time::{Duration, Instant};

use super::{CUTS_ITSELF, shortest};
use crate::conformance::trial::SHORTEST_LINE;
use crate::conformance::{Case, Departure, Outcome, Plain, Timer, Trial, octets};

const METHODS: [&str; 10] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PRI", "PUT", "TRACE"];

/// Proper prefixes of framed, web and TLS openings.
const PREFIXES: [&[u8]; 4] = [b"CONEXION", b"GET", b"\x16", b"P"];

pub(super) const CASES: &[Case] = &[
    Case::must(
        "detection.silence",
        &["detection.silence", "detection.framed"],
        "The server is silent until it knows the profile, and then answers",
        |trial| {
            let mut peer = trial.connect()?;
            peer.expect_silence()?;
            peer.send(&SHORTEST_LINE[..8])?;
            peer.expect_silence()?;
            peer.send(&SHORTEST_LINE[8..])?;
            peer.expect_line().map(drop)
        },
    ),
    Case::must(
        "detection.framed-cut",
        &["detection.framed", "frame.split-invariance"],
        "A framed opening is one wherever its octets are cut",
        |trial| {
            // The first pieces are read alone by a server that reads in time.
            let mut peers = Vec::new();
            for cut in [1, 4, 8] {
                let (first, rest) = SHORTEST_LINE.split_at(cut);
                let mut peer = trial.connect()?;
                peer.send(first)?;
                peers.push((peer, rest));
            }
            let mut wait = trial.between_reads();
            for (mut peer, rest) in peers {
                peer.pause_for(wait)?;
                wait = Duration::ZERO;
                peer.send(rest)?;
                peer.expect_line()?;
                peer.finish()?;
            }
            Ok(())
        },
    )
    .whole_only(CUTS_ITSELF),
    Case::must(
        "detection.web",
        &["detection.web"],
        "Every web opening is closed unanswered",
        |trial| {
            METHODS.iter().try_for_each(|method| {
                unanswered(trial, &[&format!("{method} / HTTP/1.1\r\nHost: conform\r\n\r\n")])
            })
        },
    )
    .twin(shortest),
    Case::must(
        "detection.web-bare",
        &["detection.web"],
        "A method and one SP are a web opening already, whatever follows",
        |trial| {
            METHODS.iter().try_for_each(|method| {
                unanswered(trial, &[&format!("{method} ")])?;
                unanswered(trial, &[&format!("{method} ARCHIVO:a:a")])
            })
        },
    )
    .twin(shortest),
    Case::must(
        "detection.web-cut",
        &["detection.web"],
        "A web opening that comes in two pieces is closed unanswered",
        |trial| {
            unanswered(trial, &["PO", "ST / HTTP/1.1\r\n\r\n"])?;
            unanswered(trial, &["GET", " / HTTP/1.1\r\n\r\n"])
        },
    )
    .whole_only(CUTS_ITSELF)
    .twin(shortest),
    Case::must(
        "detection.tls-opening",
        &["detection.tls-opening"],
        "A TLS opening is closed unanswered where the port speaks no TLS",
        |trial| {
            let hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
            let mut peer = trial.connect()?;
            peer.send(hello)?;
            let closed = peer.expect_closed_unanswered();
            match peer.unread() {
                echo if hello.starts_with(echo) => closed,
                [0x15 | 0x16, 0x03, ..] => Err(Departure::not_applicable("the port speaks TLS")),
                _ => closed,
            }
        },
    )
    .twin(shortest),
    Case::must(
        "detection.other",
        &["detection.other"],
        "Octets that can become no framed opening are closed unanswered",
        |trial| {
            needs_no_plain(trial)?;
            ["hola\n", "CONEXION 1", "CONEXIOn/1 CLIENT\n", "\n", "C\0", "ARCHIVO:a:a", "\u{1}"]
                .iter()
                .try_for_each(|other| unanswered(trial, &[other]))
        },
    )
    .twin(shortest),
    Case::must(
        "detection.other-cut",
        &["detection.other", "detection.silence"],
        "The octet that can become no framed opening decides, even after good ones",
        |trial| {
            needs_no_plain(trial)?;
            let (mut middle, mut last) = (trial.connect_plain()?, trial.connect_plain()?);
            middle.deliver("CONEX")?;
            last.deliver("CONEXION")?;
            middle.expect_silence()?;
            middle.deliver("!")?;
            middle.expect_closed_unanswered()?;
            last.deliver(" /1 CLIENT\n")?;
            last.expect_closed_unanswered()
        },
    )
    .twin(shortest),
    Case::must(
        "detection.other-end",
        &["detection.silence"],
        "A stream that ends in the middle of a framed opening has no answer without plain",
        |trial| {
            needs_no_plain(trial)?;
            let mut peer = trial.connect_plain()?;
            peer.deliver("CONEXION")?;
            peer.shut_down();
            peer.expect_closed_unanswered()
        },
    )
    .twin(shortest),
    Case::must(
        "detection.empty",
        &["detection.silence"],
        "A stream that ends without an octet has no answer",
        |trial| {
            let mut peer = trial.connect_plain()?;
            peer.shut_down();
            peer.expect_closed_unanswered()
        },
    )
    .twin(shortest),
    Case::must(
        "detection.plain",
        &["detection.plain", "plain.echo"],
        "What almost is an opening is plain, from its first octet on",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            let texts = [
                "get / HTTP",
                " GET /",
                "CONEXION:1",
                "Conexion/1 CLIENT\n",
                "PUTA ",
                "\u{16}\u{2}",
            ];
            texts.iter().try_for_each(|text| trial.connect_plain()?.exchange(text))
        },
    ),
    Case::must(
        "detection.plain-method",
        &["detection.plain", "detection.web"],
        "A method without SP is text",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            METHODS.iter().try_for_each(|method| {
                trial.connect_plain()?.exchange(format!("{method}/"))?;
                trial.connect_plain()?.exchange(format!("{method}\t/ HTTP/1.1"))
            })
        },
    ),
    Case::must(
        "detection.plain-stays",
        &["detection.plain", "plain.echo"],
        "On a plain connection a later opening is text",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            let mut peer = trial.connect_plain()?;
            peer.exchange("hola")?;
            peer.exchange(SHORTEST_LINE)?;
            peer.exchange("GET / HTTP/1.1\r\n\r\n")?;
            peer.exchange(b"\x16\x03\x01")?;
            peer.exchange(octets::bye())
        },
    ),
    Case::must(
        "detection.prefix",
        &["detection.prefix", "detection.silence"],
        "A proper prefix of an opening waits for the prefix timer and is then plain",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            let span = trial.timer(Timer::Prefix)?;
            let preface = trial.span(Timer::Preface);
            if preface <= span {
                let reason = format!("its preface timer, {preface:?}, ends before the prefix's");
                return Err(Departure::not_applicable(reason));
            }
            let mut waiting = Vec::new();
            for prefix in PREFIXES {
                let mut peer = trial.connect_plain()?;
                let sent = Instant::now();
                peer.deliver(prefix)?;
                waiting.push((peer, prefix, sent));
            }
            let look = Instant::now() + span.mul_f64(0.8);
            for (peer, prefix, sent) in &mut waiting {
                if peer.comes_before(look) && sent.elapsed() < span.mul_f64(0.95) {
                    let (after, prefix) = (sent.elapsed(), prefix.escape_ascii());
                    let seen = format!("{} after {after:?} of `{prefix}`", peer.what_came());
                    return Err(Departure::fail(format!("no octet before {span:?}"), seen));
                }
            }
            waiting.iter_mut().try_for_each(|(peer, prefix, _)| {
                peer.expect_echo(prefix)?;
                peer.exchange("hola")
            })
        },
    )
    .slow(),
    Case::must(
        "detection.prefix-opening",
        &["detection.web", "detection.prefix"],
        "A prefix that waits may still become a web opening",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            let mut peer = trial.connect_plain()?;
            peer.deliver("GE")?;
            peer.expect_silence()?;
            peer.deliver("T / HTTP/1.1\r\n")?;
            peer.expect_closed_unanswered()
        },
    )
    .twin(|trial| {
        let mut peer = trial.connect_plain()?;
        peer.deliver("GE")?;
        peer.expect_silence()?;
        peer.deliver("Tx")?;
        peer.expect_echo("GETx")
    }),
    Case::must(
        "detection.prefix-text",
        &["detection.plain", "plain.echo"],
        "A prefix and the octet that rules its opening out are echoed together",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            for (prefix, rest) in
                [("CONEX", "O"), ("\u{16}", "\u{4}"), ("OPTION", "AL"), ("P", "?")]
            {
                let mut peer = trial.connect_plain()?;
                let pieces = [prefix.as_bytes(), rest.as_bytes()];
                peer.deliver_apart(&pieces, trial.between_reads())?;
                peer.expect_echo(format!("{prefix}{rest}"))?;
            }
            Ok(())
        },
    ),
    Case::must(
        "detection.prefix-end",
        &["detection.plain", "plain.echo"],
        "A prefix after which the stream ends is a text where plain is spoken",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            for prefix in PREFIXES {
                let mut peer = trial.connect_plain()?;
                peer.deliver(prefix)?;
                peer.shut_down();
                peer.expect_echo(prefix)?;
                peer.expect_closed_unanswered()?;
            }
            Ok(())
        },
    ),
];

/// Closed without an octet, although it came in these pieces, each read alone by a server
/// that reads in time.
fn unanswered(trial: &mut Trial<'_>, opening: &[&str]) -> Outcome {
    let mut peer = trial.connect()?;
    for (number, piece) in opening.iter().enumerate() {
        // A server that speaks no plain may know by the first.
        if number > 0 && peer.comes_within(trial.between_reads()) {
            break;
        }
        peer.send(piece)?;
    }
    peer.expect_closed_unanswered().map_err(|departure| {
        let seen = format!("{} after `{}`", departure.seen, opening.concat().escape_debug());
        Departure { seen, ..departure }
    })
}

fn needs_no_plain(trial: &Trial<'_>) -> Outcome {
    match trial.plain() {
        Plain::Off => Ok(()),
        Plain::Text | Plain::All => Err(Departure::not_applicable("the server speaks plain")),
    }
}
