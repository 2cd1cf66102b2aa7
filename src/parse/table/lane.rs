//! Lanes: what writes in one way, told by what stands before its rows. Beginnings of lines that were seen before are
//! known again without another look at what they say.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashMap;

use super::super::block::{self, Block, Context, Ends, History};
use super::super::chain::{Chain, Link};
use super::super::hold::Held;
use super::super::line::Tail;
use super::super::prefix::numbers::{self, Numbers};
use super::super::prefix::{self, Writer};
use super::super::snapshots::Place;
use super::super::stamp;
use super::super::words::Known;
use super::clean::{Clean, Names, Open};
use super::expected::Expected;
use super::{FEW_NAMES, Found, Meta};

/// Lanes kept at a time.
pub(super) const MOST_LANES: usize = 4096;

/// Rows of one writer behind one prefix, digits aside.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) prefix: Vec<u8>,
    /// The same for lanes whose prefixes are the same, digits aside.
    pub(super) kin: u64,
    pub(super) open: Option<Open>,
    pub(super) chain: Chain,
    pub(super) held: Held,
    /// The last block in which a table was; of a clean table since then the names are in `expected`.
    last: Option<Block>,
    last_is_clean: bool,
    pub(super) history: History,
    pub(super) writer: Writer,
    /// A bare number stands before its rows that may be a process id.
    pub(super) bare: bool,
    pub(super) names: Names,
    /// The rows of the last table.
    pub(super) expected: Expected,
    /// The numbers of their names among all names, where they are known.
    ids: Vec<u32>,
    /// Finds the clocks in what stands before its rows.
    pub(super) clocks: stamp::Finder,
    /// Clean tables begun.
    pub(super) begun: u64,
    /// The last clean table, for its memory.
    spare: Option<Box<Clean>>,
    /// Its writer's number among those of the tables found.
    number: Option<u32>,
}

impl Lane {
    pub(super) fn last_line(&self) -> Option<u64> {
        self.open.as_ref().map(|open| match open {
            Open::Clean(clean) => clean.last_line,
            Open::Block(block) => block.last_line,
        })
    }

    /// How many lines that are no rows had been read at the open table's last row.
    pub(super) fn passed(&self) -> Option<u64> {
        self.open.as_ref().map(|open| match open {
            Open::Clean(clean) => clean.passed,
            Open::Block(block) => block.passed,
        })
    }

    /// Whether order and names let the row follow those of the open table.
    pub(super) fn follows(&self, name: &[u8], tail: &Tail) -> bool {
        match &self.open {
            None => false,
            Some(Open::Block(block)) => block.follows(name, tail).is_ok(),
            Some(Open::Clean(clean)) => {
                let shown = || self.names.find(name).is_some_and(|n| self.names.shown_in(n, clean.table));
                tail.delta.is_none()
                    && tail.count <= clean.last_count()
                    && clean.counts.len() < block::LONGEST
                    && !shown()
            }
        }
    }

    /// Begins a clean table; its first row is still to come.
    pub(super) fn begin(
        &mut self,
        prefix: &[u8],
        column: usize,
        context: Context,
        titled: Option<Writer>,
        place: Place,
    ) {
        self.begun += 1;
        let mut clean = self.spare.take().unwrap_or_default();
        clean.begin(self.begun, prefix, column, context, place);
        clean.titled = titled;
        self.open = Some(Open::Clean(clean));
    }

    /// Adds a row to the open clean table.
    pub(super) fn push(&mut self, name: u32, count: u64, place: Place, line: u64, passed: u64) {
        if let Some(Open::Clean(clean)) = &mut self.open {
            clean.straight &= self.expected.names().get(clean.names.len()) == Some(&name);
            clean.push(&mut self.names, name, count, place);
            (clean.last_line, clean.passed) = (line, passed);
        }
    }

    /// The open clean table is one row that no judge would take.
    pub(super) fn surely_none(&self, clean: &Clean) -> bool {
        let [name] = clean.names.as_slice() else { return false };
        let any = self.names.entries.get(*name as usize).is_some_and(|e| e.known == Known::No && !e.own);
        any && !clean.context.called && self.history.tables == 0 && !self.history.trusted
    }

    /// Puts the open clean table by; it was none.
    pub(super) fn put_by(&mut self) {
        if let Some(Open::Clean(clean)) = self.open.take() {
            self.spare = Some(clean);
        }
    }

    /// Expects the rows of a clean table that is taken once more; `id` numbers names.
    pub(super) fn expect(&mut self, names: &[u32], mut id: impl FnMut(&str) -> u32) {
        let known = self.ids.len();
        let same = self.expected.names() == names;
        if same && known == names.len() {
            return;
        }
        self.ids.resize(names.len(), 0);
        for (row, (&name, number)) in names.iter().zip(&mut self.ids).enumerate() {
            // Most rows stand where they stood.
            if row < known && self.expected.names().get(row) == Some(&name) {
                continue;
            }
            let Some(entry) = self.names.entries.get_mut(name as usize) else { continue };
            entry.row = row as u32;
            *number = *entry.id.get_or_insert_with(|| id(&String::from_utf8_lossy(&entry.name)));
        }
        if !same {
            self.expected.take(names, &self.names.entries);
        }
    }

    /// The numbers of the expected rows' names among all names.
    pub(super) fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Forgets all names where no table was found and nothing is open, once they are many.
    pub(super) fn forget_names_of_none(&mut self) {
        if self.history.tables == 0 && self.open.is_none() && self.names.entries.len() > FEW_NAMES {
            self.names.clear();
            self.expected.clear();
            self.ids.clear();
        }
    }

    /// Puts a clean table by that was taken: the next one will be like it.
    pub(super) fn put_by_after(&mut self, clean: Box<Clean>) {
        self.last_is_clean = true;
        self.spare = Some(clean);
    }

    /// Learns the rows of a table that was taken: name, line, and where in it the name begins.
    pub(super) fn learn<'a>(&mut self, rows: impl Iterator<Item = (std::borrow::Cow<'a, str>, &'a [u8], usize)>) {
        let mut order = Vec::new();
        for (row, (name, line, name_at)) in rows.enumerate() {
            let at = self.names.entry(name.as_bytes(), line.get(..name_at).unwrap_or_default());
            if let Some(entry) = self.names.entries.get_mut(at as usize) {
                entry.row = row as u32;
            }
            order.push(at);
        }
        self.expected.take(&order, &self.names.entries);
        self.ids.clear();
        if let Some(Open::Clean(clean)) = &mut self.open {
            clean.straight = false;
        }
    }

    /// Its numbers are those of another fold.
    fn renumber(&mut self) {
        self.number = None;
        self.ids.clear();
        self.names.entries.iter_mut().for_each(|entry| entry.id = None);
    }

    /// The number of its writer, or of the one of a table's title, in `found`.
    pub(super) fn number(&mut self, found: &mut Found, titled: Option<&Writer>) -> u32 {
        if let Some(titled) = titled {
            return found.writer(titled);
        }
        *self.number.get_or_insert_with(|| found.writer(&self.writer))
    }

    /// What lies between the open table and a row that cannot follow it, with nothing else between.
    pub(super) fn link(&self, name: &[u8], tail: &Tail) -> Link {
        let (again, rises) = match &self.open {
            None => (false, false),
            Some(Open::Block(block)) => (block.holds(name), block.follows(name, tail) == Err(Ends::Rises)),
            Some(Open::Clean(clean)) => {
                let again = self.names.find(name).is_some_and(|n| self.names.shown_in(n, clean.table));
                let long = clean.counts.len() >= block::LONGEST;
                let rises = tail.delta.is_none() && (tail.count > clean.last_count() || long);
                (again, rises)
            }
        };
        match (again, rises) {
            (true, _) => Link::NameAgain,
            (_, true) => Link::Rise,
            _ => Link::Apart,
        }
    }

    /// The last block in which a table was. Its names are all that anybody asks of it: of a clean one only they are there.
    pub(super) fn last_block(&self) -> Option<Block> {
        if !self.last_is_clean {
            return self.last.clone();
        }
        let mut clean =
            Clean { names: self.expected.names().to_vec(), counts: vec![0; self.expected.len()], ..Clean::default() };
        clean.prefix.extend_from_slice(&self.prefix);
        Some(clean.block(&self.names.entries))
    }

    /// The names of the last block in which a table was.
    pub(super) fn last_names(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        let name = |&at: &u32| self.names.entries.get(at as usize).map(|e| &*e.name);
        match (&self.last, self.last_is_clean) {
            (_, true) => Box::new(self.expected.names().iter().filter_map(name)),
            (Some(block), _) => Box::new(block.names()),
            (None, _) => Box::new(std::iter::empty()),
        }
    }

    /// What tells it from other lanes.
    pub(super) fn key(&self) -> (Vec<u8>, Writer) {
        let mut key = Vec::new();
        prefix::masked(&self.prefix, &mut key);
        (key, self.writer.clone())
    }

    /// Whether what it has seen so far decides what becomes of later rows.
    pub(super) fn matters(&self) -> bool {
        let found = self.history.tables > 0 || self.history.lists > 0;
        found || !self.held.is_empty() || self.held.has_refused() || !self.chain.is_idle()
    }

    /// Forgets its open table.
    pub(super) fn forget_open(&mut self) {
        self.open = None;
        (self.chain, self.held) = (Chain::default(), Held::default());
    }

    /// Remembers the last block in which a table was.
    pub(super) fn keep_last(&mut self, block: Block) {
        (self.last, self.last_is_clean) = (Some(block), false);
    }

    /// The open table as a block.
    pub(super) fn block(&mut self) -> Option<&mut Block> {
        if let Some(Open::Clean(clean)) = &self.open {
            self.open = Some(Open::Block(Box::new(clean.block(&self.names.entries))));
        }
        match &mut self.open {
            Some(Open::Block(block)) => Some(block),
            _ => None,
        }
    }
}

/// All lanes, and how they are found.
#[derive(Debug, Clone, Default)]
pub(super) struct Lanes {
    pub(super) all: Vec<Lane>,
    index: HashMap<(Vec<u8>, Writer), usize, foldhash::fast::FixedState>,
    /// How many were made of each kin; those that were let go count.
    made: HashMap<u64, usize, foldhash::fast::FixedState>,
    /// Which bare numbers are process ids.
    pub(super) numbers: Arc<Numbers>,
    /// A bare number stands before rows of types that may be one.
    pub(super) bare: bool,
    /// How many were kept when some were let go last.
    kept: usize,
}

/// What tells a row's lane: what stands before it with digits masked, and who wrote it.
pub(super) fn key(prefix: &[u8], meta: &Meta, numbers: &Numbers) -> (Vec<u8>, Writer) {
    let mut key = Vec::with_capacity(prefix.len());
    prefix::masked(prefix, &mut key);
    let mut writer =
        if prefix.iter().any(u8::is_ascii_alphanumeric) { prefix::writer(prefix) } else { Writer::default() };
    writer.label = writer.label.or_else(|| meta.writer.label.clone());
    writer.process = writer.process.or(meta.writer.process).or_else(|| numbers.process(&key, prefix));
    (key, writer)
}

impl Lanes {
    /// The lane of a row behind `prefix`; a new one where there is none.
    pub(super) fn of(&mut self, prefix: &[u8], meta: &Meta) -> usize {
        let pair = key(prefix, meta, &self.numbers);
        self.index.get(&pair).copied().unwrap_or_else(|| {
            let kin = foldhash::fast::FixedState::default().hash_one(pair.0.as_slice());
            if self.made.len() > 4 * MOST_LANES {
                self.made.clear();
            }
            *self.made.entry(kin).or_default() += 1;
            self.all.push(Lane {
                bare: pair.1.process.is_none() && numbers::has_bare(prefix),
                prefix: prefix.to_vec(),
                kin,
                open: None,
                chain: Chain::default(),
                held: Held::default(),
                last: None,
                last_is_clean: false,
                history: History::default(),
                writer: pair.1.clone(),
                names: Names::default(),
                expected: Expected::default(),
                ids: Vec::new(),
                clocks: stamp::Finder::default(),
                begun: 0,
                spare: None,
                number: None,
            });
            self.index.insert(pair.clone(), self.all.len() - 1);
            self.all.len() - 1
        })
    }

    /// How many lanes there were whose prefixes are those of `lane`, digits aside.
    pub(super) fn alike(&self, lane: usize) -> usize {
        self.all.get(lane).and_then(|lane| self.made.get(&lane.kin)).copied().unwrap_or(0)
    }

    /// The lane that another fold knows as `lane`.
    pub(super) fn like(&self, lane: &Lane) -> Option<&Lane> {
        self.all.get(*self.index.get(&lane.key())?)
    }

    /// Takes over a lane of another fold.
    pub(super) fn adopt(&mut self, mut lane: Lane) {
        lane.renumber();
        self.index.insert(lane.key(), self.all.len());
        self.all.push(lane);
    }

    /// Whether it is time to let some go.
    pub(super) fn are_full(&self) -> bool {
        self.all.len() >= (self.kept + MOST_LANES / 8).clamp(MOST_LANES / 4, MOST_LANES)
    }

    /// How many hold what later rows may ask for.
    pub(super) fn that_matter(&self) -> usize {
        self.all.iter().filter(|lane| lane.matters()).count()
    }

    /// Lets go of lanes that no later row may ask for, and of others where there are many. Gives where each lane went.
    pub(super) fn sweep(&mut self) -> Vec<Option<usize>> {
        let mut moved: Vec<Option<usize>> = Vec::with_capacity(self.all.len());
        let mut kept = 0;
        self.all.retain(|lane| {
            // Lines that came again will come once more: that is cheaper where their lane is still there.
            let keep = lane.open.is_some()
                || lane.matters() && kept < MOST_LANES / 2
                || lane.begun > 1 && kept < MOST_LANES / 8;
            moved.push(keep.then_some(kept));
            kept += usize::from(keep);
            keep
        });
        self.index.retain(|_, lane| match moved.get(*lane).copied().flatten() {
            Some(at) => {
                *lane = at;
                true
            }
            None => false,
        });
        self.kept = kept;
        moved
    }
}
