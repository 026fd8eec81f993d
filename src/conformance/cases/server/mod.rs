//! What servers are asked, a file per chapter of the spec, and what the chapters share.

mod closing;
mod conversation;
mod detection;
mod errors;
mod file;
mod frames;
mod in_the_way;
mod limits;
mod paths;
mod payloads;
mod plain;
mod plain_header;
mod plain_text;
mod plain_upload;
mod preface;
mod publication;
mod resume;
mod states;
mod timers;
mod unread;
mod upload;

use super::Chapter;
use crate::conformance::octets::{self, RawFile};
use crate::conformance::{Outcome, Peer, Trial, Upload};

/// The chapters that bind servers, in the order of the text.
pub(super) const CHAPTERS: &[Chapter] = &[
    Chapter { title: "2 Detection", cases: detection::CASES },
    Chapter { title: "3 Preface", cases: preface::CASES },
    Chapter { title: "4.1 Headers", cases: frames::CASES },
    Chapter { title: "4.2 Payloads", cases: payloads::CASES },
    Chapter { title: "5.1 States", cases: states::CASES },
    Chapter { title: "5.2 to 5.5 Conversation", cases: conversation::CASES },
    Chapter { title: "5.6 Closing", cases: closing::CASES },
    Chapter { title: "6.1 The request", cases: file::CASES },
    Chapter { title: "6.2 Paths", cases: paths::CASES },
    Chapter { title: "6.1, 6.2 On disk: what is in the way", cases: in_the_way::CASES },
    Chapter { title: "6.3, 6.4 Octets and the end", cases: upload::CASES },
    Chapter { title: "6.5 Held octets and resume", cases: resume::CASES },
    Chapter { title: "6.4, 6.5 On disk: publication", cases: publication::CASES },
    Chapter { title: "7 Errors", cases: errors::CASES },
    Chapter { title: "7 Limits", cases: limits::CASES },
    Chapter { title: "8 Timers", cases: timers::CASES },
    Chapter { title: "10.1 Plain: texts", cases: plain_text::CASES },
    Chapter { title: "10.1 Plain: headers", cases: plain_header::CASES },
    Chapter { title: "10.1 Plain: uploads", cases: plain_upload::CASES },
];

/// Why a case is put in the whole segmentation only.
const CUTS_ITSELF: &str = "it cuts what it sends by itself";

/// The shortest line and BYE, each answered: what the twin of a bad opening does.
fn shortest(trial: &mut Trial<'_>) -> Outcome {
    trial.open()?.finish()
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
    peer.send(octets::end(0, &[0; 4]))?;
    peer.prove_usable()?;
    peer.finish()
}

/// In `discard` this END or ABORT has no answer, as that of the text behind it shows, and leads
/// to `idle`.
fn skipped_to_idle(trial: &mut Trial<'_>, frame: &[u8]) -> Outcome {
    let mut peer = discard(trial)?;
    peer.send(frame)?;
    peer.prove_usable()?;
    peer.finish()?;
    let mut peer = discard(trial)?;
    peer.send(frame)?;
    prove_idle(&mut peer)
}

/// Proves `idle`, where a DATA is unexpected.
fn prove_idle(peer: &mut Peer) -> Outcome {
    peer.send(octets::data(b"x"))?;
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
    use crate::conformance::{registry, requirements};
    use crate::wire::Role;

    #[test]
    fn every_cell_of_the_table_of_states_has_its_case() {
        for cell in requirements().iter().filter(|cell| cell.parent == Some("state.table")) {
            assert!(registry(Role::Server).iter().any(|case| case.id == cell.id), "{}", cell.id);
        }
    }
}
