//! Restarts that no line of a log tells of. Tables of one stream come in, the places where a new process began go out:
//! there, what had grown in the old process is back where that one had begun, and the interpreter's own types with it.

use crate::parse::{Call, Snapshots};
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

/// Ups and downs of so many times their usual size are no noise.
const NOISE: f64 = 6.0;

/// Tables of which rows are put together at a time.
const TABLES_AT_ONCE: usize = 1024;

/// Positions in `members` (tables of one stream and one call, in order) at which, by the counts alone, a new process began.
/// The first is never among them; sorted. A flush of data is no restart: it leaves code, modules and references alone.
/// `O(rows)` plus `O(types × tables)` for at most 64 types.
pub(crate) fn from_counts(snapshots: &Snapshots, members: &[u32]) -> Vec<usize> {
    let Some(&first) = members.first() else { return Vec::new() };
    if snapshots.call(first as usize) == Call::Growth {
        return fallen_peaks(snapshots, members);
    }
    let types = columns(snapshots, members);
    if types.is_empty() || members.len() < 4 {
        return Vec::new();
    }
    let found = walk(&types, members.len());
    // One sure restart makes all others of its kind restarts, too: a program that dies tends to die again. Without one
    // they are flushes.
    if found.iter().any(|f| f.1) { found.into_iter().map(|f| f.0).collect() } else { Vec::new() }
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

/// One type over the tables of a stream.
struct Column {
    counts: Vec<f64>,
    /// Made by the interpreter when code is loaded: no flush of a program's data touches it.
    of_code: bool,
    /// How much its counts go up and down from table to table anyway.
    noise: f64,
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

fn columns(snapshots: &Snapshots, members: &[u32]) -> Vec<Column> {
    let n_types = snapshots.type_names().len();
    let mut place = vec![usize::MAX; snapshots.len()];
    members.iter().enumerate().for_each(|(i, &m)| place[m as usize] = i);
    let of_type = |t: usize| {
        let places = snapshots.column(t as u32).map(|o| (place[o.snapshot as usize], o.count));
        places.filter(|p| p.0 != usize::MAX)
    };
    let (mut seen, mut early) = (vec![0_usize; n_types], vec![false; n_types]);
    for t in 0..n_types {
        for (i, _) in of_type(t) {
            seen[t] += 1;
            early[t] |= i < 3;
        }
    }
    let mut chosen: Vec<usize> =
        (0..n_types).filter(|&t| seen[t] > 0 && (early[t] || 10 * seen[t] >= 3 * members.len())).collect();
    chosen.sort_by_key(|&t| (std::cmp::Reverse(seen[t]), t));
    chosen.truncate(MOST_TYPES);
    let mut counts = vec![vec![f64::NAN; members.len()]; chosen.len()];
    for (c, &t) in counts.iter_mut().zip(&chosen) {
        for (i, count) in of_type(t) {
            c[i] = count as f64;
        }
        // Unseen: at most the last row's count; the count before where that is less.
        for i in 1..c.len() {
            if c[i].is_nan() {
                c[i] = c[i - 1].min(snapshots.last_value(members[i] as usize) as f64);
            }
        }
    }
    for c in &mut counts {
        let first = c.iter().position(|v| !v.is_nan()).unwrap_or(0);
        let value = c.get(first).copied().unwrap_or(0.0);
        c[..first].fill(value);
    }
    let names = snapshots.type_names();
    let column = |(t, counts): (usize, Vec<f64>)| {
        let steps: Vec<f64> = counts.windows(2).map(|w| w[1] - w[0]).collect();
        let of_code = is_of_code(&names[t]);
        let spread = mad_sd(&steps).unwrap_or(0.0);
        // Code's types hardly move, so that the middle of their steps may be 0 where one in ten is not.
        let mut size: Vec<f64> = steps.iter().map(|s| s.abs()).collect();
        let tenth = nth(&mut size, steps.len() * 9 / 10).unwrap_or(0.0);
        Column { of_code, noise: if of_code { spread.max(tenth) } else { spread }, counts }
    };
    chosen.into_iter().zip(counts).map(column).collect()
}

/// Tables at which most of what had grown is back, and whether code's own types say that it was a restart.
fn walk(types: &[Column], n: usize) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut top: Vec<f64> = types.iter().map(|t| t.counts[0]).collect();
    let mut low = top.clone();
    for k in 1..n {
        if k - start >= 2
            && let Some(sure) = falls_back(types, start, k, &top, &low)
        {
            found.push((k, sure));
            start = k;
            for (j, t) in types.iter().enumerate() {
                (top[j], low[j]) = (t.counts[k], t.counts[k]);
            }
            continue;
        }
        for (j, t) in types.iter().enumerate() {
            top[j] = top[j].max(t.counts[k]);
            low[j] = low[j].min(t.counts[k]);
        }
    }
    found
}

/// Whether table `k` begins anew what began at `start`; with true where that was surely a process.
fn falls_back(types: &[Column], start: usize, k: usize, top: &[f64], low: &[f64]) -> Option<bool> {
    let (mut all, mut all_back, mut n_grown, mut n_back) = (0.0, 0.0, 0, 0);
    let (mut code, mut code_back, mut below, mut fell) = (0, 0, 0, false);
    for (j, t) in types.iter().enumerate() {
        let (base, now, before) = (t.counts[start], t.counts[k], t.counts[k - 1]);
        below += usize::from(t.of_code && now < low[j] - (NOISE * t.noise).max(BELOW));
        let up = top[j] - base;
        if up <= (GROWN * base).max(1.0).max(NOISE * t.noise) {
            continue;
        }
        let back = now - base <= BACK * up;
        n_grown += 1;
        code += usize::from(t.of_code);
        all += up;
        fell |= before - now > FELL * up;
        if back {
            n_back += 1;
            code_back += usize::from(t.of_code);
            all_back += up;
        }
    }
    if n_grown == 0 || !fell || all_back < ALL_BACK * all {
        return None;
    }
    let code_says = code > 0 && 10 * code_back >= 7 * code && n_back >= 2 && 10 * n_back >= 6 * n_grown;
    Some(below >= 2 || code_says)
}
