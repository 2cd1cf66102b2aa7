//! A type's course in one run as it is drawn: pieces between which nothing is known, from a baseline.

use crate::parse::Call;
use crate::report::{Curve, Finding, LogReport, Point};
use crate::series::Axis;
use crate::trend::Verdict;

/// A silence is a gap from so many usual intervals on …
const GAP_INTERVALS: f64 = 5.0;
/// … where it is wide enough to be seen: so much of the whole axis.
const GAP_SHARE: f64 = 0.025;

/// One run of one type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    /// Index into the log's streams.
    pub(super) stream: usize,
    /// Index into the stream's runs.
    pub(super) run: usize,
    /// What was taken off the counts.
    pub(super) base: f64,
    /// By how much less may have been gained: the type was unseen at first, and may have been there. 0 where that is
    /// little.
    pub(super) bound: f64,
    /// `(x, y)` where the count is known.
    pub(super) pieces: Vec<Vec<(f64, f64)>>,
    /// `(x, low, high)` where it is unseen.
    pub(super) unseen: Vec<Vec<(f64, f64, f64)>>,
}

impl Course {
    /// Where it ends.
    pub(super) fn last(&self) -> Option<(f64, f64)> {
        self.pieces.last().and_then(|p| p.last()).copied()
    }
}

/// First and last place that the log tells, the same where there is one; `None` where there is none.
pub(super) fn span(log: &LogReport) -> Option<(f64, f64)> {
    let runs = log.streams.iter().flat_map(|s| &s.runs).flat_map(|r| [r.x.0, r.x.1]);
    let points = log.findings.iter().flat_map(|f| &f.curves).flat_map(|c| &c.points).map(|p| p.x);
    let (low, high) = runs
        .chain(points)
        .filter(|x| x.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    (low <= high).then_some((low, high))
}

/// Stretches in which no process printed a table.
pub(super) fn gaps(log: &LogReport, range: (f64, f64)) -> Vec<(f64, f64)> {
    // `show_growth` prints nothing where nothing grew: its silence is no gap.
    let (Axis::Time, Some(interval), Call::MostCommon) = (log.axis, log.interval_s, log.call) else {
        return Vec::new();
    };
    let least = (GAP_INTERVALS * interval / 3600.0).max((range.1 - range.0) * GAP_SHARE);
    let mut xs: Vec<f64> = log.findings.iter().flat_map(|f| &f.curves).flat_map(|c| &c.points).map(|p| p.x).collect();
    // Ends of runs are known also where curves are thinned.
    xs.extend(log.streams.iter().flat_map(|s| &s.runs).flat_map(|r| [r.x.0, r.x.1]));
    xs.sort_by(f64::total_cmp);
    xs.windows(2).filter(|w| w[1] - w[0] > least).map(|w| (w[0], w[1])).collect()
}

/// The courses of a type, one per run that shows it.
pub(super) fn courses(log: &LogReport, f: &Finding, absolute: bool, gaps: &[(f64, f64)]) -> Vec<Course> {
    let mut courses: Vec<Course> = f.curves.iter().map(|c| one(c, log.call, f.verdict, absolute, gaps)).collect();
    if !absolute {
        courses.iter_mut().for_each(|c| begin_with_fit(c, f));
    }
    courses
}

/// Under noise a first count is an accident: where a fit spans the whole run, and begins far from the first count, it is
/// the better baseline.
fn begin_with_fit(course: &mut Course, f: &Finding) {
    let fit = f.fit.iter().find(|fit| (fit.stream, fit.run) == (course.stream, course.run));
    let Some([x, y, ..]) = fit.and_then(|fit| fit.points.first()) else { return };
    let (Some(first), Some(last)) = (course.pieces.first().and_then(|p| p.first()), course.last()) else { return };
    let from_the_start = course.unseen.is_empty() && x - first.0 < (last.0 - first.0) * 0.02;
    let by = y - course.base;
    let far = by.abs() > reach(std::slice::from_ref(course)) * 0.15;
    if from_the_start && far && by.abs() < 6.0 * noise(course) {
        course.base += by;
        course.pieces.iter_mut().flatten().for_each(|p| p.1 -= by);
    }
}

fn one(curve: &Curve, call: Call, verdict: Verdict, absolute: bool, gaps: &[(f64, f64)]) -> Course {
    let known = |p: &Point| -> Option<f64> {
        match call {
            _ if p.seen || p.low == p.high => Some(p.high),
            // Where `show_growth` is silent, the peak stands where it stood.
            Call::Growth if p.high.is_finite() => Some(p.high),
            _ => None,
        }
    };
    let first = curve.points.iter().find(|p| known(p).is_some() || p.high.is_finite());
    let (base, bound) = match first {
        _ if absolute => (0.0, 0.0),
        None => (0.0, 0.0),
        Some(p) => match known(p) {
            Some(v) => (v, 0.0),
            // A leak begins with its first object; anything else is taken to have been as high as it can have been,
            // lest a table's cut be drawn as growth.
            None if verdict == Verdict::Leak => (p.low, p.high - p.low),
            None => {
                let seen = curve.points.iter().find_map(known);
                (seen.map_or(p.high, |s| s.min(p.high)), 0.0)
            }
        },
    };
    let mut course =
        Course { stream: curve.stream, run: curve.run, base, bound: 0.0, pieces: Vec::new(), unseen: Vec::new() };
    let mut open = false;
    let mut open_unseen = false;
    let mut last_x = f64::NEG_INFINITY;
    for (i, p) in curve.points.iter().enumerate() {
        let across = gaps.iter().any(|g| last_x <= g.0 && p.x >= g.1);
        (open, open_unseen) = (open && !across, open_unseen && !across);
        last_x = p.x;
        match known(p) {
            Some(v) => {
                if !open {
                    course.pieces.push(Vec::new());
                }
                if let Some(piece) = course.pieces.last_mut() {
                    piece.push((p.x, v - base));
                }
                (open, open_unseen) = (true, false);
            }
            None if p.high.is_finite() => {
                if !open_unseen {
                    course.unseen.push(Vec::new());
                }
                // A snapshot speaks for the time up to half way to its neighbours.
                let half = |q: Option<&Point>| q.map_or(p.x, |q| f64::midpoint(p.x, q.x));
                let within = |x: f64| if gaps.iter().any(|g| x > g.0 && x < g.1) { p.x } else { x };
                let (from, to) =
                    (within(half(i.checked_sub(1).map(|j| &curve.points[j]))), within(half(curve.points.get(i + 1))));
                if let Some(band) = course.unseen.last_mut() {
                    band.push((from, p.low - base, p.high - base));
                    band.push((to, p.low - base, p.high - base));
                }
                (open, open_unseen) = (false, true);
            }
            None => (open, open_unseen) = (false, false),
        }
    }
    // A small bound hardly bears on what was gained, and need not be said.
    course.bound = if course.last().is_some_and(|(_, y)| bound > y.abs() * 0.05) { bound } else { 0.0 };
    course
}

/// How far a count moves from one snapshot to the next: the median.
pub(super) fn noise(course: &Course) -> f64 {
    let steps = |piece: &Vec<(f64, f64)>| piece.windows(2).map(|w| (w[1].1 - w[0].1).abs()).collect::<Vec<_>>();
    let mut steps: Vec<f64> = course.pieces.iter().flat_map(steps).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or(0.0)
}

/// How far a type moves.
pub(super) fn reach(courses: &[Course]) -> f64 {
    let one = |c: &Course| {
        let ys = c.pieces.iter().flatten().map(|p| p.1);
        let (low, high) = ys.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
        (high - low).max(0.0)
    };
    courses.iter().map(one).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64, f64, bool)]) -> Curve {
        let points = points
            .iter()
            .enumerate()
            .map(|(i, &(x, low, high, seen))| Point { snapshot: i as u32, x, low, high, seen })
            .collect();
        Curve { stream: 0, run: 0, points }
    }

    #[test]
    fn unseen_is_a_band_and_no_line() {
        let c = curve(&[
            (0.0, 0.0, 18.0, false),
            (1.0, 0.0, 18.0, false),
            (2.0, 20.0, 20.0, true),
            (3.0, 400.0, 400.0, true),
        ]);
        let got = one(&c, Call::MostCommon, Verdict::Leak, false, &[]);
        assert_eq!(got.pieces, [vec![(2.0, 20.0), (3.0, 400.0)]]);
        assert_eq!(got.unseen.len(), 1);
        assert_eq!(got.unseen[0][0], (0.0, 0.0, 18.0));
        assert_eq!(got.unseen[0][3], (1.5, 0.0, 18.0));
        assert_eq!(got.bound, 0.0);
        // Taken as growth, the cut of a stable type would look like one.
        let got = one(&c, Call::MostCommon, Verdict::Stable, false, &[]);
        assert_eq!(got.pieces, [vec![(2.0, 2.0), (3.0, 382.0)]]);
    }

    #[test]
    fn a_torn_table_says_nothing() {
        let c = curve(&[(0.0, 0.0, f64::INFINITY, false), (1.0, 7.0, 7.0, true), (2.0, 9.0, 9.0, true)]);
        let got = one(&c, Call::MostCommon, Verdict::Stable, false, &[]);
        assert_eq!((got.base, got.unseen.len()), (7.0, 0));
        assert_eq!(got.pieces, [vec![(1.0, 0.0), (2.0, 2.0)]]);
    }

    #[test]
    fn peaks_stand_where_show_growth_is_silent() {
        let c = curve(&[(0.0, 5.0, 5.0, true), (1.0, 0.0, 5.0, false), (2.0, 9.0, 9.0, true)]);
        let got = one(&c, Call::Growth, Verdict::Leak, false, &[]);
        assert_eq!(got.pieces, [vec![(0.0, 0.0), (1.0, 0.0), (2.0, 4.0)]]);
    }

    #[test]
    fn lines_break_at_gaps() {
        let c = curve(&[(0.0, 5.0, 5.0, true), (1.0, 6.0, 6.0, true), (9.0, 9.0, 9.0, true)]);
        let got = one(&c, Call::MostCommon, Verdict::Leak, true, &[(1.0, 9.0)]);
        assert_eq!(got.pieces, [vec![(0.0, 5.0), (1.0, 6.0)], vec![(9.0, 9.0)]]);
    }
}
