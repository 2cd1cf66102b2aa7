//! Long lanes: what a type's column shows there comes in, in order, and goes out as blocks of tables for the judge, points
//! for the picture, and exact ends and extremes; so that a series does not grow with the log.

use super::{Count, Folded, Lane, Shown, hidden};
use crate::parse::{Call, Observed, Snapshots};
use crate::stats::rank::{block_bounds, median_mut};

/// Tables of a log that are kept one by one, over all its lanes.
pub(super) const MOST_TABLES: usize = 8_192;

/// Blocks of a lane; as many as are judged.
const MOST_BLOCKS: usize = 2_000;

/// Blocks of a lane where there are many long ones; a shorter lane is kept table by table.
const LEAST_BLOCKS: usize = 250;

/// A block whose counts span less is sorted by counting.
const SPAN: usize = 2_048;

/// In how many blocks a lane of `n` tables is folded, where the log has `total`; `None` where it is not.
pub(super) fn n_blocks(n: usize, total: usize) -> Option<usize> {
    if total <= MOST_TABLES {
        return None;
    }
    let share = 2 * MOST_TABLES as u64 * n as u64 / total as u64;
    let blocks = (share as usize).clamp(LEAST_BLOCKS, MOST_BLOCKS);
    (n > blocks).then_some(blocks)
}

/// What all types of a lane have in common.
pub(super) struct Plan<'a> {
    snapshots: &'a Snapshots,
    lane: &'a Lane,
    call: Call,
    /// Rows of its longest table.
    longest: usize,
    /// Where the blocks end.
    blocks: Vec<u32>,
    /// Per block: the middle of what its tables can hide.
    hidden: Vec<f64>,
    /// Where the bins of the picture end.
    bins: Vec<u32>,
    /// Per bin: the tables that can hide the least and the most.
    extremes: Vec<(u32, u32)>,
}

impl<'a> Plan<'a> {
    /// The plan of a lane whose `folded` is filled.
    pub(super) fn new(snapshots: &'a Snapshots, lane: &'a Lane, call: Call, longest: usize) -> Self {
        let n = lane.x.len();
        let blocks = block_bounds(n, lane.folded.len()).into_iter().map(|b| b.1 as u32).collect();
        let bins = bins(&lane.x, lane.folded.len() / 2);
        let mut plan = Self { snapshots, lane, call, longest, blocks, hidden: Vec::new(), bins, extremes: Vec::new() };
        let ranges = |ends: &[u32]| {
            let starts = std::iter::once(0).chain(ends.iter().copied());
            starts.zip(ends.to_vec()).collect::<Vec<_>>()
        };
        let middle = |(a, b)| median_mut(&mut (a..b).map(|i| plan.hides(i)).collect::<Vec<_>>()).unwrap_or(0.0);
        let hidden = ranges(&plan.blocks).into_iter().map(middle).collect();
        let extreme = |(a, b)| {
            let (mut least, mut most) = (a, a);
            for i in a..b {
                least = if plan.hides(i) < plan.hides(least) { i } else { least };
                most = if plan.hides(i) >= plan.hides(most) { i } else { most };
            }
            (least, most)
        };
        let extremes = ranges(&plan.bins).into_iter().map(extreme).collect();
        (plan.hidden, plan.extremes) = (hidden, extremes);
        plan
    }

    /// The most that table `i` of the lane can hide.
    fn hides(&self, i: u32) -> f64 {
        hidden(self.snapshots, self.lane.snapshots[i as usize] as usize, self.longest)
    }
}

/// Where bins of equal width on the axis end; a lane's places rise strictly.
fn bins(x: &[f64], n: usize) -> Vec<u32> {
    let (Some(&from), Some(&to)) = (x.first(), x.last()) else { return Vec::new() };
    let bin = |x: f64| ((x - from) / (to - from) * n as f64) as usize;
    let mut ends: Vec<u32> = (1..x.len()).filter(|&i| bin(x[i]) != bin(x[i - 1])).map(|i| i as u32).collect();
    ends.push(x.len() as u32);
    ends
}

/// One type in one lane, on its way through the lane's tables.
pub(super) struct Folding<'p> {
    plan: &'p Plan<'p>,
    /// The first table not yet told.
    next: u32,
    last_seen: Option<f64>,
    blocks: Blocks,
    bins: Bins,
    out: Folded,
}

impl<'p> Folding<'p> {
    pub(super) fn new(plan: &'p Plan<'p>) -> Self {
        let unknown = Count { low: 0.0, high: 0.0, seen: false };
        let out = Folded {
            counts: Vec::with_capacity(plan.blocks.len()),
            seen: Vec::with_capacity(plan.blocks.len()),
            first: unknown,
            last: unknown,
            least: u64::MAX,
            most: 0,
            n_seen: 0,
            shown: Vec::new(),
        };
        Self { plan, next: 0, last_seen: None, blocks: Blocks::default(), bins: Bins::default(), out }
    }

    /// Table `i` of the lane shows the type. Tables come in order; of a name that stands in a table twice the first counts.
    #[inline]
    pub(super) fn see(&mut self, i: u32, o: &Observed) {
        if i < self.next {
            return;
        }
        let count = o.count as f64;
        if i > self.next {
            self.pass(i, Some((count, o.delta)));
        }
        self.blocks.push(count, true, i, self.plan, &mut self.out);
        self.bins.push(Shown { at: i, high: count, seen: true }, self.plan, &mut self.out);
        if i == 0 {
            self.out.first = Count { low: count, high: count, seen: true };
        }
        self.out.least = self.out.least.min(o.count);
        self.out.most = self.out.most.max(o.count);
        self.out.n_seen += 1;
        self.last_seen = Some(count);
        self.next = i + 1;
    }

    /// Tables up to `to` do not show the type; the one there shows `after`.
    fn pass(&mut self, to: u32, after: Option<(f64, Option<i64>)>) {
        let (from, before) = (self.next, self.last_seen);
        let plan = self.plan;
        if plan.call == Call::Growth {
            self.pass_peaks(to, after);
        } else {
            // The change-least course between the counts that are seen, as far as the cut allows.
            let guess = |i: u32| match (before, after) {
                (Some(a), Some((b, _))) => a + f64::from(i + 1 - from) / f64::from(to + 1 - from) * (b - a),
                (a, b) => a.or(b.map(|b| b.0)).unwrap_or(0.0),
            };
            let likely = |i| guess(i).max(0.0).min(plan.hides(i));
            let whole = |block: usize, (a, b): (u32, u32)| guess(a + (b - a) / 2).max(0.0).min(plan.hidden[block]);
            self.blocks.pass((from, to), likely, whole, plan, &mut self.out);
            let point = |i| Shown { at: i, high: plan.hides(i), seen: false };
            let whole = |bin: usize, _| plan.extremes[bin];
            self.bins.pass((from, to), point, Some(whole), plan, &mut self.out);
            if from == 0 {
                self.out.first = Count { low: 0.0, high: plan.hides(0), seen: false };
            }
            self.out.last = Count { low: 0.0, high: plan.hides(to - 1), seen: false };
        }
        self.next = to;
    }

    /// A call that prints new peaks only: no row means that the peak stands.
    fn pass_peaks(&mut self, to: u32, after: Option<(f64, Option<i64>)>) {
        let (from, before) = (self.next, self.last_seen);
        let plan = self.plan;
        // A row's count less its delta is the peak that all tables since the row before it had. After the last row, each
        // table can have hidden a little more.
        let peak = after.and_then(|(count, delta)| Some((count - delta? as f64).max(0.0)));
        let mut heights = Vec::new();
        if peak.is_none() {
            let mut sum = before.unwrap_or(0.0);
            heights.extend((from..to).map(|i| {
                sum += plan.hides(i);
                if after.is_none() { sum } else { plan.hides(i) }
            }));
        }
        let high = |i: u32| peak.unwrap_or_else(|| heights[(i - from) as usize]);
        let first = after.map_or(0.0, |a| a.0);
        let likely = |i| before.unwrap_or_else(|| if high(i).is_finite() { high(i).min(first) } else { first });
        let whole = |_: usize, (a, b): (u32, u32)| likely(a + (b - a) / 2);
        self.blocks.pass((from, to), likely, whole, plan, &mut self.out);
        let point = |i| Shown { at: i, high: high(i), seen: false };
        let whole = peak.map(|_| |_: usize, (a, b): (u32, u32)| (a, b - 1));
        self.bins.pass((from, to), point, whole, plan, &mut self.out);
        if from == 0 {
            self.out.first = Count { low: 0.0, high: high(0), seen: false };
        }
        self.out.last = Count { low: 0.0, high: high(to - 1), seen: false };
    }

    /// What became of the type in this lane; `None` where no table shows it.
    pub(super) fn finish(mut self) -> Option<Folded> {
        let count = self.last_seen?;
        let n = self.plan.lane.x.len() as u32;
        if self.next < n {
            self.pass(n, None);
        } else {
            self.out.last = Count { low: count, high: count, seen: true };
        }
        Some(self.out)
    }
}

/// Counts of the block that is open.
#[derive(Default)]
struct Blocks {
    at: usize,
    counts: Vec<f64>,
    seen: bool,
    /// Whether all of them are whole numbers.
    fractions: bool,
    histogram: Vec<u32>,
}

impl Blocks {
    #[inline]
    fn push(&mut self, count: f64, seen: bool, i: u32, plan: &Plan<'_>, out: &mut Folded) {
        self.counts.push(count);
        self.seen |= seen;
        self.fractions |= !seen;
        if i + 1 == plan.blocks[self.at] {
            let middle = self.median();
            self.close(middle, out);
        }
    }

    fn close(&mut self, count: f64, out: &mut Folded) {
        out.counts.push(count);
        out.seen.push(self.seen);
        self.counts.clear();
        (self.seen, self.fractions) = (false, false);
        self.at += 1;
    }

    fn pass(
        &mut self,
        (from, to): (u32, u32),
        likely: impl Fn(u32) -> f64,
        whole: impl Fn(usize, (u32, u32)) -> f64,
        plan: &Plan<'_>,
        out: &mut Folded,
    ) {
        let mut i = from;
        while i < to {
            let end = plan.blocks[self.at];
            if self.counts.is_empty() && end <= to {
                self.close(whole(self.at, (i, end)), out);
                i = end;
            } else {
                self.push(likely(i), false, i, plan, out);
                i += 1;
            }
        }
    }

    /// The median, as [`median_mut`] says it; by counting where the counts allow that.
    fn median(&mut self) -> f64 {
        let least = self.counts.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.counts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let span = most - least;
        if self.fractions || span.is_nan() || span >= SPAN as f64 {
            return median_mut(&mut self.counts).unwrap_or(0.0);
        }
        self.histogram.clear();
        self.histogram.resize(span as usize + 1, 0);
        for &count in &self.counts {
            self.histogram[(count - least) as usize] += 1;
        }
        let n = self.counts.len() as u32;
        let place = |k: u32| {
            let mut before = 0;
            let at = self.histogram.iter().position(|&n| {
                before += n;
                before > k
            });
            least + at.unwrap_or(0) as f64
        };
        let high = place(n / 2);
        if n % 2 == 1 {
            return high;
        }
        let low = place(n / 2 - 1);
        low + (high - low) / 2.0
    }
}

/// Points of the bin that is open: first, least, greatest and last.
#[derive(Default)]
struct Bins {
    at: usize,
    open: Option<[Shown; 4]>,
}

impl Bins {
    #[inline]
    fn push(&mut self, point: Shown, plan: &Plan<'_>, out: &mut Folded) {
        let four = match &mut self.open {
            None => self.open.insert([point; 4]),
            Some(four) => {
                if point.high < four[1].high {
                    four[1] = point;
                }
                if point.high >= four[2].high {
                    four[2] = point;
                }
                four[3] = point;
                four
            }
        };
        if point.at + 1 == plan.bins[self.at] {
            let [first, least, most, last] = *four;
            self.close([first, least, most, last], out);
        }
    }

    fn close(&mut self, mut four: [Shown; 4], out: &mut Folded) {
        if four[1].at > four[2].at {
            four.swap(1, 2);
        }
        let from = out.shown.len();
        for point in four {
            if out.shown.len() == from || out.shown.last().is_some_and(|last| last.at < point.at) {
                out.shown.push(point);
            }
        }
        self.open = None;
        self.at += 1;
    }

    fn pass(
        &mut self,
        (from, to): (u32, u32),
        point: impl Fn(u32) -> Shown,
        whole: Option<impl Fn(usize, (u32, u32)) -> (u32, u32)>,
        plan: &Plan<'_>,
        out: &mut Folded,
    ) {
        let mut i = from;
        while i < to {
            let end = plan.bins[self.at];
            match &whole {
                Some(whole) if self.open.is_none() && end <= to => {
                    let (least, most) = whole(self.at, (i, end));
                    self.close([point(i), point(least), point(most), point(end - 1)], out);
                    i = end;
                }
                _ => {
                    self.push(point(i), plan, out);
                    i += 1;
                }
            }
        }
    }
}
