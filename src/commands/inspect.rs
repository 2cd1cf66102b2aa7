//! `objtrend inspect`: how every line of a log was read, and why.

use std::io::Write;

use crate::error::{Error, Result, Warning};
use crate::parse::{self, Place, Reading, Snapshot, Snapshots};
use crate::{Options, Source, input, series};

use super::Outcome;

/// Which lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// Those that hold rows.
    Rows,
    /// Those that look like rows, or are another tool's, and were passed over.
    Skipped,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InspectForm {
    /// For people.
    #[default]
    Text,
    /// A JSON object for each line.
    Jsonl,
}

/// What is to be inspected.
#[derive(Debug)]
pub struct InspectRequest {
    /// What is read.
    pub sources: Vec<Source>,
    /// How it is read.
    pub options: Options,
    /// Which lines are shown.
    pub only: Only,
    /// How they are shown.
    pub form: InspectForm,
}

/// The longest text of a line that is shown; printed lists are much longer, and say no more.
const SHOWN: usize = 240;

/// Reads each log and writes how its lines were read.
///
/// # Errors
/// Where nothing can be read, or the answer cannot be written.
pub fn run(request: InspectRequest, out: &mut dyn Write) -> Result<Outcome> {
    let found = input::discover(request.sources.clone(), &request.options.input)?;
    let mut outcome = Outcome { failures: found.failures, warnings: found.warnings, gate: None };
    let several = found.logs.len() > 1;
    for mut log in found.logs {
        if !request.options.input.join {
            parse::sort_parts(&mut log.parts);
        }
        if several && request.form == InspectForm::Text {
            writeln!(out, "{}:", log.name).map_err(Error::Stdout)?;
        }
        match log_lines(&log, &request, out) {
            Ok(warnings) => outcome.warnings.extend(warnings),
            Err(error @ Error::Stdout(_)) => return Err(error),
            Err(other) => outcome.failures.push(other),
        }
    }
    Ok(outcome)
}

/// What is counted for the last line.
#[derive(Default)]
struct Sums {
    lines: u64,
    rows: u64,
    passed: u64,
}

/// Writes how the lines of a log were read; what was odd about it comes back.
fn log_lines(log: &input::Log, request: &InspectRequest, out: &mut dyn Write) -> Result<Vec<Warning>> {
    let mut sums = Sums::default();
    let mut failed = None;
    let mut runs: Option<Vec<u32>> = None;
    let mut last = None;
    let snapshots = parse::inspect(log, &request.options.parse, &mut |snapshots, place, text, reading| {
        sums.lines += 1;
        let shown = match reading {
            Reading::Row { .. } => {
                sums.rows += 1;
                request.only != Only::Skipped
            }
            Reading::Passed { .. } => {
                sums.passed += 1;
                request.only != Only::Rows
            }
            _ => request.only == Only::All,
        };
        if !shown || failed.is_some() {
            return;
        }
        let runs = runs.get_or_insert_with(|| series::runs(snapshots));
        let line = Line { log, snapshots, runs, place, text, reading };
        let written = match request.form {
            InspectForm::Jsonl => line.json(out),
            InspectForm::Text => line.text(&mut last, out),
        };
        failed = written.err();
    })?;
    if let Some(error) = failed {
        return Err(Error::Stdout(error));
    }
    if request.form == InspectForm::Text {
        let tables = snapshots.len();
        let Sums { lines, rows, passed } = sums;
        let s = |n: u64| if n == 1 { "" } else { "s" };
        writeln!(
            out,
            "{lines} line{}: {rows} in {tables} table{}, {passed} passed over that look like rows, {} others",
            s(lines),
            s(tables as u64),
            lines - rows - passed
        )
        .map_err(Error::Stdout)?;
    }
    Ok(snapshots.warnings)
}

/// A line and all that is known of it.
struct Line<'a> {
    log: &'a input::Log,
    snapshots: &'a Snapshots,
    runs: &'a [u32],
    place: Place,
    text: &'a [u8],
    reading: Reading,
}

impl Line<'_> {
    fn table(&self, snapshot: u32) -> Option<Snapshot> {
        let index = snapshot as usize;
        (index < self.snapshots.len()).then(|| self.snapshots.table(index))
    }

    fn time(&self, snapshot: u32) -> Option<String> {
        let table = self.table(snapshot)?;
        Some(jiff::Timestamp::from_microsecond(table.time?).ok()?.to_string())
    }

    fn stream(&self, snapshot: u32) -> Option<&str> {
        let table = self.table(snapshot)?;
        self.snapshots.stream_names().get(table.stream as usize)?.as_deref()
    }

    /// The line without what a terminal would obey.
    fn safe(&self) -> String {
        let text = String::from_utf8_lossy(self.text);
        let mut shown: String =
            text.chars().take(SHOWN).map(|c| if c.is_control() && c != '\t' { '·' } else { c }).collect();
        if text.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        shown
    }

    /// `last`: the snapshot that was told last.
    fn text(&self, last: &mut Option<u32>, out: &mut dyn Write) -> std::io::Result<()> {
        let how = match self.reading {
            Reading::Row { snapshot, row, rows, own_time } => {
                if *last != Some(snapshot) {
                    self.head(snapshot, own_time, out)?;
                    *last = Some(snapshot);
                }
                let first = row + 1;
                match rows {
                    0 => format!("#{snapshot} …"),
                    1 => format!("#{snapshot} row {first}"),
                    rows => format!("#{snapshot} rows {first}–{}", row + rows),
                }
            }
            Reading::Passed { why, tool } => {
                format!("skipped: {}", [tool, why].into_iter().flatten().collect::<Vec<_>>().join("; "))
            }
            Reading::Restart => "a process begins".to_owned(),
            Reading::Clock { snapshot } => format!("time of #{snapshot}"),
            _ => String::new(),
        };
        let part = match self.log.parts.get(self.place.part as usize) {
            Some(part) if self.log.parts.len() > 1 => format!("{}:", part.name),
            _ => String::new(),
        };
        writeln!(out, "{part}{:>6}  {how:<16}  {}", self.place.line, self.safe())
    }

    /// What holds for a whole snapshot.
    fn head(&self, snapshot: u32, own_time: bool, out: &mut dyn Write) -> std::io::Result<()> {
        let Some(table) = self.table(snapshot) else { return Ok(()) };
        let rows = self.snapshots.rows_of(snapshot as usize);
        let time = self.time(snapshot).map_or("no time".to_owned(), |t| {
            format!("at {t} by {}", if own_time { "its own clock" } else { "the last clock before it" })
        });
        let stream = self.stream(snapshot).map_or(String::new(), |s| format!(", stream {s}"));
        let run = self.runs.get(snapshot as usize).copied().unwrap_or(0);
        let s = if rows == 1 { "" } else { "s" };
        writeln!(out, "snapshot #{snapshot}: {}, {rows} row{s}, {time}{stream}, run {run}", table.call.as_str())
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let part = self.log.parts.get(self.place.part as usize).map(|p| p.name.as_str());
        let mut value = serde_json::json!({
            "log": self.log.name, "part": part, "line": self.place.line, "read": "other",
            "text": String::from_utf8_lossy(self.text),
        });
        let mut set = |key: &str, v: serde_json::Value| {
            if let Some(fields) = value.as_object_mut() {
                fields.insert(key.to_owned(), v);
            }
        };
        match self.reading {
            Reading::Row { snapshot, row, rows, own_time } => {
                set("own_time", own_time.into());
                set("read", "row".into());
                set("snapshot", snapshot.into());
                set("row", row.into());
                set("rows", rows.into());
                set("stream", self.stream(snapshot).into());
                set("run", self.runs.get(snapshot as usize).copied().unwrap_or(0).into());
                set("time", self.time(snapshot).into());
            }
            Reading::Passed { why, tool } => {
                set("read", "skipped".into());
                set("why", why.into());
                set("tool", tool.into());
            }
            Reading::Restart => set("read", "restart".into()),
            Reading::Clock { snapshot } => {
                set("read", "clock".into());
                set("snapshot", snapshot.into());
                set("time", self.time(snapshot).into());
            }
            _ => {}
        }
        writeln!(out, "{value}")
    }
}
