//! Every file of vectors is in the list. What the vectors cite: each id is of the
//! specification, and each requirement that octets decide is shown by a vector.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use conexion::session::state::{Answer, Oldest, State, Trigger};
use conexion::wire::FrameType;

use crate::files::{FILES, Named, all, folder, load, transcripts};
use crate::specification::requirements;
use crate::{client, server, wire};

/// Requirements of the framed profile that no vector can show, and why.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("preface.one-write", "how octets are handed over is not seen in them"),
    ("flow.one-at-a-time", "it binds a client that does not read while it writes"),
    ("flow.bounded-output", "it is about memory and reading"),
    ("flow.no-answer-dropped", "it is about a peer that does not read"),
    ("abort.source-failed", "it is about the client's files"),
    ("closing.procedure", "it is about the socket"),
    ("closing.last-word", "it is about the socket"),
    ("path.source-informational", "it is about the server's files"),
    ("path.source-base-name", "it is about the client's files"),
    ("path.capacity", "it is about the server's files"),
    ("path.inside-root", "it is about the server's files"),
    ("publish.whole", "it is about the server's files"),
    ("publish.before-stored", "it is about the server's files"),
    ("publish.folders", "it is about the server's files"),
    ("publish.folders-late", "it is about the server's files"),
    ("publish.durable", "it is about the server's files"),
    ("publish.nothing-on-failure", "it is about the server's files"),
    ("held.survives", "it is about the server's files"),
    ("held.dropped", "it is about the server's files"),
    ("held.bounded", "it is about the server's files"),
    ("held.complete-untouched", "it is about the server's files"),
    ("resume.hidden", "it is about the server's files"),
    ("held.which", "it is about the server's files"),
    ("preface.number-sent", "a value out of range cannot be built"),
    ("preface.text-enough", "it is about what the client means"),
    ("path.client-limit", "a longer name cannot be built"),
    ("text.shown-escaped", "it is about the client's screen"),
    ("takeover.own", "it is about what the client means"),
    ("resume.close-not-abort", "it is about what the client means"),
    ("takeover.wins", "it takes two connections"),
    ("error.not-carried-out", "it is about when the server ends"),
];

/// The requirements of chapters 3 to 7, by their first word.
const SHOWN_WORDS: [&str; 22] = [
    "preface",
    "frame",
    "conversation",
    "state",
    "answer",
    "outcome",
    "text",
    "flow",
    "abort",
    "bye",
    "eof",
    "closing",
    "file",
    "path",
    "data",
    "end",
    "publish",
    "held",
    "resume",
    "takeover",
    "error",
    "detection",
];

#[test]
fn every_file_of_the_folder_is_in_the_list() {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder()];
    while let Some(path) = folders.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path != folder().join("README.md") {
                found.insert(path.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert!(found.iter().eq(FILES.iter()), "{found:?}");
    let run: BTreeSet<_> = transcripts("client").chain(transcripts("server")).collect();
    let sessions: BTreeSet<_> =
        FILES.into_iter().filter(|file| file.starts_with("sessions/")).collect();
    assert_eq!(run, sessions, "every transcript is of one side");
}

#[test]
fn every_file_says_what_it_is_about() {
    for file in FILES {
        let loaded = load::<Named>(file);
        assert!(loaded.about.ends_with('.'), "{file}");
        let side =
            ["client", "server"].into_iter().find(|side| transcripts(side).any(|f| f == file));
        assert_eq!(loaded.side.as_deref(), side, "{file}");
    }
}

#[test]
fn every_id_is_unique_and_every_vector_has_a_note() {
    let mut seen = BTreeSet::new();
    for vector in all() {
        let plain = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
        assert!(
            vector.id.bytes().all(|octet| plain(octet) || b".-".contains(&octet)),
            "{}",
            vector.id
        );
        assert!(vector.note.ends_with('.'), "{} has no note", vector.id);
        assert!(seen.insert(vector.id.clone()), "{} is there twice", vector.id);
    }
}

#[test]
fn every_cited_requirement_is_in_the_specification() {
    let known: BTreeSet<_> = requirements().iter().map(|requirement| requirement.name).collect();
    for vector in all() {
        assert!(!vector.shows.is_empty(), "{} shows nothing", vector.id);
        for name in &vector.shows {
            assert!(known.contains(name.as_str()), "{} cites `{name}`", vector.id);
        }
        let distinct: BTreeSet<_> = vector.shows.iter().collect();
        assert_eq!(distinct.len(), vector.shows.len(), "{} cites a name twice", vector.id);
    }
}

#[test]
fn every_requirement_is_shown_or_has_a_reason_why_not() {
    let shown: BTreeSet<_> = all().into_iter().flat_map(|vector| vector.shows).collect();
    let reasons: BTreeMap<_, _> = NOT_SHOWN.iter().copied().collect();
    assert_eq!(reasons.len(), NOT_SHOWN.len(), "a reason is there twice");
    let names: Vec<_> = requirements()
        .iter()
        .map(|requirement| requirement.name)
        .filter(|name| name.split('.').next().is_some_and(|word| SHOWN_WORDS.contains(&word)))
        .filter(|name| !name.starts_with("detection.") || *name == "detection.framed")
        .collect();
    for name in &names {
        let (is_shown, reason) = (shown.contains(*name), reasons.get(name));
        assert!(is_shown || reason.is_some(), "no vector shows `{name}`");
        assert!(!(is_shown && reason.is_some()), "`{name}` is shown after all");
    }
    for name in reasons.keys() {
        assert!(names.contains(name), "no such requirement: `{name}`");
    }
}

#[test]
fn every_cell_of_the_servers_table_is_covered() {
    let covered = server::cells();
    for state in State::ROWS {
        for trigger in Trigger::COLUMNS {
            let column = trigger.to_string().to_lowercase().replace(' ', "-");
            let cell = format!("state.{state}.{column}");
            assert!(covered.contains(&cell), "{cell} has no vector");
        }
    }
    assert_eq!(covered.len(), 21);
}

#[test]
fn every_cell_of_the_clients_table_is_covered() {
    let covered = client::cells();
    for oldest in Oldest::ROWS {
        for answer in Answer::COLUMNS {
            let cell = format!("{oldest}/{answer}");
            assert!(covered.contains(&cell), "{cell} has no vector");
        }
    }
    assert_eq!(covered.len(), 49);
}

#[test]
fn every_frame_type_is_decoded_by_a_vector() {
    let covered = wire::decoded_types();
    for frame in FrameType::ALL {
        assert!(covered.contains(&frame.octet()), "no vector decodes {frame}");
    }
}
