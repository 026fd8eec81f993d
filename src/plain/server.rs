//! The server's guess at what an original client means (chapter 10.1).
//!
//! A [`Recogniser`] is asked with all octets that have not been consumed and with what
//! has just happened, its [`Cause`]; it answers with one [`Event`] and with how many
//! octets that event consumes. The caller drops those, acts, and asks again with the
//! rest and the *same* cause, until the event is [`Event::NeedMore`]: then it waits for
//! the next cause. After an event that [is final](Event::is_final) it closes.
//!
//! - One cause is one input of the specification: after one read, one `Delivery`, with
//!   the octets of that read behind those that were kept; `Quiet` once per pause.
//! - The recogniser gathers nothing. What it keeps back is at the front of the next
//!   input, and is always fewer than [`MIN_BUFFER`] octets, so that a buffer of
//!   [`MIN_BUFFER`] octets always has room for one more.
//! - Every event but `NeedMore` and those that are final consumes at least one octet.
//! - No octet is looked at more than a few times, in whatever pieces they come.
//!
//! # Where deliveries end
//!
//! Inside an upload nothing depends on where deliveries end; only quiet and the end of
//! the stream do something there. Outside of one, three things do, and no others: what a
//! delivery begins with makes it text or header (so `xARCHIVO:` is text, and `x`,
//! `ARCHIVO:` a text and a header); all that has come is echoed when a header turns out
//! to be none; and the first end is used where the candidates leave the destination
//! open. After a mark, its tail counts as one delivery, which ends where the one ended
//! in which the recogniser saw that the mark is the end.

use super::HEADER_OPENING;
use super::event::{Cause, Event, Refusal, Step};
use super::header::{Header, JUDGED_WITHIN};
use super::upload::Upload;

/// The quiet timer unless a server sets another.
pub const QUIET_MILLISECONDS: u64 = 300;

/// Fewest octets of the buffer from which a [`Recogniser`] is fed.
pub const MIN_BUFFER: usize = JUDGED_WITHIN;

/// How much of plain a server offers; one that offers none has no [`Recogniser`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Texts only: a header is refused.
    Text,
    /// Texts and uploads.
    All,
}

/// The state machine of one plain connection.
#[derive(Clone, Debug)]
pub struct Recogniser {
    mode: Mode,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Outside,
    Header(Header),
    Upload(Upload),
    Over(Over),
}

/// The final event, which every later call repeats.
#[derive(Clone, Copy, Debug)]
enum Over {
    Refused(Refusal),
    Unfinished,
    Ended,
}

impl Recogniser {
    /// A connection of which no octet has been judged.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        Self { mode, state: State::Outside }
    }

    /// The next event in `input`, which is all octets that were not consumed.
    ///
    /// After a final event every call returns it again and consumes all of `input`.
    #[must_use]
    pub fn advance<'a>(&mut self, input: &'a [u8], cause: Cause) -> Step<'a> {
        if matches!(self.state, State::Outside) && input.starts_with(HEADER_OPENING) {
            self.state = match self.mode {
                // `plain.text-mode`
                Mode::Text => State::Over(Over::Refused(Refusal::TextMode)),
                Mode::All => State::Header(Header::new(input.len())),
            };
        }
        let step = match &mut self.state {
            State::Outside => outside(input, cause),
            State::Header(header) => header.advance(input, cause),
            State::Upload(upload) => upload.advance(input, cause),
            State::Over(over) => Step { consumed: input.len(), event: over.event() },
        };
        match step.event {
            Event::NeedMore | Event::Data(_) => {}
            Event::Echo(_) | Event::End => self.state = State::Outside,
            Event::Begin { .. } => self.state = State::Upload(Upload::default()),
            Event::Refuse(refusal) => self.state = State::Over(Over::Refused(refusal)),
            Event::Unfinished => self.state = State::Over(Over::Unfinished),
            Event::Ended => self.state = State::Over(Over::Ended),
        }
        step
    }

    /// Whether an upload is open: it has begun and has not ended.
    #[must_use]
    pub const fn in_upload(&self) -> bool {
        matches!(self.state, State::Upload(_))
    }
}

/// What is no header: text, or what may still become a header (`plain.echo`, `plain.prefix`).
fn outside(input: &[u8], cause: Cause) -> Step<'_> {
    match cause {
        Cause::EndOfStream if input.is_empty() => Step { consumed: 0, event: Event::Ended },
        Cause::Delivery if HEADER_OPENING.starts_with(input) => Step::NEED_MORE,
        Cause::Quiet if input.is_empty() => Step::NEED_MORE,
        Cause::Delivery | Cause::Quiet | Cause::EndOfStream => Step::echo(input),
    }
}

impl Over {
    const fn event(self) -> Event<'static> {
        match self {
            Self::Refused(refusal) => Event::Refuse(refusal),
            Self::Unfinished => Event::Unfinished,
            Self::Ended => Event::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Input, Input::*, play};
    use super::*;

    fn all(script: &[Input]) -> Vec<String> {
        play(Mode::All, script)
    }

    #[test]
    fn plain_echo_returns_each_delivery_octet_for_octet() {
        for mode in [Mode::Text, Mode::All] {
            let script = [D(b"hola"), D(b"\xFF\0"), Quiet, D(b"FIN_ARCHIVO"), EndOfStream];
            let echoes = ["echo hola", "echo \\xff\\x00", "echo FIN_ARCHIVO", "ended"];
            assert_eq!(play(mode, &script), echoes);
        }
    }

    #[test]
    fn plain_echo_takes_an_opening_inside_a_delivery_for_text() {
        assert_eq!(all(&[D(b"xARCHIVO:a:b")]), ["echo xARCHIVO:a:b"]);
        assert_eq!(all(&[D(b"archivo:a:b")]), ["echo archivo:a:b"]);
    }

    #[test]
    fn plain_prefix_is_joined_with_the_next_delivery() {
        assert_eq!(all(&[D(b"ARCH")]), [""; 0]);
        assert_eq!(all(&[D(b"ARCH"), D(b"IVE")]), ["echo ARCHIVE"]);
        assert_eq!(all(&[D(b"A"), D(b"RCHIVO"), D(b":a:b"), Quiet]), ["begin a b"]);
    }

    #[test]
    fn plain_prefix_is_echoed_at_quiet_or_end_of_stream() {
        for len in 1..HEADER_OPENING.len() {
            let prefix = &HEADER_OPENING[..len];
            let echo = format!("echo {}", prefix.escape_ascii());
            assert_eq!(all(&[D(prefix), Quiet]), [echo.as_str()]);
            assert_eq!(all(&[D(prefix), EndOfStream]), [echo.as_str(), "ended"]);
        }
    }

    #[test]
    fn quiet_and_the_end_of_an_empty_stream_echo_nothing() {
        assert_eq!(all(&[Quiet, Quiet]), [""; 0]);
        assert_eq!(all(&[EndOfStream]), ["ended"]);
        assert_eq!(all(&[D(b"")]), [""; 0]);
    }

    #[test]
    fn plain_text_mode_refuses_a_header_at_its_opening() {
        let refused = ["echo hola", "refuse this server takes texts only, and no uploads"];
        assert_eq!(play(Mode::Text, &[D(b"hola"), D(b"ARCHIVO:")]), refused);
        assert_eq!(play(Mode::Text, &[D(b"hola"), D(b"AR"), D(b"CHIVO:a")]), refused);
    }

    #[test]
    fn a_whole_conversation_of_the_original_client_is_understood() {
        let script = [
            D(b"\xC2\xBFqu\xC3\xA9 tal?"),
            D(b"ARCHIVO:a.txt:notes/a.txtholaFIN_ARCHIVO"),
            Quiet,
            D(b"ARCHIVO:b.txt:b.txt"),
            D(b"uno"),
            D(b"dosFIN_AR"),
            D(b"CHIVOgracias"),
            Quiet,
            EndOfStream,
        ];
        let seen = [
            "echo \\xc2\\xbfqu\\xc3\\xa9 tal?",
            "begin a.txt notes/a.txt",
            "data hola",
            "end",
            "begin b.txt b.txt",
            "data unodos",
            "end",
            "echo gracias",
            "ended",
        ];
        assert_eq!(all(&script), seen);
    }

    #[test]
    fn two_uploads_in_one_delivery_are_told_apart_at_quiet() {
        let script = [D(b"ARCHIVO:a.t:b.tunoFIN_ARCHIVOARCHIVO:c.t:d.tdosFIN_ARCHIVO"), Quiet];
        let seen = ["begin a.t b.t", "data uno", "end", "begin c.t d.t", "data dos", "end"];
        assert_eq!(all(&script), seen);
    }

    #[test]
    fn plain_refusal_sticks() {
        let mut recogniser = Recogniser::new(Mode::Text);
        let refuse = Event::Refuse(Refusal::TextMode);
        let input = b"ARCHIVO:a:b";
        for cause in [Cause::Delivery, Cause::Quiet, Cause::Delivery, Cause::EndOfStream] {
            assert_eq!(recogniser.advance(input, cause), Step { consumed: 11, event: refuse });
        }
        assert_eq!(recogniser.advance(b"hola", Cause::Delivery).event, refuse);
    }

    #[test]
    fn every_final_event_sticks() {
        let mut recogniser = Recogniser::new(Mode::All);
        assert_eq!(recogniser.advance(b"", Cause::EndOfStream).event, Event::Ended);
        assert_eq!(recogniser.advance(b"x", Cause::Delivery).event, Event::Ended);
        let mut recogniser = Recogniser::new(Mode::All);
        assert_eq!(recogniser.advance(b"ARCHIVO:a:a", Cause::Quiet).consumed, 11);
        assert!(recogniser.in_upload());
        assert_eq!(recogniser.advance(b"", Cause::EndOfStream).event, Event::Unfinished);
        assert!(!recogniser.in_upload());
        assert_eq!(recogniser.advance(b"x", Cause::Quiet).event, Event::Unfinished);
    }

    #[test]
    fn the_buffer_holds_the_longest_header_that_waits() {
        let mut octets = b"ARCHIVO:".to_vec();
        octets.resize(1031, b's');
        octets.push(b':');
        octets.resize(MIN_BUFFER - 1, b'd');
        let mut recogniser = Recogniser::new(Mode::All);
        assert_eq!(recogniser.advance(&octets, Cause::Delivery), Step::NEED_MORE);
        octets.push(b'd');
        assert_ne!(recogniser.advance(&octets, Cause::Delivery), Step::NEED_MORE);
    }

    /// Shown by changing them behind the recogniser's back.
    #[test]
    fn octets_that_were_looked_at_are_not_looked_at_again() {
        let mut recogniser = Recogniser::new(Mode::All);
        let mut last = |input: &'static [u8], cause| recogniser.advance(input, cause).event;
        assert_eq!(last(b"ARCHIVO:abc", Cause::Delivery), Event::NeedMore);
        assert_eq!(last(b"ARCHIVO:a:c.d:x", Cause::Delivery), Event::NeedMore);
        assert_eq!(last(b"ARCHIVO:::::::x.d", Cause::Delivery), Event::NeedMore);
        assert!(matches!(
            last(b"ARCHIVO:abc.d:x.d", Cause::Quiet),
            Event::Begin { source, .. } if source.as_str() == "abc.d"
        ));
        assert_eq!(last(b"FIN_ARCHIVOabcdefghijk", Cause::Delivery), Event::NeedMore);
        assert_eq!(last(b"FIN_ARCHIVO\xFFbcdefghijkl", Cause::Delivery), Event::NeedMore);
        assert_eq!(last(b"FIN_ARCHIVOFIN_ARCHIVOlm", Cause::Delivery), Event::NeedMore);
        assert_eq!(last(b"FIN_ARCHIVOabcdefghijklm", Cause::Quiet), Event::End);
    }
}
