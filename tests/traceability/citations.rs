//! Citations: names of requirements, and where they stand.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use conexion::conformance::{Case, registry};
use conexion::wire::Role;

use crate::rust::Source;

/// Where the protocol is kept; the suite is a witness, and no keeper.
const CODE: [&str; 6] =
    ["src/cli/", "src/client/", "src/plain/", "src/server/", "src/session/", "src/wire/"];

/// What speaks for one side only; what is about neither of them speaks for both.
const CLIENT: [&str; 5] =
    ["src/client/", "src/plain/client", "src/session/client/", "tests/cli_client", "tests/client/"];
const SERVER: [&str; 9] = [
    "src/cli/serve",
    "src/plain/",
    "src/server/",
    "src/session/server/",
    "tests/crash/",
    "tests/faults/",
    "tests/hostile/",
    "tests/server",
    "tests/store/",
];

/// Where a citation stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In a comment or a document: the file and the line.
    Line(String, usize),
    /// In `shows` of a vector.
    Vector(String),
    /// In a case of the suite.
    Case(&'static str),
}

impl Place {
    /// Whether it speaks for this side.
    pub(crate) fn is_about(&self, side: Role) -> bool {
        let (of_client, of_server) = match self {
            Self::Line(file, _) => {
                let of_client = CLIENT.iter().any(|folder| file.starts_with(folder));
                (of_client, !of_client && SERVER.iter().any(|folder| file.starts_with(folder)))
            }
            Self::Vector(id) => (id.starts_with("client."), id.starts_with("server.")),
            Self::Case(id) => (id.starts_with("client."), !id.starts_with("client.")),
        };
        match side {
            Role::Client => !of_server,
            Role::Server => !of_client,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, line) => write!(f, "{file}:{line}"),
            Self::Vector(id) => write!(f, "vector {id}"),
            Self::Case(id) => write!(f, "case {id}"),
        }
    }
}

/// What a comment speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What keeps a requirement.
    Code,
    /// What shows that it is kept: tests, and what of the code only they are built from.
    Tests,
    /// Neither: what is cited here has to be there, and that is all.
    Other,
}

/// Text of a comment or a document, without blocks of code, in one line.
pub(crate) struct Line {
    pub(crate) place: Place,
    pub(crate) part: Part,
    pub(crate) text: String,
}

impl Line {
    /// What stands in backticks.
    pub(crate) fn quoted(&self) -> impl Iterator<Item = &str> {
        self.text.split('`').skip(1).step_by(2)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder, in order; what is built, and what is hidden, is left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        match entry.path() {
            _ if name.starts_with('.') || name == "target" => {}
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found.sort();
    found
}

/// The files of the repository, by their paths in it.
pub(crate) static FILES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let paths = files(root()).into_iter();
    paths.map(|path| path.strip_prefix(root()).expect("below").display().to_string()).collect()
});

fn read(ending: &str) -> Vec<(&'static str, String)> {
    let files = FILES.iter().filter(|file| file.ends_with(ending));
    let text = |file: &String| fs::read_to_string(root().join(file)).expect("UTF-8");
    files.map(|file| (file.as_str(), text(file))).collect()
}

/// The comments of all Rust in the repository.
pub(crate) static COMMENTS: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let sources: Vec<_> =
        read(".rs").into_iter().map(|(file, text)| (file, Source::read(&text))).collect();
    let test_modules: Vec<String> =
        sources.iter().flat_map(|(file, source)| test_modules(file, source)).collect();
    let mut found = Vec::new();
    for (file, source) in &sources {
        let is_test_module = test_modules.iter().any(|module| {
            let rest = file.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
        let part = |line| match CODE.iter().any(|folder| file.starts_with(folder)) {
            true if is_test_module || source.is_test(line) => Part::Tests,
            true => Part::Code,
            false if file.starts_with("tests/") => Part::Tests,
            false => Part::Other,
        };
        let lines = source.comments.iter().map(|(line, text)| (*line, text.as_str()));
        for (line, text) in without_blocks(lines) {
            let place = Place::Line((*file).to_owned(), line + 1);
            found.push(Line { place, part: part(line), text: text.to_owned() });
        }
    }
    found
});

/// The modules that only tests are built from, as paths without an ending.
fn test_modules(file: &str, source: &Source) -> Vec<String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let below = match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        name => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    source.test_modules.iter().map(|module| format!("{below}/{module}")).collect()
}

/// The lines of all documents, which are not read for who keeps or shows what.
pub(crate) static DOCUMENTS: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for (file, text) in read(".md") {
        for (line, text) in without_blocks(text.lines().enumerate()) {
            let place = Place::Line(file.to_owned(), line + 1);
            found.push(Line { place, part: Part::Other, text: text.to_owned() });
        }
    }
    found
});

/// The lines that are not between two fences.
fn without_blocks<'a>(
    lines: impl Iterator<Item = (usize, &'a str)>,
) -> impl Iterator<Item = (usize, &'a str)> {
    let mut block = false;
    lines.filter(move |(_, line)| {
        let fence = line.trim_start_matches(['/', '!', ' ']).starts_with("```");
        block ^= fence;
        !block && !fence
    })
}

/// What comments have in backticks, of what speaks for a part.
pub(crate) fn in_comments(part: Part) -> impl Iterator<Item = (String, Place)> {
    let lines = COMMENTS.iter().filter(move |line| line.part == part);
    lines.flat_map(|line| line.quoted().map(|word| (word.to_owned(), line.place.clone())))
}

/// The citations of all vectors.
pub(crate) fn in_vectors() -> Vec<(String, Place)> {
    let mut found = Vec::new();
    for (_, text) in read(".json").iter().filter(|(file, _)| file.starts_with("spec/vectors/")) {
        let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
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

/// The cases of the suite.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    [Role::Server, Role::Client].into_iter().flat_map(registry)
}

/// The citations of all cases of the suite.
pub(crate) fn in_cases() -> impl Iterator<Item = (String, Place)> {
    let cited = |case: &'static Case| {
        case.requirements.iter().map(|name| ((*name).to_owned(), Place::Case(case.id)))
    };
    cases().flat_map(cited)
}
