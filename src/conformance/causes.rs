//! Why servers and clients fail a case, by the requirement that it cites: what a programmer
//! has usually done.

use super::Case;

/// A requirement, or the beginning of the names of several, and a usual cause.
const CAUSES: &[(&str, &str)] = &[
    (
        "detection.",
        "the first octets are answered before they are told apart from a web, TLS or \
     plain opening",
    ),
    ("detection.prefix", "the first read is taken for the whole opening"),
    (
        "preface.grammar",
        "the line is split at white space or trimmed, so that a CR, a second SP \
     or lower case passes",
    ),
    (
        "preface.too-long",
        "the line is read without a bound, or the bound is off by one: 512 \
     octets count the LF",
    ),
    ("preface.judged-when", "a part of a line is judged as soon as one read has returned it"),
    (
        "preface.number",
        "the number is read by a function that takes signs, spaces, leading zeros \
     or `1e3`, or overflows 64 bits at twenty digits",
    ),
    ("preface.repeated-key", "the keys go into a map, whose last value wins in silence"),
    ("preface.unknown-key", "unknown keys are refused, or not checked against the grammar"),
    (
        "preface.early-octets",
        "what the read brought behind the line is thrown away with its \
     buffer",
    ),
    ("preface.malformed-client", "ERROR 100 is sent before the server's own line"),
    (
        "frame.length-unsigned",
        "the length is read into a signed 32-bit integer, or 5 + length \
     wraps around",
    ),
    (
        "frame.judged-early",
        "the payload is read before its header is judged, so that a huge \
     length waits or reserves memory",
    ),
    (
        "frame.judged-in-order",
        "the checks are made in another order: letter, ignorable, unknown, \
     state, too long, too short",
    ),
    (
        "frame.ignorable",
        "every unknown type is refused, or skipping leaves the payload in the \
     stream",
    ),
    (
        "frame.too-long",
        "the bound is compared with `>=`, or taken from what the peer stated \
     instead of what this side stated",
    ),
    (
        "frame.payload-layout",
        "octets behind the last field are ignored, or the digest's length \
     is not compared with its kind",
    ),
    (
        "frame.split-invariance",
        "one read is taken for one message: collect octets until a frame \
     is whole, and keep what follows it",
    ),
    ("state.", "the state is not kept, or a refusal leads back to `idle` instead of `discard`"),
    ("answer.order", "uploads are carried out on a thread of their own, and answer when done"),
    ("answer.continue", "CONTINUE waits for the first DATA, or is sent twice"),
    ("text.utf8", "the text is decoded with replacement characters instead of being refused"),
    ("text.reply-limit", "the reply is cut, or compared with the server's own `text`"),
    (
        "flow.",
        "the server reads one frame, answers, and forgets what else the read brought; or \
     it blocks in a write while the peer writes",
    ),
    ("bye.", "the connection is closed before the answers before BYE were sent, or without BYE"),
    (
        "eof.",
        "end of stream is taken for an error, or drops the frames that came whole before \
     it",
    ),
    (
        "closing.procedure",
        "the socket is closed while octets are unread, which resets the \
     connection and destroys the last answer: shut down, read to the end, close",
    ),
    ("file.judged-in-order", "the destination is looked at before flags, digest and size"),
    ("file.exists", "existence is judged only when the file is published, or not at all"),
    ("file.size", "2^64-1 is read as -1 or as a size instead of as not known"),
    ("file.busy", "nothing remembers which destinations are open on other connections"),
    (
        "path.",
        "the path is cleaned or joined before it is checked; check its octets, component \
     by component",
    ),
    ("path.symbolic-link", "folders are opened by path, which follows links"),
    ("path.exact", "the file system folds case or normalises, and nobody compares"),
    ("data.", "sizes are compared at END only, and not when a DATA header comes"),
    ("end.size", "the size in END is compared with FILE's, and not with the octets that came"),
    (
        "end.digest",
        "the digest is computed over what was sent on this connection, without the \
     octets that were held, or not compared at all",
    ),
    ("end.stored", "STORED repeats what END said instead of what was written"),
    (
        "publish.whole",
        "octets are written under the destination itself: write beside it, and \
     rename when END was judged",
    ),
    ("publish.exists-again", "`rename` replaces in silence: use a link, or RENAME_NOREPLACE"),
    ("publish.folders-late", "folders are made when FILE comes"),
    ("publish.nothing-on-failure", "the old file is truncated or removed when FILE comes"),
    ("resume.crc", "the CRC-32 is that of the whole file, or of what this connection sent"),
    ("resume.offset", "the offset is the size of a partial of another size, or above it"),
    ("held.", "octets are kept by destination alone, or not dropped with 215, 216 and 220"),
    ("takeover.", "the older upload keeps its lock until its connection ends"),
    ("error.1xx-last", "the server goes on reading frames after an ERROR 1xx"),
    ("error.message", "the message holds a path or octets of the peer that are not UTF-8"),
    ("timer.", "one timeout of the socket serves for all: each read starts it anew"),
    ("plain.", "a read is taken for a message: header, octets and mark run together"),
    ("outcome.", "a lost connection is reported as a failure, or as success"),
];

/// What usually makes a peer fail this case.
pub fn usual_causes(case: &Case) -> impl Iterator<Item = &'static str> {
    let of = |(name, _): &&(&str, &str)| {
        case.requirements.iter().any(|id| {
            id.strip_prefix(*name)
                .is_some_and(|rest| rest.is_empty() || name.ends_with('.') || rest.starts_with('-'))
        })
    };
    CAUSES.iter().filter(of).map(|(_, cause)| *cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{registry, requirements};
    use crate::wire::Role;

    #[test]
    fn every_cause_is_of_a_requirement() {
        for (name, _) in CAUSES {
            let any = requirements().iter().any(|requirement| requirement.id.starts_with(name));
            assert!(any, "`{name}` begins no requirement");
        }
    }

    #[test]
    fn most_cases_for_servers_have_a_usual_cause() {
        let all = registry(Role::Server);
        let with = all.iter().filter(|case| usual_causes(case).next().is_some()).count();
        assert!(with * 10 > all.len() * 9, "{with} of {}", all.len());
    }
}
