//! All cases, a file per chapter of the spec, and what their chapters share.

mod closing;
mod conversation;
mod errors;
mod file;
mod frames;
mod paths;
mod payloads;
mod preface;
mod resume;
mod states;
mod upload;

use super::octets::RawFile;
use super::{Case, Outcome, Peer, Trial, Upload};

/// The cases about a chapter.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// What the chapter is about.
    pub title: &'static str,
    /// Its cases, in the order of the text.
    pub cases: &'static [Case],
}

/// All chapters, in the order of the text.
pub const CHAPTERS: &[Chapter] = &[
    Chapter { title: "2, 3 Detection and preface", cases: preface::CASES },
    Chapter { title: "4.1 Headers", cases: frames::CASES },
    Chapter { title: "4.2 Payloads", cases: payloads::CASES },
    Chapter { title: "5.1 States", cases: states::CASES },
    Chapter { title: "5.2 to 5.5 Conversation", cases: conversation::CASES },
    Chapter { title: "5.6 Closing", cases: closing::CASES },
    Chapter { title: "6.1 The request", cases: file::CASES },
    Chapter { title: "6.2 Paths", cases: paths::CASES },
    Chapter { title: "6.3, 6.4 Octets and the end", cases: upload::CASES },
    Chapter { title: "6.5 Held octets and resume", cases: resume::CASES },
    Chapter { title: "7 Errors", cases: errors::CASES },
];

/// Every case, in the order of the text.
#[must_use]
pub fn registry() -> Vec<&'static Case> {
    CHAPTERS.iter().flat_map(|chapter| chapter.cases).collect()
}

/// The cases that these selectors name, in the order of the text; without a selector all.
///
/// A selector is the id of a case or its beginning up to a dot or a hyphen, or the id of a
/// requirement that a case cites.
///
/// # Errors
///
/// The first selector that names no case.
pub fn select<S: AsRef<str>>(selectors: &[S]) -> Result<Vec<&'static Case>, &str> {
    let idle = selectors.iter().map(AsRef::as_ref);
    let mut idle = idle.filter(|selector| !registry().iter().any(|case| names(selector, case)));
    if let Some(selector) = idle.next() {
        return Err(selector);
    }
    let wanted = |case: &&Case| {
        selectors.is_empty() || selectors.iter().any(|selector| names(selector.as_ref(), case))
    };
    Ok(registry().into_iter().filter(wanted).collect())
}

fn names(selector: &str, case: &Case) -> bool {
    let begins = match case.id.strip_prefix(selector) {
        Some(rest) => rest.is_empty() || rest.starts_with(['.', '-']) || selector.ends_with('.'),
        None => false,
    };
    !selector.is_empty() && (begins || case.requirements.contains(&selector))
}

/// A text and then BYE, each answered: what every healthy connection can do.
fn usable(trial: &mut Trial<'_>) -> Outcome {
    let mut peer = trial.open()?;
    peer.prove_usable()?;
    peer.finish()
}

/// A connection in `open`, and the upload that is open there.
fn open(trial: &mut Trial<'_>, len: usize) -> Outcome<(Peer, Upload)> {
    let upload = trial.upload("open", len)?;
    let mut peer = trial.open()?;
    peer.send(upload.file())?;
    peer.expect_start()?;
    Ok((peer, upload))
}

/// A connection in `discard`: its FILE had an undefined flag.
fn discard(trial: &mut Trial<'_>) -> Outcome<Peer> {
    let upload = trial.upload("discarded", 0)?;
    let mut peer = trial.open()?;
    peer.send(RawFile { flags: 0x80, ..upload.raw() }.frame())?;
    peer.expect_error(218)?;
    Ok(peer)
}

/// Proves `discard`, where END is skipped and leads to `idle`: END, then a text.
fn prove_discard(peer: &mut Peer) -> Outcome {
    peer.send(super::octets::end(0, &[0; 4]))?;
    peer.prove_usable()?;
    peer.finish()
}

/// Proves `idle`, where a DATA is unexpected.
fn prove_idle(peer: &mut Peer) -> Outcome {
    peer.send(super::octets::data(b"x"))?;
    peer.expect_error(104).map(drop)
}

/// Uploads all of it, eagerly, and sees it stored.
fn store(peer: &mut Peer, upload: &Upload) -> Outcome {
    peer.send(upload.all())?;
    peer.expect_start()?;
    peer.expect_stored(upload)
}

/// A file of so many octets, stored over a connection of its own.
fn stored(trial: &mut Trial<'_>, name: &str, len: usize) -> Outcome {
    let upload = trial.upload(name, len)?;
    let mut peer = trial.open()?;
    store(&mut peer, &upload)?;
    peer.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::conformance::{Level, Side, requirement};

    #[test]
    fn every_id_is_unique() {
        let ids: HashSet<_> = registry().iter().map(|case| case.id).collect();
        assert_eq!(ids.len(), registry().len());
    }

    #[test]
    fn every_citation_is_a_requirement_that_binds_servers() {
        for case in registry() {
            assert!(!case.requirements.is_empty(), "{} cites nothing", case.id);
            for id in case.requirements {
                let requirement = requirement(id);
                let requirement = requirement.unwrap_or_else(|| panic!("{}: no `{id}`", case.id));
                assert_ne!(requirement.side, Side::Client, "{}: `{id}`", case.id);
            }
        }
    }

    #[test]
    fn the_level_is_the_word_of_the_first_requirement() {
        for case in registry().iter().filter(|case| case.requirements[0] != "state.table") {
            let requirement = requirement(case.requirements[0]).expect("checked above");
            if requirement.parent.is_none() {
                let word = case.level.to_string();
                assert!(requirement.sentence.contains(&word), "{} is no {word}", case.id);
            } else {
                assert_eq!(case.level, Level::Must, "{}", case.id);
            }
        }
    }

    #[test]
    fn every_cell_of_the_table_of_states_has_its_case() {
        let cells = crate::conformance::requirements().iter();
        for cell in cells.filter(|requirement| requirement.parent == Some("state.table")) {
            assert!(registry().iter().any(|case| case.id == cell.id), "{}", cell.id);
        }
    }

    #[test]
    fn selectors_name_a_case_a_beginning_or_a_requirement() {
        let ids = |selector: &'static str| {
            select(&[selector]).map(|cases| cases.len()).map_err(str::to_owned)
        };
        assert_eq!(ids("state.idle.text"), Ok(1));
        assert_eq!(ids("state.idle"), Ok(7));
        assert_eq!(ids("state."), Ok(21));
        assert!(ids("preface.grammar").expect("a beginning") > 5);
        assert!(ids("held.none").expect("a requirement") > 0);
        assert_eq!(ids("state.id"), Err("state.id".to_owned()));
        assert_eq!(ids(""), Err(String::new()));
        assert_eq!(select::<&str>(&[]).map(|cases| cases.len()), Ok(registry().len()));
    }
}
