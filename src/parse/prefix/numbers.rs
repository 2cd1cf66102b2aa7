//! A log's beginning comes in; what goes out is which bare numbers in its lines' prefixes are process ids. One line
//! alone does not tell an id from a counter: an id comes back after another, a counter goes on.

use hashbrown::HashMap;

use super::{masked, name_start, stamp};
use crate::error::Result;
use crate::input::Log;
use crate::input::chunk::Chunks;
use crate::parse::line;
use crate::parse::unwrap::Unwrap;
use crate::parse::words;

/// How far into the log's text is looked.
const REACH: usize = 4 << 20;
/// Different prefixes looked at.
const MOST_PREFIXES: usize = 256;
/// Different values of one number; that many processes share no log.
const MOST_VALUES: usize = 64;
/// Ids below this are those of containers; small numbers count something more often.
const SMALL: u64 = 100;
/// Digits of the largest process id; threads' and clocks' numbers have more.
const DIGITS: usize = 7;

/// Which number of each prefix, digits masked, is a process id: the how manyth run of digits.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Numbers {
    fields: HashMap<Vec<u8>, usize, foldhash::fast::FixedState>,
}

/// Runs of digits, with their place: from, to.
fn runs(prefix: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at + prefix.get(at..)?.iter().position(u8::is_ascii_digit)?;
        let length = prefix.get(from..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        at = from + length;
        Some((from, at))
    })
}

fn value(prefix: &[u8], (from, to): (usize, usize)) -> Option<u64> {
    std::str::from_utf8(prefix.get(from..to)?).ok()?.parse().ok()
}

/// Numbers that stand alone between blanks, and in no time: the how manyth run of digits, and the value.
fn bare(prefix: &[u8]) -> Vec<(usize, u64)> {
    let blank = |at: Option<usize>| at.and_then(|at| prefix.get(at)).is_none_or(|b| matches!(b, b' ' | b'\t'));
    let alone = |&(_, (from, to)): &(usize, (usize, usize))| {
        to - from <= DIGITS && blank(from.checked_sub(1)) && to < prefix.len() && blank(Some(to))
    };
    let alone: Vec<_> = runs(prefix).enumerate().filter(alone).collect();
    if alone.is_empty() {
        return Vec::new();
    }
    // Only few prefixes come so far.
    let mut text = prefix.to_vec();
    for _ in 0..3 {
        let Some(found) = stamp::find(&text) else { break };
        if let Some(time) = text.get_mut(found.from..found.to) {
            time.fill(b'_');
        }
    }
    let in_time = |(from, _): (usize, usize)| text.get(from) == Some(&b'_');
    alone.into_iter().filter(|&(_, run)| !in_time(run)).filter_map(|(n, run)| Some((n, value(prefix, run)?))).collect()
}

/// Whether a number stands in `prefix` that may be an id.
pub(in super::super) fn has_bare(prefix: &[u8]) -> bool {
    !bare(prefix).is_empty()
}

/// The values of one number, in the order of the rows.
#[derive(Debug, Default)]
struct Field {
    values: Vec<u64>,
    last: Option<u64>,
    changes: usize,
    /// Values that were there before, and others since.
    returns: usize,
    /// Changes to the next number.
    next: usize,
}

impl Field {
    fn see(&mut self, value: u64) {
        if self.last == Some(value) {
            return;
        }
        if let Some(last) = self.last {
            self.changes += 1;
            self.next += usize::from(value == last + 1);
        }
        self.last = Some(value);
        if self.values.contains(&value) {
            self.returns += 1;
        } else if self.values.len() <= MOST_VALUES {
            self.values.push(value);
        }
    }

    fn is_id(&self) -> bool {
        let enough = if self.values.iter().all(|&v| v >= SMALL) { 2 } else { 4 };
        (2..=MOST_VALUES).contains(&self.values.len())
            && self.returns >= enough
            && self.returns * 2 >= self.values.len()
            // A counter that began anew goes to the next number nearly always.
            && self.next * 5 < self.changes * 4
    }
}

impl Numbers {
    /// Learns from the log's beginning.
    ///
    /// # Errors
    /// Where a part cannot be opened.
    pub(in super::super) fn learn(log: &Log) -> Result<Self> {
        let mut seen: HashMap<Vec<u8>, Vec<(usize, Field)>, foldhash::fast::FixedState> = HashMap::default();
        let mut key = Vec::new();
        let mut look = |text: &[u8]| {
            let Some(tail) = line::tail(text.get(..line::row_end(text)).unwrap_or(text)) else { return };
            let name_at = name_start(text, tail.name_end);
            let prefix = text.get(..name_at).unwrap_or_default();
            let name = text.get(name_at..tail.name_end).unwrap_or_default();
            let numbers = if words::plausible(name) { bare(prefix) } else { Vec::new() };
            if numbers.is_empty() {
                return;
            }
            masked(prefix, &mut key);
            if !seen.contains_key(&key) && seen.len() >= MOST_PREFIXES {
                return;
            }
            let fields = seen.entry_ref(key.as_slice()).or_default();
            for (run, value) in numbers {
                match fields.iter_mut().find(|(n, _)| *n == run) {
                    Some((_, field)) => field.see(value),
                    None => {
                        let mut field = Field::default();
                        field.see(value);
                        fields.push((run, field));
                    }
                }
            }
        };
        let mut read = 0;
        let mut unwrap = Unwrap::default();
        for part in &log.parts {
            let mut chunks = Chunks::new(part.open()?);
            // A part that breaks off has told what it tells.
            while read < REACH
                && let Ok(Some(chunk)) = chunks.next_chunk()
            {
                read += chunk.len();
                for text in chunk.split_inclusive(|&b| b == b'\n') {
                    unwrap.lines(text, &mut |text, _| look(text));
                }
            }
        }
        let id = |fields: Vec<(usize, Field)>| Some(fields.into_iter().find(|(_, field)| field.is_id())?.0);
        Ok(Self { fields: seen.into_iter().filter_map(|(key, fields)| Some((key, id(fields)?))).collect() })
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The process that `prefix` names by a bare number; `key` is the prefix with its digits masked.
    pub(in super::super) fn process(&self, key: &[u8], prefix: &[u8]) -> Option<u32> {
        if self.fields.is_empty() {
            return None;
        }
        let &run = self.fields.get(key)?;
        u32::try_from(value(prefix, runs(prefix).nth(run)?)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_alone_and_in_no_time() {
        for (prefix, numbers) in [
            ("2024-03-01 10:00:00,123 4090 MainThread ", vec![(7, 4090)]),
            ("Mar  1 10:00:00 host app: ", vec![]),
            ("I0301 10:00:00.123456 4090 memory.py:12] ", vec![(5, 4090)]),
            ("[4090] INFO ", vec![]),
            ("140735123456789 INFO ", vec![]),
            ("7 INFO 20 ", vec![(0, 7), (1, 20)]),
            ("", vec![]),
        ] {
            assert_eq!(bare(prefix.as_bytes()), numbers, "{prefix}");
        }
    }

    #[test]
    fn an_id_comes_back_and_a_counter_goes_on() {
        let is_id = |values: &[u64]| {
            let mut field = Field::default();
            values.iter().for_each(|&value| field.see(value));
            field.is_id()
        };
        assert!(is_id(&[4090, 4091, 4090, 4091]), "row by row");
        assert!(is_id(&[4090, 4090, 4188, 4188, 4090, 4188, 4188, 4090]), "table by table");
        assert!(is_id(&[7, 8, 7, 8, 7, 8, 7]), "in a container");
        assert!(!is_id(&[4090, 4090, 4090]), "one process");
        assert!(!is_id(&[4090, 4188, 4200]), "restarts");
        assert!(!is_id(&[1203, 1204, 1206, 1300]), "milliseconds");
        assert!(!is_id(&[1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3]), "a counter that began anew");
    }
}
