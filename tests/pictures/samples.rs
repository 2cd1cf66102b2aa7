//! Reports made by hand, one per story that a picture must tell; no parser and no statistics are asked.
//! Shared by the tests of pictures and of the HTML report.

use objtrend::parse::{Call, Clock, Lines};
use objtrend::report::{Curve, EventReport, Finding, FitCurve, LogReport, Point, RunReport, StreamReport};
use objtrend::series::Axis;
use objtrend::trend::{Role, Verdict};

/// 1 March 2024, 10:01 UTC, in microseconds.
const ORIGIN: i64 = 1_709_287_260_000_000;

/// Numbers that look like noise, the same in every run: about evenly spread over -1..1.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// One log: its runs as `(stream, run, xs)`.
pub(crate) struct Sample {
    pub(crate) log: LogReport,
    runs: Vec<(usize, usize, Vec<f64>)>,
}

impl Sample {
    /// `n` snapshots, `every` hours apart, in one run.
    pub(crate) fn new(n: usize, every: f64) -> Self {
        Self::with_runs(vec![(0, 0, (0..n).map(|i| i as f64 * every).collect())], every)
    }

    pub(crate) fn with_runs(runs: Vec<(usize, usize, Vec<f64>)>, every: f64) -> Self {
        let n_streams = runs.iter().map(|r| r.0).max().unwrap_or(0) + 1;
        let us = |x: f64| Some(ORIGIN + (x * 3.6e9) as i64);
        let streams = (0..n_streams)
            .map(|s| StreamReport {
                name: (n_streams > 1).then(|| format!("worker-{}", s + 1)),
                runs: runs
                    .iter()
                    .filter(|r| r.0 == s)
                    .map(|(_, _, xs)| RunReport {
                        first_snapshot: 0,
                        snapshots: xs.len() as u32,
                        from: us(xs[0]),
                        to: us(xs[xs.len() - 1]),
                        x: (xs[0], xs[xs.len() - 1]),
                    })
                    .collect(),
            })
            .collect();
        let snapshots = runs.iter().map(|r| r.2.len()).sum::<usize>() as u32;
        let log = LogReport {
            name: "app.log".to_owned(),
            parts: vec!["app.log".to_owned()],
            snapshots,
            rows: u64::from(snapshots) * 10,
            n_types: 0,
            call: Call::MostCommon,
            streams,
            axis: Axis::Time,
            origin: Some(ORIGIN),
            clock: Clock::Assumed("UTC".to_owned()),
            zone: "UTC".to_owned(),
            interval_s: Some(every * 3600.0),
            leaking: Some(true),
            cannot_tell: None,
            findings: Vec::new(),
            events: Vec::new(),
            warnings: Vec::new(),
            lines: Lines { read: 7441, in_tables: 7200, like_rows: 0 },
        };
        Self { log, runs }
    }

    /// No clock: x counts snapshots.
    pub(crate) fn without_clock(mut self) -> Self {
        self.log.axis = Axis::Snapshot;
        self.log.clock = Clock::None;
        self.log.origin = None;
        self.log.interval_s = None;
        self
    }

    /// A type whose count is `f(x, run)`; below `cut` it is unseen.
    pub(crate) fn add(
        &mut self,
        name: &str,
        verdict: Verdict,
        cut: f64,
        mut f: impl FnMut(f64, usize) -> f64,
    ) -> &mut Finding {
        let curves: Vec<Curve> = self
            .runs
            .iter()
            .map(|(stream, run, xs)| {
                let points = xs.iter().enumerate().map(|(i, &x)| {
                    let v = f(x, *run).round().max(0.0);
                    let seen = v >= cut;
                    let (low, high) = if seen { (v, v) } else { (0.0, cut) };
                    Point { snapshot: i as u32, x, low, high, seen }
                });
                Curve { stream: *stream, run: *run, points: points.collect() }
            })
            .collect();
        let ends = [&curves[0].points[0], curves[curves.len() - 1].points.last().unwrap()];
        let count = |p: &Point| p.seen.then_some(p.high as u64);
        let bound = |p: &Point| (!p.seen).then_some(p.high as u64);
        let (first, last) = (count(ends[0]), count(ends[1]));
        let (first_max, last_max) = (bound(ends[0]), bound(ends[1]));
        self.log.findings.push(Finding {
            rank: self.log.findings.len() as u32 + 1,
            name: name.to_owned(),
            verdict,
            role: None,
            follows: None,
            ratio: None,
            shares: Vec::new(),
            tied_with: Vec::new(),
            confidence: None,
            p_value: None,
            q_value: None,
            slope_per_snapshot: None,
            slope_per_hour: None,
            slope_low: None,
            slope_high: None,
            onset_snapshot: None,
            onset_time: None,
            onset_x: None,
            onset_at: None,
            onset_lines: Vec::new(),
            first,
            last,
            min: first,
            max: last,
            first_max,
            last_max,
            seen: 0,
            unseen: 0,
            leaks_in: Vec::new(),
            projection: None,
            curves,
            fit: Vec::new(),
            fingerprint: "9f2c41d07ab3".to_owned(),
            why: String::new(),
            next: Vec::new(),
        });
        self.log.n_types = self.log.findings.len();
        self.log.findings.last_mut().unwrap()
    }

    /// Makes the last type a root that grows by `rate` per unit of x from `onset` on, counted `at` there.
    pub(crate) fn root(&mut self, rate: f64, onset: f64, at: f64) -> &mut Finding {
        let per_hour = self.log.axis == Axis::Time;
        let ends: Vec<(usize, usize, f64, f64)> =
            self.runs.iter().map(|(s, r, xs)| (*s, *r, xs[0].max(onset), xs[xs.len() - 1])).collect();
        let f = self.log.findings.last_mut().unwrap();
        f.role = Some(Role::Root);
        f.slope_per_hour = per_hour.then_some(rate);
        f.slope_per_snapshot = Some(rate);
        (f.slope_low, f.slope_high) = (Some(rate * 0.985), Some(rate * 1.015));
        f.onset_x = Some(onset);
        f.onset_time = per_hour.then_some(ORIGIN + (onset * 3.6e9) as i64);
        f.onset_snapshot = Some(onset as u32);
        f.fit = ends
            .into_iter()
            .filter(|(.., from, to)| from < to)
            .map(|(stream, run, from, to)| {
                let points = (0..=8).map(|k| {
                    let x = from + (to - from) * f64::from(k) / 8.0;
                    let y = at + rate * (x - from);
                    let wide = (rate * (to - from) * 0.02).abs() * (0.6 + (f64::from(k) / 4.0 - 1.0).abs());
                    [x, y, y - wide, y + wide]
                });
                FitCurve { stream, run, points: points.collect() }
            })
            .collect();
        f
    }

    /// Makes the last type a companion.
    pub(crate) fn follows(&mut self, root: &str, ratio: f64) {
        let f = self.log.findings.last_mut().unwrap();
        f.role = Some(Role::Companion);
        f.follows = Some(root.to_owned());
        f.ratio = Some(ratio);
    }

    /// Types that hardly move.
    pub(crate) fn still(&mut self, n: usize) {
        for i in 0..n {
            let mut noise = Noise::new(i as u64 + 77);
            let wide = if i % 7 == 0 { 12.0 } else { 1.0 };
            self.add(&format!("still_{i}"), Verdict::Stable, 0.0, |_, _| 900.0 + wide * noise.next());
        }
    }
}

/// Growth from an onset on, with noise on top.
fn ramp(rate: f64, onset: f64, base: f64, noise: f64, seed: u64) -> impl FnMut(f64, usize) -> f64 {
    let mut n = Noise::new(seed);
    move |x, _| base + rate * (x - onset).max(0.0) + noise * n.next()
}

pub(crate) fn one_leak() -> LogReport {
    let mut s = Sample::new(240, 1.0 / 60.0);
    s.add("tuple", Verdict::Leak, 0.0, ramp(3548.0, 0.0, 1200.0, 60.0, 1));
    s.root(3548.0, 0.05, 1370.0);
    s.add("list", Verdict::Leak, 0.0, ramp(3548.0, 0.0, 800.0, 400.0, 2));
    s.follows("tuple", 1.0);
    s.add("dict", Verdict::Leak, 0.0, ramp(1774.0, 0.0, 800.0, 300.0, 3));
    s.follows("tuple", 0.5);
    s.still(29);
    s.log
}

pub(crate) fn late_onset() -> LogReport {
    let mut s = Sample::new(240, 1.0 / 60.0);
    s.add("Payload", Verdict::Leak, 18.0, ramp(290.0, 2.48, 12.0, 4.0, 1));
    let f = s.root(290.0, 2.48, 14.0);
    f.onset_lines = vec![
        "12:29:58 INFO app: request served".to_owned(),
        "12:30:09 INFO app: deploy: webhook handler v2 enabled".to_owned(),
    ];
    let mut load = Noise::new(9);
    let mut level = 0.0;
    s.add("dict", Verdict::Leak, 0.0, move |x, _| {
        level = level * 0.85 + load.next() * 45.0;
        1196.0 + level + 240.0 * (x - 2.48).max(0.0)
    });
    s.follows("Payload", 1.0);
    let mut load = Noise::new(10);
    let mut level = 0.0;
    s.add("list", Verdict::Leak, 0.0, move |x, _| {
        level = level * 0.85 + load.next() * 70.0;
        600.0 + level + 200.0 * (x - 2.48).max(0.0)
    });
    s.follows("Payload", 1.0);
    s.add("Exchange", Verdict::Cyclic, 0.0, |x, _| 90.0 + 45.0 * (x * 7.0).sin());
    s.still(28);
    s.log
}

pub(crate) fn several_leaks() -> LogReport {
    let mut s = Sample::new(400, 0.05);
    for (i, (name, rate, onset)) in
        [("Session", 220.0, 0.0), ("Message", 150.0, 6.0), ("lru_cache_entry", 90.0, 0.0), ("Callback", 40.0, 11.0)]
            .into_iter()
            .enumerate()
    {
        s.add(name, Verdict::Leak, 0.0, ramp(rate, onset, 100.0, 40.0, i as u64 + 1));
        s.root(rate, onset.max(0.05), 100.0);
        s.add(&format!("{name}Buffer"), Verdict::Leak, 0.0, ramp(rate * 0.8, onset, 100.0, 60.0, i as u64 + 20));
        s.follows(name, 0.8);
    }
    s.still(20);
    s.log
}

pub(crate) fn two_leaks() -> LogReport {
    let mut log = several_leaks();
    log.findings.retain(|f| f.role.is_none() || f.name.starts_with("Session") || f.name.starts_with("Message"));
    log
}

pub(crate) fn restarts() -> LogReport {
    let run = |k: usize, from: f64, to: f64| {
        (0, k, (0..((to - from) / 0.05) as usize).map(|i| from + i as f64 * 0.05).collect::<Vec<_>>())
    };
    let runs = vec![run(0, 0.0, 7.9), run(1, 8.0, 14.0), run(2, 18.0, 30.0)];
    let starts = [0.0, 8.0, 18.0];
    let mut s = Sample::with_runs(runs, 0.05);
    let mut n = Noise::new(4);
    s.add("Connection", Verdict::Leak, 0.0, |x, run| 40.0 + 52.0 * (x - starts[run]) + 6.0 * n.next());
    s.root(52.0, 0.0, 40.0);
    let mut n = Noise::new(5);
    s.add("socket", Verdict::Leak, 0.0, |x, run| 80.0 + 52.0 * (x - starts[run]) + 40.0 * n.next());
    s.follows("Connection", 1.0);
    s.still(12);
    s.log.events.push(EventReport {
        kind: "restart",
        snapshot: Some(158),
        time: None,
        x: Some(7.95),
        text: "2024-03-01 17:58:00 server starting, pid 4711".to_owned(),
    });
    s.log
}

pub(crate) fn many_restarts() -> LogReport {
    let runs: Vec<_> =
        (0..9).map(|k| (0, k, (0..60).map(|i| k as f64 * 6.0 + f64::from(i) * 0.1).collect::<Vec<_>>())).collect();
    let mut s = Sample::with_runs(runs, 0.1);
    let mut n = Noise::new(4);
    s.add("Connection", Verdict::Leak, 0.0, |x, run| 40.0 + 52.0 * (x - run as f64 * 6.0) + 6.0 * n.next());
    s.root(52.0, 0.0, 40.0);
    s.still(3);
    s.log
}

pub(crate) fn daily_cycle() -> LogReport {
    let mut s = Sample::new(3 * 288, 1.0 / 12.0);
    let load = |x: f64| ((x - 4.0) / 24.0 * std::f64::consts::TAU).sin();
    let mut n = Noise::new(3);
    s.add("Request", Verdict::Cyclic, 0.0, |x, _| 900.0 + 700.0 * load(x) + 60.0 * n.next());
    let mut n = Noise::new(4);
    s.add("dict", Verdict::Cyclic, 0.0, |x, _| 4000.0 + 420.0 * load(x) + 40.0 * n.next());
    s.add("cache_entry", Verdict::Saturating, 0.0, |x, _| 380.0 * (1.0 - (-x / 9.0).exp()));
    s.add("Template", Verdict::Step, 0.0, |x, _| if x > 31.0 { 260.0 } else { 20.0 });
    s.still(20);
    s.log.leaking = Some(false);
    s.log
}

pub(crate) fn leak_under_load() -> LogReport {
    let mut s = Sample::new(4 * 288, 1.0 / 12.0);
    let load = |x: f64| ((x - 4.0) / 24.0 * std::f64::consts::TAU).sin();
    let mut n = Noise::new(3);
    s.add("Session", Verdict::Leak, 0.0, |x, _| 900.0 + 300.0 * load(x) + 60.0 * n.next() + 12.0 * x);
    s.root(12.0, 0.1, 900.0);
    s.still(20);
    s.log.zone = "Europe/Berlin".to_owned();
    s.log.clock = Clock::Zoned;
    s.log
}

pub(crate) fn saturating() -> LogReport {
    let mut s = Sample::new(300, 1.0 / 60.0);
    let mut n = Noise::new(3);
    s.add("CacheEntry", Verdict::Saturating, 0.0, |x, _| 10_000.0 * (1.0 - (-x / 0.8).exp()) + 40.0 * n.next());
    s.still(30);
    s.log.leaking = Some(false);
    s.log
}

pub(crate) fn long_log() -> LogReport {
    let mut s = Sample::new(5000, 1.0 / 60.0);
    s.add("Subscription", Verdict::Leak, 0.0, ramp(3.1, 31.0, 500.0, 22.0, 8));
    s.root(3.1, 31.0, 500.0).onset_lines = vec!["ERROR broker: connection lost, reconnecting".to_owned()];
    s.add("function", Verdict::Leak, 0.0, ramp(6.2, 31.0, 2500.0, 60.0, 9));
    s.follows("Subscription", 2.0);
    s.still(40);
    s.log
}

pub(crate) fn three_snapshots() -> LogReport {
    let mut s = Sample::new(3, 1.0).without_clock();
    let mut n = Noise::new(3);
    s.add("dict", Verdict::Unclear, 0.0, |x, _| 1000.0 + 30.0 * x + 5.0 * n.next());
    s.add("list", Verdict::Unclear, 0.0, |x, _| 400.0 + 12.0 * x * x);
    s.add("tuple", Verdict::Unclear, 0.0, |_, _| 300.0);
    s.log.leaking = None;
    s.log.cannot_tell = Some("it has only three snapshots; log at least twelve, better fifty".to_owned());
    s.log
}

pub(crate) fn fifty_types() -> LogReport {
    let mut s = Sample::new(150, 1.0).without_clock();
    s.add("Node", Verdict::Leak, 0.0, ramp(41.0, 70.0, 90.0, 20.0, 3));
    s.root(41.0, 70.0, 90.0);
    for i in 0..9 {
        let rate = 41.0 * f64::from(i + 1) * 0.6;
        s.add(&format!("companion_{i}"), Verdict::Leak, 0.0, ramp(rate, 70.0, 500.0, 60.0, i as u64 + 40));
        s.follows("Node", f64::from(i + 1) * 0.6);
    }
    s.still(40);
    s.log
}

pub(crate) fn long_names() -> LogReport {
    let mut log = two_leaks();
    for f in &mut log.findings {
        let long = |n: &str| format!("myapp.services.billing.invoices.rendering.{n}RendererContext");
        if f.role.is_some() {
            f.name = long(&f.name);
            f.follows = f.follows.as_deref().map(long);
        }
    }
    log.name = "very/long/path/to/the/logs/of/one/of/many/hosts/that/nobody/names/shortly/application.log".to_owned();
    log
}

pub(crate) fn odd_names() -> LogReport {
    let mut s = Sample::new(100, 0.1);
    let long = format!("Long{}End", "x".repeat(193));
    for (i, name) in ["名前", "<lambda>|a`b\"&'", "Ключ🙂👩‍👩‍👧", &long, "a\tb\u{7}"].into_iter().enumerate()
    {
        s.add(name, Verdict::Leak, 0.0, ramp(100.0 - i as f64 * 15.0, 0.0, 5.0, 3.0, i as u64));
        s.root(100.0 - i as f64 * 15.0, 0.1, 5.0);
    }
    s.still(3);
    s.log
}

pub(crate) fn streams() -> LogReport {
    let xs = |shift: f64| (0..200).map(|i| f64::from(i) * 0.1 + shift).collect::<Vec<_>>();
    let mut s = Sample::with_runs(vec![(0, 0, xs(0.0)), (1, 0, xs(0.03)), (2, 0, xs(0.07))], 0.1);
    let mut n = Noise::new(6);
    let mut lane = 0;
    s.add("Task", Verdict::Leak, 0.0, |x, _| {
        if x < 0.08 {
            lane += 1;
        }
        let rate = [70.0, 69.0, 2.0][lane - 1];
        20.0 + rate * x + 5.0 * n.next()
    });
    let f = s.root(70.0, 0.1, 20.0);
    f.leaks_in = vec!["worker-1".to_owned(), "worker-2".to_owned()];
    f.fit.truncate(2);
    s.still(8);
    s.log
}

pub(crate) fn many_streams() -> LogReport {
    let runs = (0..8).map(|s| (s, 0, (0..150).map(|i| f64::from(i) * 0.1 + s as f64 * 0.01).collect::<Vec<_>>()));
    let mut s = Sample::with_runs(runs.collect(), 0.1);
    let mut n = Noise::new(6);
    let mut lane = 0.0;
    let mut last = f64::MAX;
    s.add("Task", Verdict::Leak, 0.0, |x, _| {
        lane += f64::from(u8::from(x < last));
        last = x;
        20.0 + (30.0 + 5.0 * lane) * x + 5.0 * n.next()
    });
    s.root(50.0, 0.1, 20.0);
    s.still(8);
    s.log
}

/// Two types that grow one for one: either could be the root.
pub(crate) fn tie() -> LogReport {
    let mut s = Sample::new(120, 0.1);
    s.add("Message", Verdict::Leak, 0.0, ramp(60.0, 0.0, 10.0, 3.0, 1));
    s.root(60.0, 0.0, 10.0).tied_with = vec!["Envelope".to_owned()];
    s.add("Envelope", Verdict::Leak, 0.0, ramp(60.0, 0.0, 10.0, 3.0, 1));
    s.root(60.0, 0.0, 10.0).tied_with = vec!["Message".to_owned()];
    s.still(12);
    s.log
}

pub(crate) fn growth_call() -> LogReport {
    let mut s = Sample::new(120, 0.1);
    s.log.call = Call::Growth;
    let mut n = Noise::new(6);
    let mut peak = 0.0f64;
    s.add("Future", Verdict::Leak, 0.0, |x, _| 300.0 + 40.0 * x + 60.0 * n.next());
    s.root(40.0, 0.2, 330.0);
    for p in &mut s.log.findings[0].curves[0].points {
        if p.high > peak {
            peak = p.high;
        } else {
            (p.low, p.high, p.seen) = (0.0, peak, false);
        }
    }
    s.log
}

pub(crate) fn uptime() -> LogReport {
    let mut log = one_leak();
    log.clock = Clock::Uptime;
    log.origin = None;
    log.findings[0].onset_x = Some(1.5);
    log.findings[0].onset_time = None;
    log.findings[0].onset_snapshot = Some(90);
    log
}

pub(crate) fn steady() -> LogReport {
    let mut s = Sample::new(60, 0.25);
    s.add("dict", Verdict::Stable, 0.0, |_, _| 500.0);
    s.add("list", Verdict::Stable, 0.0, |_, _| 300.0);
    s.log.leaking = Some(false);
    s.log
}

/// Leaks, with a companion twenty times as frequent.
pub(crate) fn frequent_companion() -> LogReport {
    let mut s = Sample::new(200, 0.02);
    s.add("Session", Verdict::Leak, 0.0, ramp(50.0, 1.0, 10.0, 2.0, 3));
    s.root(50.0, 1.0, 10.0);
    s.add("cell", Verdict::Leak, 0.0, ramp(1000.0, 1.0, 4000.0, 50.0, 4));
    s.follows("Session", 20.0);
    s.still(10);
    s.log
}

/// All of them, with a name each.
pub(crate) fn all() -> Vec<(&'static str, LogReport)> {
    vec![
        ("one-leak", one_leak()),
        ("late-onset", late_onset()),
        ("two-leaks", two_leaks()),
        ("several-leaks", several_leaks()),
        ("restarts", restarts()),
        ("many-restarts", many_restarts()),
        ("daily-cycle", daily_cycle()),
        ("leak-under-load", leak_under_load()),
        ("saturating", saturating()),
        ("long-log", long_log()),
        ("three-snapshots", three_snapshots()),
        ("fifty-types", fifty_types()),
        ("long-names", long_names()),
        ("odd-names", odd_names()),
        ("streams", streams()),
        ("many-streams", many_streams()),
        ("tie", tie()),
        ("growth-call", growth_call()),
        ("uptime", uptime()),
        ("steady", steady()),
        ("frequent-companion", frequent_companion()),
    ]
}
