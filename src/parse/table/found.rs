//! Tables as the fold finds them, in columns; streams and times are for the log's end to say.

use hashbrown::HashMap;

use super::super::prefix::Writer;
use super::super::snapshots::{Call, Place};
use super::super::stamp::Stamp;

/// A table as the fold finds it.
#[derive(Debug, Clone)]
pub(in crate::parse) struct Draft {
    pub(in crate::parse) place: Place,
    pub(in crate::parse) last: Place,
    pub(in crate::parse) call: Call,
    pub(in crate::parse) stamp: Option<Stamp>,
    pub(in crate::parse) own_stamp: bool,
    /// Index into [`Found::writers`].
    pub(in crate::parse) writer: u32,
    pub(in crate::parse) torn: bool,
    /// It is a printed list.
    pub(in crate::parse) listed: bool,
    /// Where each row stands; only where that is asked for.
    pub(in crate::parse) places: Vec<Place>,
    /// Lines of the file that hold its rows.
    pub(in crate::parse) lines: u64,
    /// Where its rows lie in the columns.
    from: usize,
    rows: usize,
    /// Where its deltas lie; `None` where it has none.
    deltas: Option<usize>,
}

impl Draft {
    /// A table without rows yet.
    pub(super) fn new(call: Call, place: Place, last: Place) -> Self {
        Self {
            place,
            last,
            call,
            stamp: None,
            own_stamp: false,
            writer: 0,
            torn: false,
            listed: false,
            places: Vec::new(),
            lines: 1,
            from: 0,
            rows: 0,
            deltas: None,
        }
    }

    /// Number of rows.
    pub(in crate::parse) fn len(&self) -> usize {
        self.rows
    }
}

/// All tables found so far, and their rows.
#[derive(Debug, Default)]
pub(in crate::parse) struct Found {
    tables: Vec<Draft>,
    ids: Vec<u32>,
    counts: Vec<u64>,
    deltas: Vec<i64>,
    writers: Vec<Writer>,
    /// Their numbers.
    number_of: HashMap<Writer, u32, foldhash::fast::FixedState>,
}

impl Found {
    /// The number of a writer.
    pub(super) fn writer(&mut self, writer: &Writer) -> u32 {
        if let Some(&known) = self.number_of.get(writer) {
            return known;
        }
        let number = self.writers.len() as u32;
        self.writers.push(writer.clone());
        self.number_of.insert(writer.clone(), number);
        number
    }

    /// Adds a table with its rows: name, count, and what it grew by.
    pub(super) fn push(&mut self, mut draft: Draft, rows: impl IntoIterator<Item = (u32, u64, i64)>) {
        let growth = draft.call == Call::Growth;
        draft.from = self.ids.len();
        draft.deltas = growth.then_some(self.deltas.len());
        for (id, count, delta) in rows {
            self.ids.push(id);
            self.counts.push(count);
            if growth {
                self.deltas.push(delta);
            }
        }
        draft.rows = self.ids.len() - draft.from;
        self.tables.push(draft);
    }

    /// Who wrote a table.
    pub(in crate::parse) fn writer_of(&self, draft: &Draft) -> &Writer {
        &self.writers[draft.writer as usize]
    }

    /// The rows of a table: name, count, and what it grew by.
    pub(in crate::parse) fn rows(&self, draft: &Draft) -> impl Iterator<Item = (u32, u64, Option<i64>)> + '_ {
        let range = draft.from..draft.from + draft.rows;
        let deltas = draft.deltas.map(|at| &self.deltas[at..at + draft.rows]);
        let rows = self.ids[range.clone()].iter().zip(&self.counts[range]).enumerate();
        rows.map(move |(i, (&id, &count))| (id, count, deltas.map(|d| d[i])))
    }

    /// The rows of a table that has counts only: names and counts.
    pub(in crate::parse) fn counts(&self, draft: &Draft) -> Option<(&[u32], &[u64])> {
        let range = draft.from..draft.from + draft.rows;
        draft.deltas.is_none().then(|| (&self.ids[range.clone()], &self.counts[range]))
    }

    /// The tables that begin before `limit`, in the order in which they begin, or all.
    pub(in crate::parse) fn in_order(&self, limit: Option<Place>) -> Vec<&Draft> {
        let mut order: Vec<&Draft> =
            self.tables.iter().filter(|draft| limit.is_none_or(|limit| draft.place < limit)).collect();
        // Mostly in order already; two tables of one line keep theirs.
        order.sort_by_key(|draft| draft.place);
        order
    }

    /// Adds a table that has counts only.
    pub(super) fn push_counts(&mut self, mut draft: Draft, names: &[u32], counts: &[u64]) {
        (draft.from, draft.rows) = (self.ids.len(), counts.len());
        self.ids.extend_from_slice(names);
        self.counts.extend_from_slice(counts);
        self.tables.push(draft);
    }

    /// Without any tables.
    pub(super) fn writers_only(&self) -> Self {
        Self { writers: self.writers.clone(), number_of: self.number_of.clone(), ..Self::default() }
    }

    /// Number of tables.
    pub(in crate::parse) fn len(&self) -> usize {
        self.tables.len()
    }

    /// Goes on in the memory of another that is done with.
    pub(in crate::parse) fn reuse(&mut self, mut memory: Self) {
        if self.tables.is_empty() {
            memory.clear();
            memory.writers = std::mem::take(&mut self.writers);
            memory.number_of = std::mem::take(&mut self.number_of);
            *self = memory;
        }
    }

    /// Lets go of the first `n` tables, and counts lines of the file as `place` says. Nothing moves: rows of the tables
    /// before are in nobody's way.
    pub(super) fn skip(&mut self, n: usize, place: impl Fn(Place) -> Place) {
        self.tables.drain(..n.min(self.tables.len()));
        for draft in &mut self.tables {
            (draft.place, draft.last) = (place(draft.place), place(draft.last));
        }
    }

    /// Lets go of all tables; their memory is for the next ones.
    pub(in crate::parse) fn clear(&mut self) {
        self.tables.clear();
        self.ids.clear();
        self.counts.clear();
        self.deltas.clear();
    }

    /// Lets go of the tables that begin before `limit`.
    pub(in crate::parse) fn drop_before(&mut self, limit: Place) {
        // Where one waits for long, all behind it do, chunk after chunk.
        if self.tables.iter().all(|draft| draft.place >= limit) {
            return;
        }
        let left: Vec<Draft> = self.tables.iter().filter(|draft| draft.place >= limit).cloned().collect();
        if left.is_empty() {
            return self.clear();
        }
        let mut kept = Self::default();
        for draft in left {
            kept.push(draft.clone(), self.rows(&draft).map(|(id, count, delta)| (id, count, delta.unwrap_or(0))));
        }
        self.clear();
        self.tables.append(&mut kept.tables);
        self.ids.append(&mut kept.ids);
        self.counts.append(&mut kept.counts);
        self.deltas.append(&mut kept.deltas);
    }
}
