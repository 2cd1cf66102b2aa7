//! One life of a type comes in, its verdict goes out, with the evidence that made it.

use super::Verdict;
use super::prepare::{Life, bottoms, despike, drawdown, noise, records, records_z};
use super::season;
use super::shape::{Choice, Fitted, ROUNDING, Shape, choose};
use super::thresholds::*;
use crate::stats::autocorrelation::{lag1, lag1_unbiased};
use crate::stats::linear::{line, mean};
use crate::stats::rank::{block_bounds, blocks, median};
use crate::stats::slope::theil_sen;
use crate::stats::special::{normal_sf, student_isf, student_sf};

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
    /// Index of the table where growth began; 0 for all but leaks.
    pub(super) onset: usize,
    /// One-sided probability of such an end slope without a trend.
    pub(super) p: f64,
    /// Which rule, for leaks.
    pub(super) rule: Option<Rule>,
    /// How far the evidence goes beyond what is needed; 1 is just enough.
    pub(super) margin: f64,
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
    fn plain(verdict: Verdict) -> Self {
        Self {
            verdict,
            slope: 0.0,
            slope_se: 0.0,
            onset: 0,
            p: 1.0,
            rule: None,
            margin: 0.0,
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

fn range(y: &[f64]) -> (f64, f64) {
    y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)))
}

/// A life with all that is computed of it once.
struct Course<'a> {
    life: &'a Life,
    /// Time from 0 to 1.
    u: Vec<f64>,
    /// Without spikes.
    y: Vec<f64>,
    /// Without the cycle, too.
    level: Vec<f64>,
    period: Option<usize>,
    seasonal: bool,
    choice: Choice,
    noise: f64,
    sigma: f64,
    low: f64,
    high: f64,
    /// Blocks of `level` to which shapes were fitted.
    bu: Vec<f64>,
    by: Vec<f64>,
}

impl<'a> Course<'a> {
    fn new(life: &'a Life) -> Option<Self> {
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
        let course = Self { life, noise, u, y, level, period, seasonal, sigma: 0.0, low, high, bu, by, choice };
        Some(course.measured())
    }

    /// With the spread about the best shape.
    fn measured(mut self) -> Self {
        let values = self.best().values(&self.by);
        let rest = self.u.iter().zip(&self.level).map(|(a, v)| v - interpolate(&self.bu, &values, *a));
        self.sigma = (rest.map(|r| r * r).sum::<f64>() / self.y.len() as f64).sqrt();
        self
    }

    /// The same life seen as one that still grows, where the shape that fits best has levelled off only just now: a few tables
    /// on a level are noise as often as an end. With true where chance alone may well have made them.
    fn if_it_goes_on(&self) -> Option<(Self, bool)> {
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
        let mut reading = leak.unwrap_or_else(|| Reading::plain(self.harmless()));
        if reading.verdict != Verdict::Leak {
            if almost.is_some() && !matches!(reading.verdict, Verdict::Stable | Verdict::Shrinking) {
                reading.verdict = Verdict::Unclear;
            }
            reading.almost = almost.map(Box::new);
        }
        reading.p = self.p_value(reading.rule);
        reading.period = self.period.filter(|_| self.seasonal);
        reading.shape = Some(self.choice.best.shape);
        reading.sigma = self.sigma;
        if reading.fit.is_empty() {
            reading.fit = self.fit_points();
        }
        reading
    }

    fn best(&self) -> &Fitted {
        &self.choice.best
    }

    /// Place of the bend in time, 0 where the shape has none that matters for growth.
    fn bend_u(&self) -> f64 {
        match self.best().shape {
            Shape::Late | Shape::Bent | Shape::StepLine => self.bu[self.best().bend],
            _ => 0.0,
        }
    }

    fn end_z(&self) -> f64 {
        self.best().end_z()
    }

    fn degrees(&self) -> f64 {
        (self.choice.effective - self.best().shape.parameters() as f64).max(2.0)
    }

    fn is_white(&self) -> bool {
        self.choice.rho < WHITE && self.choice.effective >= 20.0
    }

    /// The t that the end slope must reach.
    fn needed(&self) -> f64 {
        student_isf(if self.is_white() { P_WHITE } else { P_CORRELATED }, self.degrees())
    }

    /// Probability of such an end slope without a trend; where a rule without a model found the leak, that of so many rises
    /// or cycles in a row, if less.
    fn p_value(&self, rule: Option<Rule>) -> f64 {
        let slope = student_sf(self.end_z(), self.degrees());
        let in_a_row = |k: usize| 0.5_f64.powi(k.min(900) as i32);
        match rule {
            Some(Rule::Steady) => slope.min(in_a_row(self.tail().0)),
            Some(Rule::Cycles) => slope.min(in_a_row(self.y.len() / self.period.unwrap_or(1).max(1))),
            Some(Rule::Slope) if self.may_be_a_walk() => slope.min(normal_sf(self.walk_z(0))),
            _ => slope,
        }
    }

    /// Growth since `from` over how far a walk without drift strays in that time. Only where the counts are such a walk.
    fn walk_z(&self, from: usize) -> f64 {
        let steps: Vec<f64> = self.level[from..].windows(2).map(|w| w[1] - w[0]).collect();
        let n = steps.len() as f64;
        if n < 2.0 {
            return 0.0;
        }
        let m = mean(&steps);
        let var = steps.iter().map(|s| (s - m) * (s - m)).sum::<f64>() / (n - 1.0);
        steps.iter().sum::<f64>() / (n * var.max(1e-9)).sqrt()
    }

    /// Growth to the end by the shape that fits best. The second is whether the counts alone prove it, or leave open that a
    /// walk, a cycle or noise made it; then the company of a leak can still decide.
    fn leak_by_slope(&self) -> Option<(Reading, bool)> {
        let best = self.best();
        let (slope, z, need) = (best.end_slope(), self.end_z(), self.needed());
        let bend = self.bend_u();
        let n = self.y.len();
        let after: Vec<usize> = (0..n).filter(|&i| self.u[i] >= bend).collect();
        let line = if self.may_be_a_walk() { LEAST_Z } else { 0.4 * need };
        if slope <= 0.0 || z < line || after.len() < LEAST_TABLES_AFTER_ONSET || self.one_jump(bend) {
            return None;
        }
        let growth = slope * (self.bu[self.bu.len() - 1] - bend);
        let (whole, late) = self.late(&after);
        let (new_highs, tail) = self.tail();
        let ended = late <= LATE_SHARE * whole
            && (self.is_flat(new_highs, tail) || whole - late > 3.0 * self.late_error(&after));
        let small = growth < LEAST_GROWTH.max(LEAST_GROWTH_IN_NOISE * self.sigma);
        let at_the_end = best.shape == Shape::Late && 1.0 - bend < 0.06 && growth < 0.3 * (self.high - self.low);
        let rises = self.level[after[0]..].windows(2).filter(|w| w[1] > w[0]).count();
        if ended || small || at_the_end || rises < LEAST_RISES {
            return None;
        }
        let falls_back = self.falls_back(&after, growth);
        let troughs_rise = falls_back && self.troughs_rise(&after, growth, z, need);
        let (onset, from) = self.growth_begins(after);
        // Counts that are a sum of chance arrivals are a walk about any line; then its drift is what counts, not the line.
        let walk = self.walk_z(from[0]);
        let stands_out = if troughs_rise || !self.may_be_a_walk() {
            z >= need
        } else if best.shape == Shape::SettlingLine {
            walk >= SURE_WALK_Z
        } else {
            z >= need && walk >= WALK_Z || walk >= SURE_WALK_Z && !self.slows_down(&from)
        };
        let settling = best.shape == Shape::SettlingLine && self.slows_down(&from);
        let proven = stands_out && !settling && (!falls_back || troughs_rise);
        let (slope, se) = self.rate(&from);
        let onset = self.hidden_start(slope, onset);
        let reading = Reading {
            slope,
            slope_se: se,
            onset,
            rule: Some(Rule::Slope),
            margin: z / need,
            fit: self.line_through(onset, slope),
            ..Reading::plain(Verdict::Leak)
        };
        Some((reading, proven))
    }

    /// Whether one table brings most of the growth after `bend`.
    fn one_jump(&self, bend: f64) -> bool {
        let from = self.u.partition_point(|u| *u < bend).saturating_sub(1);
        let ups: Vec<f64> = self.y[from..].windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).collect();
        let (sum, top) = (ups.iter().sum::<f64>(), ups.iter().copied().fold(0.0, f64::max));
        let net = (self.y[self.y.len() - 1] - self.y[0]).max(1e-9);
        !ups.is_empty() && top > ONE_JUMP * sum && (top > ONE_JUMP * net || self.best().shape == Shape::Late)
    }

    /// Slopes of all of `after` and of its last part, per unit of `u`.
    fn late(&self, after: &[usize]) -> (f64, f64) {
        let slope = |range: &[usize]| {
            let u: Vec<f64> = range.iter().map(|&i| self.u[i]).collect();
            let v: Vec<f64> = range.iter().map(|&i| self.level[i]).collect();
            let (u, v) = blocks(&u, &v, 2 * SHAPE_POINTS);
            theil_sen(&u, &v).unwrap_or(0.0)
        };
        let (first, last) = (self.u[after[0]], self.u[after[after.len() - 1]]);
        let from = first + (1.0 - LATE_PART) * (last - first);
        let part: Vec<usize> = after.iter().copied().filter(|&i| self.u[i] >= from).collect();
        let whole = slope(after);
        (whole, if part.len() >= 4 { slope(&part) } else { whole })
    }

    fn late_error(&self, after: &[usize]) -> f64 {
        let length = self.u[after[after.len() - 1]] - self.u[after[0]];
        let part = LATE_PART * length;
        if part <= 0.0 {
            return f64::INFINITY;
        }
        let points = (self.choice.effective * part).max(3.0);
        12.0_f64.sqrt() * self.sigma.max(0.29) / (part * points.sqrt())
    }

    /// How many new highs there are, and which share of the tables comes after the last.
    fn tail(&self) -> (usize, f64) {
        let highs = records(&self.y);
        let last = highs.last().copied().unwrap_or(0) as f64;
        let tail = 1.0 - last / (self.y.len() - 1) as f64;
        // Noise makes small new highs on a level, too.
        let best = self.best();
        (highs.len(), if best.shape == Shape::Full { tail.max(1.0 - self.bu[best.bend]) } else { tail })
    }

    fn is_flat(&self, highs: usize, tail: f64) -> bool {
        highs >= 3 && tail > 0.08 && (1.0 - tail).powi(highs as i32) < P_FLAT_TAIL && self.noise <= 1.0
    }

    /// Whether neighbouring counts resemble each other so much that a walk without drift could have made them.
    fn may_be_a_walk(&self) -> bool {
        lag1_unbiased(&self.best().fit.residuals, self.best().shape.parameters()) > WALK
    }

    /// How far the counts fell from a high, since growth began.
    fn fall(&self, after: &[usize]) -> f64 {
        let fall = drawdown(&self.level);
        if self.best().shape != Shape::Late {
            return fall;
        }
        let part: Vec<f64> = after.iter().map(|&i| self.level[i]).collect();
        drawdown(&part).max(0.4 * fall)
    }

    /// Whether what grew has fallen back before, other than by noise without memory.
    fn falls_back(&self, after: &[usize], growth: f64) -> bool {
        let fall = self.fall(after);
        let noise = self.is_white() && fall < 9.0 * self.sigma.max(self.noise);
        fall > FALLS_BACK * growth.min(self.high - self.low).max(1e-9) && !noise
    }

    /// Whether, where counts fall back, the bottoms of the falls rise: garbage comes and goes on top of what stays.
    fn troughs_rise(&self, after: &[usize], growth: f64, z: f64, need: f64) -> bool {
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

    /// Whether less than half as much grows in the last third of `range` as in the first.
    fn slows_down(&self, range: &[usize]) -> bool {
        let n = range.len();
        if n < 6 {
            return false;
        }
        let at = |k: usize| self.level[range[k]];
        at(n - 1) - at(n - 1 - n / 3) < 0.5 * (at(n / 3) - at(0))
    }

    /// Onset, and the tables over which the rate is to be measured: all since growth began, but not a warm-up.
    fn growth_begins(&self, after: Vec<usize>) -> (usize, Vec<usize>) {
        let best = self.best();
        let all: Vec<usize> = (0..self.y.len()).collect();
        let b = &best.fit.beta;
        match best.shape {
            Shape::Late => (after[0], after),
            // It grew before the bend, too: one leak, unless the first part was a much faster warm-up.
            Shape::Bent if b[1] > 0.25 * b[2] => (0, if b[1] < 2.5 * b[2] { all } else { after }),
            Shape::Bent => (after[0], after),
            Shape::SettlingLine => {
                let from = (5.0 * best.tau).min(0.5);
                (0, all.into_iter().filter(|&i| self.u[i] >= from).collect())
            }
            _ => (0, all),
        }
    }

    /// Rate per unit of `x` over the tables `from` (those that show the type, if enough do), and its standard error.
    fn rate(&self, from: &[usize]) -> (f64, f64) {
        let seen: Vec<usize> = from.iter().copied().filter(|&i| self.life.seen[i]).collect();
        let at = if seen.len() >= LEAST_TABLES_AFTER_ONSET { &seen[..] } else { from };
        let x: Vec<f64> = at.iter().map(|&i| self.life.x[i]).collect();
        let y: Vec<f64> = at.iter().map(|&i| self.level[i]).collect();
        let n = y.len();
        let Some(fit) = line(&x, &y) else { return (0.0, 0.0) };
        let rest: Vec<f64> = x.iter().zip(&y).map(|(a, b)| b - fit.intercept - fit.slope * a).collect();
        let a = lag1(&rest).clamp(0.0, 0.95);
        let span = (x[n - 1] - x[0]).max(1e-12);
        // Arrivals that come by chance make the counts stray from any line; noise on top does not add up.
        let (stray, noise) = stray_and_noise(&rest);
        let strayed = stray * (n - 1) as f64;
        if a > 0.7 && n >= 8 && !self.seasonal {
            // Growth that is a sum of chance arrivals: what came in over what time is the best that can be known of it.
            let g = (n / 40).max(1);
            let ends = |v: &[f64]| (median(&v[..g]).unwrap_or(0.0), median(&v[n - g..]).unwrap_or(0.0));
            let (first, last) = ends(&y);
            let time = mean(&x[n - g..]) - mean(&x[..g]);
            if time > 0.0 {
                return ((last - first) / time, (strayed + 2.0 * noise / g as f64 + ROUNDING).sqrt() / time);
            }
        }
        let slope = theil_sen(&x, &y).unwrap_or(fit.slope);
        // A line through a walk is off by 1.2 times the walk's own stray; Theil–Sen is 95 % efficient; rounding is noise.
        let white = (fit.se * 1.03).max((12.0 * ROUNDING / n as f64).sqrt() / span);
        (slope, (white * white + 1.2 * strayed / (span * span)).sqrt())
    }

    /// Where the type was hidden under the cut at first: back along the line to where it met nothing.
    fn hidden_start(&self, slope: f64, onset: usize) -> usize {
        let first = self.life.seen.iter().position(|s| *s).unwrap_or(0);
        let x = &self.life.x;
        if first == 0 || slope <= 0.0 || onset > first + (x.len() / 20).max(3) {
            return onset;
        }
        let count = self.life.y[first];
        if slope * (x[first] - x[0]) <= 1.3 * count {
            return 0;
        }
        x.partition_point(|v| *v < x[first] - count / slope).min(first)
    }

    /// The same phase a cycle later is (nearly) always higher, in every cycle.
    fn leak_by_cycles(&self) -> Option<Reading> {
        let p = self.period?;
        let n = self.y.len();
        if n < 3 * p {
            return None;
        }
        let gain: Vec<f64> = (p..n).map(|i| self.y[i] - self.y[i - p]).collect();
        let up = gain.iter().filter(|g| **g > 0.0).count() as f64 / gain.len() as f64;
        let by_cycle: Vec<f64> =
            gain.chunks(p).filter(|c| c.len() > p / 2 || c.len() == p).filter_map(median).collect();
        let typical = median(&by_cycle)?;
        let least = by_cycle.iter().copied().fold(f64::INFINITY, f64::min);
        if up < EVERY_CYCLE || by_cycle.len() < 2 || least < LEAST_GROWTH.max(0.4 * typical) {
            return None;
        }
        let time = self.life.x[p] - self.life.x[0];
        let slope = median(&gain)? / time;
        let spread = by_cycle.iter().map(|g| (g - typical).powi(2)).sum::<f64>() / (by_cycle.len() - 1) as f64;
        Some(Reading {
            slope,
            slope_se: (spread / by_cycle.len() as f64).sqrt() / time,
            rule: Some(Rule::Cycles),
            margin: (self.end_z() / self.needed()).max(1.0),
            fit: self.line_through(0, slope),
            ..Reading::plain(Verdict::Leak)
        })
    }

    /// A path that (nearly) never falls and goes on to the end: arrivals, not noise.
    fn leak_steadily(&self) -> Option<Reading> {
        let y = &self.y;
        let n = y.len();
        let steps: Vec<f64> = y.windows(2).map(|w| w[1] - w[0]).collect();
        let ups: Vec<f64> = steps.iter().copied().filter(|d| *d > 0.0).collect();
        let (up, top) = (ups.iter().sum::<f64>(), ups.iter().copied().fold(0.0, f64::max));
        let down: f64 = steps.iter().map(|d| (-d).max(0.0)).sum();
        let net = y[n - 1] - y[0];
        let at = |f: f64| y[(f * (n - 1) as f64).round() as usize];
        let (a, b) = (at(1.0 / 3.0), at(2.0 / 3.0));
        let gains = [a - y[0], b - a, y[n - 1] - b];
        let (highs, tail) = self.tail();
        let steady = ups.len() >= 7
            && down <= 0.08 * up
            && top <= 0.35 * up
            && gains[1].min(gains[2]) >= 0.12 * net
            && gains[0] >= 0.03 * net
            && (1.0 - tail).powi(highs as i32) > 0.02
            && self.high - self.low >= 5.0;
        if !steady || self.has_just_ended() {
            return None;
        }
        let (slope, se) = self.rate(&(0..n).collect::<Vec<_>>());
        let onset = self.hidden_start(slope, 0);
        Some(Reading {
            slope,
            slope_se: se,
            onset,
            rule: Some(Rule::Steady),
            margin: (self.end_z() / self.needed()).max(1.0),
            fit: self.line_through(onset, slope),
            ..Reading::plain(Verdict::Leak)
        })
    }

    /// Whether since the last bend far less has come than before it would have.
    fn has_just_ended(&self) -> bool {
        let best = self.best();
        if !matches!(best.shape, Shape::Full | Shape::Bent) {
            return false;
        }
        let bend = self.bu[best.bend];
        let expected = best.fit.beta[1] * (1.0 - bend);
        let values = best.values(&self.by);
        let came = values[values.len() - 1] - values[best.bend];
        expected >= (2.0 * LEAST_GROWTH).max(4.0 * self.noise) && came < 0.3 * expected
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

    /// A straight line from `onset` to the end with the given rate, through the middle of the counts.
    fn line_through(&self, onset: usize, slope: f64) -> Vec<(usize, f64)> {
        let x = &self.life.x;
        let n = x.len();
        if onset + 1 >= n {
            return Vec::new();
        }
        let rest: Vec<f64> = (onset..n).map(|i| self.level[i] - slope * (x[i] - x[onset])).collect();
        let start = median(&rest).unwrap_or(0.0);
        vec![(onset, start), (n - 1, start + slope * (x[n - 1] - x[onset]))]
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

/// Parts of the residuals of a line: how much variance each step adds that stays, and how much comes and goes. From what
/// differences over one step and over many have in common.
fn stray_and_noise(rest: &[f64]) -> (f64, f64) {
    let n = rest.len();
    let far = (n / 8).max(2);
    if n < 8 {
        return (0.0, 0.0);
    }
    let square = |lag: usize| {
        let d = (lag..n).map(|i| (rest[i] - rest[i - lag]).powi(2));
        d.sum::<f64>() / (n - lag) as f64
    };
    let (near, wide) = (square(1), square(far));
    // A line takes out of a walk's far differences what it fitted.
    let stray = ((wide - near) / (far - 1) as f64 * 1.25).max(0.0);
    (stray, ((near - stray) / 2.0).max(0.0))
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

/// One-sided p of a z, for the rest of the room.
pub(super) fn p_of_z(z: f64) -> f64 {
    normal_sf(z)
}
