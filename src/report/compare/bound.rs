//! How fast a type can have grown in a log in which it does not leak: [`Still::most`].

use crate::report::document::{Log, Run, Type};
use crate::series::Axis;

/// Growth below so many objects is reported by no log.
const LEAST_GROWTH: f64 = 3.0;

/// Of a type that only scatters, the range is some four standard deviations, and a slope's standard error is
/// `sd · √(12 / n) / length`. Two of those, thrice for neighbours that resemble each other: `5.2 / √n` ranges.
const RANGES_BY_ROOT_N: f64 = 5.2;

/// The longest run of a log.
pub(super) struct Longest {
    /// Its hours; `None` where the log tells no time.
    pub(super) hours: Option<f64>,
    /// Its tables.
    snapshots: f64,
}

/// The longest run: rates are those of one process.
pub(super) fn longest(log: &Log) -> Longest {
    let runs = || log.streams.iter().flat_map(|s| &s.runs);
    let hours = |run: &Run| match (moment(run.from.as_deref()), moment(run.to.as_deref())) {
        (Some(from), Some(to)) => Some((to - from) as f64 / 3.6e9),
        _ => log
            .interval_s
            .filter(|_| log.axis == Axis::Time)
            .map(|s| s / 3600.0 * f64::from(run.snapshots.saturating_sub(1))),
    };
    let most = runs().max_by_key(|r| r.snapshots);
    Longest { hours: most.and_then(hours), snapshots: most.map_or(0.0, |r| f64::from(r.snapshots)) }
}

fn moment(text: Option<&str>) -> Option<i64> {
    text?.parse::<jiff::Timestamp>().ok().map(|t| t.as_microsecond())
}

/// One side, with what its still types can have grown at.
pub(super) struct Still<'a> {
    log: &'a Log,
    unit: Axis,
    /// Length of the longest run in the unit of the comparison; `None` where that is not known.
    length: Option<f64>,
    snapshots: f64,
    /// The least count that the ends of the log show: a type that no table shows is not above it.
    cut: f64,
}

impl<'a> Still<'a> {
    pub(super) fn new(log: &'a Log, unit: Axis) -> Self {
        let run = longest(log);
        let length = match unit {
            Axis::Time => run.hours,
            Axis::Snapshot => Some(run.snapshots - 1.0),
        };
        let least = |of: fn(&Type) -> Option<u64>| log.types.iter().filter_map(of).min().unwrap_or(0);
        let cut = least(|t| t.first).max(least(|t| t.last)) as f64;
        Self { log, unit, length: length.filter(|l| *l > 0.0), snapshots: run.snapshots, cut }
    }

    /// Rate and interval of a leak in the unit of the comparison.
    pub(super) fn fitted(&self, t: &Type) -> (f64, f64, f64) {
        let (slope, factor) = match (self.unit, self.log.axis) {
            (Axis::Snapshot, Axis::Time) => (t.slope_per_snapshot, self.log.interval_s.unwrap_or(f64::NAN) / 3600.0),
            (Axis::Snapshot, Axis::Snapshot) => (t.slope_per_snapshot, 1.0),
            (Axis::Time, _) => (t.slope_per_hour, 1.0),
        };
        let slope = slope.unwrap_or(0.0);
        // Without an interval all that is known is the sign.
        let end = |end: Option<f64>, without: f64| end.map(|e| e * factor).filter(|e| e.is_finite()).unwrap_or(without);
        (slope, end(t.slope_low, 0.0), end(t.slope_high, 2.0 * slope))
    }

    /// The fastest that a type can have grown that does not leak here, or that the log does not show.
    pub(super) fn most(&self, t: Option<&Type>) -> f64 {
        let Some(length) = self.length else { return f64::MAX };
        let by_root_n = |n: f64| (RANGES_BY_ROOT_N / n.max(1.0).sqrt()).min(1.0);
        let Some(t) = t else {
            // All of its rise may hide below the tables' last rows.
            return self.cut.max(LEAST_GROWTH) / length;
        };
        // What is unclear may be a leak as steep as all that it gained, and what is out of sight as all that fits there.
        let hides = t.verdict == crate::trend::Verdict::Unclear || t.unseen > 0;
        let factor = if hides { 1.0 } else { by_root_n(self.snapshots) };
        let highest = t.max.unwrap_or(0) as f64;
        let lowest = t.min.filter(|_| t.unseen == 0).unwrap_or(0) as f64;
        let whole = (highest - lowest).max(LEAST_GROWTH) * factor / length;
        whole.min(self.settled(t).unwrap_or(f64::MAX))
    }

    /// The same from the later half of a type that moves: what grew and levelled off in the first is warm-up.
    fn settled(&self, t: &Type) -> Option<f64> {
        if t.unseen > 0 || t.verdict == crate::trend::Verdict::Unclear {
            return None;
        }
        let (&(first, _), &(last, _)) = (t.points.first()?, t.points.last()?);
        let half = t.points.iter().filter(|p| p.0 >= first + (last - first) / 2).map(|p| p.1);
        let range = half.clone().max()? as f64 - half.min()? as f64;
        let n = self.snapshots / 2.0;
        let by_root_n = (RANGES_BY_ROOT_N / n.max(1.0).sqrt()).min(1.0);
        Some(range.max(LEAST_GROWTH) * by_root_n / (self.length? / 2.0))
    }
}
