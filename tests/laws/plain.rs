//! The laws of plain, one body each, for proptest, for a fuzz target that includes this
//! file, and for replaying a corpus alike. Each takes any octets and panics if its law
//! is broken.

#[path = "plain_model.rs"]
mod model;

use conexion::plain::{Cause, Detection, Event, MIN_BUFFER, Mode, Moment, Recogniser, detect};
use model::{Meaning, Model, join};

/// A connection as a server keeps it: a recogniser and the octets that wait.
struct Connection {
    recogniser: Recogniser,
    held: Vec<u8>,
    over: bool,
}

impl Connection {
    fn new(mode: Mode) -> Self {
        Self { recogniser: Recogniser::new(mode), held: Vec::new(), over: false }
    }

    /// One input; checks that every step makes progress and that little is kept back.
    fn input(&mut self, delivery: &[u8], cause: Cause) -> Vec<Meaning> {
        let mut meanings = Vec::new();
        if self.over {
            return meanings;
        }
        self.held.extend(delivery);
        loop {
            let step = self.recogniser.advance(&self.held, cause);
            let taken = &self.held[..step.consumed];
            let meaning = match step.event {
                Event::NeedMore => {
                    assert_eq!(step.consumed, 0);
                    assert!(self.held.len() < MIN_BUFFER, "{} octets wait", self.held.len());
                    return meanings;
                }
                Event::Echo(octets) => {
                    assert_eq!(octets, taken);
                    Meaning::Echo(octets.to_vec())
                }
                Event::Data(octets) => {
                    assert_eq!(octets, taken);
                    Meaning::Data(octets.to_vec())
                }
                Event::Begin { source, destination } => {
                    let header = format!("ARCHIVO:{}:{destination}", source.as_str());
                    assert_eq!(header.as_bytes(), taken);
                    Meaning::Begin(source.as_str().to_owned(), destination.as_str().to_owned())
                }
                Event::End => {
                    assert_eq!(taken, b"FIN_ARCHIVO");
                    Meaning::End
                }
                Event::Refuse(_) => Meaning::Refused,
                Event::Unfinished => Meaning::Unfinished,
                Event::Ended => Meaning::Ended,
            };
            self.over = step.event.is_final();
            assert!(self.over || step.consumed > 0, "{:?} makes no progress", step.event);
            join(&mut meanings, meaning);
            if self.over {
                assert_eq!(step.consumed, self.held.len());
                let event = format!("{:?}", step.event);
                self.held.clear();
                self.repeats(&event);
                return meanings;
            }
            self.held.drain(..step.consumed);
        }
    }

    /// A final event comes again, whatever comes.
    fn repeats(&mut self, event: &str) {
        for cause in [Cause::Delivery, Cause::Quiet, Cause::EndOfStream] {
            let step = self.recogniser.advance(b"ARCHIVO:a:b", cause);
            assert_eq!((step.consumed, format!("{:?}", step.event)), (11, event.to_owned()));
        }
    }
}

/// Any octets in any inputs: the recogniser agrees with the model after each input, in
/// what it tells and in how much it keeps back, so that it releases as early as the rules
/// permit; it makes progress, keeps little, repeats a final event, and never panics.
///
/// The octets are a script: 0xFE is quiet, 0xFD ends a delivery, 0xFC stands for a
/// thousand of the octet after it, and all others are delivered.
pub(crate) fn plain_laws(octets: &[u8]) {
    for mode in [Mode::Text, Mode::All] {
        let mut connection = Connection::new(mode);
        let mut model = Model::new(mode);
        for (delivery, cause) in script(octets) {
            assert_eq!(
                connection.input(&delivery, cause),
                model.input(&delivery, cause),
                "{} {cause:?}",
                delivery.escape_ascii()
            );
            assert_eq!(connection.held.len(), model.held());
        }
        assert!(connection.over, "the end of the stream is final");
    }
}

/// Inside an upload nothing depends on where deliveries end, and no octet is lost.
///
/// The first octet chooses how the others are cut; a header whose destination has one
/// candidate goes before them, and either quiet or the end of the stream behind them.
pub(crate) fn upload_laws(octets: &[u8]) {
    let Some((&size, content)) = octets.split_first() else { return };
    for last in [Cause::Quiet, Cause::EndOfStream] {
        let whole = upload(&[content], last);
        let pieces: Vec<_> = content.chunks(usize::from(size).max(1)).collect();
        assert_eq!(upload(&pieces, last), whole);
        let single: Vec<_> = content.chunks(1).collect();
        assert_eq!(upload(&single, last), whole);
    }
    conserves(content, usize::from(size).max(1));
}

/// What is sent by an original client arrives, whatever ran together: the destination
/// and each octet of the file, if the destination has one candidate and the file no mark.
fn conserves(file: &[u8], size: usize) {
    let has_mark = [file, b"FIN_ARCHIV"].concat().windows(11).any(|at| at == b"FIN_ARCHIVO");
    let sent = [b"ARCHIVO:a.bin:dir/b.bin", file, b"FIN_ARCHIVO"].concat();
    let more_candidates = file.windows(4).any(|at| at == b".bin") || file.starts_with(b"/");
    if has_mark || more_candidates {
        return;
    }
    let mut connection = Connection::new(Mode::All);
    let mut meanings = Vec::new();
    for delivery in sent.chunks(size) {
        for meaning in connection.input(delivery, Cause::Delivery) {
            join(&mut meanings, meaning);
        }
    }
    for meaning in connection.input(b"", Cause::EndOfStream) {
        join(&mut meanings, meaning);
    }
    let mut expected = vec![Meaning::Begin("a.bin".into(), "dir/b.bin".into())];
    if !file.is_empty() {
        expected.push(Meaning::Data(file.to_vec()));
    }
    expected.extend([Meaning::End, Meaning::Ended]);
    assert_eq!(meanings, expected);
}

/// What comes of deliveries inside an upload, up to its end; where that is the beginning
/// of a header, what follows depends on where deliveries end and is left out.
fn upload(deliveries: &[&[u8]], last: Cause) -> Vec<Meaning> {
    let mut connection = Connection::new(Mode::All);
    let begin = Meaning::Begin("a.bin".into(), "b.bin".into());
    assert_eq!(connection.input(b"ARCHIVO:a.bin:b.bin", Cause::Delivery), []);
    assert_eq!(connection.input(b"", Cause::Quiet), [begin]);
    let mut meanings = Vec::new();
    for delivery in deliveries {
        for meaning in connection.input(delivery, Cause::Delivery) {
            let end = meaning == Meaning::End;
            join(&mut meanings, meaning);
            if end {
                return meanings;
            }
        }
    }
    for meaning in connection.input(b"", last) {
        join(&mut meanings, meaning);
    }
    meanings
}

/// Detection is decided by the shortest beginning that decides: what has been decided
/// stays so, whatever comes and happens later.
pub(crate) fn detection_laws(octets: &[u8]) {
    for plain_spoken in [false, true] {
        let mut decided = None;
        for len in 0..=octets.len().min(16) {
            let so_far = &octets[..len];
            let open = detect(so_far, Moment::Open, plain_spoken);
            if let Some(decided) = decided {
                assert_eq!(open, decided);
            }
            let waited = detect(so_far, Moment::PrefixWaitOver, plain_spoken);
            let ended = detect(so_far, Moment::EndOfStream, plain_spoken);
            assert_ne!(ended, Detection::NeedMore);
            if open == Detection::NeedMore {
                assert!(len < b"CONEXION/".len(), "waits with {len} octets");
                let plain = plain_spoken && len > 0;
                let after = |other| if plain { Detection::Plain } else { other };
                assert_eq!(waited, after(Detection::NeedMore));
                assert_eq!(ended, after(Detection::Ended));
            } else {
                assert_eq!((waited, ended), (open, open));
                decided = Some(open);
            }
        }
    }
}

fn script(octets: &[u8]) -> Vec<(Vec<u8>, Cause)> {
    let mut inputs = Vec::new();
    let mut delivery = Vec::new();
    let mut rest = octets.iter().copied();
    while let Some(octet) = rest.next() {
        match octet {
            0xFC => {
                let repeated = rest.next().unwrap_or(b'x');
                delivery.extend(std::iter::repeat_n(repeated, 1000));
            }
            0xFD | 0xFE => {
                if !delivery.is_empty() {
                    inputs.push((std::mem::take(&mut delivery), Cause::Delivery));
                }
                if octet == 0xFE {
                    inputs.push((Vec::new(), Cause::Quiet));
                }
            }
            _ => delivery.push(octet),
        }
    }
    if !delivery.is_empty() {
        inputs.push((delivery, Cause::Delivery));
    }
    inputs.push((Vec::new(), Cause::EndOfStream));
    inputs
}
