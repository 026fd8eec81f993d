//! Seeds of a server's octets, with choices under which the law's server does what that of
//! the vector does.

use std::cmp::Reverse;
use std::mem::discriminant;

use conexion::wire::{Parse, Role, parse_preface};

use crate::files::{load, transcripts};
use crate::laws::dice::{Dice, cuts};
use crate::laws::differential::{self, choose};
use crate::laws::naive::{self, Choice};
use crate::laws::server::{limits_of, sent_after};
use crate::made::{GIVEN, Seed};
use crate::schema::server::{Handled, Input, Transcript, frames};
use crate::schema::{ErrorItem, Item, Number, Octets, Point};
use crate::search::{best, chosen};
use crate::wire::Nearest;

/// How many numbers are tried.
const NUMBERS: u64 = 1 << 13;

/// The transcripts of a server that are short enough to be seeds.
pub(crate) fn short() -> impl Iterator<Item = Transcript> {
    let all = transcripts("server").flat_map(|file| load::<Transcript>(file).vectors);
    all.filter(|transcript| Seed::fits(&chosen(0, &stream(transcript))))
}

/// All that comes from the client.
pub(crate) fn stream(transcript: &Transcript) -> Vec<u8> {
    let steps = transcript.steps.iter();
    let octets = steps.filter_map(|step| match &step.input {
        Input::In(octets) => Some(octets.bytes()),
        Input::End(_) | Input::Fail(_) | Input::Close(_) => None,
    });
    octets.flatten().copied().collect()
}

/// All that the server sends.
pub(crate) fn wanted(transcript: &Transcript) -> Vec<Item> {
    transcript.steps.iter().flat_map(|step| step.out.clone()).collect()
}

/// What the law's server sends under a seed.
pub(crate) fn sent(seed: &[u8]) -> Vec<Item> {
    let sent = sent_after(seed);
    match parse_preface(Role::Server, &sent) {
        Ok(Parse::Complete(_, taken)) => [vec![Item::Line], frames(&sent[taken..])].concat(),
        _ => Vec::new(),
    }
}

pub(crate) fn server_session() -> Vec<Seed> {
    let seed = |transcript: Transcript| {
        let (stream, wanted) = (stream(&transcript), wanted(&transcript));
        let limits = Nearest::to(transcript.limits.limits());
        let numbers =
            (0..NUMBERS).filter(|&number| Nearest::to(limits_of(&chosen(number, &[]))) == limits);
        let number = best(numbers, &highest(&wanted), |number| {
            score(&sent(&chosen(number, &stream)), &wanted)
        });
        Seed::new(transcript.id, &chosen(number, &stream))
    };
    short().map(seed).collect()
}

/// The core's server has the vector's limits as near as `agree` can give them, and the layers
/// above answer as they do in the vector.
pub(crate) fn differential() -> Vec<Seed> {
    let seed = |transcript: Transcript| {
        let stream = stream(&transcript);
        let limits = Nearest::to(transcript.limits.limits());
        let number = choices(limits, stream.len(), &handled(&transcript));
        Seed::new(transcript.id, &chosen(number, &stream))
    };
    short().map(seed).collect()
}

/// What reaches the layers above.
fn handled(transcript: &Transcript) -> Vec<Handled> {
    transcript.steps.iter().flat_map(|step| step.handled.clone()).collect()
}

/// The number under which `agree` has these limits for a stream of this length, and gives
/// these answers.
///
/// There it chooses limits, cuts, and then each answer.
pub(crate) fn choices(limits: Nearest, len: usize, handled: &[Handled]) -> u64 {
    let dice = |number| Dice::split(&chosen(number, &[])).0;
    let numbers = (0..NUMBERS).filter(|&number| stated(&mut dice(number)) == limits);
    let answered = handled.iter().filter(|handled| handled.answer.is_some()).count();
    best(numbers, &(answered, Reverse(0), answered), |number| {
        let mut dice = dice(number);
        stated(&mut dice);
        let (answers, wanted) = answers(dice, len, handled);
        score(&answers, &wanted)
    })
}

/// The limits that are chosen there.
fn stated(dice: &mut Dice) -> Nearest {
    let naive::Limits { chunk, text, file } = differential::limits(dice);
    Nearest { wide_chunk: chunk > 1024, wide_text: text > 1024, small_file: file == 9 }
}

/// What is answered there, and what the vector answers.
fn answers(mut dice: Dice, len: usize, handled: &[Handled]) -> (Vec<Item>, Vec<Item>) {
    cuts(&mut dice, len);
    let wanted =
        handled.iter().filter_map(|handled| Some((&handled.given, handled.answer.clone()?)));
    wanted.map(|(given, wanted)| (answer(&mut dice, given), wanted)).unzip()
}

/// What is chosen there to answer.
fn answer(dice: &mut Dice, given: &Item) -> Item {
    let (reply, held) = match choose(dice) {
        Choice::Refuse(code) => {
            let code = if matches!(given, Item::Text(_)) { 202 } else { code };
            return Item::Error(ErrorItem::Code(code));
        }
        Choice::Accept(reply, held) => (reply, held),
    };
    match given {
        Item::Text(text) if reply.is_empty() => Item::Reply(text.clone()),
        Item::Text(_) => Item::Reply(Octets::of(reply.as_bytes())),
        Item::File(file) => {
            let size = file.size.value();
            let known = file.flags & 2 != 0 && size != u64::MAX;
            let offset = if known { held.min(size) } else { 0 };
            Item::Continue(Point { offset: Number::of(offset), crc32: Octets::of(&[0; 4]) })
        }
        Item::End(completed) => Item::Stored(completed.clone()),
        other => panic!("nobody answers {other:?}"),
    }
}

/// How many items at the beginning are alike; how many are too many; and how many are the same.
type Score = (usize, Reverse<usize>, usize);

fn highest(wanted: &[Item]) -> Score {
    (wanted.len(), Reverse(0), wanted.len())
}

fn score(sent: &[Item], wanted: &[Item]) -> Score {
    let pairs = || sent.iter().zip(wanted);
    let leading = pairs().take_while(|(one, other)| are_alike(one, other)).count();
    let same = pairs().filter(|(one, other)| are_same(one, other)).count();
    (leading, Reverse(sent.len().saturating_sub(wanted.len())), same)
}

/// Whether what is sent is what the vector wants, but for the words of a reply and the codes
/// of a refusal, of which laws have few.
pub(crate) fn follows(sent: &[Item], wanted: &[Item]) -> bool {
    let (leading, Reverse(more), _) = score(sent, wanted);
    (leading, more) == (wanted.len(), 0)
}

fn are_alike(one: &Item, other: &Item) -> bool {
    discriminant(one) == discriminant(other)
        && match (one, other) {
            (Item::Error(one), Item::Error(other)) => {
                one.code() == other.code() || one.code().min(other.code()) >= 200
            }
            (Item::Continue(one), Item::Continue(other)) => one.offset == other.offset,
            _ => true,
        }
}

fn are_same(one: &Item, other: &Item) -> bool {
    are_alike(one, other)
        && match (one, other) {
            (Item::Error(_), Item::Error(_)) | (Item::Reply(_), Item::Reply(_)) => one == other,
            _ => true,
        }
}

/// Vectors of which the law's server sends only the beginning, and why.
const NOT_FOLLOWED: [(&str, &str); 9] = [
    ("server.closing.server-ends-105", ENDS),
    ("server.closing.server-ends-107", ENDS),
    ("server.closing.server-ends-108", ENDS),
    ("server.closing.server-ends-inside-upload", ENDS),
    ("server.closing.server-ends-discard", ENDS),
    ("server.header.text-limit", LIMITS),
    ("server.header.chunk-limit", LIMITS),
    ("server.preface.timeout", ENDS),
    ("server.preface.limit-reached", ENDS),
];

const ENDS: &str = "the law's server ends no connection on its own";
const LIMITS: &str = "the law has no limit between the least and the greatest";

/// Vectors with an answer that neither law gives.
const NOT_ANSWERED: [(&str, &str); 1] =
    [("server.resume.large-offset", "laws hold 64 octets of a file, or all")];

#[test]
fn the_laws_server_sends_what_the_vectors_send() {
    let not: Vec<_> = short()
        .zip(&GIVEN["server_session"])
        .inspect(|(transcript, seed)| assert_eq!(transcript.id, seed.name))
        .filter(|(transcript, seed)| !follows(&sent(&seed.octets), &wanted(transcript)))
        .map(|(transcript, _)| transcript.id)
        .collect();
    let known = NOT_FOLLOWED.iter().chain(&NOT_ANSWERED).map(|(id, _)| *id);
    assert_eq!(sorted(not), sorted(known.map(str::to_owned).collect()));
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn the_layers_above_answer_in_differential_as_in_the_vectors() {
    let mut not = Vec::new();
    for (transcript, seed) in short().zip(&GIVEN["differential"]) {
        let (limits, handled) = (Nearest::to(transcript.limits.limits()), handled(&transcript));
        let mut dice = Dice::split(&seed.octets).0;
        assert_eq!(stated(&mut dice), limits, "{}", seed.name);
        let (answers, wanted) = answers(dice, seed.octets.len() - 8, &handled);
        if !follows(&answers, &wanted) {
            not.push(transcript.id);
        }
    }
    assert_eq!(not, NOT_ANSWERED.map(|(id, _)| id));
}
