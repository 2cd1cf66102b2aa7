//! Reading: bytes a second of whole logs, by what the log looks like, by threads, and by how it is packed.

#[path = "generator/logs.rs"]
mod logs;

use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use logs::Kind;
use objtrend::{Options, Source};

/// Enough for the first chunks to count little, small enough to be read some times a second.
const SIZE: u64 = 16 << 20;

fn tables(bytes: &[u8]) -> usize {
    let reading = objtrend::read(vec![Source::memory("app.log", bytes)], &Options::default()).expect("a log of tables");
    reading.logs.iter().map(|log| log.snapshots.len()).sum()
}

fn kinds(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, kind) in Kind::ALL {
        let (log, facts) = logs::log(kind, SIZE, 1);
        assert_eq!(tables(&log) as u64, facts.tables, "{name} is read wrongly: its time says nothing");
        group.throughput(Throughput::Bytes(facts.bytes));
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("some threads");
            let id = BenchmarkId::new(name, format!("{threads} threads"));
            group.bench_with_input(id, &log, |b, log| b.iter(|| pool.install(|| tables(black_box(log)))));
        }
    }
    group.finish();
}

/// Throughput is that of the text, not of the packed bytes.
fn packed(c: &mut Criterion) {
    let (log, facts) = logs::log(Kind::Plain, SIZE, 1);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    gz.write_all(&log).expect("memory takes all");
    let gz = gz.finish().expect("memory takes all");
    let zst = zstd::encode_all(&log[..], 3).expect("memory takes all");
    let utf16: Vec<u8> = log.iter().flat_map(|&b| u16::from(b).to_le_bytes()).collect();
    let mut group = c.benchmark_group("unpack");
    group.throughput(Throughput::Bytes(facts.bytes));
    for (name, bytes) in [("gz", &gz), ("zst", &zst), ("utf-16", &utf16)] {
        group.bench_with_input(name, bytes, |b, bytes| b.iter(|| tables(black_box(bytes))));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = kinds, packed
}
criterion_main!(benches);
