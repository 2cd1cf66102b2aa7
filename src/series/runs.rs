//! Restarts that no line of a log tells of. Tables of one stream come in, the places where a new process began go out:
//! there, what had grown in the old process is back where that one had begun, and the interpreter's own types with it.

use rayon::prelude::*;

use crate::parse::{Call, Observations, Observed, Snapshots};
use crate::stats::rank::{mad_sd, nth};

/// Types compared at most: the ones that most tables show.
const MOST_TYPES: usize = 64;

/// A type has grown in a process when it is above its first count by more than one object and this share of it.
const GROWN: f64 = 0.002;

/// It is back when no more than this share of its growth is left; a new process has a little load already.
const BACK: f64 = 0.35;

/// So much of all growth must be back at once for a table to be the first of a process, or the first after a flush.
const ALL_BACK: f64 = 0.7;

/// A type that fell by less than this share of its growth at one table did not fall at a restart.
const FELL: f64 = 0.5;

/// What code brought is gone when so many objects fewer are there than ever before.
const BELOW: f64 = 1.5;

/// Code is gone when so large a share of a type that is made of it goes at one table: nothing but a new process, which may
/// have loaded more before its first table than the old one had, takes modules with their functions and classes away.
const CODE_FALLS: f64 = 0.1;

/// So many types of code at least must fall so.
const LEAST_OF_CODE: usize = 3;

/// Ups and downs of so many times their usual size are no noise.
const NOISE: f64 = 6.0;

/// Tables are looked at in blocks, of which most hold nothing that could be a restart; at least so many in a block.
const LEAST_BLOCK: usize = 256;

/// Blocks at most, which bounds memory.
const MOST_BLOCKS: usize = 2_048;

/// Steps from table to table by which noise is told; of more every second, or third, or so.
const MOST_STEPS: usize = 4_096;

/// Tables of which rows are put together at a time.
const TABLES_AT_ONCE: usize = 1024;

/// Positions in `members` (tables of one stream and one call, in order) at which, by the counts, a new process began.
/// The first is never among them; sorted. `hints`: positions before which the log has a line that may tell of one. A flush of data is no restart: it leaves code, modules and references alone.
/// `O(rows)`, and `O(types × tables)` for at most 64 types where something falls.
pub(crate) fn from_counts(snapshots: &Snapshots, members: &[u32], hints: &[usize]) -> Vec<usize> {
    let Some(&first) = members.first() else { return Vec::new() };
    if snapshots.call(first as usize) == Call::Growth {
        return fallen_peaks(snapshots, members);
    }
    if members.len() < 4 {
        return Vec::new();
    }
    let length = LEAST_BLOCK.max(members.len().div_ceil(MOST_BLOCKS));
    let types = columns(snapshots, members, length);
    let found = walk(snapshots, members, &types, length);
    // One sure restart makes all others of its kind restarts, too: a program that dies tends to die again.
    if found.iter().any(|f| f.1) {
        return found.into_iter().map(|f| f.0).collect();
    }
    // Without one they are flushes, but for those of which the log tells: in words that it has for hardly anything else.
    let hinted: Vec<usize> = found.into_iter().map(|f| f.0).filter(|at| hints.binary_search(at).is_ok()).collect();
    let all_hints = hints.chunk_by(|a, b| a == b).count();
    if 2 * hinted.len() >= all_hints { hinted } else { Vec::new() }
}

/// `show_growth` prints new peaks of its process only, so a count that is not above the one before is another process's.
fn fallen_peaks(snapshots: &Snapshots, members: &[u32]) -> Vec<usize> {
    let n_types = snapshots.type_names().len() as u32;
    let mut columns: Vec<_> = (0..n_types).map(|t| snapshots.column(t).peekable()).collect();
    let mut peak = vec![None; columns.len()];
    let mut starts = Vec::new();
    let mut rows = Vec::new();
    let mut i = 0;
    while i < members.len() {
        // Columns are read side by side, some tables at a time.
        let to = members.len().min(i + TABLES_AT_ONCE);
        let end = members[to - 1];
        rows.clear();
        for (t, column) in columns.iter_mut().enumerate() {
            rows.extend(std::iter::from_fn(|| column.next_if(|o| o.snapshot <= end)).map(|o| (o.snapshot, t, o.count)));
        }
        rows.sort_by_key(|r| r.0);
        let mut rest = &rows[..];
        for (i, &m) in members.iter().enumerate().take(to).skip(i) {
            rest = &rest[rest.partition_point(|r| r.0 < m)..];
            let table = &rest[..rest.partition_point(|r| r.0 == m)];
            let fallen = table.iter().filter(|&&(_, t, count)| peak[t].is_some_and(|p| count <= p)).count();
            if i > 0 && fallen > 0 && 2 * fallen >= table.len() {
                starts.push(i);
                peak.fill(None);
            }
            for &(_, t, count) in table {
                peak[t] = Some(count);
            }
        }
        i = to;
    }
    starts
}

/// One type over the tables of a stream: what some tables at a time make of it.
struct Column<'a> {
    /// Made by the interpreter when code is loaded: no flush of a program's data touches it.
    of_code: bool,
    /// How much its counts go up and down from table to table anyway.
    noise: f64,
    blocks: Vec<Block<'a>>,
}

/// Tables of one type that follow each other.
struct Block<'a> {
    /// Stands before the first of them.
    counts: Counts<'a>,
    least: f64,
    most: f64,
    /// The largest fall from one table to the next; that from the block before counts.
    fall: f64,
}

/// What counts one after the other come to.
#[derive(Debug, Clone, Copy)]
struct Extent {
    least: f64,
    most: f64,
    /// The largest fall from one to the next, 0 where there is none.
    fall: f64,
    /// The last one; before the first, the one before that.
    last: f64,
}

impl Extent {
    /// Of no count; `before` is the one before the first, NaN where that is not known.
    fn new(before: f64) -> Self {
        Self { least: f64::INFINITY, most: f64::NEG_INFINITY, fall: 0.0, last: before }
    }

    /// Adds the next count; an unknown one is NaN.
    fn add(&mut self, count: f64) {
        // Comparisons with an unknown one are false; a processor has each of these as one step.
        let fall = self.last - count;
        self.least = if count < self.least { count } else { self.least };
        self.most = if count > self.most { count } else { self.most };
        self.fall = if fall > self.fall { fall } else { self.fall };
        self.last = count;
    }
}

/// Counts of one type in tables that follow each other in a stream.
#[derive(Clone, Default)]
struct Stretch {
    counts: Vec<f64>,
    /// For those that are taken off a column at once.
    run: Vec<u64>,
}

/// Counts of one type, table by table.
#[derive(Clone)]
struct Counts<'a> {
    column: Observations<'a>,
    ahead: Option<Observed>,
    /// The count in the table before; before the first table its own, or where it does not show the type the second's.
    before: f64,
    at_first: bool,
}

impl<'a> Counts<'a> {
    fn new(snapshots: &'a Snapshots, type_id: usize, members: &[u32]) -> Self {
        let mut column = snapshots.column(type_id as u32);
        let ahead = column.next();
        let mut counts = Self { column, ahead, before: f64::NAN, at_first: true };
        let mut ahead = counts.clone();
        let first = members.iter().take(2).map(|&m| ahead.next(snapshots, m)).find(|c| !c.is_nan());
        counts.before = first.unwrap_or(f64::NAN);
        counts
    }

    /// The counts in the next tables of the stream, which are `members`; `sequent`: these follow each other in the log.
    fn block(&mut self, snapshots: &Snapshots, members: &[u32], sequent: bool, out: &mut Stretch) {
        out.counts.clear();
        while let Some(&member) = members.get(out.counts.len()) {
            let shown = self.ahead.filter(|o| o.snapshot == member && sequent && !self.column.has_deltas());
            let Some(o) = shown else {
                out.counts.push(self.next(snapshots, member));
                continue;
            };
            out.run.clear();
            out.run.push(o.count);
            self.column.go_on(members.len() - out.counts.len(), &mut out.run);
            out.counts.extend(out.run.iter().map(|&count| count as f64));
            self.ahead = self.column.next();
            (self.before, self.at_first) = (out.counts.last().copied().unwrap_or(self.before), false);
        }
    }

    /// The count in the next table of the stream. Unseen: at most the last row's; the count before where that is less.
    #[inline]
    fn next(&mut self, snapshots: &Snapshots, member: u32) -> f64 {
        let mut seen = None;
        while let Some(o) = self.ahead.filter(|o| o.snapshot <= member) {
            seen = (o.snapshot == member).then_some(o.count as f64);
            self.ahead = self.column.next();
        }
        let hidden = || if self.at_first { f64::NAN } else { snapshots.last_value(member as usize) as f64 };
        self.before = seen.unwrap_or_else(|| self.before.min(hidden()));
        self.at_first = false;
        self.before
    }
}

/// Kinds that a program's data is made of; all other names that begin with a small letter or an underscore are code's, and so
/// are the classes that come with an import.
fn is_of_code(name: &str) -> bool {
    const DATA: [&str; 14] = [
        "dict",
        "list",
        "tuple",
        "set",
        "frozenset",
        "cell",
        "deque",
        "generator",
        "coroutine",
        "frame",
        "traceback",
        "method",
        "bytearray",
        "defaultdict",
    ];
    const IMPORT: [&str; 5] = ["ABCMeta", "ModuleSpec", "SourceFileLoader", "ReferenceType", "Pattern"];
    let name = name.rsplit('.').next().unwrap_or(name);
    let small = name.starts_with(|c: char| c.is_lowercase() || c == '_');
    (small && !DATA.contains(&name)) || IMPORT.contains(&name)
}

/// The types that most tables show, or that were there from the start.
fn chosen(snapshots: &Snapshots, members: &[u32]) -> Vec<usize> {
    let n_types = snapshots.type_names().len();
    let is_early = |snapshot| members.iter().take(3).any(|&m| m == snapshot);
    let mut is_member = Vec::new();
    if members.len() < snapshots.len() {
        is_member.resize(snapshots.len(), false);
        members.iter().for_each(|&m| is_member[m as usize] = true);
    }
    let look = |t: usize| {
        if is_member.is_empty() {
            let early = snapshots.column(t as u32).next().is_some_and(|o| is_early(o.snapshot));
            return (snapshots.n_observed(t as u32) as usize, early);
        }
        let mine = snapshots.column(t as u32).filter(|o| is_member[o.snapshot as usize]);
        mine.fold((0, false), |(n, early), o| (n + 1, early || is_early(o.snapshot)))
    };
    let looks: Vec<(usize, bool)> = (0..n_types).into_par_iter().map(look).collect();
    let often = |seen: usize| 10 * seen >= 3 * members.len();
    let mut chosen: Vec<usize> =
        (0..n_types).filter(|&t| looks[t].0 > 0 && (looks[t].1 || often(looks[t].0))).collect();
    chosen.sort_by_key(|&t| (std::cmp::Reverse(looks[t].0), t));
    chosen.truncate(MOST_TYPES);
    chosen
}

/// Whether tables follow each other in the log.
fn is_sequent(members: &[u32]) -> bool {
    members.windows(2).all(|w| w[0] + 1 == w[1])
}

fn columns<'a>(snapshots: &'a Snapshots, members: &[u32], length: usize) -> Vec<Column<'a>> {
    let sequent = is_sequent(members);
    let column = |t: usize| {
        let mut counts = Counts::new(snapshots, t, members);
        let stride = members.len().div_ceil(MOST_STEPS);
        let mut steps = Vec::with_capacity(members.len() / stride);
        let mut blocks = Vec::with_capacity(members.len().div_ceil(length));
        let mut stretch = Stretch::default();
        // Every so many steps, counted on from block to block.
        let mut wait = stride;
        for members in members.chunks(length) {
            let start = counts.clone();
            let mut extent = Extent::new(counts.before);
            counts.block(snapshots, members, sequent, &mut stretch);
            while let Some(&count) = stretch.counts.get(wait) {
                let before = wait.checked_sub(1).map_or(extent.last, |at| stretch.counts[at]);
                steps.push(count - before);
                wait += stride;
            }
            wait -= members.len();
            stretch.counts.iter().for_each(|&count| extent.add(count));
            let Extent { least, most, fall, .. } = extent;
            blocks.push(Block { counts: start, least, most, fall });
        }
        let of_code = is_of_code(&snapshots.type_names()[t]);
        let spread = mad_sd(&steps).unwrap_or(0.0);
        // Code's types hardly move, so that the middle of their steps may be 0 where one in ten is not.
        let tenth = steps.len() * 9 / 10;
        let mut size = steps;
        size.iter_mut().for_each(|s| *s = s.abs());
        let tenth = nth(&mut size, tenth).unwrap_or(0.0);
        Column { of_code, noise: if of_code { spread.max(tenth) } else { spread }, blocks }
    };
    chosen(snapshots, members).into_par_iter().map(column).collect()
}

/// One type in the process that is looked at.
#[derive(Clone, Copy)]
struct Course {
    /// Its count in the first table of the process.
    base: f64,
    top: f64,
    low: f64,
    before: f64,
    now: f64,
}

impl Course {
    /// What it must have grown by to have grown at all.
    fn least_growth(&self, of: &Column<'_>) -> f64 {
        (GROWN * self.base).max(1.0).max(NOISE * of.noise)
    }
}

/// Tables at which most of what had grown is back, and whether code's own types say that it was a restart.
fn walk(snapshots: &Snapshots, members: &[u32], types: &[Column<'_>], length: usize) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    let mut start = 0;
    let begin = |t: &Column<'_>| {
        let now = t.blocks.first().map_or(0.0, |b| b.counts.before);
        Course { base: now, top: now, low: now, before: now, now }
    };
    let mut courses: Vec<Course> = types.iter().map(begin).collect();
    let sequent = is_sequent(members);
    let mut stretches = vec![Stretch::default(); types.len()];
    for (b, tables) in members.chunks(length).enumerate() {
        let here = || courses.iter().zip(types).map(|(c, t)| (c, t, &t.blocks[b]));
        if cannot_fall_back(here()) {
            for (course, t) in courses.iter_mut().zip(types) {
                course.top = course.top.max(t.blocks[b].most);
                course.low = course.low.min(t.blocks[b].least);
            }
            continue;
        }
        let read = |((t, course), stretch): ((&Column<'_>, &mut Course), &mut Stretch)| {
            let mut counts = t.blocks[b].counts.clone();
            course.now = counts.before;
            counts.block(snapshots, tables, sequent, stretch);
        };
        types.par_iter().zip(&mut courses).zip(&mut stretches).for_each(read);
        for i in 0..tables.len() {
            let k = b * length + i;
            for (course, stretch) in courses.iter_mut().zip(&stretches) {
                course.before = course.now;
                course.now = stretch.counts[i];
            }
            if k >= start + 2
                && let Some(sure) = falls_back(types, &courses)
            {
                found.push((k, sure));
                start = k;
                for c in &mut courses {
                    (c.base, c.top, c.low) = (c.now, c.now, c.now);
                }
                continue;
            }
            for c in &mut courses {
                c.top = c.top.max(c.now);
                c.low = c.low.min(c.now);
            }
        }
    }
    found
}

/// Whether no table of a block can begin anew: what is asked for there is out of reach of its least, greatest and falls.
fn cannot_fall_back<'c>(types: impl Iterator<Item = (&'c Course, &'c Column<'c>, &'c Block<'c>)>) -> bool {
    let (mut fell, mut surely_all, mut perhaps_back, mut code_falls) = (false, 0.0, 0.0, 0);
    for (course, t, block) in types {
        let least_growth = course.least_growth(t);
        let far = block.fall > FELL * least_growth && block.fall >= CODE_FALLS * block.least;
        code_falls += usize::from(t.of_code && far);
        let (up, most_up) = (course.top - course.base, course.top.max(block.most) - course.base);
        if most_up > least_growth {
            fell |= block.fall > FELL * up.max(least_growth);
            if block.least - course.base <= BACK * most_up {
                perhaps_back += most_up;
            }
        }
        if up > least_growth {
            surely_all += up;
        }
    }
    // A sum's last digit hangs on the order of its parts.
    !fell || code_falls < LEAST_OF_CODE && perhaps_back < 0.999 * ALL_BACK * surely_all
}

/// Whether the table at which `courses` are begins anew what began at their base; with true where that was surely a process.
fn falls_back(types: &[Column<'_>], courses: &[Course]) -> Option<bool> {
    let (mut all, mut all_back, mut n_grown, mut n_back) = (0.0, 0.0, 0, 0);
    let (mut code, mut code_back, mut below, mut fell) = (0, 0, 0, false);
    let (mut all_fell, mut all_code, mut code_fell, mut far) = (0.0, 0.0, 0.0, 0);
    for (t, c) in types.iter().zip(courses) {
        below += usize::from(t.of_code && c.now < c.low - (NOISE * t.noise).max(BELOW));
        let up = c.top - c.base;
        if up <= c.least_growth(t) {
            continue;
        }
        let back = c.now - c.base <= BACK * up;
        n_grown += 1;
        code += usize::from(t.of_code);
        all += up;
        let falls = c.before - c.now > FELL * up;
        fell |= falls;
        all_fell += if falls { up } else { 0.0 };
        if t.of_code {
            all_code += up;
            code_fell += if falls { up } else { 0.0 };
            far += usize::from(falls && c.before - c.now >= CODE_FALLS * c.before);
        }
        if back {
            n_back += 1;
            code_back += usize::from(t.of_code);
            all_back += up;
        }
    }
    // Data that stays was loaded by a process that stays, whatever became of its code.
    if far >= LEAST_OF_CODE && code_fell >= ALL_BACK * all_code && all_fell >= ALL_BACK * all {
        return Some(true);
    }
    if n_grown == 0 || !fell || all_back < ALL_BACK * all {
        return None;
    }
    let code_says = code > 0 && 10 * code_back >= 7 * code && n_back >= 2 && 10 * n_back >= 6 * n_grown;
    Some(below >= 2 || code_says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Observation, Place, Snapshot, SnapshotsBuilder};
    use proptest::prelude::*;

    /// A log of tables that show `None` where the type is under the cut.
    fn log(tables: &[Vec<Option<u64>>]) -> Snapshots {
        let mut builder = SnapshotsBuilder::new(false, None);
        let names = ["Message", "function", "dict", "cell", "module", "type"];
        let ids: Vec<u32> = names.iter().map(|n| builder.type_id(n)).collect();
        for counts in tables {
            let place = Place { part: 0, line: 1 };
            let (time, call, stream, process, torn) = (None, Call::MostCommon, 0, None, false);
            let rows = counts.iter().zip(&ids);
            let rows = rows.filter_map(|(c, &type_id)| Some(Observation { type_id, count: (*c)?, delta: None }));
            builder.table(&Snapshot { place, last: place, time, call, stream, process, torn }, rows);
        }
        builder.name_streams(vec![None]);
        builder.finish()
    }

    /// What `walk` does, table by table.
    fn plain(types: &[Column<'_>], counts: &[Vec<f64>]) -> Vec<(usize, bool)> {
        let (mut found, mut start) = (Vec::new(), 0);
        let n = counts.first().map_or(0, Vec::len);
        for k in 2..n {
            let course = |c: &Vec<f64>| {
                let past = &c[start..k];
                let top = past.iter().copied().fold(f64::MIN, f64::max);
                let low = past.iter().copied().fold(f64::MAX, f64::min);
                Course { base: c[start], top, low, before: c[k - 1], now: c[k] }
            };
            let courses: Vec<Course> = counts.iter().map(course).collect();
            if k >= start + 2
                && let Some(sure) = falls_back(types, &courses)
            {
                found.push((k, sure));
                start = k;
            }
        }
        found
    }

    proptest! {
        #[test]
        fn blocks_pass_over_nothing(
            lives in prop::collection::vec((1_usize..40, 0_u64..9, any::<bool>()), 1..6),
            noise in prop::collection::vec(0_u64..6, 256),
            length in 1_usize..30,
        ) {
            let (mut tables, mut i) = (Vec::new(), 0);
            for (n, rate, whole) in lives {
                for k in 0..n as u64 {
                    i += 1;
                    let noise = |j: usize| noise[(5 * i + j) % 256];
                    let code = if whole { 3 * k } else { 500 };
                    let cell = Some(40 + noise(3)).filter(|_| noise(0) > 1);
                    tables.push(vec![
                        Some(100 + rate * k + noise(0)),
                        Some(900 + code),
                        Some(300 + 2 * rate * k + noise(2)),
                        cell,
                        Some(60 + code / 4),
                        Some(90 + code / 3 + noise(4) / 5),
                    ]);
                }
            }
            let snapshots = log(&tables);
            let members: Vec<u32> = (0..tables.len() as u32).collect();
            let types = columns(&snapshots, &members, length);
            let of_type = |t: usize| {
                let mut counts = Counts::new(&snapshots, t, &members);
                members.iter().map(|&m| counts.next(&snapshots, m)).collect::<Vec<f64>>()
            };
            let counts: Vec<Vec<f64>> = chosen(&snapshots, &members).into_iter().map(of_type).collect();
            prop_assert_eq!(walk(&snapshots, &members, &types, length), plain(&types, &counts));
        }
    }

    #[test]
    fn falls_are_restarts_where_the_log_tells_of_them_and_of_little_else() {
        let life = |_| (0..20).map(|k| vec![Some(9), Some(900), Some(300 + 40 * k), Some(40), Some(60)]);
        let snapshots = log(&(0..4).flat_map(life).collect::<Vec<_>>());
        let members: Vec<u32> = (0..80).collect();
        let starts = |hints: &[usize]| from_counts(&snapshots, &members, hints);
        assert!(starts(&[]).is_empty(), "data that is flushed");
        assert_eq!(starts(&[20, 20, 40, 60]), [20, 40, 60]);
        assert_eq!(starts(&[40]), [40]);
        assert_eq!(starts(&[7, 20, 31, 40, 60]), [20, 40, 60], "most of what it tells");
        assert!(starts(&[3, 7, 11, 20, 31, 33]).is_empty(), "what it says all the time");
    }

    #[test]
    fn code_that_goes_at_once_is_a_restart_unless_data_stays() {
        // Code of the second process was loaded before its first table, so that it does not begin where the first one did.
        let code = |k: u64| [Some(900 + 40 * k), Some(300 + 4 * k), Some(90 + 9 * k)];
        let table = |message: u64, k: u64| {
            let [function, module, class] = code(k);
            vec![Some(message), function, Some(400 + message), Some(40), module, class]
        };
        let of = |message: fn(u64) -> u64| {
            let tables = (0..60).map(|i| table(message(i), if i < 30 { i } else { (i - 30).max(12) }));
            let snapshots = log(&tables.collect::<Vec<_>>());
            from_counts(&snapshots, &(0..60).collect::<Vec<_>>(), &[])
        };
        assert_eq!(of(|i| 10 + 5 * (i % 30)), [30]);
        assert!(of(|i| 10 + 50 * i).is_empty(), "modules were unloaded");
    }

    #[test]
    fn what_no_table_shows_is_at_most_what_the_cut_hides() {
        let snapshots = log(&[vec![Some(9), None], vec![Some(8), None], vec![Some(7), Some(5)], vec![Some(6), None]]);
        let members = [0, 1, 2, 3];
        let mut counts = Counts::new(&snapshots, 1, &members);
        let filled: Vec<f64> = members.iter().map(|&m| counts.next(&snapshots, m)).collect();
        assert_eq!(filled, [8.0, 8.0, 5.0, 5.0]);
    }
}
