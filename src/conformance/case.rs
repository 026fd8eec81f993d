//! What a case is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Hearing, Outcome, Segmentation, Trial};
use crate::wire::Role;

/// The word of RFC 2119 that a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Departing is a failure.
    Must,
    /// Departing is weak.
    Should,
    /// Either way is right; the case says which.
    May,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        })
    }
}

/// What puts a question to a server: it ends with `Ok` where the server does as it should.
pub type Ask = fn(&mut Trial<'_>) -> Outcome;

/// What hears a client: it ends with `Ok` where the client does as it should.
pub type Hear = fn(&mut Hearing<'_>) -> Outcome;

/// How a case finds out, by the side that it examines; and its twin, the same without the
/// fault, which must succeed. Every case that expects a refusal has one.
#[derive(Clone, Copy, Debug)]
pub enum Question {
    /// The suite is the client.
    Server {
        /// Asks.
        run: Ask,
        /// Asks without the fault.
        twin: Option<Ask>,
    },
    /// The suite is the server.
    Client {
        /// Hears.
        run: Hear,
        /// Hears without the fault.
        twin: Option<Hear>,
    },
}

/// When a case is put, among the others of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Before all others, since it waits for a timer of the server.
    First,
    /// Beside the others.
    #[default]
    Any,
    /// When all others have ended, since it needs the server for itself.
    Alone,
}

/// One question put to a server or a client.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name, which never changes its meaning: `chapter.what-is-asked`.
    pub id: &'static str,
    /// The requirements of the spec that it asks about, the first one foremost.
    pub requirements: &'static [&'static str],
    /// The word of RFC 2119 in the first of them.
    pub level: Level,
    /// What is true of a server or client that passes, in a sentence.
    pub title: &'static str,
    /// How it finds out.
    pub question: Question,
    /// When it is put.
    pub turn: Turn,
    /// How what it sends is cut into writes.
    pub segmentation: Segmentation,
    /// Why it is put in the whole segmentation only, if it is.
    pub whole_only: Option<&'static str>,
}

impl Case {
    const fn new(
        id: &'static str,
        requirements: &'static [&'static str],
        level: Level,
        title: &'static str,
        question: Question,
    ) -> Self {
        Self {
            id,
            requirements,
            level,
            title,
            question,
            turn: Turn::Any,
            segmentation: Segmentation::Whole,
            whole_only: None,
        }
    }

    /// A case about a MUST.
    #[must_use]
    pub const fn must(
        id: &'static str,
        requirements: &'static [&'static str],
        title: &'static str,
        run: Ask,
    ) -> Self {
        Self::new(id, requirements, Level::Must, title, Question::Server { run, twin: None })
    }

    /// A case about a SHOULD.
    #[must_use]
    pub const fn should(
        id: &'static str,
        requirements: &'static [&'static str],
        title: &'static str,
        run: Ask,
    ) -> Self {
        Self::new(id, requirements, Level::Should, title, Question::Server { run, twin: None })
    }

    /// A case about a MAY.
    #[must_use]
    pub const fn may(
        id: &'static str,
        requirements: &'static [&'static str],
        title: &'static str,
        run: Ask,
    ) -> Self {
        Self::new(id, requirements, Level::May, title, Question::Server { run, twin: None })
    }

    /// The same case with the twin that must succeed. A case that hears clients keeps its
    /// own.
    #[must_use]
    pub const fn twin(self, twin: Ask) -> Self {
        match self.question {
            Question::Server { run, .. } => {
                Self { question: Question::Server { run, twin: Some(twin) }, ..self }
            }
            Question::Client { .. } => self,
        }
    }

    /// A case that hears a client, about a MUST.
    #[must_use]
    pub const fn hears_must(
        id: &'static str,
        requirements: &'static [&'static str],
        title: &'static str,
        run: Hear,
    ) -> Self {
        Self::new(id, requirements, Level::Must, title, Question::Client { run, twin: None })
    }

    /// A case that hears a client, about a SHOULD.
    #[must_use]
    pub const fn hears_should(
        id: &'static str,
        requirements: &'static [&'static str],
        title: &'static str,
        run: Hear,
    ) -> Self {
        Self::new(id, requirements, Level::Should, title, Question::Client { run, twin: None })
    }

    /// The same case that hears clients with the twin that must succeed. A case that asks
    /// servers keeps its own.
    #[must_use]
    pub const fn hears_twin(self, twin: Hear) -> Self {
        match self.question {
            Question::Client { run, .. } => {
                Self { question: Question::Client { run, twin: Some(twin) }, ..self }
            }
            Question::Server { .. } => self,
        }
    }

    /// The side that it examines.
    #[must_use]
    pub const fn side(&self) -> Role {
        match self.question {
            Question::Server { .. } => Role::Server,
            Question::Client { .. } => Role::Client,
        }
    }

    /// Whether it has a twin.
    #[must_use]
    pub const fn has_twin(&self) -> bool {
        match self.question {
            Question::Server { twin, .. } => twin.is_some(),
            Question::Client { twin, .. } => twin.is_some(),
        }
    }

    /// The same case, begun before all others: it waits for a timer of the server.
    #[must_use]
    pub const fn slow(self) -> Self {
        Self { turn: Turn::First, ..self }
    }

    /// The same case, put when all others have ended: it needs the server for itself.
    #[must_use]
    pub const fn alone(self) -> Self {
        Self { turn: Turn::Alone, ..self }
    }

    /// The same case, which has no ground in any other segmentation than the whole one, for
    /// this reason.
    #[must_use]
    pub const fn whole_only(self, reason: &'static str) -> Self {
        Self { whole_only: Some(reason), ..self }
    }

    /// The id without its segmentation.
    #[must_use]
    pub fn base_id(&self) -> &'static str {
        self.id.split('@').next().unwrap_or(self.id)
    }

    /// The chapter's word: what stands before the first dot of the id.
    #[must_use]
    pub fn topic(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }
}
