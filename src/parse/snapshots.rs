//! [`Snapshots`]: all tables of one log as columns, in the order in which they began.
//!
//! A log has millions of tables and a hundred times as many rows, so that rows lie by type, about a byte each
//! (`column`); how they stood in their tables is kept only for those who want tables as printed (`order`).

mod builder;
mod column;
mod observations;
mod order;
mod tables;

use crate::error::Warning;

pub use builder::SnapshotsBuilder;
use column::Column;
pub use column::Totals;
pub use observations::Observations;
use order::Order;
use tables::Tables;

/// Which objgraph call printed a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    /// `show_most_common_types`, or a printed list of `most_common_types()`, or `typestats()`.
    MostCommon,
    /// `show_growth`, or a printed list of `growth()`: types above their former peak only.
    Growth,
}

impl Call {
    /// The word that stands in the series table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MostCommon => "most_common",
            Self::Growth => "growth",
        }
    }
}

/// Where in the log something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Index of the part (the file of a rotated family).
    pub part: u32,
    /// Line in that part, from 1.
    pub line: u64,
}

/// One row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Index into [`Snapshots::type_names`].
    pub type_id: u32,
    /// As printed.
    pub count: u64,
    /// As printed; `None` where the call prints none.
    pub delta: Option<i64>,
}

/// A type's count in one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The snapshot's number in the log.
    pub snapshot: u32,
    /// As printed.
    pub count: u64,
    /// As printed; `None` where the call prints none.
    pub delta: Option<i64>,
}

/// One printed table: what objgraph counted at one moment.
///
/// A type that is absent is *unseen*, not zero: where the table was cut, its count lies between 0 and the last row's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where its first row stands.
    pub place: Place,
    /// Where its last row stands.
    pub last: Place,
    /// When, in microseconds since 1970 UTC, where the log tells.
    pub time: Option<i64>,
    /// Who printed it.
    pub call: Call,
    /// Index into [`Snapshots::stream_names`].
    pub stream: u32,
    /// The writer's process id where the prefix shows one: a new one in the same stream is a new run.
    pub process: Option<u32>,
    /// The table's head or tail was lost (the log begins or ends within it): rows are true, absence says nothing.
    pub torn: bool,
}

/// What kind of thing an [`Event`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// The log says that a process began.
    Restart,
}

impl EventKind {
    /// The word that stands in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restart => "restart",
        }
    }
}

/// Something else the log says that bears on memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The first snapshot after it, by number in the log; the number of snapshots where none follows.
    pub snapshot: u32,
    /// The stream it concerns; `None` where the log does not tell.
    pub stream: Option<u32>,
    /// When, in microseconds since 1970 UTC.
    pub time: Option<i64>,
    /// The log's own words.
    pub text: String,
}

/// Lines of the log's files, by what became of them. Each line counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines {
    /// All.
    pub read: u64,
    /// Those that hold rows.
    pub in_tables: u64,
    /// Those passed over that look like rows.
    pub like_rows: u64,
}

/// All tables of one log, in the order in which they began.
#[derive(Debug, Clone, Default)]
pub struct Snapshots {
    tables: Tables,
    /// Per type.
    columns: Vec<Column>,
    /// `None` where the order of rows was not asked for.
    order: Option<Order>,
    /// How many tables the log has.
    n_tables: u32,
    /// One in so many tables of each process is kept.
    stride: u32,
    /// The kept tables' numbers in the log; empty where all are kept.
    numbers: Vec<u32>,
    /// Per type what all tables show; empty where all are kept.
    totals: Vec<Totals>,
    type_names: Vec<String>,
    stream_names: Vec<Option<String>>,
    /// What else the log says.
    pub events: Vec<Event>,
    /// Lines that may tell of a restart: they do where the counts fall back.
    pub hints: Vec<Event>,
    /// How many lines were read, and what became of them.
    pub lines: Lines,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// Where times are from.
    pub clock: Clock,
    /// The last time that the log shows, in a table or elsewhere, in microseconds since 1970 UTC.
    pub end: Option<i64>,
    /// Files that broke off, and why; what stands before that was read.
    pub broken: Vec<(String, std::sync::Arc<std::io::Error>)>,
}

/// What the log's clock is, told to the reader of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Clock {
    /// No table has a time.
    #[default]
    None,
    /// The log names its zone or offset, or counts seconds of an epoch.
    Zoned,
    /// The log names no zone; this one was assumed (an IANA name, or `UTC`).
    Assumed(String),
    /// Time since the process began: times are seconds of no known day.
    Uptime,
}

impl Snapshots {
    /// Number of tables that are kept: all, unless they would need too much memory.
    pub fn len(&self) -> usize {
        self.tables.len()
    }

    /// Whether the log holds no table.
    pub fn is_empty(&self) -> bool {
        self.tables.len() == 0
    }

    /// Number of tables in the log.
    pub fn n_tables(&self) -> u32 {
        self.n_tables
    }

    /// One in so many tables of each process is kept, and the last ones; 1 where all are.
    pub fn stride(&self) -> u32 {
        self.stride.max(1)
    }

    /// The number in the log of the table that is kept as number `index`.
    pub fn number(&self, index: usize) -> u32 {
        self.numbers.get(index).copied().unwrap_or(index as u32)
    }

    /// Which of `members`, kept tables in order, is the first whose number in the log is `number` or more; their count
    /// where none is.
    pub(crate) fn first_from(&self, members: &[u32], number: u32) -> usize {
        members.partition_point(|&m| self.number(m as usize) < number)
    }

    /// Table `index` of those that are kept.
    ///
    /// # Panics
    /// Where `index` is not below [`len`](Self::len); so do the other methods that take a table's number.
    pub fn table(&self, index: usize) -> Snapshot {
        self.tables.get(index)
    }

    /// All tables, in order of appearance.
    pub fn tables(&self) -> impl ExactSizeIterator<Item = Snapshot> + DoubleEndedIterator + '_ {
        (0..self.len()).map(|i| self.tables.get(i))
    }

    /// The time of table `index` alone.
    pub fn time(&self, index: usize) -> Option<i64> {
        self.tables.time(index)
    }

    /// The stream of table `index` alone.
    pub fn stream(&self, index: usize) -> u32 {
        self.tables.writer_of(index).0
    }

    /// The call of table `index` alone.
    pub fn call(&self, index: usize) -> Call {
        if self.tables.is_growth(index) { Call::Growth } else { Call::MostCommon }
    }

    /// How many of the kept tables `show_growth` printed.
    pub fn n_growth(&self) -> usize {
        self.tables.n_growth()
    }

    /// How many streams and processes have printed tables.
    pub(crate) fn n_writers(&self) -> usize {
        self.tables.n_writers()
    }

    /// The process that printed table `index` alone.
    pub fn process(&self, index: usize) -> Option<u32> {
        self.tables.writer_of(index).1
    }

    /// Whether table `index` lost its head or tail.
    pub fn is_torn(&self, index: usize) -> bool {
        self.tables.is_torn(index)
    }

    /// Number of rows of table `index`.
    pub fn rows_of(&self, index: usize) -> usize {
        self.tables.rows(index)
    }

    /// What the last row of table `index` shows: its count, for `show_growth` what it grew by, if that is above 0.
    pub fn last_value(&self, index: usize) -> u64 {
        self.tables.last_value(index)
    }

    /// What the log shows of a type, in the order of snapshots.
    ///
    /// # Panics
    /// Where `type_id` is no index into [`type_names`](Self::type_names).
    pub fn column(&self, type_id: u32) -> Observations<'_> {
        self.columns[type_id as usize].iter(&self.tables)
    }

    /// What all tables of the log show of a type; `None` where all are kept.
    pub fn totals(&self, type_id: u32) -> Option<Totals> {
        self.totals.get(type_id as usize).copied()
    }

    /// In how many rows of the kept tables a type stands.
    ///
    /// # Panics
    /// Where `type_id` is no index into [`type_names`](Self::type_names).
    pub fn n_observed(&self, type_id: u32) -> u64 {
        self.columns[type_id as usize].len()
    }

    /// All tables with their rows as printed; `None` where the parser was not told to keep the order of rows.
    pub fn rows(&self) -> Option<Rows<'_>> {
        let order = self.order.as_ref()?.read();
        let columns = self.columns.iter().map(|c| c.iter(&self.tables)).collect();
        Some(Rows { tables: &self.tables, index: 0, order, columns, rows: Vec::new() })
    }

    /// Number of rows over all tables.
    pub fn n_rows(&self) -> u64 {
        match &self.totals[..] {
            [] => self.columns.iter().map(Column::len).sum(),
            totals => totals.iter().map(|t| t.n_seen).sum(),
        }
    }

    /// Bytes of memory that tables and counts take.
    pub fn bytes(&self) -> usize {
        self.tables.bytes() + self.columns.iter().map(Column::bytes).sum::<usize>()
    }

    /// Type names as printed; an observation's `type_id` is an index here.
    pub fn type_names(&self) -> &[String] {
        &self.type_names
    }

    /// Stream names; a snapshot's `stream` is an index here. `None` is the one stream of a log that names none.
    pub fn stream_names(&self) -> &[Option<String>] {
        &self.stream_names
    }
}

/// Walks over the tables of a log with their rows as printed.
#[derive(Debug)]
pub struct Rows<'a> {
    tables: &'a Tables,
    index: usize,
    order: order::Reader<'a>,
    columns: Vec<Observations<'a>>,
    rows: Vec<Observation>,
}

impl Rows<'_> {
    /// The rows of the next table; `None` after the last.
    pub fn next_table(&mut self) -> Option<&[Observation]> {
        if self.index >= self.tables.len() {
            return None;
        }
        self.rows.clear();
        self.order.begin();
        for _ in 0..self.tables.rows(self.index) {
            let type_id = self.order.next_id();
            let observed = self.columns.get_mut(type_id as usize).and_then(Iterator::next);
            self.rows.extend(observed.map(|o| Observation { type_id, count: o.count, delta: o.delta }));
        }
        self.index += 1;
        Some(&self.rows)
    }
}
