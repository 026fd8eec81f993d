//! Chapters 5.4 and 5.5, the client's side: several requests in one run.

use super::filed;
use super::table::sending_much;
use crate::conformance::hearing::{Guest, Request, Task};
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};

pub(super) const CASES: &[Case] = &[
    Case::hears_must(
        "client.session.texts",
        &["answer.to-oldest", "flow.one-at-a-time"],
        "Three texts, each answered, are three answers",
        |hearing| {
            hearing.session(["one", "two", "three"].map(text).to_vec())?;
            serve_all(hearing)?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.session.text-and-file",
        &["state.client", "answer.to-oldest"],
        "A text, an upload and a text are served in the order of the client's requests",
        |hearing| {
            let source = hearing.source("between.bin", octets::content(3000))?;
            hearing.session(vec![text("before"), Task::Upload(source), text("behind")])?;
            serve_all(hearing)?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.session.files",
        &["state.client", "end.stored-compared"],
        "Three uploads, one of no octets, are three files",
        |hearing| {
            let mut tasks = Vec::new();
            for (name, len) in [("a.bin", 1025), ("b.bin", 0), ("c.bin", 1)] {
                tasks.push(Task::Upload(hearing.source(name, octets::content(len))?));
            }
            hearing.session(tasks)?;
            serve_all(hearing)?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.session.refused-text-before-upload",
        &["answer.to-oldest"],
        "An ERROR for a text is not taken for that of the upload behind it",
        |hearing| {
            let source = hearing.source("behind.bin", octets::content(2000))?;
            hearing.session(vec![text("refuse me"), Task::Upload(source.clone())])?;
            let mut guest = hearing.welcome()?;
            guest.text()?;
            // A client that pipelines may have sent its FILE by now.
            guest.refuse(202, "not today")?;
            let mut guest = on_this_or_the_next(hearing, guest)?;
            guest.store(&source)?;
            guest.part()?;
            hearing.fails()
        },
    ),
    Case::hears_must(
        "client.session.refused-file-then-text",
        &["flow.refusal-stops", "state.client"],
        "After a FILE that was refused the next request follows",
        |hearing| {
            let source = hearing.source("refused.bin", octets::content(2000))?;
            hearing.session(vec![Task::Upload(source.clone()), text("behind")])?;
            let mut guest = hearing.welcome()?;
            guest.file(&source)?;
            guest.refuse(210, "no such place")?;
            loop {
                match guest.next("the next request, or the end")? {
                    Request::Data(_) | Request::End(_) | Request::Abort => {}
                    Request::Text(text) if text == "behind" => {
                        guest.reply(&text)?;
                        guest.part()?;
                        break;
                    }
                    // It may use another connection for it.
                    Request::Bye => {
                        guest.send(octets::bye())?;
                        guest.shut_down();
                        break;
                    }
                    Request::EndOfStream | Request::Reset => {
                        guest.shut_down();
                        break;
                    }
                    other => {
                        return Err(Departure::fail("TEXT `behind`", other.to_string()));
                    }
                }
            }
            hearing.fails()
        },
    ),
    Case::hears_must(
        "client.session.refused-file-then-file",
        &["flow.refusal-stops", "answer.to-oldest"],
        "Of two files the first is refused, and the second is stored",
        |hearing| {
            let first = hearing.source("first.bin", octets::content(2000))?;
            let second = hearing.source("second.bin", octets::content(1500))?;
            hearing.session(vec![Task::Upload(first.clone()), Task::Upload(second.clone())])?;
            let mut guest = hearing.welcome()?;
            guest.file(&first)?;
            guest.refuse(214, "busy")?;
            loop {
                match guest.next("FILE, or the end")? {
                    Request::Data(_) | Request::End(_) | Request::Abort => {}
                    Request::File(filed) if filed.destination == second.destination => {
                        guest.store_from(&second, &filed)?;
                        guest.part()?;
                        break;
                    }
                    Request::Bye => {
                        guest.send(octets::bye())?;
                        guest.shut_down();
                        break;
                    }
                    Request::EndOfStream | Request::Reset => {
                        guest.shut_down();
                        break;
                    }
                    other => return Err(Departure::fail("FILE", other.to_string())),
                }
            }
            // Over another connection it is served as any further one is.
            hearing.fails()
        },
    ),
    Case::hears_must(
        "client.flow.refused-midway",
        &["flow.refusal-stops"],
        "A client that reads while it sends ends an upload that is refused midway",
        |hearing| {
            let (mut guest, source, _) = sending_much(hearing)?;
            guest.send(octets::frame(b'Z', b""))?;
            if guest.sends_all_of(&source)? {
                return Err(Departure::not_applicable("it does not read while it sends"));
            }
            hearing.fails()?;
            let (mut guest, source, _) = sending_much(hearing)?;
            guest.refuse(213, "full")?;
            if guest.sends_all_of(&source)? {
                let expected = "no DATA begun after the refusal was read";
                return Err(Departure::fail(expected, "DATA up to the last octet, and END"));
            }
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    ),
    Case::hears_must(
        "client.flow.large-in-pieces",
        &["data.client-limit", "frame.split-invariance"],
        "An upload of 1 MiB to a server that reads slowly arrives whole",
        |hearing| {
            let (mut guest, source, filed) = filed(hearing, 1 << 20)?;
            guest.send_octet_by_octet();
            guest.store_from(&source, &filed)?;
            guest.part()?;
            hearing.succeeds()
        },
    ),
];

/// The task to send this text.
pub(super) fn text(text: &str) -> Task {
    Task::Text(text.to_owned())
}

/// Serves the whole session over this connection, or over as many as the client makes.
fn serve_all(hearing: &mut Hearing<'_>) -> Outcome {
    let mut guest = hearing.welcome_with("CONEXION/1 SERVER chunk=4096 text=4096\n")?;
    guest.part().map(drop)
}

/// The connection, if the client goes on with it; else its next.
fn on_this_or_the_next(hearing: &mut Hearing<'_>, mut guest: Guest) -> Outcome<Guest> {
    if guest.leaves_next()? { hearing.welcome() } else { Ok(guest) }
}
