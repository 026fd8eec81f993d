//! The loop of a plain connection (chapter 10.1): deliveries, pauses, and the store.
//!
//! Every refusal is a closed connection and a line in the log (`plain.refusal`).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tracing::{debug, info, warn};

use super::buffers::Input;
use super::config::PlainMode;
use super::connection::{Admission, Connection, Ending, shown};
use super::listener::Shared;
use super::store::{Refusal, Upload};
use super::stream::{Arrival, Signals, Stream};
use crate::plain::{Cause, Event, MIN_BUFFER, Mode, Recogniser};
use crate::wire::{DeclaredSize, Destination, DigestKind, FileRequest, Flags, SourceName};

/// Input buffer outside uploads and inside them.
const INPUT: usize = if Input::IDLE > MIN_BUFFER { Input::IDLE } else { MIN_BUFFER };
const UPLOAD_INPUT: usize = 64 * 1024;

pub(super) fn run(connection: &mut Connection<'_>) -> Ending {
    if connection.admission == Admission::TooMany {
        return Ending::Ended("refused: too many connections".into());
    }
    let shared = connection.shared;
    let mode = match shared.config.plain {
        PlainMode::All => Mode::All,
        PlainMode::Text | PlainMode::Off => Mode::Text,
    };
    Plain {
        shared,
        peer: connection.peer,
        stream: &mut connection.stream,
        recogniser: Recogniser::new(mode),
        upload: None,
        quiet_reported: false,
        shutdown_since: None,
    }
    .run()
}

struct Plain<'c> {
    shared: &'c Shared,
    peer: SocketAddr,
    stream: &'c mut Stream,
    recogniser: Recogniser,
    upload: Option<OpenUpload>,
    /// Whether quiet has been reported in this pause.
    quiet_reported: bool,
    shutdown_since: Option<Instant>,
}

struct OpenUpload {
    upload: Upload,
    destination: String,
    size: u64,
    begun: Instant,
}

impl Plain<'_> {
    fn run(&mut self) -> Ending {
        // What detection has read is the first delivery.
        let mut cause = Ok(Cause::Delivery);
        loop {
            let ended = cause.and_then(|cause| self.advance(cause));
            cause = match ended.and_then(|()| self.next_cause()) {
                Ok(cause) => Ok(cause),
                Err(ending) => {
                    self.unfinished();
                    return ending;
                }
            };
        }
    }

    /// Acts on all events of a cause.
    fn advance(&mut self, cause: Cause) -> Result<(), Ending> {
        loop {
            let step = self.recogniser.advance(self.stream.input.unconsumed(), cause);
            let output = &mut self.stream.output;
            match step.event {
                Event::NeedMore => {
                    self.stream.input.consume(step.consumed);
                    return Ok(());
                }
                Event::Echo(octets) => output.put(octets),
                Event::Begin { source, destination } => {
                    self.upload = Some(begin(self.shared, self.peer, source, destination)?);
                }
                Event::Data(octets) => match self.upload.as_mut() {
                    Some(open) => open.write(octets, self.peer)?,
                    None => return Err(Ending::Ended("no upload is open".into())),
                },
                Event::End => {
                    if let Some(open) = self.upload.take() {
                        open.finish(self.peer)?;
                    }
                }
                Event::Refuse(refusal) => {
                    return Err(Ending::Ended(format!("refused: {refusal}")));
                }
                Event::Unfinished => return Err(Ending::EndOfStream { cut: true }),
                Event::Ended => return Err(Ending::EndOfStream { cut: false }),
            }
            self.stream.input.consume(step.consumed);
        }
    }

    /// Sends, reads and waits until something happens: a delivery, quiet once per pause,
    /// or end of stream.
    fn next_cause(&mut self) -> Result<Cause, Ending> {
        let timers = self.shared.config.timers;
        let mut since = Instant::now();
        if self.upload.is_none() {
            self.stream.input.shrink(INPUT);
        }
        loop {
            self.obey_shutdown()?;
            self.stream.write()?;
            let read = !self.stream.output.is_above_bound();
            if read {
                let capacity = if self.upload.is_some() { UPLOAD_INPUT } else { INPUT };
                match self.stream.read(capacity, capacity) {
                    Arrival::Octets(_) => {
                        self.quiet_reported = false;
                        return Ok(Cause::Delivery);
                    }
                    Arrival::EndOfStream => return Ok(Cause::EndOfStream),
                    Arrival::Nothing => {}
                }
            } else {
                since = Instant::now();
            }
            let next = if self.quiet_reported { timers.idle } else { timers.quiet };
            let left = next.saturating_sub(since.elapsed());
            if left.is_zero() {
                if self.quiet_reported {
                    return Err(Ending::Ended("timeout".into()));
                }
                self.quiet_reported = true;
                return Ok(Cause::Quiet);
            }
            self.wait(read, left)?;
        }
    }

    fn wait(&mut self, read: bool, span: Duration) -> Result<(), Ending> {
        let (shutdown, span) = match self.shutdown_since {
            None => (Some(self.shared.shutdown.signal()), span),
            Some(since) => {
                (None, span.min(self.shared.config.grace.saturating_sub(since.elapsed())))
            }
        };
        let takeover = self.upload.as_ref().map(|open| open.upload.takeover_signal());
        let woken = self.stream.wait(read, Some(span), Signals { shutdown, takeover });
        if woken?.takeover {
            return Err(Ending::Ended("the upload was taken over".into()));
        }
        Ok(())
    }

    /// As in framed, but for the words: closes when no upload is open, or when the open
    /// one has had its grace.
    fn obey_shutdown(&mut self) -> Result<(), Ending> {
        if !self.shared.shutdown.has_begun() {
            return Ok(());
        }
        let since = *self.shutdown_since.get_or_insert_with(Instant::now);
        if self.upload.is_some() && since.elapsed() < self.shared.config.grace {
            return Ok(());
        }
        Err(Ending::Ended("shutting down".into()))
    }

    fn unfinished(&mut self) {
        if let Some(open) = self.upload.take() {
            let destination = shown(&open.destination);
            info!(peer = %self.peer, destination, size = open.size, "upload unfinished");
            open.upload.discard();
        }
    }
}

/// Handles a header as `plain.upload` says.
fn begin(
    shared: &Shared,
    peer: SocketAddr,
    source: SourceName<'_>,
    destination: Destination<'_>,
) -> Result<OpenUpload, Ending> {
    let request = FileRequest {
        flags: Flags { overwrite: true, resume: false },
        digest: DigestKind::Crc32,
        size: DeclaredSize::UNKNOWN,
        source,
        destination,
    };
    let name = destination.as_str().to_owned();
    match shared.store.begin(&request, &shared.config.limits) {
        Ok(upload) => {
            let source = shown(source.as_str());
            debug!(%peer, destination = shown(&name), source, "upload begins");
            Ok(OpenUpload { upload, destination: name, size: 0, begun: Instant::now() })
        }
        Err(refusal) => Err(refused(peer, &name, &refusal)),
    }
}

impl OpenUpload {
    fn write(&mut self, octets: &[u8], peer: SocketAddr) -> Result<(), Ending> {
        self.size = self.size.saturating_add(octets.len() as u64);
        self.upload.write(octets).map_err(|refusal| refused(peer, &self.destination, &refusal))
    }

    fn finish(self, peer: SocketAddr) -> Result<(), Ending> {
        match self.upload.finish(None) {
            Ok(digest) => {
                info!(
                    %peer,
                    destination = shown(&self.destination),
                    size = self.size,
                    digest = %format_args!("{}:{digest}", digest.kind()),
                    milliseconds = self.begun.elapsed().as_millis(),
                    "stored"
                );
                Ok(())
            }
            Err(refusal) => Err(refused(peer, &self.destination, &refusal)),
        }
    }
}

fn refused(peer: SocketAddr, destination: &str, refusal: &Refusal) -> Ending {
    let Refusal { code, message } = refusal;
    warn!(%peer, %code, destination = shown(destination), reason = shown(message), "upload failed");
    Ending::Ended(format!("refused: {code}"))
}
