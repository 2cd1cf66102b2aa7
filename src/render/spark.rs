//! A type's course in one line of block characters.

use crate::report::{Finding, LogReport};

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The type is below the table's cut.
const UNSEEN: char = '·';
/// A process began.
const RESTART: char = '|';

/// The course over the whole log in `width` characters: the last count of each stretch of time. A dot where the type
/// is unseen, a bar where a process began, a blank where the log holds no snapshot. Of several streams it shows one in which
/// the type leaks, and of those the one that shows it most often.
pub(super) fn spark(log: &LogReport, finding: &Finding, width: usize) -> String {
    let seen_in = |stream: usize| -> usize {
        finding.curves.iter().filter(|c| c.stream == stream).map(|c| c.points.iter().filter(|p| p.seen).count()).sum()
    };
    let leaks = |s: usize| log.streams[s].name.as_ref().is_some_and(|name| finding.leaks_in.contains(name));
    let mark = |&s: &usize| (leaks(s), seen_in(s), std::cmp::Reverse(s));
    let Some(stream) = (0..log.streams.len()).max_by_key(mark) else {
        return String::new();
    };
    let runs = &log.streams[stream].runs;
    let from = runs.first().map_or(0.0, |r| r.x.0);
    let to = runs.last().map_or(0.0, |r| r.x.1);
    let bin = |x: f64| {
        let at = if to > from { ((x - from) / (to - from) * width as f64) as usize } else { 0 };
        at.min(width - 1)
    };
    let mut last: Vec<Option<f64>> = vec![None; width];
    let mut dark = vec![false; width];
    for point in finding.curves.iter().filter(|c| c.stream == stream).flat_map(|c| &c.points) {
        match point.seen {
            true => last[bin(point.x)] = Some(point.high),
            false => dark[bin(point.x)] = true,
        }
    }
    let seen = || last.iter().flatten().copied();
    let (low, high) = (seen().fold(f64::INFINITY, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
    let level = |v: f64| {
        let share = if high > low { (v - low) / (high - low) } else { 0.0 };
        LEVELS[((share * 7.0).round() as usize).min(7)]
    };
    let mut out: Vec<char> = (0..width)
        .map(|i| match (last[i], dark[i]) {
            (Some(v), _) => level(v),
            (None, true) => UNSEEN,
            // No snapshot of the process that shows the type: one that does not, or none at all.
            (None, false) if runs.iter().any(|r| bin(r.x.0) <= i && i <= bin(r.x.1) && dense(r, width, from, to)) => {
                UNSEEN
            }
            (None, false) => ' ',
        })
        .collect();
    for run in runs.iter().skip(1) {
        out[bin(run.x.0)] = RESTART;
    }
    // Fewer snapshots than characters: what lies between two of them looks like the one before.
    for i in 1..width {
        if out[i] == ' ' && runs.iter().any(|r| bin(r.x.0) < i && i <= bin(r.x.1) && !dense(r, width, from, to)) {
            out[i] = if out[i - 1] == RESTART { ' ' } else { out[i - 1] };
        }
    }
    out.into_iter().collect()
}

/// Whether a run has a snapshot for every character that it covers.
fn dense(run: &crate::report::RunReport, width: usize, from: f64, to: f64) -> bool {
    to > from && f64::from(run.snapshots) >= (run.x.1 - run.x.0) / (to - from) * width as f64
}
