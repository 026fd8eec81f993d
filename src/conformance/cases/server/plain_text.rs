//! Chapter 10.1, texts: echoes, and what looks like a header and is none.

use std::time::{Duration, Instant};

use super::plain::{
    AFTER, attempts, expect_file, header, needs_quiet, ordinary, refusable, refuses, stores, upload,
};
use crate::conformance::{Case, Departure, Outcome, Plain, Trial, octets};

const OPENING: &str = "ARCHIVO:";

pub(super) const CASES: &[Case] = &[
    Case::must("plain.echo", ECHO, "A text is echoed octet for octet", |trial| {
        echoed(trial, &["hola", "¿qué tal?\n", "a", "\r\n", " ", "R\0\0\0\u{4}"])
    }),
    Case::must("plain.echo-octets", ECHO, "Every octet is echoed as it is", |trial| {
        let all: Vec<u8> = (0..=255).collect();
        echoed(trial, &[all])
    }),
    Case::must("plain.echo-not-utf8", ECHO, "A text that is not UTF-8 is echoed", |trial| {
        echoed(trial, &[b"\xFF\xFE".as_slice(), b"caf\xE9", b"\xC3", b"\x80"])
    }),
    Case::must("plain.echo-long", ECHO, "Texts of 1024 octets and more are echoed", |trial| {
        echoed(trial, &[long(1024), long(4096), long(1025)])
    }),
    Case::must("plain.echo-mark", ECHO, "The mark of an end is text where none is open", |t| {
        echoed(t, &["FIN_ARCHIVO", "FIN_ARCHIVOFIN_ARCHIVO", "FIN_ARCHIVOARCHIVO:a:a"])
    }),
    Case::must(
        "plain.echo-opening-inside",
        ECHO,
        "An opening of a header that does not begin the delivery is text",
        |trial| echoed(trial, &["xARCHIVO:a:a", " ARCHIVO:a:a", "\nARCHIVO:", "AARCHIVO:a:a"]),
    ),
    Case::must("plain.echo-opening-case", ECHO, "The opening of a header is upper case", |trial| {
        echoed(trial, &["archivo:a:a", "Archivo:a:a", "ARCHIVO;a:a", "ARCHIVO a:a"])
    }),
    Case::must("plain.echo-each", ECHO, "Each of many texts has its echo", |trial| {
        let texts: Vec<_> = (0..50).map(|number| format!("text {number}")).collect();
        echoed(trial, &texts)
    }),
    Case::must(
        "plain.echo-end",
        ECHO,
        "A text is echoed although the stream ends after it, and then the server closes",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            at_end(trial, "hola")
        },
    ),
    Case::must(
        "plain.echo-unread",
        ECHO,
        "Echoes that are not read at once are all there later",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            let mut peer = trial.connect_plain()?;
            let text = long(1000);
            (0..40).try_for_each(|_| peer.deliver(&text))?;
            peer.expect_echo(text.repeat(40))
        },
    ),
    Case::must(
        "plain.prefix",
        &["plain.prefix"],
        "A proper prefix of a header's opening is echoed at quiet",
        |trial| {
            needs_quiet(trial)?;
            let quiet = trial.declared_quiet();
            let mut waiting = Vec::new();
            for len in 1..OPENING.len() {
                let mut peer = trial.connect_plain()?;
                let sent = Instant::now();
                peer.deliver(&OPENING[..len])?;
                waiting.push((peer, &OPENING[..len], sent));
            }
            for (peer, prefix, sent) in &mut waiting {
                peer.expect_echo(prefix)?;
                not_before(quiet, *sent)?;
                peer.exchange("hola")?;
            }
            Ok(())
        },
    ),
    Case::must(
        "plain.prefix-waits",
        &["plain.prefix"],
        "A prefix of a header's opening is not echoed before quiet",
        |trial| {
            needs_quiet(trial)?;
            let Some(quiet) = trial.declared_quiet() else {
                let reason = "its quiet timer is not declared, so that no echo is too early";
                return Err(Departure::not_applicable(reason));
            };
            let mut peer = trial.connect_plain()?;
            peer.exchange("hola")?;
            let sent = Instant::now();
            peer.deliver("ARCHIVO")?;
            peer.expect_echo("ARCHIVO")?;
            not_before(Some(quiet), sent)
        },
    ),
    Case::must(
        "plain.quiet-anew",
        &["plain.prefix"],
        "Every delivery starts the span of quiet anew",
        |trial| {
            needs_quiet(trial)?;
            let Some(quiet) = trial.declared_quiet() else {
                let reason = "its quiet timer is not declared, so that no echo is too early";
                return Err(Departure::not_applicable(reason));
            };
            // On a busy machine quiet may come between two of them.
            attempts(trial, |trial, _| {
                let mut peer = trial.connect_plain()?;
                let mut sent = Instant::now();
                for piece in ["AR", "CH", "IV"] {
                    if peer.comes_before(sent + quiet.mul_f64(0.6)) && piece != "AR" {
                        not_before(Some(quiet), sent)?;
                    }
                    sent = Instant::now();
                    peer.deliver(piece)?;
                }
                peer.expect_echo("ARCHIV")?;
                not_before(Some(quiet), sent)
            })
        },
    ),
    Case::must(
        "plain.prefix-joined",
        &["plain.prefix"],
        "A prefix that the next delivery makes no header is echoed with it, and nothing is lost",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            let pause = trial.between_reads();
            attempts(trial, |trial, _| {
                let mut peer = trial.connect_plain()?;
                for (prefix, rest) in
                    [("A", "y"), ("ARCH", "IVE"), ("ARCHIVO", ";a:a"), ("AR", "AR")]
                {
                    peer.deliver_apart(&[prefix.as_bytes(), rest.as_bytes()], pause)?;
                    peer.expect_echo(format!("{prefix}{rest}"))?;
                    peer.exchange("hola")?;
                }
                Ok(())
            })
        },
    ),
    Case::must(
        "plain.prefix-header",
        &["plain.prefix"],
        "A prefix that the next delivery makes a header is one",
        |trial| {
            trial.needs_plain(Plain::All)?;
            needs_quiet(trial)?;
            attempts(trial, |trial, attempt| {
                let destination = trial.destination(&format!("{attempt}.txt"));
                let octets = upload("a.txt", &destination, b"hola");
                let mut peer = trial.connect_plain()?;
                peer.deliver_apart(&[&octets[..5], &octets[5..]], trial.between_reads())?;
                peer.expect_echo(AFTER)?;
                expect_file(trial, &destination, b"hola")
            })
        },
    ),
    Case::must(
        "plain.prefix-end",
        &["plain.prefix"],
        "A prefix of a header's opening after which the stream ends is echoed",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            (1..OPENING.len()).try_for_each(|len| at_end(trial, &OPENING[..len]))
        },
    ),
    Case::must(
        "plain.header-not",
        &["plain.header-not"],
        "A header without a second colon by quiet is echoed as text, and texts go on",
        |trial| {
            trial.needs_plain(Plain::All)?;
            needs_quiet(trial)?;
            let texts = ["ARCHIVO:", "ARCHIVO:a.txt", "ARCHIVO:FIN_ARCHIVO"];
            let mut waiting = Vec::new();
            for text in texts {
                let mut peer = trial.connect_plain()?;
                peer.deliver(text)?;
                waiting.push(peer);
            }
            waiting.iter_mut().zip(texts).try_for_each(|(peer, text)| {
                peer.expect_echo(text)?;
                peer.exchange("hola")
            })
        },
    ),
    Case::must(
        "plain.header-not-end",
        &["plain.header-not"],
        "A header without a second colon at the end of the stream is echoed as text",
        |trial| {
            trial.needs_plain(Plain::All)?;
            at_end(trial, "ARCHIVO:")?;
            at_end(trial, "ARCHIVO:a.txt;b.txt")
        },
    ),
    Case::must(
        "plain.header-not-long",
        &["plain.header-not"],
        "A second colon that is the 1033rd octet is too late: all is echoed as text",
        |trial| {
            trial.needs_plain(Plain::All)?;
            let source = "s".repeat(1024);
            let mut peer = trial.connect_plain()?;
            peer.exchange(header(&source, "a", b"hola"))?;
            peer.exchange(format!("ARCHIVO:{}", "x".repeat(1500)))?;
            peer.exchange("hola")
        },
    )
    .twin(longest_source),
    Case::must(
        "plain.source-longest",
        &["plain.header-not", "plain.destination-one"],
        "A second colon that is the 1032nd octet ends the source",
        longest_source,
    ),
    Case::must(
        "plain.text-mode",
        &["plain.text-mode", "plain.refusal"],
        "Where texts only are offered a header is closed unanswered",
        |trial| {
            trial.needs_plain(Plain::Text)?;
            if trial.plain() == Plain::All {
                return Err(Departure::not_applicable("the server takes uploads in plain"));
            }
            let mut peer = trial.connect_plain()?;
            peer.deliver(upload("a.txt", &trial.destination("a.txt"), b"hola"))?;
            peer.expect_closed_unanswered()?;
            let mut peer = trial.connect_plain()?;
            peer.exchange("hola")?;
            peer.deliver("ARCHIVO:a.txt:a.txt")?;
            peer.expect_closed_unanswered()
        },
    )
    .twin(|trial| trial.connect_plain()?.exchange("hola")),
    Case::must(
        "plain.refusal",
        &["plain.refusal", "plain.destination-else"],
        "A refusal after texts is the end without a further octet",
        |trial| {
            trial.needs_plain(Plain::All)?;
            needs_quiet(trial)?;
            let mut peer = trial.connect_plain()?;
            peer.exchange("hola")?;
            peer.deliver(header("a.txt", "../a.txt", b""))?;
            peer.expect_closed_unanswered()
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.refusal-source",
        &["plain.destination-else", "path.source"],
        "A header whose source is not UTF-8 is closed unanswered",
        |trial| {
            let destination = trial.destination("a.txt");
            let mut octets = refusable("?.txt", &destination, b"hola");
            octets["ARCHIVO:".len()] = 0xFF;
            refuses(trial, &[octets])
        },
    )
    .twin(ordinary),
];

const ECHO: &[&str] = &["plain.echo"];

/// The longest source that a header can have.
fn longest_source(trial: &mut Trial<'_>) -> Outcome {
    let source = format!("{}.txt", "s".repeat(1019));
    stores(trial, &source, "a.txt", b"hola")
}

/// Each is echoed before the next is sent, all on one connection.
fn echoed<T: AsRef<[u8]>>(trial: &mut Trial<'_>, texts: &[T]) -> Outcome {
    trial.needs_plain(Plain::Text)?;
    let mut peer = trial.connect_plain()?;
    texts.iter().try_for_each(|text| peer.exchange(text))
}

/// A text after which the stream ends: its echo, and then the end.
fn at_end(trial: &mut Trial<'_>, text: &str) -> Outcome {
    let mut peer = trial.connect_plain()?;
    peer.deliver(text)?;
    peer.shut_down();
    peer.expect_echo(text)?;
    peer.expect_closed_unanswered()
}

/// So many octets of no special meaning.
fn long(len: usize) -> Vec<u8> {
    // Every opening begins with a capital letter, and the TLS one with 0x16.
    octets::content(len).into_iter().map(|octet| b'a' + octet % 26).collect()
}

/// Whether so long has passed, and what was seen is therefore not too early.
fn not_before(span: Option<Duration>, since: Instant) -> Outcome {
    let waited = since.elapsed();
    match span {
        Some(span) if waited < span.mul_f64(0.95) => {
            let expected = format!("nothing before quiet, which comes after {span:?}");
            Err(Departure::fail(expected, format!("the echo after {waited:?}")))
        }
        _ => Ok(()),
    }
}
