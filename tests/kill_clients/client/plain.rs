//! Plain, towards an original server: chapter 10.2.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Receiver;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::source::Source;
use super::{Failed, Job, Upload};
use crate::faults::{Plain, Wrong};

const PAUSE: Duration = Duration::from_millis(500);
const ECHO: Duration = Duration::from_secs(10);
const MARK: &[u8] = b"FIN_ARCHIVO";
const HEADER: &str = "ARCHIVO:";

pub(super) struct PlainConnection {
    pub(super) wrong: Wrong,
    pub(super) stream: TcpStream,
    pub(super) reads: Receiver<Option<Vec<u8>>>,
    /// Whether nothing more may be sent.
    pub(super) over: bool,
}

fn failed<T>(why: &str) -> Result<T, Failed> {
    Err(Failed::Request(format!("plain: {why}")))
}

fn holds(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

impl PlainConnection {
    /// Carries out the jobs.
    pub(super) fn run(mut self, jobs: &[Job]) -> Result<(), Failed> {
        let mut all = Ok(());
        for job in jobs {
            let done = match job {
                Job::Text(text) => self.text(text),
                Job::Upload(upload) => self.upload(upload),
            };
            all = all.and(done);
            if self.over {
                break;
            }
        }
        let _ = self.stream.shutdown(Shutdown::Both);
        all
    }

    fn pause(&self) {
        match () {
            () if self.wrong.does(Plain::NoPause) => {}
            () if self.wrong.does(Plain::ShortPause) => sleep(PAUSE / 10),
            () => sleep(PAUSE),
        }
    }

    fn put(&mut self, octets: &[u8]) -> Result<(), Failed> {
        self.stream.write_all(octets).map_err(|error| {
            self.over = true;
            Failed::from(error)
        })
    }

    /// Whether octets or the end have come that nothing asked for.
    fn disturbed(&self) -> bool {
        self.reads.try_recv().is_ok()
    }

    /// Sends octets between pauses; whether their echo has come, and no more.
    fn echoed(&mut self, octets: &[u8]) -> Result<bool, Failed> {
        self.pause();
        if self.disturbed() {
            return Ok(false);
        }
        self.put(octets)?;
        if self.wrong.does(Plain::NoEcho) {
            self.pause();
            return Ok(true);
        }
        let mut come = Vec::new();
        let end = Instant::now() + ECHO;
        while come.len() < octets.len() {
            let left = end.saturating_duration_since(Instant::now());
            match self.reads.recv_timeout(left) {
                Ok(Some(octets)) => come.extend(octets),
                _ => break,
            }
            if self.wrong.does(Plain::OneReadIsTheEcho) {
                break;
            }
        }
        self.pause();
        let same = come == octets || self.wrong.does(Plain::AnyEcho) && !come.is_empty();
        Ok(same && !self.disturbed())
    }

    fn text(&mut self, text: &str) -> Result<(), Failed> {
        let wrong = self.wrong;
        if text.is_empty() {
            return failed("no empty text");
        }
        let refused = text.contains(HEADER)
            && (!wrong.does(Plain::HeaderAtStartOnly) || text.starts_with(HEADER));
        if refused && !wrong.does(Plain::SendsHeaderAsText) {
            return failed("no text with a header in it");
        }
        let mut left = text;
        while !left.is_empty() {
            let mut most = left.len().min(1024);
            while !left.is_char_boundary(most) {
                most -= 1;
            }
            if wrong.does(Plain::OnePiece) {
                most = left.len();
            }
            if !self.echoed(&left.as_bytes()[..most])? {
                self.over = true;
                return failed("no echo");
            }
            left = &left[most..];
        }
        Ok(())
    }

    fn upload(&mut self, upload: &Upload) -> Result<(), Failed> {
        let wrong = self.wrong;
        let mut source = Source::open(&upload.source)?;
        let header = format!("{HEADER}{}:{}", source.name, upload.destination);
        let colons = header.matches(':').count();
        if header.len() > 1024 && !wrong.does(Plain::LongHeader)
            || colons != 2 && !wrong.does(Plain::ColonInName)
        {
            return failed("these names cannot be sent");
        }
        let mut whole = Vec::new();
        loop {
            let octets = source.read(65_536)?;
            if octets.is_empty() {
                break;
            }
            whole.extend(octets);
        }
        if holds(&whole, MARK) && !wrong.does(Plain::SendsMark) {
            return failed("the file holds the end mark");
        }
        self.pause();
        self.put(header.as_bytes())?;
        if !wrong.does(Plain::HeaderRunsOn) {
            self.pause();
        }
        let mut inside = false;
        for octets in whole.chunks(1024) {
            inside = self.disturbed() && !wrong.does(Plain::DeafInside);
            if inside {
                break;
            }
            self.put(octets)?;
        }
        if inside && wrong.does(Plain::ClosesInside) {
            self.over = true;
            return failed("octets inside an upload");
        }
        if !wrong.does(Plain::MarkRunsOn) {
            self.pause();
        }
        let inside = inside || self.disturbed() && !wrong.does(Plain::DeafInside);
        self.put(MARK)?;
        self.pause();
        if inside {
            self.over = true;
            return failed("octets inside an upload");
        }
        if wrong.does(Plain::NoProbe) || self.echoed(b"?")? {
            return Ok(());
        }
        if wrong.does(Plain::NoDoubt) {
            self.over = true;
            return failed("no echo");
        }
        self.pause();
        self.put(MARK)?;
        self.pause();
        let doubted = self.echoed(b"?")?;
        if doubted && wrong.does(Plain::DoubtIsSuccess) {
            return Ok(());
        }
        self.over = !doubted;
        failed("doubtful")
    }
}
