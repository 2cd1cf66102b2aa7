//! How a series resembles itself later.

/// Autocorrelations at lags `0..=lags`, biased (each sum divided by the same total, so that they are a valid sequence).
/// `None` where the series is constant or empty. `O(n · lags)`. Box and Jenkins (1976), section 2.1. Checked against
/// `acf_biased` in tests/reference/trend_expected.json.
pub fn acf(y: &[f64], lags: usize) -> Option<Vec<f64>> {
    let n = y.len();
    if n == 0 {
        return None;
    }
    let mean = y.iter().sum::<f64>() / n as f64;
    let r: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let total: f64 = r.iter().map(|v| v * v).sum();
    if total <= 0.0 {
        return None;
    }
    Some(
        (0..=lags)
            .map(|k| if k < n { r[k..].iter().zip(&r).map(|(a, b)| a * b).sum::<f64>() / total } else { 0.0 })
            .collect(),
    )
}

/// Lag-1 autocorrelation of residuals, which are taken to have mean 0. 0 where all are 0. `O(n)`.
pub fn lag1(residuals: &[f64]) -> f64 {
    let total: f64 = residuals.iter().map(|v| v * v).sum();
    if total <= 0.0 {
        return 0.0;
    }
    residuals.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / total
}

/// The same with the bias taken back that fitting a line with `p` coefficients to `n` points brings: on average
/// `-(p + 4ρ)/n`. At most 1. Kendall (1954), Biometrika 41:403; Marriott and Pope (1954), Biometrika 41:390.
pub fn lag1_unbiased(residuals: &[f64], p: usize) -> f64 {
    let n = residuals.len() as f64;
    if n < 4.0 {
        return 0.0;
    }
    let r = lag1(residuals);
    (r + (p as f64 + 4.0 * r.max(0.0)) / n).min(1.0)
}
