//! What is kept of each log of a batch, and the ranking over all of them: which type leaks in how many, since when, how
//! fast.

use std::collections::BTreeMap;

use crate::report::document::{Log, Type};
use crate::report::human;
use crate::series::Axis;
use crate::trend::{Role, Verdict};

/// Points of the small curve that stands for a log.
const CURVE: usize = 40;

/// What the index says of one log.
pub(super) struct Summary {
    pub(super) log: String,
    pub(super) stem: String,
    pub(super) leaking: Option<bool>,
    pub(super) answer: String,
    /// The worst suspect's root, with its rate and unit.
    pub(super) worst: Option<(String, f64, &'static str)>,
    /// How many roots there are.
    pub(super) roots: usize,
    pub(super) snapshots: u32,
    pub(super) picture: bool,
    /// The worst suspect's course, or that of what moves most: places from 0 to 1.
    pub(super) curve: Vec<(f64, f64)>,
}

/// A type over all logs.
pub(super) struct Ranked {
    pub(super) name: String,
    /// In how many logs it is a root.
    pub(super) logs: usize,
    /// The first onset of all, as RFC 3339.
    pub(super) first: Option<String>,
    /// Median rate per hour, or per snapshot where no log with it tells the time.
    pub(super) median: Option<(f64, &'static str)>,
    pub(super) fingerprint: String,
}

/// Gathers types log by log.
#[derive(Default)]
pub(super) struct Ranking {
    types: BTreeMap<String, Gathered>,
}

#[derive(Default)]
struct Gathered {
    logs: usize,
    first: Option<String>,
    per_hour: Vec<f64>,
    per_snapshot: Vec<f64>,
    fingerprint: String,
}

impl Ranking {
    pub(super) fn add(&mut self, log: &Log) {
        for t in log.types.iter().filter(|t| t.role == Some(Role::Root)) {
            let of = self.types.entry(t.r#type.clone()).or_default();
            of.logs += 1;
            of.fingerprint.clone_from(&t.fingerprint);
            of.per_hour.extend(t.slope_per_hour);
            of.per_snapshot.extend(t.slope_per_snapshot.filter(|_| t.slope_per_hour.is_none()));
            // RFC 3339 in UTC sorts as time does; a leak from the first snapshot on began then or before.
            let begin = log.streams.iter().flat_map(|s| &s.runs).filter_map(|r| r.from.as_ref()).min();
            let onset = t.onset_time.as_ref().or(begin);
            if onset.is_some() && (of.first.is_none() || onset < of.first.as_ref()) {
                of.first = onset.cloned();
            }
        }
    }

    /// The types, that of most logs first.
    pub(super) fn finish(self) -> Vec<Ranked> {
        let ranked = |(name, of): (String, Gathered)| {
            let hour = median(of.per_hour).map(|m| (m, "per hour"));
            let median = hour.or_else(|| median(of.per_snapshot).map(|m| (m, "per snapshot")));
            Ranked { name, logs: of.logs, first: of.first, median, fingerprint: of.fingerprint }
        };
        let mut out: Vec<Ranked> = self.types.into_iter().map(ranked).collect();
        let rate = |r: &Ranked| r.median.map_or(0.0, |m| m.0);
        out.sort_by(|a, b| b.logs.cmp(&a.logs).then(rate(b).total_cmp(&rate(a))).then_with(|| a.name.cmp(&b.name)));
        out
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let (low, high) = (*values.get(n.checked_sub(1)? / 2)?, *values.get(n / 2)?);
    Some((low + high) / 2.0)
}

impl Ranked {
    /// `leaks in 37 of 412 logs, first on 3 March 2024, at a median of +3,548 per hour`.
    pub(super) fn sentence(&self, logs: usize) -> String {
        let first = self.first.as_deref().and_then(day).map_or_else(String::new, |d| format!(", first on {d}"));
        let rate = self.median.map_or_else(String::new, |(rate, unit)| {
            let median = if self.logs > 1 { "a median of " } else { "" };
            format!(", at {median}{} {unit}", human::signed_rate(rate))
        });
        format!("leaks in {} of {} {}{first}{rate}", self.logs, logs, if logs == 1 { "log" } else { "logs" })
    }
}

/// `3 March 2024`.
pub(super) fn day(time: &str) -> Option<String> {
    let date: jiff::civil::Date = time.get(..10)?.parse().ok()?;
    Some(date.strftime("%-d %B %Y").to_string())
}

impl Summary {
    pub(super) fn new(log: &Log, stem: String, picture: bool) -> Self {
        let root = log.types.iter().find(|t| t.role == Some(Role::Root));
        let rate = |t: &Type| match log.axis {
            Axis::Time => t.slope_per_hour.map(|s| (t.r#type.clone(), s, "per hour")),
            Axis::Snapshot => t.slope_per_snapshot.map(|s| (t.r#type.clone(), s, "per snapshot")),
        };
        let moves = || log.types.iter().filter(|t| t.verdict != Verdict::Stable && t.points.len() > 1);
        Self {
            log: log.name.clone(),
            stem,
            leaking: log.leaking,
            answer: log.answer.clone(),
            worst: root.and_then(rate),
            roots: log.types.iter().filter(|t| t.role == Some(Role::Root)).count(),
            snapshots: log.snapshots,
            picture,
            curve: root.or_else(|| moves().next()).map_or_else(Vec::new, |t| curve(&t.points)),
        }
    }
}

/// The points thinned to a few, places from 0 to 1.
fn curve(points: &[(u32, u64)]) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let low = points.iter().map(|p| p.1).min().unwrap_or(0) as f64;
    let high = points.iter().map(|p| p.1).max().unwrap_or(0) as f64;
    let step = points.len().div_ceil(CURVE).max(1);
    let mut kept: Vec<&(u32, u64)> = points.iter().step_by(step).collect();
    if kept.last() != Some(&last) {
        kept.push(last);
    }
    let x = |p: u32| f64::from(p - first.0) / f64::from((last.0 - first.0).max(1));
    let y = |p: u64| if high > low { (p as f64 - low) / (high - low) } else { 0.5 };
    kept.into_iter().map(|p| (x(p.0), y(p.1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_sentences() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0, 1.0]), Some(2.0));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        let ranked = Ranked {
            name: "Message".to_owned(),
            logs: 37,
            first: Some("2024-03-03T10:00:00Z".to_owned()),
            median: Some((3548.0, "per hour")),
            fingerprint: String::new(),
        };
        assert_eq!(
            ranked.sentence(412),
            "leaks in 37 of 412 logs, first on 3 March 2024, at a median of +3,548 per hour"
        );
    }

    #[test]
    fn a_curve_keeps_its_ends() {
        let points: Vec<(u32, u64)> = (0..400).map(|i| (i, u64::from(i) * 3)).collect();
        let curve = curve(&points);
        assert!(curve.len() <= CURVE + 1);
        assert_eq!((curve[0], curve[curve.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
    }
}
