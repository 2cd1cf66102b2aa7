//! Both logs on one axis: two reports as data come in, a figure of the types that changed goes out.
//!
//! The two are drawn as two processes of one log that began at the same moment.

use std::io::Write;

use crate::commands::Picture;
use crate::error::{Error, Result};
use crate::parse::{Call, Clock, Lines};
use crate::plot::{self, PlotOptions};
use crate::report::compare::{Change, Comparison, Outcome};
use crate::report::document::{Log, Type};
use crate::report::{Curve, Finding, LogReport, Point, RunReport, StreamReport};
use crate::series::Axis;
use crate::trend::{Role, Verdict};

/// Types in one picture; more lines than these are hard to tell apart.
const MOST_TYPES: usize = 3;

pub(super) fn draw(
    comparison: &Comparison,
    before: &Log,
    after: &Log,
    form: Picture,
    options: &PlotOptions,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let log = both(comparison, before, after);
    let mut figure = plot::figure(&log, options).ok_or_else(|| Error::Draw {
        what: format!("{} and {} on one axis", before.name, after.name),
        why: "neither shows a type that moves".to_owned(),
    })?;
    figure.title.clone_from(&comparison.answer);
    figure.subtitle = format!("{} and {}, each from its first snapshot on", before.name, after.name);
    match form {
        Picture::Png => plot::write_png(&figure, out),
        Picture::Svg => plot::write_svg(&figure, out),
    }
    .map_err(Error::Stdout)
}

fn both(comparison: &Comparison, before: &Log, after: &Log) -> LogReport {
    let axis = if comparison.unit == "per hour" { Axis::Time } else { Axis::Snapshot };
    let sides = [Side::new("before", before, axis), Side::new("after", after, axis)];
    // What changed; where nothing did, what moves.
    let mut changes: Vec<&Change> = comparison.types.iter().filter(|c| c.role == Some(Role::Root)).collect();
    if changes.is_empty() {
        changes = comparison.types.iter().filter(|c| moves(c)).collect();
    }
    changes.sort_by_key(|c| c.outcome == Outcome::CannotTell);
    let findings = changes.iter().take(MOST_TYPES).enumerate().map(|(i, c)| finding(i, c, &sides)).collect();
    LogReport {
        name: format!("{} and {}", before.name, after.name),
        parts: Vec::new(),
        snapshots: before.snapshots + after.snapshots,
        rows: before.rows + after.rows,
        n_types: comparison.types.len(),
        call: Call::MostCommon,
        streams: sides.iter().map(Side::stream).collect(),
        axis,
        origin: None,
        clock: Clock::Uptime,
        zone: "UTC".to_owned(),
        interval_s: before.interval_s.or(after.interval_s),
        leaking: Some(changes.iter().any(|c| c.role.is_some())),
        cannot_tell: None,
        findings,
        events: Vec::new(),
        warnings: Vec::new(),
        lines: Lines::default(),
    }
}

fn moves(change: &Change) -> bool {
    [&change.before, &change.after].iter().any(|r| r.verdict.is_some_and(|v| v != Verdict::Stable))
}

/// One log as a process of the picture.
struct Side<'a> {
    name: &'static str,
    log: &'a Log,
    /// Width of a step from snapshot to snapshot on the picture's axis.
    step: f64,
    snapshots: u32,
}

impl<'a> Side<'a> {
    fn new(name: &'static str, log: &'a Log, axis: Axis) -> Self {
        let step = match axis {
            Axis::Time => log.interval_s.unwrap_or(3600.0) / 3600.0,
            Axis::Snapshot => 1.0,
        };
        Self { name, log, step, snapshots: log.snapshots }
    }

    fn end(&self) -> f64 {
        f64::from(self.snapshots.saturating_sub(1)) * self.step
    }

    fn stream(&self) -> StreamReport {
        let run =
            RunReport { first_snapshot: 0, snapshots: self.snapshots, from: None, to: None, x: (0.0, self.end()) };
        StreamReport { name: Some(self.name.to_owned()), runs: vec![run] }
    }

    fn find(&self, name: &str) -> Option<&'a Type> {
        self.log.types.iter().find(|t| t.r#type == name)
    }

    /// Where no table shows the type: between nought and `most`.
    fn unseen(&self, from: u32, to: u32, most: u64) -> Vec<Point> {
        let point = |snapshot: u32| Point {
            snapshot,
            x: f64::from(snapshot) * self.step,
            low: 0.0,
            high: most as f64,
            seen: false,
        };
        (from..=to).map(point).collect()
    }

    /// The type's course; a type that does not move is a straight line.
    fn points(&self, name: &str) -> Vec<Point> {
        let Some(t) = self.find(name) else {
            // Below what the tables show, if it is there at all.
            let least = self.log.types.iter().filter_map(|t| t.last).min().unwrap_or(0);
            return self.unseen(0, self.snapshots.saturating_sub(1), least);
        };
        let point = |(snapshot, count): (u32, u64)| {
            let value = count as f64;
            Point { snapshot, x: f64::from(snapshot) * self.step, low: value, high: value, seen: true }
        };
        if !t.points.is_empty() {
            let (first, last) = (t.points[0].0, t.points[t.points.len() - 1].0);
            let before = t.first_max.filter(|_| first > 0).map(|most| self.unseen(0, first - 1, most));
            let after = t.last_max.filter(|_| last + 1 < self.snapshots);
            let after = after.map(|most| self.unseen(last + 1, self.snapshots - 1, most));
            let seen = t.points.iter().copied().map(point);
            return before.into_iter().flatten().chain(seen).chain(after.into_iter().flatten()).collect();
        }
        let ends = [(0, t.first), (self.snapshots.saturating_sub(1), t.last)];
        ends.into_iter().filter_map(|(snapshot, count)| Some(point((snapshot, count?)))).collect()
    }
}

fn finding(index: usize, change: &Change, sides: &[Side<'_>; 2]) -> Finding {
    let name = &change.r#type;
    let curve = |(stream, side): (usize, &Side<'_>)| Curve { stream, run: 0, points: side.points(name) };
    let curves: Vec<Curve> = sides.iter().enumerate().map(curve).filter(|c| !c.points.is_empty()).collect();
    // The side that leaks lends the numbers that the picture names.
    let leaks = if change.after.verdict == Some(Verdict::Leak) { 1 } else { 0 };
    let of = sides[leaks].find(name).or_else(|| sides[1 - leaks].find(name));
    let rate = [&change.before, &change.after][leaks];
    let leak = change.role.is_some();
    Finding {
        rank: index as u32 + 1,
        name: name.clone(),
        verdict: if leak { Verdict::Leak } else { of.map_or(Verdict::Stable, |t| t.verdict) },
        role: change.role.filter(|_| leak).map(|_| Role::Root),
        follows: None,
        ratio: None,
        shares: Vec::new(),
        tied_with: Vec::new(),
        confidence: None,
        p_value: None,
        q_value: None,
        slope_per_snapshot: Some(rate.slope),
        slope_per_hour: Some(rate.slope),
        slope_low: Some(rate.low),
        slope_high: Some(rate.high),
        onset_snapshot: None,
        onset_time: None,
        onset_x: None,
        onset_at: None,
        onset_lines: Vec::new(),
        first: of.and_then(|t| t.first),
        last: of.and_then(|t| t.last),
        min: of.and_then(|t| t.min),
        max: of.and_then(|t| t.max),
        first_max: None,
        last_max: None,
        seen: of.map_or(0, |t| t.seen),
        unseen: 0,
        leaks_in: Vec::new(),
        projection: None,
        curves,
        fit: Vec::new(),
        fingerprint: String::new(),
        why: String::new(),
        next: Vec::new(),
    }
}
