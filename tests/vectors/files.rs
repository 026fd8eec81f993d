//! The files of `spec/vectors`, and which of their parts every vector has.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Every file, by its path within the folder, and what runs it.
pub(crate) const FILES: [&str; 14] = [
    "frames.json",
    "paths.json",
    "preface.json",
    "sessions/client-cells.json",
    "sessions/client-headers.json",
    "sessions/client-preface.json",
    "sessions/client-requests.json",
    "sessions/server-cells.json",
    "sessions/server-closing.json",
    "sessions/server-headers.json",
    "sessions/server-preface.json",
    "sessions/server-texts.json",
    "sessions/server-uploads.json",
    "sessions/worked-example.json",
];

/// The files of transcripts of one side.
pub(crate) fn transcripts(side: &str) -> impl Iterator<Item = &'static str> {
    let prefix = format!("sessions/{side}-");
    FILES.into_iter().filter(move |file| {
        file.starts_with(&prefix) || (side == "server" && file.ends_with("worked-example.json"))
    })
}

/// A file with vectors of one kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File<V> {
    pub(crate) about: String,
    /// Whose transcripts these are, in a file of them.
    pub(crate) side: Option<String>,
    pub(crate) vectors: Vec<V>,
}

/// What every vector has, whatever else it says.
#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) shows: Vec<String>,
    pub(crate) note: String,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/vectors")
}

/// Reads a file of the list.
pub(crate) fn load<V: DeserializeOwned>(file: &str) -> File<V> {
    let text = fs::read_to_string(folder().join(file)).expect(file);
    let loaded: File<V> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(!loaded.vectors.is_empty(), "{file} has no vector");
    loaded
}

/// What every vector of every file has.
pub(crate) fn all() -> Vec<Named> {
    FILES.into_iter().flat_map(|file| load::<Named>(file).vectors).collect()
}
