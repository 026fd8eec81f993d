//! Chapter 3: the line.

use std::time::Duration;

use super::{CUTS_ITSELF, shortest};
use crate::conformance::trial::SHORTEST_LINE;
use crate::conformance::{Case, Departure, Outcome, Trial, octets};
use crate::wire::{FileSize, Limits, PayloadLimit};

const MALFORMED: &[&str] = &["preface.grammar", "preface.malformed-client"];
const NUMBER: &[&str] = &["preface.number-form", "preface.malformed-client"];

pub(super) const CASES: &[Case] = &[
    Case::must(
        "preface.shortest",
        &["preface.server-answers", "preface.length", "preface.version-chosen"],
        "The shortest line is answered with a line of version 1",
        shortest,
    ),
    Case::must(
        "preface.version-highest",
        &["preface.version-chosen"],
        "A client of version 999 is answered with a version that the server speaks",
        |trial| {
            let highest = version_chosen(trial, b"CONEXION/999 CLIENT\n")?;
            let below = version_chosen(trial, b"CONEXION/998 CLIENT\n")?;
            let two = version_chosen(trial, b"CONEXION/2 CLIENT\n")?;
            // One that spoke all of them would have come a long way.
            if two > 2 || below > 998 || (highest, below) == (999, 998) {
                let seen = format!("{highest} to 999, {below} to 998, {two} to 2");
                return Err(Departure::fail("the highest version that it speaks", seen));
            }
            Ok(())
        },
    ),
    Case::must(
        "preface.number-sent",
        &["preface.number-sent"],
        "The numbers in the server's line are within their ranges",
        |trial| {
            let mut peer = trial.open()?;
            // Below its range, or in another form, a number is malformed to begin with.
            for (key, most) in [
                ("chunk", PayloadLimit::MOST.octets().into()),
                ("text", PayloadLimit::MOST.octets().into()),
                ("file", FileSize::MOST.octets()),
            ] {
                let stated = peer.stated(key).unwrap_or_default().to_owned();
                if stated.parse::<u64>().map_or(!stated.is_empty(), |number| number > most) {
                    let expected = format!("`{key}` of at most {most}");
                    return Err(Departure::fail(expected, format!("`{key}={stated}`")));
                }
            }
            peer.finish()
        },
    ),
    Case::must(
        "preface.early-octets",
        &["preface.early-octets"],
        "Frames that come together with the line are answered",
        |trial| {
            let mut peer = trial.connect()?;
            peer.send([SHORTEST_LINE, &octets::text("early"), &octets::bye()].concat())?;
            peer.expect_line()?;
            peer.expect_text_answer()?;
            peer.expect_bye()
        },
    ),
    Case::must(
        "preface.judged-when",
        &["preface.judged-when", "preface.server-answers"],
        "A good line is not answered before its LF",
        |trial| {
            let mut peer = trial.connect()?;
            peer.send(b"CONEXION/1 CLIENT")?;
            peer.expect_silence()?;
            peer.send(b"\n")?;
            peer.expect_line().map(drop)
        },
    ),
    Case::must(
        "preface.judged-when-malformed",
        &["preface.judged-when", "preface.malformed-client"],
        "A line that cannot become good is not refused before its LF",
        |trial| {
            let mut longest = line_of(511);
            longest[510] = b' ';
            let bad: [&[u8]; 5] = [
                b"CONEXION/x",
                b"CONEXION/1 CLIENT\r",
                b"CONEXION/1 client ",
                b"CONEXION/1 CLIENT text=1  text=1",
                &longest,
            ];
            // All of them are watched for the same time.
            let mut wait = trial.silence();
            let mut peers = Vec::new();
            for line in bad {
                let mut peer = trial.connect()?;
                peer.send(line)?;
                peers.push((peer, line));
            }
            for (mut peer, line) in peers {
                let judged = peer.pause_for(wait).and_then(|()| {
                    peer.send(b"\n")?;
                    peer.expect_line()?;
                    peer.expect_error(100)
                });
                judged.map_err(|departure| {
                    let seen = format!("{} after `{}`", departure.seen, line.escape_ascii());
                    Departure { seen, ..departure }
                })?;
                wait = Duration::from_millis(1);
            }
            Ok(())
        },
    )
    .twin(shortest),
    Case::must(
        "preface.octet-by-octet",
        &["frame.split-invariance", "preface.server-answers"],
        "A line that comes octet by octet is answered",
        |trial| {
            let mut peer = trial.connect()?;
            peer.send_octet_by_octet();
            peer.send(SHORTEST_LINE)?;
            peer.expect_line()?;
            peer.finish()
        },
    )
    .whole_only(CUTS_ITSELF),
    Case::must(
        "preface.cut-off",
        &["preface.cut-off"],
        "A line that end of stream cuts off is closed unanswered",
        |trial| {
            let mut peer = trial.connect()?;
            peer.send(b"CONEXION/1 CLI")?;
            peer.shut_down();
            peer.expect_closed_unanswered()
        },
    )
    .twin(|trial| {
        let mut peer = trial.connect()?;
        peer.send(SHORTEST_LINE)?;
        peer.shut_down();
        peer.expect_line()?;
        peer.expect_closed()
    }),
    Case::must(
        "preface.longest",
        &["preface.too-long", "preface.length"],
        "A line of 512 octets with its LF is answered",
        |trial| well_formed(trial, &line_of(512)),
    ),
    Case::must(
        "preface.too-long",
        &["preface.too-long", "preface.judged-when", "preface.malformed-client"],
        "512 octets without an LF are malformed, and 511 are not judged yet",
        |trial| {
            let line = line_of(513);
            let mut peer = trial.connect()?;
            peer.send(&line[..511])?;
            peer.expect_silence()?;
            peer.send(&line[511..512])?;
            peer.expect_line()?;
            peer.expect_error(100).map(drop)
        },
    )
    .twin(|trial| well_formed(trial, &line_of(512))),
    Case::must("preface.grammar-cr", MALFORMED, "A CR before the LF is malformed", |trial| {
        malformed(trial, b"CONEXION/1 CLIENT\r\n")
    })
    .twin(shortest),
    Case::must("preface.grammar-two-spaces", MALFORMED, "Two SP in a row are malformed", |trial| {
        malformed(trial, b"CONEXION/1  CLIENT\n")?;
        malformed(trial, b"CONEXION/1 CLIENT  agent=a\n")
    })
    .twin(|trial| well_formed(trial, b"CONEXION/1 CLIENT agent=a\n")),
    Case::must("preface.grammar-last-space", MALFORMED, "An SP before the LF is malformed", |t| {
        malformed(t, b"CONEXION/1 CLIENT \n")
    })
    .twin(shortest),
    Case::must("preface.grammar-tab", MALFORMED, "A tab for an SP is malformed", |trial| {
        malformed(trial, b"CONEXION/1\tCLIENT\n")
    })
    .twin(shortest),
    Case::must("preface.grammar-side", MALFORMED, "The server's word is malformed", |trial| {
        malformed(trial, b"CONEXION/1 SERVER\n")
    })
    .twin(shortest),
    Case::must("preface.grammar-case", MALFORMED, "A lower-case side is malformed", |trial| {
        malformed(trial, b"CONEXION/1 client\n")
    })
    .twin(shortest),
    Case::must("preface.grammar-no-side", MALFORMED, "A line without a side is malformed", |t| {
        ["CONEXION/1\n", "CONEXION/1 \n", "CONEXION/1 CLIENTS\n"]
            .iter()
            .try_for_each(|line| malformed(t, line.as_bytes()))
    })
    .twin(shortest),
    Case::must(
        "preface.grammar-version",
        MALFORMED,
        "A version that is not 1 to 999 without a leading zero is malformed",
        |trial| {
            ["0", "01", "1000", "", "-1", "+1", "1.0", "x", "18446744073709551617"]
                .iter()
                .try_for_each(|v| malformed(trial, format!("CONEXION/{v} CLIENT\n").as_bytes()))
        },
    )
    .twin(|trial| well_formed(trial, b"CONEXION/10 CLIENT\n")),
    Case::must(
        "preface.grammar-param",
        MALFORMED,
        "A parameter that is not key=value in its characters is malformed",
        |trial| {
            ["agent", "agent=", "=a", "Agent=a", "a1=a", "a_b=a", "agent=\u{f1}", "agent=\u{7f}"]
                .iter()
                .try_for_each(|p| malformed(trial, format!("CONEXION/1 CLIENT {p}\n").as_bytes()))
        },
    )
    .twin(|trial| well_formed(trial, b"CONEXION/1 CLIENT agent=a\n")),
    Case::must("preface.grammar-nul", MALFORMED, "A NUL in a value is malformed", |trial| {
        malformed(trial, b"CONEXION/1 CLIENT agent=a\0b\n")
    })
    .twin(|trial| well_formed(trial, b"CONEXION/1 CLIENT agent=ab\n")),
    Case::must(
        "preface.repeated-key",
        &["preface.repeated-key", "preface.malformed-client"],
        "A key that comes twice is malformed, known or not",
        |trial| {
            ["text=2000 text=2000", "x=1 x=2", "chunk=1 a=b chunk=1", "agent=a agent=b"]
                .iter()
                .try_for_each(|p| malformed(trial, format!("CONEXION/1 CLIENT {p}\n").as_bytes()))
        },
    )
    .twin(|trial| well_formed(trial, b"CONEXION/1 CLIENT text=2000 x=1 xx=2 agent=a\n")),
    Case::must(
        "preface.unknown-key",
        &["preface.unknown-key"],
        "An unknown key, and a key of the server's, are ignored whatever their values say",
        |trial| {
            ["x-y=1", "-=~", "a=b=c=", "chunk=0", "chunk=all", "file=none", "chunk=01 file=+2 z=3"]
                .iter()
                .try_for_each(|p| well_formed(trial, format!("CONEXION/1 CLIENT {p}\n").as_bytes()))
        },
    ),
    Case::must(
        "preface.number-form",
        NUMBER,
        "A `text` that is not 1 to 20 digits without a leading zero is malformed",
        |trial| {
            [
                "01024",
                "+1024",
                "-1024",
                "0x800",
                "1e4",
                "1024.",
                "2k",
                "00",
                "100000000000000000000",
            ]
            .iter()
            .try_for_each(|n| malformed(trial, format!("CONEXION/1 CLIENT text={n}\n").as_bytes()))
        },
    )
    .twin(|trial| well_formed(trial, b"CONEXION/1 CLIENT text=1024\n")),
    Case::must(
        "preface.number-below",
        &["preface.number-below", "preface.malformed-client"],
        "A `text` below 1024 is malformed",
        |trial| {
            malformed(trial, b"CONEXION/1 CLIENT text=1023\n")?;
            malformed(trial, b"CONEXION/1 CLIENT text=0\n")
        },
    )
    .twin(|trial| well_formed(trial, b"CONEXION/1 CLIENT text=1024\n")),
    Case::must(
        "preface.number-least",
        &["preface.number-below", "preface.number-form", "preface.server-answers"],
        "A `text` of 1024, the bottom of its range, is taken",
        |trial| well_formed(trial, b"CONEXION/1 CLIENT text=1024\n"),
    ),
    Case::must(
        "preface.number-above",
        &["preface.number-above"],
        "A `text` above its range is taken for the top of the range, up to twenty digits",
        |trial| {
            let above = ["1048577", "4294967296", "18446744073709551616", "99999999999999999999"];
            above.iter().try_for_each(|number| {
                let line = format!("CONEXION/1 CLIENT text={number}\n");
                let mut peer = trial.open_with(line.as_bytes())?;
                peer.set_text_limit(PayloadLimit::MOST);
                // A number that wrapped around would refuse this reply with 201.
                let len = trial.limits().text.octets().min(2048);
                let text = "a".repeat(usize::try_from(len).unwrap_or(1024));
                peer.send(octets::text(&text))?;
                match peer.expect_text_answer()? {
                    crate::conformance::Answer::Error(code, _) if code.number() == 201 => {
                        let expected = format!("a reply of {len} octets to fit");
                        Err(Departure::fail(expected, "ERROR 201, reply too large"))
                    }
                    _ => peer.finish(),
                }
            })
        },
    ),
    Case::should(
        "preface.agent",
        &["preface.agent"],
        "The value of `agent` changes nothing",
        |trial| {
            let mut seen: Option<Limits> = None;
            for agent in ["conexion/1", "Mozilla/5.0", "~!\"#$%&'()*+,;<=>?@[]^_`{|}"] {
                let mut peer = trial.connect()?;
                peer.send(format!("CONEXION/1 CLIENT agent={agent}\n"))?;
                let limits = peer.expect_line()?.limits;
                peer.finish()?;
                if *seen.get_or_insert(limits) != limits {
                    let seen = format!("others with agent={agent}");
                    return Err(Departure::weak("the same limits for every agent", seen));
                }
            }
            Ok(())
        },
    ),
];

/// The server's line, ERROR 100, and the end.
fn malformed(trial: &mut Trial<'_>, line: &[u8]) -> Outcome {
    let mut peer = trial.connect()?;
    peer.send(line)?;
    peer.expect_line().and_then(|_| peer.expect_error(100)).map(drop).map_err(|departure| {
        let seen = format!("{} after `{}`", departure.seen, line.escape_ascii());
        Departure { seen, ..departure }
    })
}

/// The server's line, and then frames as ever.
fn well_formed(trial: &mut Trial<'_>, line: &[u8]) -> Outcome {
    version_chosen(trial, line).map(drop)
}

/// The version in the line that answers this one, which is well-formed.
fn version_chosen(trial: &mut Trial<'_>, line: &[u8]) -> Outcome<u16> {
    let mut peer = trial.connect()?;
    peer.send(line)?;
    let version = peer.expect_line()?.version.number();
    // A later version may have other frames, but none of its own can say so.
    let after = if version == 1 { peer.finish() } else { peer.expect_silence() };
    after.map(|()| version)
}

/// A well-formed line of so many octets, LF included.
fn line_of(len: usize) -> Vec<u8> {
    let start = b"CONEXION/1 CLIENT agent=";
    let mut line = start.to_vec();
    line.resize(len - 1, b'a');
    line.push(b'\n');
    line
}
