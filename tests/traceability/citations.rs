//! Citations: names of requirements, and where they stand.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use conexion::conformance::{Case, registry};
use conexion::wire::Role;

use crate::blocks::Outside;
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
    /// In a comment or another text: the file and the line.
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

/// A line of a comment or of a file that is not of Rust; of those that are marked up, outside
/// blocks of code.
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

/// What is hidden, and of the repository all the same.
const HIDDEN: [&str; 3] = [".cargo", ".ci", ".gitignore"];

/// What is built or found, and what is octets and no text.
const LEFT_OUT: [&str; 8] = [
    "fuzz/artifacts",
    "fuzz/corpus",
    "fuzz/coverage",
    "fuzz/seeds",
    "fuzz/target",
    "mutants.out",
    "mutants.out.old",
    "target",
];

/// The files below a folder, in order, but for what is left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        match entry.path() {
            _ if name.starts_with('.') && !HIDDEN.contains(&&*name) => {}
            path if LEFT_OUT.iter().any(|left_out| path == root().join(left_out)) => {}
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

/// The files that these are, and their text.
fn read(are: impl Fn(&str) -> bool) -> impl Iterator<Item = (&'static str, String)> {
    let text = |file: &str| {
        fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let files = FILES.iter().map(String::as_str).filter(move |file| are(file));
    files.map(move |file| (file, text(file)))
}

fn ends(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == ending)
}

fn is_rust(file: &str) -> bool {
    ends(file, "rs")
}

fn is_markdown(file: &str) -> bool {
    ends(file, "md")
}

/// All Rust in the repository.
static SOURCES: LazyLock<Vec<(&str, Source)>> =
    LazyLock::new(|| read(is_rust).map(|(file, text)| (file, Source::read(&text))).collect());

fn comments(source: &Source) -> Outside<'_> {
    Outside::read(source.comments.iter().map(|(line, text)| (*line, text.as_str())))
}

fn markdown(text: &str) -> Outside<'_> {
    Outside::read(text.lines().enumerate())
}

fn line(file: &str, number: usize) -> Place {
    Place::Line(file.to_owned(), number + 1)
}

/// The comments of all Rust in the repository.
pub(crate) static COMMENTS: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let test_modules: Vec<String> =
        SOURCES.iter().flat_map(|(file, source)| test_modules(file, source)).collect();
    let mut found = Vec::new();
    for (file, source) in SOURCES.iter() {
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
        found.extend(comments(source).lines.into_iter().map(|(number, text)| Line {
            place: line(file, number),
            part: part(number),
            text: text.to_owned(),
        }));
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

/// The lines of all files but those of Rust, which are not read for who keeps or shows what.
pub(crate) static DOCUMENTS: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for (file, text) in read(|file| !is_rust(file)) {
        let lines = if is_markdown(file) {
            markdown(&text).lines
        } else {
            text.lines().enumerate().collect()
        };
        found.extend(lines.into_iter().map(|(number, text)| Line {
            place: line(file, number),
            part: Part::Other,
            text: text.to_owned(),
        }));
    }
    found
});

/// The fences that have no other, of comments and documents.
pub(crate) fn unpaired_fences() -> Vec<Place> {
    let mut found = Vec::new();
    for (file, source) in SOURCES.iter() {
        found.extend(comments(source).unpaired.into_iter().map(|number| line(file, number)));
    }
    for (file, text) in read(is_markdown) {
        found.extend(markdown(&text).unpaired.into_iter().map(|number| line(file, number)));
    }
    found
}

/// What comments have in backticks, of what speaks for a part.
pub(crate) fn in_comments(part: Part) -> impl Iterator<Item = (String, Place)> {
    let lines = COMMENTS.iter().filter(move |line| line.part == part);
    lines.flat_map(|line| line.quoted().map(|word| (word.to_owned(), line.place.clone())))
}

/// The citations of all vectors.
pub(crate) fn in_vectors() -> Vec<(String, Place)> {
    let mut found = Vec::new();
    let are = |file: &str| file.starts_with("spec/vectors/") && ends(file, "json");
    for (_, text) in read(are) {
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
