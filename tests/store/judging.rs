//! `file.judged-in-order`, from the storage's say on the destination to space.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use conexion::wire::FileSize;
use rstest::rstest;

use super::*;

const LIMITED: Limits = Limits { file: Some(FileSize::MOST), ..Limits::ABSENT };

#[rstest]
#[case::file_as_folder("file/x", 210)]
#[case::file_as_folder_deeper("file/x/y/z", 210)]
#[case::link_to_a_folder("to-folder/x", 221)]
#[case::link_to_a_file("to-file/x", 221)]
#[case::link_to_nothing("dangling/x", 221)]
#[case::link_further_down("folder/up/x", 221)]
#[case::link_as_destination("to-file", 221)]
#[case::link_to_a_folder_as_destination("to-folder", 221)]
#[case::dangling_link_as_destination("dangling", 221)]
#[case::folder("folder", 211)]
#[case::file("file", 211)]
#[case::free("folder/x", 0)]
#[case::free_in_missing_folders("folder/x/y/z", 0)]
fn what_stands_in_the_way_decides(#[case] destination: &str, #[case] expected: u16) {
    let place = Place::new();
    fs::create_dir(place.path("folder")).unwrap();
    fs::write(place.path("file"), b"x").unwrap();
    symlink("folder", place.path("to-folder")).unwrap();
    symlink("file", place.path("to-file")).unwrap();
    symlink("nowhere", place.path("dangling")).unwrap();
    symlink("..", place.path("folder/up")).unwrap();
    assert_eq!(place.refused(destination, NONE), expected);
    // OVERWRITE lets a file be replaced, and nothing else.
    let expected = if destination == "file" { 0 } else { expected };
    assert_eq!(place.refused(destination, OVERWRITE), expected);
    assert_eq!(place.refused(destination, BOTH), expected);
}

#[test]
fn messages_name_what_the_client_sent_and_not_where_the_root_is() {
    let place = Place::new();
    fs::create_dir_all(place.path("a/b")).unwrap();
    symlink("/etc", place.path("a/link")).unwrap();
    fs::write(place.path("a/file"), b"").unwrap();
    for (destination, shown) in
        [("a/link/passwd", "`a/link`"), ("a/file/x/y", "`a/file`"), ("a/b", "`a/b`")]
    {
        let message = place.begin(destination, 1, NONE).unwrap_err().message;
        assert!(message.contains(shown), "{message}");
        assert!(!message.contains("etc"), "{message}");
        assert!(!message.contains(place.root.path().to_str().unwrap()), "{message}");
    }
}

#[rstest]
#[case::symbolic_link_before_size("link", u64::MAX - 1, 221)]
#[case::size_before_busy("busy", u64::MAX - 1, 212)]
#[case::busy_before_exists("busy", 1, 214)]
#[case::exists_before_space("file", (1 << 63) - 1, 211)]
#[case::space("free", (1 << 63) - 1, 213)]
fn the_first_that_fails_decides(#[case] name: &str, #[case] size: u64, #[case] expected: u16) {
    let place = Place::new();
    fs::write(place.path("file"), b"x").unwrap();
    fs::write(place.path("busy"), b"x").unwrap();
    symlink("x", place.path("link")).unwrap();
    let _busy = place.begin("busy", 1, OVERWRITE).unwrap();
    let mut request = request(name, Some(1), NONE, DigestKind::Crc32);
    request.size = DeclaredSize::new(size);
    assert_eq!(code(place.store.begin(&request, &LIMITED)), expected);
}

#[test]
fn a_file_above_the_limit_is_refused_with_both_numbers() {
    let place = Place::new();
    let limits = Limits { file: Some(FileSize::new(10).unwrap()), ..Limits::ABSENT };
    let ask = |size| place.store.begin(&request("f", size, NONE, DigestKind::Crc32), &limits);
    let refusal = ask(Some(11)).unwrap_err();
    assert_eq!(refusal.code.number(), 212);
    assert!(refusal.message.contains("11") && refusal.message.contains("10"), "{refusal}");
    assert!(ask(Some(10)).is_ok());
    assert!(ask(None).is_ok());
}

#[test]
fn a_destination_is_busy_until_its_upload_ends() {
    let place = Place::new();
    let first = place.begin("f", 1, NONE).unwrap();
    assert_eq!(place.refused("f", NONE), 214);
    assert_eq!(place.refused("f", OVERWRITE), 214);
    assert_eq!(place.refused("g", NONE), 0);
    assert_eq!(place.refused("F", NONE), 0, "names are compared octet for octet");
    first.discard();
    place.begin("f", 1, NONE).unwrap().keep();
    drop(place.begin("f", 1, NONE).unwrap());
    place.put("f", b"x", NONE).unwrap();
    assert_eq!(place.refused("f", OVERWRITE), 0);
}

#[test]
fn a_refused_file_changes_nothing_on_the_disk() {
    let place = Place::new();
    place.leave("f", 3, b"ab");
    fs::write(place.path("f"), b"x").unwrap();
    let before = place.parts();
    assert_eq!(code(place.begin("f", 3, NONE)), 211);
    assert_eq!(code(place.begin("f/x/y", 3, NONE)), 210);
    assert_eq!(place.parts(), before);
    let held = place.begin("f", 3, BOTH).unwrap();
    assert_eq!(held.resume_point().offset, 2);
}

#[test]
fn folders_that_are_missing_may_have_any_name() {
    let place = Place::new();
    place.put("ñ/new/h.txt", b"x", NONE).unwrap();
    place.put("ñ/new/ñ/h.txt", b"x", NONE).unwrap();
    assert_eq!(place.read("ñ/new/h.txt"), b"x");
}

#[test]
fn a_name_is_not_accepted_where_it_cannot_be_tried_how_it_is_stored() {
    let place = Place::new();
    fs::remove_dir(place.path(".conexion/names")).unwrap();
    assert_eq!(place.refused("ñ", NONE), 219);
    assert_eq!(place.refused("a/b/ñ/c", NONE), 219);
    assert_eq!(place.refused("a/b/c", NONE), 0, "plain ASCII is not tried");
}

/// As root, permissions bind nobody: this runs [`permissions_bind`] again as one whom they
/// do bind.
#[test]
fn without_permission_nothing_is_accepted() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    let locked = temp.path().join("locked");
    fs::create_dir_all(root.join("locked/below")).unwrap();
    fs::create_dir_all(root.join("unsearchable")).unwrap();
    fs::create_dir_all(root.join("unreadable")).unwrap();
    fs::create_dir_all(&locked).unwrap();
    let child = temp.path().join("child");
    fs::copy(std::env::current_exe().unwrap(), &child).unwrap();
    for (path, mode) in [
        (temp.path(), 0o755),
        (root.as_path(), 0o777),
        (&root.join("locked"), 0o555),
        (&root.join("locked/below"), 0o777),
        (&root.join("unsearchable"), 0o644),
        (&root.join("unreadable"), 0o333),
        (locked.as_path(), 0o555),
        (child.as_path(), 0o755),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = if rustix::process::geteuid().is_root() {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&child);
        setpriv
    } else {
        Command::new(&child)
    };
    command.args(["--ignored", "--exact", "judging::permissions_bind"]);
    let output = command.env("CONEXION_TEST_PLACE", temp.path()).output();
    let output = output.expect("setpriv, of util-linux, is needed to run this as root");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "run by without_permission_nothing_is_accepted, as somebody else than root"]
fn permissions_bind() {
    let place = PathBuf::from(std::env::var_os("CONEXION_TEST_PLACE").unwrap());
    let error = Store::open(&place.join("locked"), QUICK).unwrap_err();
    assert!(matches!(error, conexion::server::store::OpenError::NotWritable(_)), "{error}");
    let store = Store::open(&place.join("root"), QUICK).unwrap();
    for (destination, expected) in [
        ("locked/x", 221),
        ("locked/y/x", 221),
        ("locked/below/x", 0),
        ("unsearchable/x", 221),
        ("unreadable/x", 221),
        ("free/x", 0),
    ] {
        assert_eq!(code(begin(&store, destination, 1, NONE)), expected, "{destination}");
    }
    // Lost between FILE and END.
    fs::create_dir(place.join("root/own")).unwrap();
    let mut upload = begin(&store, "own/new/x", 1, NONE).unwrap();
    upload.write(b"x").unwrap();
    fs::set_permissions(place.join("root/own"), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(code(upload.finish(Some(&end_of(b"x")))), 221);
    fs::set_permissions(place.join("root/own"), fs::Permissions::from_mode(0o755)).unwrap();
    drop(store);
    Store::open(&place.join("root"), QUICK).expect("what a server makes, the next may open");
}
