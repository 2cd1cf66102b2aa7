//! Robust slopes: Theil–Sen with its interval, Siegel's repeated medians.

use super::rank::{blocks, median, median_mut, nth};
use super::special::normal_isf;

/// Up to here all pairs are looked at; longer series are thinned to the medians of so many blocks first, which moves a slope
/// by far less than its error and keeps the cost of a type constant.
pub const MAX_EXACT: usize = 2_000;

/// A slope with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// Median of the slopes through all pairs.
    pub slope: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

/// Theil–Sen slope: the median of the slopes through all pairs of points with distinct `x`; holds with up to 29 % of the
/// points wild. `None` without two distinct `x`. Memory `O(n)`, time `O(n²)` up to [`MAX_EXACT`] points and constant above.
/// Theil (1950); Sen (1968), JASA 63:1379. Checked against `theilslopes_*` in tests/reference/trend_expected.json.
///
/// ```
/// use objtrend::stats::slope::theil_sen;
/// assert_eq!(theil_sen(&[0., 1., 2., 3., 4.], &[1., 3., 5., 7., 99.]), Some(2.0));
/// ```
pub fn theil_sen(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = blocks(x, y, MAX_EXACT);
    let pairs = count_pairs(&x);
    if pairs == 0 {
        return None;
    }
    let ranks = [(pairs - 1) / 2, pairs / 2];
    let found = select_slopes(&x, &y, pairs, &ranks)?;
    Some(found[0] + (found[1] - found[0]) / 2.0)
}

/// Theil–Sen slope with its interval at `level` (0.95) by Sen's normal approximation to Kendall's S, ties in `x` and `y`
/// corrected for. It takes points as independent. `None` and cost as [`theil_sen`].
pub fn theil_sen_interval(x: &[f64], y: &[f64], level: f64) -> Option<Slope> {
    let (x, y) = blocks(x, y, MAX_EXACT);
    let n = x.len() as f64;
    let pairs = count_pairs(&x);
    if pairs == 0 {
        return None;
    }
    let cubic = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.chunk_by(|a, b| a == b).map(|c| c.len() as f64).map(|t| t * (t - 1.0) * (2.0 * t + 5.0)).sum::<f64>()
    };
    let var = (n * (n - 1.0) * (2.0 * n + 5.0) - cubic(&x) - cubic(&y)) / 18.0;
    let half = normal_isf((1.0 - level) / 2.0) * var.max(0.0).sqrt();
    let upper = (((pairs as f64 + half) / 2.0).round_ties_even() as usize).min(pairs - 1);
    let lower = (((pairs as f64 - half) / 2.0).round_ties_even() - 1.0).max(0.0) as usize;
    let found = select_slopes(&x, &y, pairs, &[lower, (pairs - 1) / 2, pairs / 2, upper])?;
    Some(Slope { slope: found[1] + (found[2] - found[1]) / 2.0, low: found[0], high: found[3] })
}

/// Sen's slope of values one apart.
pub(super) fn sen_by_index(y: &[f64]) -> Option<f64> {
    let x: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
    theil_sen(&x, y)
}

fn count_pairs(x: &[f64]) -> usize {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let choose = |n: usize| n * n.saturating_sub(1) / 2;
    choose(x.len()) - sorted.chunk_by(|a, b| a == b).map(|c| choose(c.len())).sum::<usize>()
}

/// The slopes that stand at `ranks` (rising) among all. One pass over the pairs keeps only those in a bracket that a fixed
/// sample of pairs puts around the ranks; should it miss, all are kept.
fn select_slopes(x: &[f64], y: &[f64], pairs: usize, ranks: &[usize]) -> Option<Vec<f64>> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    let (x, y): (Vec<f64>, Vec<f64>) = order.into_iter().map(|i| (x[i], y[i])).unzip();
    let (first, last) = (*ranks.first()?, *ranks.last()?);
    let sampled = if x.len() > SAMPLED { bracket(&x, &y, pairs, first, last) } else { ALL };
    for bracket in [sampled, ALL] {
        let (under, mut kept) = within(&x, &y, bracket);
        if first >= under && last < under + kept.len() {
            return ranks.iter().map(|r| nth(&mut kept, r - under)).collect();
        }
    }
    None
}

const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// Of so many points a sample of pairs pays.
const SAMPLED: usize = 64;

/// Two slopes between which those at the ranks `first..=last` stand, by a sample of pairs; `x` rises.
fn bracket(x: &[f64], y: &[f64], pairs: usize, first: usize, last: usize) -> (f64, f64) {
    let n = x.len();
    let want = 8 * n;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut slope = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (i, j) = ((state >> 33) as usize % n, (state >> 12) as usize % n);
        if x[i] == x[j] { 0.0 } else { (y[j] - y[i]) / (x[j] - x[i]) }
    };
    let mut sample: Vec<f64> = (0..want).map(|_| slope()).collect();
    // Five standard errors of a sample quantile on either side.
    let margin = 2.5 * (want as f64).sqrt() + 2.0;
    let at = |rank: usize| rank as f64 / pairs as f64 * want as f64;
    let (below, above) = (at(first) - margin, at(last) + margin);
    let low = if below >= 0.0 { nth(&mut sample, below as usize) } else { None };
    let high = nth(&mut sample, above as usize);
    (low.unwrap_or(ALL.0), high.unwrap_or(ALL.1))
}

/// How many slopes are under the bracket, and those within it; `x` rises. Differences are held against it before they
/// are divided.
fn within(x: &[f64], y: &[f64], (low, high): (f64, f64)) -> (usize, Vec<f64>) {
    let (mut under, mut kept) = (0, Vec::new());
    let mut near = vec![(0.0, 0.0); x.len()];
    for i in 0..x.len() {
        // Points at one place have no slope between them.
        let from = i + 1 + x[i + 1..].iter().take_while(|v| **v == x[i]).count();
        let mut n = 0;
        for (a, b) in x[from..].iter().zip(&y[from..]) {
            let (dx, dy) = (a - x[i], b - y[i]);
            let (is_under, is_over) = (dy < low * dx, dy > high * dx);
            under += usize::from(is_under);
            near[n] = (dx, dy);
            n += usize::from(!is_under & !is_over);
        }
        kept.extend(near[..n].iter().map(|(dx, dy)| dy / dx));
    }
    (under, kept)
}

/// Siegel's repeated medians: the median over points of the median slope to the others; holds with up to half of the points
/// wild. Slope and intercept (median of `y - slope x`). `None` without two distinct `x`. `O(n²)`. Siegel (1982), Biometrika
/// 69:242. Checked against `siegelslopes_hierarchical` in tests/reference/trend_expected.json.
pub fn siegel(x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let (x, y) = blocks(x, y, MAX_EXACT);
    let mut medians: Vec<f64> = (0..x.len())
        .filter_map(|i| {
            let mut slopes: Vec<f64> =
                (0..x.len()).filter(|&j| x[j] != x[i]).map(|j| (y[j] - y[i]) / (x[j] - x[i])).collect();
            median_mut(&mut slopes)
        })
        .collect();
    let slope = median_mut(&mut medians)?;
    let rest: Vec<f64> = x.iter().zip(&y).map(|(a, b)| b - slope * a).collect();
    Some((slope, median(&rest)?))
}
