//! Snapshots of one log come in, its lanes (process lifetimes) and the counts of every type in them go out.

use std::cmp::Ordering;

use super::{Axis, Count, Lane, LogSeries, SeriesOptions, TypeSeries};
use crate::parse::{Call, Clock, Snapshots};

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// Which process lifetime in its stream every snapshot belongs to; as long as the snapshots.
///
/// What the log says (a process began, a new process id) beats what the counts suggest.
pub fn runs(snapshots: &Snapshots) -> Vec<u32> {
    let mut run_of = vec![0; snapshots.len()];
    for stream in 0..snapshots.stream_names().len() as u32 {
        let members = members(snapshots, |i| snapshots.stream(i) == stream);
        let starts = run_starts(snapshots, stream, &members);
        let mut run = 0;
        for (i, &snapshot) in members.iter().enumerate() {
            if i > 0 && starts.binary_search(&i).is_ok() {
                run += 1;
            }
            run_of[snapshot] = run;
        }
    }
    run_of
}

/// Positions in `members` (snapshots of one stream) at which a new process began; sorted.
fn run_starts(snapshots: &Snapshots, stream: u32, members: &[usize]) -> Vec<usize> {
    let process = |i: usize| snapshots.table(members[i]).process;
    let mut starts: Vec<usize> =
        (1..members.len()).filter(|&i| matches!((process(i - 1), process(i)), (Some(a), Some(b)) if a != b)).collect();
    for event in &snapshots.events {
        if event.stream.is_none_or(|s| s == stream) {
            let at = members.partition_point(|&m| (m as u32) < event.snapshot);
            if at > 0 && at < members.len() {
                starts.push(at);
            }
        }
    }
    // What the log says beats what the counts suggest: one that tells of restarts, or names its processes, tells of all.
    let names_process = (0..members.len()).all(|i| process(i).is_some());
    if starts.is_empty() && !names_process {
        let call = preferred_call(snapshots);
        let of_call: Vec<usize> = (0..members.len()).filter(|&i| snapshots.call(members[i]) == call).collect();
        let numbers: Vec<usize> = of_call.iter().map(|&i| members[i]).collect();
        starts.extend(super::runs::from_counts(snapshots, &numbers).into_iter().map(|i| of_call[i]));
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Numbers of the snapshots that `keep` accepts, in order.
fn members(snapshots: &Snapshots, keep: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..snapshots.len()).filter(|&i| keep(i)).collect()
}

/// The call whose tables make the series: `most_common` where it has enough of them, since `growth` shows peaks only.
fn preferred_call(snapshots: &Snapshots) -> Call {
    let growth = (0..snapshots.len()).filter(|&i| snapshots.call(i) == Call::Growth).count();
    let most_common = snapshots.len() - growth;
    if growth > 2 * most_common { Call::Growth } else { Call::MostCommon }
}

/// Builds all series of a log.
pub fn build(snapshots: &Snapshots, options: &SeriesOptions) -> LogSeries {
    let call = preferred_call(snapshots);
    let run_of = runs(snapshots);
    let clock = Timeline::new(snapshots, options);
    let mut lanes = Vec::new();
    for stream in 0..snapshots.stream_names().len() as u32 {
        let mut mine = members(snapshots, |i| snapshots.stream(i) == stream && snapshots.call(i) == call);
        mine.retain(|&m| options.covers(snapshots, m));
        let mut from = 0;
        while from < mine.len() {
            let run = run_of[mine[from]];
            let to = from + mine[from..].iter().take_while(|&&m| run_of[m] == run).count();
            lanes.push(Lane {
                stream,
                run,
                snapshots: mine[from..to].iter().map(|&m| m as u32).collect(),
                first_in_stream: from as u32,
                x: clock.places(snapshots, &mine[from..to], from),
            });
            from = to;
        }
    }
    let mut types = types(snapshots, call, &lanes);
    types.retain(|t| options.names.keeps(&t.name));
    LogSeries {
        axis: clock.axis,
        call,
        origin: clock.origin,
        interval_s: clock.interval_s(&lanes, options),
        end: clock.end(snapshots, options),
        streams: snapshots.stream_names().to_vec(),
        lanes,
        types,
    }
}

/// How snapshots are placed on the log's axis.
struct Timeline {
    axis: Axis,
    origin: Option<i64>,
    /// Hours between snapshots where `--interval` replaces the clock.
    step: Option<f64>,
}

impl Timeline {
    fn new(snapshots: &Snapshots, options: &SeriesOptions) -> Self {
        let first = times(snapshots).min();
        match (options.interval_s, first) {
            (Some(s), _) => Self { axis: Axis::Time, origin: options.start_us.or(first), step: Some(s / 3600.0) },
            (None, Some(first)) => Self {
                axis: Axis::Time,
                origin: if snapshots.clock == Clock::Uptime { options.start_us } else { Some(first) },
                step: None,
            },
            (None, None) => Self { axis: Axis::Snapshot, origin: None, step: None },
        }
    }

    /// Places of the snapshots `members`, the first of which is number `first` of its stream; they rise strictly.
    fn places(&self, snapshots: &Snapshots, members: &[usize], first: usize) -> Vec<f64> {
        let by_number = |step: f64| (0..members.len()).map(|i| (first + i) as f64 * step).collect();
        match (self.axis, self.step) {
            (Axis::Snapshot, _) => by_number(1.0),
            (Axis::Time, Some(step)) => by_number(step),
            (Axis::Time, None) => {
                let zero = times(snapshots).min().unwrap_or(0);
                let hours =
                    members.iter().map(|&m| snapshots.time(m).map(|t| (t - zero) as f64 / HOUR_US)).collect::<Vec<_>>();
                rising(&hours, zero_step(snapshots))
            }
        }
    }

    /// Where the log ends; `None` where its clock does not tell.
    fn end(&self, snapshots: &Snapshots, options: &SeriesOptions) -> Option<f64> {
        if self.axis == Axis::Snapshot || self.step.is_some() {
            return None;
        }
        let zero = times(snapshots).min()?;
        let end = snapshots.end?.min(options.until_us.unwrap_or(i64::MAX));
        Some((end - zero) as f64 / HOUR_US)
    }

    /// Median seconds between neighbours of a lane.
    fn interval_s(&self, lanes: &[Lane], options: &SeriesOptions) -> Option<f64> {
        if self.axis == Axis::Snapshot {
            return None;
        }
        if options.interval_s.is_some() {
            return options.interval_s;
        }
        let mut gaps: Vec<f64> = lanes.iter().flat_map(|l| l.x.windows(2).map(|w| (w[1] - w[0]) * 3600.0)).collect();
        crate::stats::median_mut(&mut gaps)
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

/// Fills in what is known of every type in every lane.
fn types(snapshots: &Snapshots, call: Call, lanes: &[Lane]) -> Vec<TypeSeries> {
    let mut out: Vec<TypeSeries> = snapshots
        .type_names()
        .iter()
        .map(|name| TypeSeries { name: name.clone(), lanes: vec![None; lanes.len()] })
        .collect();
    // Where each snapshot stands: its lane, and its place there.
    let mut place = vec![(u32::MAX, 0); snapshots.len()];
    for (k, lane) in lanes.iter().enumerate() {
        for (i, &snapshot) in lane.snapshots.iter().enumerate() {
            place[snapshot as usize] = (k as u32, i as u32);
        }
    }
    let unseen: Vec<Vec<f64>> = lanes.iter().map(|lane| unseen_bounds(snapshots, lane)).collect();
    for (t, of_type) in out.iter_mut().enumerate() {
        for o in snapshots.column(t as u32) {
            let (k, i) = place[o.snapshot as usize];
            let (k, i) = (k as usize, i as usize);
            let Some(counts) = of_type.lanes.get_mut(k) else { continue };
            let hidden = |&high: &f64| Count { low: 0.0, high, seen: false };
            let counts = counts.get_or_insert_with(|| unseen[k].iter().map(hidden).collect());
            let count = o.count as f64;
            counts[i] = Count { low: count, high: count, seen: true };
            // A row's count less its delta is the peak that all snapshots since the row before it had.
            if let Some(delta) = o.delta {
                let peak = (count - delta as f64).max(0.0);
                counts[..i].iter_mut().rev().take_while(|c| !c.seen).for_each(|c| c.high = peak);
            }
        }
        if call == Call::Growth {
            for (counts, unseen) in of_type.lanes.iter_mut().zip(&unseen) {
                let Some(counts) = counts else { continue };
                let Some(last) = counts.iter().rposition(|c| c.seen) else { continue };
                let mut high = counts[last].low;
                for (c, hidden) in counts.iter_mut().zip(unseen).skip(last + 1) {
                    high += hidden;
                    c.high = high;
                }
            }
        }
    }
    out.retain(|t| t.lanes.iter().any(Option::is_some));
    out
}

/// The most that a type can have counted (growth: can have grown) that a snapshot of the lane does not show.
///
/// A table that has as many rows as the longest of its lane was cut there, so what it hides is at most its last row.
/// A shorter one shows all there is. Of a table whose head is lost nothing can be said.
fn unseen_bounds(snapshots: &Snapshots, lane: &Lane) -> Vec<f64> {
    let rows = |s: u32| snapshots.rows_of(s as usize);
    let longest = lane.snapshots.iter().map(|&s| rows(s)).max().unwrap_or(0);
    lane.snapshots
        .iter()
        .map(|&s| {
            let torn = snapshots.table(s as usize).torn;
            match rows(s).cmp(&longest) {
                _ if torn && s == 0 => f64::INFINITY,
                Ordering::Less if !torn => 0.0,
                _ => snapshots.last_value(s as usize) as f64,
            }
        })
        .collect()
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
