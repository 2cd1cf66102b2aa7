//! Blocks of a lane come in that name none of Python's types, and would be tables if more like them followed; they
//! go out once there is enough of them, or something else shows that the lane holds tables.

use hashbrown::HashSet;

use super::block::Block;
use super::snapshots::Place;
use super::words::{self, Written};

/// Blocks kept of one lane. What has not shown by then is no table.
const MOST: usize = 1024;
/// Blocks kept of all lanes.
const MOST_OF_ALL: usize = 16_384;

/// So many tables make a row that one of them alone does not.
const ENOUGH: usize = 5;
/// So many, where each is laid out as objgraph does.
const ENOUGH_EXACT: usize = 3;

/// The fewest objects of the most frequent type: an interpreter that has just started has more functions than that.
pub(super) const MOST_COMMON_HAS: u64 = 1000;

/// What a lane holds back.
#[derive(Debug, Default, Clone)]
pub(super) struct Held {
    blocks: Vec<Block>,
    /// The logical line at which the first of them came.
    since: u64,
    /// There were many, and they made no tables.
    refused: bool,
}

impl Held {
    /// Keeps a block, or gives it back where there is no room for it. `line`: where the log is, `all`: how many all lanes
    /// keep.
    pub(super) fn keep(&mut self, block: Block, line: u64, all: &mut usize) -> Option<Block> {
        if self.refused || *all >= MOST_OF_ALL {
            return Some(block);
        }
        if self.blocks.is_empty() {
            self.since = line;
        }
        *all += 1;
        self.blocks.push(block);
        None
    }

    /// No more fit, and those that are kept do not suffice.
    pub(super) fn is_full(&self) -> bool {
        self.blocks.len() >= MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Where the log was when the first came of those that are kept.
    pub(super) fn since(&self) -> Option<u64> {
        (!self.blocks.is_empty()).then_some(self.since)
    }

    /// Where the first of them begins.
    pub(super) fn first(&self) -> Option<Place> {
        self.blocks.first().and_then(|block| block.rows.first()).map(|row| row.place)
    }

    /// Whether no more are kept since there were too many.
    pub(super) fn has_refused(&self) -> bool {
        self.refused
    }

    /// Changes every block, and the line at which the first came.
    pub(super) fn shift(&mut self, change: impl FnMut(&mut Block), line: impl Fn(u64) -> u64) {
        self.blocks.iter_mut().for_each(change);
        self.since = line(self.since);
    }

    /// Whether what is kept are tables: large counts, and much the same names in many places.
    pub(super) fn suffices(&self) -> bool {
        let n = self.blocks.len();
        // It is asked anew for every block that comes; few numbers do.
        let asked = n == ENOUGH_EXACT || n == ENOUGH || n.is_power_of_two() || self.is_full();
        asked && self.suffices_now()
    }

    /// The same, at a log's end.
    pub(super) fn suffices_now(&self) -> bool {
        let exact = self.blocks.iter().all(Block::is_laid_out);
        if self.blocks.len() < if exact { ENOUGH_EXACT } else { ENOUGH } {
            return false;
        }
        let rows: usize = self.blocks.iter().map(|block| block.rows.len()).sum();
        let names: HashSet<&[u8]> = self.blocks.iter().flat_map(Block::names).collect();
        // `Order 15023` tells of an order more often than of a class.
        let classes = names.iter().filter(|name| words::written(name) == Written::AsClass).count();
        (classes * 2 >= names.len() || self.blocks.iter().all(Block::tells_of_objects))
            && names.len() * 2 <= rows
            && self.blocks.iter().all(|block| block.most() >= MOST_COMMON_HAS)
            && self.is_steady()
    }

    /// What is most frequent is about as frequent a moment later, whatever it is; numbers of orders are not.
    fn is_steady(&self) -> bool {
        let near = |pair: &&[Block]| match pair {
            [a, b] => a.most().max(b.most()) <= a.most().min(b.most()).saturating_mul(3) / 2,
            _ => false,
        };
        let pairs = self.blocks.windows(2);
        pairs.clone().filter(near).count() * 4 >= pairs.len() * 3
    }

    /// Lets go of all, in the order in which they came.
    pub(super) fn take(&mut self, all: &mut usize, refused: bool) -> Vec<Block> {
        *all = all.saturating_sub(self.blocks.len());
        self.refused |= refused;
        std::mem::take(&mut self.blocks)
    }
}
