//! An open table as nearly all tables are: its rows stand in one column, nothing lies between them. It keeps numbers
//! only, and becomes a [`Block`] when something less regular comes.

use std::sync::Arc;

use super::super::block::{Block, Context, Layout, Seam};
use super::super::line::Tail;
use super::super::prefix::{self, Writer};
use super::super::snapshots::Place;
use super::super::words::{self, Known, Written};

/// A name that a lane has shown.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: Arc<[u8]>,
    /// The name with blanks behind it; all of it where it has up to 64 bytes.
    pub(super) padded: [u8; 64],
    /// Its length in characters.
    pub(super) chars: usize,
    /// Its number among all names, once a table was taken that holds it.
    pub(super) id: Option<u32>,
    pub(super) known: Known,
    /// It is written as a class of the program's own may be.
    pub(super) own: bool,
    /// Its row in the last table.
    pub(super) row: u32,
    /// Alone in a line it is read as the name that it is, and it is short and plain: a row with it can be predicted.
    pub(super) plain: bool,
}

/// The names that a lane has shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) entries: Vec<Entry>,
    pub(super) index: hashbrown::HashMap<Arc<[u8]>, u32, foldhash::fast::FixedState>,
    /// As long as the entries: the lane's table that showed each one last.
    pub(super) shown: Vec<u64>,
}

impl Names {
    /// The number of a name that was shown before.
    pub(super) fn find(&self, name: &[u8]) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// Whether the lane's table `table` shows a name.
    pub(super) fn shown_in(&self, name: u32, table: u64) -> bool {
        self.shown.get(name as usize) == Some(&table)
    }

    /// The number of a name; `prefix` is what stands before it in its line.
    pub(super) fn entry(&mut self, name: &[u8], prefix: &[u8]) -> u32 {
        if let Some(at) = self.find(name) {
            return at;
        }
        let mut padded = [b' '; 64];
        let short = padded.get_mut(..name.len()).map(|slot| slot.copy_from_slice(name)).is_some();
        let line = [prefix, name].concat();
        let alone = prefix::name_start(&line, line.len()) == prefix.len() && words::plausible(name);
        let shared: Arc<[u8]> = name.into();
        let entry = Entry {
            name: Arc::clone(&shared),
            padded,
            chars: name.iter().filter(|&&b| b & 0xc0 != 0x80).count(),
            id: None,
            known: words::known(&String::from_utf8_lossy(name)),
            own: words::written(name) > Written::AsAny,
            row: 0,
            plain: short && alone && name.is_ascii() && !name.iter().any(|b| matches!(b, b'[' | b'{' | b' ' | b'#')),
        };
        let at = self.entries.len() as u32;
        self.entries.push(entry);
        self.shown.push(0);
        self.index.insert(shared, at);
        at
    }

    /// Forgets all names.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.index.clear();
        self.shown.clear();
    }
}

/// An open table whose rows stand in one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Clean {
    pub(super) first: Place,
    pub(super) last: Place,
    /// What stands before its first row's name.
    pub(super) prefix: Vec<u8>,
    /// Characters between the beginning of a name and its count.
    pub(super) column: usize,
    /// The lane's entry of each row's name.
    pub(super) names: Vec<u32>,
    pub(super) counts: Vec<u64>,
    /// A row has one blank only between name and count: it sets the column.
    pub(super) exact: bool,
    /// A row has more.
    pub(super) padded: bool,
    /// Its rows are the lane's expected ones, from the first on, without any other.
    pub(super) straight: bool,
    pub(super) context: Context,
    /// Who wrote the title over it, where its own rows do not tell.
    pub(super) titled: Option<Writer>,
    /// The logical line of its last row.
    pub(super) last_line: u64,
    /// How many lines that are no rows had been read at its last row.
    pub(super) passed: u64,
    /// The lane's table that it is.
    pub(super) table: u64,
}

impl Clean {
    /// Begins anew.
    pub(super) fn begin(&mut self, table: u64, prefix: &[u8], column: usize, context: Context, place: Place) {
        self.names.clear();
        self.counts.clear();
        self.prefix.clear();
        self.prefix.extend_from_slice(prefix);
        (self.first, self.last, self.table) = (place, place, table);
        (self.column, self.context, self.titled) = (column, context, None);
        (self.exact, self.padded, self.straight) = (false, false, true);
    }

    /// Its layout is objgraph's own, and shows in several rows: in a lane of tables it is one.
    pub(super) fn is_table(&self) -> bool {
        self.counts.len() > 1 && self.exact && self.padded
    }

    pub(super) fn last_count(&self) -> u64 {
        self.counts.last().copied().unwrap_or(u64::MAX)
    }

    /// How its rows lie in their lines.
    pub(super) fn layout(&self) -> Layout {
        Layout::in_column(self.column)
    }

    /// Adds a row.
    pub(super) fn push(&mut self, of_lane: &mut Names, name: u32, count: u64, place: Place) {
        let at = name as usize;
        let (Some(entry), Some(shown)) = (of_lane.entries.get(at), of_lane.shown.get_mut(at)) else { return };
        *shown = self.table;
        let touching = entry.chars + 1 == self.column;
        self.exact |= touching;
        self.padded |= !touching;
        self.names.push(name);
        self.counts.push(count);
        self.last = place;
    }

    /// The same rows as a block. Only what a block may ask for is made: of all rows but the first the clock is gone,
    /// and of those between the first and the last the line.
    pub(super) fn block(&self, entries: &[Entry]) -> Block {
        let mut block = Block::new(false);
        let mut line = self.prefix.clone();
        let n = self.names.len();
        for (i, (&name, &count)) in self.names.iter().zip(&self.counts).enumerate() {
            let Some(entry) = entries.get(name as usize) else { continue };
            line.truncate(self.prefix.len());
            line.extend_from_slice(&entry.name);
            let name_end = line.len();
            line.resize(name_end + self.column.saturating_sub(entry.chars), b' ');
            let count_at = line.len();
            line.extend_from_slice(count.to_string().as_bytes());
            let end = line.len();
            let tail = Tail { name_end, count_at, count_end: end, end, count, delta: None };
            let place = match i {
                0 => self.first,
                i if i + 1 == n => self.last,
                i => Place { line: self.first.line + i as u64, ..self.first },
            };
            block.push(&line, self.prefix.len(), tail, place, Seam::None, (i == 0).then_some(self.context));
        }
        block.last_line = self.last_line;
        block.passed = self.passed;
        block.titled.clone_from(&self.titled);
        block
    }
}

/// What a lane's open table is.
#[derive(Debug, Clone)]
pub(super) enum Open {
    Clean(Box<Clean>),
    Block(Box<Block>),
}

impl Open {
    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Clean(clean) => clean.counts.len(),
            Self::Block(block) => block.rows.len(),
        }
    }

    /// How many rows it has, and whether the next one's numbers stand in their column.
    pub(super) fn rows_and_column(&self, layout: &Layout) -> (usize, bool) {
        let aligned = match self {
            Self::Clean(clean) => clean.layout().agrees(layout),
            Self::Block(block) => block.aligned(layout),
        };
        (self.rows(), aligned)
    }
}
