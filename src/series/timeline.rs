//! Snapshots come in, their places on the log's axis go out: hours since its origin, or numbers where no clock tells.

use std::sync::OnceLock;

use super::{Axis, Lane, SeriesOptions};
use crate::parse::{Clock, Snapshots};

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// How snapshots are placed on the log's axis.
pub(super) struct Timeline {
    pub(super) axis: Axis,
    pub(super) origin: Option<i64>,
    /// The earliest time of all, where there is one.
    first: Option<i64>,
    /// Hours between snapshots where `--interval` replaces the clock.
    step: Option<f64>,
    /// See [`zero_step`].
    usual: OnceLock<f64>,
    /// Tables from one that is kept to the next.
    stride: f64,
}

impl Timeline {
    pub(super) fn new(snapshots: &Snapshots, options: &SeriesOptions) -> Self {
        let first = times(snapshots).min();
        let (axis, origin, step) = match (options.interval_s, first) {
            (Some(s), _) => {
                // A clock that knows no day tells no day. Steps are counted from the first table that is looked at.
                let covered = (0..snapshots.len()).filter(|&i| options.covers(snapshots, i));
                let first = covered.filter_map(|i| snapshots.time(i)).min();
                let first = first.filter(|_| snapshots.clock != Clock::Uptime);
                (Axis::Time, options.start_us.or(first), Some(s / 3600.0))
            }
            (None, Some(_)) if snapshots.clock == Clock::Uptime => (Axis::Time, options.start_us, None),
            (None, Some(first)) => (Axis::Time, Some(first), None),
            (None, None) => (Axis::Snapshot, None, None),
        };
        Self { axis, origin, first, step, usual: OnceLock::new(), stride: f64::from(snapshots.stride()) }
    }

    /// Places of the snapshots `members`, the first of which is number `first` of its stream; they rise strictly.
    pub(super) fn places(&self, snapshots: &Snapshots, members: &[u32], first: usize) -> Vec<f64> {
        let by_number = |step: f64| (0..members.len()).map(|i| (first + i) as f64 * step * self.stride).collect();
        match (self.axis, self.step) {
            (Axis::Snapshot, _) => by_number(1.0),
            (Axis::Time, Some(step)) => by_number(step),
            (Axis::Time, None) => {
                let zero = self.first.unwrap_or(0);
                let hour = |&m: &u32| snapshots.time(m as usize).map(|t| (t - zero) as f64 / HOUR_US);
                // Most clocks go right; a long lane then needs no more memory than its places.
                let sound: Option<Vec<f64>> = members.iter().map(hour).collect();
                match sound {
                    Some(x) if x.windows(2).all(|w| w[0] < w[1]) => x,
                    sound => {
                        drop(sound);
                        let hours: Vec<Option<f64>> = members.iter().map(hour).collect();
                        rising(&hours, *self.usual.get_or_init(|| zero_step(snapshots)))
                    }
                }
            }
        }
    }

    /// Where the log ends; `None` where its clock does not tell.
    pub(super) fn end(&self, snapshots: &Snapshots, options: &SeriesOptions) -> Option<f64> {
        if self.axis == Axis::Snapshot || self.step.is_some() {
            return None;
        }
        let zero = self.first?;
        let end = snapshots.end?.min(options.until_us.unwrap_or(i64::MAX));
        Some((end - zero) as f64 / HOUR_US)
    }

    /// Median seconds between neighbours of a lane.
    pub(super) fn interval_s(&self, lanes: &[Lane], options: &SeriesOptions) -> Option<f64> {
        if self.axis == Axis::Snapshot {
            return None;
        }
        if options.interval_s.is_some() {
            return options.interval_s;
        }
        let mut gaps: Vec<f64> = lanes.iter().flat_map(|l| l.x.windows(2).map(|w| (w[1] - w[0]) * 3600.0)).collect();
        crate::stats::median_mut(&mut gaps).map(|gap| gap / self.stride)
    }
}

/// All times of tables, in the log's order.
fn times(snapshots: &Snapshots) -> impl Iterator<Item = i64> + '_ {
    (0..snapshots.len()).filter_map(|i| snapshots.time(i))
}

/// Typical hours between snapshots of the log as it stands; what is put between snapshots without a time.
fn zero_step(snapshots: &Snapshots) -> f64 {
    let times: Vec<i64> = times(snapshots).collect();
    let mut gaps: Vec<f64> = times.windows(2).map(|w| (w[1] - w[0]) as f64 / HOUR_US).filter(|&g| g > 0.0).collect();
    crate::stats::median_mut(&mut gaps).unwrap_or(1.0 / 3600.0)
}

/// Makes places rise strictly: equal ones are spread up to the next (at most a second apart from each other), those
/// that run backwards or are missing are put between their neighbours, `step` apart at the ends.
fn rising(hours: &[Option<f64>], step: f64) -> Vec<f64> {
    // Anchors: the longest chain of places that never falls, found greedily from the left; a clock that once jumped
    // ahead would make everything after it a fall, so a place is no anchor if most of what follows lies below it.
    let mut anchors: Vec<(usize, f64)> = Vec::new();
    for (i, h) in hours.iter().enumerate() {
        let Some(h) = *h else { continue };
        while let [.., (_, last)] = anchors[..] {
            let backed = hours[i..].iter().flatten().take(3).filter(|&&x| x < last).count() >= 2;
            if h < last && backed && anchors.len() > 1 {
                anchors.pop();
            } else {
                break;
            }
        }
        if anchors.last().is_none_or(|&(_, last)| h >= last) {
            anchors.push((i, h));
        }
    }
    let Some(&(first, start)) = anchors.first() else {
        return (0..hours.len()).map(|i| i as f64 * step).collect();
    };
    let mut x = vec![0.0; hours.len()];
    for (i, place) in x.iter_mut().enumerate().take(first) {
        *place = start - (first - i) as f64 * step;
    }
    // Groups of anchors with one place are spread towards the next.
    let mut k = 0;
    while k < anchors.len() {
        let (i, h) = anchors[k];
        let next = anchors[k..].iter().position(|a| a.1 > h).map(|d| anchors[k + d]);
        match next {
            Some((j, end)) => {
                let same = anchors[k..].iter().take_while(|a| a.1 == h).count();
                let last_same = anchors[k + same - 1].0;
                // Equal times come of a clock's resolution, a second at most; what lacks a time fills the gap.
                let width = if last_same > i { (end - h).min(1.0 / 3600.0) * 0.999 } else { 0.0 };
                for (m, place) in x.iter_mut().enumerate().take(last_same + 1).skip(i) {
                    *place = h + width * (m - i) as f64 / (last_same - i + 1) as f64;
                }
                let from = x[last_same];
                for (m, place) in x.iter_mut().enumerate().take(j).skip(last_same + 1) {
                    *place = from + (end - from) * (m - last_same) as f64 / (j - last_same) as f64;
                }
                k += same;
            }
            None => {
                let count = anchors.len() - k;
                let last_same = anchors[anchors.len() - 1].0;
                let width = 1.0 / 3600.0 / (last_same - i + 1) as f64;
                for (m, place) in x.iter_mut().enumerate().skip(i) {
                    *place = if m <= last_same {
                        h + (m - i) as f64 * width
                    } else {
                        h + (last_same - i) as f64 * width + (m - last_same) as f64 * step
                    };
                }
                k += count;
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_rise_strictly_whatever_the_clock_does() {
        let s = 1.0 / 3600.0;
        let cases: [(&str, Vec<Option<f64>>); 7] = [
            ("none at all", vec![None, None, None]),
            ("plain", vec![Some(0.0), Some(1.0), Some(2.0)]),
            ("equal", vec![Some(0.0), Some(0.0), Some(0.0), Some(s), Some(s)]),
            ("gaps", vec![None, Some(1.0), None, None, Some(4.0), None]),
            ("one ahead", vec![Some(0.0), Some(9.0), Some(2.0), Some(3.0), Some(4.0)]),
            ("one behind", vec![Some(5.0), Some(6.0), Some(1.0), Some(8.0)]),
            ("all equal", vec![Some(3.0), Some(3.0), None]),
        ];
        for (name, hours) in cases {
            let x = rising(&hours, 0.5);
            assert_eq!(x.len(), hours.len(), "{name}");
            assert!(x.windows(2).all(|w| w[0] < w[1]), "{name}: {x:?}");
        }
    }

    #[test]
    fn what_lacks_a_time_lies_between_its_neighbours() {
        let x = rising(&[None, Some(1.0), None, None, Some(4.0), None], 0.5);
        assert_eq!(x, [0.5, 1.0, 2.0, 3.0, 4.0, 4.5]);
    }
}
