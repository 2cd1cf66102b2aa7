//! [`LogSeries`] come in, one [`Assessment`] per type goes out: how it moves, what that means, and what it follows.
//!
//! Every threshold of the program is in this room, named, with its reason.

mod confidence;
mod course;
mod evidence;
mod growth;
mod judge;
mod lives;
mod names;
mod prepare;
mod projection;
mod roots;
mod season;
mod shape;
mod thresholds;
mod verdict;

use crate::series::LogSeries;

/// The opinion drawn from a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Grows without bound as long as the program runs that way.
    Leak,
    /// Grew and levelled off.
    Saturating,
    /// Jumped and stayed.
    Step,
    /// Rises and falls back.
    Cyclic,
    /// None of these.
    Stable,
    /// Falls.
    Shrinking,
    /// The log does not hold enough to say.
    Unclear,
}

/// Where a leak stands among the leaks that grow with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The type to repair.
    Root,
    /// Grows only because a root does.
    Companion,
}

/// How much of a type's growth a root brings.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Index into [`LogSeries::types`].
    pub root: usize,
    /// Objects of the type for each one of the root.
    pub ratio: f64,
}

/// A moment in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Index into [`LogSeries::lanes`].
    pub lane: usize,
    /// Index into the lane's snapshots.
    pub index: usize,
}

/// A fitted curve in one lane, to be drawn: straight between its points.
#[derive(Debug, Clone, PartialEq)]
pub struct FitLine {
    /// Index into [`LogSeries::lanes`].
    pub lane: usize,
    /// `[x, count, low, high]`: the axis, the fit, and its 95 % band; `x` rises strictly; two points or more.
    pub points: Vec<[f64; 4]>,
}

/// When a suspect's count reaches a number, if it goes on like this.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The number.
    pub count: f64,
    /// On the log's axis: expected, earliest, latest (by the rate's interval; `None`: never, by its low end).
    pub x: (f64, f64, Option<f64>),
}

/// How a type moves, in numbers. Rates are per unit of the log's axis (hours or snapshots), of one process.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trend {
    /// Rate since the onset; 0 where nothing moves, `None` where it cannot be told.
    pub slope: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub high: Option<f64>,
    /// Where growth began; only for leaks.
    pub onset: Option<Moment>,
    /// Probability of such a rise without a trend, corrected for autocorrelation.
    pub p_value: Option<f64>,
    /// The same over all types of the log that move at all (false discovery rate).
    pub q_value: Option<f64>,
    /// What was fitted, for the picture.
    pub fit: Vec<FitLine>,
}

/// What the log says of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Index into [`LogSeries::types`].
    pub type_index: usize,
    /// From 1; a companion has its root's rank, members of a tie share one.
    pub rank: u32,
    /// The opinion.
    pub verdict: Verdict,
    /// Only for leaks.
    pub role: Option<Role>,
    /// The root with the largest share; only for companions. Index into [`LogSeries::types`].
    pub follows: Option<usize>,
    /// Objects of this type for each one of the root that it follows.
    pub ratio: Option<f64>,
    /// All roots that bring this type; a root has itself with 1.
    pub shares: Vec<Share>,
    /// Types that grow one for one with this root and could be the root as well. Indices into [`LogSeries::types`].
    pub tied_with: Vec<usize>,
    /// Share of such findings that are right.
    pub confidence: Option<f64>,
    /// The numbers.
    pub trend: Trend,
    /// Streams in which it leaks, where not in all; indices into [`LogSeries::streams`].
    pub leaks_in: Vec<u32>,
    /// When the count doubles, and when it reaches `limit_count`; only for suspects.
    pub doubles: Option<Projection>,
    /// See `doubles`.
    pub reaches: Option<Projection>,
    /// One sentence, the evidence.
    pub why: String,
}

/// What the user says about trends.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TrendOptions {
    /// A count of which to tell when a suspect reaches it. Default is none.
    pub limit_count: Option<u64>,
}

/// Whether the log as a whole leaks: `None` where it cannot tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// `Some(true)` with a suspect, `Some(false)` without, `None` where the log does not hold enough.
    pub leaking: Option<bool>,
    /// Where `leaking` is `None`: why, and what to do, as the rest of a sentence after "the log cannot tell: ".
    pub reason: Option<String>,
    /// All types, in rank order: each root followed by its companions, the worst root first, then the rest.
    pub types: Vec<Assessment>,
}

/// Judges all types of a log. Deterministic for any number of threads.
pub fn judge(series: &LogSeries, options: &TrendOptions) -> Judgement {
    judge::judge(series, options)
}
