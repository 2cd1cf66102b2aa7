//! A reader comes in, chunks of whole lines go out, in a buffer that is reused. Lines longer than a cap are cut, so
//! that memory does not grow with what is read. Where carriage returns alone end the lines, line feeds go out.

use std::io::{self, Read};

use memchr::memrchr;

/// Bytes asked for at a time; large enough that the calls don't count.
const CHUNK: usize = 256 * 1024;

/// The longest line that is kept whole. A printed list of all types of a large program has about 200 KiB.
pub const MAX_LINE: usize = 4 * 1024 * 1024;

/// Cuts a reader's bytes into chunks of whole lines.
pub struct Chunks<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the bytes not yet handed out begin.
    from: usize,
    /// Where the bytes read end.
    filled: usize,
    /// The last chunk ended within a line that is too long: what is left of that line is dropped.
    in_long_line: bool,
    ended: bool,
    max_line: usize,
    ends: Ends,
}

/// What ends the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// None was seen yet.
    Unknown,
    LineFeeds,
    /// As old Macs had it, and programs that wrote for a terminal only.
    CarriageReturns,
}

impl<R: Read> Chunks<R> {
    /// Chunks of what `reader` gives.
    pub fn new(reader: R) -> Self {
        Self::with_sizes(reader, CHUNK, MAX_LINE)
    }

    /// Chunks of lines that line feeds end, with the size of a first read.
    pub fn of_line_feeds(reader: R, chunk: usize) -> Self {
        Self { ends: Ends::LineFeeds, ..Self::with_sizes(reader, chunk, MAX_LINE) }
    }

    /// As [`new`](Self::new), with the size of a first read and the longest line kept.
    pub fn with_sizes(reader: R, chunk: usize, max_line: usize) -> Self {
        let buffer = vec![0; chunk.max(1)];
        let max_line = max_line.max(1);
        Self { reader, buffer, from: 0, filled: 0, in_long_line: false, ended: false, max_line, ends: Ends::Unknown }
    }

    /// The next whole lines, each with its line end; only the last line of all may lack one.
    ///
    /// # Errors
    /// What the reader says; chunks handed out before are good all the same.
    pub fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let pending = self.buffer.get(self.from..self.filled).unwrap_or_default();
            if self.in_long_line {
                match memchr::memchr(b'\n', pending) {
                    Some(at) => {
                        self.from += at + 1;
                        self.in_long_line = false;
                    }
                    None => self.from = self.filled,
                }
                if self.in_long_line && self.ended {
                    return Ok(None);
                }
            }
            let pending = self.buffer.get(self.from..self.filled).unwrap_or_default();
            if let Some(at) = memrchr(b'\n', pending) {
                if self.ends == Ends::Unknown {
                    self.ends = Ends::LineFeeds;
                }
                let (start, end) = (self.from, self.from + at + 1);
                self.from = end;
                return Ok(self.buffer.get(start..end));
            }
            let whole = self.ended || pending.len() >= self.max_line;
            if whole && self.ends == Ends::Unknown && memchr::memchr(b'\r', pending).is_some() {
                self.ends = Ends::CarriageReturns;
                self.as_line_feeds(self.from);
                continue;
            }
            if self.ended {
                let (start, end) = (self.from, self.filled);
                self.from = end;
                return Ok(self.buffer.get(start..end).filter(|rest| !rest.is_empty()));
            }
            if pending.len() >= self.max_line {
                let (start, end) = (self.from, self.filled);
                self.from = end;
                self.in_long_line = true;
                return Ok(self.buffer.get(start..end));
            }
            // What was read before the fault was handed out; `rest` has what is left of it.
            self.fill()?;
        }
    }

    /// The bytes of a last line that was begun when the reader failed.
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(self.from..self.filled).unwrap_or_default()
    }

    /// Ends the lines from `from` on as all others end theirs.
    fn as_line_feeds(&mut self, from: usize) {
        let bytes = self.buffer.get_mut(from..self.filled).unwrap_or_default();
        bytes.iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.filled, 0);
            self.filled -= self.from;
            self.from = 0;
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            let Some(space) = self.buffer.get_mut(self.filled..) else { return Ok(()) };
            match self.reader.read(space) {
                Ok(0) => self.ended = true,
                Ok(n) => {
                    let from = self.filled;
                    self.filled += n;
                    if self.ends == Ends::CarriageReturns {
                        self.as_line_feeds(from);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn chunks(bytes: &[u8], step: usize, chunk: usize, max: usize) -> Vec<Vec<u8>> {
        let mut chunks = Chunks::with_sizes(Drip(bytes, step), chunk, max);
        let mut out = Vec::new();
        while let Some(chunk) = chunks.next_chunk().unwrap() {
            out.push(chunk.to_vec());
        }
        out
    }

    #[test]
    fn any_sizes_give_the_same_bytes_in_whole_lines() {
        let text = b"one\n\ntwo lines\nand a last one without an end";
        for step in 1..20 {
            for chunk in 1..20 {
                let got = chunks(text, step, chunk, 1000);
                assert_eq!(got.concat(), text, "step {step}, chunk {chunk}");
                assert!(got.iter().rev().skip(1).all(|c| c.ends_with(b"\n")), "step {step}, chunk {chunk}");
            }
        }
    }

    #[test]
    fn carriage_returns_end_lines_where_nothing_else_does() {
        for step in 1..9 {
            assert_eq!(chunks(b"one\rtwo\rthree", step, 4, 100).concat(), b"one\ntwo\nthree", "step {step}");
            // A terminal that went back within a line.
            assert_eq!(chunks(b"10 %\r20 %\nthree\n", step, 4, 100).concat(), b"10 %\r20 %\nthree\n", "step {step}");
            // More of it than is looked at before that is told.
            assert_eq!(chunks(b"one\rtwo\rthree\rfour", step, 4, 6).concat(), b"one\ntwo\nthree\nfour", "step {step}");
        }
    }

    #[test]
    fn a_line_over_the_cap_loses_its_end_only() {
        let text = [b"short\n".as_slice(), &[b'x'; 100], b"\nafter\n"].concat();
        let got = chunks(&text, 7, 4, 16).concat();
        let text = String::from_utf8(got).unwrap();
        assert!(
            text.starts_with("short\nxxxxxxxxxxxxxxxx") && text.ends_with("after\n") && text.len() < 60,
            "{text:?}"
        );
    }
}
