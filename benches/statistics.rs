//! The statistics on one series: points a second, so that a cost that grows faster than its input shows.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use objtrend::stats::{linear, monotone, rank, slope};

/// A slow growth under noise, counted in whole objects as objgraph counts.
fn counts(n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut state = 1_u64;
    let noise = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 40) as f64 / (1 << 24) as f64
    };
    let x = (0..n).map(|i| i as f64 / 60.0).collect();
    let y = (0..n).map(|i| (1000.0 + 0.02 * i as f64 + 40.0 * noise(&mut state)).round()).collect();
    (x, y)
}

fn one_series(c: &mut Criterion) {
    type Statistic = fn(&[f64], &[f64]) -> bool;
    let all: [(&str, usize, Statistic); 6] = [
        ("median", 100_000, |_, y| rank::median(y).is_some()),
        ("line by least squares", 100_000, |x, y| linear::line(x, y).is_some()),
        ("Mann-Kendall", 100_000, |_, y| monotone::mann_kendall(y).is_some()),
        ("Hamed-Rao", 100_000, |_, y| monotone::hamed_rao(y, Some(10)).is_some()),
        ("blocks of 2,000", 100_000, |x, y| !rank::blocks(x, y, 2000).0.is_empty()),
        // Longer series come as block medians.
        ("Theil-Sen with its interval", 2000, |x, y| slope::theil_sen_interval(x, y, 0.95).is_some()),
    ];
    for (name, most, statistic) in all {
        let mut group = c.benchmark_group(name);
        for n in [200, 2000, 20_000, 100_000].into_iter().filter(|n| *n <= most) {
            let (x, y) = counts(n);
            group.throughput(Throughput::Elements(n as u64));
            let id = BenchmarkId::from_parameter(n);
            group.bench_function(id, |b| b.iter(|| statistic(black_box(&x), black_box(&y))));
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    targets = one_series
}
criterion_main!(benches);
