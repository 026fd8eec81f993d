//! What `strace` has written of a process.

use std::path::{Path, PathBuf};

use crate::strace::Strace;

/// The calls that change what is on a disk, or tell a peer of it. Not every machine has all.
const CALLS: &str = "?open,?creat,openat,write,pwrite64,writev,pwritev,copy_file_range,sendfile,\
    splice,?truncate,ftruncate,fallocate,fsync,fdatasync,syncfs,?mkdir,mkdirat,?rename,?renameat,\
    renameat2,?link,linkat,?symlink,symlinkat,?unlink,unlinkat,?rmdir,fchmod,sendto,sendmsg";

/// A call: who made it, its name, its arguments as far as they are shown, and its result.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The lines of the log at which it begins and ends, if it does.
    pub(crate) begun: usize,
    pub(crate) ended: Option<usize>,
    pub(crate) thread: String,
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) result: String,
}

impl Call {
    pub(crate) fn has_failed(&self) -> bool {
        self.result.starts_with('-')
    }

    /// Whether it can have changed what is on the disk.
    pub(crate) fn changes(&self) -> bool {
        self.name != "openat" || self.arguments.iter().any(|flags| flags.contains("O_CREAT"))
    }

    pub(crate) fn is_sync(&self) -> bool {
        self.name == "fsync" || self.name == "fdatasync"
    }

    pub(crate) fn writes(&self) -> bool {
        let names = ["write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate"];
        let copies = ["copy_file_range", "sendfile", "splice"];
        names.contains(&self.name.as_str()) || copies.contains(&self.name.as_str())
    }

    /// Whether it sends something that begins so, as `strace` writes it.
    pub(crate) fn sends(&self, beginning: &str) -> bool {
        let is_it = |argument: &String| {
            argument.strip_prefix('"').is_some_and(|sent| sent.starts_with(beginning))
        };
        self.name.starts_with("send") && self.arguments.iter().any(is_it)
    }

    /// The paths that it is about: of its descriptors, or of the names in their folders.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        let mut arguments = self.arguments.iter().peekable();
        while let Some(argument) = arguments.next() {
            let base = argument.split_once('<').and_then(|(_, path)| path.rsplit_once('>'));
            let quoted = |text: &str| text.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
            match base {
                Some((base, _)) => {
                    let name = arguments.peek().and_then(|next| quoted(next));
                    let is_name = !self.writes() && !self.name.starts_with("send");
                    paths.push(match name.filter(|_| is_name) {
                        Some(name) => Path::new(base).join(name),
                        None => PathBuf::from(base),
                    });
                }
                None => paths
                    .extend(quoted(argument).filter(|it| it.starts_with('/')).map(PathBuf::from)),
            }
        }
        paths
    }
}

/// A server that is watched.
pub(crate) struct Tracer(Strace);

impl Tracer {
    /// Follows all threads of a process and those to come; kills it when one of them makes
    /// this call for this time.
    pub(crate) fn attach(process: u32, log: &Path, kill: Option<(&str, usize)>) -> Self {
        let trace = match kill {
            None => vec![format!("trace={CALLS}")],
            Some((call, position)) => {
                vec![format!("trace={call}"), format!("inject={call}:signal=KILL:when={position}")]
            }
        };
        let of_each = |what| ["-e".to_owned(), what];
        let shown = ["-s".to_owned(), "16".to_owned()];
        let more: Vec<_> = shown.into_iter().chain(trace.into_iter().flat_map(of_each)).collect();
        Self(Strace::attach(process, log, &more))
    }

    /// What was seen of a process that is dead.
    pub(crate) fn calls(self) -> (Vec<Call>, String) {
        let log = self.0.ended();
        (parse(&log), log)
    }
}

/// The calls in the order in which they were made.
fn parse(log: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for (at, line) in log.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let result = rest.rsplit_once(" = ").map(|(_, result)| result).unwrap_or_default();
        if rest.starts_with("<...") {
            // The end of a call in the middle of which another thread had one.
            if let Some(call) = calls.iter_mut().rev().find(|call| call.thread == thread) {
                result.clone_into(&mut call.result);
                call.ended = Some(at);
            }
        } else if let Some((name, arguments)) = rest.split_once('(')
            && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
        {
            let arguments = arguments.rsplit_once(" = ").map_or(arguments, |(before, _)| before);
            let arguments = arguments.trim_end_matches(" <unfinished ...>").trim_end();
            let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
            let is_whole = !line.ends_with("<unfinished ...>");
            calls.push(Call {
                begun: at,
                ended: is_whole.then_some(at),
                thread: thread.to_owned(),
                name: name.to_owned(),
                arguments: arguments.split(", ").map(str::to_owned).collect(),
                result: result.to_owned(),
            });
        }
    }
    calls
}
