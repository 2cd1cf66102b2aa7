//! Least squares: the straight line, several columns by Householder's QR, and nonnegative coefficients.

/// A fit by least squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Coefficients, in the order of the columns.
    pub beta: Vec<f64>,
    /// Their standard errors, for independent noise of equal size; 0 without degrees of freedom.
    pub se: Vec<f64>,
    /// What the standard errors would be for noise of standard deviation 1.
    pub unit_se: Vec<f64>,
    /// Sum of squared residuals.
    pub rss: f64,
    /// `y` less the fit.
    pub residuals: Vec<f64>,
}

impl Fit {
    /// Standard deviation of the residuals; 0 without degrees of freedom.
    pub fn residual_sd(&self) -> f64 {
        let df = self.residuals.len().saturating_sub(self.beta.len());
        if df == 0 { 0.0 } else { (self.rss / df as f64).sqrt() }
    }
}

/// A straight line by least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Value at `x = 0`.
    pub intercept: f64,
    /// Rise per unit of `x`.
    pub slope: f64,
    /// Standard error of the slope, for independent noise; 0 with two points.
    pub se: f64,
    /// Sum of squared residuals.
    pub rss: f64,
}

/// Straight line by least squares, about the means, so that large `x` (unix times) lose no digits. `None` without two
/// distinct `x`. `O(n)`. Checked against NIST's Norris, also with 1.7e9 added to `x`, and `linregress` of
/// tests/reference/trend_expected.json.
pub fn line(x: &[f64], y: &[f64]) -> Option<Line> {
    let n = x.len().min(y.len());
    if n < 2 {
        return None;
    }
    let (mx, my) = (mean(&x[..n]), mean(&y[..n]));
    let (mut sxx, mut sxy) = (0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        sxx += (a - mx) * (a - mx);
        sxy += (a - mx) * (b - my);
    }
    if sxx <= 0.0 || !sxx.is_finite() {
        return None;
    }
    let slope = sxy / sxx;
    let rss: f64 = x.iter().zip(y).map(|(a, b)| (b - my - slope * (a - mx)).powi(2)).sum();
    let se = if n > 2 { (rss / (n - 2) as f64 / sxx).sqrt() } else { 0.0 };
    Some(Line { intercept: my - slope * mx, slope, se, rss })
}

/// Arithmetic mean; 0 when empty.
pub fn mean(v: &[f64]) -> f64 {
    if v.is_empty() { 0.0 } else { v.iter().sum::<f64>() / v.len() as f64 }
}

/// Least squares of `y` on `columns` by Householder's QR of the matrix, not of its normal equations, which lose twice the
/// digits. `None` where there are fewer points than columns or the columns depend on each other. `O(n p²)`. Golub (1965).
/// Checked against NIST's StRD (tests/reference/nist_*).
pub fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> Option<Fit> {
    let (n, p) = (y.len(), columns.len());
    if n < p || p == 0 || columns.iter().any(|c| c.len() != n) {
        return None;
    }
    let scale: Vec<f64> = columns.iter().map(|c| c.iter().map(|v| v * v).sum::<f64>().sqrt()).collect();
    if scale.iter().any(|s| *s <= 0.0 || !s.is_finite()) {
        return None;
    }
    let mut a: Vec<Vec<f64>> = columns.iter().zip(&scale).map(|(c, s)| c.iter().map(|v| v / s).collect()).collect();
    let mut q = y.to_vec();
    let mut diagonal = vec![0.0; p];
    for k in 0..p {
        let norm = a[k][k..].iter().map(|v| v * v).sum::<f64>().sqrt();
        // Columns have length 1: what is left of a dependent one is rounding.
        if norm < 1e-13 {
            return None;
        }
        let alpha = if a[k][k] > 0.0 { -norm } else { norm };
        diagonal[k] = alpha;
        a[k][k] -= alpha;
        let (head, tail) = a.split_at_mut(k + 1);
        let v = &head[k][k..];
        let vv: f64 = v.iter().map(|x| x * x).sum();
        for target in tail.iter_mut().map(|c| &mut c[k..]).chain(std::iter::once(&mut q[k..])) {
            let f = 2.0 * v.iter().zip(target.iter()).map(|(x, t)| x * t).sum::<f64>() / vv;
            target.iter_mut().zip(v).for_each(|(t, x)| *t -= f * x);
        }
    }
    let r = |i: usize, j: usize| if i == j { diagonal[i] } else { a[j][i] };
    let mut beta = vec![0.0; p];
    for i in (0..p).rev() {
        beta[i] = (q[i] - (i + 1..p).map(|j| r(i, j) * beta[j]).sum::<f64>()) / r(i, i);
    }
    // Rows of the inverse of R: variances are their squared lengths.
    let mut inverse = vec![vec![0.0; p]; p];
    for j in 0..p {
        inverse[j][j] = 1.0 / r(j, j);
        for i in (0..j).rev() {
            inverse[i][j] = -(i + 1..=j).map(|k| r(i, k) * inverse[k][j]).sum::<f64>() / r(i, i);
        }
    }
    for i in 0..p {
        beta[i] /= scale[i];
    }
    let residuals: Vec<f64> =
        (0..n).map(|i| y[i] - columns.iter().zip(&beta).map(|(c, b)| c[i] * b).sum::<f64>()).collect();
    // The tail of Qᵀy is the residual without the rounding of large columns.
    let rss = q[p..].iter().map(|v| v * v).sum::<f64>();
    let unit_se: Vec<f64> = (0..p).map(|i| inverse[i].iter().map(|v| v * v).sum::<f64>().sqrt() / scale[i]).collect();
    let s = if n > p { (rss / (n - p) as f64).sqrt() } else { 0.0 };
    let se = unit_se.iter().map(|u| u * s).collect();
    Some(Fit { beta, se, unit_se, rss, residuals })
}

/// Least squares with coefficients that are not below 0, about the means (an intercept is fitted and not returned). Takes the
/// column that gains most into the fit until none gains, and columns out whose coefficient would fall below 0. Empty
/// `columns` give no coefficient. `O(n p²)` a round, at most `3p` rounds. Lawson and Hanson (1974), chapter 23.
///
/// ```
/// use objtrend::stats::linear::nonnegative;
/// let (a, b) = (vec![0., 1., 2., 3., 4.], vec![0., 0., 1., 1., 5.]);
/// let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 10.0 + 2.0 * a + 3.0 * b).collect();
/// let q = nonnegative(&[a, b], &y);
/// assert!((q[0] - 2.0).abs() < 1e-12 && (q[1] - 3.0).abs() < 1e-12);
/// ```
pub fn nonnegative(columns: &[Vec<f64>], y: &[f64]) -> Vec<f64> {
    let p = columns.len();
    let centred = |c: &[f64]| {
        let m = mean(c);
        c.iter().map(|v| v - m).collect::<Vec<f64>>()
    };
    let a: Vec<Vec<f64>> = columns.iter().map(|c| centred(c)).collect();
    let y = centred(y);
    let length: Vec<f64> = a.iter().map(|c| c.iter().map(|v| v * v).sum::<f64>().sqrt()).collect();
    let size = y.iter().map(|v| v * v).sum::<f64>().sqrt();
    let mut beta = vec![0.0; p];
    let mut inside = vec![false; p];
    for _ in 0..3 * p {
        let rest: Vec<f64> = (0..y.len()).map(|i| y[i] - (0..p).map(|j| beta[j] * a[j][i]).sum::<f64>()).collect();
        let gain = |j: usize| a[j].iter().zip(&rest).map(|(u, v)| u * v).sum::<f64>() / length[j];
        let next = (0..p)
            .filter(|&j| !inside[j] && length[j] > 0.0)
            .map(|j| (j, gain(j)))
            .max_by(|u, v| u.1.total_cmp(&v.1).then(v.0.cmp(&u.0)));
        let Some((j, g)) = next else { break };
        if g <= 1e-9 * size {
            break;
        }
        inside[j] = true;
        loop {
            let chosen: Vec<usize> = (0..p).filter(|&j| inside[j]).collect();
            if chosen.is_empty() {
                break;
            }
            let part: Vec<Vec<f64>> = chosen.iter().map(|&j| a[j].clone()).collect();
            let Some(fit) = least_squares(&part, &y) else {
                inside[j] = false;
                beta[j] = 0.0;
                return beta;
            };
            if fit.beta.iter().all(|b| *b > 0.0) {
                beta = vec![0.0; p];
                chosen.iter().zip(&fit.beta).for_each(|(&j, b)| beta[j] = *b);
                break;
            }
            // Go towards the new fit until the first coefficient meets 0, and leave that one out.
            let step = chosen
                .iter()
                .zip(&fit.beta)
                .filter(|(_, b)| **b <= 0.0)
                .map(|(&j, b)| if beta[j] > *b { beta[j] / (beta[j] - b) } else { 0.0 })
                .fold(1.0, f64::min);
            for (&j, b) in chosen.iter().zip(&fit.beta) {
                beta[j] += step * (b - beta[j]);
                if beta[j] <= 1e-12 && *b <= 0.0 {
                    beta[j] = 0.0;
                    inside[j] = false;
                }
            }
        }
    }
    beta
}
