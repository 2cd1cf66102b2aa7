//! Snapshots, series and a judgement of one log come in, its [`LogReport`] goes out.

use std::collections::HashSet;

use rayon::prelude::*;

use super::{
    Curve, EventReport, Finding, FitCurve, LogReport, Point, ProjectionReport, RunReport, StreamReport, fingerprint,
    next_steps,
};
use crate::error::Warning;
use crate::parse::{Clock, Snapshots};
use crate::series::{Axis, Count, Counts, Lane, LogSeries, SeriesOptions, Shown, TypeSeries, bins};
use crate::trend::{Assessment, Judgement, Role};

/// Bins into which a curve is thinned; each keeps its first, least, greatest and last point. A picture of usual width
/// has fewer columns.
const CURVE_BINS: usize = 1_000;

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// What is told of a log beside its series.
pub struct Told<'a> {
    /// The log's name.
    pub name: String,
    /// Names of its files.
    pub parts: Vec<String>,
    /// Its tables.
    pub snapshots: &'a Snapshots,
    /// How the series were made.
    pub options: &'a SeriesOptions,
    /// The zone in which people read times.
    pub zone: String,
}

/// Makes the report of one log.
pub fn build(told: Told<'_>, series: &LogSeries, judgement: Judgement) -> LogReport {
    let snapshots = told.snapshots;
    let places = Places::new(snapshots, series);
    let findings = judgement.types.par_iter().map(|a| finding(a, snapshots, series, &places)).collect();
    let cannot_tell = match judgement.reason {
        Some(why) if series.lanes.is_empty() => Some(outside(&told.zone, snapshots, why)),
        reason => reason,
    };
    let mut warnings = snapshots.warnings.clone();
    if told.options.has_window() && snapshots.clock == Clock::None {
        let message = format!("{}: it tells no time, so --since and --until leave nothing out", told.name);
        warnings.push(Warning::new("no-clock", message));
    }
    LogReport {
        name: told.name,
        parts: told.parts,
        snapshots: snapshots.n_tables(),
        rows: snapshots.n_rows(),
        n_types: snapshots.type_names().len(),
        call: series.call,
        streams: places.streams.clone(),
        axis: series.axis,
        origin: series.origin,
        clock: snapshots.clock.clone(),
        zone: told.zone,
        interval_s: series.interval_s,
        leaking: judgement.leaking,
        cannot_tell,
        findings,
        events: events(snapshots, series),
        warnings,
        lines: snapshots.lines,
    }
}

/// Of a log with no table in the time that was asked for: why it cannot tell, and what time it does cover.
fn outside(zone: &str, snapshots: &Snapshots, why: String) -> String {
    if snapshots.clock == Clock::Uptime {
        return format!("{why}; their clock names no day or no year, which --start gives");
    }
    let times = || (0..snapshots.len()).filter_map(|i| snapshots.time(i));
    match super::human::Calendar::new(zone, times().min(), times().max()).span() {
        Some(span) => format!("{why}; they were printed {span} {zone}"),
        None => why,
    }
}

/// Where the lanes of a log stand among its streams and runs.
struct Places {
    streams: Vec<StreamReport>,
    /// Per lane: index of its stream in `streams`, index of its run there.
    of_lane: Vec<(usize, usize)>,
    /// Per lane: where the bins of its curves end; none where all points are drawn.
    bins: Vec<Vec<u32>>,
}

impl Places {
    fn new(snapshots: &Snapshots, series: &LogSeries) -> Self {
        let mut streams: Vec<StreamReport> = Vec::new();
        let mut numbers: Vec<u32> = Vec::new();
        let mut of_lane = Vec::new();
        for lane in &series.lanes {
            if numbers.last() != Some(&lane.stream) {
                numbers.push(lane.stream);
                let name = series.streams[lane.stream as usize].clone();
                streams.push(StreamReport { name, runs: Vec::new() });
            }
            let at = streams.len() - 1;
            let x = (lane.x.first().copied().unwrap_or(0.0), lane.x.last().copied().unwrap_or(0.0));
            streams[at].runs.push(RunReport {
                first_snapshot: lane.snapshots.first().map_or(0, |&s| snapshots.number(s as usize)),
                snapshots: (lane.snapshots.len() as u32).saturating_mul(snapshots.stride()).min(snapshots.n_tables()),
                from: time_at(series, x.0),
                to: time_at(series, x.1),
                x,
            });
            of_lane.push((at, streams[at].runs.len() - 1));
        }
        let many = |lane: &Lane| lane.folded.is_empty() && lane.x.len() > 4 * CURVE_BINS;
        let ends = |lane: &Lane| if many(lane) { bins(&lane.x, CURVE_BINS) } else { Vec::new() };
        Self { streams, of_lane, bins: series.lanes.iter().map(ends).collect() }
    }
}

/// The moment at a place on the log's axis.
fn time_at(series: &LogSeries, x: f64) -> Option<i64> {
    let origin = series.origin.filter(|_| series.axis == Axis::Time)?;
    Some(origin + (x * HOUR_US).round() as i64)
}

fn events(snapshots: &Snapshots, series: &LogSeries) -> Vec<EventReport> {
    // Lanes of a stream stand together, in order, so that the one in which an event lies is soon found.
    let streams: Vec<&[Lane]> = series.lanes.chunk_by(|a, b| a.stream == b.stream).collect();
    let place = |event: &crate::parse::Event| {
        let from = |members: &[u32]| snapshots.first_from(members, event.snapshot);
        let after = |lanes: &&[Lane]| {
            let lane = lanes.get(lanes.partition_point(|lane| from(&lane.snapshots) == lane.snapshots.len()))?;
            lane.x.get(from(&lane.snapshots)).copied()
        };
        match event.stream {
            Some(stream) => {
                let at = streams.binary_search_by_key(&stream, |lanes| lanes[0].stream).ok()?;
                after(&streams[at])
            }
            None => streams.iter().filter_map(after).min_by(f64::total_cmp),
        }
    };
    let report = |event: &crate::parse::Event| EventReport {
        kind: event.kind.as_str(),
        snapshot: Some(event.snapshot).filter(|&s| s < snapshots.n_tables()),
        time: event.time,
        x: place(event),
        text: event.text.clone(),
    };
    let firsts = series.lanes.iter().filter(|lane| lane.run > 0).filter_map(|lane| lane.x.first());
    let firsts: HashSet<u64> = firsts.map(|x| x.to_bits()).collect();
    let begins = |x: f64| firsts.contains(&x.to_bits());
    let told =
        |event: &crate::parse::Event| snapshots.events.binary_search_by_key(&event.snapshot, |e| e.snapshot).is_ok();
    let hinted = |event: &&crate::parse::Event| !told(event) && place(event).is_some_and(begins);
    // The last line before it says it; those before tell of the end of the process before.
    let hints = snapshots.hints.chunk_by(|a, b| a.snapshot == b.snapshot && a.stream == b.stream);
    let hints = hints.filter_map(|same| same.last()).filter(hinted);
    let mut events: Vec<EventReport> = snapshots.events.iter().chain(hints).map(report).collect();
    events.sort_by_key(|event| event.snapshot.unwrap_or(u32::MAX));
    events
}

fn finding(a: &Assessment, snapshots: &Snapshots, series: &LogSeries, places: &Places) -> Finding {
    let name_of = |i: usize| series.types[i].name.clone();
    let types = &series.types[a.type_index];
    let trend = &a.trend;
    let hours_per_snapshot = series.interval_s.map(|s| s / 3600.0);
    let (per_hour, per_snapshot) = match series.axis {
        Axis::Time => (trend.slope, trend.slope.zip(hours_per_snapshot).map(|(slope, h)| slope * h)),
        Axis::Snapshot => (None, trend.slope),
    };
    let onset = trend.onset.map(|m| (&series.lanes[m.lane], m.index));
    let onset_x = onset.map(|(lane, i)| lane.x[i]);
    let ends = Ends::new(types, snapshots, series, &a.leaks_in);
    let shares = a.shares.iter().map(|s| (name_of(s.root), s.ratio)).collect();
    let is_root = a.role == Some(Role::Root);
    Finding {
        rank: a.rank,
        name: types.name.clone(),
        verdict: a.verdict,
        role: a.role,
        follows: a.follows.map(name_of),
        ratio: a.ratio,
        shares,
        tied_with: a.tied_with.iter().map(|&i| name_of(i)).collect(),
        confidence: a.confidence,
        p_value: trend.p_value,
        q_value: trend.q_value,
        slope_per_snapshot: per_snapshot,
        slope_per_hour: per_hour,
        slope_low: trend.low,
        slope_high: trend.high,
        onset_snapshot: onset.map(|(lane, i)| (lane.first_in_stream + i as u32).saturating_mul(snapshots.stride())),
        onset_time: onset_x.and_then(|x| time_at(series, x)),
        onset_x,
        onset_at: onset.map(|(lane, i)| lane.snapshots[i]),
        onset_lines: Vec::new(),
        first: ends.first.0,
        last: ends.last.0,
        min: ends.min,
        max: ends.max,
        first_max: ends.first.1,
        last_max: ends.last.1,
        seen: ends.seen,
        unseen: ends.unseen,
        leaks_in: a.leaks_in.iter().filter_map(|&s| series.streams[s as usize].clone()).collect(),
        projection: projection(a),
        curves: curves(types, snapshots, series, places),
        fit: fit(a, places),
        fingerprint: fingerprint(a.follows.map_or(types.name.as_str(), |r| &series.types[r].name), series.call),
        why: a.why.clone(),
        next: if is_root { next_steps(&types.name) } else { Vec::new() },
    }
}

fn projection(a: &Assessment) -> Option<ProjectionReport> {
    let doubles = a.doubles.as_ref().map(|p| p.x);
    let reaches = a.reaches.as_ref().map(|p| (p.count as u64, p.x.0, p.x.1, p.x.2));
    (doubles.is_some() || reaches.is_some()).then_some(ProjectionReport { doubles, reaches })
}

fn fit(a: &Assessment, places: &Places) -> Vec<FitCurve> {
    let curve = |f: &crate::trend::FitLine| {
        let (stream, run) = places.of_lane[f.lane];
        FitCurve { stream, run, points: f.points.clone() }
    };
    a.trend.fit.iter().map(curve).collect()
}

/// What a type counted at the ends and extremes of the log. Each end is `(count, bound)`: one of the two is there,
/// or neither where nothing is known.
struct Ends {
    first: (Option<u64>, Option<u64>),
    last: (Option<u64>, Option<u64>),
    min: Option<u64>,
    max: Option<u64>,
    seen: u32,
    unseen: u32,
}

impl Ends {
    /// The ends are those of one stream, since counts of two processes are no rise or fall: of those in which the type leaks,
    /// where it does not in all, the one that shows it most often.
    fn new(types: &TypeSeries, snapshots: &Snapshots, series: &LogSeries, leaks_in: &[u32]) -> Self {
        let lanes = || types.lanes.iter().zip(&series.lanes).filter_map(|(c, lane)| Some((lane, c.as_ref()?)));
        let seen_in =
            |stream: u32| -> usize { lanes().filter(|(l, _)| l.stream == stream).map(|(_, c)| c.n_seen()).sum() };
        let mark = |&s: &u32| (leaks_in.contains(&s), seen_in(s), std::cmp::Reverse(s));
        let stream = (0..series.streams.len() as u32).max_by_key(mark);
        let of_stream = || lanes().filter(|(l, _)| Some(l.stream) == stream).map(|(_, c)| c);
        let end = |c: Option<crate::series::Count>| match c {
            Some(c) if c.seen => (Some(c.high as u64), None),
            Some(c) if c.high.is_finite() => (None, Some(c.high as u64)),
            _ => (None, None),
        };
        let extremes = || lanes().filter_map(|(_, c)| c.extremes());
        let kept: usize = series.lanes.iter().map(|l| l.snapshots.len()).sum();
        let (seen, least): (usize, _) = (lanes().map(|(_, c)| c.n_seen()).sum(), extremes().map(|e| e.0).min());
        let most = extremes().map(|e| e.1).max();
        let (total, seen, least, most) = match types.totals {
            Some(all) => (u64::from(snapshots.n_tables()), all.n_seen, Some(all.least), Some(all.most)),
            None => (kept as u64, seen as u64, least, most),
        };
        // Unseen and possibly below the least seen: the least is not known.
        let hidden = seen < total;
        Self {
            first: end(of_stream().next().and_then(|c| c.first())),
            last: end(of_stream().next_back().and_then(|c| c.last())),
            min: least.filter(|_| !hidden),
            max: most,
            seen: seen as u32,
            unseen: total.saturating_sub(seen) as u32,
        }
    }
}

fn curves(types: &TypeSeries, snapshots: &Snapshots, series: &LogSeries, places: &Places) -> Vec<Curve> {
    let mut out = Vec::new();
    let lanes = types.lanes.iter().zip(&series.lanes).zip(places.of_lane.iter().zip(&places.bins));
    for ((counts, lane), (&(stream, run), ends)) in lanes {
        let point = |i: usize, low, high, seen| {
            let snapshot = snapshots.number(lane.snapshots[i] as usize);
            Point { snapshot, x: lane.x[i], low, high, seen }
        };
        let points = match counts {
            None => continue,
            Some(Counts::All(counts)) => {
                let whole = |i: usize| point(i, counts[i].low, counts[i].high, counts[i].seen);
                thin(counts, ends).into_iter().map(whole).collect()
            }
            Some(Counts::Folded(folded)) => {
                let low = |s: &Shown| if s.seen { s.high } else { 0.0 };
                folded.shown.iter().map(|s| point(s.at as usize, low(s), s.high, s.seen)).collect()
            }
        };
        out.push(Curve { stream, run, points });
    }
    out
}

/// Indices of the points that draw the same curve: first, least, greatest and last of each bin; `ends` says where these
/// end, and all points are kept where there are none.
fn thin(counts: &[Count], ends: &[u32]) -> Vec<usize> {
    if ends.is_empty() {
        return (0..counts.len()).collect();
    }
    let mut keep = Vec::with_capacity(4 * ends.len());
    let mut start = 0;
    for &end in ends {
        let end = counts.len().min(end as usize);
        let (mut least, mut most) = (start, start);
        for i in start..end {
            least = if counts[i].high < counts[least].high { i } else { least };
            most = if counts[i].high >= counts[most].high { i } else { most };
        }
        let mut four = vec![start, least.min(most), least.max(most), end.saturating_sub(1)];
        four.dedup();
        keep.append(&mut four);
        start = end;
    }
    keep
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_ends_and_extremes() {
        let n = 50_000;
        let x: Vec<f64> = (0..n).map(f64::from).collect();
        let mut counts: Vec<Count> =
            (0..n).map(|i| f64::from(i % 7)).map(|c| Count { low: c, high: c, seen: true }).collect();
        counts[12_345].high = 900.0;
        let keep = thin(&counts, &bins(&x, 100));
        assert_eq!(thin(&counts, &[]).len(), n as usize);
        assert!(keep.len() <= 400 && keep.windows(2).all(|w| w[0] < w[1]));
        assert!([0, 12_345, n as usize - 1].iter().all(|i| keep.contains(i)));
    }
}
