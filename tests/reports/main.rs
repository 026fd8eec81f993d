//! The reports of the conformance suite: what they say of every verdict, what they make of a
//! target that speaks to them, and what is left of a run that was killed.

#[path = "../common/mod.rs"]
mod common;
#[path = "../peers/mod.rs"]
mod peers;

mod cli;
mod diff;
mod formats;
mod hostile;
mod html;
mod junit;
mod killed;
mod merge;
mod records;
mod schema;
