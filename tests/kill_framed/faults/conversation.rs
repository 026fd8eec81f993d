//! Chapters 5.2 and 5.4: answers and their order.

faults! { Conversation {
    OneTextOnly: "answers the first text alone",
        breaks "answer.one-each", fails ["answer.one-each", "text.answered"], hangs;
    ForgetsAbove: "forgets texts above the 64th",
        breaks "flow.pipelining", fails ["flow.pipelining"], hangs;
    RepliesLate: "sends replies behind refusals",
        breaks "answer.order", fails ["answer.one-each", "error.1xx-last"];
    ReplyTwice: "answers a text twice",
        breaks "answer.one-each", fails ["answer.one-each"];
    NewestOnly: "answers the newest text of a read alone",
        breaks "answer.one-each", fails ["answer.one-each"];
    AnswersAtPause: "answers texts when nothing more has come, refusals at once",
        breaks "answer.order", fails ["answer.one-each", "error.1xx-last"];
    DropsAnswers: "drops answers above the 256th",
        breaks "flow.no-answer-dropped", fails ["flow.bounded-output"];
    QueuesWithoutBound: "queues answers without a bound",
        breaks "flow.bounded-output", fails ["flow.bounded-output"];
    FlushesInput: "drops what came with a FILE",
        breaks "flow.eager", fails ["flow.eager", "flow.eager-refused"], hangs;
    ContinueAtData: "sends CONTINUE when DATA has come",
        breaks "answer.continue-prompt", fails ["answer.continue-prompt"], hangs;
    RefusalAtEnd: "refuses an upload when its frames have come",
        breaks "answer.continue-prompt", fails ["answer.continue-prompt"], hangs;
    ContinueFirst: "sends CONTINUE before the replies that are due",
        breaks "answer.continue-once", fails ["answer.continue-once"];
    ContinueTwice: "sends CONTINUE twice",
        breaks "answer.continue-once", fails ["answer.one-each", "answer.continue-once"];
    NoContinueAtZero: "sends CONTINUE where it resumes alone",
        breaks "answer.continue-once", fails ["answer.one-each", "answer.continue-once"];
    ByeOvertakes: "answers BYE first",
        breaks "bye.answered", fails ["bye.answered"];
    RefusalFlushes: "drops what came behind a refused request",
        breaks "bye.answered", fails ["bye.behind-refusals"], hangs;
} }
