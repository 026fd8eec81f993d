//! `takeover.wins` and `takeover.superseded`, one after the other and at the same time.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use rstest::rstest;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;

fn signalled(upload: &Upload, seconds: i64) -> bool {
    let signal = upload.takeover_signal();
    let mut fds = [PollFd::from_borrowed_fd(signal.as_fd(), PollFlags::IN)];
    poll(&mut fds, Some(&Timespec { tv_sec: seconds, tv_nsec: 0 })).unwrap() == 1
}

#[rstest]
fn the_taker_goes_on_from_what_was_written(
    #[values(DigestKind::Crc32, DigestKind::Sha256)] first: DigestKind,
    #[values(DigestKind::Crc32, DigestKind::Sha256)] second: DigestKind,
) {
    let place = Place::new();
    let ask = |kind| place.store.begin(&request("f", Some(6), RESUME, kind), &Limits::default());
    let mut old = ask(first).unwrap();
    old.write(b"abc").unwrap();
    assert!(!signalled(&old, 0) && !old.is_superseded());

    let mut new = ask(second).unwrap();
    assert!(signalled(&old, 0) && old.is_superseded());
    assert_eq!(new.resume_point().offset, 3);
    assert_eq!(new.resume_point().crc32, crc32fast::hash(b"abc"));
    assert_eq!(code(old.write(b"XYZ")), 222);
    assert_eq!(code(old.finish(Some(&end_of(b"abc")))), 222);
    assert!(!new.is_superseded());
    assert_eq!(code(ask(second).map(drop)), 0, "an old one that ends frees nothing");

    // That taker took it from us in turn, and has kept it.
    assert_eq!(code(new.write(b"def")), 222);
    let mut last = ask(second).unwrap();
    last.write(b"def").unwrap();
    let end = Completion { size: 6, digest: digest_of(b"abcdef", second) };
    assert_eq!(last.finish(Some(&end)), Ok(end.digest));
    assert_eq!(place.read("f"), b"abcdef");
}

#[test]
fn an_upload_that_was_taken_over_drops_nothing() {
    let place = Place::new();
    let mut old = place.begin("f", 6, NONE).unwrap();
    old.write(b"abc").unwrap();
    let mut new = place.begin("f", 6, RESUME).unwrap();
    old.discard();
    assert_eq!(place.refused("f", NONE), 214);
    new.write(b"def").unwrap();
    new.finish(Some(&end_of(b"abcdef"))).unwrap();
}

#[test]
fn a_taker_with_another_size_begins_at_0_and_the_old_octets_stay_held() {
    let place = Place::new();
    let mut old = place.begin("f", 6, NONE).unwrap();
    old.write(b"abc").unwrap();
    let new = place.begin("f", 7, RESUME).unwrap();
    assert_eq!(new.resume_point().offset, 0);
    assert!(old.is_superseded());
    new.discard();
    assert_eq!(place.begin("f", 6, RESUME).unwrap().resume_point().offset, 3);
}

/// The bound is one: the old octets are held, and count, but do not push out what is resumed.
#[test]
fn a_taker_goes_on_from_octets_of_its_own_size_and_the_old_ones_are_held_within_the_bounds() {
    let place = Place::with(Settings { held_count: 1, ..QUICK });
    place.leave("f", 7, b"abcde");
    let of_the_taker = place.parts();
    let mut old = place.begin("f", 6, NONE).unwrap();
    old.write(b"abc").unwrap();
    let new = place.begin("f", 7, RESUME).unwrap();
    assert_eq!(new.resume_point().offset, 5);
    assert_eq!(place.parts().len(), 2, "one held, one open");
    new.keep();
    assert_eq!(place.parts(), of_the_taker);
}

#[test]
fn uploads_of_unknown_size_are_taken_over_too() {
    let place = Place::new();
    let unknown = request("f", None, RESUME, DigestKind::Crc32);
    let mut old = place.store.begin(&unknown, &Limits::default()).unwrap();
    old.write(b"abc").unwrap();
    let new = place.begin("f", 3, RESUME).unwrap();
    assert!(old.is_superseded());
    assert_eq!(new.resume_point().offset, 0);
    let newer = place.store.begin(&unknown, &Limits::default()).unwrap();
    assert!(new.is_superseded() && !newer.is_superseded());
    assert_eq!(place.parts().len(), 1, "{:?}", place.parts());
}

#[test]
fn a_refused_file_takes_nothing_over() {
    let place = Place::new();
    fs::write(place.path("f"), b"other").unwrap();
    let mut old = place.begin("f", 3, OVERWRITE).unwrap();
    assert_eq!(place.refused("f", RESUME), 211);
    assert!(!old.is_superseded());
    old.write(b"abc").unwrap();
    old.finish(Some(&end_of(b"abc"))).unwrap();
    assert_eq!(place.read("f"), b"abc");
}

#[test]
fn bounds_on_what_is_held_do_not_bind_a_takeover() {
    let root = tempfile::tempdir().unwrap();
    let settings = Settings { held_count: 0, held_octets: 0, ..QUICK };
    let store = Store::open(root.path(), settings).unwrap();
    let mut old = begin(&store, "f", 6, NONE).unwrap();
    old.write(b"abc").unwrap();
    let new = begin(&store, "f", 6, RESUME).unwrap();
    assert_eq!(new.resume_point().offset, 3);
    assert_eq!(parts(root.path()).len(), 1);
    new.keep();
    assert!(parts(root.path()).is_empty(), "but they do bind what is kept");
}

/// The old connection writes as fast as it can while the new one takes over, again and
/// again: what is stored is what both meant.
#[test]
fn taking_over_from_a_writer_at_work_mixes_nothing() {
    const LEN: usize = 4 << 20;
    let place = Place::new();
    let octets = noise(LEN);
    for round in 0..20 {
        let mut old = place.begin("f", LEN, OVERWRITE).unwrap();
        let (started, wait) = mpsc::channel();
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut taken = 0;
                // At the end it writes nothing, again and again, for however long it takes.
                for piece in octets.chunks(4096).chain(std::iter::repeat(&[][..])) {
                    if let Err(refusal) = old.write(piece) {
                        return (refusal.code.number(), taken);
                    }
                    taken += piece.len();
                    let _ = started.send(());
                }
                unreachable!("the iterator has no end")
            });
            for _ in 0..=round {
                wait.recv().unwrap();
            }
            let mut new = place.begin("f", LEN, BOTH).unwrap();
            let offset = usize::try_from(new.resume_point().offset).unwrap();
            let (last, taken) = writer.join().unwrap();
            assert_eq!(last, 222, "round {round}: the old one ends superseded");
            assert_eq!(offset, taken, "round {round}: not an octet is lost, none comes after");
            assert_eq!(new.resume_point().crc32, crc32fast::hash(&octets[..offset]));
            new.write(&octets[offset..]).unwrap();
            new.finish(Some(&end_of(&octets))).unwrap();
        });
        assert!(place.read("f") == octets, "round {round}");
        assert!(place.parts().is_empty());
    }
}

/// Takers race with the publication: whoever is late finds the complete file.
#[test]
fn of_many_takers_none_loses_an_octet_and_one_publishes() {
    const LEN: usize = 200_000;
    let octets = noise(LEN);
    for _ in 0..20 {
        let place = Place::new();
        let (stored, superseded) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let published = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let mut upload = place.begin("a/f", LEN, RESUME).unwrap();
                    let offset = usize::try_from(upload.resume_point().offset).unwrap();
                    assert_eq!(upload.resume_point().crc32, crc32fast::hash(&octets[..offset]));
                    let written =
                        octets[offset..].chunks(10_000).try_for_each(|piece| upload.write(piece));
                    match written.and_then(|()| upload.finish(Some(&end_of(&octets)))) {
                        Ok(_) => {
                            stored.fetch_add(1, Ordering::Relaxed);
                            published.fetch_add(usize::from(offset < LEN), Ordering::Relaxed);
                        }
                        Err(refusal) => {
                            assert_eq!(refusal.code.number(), 222, "{refusal}");
                            superseded.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let (stored, superseded) = (stored.into_inner(), superseded.into_inner());
        assert_eq!(stored + superseded, 6);
        assert!(stored >= 1 && published.into_inner() <= 1, "{stored} stored");
        assert!(place.read("a/f") == octets);
        assert!(place.parts().is_empty());
        assert_eq!(place.refused("a/f", NONE), 211, "and the destination is free again");
    }
}

#[test]
fn the_signal_wakes_a_thread_that_waits() {
    let place = Place::new();
    let old = place.begin("f", 6, NONE).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| signalled(&old, 30));
        place.begin("f", 6, RESUME).unwrap().discard();
        assert!(waiter.join().unwrap());
    });
}
