//! The series table, one row per observation in the log's order, as CSV, JSON Lines, Parquet and Arrow.
//!
//! Frames of a fixed number of rows are made and written one after the other: the table as a whole is never in memory,
//! but for the wide form, which is a table of another shape. All that names polars is in this file.

mod findings;

use std::io::Write;

pub use findings::{FindingRow, FindingsWriter};

use polars::prelude as pl;
use polars::prelude::{SchemaExt, SerWriter};

use super::SeriesOptions;
use crate::error::{Error, Result};
use crate::parse::{Call, Clock, Observation, Rows, Snapshots};

/// The form in which the series table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file.
    Arrow,
}

impl TableFormat {
    /// The word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Jsonl => "JSON Lines",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
        }
    }

    /// Rows of a frame: few for text, of which a frame makes ten times as many bytes; else enough for a Parquet row group to
    /// compress well.
    fn rows_per_frame(self) -> usize {
        if self.is_text() { 1 << 14 } else { 1 << 17 }
    }

    /// Text formats write times as RFC 3339, the others as timestamps.
    fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Jsonl)
    }
}

/// A log with its tables, to be written.
pub struct TableLog<'a> {
    /// The log's name.
    pub name: &'a str,
    /// Its tables.
    pub snapshots: &'a Snapshots,
}

/// Writes the rows of all logs to `out`; with `wide` one row per snapshot and one column per type, in memory.
///
/// # Errors
/// Where polars or `out` refuses.
pub fn write(
    logs: &[TableLog<'_>],
    options: &SeriesOptions,
    format: TableFormat,
    wide: bool,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let fail = |source| failed(format, source);
    if wide {
        let frame = wide_frame(logs, options, format)?;
        let mut sink = Sink::new(format, &frame, out).map_err(fail)?;
        sink.frame(&frame).map_err(fail)?;
        return sink.finish().map_err(fail);
    }
    let mut columns = Columns::default();
    let mut sink = Sink::new(format, &columns.take(format).map_err(fail)?, out).map_err(fail)?;
    for log in logs {
        let runs = super::runs(log.snapshots);
        let mut rows = rows_of(log)?;
        let mut moments = Moments::default();
        for (i, run) in runs.into_iter().enumerate() {
            let Some(rows) = rows.next_table() else { break };
            let time = moments.next(log.snapshots, i, options);
            if !options.covers(log.snapshots, i) {
                continue;
            }
            columns.snapshot(log, i, (run, time), rows, options);
            if columns.count.len() >= format.rows_per_frame() {
                sink.frame(&columns.take(format).map_err(fail)?).map_err(fail)?;
            }
        }
    }
    if !columns.count.is_empty() {
        sink.frame(&columns.take(format).map_err(fail)?).map_err(fail)?;
    }
    sink.finish().map_err(fail)
}

fn failed(format: TableFormat, source: pl::PolarsError) -> Error {
    Error::Table { format: format.as_str(), source: Box::new(source) }
}

fn rows_of<'a>(log: &TableLog<'a>) -> Result<Rows<'a>> {
    let lost = || Error::Usage(format!("{}: read without `keep_rows`, so that its tables are not known", log.name));
    log.snapshots.rows().ok_or_else(lost)
}

/// The columns of the long table, filled row by row.
#[derive(Default)]
struct Columns<'a> {
    log: Vec<&'a str>,
    stream: Vec<Option<&'a str>>,
    run: Vec<u32>,
    snapshot: Vec<u32>,
    time: Vec<Option<i64>>,
    call: Vec<&'static str>,
    name: Vec<&'a str>,
    count: Vec<u64>,
    delta: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn snapshot(
        &mut self,
        log: &TableLog<'a>,
        index: usize,
        (run, time): (u32, Option<i64>),
        rows: &[Observation],
        options: &SeriesOptions,
    ) {
        let snapshots = log.snapshots;
        let table = snapshots.table(index);
        for o in rows.iter().filter(|o| options.names.keeps(&snapshots.type_names()[o.type_id as usize])) {
            self.log.push(log.name);
            self.stream.push(snapshots.stream_names()[table.stream as usize].as_deref());
            self.run.push(run);
            self.snapshot.push(index as u32);
            self.time.push(time);
            self.call.push(table.call.as_str());
            self.name.push(&snapshots.type_names()[o.type_id as usize]);
            self.count.push(o.count);
            self.delta.push(o.delta.filter(|_| table.call == Call::Growth));
        }
    }

    /// What was filled so far as a frame; the columns are empty afterwards.
    fn take(&mut self, format: TableFormat) -> pl::PolarsResult<pl::DataFrame> {
        let columns = std::mem::take(self);
        pl::DataFrame::new_infer_height(vec![
            pl::Column::new("log".into(), columns.log),
            pl::Column::new("stream".into(), columns.stream),
            pl::Column::new("run".into(), columns.run),
            pl::Column::new("snapshot".into(), columns.snapshot),
            time_column(columns.time, format)?,
            pl::Column::new("call".into(), columns.call),
            pl::Column::new("type".into(), columns.name),
            pl::Column::new("count".into(), columns.count),
            pl::Column::new("delta".into(), columns.delta),
        ])
    }
}

/// When snapshots were taken: by the log's clock, or by `--start` and `--interval`.
#[derive(Default)]
struct Moments {
    /// Per stream: its snapshots so far.
    before: Vec<u32>,
}

impl Moments {
    /// Of the log's next snapshot, number `index`.
    fn next(&mut self, snapshots: &Snapshots, index: usize, options: &SeriesOptions) -> Option<i64> {
        let stream = snapshots.stream(index) as usize;
        self.before.resize(self.before.len().max(stream + 1), 0);
        let before = self.before[stream];
        self.before[stream] += 1;
        match (options.start_us, options.interval_s) {
            (Some(start), Some(step)) => Some(start + (f64::from(before) * step * 1e6) as i64),
            // Time since a process began is no time of day, unless the user says when it began.
            (Some(start), None) if snapshots.clock == Clock::Uptime => snapshots.time(index).map(|t| t + start),
            _ if snapshots.clock == Clock::Uptime => None,
            _ => snapshots.time(index),
        }
    }
}

fn time_column(time: Vec<Option<i64>>, format: TableFormat) -> pl::PolarsResult<pl::Column> {
    if format.is_text() {
        // All rows of a table have one.
        let mut text = pl::StringChunkedBuilder::new("time".into(), time.len());
        for same in time.chunk_by(|a, b| a == b) {
            let written = same.first().copied().flatten().and_then(rfc3339);
            same.iter().for_each(|_| text.append_option(written.as_deref()));
        }
        return Ok(pl::Column::new("time".into(), text.finish()));
    }
    let utc = pl::DataType::Datetime(pl::TimeUnit::Microseconds, Some(pl::TimeZone::UTC));
    pl::Column::new("time".into(), time).cast(&utc)
}

/// A moment in microseconds since 1970 UTC as RFC 3339 in UTC; `None` outside the years -9999 to 9999.
pub(crate) fn rfc3339(time_us: i64) -> Option<String> {
    jiff::Timestamp::from_microsecond(time_us).ok().map(|t| t.to_string())
}

/// Writes frames of one schema in one format.
enum Sink<'o> {
    Csv(polars::io::csv::write::BatchedWriter<&'o mut (dyn Write + Send)>),
    Jsonl(&'o mut (dyn Write + Send)),
    Parquet(Box<polars::io::parquet::write::BatchedWriter<&'o mut (dyn Write + Send)>>),
    Arrow(Box<polars::io::ipc::BatchedWriter<&'o mut (dyn Write + Send)>>),
}

impl<'o> Sink<'o> {
    fn new(format: TableFormat, like: &pl::DataFrame, out: &'o mut (dyn Write + Send)) -> pl::PolarsResult<Self> {
        let schema = like.schema();
        Ok(match format {
            TableFormat::Csv => Self::Csv(pl::CsvWriter::new(out).batched(schema)?),
            TableFormat::Jsonl => Self::Jsonl(out),
            TableFormat::Parquet => Self::Parquet(Box::new(pl::ParquetWriter::new(out).batched(schema)?)),
            TableFormat::Arrow => {
                let arrow = schema.to_arrow(pl::CompatLevel::newest());
                let fields = polars_arrow::io::ipc::write::default_ipc_fields(arrow.iter_values());
                Self::Arrow(Box::new(pl::IpcWriter::new(out).batched(schema, fields)?))
            }
        })
    }

    fn frame(&mut self, frame: &pl::DataFrame) -> pl::PolarsResult<()> {
        match self {
            Self::Csv(writer) => writer.write_batch(frame),
            Self::Jsonl(out) => {
                pl::JsonWriter::new(out).with_json_format(pl::JsonFormat::JsonLines).finish(&mut frame.clone())
            }
            Self::Parquet(writer) => writer.write_batch(frame),
            Self::Arrow(writer) => writer.write_batch(frame),
        }
    }

    fn finish(self) -> pl::PolarsResult<()> {
        match self {
            Self::Csv(mut writer) => writer.finish(),
            Self::Jsonl(out) => Ok(out.flush()?),
            Self::Parquet(writer) => writer.finish().map(|_| ()),
            Self::Arrow(mut writer) => writer.finish(),
        }
    }
}

/// One row per snapshot, a column for every type, in order of first appearance; null where a snapshot does not show it.
fn wide_frame(logs: &[TableLog<'_>], options: &SeriesOptions, format: TableFormat) -> Result<pl::DataFrame> {
    let mut head = Columns::default();
    let mut types: Vec<(&str, Vec<Option<u64>>)> = Vec::new();
    let mut index = hashbrown::HashMap::<&str, usize, foldhash::fast::FixedState>::default();
    for log in logs {
        let snapshots = log.snapshots;
        let mut rows = rows_of(log)?;
        let mut moments = Moments::default();
        for (i, run) in super::runs(snapshots).into_iter().enumerate() {
            let Some(rows) = rows.next_table() else { break };
            let time = moments.next(snapshots, i, options);
            if !options.covers(snapshots, i) {
                continue;
            }
            let table = snapshots.table(i);
            let row = head.log.len();
            head.log.push(log.name);
            head.stream.push(snapshots.stream_names()[table.stream as usize].as_deref());
            head.run.push(run);
            head.snapshot.push(i as u32);
            head.time.push(time);
            head.call.push(table.call.as_str());
            for o in rows {
                let name = snapshots.type_names()[o.type_id as usize].as_str();
                if options.names.keeps(name) {
                    let at = *index.entry(name).or_insert_with(|| {
                        types.push((name, Vec::new()));
                        types.len() - 1
                    });
                    types[at].1.resize(row, None);
                    types[at].1.push(Some(o.count));
                }
            }
        }
    }
    let height = head.log.len();
    let mut columns = vec![
        pl::Column::new("log".into(), head.log),
        pl::Column::new("stream".into(), head.stream),
        pl::Column::new("run".into(), head.run),
        pl::Column::new("snapshot".into(), head.snapshot),
        time_column(head.time, format).map_err(|e| failed(format, e))?,
        pl::Column::new("call".into(), head.call),
    ];
    for (name, mut counts) in types {
        counts.resize(height, None);
        // A type may be called like a column of the table; the type then has a colon before it.
        let taken = columns.iter().any(|c| c.name() == name);
        let name = if taken { format!(":{name}") } else { name.to_owned() };
        columns.push(pl::Column::new(name.into(), counts));
    }
    pl::DataFrame::new(height, columns).map_err(|e| failed(format, e))
}
