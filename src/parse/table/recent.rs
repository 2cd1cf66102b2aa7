//! The last lines before a table: they may tell its time, or that objgraph was called.
//!
//! Lines are noted where they lie in the chunk that is being read and copied only when somebody asks, or the chunk
//! ends: most of them are never looked at.

use super::join::Shift;
use super::{ends_table, names_call};
use crate::parse::stamp::{self, Stamp, uptime};

/// Lines before a table that are looked at for a clock or a title.
const RECENT: usize = 8;
/// How much of a line is kept for that.
pub(super) const KEEP: usize = 240;
/// A title stands at most so many lines before its table.
const TITLE: u64 = 6;

/// A line that was read lately.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    pub(super) line: u64,
    text: Vec<u8>,
    /// Where it lies in the chunk while it has not been copied; then `text` is empty.
    lies: Option<(usize, usize)>,
    meta_stamp: Option<Stamp>,
    /// Its clock, once it was looked for.
    stamp: Option<Option<Stamp>>,
    /// Whether it names a call, once that was looked for.
    calls: Option<bool>,
}

impl Recent {
    fn text<'a>(&'a self, chunk: &'a [u8]) -> &'a [u8] {
        match self.lies {
            Some((from, to)) => chunk.get(from..to).unwrap_or_default(),
            None => &self.text,
        }
    }
}

/// The last lines that are no rows, and the last lines with digits enough for a clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Recents {
    passed: Ring,
    stamped: Ring,
    /// The last line that may name a call.
    may_call: u64,
    /// Lines wait to be copied.
    lying: bool,
    clocks: stamp::Finder,
}

/// Whether a line has digits enough for a clock where one stands; one that counts from a program's start needs few.
pub(in crate::parse) fn may_have_clock(text: &[u8]) -> bool {
    let head = text.get(..text.len().min(64)).unwrap_or_default();
    let digits = |bytes: &[u8]| bytes.iter().fold(0_u8, |n, b| n + u8::from(b.is_ascii_digit()));
    // Mostly it begins with one.
    head.first_chunk::<16>().is_some_and(|first| digits(first) >= 5)
        || match digits(head) {
            0 => false,
            1..5 => uptime::word(head).is_some(),
            _ => true,
        }
}

/// The last lines of a kind.
#[derive(Debug, Clone, Default)]
struct Ring {
    slots: Vec<Recent>,
    /// The slot of the oldest one, which is written next; behind the last while there are few.
    next: usize,
}

impl Ring {
    /// A place for one more; the oldest makes room where there is none.
    #[inline]
    fn slot(&mut self) -> &mut Recent {
        if self.slots.len() < RECENT {
            self.slots.push(Recent::default());
        }
        let slot = &mut self.slots[self.next];
        self.next = (self.next + 1) % RECENT;
        (slot.stamp, slot.meta_stamp, slot.calls, slot.lies) = (None, None, None, None);
        slot.text.clear();
        slot
    }

    fn keep(&mut self, line: u64, text: &[u8], meta_stamp: Option<Stamp>) {
        let slot = self.slot();
        slot.text.extend_from_slice(text.get(..text.len().min(KEEP)).unwrap_or_default());
        (slot.line, slot.meta_stamp) = (line, meta_stamp);
    }

    /// The newest first.
    fn iter(&self) -> impl Iterator<Item = &Recent> {
        let (newer, older) = self.slots.split_at(self.next);
        newer.iter().rev().chain(older.iter().rev())
    }

    /// The newest first.
    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Recent> {
        let (newer, older) = self.slots.split_at_mut(self.next);
        newer.iter_mut().rev().chain(older.iter_mut().rev())
    }
}

impl Recents {
    /// Keeps a line that is no row.
    pub(super) fn pass(&mut self, line: u64, text: &[u8], meta_stamp: Option<Stamp>) {
        self.passed.keep(line, text, meta_stamp);
        self.may_call = line;
    }

    /// Keeps a line, or the beginning of a row, that may have a clock.
    pub(super) fn stamp(&mut self, line: u64, text: &[u8], meta_stamp: Option<Stamp>) {
        self.stamped.keep(line, text, meta_stamp);
    }

    /// Notes a line that is no row, at `from..to` of the chunk. `calls`: whether it may name a call.
    pub(super) fn note_passed(&mut self, line: u64, (from, to): (usize, usize), calls: bool) {
        let slot = self.passed.slot();
        (slot.line, slot.lies) = (line, Some((from, to.min(from + KEEP))));
        slot.calls = if calls { None } else { Some(false) };
        self.may_call = if calls { line } else { self.may_call };
        self.lying = true;
    }

    /// Notes a line, or the beginning of a row, that may have a clock.
    pub(super) fn note_stamped(&mut self, line: u64, (from, to): (usize, usize)) {
        let slot = self.stamped.slot();
        (slot.line, slot.lies) = (line, Some((from, to.min(from + KEEP))));
        self.lying = true;
    }

    /// The same, where fields beside the line tell a clock.
    pub(super) fn note_told(&mut self, line: u64, lies: (usize, usize), meta_stamp: Stamp) {
        self.note_stamped(line, lies);
        if let Some(newest) = self.stamped.iter_mut().next() {
            newest.meta_stamp = Some(meta_stamp);
        }
    }

    /// Copies what lies in the chunk: it is about to go.
    pub(super) fn settle(&mut self, chunk: &[u8]) {
        if !self.lying {
            return;
        }
        for recent in self.passed.iter_mut().chain(self.stamped.iter_mut()) {
            if let Some((from, to)) = recent.lies.take() {
                recent.text.extend_from_slice(chunk.get(from..to).unwrap_or_default());
            }
        }
        self.lying = false;
    }

    /// The last clock, and in which line it stands. `told`: the user says how times are written.
    pub(super) fn newest(&mut self, chunk: &[u8], told: bool) -> Option<(Stamp, u64)> {
        let clocks = &mut self.clocks;
        self.stamped.iter_mut().find_map(|recent| {
            let stamp = match recent.stamp {
                Some(stamp) => stamp,
                None => {
                    let found = if told { None } else { clocks.find(recent.text(chunk)).map(|f| f.stamp) };
                    let stamp = found.or(recent.meta_stamp);
                    recent.stamp = Some(stamp);
                    stamp
                }
            };
            stamp.map(|stamp| (stamp, recent.line))
        })
    }

    /// Whether one of the last few lines names a call, after line `after` and shortly before `line`.
    pub(super) fn called(&mut self, chunk: &[u8], after: u64, line: u64) -> bool {
        if self.may_call <= after || self.may_call + TITLE <= line {
            return false;
        }
        self.passed.iter_mut().take_while(|r| r.line > after && r.line + TITLE > line).any(|recent| {
            let calls = recent.calls.unwrap_or_else(|| names_call(recent.text(chunk)));
            recent.calls = Some(calls);
            calls
        })
    }

    /// The line just before `line`, where it is a title: the first line of a record that goes on with the table.
    pub(super) fn title<'a>(&'a self, chunk: &'a [u8], line: u64) -> Option<&'a [u8]> {
        let recent = self.passed.iter().next().filter(|r| r.line + 1 == line)?;
        let text = recent.text(chunk);
        (text.ends_with(b":") || recent.calls != Some(false) && names_call(text)).then_some(text)
    }

    /// Whether a line after `after` ends a table whatever follows.
    pub(super) fn ended(&self, chunk: &[u8], after: u64) -> bool {
        self.passed.iter().take_while(|r| r.line > after).any(|r| ends_table(r.text(chunk)))
    }

    /// The last clock of all, as the log's end.
    pub(super) fn end(&self) -> Option<Stamp> {
        self.stamped.iter().find_map(|r| stamp::find(&r.text).map(|f| f.stamp).or(r.meta_stamp))
    }

    /// Whether the same lines were read lately.
    pub(super) fn same(&self, other: &Self, shift: Shift) -> bool {
        let same = |a: &Ring, b: &Ring| {
            let lines = |(a, b): (&Recent, &Recent)| {
                a.line == shift.line(b.line) && a.text == b.text && a.meta_stamp == b.meta_stamp
            };
            a.slots.len() == b.slots.len() && a.iter().zip(b.iter()).all(lines)
        };
        same(&self.passed, &other.passed) && same(&self.stamped, &other.stamped)
    }

    /// Counts lines as another fold does.
    pub(super) fn shift(&mut self, shift: Shift) {
        for recent in self.passed.iter_mut().chain(self.stamped.iter_mut()) {
            recent.line = shift.line(recent.line);
        }
        self.may_call = shift.line(self.may_call);
    }
}
