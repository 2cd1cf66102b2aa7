//! A log whose newest lines come first, as collectors' pages export it, comes in; the same with its oldest first goes
//! out.

use std::io::Read;

use super::order::{head, moment};
use super::snapshots::{Place, Snapshots};
use crate::error::Result;
use crate::input::{Log, Part};

/// Bytes of a log that are turned round at the most: all of them are in memory then.
const MOST: u64 = 256 << 20;

/// So often at least the clock goes back from one line to the next: a few lines may be out of order.
const BACK: usize = 10;

/// Which of two lines of one time is the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ties {
    /// The one that stands behind, as everywhere in the log.
    Behind,
    /// The one that stands before: the log was sorted by its times.
    Before,
}

/// A log with its oldest lines first.
#[derive(Debug)]
pub(super) struct Turned {
    pub(super) log: Log,
    /// For each line of each part, its number in the file.
    lines: Vec<Vec<u32>>,
}

/// A record: a line with a clock, and those behind it that have none.
#[derive(Debug, Clone, Copy)]
struct Record<'a> {
    text: &'a [u8],
    moment: Option<i64>,
    /// The number of its first line, from 1.
    line: u32,
}

/// Whether a log may have its newest lines first, by what was read of it.
pub(super) fn may_run_back(read: &Snapshots) -> bool {
    if read.is_empty() {
        return read.lines.like_rows > 0;
    }
    let (back, on) = steps((0..read.len()).filter_map(|i| read.time(i)));
    back > on
}

/// How often a clock goes back, and how often on.
fn steps(times: impl Iterator<Item = i64>) -> (usize, usize) {
    let (mut back, mut on, mut last) = (0, 0, None);
    for time in times {
        if let Some(last) = last.replace(time) {
            (back, on) = (back + usize::from(time < last), on + usize::from(time > last));
        }
    }
    (back, on)
}

/// Whether the clock runs back from line to line.
///
/// # Errors
/// Where the log cannot be opened.
pub(super) fn runs_back(log: &Log) -> Result<bool> {
    let (mut back, mut on) = (0, 0);
    for part in &log.parts {
        let (part_back, part_on) = steps(head(part)?.split(|&b| b == b'\n').filter_map(moment));
        (back, on) = (back + part_back, on + part_on);
    }
    // Rotated parts, or processes that write side by side, may be a little out of order.
    Ok(back >= BACK && back > 10 * on)
}

fn records(text: &[u8]) -> Vec<Record<'_>> {
    let mut records: Vec<(usize, Option<i64>, u32)> = Vec::new();
    let mut at = 0;
    for (line, number) in text.split_inclusive(|&b| b == b'\n').zip(1..) {
        let moment = moment(line);
        if moment.is_some() || line.first() == Some(&b'{') || records.is_empty() {
            records.push((at, moment, number));
        }
        at += line.len();
    }
    let ends = records.iter().skip(1).map(|record| record.0).chain([text.len()]);
    let record = |(&(from, moment, line), to)| Some(Record { text: text.get(from..to)?, moment, line });
    records.iter().zip(ends).filter_map(record).collect()
}

impl Turned {
    /// `None` where there is more of it than memory should hold.
    ///
    /// # Errors
    /// Where a part cannot be opened.
    pub(super) fn of(log: &Log, ties: Ties) -> Result<Option<Self>> {
        let mut left = MOST;
        let (mut parts, mut lines) = (Vec::new(), Vec::new());
        for part in &log.parts {
            let mut text = Vec::new();
            let _ = part.open()?.take(left).read_to_end(&mut text);
            left -= text.len() as u64;
            if left == 0 {
                return Ok(None);
            }
            let (turned, numbers) = turn(&text, ties);
            parts.push(Part::memory(&part.name, turned));
            lines.push(numbers);
        }
        Ok(Some(Self { log: Log { name: log.name.clone(), parts, named: log.named }, lines }))
    }

    /// Where in the file something stands.
    pub(super) fn place(&self, place: Place) -> Place {
        let lines = self.lines.get(place.part as usize);
        let line = lines.zip((place.line as usize).checked_sub(1)).and_then(|(lines, at)| lines.get(at));
        Place { line: line.map_or(place.line, |&line| u64::from(line)), ..place }
    }
}

/// A text with its last record first, and the numbers that its lines had.
fn turn(text: &[u8], ties: Ties) -> (Vec<u8>, Vec<u32>) {
    let (mut out, mut numbers) = (Vec::with_capacity(text.len() + 1), Vec::new());
    let records = records(text);
    let of_one_time = |a: &Record, b: &Record| ties == Ties::Before && a.moment == b.moment;
    let groups: Vec<&[Record]> = records.chunk_by(of_one_time).collect();
    for record in groups.into_iter().rev().flatten() {
        for (line, number) in record.text.split_inclusive(|&b| b == b'\n').zip(record.line..) {
            out.extend_from_slice(line);
            numbers.push(number);
        }
        if out.last() != Some(&b'\n') {
            out.push(b'\n');
        }
    }
    (out, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_change_places_and_keep_their_lines() {
        let text = b"2024-03-01 10:00:02 c\n c2\n2024-03-01 10:00:01 b\n2024-03-01 10:00:01 a";
        let of = |ties| {
            let (text, numbers) = turn(text, ties);
            let lines = String::from_utf8(text).unwrap();
            (lines.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>(), numbers)
        };
        assert_eq!(of(Ties::Behind), (["a", "b", "c", "c2"].map(str::to_owned).to_vec(), vec![4, 3, 1, 2]));
        assert_eq!(of(Ties::Before), (["b", "a", "c", "c2"].map(str::to_owned).to_vec(), vec![3, 4, 1, 2]));
    }
}
