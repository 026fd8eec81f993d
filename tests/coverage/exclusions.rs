//! Lines of the core with a region that no test reaches, each with its reason.

/// The room was asked for before, so that nothing can be short of it.
const ROOM: &str = "the room was asked for before";
/// The header's judgement has refused what would lead here; the match has to be total.
const JUDGED: &str = "the header's judgement lets nothing come here";
/// A session keeps these in step.
const IN_STEP: &str = "what it looks for is there in this state";
/// A search in a string that cannot fail.
const CUT: &str = "0 is a boundary of every string";

/// File, line, reason. Each line is the only one of its text in the file, so that it excuses no
/// other.
pub(crate) const EXCLUSIONS: &[(&str, &str, &str)] = &[
    (
        "src/plain/client/text.rs",
        "let cut = (0..=most).rev().find(|&at| self.0.is_char_boundary(at))?;",
        CUT,
    ),
    ("src/plain/client/text.rs", "let (piece, rest) = self.0.split_at_checked(cut)?;", CUT),
    (
        "src/plain/script.rs",
        r#"Event::NeedMore => unreachable!("it is no line"),"#,
        "a helper of tests, which call it with lines only",
    ),
    ("src/session/client/step.rs", "return Err(FaultReason::NotDue(kind));", JUDGED),
    ("src/session/client/step.rs", "return Err(FaultReason::NotDue(FrameType::Continue));", JUDGED),
    ("src/session/client/step.rs", "return false;", JUDGED),
    ("src/session/server/mod.rs", "self.emit_line(out)?;", ROOM),
    (
        "src/session/server/mod.rs",
        "Frame::Error(error).emit(out).map_err(Misuse::ShortOutput)?;",
        ROOM,
    ),
    ("src/session/server/step.rs", "fn from(misuse: Misuse) -> Self {", ROOM),
    ("src/session/server/step.rs", "Self::Misuse(misuse)", ROOM),
    ("src/session/server/step.rs", "Err(Stop::Misuse(misuse)) => Err(misuse.into()),", ROOM),
    ("src/session/server/step.rs", "self.close(reason.code(), message.as_str(), out)?;", ROOM),
    ("src/session/server/step.rs", "self.emit_line(out)?;", ROOM),
    (
        "src/session/server/step.rs",
        r#"emit_error(Code::ABORTED, "the client gave the upload up", out)?;"#,
        ROOM,
    ),
    ("src/session/server/step.rs", "Frame::Bye.emit(out).map_err(Misuse::ShortOutput)?;", ROOM),
    (
        "src/session/server/step.rs",
        r#"self.refuse_due(Code::INVALID_TEXT, format_args!("{reason}"), out)?;"#,
        ROOM,
    ),
    (
        "src/session/server/step.rs",
        r#"self.refuse_due(code, format_args!("{error}"), out)?;"#,
        ROOM,
    ),
    ("src/session/server/step.rs", "self.refuse_due(Code::SIZE_MISMATCH, arguments, out)?;", ROOM),
    ("src/session/server/step.rs", "self.refuse(code, message.as_str(), out)?;", ROOM),
    (
        "src/session/server/step.rs",
        "let cell = server_cell(state, Trigger::of_frame(frame).ok_or(unexpected)?);",
        JUDGED,
    ),
    (
        "src/session/server/step.rs",
        "Err(FaultReason::Header(HeaderError::Unexpected(frame)).into())",
        JUDGED,
    ),
    ("src/session/server/step.rs", "return Ok(Event::Passed);", IN_STEP),
    (
        "src/wire/output.rs",
        "let room = self.buffer.get_mut(self.written..end).ok_or(ShortOutput { needed })?;",
        ROOM,
    ),
    (
        "src/wire/preface.rs",
        "self.write(role, out).map_err(|fmt::Error| ShortOutput { needed: Self::MAX_LEN })",
        ROOM,
    ),
];
