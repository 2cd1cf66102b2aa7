//! What few lines hold is looked for in a whole chunk: one search passes over many lines.

use super::line::{self, list};
use super::remarks::{self, Remark};
use super::unwrap;

/// Where the next of something is found, as far as it was looked for.
#[derive(Debug, Default)]
struct Next(Option<usize>);

impl Next {
    /// Where the first of them at `from` or behind lies, if that is before `to`; lines are asked for in order.
    #[inline]
    fn within(
        &mut self,
        chunk: &[u8],
        (from, to): (usize, usize),
        find: impl FnOnce(&[u8]) -> Option<usize>,
    ) -> Option<usize> {
        if self.0.is_none_or(|next| next < from) {
            let found = chunk.get(from..).and_then(find);
            self.0 = Some(found.map_or(usize::MAX, |at| from + at));
        }
        self.0.filter(|&next| next < to)
    }
}

/// Looks ahead in one chunk.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    chunk: &'a [u8],
    /// What is somewhere in the chunk, once that was looked for.
    odd: Option<Odd>,
    words: Next,
    brackets: Next,
    ends: Next,
    quotes: Next,
}

/// Bytes that few chunks hold.
#[derive(Debug, Clone, Copy)]
struct Odd {
    /// Codes that colour text, or NULs.
    coded: bool,
    /// Returns, within lines perhaps.
    returns: bool,
}

impl Odd {
    fn of(chunk: &[u8]) -> Self {
        let odd = memchr::memchr3(0, 0x1b, b'\r', chunk).is_some();
        let (coded, returns) = (|| memchr::memchr2(0, 0x1b, chunk), || memchr::memchr(b'\r', chunk));
        Self { coded: odd && coded().is_some(), returns: odd && returns().is_some() }
    }
}

impl<'a> Ahead<'a> {
    pub(super) fn new(chunk: &'a [u8]) -> Self {
        Self {
            chunk,
            odd: None,
            words: Next::default(),
            brackets: Next::default(),
            ends: Next::default(),
            quotes: Next::default(),
        }
    }

    fn odd(&mut self) -> Odd {
        *self.odd.get_or_insert_with(|| Odd::of(self.chunk))
    }

    /// Whether codes that colour text, or NULs, are somewhere in the chunk.
    pub(super) fn is_coded(&mut self) -> bool {
        self.odd().coded
    }

    /// What the line may say.
    pub(super) fn remark(&mut self, line: (usize, usize)) -> Remark {
        let chunk = self.chunk;
        match self.words.within(chunk, line, remarks::first_word) {
            Some(at) => remarks::remark(chunk.get(at..line.1).unwrap_or_default()),
            None => Remark::default(),
        }
    }

    /// Whether line ends may be written out in the line.
    pub(super) fn may_have_ends(&mut self, line: (usize, usize)) -> bool {
        self.ends.within(self.chunk, line, |rest| memchr::memchr2(b'\\', b'#', rest)).is_some()
    }

    /// Where the text of a line ends that is no plain row, if it is surely one to pass over: no list, no collector's
    /// record, no row with something behind it. `ends_as_row`: nothing stands behind what could be a row.
    pub(super) fn passed(&mut self, line: (usize, usize), ends_as_row: bool) -> Option<usize> {
        let chunk = self.chunk;
        let text = chunk.get(line.0..line.1).unwrap_or_default();
        if text.is_empty() {
            return Some(line.1);
        }
        if unwrap::may_be_json(text) || self.odd().returns && memchr::memchr(b'\r', text).is_some() {
            return None;
        }
        let bracket = self.brackets.within(chunk, line, |rest| memchr::memchr2(b'[', b'{', rest));
        if bracket.is_some() && list::may_be_in(text) {
            return None;
        }
        if self.may_have_ends(line) && unwrap::has_ends(text) {
            return None;
        }
        // `2024-03-01T10:00:00Z stdout F text`
        if text.first().is_some_and(u8::is_ascii_digit)
            && text.iter().position(|&b| b == b' ').is_some_and(|at| text.get(at + 1..at + 4) == Some(b"std"))
        {
            return None;
        }
        if ends_as_row {
            return Some(line.1);
        }
        let quote = self.quotes.within(chunk, line, |rest| memchr::memchr(b'"', rest));
        let end = if quote.is_some() || line::may_end_before(text) { line::row_end(text) } else { text.len() };
        let row = end < text.len() && line::name_end(text.get(..end)?).is_some();
        (!row).then_some(line.0 + end)
    }
}
