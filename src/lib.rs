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
//!     log += &format!("function 2000\nMessage   {}\ntype      366\n", 700 + 25 * n);
//! }
//! let report = objtrend::analyze(vec![objtrend::Source::memory("app.log", log)], &objtrend::Options::default())?;
//! assert_eq!(report.logs[0].leaking, Some(true));
//! assert_eq!(report.logs[0].findings[0].name, "Message");
//! # Ok::<(), objtrend::Error>(())
//! ```

pub mod commands;
pub mod error;
pub mod input;
pub mod output;
pub mod parse;
pub mod plot;
pub mod render;
pub mod report;
pub mod series;
pub mod stats;
pub mod trend;

pub use error::{Error, Result, Warning};
pub use input::Source;

/// All that a user can say about how logs are read and judged; one field per room.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
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
    /// Names of its files, oldest first.
    pub parts: Vec<String>,
    /// Its tables.
    pub snapshots: parse::Snapshots,
}

/// Reads all tables of all logs. What cannot be read is among the failures, and hides nothing of the others.
///
/// # Errors
/// Where there is nothing to read.
pub fn read(sources: Vec<Source>, options: &Options) -> Result<Reading> {
    use rayon::prelude::*;

    let found = input::discover(sources)?;
    let results: Vec<Result<ReadLog>> = found.logs.par_iter().map(|log| read_log(log, options)).collect();
    let mut reading = Reading { logs: Vec::new(), failures: Vec::new(), warnings: found.warnings };
    for result in results {
        match result {
            Ok(log) => reading.logs.push(log),
            Err(error) => reading.failures.push(error),
        }
    }
    Ok(reading)
}

fn read_log(log: &input::Log, options: &Options) -> Result<ReadLog> {
    let snapshots = parse::parse(log, &options.parse)?;
    if snapshots.is_empty() {
        let lines = snapshots.lines;
        return Err(Error::NoTable { name: log.name.clone(), lines: lines.read, like_rows: lines.like_rows });
    }
    let parts = log.parts.iter().map(|p| p.name.clone()).collect();
    Ok(ReadLog { name: log.name.clone(), parts, snapshots })
}

/// Judges all logs of a reading.
pub fn judge(reading: &Reading, options: &Options) -> report::Report {
    use rayon::prelude::*;

    let judge = |log: &ReadLog| {
        let series = series::build(&log.snapshots, &options.series);
        let judgement = trend::judge(&series, &options.trend);
        let told = report::Told {
            name: log.name.clone(),
            parts: log.parts.clone(),
            snapshots: &log.snapshots,
            options: &options.series,
            zone: options.parse.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
        };
        report::build(told, &series, judgement)
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
