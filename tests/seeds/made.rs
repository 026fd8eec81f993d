//! The seeds that are made: from the vectors, and for `structured` from sessions with a name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::{env, fs, io};

use crate::{client, folder, names, server, structured, wire};

/// The folder of a target's made seeds, beside those that are kept.
pub(crate) const MADE: &str = "made";

/// How to write what is made.
const COMMAND: &str = "SEEDS=write cargo test --test seeds";

/// A seed and its name.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) octets: Vec<u8>,
}

impl Seed {
    /// libFuzzer makes nothing longer than this unless a seed is.
    const MOST: usize = 4096;

    pub(crate) fn new(name: impl Into<String>, octets: &[u8]) -> Self {
        Self { name: name.into(), octets: octets.to_vec() }
    }

    pub(crate) fn fits(octets: &[u8]) -> bool {
        octets.len() <= Self::MOST
    }
}

/// What each target's vectors or sessions give, by target.
pub(crate) static GIVEN: LazyLock<BTreeMap<&str, Vec<Seed>>> = LazyLock::new(|| {
    BTreeMap::from([
        ("client_session", client::client_session()),
        ("differential", server::differential()),
        ("frame", wire::frame()),
        ("path", wire::path()),
        ("preface", wire::preface()),
        ("server_session", server::server_session()),
        ("structured", structured::structured()),
    ])
});

/// Octets by name.
type Seeds = BTreeMap<&'static str, &'static [u8]>;

/// Of these the seeds: they are short enough, and of those with the same octets the first.
/// They are written if that is wanted.
pub(crate) static SEEDS: LazyLock<BTreeMap<&str, Seeds>> = LazyLock::new(|| {
    let seeds = GIVEN.iter().map(|(target, given)| {
        let mut seen = BTreeSet::new();
        let seeds = given.iter().filter(|seed| Seed::fits(&seed.octets));
        let seeds = seeds.filter(|seed| seen.insert(&seed.octets));
        (*target, seeds.map(|seed| (&*seed.name, &*seed.octets)).collect())
    });
    let seeds = seeds.collect();
    match env::var("SEEDS") {
        Err(env::VarError::NotPresent) => {}
        Ok(word) if word == "write" => write(&seeds),
        other => panic!("SEEDS is {other:?}, and not `write`"),
    }
    seeds
});

fn write(all: &BTreeMap<&str, Seeds>) {
    for (target, seeds) in all {
        let folder = folder(target).join(MADE);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
            _ => fs::create_dir_all(&folder).expect("a folder"),
        }
        for (name, octets) in seeds {
            fs::write(folder.join(name), octets).expect("a file");
        }
    }
}

#[test]
fn what_is_made_is_what_is_committed() {
    let mut faults = Vec::new();
    for (target, made) in &*SEEDS {
        let folder = folder(target).join(MADE);
        let committed: BTreeSet<_> =
            if folder.exists() { names(&folder).into_iter().collect() } else { BTreeSet::new() };
        for (name, octets) in made {
            if !committed.contains(*name) {
                faults.push(format!("{target}/{MADE}/{name} is missing"));
            } else if fs::read(folder.join(name)).expect("a seed") != *octets {
                faults.push(format!("{target}/{MADE}/{name} has other octets"));
            }
        }
        let stale = committed.iter().filter(|name| !made.contains_key(&***name));
        faults.extend(stale.map(|name| format!("{target}/{MADE}/{name} is made by nothing")));
    }
    let (number, some) = (faults.len(), faults.iter().take(20).map(String::as_str));
    let some: Vec<_> = some.collect();
    assert!(number == 0, "{}\n{number} in all; `{COMMAND}` mends that", some.join("\n"));
}
