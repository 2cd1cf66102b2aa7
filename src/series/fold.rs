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
const SPAN: u64 = 2_048;

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
pub(crate) fn bins(x: &[f64], n: usize) -> Vec<u32> {
    let (Some(&from), Some(&to)) = (x.first(), x.last()) else { return Vec::new() };
    let bin = |x: f64| ((x - from) / (to - from) * n as f64) as usize;
    let mut ends: Vec<u32> = (1..x.len()).filter(|&i| bin(x[i]) != bin(x[i - 1])).map(|i| i as u32).collect();
    ends.push(x.len() as u32);
    ends
}

/// Fewer counts than this are worth waiting for others.
const FEW: usize = 64;

/// One type in one lane, on its way through the lane's tables.
pub(super) struct Folding<'p> {
    plan: &'p Plan<'p>,
    /// The first table not yet told.
    next: u32,
    last_seen: Option<f64>,
    /// Counts of tables that follow each other, to be taken at once; where lanes alternate they come one by one.
    waiting: Vec<u64>,
    waiting_from: u32,
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
        Self {
            plan,
            next: 0,
            last_seen: None,
            waiting: Vec::new(),
            waiting_from: 0,
            blocks: Blocks::default(),
            bins: Bins::default(),
            out,
        }
    }

    /// Table `i` of the lane shows the type. Tables come in order; of a name that stands in a table twice the first counts.
    pub(super) fn see(&mut self, i: u32, o: &Observed) {
        self.take_waiting();
        if i > self.next {
            self.pass(i, Some((o.count as f64, o.delta)));
        }
        self.take_all(i, &[o.count]);
    }

    /// The tables from `i` on show these counts.
    pub(super) fn see_all(&mut self, i: u32, counts: &[u64]) {
        if i != self.waiting_from + self.waiting.len() as u32 || self.waiting.len() > FEW {
            self.take_waiting();
            self.waiting_from = i;
        }
        if counts.len() > FEW {
            self.take_waiting();
            self.take_all(i, counts);
            self.waiting_from = i + counts.len() as u32;
        } else {
            self.waiting.extend_from_slice(counts);
        }
    }

    /// Table `i` shows this count.
    #[inline]
    pub(super) fn see_one(&mut self, i: u32, count: u64) {
        if i == self.waiting_from + self.waiting.len() as u32 && self.waiting.len() <= FEW {
            self.waiting.push(count);
        } else {
            self.see_all(i, &[count]);
        }
    }

    fn take_waiting(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        self.take_all(self.waiting_from, &waiting);
        waiting.clear();
        self.waiting = waiting;
    }

    fn take_all(&mut self, i: u32, counts: &[u64]) {
        let Some(mut rest) = counts.get(self.next.saturating_sub(i) as usize..) else { return };
        let (Some(&first), Some(&last)) = (rest.first(), rest.last()) else { return };
        if i > self.next {
            self.pass(i, Some((first as f64, None)));
        }
        if self.next == 0 {
            self.out.first = Count { low: first as f64, high: first as f64, seen: true };
        }
        self.out.n_seen += rest.len() as u32;
        self.last_seen = Some(last as f64);
        while !rest.is_empty() {
            let end = self.plan.blocks[self.blocks.at].min(self.plan.bins[self.bins.at]);
            let (piece, others) = rest.split_at(rest.len().min((end - self.next) as usize));
            rest = others;
            let (mut least, mut most) = ((self.next, u64::MAX), (self.next, 0));
            for (at, &count) in (self.next..).zip(piece) {
                if count < least.1 {
                    least = (at, count);
                }
                if count >= most.1 {
                    most = (at, count);
                }
            }
            self.out.least = self.out.least.min(least.1);
            self.out.most = self.out.most.max(most.1);
            self.blocks.see(piece, least.1, most.1);
            let shown = |(at, count): (u32, u64)| Shown { at, high: count as f64, seen: true };
            let first = shown((self.next, piece[0]));
            self.next += piece.len() as u32;
            let last = shown((self.next - 1, piece[piece.len() - 1]));
            self.bins.join([first, shown(least), shown(most), last]);
            self.close();
        }
    }

    /// Closes what ends before the next table.
    fn close(&mut self) {
        if self.next == self.plan.blocks[self.blocks.at] {
            let middle = self.blocks.median();
            self.blocks.close(middle, &mut self.out);
        }
        if self.next == self.plan.bins[self.bins.at] {
            self.bins.close(&mut self.out);
        }
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
        self.take_waiting();
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
    seen: Vec<u64>,
    /// The least and the greatest of them.
    range: Option<(u64, u64)>,
    /// Where tables do not show the type.
    guessed: Vec<f64>,
    histogram: Vec<u32>,
}

impl Blocks {
    fn see(&mut self, counts: &[u64], least: u64, most: u64) {
        self.seen.extend_from_slice(counts);
        let (low, high) = self.range.unwrap_or((least, most));
        self.range = Some((low.min(least), high.max(most)));
    }

    fn close(&mut self, count: f64, out: &mut Folded) {
        out.counts.push(count);
        out.seen.push(!self.seen.is_empty());
        self.seen.clear();
        self.guessed.clear();
        self.range = None;
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
            if self.seen.is_empty() && self.guessed.is_empty() && end <= to {
                self.close(whole(self.at, (i, end)), out);
                i = end;
                continue;
            }
            self.guessed.push(likely(i));
            i += 1;
            if i == end {
                let middle = self.median();
                self.close(middle, out);
            }
        }
    }

    /// The median, as [`median_mut`] says it; by counting where the counts are close together.
    fn median(&mut self) -> f64 {
        let Some((least, most)) = self.range.filter(|_| self.guessed.is_empty()) else {
            self.guessed.extend(self.seen.iter().map(|&c| c as f64));
            return median_mut(&mut self.guessed).unwrap_or(0.0);
        };
        let n = self.seen.len();
        let (low, high) = if most - least < SPAN {
            self.histogram.clear();
            self.histogram.resize((most - least) as usize + 1, 0);
            for &count in &self.seen {
                self.histogram[(count - least) as usize] += 1;
            }
            let place = |k: usize| {
                let mut before = 0;
                let at = self.histogram.iter().position(|&n| {
                    before += n as usize;
                    before > k
                });
                least + at.unwrap_or(0) as u64
            };
            (place((n - 1) / 2), place(n / 2))
        } else {
            let (below, &mut high, _) = self.seen.select_nth_unstable(n / 2);
            let low = if n % 2 == 1 { high } else { below.iter().copied().max().unwrap_or(high) };
            (low, high)
        };
        low as f64 + (high - low) as f64 / 2.0
    }
}

/// Points of the bin that is open: first, least, greatest and last.
#[derive(Default)]
struct Bins {
    at: usize,
    open: Option<[Shown; 4]>,
}

impl Bins {
    /// Adds tables by their first, least, greatest and last.
    fn join(&mut self, points: [Shown; 4]) {
        let Some(four) = &mut self.open else {
            self.open = Some(points);
            return;
        };
        if points[1].high < four[1].high {
            four[1] = points[1];
        }
        if points[2].high >= four[2].high {
            four[2] = points[2];
        }
        four[3] = points[3];
    }

    fn close(&mut self, out: &mut Folded) {
        let Some(mut four) = self.open.take() else { return };
        if four[1].at > four[2].at {
            four.swap(1, 2);
        }
        let from = out.shown.len();
        for point in four {
            if out.shown.len() == from || out.shown.last().is_some_and(|last| last.at < point.at) {
                out.shown.push(point);
            }
        }
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
                    self.join([point(i), point(least), point(most), point(end - 1)]);
                    i = end;
                }
                _ => {
                    self.join([point(i); 4]);
                    i += 1;
                }
            }
            if i == end {
                self.close(out);
            }
        }
    }
}
