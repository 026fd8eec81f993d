//! END against a disk that has changed since FILE.

use std::os::unix::fs::symlink;

use rstest::rstest;

use super::*;

/// What somebody else does between FILE and END, to the root and to a folder outside.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meddling {
    Nothing,
    File,
    Folder,
    FullFolder,
    DanglingLink,
    LinkToAFile,
    LinkedFolder,
    FileForTheFolder,
    NoFolder,
}

impl Meddling {
    fn happens(self, root: &Path, outside: &Path) {
        let (folder, file, theirs) = (root.join("a"), root.join("a/f"), outside.join("theirs"));
        match self {
            Self::Nothing => {}
            Self::File => fs::write(file, b"new").unwrap(),
            Self::Folder => fs::create_dir(file).unwrap(),
            Self::FullFolder => fs::create_dir_all(file.join("g")).unwrap(),
            Self::DanglingLink => symlink(theirs, file).unwrap(),
            Self::LinkToAFile => {
                fs::write(&theirs, b"theirs").unwrap();
                symlink(theirs, file).unwrap();
            }
            Self::LinkedFolder => {
                fs::rename(&folder, root.join("b")).unwrap();
                symlink(outside, folder).unwrap();
            }
            Self::FileForTheFolder => {
                fs::remove_dir(&folder).unwrap();
                fs::write(folder, b"").unwrap();
            }
            Self::NoFolder => fs::remove_dir(folder).unwrap(),
        }
    }
}

#[rstest]
#[case(Meddling::Nothing, 0, 0)]
#[case(Meddling::File, 211, 0)]
#[case(Meddling::Folder, 211, 211)]
#[case(Meddling::FullFolder, 211, 211)]
#[case(Meddling::DanglingLink, 221, 221)]
#[case(Meddling::LinkToAFile, 221, 221)]
#[case(Meddling::LinkedFolder, 221, 221)]
#[case(Meddling::FileForTheFolder, 210, 210)]
#[case(Meddling::NoFolder, 0, 0)]
fn what_appears_meanwhile_is_not_overrun(
    #[case] meddling: Meddling,
    #[case] plain: u16,
    #[case] overwriting: u16,
) {
    for (flags, expected) in [(NONE, plain), (OVERWRITE, overwriting)] {
        let place = Place::new();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(place.path("a")).unwrap();
        let mut upload = place.begin("a/f", 3, flags).unwrap();
        upload.write(b"abc").unwrap();
        meddling.happens(place.root.path(), outside.path());
        let before = tree(place.root.path());
        let theirs = tree(outside.path());
        let refusal = upload.finish(Some(&end_of(b"abc"))).err();
        assert_eq!(
            refusal.as_ref().map_or(0, |refusal| refusal.code.number()),
            expected,
            "{flags:?}"
        );
        if let Some(Refusal { message, .. }) = refusal.filter(|_| expected == 211) {
            let what = if meddling == Meddling::File { "a file exists" } else { "a folder exists" };
            assert!(message.starts_with(what), "{message}");
        }
        if expected == 0 {
            assert_eq!(place.read("a/f"), b"abc");
        } else {
            assert_eq!(tree(place.root.path()), before, "{flags:?}");
        }
        assert_eq!(tree(outside.path()), theirs, "nothing happens outside the root");
        assert!(place.parts().is_empty(), "such a destination is not worth holding for");
    }
}

/// Everything below a folder but `.conexion`: path, kind and content.
fn tree(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if path.ends_with(".conexion") {
            continue;
        }
        let content = if kind.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.push((path.clone(), format!("{kind:?} {content:?}")));
        if kind.is_dir() {
            found.extend(tree(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn a_publication_that_fails_removes_the_folders_that_it_made() {
    let place = Place::new();
    fs::create_dir(place.path("a")).unwrap();
    let mut upload = place.begin("a/b/c/d/f", 1, NONE).unwrap();
    upload.write(b"x").unwrap();
    // A file that is gone fails the move, which comes after all folders were made.
    let part = place.path(".conexion").join(&place.parts()[0]);
    fs::remove_file(part).unwrap();
    assert_eq!(code(upload.finish(Some(&end_of(b"x")))), 219);
    assert_eq!(fs::read_dir(place.path("a")).unwrap().count(), 0);
    assert!(place.parts().is_empty());
    place.put("a/b/c/d/f", b"x", NONE).unwrap();
}

#[test]
fn of_two_uploads_one_may_need_as_a_folder_what_the_other_stores() {
    let place = Place::new();
    let mut below = place.begin("a/b", 1, NONE).unwrap();
    let mut above = place.begin("a", 1, OVERWRITE).unwrap();
    below.write(b"x").unwrap();
    above.write(b"x").unwrap();
    below.finish(Some(&end_of(b"x"))).unwrap();
    assert_eq!(code(above.finish(Some(&end_of(b"x")))), 211);
    assert_eq!(place.read("a/b"), b"x");
}

#[test]
fn many_uploads_into_the_same_new_folders_all_arrive() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let place = &place;
            scope.spawn(move || {
                for file in 0..20 {
                    let name = format!("x/{file}/y/{thread}");
                    place.put(&name, name.as_bytes(), NONE).unwrap();
                }
            });
        }
    });
    for (thread, file) in (0..8).flat_map(|thread| (0..20).map(move |file| (thread, file))) {
        let name = format!("x/{file}/y/{thread}");
        assert_eq!(place.read(&name), name.as_bytes());
    }
}

#[test]
fn the_deepest_path_that_the_wire_allows_is_stored_and_taken_back() {
    let place = Place::new();
    let deep = ["d"; 512].join("/");
    place.put(&deep, b"x", NONE).unwrap();
    assert_eq!(code(place.put(&deep, b"x", NONE)), 211);
    assert_eq!(place.read(&deep), b"x");
    let other = format!("e{}", &deep[1..]);
    let mut upload = place.begin(&other, 1, NONE).unwrap();
    upload.write(b"x").unwrap();
    fs::remove_file(place.path(".conexion").join(&place.parts()[0])).unwrap();
    assert_eq!(code(upload.finish(Some(&end_of(b"x")))), 219);
    assert!(!place.path("e").exists());
}
