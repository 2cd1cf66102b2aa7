//! Words by which a line that is no row says something all the same: that a process began or ended, or that objgraph
//! was called. A quick look for parts of them, before anybody looks closer.

use std::sync::LazyLock;

use aho_corasick::packed::{MatchKind, Searcher};

/// What lines that tell of a process's start or end have in common.
const STARTS: [&str; 21] = [
    "tart",
    "TART",
    "ooting worker",
    "ooting Worker",
    "OOTING WORKER",
    "pawn",
    "PAWN",
    "eady.",
    "EADY.",
    "eboot",
    "nitiali",
    "unning on http",
    "istening on",
    "istening at",
    "hutdown",
    "hutting down",
    "SIGTERM",
    "SIGKILL",
    "xited with",
    "illed process",
    "illed Process",
];
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
    /// That a process began or ended.
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

/// Where the first of those words begins in `text`; at its beginning where nobody can tell.
pub(super) fn first_word(text: &[u8]) -> Option<usize> {
    match FINDER.as_ref() {
        Some(finder) => finder.find(text).map(|found| found.start()),
        None => Some(0),
    }
}
