//! What is read, in which order: arguments come in, [`Log`]s go out, each a list of parts to open, oldest first.
//!
//! This room opens and decodes files. It does not know what a table is.

mod ahead;
mod archive;
mod around;
pub mod chunk;
mod decode;
mod discover;
mod family;
mod glob;
mod range;
mod spool;

use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

pub use around::{lines, looks_binary};
pub use discover::{Discovered, discover, discover_outside};
pub use range::Ranged;

use crate::error::{Error, Result};
use range::Standing;
use spool::Spool;

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
        bytes: Arc<[u8]>,
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
        Self::Memory { name: name.into(), bytes: bytes.into().into() }
    }
}

/// What the user says about which files make a log.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct InputOptions {
    /// Read everything as one log, in the order given. Default is a log for each name.
    pub join: bool,
}

/// What one writer wrote over time: one file, or a rotated family, oldest part first.
#[derive(Debug)]
pub struct Log {
    /// The shortest end of its path that tells the logs of one reading apart.
    pub name: String,
    /// Its files, oldest first.
    pub parts: Vec<Part>,
    /// Whether it was named itself; one that was found in a directory or an archive need not hold a table.
    pub named: bool,
}

/// One file of a log.
#[derive(Debug)]
pub struct Part {
    /// The file's name, without folders.
    pub name: String,
    bytes: Bytes,
}

/// Where a part's bytes lie; all of them can be read more than once.
#[derive(Debug)]
enum Bytes {
    File(PathBuf),
    Memory(Arc<[u8]>),
    Spool(Spool),
    Standing(Standing),
}

impl Bytes {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::File(path) => Box::new(std::fs::File::open(path)?),
            Self::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
            Self::Spool(spool) => spool.open()?,
            Self::Standing(file) => Box::new(file.open()),
        })
    }

    /// The same, for reading at offsets.
    fn ranged(&self, start: u64) -> io::Result<Ranged<'_>> {
        match self {
            Self::File(path) => Ranged::file(std::fs::File::open(path)?, start),
            Self::Memory(bytes) => Ok(Ranged::memory(bytes, start)),
            Self::Spool(spool) => spool.ranged(start),
            Self::Standing(file) => file.ranged(start),
        }
    }
}

impl Part {
    /// A text in memory.
    pub(crate) fn memory(name: &str, text: Vec<u8>) -> Self {
        Self { name: name.to_owned(), bytes: Bytes::Memory(text.into()) }
    }

    /// The part's text: unpacked, and in UTF-8 where it was in UTF-16. Such work is done ahead, on a thread of its own,
    /// where there is more than a little of it.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read + Send>> {
        decode::text(self.raw()?).map_err(|source| self.failed(source))
    }

    /// The part's text for reading at offsets; `None` where it is packed or in UTF-16, so that it must be read from its
    /// beginning. It is the text that [`open`](Self::open) gives.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn ranged(&self) -> Result<Option<Ranged<'_>>> {
        let ranged = || {
            let bytes = self.bytes.ranged(0)?;
            let mut head = [0; decode::HEAD];
            let n = bytes.read_at(&mut head, 0)?;
            match decode::mark_of_plain_text(head.get(..n).unwrap_or_default()) {
                Some(0) => Ok(Some(bytes)),
                Some(mark) => self.bytes.ranged(mark).map(Some),
                None => Ok(None),
            }
        };
        ranged().map_err(|source| self.failed(source))
    }

    /// The part's bytes as they lie there.
    pub(crate) fn raw(&self) -> Result<Box<dyn Read + Send>> {
        self.bytes.open().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> Error {
        let path = if let Bytes::File(path) = &self.bytes { path.clone() } else { self.name.clone().into() };
        Error::Read { path, source }
    }
}
