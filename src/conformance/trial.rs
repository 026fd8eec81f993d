//! One run of one case: its deadlines, its folder on the server, its connections.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::deadline::Deadline;
use super::oracle::Acknowledged;
use super::outgoing::Outbox;
use super::plain_peer::BETWEEN_QUESTIONS;
use super::transcript::Transcript;
use super::{
    Case, Departure, Outcome, Peer, Plain, PlainPeer, Proof, Segmentation, Settings, Target, Timer,
    Upload, octets,
};
use crate::wire::{FileSize, Limits, PayloadLimit, Version};

/// The client-line that needs nothing of a server.
pub(super) const SHORTEST_LINE: &[u8] = b"CONEXION/1 CLIENT\n";

/// As long as a file of the cases about uploads in plain may be, unless a case says more.
const PLAIN_FILE: usize = 4096;

/// What a case may use.
#[derive(Debug)]
pub struct Trial<'s> {
    settings: &'s Settings,
    target: &'s Target,
    folder: String,
    deadline: Instant,
    spans: Duration,
    label: &'static str,
    outbox: Outbox,
    transcripts: Vec<Rc<RefCell<Transcript>>>,
    acknowledged: Acknowledged,
    /// The case's id, or nothing where there is no case.
    case: &'static str,
    proof: Option<Proof>,
    broken: Option<&'static str>,
}

impl<'s> Trial<'s> {
    pub(super) fn new(
        settings: &'s Settings,
        target: &'s Target,
        folder: String,
        label: &'static str,
    ) -> Self {
        let deadline = Instant::now() + settings.timeout;
        Self {
            settings,
            target,
            folder,
            deadline,
            spans: Duration::ZERO,
            label,
            outbox: Outbox::new(Segmentation::Whole, settings.pause),
            transcripts: Vec::new(),
            acknowledged: Acknowledged::default(),
            case: "",
            proof: None,
            broken: None,
        }
    }

    /// The same for a case, before it has connected.
    pub(super) fn of(self, case: &Case) -> Self {
        let outbox = Outbox::new(case.segmentation, self.settings.pause);
        Self { outbox, case: case.id, ..self }
    }

    /// The id of the case, without its segmentation.
    pub(super) fn case(&self) -> &'static str {
        self.case.split('@').next().unwrap_or_default()
    }

    /// The same case put once more, with a folder and a deadline of its own.
    pub(super) fn again(&self, number: usize) -> Self {
        let folder = format!("{}/{number}", self.folder);
        let trial = Self::new(self.settings, self.target, folder, self.label);
        let outbox = self.outbox.renewed();
        Self { outbox, case: self.case, ..trial }
    }

    /// Gives what comes now as much time as a case has: a session of many connections takes
    /// longer than one question.
    pub(super) fn renew(&mut self) {
        self.deadline = Instant::now() + self.settings.timeout;
    }

    /// What this one, put once more, has done is what the case has done.
    pub(super) fn adopt(&mut self, again: Self) {
        again.flush();
        self.transcripts = again.transcripts;
    }

    /// The files that the case saw stored were looked at already, so far.
    pub(super) const fn set_proof(&mut self, proof: Option<Proof>) {
        self.proof = proof;
    }

    /// How far they were looked at by the case itself.
    pub(super) const fn proof(&self) -> Option<Proof> {
        self.proof
    }

    /// The requirement that is broken, where the case is about many.
    pub(super) const fn blame(&mut self, requirement: &'static str) {
        self.broken = Some(requirement);
    }

    /// The requirement that was named as broken.
    pub(super) const fn broken(&self) -> Option<&'static str> {
        self.broken
    }

    /// When the time of the run is up in which sessions that fail are made smaller; one at a
    /// time.
    pub(super) fn shrinking(&self) -> Arc<Mutex<Option<Instant>>> {
        Arc::clone(&self.target.shrinking)
    }

    /// How much time that is.
    pub(super) const fn time_to_shrink(&self) -> Duration {
        self.settings.shrink
    }

    /// What the server has said that it accepts.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.target.limits
    }

    /// How much of plain the server speaks.
    #[must_use]
    pub const fn plain(&self) -> Plain {
        self.target.plain
    }

    /// The ground of a case about plain.
    ///
    /// # Errors
    ///
    /// Not applicable if the server speaks less than this, or takes uploads and no files as
    /// long as they have.
    pub fn needs_plain(&self, least: Plain) -> Outcome {
        let reason = match self.plain() {
            plain if plain >= least && least == Plain::All => return self.needs_room(PLAIN_FILE),
            plain if plain >= least => return Ok(()),
            Plain::Off => "the server does not speak plain: it answers no text",
            Plain::Text | Plain::All => "the server takes no uploads in plain",
        };
        Err(Departure::not_applicable(reason))
    }

    /// The span of a timer that a case waits for: the declared one, and for those of plain
    /// otherwise that of the spec. The case has time for three of these spans on top of
    /// [`Settings::timeout`], on connections that it makes from now on.
    ///
    /// # Errors
    ///
    /// Not applicable if it is not declared, or longer than [`Settings::patience`].
    pub fn timer(&mut self, timer: Timer) -> Outcome<Duration> {
        let (name, patience) = (timer.name(), self.settings.patience);
        let timers = &self.settings.profile.timers;
        let told = match timers.declared(timer) {
            None if matches!(timer, Timer::Prefix | Timer::Quiet) => "by default",
            None => {
                let reason = format!(
                    "its {name} timer is not known: give the server one of at most {patience:?} \
                     and declare it"
                );
                return Err(Departure::not_applicable(reason));
            }
            Some(_) => "as declared",
        };
        let span = timers.span(timer);
        if span > patience {
            let reason = format!(
                "its {name} timer is {span:?}, {told}, and a case waits for {patience:?} at most: \
                 give the server a shorter one and declare it, or have more patience"
            );
            return Err(Departure::not_applicable(reason));
        }
        self.deadline += 3 * span;
        self.spans += 3 * span;
        Ok(span)
    }

    /// The case has so much more time, on connections that it makes from now on.
    pub(super) fn takes_longer_by(&mut self, span: Duration) {
        self.deadline += span;
    }

    /// The declared span of a timer or that of the spec, where a case does not wait for it.
    #[must_use]
    pub fn span(&self, timer: Timer) -> Duration {
        self.settings.profile.timers.span(timer)
    }

    /// The quiet timer of plain, if it is declared.
    #[must_use]
    pub const fn declared_quiet(&self) -> Option<Duration> {
        self.settings.profile.timers.quiet
    }

    /// The time that proves silence.
    #[must_use]
    pub const fn silence(&self) -> Duration {
        self.settings.silence
    }

    /// Long enough for a server to have read what has come, and too short for quiet.
    pub(super) fn between_reads(&self) -> Duration {
        self.span(Timer::Quiet) / 4
    }

    /// Waits for the moment between two questions whose answer only time can change.
    pub(super) fn pause() {
        thread::sleep(BETWEEN_QUESTIONS);
    }

    /// Whether the deadline has come.
    #[must_use]
    pub fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// How many connections the server is declared to take.
    #[must_use]
    pub const fn declared_connections(&self) -> Option<usize> {
        self.settings.profile.connections
    }

    /// Connects and sends nothing.
    ///
    /// # Errors
    ///
    /// Inconclusive if there is no connection to be had.
    pub fn connect(&mut self) -> Outcome<Peer> {
        let acknowledged = self.acknowledged.clone();
        Ok(Peer::new(self.connection()?, self.settings.silence, acknowledged))
    }

    /// Connects for plain, and sends nothing.
    ///
    /// # Errors
    ///
    /// Inconclusive if there is no connection to be had. Not applicable in every segmentation
    /// but the whole one: what a server of plain does depends on where its reads fall.
    pub fn connect_plain(&mut self) -> Outcome<PlainPeer> {
        if self.outbox.segmentation != Segmentation::Whole {
            let reason = "in plain a boundary is where a read falls: only sent whole is it judged";
            return Err(Departure::not_applicable(reason));
        }
        Ok(PlainPeer::new(self.connection()?, self.settings.silence))
    }

    /// A case that asks its questions on many connections has its time on each of them: a
    /// server that is slow is not for that wrong.
    fn connection(&mut self) -> Outcome<Connection> {
        let span = self.settings.timeout + self.spans;
        let deadline = Deadline::new(self.deadline.max(Instant::now() + span), span);
        let transcript = Rc::new(RefCell::new(Transcript::new(self.label)));
        self.transcripts.push(Rc::clone(&transcript));
        Connection::open(self.target.address, deadline, &self.outbox, transcript).map_err(|error| {
            let reason = format!("no connection to {}: {error}", self.target.address);
            Departure::inconclusive(reason)
        })
    }

    /// Connects and exchanges the shortest prefaces.
    ///
    /// # Errors
    ///
    /// A departure unless the server answers in version 1.
    pub fn open(&mut self) -> Outcome<Peer> {
        self.open_with(SHORTEST_LINE)
    }

    /// Connects and states a limit for replies.
    ///
    /// # Errors
    ///
    /// A departure unless the server answers in version 1.
    pub fn open_for_replies(&mut self, limit: PayloadLimit) -> Outcome<Peer> {
        let line = format!("CONEXION/1 CLIENT text={}\n", limit.octets());
        let mut peer = self.open_with(line.as_bytes())?;
        peer.set_text_limit(limit);
        Ok(peer)
    }

    /// Connects, sends this line and takes the server's.
    ///
    /// # Errors
    ///
    /// A departure unless the server answers in version 1.
    pub fn open_with(&mut self, line: &[u8]) -> Outcome<Peer> {
        let mut peer = self.connect()?;
        peer.send(line)?;
        let version = peer.expect_line()?.version;
        if version == Version::ONE {
            return Ok(peer);
        }
        Err(Departure::fail("version 1, the client's", format!("version {}", version.number())))
    }

    /// The server's root.
    ///
    /// # Errors
    ///
    /// Not applicable unless it is on this machine and was named.
    pub fn root(&self) -> Outcome<&'s Path> {
        self.root_if_known().ok_or_else(|| {
            Departure::not_applicable("only on disk can this be seen; name the root with --root")
        })
    }

    pub(super) fn root_if_known(&self) -> Option<&'s Path> {
        self.settings.root.as_deref()
    }

    /// The folder below the root that is this case's own.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Names the connections that are opened from now on.
    pub(super) const fn set_label(&mut self, label: &'static str) {
        self.label = label;
    }

    /// The case has seen this stored otherwise than by [`Peer::expect_stored`].
    pub(super) fn note_stored(&self, upload: &Upload) {
        self.acknowledged.note(upload);
    }

    /// What the case has seen stored.
    pub(super) const fn acknowledged(&self) -> &Acknowledged {
        &self.acknowledged
    }

    /// A destination in this case's own folder.
    #[must_use]
    pub fn destination(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// A destination in this case's own folder that is so many octets long, all of its
    /// components within their bound.
    #[must_use]
    pub fn long_destination(&self, len: usize) -> String {
        let mut destination = self.destination("");
        while destination.len() < len {
            let rest = len - destination.len();
            // One octet alone after a `/` would leave that `/` at the end.
            let component = if rest == 256 { 254 } else { rest.min(255) };
            destination.push_str(&"x".repeat(component));
            if destination.len() < len {
                destination.push('/');
            }
        }
        destination
    }

    /// A file of so many octets in this case's own folder.
    ///
    /// # Errors
    ///
    /// Not applicable if the server's `file` does not allow that many.
    pub fn upload(&self, name: &str, len: usize) -> Outcome<Upload> {
        self.needs_room(len)?;
        Ok(Upload::new(self.destination(name), octets::content(len)))
    }

    /// The ground of a case that stores so many octets.
    ///
    /// # Errors
    ///
    /// Not applicable if the server's `file` does not allow that many.
    pub fn needs_room(&self, len: usize) -> Outcome {
        if self.limits().accept_file(len as u64) {
            return Ok(());
        }
        let most = self.limits().file.map_or(0, FileSize::octets);
        let reason = format!("the server's `file` is {most}: no room for {len} octets");
        Err(Departure::not_applicable(reason))
    }

    /// The limit of replies that allows the longest text which the server takes.
    #[must_use]
    pub const fn reply_limit(&self) -> PayloadLimit {
        self.limits().text
    }

    /// Sends what is held back: the case looks for what comes of it elsewhere than on a
    /// connection.
    pub(super) fn flush(&self) {
        self.outbox.flush();
    }

    /// Everything that happened, connection by connection.
    pub(super) fn transcripts(&self) -> Vec<Transcript> {
        self.transcripts.iter().map(|transcript| transcript.borrow().clone()).collect()
    }
}
