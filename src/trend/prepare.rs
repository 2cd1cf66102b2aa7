//! What is known of a type's counts in one life comes in, one number per table goes out, with wild ones taken out.

use super::thresholds::{MOST_PLACES, MOST_POINTS};
use crate::series::{Count, Counts, Folded, Lane};
use crate::stats::rank::{block_bounds, blocks, mad_sd, nth};

/// One type in one process lifetime, ready to be judged.
#[derive(Debug, Clone)]
pub(super) struct Life {
    /// Index of the lane.
    pub(super) lane: usize,
    /// Places on the log's axis; rise strictly.
    pub(super) x: Vec<f64>,
    /// Counts; where the table does not show the type, the likeliest that the cut allows.
    pub(super) y: Vec<f64>,
    /// Which counts a row shows.
    pub(super) seen: Vec<bool>,
    /// For each place the table that it is of: the last one printed until then.
    pub(super) table: Vec<usize>,
    /// Whether only new peaks are printed.
    pub(super) peaks_only: bool,
}

impl Life {
    /// `None` where no row shows the type. Calls of `show_growth` that had no new peak to print, and so left no
    /// table, are put back as places at which the peaks stood, up to `until`: where the process ended, by a clock.
    /// A lane that is held by blocks has so many tables that there is nothing to put back.
    pub(super) fn new(
        index: usize,
        lane: &Lane,
        counts: &Counts,
        peaks_only: bool,
        until: Option<f64>,
    ) -> Option<Self> {
        let counts = match counts {
            Counts::All(counts) => counts,
            Counts::Folded(folded) => return Self::of_blocks(index, lane, folded, peaks_only),
        };
        let x = &lane.x;
        let n = x.len().min(counts.len());
        let counts = &counts[..n];
        if !counts.iter().any(|c| c.seen) {
            return None;
        }
        let y = if peaks_only { peaks(counts) } else { fill(counts) };
        let mut life = Self {
            lane: index,
            x: x[..n].to_vec(),
            y,
            seen: counts.iter().map(|c| c.seen).collect(),
            table: (0..n).collect(),
            peaks_only,
        };
        if let Some(until) = until.filter(|_| peaks_only) {
            life.put_back_silent_calls(until);
        }
        life.thin();
        Some(life)
    }

    fn of_blocks(index: usize, lane: &Lane, folded: &Folded, peaks_only: bool) -> Option<Self> {
        let n = lane.folded.len().min(folded.counts.len());
        let last_table = |(_, b): (usize, usize)| b - 1;
        (n > 0).then(|| Self {
            lane: index,
            x: lane.folded[..n].to_vec(),
            y: folded.counts[..n].to_vec(),
            seen: folded.seen.clone(),
            table: block_bounds(lane.x.len(), n).into_iter().map(last_table).collect(),
            peaks_only,
        })
    }

    /// Blocks of places in the place of places, where there are very many: mean time, median count.
    fn thin(&mut self) {
        if self.len() <= MOST_POINTS {
            return;
        }
        let bounds = block_bounds(self.len(), MOST_POINTS);
        (self.x, self.y) = blocks(&self.x, &self.y, MOST_POINTS);
        self.seen = bounds.iter().map(|&(a, b)| self.seen[a..b].iter().any(|s| *s)).collect();
        self.table = bounds.iter().map(|&(_, b)| self.table[b - 1]).collect();
    }

    /// Number of places in time.
    pub(super) fn len(&self) -> usize {
        self.x.len()
    }

    /// Number of tables.
    pub(super) fn n_tables(&self) -> usize {
        self.table.last().map_or(0, |t| t + 1)
    }

    /// How many tables so many places stand for; of calls that were put back as many as there are.
    pub(super) fn tables_of(&self, places: usize) -> usize {
        let each = self.n_tables() as f64 / self.len().max(1) as f64;
        (places as f64 * each.max(1.0)).round() as usize
    }

    /// Where what shows at place `i` can have begun: the first table that the place stands for.
    pub(super) fn begin(&self, i: usize) -> usize {
        let Some(&table) = self.table.get(i) else { return 0 };
        match i.checked_sub(1) {
            Some(before) => table.min(self.table[before] + 1),
            None => 0,
        }
    }

    /// Calls are taken to come as often as the closest tenth of the tables do.
    fn put_back_silent_calls(&mut self, until: f64) {
        let mut gaps: Vec<f64> = self.x.windows(2).map(|w| w[1] - w[0]).collect();
        let tenth = gaps.len() / 10;
        let Some(step) = nth(&mut gaps, tenth).filter(|s| *s > 0.0) else { return };
        let total: f64 = self.x.windows(2).map(|w| (w[1] - w[0]) / step).sum();
        let Some(&last) = self.x.last() else { return };
        let after = ((until - last) / step).max(0.0);
        if total + after > MOST_PLACES {
            return;
        }
        let old = self.clone();
        (self.x, self.y, self.seen, self.table) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for i in 0..old.len() {
            if i > 0 {
                let gap = old.x[i] - old.x[i - 1];
                let silent = ((gap / step).round() as usize).saturating_sub(1);
                for k in 1..=silent {
                    self.x.push(old.x[i - 1] + gap * k as f64 / (silent + 1) as f64);
                    self.y.push(old.y[i - 1]);
                    self.seen.push(false);
                    self.table.push(i - 1);
                }
            }
            self.x.push(old.x[i]);
            self.y.push(old.y[i]);
            self.seen.push(old.seen[i]);
            self.table.push(i);
        }
        // A step of less than a whole one may be the log's last lines.
        for k in 1..=after as usize {
            self.x.push(last + step * k as f64);
            self.y.push(old.y[old.len() - 1]);
            self.seen.push(false);
            self.table.push(old.len() - 1);
        }
    }

    /// The counts at the tables, without the places put back; and which of them a row shows.
    pub(super) fn at_tables(&self) -> (Vec<f64>, Vec<bool>) {
        let printed = |i: usize| i == 0 || self.table[i] != self.table[i - 1];
        let at: Vec<usize> = (0..self.len()).filter(|&i| printed(i)).collect();
        (at.iter().map(|&i| self.y[i]).collect(), at.iter().map(|&i| self.seen[i]).collect())
    }

    /// How many rows show the type.
    pub(super) fn n_seen(&self) -> usize {
        self.seen.iter().filter(|s| **s).count()
    }
}

/// Where the table hides the type: the change-least course between the counts that it shows, as far as its cut allows.
fn fill(counts: &[Count]) -> Vec<f64> {
    let known: Vec<usize> = (0..counts.len()).filter(|&i| counts[i].seen).collect();
    let (Some(&first), Some(&last)) = (known.first(), known.last()) else { return vec![0.0; counts.len()] };
    let mut next = 0;
    (0..counts.len())
        .map(|i| {
            while next < known.len() && known[next] < i {
                next += 1;
            }
            let guess = if i <= first {
                counts[first].low
            } else if i >= last {
                counts[last].low
            } else {
                let (a, b) = (known[next - 1], known[next]);
                let f = (i - a) as f64 / (b - a) as f64;
                counts[a].low + f * (counts[b].low - counts[a].low)
            };
            guess.max(counts[i].low).min(counts[i].high)
        })
        .collect()
}

/// A call that prints new peaks only: no row means that the peak stands.
fn peaks(counts: &[Count]) -> Vec<f64> {
    let first = counts.iter().find(|c| c.seen).map_or(0.0, |c| c.low);
    let mut peak = None;
    counts
        .iter()
        .map(|c| {
            if c.seen {
                peak = Some(c.low);
            }
            peak.unwrap_or(if c.high.is_finite() { c.high.min(first) } else { first })
        })
        .collect()
}

/// Takes out single wild counts: further from the median of seven neighbours than five scaled median deviations and than a
/// few objects. The ends stay, since nothing says there whether a jump will last.
pub(super) fn despike(y: &[f64]) -> Vec<f64> {
    let n = y.len();
    let mut out = y.to_vec();
    if n < 9 {
        return out;
    }
    for i in 3..n - 3 {
        let window = &y[i - 3..=i + 3];
        let mut sorted = [0.0; 7];
        sorted.copy_from_slice(window);
        sorted.sort_unstable_by(f64::total_cmp);
        let centre = sorted[3];
        let (away, few) = ((y[i] - centre).abs(), 3.0 + 0.02 * centre.abs());
        // Most are within a few objects, whatever the deviation.
        if away > few && mad_sd(window).is_some_and(|sd| away > (5.0 * sd).max(few)) {
            out[i] = centre;
        }
    }
    out
}

/// How unlikely so many new highs are where nothing grows: values that know nothing of each other make one at the k-th with
/// probability 1/k. In standard deviations; exact enough from ten values on. Rényi (1962).
pub(super) fn records_z(highs: usize, n: usize) -> f64 {
    let (mut mean, mut var) = (0.0, 0.0);
    for k in 2..=n {
        let p = 1.0 / k as f64;
        mean += p;
        var += p * (1.0 - p);
    }
    if var <= 0.0 { 0.0 } else { (highs as f64 - mean) / var.sqrt() }
}

/// Standard deviation of the counts from one table to the next, as if they had no memory.
pub(super) fn noise(y: &[f64]) -> f64 {
    let steps: Vec<f64> = y.windows(2).map(|w| w[1] - w[0]).collect();
    mad_sd(&steps).unwrap_or(0.0) / std::f64::consts::SQRT_2
}

/// The largest fall from a running maximum.
pub(super) fn drawdown(y: &[f64]) -> f64 {
    let mut top = f64::NEG_INFINITY;
    y.iter().fold(0.0, |deepest: f64, &v| {
        top = top.max(v);
        deepest.max(top - v)
    })
}

/// New highs: their places.
pub(super) fn records(y: &[f64]) -> Vec<usize> {
    let mut top = y.first().copied().unwrap_or(0.0);
    let mut out = Vec::new();
    for (i, &v) in y.iter().enumerate().skip(1) {
        if v > top {
            top = v;
            out.push(i);
        }
    }
    out
}

/// Bottoms of the falls of at least `least` that are followed by a rise of as much (the last one need not be).
pub(super) fn bottoms(y: &[f64], least: f64) -> Vec<usize> {
    let mut out = Vec::new();
    let Some(&start) = y.first() else { return out };
    let (mut top, mut low, mut at, mut falling) = (start, start, 0, false);
    for (i, &v) in y.iter().enumerate() {
        if !falling {
            top = top.max(v);
            if top - v >= least {
                (falling, low, at) = (true, v, i);
            }
        } else if v < low {
            (low, at) = (v, i);
        } else if v - low >= least {
            out.push(at);
            (falling, top) = (false, v);
        }
    }
    if falling {
        out.push(at);
    }
    out
}
