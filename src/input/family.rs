//! A file's name comes in; the name of the log that it is a part of, and its age among the parts, go out.
//!
//! Known are the ways in which logrotate, Python's logging, loguru, supervisord and the like name what they rotate:
//! `app.log.1`, `app.log.2.gz`, `app.log-20240131.gz`, `app.log.2024-01-31_10`, `app-2024-01-31.log`,
//! `app.2024-01-31_10-00-00_123456.log`, `app.log.old`.

use std::cmp::Ordering;

/// Endings of compressed files; told by content elsewhere, but no part of a log's name.
const PACKED: [&str; 8] = [".gz", ".zst", ".xz", ".bz2", ".z", ".tgz", ".lzma", ".zip"];

/// Where a file stands among the parts of its log. Orders oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Age {
    /// Rotated at a date: digits of year, month, day, and what finer digits follow. An index tells parts of one date
    /// apart.
    Dated(String, u64),
    /// Rotated so many times: the higher, the older.
    Turned(u64),
    /// The one that is written.
    Current,
}

impl Age {
    fn class(&self) -> u8 {
        match self {
            Self::Dated(..) => 0,
            Self::Turned(_) => 1,
            Self::Current => 2,
        }
    }
}

impl PartialOrd for Age {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Age {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Dated(a, i), Self::Dated(b, j)) => a.cmp(b).then(i.cmp(j)),
            (Self::Turned(a), Self::Turned(b)) => b.cmp(a),
            _ => self.class().cmp(&other.class()),
        }
    }
}

/// A file's place in a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kin {
    /// The name without what rotation and compression added.
    pub(super) base: String,
    pub(super) age: Age,
}

/// What a file's name says of its family.
pub(super) fn kin(file_name: &str) -> Kin {
    let mut name = file_name;
    while let Some(bare) = PACKED.iter().find_map(|end| strip_ending(name, end)) {
        name = bare;
    }
    if let Some(bare) = [".old", ".prev", ".previous", ".bak"].iter().find_map(|end| strip_ending(name, end)) {
        return Kin { base: bare.to_owned(), age: Age::Turned(1) };
    }
    // `app.log.1`, and the index after a date: `app.log-20240131.1`.
    let (bare, index) = strip_index(name);
    if let Some((base, date)) = strip_date(bare) {
        return Kin { base: base.to_owned(), age: Age::Dated(date, index.unwrap_or(0)) };
    }
    if let Some(index) = index {
        return Kin { base: bare.to_owned(), age: Age::Turned(index) };
    }
    // The date before the ending: `app-2024-01-31.log`.
    if let Some(dot) = name.rfind('.').filter(|&dot| dot > 0) {
        let (stem, ending) = name.split_at(dot);
        let (bare, index) = strip_index(stem);
        if let Some((base, date)) = strip_date(bare).filter(|_| ending.len() > 1) {
            return Kin { base: format!("{base}{ending}"), age: Age::Dated(date, index.unwrap_or(0)) };
        }
    }
    Kin { base: name.to_owned(), age: Age::Current }
}

fn strip_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(ending.len())?;
    let tail = name.get(at..)?;
    (at > 0 && tail.eq_ignore_ascii_case(ending)).then(|| &name[..at])
}

/// Takes `.1` off; up to four digits, so that a day or an id is none.
fn strip_index(name: &str) -> (&str, Option<u64>) {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let at = name.len() - digits;
    match name[..at].strip_suffix('.') {
        Some(bare) if !bare.is_empty() && (1..=4).contains(&digits) => match name[at..].parse() {
            // A year is the beginning of a date in another order, not an index.
            Ok(year) if digits == 4 && (1990..2100).contains(&year) => (name, None),
            Ok(index) => (bare, Some(index)),
            Err(_) => (name, None),
        },
        _ => (name, None),
    }
}

/// Takes a date off, and the time that may follow it: what stands before, and the digits.
fn strip_date(name: &str) -> Option<(&str, String)> {
    // From the end back over digits and what stands between them in a date.
    let tail = name
        .bytes()
        .rev()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b':' | b'T' | b'+'))
        .count();
    let from = name.len() - tail;
    // The longest tail that begins with a separator and a date.
    for (at, _) in name[from..].char_indices().map(|(i, c)| (from + i, c)) {
        let rest = &name[at..];
        let Some(date) = rest.strip_prefix(['-', '.', '_']) else { continue };
        let digits: String = date.chars().filter(char::is_ascii_digit).collect();
        let plain = date.len() >= 8 && date.bytes().take(8).all(|b| b.is_ascii_digit());
        let parted = date.bytes().enumerate().take(10).all(|(i, b)| match i {
            4 | 7 => matches!(b, b'-' | b'_' | b'.'),
            _ => b.is_ascii_digit(),
        }) && date.len() >= 10;
        if (plain || parted) && is_day(&digits) && at > 0 {
            return Some((&name[..at], digits));
        }
    }
    None
}

fn is_day(digits: &str) -> bool {
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|d| d.parse::<u32>().ok()).unwrap_or(0);
    (1970..2100).contains(&number(0, 4)) && (1..=12).contains(&number(4, 6)) && (1..=31).contains(&number(6, 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rotated_files() {
        let dated = |d: &str, i| Age::Dated(d.to_owned(), i);
        for (name, base, age) in [
            ("app.log", "app.log", Age::Current),
            ("app.log.gz", "app.log", Age::Current),
            ("app.log.1", "app.log", Age::Turned(1)),
            ("app.log.12.gz", "app.log", Age::Turned(12)),
            ("app.log.2.ZST", "app.log", Age::Turned(2)),
            ("app.log.old", "app.log", Age::Turned(1)),
            ("app.log-20240131.gz", "app.log", dated("20240131", 0)),
            ("app.log-20240131.2", "app.log", dated("20240131", 2)),
            ("app.log.2024-01-31", "app.log", dated("20240131", 0)),
            ("app.log.2024-01-31_10-05", "app.log", dated("202401311005", 0)),
            ("app-2024-01-31.log", "app.log", dated("20240131", 0)),
            ("app.2024-01-31_10-00-00_123456.log", "app.log", dated("20240131100000123456", 0)),
            ("worker-1.log", "worker-1.log", Age::Current),
            ("report-2024.txt", "report-2024.txt", Age::Current),
            ("1", "1", Age::Current),
            (".log", ".log", Age::Current),
            ("20240131.log", "20240131.log", Age::Current),
            ("v1.2.3", "v1.2", Age::Turned(3)),
        ] {
            assert_eq!(kin(name), Kin { base: base.to_owned(), age }, "{name}");
        }
    }

    #[test]
    fn the_oldest_part_comes_first() {
        let mut names =
            ["app.log", "app.log.1", "app.log.10", "app.log.2.gz", "app.log-20240201", "app.log-20240131.gz"];
        names.sort_by_key(|n| kin(n).age);
        assert_eq!(
            names,
            ["app.log-20240131.gz", "app.log-20240201", "app.log.10", "app.log.2.gz", "app.log.1", "app.log"]
        );
    }
}
