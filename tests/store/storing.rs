//! Octets in, the same octets out, under the right name and mode.

use std::os::unix::fs::PermissionsExt;

use conexion::wire::FileSize;
use rstest::rstest;

use super::*;

#[rstest]
fn what_comes_is_what_is_stored(
    #[values(DigestKind::Crc32, DigestKind::Sha256)] kind: DigestKind,
    #[values(true, false)] known: bool,
    #[values(0, 1, 1024, 1_000_003)] len: usize,
    #[values(Durability::Full, Durability::None)] durability: Durability,
) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), Settings { durability, ..QUICK }).unwrap();
    let octets = noise(len);
    let request = request("a/b/c d.ñ", known.then_some(len), NONE, kind);
    let mut upload = store.begin(&request, &Limits::default()).unwrap();
    assert_eq!(upload.resume_point().offset, 0);
    assert_eq!(upload.resume_point().crc32, 0);
    for piece in octets.chunks(7919) {
        upload.write(piece).unwrap();
    }
    let path = root.path().join("a/b/c d.ñ");
    assert!(!root.path().join("a").exists(), "no folder before END");
    let end = Completion { size: len as u64, digest: digest_of(&octets, kind) };
    assert_eq!(upload.finish(Some(&end)), Ok(end.digest));
    assert_eq!(fs::read(path).unwrap(), octets);
    assert!(parts(root.path()).is_empty());
}

#[test]
fn a_plain_upload_has_nothing_to_compare_with() {
    let place = Place::new();
    let request = request("plain", None, OVERWRITE, DigestKind::Crc32);
    let mut upload = place.store.begin(&request, &Limits::default()).unwrap();
    upload.write(b"hola").unwrap();
    assert_eq!(upload.finish(None), Ok(digest_of(b"hola", DigestKind::Crc32)));
    assert_eq!(place.read("plain"), b"hola");
}

#[test]
fn uploads_of_unknown_size_at_the_same_time_have_files_of_their_own() {
    let place = Place::new();
    let begin = |name| {
        let request = request(name, None, NONE, DigestKind::Crc32);
        place.store.begin(&request, &Limits::default()).unwrap()
    };
    let mut uploads = [(begin("one"), *b"1111"), (begin("two"), *b"2222")];
    for at in 0..4 {
        for (upload, octets) in &mut uploads {
            upload.write(&octets[at..=at]).unwrap();
        }
    }
    for (upload, octets) in uploads {
        upload.finish(Some(&end_of(&octets))).unwrap();
    }
    assert_eq!((place.read("one"), place.read("two")), (b"1111".to_vec(), b"2222".to_vec()));
}

#[test]
fn a_stored_file_has_the_mode_of_any_new_file() {
    let place = Place::new();
    fs::write(place.path("other"), b"").unwrap();
    fs::create_dir(place.path("other folder")).unwrap();
    place.put("folder/file", b"x", NONE).unwrap();
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("folder/file"), mode("other"));
    assert_eq!(mode("folder"), mode("other folder"));
    assert_eq!(mode(".conexion") & 0o777, 0o700);
    place.leave("held", 9, b"x");
    let part = format!(".conexion/{}", place.parts()[0]);
    assert_eq!(mode(&part) & 0o777, 0o600);
}

#[rstest]
#[case::too_few(Some(5), 4, 4, 215)]
#[case::end_says_more(Some(5), 5, 6, 215)]
#[case::end_of_unknown_says_less(None, 5, 4, 215)]
#[case::exact(Some(5), 5, 5, 0)]
fn the_size_is_that_of_file_and_end(
    #[case] declared: Option<usize>,
    #[case] came: usize,
    #[case] end: u64,
    #[case] expected: u16,
) {
    let place = Place::new();
    let request = request("f", declared, NONE, DigestKind::Crc32);
    let mut upload = place.store.begin(&request, &Limits::default()).unwrap();
    upload.write(&b"abcdef"[..came]).unwrap();
    let end = Completion { size: end, ..end_of(&b"abcdef"[..came]) };
    assert_eq!(code(upload.finish(Some(&end))), expected);
    assert_eq!(place.path("f").exists(), expected == 0);
    assert!(place.parts().is_empty(), "215 drops what is held");
}

#[rstest]
fn other_octets_than_the_clients_are_not_stored(
    #[values(DigestKind::Crc32, DigestKind::Sha256)] kind: DigestKind,
) {
    let place = Place::new();
    fs::write(place.path("f"), b"before").unwrap();
    let request = request("f", Some(3), OVERWRITE, kind);
    let mut upload = place.store.begin(&request, &Limits::default()).unwrap();
    upload.write(b"abd").unwrap();
    let end = Completion { size: 3, digest: digest_of(b"abc", kind) };
    let refusal = upload.finish(Some(&end)).unwrap_err();
    assert_eq!(refusal.code.number(), 216);
    assert!(refusal.message.contains(&end.digest.to_string()), "{refusal}");
    assert_eq!(place.read("f"), b"before");
    assert!(place.parts().is_empty(), "216 drops what is held");
}

#[test]
fn octets_past_a_known_size_are_refused_from_then_on() {
    let place = Place::new();
    let mut upload = place.begin("f", 3, NONE).unwrap();
    upload.write(b"ab").unwrap();
    assert_eq!(code(upload.write(b"cd")), 215);
    assert_eq!(code(upload.write(b"c")), 215);
    assert_eq!(code(upload.finish(Some(&end_of(b"ab")))), 215);
    assert!(!place.path("f").exists());
    assert!(place.parts().is_empty());
}

#[test]
fn octets_past_the_limit_are_refused_where_the_size_is_not_known() {
    let place = Place::new();
    let limits = Limits { file: Some(FileSize::new(3).unwrap()), ..Limits::default() };
    let request = request("f", None, NONE, DigestKind::Crc32);
    let mut upload = place.store.begin(&request, &limits).unwrap();
    upload.write(b"abc").unwrap();
    assert_eq!(code(upload.write(b"d")), 212);
    upload.discard();
    assert!(place.parts().is_empty());
}

#[test]
fn only_overwrite_replaces_a_file() {
    // With durability a replaced file keeps a second name for a while.
    for durability in [Durability::None, Durability::Full] {
        only_overwrite_replaces(&Place::with(Settings { durability, ..QUICK }));
    }
}

fn only_overwrite_replaces(place: &Place) {
    place.put("f", b"one", NONE).unwrap();
    assert_eq!(code(place.put("f", b"two", NONE)), 211);
    assert_eq!(place.read("f"), b"one");
    place.put("f", b"three", OVERWRITE).unwrap();
    assert_eq!(place.read("f"), b"three");
    assert!(place.parts().is_empty(), "the replaced file is gone");
}

/// A server that died while it replaced a file has left that under a second name.
#[test]
fn what_a_dead_server_has_replaced_is_removed() {
    let place = Place::new();
    place.put("f", b"one", NONE).unwrap();
    let aside = format!("{}-3.part.old", "0".repeat(32));
    fs::hard_link(place.path("f"), place.path(".conexion").join(&aside)).unwrap();
    fs::write(place.path(".conexion/unknown-7.temp.old"), b"old").unwrap();
    let Place { store, root } = place;
    drop(store);
    let place = Place { store: Store::open(root.path(), QUICK).unwrap(), root };
    assert!(place.parts().is_empty(), "{:?}", place.parts());
    assert_eq!(place.read("f"), b"one");
}

#[test]
fn replacing_a_file_leaves_its_other_names_alone() {
    let place = Place::new();
    let outside = tempfile::tempdir().unwrap();
    let other = outside.path().join("other");
    fs::write(&other, b"theirs").unwrap();
    if fs::hard_link(&other, place.path("f")).is_err() {
        fs::write(place.path("second"), b"theirs").unwrap();
        fs::hard_link(place.path("second"), place.path("f")).unwrap();
    }
    assert_eq!(place.refused("f", NONE), 211);
    assert_eq!(code(place.begin("f", 6, RESUME)), 211, "nor is it taken for a complete one");
    place.put("f", b"ours", OVERWRITE).unwrap();
    assert_eq!(place.read("f"), b"ours");
    assert_eq!(fs::read(&other).unwrap(), b"theirs");
}

#[test]
fn a_fifo_is_replaced_and_never_opened() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo").arg(place.path("f")).status().unwrap();
    assert!(made.success());
    assert_eq!(place.refused("f", NONE), 211);
    assert_eq!(place.refused("f", RESUME), 211);
    // Opening it for reading would wait for ever.
    place.put("f", b"x", BOTH).unwrap();
    assert_eq!(place.read("f"), b"x");
}
