//! [`Snapshots`](crate::parse::Snapshots) come in, [`LogSeries`] go out: per type and process lifetime the counts over
//! time, with what is unseen as the interval that it is. The series table as CSV, JSON Lines, Parquet is made here, too.

mod build;
mod filter;
mod fold;
mod runs;
mod table;
mod timeline;
mod types;

pub use build::{build, runs};
pub use filter::NameFilter;
pub(crate) use fold::bins;
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
    /// Whether some time is asked for.
    pub(crate) fn has_window(&self) -> bool {
        self.since_us.is_some() || self.until_us.is_some()
    }

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
    /// Where the log is so long that types are held by blocks of the lane's tables: the mean place of each block
    /// ([`block_bounds`](crate::stats::rank::block_bounds)); else empty.
    pub folded: Vec<f64>,
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

/// One type's counts over one process lifetime.
#[derive(Debug, Clone, PartialEq)]
pub enum Counts {
    /// As long as the lane's snapshots.
    All(Vec<Count>),
    /// Of a lane whose tables lie in blocks.
    Folded(Box<Folded>),
}

/// What is kept of one type in a long lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// Per block: the median of its counts; where a table does not show the type, the likeliest that its cut allows.
    pub counts: Vec<f64>,
    /// Per block: whether a table of it shows the type.
    pub seen: Vec<bool>,
    /// In the lane's first table.
    pub first: Count,
    /// In its last.
    pub last: Count,
    /// The least that a table shows.
    pub least: u64,
    /// The most.
    pub most: u64,
    /// How many tables show it.
    pub n_seen: u32,
    /// Points that draw the same curve as all would: first, least, greatest and last of each bin on the axis.
    pub shown: Vec<Shown>,
}

/// A point of a curve: a count, or the most that is possible; the least is 0 then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Index into the lane's snapshots.
    pub at: u32,
    /// The count, or its upper bound.
    pub high: f64,
    /// Whether a row shows it.
    pub seen: bool,
}

impl Counts {
    /// In the lane's first table.
    pub fn first(&self) -> Option<Count> {
        match self {
            Self::All(all) => all.first().copied(),
            Self::Folded(folded) => Some(folded.first),
        }
    }

    /// In the lane's last table.
    pub fn last(&self) -> Option<Count> {
        match self {
            Self::All(all) => all.last().copied(),
            Self::Folded(folded) => Some(folded.last),
        }
    }

    /// How many tables show the type.
    pub fn n_seen(&self) -> usize {
        match self {
            Self::All(all) => all.iter().filter(|c| c.seen).count(),
            Self::Folded(folded) => folded.n_seen as usize,
        }
    }

    /// The least and the most that tables show; `None` where none does.
    pub fn extremes(&self) -> Option<(u64, u64)> {
        match self {
            Self::All(all) => {
                let mut seen = all.iter().filter(|c| c.seen).map(|c| c.high);
                let first = seen.next()?;
                let (least, most) = seen.fold((first, first), |(least, most), c| (least.min(c), most.max(c)));
                Some((least as u64, most as u64))
            }
            Self::Folded(folded) => Some((folded.least, folded.most)),
        }
    }
}

impl From<Vec<Count>> for Counts {
    fn from(all: Vec<Count>) -> Self {
        Self::All(all)
    }
}

/// The most that a snapshot can hide of a type that it does not show: of its count; for `show_growth`, of its growth.
///
/// A table that has as many rows as the longest of its lane was cut there, so what it hides is at most its last row.
/// A shorter one shows all there is. Of a table whose head is lost nothing can be said.
fn hidden(snapshots: &crate::parse::Snapshots, index: usize, longest: usize) -> f64 {
    let torn = snapshots.is_torn(index);
    if torn && index == 0 {
        f64::INFINITY
    } else if snapshots.rows_of(index) < longest && !torn {
        0.0
    } else {
        snapshots.last_value(index) as f64
    }
}

/// One type over the whole log.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeSeries {
    /// The type, as printed.
    pub name: String,
    /// Per lane, in the order of [`LogSeries::lanes`]; `None` where the lane never shows the type.
    pub lanes: Vec<Option<Counts>>,
    /// What all tables of the log show of it, where not all are kept and no option leaves tables out.
    pub totals: Option<crate::parse::Totals>,
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
