//! objtrend reads logs into which people redirect Python's `objgraph.show_most_common_types()`, and tells which
//! type leaks, since when and how fast.
//!
//! Data flows in one direction, a room for each arrow:
//!
//! ```text
//! input ─ Log ─▶ parse ─ Snapshots ─▶ series ─ LogSeries ─▶ trend ─ Judgement ─▶ report ─ Report ─▶ plot, render
//! ```
//!
//! Each room knows those to its left only; [`stats`] knows nothing of the crate, [`error`] is known to all, and
//! [`commands`] and [`read`] are the only code that knows every stage.
//!
//! ```
//! let mut log = String::new();
//! for n in 0..40 {
//!     log += &format!("function 2000\nMessage  {}\ntype     366\n", 700 + 25 * n);
//! }
//! let report = objtrend::analyze(vec![objtrend::Source::memory("app.log", log)], &objtrend::Options::default())?;
//! assert_eq!(report.logs[0].leaking, Some(true));
//! assert_eq!(report.logs[0].findings[0].name, "Message");
//! # Ok::<(), objtrend::Error>(())
//! ```

pub mod commands;
pub mod error;
pub mod input;
mod onset;
pub mod output;
pub mod parse;
pub mod plot;
pub mod render;
pub mod report;
pub mod series;
pub mod stats;
pub mod trend;

use std::io;

pub use error::{Error, Result, Warning};
pub use input::Source;

/// All that a user can say about how logs are read and judged; one field per room.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// Which files make a log.
    pub input: input::InputOptions,
    /// How lines are read.
    pub parse: parse::ParseOptions,
    /// How series are made.
    pub series: series::SeriesOptions,
    /// How trends are judged.
    pub trend: trend::TrendOptions,
}

/// What was read: logs with their tables, and what could not be read.
#[derive(Debug)]
pub struct Reading {
    /// Logs with at least one table.
    pub logs: Vec<ReadLog>,
    /// Logs that could not be read, or not wholly, and why.
    pub failures: Vec<Error>,
    /// What does not stop anything.
    pub warnings: Vec<Warning>,
}

/// One log with its tables.
#[derive(Debug)]
pub struct ReadLog {
    /// The log's name.
    pub name: String,
    /// Its files, oldest first; they can be looked at again.
    pub parts: Vec<input::Part>,
    /// Its tables.
    pub snapshots: parse::Snapshots,
}

/// Reads all tables of all logs. What cannot be read is among the failures, and hides nothing of the others.
///
/// # Errors
/// Where there is nothing to read.
pub fn read(sources: Vec<Source>, options: &Options) -> Result<Reading> {
    use rayon::prelude::*;

    let searched = sources.iter().find_map(|s| if let Source::Path(p) = s { Some(p.clone()) } else { None });
    let searched = searched.unwrap_or_default();
    let found = input::discover(sources, &options.input)?;
    let mut reading = Reading { logs: Vec::new(), failures: found.failures, warnings: found.warnings };
    let results: Vec<_> = found.logs.into_par_iter().map(|log| read_log(log, options)).collect();
    let mut without = Vec::new();
    for result in results {
        match result {
            Ok(ReadOr::Log(log, broken)) => {
                reading.logs.push(*log);
                reading.failures.extend(broken);
            }
            Ok(ReadOr::NoTable(name, _)) => without.push(name),
            Err(error) => reading.failures.push(error),
        }
    }
    if reading.logs.is_empty() && reading.failures.is_empty() {
        // Only directories and archives are searched for logs that need not hold a table.
        return Err(Error::NoLog { path: searched });
    }
    if !without.is_empty() {
        let message = format!("passed over, no objgraph table in them: {}", without.join(", "));
        reading.warnings.push(Warning::new("no-table", message));
    }
    Ok(reading)
}

/// What became of a log.
pub(crate) enum ReadOr {
    /// Its tables, and where it broke off.
    Log(Box<ReadLog>, Vec<Error>),
    /// A file that nobody named, without a table, and what is wrong with it.
    NoTable(String, Error),
}

pub(crate) fn read_log(mut log: input::Log, options: &Options) -> Result<ReadOr> {
    if !options.input.join {
        parse::sort_parts(&mut log.parts);
    }
    let mut snapshots = parse::parse(&log, &options.parse)?;
    let broken = std::mem::take(&mut snapshots.broken);
    let broken: Vec<Error> = broken
        .into_iter()
        .map(|(name, source)| Error::Broken { name, source: io::Error::new(source.kind(), source.to_string()) })
        .collect();
    if snapshots.is_empty() {
        let (name, lines) = (log.name.clone(), snapshots.lines);
        // What cannot be unpacked may have held tables, whether it was named or not.
        if let Some(error) = broken.into_iter().next() {
            return Err(error);
        }
        let why = if lines.read == 0 {
            Error::Empty { name }
        } else if log.parts.iter().all(input::looks_binary) {
            Error::Binary { name }
        } else {
            Error::NoTable { name, lines: lines.read, like_rows: lines.like_rows }
        };
        return if log.named { Err(why) } else { Ok(ReadOr::NoTable(log.name, why)) };
    }
    Ok(ReadOr::Log(Box::new(ReadLog { name: log.name, parts: log.parts, snapshots }), broken))
}

/// Judges all logs of a reading.
pub fn judge(reading: &Reading, options: &Options) -> report::Report {
    use rayon::prelude::*;

    let judge = |log: &ReadLog| {
        let series = series::build(&log.snapshots, &options.series);
        let judgement = trend::judge(&series, &options.trend);
        let told = report::Told {
            name: log.name.clone(),
            parts: log.parts.iter().map(|p| p.name.clone()).collect(),
            snapshots: &log.snapshots,
            options: &options.series,
            zone: options.parse.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
        };
        let mut report = report::build(told, &series, judgement);
        for root in report.findings.iter_mut().filter(|f| f.role == Some(trend::Role::Root)) {
            root.onset_lines = root.onset_at.map(|at| onset::lines(log, at)).unwrap_or_default();
        }
        report
    };
    report::Report { logs: reading.logs.par_iter().map(judge).collect() }
}

/// Reads and judges: the one way in for programs.
///
/// # Errors
/// Where there is nothing to read, or a log could not be read.
pub fn analyze(sources: Vec<Source>, options: &Options) -> Result<report::Report> {
    let mut reading = read(sources, options)?;
    match reading.failures.pop() {
        Some(error) => Err(error),
        None => Ok(judge(&reading, options)),
    }
}
