//! A log's lines come in, [`Snapshots`] go out: the tables that objgraph printed, whatever else the log holds.

mod block;
mod line;
mod order;
mod prefix;
mod snapshots;
mod stamp;
mod table;
mod unwrap;
mod words;

pub use order::sort_parts;
pub use snapshots::{
    Call, Clock, Event, EventKind, Lines, Observation, Place, Row, Snapshot, Snapshots, SnapshotsBuilder,
};

use crate::error::Result;
use crate::input::Log;
use crate::input::chunk::Chunks;
use table::{Meta, Tables};
use unwrap::Unwrap;

/// What the user says about the log's lines; all of it is learnt where nothing is said.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// The zone of clocks that name none, an IANA name. Default is UTC.
    pub timezone: Option<String>,
}

/// Reads all tables of a log.
///
/// # Errors
/// Where a part cannot be read, is binary, or the log is empty. A log without a table is no error here.
pub fn parse(log: &Log, options: &ParseOptions) -> Result<Snapshots> {
    let mut tables = Tables::new();
    let mut lines = Lines::default();
    let mut broken = Vec::new();
    let mut unwrap = Unwrap::default();
    let mut carry = Vec::new();
    let _ = options;
    for (part, file) in log.parts.iter().enumerate() {
        let mut chunks = Chunks::new(file.open()?);
        let mut number = 0;
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
                number += 1;
                lines.read += 1;
                let place = Place { part: part as u32, line: number };
                let mut each = |text: &[u8], meta: &Meta| tables.line(text, place, meta);
                if carry.is_empty() {
                    unwrap.lines(text, &mut each);
                } else {
                    carry.extend_from_slice(text);
                    unwrap.lines(&carry, &mut each);
                    carry.clear();
                }
            }
        }
    }
    let end = Place { part: log.parts.len().saturating_sub(1) as u32, line: lines.read };
    unwrap.finish(&mut |text, meta| tables.line(text, end, meta));
    let (drafts, like_rows) = tables.finish();
    lines.like_rows = like_rows;
    let mut builder = SnapshotsBuilder::new();
    for draft in &drafts {
        let stream = builder.stream(draft.writer.label.as_deref());
        let time = match draft.stamp {
            Some(stamp::Stamp::Instant(micros)) => Some(micros),
            Some(stamp::Stamp::Civil { year: Some(year), month, day, of_day }) => {
                jiff::civil::Date::new(year, month, day)
                    .ok()
                    .and_then(|d| {
                        jiff::tz::TimeZone::UTC.to_zoned_datetime(d.to_datetime(jiff::civil::Time::midnight())).ok()
                    })
                    .map(|z| z.timestamp().as_microsecond() + of_day)
            }
            _ => None,
        };

        lines.in_tables += draft.lines;
        let snapshot = Snapshot {
            place: draft.place,
            last: draft.last,
            time,
            call: draft.call,
            stream,
            process: draft.writer.process,
            torn: draft.torn,
        };
        let rows = draft.rows.iter().map(|(name, count, delta)| Row { name, count: *count, delta: *delta });
        builder.table(snapshot, rows);
    }
    // Two tables may share a line, as records in JSON do.
    lines.in_tables = lines.in_tables.min(lines.read);
    builder.snapshots_mut().lines = lines;
    builder.snapshots_mut().broken = broken;
    Ok(builder.finish())
}
