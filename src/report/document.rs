//! The report as data: the JSON document, written by `--format json` and read again as a baseline.
//!
//! Fields are added within one [`SCHEMA`], never changed. What is not known is null.

use serde::{Deserialize, Serialize};

use super::gate::GateReport;
use super::{Finding, LogReport, ProjectionReport, Report};
use crate::error::Warning;
use crate::series::{Axis, rfc3339};
use crate::trend::{Role, Verdict};

/// The version of the document's form.
pub const SCHEMA: u32 = 1;

/// Points of a type's course at most: first, least, greatest and last of a quarter as many bins.
const POINTS: usize = 400;

/// The whole document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Document {
    /// The version of the form.
    pub schema: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// One entry per log.
    pub logs: Vec<Log>,
    /// What `--fail-on` says; absent without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateReport>,
}

/// Who wrote the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tool {
    /// `objtrend`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `LogReport`")]
pub struct Log {
    pub name: String,
    pub parts: Vec<String>,
    pub snapshots: u32,
    pub rows: u64,
    pub streams: Vec<Stream>,
    pub axis: Axis,
    pub interval_s: Option<f64>,
    pub leaking: Option<bool>,
    pub types: Vec<Type>,
    pub events: Vec<Event>,
    pub warnings: Vec<Warning>,
    pub lines: LineCounts,
    /// The answer in one sentence.
    pub answer: String,
}

/// One process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `StreamReport`")]
pub struct Stream {
    pub name: Option<String>,
    pub runs: Vec<Run>,
}

/// One process lifetime.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `RunReport`")]
pub struct Run {
    pub first_snapshot: u32,
    pub snapshots: u32,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// One type.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `Finding`")]
pub struct Type {
    pub rank: u32,
    pub r#type: String,
    pub verdict: Verdict,
    pub role: Option<Role>,
    pub follows: Option<String>,
    pub ratio: Option<f64>,
    pub confidence: Option<f64>,
    pub p_value: Option<f64>,
    pub q_value: Option<f64>,
    pub slope_per_snapshot: Option<f64>,
    pub slope_per_hour: Option<f64>,
    pub slope_low: Option<f64>,
    pub slope_high: Option<f64>,
    pub onset_snapshot: Option<u32>,
    pub onset_time: Option<String>,
    pub first: Option<u64>,
    pub last: Option<u64>,
    pub min: Option<u64>,
    pub max: Option<u64>,
    pub seen: u32,
    pub unseen: u32,
    pub shares: Vec<Share>,
    pub tied_with: Vec<String>,
    pub leaks_in: Vec<String>,
    pub onset_lines: Vec<String>,
    pub projection: Option<Projection>,
    /// `[snapshot, count]` where a row shows it; empty for types that do not move.
    pub points: Vec<(u32, u64)>,
    pub first_max: Option<u64>,
    pub last_max: Option<u64>,
    pub fingerprint: String,
    pub why: String,
    pub next: Vec<String>,
}

impl Type {
    /// Whether growth here, however steady, may be the beginning of what levelled off in another log: the same cache or
    /// pool being filled, seen for too short a time.
    pub(super) fn may_level_off_as(&self, other: &Self) -> bool {
        other.verdict == Verdict::Saturating && self.last.is_some() && self.last <= other.max
    }
}

/// How much of a type a root brings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Share {
    /// The root.
    pub root: String,
    /// Objects of the type for each one of the root.
    pub ratio: f64,
}

/// When a suspect's count reaches a number, if it goes on like this.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Projection {
    /// When the last count has doubled.
    pub doubles: Option<Reach>,
    /// When `--limit-count` is reached.
    pub reaches: Option<Reach>,
}

/// A moment to come, with its interval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reach {
    /// The number; null for a doubling.
    pub count: Option<u64>,
    /// Expected; null where the log tells no time of day.
    pub time: Option<String>,
    /// Earliest, by the upper end of the rate's interval.
    pub earliest: Option<String>,
    /// Latest, by the lower end; null where that end is not above nought.
    pub latest: Option<String>,
    /// Hours from the last snapshot on, or snapshots.
    pub after: f64,
}

/// Something else the log says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `EventReport`")]
pub struct Event {
    pub kind: String,
    pub snapshot: Option<u32>,
    pub time: Option<String>,
    pub text: String,
}

/// Lines of the log's files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct LineCounts {
    pub read: u64,
    pub in_tables: u64,
    pub passed_over: u64,
}

impl Document {
    /// The report as data.
    pub fn new(report: &Report) -> Self {
        Self::of_logs(report.logs.iter().map(Log::new).collect())
    }

    /// A document of logs that are data already.
    pub fn of_logs(logs: Vec<Log>) -> Self {
        Self { schema: SCHEMA, tool: Tool::this(), logs, gate: None }
    }
}

impl Tool {
    fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// A moment as RFC 3339 in UTC.
fn stamp(time: Option<i64>) -> Option<String> {
    time.and_then(rfc3339)
}

impl Log {
    /// One log of the report as data.
    pub fn new(log: &LogReport) -> Self {
        let run = |r: &super::RunReport| Run {
            first_snapshot: r.first_snapshot,
            snapshots: r.snapshots,
            from: stamp(r.from),
            to: stamp(r.to),
        };
        let stream = |s: &super::StreamReport| Stream { name: s.name.clone(), runs: s.runs.iter().map(run).collect() };
        let event = |e: &super::EventReport| Event {
            kind: e.kind.to_owned(),
            snapshot: e.snapshot,
            time: stamp(e.time),
            text: e.text.clone(),
        };
        let lines = LineCounts {
            read: log.lines.read,
            in_tables: log.lines.in_tables,
            passed_over: log.lines.read.saturating_sub(log.lines.in_tables),
        };
        Self {
            name: log.name.clone(),
            parts: log.parts.clone(),
            snapshots: log.snapshots,
            rows: log.rows,
            streams: log.streams.iter().map(stream).collect(),
            axis: log.axis,
            interval_s: finite(log.interval_s),
            leaking: log.leaking,
            types: log.findings.iter().map(|f| Type::new(log, f)).collect(),
            events: log.events.iter().map(event).collect(),
            warnings: log.warnings.clone(),
            lines,
            answer: log.answer(),
        }
    }
}

/// What is no number is not known.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

impl Type {
    fn new(log: &LogReport, f: &Finding) -> Self {
        Self {
            rank: f.rank,
            r#type: f.name.clone(),
            verdict: f.verdict,
            role: f.role,
            follows: f.follows.clone(),
            ratio: finite(f.ratio),
            confidence: finite(f.confidence),
            p_value: finite(f.p_value),
            q_value: finite(f.q_value),
            slope_per_snapshot: finite(f.slope_per_snapshot),
            slope_per_hour: finite(f.slope_per_hour),
            slope_low: finite(f.slope_low),
            slope_high: finite(f.slope_high),
            onset_snapshot: f.onset_snapshot,
            onset_time: stamp(f.onset_time),
            first: f.first,
            last: f.last,
            min: f.min,
            max: f.max,
            seen: f.seen,
            unseen: f.unseen,
            shares: f.shares.iter().map(|(root, ratio)| Share { root: root.clone(), ratio: *ratio }).collect(),
            tied_with: f.tied_with.clone(),
            leaks_in: f.leaks_in.clone(),
            onset_lines: f.onset_lines.clone(),
            projection: f.projection.as_ref().map(|p| Projection::new(log, p)),
            points: points(f),
            first_max: f.first_max,
            last_max: f.last_max,
            fingerprint: f.fingerprint.clone(),
            why: f.why.clone(),
            next: f.next.clone(),
        }
    }
}

impl Projection {
    fn new(log: &LogReport, projection: &ProjectionReport) -> Self {
        let reach = |count: Option<u64>, (x, early, late): (f64, f64, Option<f64>)| Reach {
            count,
            time: stamp(log.time_at(x)),
            earliest: stamp(log.time_at(early)),
            latest: late.and_then(|x| stamp(log.time_at(x))),
            after: (x - log.end_x()).max(0.0),
        };
        Self {
            doubles: projection.doubles.map(|x| reach(None, x)),
            reaches: projection.reaches.map(|(n, x, early, late)| reach(Some(n), (x, early, late))),
        }
    }
}

/// The course of a type that moves: its seen points, thinned to first, least, greatest and last of each bin.
fn points(f: &Finding) -> Vec<(u32, u64)> {
    if f.verdict == Verdict::Stable {
        return Vec::new();
    }
    let mut seen: Vec<(u32, u64)> =
        f.curves.iter().flat_map(|c| c.points.iter().filter(|p| p.seen).map(|p| (p.snapshot, p.high as u64))).collect();
    seen.sort_unstable();
    if seen.len() <= POINTS {
        return seen;
    }
    let width = seen.len().div_ceil(POINTS / 4);
    let mut out = Vec::with_capacity(POINTS);
    for bin in seen.chunks(width) {
        let at = |pick: Option<(usize, &(u32, u64))>| pick.map_or(0, |(i, _)| i);
        let least = at(bin.iter().enumerate().min_by_key(|(_, p)| p.1));
        let most = at(bin.iter().enumerate().max_by_key(|(_, p)| p.1));
        let mut keep = [0, least.min(most), least.max(most), bin.len() - 1].to_vec();
        keep.dedup();
        out.extend(keep.into_iter().map(|i| bin[i]));
    }
    out
}
