//! The state tables of chapter 5, each as one function.

use core::fmt;

use crate::wire::FrameType;

/// A state of the server (chapter 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No upload.
    Idle,
    /// A FILE was accepted and has neither ended nor failed.
    Open,
    /// A FILE was refused or failed, and its remaining frames may still come.
    Discard,
    /// The connection has ended; nothing is handled any more.
    Closed,
}

/// What can come to a server: the columns of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// TEXT.
    Text,
    /// FILE.
    File,
    /// DATA.
    Data,
    /// END.
    End,
    /// ABORT.
    Abort,
    /// BYE.
    Bye,
    /// The client has ended its sending direction.
    EndOfStream,
}

/// What the server does: the first part of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Answer the text with REPLY, or refuse it.
    Reply,
    /// Judge the request: CONTINUE, or refuse it.
    Judge,
    /// Take the octets, or fail the upload.
    Take,
    /// Complete the upload: STORED, or fail it.
    Complete,
    /// Give the upload up: ERROR 220.
    Abort,
    /// Skip the payload; no answer.
    Skip,
    /// Answer BYE.
    Bye,
    /// Refuse the frame: ERROR 104.
    Unexpected,
    /// Nothing but end the connection.
    Close,
}

/// A cell of the server's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// What is done.
    pub action: Action,
    /// The state after it.
    pub then: State,
    /// The state after an ERROR 2xx in its place, where the cell allows one.
    pub refused: Option<State>,
}

const fn cell(action: Action, then: State) -> Cell {
    Cell { action, then, refused: None }
}

const fn refusable(action: Action, then: State, refused: State) -> Cell {
    Cell { action, then, refused: Some(refused) }
}

/// The server's table (`state.table`).
#[must_use]
pub const fn server_cell(state: State, trigger: Trigger) -> Cell {
    use State::{Closed, Discard, Idle, Open};
    match (state, trigger) {
        (Idle | Discard, Trigger::Text) => refusable(Action::Reply, Idle, Idle),
        (Idle | Discard, Trigger::File) => refusable(Action::Judge, Open, Discard),
        (Idle | Discard, Trigger::Bye) => cell(Action::Bye, Closed),
        (Idle, Trigger::Data | Trigger::End | Trigger::Abort)
        | (Open, Trigger::Text | Trigger::File | Trigger::Bye) => cell(Action::Unexpected, Closed),
        (Open, Trigger::Data) => refusable(Action::Take, Open, Discard),
        (Open, Trigger::End) => refusable(Action::Complete, Idle, Idle),
        (Open, Trigger::Abort) => cell(Action::Abort, Idle),
        (Discard, Trigger::Data) => cell(Action::Skip, Discard),
        (Discard, Trigger::End | Trigger::Abort) => cell(Action::Skip, Idle),
        (Idle | Open | Discard, Trigger::EndOfStream)
        | (
            Closed,
            Trigger::Text
            | Trigger::File
            | Trigger::Data
            | Trigger::End
            | Trigger::Abort
            | Trigger::Bye
            | Trigger::EndOfStream,
        ) => cell(Action::Close, Closed),
    }
}

impl State {
    /// The states with a row in the table.
    pub const ROWS: [Self; 3] = [Self::Idle, Self::Open, Self::Discard];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Idle => "idle",
            Self::Open => "open",
            Self::Discard => "discard",
            Self::Closed => "closed",
        })
    }
}

impl Trigger {
    /// The columns of the table.
    pub const COLUMNS: [Self; 7] =
        [Self::Text, Self::File, Self::Data, Self::End, Self::Abort, Self::Bye, Self::EndOfStream];

    /// The trigger that a client's frame is, or `None` for a frame that no client sends.
    #[must_use]
    pub const fn of_frame(frame: FrameType) -> Option<Self> {
        match frame {
            FrameType::Text => Some(Self::Text),
            FrameType::File => Some(Self::File),
            FrameType::Data => Some(Self::Data),
            FrameType::End => Some(Self::End),
            FrameType::Abort => Some(Self::Abort),
            FrameType::Bye => Some(Self::Bye),
            FrameType::Reply | FrameType::Continue | FrameType::Stored | FrameType::Error => None,
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "TEXT",
            Self::File => "FILE",
            Self::Data => "DATA",
            Self::End => "END",
            Self::Abort => "ABORT",
            Self::Bye => "BYE",
            Self::EndOfStream => "end of stream",
        })
    }
}

/// The cell as the specification writes it.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = match self.action {
            Action::Reply => "R, ",
            Action::Judge => "C, ",
            Action::Take => "take, ",
            Action::Complete => "S, ",
            Action::Abort => "X220, ",
            Action::Skip => "skip, ",
            Action::Bye => "B, ",
            Action::Unexpected => "X104, ",
            Action::Close => "",
        };
        match self.refused {
            Some(state) => write!(f, "{answer}{}; or X2xx, {state}", self.then),
            None => write!(f, "{answer}{}", self.then),
        }
    }
}

/// How far the oldest request without a final answer has come at a client (chapter 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Oldest {
    /// Nothing is unanswered.
    None,
    /// A TEXT.
    Text,
    /// A FILE without CONTINUE.
    File,
    /// A FILE with CONTINUE that has neither ended nor been aborted.
    Sending,
    /// A FILE with CONTINUE whose END was sent.
    Ended,
    /// A FILE with CONTINUE that was aborted.
    Aborted,
    /// Nothing is unanswered but a BYE.
    Bye,
}

/// What can come to a client: the columns of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// REPLY.
    Reply,
    /// CONTINUE.
    Continue,
    /// STORED.
    Stored,
    /// ERROR 100 to 199.
    ConnectionError,
    /// ERROR 200 to 299.
    RequestError,
    /// BYE.
    Bye,
    /// The server has ended its sending direction.
    EndOfStream,
}

/// A cell of the client's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// The final answer of the oldest request.
    Answer,
    /// The upload may go on.
    GoOn,
    /// The connection has ended.
    Ended,
    /// The server breaks the protocol (`answer.client-table`).
    Fault,
}

/// The client's table (`answer.client-table`).
#[must_use]
pub const fn client_cell(oldest: Oldest, answer: Answer) -> Reaction {
    match (oldest, answer) {
        (Oldest::Text, Answer::Reply)
        | (Oldest::Ended, Answer::Stored)
        | (
            Oldest::Text | Oldest::File | Oldest::Sending | Oldest::Ended | Oldest::Aborted,
            Answer::RequestError,
        ) => Reaction::Answer,
        (Oldest::File, Answer::Continue) => Reaction::GoOn,
        (_, Answer::ConnectionError | Answer::EndOfStream) | (Oldest::Bye, Answer::Bye) => {
            Reaction::Ended
        }
        (
            Oldest::None
            | Oldest::File
            | Oldest::Sending
            | Oldest::Ended
            | Oldest::Aborted
            | Oldest::Bye,
            Answer::Reply,
        )
        | (
            Oldest::None
            | Oldest::Text
            | Oldest::Sending
            | Oldest::Ended
            | Oldest::Aborted
            | Oldest::Bye,
            Answer::Continue,
        )
        | (
            Oldest::None
            | Oldest::Text
            | Oldest::File
            | Oldest::Sending
            | Oldest::Aborted
            | Oldest::Bye,
            Answer::Stored,
        )
        | (Oldest::None | Oldest::Bye, Answer::RequestError)
        | (
            Oldest::None
            | Oldest::Text
            | Oldest::File
            | Oldest::Sending
            | Oldest::Ended
            | Oldest::Aborted,
            Answer::Bye,
        ) => Reaction::Fault,
    }
}

impl Oldest {
    /// The rows of the table.
    pub const ROWS: [Self; 7] =
        [Self::None, Self::Text, Self::File, Self::Sending, Self::Ended, Self::Aborted, Self::Bye];
}

impl fmt::Display for Oldest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Text => "text",
            Self::File => "file",
            Self::Sending => "sending",
            Self::Ended => "ended",
            Self::Aborted => "aborted",
            Self::Bye => "bye",
        })
    }
}

impl Answer {
    /// The columns of the table.
    pub const COLUMNS: [Self; 7] = [
        Self::Reply,
        Self::Continue,
        Self::Stored,
        Self::ConnectionError,
        Self::RequestError,
        Self::Bye,
        Self::EndOfStream,
    ];
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reply => "REPLY",
            Self::Continue => "CONTINUE",
            Self::Stored => "STORED",
            Self::ConnectionError => "ERROR 1xx",
            Self::RequestError => "ERROR 2xx",
            Self::Bye => "BYE",
            Self::EndOfStream => "end of stream",
        })
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Answer => "answer",
            Self::GoOn => "go on",
            Self::Ended => "ended",
            Self::Fault => "fault",
        })
    }
}
