//! The reports that are written once a run is over, each to a file of its own.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use conexion::conformance::record::Recorded;
use conexion::conformance::report::{badge, github, html, junit, markdown};

use super::Problem;

/// Reports beside the one for people.
#[derive(Debug, clap::Args)]
#[command(
    next_help_heading = "Reports; `-` is standard output, in place of what is there otherwise"
)]
pub(super) struct Formats {
    /// Write one HTML page: cases and targets side by side, with sentences and octets
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write `JUnit` XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write a summary in Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Write a badge: an SVG image, or what shields.io takes if the name ends in `.json`
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,

    /// Write annotations for GitHub Actions behind the report on standard output
    #[arg(long)]
    github: bool,
}

impl Formats {
    /// Refuses, before anything is run, what cannot come to a good end.
    pub(super) fn check(&self, output_is_taken: bool) -> Result<(), Problem> {
        let on_output = self.files().filter(|&path| is_output(path)).count();
        let users = on_output + usize::from(self.github) + usize::from(output_is_taken);
        if users > 1 && on_output + usize::from(output_is_taken) > 0 {
            let what = "two things want standard output; give one of them a file";
            return Err(Problem::Usage(what.to_owned()));
        }
        for path in self.files().filter(|path| !is_output(path)) {
            let folder = folder(path);
            if !folder.is_dir() || path.is_dir() {
                let what = if path.is_dir() { "it is a folder" } else { "its folder is not there" };
                return Err(Problem::Usage(format!("{}: {what}", path.display())));
            }
        }
        Ok(())
    }

    /// Whether one of the reports goes where the one for people goes otherwise.
    pub(super) fn take_output(&self) -> bool {
        self.files().any(is_output)
    }

    /// Whether annotations are to follow the report for people.
    pub(super) const fn annotate(&self) -> bool {
        self.github
    }

    /// Writes all of them; what could not be written is told in the end.
    pub(super) fn write(&self, runs: &[Recorded], verbose: bool) -> Result<(), Problem> {
        let mut failed = Vec::new();
        let mut put = |path: &Option<PathBuf>, text: &dyn Fn(&Path) -> String| {
            let Some(path) = path else { return Ok(()) };
            if is_output(path) {
                return io::stdout().write_all(text(path).as_bytes());
            }
            if let Err(error) = replace(path, &text(path)) {
                failed.push(format!("{}: {error}", path.display()));
            }
            Ok(())
        };
        put(&self.html, &|_| html::html(runs, verbose))?;
        put(&self.junit, &|_| junit::junit(runs))?;
        put(&self.markdown, &|_| markdown::markdown(runs))?;
        put(&self.badge, &|path| match path.extension() {
            Some(extension) if extension == "json" => badge::endpoint(runs),
            _ => badge::svg(runs),
        })?;
        if self.github {
            io::stdout().write_all(github::annotations(runs).as_bytes())?;
        }
        if failed.is_empty() { Ok(()) } else { Err(Problem::NotWritten(failed.join("; "))) }
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        let all = [&self.html, &self.junit, &self.markdown, &self.badge];
        all.into_iter().filter_map(|path| path.as_deref())
    }
}

fn is_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        None => Path::new("."),
        Some(parent) => parent,
    }
}

/// Puts a file in its place at once, so that nobody meets a half of it. What is there and
/// cannot be replaced, such as a device, is written to.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let there = fs::canonicalize(path);
    let path = there.as_deref().unwrap_or(path);
    let usual = fs::symlink_metadata(path).map_or(true, |found| found.is_file());
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(".conexion-").permissions(Permissions::from_mode(0o666));
    match builder.tempfile_in(folder(path)) {
        Ok(mut file) if usual => {
            file.write_all(text.as_bytes())?;
            file.persist(path)?;
            Ok(())
        }
        Err(error) if !path.exists() => Err(error),
        _ => fs::write(path, text),
    }
}
