//! From tables to series, verdicts and the series table: observations a second.

#[path = "generator/logs.rs"]
mod logs;

use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use logs::Kind;
use objtrend::series::{self, TableFormat, TableLog};
use objtrend::{Options, Source, trend};

fn stages(c: &mut Criterion) {
    let mut options = Options::default();
    options.parse.keep_rows = true;
    for (name, kind) in [("50 rows", Kind::Plain), ("200 rows", Kind::Wide)] {
        let (log, facts) = logs::log(kind, 8 << 20, 1);
        let reading = objtrend::read(vec![Source::memory("app.log", log)], &options).expect("a log of tables");
        let log = &reading.logs[0];
        let made = series::build(&log.snapshots, &options.series);

        let mut group = c.benchmark_group(format!("series, {name}"));
        group.throughput(Throughput::Elements(facts.rows));
        group.bench_function("build", |b| b.iter(|| series::build(black_box(&log.snapshots), &options.series)));
        group.bench_function("judge", |b| b.iter(|| trend::judge(black_box(&made), &options.trend)));
        group.bench_function("report", |b| b.iter(|| objtrend::judge(black_box(&reading), &options)));
        let tables = [TableLog { name: &log.name, snapshots: &log.snapshots }];
        for format in [TableFormat::Csv, TableFormat::Jsonl, TableFormat::Parquet, TableFormat::Arrow] {
            group.bench_function(format!("write {}", format.as_str()), |b| {
                b.iter(|| series::write_table(black_box(&tables), &options.series, format, false, &mut io::sink()));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = stages
}
criterion_main!(benches);
