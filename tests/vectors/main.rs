//! Runs every vector of `spec/vectors` against the core: whole, and cut.

mod client;
mod cut;
mod files;
mod ledger;
mod schema;
mod server;
#[expect(dead_code, reason = "other tests read the sides and tables")]
#[path = "../specification/mod.rs"]
mod specification;
mod wire;
mod wire_at_server;
mod worked_example;
