//! Blocks of a lane that stand right behind each other come in, in order; those that can be tables go out.
//!
//! Where a count rises the next table begins. So does a list of names that is in no order of counts fall into small
//! tables; but snapshots of one program name nearly the same types, and such a list names each once.

use super::block::Block;
use super::snapshots::Place;

/// What lies between a block and the next one of its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Link {
    /// Other text, another call, or nothing more.
    #[default]
    Apart,
    /// The next block begins with a name that this one holds.
    NameAgain,
    /// Nothing but a count that rises.
    Rise,
}

/// Blocks kept of one chain; a longer one is decided as far as it goes.
const LONGEST: usize = 64;

/// A chain's blocks that are not decided yet, and what stood before the first.
#[derive(Debug, Default, Clone)]
pub(super) struct Chain {
    blocks: Vec<Block>,
    before: Link,
    /// Its first blocks were no tables.
    broken: bool,
}

impl Chain {
    /// Changes every block that is undecided.
    pub(super) fn shift(&mut self, change: impl FnMut(&mut Block)) {
        self.blocks.iter_mut().for_each(change);
    }

    /// Whether nothing is undecided, and nothing hangs on what comes next.
    pub(super) fn is_idle(&self) -> bool {
        self.blocks.is_empty() && !self.broken
    }

    /// Whether both are idle, and make the same of what comes next.
    pub(super) fn stands_like(&self, there: &Self) -> bool {
        self.is_idle() && there.is_idle() && self.before == there.before
    }

    /// Whether a block before `link` is no part of a chain, as nearly all are; it is taken as passed then.
    pub(super) fn lets_pass(&mut self, link: Link) -> bool {
        let passes = self.is_idle() && link != Link::Rise;
        if passes {
            self.before = link;
        }
        passes
    }

    /// Where its first block begins, if any is undecided.
    pub(super) fn first(&self) -> Option<Place> {
        self.blocks.first().and_then(|block| block.rows.first()).map(|row| row.place)
    }

    /// Takes the next block, and what lies behind it. Hands on each block that is decided by now, and whether it can
    /// be a table. `last`: the lane's last table, asked for where something is decided.
    pub(super) fn take(
        &mut self,
        block: Block,
        link: Link,
        last: impl FnOnce() -> Option<Block>,
        each: &mut dyn FnMut(Block, bool),
    ) {
        self.blocks.push(block);
        if link == Link::Rise && self.blocks.len() < LONGEST {
            return;
        }
        let stands = self.decide(link, last().as_ref());
        self.broken = link == Link::Rise && stands.last() == Some(&false);
        self.before = link;
        for (block, stands) in self.blocks.drain(..).zip(stands) {
            each(block, stands);
        }
    }

    fn decide(&self, after: Link, last: Option<&Block>) -> Vec<bool> {
        let n = self.blocks.len();
        let mut stands: Vec<bool> = self
            .blocks
            .iter()
            .enumerate()
            .map(|(i, block)| {
                let near = self.blocks.get(i.saturating_sub(2)..n.min(i + 3)).unwrap_or_default();
                i == 0 && self.before == Link::NameAgain
                    || i + 1 == n && after == Link::NameAgain
                    || block.called()
                    || last.is_some_and(|last| block.shares(last))
                    || near.iter().any(|other| !std::ptr::eq(other, block) && block.shares(other))
            })
            .collect();
        // Stretches of blocks for which nothing speaks but themselves.
        let mut from = 0;
        while from < n {
            if stands.get(from) == Some(&true) {
                from += 1;
                continue;
            }
            let length = stands.iter().skip(from).take_while(|&&s| !s).count();
            let whole = self.blocks.get(from..from + length).unwrap_or_default();
            let each_exact = whole.iter().all(Block::is_laid_out);
            let begun = from == 0 && self.broken;
            let two = || matches!(whole, [a, b] if a.rows.len() + b.rows.len() > 3 && a.is_one_list_with(b));
            let list = begun || !each_exact && (length > 2 || two());
            if let Some(stretch) = stands.get_mut(from..from + length) {
                stretch.fill(!list);
            }
            from += length;
        }
        stands
    }
}
