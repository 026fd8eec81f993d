//! Seeds of a client's octets, with choices under which the law's client sends and sees what
//! that of the vector does.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::files::{load, transcripts};
use crate::laws::client::{Turn, is_wide, turns_after};
use crate::made::{GIVEN, Seed};
use crate::schema::Item;
use crate::schema::client::{Input, Reaction, Transcript};
use crate::search::{best, chosen};
use crate::wire;

/// How many numbers are tried.
const NUMBERS: u64 = 1 << 18;

/// How many of those are tried further under which the client begins as in the vector.
const TRIED: usize = 1 << 14;

/// The shortest line of a server.
const LINE: &[u8] = b"CONEXION/1 SERVER\n";

/// The transcripts of a client that are short enough to be seeds.
pub(crate) fn short() -> impl Iterator<Item = Transcript> {
    let all = transcripts("client").flat_map(|file| load::<Transcript>(file).vectors);
    all.filter(|transcript| Seed::fits(&chosen(0, &stream(transcript))))
}

/// All that comes from the server.
pub(crate) fn stream(transcript: &Transcript) -> Vec<u8> {
    let steps = transcript.steps.iter();
    let octets = steps.filter_map(|step| match &step.input {
        Input::In(octets) => Some(octets.bytes()),
        Input::Send(_) | Input::MustNotSend(_) | Input::End(_) => None,
    });
    octets.flatten().copied().collect()
}

/// What the client sends and sees, in order, in words; without its line and the end of stream.
pub(crate) fn wanted(transcript: &Transcript) -> Vec<&'static str> {
    let mut turns = Vec::new();
    for step in &transcript.steps {
        if let Input::Send(items) = &step.input {
            turns.extend(items.iter().filter(|item| **item != Item::Line).map(sent_word));
        }
        turns.extend(step.reacts.iter().filter_map(|reaction| match reaction {
            Reaction::Line => Some("line"),
            Reaction::Passed => Some("passed"),
            Reaction::Answer(Item::Reply(_)) => Some("reply"),
            Reaction::Answer(Item::Stored(_)) => Some("stored"),
            Reaction::Answer(_) => Some("refused"),
            Reaction::GoOn(_) => Some("continue"),
            Reaction::Ended(Item::EndOfStream) => None,
            Reaction::Ended(Item::Bye) => Some("bye"),
            Reaction::Ended(_) => Some("ended"),
            Reaction::Fault => Some("fault"),
        }));
    }
    turns
}

fn sent_word(item: &Item) -> &'static str {
    match item {
        Item::Text(_) => "T",
        Item::File(_) => "F",
        Item::Data(_) => "D",
        Item::End(_) => "E",
        Item::Abort => "A",
        Item::Bye => "B",
        other => panic!("no client sends {other:?}"),
    }
}

/// What the law's client sends and sees under a seed, in the same words.
pub(crate) fn turns(seed: &[u8]) -> Vec<&'static str> {
    let word = |turn| match turn {
        Turn::Seen(word, _) => word,
        Turn::Sent(octets) => match octets[0] {
            b'T' => "T",
            b'F' => "F",
            b'D' => "D",
            b'E' => "E",
            b'A' => "A",
            b'B' => "B",
            other => panic!("no client sends {other}"),
        },
    };
    turns_after(seed).into_iter().map(word).collect()
}

pub(crate) fn client_session() -> Vec<Seed> {
    // What the law's client does once it has seen a line does not depend on what comes next.
    let mut beginnings: BTreeMap<(bool, Vec<&'static str>), Vec<u64>> = BTreeMap::new();
    for number in 0..NUMBERS {
        let seed = chosen(number, LINE);
        beginnings.entry((is_wide(&seed), turns(&seed))).or_default().push(number);
    }
    let seed = |transcript: Transcript| {
        let (stream, wanted) = (stream(&transcript), wanted(&transcript));
        let wide = transcript.text.is_some_and(|text| wire::is_wide(crate::schema::payload(text)));
        let is_sent = |word: &&&str| **word == "line" || word.len() == 1;
        let beginning: Vec<_> = wanted.iter().take_while(is_sent).copied().collect();
        let numbers = beginnings.get(&(wide, beginning)).into_iter().flatten().copied();
        let any = (0..NUMBERS).filter(|&number| is_wide(&chosen(number, &[])) == wide);
        let highest = (wanted.len(), Reverse(0));
        let number = best(numbers.chain(any).take(TRIED), &highest, |number| {
            let turns = turns(&chosen(number, &stream));
            let pairs = turns.iter().zip(&wanted);
            let leading = pairs.take_while(|(one, other)| one == other).count();
            (leading, Reverse(turns.len().saturating_sub(wanted.len())))
        });
        Seed::new(transcript.id, &chosen(number, &stream))
    };
    short().map(seed).collect()
}

/// Vectors of which the law's client does only the beginning: under no number that is tried
/// does it send so much of its own accord.
const NOT_FOLLOWED: [&str; 7] = [
    "client.request.order",
    "client.request.pipelined",
    "client.request.end-size",
    "client.request.resume-waits",
    "client.request.resume-complete",
    "client.request.resume-differs",
    "client.request.offset-at-size",
];

#[test]
fn the_laws_client_does_what_the_vectors_do() {
    let not: Vec<_> = short()
        .zip(&GIVEN["client_session"])
        .inspect(|(transcript, seed)| assert_eq!(transcript.id, seed.name))
        .filter(|(transcript, seed)| turns(&seed.octets) != wanted(transcript))
        .map(|(transcript, _)| transcript.id)
        .collect();
    assert_eq!(not, NOT_FOLLOWED);
}
