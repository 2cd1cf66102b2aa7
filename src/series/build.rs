//! Snapshots of one log come in, its lanes (process lifetimes) and the counts of every type in them go out.

use super::fold::n_blocks;
use super::timeline::Timeline;
use super::types::types;
use super::{Lane, LogSeries, SeriesOptions};
use crate::parse::{Call, Event, Snapshots};
use crate::stats::rank::block_bounds;

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
    let at = move |event: &Event| snapshots.first_from(members, event.snapshot);
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

#[cfg(test)]
mod tests {
    use super::super::Counts;
    use super::*;
    use crate::parse::{Observation, Place, Snapshot, SnapshotsBuilder};

    /// A long log: one type grows, one comes and goes under the cut, one steps up, one stands out once.
    fn long(n: u32, call: Call) -> (Snapshots, SeriesOptions) {
        by_turns(n, call, &[7])
    }

    /// The same printed by each of `processes`, in turns.
    fn by_turns(n: u32, call: Call, processes: &[u32]) -> (Snapshots, SeriesOptions) {
        let mut builder = SnapshotsBuilder::new(false, None);
        let ids: Vec<u32> = ["Leak", "Rare", "Step", "Spike"].iter().map(|t| builder.type_id(t)).collect();
        for i in 0..n {
            let counts = [
                Some(100 + i / 3),
                Some(90 + i % 5).filter(|_| i % 900 > 300 && i > 50 && i + 70 < n),
                Some(if 2 * i < n { 700 } else { 950_000 + i % 3 }),
                Some(if i == n / 3 { 4_000_000 } else { 300 + i * 7 % 11 }),
            ];
            let place = Place { part: 0, line: 9 * u64::from(i) };
            let time = Some(60_000_000 * i64::from(i));
            for (stream, &process) in (0..).zip(processes) {
                let rows = counts.iter().zip(&ids).filter_map(|(c, &type_id)| {
                    let count = u64::from((*c)? + 1_000 * process);
                    Some(Observation { type_id, count, delta: (call == Call::Growth).then_some(1) })
                });
                let process = Some(process);
                builder.table(&Snapshot { place, last: place, time, call, stream, process, torn: false }, rows);
            }
        }
        builder.name_streams(processes.iter().map(|p| Some(p.to_string())).collect());
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
    fn processes_that_write_in_turns_are_as_each_would_be_alone() {
        for (n, call) in
            [(300, Call::MostCommon), (9_000, Call::MostCommon), (300, Call::Growth), (9_000, Call::Growth)]
        {
            let processes = [7, 400, 12];
            let (snapshots, options) = by_turns(n, call, &processes);
            let all = build(&snapshots, &options);
            for (k, &process) in processes.iter().enumerate() {
                let (snapshots, options) = by_turns(n, call, &[process]);
                let alone = build(&snapshots, &options);
                assert_eq!(all.lanes[k].x, alone.lanes[0].x, "{n} {call:?}");
                for (all, alone) in all.types.iter().zip(&alone.types) {
                    let (all, alone) = (format!("{:?}", all.lanes[k]), format!("{:?}", alone.lanes[0]));
                    assert!(all == alone, "{n} {call:?}: {} and {}", all.len(), alone.len());
                }
            }
        }
    }
}
