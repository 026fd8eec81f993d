//! Chapter 10.1, headers: where the destination ends, and what is refused.

use std::time::{Duration, Instant};

use super::plain::{
    AFTER, File, MARK, State, Watch, attempts, expect_file, expect_nothing, header, needs_uploads,
    ordinary, refusable, refuses, stores, stores_each, upload, uploaded,
};
use crate::conformance::{Case, Departure, Outcome, Timer, Trial, Upload};
use crate::wire::Destination;

const ONE: &[&str] = &["plain.destination-one", "plain.upload"];
const NONE: &[&str] = &["plain.destination-none", "plain.upload"];
const ELSE: &[&str] = &["plain.destination-else", "plain.refusal"];

pub(super) const CASES: &[Case] = &[
    Case::must(
        "plain.destination-one",
        ONE,
        "With one place where the source's extension ends the destination ends there",
        |trial| {
            stores_each(
                trial,
                &[("a.txt", "b.txt", b"hola"), ("carta.md", "sub/dir/otra carta.md", b"\n# hola")],
            )
        },
    ),
    Case::must(
        "plain.destination-one-cut",
        ONE,
        "A header whose destination comes with a later delivery ends at the same place",
        |trial| {
            attempts(trial, |trial, attempt| {
                needs_uploads(trial)?;
                let destination = trial.destination(&format!("{attempt}.txt"));
                let octets = upload("a.txt", &destination, b"hola");
                let (first, rest) = octets.split_at("ARCHIVO:a.txt:".len());
                let mut peer = trial.connect_plain()?;
                peer.deliver_apart(&[first, rest], trial.between_reads())?;
                peer.expect_echo(AFTER)?;
                expect_file(trial, &destination, b"hola")
            })
        },
    ),
    Case::must(
        "plain.destination-one-whole-header",
        ONE,
        "One such place is the end although the delivery goes on, and what follows is the file",
        |trial| {
            stores_each(
                trial,
                &[
                    ("a.txt", "b.txt", b"un:os octetos\\ con \x00 y \x7F"),
                    ("a.txt", "c.txt", b"\xFF.txt\xFE.txt"),
                    ("a.txt", "d.txt", b"\n.txt"),
                ],
            )
        },
    ),
    Case::must("plain.key-none", ONE, "A source without extension gives its whole name", |trial| {
        stores(trial, "Makefile", "copia/Makefile", b": all\n")
    }),
    Case::must(
        "plain.key-dot",
        ONE,
        "A leading dot is no extension: the name is the key",
        |trial| {
            stores_each(
                trial,
                &[
                    (".perfil", "copia.rc/.perfil", b"hola"),
                    (".perfil.rc", "otra/.perfil2.rc", b"hola"),
                ],
            )
        },
    ),
    Case::must("plain.key-last", ONE, "The extension begins at the last dot", |trial| {
        stores_each(trial, &[("a.tar.gz", "b.tar.xz.gz", b"hola"), ("a.b.c", "a.b.b.c", b".b")])
    }),
    Case::must(
        "plain.key-component",
        ONE,
        "The key is taken from the source's last component, after its last `/` or `\\`",
        |trial| {
            stores_each(
                trial,
                &[
                    ("/home/a.dir/b.txt", "a.dir/b.txt", b"hola"),
                    ("D\\a.dir\\c.txt", "a.dir/c.txt", b"hola"),
                    ("x/y.z\\nota", "d.z/nota", b"hola"),
                    ("x\\y.z/nota", "e.z/nota", b"hola"),
                    ("a.txt/nota", "f.txt/nota", b"hola"),
                ],
            )
        },
    ),
    Case::must("plain.key-characters", ONE, "A key is compared octet for octet", |trial| {
        stores_each(trial, &[("a.€uro", "b.€URO.€uro", b"hola"), ("a.TXT", "b.txt.TXT", b".txt")])
    }),
    Case::must(
        "plain.candidate-folder",
        ONE,
        "A place that `/` follows is no candidate",
        |trial| stores_each(trial, &[("a.d", "b.d/c.d", b"hola"), ("nota", "nota/nota", b"hola")]),
    ),
    Case::must(
        "plain.candidate-folder-alone",
        ELSE,
        "A header whose only candidate is followed by `/` has none, and is refused",
        |trial| {
            let destination = trial.destination("b.d/c");
            refuses(trial, &[refusable("a.d", &destination, b"\nhola")])
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.destination-none",
        NONE,
        "Without a candidate the destination ends where the header's delivery ended",
        |trial| at_first_ends(trial, &[("a.txt", "b", b"hola")]),
    )
    .slow(),
    Case::must(
        "plain.destination-none-empty-key",
        NONE,
        "An empty source, and one that ends with `/`, have no candidate",
        |trial| at_first_ends(trial, &[("", "b.txt", b".txt"), ("a/", "c.txt", b"hola")]),
    )
    .slow(),
    Case::must(
        "plain.destination-several",
        &["plain.destination-several", "plain.upload"],
        "Of several candidates the one where the header's delivery ended is chosen",
        |trial| {
            at_first_ends(
                trial,
                &[
                    ("a.txt", "b.txt.txt", b".txt"),
                    ("a", "banana", b"na"),
                    // Its candidates overlap.
                    ("aa", "baaa", b"aa"),
                ],
            )
        },
    )
    .slow(),
    Case::must(
        "plain.destination-else-none",
        ELSE,
        "A header without a candidate and with octets behind it is refused",
        |trial| {
            let destination = trial.destination("b");
            let deliveries = [
                refusable("a.txt", &destination, b"\nhola"),
                upload("a.txt", &destination, b"\nhola"),
                upload("a.txt", &destination, b""),
                refusable("", &destination, b"\nhola"),
            ];
            refuses(trial, &deliveries)?;
            expect_nothing(trial, &destination)
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.destination-else-several",
        ELSE,
        "A header with several candidates, none of them the end of its delivery, is refused",
        |trial| {
            let destination = trial.destination("b.txt");
            let deliveries = [
                refusable("a.txt", &destination, b".txt"),
                refusable("a.txt", &destination, b"hola.txt"),
                upload("a.txt", &destination, b"hola.txt"),
                // Its delivery ends where it could, but where no candidate is.
                header("a.txt", &destination, b"hola.txt y"),
            ];
            refuses(trial, &deliveries)?;
            expect_nothing(trial, &destination)
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.destination-else-path",
        &["plain.destination-else", "path.dot-component"],
        "A destination that a rule of paths excludes is refused",
        |trial| {
            let folder = trial.destination("");
            let names = ["../b.txt", "./b.txt", "/b.txt", "sub//b.txt", "sub/../b.txt"];
            let mut refused = names.map(|name| format!("{folder}{name}")).to_vec();
            let outside = ["/b.txt", "../b.txt", ".conexion/b.txt", ".CONEXION/b.txt"];
            refused.extend(outside.map(str::to_owned));
            let deliveries = refused.iter().map(|name| refusable("a.txt", name, b"hola"));
            refuses(trial, &deliveries.collect::<Vec<_>>())?;
            refuses(trial, &[refusable(".", ".", b""), upload(".", ".", b"\nhola")])
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.destination-else-component",
        &["plain.destination-else", "path.component-length"],
        "A destination with a component of 256 octets is refused",
        |trial| {
            let name = trial.destination(&format!("{}.txt", "x".repeat(252)));
            refuses(trial, &[refusable("a.txt", &name, b"hola")])
        },
    )
    .twin(|trial| stores(trial, "a.txt", &format!("{}.txt", "x".repeat(251)), b"hola")),
    Case::must(
        "plain.window-longest",
        &["plain.destination-one", "path.length"],
        "A destination of 1024 octets is found whole",
        longest,
    ),
    Case::must(
        "plain.window-edge",
        ELSE,
        "Of two candidates one may end with the 1024th octet: there are several then",
        |trial| {
            let (early, octets) = two_candidates(trial, Destination::MAX_LEN);
            refuses(trial, &[refusable("a.txt", &early, &octets)])
        },
    )
    .twin(beyond_window),
    Case::must(
        "plain.window-beyond",
        &["plain.destination-one", "path.length"],
        "A place that ends with the 1025th octet is no candidate",
        beyond_window,
    ),
    Case::must("plain.window-mark", ELSE, "A candidate behind a mark is none", |trial| {
        let destination = trial.destination("b");
        let rest = [MARK, b".txt".as_slice(), MARK, AFTER].concat();
        let whole = [&rest, b"\n".as_slice(), &[b'x'; 1024]].concat();
        let headers = [rest, whole].map(|rest| header("a.txt", &destination, &rest));
        refuses(trial, &headers)
    })
    .twin(ordinary),
    Case::must(
        "plain.window-characters",
        ELSE,
        "A candidate behind a character that no path may hold is none",
        |trial| {
            let excluded = ["\n", "\0", "\u{1F}", "\u{7F}", "\u{80}", "\u{9F}", ":", "\\"];
            let deliveries = excluded.map(|excluded| {
                let destination = trial.destination(&format!("b{excluded}c.txt"));
                refusable("a.txt", &destination, b"hola")
            });
            refuses(trial, &deliveries)
        },
    )
    .twin(|trial| stores(trial, "a.txt", "b\u{A0}c ;+=[].txt", b"hola")),
    Case::must(
        "plain.window-stops",
        ONE,
        "At a character that no path may hold the search ends: behind it there is no candidate",
        |trial| {
            stores_each(
                trial,
                &[
                    ("a.txt", "1.txt", b"\nc.txt"),
                    ("a.txt", "2.txt", b"\0c.txt"),
                    ("a.txt", "3.txt", b"\x1Fc.txt"),
                    ("a.txt", "4.txt", b"\x7Fc.txt"),
                ],
            )?;
            stores_each(
                trial,
                &[
                    ("a.txt", "5.txt", "\u{80}c.txt".as_bytes()),
                    ("a.txt", "6.txt", "\u{9F}c.txt".as_bytes()),
                    ("a.txt", "7.txt", b":c.txt"),
                    ("a.txt", "8.txt", b"\\c.txt"),
                ],
            )
        },
    ),
    Case::must(
        "plain.window-utf8",
        ELSE,
        "A candidate behind octets that are not UTF-8 is none",
        |trial| {
            let bad = [b"\xFF".as_slice(), b"\xC3", b"\xED\xA0\x80"];
            let destination = trial.destination("b");
            let deliveries =
                bad.map(|bad| refusable("a.txt", &destination, &[bad, b".txthola"].concat()));
            refuses(trial, &deliveries)
        },
    )
    .twin(|trial| stores(trial, "a.txt", "b€𝄞.txt", b"hola")),
    Case::must("plain.overwrite", &["plain.upload"], "An upload replaces a file", |trial| {
        needs_uploads(trial)?;
        let (_, destination) = Watch::over_file(trial, "old.txt")?;
        let mut peer = trial.connect_plain()?;
        uploaded(&mut peer, "a.txt", &destination, b"newer")?;
        expect_file(trial, &destination, b"newer")?;
        uploaded(&mut peer, "a.txt", &destination, b"the newest")?;
        expect_file(trial, &destination, b"the newest")?;
        uploaded(&mut peer, "a.txt", &destination, b"last")?;
        expect_file(trial, &destination, b"last")
    }),
    Case::must(
        "plain.folders",
        &["plain.upload", "publish.folders"],
        "An upload makes the folders that its destination lacks",
        |trial| stores(trial, "a.txt", "one/two/three/a.txt", b"hola"),
    ),
    Case::must(
        "plain.over-folder",
        &["plain.upload", "plain.refusal", "file.exists-folder"],
        "An upload to a folder, or below a file, is closed unanswered",
        |trial| {
            stores(trial, "a.txt", "sub/a.txt", b"hola")?;
            let (folder, below) = (trial.destination("sub"), trial.destination("sub/a.txt/b.txt"));
            let deliveries =
                [refusable("sub", &folder, b"\nhola"), refusable("b.txt", &below, b"hola")];
            refuses(trial, &deliveries)
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.busy",
        &["plain.upload", "file.busy"],
        "An upload to a destination that is open on another connection is closed unanswered",
        |trial| {
            needs_uploads(trial)?;
            let framed = trial.upload("busy.txt", 5)?;
            let mut other = trial.open()?;
            other.send([framed.file(), framed.data(0..3)].concat())?;
            other.expect_start()?;
            refuses(trial, &[refusable("a.txt", &framed.destination, b"hola")])?;
            other.send([framed.data_from(3), framed.end()].concat())?;
            other.expect_stored(&framed)?;
            other.finish()
        },
    )
    .twin(ordinary),
    Case::must(
        "plain.open",
        &["plain.upload", "file.busy"],
        "The destination of an upload that has begun is open for others",
        |trial| {
            needs_uploads(trial)?;
            let (mut watch, destination) = Watch::over_file(trial, "b.txt")?;
            let mut peer = trial.connect_plain()?;
            peer.deliver(header("a.txt", &destination, b""))?;
            watch.wait_for(State::Open, &mut peer)?;
            peer.deliver([b"hola", MARK, AFTER].concat())?;
            peer.expect_echo(AFTER)?;
            expect_file(trial, &destination, b"hola")
        },
    )
    .slow(),
];

/// Each header alone is a delivery; what comes after it was judged at quiet is the file.
fn at_first_ends(trial: &mut Trial<'_>, files: &[File<'_>]) -> Outcome {
    needs_uploads(trial)?;
    let mut begun = Vec::new();
    for (source, name, octets) in files {
        // The file that is there lets the destination be watched without being opened.
        let (watch, destination) = Watch::over_file(trial, name)?;
        let mut peer = trial.connect_plain()?;
        peer.deliver(header(source, &destination, b""))?;
        begun.push((watch, peer, destination, octets));
    }
    // Each watch has its turn, so that its connection is not idle for long.
    let over = Instant::now() + trial.span(Timer::Quiet) + Duration::from_secs(1);
    let mut hidden: Vec<_> = begun.iter_mut().collect();
    while !hidden.is_empty() && Instant::now() < over {
        let mut still = Vec::new();
        for waiting in hidden {
            if !waiting.0.has_opened(&mut waiting.1)? {
                still.push(waiting);
            }
        }
        hidden = still;
    }
    for (_, peer, destination, octets) in &mut begun {
        peer.deliver([octets, MARK, AFTER].concat())?;
        peer.expect_echo(AFTER)?;
        expect_file(trial, destination, octets)?;
    }
    Ok(())
}

/// A server need not be able to keep so long a name: then it refuses it framed too.
fn longest(trial: &mut Trial<'_>) -> Outcome {
    needs_uploads(trial)?;
    let destination = long_destination(trial, Destination::MAX_LEN);
    let framed = Upload::new(destination.clone(), b"framed".to_vec());
    let mut peer = trial.open()?;
    peer.send(framed.all())?;
    if peer.expect_start().and_then(|()| peer.expect_stored(&framed)).is_err() {
        let reason = "the server cannot store a destination of 1024 octets";
        return Err(Departure::not_applicable(reason));
    }
    let mut peer = trial.connect_plain()?;
    // The octet behind it tells that no `/` follows.
    uploaded(&mut peer, "a.txt", &destination, b"hola")?;
    expect_file(trial, &destination, b"hola")
}

/// A destination that ends with the source's extension, and octets that do too, `len`
/// octets after the destination's first.
fn two_candidates(trial: &Trial<'_>, len: usize) -> (String, Vec<u8>) {
    let early = trial.destination("b.txt");
    let mut octets = vec![b'x'; len - early.len() - 4];
    octets.extend_from_slice(b".txt");
    (early, octets)
}

fn beyond_window(trial: &mut Trial<'_>) -> Outcome {
    let (_, octets) = two_candidates(trial, Destination::MAX_LEN + 1);
    stores(trial, "a.txt", "b.txt", &octets)
}

fn long_destination(trial: &Trial<'_>, len: usize) -> String {
    let mut destination = trial.long_destination(len);
    destination.replace_range(len - 4.., ".txt");
    destination
}
