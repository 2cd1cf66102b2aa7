//! Learns what stands around rows: a collector's record, a line end of another system, what a logger writes behind.

use super::super::stamp::{self, Stamp};
use super::super::unwrap::Unwrap;
use super::recent::may_have_clock;
use super::shape::{LONGEST, Pattern, Shape, Told};
use super::{LastRow, Meta, Tables, lane};
use crate::parse::prefix::Writer;
use crate::parse::prefix::numbers::Numbers;

/// So many different surroundings are learnt; a log with more gains nothing by them.
const MOST: usize = 32;

/// So many lines are looked at for surroundings: a look takes as long as reading a hundred lines.
const TRIES: u32 = 256;

/// A row as the lines' unwrapping gave it.
#[derive(Debug)]
pub(in crate::parse) struct Inner {
    text: Vec<u8>,
    row: LastRow,
    /// The clock that stands beside it.
    clock: Option<Stamp>,
}

/// What a line holds.
struct Read {
    text: Vec<u8>,
    /// What tells the lane of a row.
    key: (Vec<u8>, Writer),
    /// The clock beside it.
    clock: Option<Stamp>,
}

/// What `line` holds; the name of its row begins at `name_at`.
fn read(line: &[u8], name_at: usize, numbers: &Numbers) -> Option<Read> {
    let mut unwrap = Unwrap::default();
    let mut found = Vec::new();
    unwrap.lines(line, &mut |text, meta| {
        let key = lane::key(text.get(..name_at).unwrap_or_default(), meta, numbers);
        found.push(Read { text: text.to_vec(), key, clock: meta.stamp });
    });
    if unwrap.has_partial() || found.len() != 1 { None } else { found.pop() }
}

impl Tables {
    /// Whether rows have something around them in this log.
    pub(in crate::parse) fn has_wrapped(&self) -> bool {
        !self.shapes.wrapped.is_empty()
    }

    /// The line just read, where it looked like a row.
    pub(in crate::parse) fn inner(&self, text: &[u8], meta: &Meta) -> Option<Inner> {
        let row = self.last_row?;
        Some(Inner { text: text.to_vec(), row, clock: meta.stamp })
    }

    /// Learns what stands around `inner` in `line`, which has no end.
    pub(in crate::parse) fn learn_wrapped(&mut self, line: &[u8], inner: &Inner) {
        let Inner { text, row, clock: told } = inner;
        let prefix = text.get(..row.name_at).unwrap_or_default();
        for &at in &self.shapes.wrapped {
            let Some(shape) = self.shapes.all.get_mut(at as usize).filter(|shape| shape.lane == row.lane) else {
                continue;
            };
            let (head, tail) = (shape.head.bytes.len(), shape.tail.bytes.len());
            let found = line.get(..head).zip(line.len().checked_sub(tail).and_then(|from| line.get(from..)));
            let Some((head, tail)) = found.filter(|_| line.len() > head + tail) else { continue };
            let told = shape.told == Told::Somewhere || shape.clock_around(head, tail) == Some(*told);
            if told && shape.head.may_be(head) && shape.tail.may_be(tail) {
                shape.take(head, prefix);
                shape.tail.update(tail);
                return self.shapes.met(at as usize);
            }
        }
        let (stamped, clock) = (may_have_clock(prefix), stamp::find(prefix).is_some());
        if self.shapes.wrapped.len() >= MOST || self.shapes.tries >= TRIES || stamped && !clock {
            return;
        }
        self.shapes.tries += 1;
        let Some(shape) = shape(line, text, *row, *told, &self.lanes.numbers) else { return };
        if let Some(at) = self.shapes.add(Shape { lane: row.lane, stamped, clock, ..shape }) {
            self.shapes.met(at);
        }
    }
}

/// The shape of `line`, in which `text` stands, and `clock` beside it.
fn shape(line: &[u8], text: &[u8], row: LastRow, clock: Option<Stamp>, numbers: &Numbers) -> Option<Shape> {
    let inner = memchr::memmem::find(line, text)?;
    let (head, tail) = (line.get(..inner + row.name_at)?, line.get(inner + row.end..)?);
    if head.len() > LONGEST || tail.len() > LONGEST {
        return None;
    }
    let Read { key, .. } = read(line, row.name_at, numbers)?;
    let clock_in = |part: &[u8]| stamp::find(part).map(|found| found.stamp);
    let told = match clock {
        None => Told::Nothing,
        _ if clock_in(tail) == clock => Told::Behind,
        _ if clock_in(line.get(..inner)?) == clock => Told::Before,
        _ => Told::Somewhere,
    };
    // It is the text that is read, and not the same words elsewhere in the record: another count shows.
    let before = line.get(..inner + row.count_at)?;
    let other = [before, b"7", tail].concat();
    let expected = [text.get(..row.count_at)?, b"7", text.get(row.end..)?].concat();
    let other = read(&other, row.name_at, numbers)?;
    if (other.text, &other.key) != (expected, &key) {
        return None;
    }
    let rest = line.get(head.len()..)?;
    let same = |line: &[u8]| {
        let Some(other) = read(line, row.name_at, numbers) else { return false };
        // Its clock still stands where it stood.
        let clock = match told {
            Told::Before => line.get(..inner).and_then(clock_in),
            Told::Behind => line.len().checked_sub(tail.len()).and_then(|at| clock_in(line.get(at..)?)),
            Told::Nothing => None,
            Told::Somewhere => other.clock,
        };
        other.key == key && other.clock == clock
    };
    let head = Pattern::learn(head, |head| same(&[head, rest].concat()));
    let before = line.get(..line.len() - tail.len())?;
    let tail = Pattern::learn(tail, |tail| same(&[before, tail].concat()));
    Some(Shape { lane: row.lane, head, tail, inner, stamped: false, clock: false, told })
}
