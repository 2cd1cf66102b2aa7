//! Rows that follow one another in one lane come in, tables go out: where a block is cut into tables, and whether
//! what it holds is a table at all.

use super::hold::MOST_COMMON_HAS;
use super::line::Tail;
use super::prefix::{self, Writer};
use super::snapshots::{Call, Place};
use super::stamp::Stamp;
use super::words::{self, Known, Written};

/// What stands between a row and the row before it in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seam {
    /// Nothing: the next line of the lane, in the same column.
    None,
    /// Another column.
    Column,
    /// Another line.
    Text,
    /// Another line, and another column.
    Both,
}

/// What the log says just before a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Context {
    /// The clock of the lines before, or of the fields beside.
    pub(super) stamp: Option<Stamp>,
    /// The clock stands in the line just before the table, or on its own lines.
    pub(super) own: bool,
    /// It is that of the fields beside.
    pub(super) beside: bool,
    /// A line just before names the call, or has a title that fits.
    pub(super) called: bool,
}

impl Context {
    /// With the clock of the fields beside, where there is one: that is the row's own.
    pub(super) fn told(mut self, stamp: Option<Stamp>) -> Self {
        if stamp.is_some() {
            (self.stamp, self.own, self.beside) = (stamp, true, true);
        }
        self
    }

    /// A table's time: by `own`, the clock in its own lines, or by what stood before it; and whether it is its own.
    pub(super) fn time(&self, own: Option<Stamp>) -> (Option<Stamp>, bool) {
        match (own, self.stamp) {
            (Some(own), Some(beside)) if self.beside && beside.worth() > own.worth() => (Some(beside), true),
            (Some(own), _) => (Some(own), true),
            (None, stamp) => (stamp, self.own),
        }
    }
}

/// One row-like line, kept until its block is decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Where its text lies in the block's.
    start: usize,
    len: usize,
    /// Where the name begins, in the line.
    pub(super) name_at: usize,
    pub(super) tail: Tail,
    pub(super) place: Place,
    pub(super) seam: Seam,
    /// Index of the block's context that holds from this row on.
    context: usize,
}

/// How a row lies in its line, in characters, counted from where its name begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Characters of the name.
    name: usize,
    /// Characters between name and count.
    gap: usize,
    /// Where the count begins; for growth, where it ends.
    column: usize,
    /// Where the delta ends; 0 without one.
    end: usize,
    tabs: bool,
}

/// Characters of a text.
pub(super) fn chars(bytes: &[u8]) -> usize {
    // So few at a time that a byte counts them: a processor counts many at once.
    let some = |some: &[u8]| some.iter().fold(0_u8, |n, b| n + u8::from(b & 0xc0 != 0x80));
    bytes.chunks(255).map(|bytes| usize::from(some(bytes))).sum()
}

impl Layout {
    /// The layout of rows whose counts begin `column` characters after their names do, behind blanks.
    pub(super) fn in_column(column: usize) -> Self {
        Self { name: 0, gap: column, column, end: 0, tabs: false }
    }

    /// Characters between the beginning of the name and that of the count; for growth, its end.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// A tab stands between name and count.
    pub(super) fn has_tabs(&self) -> bool {
        self.tabs
    }

    pub(super) fn of(text: &[u8], name_at: usize, tail: &Tail) -> Self {
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let name = chars(part(name_at, tail.name_end));
        let gap = tail.count_at - tail.name_end;
        let tabs = part(tail.name_end, tail.count_at).contains(&b'\t');
        match tail.delta {
            None => Self { name, gap, column: name + gap, end: 0, tabs },
            Some(_) => {
                let column = name + (tail.count_end - tail.name_end);
                Self { name, gap, column, end: column + (tail.end - tail.count_end), tabs }
            }
        }
    }

    /// Both rows' numbers stand where one table's would.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.tabs && other.tabs || self.column == other.column && self.end == other.end
    }

    /// The row is the one that sets its table's width: `"%-*s %i"` leaves one blank after the longest name, and
    /// `"%-*s%9d %+9d"` none but what fills nine places.
    fn sets_width(&self, growth: bool) -> bool {
        if growth { self.column == self.name + 9 && self.end == self.column + 10 } else { self.gap == 1 && !self.tabs }
    }
}

/// Row-like lines in a lane, each of which can follow the one before it in one table.
#[derive(Debug, Clone)]
pub(super) struct Block {
    text: Vec<u8>,
    pub(super) rows: Vec<Kept>,
    layouts: Vec<Layout>,
    contexts: Vec<Context>,
    names: hashbrown::HashSet<u64, foldhash::fast::FixedState>,
    /// What must not rise: the delta, else the count.
    last_value: u64,
    growth: bool,
    /// The logical line of its last row.
    pub(super) last_line: u64,
    /// How many lines that are no rows had been read at its last row.
    pub(super) passed: u64,
    /// Who wrote the title over it, where its own rows do not tell.
    pub(super) titled: Option<Writer>,
}

fn hash(name: &[u8]) -> u64 {
    use std::hash::BuildHasher;
    foldhash::fast::FixedState::default().hash_one(name)
}

fn value(tail: &Tail) -> u64 {
    tail.delta.map_or(tail.count, |delta| delta.unsigned_abs())
}

/// The longest table that may well name none of Python's types.
const MOST_OWN: usize = 5;

/// No program has so many types: a block ends there, so that memory does.
pub(super) const LONGEST: usize = 1 << 16;

/// What keeps a row out of the open block: it begins the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Rises,
    NameAgain,
    OtherCall,
}

impl Block {
    /// An empty block whose rows have deltas or not.
    pub(super) fn new(growth: bool) -> Self {
        Self {
            text: Vec::new(),
            rows: Vec::new(),
            layouts: Vec::new(),
            contexts: Vec::new(),
            names: hashbrown::HashSet::default(),
            last_value: u64::MAX,
            growth,
            last_line: 0,
            passed: 0,
            titled: None,
        }
    }

    pub(super) fn line(&self, row: &Kept) -> &[u8] {
        self.text.get(row.start..row.start + row.len).unwrap_or_default()
    }

    fn name(&self, row: &Kept) -> &[u8] {
        self.line(row).get(row.name_at..row.tail.name_end).unwrap_or_default()
    }

    /// Whether a row can follow as far as order and names go.
    pub(super) fn follows(&self, name: &[u8], tail: &Tail) -> Result<(), Ends> {
        if tail.delta.is_some() != self.growth {
            Err(Ends::OtherCall)
        } else if value(tail) > self.last_value || self.rows.len() >= LONGEST {
            Err(Ends::Rises)
        } else if self.names.contains(&hash(name)) {
            Err(Ends::NameAgain)
        } else {
            Ok(())
        }
    }

    /// Whether a row's numbers stand in the column of the last row.
    pub(super) fn aligned(&self, layout: &Layout) -> bool {
        self.layouts.last().is_none_or(|last| last.agrees(layout))
    }

    /// Whether both hold the same rows, those of the other standing where `place` says.
    pub(super) fn is(&self, other: &Self, place: impl Fn(Place) -> Place) -> bool {
        let row = |(a, b): (&Kept, &Kept)| {
            (a.start, a.len, a.name_at, a.tail, a.seam, a.context)
                == (b.start, b.len, b.name_at, b.tail, b.seam, b.context)
                && a.place == place(b.place)
        };
        (&self.text, &self.contexts, self.growth, &self.titled)
            == (&other.text, &other.contexts, other.growth, &other.titled)
            && self.rows.len() == other.rows.len()
            && self.rows.iter().zip(&other.rows).all(row)
    }

    /// Whether a row of this name is in the block.
    pub(super) fn holds(&self, name: &[u8]) -> bool {
        self.names.contains(&hash(name))
    }

    /// Whether both name much the same types: half of those in the shorter one, at the least.
    pub(super) fn shares(&self, other: &Self) -> bool {
        let (few, many) = if self.rows.len() <= other.rows.len() { (self, other) } else { (other, self) };
        let same = few.names.intersection(&many.names).count();
        same > 0 && same * 2 >= few.rows.len()
    }

    /// The names of its rows.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.iter().map(|row| self.name(row))
    }

    /// The count of its first row.
    pub(super) fn most(&self) -> u64 {
        self.rows.first().map_or(0, |row| row.tail.count)
    }

    /// Whether it could be a table, if many like it stood in its lane: rows of what may be the program's own classes.
    pub(super) fn may_be_own(&self) -> bool {
        let squeezed = self.layouts.iter().all(|l| l.gap == 1 && !l.tabs);
        let exact = self.is_laid_out();
        if self.growth || !(squeezed || exact) || self.rows.len() > MOST_OWN {
            return false;
        }
        let prefix = self.prefix_of(self.rows.first());
        let bare = prefix.iter().all(|b| !b.is_ascii_alphanumeric());
        (bare || ends_as_prefix(prefix)) && self.names().all(|name| words::written(name) > Written::AsAny)
    }

    /// What stands before its rows, or how they are laid out, tells that objects are counted.
    pub(super) fn tells_of_objects(&self) -> bool {
        words::speaks_of_objects(self.prefix_of(self.rows.first())) || self.is_laid_out()
    }

    /// A line before it names the call.
    pub(super) fn called(&self) -> bool {
        self.contexts.first().is_some_and(|context| context.called)
    }

    /// Whether it stands as objgraph prints a table: padded to one column, one blank after the longest name.
    pub(super) fn is_laid_out(&self) -> bool {
        self.is_padded()
            && self.sets_width(0..self.rows.len())
            && self.layouts.windows(2).all(|w| matches!(w, [a, b] if a.agrees(b)))
    }

    /// Whether a row of it is padded.
    pub(super) fn is_padded(&self) -> bool {
        self.layouts.iter().any(|l| l.gap > 1)
    }

    /// Whether the next block is laid out as if both were one list: in one column, or one blank everywhere.
    pub(super) fn is_one_list_with(&self, next: &Self) -> bool {
        if self.is_padded() || next.is_padded() {
            self.is_padded() && next.is_padded() && next.layouts.first().is_some_and(|layout| self.aligned(layout))
        } else {
            true
        }
    }

    /// Takes off the rows since other text last stood between two rows, or since the column changed, where a row with
    /// this name that cannot follow the block can follow those: they begin the next table then, since a table ends
    /// more likely there than between two lines that follow each other.
    pub(super) fn split_at_text(&mut self, name: &[u8], tail: &Tail) -> Option<Self> {
        let at = self.rows.iter().rposition(|r| r.seam != Seam::None).filter(|&at| at > 0)?;
        // Where nothing is padded a column tells nothing.
        let padded = |layouts: Option<&[Layout]>| layouts.is_some_and(|l| l.iter().any(|l| l.gap > 1));
        let column = self.rows.get(at).is_some_and(|r| r.seam == Seam::Column);
        if column && !(padded(self.layouts.get(..at)) && padded(self.layouts.get(at..))) {
            return None;
        }
        let mut rest = Self::new(self.growth);
        for row in self.rows.get(at..)? {
            let context = rest.rows.is_empty().then(|| self.context(row));
            rest.push(self.line(row), row.name_at, row.tail, row.place, Seam::None, context);
        }
        rest.last_line = self.last_line;
        rest.passed = self.passed;
        rest.follows(name, tail).ok()?;
        self.rows.truncate(at);
        self.layouts.truncate(at);
        Some(rest)
    }

    /// Adds a row. `context` is what stands before it, where something does.
    pub(super) fn push(
        &mut self,
        line: &[u8],
        name_at: usize,
        tail: Tail,
        place: Place,
        seam: Seam,
        context: Option<Context>,
    ) {
        let start = self.text.len();
        self.text.extend_from_slice(line);
        if let Some(context) = context {
            self.contexts.push(context);
        }
        let row =
            Kept { start, len: line.len(), name_at, tail, place, seam, context: self.contexts.len().saturating_sub(1) };
        self.names.insert(hash(line.get(name_at..tail.name_end).unwrap_or_default()));
        self.layouts.push(Layout::of(line, name_at, &tail));
        self.rows.push(row);
        self.last_value = value(&tail);
    }

    /// Takes the only row out, for a block that it belongs to.
    pub(super) fn only_row(&self) -> Option<(&Kept, &Layout, Context)> {
        match (self.rows.as_slice(), self.layouts.as_slice()) {
            ([row], [layout]) => Some((row, layout, self.context(row))),
            _ => None,
        }
    }

    fn context(&self, row: &Kept) -> Context {
        self.contexts.get(row.context).copied().unwrap_or_default()
    }

    /// The tables of the block, as ranges of its rows.
    fn cut(&self, usual: Option<usize>) -> Vec<std::ops::Range<usize>> {
        let mut cuts = Vec::new();
        let mut from = 0;
        let seams: Vec<usize> =
            (1..self.rows.len()).filter(|&i| self.rows.get(i).is_some_and(|r| r.seam != Seam::None)).collect();
        let squeezed = !self.growth && self.layouts.iter().all(|l| l.gap == 1 && !l.tabs);
        for (n, &at) in seams.iter().enumerate() {
            let next_end = seams.get(n + 1).copied().unwrap_or(self.rows.len());
            let before = self.sets_width(from..at);
            let after = self.sets_width(at..next_end);
            let Some(seam) = self.rows.get(at).map(|r| r.seam) else { continue };
            let whole = usual.is_some_and(|usual| usual == next_end - from && usual != at - from);
            let split = match seam {
                Seam::None => false,
                Seam::Text => before && after && !whole,
                Seam::Column => !squeezed && (before && after || self.growth && (before || after)),
                Seam::Both => squeezed || before || after,
            };
            if split {
                cuts.push(from..at);
                from = at;
            }
        }
        cuts.push(from..self.rows.len());
        cuts
    }

    fn sets_width(&self, range: std::ops::Range<usize>) -> bool {
        self.layouts.get(range).is_some_and(|l| l.iter().any(|l| l.sets_width(self.growth)))
    }

    /// Cuts the block and judges each piece. `known` is what the lane has shown so far.
    pub(super) fn finish(&self, known: &History) -> Vec<Judged> {
        let ranges = self.cut(known.usual_rows);
        ranges.into_iter().map(|range| self.judge(range, known)).collect()
    }

    /// The whole block as no table, and why.
    pub(super) fn no_table(&self, why: &'static str) -> Judged {
        Judged { range: 0..self.rows.len(), accepted: false, why, exact: false, context: Context::default() }
    }

    /// Judges one piece.
    pub(super) fn judge(&self, range: std::ops::Range<usize>, known: &History) -> Judged {
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        let layouts = self.layouts.get(range.clone()).unwrap_or_default();
        let n = rows.len();
        let first = rows.first();
        let context = first.map(|row| self.context(row)).unwrap_or_default();
        let aligned = layouts.windows(2).all(|w| matches!(w, [a, b] if a.agrees(b)));
        let padded = layouts.iter().any(|l| l.gap > 1);
        let lengths = layouts.windows(2).any(|w| matches!(w, [a, b] if a.name != b.name));
        let exact = layouts.iter().any(|l| l.sets_width(self.growth));
        let squeezed = layouts.iter().all(|l| l.gap == 1);
        let (mut python, mut english) = (0, 0);
        for row in rows {
            match words::known(&String::from_utf8_lossy(self.name(row))) {
                Known::Python => python += 1,
                Known::English => english += 1,
                Known::No => {}
            }
        }
        let vocabulary = python + english;
        let keywords = rows.iter().any(|row| words::is_keyword(self.name(row)));
        let bare = self.prefix_of(first).iter().all(|b| !b.is_ascii_alphanumeric());
        let structural = bare || ends_as_prefix(self.prefix_of(first));
        let lane = known.tables > 0;
        let accepted = if self.growth {
            let sane = rows.iter().all(|r| r.tail.delta.is_some_and(|d| d.unsigned_abs() <= r.tail.count));
            let layout = aligned && exact;
            sane && (layout || vocabulary > 0 || context.called || lane && n > 1 || n > 2)
        } else if n == 1 {
            let single = layouts.first().is_some_and(|l| l.gap == 1);
            let count = first.map_or(0, |row| row.tail.count);
            // What is most frequent now is no less frequent than what was.
            let goes_on = lane && known.single_rows && single && count.saturating_mul(2) >= known.last_most;
            let large = count >= MOST_COMMON_HAS || known.single_rows;
            single && structural && (python > 0 && (bare || large) || english > 0 && bare && large)
                || context.called && structural
                || goes_on
                || (known.trusted || lane && known.single_rows && count >= MOST_COMMON_HAS) && self.may_be_own()
        } else {
            let shape = aligned && padded && exact && lengths;
            // English words stand in any list of words.
            let names = python > 0 || english > 0 && (context.called || lane || english > 2 && english * 3 >= n * 2);
            let with_names = names && !keywords && (aligned || squeezed || python * 2 >= n || context.called);
            with_names
                || shape && (n > 2 || lane || context.called || vocabulary > 0)
                || context.called && (aligned || squeezed)
                || lane && aligned && padded
                || (lane || known.trusted) && self.may_be_own()
        };
        let why = match n {
            1 => "stands alone: no line above or below goes on with it as a table",
            _ if !aligned && !squeezed => "the lines with it do not agree on a column",
            _ if vocabulary == 0 => "the lines with it name no type of Python's, and are not laid out as objgraph does",
            _ => "the lines with it are not laid out as objgraph does",
        };
        Judged { range, accepted, why, exact: aligned && exact, context }
    }

    fn prefix_of<'a>(&'a self, row: Option<&Kept>) -> &'a [u8] {
        row.map_or(&[], |row| self.line(row).get(..row.name_at).unwrap_or_default())
    }

    /// The rows of a judged table.
    pub(super) fn table(&self, judged: &Judged) -> impl Iterator<Item = (std::borrow::Cow<'_, str>, &Kept)> + '_ {
        let rows = self.rows.get(judged.range.clone()).unwrap_or_default();
        rows.iter().map(|row| (String::from_utf8_lossy(self.name(row)), row))
    }

    /// The call that printed the block.
    pub(super) fn call(&self) -> Call {
        if self.growth { Call::Growth } else { Call::MostCommon }
    }
}

/// A logger's prefix ends in a mark or in a wide gap; `got 3 of` does not.
fn ends_as_prefix(prefix: &[u8]) -> bool {
    let trimmed = prefix.trim_ascii_end();
    trimmed.is_empty()
        || matches!(
            trimmed.last(),
            Some(
                b':' | b'|' | b']' | b')' | b'-' | b'>' | b'"' | b'\'' | b'=' | b',' | b';' | b'#' | b'*' | b'}' | b'/'
            )
        )
        || prefix.ends_with(b"\t")
        || prefix.ends_with(b"  ")
        || prefix::is_level(trimmed.rsplit(|&b| b == b' ').next().unwrap_or_default())
}

/// A piece of a block, and whether it is a table.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) range: std::ops::Range<usize>,
    pub(super) accepted: bool,
    /// Why it is no table, where it is none.
    pub(super) why: &'static str,
    /// Its columns agree, and one of its rows sets their place.
    pub(super) exact: bool,
    pub(super) context: Context,
}

/// What a lane has shown so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct History {
    /// Tables taken.
    pub(super) tables: u64,
    /// Rows of the last table.
    pub(super) usual_rows: Option<usize>,
    /// The first count of the last table.
    pub(super) last_most: u64,
    /// Many blocks have shown together that they are tables.
    pub(super) trusted: bool,
    /// Tables of one row were among them.
    pub(super) single_rows: bool,
    /// Printed lists taken.
    pub(super) lists: u64,
    /// Triples were among them.
    pub(super) growth_lists: bool,
}

impl History {
    /// A table of so many rows was taken; `most`: its first count.
    pub(super) fn take(&mut self, rows: usize, most: u64) {
        self.tables += 1;
        self.last_most = most;
        self.usual_rows = Some(rows);
        self.single_rows |= rows == 1;
    }
}
