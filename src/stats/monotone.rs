//! Does it rise: Kendall's S and tau, the Mann–Kendall test and its corrections for autocorrelation and seasons.

use super::autocorrelation::acf;
use super::rank::{median, ranks};
use super::slope::sen_by_index;
use super::special::{erfc, normal_isf};

/// Kendall's counts over all pairs of points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kendall {
    /// Concordant pairs less discordant ones.
    pub s: f64,
    /// Tau-b, corrected for ties in both.
    pub tau_b: f64,
    /// Two-sided p by the normal approximation, with ties in the variance.
    pub p: f64,
}

/// Kendall's S, tau-b and p of paired values. `None` with fewer than two points or where either is constant.
/// `O(n log n)`. Kendall (1938), Biometrika 30:81; Knight (1966), JASA 61:436. Checked against `kendalltau_b_asymptotic` in
/// tests/reference/trend_expected.json.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<Kendall> {
    let n = x.len();
    if n < 2 || y.len() != n {
        return None;
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]).then(y[a].total_cmp(&y[b])));
    let mut ys: Vec<f64> = order.iter().map(|&i| y[i]).collect();
    let xs: Vec<f64> = order.iter().map(|&i| x[i]).collect();
    let pairs = |t: f64| t * (t - 1.0) / 2.0;
    let runs = |equal: &dyn Fn(usize) -> bool| {
        let (mut out, mut run) = (Vec::new(), 1.0);
        for i in 1..=n {
            if i < n && equal(i) {
                run += 1.0;
            } else {
                out.push(run);
                run = 1.0;
            }
        }
        out
    };
    let tx = runs(&|i| xs[i] == xs[i - 1]);
    let both: f64 = runs(&|i| xs[i] == xs[i - 1] && ys[i] == ys[i - 1]).into_iter().map(pairs).sum();
    let discordant = inversions(&mut ys) as f64;
    let ty = runs(&|i| ys[i] == ys[i - 1]); // `inversions` sorted them
    let total = pairs(n as f64);
    let (tied_x, tied_y): (f64, f64) = (tx.iter().copied().map(pairs).sum(), ty.iter().copied().map(pairs).sum());
    if tied_x == total || tied_y == total {
        return None;
    }
    let s = total - tied_x - tied_y + both - 2.0 * discordant;
    let cubic = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let triple = |t: f64| t * (t - 1.0) * (t - 2.0);
    let sum = |v: &[f64], f: &dyn Fn(f64) -> f64| v.iter().map(|&t| f(t)).sum::<f64>();
    let m = n as f64 * (n as f64 - 1.0);
    let var = (m * (2.0 * n as f64 + 5.0) - sum(&tx, &cubic) - sum(&ty, &cubic)) / 18.0
        + 2.0 * tied_x * tied_y / m
        + if n > 2 { sum(&tx, &triple) * sum(&ty, &triple) / (9.0 * m * (n as f64 - 2.0)) } else { 0.0 };
    let p = if var > 0.0 { erfc((s.abs() / var.sqrt()) / std::f64::consts::SQRT_2) } else { 1.0 };
    Some(Kendall { s, tau_b: s / ((total - tied_x).sqrt() * (total - tied_y).sqrt()), p })
}

/// Number of pairs that stand in falling order; sorts `v`. Merge sort, `O(n log n)`.
fn inversions(v: &mut [f64]) -> u64 {
    let n = v.len();
    if n < 2 {
        return 0;
    }
    let (left, right) = v.split_at_mut(n / 2);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(n);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if right[j] < left[i] {
            count += (left.len() - i) as u64;
            merged.push(right[j]);
            j += 1;
        } else {
            merged.push(left[i]);
            i += 1;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    v.copy_from_slice(&merged);
    count
}

/// What a test of the Mann–Kendall family says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Rises less falls over all pairs.
    pub s: f64,
    /// Its variance without a trend.
    pub var: f64,
    /// `s` in standard deviations, one taken off for continuity.
    pub z: f64,
    /// Two-sided; keeps its digits far out.
    pub p: f64,
}

impl MannKendall {
    fn new(s: f64, var: f64) -> Option<Self> {
        if var <= 0.0 || !var.is_finite() {
            return None;
        }
        let z = (s - s.signum() * f64::from(s != 0.0)) / var.sqrt();
        Some(Self { s, var, z, p: erfc(z.abs() / std::f64::consts::SQRT_2) })
    }
}

/// S of values in order, and its variance with ties but without autocorrelation. `O(n log n)`.
fn s_and_var(y: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let mut sorted = y.to_vec();
    let falls = inversions(&mut sorted) as f64;
    let (mut ties, mut correction, mut run) = (0.0, 0.0, 1.0);
    for i in 1..=sorted.len() {
        if i < sorted.len() && sorted[i] == sorted[i - 1] {
            run += 1.0;
        } else {
            ties += run * (run - 1.0) / 2.0;
            correction += run * (run - 1.0) * (2.0 * run + 5.0);
            run = 1.0;
        }
    }
    let s = n * (n - 1.0) / 2.0 - ties - 2.0 * falls;
    (s, (n * (n - 1.0) * (2.0 * n + 5.0) - correction) / 18.0)
}

/// Mann–Kendall test of values in order. `None` where they are constant or fewer than two. `O(n log n)`. Mann (1945),
/// Econometrica 13:245; Kendall (1975). Checked against `mk_original` in tests/reference/trend_expected.json.
pub fn mann_kendall(y: &[f64]) -> Option<MannKendall> {
    if y.len() < 2 {
        return None;
    }
    let (s, var) = s_and_var(y);
    MannKendall::new(s, var)
}

/// Mann–Kendall with the variance corrected for autocorrelation of the ranks of the detrended series, over the first `lags`
/// lags (all where `None`) that differ from 0 at 5 %. `None` as [`mann_kendall`], or with fewer than three points. `O(n²)`, to be used on at most a few hundred points. Hamed and Rao (1998), J. Hydrol. 204:182.
/// Checked against `mk_hamed_rao` and `mk_hamed_rao_lag3` in tests/reference/trend_expected.json.
pub fn hamed_rao(y: &[f64], lags: Option<usize>) -> Option<MannKendall> {
    let n = y.len();
    if n < 3 {
        return None;
    }
    let (s, var) = s_and_var(y);
    let slope = sen_by_index(y)?;
    let detrended: Vec<f64> = y.iter().enumerate().map(|(i, v)| v - (i + 1) as f64 * slope).collect();
    let lags = lags.unwrap_or(n - 1).min(n - 1);
    let Some(r) = acf(&ranks(&detrended), lags) else { return MannKendall::new(s, var) };
    let bound = normal_isf(0.025) / (n as f64).sqrt();
    let m = n as f64;
    let sum: f64 = (1..=lags)
        .filter(|&k| r[k].abs() > bound)
        .map(|k| {
            let k_ = k as f64;
            (m - k_) * (m - k_ - 1.0) * (m - k_ - 2.0) * r[k]
        })
        .sum();
    let factor = 1.0 + 2.0 / (m * (m - 1.0) * (m - 2.0)) * sum;
    MannKendall::new(s, var * factor)
}

/// Mann–Kendall with the variance corrected by the effective number of points, from the autocorrelation of the detrended
/// series at the first `lags` lags (all where `None`). `None` as [`mann_kendall`], and where the correction leaves no
/// variance. `O(n²)`. Yue and Wang (2004), Water Resour. Manag. 18:201. Checked against `mk_yue_wang` and `mk_yue_wang_lag1`
/// in tests/reference/trend_expected.json.
pub fn yue_wang(y: &[f64], lags: Option<usize>) -> Option<MannKendall> {
    let n = y.len();
    if n < 3 {
        return None;
    }
    let (s, var) = s_and_var(y);
    let slope = sen_by_index(y)?;
    let detrended: Vec<f64> = y.iter().enumerate().map(|(i, v)| v - (i + 1) as f64 * slope).collect();
    let lags = lags.unwrap_or(n - 1).min(n - 1);
    let r = acf(&detrended, lags)?;
    let sum: f64 = (1..=lags).map(|k| (1.0 - k as f64 / n as f64) * r[k]).sum();
    MannKendall::new(s, var * (1.0 + 2.0 * sum))
}

/// Mann–Kendall of the series after lag-1 autocorrelation is taken out of it, trend and all. `None` as [`mann_kendall`].
/// Kept to compare with; where counts have a trend it takes the trend out, too. Checked against `mk_pre_whitening`.
pub fn pre_whitened(y: &[f64]) -> Option<MannKendall> {
    let r = acf(y, 1)?[1];
    mann_kendall(&whiten(y, r))
}

/// Mann–Kendall after lag-1 autocorrelation is taken out of the detrended series and the trend put back. `None` as
/// [`mann_kendall`]. `O(n²)` for the slope. Yue and Wang (2002), Water Resour. Res. 38:1068. Checked against
/// `mk_trend_free_pre_whitening`.
pub fn trend_free_pre_whitened(y: &[f64]) -> Option<MannKendall> {
    let slope = sen_by_index(y)?;
    let detrended: Vec<f64> = y.iter().enumerate().map(|(i, v)| v - (i + 1) as f64 * slope).collect();
    let r = acf(&detrended, 1).map_or(0.0, |a| a[1]);
    let back: Vec<f64> =
        whiten(&detrended, r).into_iter().enumerate().map(|(i, v)| v + (i + 1) as f64 * slope).collect();
    mann_kendall(&back)
}

fn whiten(y: &[f64], r: f64) -> Vec<f64> {
    y.windows(2).map(|w| w[1] - r * w[0]).collect()
}

/// Mann–Kendall with values compared only to those of the same phase of a cycle of `period` points. `None` where no phase
/// has two points or nothing varies. `O(n log n)`. Hirsch, Slack and Smith (1982), Water Resour. Res. 18:107. Checked against
/// `mk_seasonal` in tests/reference/trend_expected.json.
pub fn seasonal(y: &[f64], period: usize) -> Option<MannKendall> {
    if period == 0 {
        return None;
    }
    let (mut s, mut var) = (0.0, 0.0);
    for phase in 0..period.min(y.len()) {
        let part: Vec<f64> = y[phase..].iter().step_by(period).copied().collect();
        if part.len() > 1 {
            let (a, b) = s_and_var(&part);
            s += a;
            var += b;
        }
    }
    MannKendall::new(s, var)
}

/// Median of the slopes between points of the same phase, per period. `None` where no phase has two points.
pub fn seasonal_sen(y: &[f64], period: usize) -> Option<f64> {
    if period == 0 {
        return None;
    }
    let mut slopes = Vec::new();
    for phase in 0..period.min(y.len()) {
        let part: Vec<f64> = y[phase..].iter().step_by(period).copied().collect();
        for i in 0..part.len() {
            slopes.extend((i + 1..part.len()).map(|j| (part[j] - part[i]) / (j - i) as f64));
        }
    }
    median(&slopes)
}
