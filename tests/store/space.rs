//! Full disks (213), folders on other file systems and read-only ones (221).
//!
//! These need a process of their own: one with a bound on the size of its files, which
//! every system has, and one with small file systems mounted where nobody else sees them,
//! which needs a user namespace. Each runs this program again for one ignored test.

use std::process::{Command, Output};

use super::*;
use crate::skipping::not_tested;

fn child(mut command: Command, test: &str, place: &Path) -> Output {
    command.env("CONEXION_TEST_PLACE", place);
    command.arg(std::env::current_exe().unwrap()).args(["--ignored", "--exact", test]);
    command.output().unwrap()
}

fn assert_passed(output: &Output) {
    let (said, why) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}{why}");
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]);
    command
}

/// 64 blocks of 512 octets, or of 1024 in some shells.
#[test]
fn a_file_that_may_not_grow_is_no_space() {
    let temp = tempfile::tempdir().unwrap();
    let command = shell(r#"trap "" XFSZ; ulimit -f 64; exec "$@""#);
    assert_passed(&child(command, "space::files_are_bounded", temp.path()));
}

#[test]
#[ignore = "run by a_file_that_may_not_grow_is_no_space, under ulimit -f"]
fn files_are_bounded() {
    let root = PathBuf::from(std::env::var_os("CONEXION_TEST_PLACE").unwrap());
    let store = Store::open(&root, QUICK).unwrap();
    no_space_keeps_what_came(&store, "f", 200_000);
    let unknown = request("g", None, NONE, DigestKind::Crc32);
    let mut upload = store.begin(&unknown, &Limits::default()).unwrap();
    assert_eq!(code(upload.write(&noise(200_000))), 213);
    upload.keep();
    assert_eq!(parts(&root).len(), 1, "of unknown size nothing is kept");
}

/// Writes until it is refused, and goes on from what is held.
fn no_space_keeps_what_came(store: &Store, destination: &str, size: usize) {
    let octets = noise(size);
    let mut upload = begin(store, destination, size, NONE).unwrap();
    let refused = octets.chunks(5000).map(|piece| upload.write(piece)).find_map(Result::err);
    assert_eq!(refused.as_ref().map(|refusal| refusal.code.number()), Some(213), "{refused:?}");
    assert_eq!(code(upload.write(b"x")), 213, "it stays refused");
    assert_eq!(code(upload.finish(Some(&end_of(&octets)))), 213);
    let point = begin(store, destination, size, RESUME).unwrap().resume_point();
    let held = usize::try_from(point.offset).unwrap();
    assert!(held >= 5000, "{held}");
    assert_eq!(point.crc32, crc32fast::hash(&octets[..held]));
}

#[test]
fn small_and_foreign_file_systems_are_refused_as_what_they_are() {
    let temp = tempfile::tempdir().unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command
    };
    let possible = unshare(r#"mount -t tmpfs tmpfs "$1""#).arg(temp.path()).output();
    if !possible.as_ref().is_ok_and(|output| output.status.success()) {
        return not_tested(&format!(
            "tmpfs cannot be mounted in a user namespace here ({possible:?}); \
             213 is tested by a_file_that_may_not_grow_is_no_space alone"
        ));
    }
    let command = unshare(
        r#"set -e
        mount -t tmpfs -o size=1m,mode=755 tmpfs "$CONEXION_TEST_PLACE"
        cd "$CONEXION_TEST_PLACE"
        mkdir foreign read-only other other/.conexion unbounded
        mount -t tmpfs tmpfs foreign
        mount -t tmpfs -o ro tmpfs read-only
        mount -t tmpfs tmpfs other/.conexion
        mount -t tmpfs -o size=0 tmpfs unbounded
        exec "$@""#,
    );
    assert_passed(&child(command, "space::disks_are_small", temp.path()));
}

#[test]
#[ignore = "run by small_and_foreign_file_systems_are_refused_as_what_they_are"]
fn disks_are_small() {
    let root = PathBuf::from(std::env::var_os("CONEXION_TEST_PLACE").unwrap());
    let error = Store::open(&root.join("other"), QUICK).unwrap_err();
    assert!(matches!(error, conexion::server::store::OpenError::OtherFileSystem(_)), "{error}");
    let store = Store::open(&root, QUICK).unwrap();
    let refusal = begin(&store, "foreign/f", 1, NONE).unwrap_err();
    assert_eq!(refusal.code.number(), 221);
    assert!(refusal.message.ends_with(": `foreign`"), "{refusal}");
    assert_eq!(code(begin(&store, "foreign/new/f", 1, NONE)), 221);
    assert_eq!(code(begin(&store, "read-only/f", 1, NONE)), 221);

    // Known not to fit; and what is dropped to make room counts as room.
    assert_eq!(code(begin(&store, "f", 1_100_000, NONE)), 213);
    let mut upload = begin(&store, "f", 900_000, NONE).unwrap();
    upload.write(&noise(900_000)).unwrap();
    assert_eq!(code(begin(&store, "g", 900_000, NONE)), 213);
    upload.keep();
    assert_eq!(code(begin(&store, "f", 900_000, NONE).map(Upload::discard)), 0);

    to_the_octet(&store, &root);
    only_what_is_missing_must_fit(&store, &root);
    fill(&store, &root);
    let unbounded = Store::open(&root.join("unbounded"), QUICK).unwrap();
    assert_eq!(code(begin(&unbounded, "f", 1 << 40, NONE)), 0, "it says that it has no blocks");
}

fn to_the_octet(store: &Store, root: &Path) {
    let space = rustix::fs::statvfs(root).unwrap();
    let free = usize::try_from(space.f_bavail * space.f_frsize).unwrap();
    assert_eq!(code(begin(store, "f", free + 1, NONE)), 213);
    assert_eq!(code(begin(store, "f", free, NONE).map(Upload::discard)), 0);
}

fn only_what_is_missing_must_fit(store: &Store, root: &Path) {
    let mut upload = begin(store, "f", 1_000_000, NONE).unwrap();
    upload.write(&noise(600_000)).unwrap();
    upload.keep();
    assert_eq!(begin(store, "f", 1_000_000, RESUME).unwrap().resume_point().offset, 600_000);
    fs::write(root.join("filler"), noise(200_000)).unwrap();
    assert_eq!(code(begin(store, "f", 1_000_000, RESUME)), 213);
    fs::remove_file(root.join("filler")).unwrap();
    begin(store, "f", 1_000_000, RESUME).unwrap().discard();
}

/// A disk that fills up while an upload runs, and one that has room again.
fn fill(store: &Store, root: &Path) {
    let size = 300_000;
    let octets = noise(size);
    let mut upload = begin(store, "f", size, NONE).unwrap();
    upload.write(&octets[..100_000]).unwrap();
    // As much as there is room for.
    let _ = fs::write(root.join("filler"), noise(1 << 20));
    assert_eq!(code(upload.write(&octets[100_000..])), 213);
    upload.keep();
    assert_eq!(code(begin(store, "f", size, RESUME)), 213, "the rest does not fit");
    fs::remove_file(root.join("filler")).unwrap();
    let mut upload = begin(store, "f", size, RESUME).unwrap();
    let held = usize::try_from(upload.resume_point().offset).unwrap();
    assert!((100_000..size).contains(&held), "{held}");
    upload.write(&octets[held..]).unwrap();
    upload.finish(Some(&end_of(&octets))).unwrap();
    assert!(fs::read(root.join("f")).unwrap() == octets);
}
