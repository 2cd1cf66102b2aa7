//! A log's lines come in, [`Snapshots`] go out: the tables that objgraph printed, whatever else the log holds.

mod block;
mod chain;
mod clock;
mod foreign;
mod hold;
mod inspect;
mod lifetimes;
mod line;
mod order;
mod prefix;
mod snapshots;
mod stamp;
mod table;
mod unwrap;
mod words;

pub use inspect::{Reading, inspect};
pub use order::sort_parts;
pub use snapshots::{
    Call, Clock, Event, EventKind, Lines, Observation, Observations, Observed, Place, Rows, Snapshot, Snapshots,
    SnapshotsBuilder, Totals,
};

use crate::error::Result;
use crate::input::Log;
use crate::input::chunk::Chunks;
use clock::{Hints, Written};
use prefix::told::Told;
use stamp::Stamp;
use table::{Folded, Meta, Tables};
use unwrap::Unwrap;

/// What the user says about the log's lines; all of it is learnt where nothing is said.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// The zone of clocks that name none, an IANA name. Default is UTC.
    pub timezone: Option<String>,
    /// What stands before each row, a regex; its groups `time`, `pid` and `stream` are read. Default is learnt.
    pub prefix: Option<String>,
    /// What a row is, a regex with the groups `type`, `count` and perhaps `delta`. Default is learnt.
    pub row: Option<String>,
    /// What tells processes apart, a regex: its group `stream` or `pid`, else its first, else all of it. Default is learnt.
    pub stream: Option<String>,
    /// How times are written, as for `strptime`. Default is learnt.
    pub time_format: Option<String>,
    /// Which tables are read. Default is all.
    pub dialect: Dialect,
    /// When the log begins, in microseconds since 1970 UTC, for clocks that leave out the day. Default is unknown.
    pub start_us: Option<i64>,
    /// Keeps the order of rows in their tables, for [`Snapshots::rows`]. Default is off.
    pub keep_rows: bool,
    /// Bytes for the counts of one log; where they need more, only one in 2, 4, 8, … of its tables is kept, unless
    /// `keep_rows`. Default is 256 MiB.
    pub max_memory: Option<usize>,
}

/// Which of objgraph's tables are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// All.
    #[default]
    Auto,
    /// `show_most_common_types` only.
    MostCommon,
    /// `show_growth` only.
    Growth,
    /// Printed lists only.
    Repr,
}

/// Reads all tables of a log.
///
/// # Errors
/// Where a part cannot be read, is binary, or the log is empty. A log without a table is no error here.
pub fn parse(log: &Log, options: &ParseOptions) -> Result<Snapshots> {
    let (folded, lines, broken) = fold(log, options, false)?;
    Ok(assemble(&folded, lines, broken, options))
}

/// Files that broke off, and why.
type Broken = Vec<(String, std::sync::Arc<std::io::Error>)>;

/// Hands every line of the log to `each`, with its end; a line that a rotation cut is whole again.
fn walk(log: &Log, mut each: impl FnMut(&[u8], Place)) -> Result<Broken> {
    let mut broken = Vec::new();
    let mut carry = Vec::new();
    let mut place = Place { part: 0, line: 0 };
    for (part, file) in log.parts.iter().enumerate() {
        let mut chunks = Chunks::new(file.open()?);
        place = Place { part: part as u32, line: 0 };
        let is_last = part + 1 == log.parts.len();
        loop {
            let chunk = match chunks.next_chunk() {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(source) => {
                    broken.push((file.name.clone(), std::sync::Arc::new(source)));
                    break;
                }
            };
            for text in chunk.split_inclusive(|&b| b == b'\n') {
                // A line without an end at the end of a part goes on in the next part: rotation cut it.
                if !is_last && text.last() != Some(&b'\n') {
                    carry.extend_from_slice(text);
                    continue;
                }
                place.line += 1;
                if carry.is_empty() {
                    each(text, place);
                } else {
                    carry.extend_from_slice(text);
                    each(&carry, place);
                    carry.clear();
                }
            }
        }
    }
    if !carry.is_empty() {
        place.line += 1;
        each(&carry, place);
    }
    Ok(broken)
}

/// The log's tables as the fold finds them. `observe`: what became of each line that looks like a row is kept, too.
fn fold(log: &Log, options: &ParseOptions, observe: bool) -> Result<(Folded, Lines, Broken)> {
    let mut told = Told::new(options)?;
    let mut tables = Tables::new(observe);
    tables.told_clock = told.as_ref().is_some_and(Told::has_clock);
    let mut lines = Lines::default();
    let mut unwrap = Unwrap::default();
    let mut end = Place { part: 0, line: 0 };
    let broken = walk(log, |text, place| {
        lines.read += 1;
        end = place;
        tables.unended = text.last() != Some(&b'\n');
        unwrap.lines(text, &mut |text: &[u8], meta: &Meta| match &mut told {
            None => tables.line(text, place, meta),
            Some(told) => told.line(text, meta, &mut |text, meta| tables.line(text, place, meta)),
        });
    })?;
    unwrap.finish(&mut |text, meta| tables.line(text, end, meta));
    let mut folded = tables.finish();
    folded.drafts.retain(|draft| match options.dialect {
        Dialect::Auto => true,
        Dialect::Repr => draft.listed,
        Dialect::MostCommon => !draft.listed && draft.call == Call::MostCommon,
        Dialect::Growth => !draft.listed && draft.call == Call::Growth,
    });
    if let Some(told) = told {
        told.finish()?;
    }
    lines.like_rows = folded.like_rows;
    Ok((folded, lines, broken))
}

/// What is known only at the log's end: times, streams, restarts.
fn assemble(folded: &Folded, mut lines: Lines, broken: Broken, options: &ParseOptions) -> Snapshots {
    let (times, end, clock) = times(folded, options);
    let writers: Vec<_> = folded.drafts.iter().map(|d| d.writer.clone()).collect();
    let streams = lifetimes::streams(&writers);
    let mut builder = SnapshotsBuilder::new(options.keep_rows, options.max_memory);
    // A type gets its number where a table first shows it.
    let mut ids = vec![None; folded.names.len()];
    let mut rows = Vec::new();
    for (i, draft) in folded.drafts.iter().enumerate() {
        let stream = streams.of_table.get(i).copied().unwrap_or(0);
        lines.in_tables += draft.lines;
        let snapshot = Snapshot {
            place: draft.place,
            last: draft.last,
            time: times.get(i).copied().flatten(),
            call: draft.call,
            stream: stream as u32,
            process: draft.writer.process,
            torn: draft.torn,
        };
        let growth = draft.call == Call::Growth;
        rows.clear();
        for &(name, count, delta) in &draft.rows {
            if let (Some(id), Some(name)) = (ids.get_mut(name as usize), folded.names.get(name as usize)) {
                let type_id = *id.get_or_insert_with(|| builder.type_id(name));
                rows.push(Observation { type_id, count, delta: growth.then_some(delta) });
            }
        }
        builder.table(&snapshot, rows.iter().copied());
    }
    builder.name_streams(streams.names.clone());
    let out = builder.snapshots_mut();
    out.events = events(folded, &streams);
    out.clock = clock;
    out.end = end;
    // Two tables may share a line, as records in JSON do.
    lines.in_tables = lines.in_tables.min(lines.read);
    builder.snapshots_mut().lines = lines;
    builder.snapshots_mut().broken = broken;
    builder.finish()
}

/// When each table was printed, as far as the log tells.
fn times(folded: &Folded, options: &ParseOptions) -> (Vec<Option<i64>>, Option<i64>, Clock) {
    let written = folded.drafts.iter().map(|d| Written { stamp: d.stamp, own: d.own_stamp });
    // The log's end is read as if a table stood there, in the same clock.
    let written: Vec<Written> = written.chain([Written { stamp: folded.end, own: true }]).collect();
    let zone = options.timezone.as_deref().and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let day = folded.day.and_then(|(year, month, day)| jiff::civil::Date::new(year, month, day).ok());
    let (mut times, clock) = clock::resolve(&written, &Hints { zone, day, start: options.start_us });
    let end = times.pop().flatten();
    // A clock that no table has is no clock of the tables.
    let clock = if times.iter().all(Option::is_none) { Clock::None } else { clock };
    (times, end, clock)
}

/// Lines that say that a process began, as events of the streams that they name.
fn events(folded: &Folded, streams: &lifetimes::Streams) -> Vec<Event> {
    let event = |start: &table::Start| {
        let snapshot = folded.drafts.partition_point(|d| d.place < start.place) as u32;
        let by_process = start.writer.process.and_then(|p| streams.of_process.get(&(start.writer.label.clone(), p)));
        let by_label = streams.names.iter().position(|n| n.is_some() && *n == start.writer.label);
        let time = match start.stamp {
            Some(Stamp::Instant(time)) => Some(time),
            _ => None,
        };
        Event {
            kind: EventKind::Restart,
            snapshot,
            stream: by_process.copied().or(by_label).map(|s| s as u32),
            time,
            text: start.text.clone(),
        }
    };
    folded.starts.iter().map(event).collect()
}
