//! Opening a root, what a dead server left there, and the bounds on what is held.

use std::error::Error as _;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use conexion::server::store::OpenError;

use super::*;

#[test]
fn a_root_that_cannot_be_used_says_why_in_one_line() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name);
    fs::write(path("file"), b"").unwrap();
    fs::create_dir(path("linked")).unwrap();
    symlink("../file", path("linked/.conexion")).unwrap();
    fs::create_dir_all(path("to-folder/elsewhere")).unwrap();
    symlink("elsewhere", path("to-folder/.conexion")).unwrap();
    fs::create_dir(path("taken")).unwrap();
    fs::write(path("taken/.conexion"), b"").unwrap();
    let error = |name: &str| Store::open(&path(name), QUICK).unwrap_err();
    assert!(matches!(error("none"), OpenError::Missing(_)));
    assert!(matches!(error("file"), OpenError::NotAFolder(_)));
    assert!(matches!(error("linked"), OpenError::Occupied(_)));
    assert!(matches!(error("to-folder"), OpenError::Occupied(_)));
    assert!(matches!(error("taken"), OpenError::Occupied(_)));
    for name in ["none", "file", "linked", "taken"] {
        let line = error(name).to_string();
        assert!(line.contains(path(name).to_str().unwrap()) && !line.contains('\n'), "{line}");
    }
    assert_eq!(fs::read_dir(path("to-folder/elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_lock_that_is_none_of_ours_says_why_and_is_not_followed() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name);
    fs::create_dir_all(path("folder/.conexion/lock")).unwrap();
    fs::create_dir_all(path("link/.conexion")).unwrap();
    symlink(path("outside"), path("link/.conexion/lock")).unwrap();
    for root in ["folder", "link"] {
        let error = Store::open(&path(root), QUICK).unwrap_err();
        assert!(matches!(error, OpenError::Failed { .. }), "{error:?}");
        let source = error.source().expect("what the system said").to_string();
        assert!(error.to_string().ends_with(&source), "{error}");
    }
    assert!(!path("outside").exists());
    assert!(Store::open(&path("none"), QUICK).unwrap_err().source().is_none());
}

/// A program that is started while the server runs has none of them.
#[cfg(target_os = "linux")]
#[test]
fn each_descriptor_of_an_upload_is_closed_when_another_program_is_executed() {
    let place = Place::new();
    place.put("there", b"abc", NONE).unwrap();
    place.leave("held", 5, b"abc");
    let unknown = request("unknown", None, NONE, DigestKind::Crc32);
    let uploads = [
        place.begin("folder/new", 5, NONE).unwrap(),
        place.begin("held", 5, RESUME).unwrap(),
        place.begin("there", 3, RESUME).unwrap(),
        place.store.begin(&unknown, &Limits::default()).unwrap(),
    ];
    let mut found = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        // Other tests open and close theirs meanwhile.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        if target.starts_with(place.root.path()) {
            let info = Path::new("/proc/self/fdinfo").join(entry.file_name());
            let info = fs::read_to_string(info).unwrap();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
            let flags = u32::from_str_radix(flags.trim(), 8).unwrap();
            assert!(flags & 0o2_000_000 != 0, "{} has flags {flags:o}", target.display());
            found += 1;
        }
    }
    assert!(found >= uploads.len() + 3, "the root, its own folder, the lock: {found}");
}

#[test]
fn the_root_itself_may_be_a_link() {
    let temp = tempfile::tempdir().unwrap();
    fs::create_dir(temp.path().join("root")).unwrap();
    symlink("root", temp.path().join("link")).unwrap();
    let store = Store::open(&temp.path().join("link"), QUICK).unwrap();
    begin(&store, "f", 0, NONE).unwrap().finish(None).unwrap();
    assert!(temp.path().join("root/f").exists());
}

#[test]
fn a_root_is_one_servers_as_long_as_anything_of_it_lives() {
    let place = Place::new();
    let in_use = || matches!(Store::open(place.root.path(), QUICK), Err(OpenError::InUse(_)));
    assert!(in_use());
    let clone = place.store.clone();
    let upload = begin(&clone, "f", 1, NONE).unwrap();
    assert!(in_use());
    let Place { store, root } = place;
    drop((store, clone));
    assert!(matches!(Store::open(root.path(), QUICK), Err(OpenError::InUse(_))));
    drop(upload);
    assert!(Store::open(root.path(), QUICK).is_ok());
}

#[test]
fn what_a_dead_server_left_is_put_in_order() {
    let root = tempfile::tempdir().unwrap();
    let own = root.path().join(".conexion");
    let held = "0".repeat(32);
    fs::create_dir_all(own.join("names")).unwrap();
    for (name, octets) in [
        ("unknown-7.temp".to_owned(), "abc"),
        ("mode.temp".to_owned(), ""),
        ("names/ñ".to_owned(), ""),
        (format!("{held}-9.part"), "abc"),
        (format!("{held}-2.part"), "abc"),
        (format!("{held}-3.part"), ""),
        ("notes of the operator".to_owned(), "abc"),
    ] {
        fs::write(own.join(name), octets).unwrap();
    }
    let store = Store::open(root.path(), QUICK).unwrap();
    assert_eq!(parts(root.path()), [format!("{held}-9.part"), "notes of the operator".to_owned()]);
    assert_eq!(fs::read_dir(own.join("names")).unwrap().count(), 0);
    drop(store);
}

/// The name is the contract between servers of one root, one after the other.
#[test]
fn a_dead_servers_upload_is_resumed() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), QUICK).unwrap();
    let mut upload = begin(&store, "notes/a.b", 5, NONE).unwrap();
    upload.write(b"hol").unwrap();
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join(".conexion")).unwrap();
    let name = "c847881ed1167935097ab365b437492a-5.part";
    fs::copy(root.path().join(".conexion").join(name), copy.path().join(".conexion").join(name))
        .unwrap();
    let after = Store::open(copy.path(), QUICK).unwrap();
    assert_eq!(begin(&after, "notes/a.b", 5, RESUME).unwrap().resume_point().offset, 3);
}

fn held_since(root: &Path, name: &str, seconds_ago: u64) {
    let path = root.join(".conexion").join(name);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds_ago)).unwrap();
}

/// Holds three octets for each of these destinations, and returns the names on the disk.
fn hold(place: &Place, destinations: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for destination in destinations {
        let before = place.parts();
        place.leave(destination, 5, b"abc");
        names.extend(place.parts().into_iter().filter(|name| !before.contains(name)));
    }
    names
}

#[test]
fn opening_drops_what_exceeds_the_bounds_oldest_first() {
    let place = Place::new();
    let names = hold(&place, &["a", "b", "c", "d"]);
    let Place { store, root } = place;
    drop(store);
    for (name, age) in names.iter().zip([400, 5000, 300, 100]) {
        held_since(root.path(), name, age);
    }
    let left = |settings: Settings| {
        drop(Store::open(root.path(), settings).unwrap());
        parts(root.path())
    };
    assert_eq!(left(Settings { held_age: Duration::from_secs(6000), ..QUICK }).len(), 4);
    let young = left(Settings { held_age: Duration::from_secs(1000), ..QUICK });
    assert!(young.len() == 3 && !young.contains(&names[1]));
    let few = left(Settings { held_count: 2, ..QUICK });
    assert!(few.len() == 2 && few.contains(&names[2]) && few.contains(&names[3]));
    assert_eq!(left(Settings { held_octets: 6, ..QUICK }).len(), 2);
    assert_eq!(left(Settings { held_octets: 5, ..QUICK }), [names[3].clone()]);
}

/// `held.bounded`
#[test]
fn bounds_are_kept_while_the_server_runs_and_never_at_the_cost_of_an_open_upload() {
    let root = tempfile::tempdir().unwrap();
    let settings = Settings { held_count: 2, ..QUICK };
    let place = Place { store: Store::open(root.path(), settings).unwrap(), root };
    let mut open = place.begin("oldest", 5, NONE).unwrap();
    open.write(b"abc").unwrap();
    let names = hold(&place, &["a", "b", "c", "d"]);
    let parts = place.parts();
    assert_eq!(parts.len(), 3, "two held, one open");
    assert!(parts.contains(&names[2]) && parts.contains(&names[3]));
    assert_eq!(place.begin("a", 5, RESUME).unwrap().resume_point().offset, 0);
    assert_eq!(place.begin("c", 5, RESUME).unwrap().resume_point().offset, 3);
    open.write(b"de").unwrap();
    open.finish(Some(&end_of(b"abcde"))).unwrap();
}

#[test]
fn an_upload_that_was_held_before_is_safe_while_it_is_open() {
    for (flags, rest) in [(RESUME, &b"de"[..]), (NONE, &b"abcde"[..])] {
        let root = tempfile::tempdir().unwrap();
        let settings = Settings { held_count: 1, ..QUICK };
        let place = Place { store: Store::open(root.path(), settings).unwrap(), root };
        place.leave("f", 5, b"abc");
        let mut upload = place.begin("f", 5, flags).unwrap();
        hold(&place, &["a", "b"]);
        assert_eq!(place.parts().len(), 2, "one held, one open");
        upload.write(rest).unwrap();
        upload.finish(Some(&end_of(b"abcde"))).unwrap();
        assert_eq!(place.read("f"), b"abcde");
    }
}

#[test]
fn age_is_judged_when_the_next_upload_begins() {
    let root = tempfile::tempdir().unwrap();
    let settings = Settings { held_age: Duration::from_millis(50), ..QUICK };
    let place = Place { store: Store::open(root.path(), settings).unwrap(), root };
    place.leave("a", 5, b"abc");
    assert_eq!(place.parts().len(), 1);
    std::thread::sleep(Duration::from_millis(60));
    place.begin("b", 5, NONE).unwrap().discard();
    assert!(place.parts().is_empty());
}

#[test]
fn one_large_upload_does_not_push_the_others_out() {
    let root = tempfile::tempdir().unwrap();
    let settings = Settings { held_octets: 10, ..QUICK };
    let place = Place { store: Store::open(root.path(), settings).unwrap(), root };
    place.leave("a", 5, b"abc");
    place.leave("b", 50, &[0; 11]);
    assert_eq!(place.begin("a", 5, RESUME).unwrap().resume_point().offset, 3);
    assert_eq!(place.begin("b", 50, RESUME).unwrap().resume_point().offset, 0);
}
