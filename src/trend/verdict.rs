//! One life of a type comes in, its verdict goes out, with the evidence that made it.

use super::Verdict;
use super::course::{Course, range};
use super::prepare::{Life, bottoms, drawdown, records_z};
use super::shape::Shape;
use super::thresholds::*;
use crate::stats::rank::median;
use crate::stats::special::{normal_sf, student_sf};

/// Which rule found a leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The slope at the end of the shape that fits best.
    Slope,
    /// The same phase of each cycle is higher than in the one before.
    Cycles,
    /// It hardly ever falls, and goes on rising in every part.
    Steady,
    /// Several lives, each too short, taken together.
    Pooled,
    /// Its own counts leave it open, but they follow a leak's.
    Company,
}

/// What one life says of a type.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The opinion.
    pub(super) verdict: Verdict,
    /// Growth per unit of `x` since `onset`; 0 for all but leaks.
    pub(super) slope: f64,
    /// Standard error of it.
    pub(super) slope_se: f64,
    /// Rate and standard error of the last part of the growth, where that is faster or slower than all of it by more than
    /// chance.
    pub(super) lately: Option<(f64, f64)>,
    /// Index of the table where growth began; 0 for all but leaks.
    pub(super) onset: usize,
    /// One-sided probability of such an end slope without a trend.
    pub(super) p: f64,
    /// Which rule, for leaks.
    pub(super) rule: Option<Rule>,
    /// Period of a load cycle, in tables.
    pub(super) period: Option<usize>,
    /// Best shape.
    pub(super) shape: Option<Shape>,
    /// Points `(index, value)` of what was fitted, for the picture; standard deviation about it.
    pub(super) fit: Vec<(usize, f64)>,
    /// Standard deviation of the counts about the fit.
    pub(super) sigma: f64,
    /// What it is if the company of a leak decides.
    pub(super) almost: Option<Box<Reading>>,
}

impl Reading {
    pub(super) fn plain(verdict: Verdict) -> Self {
        Self {
            verdict,
            slope: 0.0,
            slope_se: 0.0,
            lately: None,
            onset: 0,
            p: 1.0,
            rule: None,
            period: None,
            shape: None,
            fit: Vec::new(),
            sigma: 0.0,
            almost: None,
        }
    }
}

/// Judges one life.
pub(super) fn read(life: &Life) -> Reading {
    let n = life.len();
    // Where only peaks are printed, few rows are an answer, not a lack of one.
    if n < LEAST_TABLES || !life.peaks_only && life.n_seen() < LEAST_TABLES - 1 {
        return short(life);
    }
    let (low, high) = range(&life.y);
    if high - low <= 0.0 {
        return Reading::plain(Verdict::Stable);
    }
    Course::new(life).map_or_else(|| Reading::plain(Verdict::Unclear), |c| c.read())
}

/// Too few tables for shapes: nothing moves, or nobody knows.
fn short(life: &Life) -> Reading {
    let seen: Vec<f64> = life.y.iter().zip(&life.seen).filter(|(_, s)| **s).map(|(v, _)| *v).collect();
    let (low, high) = range(&seen);
    Reading::plain(if high - low <= 1.0 {
        Verdict::Stable
    } else if seen.len() == life.len() && one_step(&life.y).is_some_and(|at| life.len() - at >= 3) {
        Verdict::Step
    } else {
        Verdict::Unclear
    })
}

/// The table at which counts that are the same before and after jump up, once, by enough to be told.
fn one_step(y: &[f64]) -> Option<usize> {
    let at = y.windows(2).position(|w| w[0] != w[1])? + 1;
    let (before, after) = (y[0], y[at]);
    let stays = y[at..].iter().all(|v| (v - after).abs() <= 1.0);
    (after - before > STILL.max(STILL_SHARE * after) && stays).then_some(at)
}

impl Course<'_> {
    fn read(&self) -> Reading {
        // Where only new peaks are printed, they must come more often than chance makes them.
        let few_peaks = self.life.peaks_only && records_z(self.tail().0, self.y.len()) < RECORDS_Z;
        let (mut leak, mut almost) = (None, None);
        if !few_peaks {
            match self.leak_by_slope() {
                Some((reading, true)) => leak = Some(reading),
                Some((reading, false)) => almost = Some(reading),
                None => {}
            }
            leak = leak.or_else(|| self.leak_by_cycles()).or_else(|| self.leak_steadily());
            if leak.is_none() && almost.is_none() {
                let goes_on = self.if_it_goes_on();
                match goes_on.and_then(|(course, by_chance)| Some((course.leak_by_slope()?, by_chance))) {
                    Some(((reading, true), true)) => leak = Some(reading),
                    Some(((reading, _), _)) => almost = Some(reading),
                    None => {}
                }
            }
        }
        // Peaks hide every fall: those of a cycle, of a walk or of a cache come in bouts, those of a leak keep coming.
        if self.life.peaks_only && leak.as_ref().is_some_and(|l| !self.keeps_peaking(l.onset)) {
            almost = leak.take();
        }
        let mut reading = leak.unwrap_or_else(|| Reading::plain(self.harmless()));
        if reading.verdict != Verdict::Leak {
            if almost.is_some() && !matches!(reading.verdict, Verdict::Stable | Verdict::Shrinking) {
                reading.verdict = Verdict::Unclear;
            }
            reading.almost = almost.map(Box::new);
        }
        reading.lately = if reading.verdict == Verdict::Leak { self.lately(&reading) } else { None };
        reading.p = self.p_value(reading.rule);
        reading.period = self.period.filter(|_| self.seasonal);
        reading.shape = Some(self.choice.best.shape);
        reading.sigma = self.sigma;
        if reading.fit.is_empty() {
            reading.fit = self.fit_points();
        }
        reading
    }

    /// Probability of such an end slope without a trend; where a rule without a model found the leak, that of so many rises
    /// or cycles in a row, if less.
    fn p_value(&self, rule: Option<Rule>) -> f64 {
        let slope = student_sf(self.end_z(), self.degrees());
        let in_a_row = |k: usize| 0.5_f64.powi(k.min(900) as i32);
        match rule {
            Some(Rule::Steady) => slope.min(in_a_row(self.tail().0)),
            Some(Rule::Cycles) => slope.min(in_a_row(self.y.len() / self.period.unwrap_or(1).max(1))),
            Some(Rule::Slope) if self.walk => slope.min(normal_sf(self.walk_z(0))),
            _ => slope,
        }
    }

    /// Which of the harmless shapes it is.
    fn harmless(&self) -> Verdict {
        let y = &self.y;
        let n = y.len();
        let w = (n / 12).max(3);
        let net = median(&y[n - w..]).unwrap_or(0.0) - median(&y[..w]).unwrap_or(0.0);
        let rise = self.high - self.low;
        let level = median(y).unwrap_or(0.0);
        let (highs, tail) = self.tail();
        if one_step(y).is_some() {
            return Verdict::Step;
        }
        let small = rise <= STILL.max(5.0 * self.noise).max(0.003 * level)
            || (net != 0.0 && net.abs() <= 2.0_f64.max(2.5 * self.noise).max(0.004 * level) && self.end_z() < 4.0);
        if small && !self.is_flat(highs, tail) {
            return Verdict::Stable;
        }
        let fall = drawdown(y);
        if self.seasonal
            || (fall > 0.45 * rise && rise > (8.0 * self.noise).max(0.1 * level).max(10.0) && net.abs() < 0.5 * rise)
        {
            // One rise and one fall are no cycle yet: it may have been a restart.
            let once = !self.seasonal && bottoms(&self.level, 0.4 * fall).len() < 2 && net.abs() > 0.2 * rise;
            return match rise > (0.05 * level).max(8.0) {
                true if once => Verdict::Unclear,
                true => Verdict::Cyclic,
                false => Verdict::Stable,
            };
        }
        let shape = self.best().shape;
        if net < 0.0 && shape != Shape::Level {
            return if -net > (3.0 * self.noise).max(0.02 * level) { Verdict::Shrinking } else { Verdict::Stable };
        }
        // Several jumps are a start-up, one is a step.
        let ups = y.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0);
        let in_one = self.noise > 1.0 || ups.fold(0.0, f64::max) >= MOST_IN_ONE * rise;
        if (shape == Shape::Step || (net > 0.0 && highs <= 2)) && in_one {
            return if net > (3.0 * self.noise).max(2.0) { Verdict::Step } else { Verdict::Stable };
        }
        if shape != Shape::Level && net > (2.5 * self.noise).max(2.0) {
            // What still rises has not levelled off, and what has fallen from its height has not either.
            let third = y[n - 1] - y[n - 1 - n / 3];
            let rising = tail < STILL_RISING && third > STILL.max(0.2 * net).max(5.0 * self.noise);
            let fallen = fall > 0.25 * rise && fall > 8.0 * self.noise.max(1.0);
            return if rising || fallen { Verdict::Unclear } else { Verdict::Saturating };
        }
        Verdict::Stable
    }

    /// The best shape, for the picture: the points at which it bends.
    fn fit_points(&self) -> Vec<(usize, f64)> {
        let values = self.best().values(&self.by);
        let n = self.y.len();
        let m = values.len();
        let mut at: Vec<usize> = match self.best().shape {
            Shape::Level | Shape::Line => vec![0, m - 1],
            Shape::Settling | Shape::SettlingLine => (0..=12).map(|k| k * (m - 1) / 12).collect(),
            _ => vec![0, self.best().bend.saturating_sub(1), self.best().bend, m - 1],
        };
        at.sort_unstable();
        at.dedup();
        let mut out: Vec<(usize, f64)> =
            at.into_iter().map(|k| (self.u.partition_point(|u| *u < self.bu[k]).min(n - 1), values[k])).collect();
        out.dedup_by_key(|p| p.0);
        out
    }
}

/// One-sided p of a z, for the rest of the room.
pub(super) fn p_of_z(z: f64) -> f64 {
    normal_sf(z)
}
