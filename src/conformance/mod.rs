//! The conformance suite: judges a server at any address by the framed profile of
//! `spec/protocol.md`, and says which sentence it breaks, with the octets to prove it.
//!
//! # Contract
//!
//! - It needs nothing but the address. It speaks the protocol with [`crate::wire`] for
//!   good octets and by hand for broken ones, and shares no other code with a server or a
//!   client.
//! - A case that expects a refusal runs beside its *twin*, equal but for the one fault,
//!   and the server must still answer a new connection afterwards. Otherwise it is
//!   [`Verdict::Inconclusive`], never a pass.
//! - Each connection of a case has a deadline, which octets that come put off, though not for
//!   ever. Nothing waits in the hope that it was long enough: a case sends what it is about,
//!   and then a request whose answer proves that the former was handled. Where only silence can prove a thing, the wait is [`Settings::silence`];
//!   where only a timer can, it is the declared span, up to [`Settings::patience`].
//! - Every case stores under a folder of its own, `conform-<run>/<case>`, and removes
//!   nothing, since the protocol cannot.
//!
//! ```no_run
//! use conexion::conformance::{self, Settings};
//! use conexion::wire::Role;
//!
//! let cases = conformance::registry(Role::Server);
//! let target = "127.0.0.1:12345".parse().expect("an address");
//! let report = conformance::run(target, &cases, &Settings::default(), |_| {})?;
//! assert_eq!(report.conclusion(), conformance::Conclusion::Conforms);
//! # Ok::<(), conformance::Unreachable>(())
//! ```

mod answer;
mod baseline;
mod capacity;
mod case;
mod cases;
mod causes;
mod connection;
mod deadline;
mod disk;
mod engine;
mod evidence;
mod field;
mod generated;
pub mod hearing;
mod inbox;
mod ledger;
mod life;
mod octets;
mod oracle;
mod outgoing;
mod peer;
mod plain_peer;
mod profile;
pub mod record;
pub mod recording;
mod renamed;
pub mod report;
mod requirements;
mod segmentation;
mod settings;
mod target;
mod transcript;
mod trial;
mod unobserved;
mod upload;
mod verdict;

pub use self::answer::Answer;
pub use self::baseline::{BadBaseline, Baseline, Known};
pub use self::case::{Ask, Case, Hear, Level, Question, Turn};
pub use self::cases::{Chapter, chapter, chapters, is_case, registry, segmented, select};
pub use self::causes::usual_causes;
pub use self::engine::{CaseResult, Report, run};
pub use self::evidence::{Evidence, Item};
pub use self::generated::{generated, pairs_covered, pairwise};
pub use self::hearing::Hearing;
pub use self::ledger::{Entry, Standing, ledger, ledger_faults, ledger_text};
pub use self::oracle::Proof;
pub use self::peer::{Peer, ServerLine};
pub use self::plain_peer::PlainPeer;
pub use self::profile::{BadProfile, DeclaredLimits, Plain, Profile, Timer, Timers};
pub use self::renamed::current_id;
pub use self::requirements::{Requirement, Side, requirement, requirements};
pub use self::segmentation::Segmentation;
pub use self::settings::Settings;
pub use self::target::{Target, Unreachable};
pub use self::transcript::{Direction, Event, Happening, Transcript};
pub use self::trial::Trial;
pub use self::upload::Upload;
pub use self::verdict::{Conclusion, Departure, Outcome, Verdict};
