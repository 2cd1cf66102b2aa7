//! [`Snapshots`](crate::parse::Snapshots) come in, [`LogSeries`] go out: per type and process lifetime the counts over
//! time, with what is unseen as the interval that it is. The series table as CSV, JSON Lines, Parquet is made here, too.

mod build;
mod filter;
mod runs;
mod table;

pub use build::{build, runs};
pub use filter::NameFilter;
pub(crate) use table::rfc3339;
pub use table::{FindingRow, FindingsWriter, TableFormat, TableLog, write as write_table};

/// How series are made of snapshots.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SeriesOptions {
    /// Seconds between snapshots, in place of the log's clock. Default is the clock.
    pub interval_s: Option<f64>,
    /// When the log begins, in microseconds since 1970 UTC, for a log whose clock does not say. Default is unknown.
    pub start_us: Option<i64>,
    /// Only snapshots from this moment on, in microseconds since 1970 UTC. Default is all.
    pub since_us: Option<i64>,
    /// Only snapshots up to this moment. Default is all.
    pub until_us: Option<i64>,
    /// Types to keep and to leave out. Default is all.
    pub names: NameFilter,
}

impl SeriesOptions {
    /// Whether snapshot `index` lies between `since_us` and `until_us`; one without a time does.
    pub(crate) fn covers(&self, snapshots: &crate::parse::Snapshots, index: usize) -> bool {
        let time = snapshots.time(index);
        time.is_none_or(|t| self.since_us.is_none_or(|s| t >= s) && self.until_us.is_none_or(|u| t <= u))
    }
}

/// What `x` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Hours since the log's first snapshot.
    Time,
    /// Snapshots since the stream's first one.
    Snapshot,
}

/// One process lifetime: the snapshots that one run of one stream printed, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Index into [`LogSeries::streams`].
    pub stream: u32,
    /// Process lifetime in the stream, from 0.
    pub run: u32,
    /// Numbers of its snapshots in the log; rises strictly.
    pub snapshots: Vec<u32>,
    /// Number of its first snapshot within the stream (over all runs of it).
    pub first_in_stream: u32,
    /// When, on the log's axis; rises strictly; as long as `snapshots`.
    pub x: Vec<f64>,
}

/// What is known of one type's count in one snapshot.
///
/// Seen: `low == high`. Unseen in a cut table: 0 to the last row's count. Not printed by `show_growth`: 0 to its peak.
/// Not in a table that shows all types: 0 to 0, but `seen` is false. A torn table: 0 to infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// The least it can have been.
    pub low: f64,
    /// The most it can have been.
    pub high: f64,
    /// Whether a row shows it.
    pub seen: bool,
}

/// One type's counts over one process lifetime; as long as the lane's snapshots.
pub type Counts = Vec<Count>;

/// One type over the whole log.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeSeries {
    /// The type, as printed.
    pub name: String,
    /// Per lane, in the order of [`LogSeries::lanes`]; `None` where the lane never shows the type.
    pub lanes: Vec<Option<Counts>>,
}

/// All series of one log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSeries {
    /// What `x` counts.
    pub axis: Axis,
    /// Which call the series are from.
    pub call: crate::parse::Call,
    /// When `x` is 0, in microseconds since 1970 UTC, where the log or `--start` tells.
    pub origin: Option<i64>,
    /// Median seconds between snapshots of a run, where there is a clock or `--interval`.
    pub interval_s: Option<f64>,
    /// Where the log itself ends on the axis, where its clock tells: `show_growth` may have been silent up to there.
    pub end: Option<f64>,
    /// Stream names; `None` is the one stream of a log that names none.
    pub streams: Vec<Option<String>>,
    /// Process lifetimes, by stream, then by time.
    pub lanes: Vec<Lane>,
    /// Types in order of first appearance.
    pub types: Vec<TypeSeries>,
}
