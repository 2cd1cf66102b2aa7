//! What is read, in which order: arguments come in, [`Log`]s go out, each a list of parts to open, oldest first.
//!
//! This room opens and decodes files. It does not know what a table is.

pub mod chunk;
mod decode;

use std::io::{self, Read};
use std::path::PathBuf;

use crate::error::{Error, Result, Warning};

/// Where bytes come from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Source {
    /// A file, a directory, or a glob.
    Path(PathBuf),
    /// Standard input, and the name that its log is to have.
    Stdin {
        /// The log's name.
        name: String,
    },
    /// Bytes in memory.
    Memory {
        /// The log's name.
        name: String,
        /// The log.
        bytes: Vec<u8>,
    },
}

impl Source {
    /// A file, a directory that is searched, or a glob.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Path(path.into())
    }

    /// Standard input, called `name` in reports.
    pub fn stdin(name: impl Into<String>) -> Self {
        Self::Stdin { name: name.into() }
    }

    /// Bytes in memory, called `name` in reports.
    pub fn memory(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::Memory { name: name.into(), bytes: bytes.into() }
    }
}

/// What one writer wrote over time: one file, or a rotated family, oldest part first.
#[derive(Debug)]
pub struct Log {
    /// The shortest end of its path that tells the logs of one reading apart.
    pub name: String,
    /// Its files, oldest first.
    pub parts: Vec<Part>,
}

/// One file of a log.
#[derive(Debug)]
pub struct Part {
    /// The file's name.
    pub name: String,
    source: Source,
}

impl Part {
    /// The part's bytes, decoded.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read + Send + '_>> {
        let failed = |source| Error::Read { path: self.name.clone().into(), source };
        let raw: Box<dyn Read + Send + '_> = match &self.source {
            Source::Path(path) => {
                Box::new(std::fs::File::open(path).map_err(|source| Error::Read { path: path.clone(), source })?)
            }
            Source::Stdin { .. } => Box::new(io::stdin()),
            Source::Memory { bytes, .. } => Box::new(bytes.as_slice()),
        };
        let (inner, _) = decode::unpack(raw).map_err(failed)?;
        decode::text(inner).map_err(failed)
    }
}

/// What there is to read.
#[derive(Debug)]
pub struct Discovered {
    /// In the order in which they are reported.
    pub logs: Vec<Log>,
    /// What was found but cannot be read, with the reason.
    pub warnings: Vec<Warning>,
}

/// Turns arguments into logs.
///
/// # Errors
/// Where nothing is left to read.
pub fn discover(sources: Vec<Source>) -> Result<Discovered> {
    let logs = sources
        .into_iter()
        .map(|source| {
            let name = match &source {
                Source::Path(path) => path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
                Source::Stdin { name } | Source::Memory { name, .. } => name.clone(),
            };
            Log { name: name.clone(), parts: vec![Part { name, source }] }
        })
        .collect();
    Ok(Discovered { logs, warnings: Vec::new() })
}
