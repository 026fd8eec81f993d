//! Chapter 6.2: destinations and sources. Their files have no octets, which every server
//! can store.

use std::fs;

use super::file::refused;
use super::{prove_idle, store, stored};
use crate::conformance::octets::RawFile;
use crate::conformance::{Answer, Case, Departure, Outcome, Trial, Upload, Verdict};

pub(super) const CASES: &[Case] = &[
    Case::must("path.length", &["path.length"], "0 and 1025 octets are refused with 210", |t| {
        let long = t.long_destination(1025);
        // As many octets in fewer characters.
        let wide = t.destination(&vec!["ñ".repeat(127); 4].join("/"));
        destinations(t, [b"".as_slice(), long.as_bytes(), wide.as_bytes()])?;
        // The shortest FILE that there is, of 14 octets.
        let shortest =
            RawFile { source: Vec::new(), destination: Vec::new(), ..t.upload("", 0)?.raw() };
        refused(t, 210, [shortest])
    })
    .twin(|trial| stored(trial, "short", 0)),
    Case::must(
        "path.length-longest",
        &["path.length", "path.capacity", "publish.folders"],
        "A destination of 1024 octets is stored",
        |trial| storable(trial, trial.long_destination(1024)),
    ),
    Case::must(
        "path.utf8",
        &["path.utf8"],
        "A destination that is not UTF-8 is refused with 210",
        |trial| {
            let ends: [&[u8]; 6] =
                [b"\x80", b"\xC3", b"\xC0\xAF", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"a\xFFb"];
            below_folder(trial, ends)
        },
    )
    .twin(|trial| stored(trial, "ñ/日本/𝄞", 0)),
    Case::must(
        "path.empty-component",
        &["path.empty-component", "path.inside-root"],
        "An empty component is refused with 210, wherever it stands",
        |trial| {
            below_folder(trial, [b"".as_slice(), b"/x", b"x/", b"x//y", b"//"])?;
            destinations(trial, [b"/".as_slice(), b"/etc/conform", b"//x"])
        },
    )
    .twin(|trial| stored(trial, "x/y", 0)),
    Case::must(
        "path.dot-component",
        &["path.dot-component", "path.inside-root"],
        "A component `.` or `..` is refused with 210, wherever it stands",
        |trial| {
            below_folder(
                trial,
                [b"..".as_slice(), b".", b"../x", b"./x", b"a/../b", b"a/./b", b"a/.."],
            )?;
            destinations(trial, [b".".as_slice(), b"..", b"../conform", b"./conform", b"../../x"])
        },
    )
    .twin(|trial| stored(trial, "a/b", 0)),
    Case::must(
        "path.dots-in-names",
        &["path.dot-component", "path.exact"],
        "A component that only begins or ends with dots is a name like others",
        |trial| {
            ["...", ".x", "..x", "x.", "x..", "a.b", "a/.../b"].iter().try_for_each(|name| {
                kept_like(trial, trial.destination(name), trial.destination("letters"))
            })
        },
    ),
    Case::must(
        "path.component-length",
        &["path.component-length"],
        "A component of 256 octets is refused with 210, also where it has fewer characters",
        |trial| {
            let ascii = "c".repeat(256);
            let wide = "ñ".repeat(128);
            let folder = format!("{ascii}/x");
            below_folder(trial, [ascii.as_bytes(), wide.as_bytes(), folder.as_bytes()])
        },
    )
    .twin(|trial| stored(trial, "short/x", 0)),
    Case::must(
        "path.component-longest",
        &["path.component-length", "path.capacity"],
        "A component of 255 octets is stored",
        |trial| {
            let longest = trial.destination(&"c".repeat(255));
            storable(trial, longest)
        },
    ),
    Case::must(
        "path.characters",
        &["path.characters"],
        "Each excluded character is refused with 210",
        |trial| {
            let excluded = ('\0'..='\u{1F}').chain('\u{7F}'..='\u{9F}').chain(['\\', ':']);
            let names: Vec<String> = excluded.map(|character| format!("a{character}b")).collect();
            below_folder(trial, names.iter().map(String::as_bytes))
        },
    )
    .twin(|trial| stored(trial, "a b", 0)),
    Case::must(
        "path.characters-neighbours",
        &["path.exact"],
        "Characters beside the excluded ones are kept",
        |trial| {
            let names = [" ", "~", "\u{A0}", "[a]", "9;", "e\u{301}", "<a>", "a*?", "\"a\"", "a|b"];
            names.iter().try_for_each(|name| {
                kept_like(trial, trial.destination(name), trial.destination("letters"))
            })
        },
    ),
    Case::must(
        "path.reserved",
        &["path.reserved"],
        "The first component `.conexion` is refused with 210 in any case of letters",
        |trial| {
            destinations(
                trial,
                [
                    b".conexion".as_slice(),
                    b".conexion/conform",
                    b".CONEXION/conform",
                    b".Conexion/a/b",
                    b".conexioN",
                ],
            )
        },
    )
    .twin(|trial| stored(trial, ".conexion/x", 0)),
    Case::must(
        "path.reserved-below",
        &["path.reserved", "path.exact"],
        "A component `.conexion` that is not the first, and a first one that goes on, are kept",
        |trial| {
            let folder = trial.destination("x");
            let mut peer = trial.open()?;
            for destination in [trial.destination(".conexion/x"), format!(".conexion-{folder}")] {
                store(&mut peer, &Upload { destination, ..trial.upload("below", 0)? })?;
            }
            peer.finish()
        },
    ),
    Case::must(
        "path.exact",
        &["path.exact", "path.other-name"],
        "Names that differ in case or in their normal form are different files",
        |trial| {
            let names = ["case", "CASE", "\u{E9}", "e\u{301}", "A", "%41", "a b", "a+b", "a%20b"];
            let more = ["x", " x", "x ", ".x", "x.", "a-b", "a_b", "a", "b/a", "b-a", "b_a"];
            names.iter().chain(&more).try_for_each(|name| kept(trial, trial.destination(name)))
        },
    ),
    Case::must(
        "path.ordinary",
        &["path.exact", "path.characters", "path.dot-component"],
        "Names that every file system keeps are stored",
        |trial| {
            let names = [
                "a",
                "a.b",
                "a..b",
                ".a",
                "..a",
                "-a",
                "_",
                "~a",
                "#a",
                "$a",
                "%a",
                "&a",
                "'a'",
                "(a)",
                "+a",
                ",a",
                ";a",
                "=a",
                "@a",
                "[a]",
                "^a",
                "`a",
                "{a}",
                "!a",
                "a b",
                " a",
                "%2e%2e",
                "ñandú",
                "日本",
                "\u{A0}a",
                "\u{1F600}",
                "b/c/d/e/f/g/h",
            ];
            let mut peer = trial.open()?;
            for name in names {
                let upload = trial.upload(&format!("ordinary/{name}"), 0)?;
                peer.send(upload.all())?;
                match peer.next("CONTINUE with offset 0")? {
                    Answer::Continue(crate::wire::ResumePoint::START) => {
                        peer.expect_stored(&upload)?;
                    }
                    other => {
                        let seen = format!("{other} to `{name}`");
                        return Err(Departure::fail("CONTINUE with offset 0", seen));
                    }
                }
            }
            peer.finish()
        },
    ),
    Case::must(
        "path.file-as-folder",
        &["path.file-as-folder"],
        "A destination below a file is refused with 210, even with OVERWRITE",
        |trial| {
            stored(trial, "file", 0)?;
            below_folder(trial, [b"file/x".as_slice(), b"file/x/y"])?;
            let below = RawFile { flags: 0x01, ..trial.upload("file/x", 0)?.raw() };
            refused(trial, 210, [below])
        },
    )
    .twin(|trial| stored(trial, "folder/x", 0)),
    Case::must(
        "path.source",
        &["path.source", "frame.payload-layout"],
        "A source of more than 1024 octets or not in UTF-8 is refused with 210",
        |trial| {
            let good = trial.upload("source", 0)?.raw();
            let long = [1025, 1500].map(|len| vec![b's'; len]);
            let broken = [b"\xFF".to_vec(), b"a\xC0\xAF".to_vec(), b"\xED\xA0\x80".to_vec()];
            let sources = long.into_iter().chain(broken);
            refused(trial, 210, sources.map(|source| RawFile { source, ..good.clone() }))
        },
    )
    .twin(|trial| stored(trial, "source", 0)),
    Case::must(
        "path.source-informational",
        &["path.source-informational", "path.source"],
        "A source may be empty, 1024 octets long, or any text that is no path",
        |trial| {
            let long = "s".repeat(1024);
            let sources =
                ["", long.as_str(), "..", "/etc/passwd", "C:\\x", "a\0b", ".conexion", "ñ"];
            let mut peer = trial.open()?;
            for (number, source) in sources.iter().enumerate() {
                let upload = trial.upload(&number.to_string(), 0)?;
                peer.send(RawFile { source: source.as_bytes().to_vec(), ..upload.raw() }.frame())?;
                peer.expect_start()?;
                peer.send(upload.end())?;
                peer.expect_stored(&upload)?;
            }
            peer.finish()
        },
    ),
];

/// These destinations, as they are, are refused with 210.
fn destinations<'a>(
    trial: &mut Trial<'_>,
    destinations: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let good = trial.upload("path", 0)?.raw();
    let spoilt = |destination: &[u8]| RawFile { destination: destination.to_vec(), ..good.clone() };
    refused(trial, 210, destinations.into_iter().map(spoilt))
}

/// These names, below the case's own folder, are refused with 210.
fn below_folder<'a>(trial: &mut Trial<'_>, names: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let folder = trial.destination("").into_bytes();
    let good = trial.upload("path", 0)?.raw();
    let names = names.into_iter().map(|name| [folder.as_slice(), name].concat());
    refused(trial, 210, names.map(|destination| RawFile { destination, ..good.clone() }))
}

/// A file is stored whose destination, or a component of it, is as long as any may be; a server that refuses it is
/// not able to (`path.capacity`), whatever its file system could.
fn storable(trial: &mut Trial<'_>, destination: String) -> Outcome {
    kept(trial, destination).map_err(|departure| match departure.verdict {
        Verdict::Info | Verdict::Fail if departure.seen.starts_with(REFUSED) => {
            Departure::weak("a destination as long as any may be to be stored", REFUSED)
        }
        _ => departure,
    })
}

/// A file under a name that the protocol allows is stored. A server that refuses it, but
/// stores one under a name much like it, is hardly excused by its file system.
fn kept_like(trial: &mut Trial<'_>, destination: String, like: String) -> Outcome {
    let like = Upload { destination: like, ..trial.upload("like", 0)? }.overwriting();
    kept(trial, destination).map_err(|departure| match departure.verdict {
        Verdict::Info if trial.open().is_ok_and(|mut peer| store(&mut peer, &like).is_ok()) => {
            Departure::weak(
                "a name to be kept that is much like another one",
                "ERROR 210, right only where the file system draws a line between the two",
            )
        }
        _ => departure,
    })
}

const REFUSED: &str = "refused with ERROR 210";

/// Whether the suite can make such a file in the server's root by itself, where it is known:
/// in a folder of its own, beside the names that the case has stored.
fn by_hand(trial: &Trial<'_>, destination: &str) -> bool {
    let Some(name) = destination.strip_prefix(&trial.destination("")) else { return false };
    let Ok(path) = trial.on_disk(&format!("by hand/{name}")) else { return false };
    let names = |folder| fs::read_dir(folder).into_iter().flatten().flatten();
    fs::write(&path, b"").is_ok()
        && path.parent().is_some_and(|folder| {
            names(folder).any(|entry| Some(entry.file_name().as_os_str()) == path.file_name())
        })
}

/// A file under a name that the protocol allows is stored, unless the server's file system
/// cannot keep the name, which `path.other-name` has it refuse with 210.
fn kept(trial: &mut Trial<'_>, destination: String) -> Outcome {
    let upload = Upload { destination, ..trial.upload("kept", 0)? };
    let mut peer = trial.open()?;
    peer.send(upload.all())?;
    match peer.next("CONTINUE, or ERROR 210 of the file system")? {
        Answer::Error(code, _) if code.number() == 210 => {
            if by_hand(trial, &upload.destination) {
                let seen = format!("{REFUSED}, although its file system keeps the name");
                return Err(Departure::fail(
                    format!("`{}` to be stored", upload.destination),
                    seen,
                ));
            }
            Err(Departure::info(format!(
                "{REFUSED}: right where the file system cannot keep the name (path.other-name)"
            )))
        }
        Answer::Continue(crate::wire::ResumePoint::START) => {
            peer.expect_stored(&upload)?;
            prove_idle(&mut peer)
        }
        other => Err(crate::conformance::answer::unexpected("CONTINUE with offset 0", &other)),
    }
}
