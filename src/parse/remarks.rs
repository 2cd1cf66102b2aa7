//! Words by which a line that is no row says something all the same: that a process began, or that objgraph was
//! called. A quick look for parts of them, before anybody looks closer.

use std::sync::LazyLock;

use aho_corasick::Span;
use aho_corasick::packed::{MatchKind, Searcher};

/// What lines that tell of a process's start have in common.
const STARTS: [&str; 9] =
    ["tart", "TART", "ooting worker", "ooting Worker", "OOTING WORKER", "pawn", "PAWN", "eady.", "EADY."];
/// What lines that name a call, or are a title, have in common.
const CALLS: [&str; 15] = [
    "objgraph",
    "Objgraph",
    "OBJGRAPH",
    "ost_common",
    "OST_COMMON",
    "ost common",
    "ost Common",
    "OST COMMON",
    "how_growth",
    "HOW_GROWTH",
    "rowth(",
    "ROWTH(",
    "emory growth",
    "emory Growth",
    "EMORY GROWTH",
];

/// `None` on machines that cannot look for many words at once.
static FINDER: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    let mut builder = aho_corasick::packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder();
    builder.extend(STARTS.iter().chain(&CALLS)).build()
});

/// What a line may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Remark {
    /// That a process began.
    pub(super) starts: bool,
    /// That objgraph was called.
    pub(super) calls: bool,
}

/// What `text` may say.
pub(super) fn remark(text: &[u8]) -> Remark {
    let mut remark = Remark::default();
    let Some(finder) = FINDER.as_ref() else { return Remark { starts: true, calls: true } };
    for found in finder.find_iter(text) {
        if found.pattern().as_usize() < STARTS.len() {
            remark.starts = true;
        } else {
            remark.calls = true;
        }
    }
    remark
}

/// The same for the lines of a chunk, one after the other: most lines say nothing, and one search passes over many.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// Where the next word is found, if it was looked for from a place before.
    next: usize,
    searched: bool,
}

impl Ahead {
    /// What the line `from..to` of the chunk may say; lines are asked for in order.
    pub(super) fn within(&mut self, chunk: &[u8], from: usize, to: usize) -> Remark {
        let Some(finder) = FINDER.as_ref() else { return Remark { starts: true, calls: true } };
        if !self.searched || self.next < from {
            self.next = finder.find_in(chunk, Span::from(from..chunk.len())).map_or(chunk.len(), |found| found.start());
            self.searched = true;
        }
        if self.next >= to { Remark::default() } else { remark(chunk.get(from..to).unwrap_or_default()) }
    }
}
