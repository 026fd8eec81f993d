//! Held octets (chapter 6.5): what survives, what is dropped, what a RESUME goes on from.

use std::os::unix::fs::{MetadataExt, symlink};

use rstest::rstest;

use super::*;

#[rstest]
fn a_resumed_upload_goes_on_where_it_was(
    #[values(DigestKind::Crc32, DigestKind::Sha256)] kind: DigestKind,
    #[values(1, 262_144, 599_999, 600_000)] cut: usize,
    #[values(false, true)] restarted: bool,
) {
    let mut place = Place::new();
    let octets = noise(600_000);
    place.leave("a/f", octets.len(), &octets[..cut]);
    assert!(!place.path("a").exists(), "held octets are invisible");
    if restarted {
        let Place { store, root } = place;
        drop(store);
        place = Place { store: Store::open(root.path(), QUICK).unwrap(), root };
    }
    let request = request("a/f", Some(octets.len()), RESUME, kind);
    let mut upload = place.store.begin(&request, &Limits::default()).unwrap();
    assert_eq!(upload.resume_point().offset, cut as u64);
    assert_eq!(upload.resume_point().crc32, crc32fast::hash(&octets[..cut]));
    upload.write(&octets[cut..]).unwrap();
    let end = Completion { size: octets.len() as u64, digest: digest_of(&octets, kind) };
    assert_eq!(upload.finish(Some(&end)), Ok(end.digest));
    assert_eq!(place.read("a/f"), octets);
    assert!(place.parts().is_empty());
}

#[test]
fn octets_are_held_by_destination_and_size() {
    let place = Place::new();
    place.leave("f", 5, b"abc");
    place.leave("f", 6, b"abcd");
    let offset = |name, size| place.begin(name, size, RESUME).unwrap().resume_point().offset;
    assert_eq!(offset("f", 5), 3);
    assert_eq!(offset("f", 6), 4);
    assert_eq!(offset("f", 7), 0);
    assert_eq!(offset("g", 5), 0);
}

#[test]
fn octets_of_unknown_size_are_not_held() {
    let place = Place::new();
    let request = request("f", None, BOTH, DigestKind::Crc32);
    let mut upload = place.store.begin(&request, &Limits::default()).unwrap();
    upload.write(b"abc").unwrap();
    upload.keep();
    assert!(place.parts().is_empty());
    let upload = place.store.begin(&request, &Limits::default()).unwrap();
    assert_eq!(upload.resume_point().offset, 0);
}

#[test]
fn an_upload_of_which_nothing_came_leaves_nothing() {
    let place = Place::new();
    place.begin("f", 5, NONE).unwrap().keep();
    assert!(place.parts().is_empty());
}

#[test]
fn an_abort_drops_what_is_held() {
    let place = Place::new();
    place.leave("f", 5, b"abc");
    place.leave("f", 6, b"abc");
    place.begin("f", 5, RESUME).unwrap().discard();
    assert_eq!(place.parts().len(), 1);
    assert_eq!(place.begin("f", 5, RESUME).unwrap().resume_point().offset, 0);
    assert_eq!(place.begin("f", 6, RESUME).unwrap().resume_point().offset, 3);
}

#[test]
fn an_accepted_file_without_resume_drops_what_is_held() {
    let place = Place::new();
    place.leave("f", 5, b"abc");
    let upload = place.begin("f", 5, NONE).unwrap();
    assert_eq!(upload.resume_point().offset, 0);
    upload.keep();
    assert_eq!(place.begin("f", 5, RESUME).unwrap().resume_point().offset, 0);
}

#[test]
fn wrong_octets_are_found_by_the_digest_of_the_whole_file() {
    let place = Place::new();
    place.leave("f", 6, b"abX");
    let mut upload = place.begin("f", 6, RESUME).unwrap();
    upload.write(b"def").unwrap();
    assert_eq!(code(upload.finish(Some(&end_of(b"abcdef")))), 216);
    assert_eq!(place.begin("f", 6, RESUME).unwrap().resume_point().offset, 0);
}

#[rstest]
#[case::longer_than_declared(|part: &Path| fs::write(part, b"123456").unwrap())]
#[case::second_name(|part: &Path| fs::hard_link(part, part.with_extension("x")).unwrap())]
#[case::symbolic_link(|part: &Path| {
    fs::remove_file(part).unwrap();
    fs::write(part.with_extension("x"), b"abc").unwrap();
    symlink(part.with_extension("x"), part).unwrap();
})]
#[case::folder(|part: &Path| {
    fs::remove_file(part).unwrap();
    fs::create_dir(part).unwrap();
})]
fn what_was_planted_is_dropped(#[case] plant: fn(&Path), #[values(false, true)] restarted: bool) {
    let mut place = Place::new();
    place.leave("f", 5, b"abc");
    let part = place.path(".conexion").join(&place.parts()[0]);
    plant(&part);
    let beside = fs::read(part.with_extension("x")).ok();
    if restarted {
        let Place { store, root } = place;
        drop(store);
        place = Place { store: Store::open(root.path(), QUICK).unwrap(), root };
    }
    let mut upload = place.begin("f", 5, RESUME).unwrap();
    assert_eq!(upload.resume_point().offset, 0);
    upload.write(b"12345").unwrap();
    upload.finish(Some(&end_of(b"12345"))).unwrap();
    assert_eq!(place.read("f"), b"12345");
    assert_eq!(fs::metadata(place.path("f")).unwrap().nlink(), 1);
    assert_eq!(fs::read(part.with_extension("x")).ok(), beside, "nothing else was written to");
}

/// The whole file is there because the STORED for it was lost.
#[rstest]
fn a_complete_file_counts_as_held_in_full(
    #[values(RESUME, BOTH)] flags: Flags,
    #[values(DigestKind::Crc32, DigestKind::Sha256)] kind: DigestKind,
    #[values(Durability::Full, Durability::None)] durability: Durability,
) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), Settings { durability, ..QUICK }).unwrap();
    let octets = noise(300_000);
    let path = root.path().join("a/f");
    fs::create_dir(root.path().join("a")).unwrap();
    fs::write(&path, &octets).unwrap();
    let (inode, modified) = (
        || fs::metadata(&path).unwrap().ino(),
        || fs::metadata(&path).unwrap().modified().unwrap(),
    );
    let before = (inode(), modified());
    let request = request("a/f", Some(octets.len()), flags, kind);
    let begin = || store.begin(&request, &Limits::default()).unwrap();

    let upload = begin();
    assert_eq!(upload.resume_point().offset, octets.len() as u64);
    assert_eq!(upload.resume_point().crc32, crc32fast::hash(&octets));
    let end = Completion { size: octets.len() as u64, digest: digest_of(&octets, kind) };
    assert_eq!(upload.finish(Some(&end)), Ok(end.digest));

    let wrong = Completion { digest: digest_of(b"other", kind), ..end };
    assert_eq!(code(begin().finish(Some(&wrong))), 216);
    let mut upload = begin();
    assert_eq!(code(upload.write(b"x")), 215);
    upload.discard();
    begin().discard();
    begin().keep();
    assert_eq!(fs::read(&path).unwrap(), octets);
    assert_eq!((inode(), modified()), before, "untouched, whatever the outcome");
    assert!(parts(root.path()).is_empty());
}

#[test]
fn a_file_of_another_size_is_not_complete() {
    let place = Place::new();
    fs::write(place.path("f"), b"abc").unwrap();
    assert_eq!(code(place.begin("f", 4, RESUME)), 211);
    assert_eq!(code(place.begin("f", 2, RESUME)), 211);
    assert_eq!(place.begin("f", 4, BOTH).unwrap().resume_point().offset, 0);
    assert_eq!(code(place.begin("f", 3, NONE)), 211, "only RESUME asks for it");
}

#[test]
fn who_may_replace_the_file_goes_on_from_what_is_held_first() {
    let place = Place::new();
    place.leave("f", 3, b"12");
    fs::write(place.path("f"), b"abc").unwrap();
    let mut upload = place.begin("f", 3, BOTH).unwrap();
    assert_eq!(upload.resume_point().offset, 2);
    upload.write(b"3").unwrap();
    upload.finish(Some(&end_of(b"123"))).unwrap();
    assert_eq!(place.read("f"), b"123");
}

#[test]
fn who_may_not_replace_the_file_goes_on_from_the_file() {
    let place = Place::new();
    place.leave("f", 3, b"12");
    fs::write(place.path("f"), b"abc").unwrap();
    let upload = place.begin("f", 3, RESUME).unwrap();
    assert_eq!(upload.resume_point().offset, 3);
    upload.finish(Some(&end_of(b"abc"))).unwrap();
    assert!(place.parts().is_empty(), "stored: nothing is left to go on from");
}

#[test]
fn an_abort_of_a_complete_file_drops_what_is_held_besides() {
    let place = Place::new();
    place.leave("f", 3, b"12");
    fs::write(place.path("f"), b"abc").unwrap();
    place.begin("f", 3, RESUME).unwrap().discard();
    assert!(place.parts().is_empty());
    assert_eq!(place.read("f"), b"abc");
}

#[test]
fn a_complete_file_that_vanishes_is_not_stored() {
    let place = Place::new();
    fs::write(place.path("f"), b"abc").unwrap();
    let upload = place.begin("f", 3, RESUME).unwrap();
    fs::remove_file(place.path("f")).unwrap();
    assert_eq!(code(upload.finish(Some(&end_of(b"abc")))), 219);
    fs::write(place.path("f"), b"abc").unwrap();
    let upload = place.begin("f", 3, RESUME).unwrap();
    fs::write(place.path("g"), b"abd").unwrap();
    fs::rename(place.path("g"), place.path("f")).unwrap();
    assert_eq!(code(upload.finish(Some(&end_of(b"abc")))), 219);
}
