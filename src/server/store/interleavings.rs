//! Uploads that share a root, run in one order of threads after another: see
//! [`interleavings`](crate::server::interleavings).
//!
//! Each test has a root of its own in each run, on the real file system.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tempfile::TempDir;

use super::{Arc, Durability, Refusal, Settings, Store, Upload};
use crate::server::interleavings::explore;
use crate::server::sync::thread;
use crate::wire::{
    Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Limits,
    SourceName,
};

const WHOLE: &[u8] = b"abcdefgh";
const SETTINGS: Settings = Settings {
    durability: Durability::None,
    held_age: std::time::Duration::from_secs(3600),
    held_count: 1000,
    held_octets: 1 << 30,
};
const NONE: Flags = Flags { overwrite: false, resume: false };
const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: false, resume: true };

/// A store over a root that vanishes with it.
struct Place {
    store: Store,
    root: TempDir,
}

impl Place {
    fn new(settings: Settings) -> Arc<Self> {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path(), settings).expect("opens");
        Arc::new(Self { store, root })
    }

    fn begin(&self, destination: &str, flags: Flags) -> Result<Upload, Refusal> {
        let request = FileRequest {
            flags,
            digest: DigestKind::Crc32,
            size: DeclaredSize::new(WHOLE.len() as u64),
            source: SourceName::new(b"source").expect("a name"),
            destination: Destination::new(destination.as_bytes()).expect("a path"),
        };
        self.store.begin(&request, &Limits::default())
    }

    /// Stores a file: 0, or the code.
    fn put(&self, destination: &str) -> u16 {
        self.begin(destination, NONE).map_or_else(|refusal| refusal.code.number(), complete)
    }

    /// What stands under a name.
    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.root.path().join(name)).expect("is stored")
    }

    /// The names and sizes of what is held on the disk.
    fn parts(&self) -> Vec<(String, u64)> {
        let own = fs::read_dir(self.root.path().join(Destination::RESERVED)).expect("is there");
        let mut parts: Vec<_> = own
            .map(|entry| entry.expect("an entry"))
            .map(|entry| (entry.file_name().into_string().expect("ours"), entry))
            .filter(|(name, _)| name != "lock" && name != "names")
            .map(|(name, entry)| (name, entry.metadata().expect("ours").len()))
            .collect();
        parts.sort();
        parts
    }

    /// Nothing is open, and the index knows what is on the disk, all of it.
    fn assert_at_rest(&self) {
        assert_eq!(self.store.0.registry.len(), 0, "a destination is still taken");
        assert_eq!(self.store.0.held().listed(), self.parts());
    }
}

/// Runs `threads` at once, and returns what each returns.
fn at_once<T: Send + 'static, const N: usize>(
    place: &Arc<Place>,
    threads: [fn(&Place) -> T; N],
) -> Vec<T> {
    let start = |run: fn(&Place) -> T| {
        let place = Arc::clone(place);
        thread::spawn(move || run(&place))
    };
    let started: Vec<_> = threads.into_iter().map(start).collect();
    started.into_iter().map(|thread| thread.join().expect("ends")).collect()
}

/// Writes what is missing, in two pieces, and ends: 0, or the code.
fn complete(mut upload: Upload) -> u16 {
    let offset = usize::try_from(upload.resume_point().offset).expect("small");
    assert_eq!(upload.resume_point().crc32, crc32fast::hash(&WHOLE[..offset]));
    let (first, second) = WHOLE[offset..].split_at((WHOLE.len() - offset) / 2);
    let digest = Digest::Crc32(crc32fast::hash(WHOLE).to_be_bytes());
    let end = Completion { size: WHOLE.len() as u64, digest };
    let written = upload.write(first).and_then(|()| upload.write(second));
    code(written.and_then(|()| upload.finish(Some(&end))))
}

fn code<T>(result: Result<T, Refusal>) -> u16 {
    result.err().map_or(0, |refusal| refusal.code.number())
}

fn is_woken(upload: &Upload) -> bool {
    let mut descriptors = [PollFd::from_borrowed_fd(upload.takeover_signal(), PollFlags::IN)];
    poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).expect("polls") == 1
}

/// `file.busy`: who does not say RESUME never gets a destination that another has.
#[test]
fn a_destination_has_one_owner_at_any_time() {
    static OWNERS: AtomicUsize = AtomicUsize::new(0);
    explore(|| {
        OWNERS.store(0, SeqCst);
        let place = Place::new(SETTINGS);
        let codes = at_once(
            &place,
            [|place: &Place| match place.begin("d/f", OVERWRITE) {
                Ok(upload) => {
                    assert_eq!(OWNERS.fetch_add(1, SeqCst), 0, "two have the destination");
                    thread::yield_now();
                    OWNERS.fetch_sub(1, SeqCst);
                    complete(upload)
                }
                Err(refusal) => refusal.code.number(),
            }; 3],
        );
        assert!(codes.iter().all(|code| [0, 214].contains(code)), "{codes:?}");
        assert!(codes.contains(&0), "nobody had it, and yet it was busy");
        assert_eq!(place.read("d/f"), WHOLE);
        place.assert_at_rest();
    });
}

/// `publish.exists-again`: of several that were told to go on, one after the other, a single
/// one stores a file that nobody may replace.
#[test]
fn without_overwrite_one_alone_is_stored() {
    explore(|| {
        let place = Place::new(SETTINGS);
        let codes = at_once(&place, [|place: &Place| place.put("f"); 3]);
        assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
        assert!(codes.iter().all(|code| [0, 211, 214].contains(code)), "{codes:?}");
        place.assert_at_rest();
    });
}

/// `takeover.wins`, `takeover.superseded`: of all who say RESUME one has the upload in the
/// end; each of the others was woken, and neither writes nor publishes.
#[test]
fn a_takeover_gives_the_upload_to_exactly_one() {
    explore(|| {
        let place = Place::new(SETTINGS);
        let mut uploads = at_once(
            &place,
            [|place: &Place| {
                let mut upload = place.begin("f", RESUME).expect("nothing is in the way");
                let offset = usize::try_from(upload.resume_point().offset).expect("small");
                assert_eq!(upload.resume_point().crc32, crc32fast::hash(&WHOLE[..offset]));
                let written = code(upload.write(&WHOLE[offset..=offset]));
                assert!([0, 222].contains(&written), "{written}");
                upload
            }; 3],
        );
        let winners: Vec<_> = (0..3).filter(|index| !uploads[*index].is_superseded()).collect();
        let [winner] = winners[..] else { panic!("{winners:?} have it") };
        let winner = uploads.swap_remove(winner);
        assert!(!is_woken(&winner));
        for mut superseded in uploads {
            assert!(is_woken(&superseded), "it has lost the upload and was not told");
            assert_eq!(code(superseded.write(b"X")), 222);
            assert_eq!(complete(superseded), 222);
        }
        assert_eq!(place.parts().len(), 1);
        winner.keep();
        let resumed = place.begin("f", RESUME).expect("held");
        assert!(resumed.resume_point().offset > 0, "what was written is lost");
        assert_eq!(complete(resumed), 0);
        assert_eq!(place.read("f"), WHOLE);
        place.assert_at_rest();
    });
}

/// Takers race with the writing and the publication of those before them.
#[test]
fn takers_at_work_mix_nothing_and_one_publishes() {
    explore(|| {
        let place = Place::new(SETTINGS);
        let ended = at_once(
            &place,
            [|place: &Place| {
                let upload = place.begin("d/f", RESUME).expect("nothing is in the way");
                let is_whole = upload.resume_point().offset == WHOLE.len() as u64;
                (complete(upload), is_whole)
            }; 3],
        );
        assert!(ended.iter().all(|(code, _)| [0, 222].contains(code)), "{ended:?}");
        let stored = ended.iter().filter(|(code, _)| *code == 0);
        assert!(stored.clone().count() >= 1, "{ended:?}");
        assert_eq!(place.read("d/f"), WHOLE);
        place.assert_at_rest();
    });
}

/// `resume.offset`: the taker goes on from all that the other has written, and that one writes
/// nothing after it.
#[test]
fn a_taker_finds_every_octet_that_was_written() {
    explore(|| {
        let place = Place::new(SETTINGS);
        let mut first = place.begin("f", NONE).expect("nothing is in the way");
        let writer = thread::spawn(move || {
            let mut pieces = WHOLE[..4].chunks(1);
            pieces.by_ref().take_while(|piece| first.write(piece).is_ok()).count()
        });
        let taker = place.begin("f", RESUME).expect("RESUME takes over");
        let offset = taker.resume_point().offset;
        let written = writer.join().expect("ends");
        assert_eq!(offset, written as u64);
        assert_eq!(complete(taker), 0);
        assert_eq!(place.read("f"), WHOLE);
        place.assert_at_rest();
    });
}

/// `held.survives`, `held.dropped`: whoever says RESUME while the upload ends finds all that
/// was written, or nothing if it was given up; never half of it, nor a file that vanishes.
#[test]
fn an_end_and_a_takeover_at_the_same_time_lose_nothing_else() {
    explore(|| {
        for give_up in [false, true] {
            let place = Place::new(SETTINGS);
            let mut first = place.begin("f", NONE).expect("nothing is in the way");
            first.write(&WHOLE[..3]).expect("room");
            let ender = thread::spawn(move || if give_up { first.discard() } else { first.keep() });
            let taker = place.begin("f", RESUME).expect("RESUME takes over");
            let offset = taker.resume_point().offset;
            assert!(offset == 3 || (give_up && offset == 0), "{offset} octets are left of 3");
            assert_eq!(complete(taker), 0);
            ender.join().expect("ends");
            assert_eq!(place.read("f"), WHOLE);
            place.assert_at_rest();
        }
    });
}

/// `held.bounded`: whatever is put aside, resumed and dropped at the same time.
#[test]
fn the_bounds_on_what_is_held_are_kept_and_no_open_upload_is_dropped() {
    const BOUNDS: Settings = Settings { held_count: 2, held_octets: 5, ..SETTINGS };
    /// An upload of which so many octets have come.
    fn leave(place: &Place, destination: &str, octets: usize) -> Upload {
        let mut upload = place.begin(destination, RESUME).expect("nothing is in the way");
        upload.write(&WHOLE[..octets]).expect("room");
        upload
    }
    explore(|| {
        let place = Place::new(BOUNDS);
        leave(&place, "a", 2).keep();
        at_once(
            &place,
            [
                |place: &Place| leave(place, "b", 3).keep(),
                |place: &Place| leave(place, "c", 3).keep(),
                |place: &Place| {
                    let resumed = place.begin("a", RESUME).expect("nothing is in the way");
                    thread::yield_now();
                    assert_eq!(complete(resumed), 0, "the file of an open upload was dropped");
                },
            ],
        );
        assert_eq!(place.read("a"), WHOLE);
        let parts = place.parts();
        assert!(parts.len() <= BOUNDS.held_count, "{parts:?}");
        assert!(parts.iter().map(|(_, len)| len).sum::<u64>() <= BOUNDS.held_octets, "{parts:?}");
        place.assert_at_rest();
    });
}

/// `publish.nothing-on-failure`: a path that one needs as a file and another as a folder is
/// one of the two, and nothing is left of the other.
#[test]
fn a_file_and_a_folder_of_one_name_do_not_both_come_about() {
    explore(|| {
        let place = Place::new(SETTINGS);
        let codes =
            at_once(&place, [|place: &Place| place.put("d/f"), |place: &Place| place.put("d/f/g")]);
        match codes[..] {
            [0, 210] => assert_eq!(place.read("d/f"), WHOLE),
            [211, 0] => assert_eq!(place.read("d/f/g"), WHOLE),
            _ => panic!("{codes:?}"),
        }
        place.assert_at_rest();
    });
}

/// A publication that fails removes the folders that it has made; one that is on its way
/// through them at that moment makes them again.
#[test]
fn folders_that_a_failure_removes_are_made_again_by_whoever_needs_them() {
    explore(|| {
        let place = Place::new(SETTINGS);
        let mut failing = place.begin("d/f", NONE).expect("nothing is in the way");
        failing.write(WHOLE).expect("room");
        // Without its file it fails at the move, once the folders are made.
        let [(part, _)] = &place.parts()[..] else { panic!("{:?}", place.parts()) };
        let own = place.root.path().join(Destination::RESERVED);
        fs::remove_file(own.join(part)).expect("is there");
        let failing = thread::spawn(move || code(failing.finish(None)));
        let codes =
            at_once(&place, [|place: &Place| place.put("d/g"), |place: &Place| place.put("d/e/h")]);
        assert_eq!(failing.join().expect("ends"), 219);
        assert_eq!(codes, [0, 0]);
        assert_eq!([place.read("d/g"), place.read("d/e/h")], [WHOLE, WHOLE]);
        place.assert_at_rest();
    });
}
