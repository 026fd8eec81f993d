//! The worked example: the same octets in Appendix B and in its vector.

use conexion::wire::{Parse, Role, parse_preface};

use crate::cut::Cut;
use crate::files::load;
use crate::schema::hex;
use crate::schema::server::{Input, Transcript};
use crate::server::run;
use crate::specification::TEXT;

/// The lines of the appendix as (is it the client's, octets), joined by side.
fn appendix() -> Vec<(bool, Vec<u8>)> {
    let from = TEXT.find("## Appendix B").expect("an Appendix B");
    let block = TEXT[from..].split("```").nth(1).expect("a block of code");
    let mut parts: Vec<(bool, Vec<u8>)> = Vec::new();
    for line in block.trim_matches('\n').lines() {
        let (mark, rest) = line.split_at(2);
        // Octets take sixteen triples; what stands behind them is for people.
        let columns = rest.get(..rest.len().min(47)).expect("ASCII").trim();
        let octets = if columns.is_empty() { Vec::new() } else { hex(columns) };
        match (mark, parts.last_mut()) {
            ("  ", Some((_, part))) | ("> ", Some((true, part))) | ("< ", Some((false, part))) => {
                part.extend(octets);
            }
            ("> ", _) => parts.push((true, octets)),
            ("< ", _) => parts.push((false, octets)),
            _ => panic!("neither `>`, `<` nor octets of the same frame: {line}"),
        }
    }
    parts
}

fn vector() -> Transcript {
    let mut vectors = load::<Transcript>("sessions/worked-example.json").vectors;
    assert_eq!(vectors.len(), 1);
    vectors.remove(0)
}

#[test]
fn the_appendix_and_the_vector_hold_the_same_octets() {
    let mut parts = Vec::new();
    for step in vector().steps {
        let Input::In(octets) = step.input else { panic!("only octets come") };
        parts.push((true, octets.bytes().to_vec()));
        parts.push((false, step.octets.expect("what the server sends").bytes().to_vec()));
    }
    assert_eq!(vector().id, "worked-example");
    assert_eq!(parts, appendix());
}

#[test]
fn a_server_sends_the_octets_of_the_appendix() {
    // The line is compared by what it means, which `run` does.
    let frames = |sent: &[u8]| match parse_preface(Role::Server, sent) {
        Ok(Parse::Complete(_, taken)) => sent[taken..].to_vec(),
        other => panic!("{other:?}"),
    };
    let parts = appendix().into_iter().filter(|(from_client, _)| !from_client);
    let expected: Vec<_> = parts.flat_map(|(_, octets)| octets).collect();
    for cut in [Cut::Whole, Cut::EACH] {
        assert_eq!(frames(&run(&vector(), cut)), frames(&expected), "{cut:?}");
    }
}
