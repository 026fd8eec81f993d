//! Connecting, and finding out which profile the server speaks.

use core::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use tracing::debug;

use super::address::Address;
use super::connection::Connection;
use super::error::Error;
use super::link::{Interrupt, Link, Received, Waited, deadline, wait};
use super::plain::Plain;
use crate::plain::client::{Answer, judge_answer};
use crate::session::client::{Client, Event};
use crate::wire::{Agent, Limits, Output, PayloadLimit, Preface};

/// How a client finds the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileChoice {
    /// Framed, or plain if the server echoes the client's line (`plain.client-fallback`).
    #[default]
    Auto,
    /// Framed or nothing.
    Framed,
    /// Plain, without asking.
    Plain,
}

/// The profile of a connection (chapter 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Frames, with refusals, integrity and resume.
    Framed,
    /// The octet stream of the original programs.
    Plain,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Framed => "framed",
            Self::Plain => "plain",
        })
    }
}

/// What a client wants of its connections.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the profile is found; [`ProfileChoice::Auto`] by default.
    pub profile: ProfileChoice,
    /// How long one address may take to accept a connection, and then the server to send
    /// its line; 10 s by default.
    pub connect_timeout: Duration,
    /// How long no octet may move while the client waits for the server; 300 s by default.
    pub silence: Duration,
    /// Ends the client's waits.
    pub interrupt: Interrupt,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: ProfileChoice::Auto,
            connect_timeout: Duration::from_secs(10),
            silence: Duration::from_secs(300),
            interrupt: Interrupt::default(),
        }
    }
}

/// A connection whose profile is known.
#[derive(Debug)]
pub enum Connected {
    /// The framed profile.
    Framed(Box<Connection>),
    /// The plain profile.
    Plain(Plain),
}

impl Connected {
    /// Its profile.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        match self {
            Self::Framed(_) => Profile::Framed,
            Self::Plain(_) => Profile::Plain,
        }
    }
}

/// What this client calls itself in its line.
const AGENT: &str = concat!("conexion/", env!("CARGO_PKG_VERSION"));

/// Most octets of a stranger's answer that are kept to be shown.
const SHOWN: usize = 64;

/// Connects to the first address of the name that accepts, and finds the profile.
///
/// # Errors
///
/// [`Error::Unreachable`], [`Error::NoServerLine`], [`Error::Fault`] for a malformed
/// server-line or a version that was not offered, or [`Error::Interrupted`].
pub fn connect(address: &Address, options: &Options) -> Result<Connected, Error> {
    let unreachable = |source| Error::Unreachable { address: address.to_string(), source };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for socket_address in address.resolve().map_err(unreachable)? {
        match dial(socket_address, options) {
            Ok(Some(stream)) => {
                debug!(%socket_address, "connected");
                let link = Link::new(stream, options.silence, options.interrupt.clone());
                return negotiate(link.map_err(unreachable)?, options);
            }
            Ok(None) => return Err(Error::Interrupted),
            Err(error) => {
                debug!(%socket_address, %error, "no connection");
                last = error;
            }
        }
    }
    Err(unreachable(last))
}

/// `None` if interrupted.
fn dial(address: SocketAddr, options: &Options) -> io::Result<Option<TcpStream>> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INPROGRESS) => {}
        result => return result.map(|()| Some(socket.into())),
    }
    let deadline = deadline(Instant::now(), options.connect_timeout);
    match wait(socket.as_fd(), PollFlags::OUT, deadline, &options.interrupt)? {
        Waited::Interrupted => Ok(None),
        Waited::Expired => Err(io::ErrorKind::TimedOut.into()),
        Waited::Ready => match socket.take_error()? {
            Some(error) => Err(error),
            None => Ok(Some(socket.into())),
        },
    }
}

fn negotiate(mut link: Link, options: &Options) -> Result<Connected, Error> {
    if options.profile == ProfileChoice::Plain {
        return Ok(Connected::Plain(Plain::new(link)));
    }
    // `preface.text-enough`: no text is longer.
    let mut session = Client::new(PayloadLimit::MOST);
    let mut buffer = [0; Preface::MAX_LEN];
    let mut out = Output::new(&mut buffer);
    session.preface(Agent::new(AGENT), &mut out).map_err(Error::Misuse)?;
    let own_line = out.written();
    let stranger = |link: &Link, closed| Error::NoServerLine { closed, received: shown(link) };
    // `preface.one-write`: a line of at most 512 octets fits the empty send buffer of a new
    // connection.
    match link.write(own_line) {
        Ok(written) if written == own_line.len() => {}
        Ok(_) | Err(_) => return Err(stranger(&link, true)),
    }
    let deadline = deadline(Instant::now(), options.connect_timeout);
    loop {
        match link.wait_readable_until(deadline) {
            Ok(Waited::Ready) => {}
            Ok(Waited::Interrupted) => return Err(Error::Interrupted),
            Ok(Waited::Expired) => return Err(stranger(&link, false)),
            Err(_) => return Err(stranger(&link, true)),
        }
        let ended = !matches!(link.read(), Ok(Received::Octets | Received::Nothing));
        let answer = match options.profile {
            ProfileChoice::Auto => judge_answer(own_line, link.received()),
            ProfileChoice::Framed | ProfileChoice::Plain => Answer::Framed,
        };
        match answer {
            Answer::NeedMore => {}
            // `plain.client-fallback`
            Answer::Plain => {
                link.consume(own_line.len());
                return Ok(Connected::Plain(Plain::new(link)));
            }
            // `plain.client-no-guess`
            Answer::Neither => return Err(stranger(&link, false)),
            Answer::Framed => {
                if let Some((limits, agent)) = server_line(&mut session, &mut link)? {
                    debug!(?limits, ?agent, "framed");
                    let connection = Connection::new(link, session, limits, agent);
                    return Ok(Connected::Framed(Box::new(connection)));
                }
            }
        }
        if ended {
            return Err(stranger(&link, true));
        }
    }
}

/// What the server's line says, once it has come whole; the agent is for logs
/// (`preface.agent`).
fn server_line(
    session: &mut Client,
    link: &mut Link,
) -> Result<Option<(Limits, Option<String>)>, Error> {
    let step = session.receive(link.received()).map_err(Error::from)?;
    let said = match step.event {
        Event::Preface(preface) => Some((preface.limits(), preface.agent.map(str::to_owned))),
        _ => None,
    };
    link.consume(step.consumed);
    Ok(said)
}

fn shown(link: &Link) -> Vec<u8> {
    let received = link.received();
    received[..received.len().min(SHOWN)].to_owned()
}
