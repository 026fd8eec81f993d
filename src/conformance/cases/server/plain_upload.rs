//! Chapter 10.1, the octets of an upload: where the file ends.

use std::ops::Range;

use super::plain::{
    AFTER, MARK, State, Watch, attempts, expect_file, expect_files, expect_nothing, header,
    needs_uploads, ordinary, refusable, stores, stores_each, upload, uploaded,
};
use crate::conformance::octets;
use crate::conformance::{Case, Departure, Outcome, Plain, Timer, Trial};
use crate::wire::FileSize;

/// Largest upload that a case makes to go past a limit that the server states.
const AFFORDABLE: u64 = 16 << 20;

const QUIET: &[&str] = &["plain.end-at-quiet", "plain.upload"];
const DATA: &[&str] = &["plain.mark-is-data", "plain.end-at-quiet"];

pub(super) const CASES: &[Case] = &[
    Case::must("plain.upload", QUIET, "What is between header and mark is the file", |trial| {
        stores(trial, "a.txt", "a.txt", b"hola")
    }),
    Case::must("plain.upload-empty", QUIET, "A file of no octets is stored", |trial| {
        stores(trial, "a.txt", "a.txt", b"")
    }),
    Case::must("plain.upload-octets", QUIET, "Every octet of a file is kept", |trial| {
        let all: Vec<u8> = (0..=255).collect();
        stores(trial, "a.bin", "a.bin", &all)
    }),
    Case::must("plain.upload-large", QUIET, "A file of 300 KiB is stored", |trial| {
        trial.needs_room(300 * 1024)?;
        stores(trial, "a.bin", "a.bin", &octets::content(300 * 1024))
    }),
    Case::must(
        "plain.upload-blocks",
        QUIET,
        "A file that comes in many writes is stored",
        |trial| {
            needs_uploads(trial)?;
            trial.needs_room(10_000)?;
            let destination = trial.destination("a.bin");
            let octets = octets::content(10_000);
            // The first block is long enough for the header to be judged without quiet.
            let whole = upload("a.bin", &destination, &octets);
            let (first, rest) = whole.split_at(1500);
            let mut peer = trial.connect_plain()?;
            peer.deliver(first)?;
            rest.chunks(100).try_for_each(|block| peer.deliver(block))?;
            peer.expect_echo(AFTER)?;
            expect_file(trial, &destination, &octets)
        },
    ),
    Case::must(
        "plain.uploads",
        QUIET,
        "Texts and uploads follow each other on one connection",
        |trial| {
            needs_uploads(trial)?;
            let mut peer = trial.connect_plain()?;
            for name in ["one", "two"] {
                peer.exchange("before")?;
                let destination = trial.destination(&format!("{name}.txt"));
                uploaded(&mut peer, "a.txt", &destination, name.as_bytes())?;
                expect_file(trial, &destination, name.as_bytes())?;
            }
            peer.exchange("hola")
        },
    ),
    Case::must(
        "plain.end-at-quiet",
        QUIET,
        "A mark with nothing behind it ends the upload at quiet, and the next text is echoed",
        |trial| {
            needs_uploads(trial)?;
            let (mut watch, destination) = Watch::over_file(trial, "a.txt")?;
            let mut peer = trial.connect_plain()?;
            peer.deliver(header("a.txt", &destination, b""))?;
            watch.await_quiet(trial, &mut peer)?;
            peer.deliver([b"hola", MARK].concat())?;
            watch.wait_for(State::File, &mut peer)?;
            peer.exchange("hola")?;
            expect_file(trial, &destination, b"hola")
        },
    )
    .slow(),
    Case::must(
        "plain.tail-longest",
        QUIET,
        "A tail of 1024 octets is echoed after the end",
        |trial| tail(trial, &"t".repeat(1024)),
    ),
    Case::must(
        "plain.tail-characters",
        QUIET,
        "A tail of many kinds of characters is echoed octet for octet",
        |trial| tail(trial, "ñ€𝄞\0\u{7F}\r\n:/\\ FIN_ARCHIV"),
    ),
    Case::must(
        "plain.tail-prefix",
        &["plain.end-at-quiet", "plain.prefix"],
        "A tail that is a prefix of a header's opening is echoed after the end",
        |trial| tail(trial, "ARCHIVO"),
    ),
    Case::must(
        "plain.tail-too-long",
        DATA,
        "A mark with 1025 octets behind it belongs to the file",
        |trial| not_the_end(trial, &[MARK, &[b't'; 1025]].concat(), true),
    ),
    Case::must(
        "plain.tail-not-utf8",
        DATA,
        "A mark with octets behind it that are not UTF-8 belongs to the file",
        |trial| not_the_end(trial, &[MARK, b"t\xFFt"].concat(), true),
    ),
    Case::must(
        "plain.tail-cut-character",
        &["plain.end-at-quiet", "plain.mark-is-data"],
        "A tail that is cut inside a character ends nothing until the character is whole",
        |trial| {
            needs_uploads(trial)?;
            let destination = trial.destination("a.txt");
            let mut peer = trial.connect_plain()?;
            peer.deliver(header("a.txt", &destination, &[b"hola", MARK, b"\xC3"].concat()))?;
            let span = trial.timer(Timer::Quiet)?;
            peer.expect_silence_for(span + span / 2)?;
            peer.deliver(b"\xB1")?;
            peer.expect_echo("ñ")?;
            expect_file(trial, &destination, b"hola")
        },
    ),
    Case::must("plain.marks-two", DATA, "Of two marks the last ends the upload", |trial| {
        not_the_end(trial, &[MARK, b"more"].concat(), false)
    }),
    Case::must(
        "plain.marks-adjacent",
        DATA,
        "Of two adjacent marks the last is the end",
        |trial| {
            stores_each(trial, &[("a.txt", "a.txt", MARK), ("b.txt", "b.txt", &MARK.repeat(5))])
        },
    ),
    Case::must(
        "plain.mark-beginning",
        QUIET,
        "The beginning of a mark before a mark belongs to the file",
        |trial| {
            stores_each(
                trial,
                &[
                    ("a.txt", "1.txt", b"FIN_ARCH"),
                    ("a.txt", "2.txt", b"F"),
                    ("a.txt", "3.txt", b"FIN_"),
                    ("a.txt", "4.txt", b"FIN_ARCHIV"),
                    ("a.txt", "5.txt", b"fin_archivoFIN ARCHIVO"),
                ],
            )
        },
    ),
    Case::must("plain.mark-cut", QUIET, "A mark that comes in two pieces is one", |trial| {
        needs_uploads(trial)?;
        // Half of the cuts at a time: a server need not take many connections.
        [1..6, 6..MARK.len()].into_iter().try_for_each(|cuts| marks_cut(trial, cuts))
    }),
    Case::must(
        "plain.mark-is-data",
        DATA,
        "A mark whose tail grows past what can be a text belongs to the file",
        |trial| {
            needs_uploads(trial)?;
            let destination = trial.destination("a.txt");
            let octets = [b"hola".as_slice(), MARK, &[b'x'; 3000]].concat();
            let whole = upload("a.txt", &destination, &octets);
            let (first, rest) = whole.split_at(whole.len() - 2000);
            let mut peer = trial.connect_plain()?;
            peer.deliver(first)?;
            peer.deliver(rest)?;
            peer.expect_echo(AFTER)?;
            expect_file(trial, &destination, &octets)
        },
    ),
    Case::must(
        "plain.mark-awaits-quiet",
        DATA,
        "A mark that nothing follows is the end at quiet and not before",
        |trial| {
            attempts(trial, |trial, attempt| {
                needs_uploads(trial)?;
                let destination = trial.destination(&format!("{attempt}.txt"));
                // Long enough for the header to be judged without quiet.
                let octets = [&[b'x'; 1500], MARK, b"t\xFFt"].concat();
                let whole = upload("a.txt", &destination, &octets);
                let (first, rest) = whole.split_at(whole.len() - (3 + MARK.len() + AFTER.len()));
                let mut peer = trial.connect_plain()?;
                peer.deliver_apart(&[first, rest], trial.between_reads())?;
                peer.expect_echo(AFTER)?;
                expect_file(trial, &destination, &octets)
            })
        },
    ),
    Case::must(
        "plain.end-at-header",
        &["plain.end-at-header", "plain.upload"],
        "A mark with a header behind it ends the upload, and the header begins the next",
        |trial| {
            needs_uploads(trial)?;
            let (one, two) = (trial.destination("one.txt"), trial.destination("two.txt"));
            let first = header("a.txt", &one, &[b"uno", MARK].concat());
            let mut peer = trial.connect_plain()?;
            peer.deliver([first, upload("a.txt", &two, b"dos")].concat())?;
            peer.expect_echo(AFTER)?;
            expect_file(trial, &one, b"uno")?;
            expect_file(trial, &two, b"dos")
        },
    ),
    Case::must(
        "plain.end-at-header-at-once",
        &["plain.end-at-header", "plain.header-not"],
        "A mark with the opening of a header behind it ends the upload without quiet",
        |trial| {
            trial.needs_plain(Plain::All)?;
            let destination = trial.destination("a.txt");
            let mut peer = trial.connect_plain()?;
            let rest = [b"hola", MARK, b"ARCHIVO:"].concat();
            peer.deliver(header("a.txt", &destination, &rest))?;
            peer.shut_down();
            peer.expect_echo("ARCHIVO:")?;
            peer.expect_closed_unanswered()?;
            expect_file(trial, &destination, b"hola")
        },
    ),
    Case::must(
        "plain.end-at-header-refused",
        &["plain.end-at-header", "plain.destination-else"],
        "An upload is stored although the header behind its mark is refused",
        |trial| {
            needs_uploads(trial)?;
            let destination = trial.destination("a.txt");
            let first = header("a.txt", &destination, &[b"hola", MARK].concat());
            let mut peer = trial.connect_plain()?;
            peer.deliver([first, refusable("b.txt", "../b.txt", b"")].concat())?;
            peer.expect_closed_unanswered()?;
            expect_file(trial, &destination, b"hola")
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.end-at-eof",
        &["plain.end-at-eof", "plain.upload"],
        "At the end of the stream a mark with nothing behind it ends the upload",
        |trial| {
            stores_at_end(trial, "a.txt", b"hola")?;
            stores_at_end(trial, "empty.txt", b"")?;
            stores_at_end(trial, "marks.txt", &MARK.repeat(2))
        },
    ),
    Case::must(
        "plain.unfinished",
        &["plain.unfinished"],
        "An upload without a mark is not stored when the stream ends",
        |trial| {
            for octets in [b"hola".as_slice(), b"", b"holaFIN_ARCHIV", b"hola\nFIN_ARCHIVx"] {
                unfinished(trial, octets)?;
            }
            Ok(())
        },
    )
    .twin(|trial| stores_at_end(trial, "a.txt", b"hola")),
    Case::must(
        "plain.unfinished-data",
        &["plain.unfinished", "plain.mark-is-data"],
        "An upload whose mark is data is not stored when the stream ends",
        |trial| {
            unfinished(trial, &[MARK, &[b't'; 1025]].concat())?;
            unfinished(trial, &[MARK, b"t\xFF"].concat())
        },
    )
    .twin(|trial| stores_at_end(trial, "a.txt", b"hola")),
    Case::must(
        "plain.unfinished-tail",
        &["plain.unfinished", "plain.end-at-eof"],
        "An upload whose mark, a text and the end of the stream come together is not stored",
        |trial| {
            attempts(trial, |trial, attempt| {
                needs_uploads(trial)?;
                let destination = trial.destination(&format!("{attempt}.txt"));
                let mut peer = trial.connect_plain()?;
                peer.deliver(upload("a.txt", &destination, b"hola"))?;
                peer.shut_down();
                let closed = peer.expect_closed_unanswered();
                if closed.is_err() && peer.expect_echo(AFTER).is_ok() {
                    // Quiet came first: then it is right, and the file is there.
                    expect_file(trial, &destination, b"hola")?;
                }
                closed?;
                expect_nothing(trial, &destination)
            })
        },
    )
    .twin(|trial| stores_at_end(trial, "a.txt", b"hola")),
    Case::must(
        "plain.unfinished-old",
        &["plain.unfinished", "publish.nothing-on-failure"],
        "An upload that does not end leaves the file that it would have replaced",
        |trial| {
            needs_uploads(trial)?;
            let (mut watch, destination) = Watch::over_file(trial, "a.txt")?;
            let mut peer = trial.connect_plain()?;
            peer.deliver(header("a.txt", &destination, b""))?;
            watch.await_quiet(trial, &mut peer)?;
            peer.deliver(octets::content(2000))?;
            peer.shut_down();
            peer.expect_closed_unanswered()?;
            expect_file(trial, &destination, &octets::content(5))
        },
    )
    .slow(),
    Case::must(
        "plain.file-limit",
        &["plain.upload", "plain.refusal", "data.past-limit"],
        "An upload past the server's `file` is closed unanswered, and not stored",
        |trial| {
            needs_uploads(trial)?;
            let limit = trial.limits().file.map_or(u64::MAX, FileSize::octets);
            if limit > AFFORDABLE {
                let reason = "the server's `file` is too much to go past";
                return Err(Departure::not_applicable(reason));
            }
            let len = usize::try_from(limit).unwrap_or_default();
            let destination = trial.destination("a.bin");
            let mut peer = trial.connect_plain()?;
            peer.deliver(header("a.bin", &destination, &vec![0; len + 1]))?;
            peer.expect_closed_unanswered()?;
            expect_nothing(trial, &destination)
        },
    )
    .twin(ordinary),
];

/// Uploads side by side, each with its mark cut so many octets before its end.
fn marks_cut(trial: &mut Trial<'_>, cuts: Range<usize>) -> Outcome {
    // Long enough for the header to be judged without quiet.
    let file = [b'x'; 1500];
    let mut begun = Vec::new();
    for cut in cuts {
        let destination = trial.destination(&format!("{cut}.txt"));
        let octets = upload("a.txt", &destination, &file);
        let (first, rest) = octets.split_at(octets.len() - AFTER.len() - cut);
        let mut peer = trial.connect_plain()?;
        peer.deliver(first)?;
        begun.push((peer, rest.to_vec(), destination));
    }
    // A server that reads in time has read this; if quiet has come, too, no harm is done.
    std::thread::sleep(trial.between_reads());
    begun.iter_mut().try_for_each(|(peer, rest, _)| peer.deliver(rest))?;
    begun.iter_mut().try_for_each(|(peer, ..)| peer.expect_echo(AFTER))?;
    let files: Vec<_> = begun.drain(..).map(|(_, _, name)| (name, file.as_slice())).collect();
    expect_files(trial, &files)
}

/// An upload with this text behind its mark, which is echoed at quiet.
fn tail(trial: &mut Trial<'_>, text: &str) -> Outcome {
    needs_uploads(trial)?;
    let destination = trial.destination("a.txt");
    let octets = header("a.txt", &destination, &[b"hola", MARK, text.as_bytes()].concat());
    let mut peer = trial.connect_plain()?;
    peer.deliver(octets)?;
    peer.expect_echo(text)?;
    peer.exchange("hola")?;
    expect_file(trial, &destination, b"hola")
}

/// An upload that these octets do not end, even if quiet comes after them: they are followed
/// by a mark that does.
fn not_the_end(trial: &mut Trial<'_>, octets: &[u8], quiet: bool) -> Outcome {
    let octets = [b"hola", octets].concat();
    if !quiet {
        return stores(trial, "a.txt", "a.txt", &octets);
    }
    needs_uploads(trial)?;
    let destination = trial.destination("a.txt");
    let mut peer = trial.connect_plain()?;
    peer.deliver(header("a.txt", &destination, &octets))?;
    let span = trial.timer(Timer::Quiet)?;
    peer.expect_silence_for(span + span / 2)?;
    peer.deliver([MARK, AFTER].concat())?;
    peer.expect_echo(AFTER)?;
    expect_file(trial, &destination, &octets)
}

/// An upload whose mark is the last of the stream: no octet comes, and the file is there.
fn stores_at_end(trial: &mut Trial<'_>, name: &str, octets: &[u8]) -> Outcome {
    trial.needs_plain(Plain::All)?;
    let destination = trial.destination(name);
    let mut peer = trial.connect_plain()?;
    peer.deliver(header("a.txt", &destination, &[octets, MARK].concat()))?;
    peer.shut_down();
    peer.expect_closed_unanswered()?;
    expect_file(trial, &destination, octets)
}

/// An upload that has these octets and no end: no octet comes, and no file.
fn unfinished(trial: &mut Trial<'_>, octets: &[u8]) -> Outcome {
    trial.needs_plain(Plain::All)?;
    let destination = trial.destination("unfinished.txt");
    let mut peer = trial.connect_plain()?;
    peer.deliver(header("a.txt", &destination, octets))?;
    peer.shut_down();
    peer.expect_closed_unanswered()?;
    expect_nothing(trial, &destination)
}
