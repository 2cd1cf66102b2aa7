//! Which of nine shapes a series has, by least squares and Schwarz's criterion.

use std::cell::RefCell;

use hashbrown::HashMap;

use crate::stats::autocorrelation::lag1;
use crate::stats::linear::{Fit, least_squares_unrefined};
use crate::stats::special::decay;

/// Variance of rounding to whole numbers: no fit can be better, and without this floor exact series are overfitted.
pub(super) const ROUNDING: f64 = 1.0 / 12.0;

/// Time constants of the exponential shapes, as shares of the log; together they cover warm-ups of any length that has ended.
const TAUS: [f64; 7] = [0.02, 0.035, 0.06, 0.1, 0.15, 0.22, 0.3];

/// Candidate places of a bend before the best is refined to the point.
const PLACES: usize = 40;

/// The shapes; `u` is time from 0 to 1, `c` a bend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// Level.
    Level,
    /// Straight line.
    Line,
    /// Level, jump, level.
    Step,
    /// Level until `c`, then a line.
    Late,
    /// A line until `c`, then level.
    Full,
    /// One line until `c`, another after.
    Bent,
    /// A line with a jump.
    StepLine,
    /// Exponential approach to a level.
    Settling,
    /// Exponential approach to a line.
    SettlingLine,
}

impl Shape {
    const ALL: [Self; 9] = [
        Self::Level,
        Self::Line,
        Self::Step,
        Self::Late,
        Self::Full,
        Self::Bent,
        Self::StepLine,
        Self::Settling,
        Self::SettlingLine,
    ];

    /// Free numbers of the shape, its bend among them.
    pub(super) fn parameters(self) -> usize {
        match self {
            Self::Level => 1,
            Self::Line => 2,
            Self::Step | Self::Late | Self::Full | Self::Settling => 3,
            Self::Bent | Self::StepLine | Self::SettlingLine => 4,
        }
    }

    fn bends(self) -> bool {
        matches!(self, Self::Step | Self::Late | Self::Full | Self::Bent | Self::StepLine)
    }

    /// Which coefficient is the slope at the end, where the shape has one.
    fn end_column(self) -> Option<usize> {
        match self {
            Self::Line | Self::Late => Some(1),
            Self::Bent | Self::StepLine | Self::SettlingLine => Some(2),
            _ => None,
        }
    }

    fn columns(self, u: &[f64], k: usize, tau: f64) -> Vec<Vec<f64>> {
        let c = u.get(k).copied().unwrap_or(0.0);
        let one = vec![1.0; u.len()];
        let up = || u.iter().map(|v| (v - c).max(0.0)).collect::<Vec<_>>();
        let down = || u.iter().map(|v| v.min(c)).collect::<Vec<_>>();
        let jump = || (0..u.len()).map(|i| f64::from(i >= k)).collect::<Vec<_>>();
        let settle = || settle(u, tau);
        match self {
            Self::Level => vec![one],
            Self::Line => vec![one, u.to_vec()],
            Self::Step => vec![one, jump()],
            Self::Late => vec![one, up()],
            Self::Full => vec![one, down()],
            Self::Bent => vec![one, down(), up()],
            Self::StepLine => vec![one, jump(), u.to_vec()],
            Self::Settling => vec![one, settle()],
            Self::SettlingLine => vec![one, settle(), u.to_vec()],
        }
    }
}

/// A shape fitted.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    /// Which.
    pub(super) shape: Shape,
    /// Index of the bend, 0 without one.
    pub(super) bend: usize,
    /// Time constant, 0 without one.
    pub(super) tau: f64,
    /// Coefficients, errors and residuals.
    pub(super) fit: Fit,
}

impl Fitted {
    /// Slope at the end, per unit of `u`.
    pub(super) fn end_slope(&self) -> f64 {
        let b = &self.fit.beta;
        let tail = |amplitude: f64| amplitude / self.tau * (-1.0 / self.tau).exp();
        match self.shape {
            Shape::Settling => tail(b[1]),
            Shape::SettlingLine => b[2] + tail(b[1]),
            _ => self.shape.end_column().map_or(0.0, |k| b[k]),
        }
    }

    /// Slope at the end over its standard error, the error widened by the autocorrelation of this shape's own residuals.
    pub(super) fn end_z(&self) -> f64 {
        let Some(k) = self.shape.end_column() else { return 0.0 };
        let df = self.fit.residuals.len().saturating_sub(self.shape.parameters()).max(1) as f64;
        let a = lag1(&self.fit.residuals).clamp(0.0, 0.95);
        let variance = (self.fit.rss / df).max(ROUNDING) * (1.0 + a) / (1.0 - a);
        let se = self.fit.unit_se[k] * variance.sqrt();
        self.fit.beta[k] / se.max(1e-9)
    }

    /// Values of the fit.
    pub(super) fn values(&self, y: &[f64]) -> Vec<f64> {
        y.iter().zip(&self.fit.residuals).map(|(v, r)| v - r).collect()
    }
}

/// All shapes fitted to one series, and which one describes it best.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The winner.
    pub(super) best: Fitted,
    /// The best of those that go on growing, where the winner has stopped.
    pub(super) growing: Option<Fitted>,
    /// Autocorrelation of the residuals of the shape that fits closest.
    pub(super) rho: f64,
    /// How many independent points the series is worth.
    pub(super) effective: f64,
}

/// Fits all shapes to `y` over `u` in 0..=1 and chooses one. `None` with fewer than three points.
pub(super) fn choose(u: &[f64], y: &[f64]) -> Option<Choice> {
    let n = y.len();
    if n < 3 || u.len() != n {
        return None;
    }
    let mut all = candidates(u, y);
    let closest = least(&mut all, u, y, &|_, rss| rss)?;
    let rho = all[closest].fitted.as_ref().map_or(0.0, |f| lag1(&f.fit.residuals)).clamp(0.0, 0.95);
    let m = n as f64;
    let effective = (m * (1.0 - rho) / (1.0 + rho)).max(5.0);
    let score = |shape: Shape, rss: f64| {
        effective * (rss / m + ROUNDING).ln() + shape.parameters() as f64 * effective.max(3.0).ln()
    };
    let best = least(&mut all, u, y, &score)?;
    let best = all[best].fitted.clone()?;
    let growing = matches!(best.shape, Shape::Full | Shape::Settling).then(|| {
        // A bent line is the same end of growth once more.
        let grows = |shape: Shape| shape.end_column().is_some() && shape != Shape::Bent;
        let mut growing: Vec<Candidate> = all.into_iter().filter(|c| grows(c.shape)).collect();
        growing.retain_mut(|c| c.fit(u, y).is_some_and(|f| f.end_slope() > 0.0));
        let least = least(&mut growing, u, y, &score)?;
        growing.swap_remove(least).fitted
    });
    Some(Choice { best, growing: growing.flatten(), rho, effective })
}

/// A shape at its best bend or time constant, by sums over all points; fitted where it may be chosen.
struct Candidate {
    shape: Shape,
    bend: usize,
    tau: f64,
    /// Residual sum of squares, and by how much it may be wrong.
    rss: f64,
    error: f64,
    fitted: Option<Fitted>,
}

impl Candidate {
    fn fit(&mut self, u: &[f64], y: &[f64]) -> Option<&Fitted> {
        if self.fitted.is_none() {
            let fitted = fitted(self.shape, u, y, self.bend, self.tau)?;
            (self.rss, self.error) = (fitted.fit.rss, 0.0);
            self.fitted = Some(fitted);
        }
        self.fitted.as_ref()
    }
}

/// All shapes that can be fitted at all.
fn candidates(u: &[f64], y: &[f64]) -> Vec<Candidate> {
    let sums = Sums::new(u, y);
    let settling = Settling::new(u, y);
    let error = SUMS_ERROR * sums.square;
    let candidate = |shape: Shape| {
        let (bend, tau, rss) = match shape {
            Shape::Settling | Shape::SettlingLine => {
                let (tau, rss) = best_settling(shape, &settling)?;
                (0, tau, rss)
            }
            _ if shape.bends() => {
                let bend = best_bend(shape, &sums, y.len())?;
                (bend, 0.0, sums.rss(shape, bend))
            }
            _ => (0, 0.0, sums.rss(shape, 0)),
        };
        Some(Candidate { shape, bend, tau, rss, error, fitted: None })
    };
    Shape::ALL.into_iter().filter_map(candidate).collect()
}

/// How wrong residuals by sums may be, as a share of the square sum about the mean: far more than they are.
const SUMS_ERROR: f64 = 1e-9;

/// The candidate of least `key`, which rises with the residuals: only those are fitted that may be it. Those that cannot be
/// fitted are dropped.
fn least(all: &mut Vec<Candidate>, u: &[f64], y: &[f64], key: &dyn Fn(Shape, f64) -> f64) -> Option<usize> {
    loop {
        let most = all.iter().map(|c| key(c.shape, c.rss + c.error)).min_by(f64::total_cmp)?;
        let may_be = |c: &Candidate| key(c.shape, (c.rss - c.error).max(0.0)) <= most;
        match all.iter().position(|c| c.fitted.is_none() && may_be(c)) {
            Some(open) if all[open].fit(u, y).is_none() => {
                all.remove(open);
            }
            Some(_) => {}
            None => break,
        }
    }
    let fitted = (0..all.len()).filter(|&i| all[i].fitted.is_some());
    fitted.min_by(|&a, &b| key(all[a].shape, all[a].rss).total_cmp(&key(all[b].shape, all[b].rss)))
}

/// The time constant with the least residuals: the best of a few, then narrowed down between its neighbours, since one that
/// is a tenth off leaves a false slope behind it.
fn best_settling(shape: Shape, settling: &Settling<'_>) -> Option<(f64, f64)> {
    let at = |settled: &Settled| (settled.tau, settling.rss(shape, settled));
    let mut best = settling.rough.iter().map(at).min_by(|a, b| a.1.total_cmp(&b.1))?;
    for ratio in [1.25, 1.12, 1.06, 1.03] {
        for t in [best.0 / ratio, best.0 * ratio] {
            if (TAUS[0]..=TAUS[TAUS.len() - 1]).contains(&t) {
                let other = at(&settling.settled(t));
                if other.1 < best.1 {
                    best = other;
                }
            }
        }
    }
    best.1.is_finite().then_some(best)
}

/// Sums over all points, for the normal equations of the exponential shapes: for comparing time constants, not for the fit.
struct Settling<'a> {
    u: &'a [f64],
    /// About its mean.
    y: Vec<f64>,
    sum_u: f64,
    sum_uu: f64,
    sum_y: f64,
    sum_uy: f64,
    sum_yy: f64,
    /// With the time constants that are tried first.
    rough: Vec<Settled>,
}

/// The sums in which the exponential column `s` of one time constant stands.
struct Settled {
    tau: f64,
    s: f64,
    ss: f64,
    su: f64,
    sy: f64,
}

impl<'a> Settling<'a> {
    fn new(u: &'a [f64], y: &[f64]) -> Self {
        let m = y.iter().sum::<f64>() / y.len() as f64;
        let y: Vec<f64> = y.iter().map(|v| v - m).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (sum_uu, sum_uy, sum_yy) = (dot(u, u), dot(u, &y), dot(&y, &y));
        let (sum_u, sum_y) = (u.iter().sum(), y.iter().sum());
        let mut settling = Self { u, y, sum_u, sum_uu, sum_y, sum_uy, sum_yy, rough: Vec::new() };
        settling.rough = TAUS.iter().map(|&tau| settling.settled(tau)).collect();
        settling
    }

    fn settled(&self, tau: f64) -> Settled {
        COLUMNS.with_borrow_mut(|columns| {
            let column = columns.of(self.u, tau);
            let sy = column.values.iter().zip(&self.y).map(|(s, y)| s * y).sum();
            Settled { tau, s: column.s, ss: column.ss, su: column.su, sy }
        })
    }

    /// Residual sum of squares of a level, `s`, and with [`Shape::SettlingLine`] a line.
    fn rss(&self, shape: Shape, with: &Settled) -> f64 {
        let n = self.u.len() as f64;
        let gram = [
            [n, with.s, self.sum_u, self.sum_y],
            [with.s, with.ss, with.su, with.sy],
            [self.sum_u, with.su, self.sum_uu, self.sum_uy],
        ];
        explained(gram, if shape == Shape::SettlingLine { 3 } else { 2 }, self.sum_yy)
    }
}

thread_local! {
    /// Those of the times to which a shape was fitted last: the types of a log are counted at the same ones.
    static COLUMNS: RefCell<Columns> = RefCell::default();
}

/// Exponential columns over the times `u`.
#[derive(Default)]
struct Columns {
    u: Vec<f64>,
    all: HashMap<u64, Column>,
}

/// One with its time constant, and sums of it, of its square, and of it times `u`.
struct Column {
    values: Vec<f64>,
    s: f64,
    ss: f64,
    su: f64,
}

impl Columns {
    fn of(&mut self, u: &[f64], tau: f64) -> &Column {
        if self.u != u {
            self.u = u.to_vec();
            self.all.clear();
        }
        self.all.entry(tau.to_bits()).or_insert_with(|| {
            let values = settle(u, tau);
            let sum = |of: &dyn Fn(f64, f64) -> f64| values.iter().zip(u).map(|(&s, &u)| of(s, u)).sum();
            let (s, ss, su) = (sum(&|s, _| s), sum(&|s, _| s * s), sum(&|s, u| s * u));
            Column { values, s, ss, su }
        })
    }
}

/// Gauss' elimination in the first `p` normal equations, their right sides in the last column: what each pivot takes off the
/// square sum is what its column explains. What is left comes back.
fn explained(mut gram: [[f64; 4]; 3], p: usize, square: f64) -> f64 {
    let mut rss = square;
    for i in 0..p {
        let pivot = gram[i][i];
        if pivot <= 1e-12 {
            return f64::INFINITY;
        }
        rss -= gram[i][3] * gram[i][3] / pivot;
        for j in i + 1..p {
            let f = gram[j][i] / pivot;
            for col in 0..4 {
                gram[j][col] -= f * gram[i][col];
            }
        }
    }
    rss.max(0.0)
}

/// How far an approach with time constant `tau` has come.
fn settle(u: &[f64], tau: f64) -> Vec<f64> {
    let mut column: Vec<f64> = u.iter().map(|u| u / tau).collect();
    decay(&mut column);
    column.iter_mut().for_each(|left| *left = 1.0 - *left);
    column
}

fn fitted(shape: Shape, u: &[f64], y: &[f64], bend: usize, tau: f64) -> Option<Fitted> {
    let fit = least_squares_unrefined(&shape.columns(u, bend, tau), y)?;
    Some(Fitted { shape, bend, tau, fit })
}

/// The bend with the least residuals: some forty places, then every place next to the best, since a bend one place off leaves
/// a false slope behind it.
fn best_bend(shape: Shape, sums: &Sums, n: usize) -> Option<usize> {
    let first = ((0.04 * n as f64) as usize).max(2);
    let last = ((0.96 * n as f64) as usize).min(n.checked_sub(3)?);
    if first > last {
        return None;
    }
    let stride = ((last - first) / (PLACES - 1)).max(1);
    let least = |range: &mut dyn Iterator<Item = usize>| {
        range.map(|k| (k, sums.rss(shape, k))).min_by(|a, b| a.1.total_cmp(&b.1)).map(|b| b.0)
    };
    let rough = least(&mut (first..=last).step_by(stride))?;
    least(&mut (rough.saturating_sub(stride).max(2)..=(rough + stride).min(n - 3)))
}

/// Running sums, so that the residuals of a bent shape cost the same however long the series is.
struct Sums {
    /// At `k`: sums over the points before it of 1, u, u², y, uy; `y` about its mean.
    before: Vec<[f64; 5]>,
    square: f64,
    u: Vec<f64>,
}

impl Sums {
    fn new(u: &[f64], y: &[f64]) -> Self {
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let mut before = vec![[0.0; 5]];
        let mut now = [0.0; 5];
        for (&a, &b) in u.iter().zip(y) {
            let b = b - mean;
            for (s, v) in now.iter_mut().zip([1.0, a, a * a, b, a * b]) {
                *s += v;
            }
            before.push(now);
        }
        Self { before, square: y.iter().map(|v| (v - mean) * (v - mean)).sum(), u: u.to_vec() }
    }

    /// Residual sum of squares of a shape without a time constant, with its bend at `k` if it has one; each column is a
    /// line on either side of it.
    fn rss(&self, shape: Shape, k: usize) -> f64 {
        let c = self.u[k];
        // (constant, slope) before and after the bend.
        let one = [(1.0, 0.0), (1.0, 0.0)];
        let up = [(0.0, 0.0), (-c, 1.0)];
        let down = [(0.0, 1.0), (c, 0.0)];
        let jump = [(0.0, 0.0), (1.0, 0.0)];
        let all = [(0.0, 1.0), (0.0, 1.0)];
        let (columns, p) = match shape {
            Shape::Level => ([one, one, one], 1),
            Shape::Line => ([one, all, one], 2),
            Shape::Step => ([one, jump, one], 2),
            Shape::Late => ([one, up, one], 2),
            Shape::Full => ([one, down, one], 2),
            Shape::Bent => ([one, down, up], 3),
            _ => ([one, jump, all], 3),
        };
        let end = self.before[self.before.len() - 1];
        let left = self.before[k];
        let right: [f64; 5] = std::array::from_fn(|i| end[i] - left[i]);
        let mut gram = [[0.0; 4]; 3];
        for i in 0..p {
            for j in 0..p {
                gram[i][j] = [left, right]
                    .iter()
                    .enumerate()
                    .map(|(side, s)| {
                        let ((a, b), (c, d)) = (columns[i][side], columns[j][side]);
                        a * c * s[0] + (a * d + b * c) * s[1] + b * d * s[2]
                    })
                    .sum();
            }
            gram[i][3] = [left, right]
                .iter()
                .enumerate()
                .map(|(side, s)| columns[i][side].0 * s[3] + columns[i][side].1 * s[4])
                .sum();
        }
        explained(gram, p, self.square)
    }
}
