//! The core alone: octets per second through the server's session, with no I/O.
//!
//! Each bench checks its answer: the octets of the file that came out, or the replies.

use std::hint::black_box;

use conexion::session::Server;
use conexion::session::server::Event;
use conexion::wire::{
    Completion, DeclaredSize, Destination, Digest, DigestKind, FileRequest, Flags, Frame, Limits,
    Output, ResumePoint, SourceName, TextPayload,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const FILE: usize = 8 * 1024 * 1024;
const TEXTS: usize = 10_000;

fn emit(stream: &mut Vec<u8>, frame: &Frame<'_>) {
    let begin = stream.len();
    stream.resize(begin + frame.encoded_len(), 0);
    frame.emit(&mut Output::new(&mut stream[begin..])).expect("there is room");
}

fn upload(chunk: usize) -> Vec<u8> {
    let mut stream = b"CONEXION/1 CLIENT\n".to_vec();
    emit(
        &mut stream,
        &Frame::File(FileRequest {
            flags: Flags::default(),
            digest: DigestKind::Crc32,
            size: DeclaredSize::new(FILE as u64),
            source: SourceName::new(b"a").expect("a source"),
            destination: Destination::new(b"a").expect("a destination"),
        }),
    );
    vec![7; FILE].chunks(chunk).for_each(|octets| emit(&mut stream, &Frame::Data(octets)));
    let digest = Digest::Crc32([0; 4]);
    emit(&mut stream, &Frame::End(Completion { size: FILE as u64, digest }));
    stream
}

/// Octets of files, and texts, that come out of a stream cut into reads.
fn run(stream: &[u8], read: usize) -> (usize, usize) {
    let mut session = Server::new(Limits::default(), None);
    let mut room = vec![0; 128 * 1024];
    let (mut octets, mut texts, mut begin) = (0, 0, 0);
    for end in (read..stream.len()).step_by(read).chain([stream.len()]) {
        loop {
            let mut out = Output::new(&mut room);
            let step = session.receive(&stream[begin..end], &mut out).expect("well-formed");
            begin += step.consumed;
            match step.event {
                Event::NeedMore(_) => break,
                Event::Data(data) => octets += black_box(data).len(),
                Event::File(_) => session.accept(ResumePoint::START, &mut out).expect("due"),
                Event::End(completion) => {
                    session.stored(completion.digest, &mut out).expect("due");
                }
                Event::Text(text) => {
                    texts += 1;
                    session.reply(text, &mut out).expect("due");
                }
                _ => {}
            }
            black_box(out.written());
        }
    }
    (octets, texts)
}

fn uploads(c: &mut Criterion) {
    let mut group = c.benchmark_group("core/upload");
    group.throughput(Throughput::Bytes(FILE as u64));
    for chunk in [1024, 65_536, 262_144] {
        let stream = upload(chunk);
        assert_eq!(run(&stream, 256 * 1024), (FILE, 0));
        group.bench_with_input(BenchmarkId::new("chunk", chunk), &stream, |b, stream| {
            b.iter(|| run(stream, 256 * 1024));
        });
    }
    group.finish();
}

fn texts(c: &mut Criterion) {
    let mut group = c.benchmark_group("core/texts");
    for len in [16, 1024] {
        let mut stream = b"CONEXION/1 CLIENT\n".to_vec();
        let text = "x".repeat(len);
        let frame = Frame::Text(TextPayload::new(&text).expect("short"));
        (0..TEXTS).for_each(|_| emit(&mut stream, &frame));
        assert_eq!(run(&stream, 64 * 1024), (0, TEXTS));
        group.throughput(Throughput::Elements(TEXTS as u64));
        group.bench_with_input(BenchmarkId::new("octets", len), &stream, |b, stream| {
            b.iter(|| run(stream, 64 * 1024));
        });
    }
    group.finish();
}

criterion_group!(benches, uploads, texts);
criterion_main!(benches);
