//! Chapter 5.6, the client's side: how it leaves.

use super::{answered, awaiting_reply, filed, stored, text_answered, texting};
use crate::conformance::hearing::Parting;
use crate::conformance::{Case, Departure, Hearing, Outcome, octets};

pub(super) const CASES: &[Case] = &[
    Case::hears_should(
        "client.bye.after-text",
        &["bye.sent"],
        "A client that is done with its text says BYE",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.reply("hola")?;
            let parting = guest.part()?;
            hearing.succeeds()?;
            said_bye(parting)
        },
    ),
    Case::hears_should(
        "client.bye.after-upload",
        &["bye.sent"],
        "A client that is done with its upload says BYE",
        |hearing| {
            let source = hearing.upload(1500)?;
            let mut guest = hearing.welcome()?;
            guest.store(&source)?;
            let parting = guest.part()?;
            hearing.succeeds()?;
            said_bye(parting)
        },
    ),
    Case::hears_should(
        "client.bye.reads-to-the-servers",
        &["bye.sent"],
        "A client that has said BYE waits for the server's",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.reply("hola")?;
            let Some(waits) = guest.bye_without_answer()? else {
                return Err(Departure::weak("BYE", "the end of the stream without BYE"));
            };
            hearing.succeeds()?;
            if waits {
                return Ok(());
            }
            Err(Departure::weak("the client to read to the server's BYE", "it closed before"))
        },
    ),
    Case::hears_must(
        "client.bye.ignorable-before-the-servers",
        &["frame.ignorable"],
        "An ignorable frame before the server's BYE is skipped",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.reply("hola")?;
            guest.before_bye(octets::frame(b'n', b"still here"));
            guest.part()?;
            hearing.succeeds()
        },
    ),
    Case::hears_must(
        "client.bye.then-nothing",
        &["bye.then-nothing"],
        "Nothing is sent behind BYE",
        |hearing| {
            let guest = texting(hearing)?;
            answered(hearing, guest)
        },
    ),
    Case::hears_must(
        "client.bye.half-closed",
        &["bye.then-nothing", "outcome.unknown"],
        "A server that ends the stream right behind its last answer has given it",
        |hearing| {
            let mut guest = awaiting_reply(hearing)?;
            guest.reply("hola")?;
            guest.shut_down();
            guest.part()?;
            hearing.ends()
        },
    ),
    Case::hears_must(
        "client.closing.upload-cut",
        &["outcome.unknown"],
        "An upload whose connection breaks before END is not reported as stored",
        |hearing| {
            let (mut guest, ..) = filed(hearing, 2 << 20)?;
            guest.go_on()?;
            guest.vanish();
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.closing.stored-lost",
        &["outcome.unknown"],
        "An upload whose STORED does not come is not reported as stored",
        |hearing| {
            let (mut guest, source, _) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.rest(&source, 0)?;
            guest.vanish();
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.closing.stored-cut-off",
        &["outcome.unknown"],
        "A STORED that is cut off is no answer",
        |hearing| {
            let (mut guest, source, _) = filed(hearing, 2500)?;
            guest.go_on()?;
            guest.rest(&source, 0)?;
            guest.send(&octets::frame(b'S', &[0; 12])[..10])?;
            guest.shut_down();
            guest.leaves_after_refusal()?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.closing.file-unanswered",
        &["outcome.unknown"],
        "A FILE that is not answered is not reported as stored",
        |hearing| {
            let (mut guest, ..) = filed(hearing, 2500)?;
            guest.shut_down();
            guest.breaks_off_after("the end of the stream")?;
            hearing.fails()
        },
    )
    .hears_twin(stored),
    Case::hears_must(
        "client.closing.at-once",
        &["plain.client-no-guess", "outcome.unknown"],
        "A server that closes without an octet has done nothing",
        |hearing| {
            hearing.text("hola")?;
            hearing.accept()?.vanish();
            hearing.fails()
        },
    )
    .hears_twin(text_answered),
    Case::hears_should(
        "client.timer.line",
        &["timer.client"],
        "A client gives a server up that does not send its line",
        |hearing| {
            hearing.text("hola")?;
            let guest = hearing.accept()?;
            given_up(hearing, guest)
        },
    ),
    Case::hears_should(
        "client.timer.answer",
        &["timer.client"],
        "A client gives a server up that does not answer",
        |hearing| {
            let guest = awaiting_reply(hearing)?;
            given_up(hearing, guest)
        },
    ),
    Case::hears_should(
        "client.timer.continue",
        &["timer.client"],
        "A client gives a server up that does not answer its FILE",
        |hearing| {
            let (guest, ..) = filed(hearing, 2500)?;
            given_up(hearing, guest)
        },
    ),
    Case::hears_should(
        "client.timer.write",
        &["timer.client"],
        "A client gives a server up that takes no octet",
        |hearing| {
            // More than the buffers of both sides hold.
            let source = hearing.upload_octets(vec![b'x'; 32 << 20])?;
            let mut guest = hearing.welcome()?;
            guest.file(&source)?;
            guest.go_on()?;
            given_up(hearing, guest)
        },
    ),
];

fn said_bye(parting: Parting) -> Outcome {
    match parting {
        Parting::Bye => Ok(()),
        Parting::EndOfStream => Err(Departure::weak("BYE", "end of stream")),
        Parting::Reset => Err(Departure::weak("BYE", "a reset")),
    }
}

/// The client ends within the user's patience, without success. Its own waits may be longer,
/// and are its author's to set.
fn given_up(hearing: &mut Hearing<'_>, guest: super::Guest) -> Outcome {
    let patience = hearing.patience();
    if hearing.ends_within(patience)? {
        drop(guest);
        return hearing.fails();
    }
    let reason = format!(
        "it waits longer than {patience:?}, as it may: --patience says how long a case waits"
    );
    Err(Departure::not_applicable(reason))
}
