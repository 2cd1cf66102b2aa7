//! Snapshots of one log come in, its lanes (process lifetimes) and the counts of every type in them go out.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::fold::{Folding, Plan, n_blocks};
use super::{Axis, Count, Counts, Lane, LogSeries, SeriesOptions, TypeSeries, hidden};
use crate::parse::{Call, Clock, Event, Observed, Snapshots};
use crate::stats::rank::block_bounds;

/// Counts that are taken off a column at once.
const LONGEST_RUN: usize = 1024;

/// Stretches of fewer snapshots than this on average, of processes that write in turns, are looked up snapshot by snapshot.
const SHORT_STRETCH: usize = 16;

/// Of a snapshot that no lane holds.
const NO_LANE: u32 = u32::MAX;

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// Which process lifetime in its stream every snapshot belongs to; as long as the snapshots.
///
/// What the log says (a process began, a new process id) beats what the counts suggest.
pub fn runs(snapshots: &Snapshots) -> Vec<u32> {
    let mut run_of = vec![0; snapshots.len()];
    for (stream, members) in by_stream(snapshots, |_| true).iter().enumerate() {
        let starts = run_starts(snapshots, stream as u32, members);
        let mut run = 0;
        let mut next = starts.iter().peekable();
        for (i, &snapshot) in members.iter().enumerate() {
            if next.next_if(|&&start| start == i).is_some() {
                run += 1;
            }
            run_of[snapshot as usize] = run;
        }
    }
    run_of
}

/// Positions in `members` (snapshots of one stream) at which a new process began; sorted, never the first.
fn run_starts(snapshots: &Snapshots, stream: u32, members: &[u32]) -> Vec<usize> {
    let process = |i: usize| snapshots.process(members[i] as usize);
    let other = |&i: &usize| matches!((process(i - 1), process(i)), (Some(a), Some(b)) if a != b);
    let mut starts: Vec<usize> = match snapshots.n_writers() {
        0 | 1 => Vec::new(),
        _ => (1..members.len()).filter(other).collect(),
    };
    starts.extend(told_at(snapshots, &snapshots.events, stream, members));
    // What the log says beats what the counts suggest: one that tells of restarts, or names its processes, tells of all.
    let names_process = || (0..members.len()).all(|i| process(i).is_some());
    if starts.is_empty() && !names_process() {
        let call = preferred_call(snapshots);
        let of_call = |i: &usize| snapshots.call(members[*i] as usize) == call;
        let hints = |members: &[u32]| told_at(snapshots, &snapshots.hints, stream, members).collect::<Vec<usize>>();
        if snapshots.n_growth() == 0 || (0..members.len()).all(|i| of_call(&i)) {
            starts = super::runs::from_counts(snapshots, members, &hints(members));
        } else {
            let of_call: Vec<usize> = (0..members.len()).filter(of_call).collect();
            let numbers: Vec<u32> = of_call.iter().map(|&i| members[i]).collect();
            let found = super::runs::from_counts(snapshots, &numbers, &hints(&numbers));
            starts.extend(found.into_iter().map(|i| of_call[i]));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Positions in `members` before which the log tells of `events` of their stream; rising, never the first.
fn told_at(snapshots: &Snapshots, events: &[Event], stream: u32, members: &[u32]) -> impl Iterator<Item = usize> {
    let mine = events.iter().filter(move |event| event.stream.is_none_or(|s| s == stream));
    let at = move |event: &Event| members.partition_point(|&m| snapshots.number(m as usize) < event.snapshot);
    mine.map(at).filter(move |&at| at > 0 && at < members.len())
}

/// Per stream the numbers of its snapshots that `keep` accepts, in order.
fn by_stream(snapshots: &Snapshots, keep: impl Fn(usize) -> bool) -> Vec<Vec<u32>> {
    let mut out = vec![Vec::new(); snapshots.stream_names().len()];
    for i in 0..snapshots.len() {
        if let Some(members) = out.get_mut(snapshots.stream(i) as usize).filter(|_| keep(i)) {
            members.push(i as u32);
        }
    }
    out
}

/// The call whose tables make the series: `most_common` where it has enough of them, since `growth` shows peaks only.
fn preferred_call(snapshots: &Snapshots) -> Call {
    let growth = snapshots.n_growth();
    let most_common = snapshots.len() - growth;
    if growth > 2 * most_common { Call::Growth } else { Call::MostCommon }
}

/// Builds all series of a log.
pub fn build(snapshots: &Snapshots, options: &SeriesOptions) -> LogSeries {
    let call = preferred_call(snapshots);
    let members = || by_stream(snapshots, |i| snapshots.call(i) == call && options.covers(snapshots, i));
    let (run_of, (clock, members)) = rayon::join(|| runs(snapshots), || (Timeline::new(snapshots, options), members()));
    let mut lanes = Vec::new();
    for (stream, mine) in members.into_iter().enumerate() {
        let mut from = 0;
        while from < mine.len() {
            let run = run_of[mine[from] as usize];
            let to = from + mine[from..].iter().take_while(|&&m| run_of[m as usize] == run).count();
            lanes.push(Lane {
                stream: stream as u32,
                run,
                snapshots: mine[from..to].to_vec(),
                first_in_stream: from as u32,
                x: clock.places(snapshots, &mine[from..to], from),
                folded: Vec::new(),
            });
            from = to;
        }
    }
    drop(run_of);
    fold(&mut lanes);
    let (interval_s, types) =
        rayon::join(|| clock.interval_s(&lanes, options), || types(snapshots, call, &lanes, options));
    LogSeries {
        axis: clock.axis,
        call,
        origin: clock.origin,
        interval_s,
        end: clock.end(snapshots, options),
        streams: snapshots.stream_names().to_vec(),
        types,
        lanes,
    }
}

/// Says of each lane by how many blocks it is held.
fn fold(lanes: &mut [Lane]) {
    let total = lanes.iter().map(|l| l.x.len()).sum();
    for lane in lanes {
        if let Some(n) = n_blocks(lane.x.len(), total) {
            let mean = |(a, b): (usize, usize)| lane.x[a..b].iter().sum::<f64>() / (b - a) as f64;
            lane.folded = block_bounds(lane.x.len(), n).into_iter().map(mean).collect();
        }
    }
}

/// How snapshots are placed on the log's axis.
struct Timeline {
    axis: Axis,
    origin: Option<i64>,
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
    fn new(snapshots: &Snapshots, options: &SeriesOptions) -> Self {
        let first = times(snapshots).min();
        let (axis, origin, step) = match (options.interval_s, first) {
            (Some(s), _) => {
                // A clock that knows no day tells no day.
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
    fn places(&self, snapshots: &Snapshots, members: &[u32], first: usize) -> Vec<f64> {
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
    fn end(&self, snapshots: &Snapshots, options: &SeriesOptions) -> Option<f64> {
        if self.axis == Axis::Snapshot || self.step.is_some() {
            return None;
        }
        let zero = self.first?;
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

/// A stretch of snapshots that follow each other in the log and in a lane.
struct Stretch {
    from: u32,
    len: u32,
    lane: u32,
    /// Index of the first in the lane.
    at: u32,
}

/// Where snapshots stand, in the log's order.
fn stretches(lanes: &[Lane]) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for (k, lane) in lanes.iter().enumerate() {
        for (i, &snapshot) in lane.snapshots.iter().enumerate() {
            match out.last_mut() {
                Some(last) if last.lane == k as u32 && last.from + last.len == snapshot => last.len += 1,
                _ => out.push(Stretch { from: snapshot, len: 1, lane: k as u32, at: i as u32 }),
            }
        }
    }
    out.sort_unstable_by_key(|s| s.from);
    out
}

/// Where each snapshot stands, its lane first; `None` where few stretches hold all of them.
fn one_by_one(stretches: &[Stretch], n: usize) -> Option<Vec<(u32, u32)>> {
    if stretches.len() < n / SHORT_STRETCH {
        return None;
    }
    let mut places = vec![(NO_LANE, 0); n];
    for stretch in stretches {
        let mine = places.iter_mut().skip(stretch.from as usize).take(stretch.len as usize);
        mine.zip(stretch.at..).for_each(|(place, at)| *place = (stretch.lane, at));
    }
    Some(places)
}

/// One type in one lane, as far as its column was read.
enum Open<'p> {
    All(Vec<Count>),
    Folding(Box<Folding<'p>>),
}

/// What is known of every type in every lane.
fn types(snapshots: &Snapshots, call: Call, lanes: &[Lane], options: &SeriesOptions) -> Vec<TypeSeries> {
    let rows = |&s: &u32| snapshots.rows_of(s as usize);
    let longest: Vec<usize> = lanes.iter().map(|l| l.snapshots.iter().map(rows).max().unwrap_or(0)).collect();
    let folded = |lane: &Lane| !lane.folded.is_empty();
    let plans: Vec<Option<Plan<'_>>> = (0..lanes.len())
        .map(|k| folded(&lanes[k]).then(|| Plan::new(snapshots, &lanes[k], call, longest[k])))
        .collect();
    let stretches = stretches(lanes);
    let places = one_by_one(&stretches, snapshots.len());
    let whole = lanes.iter().map(|l| l.snapshots.len()).sum::<usize>() == snapshots.len();
    let open = |k: usize| match &plans[k] {
        Some(plan) => Open::Folding(Box::new(Folding::new(plan))),
        None => {
            let unseen = |&s: &u32| Count { low: 0.0, high: hidden(snapshots, s as usize, longest[k]), seen: false };
            Open::All(lanes[k].snapshots.iter().map(unseen).collect())
        }
    };
    let ended = |at: usize, snapshot: u32| {
        let later = stretches.get(at..).unwrap_or_default();
        later.iter().take_while(|s| s.from + s.len <= snapshot).count()
    };
    let names = snapshots.type_names().par_iter().enumerate();
    let kept = names.filter(|(_, name)| options.names.keeps(name));
    let of_type = |(t, name): (usize, &String)| {
        let mut of_lanes: Vec<Option<Open<'_>>> = Vec::new();
        of_lanes.resize_with(lanes.len(), || None);
        let mut at = 0;
        let mut column = snapshots.column(t as u32);
        let mut run = Vec::new();
        while !column.has_deltas()
            && let Some(mut snapshot) = column.next_run(LONGEST_RUN, &mut run)
        {
            if let Some(places) = &places {
                let here = places.get(snapshot as usize..).unwrap_or_default();
                for (&count, &(k, i)) in run.iter().zip(here).filter(|(_, place)| place.0 != NO_LANE) {
                    match of_lanes[k as usize].get_or_insert_with(|| open(k as usize)) {
                        Open::All(counts) => see_all(counts, i as usize, &[count]),
                        Open::Folding(folding) => folding.see_one(i, count),
                    }
                }
                continue;
            }
            let mut rest = run.as_slice();
            while !rest.is_empty() {
                at += ended(at, snapshot);
                let Some(stretch) = stretches.get(at) else { break };
                rest = rest.get(stretch.from.saturating_sub(snapshot) as usize..).unwrap_or_default();
                snapshot = snapshot.max(stretch.from);
                let left = stretch.from + stretch.len - snapshot;
                let (mine, others) = rest.split_at(rest.len().min(left as usize));
                let (k, i) = (stretch.lane as usize, stretch.at + (snapshot - stretch.from));
                if !mine.is_empty() {
                    match of_lanes[k].get_or_insert_with(|| open(k)) {
                        Open::All(counts) => see_all(counts, i as usize, mine),
                        Open::Folding(folding) => folding.see_all(i, mine),
                    }
                }
                (rest, snapshot) = (others, snapshot + mine.len() as u32);
            }
        }
        // Counts with something beside them come one by one.
        while let Some(snapshot) = column.ahead() {
            at += ended(at, snapshot);
            let Some(stretch) = stretches.get(at) else { break };
            if snapshot < stretch.from {
                column.next();
                continue;
            }
            let k = stretch.lane as usize;
            let i = stretch.at + (snapshot - stretch.from);
            let open = of_lanes[k].get_or_insert_with(|| open(k));
            let Some(o) = column.next() else { break };
            match open {
                Open::All(counts) => see(counts, i as usize, &o),
                Open::Folding(folding) => folding.see(i, &o),
            }
        }
        let close = |(k, open): (usize, Option<Open<'_>>)| match open? {
            Open::All(mut counts) => {
                if call == Call::Growth {
                    after_the_last_peak(&mut counts, |i| hidden(snapshots, lanes[k].snapshots[i] as usize, longest[k]));
                }
                Some(Counts::All(counts))
            }
            Open::Folding(folding) => folding.finish().map(|folded| Counts::Folded(Box::new(folded))),
        };
        let of_lanes = of_lanes.into_iter().enumerate().map(close).collect();
        let totals = snapshots.totals(t as u32).filter(|_| whole);
        TypeSeries { name: name.clone(), lanes: of_lanes, totals }
    };
    let shown = |t: &TypeSeries| t.lanes.iter().any(Option::is_some);
    kept.map(of_type).filter(shown).collect()
}

/// The tables of a lane from `i` on show the type.
fn see_all(counts: &mut [Count], i: usize, shown: &[u64]) {
    for (count, &shown) in counts.iter_mut().skip(i).zip(shown) {
        *count = Count { low: shown as f64, high: shown as f64, seen: true };
    }
}

/// Table `i` of a lane shows the type.
fn see(counts: &mut [Count], i: usize, o: &Observed) {
    let count = o.count as f64;
    counts[i] = Count { low: count, high: count, seen: true };
    // A row's count less its delta is the peak that all snapshots since the row before it had.
    if let Some(delta) = o.delta {
        let peak = (count - delta as f64).max(0.0);
        counts[..i].iter_mut().rev().take_while(|c| !c.seen).for_each(|c| c.high = peak);
    }
}

/// After the last row each table can have hidden a little more growth.
fn after_the_last_peak(counts: &mut [Count], hidden: impl Fn(usize) -> f64) {
    let Some(last) = counts.iter().rposition(|c| c.seen) else { return };
    let mut high = counts[last].low;
    for (i, c) in counts.iter_mut().enumerate().skip(last + 1) {
        high += hidden(i);
        c.high = high;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Observation, Place, Snapshot, SnapshotsBuilder};

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

    /// A long log: one type grows, one comes and goes under the cut, one steps up, one stands out once.
    fn long(n: u32, call: Call) -> (Snapshots, SeriesOptions) {
        let mut builder = SnapshotsBuilder::new(false, None);
        let ids: Vec<u32> = ["Leak", "Rare", "Step", "Spike"].iter().map(|t| builder.type_id(t)).collect();
        for i in 0..n {
            let counts = [
                Some(100 + i / 3),
                Some(90 + i % 5).filter(|_| i % 900 > 300 && i > 50 && i + 70 < n),
                Some(if 2 * i < n { 700 } else { 950_000 + i % 3 }),
                Some(if i == n / 3 { 4_000_000 } else { 300 + i * 7 % 11 }),
            ];
            let rows = counts.iter().zip(&ids).filter_map(|(c, &type_id)| {
                let count = u64::from((*c)?);
                Some(Observation { type_id, count, delta: (call == Call::Growth).then_some(1) })
            });
            let place = Place { part: 0, line: 9 * u64::from(i) };
            let (time, process) = (Some(60_000_000 * i64::from(i)), Some(7));
            builder.table(&Snapshot { place, last: place, time, call, stream: 0, process, torn: false }, rows);
        }
        builder.name_streams(vec![None]);
        (builder.finish(), SeriesOptions::default())
    }

    #[test]
    fn blocks_say_what_all_tables_say() {
        for call in [Call::MostCommon, Call::Growth] {
            let (snapshots, options) = long(20_011, call);
            let folded = build(&snapshots, &options);
            assert_eq!(folded.lanes[0].folded.len(), 2_000);
            let lanes: Vec<Lane> = folded.lanes.iter().map(|l| Lane { folded: Vec::new(), ..l.clone() }).collect();
            let all = types(&snapshots, call, &lanes, &options);
            let lane = &folded.lanes[0];
            for (folded, all) in folded.types.iter().zip(&all) {
                let (Some(of_blocks), Some(Counts::All(counts))) = (&folded.lanes[0], &all.lanes[0]) else {
                    panic!("{}: not folded", all.name);
                };
                let of_all = Counts::All(counts.clone());
                assert_eq!(of_blocks.first(), of_all.first(), "{}", all.name);
                assert_eq!(of_blocks.last(), of_all.last(), "{}", all.name);
                assert_eq!(of_blocks.n_seen(), of_all.n_seen(), "{}", all.name);
                assert_eq!(of_blocks.extremes(), of_all.extremes(), "{}", all.name);
                let Counts::Folded(of_blocks) = of_blocks else { panic!("{}: not folded", all.name) };
                for (b, (from, to)) in block_bounds(counts.len(), 2_000).into_iter().enumerate() {
                    let block = &counts[from..to];
                    assert_eq!(of_blocks.seen[b], block.iter().any(|c| c.seen), "{} {b}", all.name);
                    if block.iter().all(|c| c.seen) {
                        let middle = crate::stats::median_mut(&mut block.iter().map(|c| c.high).collect::<Vec<_>>());
                        assert_eq!(Some(of_blocks.counts[b]), middle, "{} {b}", all.name);
                    }
                }
                for shown in &of_blocks.shown {
                    let c = counts[shown.at as usize];
                    assert_eq!((shown.high, shown.seen), (c.high, c.seen), "{} {}", all.name, shown.at);
                }
                assert!(of_blocks.shown.windows(2).all(|w| w[0].at < w[1].at) && of_blocks.shown.len() <= 4_004);
                assert!(of_blocks.shown.len() > 900 && lane.x.len() == counts.len());
            }
        }
    }

    #[test]
    fn what_lacks_a_time_lies_between_its_neighbours() {
        let x = rising(&[None, Some(1.0), None, None, Some(4.0), None], 0.5);
        assert_eq!(x, [0.5, 1.0, 2.0, 3.0, 4.0, 4.5]);
    }
}
