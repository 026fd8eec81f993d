//! Chapter 5.6: the end of a connection.

use super::{discard, open, store, usable};
use crate::conformance::octets::{self, RawFile, header};
use crate::conformance::{Answer, Case, Departure};

pub(super) const CASES: &[Case] = &[
    Case::must(
        "bye.answered",
        &["bye.answered", "bye.then-nothing"],
        "Everything before BYE is answered, then BYE comes, then the end",
        |trial| {
            let upload = trial.upload("before-bye", 3)?;
            let mut peer = trial.open()?;
            peer.send(
                [octets::text("1"), upload.all(), octets::text("2"), octets::bye()].concat(),
            )?;
            peer.expect_text_answer()?;
            peer.expect_start()?;
            peer.expect_stored(&upload)?;
            peer.expect_text_answer()?;
            peer.expect_bye()
        },
    ),
    Case::must(
        "bye.behind-refusals",
        &["bye.answered", "error.2xx-one-request", "state.discard.bye"],
        "A BYE that comes right behind refused requests is answered after them",
        |trial| {
            let upload = trial.upload("bye", 3)?;
            let refused = RawFile { flags: 0x40, ..upload.raw() }.frame();
            for behind in
                [Vec::new(), upload.data_from(0), [upload.data_from(0), upload.end()].concat()]
            {
                let mut peer = trial.open()?;
                let text = octets::text(b"\xFF");
                peer.send([text.as_slice(), &refused, &behind, &octets::bye()].concat())?;
                peer.expect_error(200)?;
                peer.expect_error(218)?;
                peer.expect_bye()?;
            }
            Ok(())
        },
    )
    .twin(|trial| {
        let mut peer = trial.open()?;
        peer.send([octets::text("twin"), octets::bye()].concat())?;
        peer.expect_text_answer()?;
        peer.expect_bye()
    }),
    Case::must(
        "bye.not-unasked",
        &["bye.not-unasked"],
        "The server sends nothing to a client that asks for nothing",
        |trial| {
            let mut peer = trial.open()?;
            peer.expect_silence()?;
            peer.finish()
        },
    ),
    Case::must(
        "bye.rest-ignored",
        &["bye.rest-ignored", "bye.then-nothing", "closing.procedure"],
        "Octets after the client's BYE have no answer and do not destroy the server's BYE",
        |trial| {
            let mut peer = trial.open()?;
            let rest = [header(b'Z', 0), octets::text("x"), octets::content(65_536)].concat();
            peer.send([octets::bye(), rest].concat())?;
            match peer.next("BYE")? {
                Answer::Bye => peer.expect_end_of_stream(),
                other => Err(crate::conformance::answer::unexpected("BYE", &other)),
            }
        },
    )
    .twin(usable),
    Case::must(
        "eof.whole-frames",
        &["eof.whole-frames"],
        "After a half-close everything that came whole is answered, and no BYE comes",
        |trial| {
            let upload = trial.upload("half-close", 1500)?;
            let mut peer = trial.open()?;
            peer.send([octets::text("1"), upload.all(), octets::text("2")].concat())?;
            peer.shut_down();
            peer.expect_text_answer()?;
            peer.expect_start()?;
            peer.expect_stored(&upload)?;
            peer.expect_text_answer()?;
            peer.expect_closed()
        },
    ),
    Case::must(
        "eof.cut-header",
        &["eof.cut-frame"],
        "A header that end of stream cuts off has no ERROR",
        |trial| {
            let mut peer = trial.open()?;
            peer.send([octets::text("whole"), octets::text("cut")[..4].to_vec()].concat())?;
            peer.shut_down();
            peer.expect_text_answer()?;
            peer.expect_closed()
        },
    )
    .twin(usable),
    Case::must(
        "eof.cut-payload",
        &["eof.cut-frame"],
        "A payload that end of stream cuts off has no ERROR and no answer",
        |trial| {
            let mut peer = trial.open()?;
            peer.send([octets::text("whole"), octets::text("cut off")[..8].to_vec()].concat())?;
            peer.shut_down();
            peer.expect_text_answer()?;
            peer.expect_closed()?;
            let file = trial.upload("cut", 3)?.file();
            let mut peer = trial.open()?;
            peer.send(&file[..file.len() - 1])?;
            peer.shut_down();
            peer.expect_closed()
        },
    )
    .twin(usable),
    Case::must(
        "eof.refused-header",
        &["eof.cut-frame", "frame.judged-early"],
        "A header that is to be refused is refused even when the stream ends after it",
        |trial| {
            let mut peer = trial.open()?;
            peer.send(header(b'Z', 100))?;
            peer.shut_down();
            peer.expect_error(103).map(drop)
        },
    )
    .twin(usable),
    Case::must(
        "eof.open-upload",
        &["eof.open-upload", "publish.nothing-on-failure"],
        "An upload with all of its octets but no END is not stored",
        |trial| {
            let (mut peer, upload) = open(trial, 1500)?;
            peer.send(upload.data_from(0))?;
            peer.shut_down();
            peer.expect_closed()?;
            // Nothing is at the destination, or this would be 211.
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            peer.expect_start()
        },
    )
    .twin(|trial| {
        let upload = trial.upload("twin", 1500)?;
        let mut peer = trial.open()?;
        store(&mut peer, &upload)?;
        peer.send(upload.file())?;
        peer.expect_error(211).map(drop)
    }),
    Case::must(
        "eof.discard",
        &["eof.whole-frames", "state.discard.end-of-stream"],
        "A text after a refused upload is answered before the end",
        |trial| {
            let mut peer = discard(trial)?;
            peer.send(octets::text("after"))?;
            peer.shut_down();
            peer.expect_text_answer()?;
            peer.expect_closed()
        },
    )
    .twin(usable),
    Case::must(
        "closing.last-error",
        &["closing.procedure", "error.1xx-last"],
        "The last ERROR arrives, and no reset, although octets behind it were never handled",
        |trial| {
            let mut peer = trial.open()?;
            peer.send([header(b'Z', 0), octets::content(262_144)].concat())?;
            match peer.next("ERROR 103")? {
                Answer::Error(code, _) if code.number() == 103 => peer.expect_end_of_stream(),
                other => Err(crate::conformance::answer::unexpected("ERROR 103", &other)),
            }
        },
    )
    .twin(usable),
    Case::must(
        "closing.reads-on",
        &["closing.procedure"],
        "After its end of stream the server goes on reading until the client has ended too",
        |trial| {
            let mut peer = trial.open()?;
            peer.send(header(b'Z', 0))?;
            match peer.next("ERROR 103")? {
                Answer::Error(code, _) if code.number() == 103 => peer.expect_end_of_stream()?,
                other => return Err(crate::conformance::answer::unexpected("ERROR 103", &other)),
            }
            // A socket that is closed answers the first of these with a reset, and then
            // refuses the second.
            peer.send(octets::content(1024))?;
            if peer.breaks_within_silence() {
                let expected = "octets to be read and dropped for the span of the close timer";
                let seen = "a reset: it has closed already (or its close timer is shorter than \
                            the time that proves silence)";
                return Err(Departure::fail(expected, seen));
            }
            Ok(())
        },
    )
    .twin(usable),
];
