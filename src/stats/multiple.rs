//! Many tests at once.

/// Benjamini–Hochberg adjusted p-values: reject where at most `q`, and on average no more than `q` of the rejections are
/// wrong, for independent or positively dependent tests. In the order given. `O(n log n)`. Benjamini and Hochberg (1995),
/// JRSS B 57:289. Checked against tests/reference/bh_expected.json.
///
/// ```
/// assert_eq!(objtrend::stats::multiple::benjamini_hochberg(&[0.01, 0.5, 0.02]), [0.03, 0.5, 0.03]);
/// ```
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    step_up(p, 1.0)
}

/// The same under any dependence: larger by the sum of 1/k. Benjamini and Yekutieli (2001), Ann. Stat. 29:1165.
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    step_up(p, (1..=p.len()).map(|k| 1.0 / k as f64).sum())
}

fn step_up(p: &[f64], factor: f64) -> Vec<f64> {
    let n = p.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut out = vec![1.0; n];
    let mut least: f64 = 1.0;
    for (place, &i) in order.iter().enumerate().rev() {
        least = least.min(p[i] * factor * n as f64 / (place + 1) as f64);
        out[i] = least;
    }
    out
}
