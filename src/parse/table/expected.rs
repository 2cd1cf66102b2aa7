//! The rows of a lane's last table, laid ready for the next one: nearly always that has the same names in the same
//! order, so that its lines can be held against them without a look at where names and numbers end.

use super::super::block::LONGEST;
use super::burst::number;
use super::clean::Entry;
use super::shape::Shape;
use crate::parse::digits::{digits_of, others, value};

/// Names longer than this, with a blank behind them, are not laid ready.
pub(super) const WIDEST: usize = 64;

/// The rows of a table in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    /// The lane's entry of each row's name.
    names: Vec<u32>,
    /// Each name with blanks behind it.
    padded: Vec<[u8; WIDEST]>,
    /// Length of each name.
    lengths: Vec<u8>,
    longest: usize,
    /// A name among them is none that a row can be expected of.
    odd: bool,
}

/// What rows are held against.
pub(super) struct Run<'a> {
    pub(super) chunk: &'a [u8],
    /// How their lines begin and end.
    pub(super) shape: &'a mut Shape,
    /// Bytes from the beginning of a name to its count.
    pub(super) column: usize,
    /// The lane's table that they belong to, and which table showed each name last.
    pub(super) table: u64,
    pub(super) shown: &'a [u64],
    /// The first row that is expected; `straight`: the table has shown those before it, and no other.
    pub(super) row: usize,
    pub(super) straight: bool,
    /// None of the rows may show more.
    pub(super) last_count: u64,
    /// Where the last lines began, of shapes with a clock: line `n` at `n % 8`.
    pub(super) starts: &'a mut [usize; 8],
    /// The line behind the last one that was read may be one of the shape, too.
    pub(super) alike: bool,
}

/// From the beginning of a name on, so much of the chunk is looked at: a column, a count, and whole pieces of both.
const WINDOW: usize = 2 * WIDEST;

/// How many digits a count is taken to have.
struct Digits {
    n: usize,
    /// The highest bit of each of their bytes.
    mask: u64,
    /// What its value is shifted by, so that its last digit is the last of eight.
    shift: usize,
}

impl Digits {
    fn new(n: usize) -> Self {
        // More take the longer way.
        let n = n.clamp(1, 7);
        Self { n, mask: 0x80_8080_8080_8080 >> (56 - 8 * n), shift: 8 * n }
    }

    fn of(count: u64) -> Self {
        let longer = [9, 99, 999, 9_999, 99_999, 999_999].map(|most| usize::from(count > most));
        Self::new(1 + longer.iter().sum::<usize>())
    }

    /// The number at the beginning of `eight` bytes as [`digits_of`] gives them, if it has so many digits.
    #[inline(always)]
    fn read(&self, eight: u64) -> Option<u64> {
        let behind = (eight >> self.shift) as u8;
        (others(eight) & self.mask == 0 && behind > 9).then(|| value(eight, self.n))
    }
}

impl Expected {
    /// The entries of the names.
    pub(super) fn names(&self) -> &[u32] {
        &self.names
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Takes over the rows of a table.
    pub(super) fn take(&mut self, names: &[u32], entries: &[Entry]) {
        self.padded.resize(names.len(), [b' '; WIDEST]);
        self.lengths.resize(names.len(), 0);
        for (i, &name) in names.iter().enumerate() {
            if self.names.get(i) != Some(&name)
                && let (Some(entry), Some(padded), Some(length)) =
                    (entries.get(name as usize), self.padded.get_mut(i), self.lengths.get_mut(i))
            {
                *padded = entry.padded;
                *length = if entry.plain { entry.name.len() as u8 } else { u8::MAX };
            }
        }
        self.names.clear();
        self.names.extend_from_slice(names);
        self.longest = self.lengths.iter().copied().max().unwrap_or(0).into();
        self.odd = self.longest > WIDEST;
    }

    /// Forgets them.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether rows of this column may be read by [`read`](Self::read).
    pub(super) fn suit(&self, column: usize) -> bool {
        !self.odd && self.longest < column && (9..WIDEST).contains(&column)
    }

    /// Reads lines from byte `at` of the chunk on for as long as they are as `run` says. Their counts go to `counts`;
    /// where the first line begins that is another comes back.
    pub(super) fn read(&self, run: &mut Run<'_>, at: usize, counts: &mut Vec<u64>) -> usize {
        let bare = run.shape.head.bytes.is_empty() && run.shape.tail.bytes.is_empty();
        match (run.column, bare) {
            (..=16, true) => self.read_by::<8, true>(run, at, counts),
            (17..=32, true) => self.read_by::<16, true>(run, at, counts),
            (_, true) => self.read_by::<32, true>(run, at, counts),
            (..=16, false) => self.read_by::<8, false>(run, at, counts),
            (17..=32, false) => self.read_by::<16, false>(run, at, counts),
            (_, false) => self.read_by::<32, false>(run, at, counts),
        }
    }

    /// Two pieces of `N` bytes that overlap cover a column. A count is taken to have as many digits as the one before, so that the
    /// next line need not wait for it.
    fn read_by<const N: usize, const BARE: bool>(
        &self,
        run: &mut Run<'_>,
        mut at: usize,
        counts: &mut Vec<u64>,
    ) -> usize {
        let (chunk, row) = (run.chunk, run.row);
        let before = counts.len();
        let (names, padded) = (self.names.get(row..).unwrap_or_default(), self.padded.get(row..).unwrap_or_default());
        let rows = names.len().min(padded.len()).min(LONGEST.saturating_sub(before));
        let (names, padded) = (names.get(..rows).unwrap_or_default(), padded.get(..rows).unwrap_or_default());
        let (mut last_count, mut digits) = (run.last_count, Digits::of(run.last_count));
        // Columns are narrower than that, which makes looks into the window safe at no cost.
        let column = run.column % WIDEST;
        let last = column.saturating_sub(N);
        for (&name, padded) in names.iter().zip(padded) {
            let name_at = if BARE {
                at
            } else {
                let Some(name_at) = run.shape.begins(chunk, at) else {
                    run.alike = false;
                    break;
                };
                name_at
            };
            let Some(text) = chunk.get(name_at..).and_then(|text| text.first_chunk::<WINDOW>()) else { break };
            let same = text[..N] == padded[..N] && text[last..last + N] == padded[last..last + N];
            if !same || !run.straight && run.shown.get(name as usize).is_none_or(|&shown| shown == run.table) {
                break;
            }
            let mut eight = [0; 8];
            eight.copy_from_slice(&text[column..column + 8]);
            let count_at = name_at + column;
            let (count, end) = match digits.read(digits_of(&eight)) {
                Some(count) => (count, count_at + digits.n),
                None => {
                    let Some((count, end)) = number(chunk, count_at) else { break };
                    digits = Digits::new(end - count_at);
                    (count, end)
                }
            };
            if count > last_count {
                break;
            }
            let next = if BARE {
                if chunk.get(end) != Some(&b'\n') {
                    break;
                }
                end + 1
            } else {
                let Some(next) = run.shape.ends(chunk, end) else { break };
                run.starts[counts.len() % 8] = at;
                next
            };
            counts.push(count);
            (at, last_count) = (next, count);
        }
        at
    }

    /// Whether some of the rows `from..to` leave one blank only before a count in `column`, and whether some leave more.
    pub(super) fn padding(&self, from: usize, to: usize, column: usize) -> (bool, bool) {
        let lengths = self.lengths.get(from..to).unwrap_or_default();
        let longest = column.saturating_sub(1) as u8;
        (lengths.contains(&longest), lengths.iter().any(|&length| length != longest))
    }
}
