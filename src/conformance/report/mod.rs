//! Reports: of results as they come, and of a whole run.

pub mod terminal;
