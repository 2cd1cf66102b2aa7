//! A log's bytes come in, chunk by chunk; every line goes to the fold by the shortest way that comes to the same.

use super::ahead::Ahead;
use super::before::{Before, Known, Passed, Row};
use super::line;
use super::snapshots::Place;
use super::table::{Found, Meta, Tables, may_have_clock};
use super::unwrap::Unwrap;

/// The fold over one log's bytes, with no word of the user about how lines are read.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) tables: Tables,
    unwrap: Unwrap,
    before: Before,
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

/// What a fold that is no more has left: memory of the tables it found, and lines that it remembers.
#[derive(Debug, Default)]
pub(super) struct Spare {
    found: Found,
    before: Before,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self {
            tables: Tables::new(false, false),
            unwrap: Unwrap::default(),
            before: Before::default(),
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
            before: Before::default(),
            place: Place { line: 0, ..self.place },
            lines: 0,
        })
    }

    /// The same once more; nothing was found yet. What another one of this log has left may be of use.
    pub(super) fn again(&self, spare: Spare) -> Self {
        let Spare { found, before } = spare;
        let mut tables = self.tables.without_found();
        tables.found.reuse(found);
        Self { tables, unwrap: Unwrap::default(), before, place: self.place, lines: self.lines }
    }

    /// How it stands, without the tables found so far.
    pub(super) fn stand(&mut self) -> Stand {
        // Those that are over are among them.
        self.tables.close_over();
        let partial = self.unwrap.has_partial();
        Stand {
            tables: self.tables.stand(),
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

    /// Goes on with what `end` has become, where both stand alike. What is left over comes back.
    pub(super) fn go_on_with(&mut self, there: &Stand, end: Self, taught: &Self) -> Spare {
        let places = self.place.line.wrapping_sub(there.place.line);
        let shift = self.tables.shift_from(&there.tables, places, &taught.tables);
        let found = self.tables.go_on_with(&there.tables, end.tables, there.found, shift);
        self.unwrap = end.unwrap;
        self.place.line = end.place.line.wrapping_add(places);
        self.lines += end.lines - there.lines;
        Spare { found, before: end.before }
    }

    /// Goes on with another part of the log.
    pub(super) fn part(&mut self, part: u32) {
        self.place = Place { part, line: 0 };
    }

    /// Takes whole lines.
    pub(super) fn chunk(&mut self, chunk: &[u8]) {
        let mut ahead = Ahead::new(chunk);
        let mut at = 0;
        while at < chunk.len() {
            let rest = chunk.get(at..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest).map_or(chunk.len(), |i| at + i + 1);
            let text = rest.get(..end - at).unwrap_or_default().trim_ascii_end();
            if self.tables.short_way() && !self.unwrap.has_partial() {
                let (to, lines) = self.short(chunk, (at, at + text.len(), end), &mut ahead);
                if lines > 0 {
                    self.place.line += lines;
                    self.lines += lines;
                    at = to;
                    continue;
                }
            }
            self.tables.settle(chunk);
            self.line(rest.get(..end - at).unwrap_or_default());
            at = end;
        }
        self.tables.settle(chunk);
    }

    /// Takes lines by the short way, the first of which is `from..to` of the chunk. Where the next line begins comes
    /// back, and how many were taken.
    fn short(&mut self, chunk: &[u8], (from, to, end): (usize, usize, usize), ahead: &mut Ahead) -> (usize, u64) {
        let tables = &mut self.tables;
        let text = chunk.get(from..to).unwrap_or_default();
        let ends_in_digit = text.last().is_some_and(u8::is_ascii_digit);
        // What becomes of it hangs on nothing but what it says: among rows more is a name than elsewhere.
        let apart = !ends_in_digit || !tables.in_rows();
        let alone = apart && !tables.has_wrapped();
        match if alone { self.before.find(text) } else { None } {
            Some(Known::Passed(passed)) if !passed.clock || tables.knows_day() => {
                tables.pass_short(from, passed);
                return (end, 1);
            }
            Some(Known::Row(row)) => {
                let next = Place { line: self.place.line + 1, ..self.place };
                if tables.once_more(row, chunk, (from, to), next).is_some() {
                    return (end, 1);
                }
                let shape = row.shape as usize;
                if text.get(..row.name_at.into()).is_some_and(|head| tables.takes(shape, head)) {
                    return tables.rows_of(shape, chunk, from, self.place);
                }
            }
            _ => {}
        }
        // Lines that came before and rows are known byte by byte; all others may hold anything.
        if tables.has_wrapped() && ahead.is_coded() {
            return (from, 0);
        }
        let name_end = if ends_in_digit { line::name_end(text) } else { None };
        let name_at = name_end.and_then(|name_end| tables.name_start(text, name_end));
        if name_at.is_some() && tables.in_rows() || tables.has_wrapped() {
            let taken = tables.burst(chunk, from, self.place);
            if taken.1 > 0 {
                return taken;
            }
        }
        if let Some(name_at) = name_at {
            let Some(shape) = text.get(..name_at).and_then(|head| tables.shape_of(head)) else { return (from, 0) };
            if alone && let Some(count_at) = line::count_at_end(text) {
                let row = Row { name_at: name_at as u16, count_at: count_at as u16, shape: shape as u32 };
                self.before.learn(text, Known::Row(row));
            }
            return tables.rows_of(shape, chunk, from, self.place);
        }
        if ahead.is_coded() {
            return (from, 0);
        }
        let Some(to) = ahead.passed((from, to), name_end.is_some()) else { return (from, 0) };
        let remark = ahead.remark((from, to));
        let told = chunk.get(from..to).unwrap_or_default();
        if remark.starts && tables.starts.look_after_all(told).is_some() {
            return (from, 0);
        }
        let passed = Passed { len: told.len() as u32, calls: remark.calls, clock: may_have_clock(told) };
        if passed.clock && !tables.knows_day() {
            return (from, 0);
        }
        tables.pass_short(from, passed);
        // Line ends that are written out with digits are another thing with others; so is what ends in a sum, and so are
        // numbers that may be too large.
        let ends = !ends_in_digit || line::count_at_end(text).is_some();
        if alone && ends && !line::has_long_number(text) && !ahead.may_have_ends((from, from + text.len())) {
            self.before.learn(text, Known::Passed(passed));
        }
        (end, 1)
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
