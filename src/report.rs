//! Series and assessments come in, a [`Report`] goes out: ranked plain values, all that pictures, texts and data show.

mod build;
pub mod compare;
pub mod document;
pub mod gate;
pub mod human;
pub mod words;

pub use build::{Told, build};

use crate::error::Warning;
use crate::parse::{Call, Clock, Lines};
use crate::series::Axis;
use crate::trend::{Role, Verdict};

/// The answer for one reading of one or several logs.
#[derive(Debug, Clone)]
pub struct Report {
    /// One entry per log.
    pub logs: Vec<LogReport>,
}

/// The answer for one log.
#[derive(Debug, Clone)]
pub struct LogReport {
    /// The shortest end of its path that tells the logs of one reading apart.
    pub name: String,
    /// Names of its files, oldest first.
    pub parts: Vec<String>,
    /// Tables in the log.
    pub snapshots: u32,
    /// Rows over all tables.
    pub rows: u64,
    /// Types with at least one row.
    pub n_types: usize,
    /// Which call the series are from.
    pub call: Call,
    /// Processes that wrote into the log.
    pub streams: Vec<StreamReport>,
    /// What the x axis counts.
    pub axis: Axis,
    /// When `x` is 0, in microseconds since 1970 UTC.
    pub origin: Option<i64>,
    /// Where times are from.
    pub clock: Clock,
    /// The zone in which people read times; an IANA name.
    pub zone: String,
    /// Median seconds between snapshots.
    pub interval_s: Option<f64>,
    /// `None` where the log cannot tell.
    pub leaking: Option<bool>,
    /// Where `leaking` is `None`: why, and what to do, as the rest of a sentence.
    pub cannot_tell: Option<String>,
    /// All types, in rank order: each root followed by its companions, the worst root first, then the rest.
    pub findings: Vec<Finding>,
    /// What else the log says.
    pub events: Vec<EventReport>,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// Lines read, and what became of them.
    pub lines: Lines,
}

/// One process of a log.
#[derive(Debug, Clone)]
pub struct StreamReport {
    /// `None` where the log has only one.
    pub name: Option<String>,
    /// Process lifetimes, oldest first.
    pub runs: Vec<RunReport>,
}

/// One process lifetime.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Number of its first snapshot in the log.
    pub first_snapshot: u32,
    /// How many it has.
    pub snapshots: u32,
    /// Time of its first snapshot, in microseconds since 1970 UTC.
    pub from: Option<i64>,
    /// Time of its last snapshot.
    pub to: Option<i64>,
    /// First and last place on the x axis.
    pub x: (f64, f64),
}

/// Something else the log says that bears on memory.
#[derive(Debug, Clone)]
pub struct EventReport {
    /// `restart`, …
    pub kind: &'static str,
    /// First snapshot after it.
    pub snapshot: Option<u32>,
    /// When, in microseconds since 1970 UTC.
    pub time: Option<i64>,
    /// Place on the x axis, where it can be told.
    pub x: Option<f64>,
    /// The log's own words.
    pub text: String,
}

/// One type: its series with its trend and verdict.
#[derive(Debug, Clone)]
pub struct Finding {
    /// From 1; a companion has its root's.
    pub rank: u32,
    /// The type, as printed.
    pub name: String,
    /// The opinion.
    pub verdict: Verdict,
    /// Only for leaks.
    pub role: Option<Role>,
    /// The root that brings it; only for companions.
    pub follows: Option<String>,
    /// Objects of this type for each one of the root.
    pub ratio: Option<f64>,
    /// All roots that bring it, with their ratios.
    pub shares: Vec<(String, f64)>,
    /// Types that could be the root as well.
    pub tied_with: Vec<String>,
    /// Share of such findings that are right.
    pub confidence: Option<f64>,
    /// See [`Trend`](crate::trend::Trend).
    pub p_value: Option<f64>,
    /// See [`Trend`](crate::trend::Trend).
    pub q_value: Option<f64>,
    /// Rate in one process.
    pub slope_per_snapshot: Option<f64>,
    /// Rate in one process; `None` without a clock.
    pub slope_per_hour: Option<f64>,
    /// Lower end of the 95 % interval of `slope_per_hour`, else of `slope_per_snapshot`.
    pub slope_low: Option<f64>,
    /// Upper end of it.
    pub slope_high: Option<f64>,
    /// Where growth began, counted within the stream.
    pub onset_snapshot: Option<u32>,
    /// When growth began, in microseconds since 1970 UTC.
    pub onset_time: Option<i64>,
    /// Where growth began on the x axis.
    pub onset_x: Option<f64>,
    /// Number in the log of the snapshot in which growth began.
    pub onset_at: Option<u32>,
    /// The log's lines around the onset.
    pub onset_lines: Vec<String>,
    /// Count in the first snapshot of the log's first lane; `None` where unseen.
    pub first: Option<u64>,
    /// Count in the last snapshot; `None` where unseen.
    pub last: Option<u64>,
    /// Least count; `None` where it may have been in a snapshot that does not show the type.
    pub min: Option<u64>,
    /// Greatest count seen.
    pub max: Option<u64>,
    /// Bound of `first` where the type was unseen.
    pub first_max: Option<u64>,
    /// Bound of `last` where the type was unseen.
    pub last_max: Option<u64>,
    /// Snapshots that show it.
    pub seen: u32,
    /// Snapshots that do not.
    pub unseen: u32,
    /// Streams in which it leaks, where not in all.
    pub leaks_in: Vec<String>,
    /// When its count doubles, and when it reaches `--limit-count`.
    pub projection: Option<ProjectionReport>,
    /// Its course, thinned for pictures; one curve per run that shows it.
    pub curves: Vec<Curve>,
    /// What was fitted.
    pub fit: Vec<FitCurve>,
    /// Stable over logs: made of the root's name and the call.
    pub fingerprint: String,
    /// One sentence, the evidence.
    pub why: String,
    /// Python to run next; empty for all but suspects' roots.
    pub next: Vec<String>,
}

/// When a suspect reaches a count, if it goes on like this.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionReport {
    /// When the last count has doubled: expected, earliest, latest place on the x axis.
    pub doubles: Option<(f64, f64, Option<f64>)>,
    /// When `--limit-count` is reached.
    pub reaches: Option<(u64, f64, f64, Option<f64>)>,
}

/// A type's course in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Index into [`LogReport::streams`].
    pub stream: usize,
    /// Index into the stream's runs.
    pub run: usize,
    /// Thinned to first, least, greatest and last of each of at most 1,000 bins.
    pub points: Vec<Point>,
}

/// A fitted curve in one run; straight between its points.
#[derive(Debug, Clone, PartialEq)]
pub struct FitCurve {
    /// Index into [`LogReport::streams`].
    pub stream: usize,
    /// Index into the stream's runs.
    pub run: usize,
    /// `[x, count, low, high]`, the last two the 95 % band.
    pub points: Vec<[f64; 4]>,
}

/// One observation in a [`Curve`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Number of the snapshot in the log.
    pub snapshot: u32,
    /// Place on the x axis: hours since `origin`, or snapshots.
    pub x: f64,
    /// Least that the count can have been; equals `high` where the type was seen.
    pub low: f64,
    /// Most that the count can have been.
    pub high: f64,
    /// Whether a row shows it.
    pub seen: bool,
}

/// Twelve hexadecimal digits that stay the same wherever the same leak is found: made of the root's name and the call.
pub fn fingerprint(root: &str, call: Call) -> String {
    // FNV-1a: short, and fixed for ever, which hashers of libraries do not promise.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in root.bytes().chain([0]).chain(call.as_str().bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{:012x}", hash >> 16)
}

/// Python to run in the process that leaks, to see what holds objects of the type.
fn next_steps(name: &str) -> Vec<String> {
    let quoted = python_string(name);
    let file: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect();
    let file = python_string(&format!("{}.png", file.to_lowercase()));
    vec![
        "import objgraph, random".to_owned(),
        format!("objgraph.show_backrefs(random.choice(objgraph.by_type({quoted})), max_depth=5, filename={file})"),
    ]
}

/// A Python string literal.
fn python_string(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out + "'"
}

impl LogReport {
    /// Suspects that a person is to go and fix, the worst first.
    pub fn roots(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.role == Some(Role::Root))
    }

    /// What grows because `root` does.
    pub fn companions<'a>(&'a self, root: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |f| f.follows.as_deref() == Some(root))
    }

    /// The moment at a place on the x axis, in microseconds since 1970 UTC; `None` where the log tells no time of day.
    pub fn time_at(&self, x: f64) -> Option<i64> {
        let origin = self.origin.filter(|_| self.axis == Axis::Time)?;
        Some(origin.saturating_add((x * 3.6e9).round() as i64))
    }

    /// The last place on the x axis.
    pub fn end_x(&self) -> f64 {
        self.streams.iter().flat_map(|s| &s.runs).map(|r| r.x.1).fold(0.0, f64::max)
    }

    /// From when to when its snapshots were taken, in microseconds since 1970 UTC.
    pub fn span(&self) -> (Option<i64>, Option<i64>) {
        let runs = || self.streams.iter().flat_map(|s| &s.runs);
        (runs().filter_map(|r| r.from).min(), runs().filter_map(|r| r.to).max())
    }

    /// How moments of this log are written.
    pub fn calendar(&self) -> human::Calendar {
        let (from, to) = self.span();
        human::Calendar::new(&self.zone, from, to)
    }
}
