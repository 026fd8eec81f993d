//! What the author of a target says of it: the parts that it has, its limits and timers.
//!
//! A part that is not declared is found out where that is possible, and otherwise its
//! cases are [not applicable](super::Verdict::NotApplicable). A part that is declared and
//! absent is a failure.
//!
//! ```toml
//! plain = "off"           # off, text or all
//! resume = true
//! connections = 32        # how many it takes before it answers 106
//!
//! [limits]
//! chunk = 65536
//! text = 4096
//! file = 1048576
//!
//! [timers]
//! preface = "1s"
//! idle = "1s"
//! ```

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::wire::{FileSize, Limits};

/// How much of the plain profile a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plain {
    /// None: such a connection is closed.
    Off,
    /// Texts only.
    Text,
    /// Texts and uploads.
    All,
}

/// The declared spans of a server's timers, which are those of chapter 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timers {
    /// From accept to the end of the client's line.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub preface: Option<Duration>,
    /// For each 1024 octets of a frame that has begun.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub frame: Option<Duration>,
    /// Between frames.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub idle: Option<Duration>,
    /// In `discard`.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub discard: Option<Duration>,
    /// For a peer that takes nothing.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub write: Option<Duration>,
    /// From the end of the server's direction to the close.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub close: Option<Duration>,
    /// Plain: how long a prefix of another opening waits.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Duration>,
    /// Plain: how long nothing comes before a pause is quiet.
    #[serde(with = "span", skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Duration>,
}

/// A timer of chapter 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// `preface`.
    Preface,
    /// `frame`.
    Frame,
    /// `idle`.
    Idle,
    /// `discard`.
    Discard,
    /// `write`.
    Write,
    /// `close`.
    Close,
    /// `prefix`.
    Prefix,
    /// `quiet`.
    Quiet,
}

impl Timer {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Preface,
        Self::Frame,
        Self::Idle,
        Self::Discard,
        Self::Write,
        Self::Close,
        Self::Prefix,
        Self::Quiet,
    ];

    /// Its name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preface => "preface",
            Self::Frame => "frame",
            Self::Idle => "idle",
            Self::Discard => "discard",
            Self::Write => "write",
            Self::Close => "close",
            Self::Prefix => "prefix",
            Self::Quiet => "quiet",
        }
    }

    /// Its span in the table, which is that of a server whose author says nothing.
    #[must_use]
    pub const fn default_span(self) -> Duration {
        match self {
            Self::Preface => Duration::from_secs(10),
            Self::Frame | Self::Write => Duration::from_secs(30),
            Self::Idle | Self::Discard => Duration::from_secs(300),
            Self::Close => Duration::from_secs(5),
            Self::Prefix => Duration::from_secs(2),
            Self::Quiet => Duration::from_millis(300),
        }
    }
}

impl Timers {
    /// The declared span of a timer.
    #[must_use]
    pub const fn declared(&self, timer: Timer) -> Option<Duration> {
        match timer {
            Timer::Preface => self.preface,
            Timer::Frame => self.frame,
            Timer::Idle => self.idle,
            Timer::Discard => self.discard,
            Timer::Write => self.write,
            Timer::Close => self.close,
            Timer::Prefix => self.prefix,
            Timer::Quiet => self.quiet,
        }
    }

    /// The declared span of a timer, or that of the table.
    #[must_use]
    pub fn span(&self, timer: Timer) -> Duration {
        self.declared(timer).unwrap_or(timer.default_span())
    }
}

/// The declared limits of a server, in octets. They must be those that its line states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeclaredLimits {
    /// The largest payload of DATA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// The largest payload of TEXT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<u32>,
    /// The largest file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<u64>,
}

/// What is declared of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// How much of plain a server speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain: Option<Plain>,
    /// Whether a server ever answers RESUME with an offset above 0, or a client ever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<bool>,
    /// How many connections a server takes before it answers 106.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<usize>,
    /// The limits of a server.
    pub limits: DeclaredLimits,
    /// The spans of a server's timers.
    pub timers: Timers,
}

/// Why a text is no profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadProfile(String);

impl fmt::Display for BadProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadProfile {}

impl Profile {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no TOML, an unknown key, a value of another kind.
    pub fn read(text: &str) -> Result<Self, BadProfile> {
        toml::from_str(text).map_err(|error| BadProfile(error.to_string()))
    }

    /// As a text to be kept beside the target's own code.
    ///
    /// # Panics
    ///
    /// Never: a profile is a table of texts and numbers.
    #[must_use]
    pub fn text(&self) -> String {
        toml::to_string(self).expect("texts and numbers are TOML")
    }

    /// The same, with a comment for each key that is not declared and for which its author
    /// could find a value.
    #[must_use]
    pub fn text_with_hints(&self) -> String {
        let text = self.text();
        let (head, tables) = text.split_at(text.find('[').unwrap_or(text.len()));
        let head = head.trim_end();
        let connections = match self.connections {
            None => "# connections = 32\n",
            Some(_) => "",
        };
        let timers = Timer::ALL.iter().filter(|&&timer| self.timers.declared(timer).is_none());
        let timers = timers.map(|timer| {
            let span = humantime::format_duration(timer.default_span());
            format!("# {} = \"{span}\"\n", timer.name())
        });
        format!("{head}\n{connections}\n{tables}{}", timers.collect::<String>())
    }

    /// What the target's line states otherwise than the profile declares.
    #[must_use]
    pub fn contradictions(&self, stated: &Limits) -> Vec<String> {
        let file = stated.file.map_or(i64::MAX.unsigned_abs(), FileSize::octets);
        let limits = [
            ("chunk", self.limits.chunk.map(u64::from), u64::from(stated.chunk.octets())),
            ("text", self.limits.text.map(u64::from), u64::from(stated.text.octets())),
            ("file", self.limits.file, file),
        ];
        let other = |(key, declared, stated): (&str, Option<u64>, u64)| {
            let declared = declared.filter(|&declared| declared != stated)?;
            Some(format!("the profile declares `{key}` {declared}, the target's line {stated}"))
        };
        limits.into_iter().filter_map(other).collect()
    }
}

/// Spans as texts such as `300ms`.
mod span {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => serializer.collect_str(&humantime::format_duration(*span)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        match humantime::parse_duration(&text) {
            Ok(span) if span.is_zero() => Err(D::Error::custom("a timer's span is above zero")),
            Ok(span) => Ok(Some(span)),
            Err(error) => Err(D::Error::custom(format!("{error}; write for example 5s or 300ms"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let profile = Profile {
            plain: Some(Plain::Text),
            resume: Some(false),
            connections: Some(8),
            limits: DeclaredLimits { chunk: Some(1024), text: None, file: Some(0) },
            timers: Timers { idle: Some(Duration::from_millis(1500)), ..Timers::default() },
        };
        let text = profile.text();
        assert_eq!(Profile::read(&text), Ok(profile), "{text}");
        assert_eq!(Profile::read(""), Ok(Profile::default()));
    }

    #[test]
    fn hints_are_comments_that_could_be_declared() {
        let profile = Profile { plain: Some(Plain::All), resume: Some(true), ..Profile::default() };
        let text = profile.text_with_hints();
        assert_eq!(Profile::read(&text), Ok(profile), "{text}");
        let all = Profile::read(&text.replace("# ", "")).expect(&text);
        assert_eq!(all.connections, Some(32));
        for timer in Timer::ALL {
            assert_eq!(all.timers.declared(timer), Some(timer.default_span()));
        }
        assert!(!all.text_with_hints().contains('#'));
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for (text, says) in [
            ("plain = 'some'", "unknown variant"),
            ("plian = 'off'", "unknown field"),
            ("[timers]\nidle = '0s'", "above zero"),
            ("[timers]\nidle = 'soon'", "write for example"),
            ("[timers]\nidel = '1s'", "unknown field"),
            ("[limits]\nchunk = -1", "invalid value"),
        ] {
            let error = Profile::read(text).expect_err(text).to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_limit_that_is_declared_and_not_stated_is_a_contradiction() {
        let profile = Profile::read("[limits]\nchunk = 1024\ntext = 2048").expect("a profile");
        let found = profile.contradictions(&Limits::ABSENT);
        assert_eq!(found, ["the profile declares `text` 2048, the target's line 1024"]);
    }
}
