//! [`Snapshots`]: all tables of one log as columns, in the order in which they began.

use crate::error::Warning;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index of the part (the file of a rotated family).
    pub part: u32,
    /// Line in that part, from 1.
    pub line: u64,
}

/// One type's count in one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Index into [`Snapshots::type_names`].
    pub type_id: u32,
    /// As printed.
    pub count: u64,
    /// As printed; `None` where the call prints none.
    pub delta: Option<i64>,
}

/// One row as the parser hands it over, its name not yet an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The type, as printed.
    pub name: &'a str,
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
///
/// Rows lie in columns, so that the layout can change without a change to those who read.
#[derive(Debug, Clone, Default)]
pub struct Snapshots {
    tables: Vec<Snapshot>,
    /// `ends[i]`: where the rows of table `i` end in the columns.
    ends: Vec<usize>,
    ids: Vec<u32>,
    counts: Vec<u64>,
    /// As long as `ids`; for `MostCommon` tables 0.
    deltas: Vec<i64>,
    type_names: Vec<String>,
    stream_names: Vec<Option<String>>,
    /// What else the log says.
    pub events: Vec<Event>,
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
    /// Number of tables.
    pub fn len(&self) -> usize {
        self.tables.len()
    }

    /// Whether the log holds no table.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// All tables, in order of appearance.
    pub fn tables(&self) -> &[Snapshot] {
        &self.tables
    }

    /// The rows of table `index`, in the log's order.
    ///
    /// # Panics
    /// Where `index` is not below [`len`](Self::len).
    pub fn rows(&self, index: usize) -> impl ExactSizeIterator<Item = Observation> + '_ {
        let from = if index == 0 { 0 } else { self.ends[index - 1] };
        let growth = self.tables[index].call == Call::Growth;
        (from..self.ends[index]).map(move |i| Observation {
            type_id: self.ids[i],
            count: self.counts[i],
            delta: growth.then(|| self.deltas[i]),
        })
    }

    /// Number of rows over all tables.
    pub fn n_rows(&self) -> usize {
        self.ids.len()
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

/// Builds [`Snapshots`] table by table.
#[derive(Debug, Default)]
pub struct SnapshotsBuilder {
    out: Snapshots,
    index: hashbrown::HashMap<String, u32, foldhash::fast::FixedState>,
}

impl SnapshotsBuilder {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table with its rows, in the log's order. Its number is the count of tables before it.
    pub fn table<'a>(&mut self, snapshot: Snapshot, rows: impl IntoIterator<Item = Row<'a>>) {
        for row in rows {
            let id = match self.index.get(row.name) {
                Some(&id) => id,
                None => {
                    let id = self.out.type_names.len() as u32;
                    self.out.type_names.push(row.name.to_owned());
                    self.index.insert(row.name.to_owned(), id);
                    id
                }
            };
            self.out.ids.push(id);
            self.out.counts.push(row.count);
            self.out.deltas.push(row.delta.unwrap_or(0));
        }
        self.out.tables.push(snapshot);
        self.out.ends.push(self.out.ids.len());
    }

    /// Names the streams, by the numbers that the tables have.
    pub fn name_streams(&mut self, names: Vec<Option<String>>) {
        self.out.stream_names = names;
    }

    /// What was built so far, to be changed in place (times, events, warnings).
    pub fn snapshots_mut(&mut self) -> &mut Snapshots {
        &mut self.out
    }

    /// The tables, for changes that are known only at a log's end (streams, inferred years).
    pub fn tables_mut(&mut self) -> &mut [Snapshot] {
        &mut self.out.tables
    }

    /// The log as a whole.
    pub fn finish(self) -> Snapshots {
        self.out
    }
}
