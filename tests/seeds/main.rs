//! Replays every seed of the fuzz targets, and sees to it that each law has a target and
//! seeds, and each target and each folder of seeds a law; and makes seeds of the vectors.

mod client;
mod encoder;
#[expect(dead_code, reason = "the vectors' own tests read what is around the octets")]
#[path = "../vectors/files.rs"]
mod files;
#[expect(dead_code, reason = "property tests use more of it")]
#[path = "../laws/mod.rs"]
mod laws;
mod made;
#[expect(dead_code, reason = "the vectors' own tests read all of a vector")]
#[path = "../vectors/schema/mod.rs"]
mod schema;
mod search;
mod server;
mod structured;
mod wire;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use made::MADE;

/// The folder of a target's seeds that were found or written by hand.
const KEPT: &str = "kept";

fn fuzz(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder)
}

/// The folder of a target's seeds.
fn folder(target: &str) -> PathBuf {
    fuzz("seeds").join(target)
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("an ASCII name");
    let mut names: Vec<_> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

fn laws() -> BTreeSet<String> {
    laws::ALL.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_law_is_a_target_of_its_own() {
    let files: BTreeSet<_> = names(&fuzz("fuzz_targets")).into_iter().collect();
    let expected: BTreeSet<_> = laws().iter().map(|law| format!("{law}.rs")).collect();
    assert_eq!(files, expected);
    let manifest = fs::read_to_string(fuzz("Cargo.toml")).expect("a manifest");
    let bins: Vec<_> = manifest.split("[[bin]]\nname = \"").skip(1).collect();
    let bins: BTreeSet<_> =
        bins.iter().filter_map(|bin| bin.split('"').next()).map(str::to_owned).collect();
    assert_eq!(bins, laws());
    for law in laws() {
        let file = fuzz("fuzz_targets").join(format!("{law}.rs"));
        let source = fs::read_to_string(file).expect("a target");
        assert!(source.contains(&format!("laws::hold(\"{law}\", octets)")), "{law}");
        let path = format!("path = \"fuzz_targets/{law}.rs\"");
        assert!(manifest.contains(&path), "{law} has another path");
    }
}

#[test]
fn every_law_has_seeds() {
    LazyLock::force(&made::SEEDS);
    let folders: BTreeSet<_> = names(&fuzz("seeds")).into_iter().collect();
    assert_eq!(folders, laws());
    for law in laws() {
        let is_made = made::SEEDS.contains_key(&*law);
        let mut octets = 0;
        for part in names(&folder(&law)) {
            assert!(part == KEPT || part == MADE && is_made, "{law}/{part} is of no kind");
            let folder = folder(&law).join(&part);
            let seeds = names(&folder);
            assert!(!seeds.is_empty(), "{law}/{part} has no seed");
            let len = |seed| fs::metadata(folder.join(seed)).expect("a seed").len();
            octets += seeds.iter().map(len).sum::<u64>();
        }
        // A seed of no octets shows next to nothing of a law.
        assert!(octets > 0, "{law} has no seed with an octet");
    }
}

#[test]
fn every_seed_obeys_its_law() {
    LazyLock::force(&made::SEEDS);
    for law in names(&fuzz("seeds")) {
        for part in names(&folder(&law)) {
            let folder = folder(&law).join(&part);
            for seed in names(&folder) {
                let octets = fs::read(folder.join(&seed)).expect("a seed");
                // A seed that breaks its law says its name in the output of the test.
                println!("{law}/{part}/{seed}");
                laws::hold(&law, &octets);
            }
        }
    }
}

/// libFuzzer stops at the first entry that it cannot read.
#[test]
fn the_dictionary_can_be_read() {
    let text = fs::read_to_string(fuzz("dictionary.txt")).expect("a dictionary");
    let entries: Vec<&str> =
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(entries.len() > 50);
    for entry in entries {
        let inner = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let inner = inner.unwrap_or_else(|| panic!("{entry} is not quoted"));
        assert!(inner.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' '), "{entry}");
        for escape in inner.split('\\').skip(1) {
            let hex = escape.strip_prefix('x').and_then(|rest| rest.get(..2));
            let is_hex = hex.is_some_and(|hex| u8::from_str_radix(hex, 16).is_ok());
            assert!(is_hex, "{entry} has an escape that is no octet");
        }
    }
}
