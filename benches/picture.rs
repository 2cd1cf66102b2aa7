//! Pictures: points of the log a second, from a short log to one that has more points than the picture has columns.

#[path = "generator/logs.rs"]
mod logs;

use std::hint::black_box;
use std::io;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use logs::Kind;
use objtrend::plot::{self, PlotOptions};
use objtrend::{Options, Source};

fn pictures(c: &mut Criterion) {
    let options = PlotOptions::default();
    let mut group = c.benchmark_group("picture");
    for tables in [300_u64, 10_000] {
        let (log, facts) = logs::log(Kind::Plain, tables * 1608, 1);
        let report = objtrend::analyze(vec![Source::memory("app.log", log)], &Options::default()).expect("a report");
        let log = &report.logs[0];
        let figure = plot::figure(log, &options).expect("a figure");
        group.throughput(Throughput::Elements(facts.tables * figure.panels.len() as u64));
        let id = |step: &str| BenchmarkId::new(step, format!("{} tables", facts.tables));
        group.bench_function(id("figure"), |b| b.iter(|| plot::figure(black_box(log), &options)));
        group.bench_function(id("png"), |b| b.iter(|| plot::write_png(black_box(&figure), &mut io::sink())));
        group.bench_function(id("svg"), |b| b.iter(|| plot::write_svg(black_box(&figure), &mut io::sink())));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    targets = pictures
}
criterion_main!(benches);
