//! objtrend reads logs into which people redirect Python's `objgraph.show_most_common_types()`, and tells which
//! type leaks, since when and how fast.
//!
//! Data flows in one direction, a room for each arrow:
//!
//! ```text
//! input ─ Log ─▶ parse ─ Snapshots ─▶ series ─ LogSeries ─▶ trend ─ Assessment ─▶ report ─ Report ─▶ plot, render
//! ```
//!
//! Each room knows those to its left only; [`stats`] knows nothing of the crate, [`error`] is known to all.

pub mod error;
pub mod input;
pub mod parse;
pub mod render;
pub mod report;
pub mod series;
pub mod stats;
pub mod trend;

pub use error::{Error, Result, Warning};
