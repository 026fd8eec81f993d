//! A connection from accept to close.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use conexion::conformance::Timer;

use super::Shared;
use super::opening::Profile;
use super::stream::{Gone, Stream};
use crate::faults::{Fault, Limits};

/// How a connection ends.
pub(super) enum End {
    /// By the closing procedure.
    Closing,
    /// At once: nothing was sent that could be lost.
    AtOnce,
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::AtOnce
    }
}

/// `Ok` as long as the connection goes on.
pub(super) type Step<T = ()> = Result<T, End>;

pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) stream: Stream,
    /// When it was accepted.
    pub(super) accepted: Instant,
    /// Whether it is within the limit of connections.
    pub(super) served: bool,
}

impl Connection {
    pub(super) fn new(socket: TcpStream, shared: &Arc<Shared>) -> Self {
        let served = shared.limit.enter();
        let stream = Stream::new(socket, shared.clock);
        Self { shared: Arc::clone(shared), stream, accepted: Instant::now(), served }
    }

    pub(super) fn does(&self, fault: impl Into<Fault>) -> bool {
        self.shared.wrong.does(fault)
    }

    /// The moment at which a timer expires that began then.
    pub(super) fn expiry(&self, began: Instant, timer: Timer) -> Instant {
        began + self.shared.clock.span(timer)
    }

    pub(super) fn serve(mut self) {
        let ended = self.converse();
        let (limit, served) = (Arc::clone(&self.shared.limit), self.served);
        if let Err(End::Closing) = ended {
            self.stream.close();
        } else {
            drop(self);
        }
        limit.leave(served);
    }

    fn converse(&mut self) -> Step {
        if !self.served && self.does(Limits::RefusesAtOnce) {
            self.send_line()?;
            return Err(self.fatal(106, "too many connections"));
        }
        match self.opening()? {
            Profile::Framed(came) => self.framed(came),
            Profile::Plain(came) => self.plain(came),
        }
    }
}
