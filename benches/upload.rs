//! Uploads over loopback beside a bare loop that does the least that any upload must:
//! read 256 KiB from a file, write them to a socket; read 256 KiB from the socket, write
//! them to a file. Both from memory to memory (`/dev/shm`) where there is such a folder.
//!
//! The rate that matters is the ratio of the two, printed at the end: criterion shows the
//! spread of each. Every upload is checked: the file that arrived is compared once, and
//! each STORED carries the digest of what the server wrote.
//!
//! `CONEXION_BENCH_SIZE` sets the octets of the large file (default 1 GiB).

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use conexion::client::{Address, Caller, Job, Notice, Options, Plan};
use conexion::server::store::Durability;
use conexion::server::{Config, Server, ShutdownHandle};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;

const BUFFER: usize = 256 * 1024;
const SMALL_FILES: usize = 2000;
const SMALL: usize = 4096;

struct Served {
    address: Address,
    handle: ShutdownHandle,
    thread: Option<JoinHandle<()>>,
    root: TempDir,
}

impl Served {
    fn start() -> Self {
        let root = temporary();
        let mut config = Config::new(root.path().to_owned(), (Ipv4Addr::LOCALHOST, 0).into());
        config.store.durability = Durability::None;
        let server = Server::bind(config).expect("a free port");
        let address = Address::new("127.0.0.1", server.local_addr().port());
        let handle = server.shutdown_handle();
        let thread = Some(std::thread::spawn(move || server.run()));
        Self { address, handle, thread, root }
    }

    /// Sends the jobs on one connection, replacing what is there.
    fn send(&self, jobs: Vec<Job>) {
        let mut caller = Caller::new(self.address.clone(), Options::default());
        let plan = Plan { overwrite: true, resume: false, ..Plan::default() };
        let mut failed = None;
        caller
            .send(jobs, &plan, &mut |notice| {
                if let Notice::Done { outcome: Err(error), .. } = notice {
                    failed = Some(error.to_string());
                }
            })
            .expect("the connection lasts");
        caller.close().expect("the server says goodbye");
        assert_eq!(failed, None);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.shut_down();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn temporary() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
        .expect("a temporary folder")
}

fn size() -> usize {
    let set = std::env::var("CONEXION_BENCH_SIZE").ok().and_then(|size| size.parse().ok());
    set.unwrap_or(1 << 30)
}

/// Octets that do not repeat within a buffer.
fn source(folder: &Path, size: usize) -> PathBuf {
    let path = folder.join("source.bin");
    let mut file = File::create(&path).expect("room for the source");
    let mut block = vec![0_u8; BUFFER];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut left = size;
    while left > 0 {
        for octets in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            octets.copy_from_slice(&state.to_le_bytes());
        }
        let part = left.min(block.len());
        file.write_all(&block[..part]).expect("room for the source");
        left -= part;
    }
    path
}

/// One transfer of the bare loop: no frames, no digest, one octet back as the receipt.
fn bare(source: &Path, target: &Path) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let target = target.to_owned();
    let receiver = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a peer");
        let mut file = File::create(target).expect("room for the target");
        let mut buffer = vec![0; BUFFER];
        loop {
            match socket.read(&mut buffer).expect("open") {
                0 => break,
                count => file.write_all(&buffer[..count]).expect("room for the target"),
            }
        }
        socket.write_all(b".").expect("open");
    });
    let mut socket = TcpStream::connect(address).expect("a listener");
    let mut file = File::open(source).expect("the source");
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer).expect("the source") {
            0 => break,
            count => socket.write_all(&buffer[..count]).expect("open"),
        }
    }
    socket.shutdown(std::net::Shutdown::Write).expect("open");
    socket.read_exact(&mut [0]).expect("the receipt");
    receiver.join().expect("the receiver");
}

fn large(c: &mut Criterion) {
    let folder = temporary();
    let size = size();
    let source = source(folder.path(), size);
    let target = folder.path().join("target.bin");
    let served = Served::start();
    let upload = || served.send(vec![Job::file(&source, "target.bin")]);

    upload();
    let arrived = served.root.path().join("target.bin");
    assert!(same(&source, &arrived), "the file that arrived is another");
    fs::remove_file(arrived).expect("there");

    let mut group = c.benchmark_group("upload/large");
    group.throughput(Throughput::Bytes(size as u64));
    group.sample_size(10).warm_up_time(Duration::from_secs(1));
    group.bench_function("bare loop", |b| b.iter(|| bare(&source, &target)));
    let _ = fs::remove_file(&target);
    group.bench_function("conexion crc32", |b| b.iter(upload));
    group.finish();

    // One after the other, so that both see the same machine.
    let mut ratios: Vec<_> = (0..7)
        .map(|_| {
            let bare = seconds(|| bare(&source, &target));
            let _ = fs::remove_file(&target);
            bare / seconds(upload)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "upload/large: {:.2} of the bare loop's rate (median of {}, {:.2} to {:.2})",
        ratios[ratios.len() / 2],
        ratios.len(),
        ratios[0],
        ratios[ratios.len() - 1]
    );
}

fn seconds(run: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    run();
    begin.elapsed().as_secs_f64()
}

fn same(one: &Path, other: &Path) -> bool {
    let (mut one, mut other) = (File::open(one).expect("there"), File::open(other).expect("there"));
    let (mut left, mut right) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        let count = one.read(&mut left).expect("readable");
        if count == 0 {
            return other.read(&mut right).expect("readable") == 0;
        }
        if other.read_exact(&mut right[..count]).is_err() || left[..count] != right[..count] {
            return false;
        }
    }
}

fn small(c: &mut Criterion) {
    let folder = temporary();
    let served = Served::start();
    let paths: Vec<_> = (0..SMALL_FILES)
        .map(|number| {
            let path = folder.path().join(number.to_string());
            let octet = u8::try_from(number % 251).expect("below 251");
            fs::write(&path, vec![octet; SMALL]).expect("room");
            path
        })
        .collect();
    let mut group = c.benchmark_group("upload/small");
    group.throughput(Throughput::Elements(SMALL_FILES as u64)).sample_size(10);
    group.bench_function(format!("{SMALL_FILES} files of {SMALL} octets"), |b| {
        b.iter(|| {
            let job = |path: &PathBuf| {
                Job::file(path, path.file_name().expect("a name").to_string_lossy())
            };
            served.send(paths.iter().map(job).collect());
        });
    });
    group.finish();
    let arrived = served.root.path().join("7");
    assert_eq!(fs::read(arrived).expect("stored"), vec![7; SMALL]);
}

criterion_group!(benches, large, small);
criterion_main!(benches);
