//! Tables come in, one by one in the log's order; [`Snapshots`] go out. Where they would need more memory than they may,
//! only every second table of each process is kept, then every fourth, and so on.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::column::{Column, Totals};
use super::order::Order;
use super::{Call, Observation, Snapshot, Snapshots};
use crate::error::Warning;

/// Memory for the counts of one log where nothing is said.
const MAX_MEMORY: usize = 256 << 20;

/// What judging a table takes beside what is kept of it: its place on the axis, its lane, its number.
const JUDGING: usize = 32;

/// After so many tables it is looked whether they need too much memory; fewer are always kept.
const LOOK: u32 = 64;

/// Builds [`Snapshots`] table by table.
#[derive(Debug, Default)]
pub struct SnapshotsBuilder {
    out: Snapshots,
    index: HashMap<String, u32, foldhash::fast::FixedState>,
    most: usize,
    /// Per stream and process: its tables so far; only where not all are kept.
    writers: HashMap<(u32, Option<u32>), Writer, foldhash::fast::FixedState>,
}

/// A process, where not all of its tables are kept.
#[derive(Debug, Default)]
struct Writer {
    tables: u32,
    /// Its last table and the number of it, where that is not kept so far.
    last: Option<(u32, Snapshot)>,
    /// The rows of that.
    rows: Vec<Observation>,
}

impl SnapshotsBuilder {
    /// An empty log. `keep_order`: rows can be had as they stood in their tables, and all tables are kept; else only so
    /// many that they need no more than `max_memory` bytes, 256 MiB where that is `None`.
    pub fn new(keep_order: bool, max_memory: Option<usize>) -> Self {
        let order = keep_order.then(Order::default);
        let most = if keep_order { usize::MAX } else { max_memory.unwrap_or(MAX_MEMORY) };
        Self { out: Snapshots { order, stride: 1, ..Snapshots::default() }, most, ..Self::default() }
    }

    /// The number of a type in this log; a new one where its name is new.
    pub fn type_id(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.index.get(name) {
            return id;
        }
        let id = self.out.type_names.len() as u32;
        self.out.type_names.push(name.to_owned());
        self.out.columns.push(Column::default());
        self.index.insert(name.to_owned(), id);
        id
    }

    /// Adds a table with its rows, in the log's order. Its number is the count of tables before it. Its stream may still
    /// be any number that all tables of one writer have, if [`set_streams`](Self::set_streams) is to come.
    ///
    /// # Panics
    /// Where a row's type has no number here.
    pub fn table(&mut self, snapshot: &Snapshot, rows: impl IntoIterator<Item = Observation>) {
        if self.out.stride > 1 {
            self.table_of_many(self.out.n_tables, snapshot, rows);
        } else {
            self.out.push(snapshot, rows);
        }
        self.added();
    }

    /// One more table is there.
    fn added(&mut self) {
        let number = self.out.n_tables;
        self.out.n_tables += 1;
        if number.is_multiple_of(LOOK) {
            while self.out.bytes() + JUDGING * self.out.len() > self.most && self.out.len() > LOOK as usize {
                self.thin();
            }
        }
    }

    /// Adds a table of counts only: names as somebody else numbers them, and by such a number the type's here.
    pub(crate) fn table_of_counts(&mut self, snapshot: &Snapshot, names: &[u32], type_ids: &[u32], counts: &[u64]) {
        if self.out.stride > 1 || self.out.order.is_some() {
            let rows = names.iter().zip(counts);
            let row = |(&name, &count): (&u32, &u64)| {
                let type_id = *type_ids.get(name as usize)?;
                Some(Observation { type_id, count, delta: None })
            };
            return self.table(snapshot, rows.filter_map(row));
        }
        let index = self.out.tables.len() as u32;
        let turn = self.out.tables.turn_of(snapshot);
        for (&name, &count) in names.iter().zip(counts) {
            let column = type_ids.get(name as usize).and_then(|&id| self.out.columns.get_mut(id as usize));
            if let Some(column) = column {
                column.push(index, turn, count);
            }
        }
        self.out.tables.push(snapshot, counts.len(), counts.last().copied().unwrap_or(0));
        self.added();
    }

    /// Adds a table that may be passed over; what it shows counts all the same.
    fn table_of_many(&mut self, number: u32, snapshot: &Snapshot, rows: impl IntoIterator<Item = Observation>) {
        let writer = self.writers.entry((snapshot.stream, snapshot.process)).or_default();
        writer.rows.clear();
        writer.rows.extend(rows);
        self.out.totals.resize(self.out.columns.len(), Totals::NONE);
        for row in &writer.rows {
            self.out.totals[row.type_id as usize].count(row.count);
        }
        if writer.tables.is_multiple_of(self.out.stride) {
            writer.last = None;
            self.out.numbers.push(number);
            self.out.push(snapshot, writer.rows.iter().copied());
        } else {
            writer.last = Some((number, snapshot.clone()));
        }
        writer.tables += 1;
    }

    /// Keeps every second of the tables of each writer.
    fn thin(&mut self) {
        let out = &mut self.out;
        if out.stride == 1 {
            out.numbers = (0..out.tables.len() as u32).collect();
            for i in 0..out.tables.len() {
                self.writers.entry(out.tables.writer_of(i)).or_default().tables += 1;
            }
            let (columns, tables) = (&out.columns, &out.tables);
            columns.par_iter().map(|c| c.totals(tables)).collect_into_vec(&mut out.totals);
        }
        out.stride *= 2;
        let mut seen: HashMap<(u32, Option<u32>), bool, foldhash::fast::FixedState> = HashMap::default();
        let keep = |i: usize| {
            let odd = seen.entry(out.tables.writer_of(i)).or_insert(true);
            *odd = !*odd;
            !*odd
        };
        let keep: Vec<bool> = (0..out.tables.len()).map(keep).collect();
        let mut next = 0;
        let place = |&kept: &bool| {
            next += u32::from(kept);
            if kept { next - 1 } else { u32::MAX }
        };
        let places: Vec<u32> = keep.iter().map(place).collect();
        let left = out.tables.thinned(&keep);
        let tables = &out.tables;
        out.columns.par_iter_mut().for_each(|column| *column = column.thinned(&places, tables, &left));
        out.tables = left;
        let mut kept = keep.iter();
        out.numbers.retain(|_| kept.next().copied().unwrap_or(true));
        out.numbers.shrink_to_fit();
    }

    /// When the log's table `number` was printed, where that is known only at the log's end.
    pub fn set_time(&mut self, number: usize, time: Option<i64>) {
        if let Some(index) = self.index_of(number) {
            self.out.tables.set_time(index, time);
        }
    }

    /// Which stream each one is, by the number that the tables have so far, where that is known only at the log's end.
    pub fn set_streams(&mut self, of: &[u32]) {
        self.keep_last();
        self.out.tables.set_streams(of);
    }

    fn index_of(&mut self, number: usize) -> Option<usize> {
        if self.out.stride == 1 {
            return Some(number);
        }
        self.keep_last();
        self.out.numbers.binary_search(&(number as u32)).ok()
    }

    /// Where a series ends is of interest, so that last tables of processes are kept, if they stand at the log's end.
    fn keep_last(&mut self) {
        if self.writers.is_empty() {
            return;
        }
        let writers = std::mem::take(&mut self.writers).into_values();
        let mut last: Vec<_> = writers.filter_map(|w| Some((w.last?, w.rows))).collect();
        last.sort_by_key(|((number, _), _)| *number);
        for ((number, snapshot), rows) in last {
            if self.out.numbers.last().is_none_or(|&n| n < number) {
                self.out.numbers.push(number);
                self.out.push(&snapshot, rows);
            }
        }
    }

    /// Names the streams, by the numbers that the tables have.
    pub fn name_streams(&mut self, names: Vec<Option<String>>) {
        self.out.stream_names = names;
    }

    /// What was built so far, to be changed in place (events, warnings).
    pub fn snapshots_mut(&mut self) -> &mut Snapshots {
        &mut self.out
    }

    /// The log as a whole.
    pub fn finish(mut self) -> Snapshots {
        if self.out.stride == 1 {
            return self.out;
        }
        self.keep_last();
        let limit = match self.most {
            bytes if bytes < 1 << 20 => format!("{} KiB", bytes >> 10),
            bytes => format!("{} MiB", bytes >> 20),
        };
        let message = format!(
            "the log's tables need more than {limit}, so that one in {} of each process was kept; first and last, least \
             and greatest counts are of all tables; a larger --max-memory keeps more",
            self.out.stride
        );
        self.out.warnings.push(Warning::new("thinned", message));
        self.out
    }
}

impl Snapshots {
    fn push(&mut self, snapshot: &Snapshot, rows: impl IntoIterator<Item = Observation>) {
        let index = self.tables.len() as u32;
        let growth = snapshot.call == Call::Growth;
        if let Some(order) = &mut self.order {
            order.begin();
        }
        let turn = self.tables.turn_of(snapshot);
        let (mut n, mut last) = (0, 0);
        for row in rows {
            let column = &mut self.columns[row.type_id as usize];
            column.push(index, turn, row.count);
            n += 1;
            last = row.count;
            if growth {
                let delta = row.delta.unwrap_or(0);
                column.push_delta(delta);
                last = delta.max(0) as u64;
            }
            if let Some(order) = &mut self.order {
                order.push(row.type_id);
            }
        }
        self.tables.push(snapshot, n, last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Place;
    use proptest::prelude::*;

    /// Two processes in turn, one of them rarely; the first type grows.
    fn build(n: u32, max_memory: Option<usize>) -> Snapshots {
        let mut builder = SnapshotsBuilder::new(false, max_memory);
        let ids: Vec<u32> = (0..20).map(|t| builder.type_id(&format!("Type{t}"))).collect();
        for i in 0..n {
            let place = Place { part: 0, line: u64::from(i) };
            let stream = u32::from(i % 7 == 3);
            let (time, call, process, torn) = (None, Call::MostCommon, None, false);
            let count = |t: u32| match t {
                0 => 1000 + u64::from(i),
                1 if i == n / 2 + 1 => 900_000,
                t => u64::from(500 + 20 * t + (i * 7919 + t * 31) % 23),
            };
            let rows = ids.iter().map(|&t| Observation { type_id: t, count: count(t), delta: None });
            builder.table(&Snapshot { place, last: place, time, call, stream, process, torn }, rows);
        }
        for i in 0..n {
            builder.set_time(i as usize, Some(1_000_000 * i64::from(i)));
        }
        builder.name_streams(vec![Some("a".to_owned()), Some("b".to_owned())]);
        builder.finish()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_kept_is_true_and_within_memory(n in 1_u32..9_000, memory in 10_000_usize..400_000) {
            let (all, kept) = (build(n, None), build(n, Some(memory)));
            prop_assert!(kept.stride().is_power_of_two());
            // Between two looks each of the 20 columns may begin a page, and the tables' own columns grow.
            let over = 20 * 4096 + 20_000;
            prop_assert!(kept.len() <= 2 * LOOK as usize || kept.bytes() + JUDGING * kept.len() <= memory + over);
            prop_assert_eq!((kept.n_tables(), kept.n_rows()), (all.n_tables(), all.n_rows()));
            prop_assert_eq!(all.stride(), 1);
            let numbers: Vec<u32> = (0..kept.len()).map(|i| kept.number(i)).collect();
            prop_assert!(numbers.windows(2).all(|w| w[0] < w[1]));
            for (i, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(kept.table(i), all.table(number as usize));
            }
            for t in 0..20 {
                let of_all: Vec<u64> = all.column(t).map(|o| o.count).collect();
                for o in kept.column(t) {
                    prop_assert_eq!(o.count, of_all[kept.number(o.snapshot as usize) as usize]);
                }
                let (least, most) = (of_all.iter().min().copied(), of_all.iter().max().copied());
                if let Some(totals) = kept.totals(t) {
                    prop_assert_eq!((Some(totals.least), Some(totals.most)), (least, most));
                    prop_assert_eq!(totals.n_seen, u64::from(n));
                }
            }
            // The ends of the log, and one in so many of each process.
            prop_assert_eq!((numbers.first().copied(), numbers.last().copied()), (Some(0), Some(n - 1)));
            let of_b = (0..kept.len()).filter(|&i| kept.stream(i) == 1).count();
            let want = (n as usize + 3) / 7;
            prop_assert!(of_b >= want / kept.stride() as usize && of_b <= want / kept.stride() as usize + 2);
        }
    }
}
