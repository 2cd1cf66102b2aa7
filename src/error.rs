//! What can go wrong, in words: one [`Error`] for what stops a run, one [`Warning`] for what does not.
//!
//! Every message names the thing and says what to do. The library never prints; `main.rs` does.

use std::io;
use std::path::PathBuf;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What stops the reading of a log, or the writing of an answer.
///
/// Messages are lower case without a full stop. A cause is the `source`, never repeated in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory could not be opened or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An output could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output could not be written.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// A log that broke off: a truncated archive, a disk that failed.
    #[error("{name} breaks off; what stands before that was read")]
    Broken {
        /// The file's name.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// A log without a single byte.
    #[error("{name} is empty; give the log into which the program printed its objgraph tables")]
    Empty {
        /// The log's name.
        name: String,
    },
    /// A log that is no text.
    #[error("{name} is binary data, no text log; give the log itself (gz, zst, xz, bz2, tar and zip are unpacked)")]
    Binary {
        /// The log's name.
        name: String,
    },
    /// A log in which no table was found.
    #[error(
        "no objgraph table in {name} ({lines} lines read, {like_rows} look like rows); \
         `objtrend inspect` shows how each was read, and --prefix tells what stands before the rows"
    )]
    NoTable {
        /// The log's name.
        name: String,
        /// Lines read.
        lines: u64,
        /// Lines that looked like rows, but were not taken.
        like_rows: u64,
    },
    /// A directory or an archive without a log that holds a table.
    #[error("no log with an objgraph table in {}; name the log itself, or the directory that holds it", path.display())]
    NoLog {
        /// The directory.
        path: PathBuf,
    },
    /// A failure that an earlier run, or a part of this one, put into words.
    #[error("{0}")]
    Seen(String),
    /// An option whose value does not do; the text says which and what would.
    #[error("{0}")]
    Usage(String),
    /// Filters that leave nothing.
    #[error("{what} matches no type in {name}; `objtrend report --all` lists the types")]
    NothingMatches {
        /// The filters, as given.
        what: String,
        /// The log's name.
        name: String,
    },
    /// A saved report that is none.
    #[error("{name} is no report saved with `objtrend report --format json`: {why}")]
    NoReport {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The series table could not be written in the form asked for.
    #[error("cannot write the series table as {format}")]
    Table {
        /// `csv`, `parquet`, …
        format: &'static str,
        /// What polars says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A picture could not be drawn.
    #[error("cannot draw {what}: {why}")]
    Draw {
        /// The picture's name or form.
        what: String,
        /// What went wrong.
        why: String,
    },
}

impl Error {
    /// The error with its causes, joined by colons.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }
}

/// What does not stop a run but bears on the answer: what was seen, what it means, what to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// A stable word for programs, in `kebab-case`.
    pub code: String,
    /// One or two sentences for people.
    pub message: String,
}

impl Warning {
    /// A warning with its stable `code` and its `message`.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}
