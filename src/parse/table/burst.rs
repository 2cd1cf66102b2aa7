//! The short way through the fold: a row that is, byte by byte, as the lane's last table lets expect is taken without
//! a look at what it says. Anything else is left to the long way, which is the one true grammar; both come to the same.

use super::super::block::{LONGEST, chars};
use super::super::chain::Link;
use super::super::snapshots::Place;
use super::clean::{Entry, Open};
use super::expected::Run;
use super::lane::Lane;
use super::shape::{Like, Shape};
use super::{PATIENCE, Tables};
use crate::parse::before::Passed;
use crate::parse::digits::{digits_of, others, value};
use crate::parse::{prefix, words};

/// Counts of more digits take the long way.
const DIGITS: usize = 15;

/// A row as the short way reads it.
#[derive(Clone, Copy)]
pub(super) struct Short {
    /// The lane's entry of its name.
    pub(super) name: u32,
    pub(super) count: u64,
    /// Where its line begins, and where its name and its count begin.
    pub(super) line: usize,
    pub(super) name_at: usize,
    pub(super) count_at: usize,
    /// Where the next line begins.
    pub(super) next: usize,
}

/// The number at `at`, and where it ends.
#[inline]
pub(super) fn number(chunk: &[u8], at: usize) -> Option<(u64, usize)> {
    let digits = chunk.get(at..)?;
    let Some(eight) = digits.first_chunk::<8>() else { return long_number(digits, at) };
    let eight = digits_of(eight);
    let n = (others(eight).trailing_zeros() / 8) as usize;
    if n == 0 {
        return None;
    }
    if n >= 8 {
        return long_number(digits, at);
    }
    Some((value(eight, n), at + n))
}

fn long_number(digits: &[u8], at: usize) -> Option<(u64, usize)> {
    let n = digits.iter().take(DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
    let count = digits.iter().take(n).fold(0, |count, b| count * 10 + u64::from(b - b'0'));
    (n > 0 && n <= DIGITS).then_some((count, at + n))
}

/// Whether the entry's name stands at `at`, with blanks behind it up to `width` bytes and one more.
#[inline]
pub(super) fn stands(entry: &Entry, chunk: &[u8], at: usize, width: usize) -> bool {
    let Some(text) = chunk.get(at..) else { return false };
    entry.plain && entry.name.len() <= width && text.get(width) == Some(&b' ') && same(text, &entry.padded, width)
}

/// Whether `text` begins with the first `width` bytes of `padded`, between `N` and twice as many: two pieces that overlap
/// are held against each other at once, since that takes no call. `None` where one of them is too short.
#[inline(always)]
pub(super) fn pieces<const N: usize>(text: &[u8], padded: &[u8; 64], width: usize) -> Option<bool> {
    let first = text.first_chunk::<N>()? == padded.first_chunk::<N>()?;
    let last = width.checked_sub(N)?;
    Some(first && text.get(last..)?.first_chunk::<N>()? == padded.get(last..)?.first_chunk::<N>()?)
}

/// Whether `text` begins with the first `width` bytes of `padded`.
#[inline]
fn same(text: &[u8], padded: &[u8; 64], width: usize) -> bool {
    let whole = || text.get(..width).is_some_and(|text| padded.get(..width) == Some(text));
    match width {
        16..=32 => pieces::<16>(text, padded, width).unwrap_or_else(whole),
        33..=64 => pieces::<32>(text, padded, width).unwrap_or_else(whole),
        8..=15 => pieces::<8>(text, padded, width).unwrap_or_else(whole),
        _ => whole(),
    }
}

impl Tables {
    /// Whether the short way is open: nothing that it does not know is under way.
    pub(in crate::parse) fn short_way(&self) -> bool {
        !self.trace && !self.told_clock && self.open_list.is_none()
    }

    /// Takes the rows from byte `from` of the chunk on for as long as they are as expected. `place` is that of the
    /// line before. Gives where the first line begins that is not, and how many were taken.
    pub(in crate::parse) fn burst(&mut self, chunk: &[u8], from: usize, place: Place) -> (usize, u64) {
        let (mut at, mut lines) = (from, 0);
        let (mut tried, mut last) = (0, None);
        while let Some(&shape) = self.shapes.lately.get(tried) {
            // The one that took the lines before does not take this one.
            if last == Some(shape) {
                tried += 1;
                continue;
            }
            let here = Place { line: place.line + lines, ..place };
            let (to, n) = self.rows_of(shape as usize, chunk, at, here);
            if n == 0 {
                tried += 1;
                continue;
            }
            (at, lines) = (to, lines + n);
            if tried > 0 {
                self.shapes.met(shape as usize);
            }
            (tried, last) = (0, Some(shape));
        }
        (at, lines)
    }

    /// Whether the line before was a row of a table that has more.
    pub(in crate::parse) fn in_rows(&self) -> bool {
        let open = self.last_lane.and_then(|last| self.lanes.all.get(last)?.open.as_ref());
        open.is_some_and(|open| open.rows() > 1)
    }

    /// Where the name begins in a line that ends as a row does, with a name that ends at `name_end`, if it can be one.
    pub(in crate::parse) fn name_start(&self, text: &[u8], name_end: usize) -> Option<usize> {
        let at = prefix::name_start(text, name_end);
        // The lines around may show that something else is a name.
        (words::plausible(text.get(at..name_end)?) || self.in_rows()).then_some(at)
    }

    /// The shape of a line before whose name `head` stands; it need not be one that was met lately.
    pub(in crate::parse) fn shape_of(&mut self, head: &[u8]) -> Option<usize> {
        let (at, like) = self.shapes.find(head)?;
        if like != Like::Same {
            return None;
        }
        self.shapes.all.get_mut(at)?.head.update(head);
        Some(at)
    }

    /// Whether that is surely the one at `shape`, which one like it had before.
    pub(in crate::parse) fn takes(&mut self, shape: usize, head: &[u8]) -> bool {
        let Some(shape) = self.shapes.all.get_mut(shape) else { return false };
        if shape.wrapped() || shape.head.like(head) != Like::Same {
            return false;
        }
        shape.head.update(head);
        true
    }

    /// Takes rows of one shape, over as many tables as follow one another.
    pub(in crate::parse) fn rows_of(&mut self, shape: usize, chunk: &[u8], from: usize, place: Place) -> (usize, u64) {
        let (mut at, mut lines) = (from, 0);
        while self.shapes.all.get_mut(shape).is_some_and(|shape| shape.begins(chunk, at).is_some()) {
            let (to, n, alike) = self.follow(shape, chunk, at, Place { line: place.line + lines, ..place });
            (at, lines) = (to, lines + n);
            if !alike {
                break;
            }
            let next = Place { line: place.line + lines + 1, ..place };
            match self.begin_short(shape, chunk, at, next) {
                Some(to) => (at, lines) = (to, lines + 1),
                None => break,
            }
            // Where no table was so far, this row is hardly the first of one.
            let lane = self.shapes.all.get(shape).and_then(|shape| self.lanes.all.get(shape.lane));
            if lane.is_none_or(|lane| lane.history.tables == 0) {
                break;
            }
        }
        (at, lines)
    }

    /// Takes rows that follow the open table of the shape's lane. Beside where the next line begins, and how many were
    /// taken: whether that line may be another one of the shape, as the first one is.
    fn follow(&mut self, shape: usize, chunk: &[u8], from: usize, place: Place) -> (usize, u64, bool) {
        let none = (from, 0, true);
        let Some(shape) = self.shapes.all.get_mut(shape) else { return none };
        let Some(lane) = self.lanes.all.get(shape.lane) else { return none };
        let Some(Open::Clean(clean)) = &lane.open else { return none };
        let width = clean.column.saturating_sub(1);
        if clean.passed != self.passed || clean.last_line + PATIENCE < self.line + 1 || width == 0 || width > 64 {
            return none;
        }
        // What the lines before this one were may make more of it than a row of this lane.
        let other = self.last_lane.filter(|&last| last != shape.lane);
        let others = other.and_then(|last| self.lanes.all.get(last));
        if others.is_some_and(|last| last.kin != lane.kin) {
            return none;
        }
        let lane_at = shape.lane;
        let Some(lane) = self.lanes.all.get_mut(lane_at) else { return none };
        let Lane { open, names, expected, .. } = lane;
        let Some(Open::Clean(clean)) = open else { return none };
        let super::clean::Names { entries, index, shown } = names;
        let column = width + 1;
        let suits = expected.suit(column);
        let before = clean.counts.len();
        let mut next_row = match clean.names.last() {
            Some(&name) if !clean.straight => entries.get(name as usize).map_or(0, |entry| entry.row as usize + 1),
            _ => before,
        };
        let mut at = from;
        let mut alike = true;
        let mut starts = [0; 8];
        loop {
            if suits {
                let rows = clean.counts.len();
                let mut run = Run {
                    chunk,
                    shape,
                    column,
                    table: clean.table,
                    shown,
                    row: next_row,
                    straight: clean.straight,
                    last_count: clean.last_count(),
                    starts: &mut starts,
                    alike: true,
                };
                at = expected.read(&mut run, at, &mut clean.counts);
                alike = run.alike;
                let n = clean.counts.len() - rows;
                let names = expected.names().get(next_row..next_row + n).unwrap_or_default();
                match names {
                    // Where rows of several processes alternate, few follow each other.
                    &[name] => clean.names.push(name),
                    names => clean.names.extend_from_slice(names),
                }
                names.iter().for_each(|&name| shown[name as usize] = clean.table);
                if !(clean.exact && clean.padded) {
                    let (exact, padded) = expected.padding(next_row, next_row + n, column);
                    clean.exact |= exact;
                    clean.padded |= padded;
                }
                next_row += n;
            }
            // Another one: rows change places with their neighbours, and names that were away come back.
            let begins = if alike { shape.begins(chunk, at) } else { None };
            let Some(name_at) = begins else {
                alike = false;
                break;
            };
            let blank_and_digit = chunk.get(name_at + width).zip(chunk.get(name_at + width + 1));
            if !blank_and_digit.is_some_and(|(blank, digit)| *blank == b' ' && digit.is_ascii_digit()) {
                break;
            }
            let guess = |row: usize| {
                let name = *expected.names().get(row)?;
                entries.get(name as usize).filter(|e| stands(e, chunk, name_at, width)).map(|_| name)
            };
            let name = guess(next_row)
                .or_else(|| guess(next_row + 1))
                .or_else(|| guess(next_row.wrapping_sub(2)))
                .or_else(|| {
                    let rest = chunk.get(name_at..name_at + width + 1)?;
                    let name = names_at(rest)?;
                    index
                        .get(name)
                        .copied()
                        .filter(|&n| entries.get(n as usize).is_some_and(|e| stands(e, chunk, name_at, width)))
                });
            let Some(name) = name else { break };
            let Some((count, end)) = number(chunk, name_at + width + 1) else { break };
            let (Some(entry), Some(shown)) = (entries.get(name as usize), shown.get_mut(name as usize)) else { break };
            if count > clean.last_count() || *shown == clean.table || clean.counts.len() >= LONGEST {
                break;
            }
            let Some(next) = shape.ends(chunk, end) else { break };
            *shown = clean.table;
            clean.straight = false;
            next_row = entry.row as usize + 1;
            let touching = entry.name.len() == width;
            clean.exact |= touching;
            clean.padded |= !touching;
            starts[clean.counts.len() % 8] = at;
            clean.names.push(name);
            clean.counts.push(count);
            at = next;
        }
        let lines = (clean.counts.len() - before) as u64;
        if lines == 0 {
            return none;
        }
        clean.last = Place { line: place.line + lines, ..place };
        clean.last_line = self.line + lines;
        if shape.stamped {
            for i in lines.saturating_sub(8)..lines {
                let start = starts[(before + i as usize) % 8];
                let prefix = (start + shape.inner, start + shape.head.bytes.len());
                self.recents.note_stamped(self.line + i + 1, prefix);
            }
        }
        self.line += lines;
        self.last_lane = Some(lane_at);
        (at, lines, alike)
    }

    /// Begins a table of the shape's lane with the row at `at`, where that cannot follow the open one, and that one can
    /// be closed without a doubt. Gives where the next line begins.
    fn begin_short(&mut self, shape_at: usize, chunk: &[u8], at: usize, place: Place) -> Option<usize> {
        let shape = self.shapes.all.get_mut(shape_at)?;
        let lane_at = shape.lane;
        let lane = self.lanes.all.get(lane_at)?;
        let row = lane.short(shape, chunk, at)?;
        let told = shape.told_clock()?;
        let mut link = Link::Apart;
        let mut since = 0;
        if let Some(open) = &lane.open {
            let Open::Clean(clean) = open else { return None };
            let table = clean.is_table() && lane.history.tables > 0;
            let closes = table && lane.held.is_empty() || !table && lane.surely_none(clean);
            if !closes {
                return None;
            }
            // One that has waited too long is over.
            if clean.last_line + PATIENCE > self.line {
                let again = lane.names.shown_in(row.name, clean.table);
                if row.count <= clean.last_count() && !again {
                    return None;
                }
                since = clean.last_line;
                if clean.passed == self.passed {
                    link = if again { Link::NameAgain } else { Link::Rise };
                }
            }
        }
        if link == Link::Rise || !lane.chain.is_idle() {
            return None;
        }
        let last = self.last_lane.filter(|&last| last != lane_at).and_then(|last| self.lanes.all.get(last));
        if last.is_some_and(|last| last.kin != lane.kin && claims(last, lane, shape, chunk, &row)) {
            return None;
        }
        let prefix = (row.line + shape.inner, row.name_at);
        let (stamped, clock) = (shape.stamped, shape.clock);
        self.line += 1;
        match told {
            Some(told) if stamped => self.recents.note_told(self.line, prefix, told),
            None if stamped => self.recents.note_stamped(self.line, prefix),
            _ => {}
        }
        self.close(lane_at, link);
        let clocked = clock && stamped || told.is_some();
        let context = if clocked { self.clocked(chunk, since) } else { self.context(chunk, since) };
        let context = context.told(told);
        let titled = self.titled(chunk, lane_at, &context);
        let lane = self.lanes.all.get_mut(lane_at)?;
        lane.begin(chunk.get(prefix.0..prefix.1)?, row.count_at - row.name_at, context, titled, place);
        lane.push(row.name, row.count, place, self.line, self.passed);
        self.last_lane = Some(lane_at);
        Some(row.next)
    }

    /// Passes over the line at `from` of the chunk, which is surely no row.
    pub(in crate::parse) fn pass_short(&mut self, from: usize, passed: Passed) {
        self.line += 1;
        self.passed += 1;
        self.last_lane = None;
        if passed.len == 0 {
            return;
        }
        let lies = (from, from + passed.len as usize);
        self.recents.note_passed(self.line, lies, passed.calls);
        if passed.clock {
            self.recents.note_stamped(self.line, lies);
        }
    }

    /// Copies what lies in the chunk.
    pub(in crate::parse) fn settle(&mut self, chunk: &[u8]) {
        self.recents.settle(chunk);
    }
}

/// The name at the beginning of `text`: up to its first blank.
fn names_at(text: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b' ', text)?;
    text.get(..end)
}

/// Whether the row before may make more of this one than a row of `lane`: a longer name of its own, or the second row
/// of its table.
pub(super) fn claims(last: &Lane, lane: &Lane, shape: &Shape, chunk: &[u8], row: &Short) -> bool {
    let from = row.line + shape.inner;
    let text = chunk.get(from..row.next).unwrap_or_default();
    let longer = prefix::after_same(&last.prefix, text).filter(|&at| at < row.name_at - from);
    if let Some(at) = longer {
        let name = text.get(at..row.count_at - from).unwrap_or_default();
        let column = chars(name);
        let aligned = match &last.open {
            Some(Open::Clean(clean)) => clean.column == column,
            Some(Open::Block(_)) => true,
            None => false,
        };
        if aligned {
            return true;
        }
    }
    let single = match &last.open {
        Some(Open::Clean(clean)) => clean.counts.len() == 1 && clean.column == row.count_at - row.name_at,
        Some(Open::Block(block)) => block.rows.len() == 1,
        None => false,
    };
    single && prefix::after_same(&lane.prefix, &last.prefix).is_some_and(|end| end < last.prefix.len())
}

impl Lane {
    /// The row at `line`, where it begins and ends as the shape's lines do and its name was shown before.
    fn short(&self, shape: &mut Shape, chunk: &[u8], line: usize) -> Option<Short> {
        let name_at = shape.begins(chunk, line)?;
        let rest = chunk.get(name_at..)?;
        // No name begins so, but many a line does.
        if rest.first()?.is_ascii_digit() {
            return None;
        }
        let stands = |&at: &u32| {
            let name = self.names.entries.get(at as usize).map(|entry| &entry.name);
            name.is_some_and(|name| rest.starts_with(name) && rest.get(name.len()) == Some(&b' '))
        };
        // Where no table ever was, it is mostly a line that says the same again.
        let guess = match (&self.open, self.expected.names().first()) {
            (_, Some(&first)) => Some(first),
            (Some(Open::Clean(clean)), None) => clean.names.last().copied(),
            _ => None,
        };
        let at = match guess.filter(stands) {
            Some(at) => at,
            None => self.names.find(names_at(rest.get(..rest.len().min(65))?)?)?,
        };
        let entry = self.names.entries.get(at as usize)?;
        let name = &entry.name;
        if !entry.plain {
            return None;
        }
        let blanks = rest.get(name.len()..)?.iter().take_while(|&&b| b == b' ').count();
        let count_at = name_at + name.len() + blanks;
        let (count, end) = number(chunk, count_at)?;
        let next = shape.ends(chunk, end)?;
        Some(Short { name: at, count, line, name_at, count_at, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_lengths() {
        for count in [0, 7, 42, 999, 40_036, 654_321, 9_999_999, 12_345_678, 123_456_789_012_345] {
            for behind in ["\n", " ", "x", "/\u{ff}\u{ff}\u{ff}\u{ff}", ":123456789", ""] {
                let text = format!("dict {count}{behind}");
                let end = text.len() - behind.len();
                assert_eq!(number(text.as_bytes(), 5), Some((count, end)), "{text:?}");
            }
        }
        for text in ["dict ", "dict x1", "dict 1234567890123456\n"] {
            assert_eq!(number(text.as_bytes(), 5), None, "{text:?}");
        }
    }

    #[test]
    fn pieces_that_overlap_cover_a_name() {
        let mut padded = [b' '; 64];
        padded[..30].copy_from_slice(b"a_name_of_thirty_characters_xx");
        for width in 1..=64 {
            let mut text = padded.to_vec();
            text.extend_from_slice(b" 123456789012345678901234567890\n");
            assert!(same(&text, &padded, width), "{width}");
            for at in 0..text.len() {
                let byte = std::mem::replace(&mut text[at], b'#');
                assert_eq!(same(&text, &padded, width), at >= width, "{width}, {at}");
                text[at] = byte;
            }
        }
    }
}
