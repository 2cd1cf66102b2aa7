//! Bytes that can be read only once (a pipe, a member of an archive) come in, a copy that can be read again goes out.

use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::range::Ranged;

/// Copies up to this size stay in memory; larger ones go to a file that is gone with the process.
const IN_MEMORY: u64 = 8 << 20;

/// A copy of bytes that could be read only once.
#[derive(Debug)]
pub(super) enum Spool {
    Memory(Arc<[u8]>),
    File(NamedTempFile),
}

impl Spool {
    /// Copies all that `reader` gives. The second value is what broke the copy off, where something did: what came
    /// before is kept.
    pub(super) fn copy(mut reader: impl Read) -> io::Result<(Self, Option<io::Error>)> {
        let mut head = Vec::new();
        if let Err(error) = reader.by_ref().take(IN_MEMORY + 1).read_to_end(&mut head) {
            return Ok((Self::Memory(head.into()), Some(error)));
        }
        if head.len() as u64 <= IN_MEMORY {
            return Ok((Self::Memory(head.into()), None));
        }
        let mut file = NamedTempFile::new()?;
        file.write_all(&head)?;
        let mut buffer = vec![0; 256 << 10];
        let broken = loop {
            match reader.read(&mut buffer) {
                Ok(0) => break None,
                Ok(n) => file.write_all(buffer.get(..n).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        file.flush()?;
        file.rewind()?;
        Ok((Self::File(file), broken))
    }

    /// The copy, from its beginning.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Memory(bytes) => Box::new(io::Cursor::new(bytes.clone())),
            Self::File(file) => Box::new(file.reopen()?),
        })
    }

    /// The copy, for reading at offsets.
    pub(super) fn ranged(&self, start: u64) -> io::Result<Ranged<'_>> {
        match self {
            Self::Memory(bytes) => Ok(Ranged::memory(bytes, start)),
            Self::File(file) => Ranged::file(file.reopen()?, start),
        }
    }

    /// Whether nothing was copied.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Memory(bytes) => bytes.is_empty(),
            Self::File(_) => false,
        }
    }
}
