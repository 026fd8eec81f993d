//! A server of the framed profile as somebody would write it who has all octets at once, all the
//! memory in the world, and the specification alone: no part of the core is used here.

mod line;
mod path;

/// What the server states.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) chunk: usize,
    pub(crate) text: usize,
    pub(crate) file: u64,
}

/// What whoever is above the protocol says to a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    /// To a TEXT: this reply. To a FILE: go on from as much of this as may be. To an END: stored.
    Accept(String, u64),
    /// ERROR 2xx.
    Refuse(u16),
}

/// What is asked of whoever is above.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Text(String),
    File {
        overwrite: bool,
        resume: bool,
        sha256: bool,
        size: Option<u64>,
        source: String,
        destination: String,
    },
    /// All octets of an upload that came, when it has ended in whatever way.
    Octets(Vec<u8>),
    End(u64, Vec<u8>),
    Aborted,
    /// An upload has failed without anybody being asked.
    Failed(u16),
}

/// What goes to the client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    Line,
    Reply(String),
    Continue(u64),
    Stored(u64, Vec<u8>),
    Error(u16),
    Bye,
}

/// What has come of a connection's octets.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) asked: Vec<Asked>,
    pub(crate) sent: Vec<Sent>,
    /// Whether the server has ended it.
    pub(crate) closed: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Idle,
    Open,
    Discard,
}

struct Upload {
    sha256: bool,
    size: Option<u64>,
    offset: u64,
    octets: Vec<u8>,
}

struct Server<'a> {
    limits: &'a Limits,
    choices: Box<dyn FnMut() -> Choice + 'a>,
    outcome: Outcome,
    state: State,
    upload: Option<Upload>,
    reply_limit: usize,
}

/// Everything that a server does when these octets come and nothing after them. Whoever is above
/// makes one choice for each request, and one for each END.
pub(crate) fn serve<'a>(
    octets: &[u8],
    limits: &'a Limits,
    choices: impl FnMut() -> Choice + 'a,
) -> Outcome {
    let mut server = Server {
        limits,
        choices: Box::new(choices),
        outcome: Outcome::default(),
        state: State::Idle,
        upload: None,
        reply_limit: 0,
    };
    match line::judge(octets) {
        line::Judged::NotYet => {}
        line::Judged::Malformed => {
            server.outcome.sent.push(Sent::Line);
            server.fatal(100);
        }
        line::Judged::Good { len, text } => {
            server.outcome.sent.push(Sent::Line);
            server.reply_limit = text;
            let mut rest = &octets[len..];
            while !server.outcome.closed {
                match server.frame(rest) {
                    Some(len) => rest = &rest[len..],
                    None => break,
                }
            }
        }
    }
    server.upload_is_over();
    server.outcome
}

impl Server<'_> {
    fn fatal(&mut self, code: u16) {
        self.outcome.sent.push(Sent::Error(code));
        self.outcome.closed = true;
    }

    /// What came of the open upload is complete.
    fn upload_is_over(&mut self) {
        if let Some(upload) = self.upload.take() {
            self.outcome.asked.push(Asked::Octets(upload.octets));
        }
    }

    /// The frame at the front, and its length, if enough of it is there.
    fn frame(&mut self, octets: &[u8]) -> Option<usize> {
        if octets.len() < 5 {
            return None;
        }
        let kind = octets[0];
        let length = u32::from_be_bytes([octets[1], octets[2], octets[3], octets[4]]) as usize;
        match self.judge_header(kind, length) {
            Err(code) => {
                self.fatal(code);
                return None;
            }
            Ok(false) => return (octets.len() >= 5 + length).then_some(5 + length),
            Ok(true) => {}
        }
        let there = &octets[5..octets.len().min(5 + length)];
        let whole = there.len() == length;
        if self.state == State::Discard && matches!(kind, b'D' | b'E' | b'A') {
            if kind != b'D' && whole {
                self.state = State::Idle;
            }
            return whole.then_some(5 + length);
        }
        if kind == b'D' {
            self.data(length, there);
            return whole.then_some(5 + length);
        }
        if !whole {
            return None;
        }
        match kind {
            b'T' => self.text(there),
            b'F' => self.file(there),
            b'E' => self.end(there),
            b'A' => {
                self.upload_is_over();
                self.outcome.asked.push(Asked::Aborted);
                self.outcome.sent.push(Sent::Error(220));
                self.state = State::Idle;
            }
            _ => {
                self.outcome.sent.push(Sent::Bye);
                self.outcome.closed = true;
            }
        }
        Some(5 + length)
    }

    /// The seven checks; whether it is a frame that means something.
    fn judge_header(&self, kind: u8, length: usize) -> Result<bool, u16> {
        if !kind.is_ascii_alphabetic() {
            return Err(101);
        }
        if kind.is_ascii_lowercase() {
            return if length <= 65_536 { Ok(false) } else { Err(102) };
        }
        let (clients, least, most) = match kind {
            b'T' => (true, 0, self.limits.text),
            b'F' => (true, 14, 2062),
            b'D' => (true, 1, self.limits.chunk),
            b'E' => (true, 8, 72),
            b'A' | b'B' => (true, 0, 0),
            b'R' | b'C' | b'S' | b'X' => (false, 0, 0),
            _ => return Err(103),
        };
        let allowed = match self.state {
            State::Idle => matches!(kind, b'T' | b'F' | b'B'),
            State::Open => matches!(kind, b'D' | b'E' | b'A'),
            State::Discard => true,
        };
        if !clients || !allowed {
            return Err(104);
        }
        if length > most {
            return Err(102);
        }
        if length < least { Err(101) } else { Ok(true) }
    }

    fn text(&mut self, payload: &[u8]) {
        self.state = State::Idle;
        let Ok(text) = String::from_utf8(payload.to_vec()) else {
            self.outcome.sent.push(Sent::Error(200));
            return;
        };
        self.outcome.asked.push(Asked::Text(text.clone()));
        let answer = match (self.choices)() {
            Choice::Refuse(_) => Sent::Error(202),
            Choice::Accept(reply, _) => {
                let reply = if reply.is_empty() { text } else { reply };
                if reply.len() > self.reply_limit { Sent::Error(201) } else { Sent::Reply(reply) }
            }
        };
        self.outcome.sent.push(answer);
    }

    fn file(&mut self, payload: &[u8]) {
        let number = |at: usize| usize::from(payload[at]) << 8 | usize::from(payload[at + 1]);
        let size = payload[2..10].iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
        let source_len = number(10);
        if payload.len() < 12 + source_len + 2 {
            return self.fatal(101);
        }
        let destination_len = number(12 + source_len);
        if payload.len() != 14 + source_len + destination_len {
            return self.fatal(101);
        }
        let source = &payload[12..12 + source_len];
        let destination = &payload[14 + source_len..];
        let refused = if payload[0] > 3 {
            Some(218)
        } else if payload[1] != 1 && payload[1] != 2 {
            Some(217)
        } else if !path::is_destination(destination)
            || source.len() > 1024
            || std::str::from_utf8(source).is_err()
        {
            Some(210)
        } else {
            None
        };
        if let Some(code) = refused {
            self.state = State::Discard;
            self.outcome.sent.push(Sent::Error(code));
            return;
        }
        let size = if size == u64::MAX { None } else { Some(size) };
        let (resume, sha256) = (payload[0] & 2 == 2, payload[1] == 2);
        let string = |octets: &[u8]| String::from_utf8(octets.to_vec()).expect("it was judged");
        self.outcome.asked.push(Asked::File {
            overwrite: payload[0] & 1 == 1,
            resume,
            sha256,
            size,
            source: string(source),
            destination: string(destination),
        });
        match (self.choices)() {
            Choice::Refuse(code) => {
                self.state = State::Discard;
                self.outcome.sent.push(Sent::Error(code));
            }
            Choice::Accept(_, held) => {
                let offset = if resume { size.map_or(0, |size| held.min(size)) } else { 0 };
                self.state = State::Open;
                self.upload = Some(Upload { sha256, size, offset, octets: Vec::new() });
                self.outcome.sent.push(Sent::Continue(offset));
            }
        }
    }

    /// DATA in an open upload, of whose payload so much has come.
    fn data(&mut self, length: usize, there: &[u8]) {
        let upload = self.upload.as_mut().expect("the state is open");
        let after = u128::from(upload.offset) + upload.octets.len() as u128 + length as u128;
        let code = match upload.size {
            Some(size) if after > u128::from(size) => 215,
            None if after > u128::from(self.limits.file) => 212,
            _ => {
                upload.octets.extend(there);
                return;
            }
        };
        self.upload_is_over();
        self.outcome.asked.push(Asked::Failed(code));
        self.outcome.sent.push(Sent::Error(code));
        self.state = State::Discard;
    }

    fn end(&mut self, payload: &[u8]) {
        let upload = self.upload.as_ref().expect("the state is open");
        let size = payload[..8].iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
        let digest = payload[8..].to_vec();
        if digest.len() != if upload.sha256 { 32 } else { 4 } {
            return self.fatal(101);
        }
        let held = upload.offset + upload.octets.len() as u64;
        let same = size == held && upload.size.is_none_or(|declared| declared == size);
        self.state = State::Idle;
        if !same {
            self.upload_is_over();
            self.outcome.asked.push(Asked::Failed(215));
            self.outcome.sent.push(Sent::Error(215));
            return;
        }
        self.upload_is_over();
        self.outcome.asked.push(Asked::End(size, digest.clone()));
        self.outcome.sent.push(match (self.choices)() {
            Choice::Refuse(code) => Sent::Error(code),
            Choice::Accept(..) => Sent::Stored(size, digest),
        });
    }
}
