//! One type's counts over a log: observations come in, in the order of snapshots, as about a byte each;
//! [`Observations`] gives them out again.
//!
//! A count is told by how it differs from the one before that the same process printed: where several write by turns, the
//! counts of one hardly move, but one process is far from the other.
//!
//! A code is one byte where the type stands in the next snapshot and its count hardly moved: below 112 the difference,
//! from 128 on many times none. Two bytes hold most other differences. All else is an escape with varints, so that no gap
//! and no count is out of reach. Few of a log's counts are predictable but many stay for long, so that shorter stays are differences of 0: a
//! processor guesses either well. Codes lie in pages: nothing is copied as they grow, and no more taken than they need.

use super::observations::Observations;
use super::tables::Tables;

/// Bytes of a page; the first grows up to that. Columns are written at much the same place of their pages: were these a
/// power of two apart, all of it would fall into a few lines of a processor's cache.
const PAGE: usize = 4528;

/// The longest code: an escape with five and ten bytes.
const LONGEST: usize = 16;

/// An escape: how many snapshots were passed over, then the difference, both as varints.
pub(super) const ESCAPE: u8 = 127;

/// This code says that the count stayed [`LONG`] times, each one above once more.
pub(super) const STAYED: u8 = 128;

/// So many differences of 0 become one code.
pub(super) const LONG: u8 = 16;

/// Differences (their sign in the lowest bit) below this fit in one byte.
pub(super) const NEAR: u64 = 112;

/// Those below this fit in two: the first is [`NEAR`] and what stands above 256.
const MIDDLE: u64 = NEAR + 15 * 256;

/// What all tables show of a type, where not all of them are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The least count.
    pub least: u64,
    /// The greatest.
    pub most: u64,
    /// How many rows show it.
    pub n_seen: u64,
}

impl Totals {
    /// Of no row.
    pub(super) const NONE: Self = Self { least: u64::MAX, most: 0, n_seen: 0 };

    /// One more row.
    pub(super) fn count(&mut self, count: u64) {
        self.least = self.least.min(count);
        self.most = self.most.max(count);
        self.n_seen += 1;
    }
}

/// All that a log shows of one type. What each count asks for lies together, in one line of a processor's cache.
#[derive(Debug, Clone, Default)]
#[repr(C, align(64))]
pub(super) struct Column {
    /// The page that is written, and how many of its bytes are.
    open: Vec<u8>,
    written: usize,
    /// The last count of the process whose turn it is.
    count: u64,
    len: u64,
    /// The snapshot after the last one that shows the type.
    next: u32,
    /// How many differences of 0 the open page ends with; above [`LONG`]: they are in one code.
    stays: u8,
    /// Whose turn it is.
    turn: u8,
    /// The last counts of all whose turn it was, but for `turn`.
    lasts: Vec<u64>,
    full: Vec<Vec<u8>>,
    /// What `show_growth` printed beside the counts, as varints, for its tables only.
    deltas: Vec<u8>,
}

impl Column {
    /// Adds what a snapshot shows; snapshots come in order. `turn`: whose turn it was, as the tables have it.
    #[inline(always)]
    pub(super) fn push(&mut self, snapshot: u32, turn: u8, count: u64) {
        if turn != self.turn {
            take_turn(turn, &mut self.turn, &mut self.count, &mut self.lasts);
        }
        let step = zigzag(count.wrapping_sub(self.count) as i64);
        if snapshot == self.next
            && step < NEAR
            && self.stays < LONG - 1
            && let Some(free) = self.open.get_mut(self.written)
        {
            // Nearly all.
            *free = step as u8;
            self.written += 1;
            self.stays = if step == 0 { self.stays + 1 } else { 0 };
            self.len += 1;
            (self.next, self.count) = (snapshot.wrapping_add(1), count);
        } else {
            self.push_any(snapshot, count, step);
        }
    }

    #[inline(never)]
    fn push_any(&mut self, snapshot: u32, count: u64, step: u64) {
        if self.open.len() < self.written + LONGEST {
            self.turn();
        }
        let passed = snapshot.wrapping_add(1).wrapping_sub(self.next);
        self.len += 1;
        (self.next, self.count) = (snapshot.wrapping_add(1), count);
        if passed == 1 && step < NEAR {
            self.stays = if step == 0 { self.stays + 1 } else { 0 };
            if self.stays < LONG {
                self.open[self.written] = step as u8;
                self.written += 1;
            } else {
                self.stay();
            }
        } else if passed == 1 && step < MIDDLE {
            let above = step - NEAR;
            self.open[self.written] = (NEAR + (above >> 8)) as u8;
            self.open[self.written + 1] = above as u8;
            self.written += 2;
            self.stays = 0;
        } else {
            self.escape(passed, step);
        }
    }

    /// What no shorter code can say.
    #[cold]
    fn escape(&mut self, passed: u32, step: u64) {
        let (passed, step) = (varint(u64::from(passed)), varint(step));
        for code in [&[ESCAPE], passed.as_slice(), step.as_slice()] {
            let end = self.written + code.len();
            self.open[self.written..end].copy_from_slice(code);
            self.written = end;
        }
        self.stays = 0;
    }

    /// Adds what `show_growth` printed beside the count that was pushed last.
    pub(super) fn push_delta(&mut self, delta: i64) {
        put(&mut self.deltas, zigzag(delta));
    }

    /// The count has stayed for long, and once more.
    fn stay(&mut self) {
        if self.stays == LONG {
            self.written = self.written + 1 - usize::from(LONG);
            self.open[self.written] = STAYED;
            self.written += 1;
        } else if let Some(last) = self.open.get_mut(self.written - 1) {
            *last += 1;
            if *last == u8::MAX {
                self.stays = 0;
            }
        }
    }

    /// Makes room: the page grows, or is full.
    #[cold]
    fn turn(&mut self) {
        let size = (2 * self.open.len()).max(4 * LONGEST);
        if size <= PAGE {
            self.open.resize(size, 0);
            return;
        }
        self.open.truncate(self.written);
        self.full.push(std::mem::replace(&mut self.open, vec![0; PAGE]));
        (self.written, self.stays) = (0, 0);
    }

    /// What it shows in all.
    pub(super) fn totals(&self, tables: &Tables) -> Totals {
        let mut totals = Totals::NONE;
        self.iter(tables).for_each(|o| totals.count(o.count));
        totals
    }

    /// The column without some tables: `places` says where each one goes among those that are `left`, `u32::MAX` nowhere.
    pub(super) fn thinned(&self, places: &[u32], tables: &Tables, left: &Tables) -> Self {
        let mut out = Self::default();
        for o in self.iter(tables) {
            if let Some(&place) = places.get(o.snapshot as usize).filter(|&&p| p != u32::MAX) {
                out.push(place, left.turn(place as usize), o.count);
                if let Some(delta) = o.delta {
                    out.push_delta(delta);
                }
            }
        }
        out
    }

    /// How many observations it holds.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.full.len() * (PAGE + size_of::<Vec<u8>>())
            + self.open.capacity()
            + self.deltas.capacity()
            + 8 * self.lasts.len()
    }

    /// All observations, in the order of snapshots; `tables` says which of these have deltas.
    pub(super) fn iter<'a>(&'a self, tables: &'a Tables) -> Observations<'a> {
        let open = self.open.get(..self.written).unwrap_or_default();
        let first = self.full.first().map_or(open, Vec::as_slice);
        let rest = self.full.get(1..).unwrap_or_default();
        Observations::new(first, rest, (!self.full.is_empty()).then_some(open), &self.deltas, tables)
    }
}

/// Another process's turn: `count` is its last count from now on.
#[inline]
fn take_turn(turn: u8, before: &mut u8, count: &mut u64, lasts: &mut Vec<u64>) {
    let (at, next) = (usize::from(*before), usize::from(turn));
    if lasts.len() <= at.max(next) {
        lasts.resize(at.max(next) + 1, 0);
    }
    lasts[at] = *count;
    (*before, *count) = (turn, lasts[next]);
}

fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)) as u64
}

pub(super) fn unzigzag(v: u64) -> i64 {
    (v >> 1) as i64 ^ -((v & 1) as i64)
}

/// A number as [`put`] writes it.
struct Varint {
    bytes: [u8; 10],
    n: usize,
}

impl Varint {
    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.n]
    }
}

fn varint(mut v: u64) -> Varint {
    let (mut bytes, mut n) = ([0; 10], 0);
    while v >= 128 {
        bytes[n] = v as u8 | 128;
        (v, n) = (v >> 7, n + 1);
    }
    bytes[n] = v as u8;
    Varint { bytes, n: n + 1 }
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit.
pub(super) fn put(out: &mut Vec<u8>, v: u64) {
    out.extend_from_slice(varint(v).as_slice());
}

/// Reads what [`put`] wrote, and goes behind it.
pub(super) fn take(codes: &mut &[u8]) -> u64 {
    let (mut v, mut shift) = (0, 0);
    while let Some((&byte, rest)) = codes.split_first() {
        *codes = rest;
        v |= u64::from(byte & 127).wrapping_shl(shift);
        shift += 7;
        if byte < 128 {
            break;
        }
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Call, Place, Snapshot};
    use proptest::prelude::*;

    fn tables(calls: impl IntoIterator<Item = (Call, u32)>) -> Tables {
        let mut tables = Tables::default();
        for (call, stream) in calls {
            let place = Place { part: 0, line: 1 };
            let (time, process, torn) = (None, None, false);
            tables.push(&Snapshot { place, last: place, time, call, stream, process, torn }, 0, 0);
        }
        tables
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(
            steps in prop::collection::vec((0_u32..4, any::<u8>(), any::<u64>()), 0..3000),
            far in 0_u32..100_000,
            most in 1_usize..200,
            // One writes, several take turns, or more than have turns of their own.
            writers in prop_oneof![Just(1_u32), 2_u32..5, Just(600)],
        ) {
            let mut column = Column::default();
            let (mut snapshot, mut count) = (far, 0_u64);
            let mut put_in = Vec::new();
            for (gap, kind, value) in steps {
                // Mostly what a log holds: the next snapshot, and a count that hardly moves.
                snapshot += if kind < 200 { 1 } else { gap };
                count = match kind % 8 {
                    0..4 => count,
                    4 | 5 => count.wrapping_add(value % 130),
                    6 => count.wrapping_sub(value % 4500),
                    _ => value,
                };
                // Each is far from the others.
                let shown = count.wrapping_add(u64::from(snapshot % writers) << 40);
                column.push(snapshot, (snapshot % writers) as u8, shown);
                put_in.push((snapshot, shown));
            }
            let tables = tables((0..=snapshot).map(|i| (Call::MostCommon, i % writers)));
            let out: Vec<(u32, u64)> = column.iter(&tables).map(|o| (o.snapshot, o.count)).collect();
            prop_assert_eq!(column.len(), out.len() as u64);
            let (mut runs, mut counts, mut by_runs) = (column.iter(&tables), Vec::new(), Vec::new());
            while let Some(ahead) = runs.ahead() {
                prop_assert_eq!(runs.next_run(most, &mut counts), Some(ahead));
                prop_assert!(counts.len() <= most);
                by_runs.extend((ahead..).zip(counts.iter().copied()));
            }
            prop_assert_eq!(&by_runs, &out);
            let (mut one_ahead, mut on) = (column.iter(&tables), Vec::new());
            while let Some(first) = one_ahead.next() {
                counts.clear();
                counts.push(first.count);
                one_ahead.go_on(most, &mut counts);
                on.extend((first.snapshot..).zip(counts.iter().copied()));
            }
            prop_assert_eq!(&on, &out);
            prop_assert_eq!(out, put_in);
        }

        #[test]
        fn deltas_stand_beside_the_counts_of_growth(deltas in prop::collection::vec(any::<Option<i64>>(), 0..300)) {
            let calls: Vec<Call> =
                deltas.iter().map(|d| if d.is_some() { Call::Growth } else { Call::MostCommon }).collect();
            let mut column = Column::default();
            for (i, delta) in deltas.iter().enumerate() {
                column.push(i as u32, 0, 7);
                if let Some(delta) = *delta {
                    column.push_delta(delta);
                }
            }
            let tables = tables(calls.into_iter().map(|call| (call, 0)));
            prop_assert_eq!(column.iter(&tables).map(|o| o.delta).collect::<Vec<_>>(), deltas);
        }
    }

    #[test]
    fn ends_of_the_range_and_names_that_stand_twice() {
        let put_in = [(0, u64::MAX), (0, 0), (1, u64::MAX), (1, 1 << 63), (9, (1 << 63) - 1), (u32::MAX, 0)];
        let mut column = Column::default();
        put_in.iter().for_each(|&(s, c)| column.push(s, 0, c));
        let tables = Tables::default();
        assert_eq!(column.iter(&tables).map(|o| (o.snapshot, o.count)).collect::<Vec<_>>(), put_in);
    }

    #[test]
    fn a_byte_for_a_change_where_processes_take_turns() {
        let mut column = Column::default();
        for i in 0..100_000_u32 {
            column.push(i, (i % 5) as u8, u64::from(i % 5) * 70_000 + 3 * u64::from(i));
        }
        assert!(column.bytes() < 105_000, "{}", column.bytes());
    }

    #[test]
    fn a_byte_for_a_change_and_hardly_any_for_none() {
        let (mut moving, mut still) = (Column::default(), Column::default());
        for i in 0..100_000_u32 {
            moving.push(i, 0, 1000 + 25 * u64::from(i));
            still.push(i, 0, 366);
        }
        assert!(moving.bytes() < 105_000, "{}", moving.bytes());
        assert!(still.bytes() < 2_000, "{}", still.bytes());
    }
}
