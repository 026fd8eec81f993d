//! The laws of plain, with octets that are likely to break them.

#[path = "laws/plain.rs"]
mod laws;

use proptest::collection::vec;
use proptest::prelude::*;

/// Pieces of which interesting conversations consist; `laws::plain_laws` says what 0xFC
/// to 0xFE mean.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let fixed: Vec<&[u8]> = vec![
        b"ARCHIVO:",
        b"ARCH",
        b"IVO:",
        b":",
        b"a.txt",
        b".txt",
        b"b.txt:c.txt",
        b"ARCHIVO:a.txt:b.txt",
        b"ARCHIVO::b",
        b"/",
        b"..",
        b"\\",
        b"\n",
        b"FIN_ARCHIVO",
        b"FIN_",
        b"FIN_ARCHIV",
        b"ARCHIVO",
        b"hola",
        b"\xC3",
        b"\xC3\xB1",
        b"\xE2\x82\xAC",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"\xED\xA0",
        b"\x80",
        b"\xFF",
        b"\xFCx",
        b"xxxxxxxxxxxxxxxxxxxxx",
    ];
    // Ends of deliveries and pauses come about as often as octets.
    prop_oneof![
        4 => proptest::sample::select(fixed).prop_map(<[u8]>::to_vec),
        2 => Just(vec![0xFD]),
        1 => Just(vec![0xFE]),
        1 => vec(any::<u8>(), 1..4),
        1 => (0_usize..40).prop_map(|len| vec![b'y'; len]),
    ]
}

fn conversation(pieces: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..pieces).prop_map(|pieces| pieces.concat())
}

/// The octets of a connection that begins with this opening or something like it.
fn opening() -> impl Strategy<Value = Vec<u8>> {
    let openings =
        ["CONEXION/", "CONNECT ", "GET ", "POST ", "PRI ", "PATCH ", "\u{16}\u{3}", "TRACE ", ""];
    let opening = proptest::sample::select(openings.to_vec());
    (opening, 0_usize..10, vec(any::<u8>(), 0..4)).prop_map(|(opening, keep, rest)| {
        [&opening.as_bytes()[..keep.min(opening.len())], &rest].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn the_recogniser_agrees_with_the_model(octets in conversation(24)) {
        laws::plain_laws(&octets);
    }

    #[test]
    fn the_recogniser_agrees_with_the_model_inside_an_upload(octets in conversation(16)) {
        laws::plain_laws(&[b"ARCHIVO:a.txt:b.txt\xFE", &octets[..]].concat());
    }

    #[test]
    fn the_recogniser_agrees_with_the_model_on_any_octets(octets in vec(any::<u8>(), 0..200)) {
        laws::plain_laws(&octets);
    }

    #[test]
    fn an_upload_does_not_depend_on_cuts(size in 0_u8..40, octets in conversation(16)) {
        laws::upload_laws(&[&[size], &octets[..]].concat());
    }

    #[test]
    fn an_upload_of_any_octets_arrives(octets in vec(any::<u8>(), 1..3000)) {
        laws::upload_laws(&octets);
    }

    #[test]
    fn detection_is_decided_by_the_shortest_beginning(octets in opening()) {
        laws::detection_laws(&octets);
    }
}

/// Lengths around the bounds of a header and of a tail, which chance seldom hits.
#[test]
fn the_laws_hold_around_every_bound() {
    for len in (1010..1040).chain([0, 1, 7, 8, 10, 11]) {
        let run = vec![b'x'; len];
        let around: &[&[&[u8]]] = &[
            &[b"ARCHIVO:", &run, b":b.txt\xFE"],
            &[b"ARCHIVO:", &run, b"\xFD:b.txt\xFE"],
            &[b"ARCHIVO:", &run, b"\xFDARCHIVO:a:b\xFE"],
            &[b"ARCHIVO:a.txt:b.txt", &run, b"\xFDhola"],
            &[b"ARCHIVO:a.txt:b", &run, b".txt\xFDhola"],
            &[b"ARCHIVO:a.txt:b", &run, b"/.txt\xFD/hola"],
            &[b"ARCHIVO:a.txt:b.txt", &run, b"FIN_ARCHIVO\xFDhola"],
            &[b"ARCHIVO:a:b\xFEFIN_ARCHIVO", &run, b"\xFE"],
            &[b"ARCHIVO:a:b\xFEFIN_ARCHIVO", &run, b"\xFDy\xFE"],
            &[b"ARCHIVO:a:b\xFEFIN_ARCHIVO", &run, b"\xC3\xFD\xB1\xFE"],
            &[b"ARCHIVO:a:b\xFEFIN_ARCHIVO", &run, b"\xF0\xFE\x9F\xFE\x98\xFD\x80\xFE"],
            &[b"ARCHIVO:a:b\xFEFIN_ARCHIVO", &run, b"FIN_ARCHI\xFDVO\xFE"],
        ];
        for parts in around {
            laws::plain_laws(&parts.concat());
        }
    }
}
