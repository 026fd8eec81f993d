//! What is declared of a target: its profile, its baseline, its root. And what a run writes
//! of them, to be declared from then on.

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use conexion::conformance::{Baseline, CaseResult, Profile, Settings, Target};

use super::Problem;
use super::target::resolve;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is known of the target")]
pub(super) struct Declared {
    /// The server's root, if it is on this machine: what is stored is then compared on disk,
    /// and cases that need links, folders or devices there have their ground
    #[arg(long, value_name = "DIR", requires = "target")]
    root: Option<PathBuf>,

    /// What the target has, in TOML: a part that is declared and absent fails
    #[arg(long, value_name = "FILE", requires = "target")]
    profile: Option<PathBuf>,

    /// Find out what the target has, write it to a new file, and run no case
    #[arg(long, value_name = "FILE", requires = "target", conflicts_with = "profile")]
    write_profile: Option<PathBuf>,

    /// The failures that are known, in TOML: any other fails the run, and so does an entry
    /// that is no longer needed
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the failures of this run as a baseline to a new file; the exit code is still
    /// that of the run
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
}

impl Declared {
    /// Takes over what the files say.
    pub(super) fn apply(&self, settings: &mut Settings) -> Result<(), Problem> {
        if let Some(root) = &self.root {
            let named = |error| Problem::Usage(format!("the root {}: {error}", root.display()));
            let root = fs::canonicalize(root).map_err(named)?;
            if !root.is_dir() {
                return Err(Problem::Usage(format!("the root {} is no folder", root.display())));
            }
            settings.root = Some(root);
        }
        if let Some(path) = &self.profile {
            settings.profile = read(path, "profile", Profile::read)?;
        }
        if let Some(path) = &self.baseline {
            settings.baseline = read(path, "baseline", Baseline::read)?;
        }
        for path in [&self.write_profile, &self.write_baseline].into_iter().flatten() {
            if path.exists() {
                let what = "is there already; remove it to have it written anew";
                return Err(Problem::Usage(format!("{} {what}", path.display())));
            }
        }
        Ok(())
    }

    /// The options that name what is declared, for a command that runs the same again.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all =
            [("--root", &self.root), ("--profile", &self.profile), ("--baseline", &self.baseline)];
        all.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)))
    }

    /// Where the profile is to be written.
    pub(super) fn profile_to_write(&self) -> Option<&Path> {
        self.write_profile.as_deref()
    }

    /// Writes the baseline of a run, if that was asked for.
    pub(super) fn write_baseline(&self, results: &[CaseResult]) -> Result<(), Problem> {
        let Some(path) = &self.write_baseline else { return Ok(()) };
        let baseline = Baseline::of(results);
        write_new(path, &baseline.text())?;
        let (count, path) = (baseline.known.len(), path.display());
        let failures = if count == 1 { "failure" } else { "failures" };
        eprintln!("{path}: {count} known {failures}; say in each why it is not mended");
        Ok(())
    }
}

/// Finds out what the target has, and writes it.
pub(super) fn write_profile(target: &str, path: &Path, settings: &Settings) -> Result<(), Problem> {
    let mut unreachable = "the name has no address".to_owned();
    for address in resolve(target)? {
        match Target::profile(address, settings) {
            Ok(profile) => {
                let text = format!("# What {target} has shown.\n{}", profile.text_with_hints());
                write_new(path, &text)?;
                eprintln!("{}: declare there what could not be found out", path.display());
                return Ok(());
            }
            Err(error) => unreachable = error.to_string(),
        }
    }
    Err(Problem::NotJudged(unreachable))
}

fn read<T, E: fmt::Display>(
    path: &Path,
    what: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Problem> {
    let wrong = |error: &dyn fmt::Display| {
        let error = error.to_string();
        Problem::Usage(format!("the {what} {}: {}", path.display(), error.trim_end()))
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
    parse(&text).map_err(|error| wrong(&error))
}

fn write_new(path: &Path, text: &str) -> Result<(), Problem> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Problem::NotWritten(format!("{}: {error}", path.display())))
}
