//! Chapter 5.1: the table of the server's states, cell by cell. The id of each case is
//! that of its cell.

use super::{discard, open, prove_discard, prove_idle, skipped_to_idle, store, stored, usable};
use crate::conformance::octets::{self, RawFile};
use crate::conformance::{Case, Outcome, Peer};

pub(super) const CASES: &[Case] = &[
    Case::must(
        "state.idle.text",
        &["state.idle.text", "state.table", "text.answered"],
        "TEXT in idle has one final answer and leaves idle",
        |trial| {
            let mut peer = trial.open()?;
            peer.prove_usable()?;
            prove_idle(&mut peer)
        },
    ),
    Case::must(
        "state.idle.file",
        &["state.idle.file", "state.table"],
        "FILE in idle is continued and leads to open",
        |trial| {
            let (mut peer, upload) = open(trial, 3)?;
            peer.send([upload.data_from(0), upload.end()].concat())?;
            peer.expect_stored(&upload)?;
            peer.finish()
        },
    ),
    Case::must(
        "state.idle.data",
        &["state.idle.data", "frame.unexpected", "error.1xx-last"],
        "DATA in idle is refused with 104",
        |trial| unexpected(trial.open()?, &octets::data(b"x")),
    )
    .twin(usable),
    Case::must(
        "state.idle.end",
        &["state.idle.end", "frame.unexpected", "error.1xx-last"],
        "END in idle is refused with 104",
        |trial| unexpected(trial.open()?, &octets::end(0, &[0; 4])),
    )
    .twin(usable),
    Case::must(
        "state.idle.abort",
        &["state.idle.abort", "frame.unexpected", "error.1xx-last"],
        "ABORT in idle is refused with 104",
        |trial| unexpected(trial.open()?, &octets::abort()),
    )
    .twin(usable),
    Case::must(
        "state.idle.bye",
        &["state.idle.bye", "bye.answered"],
        "BYE in idle is answered with BYE and the end",
        |trial| trial.open()?.finish(),
    ),
    Case::must(
        "state.idle.end-of-stream",
        &["state.idle.end-of-stream", "eof.whole-frames"],
        "End of stream in idle is the end, without a frame",
        |trial| ended(trial.open()?),
    )
    .twin(usable),
    Case::must(
        "state.open.text",
        &["state.open.text", "frame.unexpected", "error.1xx-last"],
        "TEXT in open is refused with 104",
        |trial| unexpected(open(trial, 0)?.0, &octets::text("x")),
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.open.file",
        &["state.open.file", "frame.unexpected", "error.1xx-last"],
        "FILE in open is refused with 104",
        |trial| {
            let second = trial.upload("second", 0)?;
            unexpected(open(trial, 0)?.0, &second.file())
        },
    )
    .twin(|trial| {
        let (mut peer, upload) = open(trial, 0)?;
        let second = trial.upload("second", 0)?;
        peer.send([upload.data_from(0), upload.end()].concat())?;
        peer.expect_stored(&upload)?;
        store(&mut peer, &second)
    }),
    Case::must(
        "state.open.data",
        &["state.open.data", "data.past-size"],
        "DATA in open is taken unanswered; past the size it is refused with 215",
        |trial| {
            let (mut peer, upload) = open(trial, 3)?;
            peer.send(upload.data(0..1))?;
            peer.expect_silence()?;
            peer.send(octets::data(b"12345"))?;
            peer.expect_error(215)?;
            peer.send(octets::data(b"more"))?;
            prove_discard(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "state.open.end",
        &["state.open.end"],
        "END in open leads to idle, after STORED as after a refusal",
        |trial| {
            let (mut peer, upload) = open(trial, 3)?;
            peer.send([upload.data_from(0), upload.end()].concat())?;
            peer.expect_stored(&upload)?;
            prove_idle(&mut peer)?;
            let wrong = trial.upload("wrong", 3)?;
            for (size, code) in [(3, 216), (2, 215)] {
                let mut peer = trial.open()?;
                let end = octets::end(size, &[0; 4]);
                peer.send([wrong.file(), wrong.data_from(0), end].concat())?;
                peer.expect_start()?;
                peer.expect_error(code)?;
                prove_idle(&mut peer)?;
            }
            Ok(())
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "state.open.abort",
        &["state.open.abort", "abort.never-stored"],
        "ABORT in open is answered with 220 and leads to idle",
        |trial| {
            let (mut peer, upload) = open(trial, 3)?;
            peer.send([upload.data(0..1), octets::abort()].concat())?;
            peer.expect_error(220)?;
            prove_idle(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "twin", 3)),
    Case::must(
        "state.open.bye",
        &["state.open.bye", "frame.unexpected", "error.1xx-last"],
        "BYE in open is refused with 104",
        |trial| unexpected(open(trial, 0)?.0, &octets::bye()),
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.open.end-of-stream",
        &["state.open.end-of-stream", "eof.open-upload"],
        "End of stream in open is the end, without a frame",
        |trial| ended(open(trial, 0)?.0),
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.discard.text",
        &["state.discard.text", "error.2xx-one-request"],
        "TEXT in discard has one final answer and leads to idle",
        |trial| {
            let mut peer = discard(trial)?;
            peer.prove_usable()?;
            prove_idle(&mut peer)
        },
    )
    .twin(usable),
    Case::must(
        "state.discard.file",
        &["state.discard.file", "error.2xx-one-request"],
        "FILE in discard is refused into discard or continued into open",
        |trial| {
            let mut peer = discard(trial)?;
            let upload = trial.upload("after", 0)?;
            peer.send(RawFile { digest: 9, ..upload.raw() }.frame())?;
            peer.expect_error(217)?;
            peer.send(octets::data(b"of the second"))?;
            store(&mut peer, &upload)?;
            prove_idle(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.discard.data",
        &["state.discard.data", "answer.one-each"],
        "DATA in discard is skipped unanswered and leaves discard",
        |trial| {
            let mut peer = discard(trial)?;
            peer.send([octets::data(b"x"), octets::data(&octets::content(1024))].concat())?;
            prove_discard(&mut peer)
        },
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.discard.end",
        &["state.discard.end", "answer.one-each"],
        "END in discard is skipped unanswered and leads to idle",
        |trial| skipped_to_idle(trial, &octets::end(0, &[0; 4])),
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.discard.abort",
        &["state.discard.abort", "answer.one-each"],
        "ABORT in discard is skipped unanswered and leads to idle",
        |trial| skipped_to_idle(trial, &octets::abort()),
    )
    .twin(|trial| stored(trial, "twin", 0)),
    Case::must(
        "state.discard.bye",
        &["state.discard.bye", "bye.answered"],
        "BYE in discard is answered with BYE and the end",
        |trial| discard(trial)?.finish(),
    )
    .twin(usable),
    Case::must(
        "state.discard.end-of-stream",
        &["state.discard.end-of-stream", "eof.whole-frames"],
        "End of stream in discard is the end, without a frame",
        |trial| ended(discard(trial)?),
    )
    .twin(usable),
];

/// 104 as the last frame, although more requests came with the refused frame.
fn unexpected(mut peer: Peer, frame: &[u8]) -> Outcome {
    peer.send([frame, &octets::text("never answered")].concat())?;
    peer.expect_error(104).map(drop)
}

fn ended(mut peer: Peer) -> Outcome {
    peer.shut_down();
    peer.expect_closed()
}
