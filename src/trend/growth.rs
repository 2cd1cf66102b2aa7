//! The three rules that find a leak in one life: the end of the shape that fits best, each cycle above the last, and a rise
//! that hardly ever falls; with its rate and its onset.

use super::Verdict;
use super::course::Course;
use super::shape::{ROUNDING, Shape};
use super::thresholds::*;
use super::verdict::{Reading, Rule};
use crate::stats::autocorrelation::lag1;
use crate::stats::linear::{line, mean};
use crate::stats::rank::{blocks, median};
use crate::stats::slope::theil_sen;

impl Course<'_> {
    /// Growth to the end by the shape that fits best. The second is whether the counts alone prove it, or leave open that a
    /// walk, a cycle or noise made it; then the company of a leak can still decide.
    pub(super) fn leak_by_slope(&self) -> Option<(Reading, bool)> {
        let best = self.best();
        let (slope, z, need) = (best.end_slope(), self.end_z(), self.needed());
        let bend = self.bend_u();
        let n = self.y.len();
        let after: Vec<usize> = (0..n).filter(|&i| self.u[i] >= bend).collect();
        let line = if self.walk { LEAST_Z } else { 0.4 * need };
        if slope <= 0.0 || z < line || after.len() < LEAST_TABLES_AFTER_ONSET || self.one_jump(bend) {
            return None;
        }
        let growth = slope * (self.bu[self.bu.len() - 1] - bend);
        let small = growth < LEAST_GROWTH.max(LEAST_GROWTH_IN_NOISE * self.sigma);
        let at_the_end = best.shape == Shape::Late && 1.0 - bend < 0.06 && growth < 0.3 * (self.high - self.low);
        let rises = self.level[after[0]..].windows(2).filter(|w| w[1] > w[0]).count();
        // What takes longest comes last.
        if small || at_the_end || rises < LEAST_RISES || self.has_ended(&after) {
            return None;
        }
        let falls_back = self.falls_back(&after, growth);
        let troughs_rise = falls_back && self.troughs_rise(&after, growth, z, need);
        let (onset, from) = self.growth_begins(after);
        // Counts that are a sum of chance arrivals are a walk about any line; then its drift is what counts, not the line.
        let slower = self.slows_down(&from);
        let whole = if best.shape == Shape::SettlingLine && !slower { self.walk_z(0) } else { 0.0 };
        let walk = self.walk_z(from[0]).max(whole);
        let stands_out = if troughs_rise || !self.walk {
            z >= need
        } else if best.shape == Shape::SettlingLine {
            walk >= SURE_WALK_Z
        } else {
            z >= need && walk >= WALK_Z || walk >= SURE_WALK_Z && !slower
        };
        let settling = best.shape == Shape::SettlingLine && slower;
        let proven = stands_out && !settling && !self.fades() && (!falls_back || troughs_rise);
        let (slope, se) = self.rate(&from);
        let onset = self.hidden_start(slope, onset);
        let proven = proven && self.floors_rise(onset, slope);
        let reading = Reading {
            slope,
            slope_se: se,
            onset,
            rule: Some(Rule::Slope),
            fit: self.line_through(onset, slope),
            ..Reading::plain(Verdict::Leak)
        };
        Some((reading, proven))
    }

    /// Whether far less grows in the last part of `after` than in all of it, by more than chance.
    fn has_ended(&self, after: &[usize]) -> bool {
        let (whole, late) = self.late(after);
        let (new_highs, tail) = self.tail();
        late <= LATE_SHARE * whole && (self.is_flat(new_highs, tail) || whole - late > 3.0 * self.late_error(after))
    }

    /// Onset, and the tables over which the rate is to be measured: all since growth began, but not a warm-up.
    pub(super) fn growth_begins(&self, after: Vec<usize>) -> (usize, Vec<usize>) {
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
    pub(super) fn rate(&self, from: &[usize]) -> (f64, f64) {
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
        if a > 0.7 && n >= 8 && !self.seasonal && self.walk {
            // Growth that is a sum of chance arrivals: what came in over what time is the best that can be known of it.
            let g = (n / 40).max(1);
            let ends = |v: &[f64]| (median(&v[..g]).unwrap_or(0.0), median(&v[n - g..]).unwrap_or(0.0));
            let (first, last) = ends(&y);
            let time = mean(&x[n - g..]) - mean(&x[..g]);
            if time > 0.0 {
                return ((last - first) / time, (strayed + 2.0 * noise / g as f64 + ROUNDING).sqrt() / time);
            }
        }
        let (bx, by) = blocks(&x, &y, SHAPE_POINTS);
        let slope = theil_sen(&bx, &by).unwrap_or(fit.slope);
        // A line through a walk is off by 1.2 times the walk's own stray; Theil–Sen is 95 % efficient; rounding is noise.
        let white = (fit.se * 1.03).max((12.0 * ROUNDING / n as f64).sqrt() / span);
        (slope, (white * white + 1.2 * strayed / (span * span)).sqrt())
    }

    /// Rate of the last third of a leak, where that differs from the whole's by more than chance makes it: what it is to be
    /// reckoned with from now on.
    pub(super) fn lately(&self, leak: &Reading) -> Option<(f64, f64)> {
        let begun = *self.u.get(leak.onset)?;
        let third: Vec<usize> =
            (leak.onset..self.u.len()).filter(|&i| 1.0 - self.u[i] <= (1.0 - begun) / 3.0).collect();
        if third.len() < LEAST_TABLES_OF_LATE {
            return None;
        }
        let (slope, se) = self.rate(&third);
        let apart = (slope - leak.slope).abs() > LATE_Z * se.hypot(leak.slope_se);
        let much = slope > LATE_RATIO * leak.slope || slope < leak.slope / LATE_RATIO;
        (slope > 0.0 && apart && much).then_some((slope, se))
    }

    /// Where the type was hidden under the cut at first: back along the line to where it met nothing.
    pub(super) fn hidden_start(&self, slope: f64, onset: usize) -> usize {
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
    pub(super) fn leak_by_cycles(&self) -> Option<Reading> {
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
            fit: self.line_through(0, slope),
            ..Reading::plain(Verdict::Leak)
        })
    }

    /// A path that (nearly) never falls and goes on to the end: arrivals, not noise.
    pub(super) fn leak_steadily(&self) -> Option<Reading> {
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
            && ((1.0 - tail).powi(highs as i32) > 0.02 || self.has_paused(tail))
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
            fit: self.line_through(onset, slope),
            ..Reading::plain(Verdict::Leak)
        })
    }

    /// A straight line from `onset` to the end with the given rate, through the middle of the counts.
    pub(super) fn line_through(&self, onset: usize, slope: f64) -> Vec<(usize, f64)> {
        let x = &self.life.x;
        let n = x.len();
        if onset + 1 >= n {
            return Vec::new();
        }
        let rest: Vec<f64> = (onset..n).map(|i| self.level[i] - slope * (x[i] - x[onset])).collect();
        let start = median(&rest).unwrap_or(0.0);
        vec![(onset, start), (n - 1, start + slope * (x[n - 1] - x[onset]))]
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
