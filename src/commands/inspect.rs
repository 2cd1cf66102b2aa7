//! How every line of a log was read: what a person looks at who wonders why a table is missing.

use std::io::Write;

use crate::error::{Error, Result};
use crate::input::chunk::Chunks;
use crate::parse::{Place, Snapshots, Trace};
use crate::{Options, ReadLog, Source, series};

/// Which lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// All.
    All,
    /// Those that are part of a table.
    Rows,
    /// Those that look like rows and were passed over.
    Skipped,
}

/// Characters of a line that are shown.
const WIDTH: usize = 100;

/// What is to be inspected.
#[derive(Debug)]
pub struct InspectRequest {
    /// What is read.
    pub sources: Vec<Source>,
    /// How it is read.
    pub options: Options,
    /// Which lines are shown.
    pub only: Only,
}

/// Writes how every line of every log was read.
///
/// # Errors
/// Where nothing can be read, or `out` refuses.
pub fn run(mut request: InspectRequest, out: &mut dyn Write) -> Result<super::Outcome> {
    request.options.parse.trace = true;
    let reading = crate::read(request.sources, &request.options)?;
    for log in &reading.logs {
        inspect(log, request.only, out)?;
    }
    Ok(super::Outcome { failures: reading.failures, warnings: reading.warnings, gate: None })
}

fn inspect(log: &ReadLog, only: Only, out: &mut dyn Write) -> Result<()> {
    let snapshots = &log.snapshots;
    let runs = series::runs(snapshots);
    let empty = Trace::default();
    let trace = snapshots.trace.as_ref().unwrap_or(&empty);
    let (mut row, mut passed) = (0, 0);
    for (part, file) in log.parts.iter().enumerate() {
        let mut chunks = Chunks::new(file.open()?);
        let mut line = 0;
        let mut tool = None;
        writeln!(out, "==> {} <==", file.name).map_err(Error::Stdout)?;
        // A part that breaks off is told of by the reading itself.
        while let Ok(Some(chunk)) = chunks.next_chunk() {
            for text in chunk.split_inclusive(|&b| b == b'\n') {
                line += 1;
                let place = Place { part: part as u32, line };
                let first = row;
                while trace.rows.get(row).is_some_and(|r| r.0 <= place) {
                    row += 1;
                }
                let rows = trace.rows.get(first..row).unwrap_or_default();
                let mut why = None;
                while let Some(&(at, reason)) = trace.passed.get(passed).filter(|p| p.0 <= place) {
                    why = Some(reason).filter(|_| at == place);
                    passed += 1;
                }
                tool = other_tool(text).or(tool.filter(|_| !text.trim_ascii().is_empty()));
                let (shown, how) = match (rows, why) {
                    ([], None) => (only == Only::All, tool.map_or_else(|| "·".to_owned(), |t| format!("· {t}"))),
                    ([], Some(why)) => {
                        let why = tool.map_or_else(|| why.to_owned(), |t| format!("{t}; {why}"));
                        (only != Only::Rows, format!("? {why}"))
                    }
                    (rows, _) => (only != Only::Skipped, of_rows(rows, snapshots, trace, &runs)),
                };
                if shown {
                    writeln!(out, "{line:>7}  {}\n         {how}", plain(text)).map_err(Error::Stdout)?;
                }
            }
        }
    }
    Ok(())
}

/// `= snapshot 3, row 0 of 50; 2024-03-01T10:00:00Z from its own lines; stream web_1, run 0`.
fn of_rows(rows: &[(Place, u32, u32)], snapshots: &Snapshots, trace: &Trace, runs: &[u32]) -> String {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return String::new() };
    let index = first.1 as usize;
    let Some(table) = snapshots.tables().get(index) else { return String::new() };
    let which = if first.2 == last.2 { format!("row {}", first.2) } else { format!("rows {} to {}", first.2, last.2) };
    let mut text = format!("= snapshot {index}, {which} of {} ({})", snapshots.rows(index).len(), table.call.as_str());
    match table.time.and_then(series::rfc3339) {
        Some(time) => {
            let own = trace.own_time.get(index).copied().unwrap_or(false);
            let from = if own { "its own lines" } else { "the clock of lines before" };
            text.push_str(&format!("; {time} by {from}"));
        }
        None => text.push_str("; no time"),
    }
    if let Some(Some(name)) = snapshots.stream_names().get(table.stream as usize) {
        text.push_str(&format!("; stream {name}"));
    }
    text.push_str(&format!("; run {}", runs.get(index).copied().unwrap_or(0)));
    text
}

/// Tables that look like objgraph's and are another tool's.
fn other_tool(line: &[u8]) -> Option<&'static str> {
    const HEADS: [(&str, &str); 7] = [
        ("types |", "a summary of Pympler's"),
        ("# objects", "a summary of Pympler's"),
        ("Partition of a set of", "a heap of guppy's"),
        ("Mem usage", "a table of memory_profiler's"),
        ("Old_ids", "a table of objgraph's get_new_ids"),
        ("Top allocation", "a table of tracemalloc's"),
        ("class '", "a list of classes that is none of objgraph's"),
    ];
    HEADS.iter().find(|(head, _)| memchr::memmem::find(line, head.as_bytes()).is_some()).map(|(_, tool)| *tool)
}

/// A line as it can be shown.
fn plain(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.trim_ascii_end());
    let shown = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut out: String = shown.take(WIDTH).collect();
    if text.chars().nth(WIDTH).is_some() {
        out.push('…');
    }
    out
}
