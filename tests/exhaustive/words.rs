//! Every line and every path of a few pieces, and every character in a path, held against the
//! laws of both, which have a naive judge of their own.

use crate::laws;

/// All words of up to `most` pieces, handed to `each`; says how many there were.
fn words(pieces: &[&[u8]], most: usize, each: &mut impl FnMut(&[u8])) -> usize {
    fn grow(
        word: &mut Vec<u8>,
        pieces: &[&[u8]],
        left: usize,
        each: &mut impl FnMut(&[u8]),
    ) -> usize {
        each(word);
        if left == 0 {
            return 1;
        }
        let len = word.len();
        let grown = pieces.iter().map(|piece| {
            word.extend_from_slice(piece);
            let count = grow(word, pieces, left - 1, each);
            word.truncate(len);
            count
        });
        1 + grown.sum::<usize>()
    }
    grow(&mut Vec::new(), pieces, most, each)
}

/// Each beginning of a line is followed by every word of up to four of these.
const PIECES_OF_LINES: [&[u8]; 14] = [
    b"CONEXION/",
    b"1",
    b"0",
    b" ",
    b"CLIENT",
    b"SERVER",
    b" text=",
    b" chunk=1024",
    b"023",
    b" k=v",
    b" Ky=v",
    b"\r",
    b"\n",
    b"\xFF",
];

#[test]
fn every_line_of_a_few_pieces_is_judged_as_the_grammar_says() {
    let mut good = 0;
    let mut count = 0;
    for beginning in ["", "CONEXION/1 CLIENT", "CONEXION/1 SERVER text=1"] {
        count += words(&PIECES_OF_LINES, 4, &mut |rest| {
            let line = [beginning.as_bytes(), rest, b"\n"].concat();
            laws::hold("preface", &line);
            laws::hold("preface", &line[..line.len() - 1]);
            good += usize::from(is_well_formed(&line));
        });
    }
    println!("{count} lines, {good} of them well-formed");
    assert_eq!(count, 3 * (0..=4).map(|pieces| 14_usize.pow(pieces)).sum::<usize>());
    assert!(good > 100, "{good}");
}

fn is_well_formed(line: &[u8]) -> bool {
    use conexion::wire::{Parse, Role, parse_preface};
    let sides = [Role::Client, Role::Server];
    sides.into_iter().any(|side| matches!(parse_preface(side, line), Ok(Parse::Complete(..))))
}

#[test]
fn every_path_of_a_few_pieces_is_judged_as_the_rules_say() {
    let pieces: [&[u8]; 13] = [
        b"/",
        b".",
        b"a",
        b".conexion",
        b".CoNeXiOn",
        b"\\",
        b":",
        b"\x00",
        b"\x1F",
        b"\x7F",
        b"\xC2\x85",
        b"\xC2\xA0",
        b"\xE2",
    ];
    let mut good = 0;
    let count = words(&pieces, 5, &mut |path| {
        laws::hold("path", path);
        good += usize::from(conexion::wire::Destination::new(path).is_ok());
    });
    println!("{count} paths, {good} of them good");
    assert_eq!(count, (0..=5).map(|pieces| 13_usize.pow(pieces)).sum::<usize>());
    assert!(good > 100, "{good}");
}

#[test]
fn every_path_of_separators_and_dots_is_judged_as_the_rules_say() {
    let count = words(&[b"/", b".", b"a"], 11, &mut |path| laws::hold("path", path));
    assert_eq!(count, (0..=11).map(|pieces| 3_usize.pow(pieces)).sum::<usize>());
}

/// `path.characters`, of each character there is.
#[test]
fn a_path_with_any_character_is_judged_as_the_rules_say() {
    let (mut count, mut refused) = (0, 0);
    for character in '\0'..=char::MAX {
        for path in [character.to_string(), format!("a{character}b")] {
            laws::hold("path", path.as_bytes());
            refused += usize::from(conexion::wire::Destination::new(path.as_bytes()).is_err());
        }
        count += 1;
    }
    println!("{count} characters, {refused} paths refused");
    assert_eq!(count, 0x11_0000 - 0x800, "all but surrogates");
    // In both paths two signs, 32 of C0, DEL and 32 of C1; alone, the dot and the separator.
    assert_eq!(refused, 2 * (2 + 32 + 1 + 32) + 2);
}
