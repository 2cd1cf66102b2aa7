//! The columns of a log come in, with its lanes; what each type shows in each lane goes out.

use rayon::prelude::*;

use super::fold::{Folding, Plan};
use super::{Count, Counts, Lane, SeriesOptions, TypeSeries, hidden};
use crate::parse::{Call, Observed, Snapshots};

/// Counts that are taken off a column at once.
const LONGEST_RUN: usize = 1024;

/// Stretches of fewer snapshots than this on average, of processes that write in turns, are looked up snapshot by snapshot.
const SHORT_STRETCH: usize = 16;

/// Of a snapshot that no lane holds.
const NO_LANE: u32 = u32::MAX;

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
pub(super) fn types(snapshots: &Snapshots, call: Call, lanes: &[Lane], options: &SeriesOptions) -> Vec<TypeSeries> {
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
