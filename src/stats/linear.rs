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
/// digits; two rounds of refinement of coefficients and residuals together, with their errors summed in twice the precision,
/// bring back what the condition of the columns took. `None` where there are fewer points than columns or the columns depend on
/// each other. `O(n p²)`. Golub (1965), Numer. Math. 7:206; Björck (1967), BIT 7:257. Checked against NIST's StRD
/// (tests/reference/nist_*).
pub fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> Option<Fit> {
    fit(columns, y, REFINEMENTS)
}

/// The same without refinement, at a tenth of the cost: for columns that are far from depending on each other.
pub fn least_squares_unrefined(columns: &[Vec<f64>], y: &[f64]) -> Option<Fit> {
    fit(columns, y, 0)
}

fn fit(columns: &[Vec<f64>], y: &[f64], refinements: usize) -> Option<Fit> {
    let (n, p) = (y.len(), columns.len());
    if n < p || p == 0 || columns.iter().any(|c| c.len() != n) {
        return None;
    }
    let scale: Vec<f64> = columns.iter().map(|c| c.iter().map(|v| v * v).sum::<f64>().sqrt()).collect();
    if scale.iter().any(|s| *s <= 0.0 || !s.is_finite()) {
        return None;
    }
    let qr = Qr::new(columns, &scale)?;
    let mut residuals = y.to_vec();
    qr.transpose(&mut residuals);
    let mut beta = qr.solve(&residuals[..p]);
    residuals[..p].fill(0.0);
    qr.back(&mut residuals);
    (0..p).for_each(|j| beta[j] /= scale[j]);
    for _ in 0..refinements {
        // What is missing in y = r + Xb and in Xᵀr = 0.
        let mut f: Vec<f64> = (0..n)
            .map(|i| {
                let terms = (0..p).map(|j| (-columns[j][i], beta[j]));
                exact_sum(&[y[i], -residuals[i]], terms)
            })
            .collect();
        let g: Vec<f64> = (0..p)
            .map(|j| exact_sum(&[], columns[j].iter().zip(&residuals).map(|(c, r)| (-*c, *r))) / scale[j])
            .collect();
        let h = qr.solve_transposed(&g);
        qr.transpose(&mut f);
        let step: Vec<f64> = (0..p).map(|j| f[j] - h[j]).collect();
        qr.solve(&step).iter().enumerate().for_each(|(j, d)| beta[j] += d / scale[j]);
        f[..p].copy_from_slice(&h);
        qr.back(&mut f);
        residuals.iter_mut().zip(&f).for_each(|(r, d)| *r += d);
    }
    if beta.iter().any(|b| !b.is_finite()) {
        return None;
    }
    let rss = residuals.iter().map(|v| v * v).sum::<f64>();
    let unit_se: Vec<f64> = qr.inverse_rows().into_iter().zip(&scale).map(|(r, s)| r / s).collect();
    let s = if n > p { (rss / (n - p) as f64).sqrt() } else { 0.0 };
    let se = unit_se.iter().map(|u| u * s).collect();
    Some(Fit { beta, se, unit_se, rss, residuals })
}

/// Two rounds leave an error of the size of rounding for columns up to a condition of 1e7.
const REFINEMENTS: usize = 2;

/// Sum of `plain` and of the products `terms`, as if computed in twice the precision. Ogita, Rump and Oishi (2005), SIAM J. Sci.
/// Comput. 26:1955.
fn exact_sum(plain: &[f64], terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut rest) = (0.0_f64, 0.0_f64);
    let mut add = |v: f64, low: f64| {
        let next = sum + v;
        let part = next - sum;
        rest += (sum - (next - part)) + (v - part) + low;
        sum = next;
    };
    plain.iter().for_each(|v| add(*v, 0.0));
    terms.for_each(|(a, b)| {
        let product = a * b;
        add(product, a.mul_add(b, -product));
    });
    sum + rest
}

/// Householder's factors of a matrix whose columns were scaled to length 1.
struct Qr {
    /// Column `k`: the reflection below its diagonal and on it, R above.
    a: Vec<Vec<f64>>,
    diagonal: Vec<f64>,
}

impl Qr {
    fn new(columns: &[Vec<f64>], scale: &[f64]) -> Option<Self> {
        let p = columns.len();
        let mut a: Vec<Vec<f64>> = columns.iter().zip(scale).map(|(c, s)| c.iter().map(|v| v / s).collect()).collect();
        let mut diagonal = vec![0.0; p];
        for k in 0..p {
            let norm = a[k][k..].iter().map(|v| v * v).sum::<f64>().sqrt();
            // Columns have length 1: what is left of a dependent one is rounding.
            if norm < 1e-13 {
                return None;
            }
            diagonal[k] = if a[k][k] > 0.0 { -norm } else { norm };
            a[k][k] -= diagonal[k];
            let (head, tail) = a.split_at_mut(k + 1);
            tail.iter_mut().for_each(|c| reflect(&head[k][k..], &mut c[k..]));
        }
        Some(Self { a, diagonal })
    }

    fn r(&self, i: usize, j: usize) -> f64 {
        if i == j { self.diagonal[i] } else { self.a[j][i] }
    }

    /// Qᵀv in place of v.
    fn transpose(&self, v: &mut [f64]) {
        (0..self.a.len()).for_each(|k| reflect(&self.a[k][k..], &mut v[k..]));
    }

    /// Qv in place of v.
    fn back(&self, v: &mut [f64]) {
        (0..self.a.len()).rev().for_each(|k| reflect(&self.a[k][k..], &mut v[k..]));
    }

    /// Solves Rx = v.
    fn solve(&self, v: &[f64]) -> Vec<f64> {
        let p = self.a.len();
        let mut x = vec![0.0; p];
        for i in (0..p).rev() {
            x[i] = (v[i] - (i + 1..p).map(|j| self.r(i, j) * x[j]).sum::<f64>()) / self.r(i, i);
        }
        x
    }

    /// Solves Rᵀx = v.
    fn solve_transposed(&self, v: &[f64]) -> Vec<f64> {
        let p = self.a.len();
        let mut x = vec![0.0; p];
        for i in 0..p {
            x[i] = (v[i] - (0..i).map(|j| self.r(j, i) * x[j]).sum::<f64>()) / self.r(i, i);
        }
        x
    }

    /// Lengths of the rows of the inverse of R: standard errors for noise of 1.
    fn inverse_rows(&self) -> Vec<f64> {
        let p = self.a.len();
        let mut square = vec![0.0; p];
        for j in 0..p {
            let mut unit = vec![0.0; p];
            unit[j] = 1.0;
            self.solve(&unit).iter().enumerate().for_each(|(i, v)| square[i] += v * v);
        }
        square.into_iter().map(f64::sqrt).collect()
    }
}

fn reflect(v: &[f64], target: &mut [f64]) {
    let vv: f64 = v.iter().map(|x| x * x).sum();
    if vv > 0.0 {
        let f = 2.0 * v.iter().zip(target.iter()).map(|(x, t)| x * t).sum::<f64>() / vv;
        target.iter_mut().zip(v).for_each(|(t, x)| *t -= f * x);
    }
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
