//! The ledger: every requirement of the spec, and in each side that it binds the cases that
//! observe it, or why it cannot be observed from outside.
//!
//! `spec/conformance.md` is its committed form. A test compares the two, so that no
//! requirement, case or citation goes missing unseen.

use std::fmt::Write as _;

use super::unobserved::UNOBSERVED;
use super::{Case, Requirement, Side, registry, requirement, requirements};
use crate::wire::Role;

/// What becomes of a requirement in one of the sides that it binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// These cases observe it.
    Observed(Vec<&'static str>),
    /// It cannot be observed from outside, for this reason.
    Unobserved(&'static str),
    /// Neither: the ledger has a gap.
    Missing,
}

/// A requirement in the ledger.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The requirement.
    pub requirement: &'static Requirement,
    /// What becomes of it in servers; `None` if it does not bind them.
    pub server: Option<Standing>,
    /// What becomes of it in clients; `None` if it does not bind them.
    pub client: Option<Standing>,
}

/// The whole ledger, in the order of the spec.
#[must_use]
pub fn ledger() -> Vec<Entry> {
    let (servers, clients) = (registry(Role::Server), registry(Role::Client));
    let entry = |requirement: &'static Requirement| {
        let within = |role, cases: &[&'static Case]| {
            (binds(requirement.side, role)).then(|| standing(&requirement.id, role, cases))
        };
        let server = within(Role::Server, &servers);
        let client = within(Role::Client, &clients);
        Entry { requirement, server, client }
    };
    requirements().iter().map(entry).collect()
}

/// What is wrong with the ledger: requirements without a case and without a reason, and
/// reasons that nothing needs.
#[must_use]
pub fn ledger_faults() -> Vec<String> {
    let mut faults = Vec::new();
    for Entry { requirement, server, client } in ledger() {
        for (standing, side) in [(server, "server"), (client, "client")] {
            if standing == Some(Standing::Missing) {
                faults.push(format!("no case observes `{}` in a {side}", requirement.id));
            }
        }
    }
    for (number, &(id, role, reason)) in UNOBSERVED.iter().enumerate() {
        let bound = requirement(id).is_some_and(|requirement| binds(requirement.side, role));
        let observing = citing(id, &registry(role));
        let earlier = UNOBSERVED.get(..number).unwrap_or_default();
        let side = word(role);
        if !bound {
            faults.push(format!("a reason for `{id}`, which binds no {side}"));
        } else if !observing.is_empty() {
            let observing = observing.join(", ");
            faults.push(format!("a reason for `{id}` in a {side}, where {observing} observes it"));
        } else if earlier.iter().any(|other| (other.0, other.1) == (id, role)) {
            faults.push(format!("two reasons for `{id}` in a {side}"));
        } else if reason.is_empty() {
            faults.push(format!("an empty reason for `{id}` in a {side}"));
        }
    }
    faults
}

/// The ledger as a document, which is `spec/conformance.md`.
#[must_use]
pub fn ledger_text() -> String {
    let entries = ledger();
    let mut text = format!(
        "# What the suite observes\n\n\
         Every requirement of [protocol.md](protocol.md), each cell of the server's table among \
         them, and in\neach side that it binds the cases of `conexion conform` that observe it, \
         or *why it cannot be\nobserved from outside*. `conexion conform explain ID` says more of \
         each. This file is generated:\n`conexion conform list --ledger` prints it, and \
         `CONEXION_LEDGER=write cargo test --test ledger`\nwrites it.\n\n\
         {} requirements, {} cases for servers, {} for clients.\n",
        entries.len(),
        registry(Role::Server).len(),
        registry(Role::Client).len(),
    );
    let mut heading = "";
    for entry in &entries {
        if entry.requirement.heading != heading {
            heading = entry.requirement.heading;
            let head = "| requirement | in a server | in a client |\n| --- | --- | --- |";
            line(&mut text, format_args!("\n## {heading}\n\n{head}"));
        }
        let [server, client] =
            [&entry.server, &entry.client].map(|standing| cell(standing.as_ref()));
        line(&mut text, format_args!("| `{}` | {server} | {client} |", entry.requirement.id));
    }
    text
}

fn standing(id: &str, role: Role, cases: &[&'static Case]) -> Standing {
    let observing = citing(id, cases);
    let reason = UNOBSERVED.iter().find(|known| (known.0, known.1) == (id, role));
    match reason {
        _ if !observing.is_empty() => Standing::Observed(observing),
        Some(&(_, _, reason)) => Standing::Unobserved(reason),
        None => Standing::Missing,
    }
}

fn citing(id: &str, cases: &[&'static Case]) -> Vec<&'static str> {
    cases.iter().filter(|case| case.requirements.contains(&id)).map(|case| case.id).collect()
}

const fn binds(side: Side, role: Role) -> bool {
    matches!(
        (side, role),
        (Side::Both, _) | (Side::Server, Role::Server) | (Side::Client, Role::Client)
    )
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Server => "server",
        Role::Client => "client",
    }
}

fn cell(standing: Option<&Standing>) -> String {
    match standing {
        None => String::new(),
        Some(Standing::Observed(cases)) => format!("`{}`", cases.join("`, `")),
        Some(Standing::Unobserved(reason)) => format!("*{reason}*"),
        Some(Standing::Missing) => "**nothing**".to_owned(),
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
