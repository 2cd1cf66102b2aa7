//! What is known of each table beside its rows, as columns: some 24 bytes a table, since a log has millions.

use hashbrown::HashMap;

use super::{Call, Place, Snapshot};

/// No time.
const NONE: i64 = i64::MIN;

/// So many writers have turns of their own; of more, some share one.
pub(super) const TURNS: usize = 256;

/// Numbers that are nearly all small; the few that are not stand apart.
#[derive(Debug, Clone, Default)]
struct Small<T> {
    small: Vec<T>,
    large: HashMap<u32, u64, foldhash::fast::FixedState>,
}

impl<T: TryFrom<u64> + Into<u64> + Copy> Small<T> {
    fn push(&mut self, value: u64, greatest: T) {
        let small = T::try_from(value).unwrap_or(greatest);
        if value >= greatest.into() {
            self.large.insert(self.small.len() as u32, value);
        }
        self.small.push(small);
    }

    fn get(&self, index: usize, greatest: T) -> u64 {
        let small = self.small[index].into();
        if small < greatest.into() { small } else { self.large.get(&(index as u32)).copied().unwrap_or(small) }
    }
}

/// All tables of a log but for their rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    times: Vec<i64>,
    /// Lower half of the line at which a table begins.
    lines: Vec<u32>,
    /// From which table on: the part, and the upper half of the line.
    parts: Vec<(u32, u32, u32)>,
    /// Lines from the first to the last row.
    spans: Small<u16>,
    /// Tables that end in another part than the one in which they begin.
    ends: HashMap<u32, Place, foldhash::fast::FixedState>,
    rows: Small<u16>,
    last_values: Small<u32>,
    /// Index into `writers`, times four; 2 for `show_growth`, 1 for a torn table.
    marks: Vec<u32>,
    growth: usize,
    /// Stream and process.
    writers: Vec<(u32, Option<u32>)>,
    index: HashMap<(u32, Option<u32>), u32, foldhash::fast::FixedState>,
}

impl Tables {
    /// Adds a table with so many rows, the last of which shows `last_value`.
    pub(super) fn push(&mut self, table: &Snapshot, rows: usize, last_value: u64) {
        let index = self.times.len() as u32;
        let (part, high) = (table.place.part, (table.place.line >> 32) as u32);
        if self.parts.last().is_none_or(|p| (p.1, p.2) != (part, high)) {
            self.parts.push((index, part, high));
        }
        self.times.push(table.time.unwrap_or(NONE));
        self.lines.push(table.place.line as u32);
        match table.last.line.checked_sub(table.place.line) {
            Some(span) if table.last.part == part => self.spans.push(span, u16::MAX),
            _ => {
                self.spans.push(0, u16::MAX);
                self.ends.insert(index, table.last);
            }
        }
        self.rows.push(rows as u64, u16::MAX);
        self.last_values.push(last_value, u32::MAX);
        let writer = self.writer(table.stream, table.process);
        self.growth += usize::from(table.call == Call::Growth);
        let marks = 2 * u32::from(table.call == Call::Growth) + u32::from(table.torn);
        self.marks.push(4 * writer + marks);
    }

    fn writer(&mut self, stream: u32, process: Option<u32>) -> u32 {
        *self.index.entry((stream, process)).or_insert_with(|| {
            self.writers.push((stream, process));
            self.writers.len() as u32 - 1
        })
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// Those that `keep` says.
    pub(super) fn thinned(&self, keep: &[bool]) -> Self {
        let mut out = Self::default();
        for i in (0..self.len()).filter(|&i| keep[i]) {
            out.push(&self.get(i), self.rows(i), self.last_value(i));
        }
        out
    }

    /// Bytes of memory that they take.
    pub(super) fn bytes(&self) -> usize {
        self.len() * (8 + 4 + 2 + 2 + 4 + 4)
    }

    pub(super) fn get(&self, index: usize) -> Snapshot {
        let line = self.lines[index];
        let at = self.parts.partition_point(|p| p.0 as usize <= index).saturating_sub(1);
        let (_, part, high) = self.parts[at];
        let place = Place { part, line: u64::from(high) << 32 | u64::from(line) };
        let span = self.spans.get(index, u16::MAX);
        let last = Place { part, line: place.line + span };
        let last = if self.ends.is_empty() { last } else { self.ends.get(&(index as u32)).copied().unwrap_or(last) };
        let (stream, process) = self.writer_of(index);
        Snapshot {
            place,
            last,
            time: self.time(index),
            call: if self.is_growth(index) { Call::Growth } else { Call::MostCommon },
            stream,
            process,
            torn: self.is_torn(index),
        }
    }

    pub(super) fn time(&self, index: usize) -> Option<i64> {
        Some(self.times[index]).filter(|&t| t != NONE)
    }

    #[inline]
    pub(super) fn is_growth(&self, index: usize) -> bool {
        self.marks.get(index).is_some_and(|m| m & 2 == 2)
    }

    pub(super) fn n_growth(&self) -> usize {
        self.growth
    }

    pub(super) fn n_writers(&self) -> usize {
        self.writers.len()
    }

    pub(super) fn is_torn(&self, index: usize) -> bool {
        self.marks[index] & 1 == 1
    }

    /// Whose turn it was when table `index` was printed.
    #[inline]
    pub(super) fn turn(&self, index: usize) -> u8 {
        self.marks.get(index).map_or(0, |mark| (mark / 4) as u8)
    }

    /// The same of all tables from `index` on.
    pub(super) fn turns(&self, index: usize) -> impl Iterator<Item = u8> + '_ {
        self.marks.get(index..).unwrap_or_default().iter().map(|mark| (mark / 4) as u8)
    }

    /// Whose turn it is when this table is printed.
    pub(super) fn turn_of(&mut self, table: &Snapshot) -> u8 {
        self.writer(table.stream, table.process) as u8
    }

    /// Stream and process.
    pub(super) fn writer_of(&self, index: usize) -> (u32, Option<u32>) {
        self.writers[(self.marks[index] / 4) as usize]
    }

    pub(super) fn rows(&self, index: usize) -> usize {
        self.rows.get(index, u16::MAX) as usize
    }

    pub(super) fn last_value(&self, index: usize) -> u64 {
        self.last_values.get(index, u32::MAX)
    }

    pub(super) fn set_time(&mut self, index: usize, time: Option<i64>) {
        self.times[index] = time.unwrap_or(NONE);
    }

    /// Gives streams other numbers: `of` has the new one at the place of the old one.
    pub(super) fn set_streams(&mut self, of: &[u32]) {
        for (stream, _) in &mut self.writers {
            *stream = of.get(*stream as usize).copied().unwrap_or(*stream);
        }
        // Where two are one now, either number of it does.
        self.index = self.writers.iter().zip(0..).map(|(&writer, at)| (writer, at)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_place() -> impl Strategy<Value = Place> {
        (0_u32..3, prop_oneof![0_u64..100, any::<u64>().prop_map(|l| l >> 1)])
            .prop_map(|(part, line)| Place { part, line })
    }

    proptest! {
        #[test]
        fn a_table_comes_out_as_it_went_in(
            list in prop::collection::vec(
                (
                    (any_place(), any_place(), any::<Option<i64>>()),
                    (any::<bool>(), 0_u32..3, any::<Option<u32>>(), any::<bool>(), 0_usize..200_000, any::<u64>()),
                ),
                0..40,
            ),
        ) {
            let mut tables = Tables::default();
            let mut put_in = Vec::new();
            for ((place, last, time), (growth, stream, process, torn, rows, value)) in list {
                let call = if growth { Call::Growth } else { Call::MostCommon };
                let time = time.filter(|&t| t != NONE);
                let table = Snapshot { place, last, time, call, stream, process, torn };
                tables.push(&table, rows, value);
                put_in.push((Snapshot { stream: 2 - stream, ..table }, rows, value));
            }
            tables.set_streams(&[2, 1, 0]);
            let out: Vec<_> = (0..tables.len()).map(|i| (tables.get(i), tables.rows(i), tables.last_value(i))).collect();
            prop_assert_eq!(out, put_in);
        }
    }
}
