//! Load cycles of any period: found by autocorrelation, taken out by phase.

use std::sync::{LazyLock, Mutex, PoisonError};

use realfft::RealFftPlanner;

use super::thresholds::CYCLE;
use crate::stats::linear::{line, mean};
use crate::stats::rank::median;

/// Length of a cycle in tables: the highest peak of the autocorrelation of what a straight line leaves, after its first
/// fall below 0; at least two cycles and a bit must lie in the series. `O(n log n)`.
pub(super) fn period(y: &[f64]) -> Option<usize> {
    let n = y.len();
    if n < 24 {
        return None;
    }
    let index: Vec<f64> = (0..n).map(|i| i as f64).collect();
    let fit = line(&index, y)?;
    let rest: Vec<f64> = y.iter().enumerate().map(|(i, v)| v - fit.intercept - fit.slope * i as f64).collect();
    let total: f64 = rest.iter().map(|v| v * v).sum();
    if total <= 0.0 {
        return None;
    }
    let top = (n as f64 / 2.2) as usize;
    let r: Vec<f64> =
        products(&rest, top).into_iter().enumerate().map(|(k, sum)| sum / total * n as f64 / (n - k) as f64).collect();
    let below = r.iter().position(|v| *v < 0.0)?;
    let mut best: Option<usize> = None;
    for k in below.max(4)..top.saturating_sub(1) {
        let peak = r[k] >= r[k - 1] && r[k] >= r[k + 1] && r[k] > CYCLE;
        // A later peak must be clearly higher: multiples of the period are as good as the period.
        if peak && best.is_none_or(|b| r[k] > r[b] + 0.05) {
            best = Some(k);
        }
    }
    best
}

/// Transforms that were planned so far.
static PLANS: LazyLock<Mutex<RealFftPlanner<f64>>> = LazyLock::new(|| Mutex::new(RealFftPlanner::new()));

/// Sums of the products of values `k` apart, for `k` up to `top`: by way of their spectrum (Wiener, Khinchin), with so many
/// zeros behind them that no value meets one from the other end. `O(n log n)`.
fn products(values: &[f64], top: usize) -> Vec<f64> {
    let n = (values.len() + top + 1).next_power_of_two();
    let (there, back) = {
        let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
        (plans.plan_fft_forward(n), plans.plan_fft_inverse(n))
    };
    let mut time = values.to_vec();
    time.resize(n, 0.0);
    let mut spectrum = there.make_output_vec();
    // Both refuse only what is of another length.
    if there.process(&mut time, &mut spectrum).is_err() {
        return Vec::new();
    }
    spectrum.iter_mut().for_each(|value| *value = value.norm_sqr().into());
    if back.process(&mut spectrum, &mut time).is_err() {
        return Vec::new();
    }
    time.truncate(top + 1);
    time.iter_mut().for_each(|sum| *sum /= n as f64);
    time
}

/// Takes out an additive cycle of `period` tables: the median by phase of what a centred moving mean leaves.
pub(super) fn without_cycle(y: &[f64], period: usize) -> Vec<f64> {
    let n = y.len();
    let p = period.max(1);
    let mut level = vec![0.0; n];
    if n <= 2 * p {
        let index: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let Some(fit) = line(&index, y) else { return y.to_vec() };
        level.iter_mut().enumerate().for_each(|(i, v)| *v = fit.intercept + fit.slope * i as f64);
    } else {
        let mut sums = vec![0.0; n + 1];
        for i in 0..n {
            sums[i + 1] = sums[i] + y[i];
        }
        let core: Vec<f64> = (0..=n - p).map(|i| (sums[i + p] - sums[i]) / p as f64).collect();
        let (from, k) = (p / 2, p.min(core.len()).max(2));
        let slope = |a: f64, b: f64| (b - a) / (k - 1) as f64;
        let first = slope(core[0], core[k - 1]);
        let last = slope(core[core.len() - k], core[core.len() - 1]);
        for (i, v) in level.iter_mut().enumerate() {
            *v = if i < from {
                core[0] - first * (from - i) as f64
            } else if i < from + core.len() {
                core[i - from]
            } else {
                core[core.len() - 1] + last * (i - from - core.len() + 1) as f64
            };
        }
    }
    let mut phase: Vec<f64> = (0..p)
        .map(|k| {
            let v: Vec<f64> = (k..n).step_by(p).map(|i| y[i] - level[i]).collect();
            median(&v).unwrap_or(0.0)
        })
        .collect();
    let centre = mean(&phase);
    phase.iter_mut().for_each(|v| *v -= centre);
    y.iter().enumerate().map(|(i, v)| v - phase[i % p]).collect()
}

/// Whether taking out the cycle halves what a line leaves, without making neighbours less alike: a cycle that is none adds
/// noise of its own.
pub(super) fn is_better(before: &[f64], after: &[f64]) -> bool {
    let variance = |v: &[f64]| {
        let m = mean(v);
        v.iter().map(|x| (x - m) * (x - m)).sum::<f64>()
    };
    let steps = |v: &[f64]| variance(&v.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>());
    let index: Vec<f64> = (0..before.len()).map(|i| i as f64).collect();
    let left = |v: &[f64]| line(&index, v).map_or(0.0, |l| l.rss);
    steps(after) < 1.5 * steps(before) && left(after) < 0.5 * left(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_by_the_spectrum_are_those_of_the_values() {
        for n in [24, 100, 257, 2_000] {
            let values: Vec<f64> = (0..n).map(|i| f64::from((i * 7919 + i * i * 31) % 101) - 50.0).collect();
            let top = (n as f64 / 2.2) as usize;
            let found = products(&values, top);
            assert_eq!(found.len(), top + 1);
            for (k, sum) in found.into_iter().enumerate() {
                let direct: f64 = values[k..].iter().zip(&values).map(|(a, b)| a * b).sum();
                assert!((sum - direct).abs() < 1e-7, "{n}, {k}: {sum} {direct}");
            }
        }
    }
}
