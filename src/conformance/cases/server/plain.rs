//! What the cases about plain share: headers, and what became of an upload.
//!
//! Plain has no receipt. That an upload has begun, that it has ended, and that a file is
//! there or is not, is learnt on a framed connection by a FILE without OVERWRITE: 214 while
//! the destination is open, 211 where a file exists, CONTINUE where none does.

use std::time::{Duration, Instant};

use crate::conformance::octets;
use crate::conformance::{
    Answer, Departure, Outcome, Peer, Plain, PlainPeer, Timer, Trial, Upload,
};
use crate::wire::Destination;

pub(super) const MARK: &[u8] = b"FIN_ARCHIVO";

/// How often a case is tried whose writes must not have quiet between them: on a busy
/// machine they may have.
const ATTEMPTS: usize = 3;

/// A text whose echo proves that the upload before it has ended.
pub(super) const AFTER: &[u8] = b"after";

/// The ground of a case about uploads in plain, which waits for quiet.
pub(super) fn needs_uploads(trial: &mut Trial<'_>) -> Outcome {
    trial.needs_plain(Plain::All)?;
    trial.timer(Timer::Quiet).map(drop)
}

/// The ground of a case about texts in plain that waits for quiet.
pub(super) fn needs_quiet(trial: &mut Trial<'_>) -> Outcome {
    trial.needs_plain(Plain::Text)?;
    trial.timer(Timer::Quiet).map(drop)
}

/// A header, and what comes with it.
pub(super) fn header(source: &str, destination: &str, rest: &[u8]) -> Vec<u8> {
    [b"ARCHIVO:", source.as_bytes(), b":", destination.as_bytes(), rest].concat()
}

/// A whole upload in one delivery, its mark and a text behind it.
pub(super) fn upload(source: &str, destination: &str, octets: &[u8]) -> Vec<u8> {
    header(source, destination, &[octets, MARK, AFTER].concat())
}

/// Delivers a whole upload and sees it end.
pub(super) fn uploaded(
    peer: &mut PlainPeer,
    source: &str,
    destination: &str,
    octets: &[u8],
) -> Outcome {
    peer.deliver(upload(source, destination, octets))?;
    peer.expect_echo(AFTER)
}

/// A source, the name of a file, and its octets.
pub(super) type File<'f> = (&'f str, &'f str, &'f [u8]);

/// Uploads in one delivery and finds the file as it should be.
pub(super) fn stores(trial: &mut Trial<'_>, source: &str, name: &str, octets: &[u8]) -> Outcome {
    stores_each(trial, &[(source, name, octets)])
}

/// Uploads each on a connection of its own, side by side, and finds the files as they
/// should be.
pub(super) fn stores_each(trial: &mut Trial<'_>, files: &[File<'_>]) -> Outcome {
    needs_uploads(trial)?;
    let mut peers = Vec::new();
    for (source, name, octets) in files {
        let mut peer = trial.connect_plain()?;
        peer.deliver(upload(source, &trial.destination(name), octets))?;
        peers.push(peer);
    }
    for (peer, (source, name, _)) in peers.iter_mut().zip(files) {
        peer.expect_echo(AFTER).map_err(|departure| {
            let seen = format!("{}, for source `{source}` and `{name}`", departure.seen);
            Departure { seen, ..departure }
        })?;
    }
    drop(peers);
    let destinations: Vec<_> =
        files.iter().map(|(_, name, octets)| (trial.destination(name), *octets)).collect();
    expect_files(trial, &destinations)
}

/// A whole upload that is refused by its header, at once: so much follows the source that
/// no quiet is needed to judge it.
pub(super) fn refusable(source: &str, destination: &str, octets: &[u8]) -> Vec<u8> {
    let octets = [octets, b"\n", &[b'x'; Destination::MAX_LEN]].concat();
    upload(source, destination, &octets)
}

/// Each of these deliveries, on a connection of its own, makes the server close without an
/// octet.
pub(super) fn refuses(trial: &mut Trial<'_>, deliveries: &[Vec<u8>]) -> Outcome {
    needs_uploads(trial)?;
    let mut peers = Vec::new();
    for delivery in deliveries {
        let mut peer = trial.connect_plain()?;
        peer.deliver(delivery)?;
        peers.push(peer);
    }
    for (peer, delivery) in peers.iter_mut().zip(deliveries) {
        peer.expect_closed_unanswered().map_err(|departure| {
            let first = delivery.get(..80).unwrap_or(delivery).escape_ascii();
            Departure { seen: format!("{} after `{first}`", departure.seen), ..departure }
        })?;
    }
    Ok(())
}

/// The twin of every refusal: an upload like any other.
pub(super) fn ordinary(trial: &mut Trial<'_>) -> Outcome {
    stores(trial, "a.txt", "ordinary.txt", b"hola")
}

/// Asks until once it is as it should be, since quiet may have come in a wrong place.
pub(super) fn attempts(
    trial: &mut Trial<'_>,
    ask: impl Fn(&mut Trial<'_>, usize) -> Outcome,
) -> Outcome {
    let mut last = Ok(());
    for attempt in 0..ATTEMPTS {
        last = ask(trial, attempt);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// What a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Open on another connection.
    Open,
    /// There is a file.
    File,
    /// There is nothing.
    Nothing,
}

/// A framed connection that asks what a destination is.
pub(super) struct Watch {
    peer: Peer,
    question: Upload,
}

impl Watch {
    pub(super) fn new(trial: &mut Trial<'_>, destination: &str) -> Outcome<Self> {
        let question = Upload::new(destination.to_owned(), Vec::new()).of_unknown_size();
        Ok(Self { peer: trial.open()?, question })
    }

    /// Stores a file first, so that asking never opens the destination.
    pub(super) fn over_file(trial: &mut Trial<'_>, name: &str) -> Outcome<(Self, String)> {
        let old = trial.upload(name, 5)?;
        let mut watch = Self::new(trial, &old.destination)?;
        super::store(&mut watch.peer, &old)?;
        Ok((watch, old.destination))
    }

    pub(super) fn ask(&mut self) -> Outcome<State> {
        let expected = "CONTINUE, ERROR 211 or ERROR 214";
        self.peer.send(self.question.file())?;
        match self.peer.next(expected)? {
            Answer::Error(code, _) if code.number() == 214 => Ok(State::Open),
            Answer::Error(code, _) if code.number() == 211 => Ok(State::File),
            Answer::Continue(_) => {
                self.peer.send(octets::abort())?;
                self.peer.expect_error(220)?;
                Ok(State::Nothing)
            }
            other => Err(crate::conformance::answer::unexpected(expected, &other)),
        }
    }

    /// Waits until quiet has opened the destination for `peer`, which [`Self::wait_for`]
    /// would see; from a server that opens none in plain it is hidden when quiet has come.
    pub(super) fn await_quiet(&mut self, trial: &Trial<'_>, peer: &mut PlainPeer) -> Outcome {
        let over = Instant::now() + trial.span(Timer::Quiet) + Duration::from_secs(1);
        while !self.has_opened(peer)? && Instant::now() < over {}
        Ok(())
    }

    /// Whether the destination is open, asked with a moment in between; nothing shall come to
    /// `peer` meanwhile.
    pub(super) fn has_opened(&mut self, peer: &mut PlainPeer) -> Outcome<bool> {
        if self.ask()? == State::Open {
            return Ok(true);
        }
        if peer.comes_soon() {
            return Err(Departure::fail("the header to be accepted", peer.what_came()));
        }
        Ok(false)
    }

    /// Asks until it is so, as long as nothing comes to `peer`, where nothing shall.
    pub(super) fn wait_for(&mut self, state: State, peer: &mut PlainPeer) -> Outcome {
        loop {
            let seen = self.ask()?;
            if seen == state {
                return Ok(());
            }
            let expected = || format!("`{}` to be {state:?}", self.question.destination);
            if peer.comes_soon() {
                return Err(Departure::fail(expected(), peer.what_came()));
            }
            if peer.is_late() {
                return Err(Departure::fail(expected(), format!("{seen:?} until the deadline")));
            }
        }
    }

    /// What it is when it is not open any more. A server need not have closed a destination
    /// in the moment in which it ends the connection.
    fn settled(&mut self, trial: &Trial<'_>) -> Outcome<State> {
        loop {
            match self.ask()? {
                State::Open if !trial.is_late() => Trial::pause(),
                state => return Ok(state),
            }
        }
    }
}

/// There is a file with these octets. Where they cannot be seen, by a resume or on disk,
/// the case has no ground.
pub(super) fn expect_file(trial: &mut Trial<'_>, destination: &str, octets: &[u8]) -> Outcome {
    expect_files(trial, &[(destination.to_owned(), octets)])
}

/// The same of each of these.
pub(super) fn expect_files(trial: &mut Trial<'_>, files: &[(String, &[u8])]) -> Outcome {
    let Some((first, _)) = files.first() else { return Ok(()) };
    let mut watch = Watch::new(trial, first)?;
    for (destination, octets) in files {
        watch.question.destination.clone_from(destination);
        let state = watch.settled(trial)?;
        if state != State::File {
            let expected = format!("a file at `{destination}`");
            return Err(Departure::fail(expected, format!("{state:?}")));
        }
        let upload = Upload::new(destination.clone(), octets.to_vec());
        // The engine compares it on disk.
        trial.note_stored(&upload);
        if trial.root().is_err() {
            expect_octets(&mut watch.peer, &upload)?;
        }
    }
    Ok(())
}

/// What RESUME says of a file that is there.
fn expect_octets(peer: &mut Peer, upload: &Upload) -> Outcome {
    peer.send(upload.clone().resuming().file())?;
    let len = upload.octets.len();
    match peer.next("CONTINUE or ERROR 211")? {
        Answer::Continue(point) if len == 0 || point.offset == len as u64 => {
            let whole = upload.crc32(len);
            if point.crc32 != whole {
                let expected = format!("the CRC-32 of {len} octets, {whole:08X}");
                return Err(Departure::fail(expected, format!("{:08X}", point.crc32)));
            }
            peer.send(octets::abort())?;
            peer.expect_error(220).map(drop)
        }
        _ => Err(Departure::not_applicable(
            "a file is there, but its octets cannot be seen: the server does not count complete \
             files as held, and its root was not named",
        )),
    }
}

/// There is nothing.
pub(super) fn expect_nothing(trial: &mut Trial<'_>, destination: &str) -> Outcome {
    match Watch::new(trial, destination)?.settled(trial)? {
        State::Nothing => Ok(()),
        state => Err(Departure::fail(format!("nothing at `{destination}`"), format!("{state:?}"))),
    }
}
