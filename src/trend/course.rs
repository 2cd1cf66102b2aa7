//! One life, seen closely: what is computed of it once, and what can be asked of it.

use super::prepare::{Life, bottoms, despike, drawdown, noise, records};
use super::season;
use super::shape::{Choice, Fitted, ROUNDING, Shape, choose};
use super::thresholds::*;
use crate::stats::autocorrelation::{lag1, lag1_unbiased};
use crate::stats::linear::mean;
use crate::stats::rank::{block_bounds, blocks};
use crate::stats::slope::theil_sen;
use crate::stats::special::student_isf;

/// A life with all that is computed of it once.
pub(super) struct Course<'a> {
    pub(super) life: &'a Life,
    /// Time from 0 to 1.
    pub(super) u: Vec<f64>,
    /// Without spikes.
    pub(super) y: Vec<f64>,
    /// Without the cycle, too.
    pub(super) level: Vec<f64>,
    pub(super) period: Option<usize>,
    pub(super) seasonal: bool,
    pub(super) choice: Choice,
    pub(super) noise: f64,
    pub(super) sigma: f64,
    /// A walk without drift could have made these counts.
    pub(super) walk: bool,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Blocks of `level` to which shapes were fitted.
    pub(super) bu: Vec<f64>,
    pub(super) by: Vec<f64>,
}

impl<'a> Course<'a> {
    pub(super) fn new(life: &'a Life) -> Option<Self> {
        let y = despike(&life.y);
        let n = y.len();
        let span = life.x[n - 1] - life.x[0];
        if span <= 0.0 || !span.is_finite() {
            return None;
        }
        let u: Vec<f64> = life.x.iter().map(|x| (x - life.x[0]) / span).collect();
        let (mut level, mut seasonal) = (y.clone(), false);
        // Peaks never fall back, so they have no cycle.
        let period = if life.peaks_only { None } else { season::period(&y) };
        if let Some(p) = period {
            let flat = season::without_cycle(&y, p);
            if season::is_better(&y, &flat) {
                (level, seasonal) = (flat, true);
            }
        }
        let (bu, by) = blocks(&u, &level, SHAPE_POINTS);
        let choice = choose(&bu, &by)?;
        let (low, high) = range(&y);
        let noise = noise(&y);
        let (sigma, walk) = (0.0, false);
        let course = Self { life, noise, u, y, level, period, seasonal, sigma, walk, low, high, bu, by, choice };
        Some(course.measured())
    }

    /// With what the best shape leaves: its spread, and whether that may be a walk's.
    pub(super) fn measured(mut self) -> Self {
        let values = self.best().values(&self.by);
        let rest = self.u.iter().zip(&self.level).map(|(a, v)| v - interpolate(&self.bu, &values, *a));
        self.sigma = (rest.map(|r| r * r).sum::<f64>() / self.y.len() as f64).sqrt();
        self.walk = self.may_be_a_walk();
        self
    }

    /// The same life seen as one that still grows, where the shape that fits best has levelled off only just now: a few tables
    /// on a level are noise as often as an end. With true where chance alone may well have made them.
    pub(super) fn if_it_goes_on(&self) -> Option<(Self, bool)> {
        let growing = self.choice.growing.clone()?;
        let level_since = match self.best().shape {
            Shape::Full => self.bu[self.best().bend],
            _ => 3.0 * self.best().tau,
        };
        let tables = self.u.iter().filter(|u| **u >= level_since).count();
        if tables >= LEAST_TABLES_AFTER_ONSET && 1.0 - level_since >= SETTLED {
            return None;
        }
        let choice = Choice { best: growing, growing: None, ..self.choice.clone() };
        let copy = Self {
            life: self.life,
            u: self.u.clone(),
            y: self.y.clone(),
            level: self.level.clone(),
            bu: self.bu.clone(),
            by: self.by.clone(),
            choice,
            ..*self
        };
        let from = self.u.partition_point(|u| *u < level_since);
        let steps: Vec<f64> = self.level[..from.max(2)].windows(2).map(|w| w[1] - w[0]).collect();
        let m = mean(&steps);
        let sd = (steps.iter().map(|s| (s - m) * (s - m)).sum::<f64>() / steps.len() as f64).sqrt();
        let came = self.level[self.level.len() - 1] - self.level[from.min(self.level.len() - 1)];
        let missing = (m * tables as f64 - came) / (sd * (tables as f64).sqrt()).max(ROUNDING);
        Some((copy.measured(), self.best().shape == Shape::Full && missing < SURELY_MISSING))
    }

    pub(super) fn best(&self) -> &Fitted {
        &self.choice.best
    }

    /// Place of the bend in time, 0 where the shape has none that matters for growth.
    pub(super) fn bend_u(&self) -> f64 {
        match self.best().shape {
            Shape::Late | Shape::Bent | Shape::StepLine => self.bu[self.best().bend],
            _ => 0.0,
        }
    }

    pub(super) fn end_z(&self) -> f64 {
        self.best().end_z()
    }

    pub(super) fn degrees(&self) -> f64 {
        (self.choice.effective - self.best().shape.parameters() as f64).max(2.0)
    }

    pub(super) fn is_white(&self) -> bool {
        self.choice.rho < WHITE && self.choice.effective >= 20.0
    }

    /// The t that the end slope must reach.
    pub(super) fn needed(&self) -> f64 {
        student_isf(if self.is_white() { P_WHITE } else { P_CORRELATED }, self.degrees())
    }

    /// Growth since `from` over how far a walk without drift strays in that time. Only where the counts are such a walk.
    pub(super) fn walk_z(&self, from: usize) -> f64 {
        let n = (self.level.len() - from).saturating_sub(1) as f64;
        if n < 2.0 {
            return 0.0;
        }
        (self.level[self.level.len() - 1] - self.level[from]) / (n * self.step_variance(from).max(1e-9)).sqrt()
    }

    /// Whether one table brings most of the growth after `bend`.
    pub(super) fn one_jump(&self, bend: f64) -> bool {
        let from = self.u.partition_point(|u| *u < bend).saturating_sub(1);
        let ups: Vec<f64> = self.y[from..].windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).collect();
        let (sum, top) = (ups.iter().sum::<f64>(), ups.iter().copied().fold(0.0, f64::max));
        let net = (self.y[self.y.len() - 1] - self.y[0]).max(1e-9);
        !ups.is_empty() && top > ONE_JUMP * sum && (top > ONE_JUMP * net || self.best().shape == Shape::Late)
    }

    /// Slopes of all of `after` and of its last part, per unit of `u`.
    pub(super) fn late(&self, after: &[usize]) -> (f64, f64) {
        let slope = |range: &[usize]| {
            let u: Vec<f64> = range.iter().map(|&i| self.u[i]).collect();
            let v: Vec<f64> = range.iter().map(|&i| self.level[i]).collect();
            let (u, v) = blocks(&u, &v, SHAPE_POINTS);
            theil_sen(&u, &v).unwrap_or(0.0)
        };
        let (first, last) = (self.u[after[0]], self.u[after[after.len() - 1]]);
        let from = first + (1.0 - LATE_PART) * (last - first);
        let part: Vec<usize> = after.iter().copied().filter(|&i| self.u[i] >= from).collect();
        let whole = slope(after);
        (whole, if part.len() >= 4 { slope(&part) } else { whole })
    }

    pub(super) fn late_error(&self, after: &[usize]) -> f64 {
        let length = self.u[after[after.len() - 1]] - self.u[after[0]];
        let part = LATE_PART * length;
        if part <= 0.0 {
            return f64::INFINITY;
        }
        let points = (self.choice.effective * part).max(3.0);
        12.0_f64.sqrt() * self.sigma.max(0.29) / (part * points.sqrt())
    }

    /// How many new highs there are, and which share of the tables comes after the last.
    pub(super) fn tail(&self) -> (usize, f64) {
        let highs = records(&self.y);
        let last = highs.last().copied().unwrap_or(0) as f64;
        let tail = 1.0 - last / (self.y.len() - 1) as f64;
        // Noise makes small new highs on a level, too.
        let best = self.best();
        (highs.len(), if best.shape == Shape::Full { tail.max(1.0 - self.bu[best.bend]) } else { tail })
    }

    /// Whether no new high comes for longer than chance makes it, and than it was once before: what rests at weekends goes
    /// on after them.
    pub(super) fn is_flat(&self, highs: usize, tail: f64) -> bool {
        let flat =
            highs >= 3 && tail > LEAST_TAIL && (1.0 - tail).powi(highs as i32) < P_FLAT_TAIL && self.noise <= 1.0;
        flat && !self.has_paused(tail)
    }

    /// Whether for about as long as the last part of the log no new high came before, and then as many more as before.
    pub(super) fn has_paused(&self, tail: f64) -> bool {
        let highs = records(&self.y);
        let long = PAUSE * tail * (self.y.len() - 1) as f64;
        let goes_on = |(i, pause): (usize, &[usize])| {
            let rate = |highs: usize, tables: usize| highs as f64 / tables.max(1) as f64;
            let before = rate(i, pause[0]);
            let after = rate(highs.len() - 1 - i, highs[highs.len() - 1] - pause[1]);
            (pause[1] - pause[0]) as f64 >= long && i >= FEW_RISES / 2 && 2.0 * after >= before
        };
        tail > LEAST_TAIL && highs.windows(2).enumerate().any(goes_on)
    }

    /// Whether a walk without drift could have made these counts: neighbours resemble each other too much, or, where there are
    /// too few to see that after a shape was fitted, steps do not take each other back as those of noise do.
    fn may_be_a_walk(&self) -> bool {
        let best = self.best();
        let points = best.fit.residuals.len() as f64;
        let memory = lag1_unbiased(&best.fit.residuals, best.shape.parameters());
        if memory > WALK.max(1.0 - UNIT_ROOT / points) {
            return true;
        }
        if self.y.len() >= ENOUGH_FOR_MEMORY {
            return false;
        }
        let steps: Vec<f64> = self.level.windows(2).map(|w| w[1] - w[0]).collect();
        let m = mean(&steps);
        lag1(&steps.iter().map(|s| s - m).collect::<Vec<_>>()) > TAKEN_BACK
    }

    /// How far the counts fell from a high, since growth began.
    pub(super) fn fall(&self, after: &[usize]) -> f64 {
        let fall = drawdown(&self.level);
        if self.best().shape != Shape::Late {
            return fall;
        }
        let part: Vec<f64> = after.iter().map(|&i| self.level[i]).collect();
        drawdown(&part).max(0.4 * fall)
    }

    /// Whether what grew has fallen back before, other than by noise without memory.
    pub(super) fn falls_back(&self, after: &[usize], growth: f64) -> bool {
        let fall = self.fall(after);
        let noise = self.is_white() && fall < 9.0 * self.sigma.max(self.noise);
        fall > FALLS_BACK * growth.min(self.high - self.low).max(1e-9) && !noise
    }

    /// Whether, where counts fall back, the bottoms of the falls rise: garbage comes and goes on top of what stays.
    pub(super) fn troughs_rise(&self, after: &[usize], growth: f64, z: f64, need: f64) -> bool {
        let at = bottoms(&self.level, 0.4 * self.fall(after));
        if at.len() >= 3 && growth > 0.0 {
            let low: Vec<f64> = at.iter().map(|&i| self.level[i]).collect();
            let (mut up, mut pairs) = (0.0, 0.0);
            for i in 0..low.len() {
                for j in i + 1..low.len() {
                    pairs += 1.0;
                    up += if low[j] > low[i] { 1.0 } else { -f64::from(low[j] < low[i]) };
                }
            }
            let (first, last) = (at[0], at[at.len() - 1]);
            let expected = self.best().end_slope() * (self.u[last] - self.u[first]);
            let rise = low[low.len() - 1] - low[0];
            if up / pairs >= 0.6 && rise >= LEAST_GROWTH.max(3.0 * self.noise).max(0.4 * expected) {
                return true;
            }
        }
        if !self.seasonal || z < 1.5 * need {
            return false;
        }
        let n = self.y.len();
        let mut parts = (n / 6).clamp(3, 8);
        if let Some(p) = self.period.filter(|p| n / p >= 3) {
            parts = parts.min(n / p);
        }
        let least = |(a, b): (usize, usize)| self.y[a..b].iter().copied().fold(f64::INFINITY, f64::min);
        let troughs: Vec<f64> = block_bounds(n, parts).into_iter().map(least).collect();
        let last = troughs[troughs.len() - 1];
        last > troughs[troughs.len() / 2] && last > troughs[0]
    }

    /// Whether, where a cycle's falls take back most of what grows along `slope` since the table `onset`, the counts come
    /// less far down each time: a cycle that was seen hardly more than twice leaves a slope behind when it is taken out.
    pub(super) fn floors_rise(&self, onset: usize, slope: f64) -> bool {
        let (x, y) = (&self.life.x[onset..], &self.y[onset..]);
        let fall = drawdown(y);
        if !self.seasonal || fall <= FALLS_BACK * slope * (x[x.len() - 1] - x[0]) {
            return true;
        }
        let mut floors = bottoms(y, 0.4 * fall);
        let Some(&first) = floors.first() else { return true };
        // What it began with is a floor, too, if it began low.
        let top = (0..first).max_by(|&a, &b| y[a].total_cmp(&y[b])).unwrap_or(0);
        let begin = (0..top).filter(|&i| y[i] < y[first] + 0.25 * fall).min_by(|&a, &b| y[a].total_cmp(&y[b]));
        floors.splice(0..0, begin);
        let at = |v: &[f64]| floors.iter().map(|&i| v[i]).collect::<Vec<_>>();
        floors.len() < 2 || theil_sen(&at(x), &at(y)).is_some_and(|rise| rise >= 0.4 * slope)
    }

    /// Whether new highs since `onset` come all the time and no less in the end: chance would leave the longest wait between two
    /// of them with a probability that is not tiny. Nights of a load are waits, too, but there are several of them.
    pub(super) fn keeps_peaking(&self, onset: usize) -> bool {
        let n = self.y.len();
        let mut at: Vec<usize> = records(&self.y).into_iter().filter(|&i| i > onset).collect();
        let highs = at.len();
        at.insert(0, onset);
        at.push(n - 1);
        let mut waits: Vec<f64> = at.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
        waits.sort_by(|a, b| b.total_cmp(a));
        let share = waits[0] / (n - 1 - onset).max(1) as f64;
        let by_chance = highs as f64 * (1.0 - share).powi(highs.saturating_sub(1) as i32);
        let nights = waits.get(2).is_some_and(|third| *third >= 0.6 * waits[0]);
        let warm = if self.best().shape == Shape::SettlingLine { (5.0 * self.best().tau).min(0.5) } else { 0.0 };
        let since: Vec<usize> = (onset..n).filter(|&i| self.u[i] >= warm).collect();
        (by_chance >= P_FLAT_TAIL || nights) && !self.slows_down(&since)
    }

    /// Whether less than half as much grows in the last third of `range` as in the first, and not by the chance of a walk.
    pub(super) fn slows_down(&self, range: &[usize]) -> bool {
        let n = range.len();
        if n < 6 {
            return false;
        }
        let at = |k: usize| self.level[range[k]];
        let (first, last) = (at(n / 3) - at(0), at(n - 1) - at(n - 1 - n / 3));
        let stray = || (2.0 * self.step_variance(range[0]) * (n / 3) as f64).sqrt();
        last < 0.5 * first && !(self.walk && first - last < SLOWER_Z * stray())
    }

    /// Whether the few rises there are come earlier than chance would have them: what is loaded when it is first wanted comes
    /// so. Laplace's test; with many rises a warm-up before a leak would look the same.
    pub(super) fn fades(&self) -> bool {
        // What was quiet until it began begins there.
        let begun = if self.best().shape == Shape::Late { self.bend_u() } else { 0.0 };
        let rises = self.level.windows(2).zip(&self.u[1..]).filter(|(w, u)| w[1] > w[0] && **u > begun);
        let places: Vec<f64> = rises.map(|(_, u)| (u - begun) / (1.0 - begun)).collect();
        let k = places.len() as f64;
        places.len() < FEW_RISES && (mean(&places) - 0.5) * (12.0 * k).sqrt() < -FADES_Z
    }

    /// Variance of the steps from table `from` on.
    fn step_variance(&self, from: usize) -> f64 {
        let steps: Vec<f64> = self.level[from..].windows(2).map(|w| w[1] - w[0]).collect();
        let m = mean(&steps);
        steps.iter().map(|s| (s - m) * (s - m)).sum::<f64>() / (steps.len() as f64 - 1.0).max(1.0)
    }

    /// Whether since the last bend far less has come than before it would have.
    pub(super) fn has_just_ended(&self) -> bool {
        let best = self.best();
        if !matches!(best.shape, Shape::Full | Shape::Bent) || self.has_paused(self.tail().1) {
            return false;
        }
        let bend = self.bu[best.bend];
        let expected = best.fit.beta[1] * (1.0 - bend);
        let values = best.values(&self.by);
        let came = values[values.len() - 1] - values[best.bend];
        expected >= (2.0 * LEAST_GROWTH).max(4.0 * self.noise) && came < 0.3 * expected
    }
}

pub(super) fn range(y: &[f64]) -> (f64, f64) {
    y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)))
}

/// Linear interpolation in rising `x`; level beyond the ends.
fn interpolate(x: &[f64], y: &[f64], at: f64) -> f64 {
    let k = x.partition_point(|v| *v < at);
    if k == 0 {
        return y.first().copied().unwrap_or(0.0);
    }
    if k == x.len() {
        return y.last().copied().unwrap_or(0.0);
    }
    let f = (at - x[k - 1]) / (x[k] - x[k - 1]);
    y[k - 1] + f * (y[k] - y[k - 1])
}
