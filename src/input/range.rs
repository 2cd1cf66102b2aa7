//! A part that lies there as it is to be read comes in, any range of its text goes out: several workers read one file
//! at once, each its own piece.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

/// Text that needs no unpacking and no decoding.
#[derive(Debug)]
pub struct Ranged<'a> {
    bytes: Bytes<'a>,
    /// Where the text begins: behind a byte order mark.
    start: u64,
    len: u64,
}

#[derive(Debug)]
enum Bytes<'a> {
    File(File),
    Memory(&'a [u8]),
}

impl<'a> Ranged<'a> {
    /// A file's text from byte `start` on, as long as the file is now.
    pub(super) fn file(file: File, start: u64) -> io::Result<Self> {
        let len = file.metadata()?.len().saturating_sub(start);
        Ok(Self { bytes: Bytes::File(file), start, len })
    }

    /// A slice's text from byte `start` on.
    pub(super) fn memory(bytes: &'a [u8], start: u64) -> Self {
        Self { bytes: Bytes::Memory(bytes), start, len: (bytes.len() as u64).saturating_sub(start) }
    }

    /// How many bytes the text has.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads from byte `offset` of the text on, and says how much: less than asked for only at the text's end, which
    /// comes early where the file has been cut since it was opened.
    ///
    /// # Errors
    /// What the system says.
    pub fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        let wanted = self.len.saturating_sub(offset).min(out.len() as u64) as usize;
        let out = out.get_mut(..wanted).unwrap_or_default();
        let from = self.start.saturating_add(offset);
        match &self.bytes {
            Bytes::File(file) => fill_at(file, out, from),
            Bytes::Memory(bytes) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                let there = bytes.get(from..).unwrap_or_default();
                let n = there.len().min(out.len());
                if let (Some(to), Some(from)) = (out.get_mut(..n), there.get(..n)) {
                    to.copy_from_slice(from);
                }
                Ok(n)
            }
        }
    }
}

fn fill_at(file: &File, out: &mut [u8], from: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(space) = out.get_mut(filled..).filter(|space| !space.is_empty()) {
        match some_at(file, space, from + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn some_at(file: &File, out: &mut [u8], from: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, from)
}

#[cfg(windows)]
fn some_at(file: &File, out: &mut [u8], from: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, from)
}

/// A file that somebody else has opened, from where it stands on; it can be read more than once, wherever its owner's
/// place in it moves meanwhile.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    file: Arc<File>,
    start: u64,
}

impl Standing {
    /// Standard input, where it is a regular file and the system tells.
    #[cfg(unix)]
    pub(super) fn stdin() -> Option<Self> {
        use std::io::Seek;
        use std::os::fd::AsFd;

        let mut file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let start = file.stream_position().ok()?;
        Some(Self { file: Arc::new(file), start })
    }

    #[cfg(not(unix))]
    pub(super) fn stdin() -> Option<Self> {
        None
    }

    /// From its beginning.
    pub(super) fn open(&self) -> impl Read + Send + use<> {
        StandingReader { standing: self.clone(), at: self.start }
    }

    /// For reading at offsets.
    pub(super) fn ranged(&self, start: u64) -> io::Result<Ranged<'_>> {
        Ranged::file(self.file.try_clone()?, self.start + start)
    }
}

struct StandingReader {
    standing: Standing,
    at: u64,
}

impl Read for StandingReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = some_at(&self.standing.file, out, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::Arc;

    use super::super::{Bytes, Part};

    fn memory(bytes: &[u8]) -> Part {
        Part { name: "app.log".into(), bytes: Bytes::Memory(Arc::from(bytes)) }
    }

    #[test]
    fn text_that_lies_as_it_is_read_is_there_in_ranges() {
        let log = b"\xef\xbb\xbffunction 2370\ndict     1100\n";
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(log).unwrap();
        let parts = [memory(log), Part { name: "app.log".into(), bytes: Bytes::File(file.path().to_owned()) }];
        for part in parts {
            let text = part.ranged().unwrap().unwrap();
            assert_eq!(text.len(), 28);
            let mut out = [0; 8];
            for (offset, expected) in [(0, &b"function"[..]), (14, b"dict    "), (25, b"00\n"), (28, b""), (99, b"")] {
                let n = text.read_at(&mut out, offset).unwrap();
                assert_eq!(&out[..n], expected, "{part:?} at {offset}");
            }
        }
    }

    #[test]
    fn a_file_opened_by_others_is_read_from_where_it_stands_again_and_again() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a line read before\nfunction 2370\n").unwrap();
        let standing = super::Standing { file: Arc::new(file), start: 19 };
        for _ in 0..2 {
            let mut text = String::new();
            standing.open().read_to_string(&mut text).unwrap();
            assert_eq!(text, "function 2370\n");
        }
        let part = Part { name: "stdin".into(), bytes: Bytes::Standing(standing) };
        let mut out = [0; 8];
        let text = part.ranged().unwrap().unwrap();
        assert_eq!((text.len(), text.read_at(&mut out, 9).unwrap()), (14, 5));
    }

    #[test]
    fn what_must_be_decoded_is_not_there_in_ranges() {
        let utf16: Vec<u8> = "function 2370\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let packed = zstd::encode_all(&b"function 2370\n"[..], 1).unwrap();
        for bytes in [&utf16[..], &packed[..]] {
            assert!(memory(bytes).ranged().unwrap().is_none());
        }
    }

    #[test]
    fn a_file_cut_after_it_was_opened_ends_early() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"function 2370\n").unwrap();
        let part = Part { name: "app.log".into(), bytes: Bytes::File(file.path().to_owned()) };
        let text = part.ranged().unwrap().unwrap();
        file.as_file().set_len(4).unwrap();
        let mut out = [0; 14];
        assert_eq!((text.len(), text.read_at(&mut out, 0).unwrap()), (14, 4));
    }
}
