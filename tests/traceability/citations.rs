//! Citations: names of requirements, and where they stand.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use conexion::conformance::{registry, requirements};
use conexion::wire::Role;

/// Where a citation stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In a comment: the file and the line.
    Comment(String, usize),
    /// In `shows` of a vector.
    Vector(String),
    /// In a case of the suite.
    Case(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(file, line) => write!(f, "{file}:{line}"),
            Self::Vector(id) => write!(f, "vector {id}"),
            Self::Case(id) => write!(f, "case {id}"),
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a comment speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What keeps a requirement.
    Code,
    /// What shows that it is kept: the unit tests at the end of a file, or all of it.
    Tests,
}

/// The citations in the comments below a folder. In `src` a file's unit tests are its end.
pub(crate) fn in_comments(folder: &str, wanted: Part) -> Vec<(String, Place)> {
    let mut found = Vec::new();
    for file in files(&root().join(folder), "rs") {
        let text = fs::read_to_string(&file).expect("UTF-8");
        let name = file.strip_prefix(root()).expect("below the root").display().to_string();
        let mut part = if folder.starts_with("src") { Part::Code } else { Part::Tests };
        for (number, line) in text.lines().enumerate() {
            if line == "#[cfg(test)]" {
                part = Part::Tests;
            }
            if part != wanted {
                continue;
            }
            let Some((_, comment)) = line.split_once("//") else { continue };
            for cited in comment.split('`').skip(1).step_by(2).filter(|word| looks_cited(word)) {
                found.push((cited.to_owned(), Place::Comment(name.clone(), number + 1)));
            }
        }
    }
    found
}

/// Whether this is formed like the name of a requirement, its first word being that of
/// another one. The name of a file is not.
fn looks_cited(word: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let Some((topic, rest)) = word.split_once('.') else { return false };
    let is_file = ["rs", "md", "toml", "json"].contains(&rest);
    let topics = requirements().iter().filter_map(|known| known.id.split('.').next());
    !is_file && part(topic) && rest.split('.').all(part) && topics.into_iter().any(|t| t == topic)
}

/// The citations of all vectors.
pub(crate) fn in_vectors() -> Vec<(String, Place)> {
    let mut found = Vec::new();
    for file in files(&root().join("spec/vectors"), "json") {
        let text = fs::read_to_string(&file).expect("UTF-8");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for vector in json["vectors"].as_array().expect("a list of vectors") {
            let id = vector["id"].as_str().expect("an id");
            for shown in vector["shows"].as_array().expect("a list of names") {
                let name = shown.as_str().expect("a name").to_owned();
                found.push((name, Place::Vector(id.to_owned())));
            }
        }
    }
    found
}

/// The citations of all cases of the suite.
pub(crate) fn in_cases() -> Vec<(String, Place)> {
    let cases = [Role::Server, Role::Client].into_iter().flat_map(registry);
    let cited = |case: &'static conexion::conformance::Case| {
        case.requirements.iter().map(|name| ((*name).to_owned(), Place::Case(case.id)))
    };
    cases.flat_map(cited).collect()
}
