//! Trend where some values are known only to be below a bound.

use super::rank::median_mut;

/// Akritas–Theil–Sen: Kendall's tau and slope where `below[i]` says that the value is less than `y[i]`, not equal to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Censored {
    /// Kendall's tau-a over pairs whose order is known.
    pub tau: f64,
    /// The slope that leaves no correlation in what remains.
    pub slope: f64,
}

/// Sign of the order of the pair where it is known: a bound says something only of what lies at or above it.
fn order(a: f64, a_below: bool, b: f64, b_below: bool) -> f64 {
    match (a_below, b_below) {
        (false, false) => f64::from(b > a) - f64::from(b < a),
        (true, false) if b >= a => 1.0,
        (false, true) if a >= b => -1.0,
        _ => 0.0,
    }
}

fn score(x: &[f64], y: &[f64], below: &[bool], slope: f64) -> f64 {
    let mut s = 0.0;
    for i in 0..x.len() {
        for j in i + 1..x.len() {
            let dx = x[j] - x[i];
            if dx != 0.0 {
                s += dx.signum() * order(y[i] - slope * x[i], below[i], y[j] - slope * x[j], below[j]);
            }
        }
    }
    s
}

/// Slope and tau of left-censored data. `None` with fewer than two uncensored points or without distinct `x`. `O(n²)` for
/// each of some 60 steps, to be used on a few hundred points. Akritas, Murphy and LaValley (1995), JASA 90:170. Checked
/// against tests/reference/cenken_expected.json, to the 1e-6 to which those were bisected.
pub fn akritas_theil_sen(x: &[f64], y: &[f64], below: &[bool]) -> Option<Censored> {
    let n = x.len();
    if n < 2 || y.len() != n || below.len() != n || below.iter().filter(|b| !**b).count() < 2 {
        return None;
    }
    let mut slopes = Vec::new();
    for i in 0..n {
        slopes.extend((i + 1..n).filter(|&j| x[j] != x[i]).map(|j| (y[j] - y[i]) / (x[j] - x[i])));
    }
    let start = median_mut(&mut slopes)?;
    let spread = slopes.iter().fold(0.0_f64, |m, s| m.max((s - start).abs())).max(1e-9);
    // S falls as the slope rises; the slope is the middle of where it crosses 0.
    let edge = |crossed: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (start - 2.0 * spread, start + 2.0 * spread);
        for _ in 0..70 {
            let middle = low + (high - low) / 2.0;
            if crossed(score(x, y, below, middle)) { high = middle } else { low = middle }
        }
        high
    };
    let slope = (edge(&|s| s <= 0.0) + edge(&|s| s < 0.0)) / 2.0;
    let pairs = (n * (n - 1)) as f64 / 2.0;
    Some(Censored { tau: score(x, y, below, 0.0) / pairs, slope })
}
