//! Series of known truth, made by chance that is the same each time.

use objtrend::parse::Call;
use objtrend::series::{Axis, Count, Lane, LogSeries, TypeSeries};

/// A small generator (SplitMix64), seeded.
pub(crate) struct Chance(u64);

#[allow(dead_code)]
impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in 0..1.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whole number in `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Normal with standard deviation `sd`.
    pub(crate) fn normal(&mut self, sd: f64) -> f64 {
        let (a, b) = (self.uniform().max(1e-300), self.uniform());
        sd * (-2.0 * a.ln()).sqrt() * (2.0 * std::f64::consts::PI * b).cos()
    }

    /// Poisson, by counting exponential waits; by a normal above 200.
    pub(crate) fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 200.0 {
            return (mean + self.normal(mean.sqrt())).round().max(0.0);
        }
        let (mut k, mut t) = (0.0, -self.uniform().max(1e-300).ln());
        while t < mean {
            k += 1.0;
            t -= self.uniform().max(1e-300).ln();
        }
        k
    }
}

/// What a series is made of; all of `n` tables.
pub(crate) type Maker = fn(&mut Chance, usize) -> Vec<f64>;

fn over(n: usize, mut f: impl FnMut(f64) -> f64) -> Vec<f64> {
    (0..n).map(|i| f(i as f64)).collect()
}

fn arrivals(c: &mut Chance, n: usize, rate: f64) -> Vec<f64> {
    let mut sum = 0.0;
    over(n, |_| {
        sum += c.poisson(rate);
        sum
    })
}

fn autoregressive(c: &mut Chance, n: usize, rho: f64, sd: f64) -> Vec<f64> {
    let mut v = 0.0;
    over(n, |_| {
        v = rho * v + c.normal(sd);
        v
    })
}

fn plus(a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.into_iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Two weeks of arrivals at work, by day and from Monday to Friday, up to day `end`.
fn at_work(c: &mut Chance, n: usize, rate: f64, end: f64) -> Vec<f64> {
    let mut sum = 0.0;
    over(n, |i| {
        let day = 14.0 * i / n as f64;
        if day < end && day % 7.0 < 5.0 && day % 1.0 < 0.5 {
            sum += c.poisson(rate);
        }
        30.0 + sum
    })
}

/// Series that hold no leak.
pub(crate) const CLEAN: &[(&str, Maker)] = &[
    ("poisson 500", |c, n| over(n, |_| c.poisson(500.0))),
    ("AR .9", |c, n| autoregressive(c, n, 0.9, 15.0).into_iter().map(|v| 800.0 + v).collect()),
    ("AR .98", |c, n| autoregressive(c, n, 0.98, 10.0).into_iter().map(|v| 800.0 + v).collect()),
    ("AR .8", |c, n| autoregressive(c, n, 0.8, 40.0).into_iter().map(|v| 800.0 + v).collect()),
    ("AR .9 and noise", |c, n| {
        let slow = autoregressive(c, n, 0.9, 20.0);
        plus(slow, over(n, |_| 800.0 + c.normal(30.0)))
    }),
    ("random walk", |c, n| {
        let mut v = 2000.0;
        over(n, |_| {
            v += c.below(13) as f64 - 6.0;
            v
        })
    }),
    ("small walk", |c, n| {
        let mut v = 50.0;
        over(n, |_| {
            v += c.below(3) as f64 - 1.0;
            v
        })
    }),
    ("sawtooth 30", |c, n| {
        let p = c.below(30) as f64;
        over(n, |i| 300.0 + 20.0 * ((i + p) % 30.0))
    }),
    ("sawtooth 17 drifting", |c, n| {
        let (mut v, mut top) = (0.0, 17.0);
        over(n, |_| {
            v += 20.0 + c.normal(3.0);
            if v > 20.0 * top {
                v = 0.0;
                top = 14.0 + 6.0 * c.uniform();
            }
            300.0 + v
        })
    }),
    ("sawtooth n/1.6", |c, n| {
        let per = ((n as f64 / 1.6) as usize).max(5) as f64;
        let p = c.uniform() * per;
        over(n, |i| 300.0 + 20.0 * ((i + p.floor()) % per))
    }),
    ("teeth within teeth", |c, n| {
        // Garbage: young objects are collected every few tables, old ones twice in the log.
        let (per, p) = (n as f64 / 2.5, c.uniform());
        over(n, |i| {
            let old = i + (p * per).floor();
            500.0 + 30.0 * (old % per) + 300.0 * (i % 8.0) + c.normal(40.0)
        })
    }),
    ("loaded when first wanted", |c, n| {
        let mut v = 2000.0;
        over(n, |i| {
            if c.uniform() < 40.0 / n as f64 * (-6.0 * i / n as f64).exp() {
                v += 20.0 + (c.uniform() * 300.0).floor();
            }
            v
        })
    }),
    ("cycle 3.3", |c, n| {
        let p = c.uniform();
        over(n, |i| 1000.0 + 300.0 * (std::f64::consts::TAU * (i / n as f64 * 3.3 + p)).sin() + c.normal(10.0))
    }),
    ("cycle 1.4", |c, n| {
        let p = c.uniform();
        over(n, |i| 1000.0 + 300.0 * (std::f64::consts::TAU * (i / n as f64 * 1.4 + p)).sin() + c.normal(10.0))
    }),
    ("settling .1", |c, n| over(n, |i| 200.0 + 2000.0 * (1.0 - (-i / n as f64 / 0.1).exp()) + c.normal(3.0))),
    ("settling .2", |c, n| over(n, |i| 200.0 + 2000.0 * (1.0 - (-i / n as f64 / 0.2).exp()) + c.normal(3.0))),
    ("cache filled by chance", |c, n| {
        // A cache of 400 keys drawn uniformly: 1 - exp.
        let mut filled = 0.0;
        let per = 400.0 * 5.0 / n as f64;
        over(n, |_| {
            for _ in 0..c.poisson(per) as usize {
                if c.uniform() > filled / 400.0 {
                    filled += 1.0;
                }
            }
            20.0 + filled
        })
    }),
    ("full at .3", |c, n| over(n, |i| 200.0 + 10.0 * i.min(0.3 * n as f64) + c.normal(3.0))),
    ("full at .7", |c, n| over(n, |i| 200.0 + 10.0 * i.min(0.7 * n as f64) + c.normal(3.0))),
    ("full at .7, exact", |c, n| {
        let mut v = 0.0_f64;
        let top = 0.7 * n as f64 * 4.0;
        over(n, |_| {
            v = (v + c.poisson(4.0)).min(top.round());
            30.0 + v
        })
    }),
    ("full at .85", |c, n| over(n, |i| 200.0 + 10.0 * i.min(0.85 * n as f64) + c.below(2) as f64)),
    ("step .8", |c, n| over(n, |i| 500.0 + 300.0 * f64::from(i > 0.8 * n as f64) + c.normal(3.0))),
    ("step .8 exact", |_, n| over(n, |i| 500.0 + 37.0 * f64::from(i > 0.8 * n as f64))),
    ("three steps", |_, n| {
        over(n, |i| {
            let at = i / n as f64;
            500.0 + 100.0 * [0.15, 0.3, 0.45].iter().filter(|f| at > **f).count() as f64
        })
    }),
    ("imports now and then", |c, n| {
        let mut v = 2400.0;
        over(n, |i| {
            if c.uniform() < 4.0 / n as f64 && i < 0.7 * n as f64 {
                v += 30.0 + 60.0 * c.uniform().floor();
            }
            v
        })
    }),
    ("spike at the end", |c, n| over(n, |i| 500.0 + c.normal(3.0) + 400.0 * f64::from(i >= n as f64 - 2.0))),
    ("shrinking", |c, n| over(n, |i| 3000.0 - 3.0 * i + c.normal(8.0))),
    ("full on the second Tuesday", |c, n| at_work(c, n, 2.0, 8.3)),
    ("leak that was fixed", |c, n| {
        let a = arrivals(c, n, 4.0);
        let stop = n * 6 / 10;
        (0..n).map(|i| 100.0 + a[i.min(stop)] + c.normal(1.0)).collect()
    }),
];

/// Series that leak, with the onset as a share of the log.
pub(crate) const LEAKS: &[(&str, Maker)] = &[
    ("exact line 1", |_, n| over(n, |i| 500.0 + i)),
    ("arrivals 1", |c, n| arrivals(c, n, 1.0).into_iter().map(|v| 500.0 + v).collect()),
    ("arrivals 5 from 0", |c, n| arrivals(c, n, 5.0)),
    ("arrivals .3", |c, n| arrivals(c, n, 0.3).into_iter().map(|v| 500.0 + v).collect()),
    ("rate 1 + sd 20", |c, n| plus(arrivals(c, n, 1.0), over(n, |_| 500.0 + c.normal(20.0)))),
    ("rate .2 + sd 20", |c, n| plus(arrivals(c, n, 0.2), over(n, |_| 500.0 + c.normal(20.0)))),
    ("rate 1 + AR .9", |c, n| {
        let a = arrivals(c, n, 1.0);
        plus(a, autoregressive(c, n, 0.9, 5.0)).into_iter().map(|v| 500.0 + v).collect()
    }),
    ("rate 1.4 + AR .8", |c, n| {
        let a = arrivals(c, n, 1.4);
        plus(a, autoregressive(c, n, 0.8, 40.0)).into_iter().map(|v| 900.0 + v).collect()
    }),
    ("queue 60 - 56", |c, n| {
        let mut waiting = 0.0_f64;
        over(n, |_| {
            waiting = (waiting + c.poisson(60.0) - c.poisson(56.0)).max(0.0);
            300.0 + waiting
        })
    }),
    ("onset .5", |c, n| over(n, |i| 500.0 + 5.0 * (i - 0.5 * n as f64).max(0.0) + c.normal(3.0))),
    ("onset .8", |c, n| over(n, |i| 500.0 + 5.0 * (i - 0.8 * n as f64).max(0.0) + c.normal(3.0))),
    ("onset .9", |c, n| over(n, |i| 500.0 + 5.0 * (i - 0.9 * n as f64).max(0.0) + c.normal(3.0))),
    ("warm-up then 1", |c, n| {
        let a = arrivals(c, n, 1.0);
        plus(a, over(n, |i| 500.0 + 2000.0 * (1.0 - (-i / n as f64 / 0.04).exp())))
    }),
    ("sawtooth + 1", |c, n| {
        let p = c.below(24) as f64;
        let a = arrivals(c, n, 1.0);
        plus(a, over(n, |i| 500.0 + 10.0 * ((i + p) % 24.0)))
    }),
    ("cycle 3.3 + 3", |c, n| {
        let p = c.uniform();
        let a = arrivals(c, n, 3.0);
        plus(a, over(n, |i| 1000.0 + 200.0 * (std::f64::consts::TAU * (i / n as f64 * 3.3 + p)).sin()))
    }),
    ("bursts of 40 each 25", |_, n| over(n, |i| 500.0 + 40.0 * (i / 25.0).floor())),
    ("load-driven", |c, n| {
        let mut sum = 0.0;
        over(n, |i| {
            sum += c.poisson(3.0 * (1.2 + (std::f64::consts::TAU * i / n as f64 * 4.0).sin()).max(0.0));
            100.0 + sum
        })
    }),
    ("rests at weekends", |c, n| at_work(c, n, 2.0, 14.0)),
    ("quadratic", |_, n| over(n, |i| 500.0 + (i / n as f64 * 30.0).powi(2))),
    ("square root", |_, n| over(n, |i| 500.0 + 40.0 * i.sqrt())),
];

/// A log of one process that shows all types in all tables.
#[allow(dead_code)]
pub(crate) fn log(types: &[(&str, Vec<f64>)]) -> LogSeries {
    let n = types.iter().map(|t| t.1.len()).max().unwrap_or(0);
    let count = |v: f64| Count { low: v, high: v, seen: true };
    LogSeries {
        end: None,
        axis: Axis::Snapshot,
        call: Call::MostCommon,
        origin: None,
        interval_s: None,
        streams: vec![None],
        lanes: vec![Lane {
            stream: 0,
            run: 0,
            snapshots: (0..n as u32).collect(),
            first_in_stream: 0,
            x: (0..n).map(|i| i as f64).collect(),
            folded: Vec::new(),
        }],
        types: types
            .iter()
            .map(|(name, y)| TypeSeries {
                name: (*name).to_owned(),
                lanes: vec![Some(y.iter().map(|v| count(v.round().max(0.0))).collect::<Vec<_>>().into())],
                totals: None,
            })
            .collect(),
    }
}
