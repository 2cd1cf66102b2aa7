//! The findings of many logs as a table: one row per log and type, as CSV and Parquet side by side.

use std::io::Write;

use polars::prelude as pl;

use super::{Sink, TableFormat};
use crate::error::{Error, Result};

/// Rows of a frame; with their texts they are larger than observations.
const ROWS_PER_FRAME: usize = 1 << 14;

/// One type of one log; the fields are those of the JSON report.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are those of the JSON report")]
pub struct FindingRow {
    pub log: String,
    pub rank: u32,
    pub name: String,
    pub verdict: &'static str,
    pub role: Option<&'static str>,
    pub follows: Option<String>,
    pub ratio: Option<f64>,
    pub confidence: Option<f64>,
    pub q_value: Option<f64>,
    pub slope_per_hour: Option<f64>,
    pub slope_per_snapshot: Option<f64>,
    pub slope_low: Option<f64>,
    pub slope_high: Option<f64>,
    pub onset_time: Option<String>,
    pub onset_snapshot: Option<u32>,
    pub first: Option<u64>,
    pub last: Option<u64>,
    pub min: Option<u64>,
    pub max: Option<u64>,
    pub seen: u32,
    pub unseen: u32,
    pub snapshots: u32,
    pub fingerprint: String,
}

/// Writes rows as they come: only a frame of them is in memory.
pub struct FindingsWriter<'o> {
    rows: Vec<FindingRow>,
    csv: Sink<'o>,
    parquet: Sink<'o>,
}

impl<'o> FindingsWriter<'o> {
    /// Begins both tables.
    ///
    /// # Errors
    /// Where polars refuses.
    pub fn new(csv: &'o mut (dyn Write + Send), parquet: &'o mut (dyn Write + Send)) -> Result<Self> {
        let like = frame(&mut Vec::new()).map_err(fail)?;
        let csv = Sink::new(TableFormat::Csv, &like, csv).map_err(fail)?;
        let parquet = Sink::new(TableFormat::Parquet, &like, parquet).map_err(fail)?;
        Ok(Self { rows: Vec::new(), csv, parquet })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where polars or an output refuses.
    pub fn push(&mut self, row: FindingRow) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() >= ROWS_PER_FRAME { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let frame = frame(&mut self.rows).map_err(fail)?;
        self.csv.frame(&frame).map_err(fail)?;
        self.parquet.frame(&frame).map_err(fail)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Where polars or an output refuses.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.csv.finish().map_err(fail)?;
        self.parquet.finish().map_err(fail)
    }
}

fn fail(source: pl::PolarsError) -> Error {
    Error::Table { format: "CSV and Parquet", source: Box::new(source) }
}

/// The rows as a frame; they are gone afterwards.
fn frame(rows: &mut Vec<FindingRow>) -> pl::PolarsResult<pl::DataFrame> {
    let rows = std::mem::take(rows);
    macro_rules! column {
        ($name:literal, $field:ident, $kind:ty) => {
            pl::Column::new($name.into(), rows.iter().map(|r| r.$field.clone()).collect::<Vec<$kind>>())
        };
    }
    pl::DataFrame::new_infer_height(vec![
        column!("log", log, String),
        column!("rank", rank, u32),
        column!("type", name, String),
        column!("verdict", verdict, &str),
        column!("role", role, Option<&str>),
        column!("follows", follows, Option<String>),
        column!("ratio", ratio, Option<f64>),
        column!("confidence", confidence, Option<f64>),
        column!("q_value", q_value, Option<f64>),
        column!("slope_per_hour", slope_per_hour, Option<f64>),
        column!("slope_per_snapshot", slope_per_snapshot, Option<f64>),
        column!("slope_low", slope_low, Option<f64>),
        column!("slope_high", slope_high, Option<f64>),
        column!("onset_time", onset_time, Option<String>),
        column!("onset_snapshot", onset_snapshot, Option<u32>),
        column!("first", first, Option<u64>),
        column!("last", last, Option<u64>),
        column!("min", min, Option<u64>),
        column!("max", max, Option<u64>),
        column!("seen", seen, u32),
        column!("unseen", unseen, u32),
        column!("snapshots", snapshots, u32),
        column!("fingerprint", fingerprint, String),
    ])
}
