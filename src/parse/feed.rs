//! A log's bytes come in, chunk by chunk; every line goes to the fold by the shortest way that comes to the same.

use super::lifetimes;
use super::line::{self, list};
use super::remarks;
use super::snapshots::Place;
use super::table::{Found, Meta, Tables};
use super::unwrap::{self, Unwrap};

/// The fold over one log's bytes, with no word of the user about how lines are read.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) tables: Tables,
    unwrap: Unwrap,
    /// The line before.
    pub(super) place: Place,
    /// Lines read.
    pub(super) lines: u64,
}

/// How a fold stood at a line.
#[derive(Debug)]
pub(super) struct Stand {
    tables: Tables,
    /// Tables found up to there.
    found: usize,
    place: Place,
    lines: u64,
    /// A record was not complete.
    partial: bool,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self {
            tables: Tables::new(false, false),
            unwrap: Unwrap::default(),
            place: Place { part: 0, line: 0 },
            lines: 0,
        }
    }

    /// A fold that begins further on in this one's log and part, with what this one has learnt; `None` where it is in
    /// the middle of something.
    pub(super) fn taught(&self) -> Option<Self> {
        let apart = self.tables.short_way() && !self.unwrap.has_partial();
        apart.then(|| Self {
            tables: self.tables.taught(),
            unwrap: Unwrap::default(),
            place: Place { line: 0, ..self.place },
            lines: 0,
        })
    }

    /// The same once more; nothing was found yet.
    pub(super) fn again(&self) -> Self {
        let tables = self.tables.without_found();
        Self { tables, unwrap: Unwrap::default(), place: self.place, lines: self.lines }
    }

    /// How it stands, without the tables found so far.
    pub(super) fn stand(&self) -> Stand {
        let partial = self.unwrap.has_partial();
        Stand {
            tables: self.tables.without_found(),
            found: self.tables.found.len(),
            place: self.place,
            lines: self.lines,
            partial,
        }
    }

    /// Whether it stands as `there` does, a fold that began with `taught`, so that it may go on with what `end` has become
    /// of that.
    pub(super) fn stands_like(&mut self, there: &mut Stand, end: &Self, taught: &Self) -> bool {
        let places = self.place.line.wrapping_sub(there.place.line);
        let shift = self.tables.shift_from(&there.tables, places, &taught.tables);
        let apart = !self.unwrap.has_partial() && !there.partial;
        apart && self.tables.stands_like(&mut there.tables, &end.tables, shift)
    }

    /// Goes on with what `end` has become, where both stand alike. Memory that is left over comes back.
    pub(super) fn go_on_with(&mut self, there: &Stand, end: Self, taught: &Self) -> Found {
        let places = self.place.line.wrapping_sub(there.place.line);
        let shift = self.tables.shift_from(&there.tables, places, &taught.tables);
        let spare = self.tables.go_on_with(&there.tables, end.tables, there.found, shift);
        self.unwrap = end.unwrap;
        self.place.line = end.place.line.wrapping_add(places);
        self.lines += end.lines - there.lines;
        spare
    }

    /// Goes on with another part of the log.
    pub(super) fn part(&mut self, part: u32) {
        self.place = Place { part, line: 0 };
    }

    /// Takes whole lines.
    pub(super) fn chunk(&mut self, chunk: &[u8]) {
        // Codes that colour text, NULs and returns within lines are rare: most chunks have none.
        let odd = memchr::memchr3(0, 0x1b, b'\r', chunk).is_some();
        let coded = odd && memchr::memchr2(0, 0x1b, chunk).is_some();
        let returns = odd && memchr::memchr(b'\r', chunk).is_some();
        let mut remarks = remarks::Ahead::default();
        let mut at = 0;
        while at < chunk.len() {
            let rest = chunk.get(at..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest).map_or(chunk.len(), |i| at + i + 1);
            let text = rest.get(..end - at).unwrap_or_default().trim_ascii_end();
            if !coded && self.tables.short_way() && !self.unwrap.has_partial() {
                let numbered = text.last().is_some_and(u8::is_ascii_digit);
                let mut tail = None;
                let mut may_be_row = false;
                if numbered || self.tables.has_wrapped() {
                    let (mut to, mut lines) = self.tables.burst(chunk, at, self.place);
                    if lines == 0 && numbered {
                        tail = line::tail(text);
                        if let Some(tail) = &tail {
                            let taken = self.tables.burst_of(chunk, at, (text, tail), self.place);
                            may_be_row = taken.is_some();
                            (to, lines) = taken.unwrap_or((at, 0));
                        }
                    }
                    if lines > 0 {
                        self.place.line += lines;
                        self.lines += lines;
                        at = to;
                        continue;
                    }
                }
                if !may_be_row
                    && self.tables.knows_day()
                    && (!returns || memchr::memchr(b'\r', text).is_none())
                    && !may_be_more(text, tail.is_some())
                {
                    let remark = remarks.within(chunk, at, at + text.len());
                    if !(remark.starts && lifetimes::says_start_after_all(text)) {
                        self.place.line += 1;
                        self.lines += 1;
                        self.tables.pass_short(chunk, (at, at + text.len()), remark.calls);
                        at = end;
                        continue;
                    }
                }
            }
            self.tables.settle(chunk);
            self.line(rest.get(..end - at).unwrap_or_default());
            at = end;
        }
        self.tables.settle(chunk);
    }

    /// Takes one line by the long way.
    pub(super) fn line(&mut self, line: &[u8]) {
        self.place.line += 1;
        self.lines += 1;
        let (tables, place) = (&mut self.tables, self.place);
        tables.unended = line.last() != Some(&b'\n');
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let (mut texts, mut inner) = (0, None);
        self.unwrap.lines(line, &mut |text: &[u8], meta: &Meta| {
            tables.line(text, place, meta);
            texts += 1;
            inner = if text.len() < line.len() { tables.inner(text, meta) } else { None };
        });
        if let (1, Some(inner)) = (texts, inner) {
            tables.learn_wrapped(line, &inner);
        }
    }

    /// The log's end.
    pub(super) fn finish(&mut self) {
        let (tables, place) = (&mut self.tables, self.place);
        self.unwrap.finish(&mut |text, meta| tables.line(text, place, meta));
        tables.finish();
    }
}

/// Whether a line that is no plain row may be more than a line to pass over: a row with something behind it, a list, a
/// collector's record. Says yes wrongly at times, never no. `ends_as_row`: nothing stands behind what could be a row.
fn may_be_more(text: &[u8], ends_as_row: bool) -> bool {
    let Some(&last) = text.last() else { return false };
    if last == b'}' || list::begins(text).is_some() || unwrap::has_ends(text) {
        return true;
    }
    // `2024-03-01T10:00:00Z stdout F text`
    if text.first().is_some_and(u8::is_ascii_digit)
        && memchr::memchr(b' ', text).is_some_and(|at| text.get(at + 1..at + 4) == Some(b"std"))
    {
        return true;
    }
    if ends_as_row {
        return false;
    }
    let closes = matches!(last, b'"' | b'\'' | b'`' | b')' | b']' | b',' | b';');
    (closes || memchr::memchr2(b'=', b'"', text).is_some()) && line::row_end(text) != text.len()
}
