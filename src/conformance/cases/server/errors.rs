//! Chapter 7: errors as such.

use super::{prove_idle, store, usable};
use crate::conformance::octets::{self, RawFile, header};
use crate::conformance::{Case, Departure, Outcome};

pub(super) const CASES: &[Case] = &[
    Case::must(
        "error.1xx-last",
        &["error.1xx-last", "answer.order"],
        "What came before a fatal frame is answered, then its ERROR, and nothing behind it",
        |trial| {
            let upload = trial.upload("behind", 3)?;
            let mut peer = trial.open()?;
            peer.send(
                [
                    octets::text("before"),
                    header(b'!', 0),
                    octets::text("behind"),
                    upload.all(),
                    octets::bye(),
                ]
                .concat(),
            )?;
            peer.expect_text_answer()?;
            peer.expect_error(101)?;
            // The upload behind it was not carried out.
            let mut peer = trial.open()?;
            peer.send(upload.file())?;
            peer.expect_start()
        },
    )
    .twin(usable),
    Case::must(
        "error.2xx-one-request",
        &["error.2xx-one-request", "answer.one-each"],
        "A connection outlives one refusal of every kind",
        |trial| {
            let upload = trial.upload("survivor", 3)?;
            let raw = upload.raw();
            let mut peer = trial.open()?;
            peer.send(octets::text(b"\xFF"))?;
            peer.expect_error(200)?;
            for (file, code) in [
                (RawFile { destination: b"..".to_vec(), ..raw.clone() }, 210),
                (RawFile { size: 1 << 63, ..raw.clone() }, 212),
                (RawFile { digest: 0, ..raw.clone() }, 217),
                (RawFile { flags: 0x80, ..raw }, 218),
            ] {
                peer.send(file.frame())?;
                peer.expect_error(code)?;
            }
            for (ending, code) in [
                (octets::data(b"12345"), 215),
                ([upload.data_from(0), octets::end(3, &[0; 4])].concat(), 216),
                (octets::abort(), 220),
            ] {
                peer.send([upload.file(), ending].concat())?;
                peer.expect_start()?;
                peer.expect_error(code)?;
            }
            store(&mut peer, &upload)?;
            prove_idle(&mut peer)
        },
    )
    .twin(usable),
    Case::must(
        "error.message",
        &["error.message"],
        "The messages of errors are UTF-8, whatever the client sent",
        |trial| {
            let raw = trial.upload("message", 3)?.raw();
            let mut peer = trial.open()?;
            let mut messages = Vec::new();
            peer.send(octets::text(b"\xFF\xC0"))?;
            messages.push(peer.expect_error(200)?);
            // Names that a message may quote: not UTF-8, and long enough to be cut in the
            // middle of a character.
            let wide = ["/".as_bytes(), "日".repeat(341).as_bytes()].concat();
            for (destination, code) in [(b"a\xFF\xC3".to_vec(), 210), (wide, 210)] {
                peer.send(RawFile { destination, ..raw.clone() }.frame())?;
                messages.push(peer.expect_error(code)?);
            }
            peer.send(header(0xC3, 0))?;
            messages.push(peer.expect_error(101)?);
            messages.iter().try_for_each(|message| utf8(message))
        },
    )
    .twin(usable),
];

fn utf8(message: &[u8]) -> Outcome {
    match std::str::from_utf8(message) {
        Ok(_) => Ok(()),
        Err(error) => Err(Departure::fail("a message in UTF-8", error.to_string())),
    }
}
