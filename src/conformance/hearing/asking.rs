//! What the client is asked to do, and the files that it is given.

use super::job::{Job, Ledger, Source, Task};
use super::{Hearing, octets};
use crate::conformance::{Departure, Outcome};

/// The text that a client is asked to send beside an upload, where it can only do both.
const BESIDE: &str = "hola";

impl Hearing<'_> {
    /// Starts the client to send a text.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn text(&mut self, text: &str) -> Outcome {
        let abilities = self.abilities();
        let wanted = Task::Text(text.to_owned());
        if abilities.text {
            return self.start(vec![wanted]);
        }
        if abilities.both {
            let beside = Task::Upload(self.source("beside.bin", octets::content(10))?);
            self.beside = Some(beside.clone());
            return self.start(vec![wanted, beside]);
        }
        Err(Departure::not_applicable("the client cannot be asked to send a text"))
    }

    /// Starts the client to upload a file of so many octets.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn upload(&mut self, len: usize) -> Outcome<Source> {
        self.upload_octets(octets::content(len))
    }

    /// Starts the client to upload a file with these octets.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn upload_octets(&mut self, octets: Vec<u8>) -> Outcome<Source> {
        let source = self.source("file.bin", octets)?;
        self.upload_source(source.clone())?;
        Ok(source)
    }

    /// Starts the client to upload this file.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for one.
    pub fn upload_source(&mut self, source: Source) -> Outcome {
        let abilities = self.abilities();
        let wanted = Task::Upload(source);
        if abilities.upload {
            return self.start(vec![wanted]);
        }
        if abilities.both {
            let beside = Task::Text(BESIDE.to_owned());
            self.beside = Some(beside.clone());
            return self.start(vec![beside, wanted]);
        }
        Err(Departure::not_applicable("the client cannot be asked to upload a file"))
    }

    /// Starts the client to do several things, in this order, in one run.
    ///
    /// # Errors
    ///
    /// Not applicable if it cannot be asked for that.
    pub fn session(&mut self, tasks: Vec<Task>) -> Outcome {
        if self.abilities().session {
            return self.start(tasks);
        }
        let reason = "the client cannot be asked to do several things in a given order in one \
                      run: give a command that reads them from standard input";
        Err(Departure::not_applicable(reason))
    }

    /// A file of this name with these octets, to be uploaded to a destination of the case's
    /// own.
    ///
    /// # Errors
    ///
    /// An error of the suite if it cannot be written.
    pub fn source(&self, name: &str, octets: Vec<u8>) -> Outcome<Source> {
        let folder = self.folder.join(&self.name);
        let path = folder.join(name);
        let written =
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &octets));
        written.map_err(|error| Departure::harness(format!("{}: {error}", path.display())))?;
        Ok(Source { path, destination: format!("conform/{}/{name}", self.name), octets })
    }

    /// Makes a source shorter than it was.
    ///
    /// # Errors
    ///
    /// An error of the suite if that cannot be done.
    pub fn truncate(&self, source: &Source, len: u64) -> Outcome {
        let file = std::fs::OpenOptions::new().write(true).open(&source.path);
        let cut = file.and_then(|file| file.set_len(len));
        cut.map_err(|error| Departure::harness(format!("{}: {error}", source.path.display())))
    }

    /// Makes a source longer than it was.
    ///
    /// # Errors
    ///
    /// An error of the suite if that cannot be done.
    pub fn append(&self, source: &Source, octets: &[u8]) -> Outcome {
        use std::io::Write as _;

        let file = std::fs::OpenOptions::new().append(true).open(&source.path);
        let grown = file.and_then(|mut file| file.write_all(octets));
        grown.map_err(|error| Departure::harness(format!("{}: {error}", source.path.display())))
    }

    fn start(&mut self, tasks: Vec<Task>) -> Outcome {
        let job = Job { tasks };
        self.ledger = Ledger::new(&job);
        self.exit = None;
        let running = self.driver.start(&job, self.slot.address());
        let running =
            running.map_err(|error| Departure::harness(format!("the client: {error}")))?;
        self.running = Some(running);
        Ok(())
    }
}
